"""The details of a process that is really there."""

import contextlib
import os
import pwd
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import tmux  # noqa: E402

SLEEPER = """
import fcntl, signal, sys, threading
for _ in range(int(sys.argv[1])):
    threading.Thread(target=signal.pause, daemon=True).start()
if len(sys.argv) > 2:
    file = open(sys.argv[2])
if len(sys.argv) > 3:
    fcntl.flock(file, fcntl.LOCK_EX)
print("there", flush=True)
signal.pause()
"""


@contextlib.contextmanager
def sleeper(*arguments, **options):
    """A process that sleeps, with some threads and perhaps a file open."""
    argv = ["/usr/bin/python3", "-c", SLEEPER, *map(str, arguments)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, **options) as started:
        try:
            assert started.stdout.readline() == b"there\n"
            yield started
        finally:
            with contextlib.suppress(ProcessLookupError):
                started.kill()


def status_of(pid):
    """The lines of /proc/PID/status by name."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return {name: value.strip() for name, value in (line.split(":", 1) for line in file if ":" in line)}


class Details(unittest.TestCase):
    def start(self, columns, rows, *wrapper):
        """A terminal with cmon. wrapper: what runs it."""
        terminal = tmux.Terminal(columns, rows, NO_COLOR="1")
        self.addCleanup(terminal.close)
        command = [*wrapper, "-d", "0.2"] if wrapper else None
        if command:
            terminal.type(shlex.join(command) + "; echo status=$?\n")
            terminal.wait(terminal.shows_processes, "the process table")
        else:
            terminal.start("-d", "0.2")
        return terminal

    def open(self, pid, *wrapper, columns=200, rows=70, key="Enter"):
        terminal = self.start(columns, rows, *wrapper)
        terminal.select(pid)
        terminal.keys(key)
        self.wait_open(terminal, pid)
        return terminal

    def wait_open(self, terminal, pid):
        terminal.wait(lambda: re.search(rf"^\S+ {pid} .*\n Overview ", terminal.text(), re.M), f"the details of {pid}")

    def wait_row(self, terminal, label, value):
        """Wait until a value stands beside its label; value: a regular expression."""
        terminal.wait(lambda: re.search(rf"(^|  ){label} +{value}(  |$)", terminal.text(), re.M), f"{label} {value}")

    def test_values_are_those_of_proc(self):
        with sleeper(3) as process:
            terminal = self.open(process.pid)
            status = status_of(process.pid)
            uids, gids = status["Uid"].split(), status["Gid"].split()
            self.wait_row(terminal, "State", "S sleeping, waits in .*")
            self.wait_row(terminal, "User", re.escape(pwd.getpwuid(int(uids[0])).pw_name))
            self.wait_row(terminal, "User ids", f"real {uids[0]}, effective {uids[1]}, saved {uids[2]}")
            self.wait_row(terminal, "Group ids", f"real {gids[0]}, effective {gids[1]}, saved {gids[2]}")
            self.wait_row(terminal, "Threads", status["Threads"])
            self.wait_row(terminal, "Umask", status["Umask"])
            self.wait_row(terminal, "May run on", re.escape(status["Cpus_allowed_list"]))
            self.wait_row(terminal, "Switches",
                          f"voluntary {status['voluntary_ctxt_switches']}, involuntary \\d+")
            self.wait_row(terminal, "Parent", rf"{os.getpid()} \S.*")
            self.wait_row(terminal, "Executable", re.escape(os.readlink(f"/proc/{process.pid}/exe")))
            self.wait_row(terminal, "Directory", re.escape(os.getcwd()))
            self.wait_row(terminal, "Session", str(os.getsid(process.pid)))
            self.wait_row(terminal, "Descriptors", str(len(os.listdir(f"/proc/{process.pid}/fd"))))
            self.wait_row(terminal, "Own, divided", r"USS [\d.]+[KM], PSS [\d.]+[KM]")
            kibibytes = int(status["VmRSS"].split()[0])
            shown = re.search(r"Resident +([\d.]+)([KMG])", terminal.text())
            factor = {"K": 1, "M": 1024, "G": 1024 * 1024}[shown[2]]
            self.assertAlmostEqual(float(shown[1]) * factor / kibibytes, 1, delta=0.02)

    def test_panes(self):
        arguments = ["2", __file__]
        with sleeper(*arguments) as process:
            terminal = self.open(process.pid)
            terminal.keys("l")
            terminal.wait_text(f"r               0 {os.path.abspath(__file__)}")
            terminal.keys("3")
            for tid in os.listdir(f"/proc/{process.pid}/task"):
                terminal.wait(lambda: re.search(rf"^ +{tid} Sl\S* ", terminal.text(), re.M), f"thread {tid}")
            terminal.keys("Tab")
            terminal.wait(lambda: re.search(rf"^  3 2$\n^  4 {re.escape(__file__)}$", terminal.text(), re.M),
                          "the arguments")
            self.assertIn(r"\nimport fcntl, signal, sys, threading\n", terminal.text())
            terminal.keys("5")
            soft, hard = (str(value) if value >= 0 else "unlimited"
                          for value in resource.prlimit(process.pid, resource.RLIMIT_NOFILE))
            terminal.wait(lambda: re.search(rf"^RLIMIT_NOFILE +{soft} +{hard}$", terminal.text(), re.M), "the limit")
            terminal.keys("Escape")
            terminal.wait(terminal.shows_processes, "the process table")
            terminal.wait(lambda: terminal.selected_pid() == process.pid, "the selection")

    def test_environment_with_escapes(self):
        environment = {b"PLAIN": b"value", b"EVIL": b"\x1b]0;owned\x07\x1b[2J\xff\r\nend", b"LONG": b"x" * 100000 + b"end"}
        with sleeper(0, env=environment) as process:
            terminal = self.open(process.pid, columns=80, rows=24, key="e")
            terminal.wait_text("PLAIN=value")
            terminal.wait_text(r"EVIL=\x1b]0;owned\x07\x1b[2J\xff\r\nend")
            self.assertEqual(terminal.ask("pane_title") == "owned", False)
            terminal.keys("/")
            terminal.wait_text("Search:")
            terminal.type("xend")
            terminal.wait(lambda: re.search(r"^ +x*xend$", terminal.text(), re.M), "the end of the long value")
            terminal.keys("Enter", "Home")
            terminal.wait_text("PLAIN=value")

    def test_locks(self):
        with tempfile.NamedTemporaryFile() as file, sleeper(0, file.name, "lock") as process:
            terminal = self.open(process.pid, key="x")
            terminal.wait(lambda: re.search(rf"^ *\d+ FLOCK  WRITE ADVISORY  holds +0 +EOF {re.escape(file.name)}$",
                                            terminal.text(), re.M), "the lock")
            terminal.keys("Escape")
            terminal.wait(terminal.shows_processes, "the process table")
        with sleeper(0) as process:
            self.open(process.pid, key="x").wait_text("\nno locks\n")

    def test_killed_while_it_is_shown(self):
        with sleeper(0) as process:
            terminal = self.open(process.pid)
            self.wait_row(terminal, "Executable", r"/.*")
            os.kill(process.pid, signal.SIGKILL)
            # Its parent is this test, which does not wait yet.
            self.wait_row(terminal, "State", "Z ended: killed by SIGKILL(, \\d+s ago)?")
            self.wait_row(terminal, "Not reaped", rf"parent .* {os.getpid()}: .*")
            process.wait()
            terminal.wait(lambda: re.search(rf"^ended {process.pid} \S+ · killed by SIGKILL$", terminal.text(), re.M),
                          "the end")
            self.wait_row(terminal, "Executable", r"/.*")
            terminal.keys("4")
            terminal.wait(lambda: re.search(r"^  3 0$", terminal.text(), re.M), "the arguments")
            terminal.keys("Escape")
            terminal.wait(terminal.shows_processes, "the process table")

    def test_nobody_looks_at_a_process_of_root(self):
        cmon.need_root()
        cmon.need_tool("setpriv")
        # The configuration of root may not be read, which would be told first.
        wrapper = ["env", "-u", "XDG_CONFIG_HOME", "HOME=/", "setpriv", "--reuid", str(cmon.NOBODY),
                   "--regid", str(cmon.NOBODY), "--clear-groups"]
        with cmon.reachable_binary() as binary, sleeper(0, env={"SECRET": "1"}) as process:
            terminal = self.open(process.pid, *wrapper, binary)
            self.wait_row(terminal, "User ids", "real 0, effective 0, saved 0")
            for label in ("Executable", "Directory", "Root", "Own, divided", "Storage", "Namespaces"):
                self.wait_row(terminal, label, "not permitted")
            terminal.keys("e")
            terminal.wait(lambda: "\nnot permitted\n" in terminal.text(), "the refusal")
            self.assertNotIn("SECRET", terminal.text())

    def test_small(self):
        with sleeper(0) as process:
            terminal = self.open(process.pid, columns=80, rows=24)
            for columns, rows in ((20, 5), (40, 10), (200, 50), (20, 5)):
                terminal.resize(columns, rows)
                terminal.wait(lambda: re.search(rf"^S\S* {process.pid} ", terminal.text(), re.M), "the details")
                terminal.keys("Tab", "PageDown", "End", "Up", "Right", "Home")
                self.assertTrue(all(tmux.width(line) <= columns for line in terminal.lines()))
            terminal.keys("q")
            self.assertEqual(terminal.wait_end(), 0)


if __name__ == "__main__":
    unittest.main()
