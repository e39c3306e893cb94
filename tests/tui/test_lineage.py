"""Zombies, orphans and trees on the screen, from processes that are really there."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
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

    def header_of(self, terminal, below=0):
        """The line of the table's header, or one below it; an empty string while it is not there."""
        row, lines = terminal.header_row(), terminal.lines()
        return lines[row + below].rstrip() if row is not None and row + below < len(lines) else ""

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


CHAIN = """
import os, signal, sys
for _ in range(int(sys.argv[1])):
    if os.fork():
        signal.pause()
print(os.getpid(), flush=True)
signal.pause()
"""

STORM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Pairs of short processes: one ends before its child, whose parent this program is from then on. */
int main(int argc, char **argv)
{
	int pairs = argc > 1 ? atoi(argv[1]) / 2 : 0, ended = 0, living = 0;

	alarm(120);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < pairs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0) {
			if (fork() == 0)
				usleep(500);
			_exit(0);
		}
		living += 2;
		while (living > 40 && wait(NULL) > 0) {
			living--;
			ended++;
		}
	}
	while (wait(NULL) > 0)
		ended++;
	printf("%d\n", ended);
	return 0;
}
"""


@contextlib.contextmanager
def chain(length):
    """Processes each of which is the child of the one before. Yields the first pid and the last."""
    argv = [sys.executable, "-c", CHAIN, str(length)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as first:
        try:
            yield first.pid, int(first.stdout.readline())
        finally:
            os.killpg(first.pid, signal.SIGKILL)


class Badges(Screen):
    def test_an_orphan_tells_where_it_came_from(self):
        for columns in (180, 100):
            with self.subTest(columns), shell("sleep 7654 & echo $!; read") as (parent, job):
                terminal = self.newest_first(columns, 24)
                terminal.wait(lambda: self.row_of(terminal, job).endswith("sleep 7654"), "the job")
                os.kill(parent, signal.SIGKILL)
                terminal.wait(lambda: "ORPHAN " in self.row_of(terminal, job), "the badge")
                if columns == 180:
                    row = rf" ORPHAN .* sleep 7654  lost bash \({parent}\)$"
                    terminal.wait(lambda: re.search(row, self.row_of(terminal, job)), "the parent it lost")
                terminal.wait(lambda: re.search(r" \d+ orphans?", terminal.lines()[0]), "the count")

    def test_a_zombie_tells_how_it_ended_and_who_does_not_reap_it(self):
        with lab_lineage.lab("never") as lab:
            terminal = self.newest_first(200, 24, NO_COLOR="1")
            row = (rf"^ *{lab.pids['zombie']} \S+ +Z .* \[lab_process\] <defunct>  exit \d+ · \d+s · "
                   rf"lab_process {lab.pids['self']} never waits$")
            terminal.wait(lambda: re.search(row, terminal.text(), re.M), "the zombie's row")
            self.assertRegex(terminal.lines()[0], r" \d+ zombies?")
            # From 5 s it is a reason for alarm: without colours that is reversed.
            alarm = r"\x1b\[[\d;]*7m(\x1b\[[\d;]*m)*\d+ zombie"
            terminal.wait(lambda: re.search(alarm, terminal.lines("-e")[0]), "the alarm")


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
                terminal.wait(lambda old=before: terminal.text() != old, "the next culprit")
            self.assertRegex(terminal.text(), details)
            zombie = rf"(?m)^ Zombies +{lab.pids['zombie']} \[lab_process\] exit \d+ \d+\w$"
            self.assertRegex(terminal.text(), zombie)
            terminal.keys("Enter")
            terminal.wait(lambda: terminal.selected_pid() == culprit, "the culprit in the table")

    def test_a_tracer_is_the_culprit(self):
        with lab_lineage.lab("tracer") as lab:
            pid = lab.pids["zombie"]
            cmon.wait_for(lambda: lab_lineage.status_of(f"/proc/{pid}")["TracerPid"] != "0")
            os.kill(pid, signal.SIGKILL)
            terminal = self.terminal(160, 40)
            terminal.start("-d", "0.2")
            terminal.keys("z")
            row = rf"^ +1 +\d+\w +{lab.pids['tracer']} lab_process .* never waits +ends with its tracer$"
            terminal.wait(lambda: re.search(row, terminal.text(), re.M), "the tracer's row")
            terminal.keys("Escape")
            terminal.wait(terminal.shows_processes, "the processes")


class Tree(Screen):
    def tree_at(self, pid, columns=120, rows=40, interval=0.3):
        """A terminal whose tree has this process selected."""
        terminal = self.terminal(columns, rows, NO_COLOR="1")
        terminal.start("-d", str(interval))
        terminal.keys("N")
        terminal.wait(lambda: "▲PID" in terminal.text(), "the order by pid")
        terminal.select(pid)
        terminal.keys("t")
        terminal.wait(lambda: re.search(r"[├└]─ ", terminal.text()), "the tree")
        terminal.wait(lambda: terminal.selected_pid() == pid, "the process in the tree")
        return terminal

    def restrict_to(self, terminal, root, selected):
        """Show only the tree of a process above the selected one, which stays selected."""
        for key, pid in (("C-k", root), ("j", selected)):
            while terminal.selected_pid() != pid:
                before = terminal.selected_pid()
                terminal.keys(key)
                terminal.wait(lambda old=before: terminal.selected_pid() not in (None, old), "the next row")
            if pid == root:
                terminal.keys("R")
                terminal.wait(lambda: re.search(rf" only \S+ {root}\b", self.header_of(terminal)), "the note")

    def test_a_chain_of_300(self):
        with chain(300) as (first, last):
            terminal = self.tree_at(first, 160)
            terminal.keys("-")
            # Its own thread and 300 others, and what all of them have in memory.
            folded = r"^ *\d+ \S+ +S\S* .* \[\+300\] "
            terminal.wait(lambda: re.search(folded, self.row_of(terminal, first)), "the fold")
            terminal.wait(lambda: " 301 " in self.row_of(terminal, first), "the threads of all")
            terminal.keys("+")
            terminal.wait(lambda: "[+300]" not in self.row_of(terminal, first), "the tree unfolded")
            terminal.keys("R")
            note = rf"Command  only python\S* {first}$"
            terminal.wait(lambda: re.search(note, self.header_of(terminal)), "the note")
            terminal.wait(lambda: f" {first} " in self.header_of(terminal, 1), "its first process")
            terminal.keys("G")
            terminal.wait(lambda: terminal.selected_pid() == last, "the end of the chain")
            # tmux may show half a drawing between two.
            terminal.wait(lambda: re.search(r" 2\d\d\+ .*└─ .*python", self.row_of(terminal, last)), "its depth")
            terminal.keys("A")
            terminal.wait(lambda: "WRITE/s" in terminal.text() and "subtree totals" in terminal.text(), "the totals")
            terminal.keys("Home")
            row = r"^ *\d+ \S+ +S\S* .* 301 +300 "
            terminal.wait(lambda: re.search(row, self.row_of(terminal, first)), "the total of the chain")
            terminal.keys("R", "A")
            terminal.wait(lambda: self.header_of(terminal).endswith("Command"), "all processes")
            terminal.keys("q")
            self.assertEqual(terminal.wait_end(), 0)

    def test_small_terminals(self):
        with chain(50) as (first, _):
            terminal = self.newest_first(20, 5)
            for key in ("t", "A", "H", "-", "R", "+", "*", "z", "Enter", "t", "z", "Escape", "?", "?"):
                terminal.keys(key)
            for line in terminal.lines():
                self.assertLessEqual(tmux.width(line), 20)
            terminal.keys("q")
            self.assertEqual(terminal.wait_end(), 0)
            self.assertTrue(cmon.stat_of(first))

    def test_threads(self):
        with lab_lineage.lab("threads") as lab:
            pid = lab.pids["self"]
            threads = [int(tid) for tid in os.listdir(f"/proc/{pid}/task") if int(tid) != pid]
            self.assertGreater(len(threads), 0)
            terminal = self.tree_at(pid)
            for tid in threads:
                self.assertEqual(self.row_of(terminal, tid), "")
            terminal.keys("H")
            row = r" SN?l\+? +-?\d+ +- +- .*[├└]─ \{lab_process\}$"
            terminal.wait(lambda: all(re.search(row, self.row_of(terminal, tid)) for tid in threads), "the threads")
            terminal.keys("j")
            terminal.wait(lambda: terminal.selected_pid() == min(threads), "the first thread")
            terminal.keys("H")
            terminal.wait(lambda: terminal.selected_pid() == pid, "its process")

    def test_the_selection_survives_reparenting(self):
        with shell("sleep 7653 & echo $!; read") as (parent, job):
            terminal = self.tree_at(job)
            self.assertNotIn("lost", self.row_of(terminal, job))
            os.kill(parent, signal.SIGKILL)
            terminal.wait(lambda: "ORPHAN" in self.row_of(terminal, job), "the orphan")
            self.assertEqual(terminal.selected_pid(), job)

    def test_a_storm_of_processes(self):
        with tempfile.TemporaryDirectory() as directory, cmon.child(["sleep", "7652"]) as sleeper:
            storm = os.path.join(directory, "storm")
            subprocess.run(["gcc", "-O1", "-D_GNU_SOURCE", "-xc", "-o", storm, "-"], input=STORM.encode(), check=True)
            terminal = self.tree_at(sleeper.pid, interval=0.05)
            self.restrict_to(terminal, os.getpid(), sleeper.pid)
            process, seen, storming = terminal.cmon_pid(), 0, []
            with cmon.child([storm, "20000"], stdout=subprocess.PIPE) as running:
                while running.poll() is None:
                    screen = terminal.text()
                    storming.append(screen.count("storm"))
                    # Between two drawings tmux may show half of one.
                    seen += terminal.selected_pid() == sleeper.pid
                    self.assertTrue(cmon.stat_of(process), "cmon has ended")
                self.assertEqual(running.stdout.read(), b"20000\n")
            self.assertGreater(seen, 0)
            self.assertGreater(max(storming), 0)
            terminal.wait(lambda: terminal.selected_pid() == sleeper.pid, "the selection after the storm")
            terminal.keys("t")
            terminal.wait(lambda: not re.search(r"[├└]─ ", terminal.text()), "an answer")
            terminal.wait(lambda: terminal.selected_pid() == sleeper.pid, "the selection in the list")
            terminal.keys("q")
            self.assertEqual(terminal.wait_end(), 0)


if __name__ == "__main__":
    unittest.main()
