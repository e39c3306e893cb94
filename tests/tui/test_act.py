"""Acting on processes from the screen: what is hit, what is asked before, and what is said afterwards."""

import contextlib
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import lab  # noqa: E402
import tmux  # noqa: E402

# Prints the pids of its children, and how many of them SIGUSR1 has ended.
FLOCK = """
import os, signal
pids = []
for _ in range(500):
    pid = os.fork()
    if pid == 0:
        __import__("ctypes").CDLL(None).prctl(1, 9, 0, 0, 0)
        while True:
            signal.pause()
    pids.append(pid)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
print(*pids, flush=True)
print(sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGUSR1 for pid in pids), flush=True)
signal.pause()
"""


class Acting(unittest.TestCase):
    def terminal(self, *arguments, columns=110, rows=50, wrapper=(), binary=None, settings=""):
        directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # cmon may be writing still
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        self.settings = os.path.join(directory.name, "cmon", "cmon.conf")
        if settings:
            os.mkdir(os.path.dirname(self.settings))
            with open(self.settings, "w", encoding="utf-8") as file:
                file.write("[general]\n" + settings)
        terminal = tmux.Terminal(columns, rows, XDG_CONFIG_HOME=directory.name)
        self.addCleanup(terminal.close)
        command = [*wrapper, binary or cmon.BINARY, "-d", "0.2", *arguments]
        terminal.type(shlex.join(command) + "; echo status=$?\n")
        terminal.wait(terminal.shows_processes, "the process table")
        return terminal

    def child(self, argv=("sleep", "1000"), **options):
        context = cmon.child(list(argv), **options)
        process = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return process

    @staticmethod
    def row(terminal, at=0):
        """The words of a row of the table."""
        header = terminal.header_row()
        return terminal.lines()[header + 1 + at].split() if header is not None else []

    def select(self, terminal, pid):
        """Show one process alone, and select it: where one that was selected before has ended, a move says that it is known."""
        terminal.keys("F4")
        terminal.wait_text("Filter:")
        terminal.keys("C-u")
        terminal.type(f"pid = {pid}")
        terminal.keys("Enter")
        terminal.wait(lambda: self.row(terminal)[:1] == [str(pid)] and self.row(terminal, 1)[1:2] != ["root"],
                      f"{pid} alone")
        terminal.keys("Home")

    def kill(self, terminal, number):
        """Choose a signal in the menu."""
        terminal.keys("k")
        terminal.wait_text("SIGTERM")
        terminal.type(str(number))
        terminal.keys("Enter")


class Signals(Acting):
    def test_the_selected_process_gets_the_signal(self):
        sleeper, other = self.child(), self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("F9")
        terminal.wait_text(f"Signal to {sleeper.pid} sleep")
        self.assertRegex(terminal.text(), r"\b15 SIGTERM +Terminated")
        terminal.keys("Enter")
        terminal.wait_text("Enter or y: yes")
        self.assertRegex(terminal.text(), rf"SIGTERM to[\s\S]*\b{sleeper.pid} sleep")
        self.assertIsNone(sleeper.poll())
        terminal.keys("y")
        terminal.wait_text(f"SIGTERM sent to {sleeper.pid} sleep")
        self.assertEqual(sleeper.wait(cmon.DEADLINE), -signal.SIGTERM)
        self.assertIsNone(other.poll())

    def test_no_is_no(self):
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        for keys in (["Escape"], ["Enter", "n"], ["Enter", "Escape"]):
            terminal.keys("k")
            terminal.wait_text("Signal to")
            for key in keys:
                terminal.keys(key)
                if key == "Enter":
                    terminal.wait_text("Enter or y: yes")
            terminal.wait(lambda: "SIGTERM" not in terminal.text(), "the end of the dialog")
        self.assertIsNone(sleeper.poll())

    def test_the_last_signal_is_where_the_menu_begins(self):
        first, second = self.child(), self.child()
        terminal = self.terminal()
        self.select(terminal, first.pid)
        self.kill(terminal, 10)
        terminal.wait_text("SIGUSR1 to")
        terminal.keys("Enter")
        self.assertEqual(first.wait(cmon.DEADLINE), -signal.SIGUSR1)
        self.select(terminal, second.pid)
        terminal.keys("k")
        terminal.wait_text("Signal to")
        terminal.keys("Enter")
        terminal.wait_text("SIGUSR1 to")
        terminal.keys("Enter")
        self.assertEqual(second.wait(cmon.DEADLINE), -signal.SIGUSR1)

    def test_real_time_signals(self):
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        self.kill(terminal, signal.SIGRTMIN + 3)
        terminal.wait_text("SIGRTMIN+3 to")
        terminal.keys("Enter")
        self.assertEqual(-sleeper.wait(cmon.DEADLINE), signal.SIGRTMIN + 3)

    def test_a_name_full_of_escapes_is_harmless(self):
        with cmon.forked(lambda: cmon.set_name(b"a\x1b[2Jb\n")) as pid:
            terminal = self.terminal()
            self.select(terminal, pid)
            self.kill(terminal, 9)
            terminal.wait_text(f"{pid} a\\x1b[2Jb\\n")
            terminal.keys("Escape")

    def test_a_reused_pid_is_not_hit(self):
        """Paused, the screen goes on showing a process that has ended; the newcomer with its pid is let alone."""
        cmon.need_root()
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("Z")
        sleeper.kill()
        sleeper.wait()
        # Start times count in hundredths of a second.
        ended = time.clock_gettime(time.CLOCK_BOOTTIME)
        cmon.wait_for(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) > ended + 0.02)
        if not lab.fork_with_pid(sleeper.pid, signal.pause):
            self.skipTest("the kernel's counter of pids cannot be moved")
        self.addCleanup(lab.kill_and_reap, sleeper.pid)
        for key, message in (("k", "SIGKILL"), ("F8", "nice +1")):
            if key == "k":
                self.kill(terminal, 9)
                terminal.wait_text("SIGKILL to")
                terminal.keys("Enter")
            else:
                terminal.keys(key)
            terminal.wait_text(f"{message}: {sleeper.pid} sleep: is gone")
        self.assertEqual(os.waitpid(sleeper.pid, os.WNOHANG), (0, 0))
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, sleeper.pid), 0)

    def test_nobody_is_told_why_not(self):
        cmon.need_root()
        cmon.need_tool("setpriv")
        sleeper = self.child()
        wrapper = ["setpriv", "--reuid", str(cmon.NOBODY), "--regid", str(cmon.NOBODY), "--clear-groups"]
        with cmon.reachable_binary() as binary:
            terminal = self.terminal(wrapper=wrapper, binary=binary)
            self.select(terminal, sleeper.pid)
            self.kill(terminal, 9)
            terminal.wait_text("SIGKILL to")
            terminal.keys("Enter")
            terminal.wait_text(f"SIGKILL: {sleeper.pid} sleep: Operation not permitted")
            terminal.keys("F8")
            terminal.wait_text(f"nice +1: {sleeper.pid} sleep: Operation not permitted")
            self.assertIsNone(sleeper.poll())
            terminal.keys("q")
            terminal.wait_end()


    def test_five_hundred_tagged_processes(self):
        """A process and all below it: its children end by the signal, which it ignores itself."""
        parent = self.child((sys.executable, "-c", FLOCK), stdout=subprocess.PIPE)
        children = [int(word) for word in parent.stdout.readline().split()]
        self.assertEqual(len(children), 500)
        terminal = self.terminal()
        self.select(terminal, parent.pid)
        terminal.keys("c")
        terminal.keys("F9")
        terminal.wait_text("Signal to 501 processes")
        terminal.type("10")
        terminal.keys("Enter")
        terminal.wait_text("and 491 others")
        terminal.keys("Enter")
        terminal.wait_text("SIGUSR1 sent to 501 processes")
        self.assertEqual(int(parent.stdout.readline()), 500)

    def test_several_failures_are_listed(self):
        """Two that are gone while the screen is frozen."""
        parent = self.child((sys.executable, "-c", FLOCK.replace("500", "2")), stdout=subprocess.PIPE)
        children = [int(word) for word in parent.stdout.readline().split()]
        terminal = self.terminal()
        self.select(terminal, parent.pid)
        terminal.keys("Z")
        for pid in children:
            os.kill(pid, signal.SIGUSR1)
        self.assertEqual(int(parent.stdout.readline()), 2)
        terminal.keys("c")
        self.kill(terminal, 18)
        terminal.wait_text("SIGCONT to")
        terminal.keys("Enter")
        terminal.wait_text("SIGCONT: 2 of 3 failed")
        for pid in children:
            self.assertRegex(terminal.text(), rf"\b{pid} .*: is gone")


class ReadOnly(Acting):
    def test_nothing_is_changed(self):
        sleeper = self.child()
        terminal = self.terminal("--readonly")
        self.select(terminal, sleeper.pid)
        for key in ("F9", "k", "F7", "F8", "[", "]", "i", "a", "Y", "L", "C-n"):
            terminal.keys("Home")
            terminal.wait(lambda: "read-only" not in terminal.text(), "the message's end")
            terminal.keys(key)
            terminal.wait_text("read-only: nothing is changed")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, sleeper.pid), 0)
        self.assertIsNone(sleeper.poll())


    def test_the_settings_forbid_it_too(self):
        sleeper = self.child()
        terminal = self.terminal(settings="readonly = yes\n")
        self.select(terminal, sleeper.pid)
        terminal.keys("F9")
        terminal.wait_text("read-only: nothing is changed")

    def test_the_settings_spare_the_question_and_keep_the_signal(self):
        sleeper = self.child()
        terminal = self.terminal(settings="confirm = no\n")
        self.select(terminal, sleeper.pid)
        self.kill(terminal, 12)
        terminal.wait_text(f"SIGUSR2 sent to {sleeper.pid} sleep")
        self.assertEqual(sleeper.wait(cmon.DEADLINE), -signal.SIGUSR2)
        with open(self.settings, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"confirm = no\n[\s\S]*last_signal *= *SIGUSR2")


class Values(Acting):
    def test_nice_by_keys(self):
        cmon.need_capability("nice")
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        for key, nice, message in (("F8", 1, "nice +1"), ("[", 2, "nice +1"), ("F7", 1, "nice -1"), ("]", 0, "nice -1"),
                                   ("F7", -1, "nice -1")):
            terminal.keys(key)
            terminal.wait_text(f"{message}: {sleeper.pid} sleep")
            cmon.wait_for(lambda: os.getpriority(os.PRIO_PROCESS, sleeper.pid) == nice, what=f"nice {nice}")
        terminal.wait(lambda: "-1" in self.row(terminal), "the nice value in the table")

    def test_nice_typed(self):
        sleeper = self.child(preexec_fn=lambda: os.nice(3))
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("C-n")
        terminal.wait_text(f"Nice of {sleeper.pid} sleep: 3")
        terminal.keys("BSpace")
        terminal.type("77")
        terminal.wait_text("a number from -20 to 19")
        terminal.keys("Enter", "BSpace", "Enter")
        terminal.wait_text("nice 7 for")
        terminal.keys("Enter")
        terminal.wait_text(f"nice 7: {sleeper.pid} sleep")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, sleeper.pid), 7)

    def test_threads(self):
        """All threads of a process have the new value."""
        code = ("import threading, time\n"
                "for _ in range(3): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
                "time.sleep(1000)")
        process = self.child((sys.executable, "-c", code))
        cmon.wait_for(lambda: len(os.listdir(f"/proc/{process.pid}/task")) == 4, what="threads")
        terminal = self.terminal()
        self.select(terminal, process.pid)
        terminal.keys("F8")
        terminal.wait_text("nice +1:")
        for thread in os.listdir(f"/proc/{process.pid}/task"):
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, int(thread)), 1)

    def test_ionice(self):
        cmon.need_tool("ionice")
        sleeper = self.child()
        subprocess.run(["ionice", "-c2", "-n6", "-p", str(sleeper.pid)], check=True)
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("i")
        terminal.wait_text(f"I/O priority of {sleeper.pid} sleep")
        # It begins at what is set, which comes with the next snapshot.
        def look(label):
            found = re.search(r"(\x1b\[[\d;]*m)[^\x1b\n]*" + label, terminal.text("-e"))
            return found and found[1]
        terminal.wait(lambda: look("best effort 6") != look("best effort 5"), "the present priority")
        terminal.keys("Down", "Enter")
        terminal.wait_text("I/O priority best effort 7 for")
        terminal.keys("Enter")
        terminal.wait_text(f"I/O priority best effort 7: {sleeper.pid} sleep")
        self.assertEqual(self.output("ionice", "-p", sleeper.pid), "best-effort: prio 7")

    def test_affinity(self):
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < 2:
            self.skipTest("one CPU alone")
        sleeper = self.child()
        os.sched_setaffinity(sleeper.pid, allowed[:1])
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("a")
        terminal.wait_text(f"CPUs of {sleeper.pid} sleep")
        terminal.wait_text(f"[x] {allowed[0]} ")
        terminal.wait_text(f"[ ] {allowed[1]} ")
        terminal.keys("n", "Enter")
        terminal.wait_text("switch on at least one CPU")
        terminal.keys("a", "Enter")
        terminal.wait_text("Enter or y: yes")
        terminal.keys("Enter")
        cmon.wait_for(lambda: os.sched_getaffinity(sleeper.pid) == set(allowed), what="all CPUs")
        terminal.keys("a")
        terminal.wait_text("Space switch")
        terminal.type(str(allowed[1]))
        terminal.wait_text(f"CPUs of {sleeper.pid} sleep: {allowed[1]}")
        terminal.keys("Enter")
        terminal.wait_text(f"CPUs {allowed[1]} for")
        terminal.keys("Enter")
        cmon.wait_for(lambda: os.sched_getaffinity(sleeper.pid) == {allowed[1]}, what="the second CPU")

    def test_policy(self):
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("Y")
        terminal.wait_text(f"Scheduling policy of {sleeper.pid} sleep")
        terminal.type("batch")
        terminal.keys("Enter")
        terminal.wait_text("policy batch for")
        terminal.keys("Enter")
        cmon.wait_for(lambda: os.sched_getscheduler(sleeper.pid) == os.SCHED_BATCH, what="batch")

    def test_real_time_policy(self):
        """Set, or refused with the reason where the container has no real time."""
        sleeper = self.child()
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("Y")
        terminal.wait_text("Scheduling policy of")
        terminal.type("rr")
        terminal.keys("Enter")
        terminal.wait_text(f"Real-time priority of {sleeper.pid} sleep: 1")
        terminal.type("50")
        terminal.wait_text("a number from 1 to 99")
        terminal.keys("BSpace", "Enter")
        terminal.wait_text("policy rr 15 for")
        terminal.keys("Enter")
        terminal.wait_text(f"policy rr 15: {sleeper.pid} sleep")
        if "Operation not permitted" not in terminal.text():
            self.assertEqual(os.sched_getscheduler(sleeper.pid), os.SCHED_RR)
            self.assertEqual(os.sched_getparam(sleeper.pid).sched_priority, 15)

    def test_limits(self):
        sleeper = self.child()
        resource.prlimit(sleeper.pid, resource.RLIMIT_NOFILE, (321, 654))
        terminal = self.terminal()
        self.select(terminal, sleeper.pid)
        terminal.keys("L")
        terminal.wait_text(f"Limits of {sleeper.pid} sleep")
        terminal.wait(lambda: re.search(r"NOFILE +321:654 +open files", terminal.text()), "limits as they are")
        terminal.keys("Enter")
        terminal.wait_text(f"NOFILE of {sleeper.pid} sleep, soft:hard: 321:654")
        terminal.keys("C-u")
        terminal.type("700:600")
        terminal.wait_text("the soft limit is above the hard one")
        terminal.keys("C-u")
        terminal.type("100:200")
        terminal.keys("Enter")
        terminal.wait_text("limit NOFILE 100:200 for")
        terminal.keys("Enter")
        terminal.wait_text(f"limit NOFILE 100:200: {sleeper.pid} sleep")
        self.assertEqual(resource.prlimit(sleeper.pid, resource.RLIMIT_NOFILE), (100, 200))
        terminal.keys("L")
        terminal.wait_text("Limits of")
        terminal.type("core")
        terminal.keys("Enter")
        terminal.wait_text("CORE of")
        terminal.keys("C-u")
        terminal.type("1M:1G")
        terminal.keys("Enter", "y")
        terminal.wait_text("limit CORE 1M:1G:")
        self.assertEqual(resource.prlimit(sleeper.pid, resource.RLIMIT_CORE), (1 << 20, 1 << 30))

    @staticmethod
    def output(*argv):
        return subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, check=True).stdout.decode().strip()


class Sizes(Acting):
    def test_every_dialog_fits_everywhere(self):
        sleeper = self.child()
        for columns, rows in ((80, 24), (40, 10), (20, 5)):
            terminal = self.terminal(columns=columns, rows=rows)
            for key in ("k", "i", "a", "Y", "L", "C-n", "F9"):
                terminal.keys(key, "End", "Down", "PageUp", "Escape")
                with contextlib.suppress(AssertionError):
                    cmon.wait_for(lambda: "SIG" not in terminal.text(), deadline=1)
                for line in terminal.lines():
                    self.assertLessEqual(tmux.width(line), columns)
            terminal.keys("Escape", "q")
            self.assertEqual(terminal.wait_end(), 0)
        self.assertIsNone(sleeper.poll())


if __name__ == "__main__":
    unittest.main()
