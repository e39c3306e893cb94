"""The screen in a real terminal: what it shows, what keys do, and that the terminal is given back however cmon ends."""

import contextlib
import ctypes
import fcntl
import os
import pty
import random
import re
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import tmux  # noqa: E402


class Screen(unittest.TestCase):
    def terminal(self, *arguments, **options):
        terminal = tmux.Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal


class Contents(Screen):
    def test_columns_and_overview(self):
        terminal = self.terminal(80, 24)
        terminal.start()
        lines = terminal.lines()
        self.assertEqual(lines[terminal.header_row()].split(),
                         ["PID", "USER", "STAT", "NI", "THR", "VIRT", "RES", "▼CPU%", "MEM%", "TIME+", "Command"])
        self.assertRegex(lines[0], r"^ cmon · .*load \d+\.\d\d \d+\.\d\d \d+\.\d\d")
        self.assertRegex(lines[1], r"^ CPU ")
        self.assertRegex(lines[2], r"^ Mem +[\d.]+[KMGT]/[\d.]+[KMGT] ")
        self.assertRegex(lines[3], r"^ Disk  r .* Net ")
        self.assertIn("F10Quit", lines[23])

    def test_rows_are_as_proc_says(self):
        terminal = self.terminal(120, 40)
        with cmon.child(["sleep", "98765"]) as sleeper:
            # Others start all the time on a busy machine, and would fill the screen.
            terminal.start("--filter", "sleep 98765")
            row = terminal.wait(lambda: re.search(rf"^ *{sleeper.pid} .* sleep 98765$", terminal.text(), re.M),
                                "the sleeper").group().split()
            comm, stat = cmon.stat_of(sleeper.pid)
            self.assertEqual(comm, b"sleep")
            self.assertEqual(row[2][0], stat[0].decode())
            self.assertEqual(row[3], stat[16].decode())
            self.assertEqual(row[4], stat[17].decode())

    def test_rates_come_with_the_second_sample(self):
        terminal = self.terminal(80, 24)
        terminal.start("-d", "0.2")
        terminal.wait(lambda: re.search(r"^ CPU +\d+\.\d%", terminal.text(), re.M), "CPU use")
        terminal.wait(lambda: re.search(r"↓ [\d.]+[BKMG]?/s", terminal.text()), "network rates")

    def test_sizes(self):
        for columns, rows in ((200, 50), (40, 10), (20, 5)):
            with self.subTest(columns=columns, rows=rows):
                terminal = self.terminal(columns, rows)
                terminal.start()
                for line in terminal.lines():
                    self.assertLessEqual(tmux.width(line), columns)
                terminal.keys("q")
                self.assertEqual(terminal.wait_end(), 0)

    def test_ascii_without_utf8(self):
        terminal = self.terminal(80, 24, LC_ALL="C")
        terminal.start()
        terminal.keys("t")
        terminal.wait(lambda: re.search(r"(?m)^ *\d+ .*(\|-|`-) ", terminal.text()), "lines of the tree")
        terminal.text().encode("ascii")


class Keys(Screen):
    def header_has(self, terminal, title):
        terminal.wait(lambda: title in terminal.lines()[terminal.header_row() or 0], f"{title} in the header")

    def wait_selected(self, terminal, row):
        terminal.wait(lambda: terminal.selected_row() == row, f"the selection in row {row}")

    def test_sorting(self):
        terminal = self.terminal(80, 24)
        terminal.start()
        for key, title in (("P", "▼CPU%"), ("M", "▼MEM%"), ("T", "▼TIME+"), ("N", "▲PID"), ("I", "▼PID"), ("I", "▲PID"),
                           (".", "USER▲"), (".", "STAT▲"), ("<", "USER▲"), (",", "▲PID")):
            terminal.keys(key)
            self.header_has(terminal, title)
        terminal.keys("N")
        self.header_has(terminal, "▲PID")
        pids = [int(line.split()[0]) for line in terminal.lines()[terminal.header_row() + 1:23] if line.split()]
        self.assertEqual(pids, sorted(pids))
        self.assertGreater(len(pids), 5)

    def test_sort_option(self):
        for field, title in (("pid", "▲PID"), ("-pid", "▼PID"), ("cpu", "▼CPU%"), ("-cpu", "▼CPU%")):
            terminal = self.terminal(80, 24)
            terminal.start("--sort", field)
            self.header_has(terminal, title)

    def test_tree(self):
        terminal = self.terminal(120, 40)
        terminal.start()
        for key in ("t", "F5"):
            terminal.keys(key)
            terminal.wait(lambda: re.search(r"[├└]─ ", terminal.text()), "lines of the tree")
            terminal.keys("*")
            terminal.wait(lambda: re.search(r"\[\+\d+\] ", terminal.text()), "folded processes")
            terminal.keys("*")
            terminal.wait(lambda: not re.search(r"\[\+\d+\] ", terminal.text()), "no folded processes")
            terminal.keys("Home", "-")
            terminal.wait(lambda: re.search(r"\[\+\d+\] ", terminal.text()), "a folded process")
            terminal.keys("+")
            terminal.wait(lambda: not re.search(r"\[\+\d+\] ", terminal.text()), "no folded process")
            terminal.keys(key)
            terminal.wait(lambda: not re.search(r"[├└]─ ", terminal.text()), "no tree")

    def test_moving(self):
        terminal = self.terminal(80, 24, NO_COLOR="1")
        terminal.start("--sort", "pid", "-d", "60")
        first = terminal.header_row() + 1
        self.wait_selected(terminal, first)
        for key, row in (("j", first + 1), ("Down", first + 2), ("Up", first + 1), ("C-k", first)):
            terminal.keys(key)
            self.wait_selected(terminal, row)
        before = terminal.lines()[first]
        terminal.keys("PageDown")
        terminal.wait(lambda: terminal.lines()[first] != before, "the next page")
        terminal.keys("PageUp")
        terminal.wait(lambda: terminal.lines()[first] == before, "the first page")
        terminal.keys("C-d", "C-u")
        self.wait_selected(terminal, first)
        terminal.keys("G")
        self.wait_selected(terminal, 22)
        terminal.keys("g")
        self.wait_selected(terminal, first)
        terminal.keys("End")
        self.wait_selected(terminal, 22)
        terminal.keys("Home")
        self.wait_selected(terminal, first)

    def test_selection_follows_a_process(self):
        terminal = self.terminal(80, 24, NO_COLOR="1")
        terminal.start("--sort", "pid", "-d", "60")
        first = terminal.header_row() + 1
        terminal.keys("j", "j")
        self.wait_selected(terminal, first + 2)
        pid = terminal.lines()[first + 2].split()[0]
        terminal.keys("I")
        self.header_has(terminal, "▼PID")
        terminal.wait(lambda: terminal.lines()[terminal.selected_row() or 0].split()[0] == pid, "the same process")

    def test_help(self):
        terminal = self.terminal(80, 50)
        terminal.start()
        for enter, leave in (("?", "Escape"), ("h", "h"), ("F1", "F1")):
            terminal.keys(enter)
            terminal.wait_text("Keys: Processes")
            terminal.keys(leave)
            terminal.wait(terminal.shows_processes, "the processes again")

    def test_pause_and_refresh(self):
        terminal = self.terminal(80, 24)
        terminal.start("-d", "0.1")
        terminal.keys("Z")
        terminal.wait_text("PAUSED")
        before = terminal.text()
        with cmon.child(["sleep", "1000"]):
            # Ten samples later nothing has moved: time is what is tested here.
            time.sleep(1)
            self.assertEqual(terminal.text(), before)
        terminal.keys("Z")
        terminal.wait(lambda: "PAUSED" not in terminal.text(), "the end of the pause")

    def test_refresh_reads_at_once(self):
        terminal = self.terminal(120, 24)
        terminal.start("-d", "3600", "--sort", "started")
        terminal.keys("I")
        with cmon.child(["sleep", "87654"]):
            terminal.keys("C-r")
            terminal.wait_text("sleep 87654")

    def test_kernel_threads(self):
        terminal = self.terminal(120, 24)
        terminal.start("--sort", "pid")
        terminal.wait_text("[kthreadd]")
        terminal.keys("K")
        terminal.wait(lambda: "[kthreadd]" not in terminal.text(), "no kernel threads")
        terminal.keys("K")
        terminal.wait_text("[kthreadd]")

    def test_unknown_keys_do_nothing(self):
        terminal = self.terminal(80, 24)
        terminal.start()
        terminal.keys("F12", "y", "é", "漢", "C-a", "M-y", "F20")
        terminal.keys("N")
        self.header_has(terminal, "▲PID")

    def test_redraw(self):
        terminal = self.terminal(80, 24)
        terminal.start("-d", "60")
        terminal.write_over("\x1b[5;1Hrubbish")
        terminal.wait_text("rubbish")
        terminal.keys("C-l")
        terminal.wait(lambda: "rubbish" not in terminal.text(), "a clean screen")


class Resizing(Screen):
    def test_random_sizes(self):
        chosen = random.Random(4)
        terminal = self.terminal(80, 24)
        terminal.start("-d", "0.3")
        terminal.keys("t")
        # tmux takes a quarter of a second for each.
        sizes = [(chosen.randint(20, 200), chosen.randint(5, 60)) for _ in range(30 if cmon.VARIANT else 100)]
        for columns, rows in [*sizes, (20, 5), (3, 2), (1, 1), (100, 30)]:
            terminal.resize(columns, rows)
            terminal.keys(chosen.choice(["j", "Up", "t", "P", "N", "PageDown", "Home", "I", "Right", "Left", "*"]))
            if columns < 20 or rows < 5:
                continue
            # The header's last column ends where the new size puts it.
            terminal.wait(lambda: terminal.header_row() is not None, f"the header at {columns} by {rows}")
            terminal.wait(lambda: terminal.lines()[terminal.header_row() or 0].strip(), "the header")
            for line in terminal.lines():
                self.assertLessEqual(tmux.width(line), columns)
        terminal.wait(lambda: "F10Quit" in terminal.lines()[29], "the bottom line at the bottom")
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)


class Restoring(Screen):
    """The terminal's modes are those of before, and the screen is the shell's again."""

    def check(self, end, status, message=None, columns=80, rows=24, **environment):
        terminal = self.terminal(columns, rows, **environment)
        before = terminal.modes()
        terminal.start()
        self.assertEqual(terminal.ask("alternate_on"), "1")
        self.assertEqual(terminal.ask("cursor_flag"), "0")
        end(terminal)
        ended = terminal.wait_end()
        self.assertEqual(ended, status)
        self.assertIn("prompt>", terminal.text())
        terminal.resize(columns, rows)
        if message:
            self.assertIn(message, terminal.text())
        self.assertEqual(terminal.modes(), before)

    def by_signal(self, number):
        return lambda terminal: os.kill(terminal.cmon_pid(), number)

    def test_q(self):
        self.check(lambda terminal: terminal.keys("q"), 0)

    def test_f10(self):
        self.check(lambda terminal: terminal.keys("F10"), 0)

    def test_ctrl_c(self):
        # bash ends the whole line of commands after an interrupt that was not caught; this one was.
        self.check(lambda terminal: terminal.keys("C-c"), 0)

    def test_sigint(self):
        self.check(self.by_signal(signal.SIGINT), 0)

    def test_sigterm(self):
        self.check(self.by_signal(signal.SIGTERM), 128 + signal.SIGTERM)

    def test_sighup(self):
        self.check(self.by_signal(signal.SIGHUP), 128 + signal.SIGHUP)

    def test_crashes(self):
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT):
            with self.subTest(signal=number):
                self.check(self.by_signal(number), 128 + number, f"cmon: ended by {number.name}",
                           **cmon.crash_environment())

    def test_signals_that_end_a_program(self):
        for number in (signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
            with self.subTest(signal=number):
                self.check(self.by_signal(number), 128 + number, f"cmon: ended by {number.name}")

    @unittest.skipIf(cmon.VARIANT == "tsan", "ThreadSanitizer holds signals to other threads back")
    def test_crash_of_another_thread(self):
        def crash(terminal):
            pid = terminal.cmon_pid()
            others = [int(thread) for thread in os.listdir(f"/proc/{pid}/task") if int(thread) != pid]
            self.assertGreater(len(others), 0)
            libc = ctypes.CDLL(None, use_errno=True)
            tgkill = {"x86_64": 234, "aarch64": 131, "riscv64": 131}.get(os.uname().machine)
            if not tgkill:
                self.skipTest("number of tgkill(2) not known here")
            self.assertEqual(libc.syscall(tgkill, pid, others[0], int(signal.SIGSEGV)), 0)
        self.check(crash, 128 + signal.SIGSEGV, "cmon: ended by SIGSEGV", **cmon.crash_environment())

    @unittest.skipIf(cmon.VARIANT, "sanitizers end differently without memory")
    def test_out_of_memory(self):
        def take_memory(terminal):
            pid = terminal.cmon_pid()
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                size = int(file.read().split()[0]) * resource.getpagesize()
            resource.prlimit(pid, resource.RLIMIT_AS, (size, size))
            terminal.resize(900, 300)
        self.check(take_memory, 1, "cmon: out of memory")

    def test_suspend_and_resume(self):
        terminal = self.terminal(80, 24)
        before = terminal.modes()
        terminal.start()
        for _ in range(2):
            terminal.keys("C-z")
            terminal.wait(lambda: "Stopped" in terminal.text(), "the shell")
            self.assertEqual(terminal.modes(), before)
            terminal.keys("C-l")
            terminal.resize(100, 30)
            terminal.type("clear; fg\n")
            terminal.wait(terminal.shows_processes, "the processes again")
            terminal.wait(lambda: "F10Quit" in terminal.lines()[29], "the new size")
            self.assertEqual(terminal.ask("alternate_on"), "1")
            terminal.resize(80, 24)
            terminal.wait(lambda: "F10Quit" in terminal.lines()[23], "the old size")
            terminal.keys("N")
            terminal.wait_text("▲PID")
        terminal.keys("q")
        terminal.wait(lambda: terminal.ask("alternate_on") == "0", "the shell's screen")
        self.assertEqual(terminal.modes(), before)

    def test_stopped_from_outside(self):
        terminal = self.terminal(80, 24)
        before = terminal.modes()
        terminal.start()
        pid = terminal.cmon_pid()
        os.kill(pid, signal.SIGSTOP)
        terminal.wait(lambda: cmon.state_of(pid) == "T", "cmon stopped")
        terminal.type("fg\n")
        terminal.wait(lambda: cmon.state_of(pid) != "T", "cmon running")
        terminal.keys("M")
        terminal.wait_text("▼MEM%")
        terminal.keys("q")
        terminal.wait(lambda: cmon.stat_of(pid) is None, "the end of cmon")
        self.assertEqual(terminal.modes(), before)


# --- On a bare pseudo-terminal: every byte that is written is seen ---

class Pty:
    """cmon on a pseudo-terminal; `output` is all it wrote, `errors` its stderr where that is a pipe."""

    def __init__(self, *arguments, columns=200, rows=60, stderr=None, ignore_hangup=False, **environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES", "COLUMNS")}
        variables.update({"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"})
        variables.update(environment)
        variables = {name: value for name, value in variables.items() if value is not None}

        def prepare():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if ignore_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        self.process = subprocess.Popen([cmon.BINARY, *arguments], stdin=slave, stdout=slave, stderr=stderr or slave,
                                        env=variables, preexec_fn=prepare)
        os.close(slave)
        self.output = b""

    def read(self, timeout=0.05):
        """What has been written meanwhile; False at the end."""
        readable, _, _ = select.select([self.master], [], [], timeout)
        if not readable:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += piece
        return bool(piece)

    def wait_output(self, wanted):
        def written():
            self.read()
            return wanted(self.output) if callable(wanted) else wanted in self.output
        cmon.wait_for(written, what=wanted)

    def press(self, keys):
        os.write(self.master, keys)

    def wait_repainted(self, wanted):
        """Wait until a screen drawn anew holds this, whatever the styles of its parts. However slow it is drawn: what
        the last request began may come after the next."""
        start = len(self.output)

        def painted():
            self.press(b"\x0c")
            while self.read(0.3) and select.select([self.master], [], [], 0.3)[0]:
                pass
            return wanted in re.sub(rb"\x1b\[[\d;]*m|\x1b\(B", b"", self.output[start:])
        cmon.wait_for(painted, what=wanted)

    def finish(self):
        while self.read(cmon.DEADLINE):
            pass
        return self.process.wait(timeout=cmon.DEADLINE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.master)
        if self.process.stderr:
            self.process.stderr.close()


class Bytes(unittest.TestCase):
    def pty(self, *arguments, **options):
        terminal = Pty(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    @contextlib.contextmanager
    def zombies(self, *names):
        """Dead children with these names, which is all that is left to be shown of them."""
        pids = []
        try:
            for name in names:
                pid = os.fork()
                if pid == 0:
                    cmon.set_name(name)
                    os._exit(0)
                pids.append(pid)
            for pid in pids:
                cmon.wait_for(lambda pid=pid: cmon.state_of(pid) == "Z")
            yield pids
        finally:
            for pid in pids:
                os.waitpid(pid, 0)

    def test_hostile_names_are_never_sent(self):
        with self.zombies(b"\033]0;x\007", b"a\nb", b"\xff\xfe", b"x\x9b1my", "漢字".encode()), \
                cmon.child(["sleep", "1000"]):
            terminal = self.pty("--sort", "started", rows=1000)
            terminal.wait_output(b"Command")
            terminal.press(b"I")
            for shown in (b"sleep 1000", rb"[\x1b]0;x\x07]", rb"[a\nb]", rb"[\xff\xfe]", rb"[x\x9b1my]", "[漢字]".encode()):
                terminal.wait_repainted(shown)
            terminal.press(b"q")
            self.assertEqual(terminal.finish(), 0)
        self.check_bytes(terminal.output)

    def check_bytes(self, output):
        output.decode("utf-8") # nothing else is written
        self.assertNotIn(b"\033]", output)
        self.assertNotIn(b"\007", output)
        self.assertNotIn(b"\033[31m", output)
        self.assertNotIn("\x9b".encode(), output)
        self.assertNotIn("\u202e".encode(), output)
        # What remains of control characters is what curses sends: cursor movements and attributes.
        rest = re.sub(rb"\033(\[[0-9;?]*[A-Za-z@`]|[()][A-Z0-9]|[=>78DEM])", b"", output)
        self.assertNotRegex(rest, rb"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f].{0,20}")

    def test_hostile_command_lines_are_never_sent(self):
        program = [b"\033]0;program\007", b"-c", b"read x", b"\033]0;argument\007", b"\033[31mred", b"a\nb\rc\td",
                   b"\x9b31m\xc2\x9b31m", "\u202e".encode()]
        with cmon.child(program, executable="/bin/sh", stdin=subprocess.PIPE):
            terminal = self.pty("--sort", "started", rows=1000)
            terminal.wait_output(b"Command")
            terminal.press(b"I")
            terminal.wait_repainted(rb"\x1b]0;program\x07")
            terminal.wait_repainted(rb"\x1b]0;argument\x07 \x1b[31mred a\nb\rc\td")
            terminal.press(b"q")
            self.assertEqual(terminal.finish(), 0)
        self.check_bytes(terminal.output)

    def test_columns_stay_aligned_behind_wide_names(self):
        names = ["漢字漢字", "e\u0301e\u0301", "ｗｉｄｅ", "plain"]
        terminal = tmux.Terminal(140, 40)
        self.addCleanup(terminal.close)
        with self.zombies(*[name.encode() for name in names]):
            terminal.start("--sort", "started")
            terminal.keys("I")
            terminal.wait_text("[plain]")
        with contextlib.ExitStack() as stack:
            pids = [stack.enter_context(cmon.forked(lambda name=name: cmon.set_name(name.encode()))) for name in names]
            # Sorted by name there is a column NAME before the command; the highest names come first.
            terminal.keys("q")
            terminal.wait_end()
            terminal.type("clear\n")
            terminal.start("--sort", "name")
            terminal.keys("I")

            def rows():
                found = {int(line.split()[0]): line for line in terminal.lines() if line[:7].strip().isdigit()}
                return all(pid in found for pid in pids[:1]) and found
            found = terminal.wait(rows, "the processes with wide names")
            header = terminal.lines()[terminal.header_row()]
            column = tmux.width(header[:header.index("Command")])
            for line in found.values():
                before, at = "", 0
                while tmux.width(before) < column:
                    before += line[at]
                    at += 1
                self.assertEqual(tmux.width(before), column, line)
                self.assertEqual(before[-1], " ", line)
                self.assertNotEqual(line[at:at + 1], " ", line)

    def test_no_color(self):
        terminal = self.pty(NO_COLOR="1")
        terminal.wait_output(b"Command")
        terminal.press(b"q")
        terminal.finish()
        for codes in re.findall(rb"\033\[([0-9;]*)m", terminal.output):
            for code in codes.split(b";"):
                self.assertNotIn(int(code or 0), [*range(30, 39), *range(40, 49), *range(90, 98)], codes)

    def test_colors_of_poor_terminals(self):
        for kind in ("xterm", "vt100", "linux", "screen", "rxvt"):
            with self.subTest(TERM=kind):
                terminal = self.pty(TERM=kind)
                terminal.wait_output(b"Command")
                terminal.press(b"q")
                self.assertEqual(terminal.finish(), 0)
                self.assertNotIn(b"38;5;", terminal.output)

    def test_little_is_sent_when_little_changes(self):
        terminal = self.pty("-d", "3600", "--sort", "pid")
        terminal.wait_output(b" tasks") # of the first snapshot, not of the frame before it
        terminal.wait_output(b"Quit")
        while select.select([terminal.master], [], [], 0.3)[0]:
            terminal.read()
        start = len(terminal.output)
        terminal.press(b"j")
        terminal.wait_output(lambda output: len(output) > start)
        while select.select([terminal.master], [], [], 0.3)[0]:
            terminal.read()
        # Two rows of 200 columns in other colours.
        self.assertLess(len(terminal.output) - start, 1500)

    def test_end_of_the_terminal(self):
        for ignore_hangup in (False, True):
            with self.subTest(ignore_hangup=ignore_hangup):
                terminal = self.pty(ignore_hangup=ignore_hangup)
                terminal.wait_output(b"Command")
                os.close(terminal.master)
                self.assertEqual(terminal.process.wait(timeout=cmon.DEADLINE), 128 + signal.SIGHUP)

    def refused(self, message, **environment):
        terminal = self.pty(stderr=subprocess.PIPE, **environment)
        errors = terminal.process.stderr.read().decode()
        self.assertEqual(terminal.finish(), 1)
        self.assertTrue(errors.startswith("cmon: "), errors)
        self.assertEqual(errors.count("\n"), 1)
        self.assertIn(message, errors)
        self.assertEqual(terminal.output, b"")

    def test_unusable_terminals_are_refused(self):
        self.refused("TERM is not set", TERM=None)
        self.refused("TERM is not set", TERM="")
        self.refused("'dumb'", TERM="dumb")
        self.refused("'no-such-terminal'", TERM="no-such-terminal")
        self.refused("'unknown'", TERM="unknown")
        self.refused("nothing is known", TERM="\033]0;x\007")

    def test_without_a_terminal(self):
        for options in ({}, {"env": {"PATH": os.environ.get("PATH", "")}}):
            ended = cmon.run(**options)
            self.assertEqual(ended.returncode, 1)
            self.assertEqual(ended.stdout, b"")
            self.assertIn(b"not a terminal", ended.stderr)
        master, slave = pty.openpty()
        try:
            self.assertEqual(cmon.run(stdin=slave).returncode, 1)
            self.assertEqual(cmon.run(stdout=slave).returncode, 1)
        finally:
            os.close(master)
            os.close(slave)


if __name__ == "__main__":
    unittest.main()
