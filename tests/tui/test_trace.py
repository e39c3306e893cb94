"""The trace of system calls, of a process that makes some."""

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
import test_details  # noqa: E402
import tmux  # noqa: E402

WRITER = """
import os, time
fd = os.open("/dev/null", os.O_WRONLY)
print("there", flush=True)
for number in range(10**9):
    os.write(fd, b"call\\033[31m%d" % number)
    time.sleep(0.01)
"""


@contextlib.contextmanager
def writer():
    with subprocess.Popen(["/usr/bin/python3", "-c", WRITER], stdout=subprocess.PIPE) as started:
        try:
            assert started.stdout.readline() == b"there\n"
            yield started
        finally:
            started.kill()


def children(pid):
    """Names of the processes whose parent is pid, by pid, zombies too, but that which loads BPF programs for a moment."""
    found = {}
    for entry in os.listdir("/proc"):
        stat = cmon.stat_of(entry) if entry.isdigit() else None
        if stat and int(stat[1][1]) == pid and stat[0] != b"exe":
            found[int(entry)] = stat[0]
    return found


def tracer(pid):
    return int(test_details.status_of(pid)["TracerPid"])


class Trace(unittest.TestCase):
    def setUp(self):
        cmon.need_tool("strace")

    def start(self, pid, *arguments):
        terminal = tmux.Terminal(120, 40, NO_COLOR="1")
        self.addCleanup(terminal.close)
        terminal.start("-d", "0.2", *arguments)
        terminal.type(str(pid))
        terminal.keys("Enter")
        terminal.wait(lambda: re.search(rf"^\S+ {pid} .*\n Overview ", terminal.text(), re.M), "the details")
        return terminal

    def trace(self, pid, *arguments):
        terminal = self.start(pid, *arguments)
        terminal.keys("s")
        return terminal

    def wait_calls(self, terminal):
        def last():
            found = re.findall(r'write\(\d+, "call\\33\[31m(\d+)", \d+\) += \d+', terminal.text())
            return int(found[-1]) if found else None
        return terminal.wait(last, "calls")

    def assert_no_tracer(self, terminal, pid, cmon_pid, is_running=True):
        cmon.wait_for(lambda: tracer(pid) == 0, what="the end of the trace")
        if is_running:
            # The kernel lets go of the process before cmon has waited for strace.
            cmon.wait_for(lambda: not children(cmon_pid), what="the end of strace")
        self.assertNotIn(test_details.status_of(pid)["State"][0], "tT")

    def test_calls_are_shown_as_they_come(self):
        with writer() as process:
            terminal = self.trace(process.pid)
            first = self.wait_calls(terminal)
            terminal.wait(lambda: self.wait_calls(terminal) > first, "later calls")
            self.assertEqual(set(children(terminal.cmon_pid()).values()), {b"strace"})
            terminal.keys("PageUp", "PageUp")
            # What was scrolled to stays while more comes.
            terminal.keys("Home")
            terminal.wait_text("attached")

    def test_nothing_is_left(self):
        for keys in (["Escape"], ["Tab"], ["1"]):
            with self.subTest(keys=keys), writer() as process:
                terminal = self.trace(process.pid)
                self.wait_calls(terminal)
                pid = terminal.cmon_pid()
                self.assertIn(tracer(process.pid), children(pid))
                terminal.keys(*keys)
                self.assert_no_tracer(terminal, process.pid, pid)

    def test_nothing_is_left_after_the_end(self):
        def kill(number):
            return lambda terminal: os.kill(terminal.cmon_pid(), number)

        for end in (lambda terminal: terminal.keys("q"), kill(signal.SIGTERM), kill(signal.SIGKILL)):
            with writer() as process:
                terminal = self.trace(process.pid)
                self.wait_calls(terminal)
                child = tracer(process.pid)
                end(terminal)
                self.assert_no_tracer(terminal, process.pid, None, is_running=False)
                cmon.wait_for(lambda: not os.path.exists(f"/proc/{child}"), what="the end of strace")

    def test_killed_cmon_of_a_silent_process(self):
        """Nothing is written that would tell strace of the closed pipe."""
        with test_details.sleeper(0) as process:
            terminal = self.trace(process.pid)
            child = terminal.wait(lambda: tracer(process.pid), "the trace")
            os.kill(terminal.cmon_pid(), signal.SIGKILL)
            cmon.wait_for(lambda: not os.path.exists(f"/proc/{child}"), what="the end of strace")
            self.assertEqual(tracer(process.pid), 0)

    def test_killed(self):
        with writer() as process:
            terminal = self.trace(process.pid)
            self.wait_calls(terminal)
            process.kill()
            terminal.wait_text("killed by SIGKILL")
            terminal.wait_text("the trace has ended")
            self.assertEqual(children(terminal.cmon_pid()), {})

    def test_readonly(self):
        with writer() as process:
            terminal = self.trace(process.pid, "--readonly")
            terminal.wait_text("read-only: nothing is traced")
            self.assertEqual(tracer(process.pid), 0)

    def test_the_pane_alone_traces_nothing(self):
        with writer() as process:
            terminal = self.start(process.pid)
            terminal.keys("9")
            terminal.wait_text("no trace; ")
            self.assertEqual(tracer(process.pid), 0)

    def test_already_traced(self):
        with writer() as process, subprocess.Popen(["strace", "-o", "/dev/null", "-p", str(process.pid)],
                                                   stderr=subprocess.DEVNULL) as other:
            try:
                cmon.wait_for(lambda: tracer(process.pid) == other.pid, what="the other tracer")
                self.trace(process.pid).wait_text(f"already traced by {other.pid}")
            finally:
                other.kill()

    def test_itself(self):
        terminal = tmux.Terminal(120, 40, NO_COLOR="1")
        self.addCleanup(terminal.close)
        terminal.start("-d", "0.2")
        terminal.type(str(terminal.cmon_pid()))
        terminal.keys("s")
        terminal.wait_text("cmon cannot trace itself")

    def test_its_terminal(self):
        """What shows cmon is stopped again and again, and each drawing makes it call more: nothing gets stuck."""
        terminal = tmux.Terminal(120, 40, NO_COLOR="1")
        self.addCleanup(terminal.close)
        terminal.start("-d", "0.2")
        server = int(terminal.ask("pid"))
        terminal.type(str(server))
        terminal.keys("s")
        cmon.wait_for(lambda: tracer(server) > 0, what="the trace of the terminal")
        terminal.wait(lambda: "attached" in terminal.text() or "sendmsg" in terminal.text(), "its calls")
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)
        self.assertEqual(tracer(server), 0)

    def test_not_installed(self):
        with writer() as process:
            terminal = tmux.Terminal(120, 40, NO_COLOR="1")
            self.addCleanup(terminal.close)
            terminal.type("PATH=/nowhere\n")
            terminal.start("-d", "0.2")
            terminal.type(str(process.pid))
            terminal.keys("s")
            terminal.wait_text("strace is not installed")


if __name__ == "__main__":
    unittest.main()
