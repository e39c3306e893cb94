"""A terminal for tests: tmux with a server of its own, read with capture-pane."""

import fcntl
import itertools
import os
import re
import shlex
import struct
import subprocess
import tempfile
import termios
import time
import unicodedata

import cmon

_counter = itertools.count()

# Of a sanitized cmon a fault shows as a report, and its status is the sanitizer's.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PS1": "prompt> "}


def width(text):
    """Columns of a terminal that a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def open_tty(path, mode):
    """Open a terminal and not make it that of this process: one that leads a session without a terminal, as the runner
    starts it, would get it where no shell has it yet or any more, and SIGHUP at its end."""
    return open(path, mode, buffering=0, opener=lambda name, flags: os.open(name, flags | os.O_NOCTTY))


class Terminal:
    """Runs an interactive shell in `columns` by `rows`. close() ends everything in it."""

    def __init__(self, columns=80, rows=24, **environment):
        cmon.need_tool("tmux", "bash")
        self.directory = tempfile.TemporaryDirectory(prefix="cmon-tui-")
        self.socket = os.path.join(self.directory.name, f"tmux-{next(_counter)}")
        # The configuration of whoever runs the tests is not touched; an empty one is no first run.
        os.mkdir(os.path.join(self.directory.name, "cmon"))
        self.config = os.path.join(self.directory.name, "cmon", "cmon.conf")
        with open(self.config, "w", encoding="utf-8"):
            pass
        environment.setdefault("XDG_CONFIG_HOME", self.directory.name)
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **environment}.items()]
        shell = ["env", "-u", "NO_COLOR", "-u", "LINES", "-u", "COLUMNS", "-u", "HISTFILE", *variables,
                 "bash", "--noprofile", "--norc", "-i"]
        self.tmux("new-session", "-d", "-x", columns, "-y", rows, shlex.join(shell))
        self.tmux("set-option", "-g", "status", "off")
        self.tmux("set-option", "-g", "window-size", "manual")
        self.resize(columns, rows)
        self.wait(lambda: "prompt>" in self.text(), "the shell's prompt")
        self.shell_pid = int(self.ask("pane_pid"))
        self.type("ulimit -c 0\n")

    def tmux(self, *arguments):
        command = ["tmux", "-u", "-S", self.socket, "-f", "/dev/null", *map(str, arguments)]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               check=False, timeout=cmon.DEADLINE)
        if ended.returncode != 0:
            raise AssertionError(f"tmux {arguments[0]}: {ended.stderr.decode()}")
        return ended.stdout.decode()

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
        cmon.wait_for(self.is_removed, what="the end of what was written")

    def is_removed(self):
        """Remove the directory; a cmon that was hung up may be saving its configuration into it."""
        try:
            self.directory.cleanup()
        except OSError:
            return False
        return not os.path.exists(self.directory.name)

    def ask(self, name):
        return self.tmux("display-message", "-p", "#{" + name + "}").strip()

    def resize(self, columns, rows):
        """Change the size, and wait until the terminal has it: tmux takes its time."""
        self.tmux("resize-window", "-x", columns, "-y", rows)
        self.wait(lambda: self.size() == (columns, rows), f"the size {columns} by {rows}")

    def size(self):
        with open_tty(self.ask("pane_tty"), "rb") as tty:
            rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(tty, termios.TIOCGWINSZ, bytes(8)))
        return columns, rows

    def write_over(self, text):
        """Write to the terminal beside cmon, as another program may."""
        with open_tty(self.ask("pane_tty"), "wb") as tty:
            tty.write(text.encode())

    def keys(self, *names):
        """Press keys by tmux's names: "q", "F5", "PageDown", "C-c"."""
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def lines(self, *options):
        return self.text(*options).split("\n")

    def wait(self, condition, what):
        try:
            value = cmon.wait_for(condition, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text()}") from None
        self.settle()
        return value

    def settle(self):
        """Let a drawing come to its end: what is waited for may stand in its first half. Some screens never rest."""
        before = None
        for _ in range(10):
            now = self.text()
            if now == before:
                return
            before = now
            time.sleep(0.02 if cmon.VARIANT else 0.005)

    def wait_text(self, text):
        self.wait(lambda: text in self.text(), f"'{text}' on the screen")

    # --- cmon in it ---

    def start(self, *arguments):
        """Start cmon from the shell, and wait until it shows processes."""
        self.type(shlex.join([cmon.BINARY, *arguments]) + "; echo status=$?\n")
        self.wait(self.shows_processes, "the process table")

    @staticmethod
    def header_in(lines):
        """The row of the table's header, or None. A note may stand behind the last title."""
        for row, line in enumerate(lines):
            if re.search(r"(^| )Command(  [^ ].*)?$", line.rstrip()) and "status" not in line:
                return row
        return None

    def header_row(self):
        return self.header_in(self.lines())

    def selection(self):
        """The selected row and its text, or None and an empty text while none is seen. Without colours, as cmon must be
        for this, it is the one row below the table's header that begins reversed."""
        colored = self.lines("-e")
        lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in colored]
        header, is_reversed = self.header_in(lines), False
        for row, line in enumerate(colored):
            for piece in re.split(r"(\x1b\[[\d;]*m)", line):
                codes = re.match(r"\x1b\[([\d;]*)m", piece)
                if codes:
                    is_reversed = "7" in codes[1].split(";") or (is_reversed and "0" not in (codes[1] or "0").split(";"))
                elif piece and header is not None and row > header:
                    if is_reversed:
                        return row, lines[row]
                    break
        return None, ""

    def selected_row(self):
        return self.selection()[0]

    def selected_pid(self):
        """The pid at the start of the selected row, or None."""
        found = re.match(r" *(\d+)\b", self.selection()[1])
        return int(found[1]) if found else None

    def select(self, pid):
        """Type the digits of a pid, until it is selected: cmon may not know the process yet."""
        def typed():
            # A key that changes nothing, behind which the digits begin anew.
            self.keys("Left")
            self.type(str(pid))
            return self.selected_pid() == pid
        self.wait(typed, f"the selection on {pid}")

    def shows_processes(self):
        row = self.header_row()
        if row is None:
            return False
        lines = self.lines()
        return len(lines) > row + 1 and lines[row + 1].strip() not in ("", "reading the processes")

    def cmon_pid(self):
        """The child of the shell, which is cmon."""
        def find():
            for entry in os.listdir("/proc"):
                stat = cmon.stat_of(entry) if entry.isdigit() else None
                if stat and int(stat[1][1]) == self.shell_pid and stat[0] == b"cmon":
                    return int(entry)
            return None
        return self.wait(find, "the process of cmon")

    def wait_end(self):
        """Wait until cmon has ended; its status."""
        def ended():
            # With its number: a narrow terminal wraps the command that prints it.
            found = [line for line in self.lines() if re.match(r"status=\d", line)]
            return found[-1] if found else None
        return int(self.wait(ended, "the end of cmon").split("=")[1])

    def modes(self):
        """What stty says of the terminal, and what tmux knows of its modes. The shell must be waiting."""
        path = os.path.join(self.directory.name, f"modes-{next(_counter)}")
        self.type(f"stty -a >{path}.new; mv {path}.new {path}\n")
        self.wait(lambda: os.path.exists(path), "stty")
        with open(path, encoding="utf-8") as file:
            flags = [f"{name}={self.ask(name)}" for name in
                     ("alternate_on", "cursor_flag", "keypad_flag", "keypad_cursor_flag", "wrap_flag", "insert_flag",
                      "mouse_any_flag", "scroll_region_upper")]
            return file.read(), flags
