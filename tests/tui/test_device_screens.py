"""The screens of disks, network and sensors in a real terminal, and a mount that hangs while they are shown."""

import os
import re
import shlex
import signal
import socket
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
LIVE = os.path.join(HERE, "..", "live")
FIXTURES = os.path.join(HERE, "..", "fixtures")
sys.path[:0] = [LIVE, HERE]

import cmon  # noqa: E402
import tmux  # noqa: E402

# A key has to be answered within this. A sanitizer, valgrind above all, has its own time.
KEY_S = 5 if cmon.VARIANT else 1
INTERVAL = "0.3"


class Screen(unittest.TestCase):
    def terminal(self, *arguments, **options):
        terminal = tmux.Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    @staticmethod
    def go_to(terminal, name, shown):
        """From the processes to another screen, which its header shows."""
        # tmux may show half a drawing.
        tabs = terminal.wait(lambda: re.search(r"(?m)^─ Processes ─ .*$", terminal.text()), "the tabs").group().split("─")
        terminal.keys(*["Tab"] * ([tab.strip() for tab in tabs].index(name) - 1))
        terminal.wait_text(shown)

    @staticmethod
    def filter(terminal, text):
        terminal.keys("F4")
        terminal.wait_text("Filter:")
        terminal.type(text)
        terminal.keys("Enter")
        terminal.wait(lambda: "Filter:" not in terminal.text(), "the end of the prompt")


class Disks(Screen):
    def test_mounts_are_as_statvfs_says(self):
        terminal = self.terminal(160, 50)
        terminal.start("-d", INTERVAL)
        self.go_to(terminal, "Disks", "Mounted on")
        row = terminal.wait(lambda: re.search(r"(?m)^/ +\S+ +([\d.]+[BKMGT]?) ", terminal.text()), "the root directory")
        size = os.statvfs("/")
        number, unit = re.fullmatch(r"([\d.]+)([BKMGT]?)", row.group(1)).groups()
        self.assertAlmostEqual(float(number) * 1024 ** " KMGT".index(unit), size.f_blocks * size.f_frsize,
                               delta=0.1 * size.f_blocks * size.f_frsize)


class Network(Screen):
    def test_a_connection_leads_to_its_owner(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            terminal = self.terminal(140, 40)
            terminal.start("-d", INTERVAL)
            self.go_to(terminal, "Network", "RECV/s")
            terminal.wait_text(f"127.0.0.1:{port}")
            self.filter(terminal, f":{port} LISTEN")
            terminal.wait(lambda: "unix " not in terminal.text(), "the filter")
            # tmux may show half a drawing.
            row = terminal.wait(lambda: re.search(rf"(?m)^tcp +127\.0\.0\.1:{port} .* {os.getpid()} .*$",
                                                  terminal.text()), "the connection").group().split()
            self.assertEqual(row[3], "LISTEN")
            self.assertEqual(row[-2], str(os.getpid()))
            terminal.keys("Home", "Down", "End", "Enter")
            terminal.wait(lambda: terminal.header_row() is not None, "the process table")
            terminal.wait_text(str(os.getpid()))

    def test_interfaces_are_those_of_the_kernel(self):
        terminal = self.terminal(160, 50)
        terminal.start("-d", INTERVAL)
        self.go_to(terminal, "Network", "RECV/s")
        terminal.wait(lambda: re.search(r"(?m)^lo +up ", terminal.text()), "the loopback interface")
        for _, name in socket.if_nameindex()[:4]:
            with open(f"/sys/class/net/{name}/mtu", encoding="ascii") as file:
                mtu = file.read().strip()
            self.assertRegex(terminal.text(), rf"(?m)^{re.escape(name[:10])} +(up|down|-) .* {mtu} ")


class Sensors(Screen):
    def test_fixture(self):
        cmon.need_mount_namespace()
        terminal = self.terminal(100, 30)
        fixture = os.path.join(FIXTURES, "sensors_full", "sys")
        script = f"mount --bind {shlex.quote(fixture)} /sys; exec {shlex.quote(cmon.BINARY)} -d {INTERVAL}"
        terminal.type(f"unshare --mount --propagation private sh -c {shlex.quote(script)}\n")
        terminal.wait(terminal.shows_processes, "the process table")
        self.go_to(terminal, "Sensors", "Temperature")
        row = r"(?m)^coretemp +Package id 0 +45\.0 +84\.0 +100\.0 "
        terminal.wait(lambda: re.search(row, terminal.text()), "a chip")
        fan = r"(?m)^thinkpad +3541$|^thinkpad +- +3541$"
        terminal.wait(lambda: re.search(fan, terminal.text()), "a fan")

    def test_a_machine_without(self):
        cmon.need_mount_namespace()
        terminal = self.terminal(80, 24)
        script = f"mount -t tmpfs none /sys; exec {shlex.quote(cmon.BINARY)} -d {INTERVAL}"
        terminal.type(f"unshare --mount --propagation private sh -c {shlex.quote(script)}\n")
        terminal.wait(terminal.shows_processes, "the process table")
        self.go_to(terminal, "Sensors", "no sensors on this machine")


class HungMounts(Screen):
    """Acceptance: keys are answered, the mount shows as stale, and cmon ends at once."""

    def setUp(self):
        cmon.need_mount_namespace()
        if not os.path.exists("/dev/fuse"):
            self.skipTest("this kernel has no FUSE")
        self.directory = tempfile.mkdtemp(prefix="m")
        self.addCleanup(os.rmdir, self.directory)

    def start(self, script, *arguments):
        # The leak checker stops every thread first, and one that waits for a child such as vfork's cannot be stopped.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        terminal = self.terminal(120, 40, ASAN_OPTIONS=options)
        terminal.before = terminal.modes()
        command = ["unshare", "--mount", "--propagation", "private", sys.executable, os.path.join(LIVE, script),
                   self.directory, *arguments, cmon.BINARY, "-d", INTERVAL]
        terminal.type("clear; " + shlex.join(command) + "; echo status=$?\n")
        terminal.wait(terminal.shows_processes, "the process table")
        self.go_to(terminal, "Disks", "Mounted on")
        terminal.keys("End")
        self.filter(terminal, os.path.basename(self.directory))
        return terminal

    def row(self, terminal):
        found = re.search(rf"(?m)^{self.directory} .*$", terminal.text())
        return found.group() if found else ""

    @staticmethod
    def children(terminal):
        """Processes below the terminal's shell by name."""
        processes = {int(pid): cmon.stat_of(pid) for pid in os.listdir("/proc") if pid.isdigit()}
        found, below = {}, {terminal.shell_pid}
        while below:
            below = {pid for pid, stat in processes.items() if stat and int(stat[1][1]) in below and pid not in found}
            found.update({pid: processes[pid][0] for pid in below})
        return list(found.values())

    def check_keys(self, terminal):
        for key, shown in (("F1", "show or leave this help"), ("Escape", "Mounted on"), ("Tab", "RECV/s"),
                           ("BTab", "Mounted on"), ("F4", "Filter:"), ("Escape", "Mounted on")):
            pressed = time.monotonic()
            terminal.keys(key)
            terminal.wait_text(shown)
            if key == "Escape":
                terminal.wait(lambda: "Filter:" not in terminal.text(), "the end of the prompt")
                continue  # the terminal library waits for what may follow an escape
            self.assertLess(time.monotonic() - pressed, KEY_S, key)

    def check_end(self, terminal):
        pressed = time.monotonic()
        terminal.keys("q")
        terminal.wait(lambda: terminal.ask("alternate_on") == "0", "the end of the screen")
        self.assertLess(time.monotonic() - pressed, KEY_S)
        self.assertEqual(terminal.wait_end(), 0)
        self.assertLess(time.monotonic() - pressed, 2 * KEY_S)
        self.assertEqual(terminal.modes(), terminal.before)

    def test_server_is_stopped_while_it_is_shown(self):
        pidfile = os.path.join(tempfile.gettempdir(), os.path.basename(self.directory) + ".pid")
        terminal = self.start("stopping_mount.py", pidfile)
        self.addCleanup(os.unlink, pidfile)
        terminal.wait(lambda: re.search(r" 3\.9M +2\.9M +1000K +75\.0 ", self.row(terminal)), "the answer of statfs")
        self.assertNotIn("stale", self.row(terminal))
        with open(pidfile, encoding="ascii") as file:
            server = int(file.read())
        os.kill(server, signal.SIGSTOP)
        terminal.wait(lambda: re.search(r" 3\.9M .* stale +\d+s ago", self.row(terminal)), "a stale mount")
        # Longer than what it is asked again after: still nobody but the first waits.
        terminal.wait(lambda: re.search(r" stale +([5-9]|\d\d)s ago", self.row(terminal)), "that its age grows")
        self.assertEqual(self.children(terminal).count(b"cmon-statvfs"), 1)
        self.check_keys(terminal)
        os.kill(server, signal.SIGCONT)
        terminal.wait(lambda: "stale" not in self.row(terminal) and self.row(terminal), "that it answers again")
        os.kill(server, signal.SIGSTOP)
        terminal.wait(lambda: "stale" in self.row(terminal), "a stale mount")
        self.check_end(terminal)

    def test_it_never_answered(self):
        terminal = self.start("hanging_mount.py", str(3 * cmon.DEADLINE))
        terminal.wait(lambda: re.search(r" stale +no answer", self.row(terminal)), "a stale mount")
        self.assertRegex(self.row(terminal), r" - +- +- +stale ")
        self.check_keys(terminal)
        self.check_end(terminal)


if __name__ == "__main__":
    unittest.main()
