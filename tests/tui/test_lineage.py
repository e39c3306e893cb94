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


if __name__ == "__main__":
    unittest.main()
