"""The keys of docs/KEYS.md, pressed: each of cmon's does what its action says, and each action's keys are all there."""

import contextlib
import os
import re
import signal
import sys
import threading
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import test_terminal  # noqa: E402

CHILDREN = 34
# A bash whose command is longer than the screen is wide, and ends in words that are nowhere else.
PROGRAM = f"for i in {{10..{9 + CHILDREN}}}; do /bin/sleep 987$i & done; wait; : {'x' * 300} the-very-end"
# What an xterm sends for keys that tmux has not, or has as another terminal sends them.
OF_XTERM = {"Home": "\x1bOH", "End": "\x1bOF", "F15": "\x1b[1;2R"}


def rows_of_keys():
    """The tables of docs/KEYS.md: (keys there, cmon's keys, action)."""
    with open(os.path.join(cmon.ROOT, "docs", "KEYS.md"), encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.split("|")]
            if line.startswith("| `"):
                yield re.findall("`([^`]+)`", cells[1]), re.findall("`([^`]+)`", cells[3]), cells[4]


def documented():
    """{action: keys that do it}. Alt with a letter is a key of htop's that cmon takes for another."""
    found = {}
    for theirs, ours, action in rows_of_keys():
        if action != "-":
            keys = found.setdefault(action, [])
            keys += [key for key in ours + [key for key in theirs if key.startswith("A-")] if key not in keys]
    return found


def tmux_name(key):
    return key.replace("A-", "M-") if key.startswith("A-") else test_terminal.tmux_name(key)


def press_key(terminal, key):
    if key in OF_XTERM:
        terminal.type(OF_XTERM[key])
    else:
        terminal.keys(tmux_name(key))


def is_there(pattern):
    return lambda screen: re.search(pattern, screen.terminal.text(), re.M)


def is_gone(pattern):
    return lambda screen: not re.search(pattern, screen.terminal.text(), re.M)


def is_in_header(word):
    return lambda screen: word in screen.header()


class Check:
    """What an action does: the keys before it, what is seen then and not before, the keys that end that, and more."""

    def __init__(self, shown, before=(), after=(), last=()):
        self.shown = is_there(shown) if isinstance(shown, str) else shown
        self.before, self.after, self.last = before, after, last


class Screen:
    """cmon with a bash, its children, a process of two threads, and a kernel thread where there are any."""

    def __init__(self, terminal, parent, children, threaded):
        self.terminal, self.parent, self.threaded = terminal, parent, threaded
        self.pids = sorted([parent, *children, threaded])
        self.child = children[CHILDREN // 2]
        wanted = f"pid = {parent} or ppid = {parent} or pid = {threaded}"
        self.has_kernel = (cmon.stat_of(2) or [b""])[0] == b"kthreadd"
        if self.has_kernel:
            self.pids.insert(0, 2)
            wanted += " or pid = 2"
        terminal.start("--sort", "pid", "-d", "0.5")
        terminal.keys("F4")
        terminal.type(wanted)
        terminal.keys("Enter")
        terminal.wait(lambda: "filter:" in self.header() and f"{self.pids[3]} " in terminal.text(), "the processes")
        lines = terminal.lines()
        self.page = len(lines) - 2 - terminal.header_row() - (not lines[-1])

    def header(self):
        row = self.terminal.header_row()
        return self.terminal.lines()[row] if row is not None else ""

    def selected(self):
        """Which of the processes is selected, in the order of pids; None while that is not to be seen."""
        pid = self.terminal.selected_pid()
        return self.pids.index(pid) if pid in self.pids else None

    def is_at(self, index):
        return Check(lambda screen: screen.selected() == (index + len(self.pids)) % len(self.pids))

    def at(self, pid):
        """Keys that select a process."""
        return ["g", *str(pid)]

    def moves(self):
        """What moves the selection, by where it is then."""
        page, half = self.page, self.page // 2
        return {
            "DOWN": (["g"], 1),
            "UP": (["g", "Down", "Down", "Down"], 2),
            "PAGE_DOWN": (["g"], page),
            "PAGE_UP": (["G"], -1 - page),
            "HALF_DOWN": (["g"], half),
            "HALF_UP": (["G"], -1 - half),
            "LAST": (["g"], -1),
            "FIRST": (["G"], 0),
            # All children hold what is looked for, and nothing in front of the last but one of them is none.
            "SEARCH_NEXT": (["g", "/", "sleep 987", "Enter", "G", "Up", "Up", "Up"], -3),
            "SEARCH_PREVIOUS": (["g", "/", "sleep 987", "Enter", "G", "Up", "Up", "Up"], -5),
        }

    def checks(self):
        """{action: Check}, in the order in which they are made."""
        parent, child, close = self.at(self.parent), self.at(self.child), ["Escape"]
        checks = {action: Check(self.is_at(index).shown, before) for action, (before, index) in self.moves().items()}
        checks.update({
            "HELP": Check(r"Keys: Processes", [], close),
            "SETUP": Check(r"─ ?Setup ?─", [], close),
            "SEARCH": Check(r"^Search:", [], close),
            "FILTER": Check(r"^Filter:", [], close),
            "SORT_MENU": Check(r"─ ?Sort by ?─", [], close),
            "USER": Check(r"─ ?Processes of ?─", [], close),
            "NICE": Check(r"Nice of \d+ sleep:", child, close),
            "NICE_UP": Check(r"^nice \+1: ", child, ["C-l"]),
            "NICE_DOWN": Check(r"^nice -1: ", child, ["C-l"]),
            "KILL": Check(r"─ ?Signal to \d+ sleep ?─", child, close),
            "IONICE": Check(r"─ ?I/O priority of \d+ sleep ?─", child, close),
            "AFFINITY": Check(r"─ ?CPUs of \d+ sleep ?─", child, close),
            "SCHED": Check(r"─ ?Scheduling policy of \d+ sleep ?─", child, close),
            "LIMITS": Check(r"─ ?Limits of \d+ sleep ?─", child, close),
            "OPEN": Check(r"^Times *$", child, close),
            "ENVIRONMENT": Check(r"^CMON_KEYS=pressed", child, close),
            "FILES": Check(r"^ +FD MODE +POSITION FILE", child, close),
            "LOCKS": Check(r"^no locks", child, close),
            "TRACE": Check(r"^(no system call yet|the trace has ended|not traced: |strace: |.*nanosleep.*<unfinished)",
                           child, close),
            "TAG": Check(lambda screen: screen.tagged() == 1, parent, ["U"]),
            "TAG_CHILDREN": Check(lambda screen: screen.tagged() > 9, parent, ["U"]),
            "UNTAG": Check(lambda screen: screen.tagged() == 0, [*parent, "Space"]),
            "IDLE": Check(r"no process is like that|^ +\d+ +\S+ +R", [], ["D"]),
            "FOLLOW": Check(r"^following \d+", child, ["F"]),
            "PAUSE": Check(r"PAUSED", [], ["Z"]),
            "PRESET": Check(r"^overview: host, CPU and memory", [], ["o", "o", "o", "o"]),
            "ZOOM_OUT": Check(r"^graphs: 2 s a point", [")", "C-l"], ["(", "(", "C-l"]),
            "ZOOM_IN": Check(r"^graphs: 1 s a point", [")", ")", "C-l"], ["(", "C-l"]),
            "THREADS": Check(rf"^ *{self.thread()} ", self.at(self.threaded), ["H"]),
            "TREE": Check(r"[├└]─ /bin/sleep ", child, ["t"]),
            "FOLD": Check(r"\[\+\d+\] ", ["t", *parent], ["+", "t"]),
            "UNFOLD": Check(is_gone(r"\[\+\d+\] "), ["t", *parent, "-"], ["-"], ["+", "t"]),
            "FOLD_ALL": Check(r"\[\+\d+\] ", ["t", *child], ["*", "t"]),
            "ROOT": Check(is_in_header(f"only sleep {self.child}"), child, ["R", "t"]),
            "TOTALS": Check(is_in_header("subtree totals"), ["t"], ["A", "t"]),
            "PATH": Check(r"[^/]sleep 987", child, ["p"]),
            "COMMAND": Check(r"[^/]sleep *$", child, ["m", "m"]),
            "WRAP": Check(r"the-very-end", parent, ["w"]),
            "RIGHT": Check(lambda screen: screen.shows_command("ep 987") and not screen.shows_command("sle"), child,
                           ["Left"]),
            "LEFT": Check(lambda screen: screen.shows_command("ep 987") and not screen.shows_command("sle"),
                          [*child, "Right", "Right"], ["Left"]),
            "LINE_END": Check(r"the-very-end$", parent, ["^"]),
            "LINE_BEGIN": Check(r" /bin/bash -c for i in", [*parent, "$"]),
            "SORT_CPU": Check(is_in_header("▼CPU%"), [], ["N"]),
            "SORT_MEMORY": Check(is_in_header("▼MEM%"), [], ["N"]),
            "SORT_TIME": Check(is_in_header("▼TIME+"), [], ["N"]),
            "INVERT": Check(is_in_header("▼PID"), [], ["I"]),
            "SORT_NEXT": Check(is_in_header("USER▲"), [], ["N"]),
            "SORT_PREVIOUS": Check(is_in_header("USER▲"), [".", "."], ["N"]),
            "SORT_PID": Check(is_in_header("▲PID"), ["M"]),
            "TAB_NEXT": Check(r"BUSY%", [], close),
            "TAB_PREVIOUS": Check(r"BUSY%", ["Tab", "Tab"], close),
            "ZOMBIES": Check(r"CULPRIT", [], ["z"]),
            "BACK": Check(lambda screen: screen.terminal.shows_processes(), ["Tab"]),
        })
        if self.has_kernel:
            checks["KERNEL"] = Check(is_gone(r"^ *2 "), ["g"], ["K"])
        return checks

    def tagged(self):
        """How many of the rows seen are."""
        return len(re.findall(r"(?m)^ *\d+\*", self.terminal.text()))

    def thread(self):
        return max(int(name) for name in os.listdir(f"/proc/{self.threaded}/task"))

    def shows_command(self, part):
        """Whether the row of the child shows this."""
        return re.search(rf"(?m)^ *{self.child}\b.*{part}", self.terminal.text())

    def press(self, action, key, check):
        terminal, what = self.terminal, f"{key} ({action})"
        if check.before:
            terminal.keys(*check.before)
        terminal.wait(lambda: not check.shown(self), f"the screen before {what}")
        press_key(terminal, key)
        terminal.wait(lambda: check.shown(self), f"what {what} does")
        if check.after:
            terminal.keys(*check.after)
            terminal.wait(lambda: not check.shown(self), f"the end of what {what} did")
        if check.last:
            terminal.keys(*check.last)


@contextlib.contextmanager
def family():
    """Yields the pid of a bash and those of its children."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "CMON_TEST_MARK")}
    environment["CMON_KEYS"] = "pressed"
    with cmon.child(["/bin/bash", "-c", PROGRAM], start_new_session=True, env=environment) as parent:
        try:
            def children():
                with open(f"/proc/{parent.pid}/task/{parent.pid}/children", encoding="ascii") as file:
                    pids = [int(pid) for pid in file.read().split()]
                return len(pids) == CHILDREN and all(cmon.stat_of(pid)[0] == b"sleep" for pid in pids) and pids
            yield parent.pid, cmon.wait_for(children, what="the children")
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def start_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()


class Keys(test_terminal.Case):
    def start(self, columns, rows, settings=""):
        return self.terminal(columns, rows, settings, NO_COLOR="1", TERM="xterm-256color")

    def test_every_action_has_all_its_keys_in_the_table(self):
        found = documented()
        for action, keys in test_terminal.ACTIONS:
            with self.subTest(action=action):
                self.assertEqual(set(keys.replace("\\\\", "\\").split()) - set(found.get(action, [])), set())

    def test_what_each_key_does(self):
        with cmon.forked(start_thread) as threaded, family() as (parent, children):
            screen = Screen(self.start(130, 26, "[general]\nconfirm = no\n"), parent, children, threaded)
            checks = screen.checks()
            with_own_test = {"REFRESH", "REDRAW", "QUIT"} | (set() if screen.has_kernel else {"KERNEL"})
            self.assertEqual(set(documented()) - with_own_test - set(checks), set())
            for action, check in checks.items():
                for key in documented().get(action, []):
                    screen.press(action, key, check)
            self.press_digits(screen)

    def press_digits(self, screen):
        """They go to a pid; anything else begins a new number."""
        for digit in "0123456789":
            screen.press("pid", digit, Check(rf"^pid {digit}( |$)", ["g"], ["g"]))
        self.press_number(screen, screen.child)
        self.press_number(screen, screen.parent)

    def press_number(self, screen, pid):
        index = screen.pids.index(pid)
        screen.terminal.keys("g", *str(pid))
        screen.terminal.wait(lambda: screen.selected() == index, f"{pid} selected")

    def test_refresh_and_redraw(self):
        terminal = self.start(120, 24)
        terminal.start("-d", "3600", "--filter", "sleep 87654")
        keys = documented()
        for key in keys["REFRESH"]:
            with cmon.child(["sleep", "87654"]) as sleeper:
                terminal.keys(tmux_name(key))
                terminal.wait(lambda pid=sleeper.pid: re.search(rf"(?m)^ *{pid} ", terminal.text()), f"{key} reads")
        for key in keys["REDRAW"]:
            terminal.write_over("\x1b7\x1b[2;2H#junk#\x1b8")
            terminal.wait_text("#junk#")
            terminal.keys(tmux_name(key))
            terminal.wait(lambda: "#junk#" not in terminal.text(), f"the screen drawn again by {key}")

    def test_quit(self):
        terminal = self.start(80, 24)
        for key in documented()["QUIT"]:
            with self.subTest(key=key):
                terminal.start()
                terminal.keys(tmux_name(key))
                self.assertEqual(terminal.wait_end(), 0)
                terminal.type("clear\n")
                terminal.wait(lambda: "status=" not in terminal.text(), "an empty screen")


if __name__ == "__main__":
    unittest.main()
