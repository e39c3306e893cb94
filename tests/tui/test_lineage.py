"""Zombies, orphans and trees on the screen, from processes that are really there."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import lab_lineage  # noqa: E402
import test_screen  # noqa: E402
import tmux  # noqa: E402


def setUpModule():
    lab_lineage.build()


def tearDownModule():
    lab_lineage.remove()


class Screen(unittest.TestCase):
    def terminal(self, *arguments, **options):
        terminal = tmux.Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    def row_of(self, terminal, pid):
        """The row of the process table that shows this process, or an empty string."""
        found = re.search(rf"^ *{pid} .*$", terminal.text(), re.M)
        return found.group() if found else ""

    def selected_pid(self, terminal):
        """The pid in the selected row of the process table; the terminal must be without colours."""
        row = test_screen.Keys.selected(self, terminal)
        words = terminal.lines()[row].split() if row is not None else []
        return int(words[0]) if words and words[0].isdigit() else None

    def newest_first(self, columns, rows, *arguments, **environment):
        """A terminal with cmon sorted by start, so that what a test has just started stands on top."""
        terminal = self.terminal(columns, rows, **environment)
        terminal.start("-d", "0.2", "--sort", "started", *arguments)
        terminal.keys("I")
        return terminal


@contextlib.contextmanager
def shell(script):
    """A shell of its own session that prints the pid of a job. Yields its pid and the job's; kills both."""
    with subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          start_new_session=True) as started:
        job = int(started.stdout.readline())
        try:
            yield started.pid, job
        finally:
            for pid in (started.pid, job):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class Badges(Screen):
    def test_an_orphan_tells_where_it_came_from(self):
        for columns in (180, 100):
            with self.subTest(columns), shell("sleep 7654 & echo $!; read") as (parent, job):
                terminal = self.newest_first(columns, 24)
                terminal.wait(lambda: self.row_of(terminal, job).endswith("sleep 7654"), "the job")
                os.kill(parent, signal.SIGKILL)
                terminal.wait(lambda: "ORPHAN " in self.row_of(terminal, job), "the badge")
                if columns == 180:
                    self.assertRegex(self.row_of(terminal, job), rf" ORPHAN .* sleep 7654  lost bash \({parent}\)$")
                self.assertRegex(terminal.lines()[0], r" \d+ orphans?")

    def test_a_zombie_tells_how_it_ended_and_who_does_not_reap_it(self):
        with lab_lineage.lab("never") as lab:
            terminal = self.newest_first(200, 24, NO_COLOR="1")
            row = (rf"^ *{lab.pids['zombie']} \S+ +Z .* \[lab_process\] <defunct>  exit \d+ · \d+s · "
                   rf"lab_process {lab.pids['self']} never waits$")
            terminal.wait(lambda: re.search(row, terminal.text(), re.M), "the zombie's row")
            self.assertRegex(terminal.lines()[0], r" \d+ zombies?")
            # From 5 s it is a reason for alarm: without colours that is reversed.
            terminal.wait(lambda: re.search(r"\x1b\[[\d;]*7m(\x1b\[[\d;]*m)*\d+ zombie", terminal.lines("-e")[0]), "the alarm")


class Panel(Screen):
    def test_from_the_header_to_the_culprit(self):
        with lab_lineage.lab("handler") as lab:
            culprit = lab.pids["self"]
            terminal = self.terminal(160, 40, NO_COLOR="1")
            terminal.start("-d", "0.2")
            terminal.keys("t", "*", "z")
            row = (rf"^ +1 +\d+\w +{culprit} lab_process +S +\w+ +handler ran but did not wait +"
                   rf"SIGCHLD to it$")
            terminal.wait(lambda: re.search(row, terminal.text(), re.M), "the culprit's row")
            details = rf"(?m)^ Culprit +lab_process {culprit} · S sleeping in \w+$"
            # Other tests may have zombies, too.
            for _ in range(len(terminal.lines())):
                if re.search(details, terminal.text()):
                    break
                before = terminal.text()
                terminal.keys("j")
                terminal.wait(lambda: terminal.text() != before, "the next culprit")  # pylint: disable=cell-var-from-loop
            self.assertRegex(terminal.text(), details)
            self.assertRegex(terminal.text(), rf"(?m)^ Zombies +{lab.pids['zombie']} \[lab_process\] exit \d+ \d+\w$")
            terminal.keys("Enter")
            terminal.wait(lambda: self.selected_pid(terminal) == culprit, "the culprit in the table")

    def test_a_tracer_is_the_culprit(self):
        with lab_lineage.lab("tracer") as lab:
            os.kill(lab.pids["zombie"], signal.SIGKILL)
            terminal = self.terminal(160, 40)
            terminal.start("-d", "0.2")
            terminal.keys("z")
            row = rf"^ +1 +\d+\w +{lab.pids['tracer']} lab_process .* never waits +ends with its tracer$"
            terminal.wait(lambda: re.search(row, terminal.text(), re.M), "the tracer's row")
            terminal.keys("Escape")
            terminal.wait(terminal.shows_processes, "the processes")


if __name__ == "__main__":
    unittest.main()
