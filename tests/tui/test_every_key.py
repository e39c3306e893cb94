"""Every key on every screen, in each size, on each type of terminal, with and without UTF-8.

The full product is 40 cmons that are given some 1,000 keys each. Under a sanitizer ten of the 40 stand for all: each type
of terminal twice, in two sizes, once without UTF-8; the keys and screens are all there.
"""

import contextlib
import fcntl
import os
import re
import shlex
import subprocess
import sys
import termios
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import test_terminal  # noqa: E402
import tmux  # noqa: E402

SIZES = ((80, 24), (200, 50), (40, 10), (20, 5))
TYPES = ("xterm-256color", "xterm-direct", "screen", "linux", "vt100")
LOCALES = {"without_utf8": "C", "utf8": "C.UTF-8"}

# Each screen: the keys that lead to it from the processes, and what is seen on it in any size. The setup is the last, since
# the keys change settings there.
SCREENS = {
    "processes": ("", r"\bCommand\b"),
    "CPU": ("\t", r"^ CPU +BUSY%"),
    "memory": ("\t" * 2, r"^ MEMINFO "),
    "disks": ("\t" * 3, r"^.?(Device|Mounted on) "),
    "network": ("\t" * 4, r"^.?(Interface|Proto|Local) "),
    "sensors": ("\t" * 5, r"^no sensors |^.?(Chip|Temperature|Fan|Battery)\b"),
    "zombies": ("\t" * 6, r"^.?COUNT "),
    "details": ("\r", r"^\S+ +\d+ \S.*? [-·]"),
    "help": ("?", r"^ ?Keys\b"),
    "setup": ("S", r"[─-] Setup [─-]"),
}

# A pause is none of their keys, nor is the way to the first row.
ABOVE = ("help", "setup")

# What opens is left by Escape, at most three deep. An unbound letter behind it ends the wait for the rest of a sequence.
BACK = "\x1bv" * 3

NAMED = {"Enter": "\r", "Tab": "\t", "Space": " ", "Esc": "\x1bv"}
CAPABILITIES = {"Up": "kcuu1", "Down": "kcud1", "Left": "kcub1", "Right": "kcuf1", "PgUp": "kpp", "PgDn": "knp",
                "Home": "khome", "End": "kend", "S-Tab": "kcbt", **{f"F{i}": f"kf{i}" for i in range(1, 16)}}

# Those are pressed again at once: a pause and a table without rows would hide what the other keys do.
TWICE = ("PAUSE", "IDLE", "ROOT", "FOLD_ALL")


def capabilities(environment):
    """What terminfo says that keys send: {name of the capability: text}."""
    cmon.need_tool("infocmp")
    output = subprocess.check_output(["infocmp", "-1", environment["TERM"]], text=True,
                                     env={**os.environ, **environment})
    found = {}
    for name, text in re.findall(r"^\t(k\w+)=(.*),$", output, re.M):
        text = text.replace(r"\E", "\x1b")
        found[name] = re.sub(r"\^(.)", lambda match: chr(ord(match[1]) & 0x1f), text)
    return found


def keys_to_press(environment):
    """What this terminal sends for each key but those that end cmon; it may lack some. The one that draws everything anew
    comes first, since it would remove what others left behind."""
    sends, found = capabilities(environment), []
    for action, names in sorted(test_terminal.ACTIONS, key=lambda row: row[0] != "REDRAW"):
        for name in names.split() if action != "QUIT" else ():
            if name in CAPABILITIES:
                text = sends.get(CAPABILITIES[name])
            elif re.fullmatch(r"\^.", name):
                text = chr(ord(name[1]) & 0x1f)
            else:
                text = NAMED.get(name, name)
            found += [text] * (2 if action in TWICE else 1) if text else []
    return found + list("123456789")


class Client:
    """A client of tmux that stays, so that no command takes a process."""

    def __init__(self, terminal):
        self.process = subprocess.Popen(["tmux", "-u", "-C", "-S", terminal.socket, "attach-session", "-f",
                                         "no-output,ignore-size"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answer()

    def ask(self, *words):
        self.process.stdin.write((shlex.join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()
        return self.answer()

    def answer(self):
        """What comes between the two marks of the next answer."""
        lines, mark = [], None
        for line in self.process.stdout:
            words = line.decode().split(" ")
            if mark is None:
                mark = words[1:3] if words[0] == "%begin" else None
            elif words[0] in ("%end", "%error") and words[1:3] == mark:
                if words[0] == "%error":
                    raise AssertionError(f"tmux: {lines}")
                return b"".join(lines).decode()
            else:
                lines.append(line)
        raise AssertionError("tmux has ended")

    def close(self):
        self.process.kill()  # the end of its input alone does not always end it
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Session:
    """cmon on a terminal. Each key waits until the one before was taken, since keys that wait are drawn together."""

    def __init__(self, test, columns, rows, environment):
        self.columns, self.rows = columns, rows
        self.terminal = test.terminal(columns, rows, **environment)
        self.client = Client(self.terminal)
        test.addCleanup(self.client.close)
        self.tty = tmux.open_tty(self.terminal.ask("pane_tty"), "rb")
        test.addCleanup(self.tty.close)
        self.output = os.path.join(self.terminal.directory.name, "output")
        self.before = self.terminal.modes()
        self.terminal.tmux("pipe-pane", f"cat >{shlex.quote(self.output)}")
        self.terminal.start("--readonly")
        self.pid = self.terminal.cmon_pid()

    def text(self):
        return self.client.ask("capture-pane", "-p")

    def wait(self, condition, what):
        try:
            return cmon.wait_for(condition, what=what, interval=0.001)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text()}") from None

    def is_taken(self):
        return fcntl.ioctl(self.tty, termios.FIONREAD, bytes(4)) == bytes(4)

    def press(self, keys):
        self.client.ask("send-keys", "-H", *(f"{byte:x}" for byte in keys.encode()))
        self.client.ask("display-message", "-p", "")  # tmux has gone round its loop: they are on their way
        cmon.wait_for(self.is_taken, what=f"cmon taking {keys!r}", interval=0.0002)

    def settled(self):
        """The screen once it stays, which it does while it is frozen and cmon waits."""
        seen = []

        def stays():
            seen.append(self.text() if self.is_taken() and cmon.state_of(self.pid) == "S" else None)
            return len(seen) > 3 and seen[-1] is not None and len(set(seen[-4:])) == 1
        self.wait(stays, "a screen that stays")
        return seen[-1]


class EveryKey(test_terminal.Case):
    """Keys are pressed with --readonly: nothing on this machine is killed or slowed by them."""

    def is_shown(self, session, screen):
        return re.search(SCREENS[screen][1], session.text(), re.M)

    def wait_shown(self, session, screen):
        session.wait(lambda: self.is_shown(session, screen), f"the screen {screen}")

    def go_to(self, session, screen):
        """To its first row. A selected process may have ended, and has no details then: once more."""
        def is_there():
            session.press(BACK + SCREENS[screen][0] + ("" if screen in ABOVE else "g"))
            with contextlib.suppress(AssertionError):
                return cmon.wait_for(lambda: self.is_shown(session, screen), deadline=3, interval=0.001)
        session.wait(is_there, f"the screen {screen}")

    def press_all(self, session, keys, screen):
        there = SCREENS[screen][0]
        self.go_to(session, screen)
        for key in keys:
            session.press(BACK + there + key)
        self.go_to(session, screen)
        self.assertEqual(session.terminal.cmon_pid(), session.pid)

    def assert_no_stray_cell(self, session, screen):
        """What stands on the screen is what drawing all of it again gives. It is frozen, and what another program has
        written to the terminal shows when that was done."""
        there = SCREENS[screen][0]
        if screen in ABOVE:
            session.press(BACK)
            session.wait(lambda: not self.is_shown(session, screen), "the screen below")
            session.press("Z" + there)
            self.wait_shown(session, screen)
        else:
            # What comes and goes shows that what was pressed before it has been done.
            session.press(BACK + there + "Z?")
            self.wait_shown(session, "help")
            session.press("?")
            session.wait(lambda: not self.is_shown(session, "help"), "the screen below the help")
        before = session.settled()
        session.terminal.write_over("\x1b7\x1b[2;2H#junk#\x1b8")
        session.wait(lambda: "#junk#" in session.text(), "what is no part of the screen")
        session.press("\x0c")
        session.wait(lambda: "#junk#" not in session.text(), "the screen drawn again")
        after = session.settled()
        self.assertEqual(after, before, f"{screen}: drawn again it is\n{after}\nand was\n{before}")
        for line in after.splitlines():
            self.assertLessEqual(tmux.width(line), session.columns)
        session.press(BACK + "Z")

    def assert_output_fits(self, session, is_utf8):
        """All that was sent to the terminal: no place beyond its edges, and nothing but ASCII without UTF-8."""
        with open(session.output, "rb") as file:
            output = file.read()
        self.assertGreater(len(output), 10000)
        for row, column in re.findall(rb"\x1b\[(\d+);(\d+)[Hf]", output):
            self.assertLessEqual((int(row) <= session.rows, int(column) <= session.columns), (True, True), (row, column))
        for number, kind in re.findall(rb"\x1b\[(\d+)([Gd`])", output):
            self.assertLessEqual(int(number), session.rows if kind == b"d" else session.columns)
        if not is_utf8:
            output.decode("ascii")
            self.assertIsNone(re.search(rb"\x0e|\x1b\(0", output), "an alternate set of characters")

    def check(self, columns, rows, terminal_type, locale):
        environment = self.direct() if terminal_type == "xterm-direct" else {"TERM": terminal_type}
        session = Session(self, columns, rows, {**environment, "LC_ALL": locale})
        keys = keys_to_press(environment)
        for screen in SCREENS:
            with self.subTest(screen=screen):
                self.press_all(session, keys, screen)
                self.assert_no_stray_cell(session, screen)
        session.press(BACK + "q")
        self.assertEqual(session.terminal.wait_end(), 0)
        session.wait(lambda: "prompt>" in session.text(), "the shell's prompt")
        self.assertEqual(session.terminal.ask("alternate_on"), "0")
        self.assertEqual(session.terminal.modes(), session.before)
        self.assert_output_fits(session, locale != "C")

    def test_a_terminal_that_cannot_be_used(self):
        for columns, rows in SIZES:
            for locale in LOCALES.values():
                with self.subTest(size=(columns, rows), locale=locale):
                    terminal = self.terminal(columns, rows, TERM="dumb", LC_ALL=locale)
                    before = terminal.modes()
                    terminal.type(f"{cmon.BINARY} 2>&1 | tr -d '\\n' >{terminal.config}; echo status=${{PIPESTATUS[0]}}\n")
                    self.assertEqual(terminal.wait_end(), 1)
                    self.assertEqual(terminal.modes(), before)


def add_tests():
    for at, terminal_type in enumerate(TYPES):
        for place, (columns, rows) in enumerate(SIZES):
            for number, (name, locale) in enumerate(LOCALES.items()):
                if cmon.VARIANT and place != (at + number) % len(SIZES):
                    continue

                def test(self, arguments=(columns, rows, terminal_type, locale)):
                    self.check(*arguments)
                name = f"test_{columns}x{rows}_{re.sub(r'[^a-z0-9]', '_', terminal_type)}_{name}"
                setattr(EveryKey, name, test)


add_tests()

if __name__ == "__main__":
    unittest.main()
