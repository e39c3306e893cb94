"""Keys, presses of the mouse and sizes in any order, while processes with hostile names come and go: nothing of it may
crash cmon, leave a report of a sanitizer, hang it, or bring it to send anything but what a terminal is meant to get."""

import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import cmon

SEED = int(os.environ.get("CMON_RANDOM_SEED", "4"))
SECONDS = float(os.environ.get("CMON_RANDOM_SECONDS", "8"))
ESCAPE = b"\x1b"

SPECIAL = [b"\r", b"\t", b" ", b"\x7f", ESCAPE, b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~",
           b"\x1b[H", b"\x1b[F", b"\x1b[3~", b"\x1b[Z", b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~",
           b"\x1b[17~", b"\x1b[18~", b"\x1b[19~", b"\x1b[20~", b"\x01", b"\x05", b"\x0b", b"\x15", b"\x17", b"\x0c",
           "é".encode(), "字".encode(), b"\xff", b"\x1b[200", b"\x9b", b"\x1b[1;5C"]
TEXTS = [b"\r\r", b"\x1b[B\x1b[B\r", b"name ~ x\r", b"12\r", b"-5\r", b"0-1\r", b"pid > 3 &&", b"\x1bOQ", b"]]", b"[[",
         b"\x1bOQ\x1b[F\rnew\r", b"x" * 300, b"  "]
SIZES = [(24, 80), (50, 200), (5, 20), (1, 1), (2, 2), (12, 40), (8, 30), (3, 200), (200, 3), (24, 80), (40, 132)]

# In a name, a command line and the user's eyes: what would change a terminal, text that is none, wide and combining ones.
NAMES = [b"\x1b[31mred", b"\x1b]0;title\x07", b"a\nb\tc", b"\xff\xfe\x80", "字字字字".encode(), "e\u0301\u0302".encode(),
         b") R 1 (", b"%s%n%d", b"\x9b31m"]

# What cmon may send: printed text, and control sequences of the kinds that curses sends.
ALLOWED = re.compile(rb"\x1b\[[0-9;:?>=]*[A-Za-z@`]|\x1b[()][A-Z0-9]|\x1b[=>78cDEHM]|[\r\n\b\t\x0e\x0f]|\x1b\[[0-9;]*\$p")
# Of what is hostile above: none of it is a sequence that curses would send here.
FORBIDDEN = [b"\x1b]0;title", b"\x9b31m", b"\x1b[31mred"]


def can_unshare():
    """Whether there can be a namespace of pids in which cmon sees nothing but what this test started."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-pf", "--kill-child", "--mount-proc", "true"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


# Pid 1 of the namespace: processes that come and go beside cmon, in its own terminal's session.
KEEPER = r"""
import os, random, signal, subprocess, sys, time
names = [bytes.fromhex(name) for name in sys.argv[1].split(",")]
# A random key that signals pid 1 does nothing: it has no handler.
main = subprocess.Popen(sys.argv[2:])
chance = random.Random(1)
others = []
while main.poll() is None:
    if len(others) < 30:
        name = chance.choice(names)
        others.append(subprocess.Popen([name, "-c", "import time; time.sleep(%f)" % chance.uniform(0.05, 3), name],
                                       executable=sys.executable, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))
    others = [other for other in others if other.poll() is None]
    time.sleep(0.03)
for other in others:
    other.kill()
sys.exit(main.returncode if main.returncode >= 0 else 128 - main.returncode)
"""


class Session:
    """cmon in a terminal that is read as bytes."""

    def __init__(self, arguments, directory, acts):
        command = [cmon.BINARY, "--config", os.path.join(directory, "cmon.conf"), *arguments]
        if not acts:
            command.append("--readonly")
        command = [sys.executable, "-c", KEEPER, ",".join(name.hex() for name in NAMES), *command]
        if acts:
            command = ["unshare", "-pf", "--kill-child", "--mount-proc", *command]
        self.master, slave = pty.openpty()
        self.output = bytearray()
        self.resize(24, 80)
        environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm-256color", HOME=directory)
        for name in ("LINES", "COLUMNS", "NO_COLOR"):
            environment.pop(name, None)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment,
                                        preexec_fn=own_terminal)
        os.close(slave)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What comes within a time, or less when nothing more does. False: cmon has closed the terminal."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                return True
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.output += data

    def send(self, data):
        """Keys; what is shown is read meanwhile, since cmon may wait for that."""
        while data:
            readable, writable, _ = select.select([self.master], [self.master], [], cmon.DEADLINE)
            if not readable and not writable:
                raise AssertionError("cmon takes no keys")
            if readable and not self.read(0):
                return
            if writable:
                data = data[os.write(self.master, data):]

    def is_alive(self):
        return self.process.poll() is None

    def close(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def next_input(chance, keys):
    kind = chance.random()
    if kind < 0.55:
        return chance.choice(keys)
    if kind < 0.80:
        return chance.choice(SPECIAL)
    if kind < 0.90:
        return chance.choice(TEXTS)
    button = chance.choice((0, 0, 0, 64, 65, 2))
    column, row = chance.randint(1, 210), chance.randint(1, 60)
    return b"\x1b[<%d;%d;%dM\x1b[<%d;%d;%dm" % (button, column, row, button, column, row)


class RandomTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="cmon-random-")
        self.addCleanup(self.directory.cleanup)

    def drive(self, *arguments, acts=False, seed=SEED, seconds=SECONDS):
        chance = random.Random(seed)
        # q and Ctrl-C quit, Ctrl-Z stops.
        keys = [bytes([byte]) for byte in range(33, 127) if byte != ord("q")]
        session = Session(arguments, self.directory.name, acts)
        self.addCleanup(session.close)
        sent = []
        end = time.monotonic() + seconds
        session.read(0.5)
        while time.monotonic() < end and session.is_alive():
            if chance.random() < 0.06:
                session.resize(*chance.choice(SIZES))
            sent.append(next_input(chance, keys))
            session.send(sent[-1])
            session.read(0.01)
        session.resize(24, 80)
        # A cmon that acts may have stopped itself, too.
        deadline = time.monotonic() + (2 if acts else cmon.DEADLINE)
        while session.is_alive() and time.monotonic() < deadline:
            # What stands above takes the first.
            session.send(ESCAPE)
            session.read(0.3)
            session.send(b"q")
            session.read(0.3)
        session.read(0.2)
        what = f"seed {seed}; the last keys: {sent[-12:]}; the end of the output: {bytes(session.output[-1500:])!r}"
        if not acts:
            self.assertFalse(session.is_alive(), "it hangs; " + what)
            self.assertEqual(session.process.returncode, 0, what)
        self.check_output(bytes(session.output))

    def check_output(self, output):
        self.assertGreater(len(output), 1000)
        for forbidden in FORBIDDEN:
            self.assertNotIn(forbidden, output)
        rest = ALLOWED.sub(b"", output)
        found = re.search(rb"[\x00-\x1f\x7f]", rest)
        around = rest[max(0, found.start() - 40):found.start() + 40] if found else b""
        self.assertIsNone(found, f"control bytes: {around!r}")

    def test_anything_in_any_order(self):
        self.drive("-d", "0.1")

    def test_signals_and_priorities_in_any_order(self):
        if not can_unshare():
            self.skipTest("no namespace of pids, where a signal meets nothing but this test's processes")
        # It meets cmon itself as well, so that any end is one: what is left to see is a sanitizer's report.
        self.drive("-d", "0.1", acts=True, seconds=SECONDS / 2)


if __name__ == "__main__":
    unittest.main()
