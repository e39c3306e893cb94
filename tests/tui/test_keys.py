"""The keys of docs/KEYS.md, pressed: each of cmon's does what its action says."""

import os
import re
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import test_terminal  # noqa: E402


def documented():
    """{action: cmon's keys} from the tables."""
    found = {}
    with open(os.path.join(cmon.ROOT, "docs", "KEYS.md"), encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.split("|")]
            if line.startswith("| `") and cells[4] != "-":
                keys = found.setdefault(cells[4], [])
                keys += [key for key in re.findall("`([^`]+)`", cells[3]) if key not in keys]
    return found


# What shows with one process selected, and the keys that undo it.
SHOWN = {
    "HELP": (r"Keys: Processes", ["Escape"]),
    "SETUP": (r"─Setup─", ["Escape"]),
    "SEARCH": (r"(?m)^Search:", ["Escape"]),
    "FILTER": (r"(?m)^Filter:", ["Escape"]),
    "SORT_MENU": (r"─Sort by─", ["Escape"]),
    "NICE": (r"Nice of \d+ sleep:", ["Escape"]),
    "NICE_UP": (r"(?m)^nice \+1: ", ["C-l"]),
    "NICE_DOWN": (r"(?m)^nice -1: ", ["C-l"]),
    "KILL": (r"─Signal to \d+ sleep─", ["Escape"]),
    "IONICE": (r"─I/O priority of \d+ sleep─", ["Escape"]),
    "AFFINITY": (r"─CPUs of \d+ sleep─", ["Escape"]),
    "SCHED": (r"─Scheduling policy of \d+ sleep─", ["Escape"]),
    "OPEN": (r"\d+ sleep · ", ["Escape"]),
    "ENVIRONMENT": (r"\d+ sleep · ", ["Escape"]),
    "FILES": (r"\d+ sleep · ", ["Escape"]),
    "TAG": (r"(?m)^ +\d+\*", ["U"]),
    "TAG_CHILDREN": (r"(?m)^ +\d+\*", ["U"]),
    "USER": (r"─Processes of─", ["Escape"]),
    "IDLE": (r"no process is like that", ["D"]),
    "FOLLOW": (r"following \d+", ["F"]),
    "SEARCH_NEXT": (r"nothing was searched for", ["C-l"]),
    "SEARCH_PREVIOUS": (r"nothing was searched for", ["C-l"]),
    "PAUSE": (r"PAUSED", ["Z"]),
    "PRESET": (r"(?m)^overview: ", ["C-l"]),
    "TREE": (r"[├└]─ sleep ", ["t"]),
    "SORT_CPU": (r"▼CPU%", ["N"]),
    "SORT_MEMORY": (r"▼MEM%", ["N"]),
    "SORT_TIME": (r"▼TIME\+", ["N"]),
    "INVERT": (r"▼PID", ["I"]),
    "SORT_PID": (r"▲PID", []),
    "SORT_NEXT": (r"USER▲", ["N"]),
    "TAB_NEXT": (r"BUSY%", ["Escape"]),
    "TAB_PREVIOUS": (r"CULPRIT", ["Escape"]),
}

# Tested by test_screen, which goes on where these lead.
ELSEWHERE = {"FOLD", "UNFOLD", "FOLD_ALL", "ROOT", "KERNEL", "THREADS", "REFRESH", "REDRAW", "SORT_PREVIOUS", "BACK", "QUIT",
             "LEFT", "RIGHT", "UP", "DOWN", "PAGE_UP", "PAGE_DOWN", "FIRST", "LAST", "UNTAG", "PATH", "WRAP"}


class Keys(test_terminal.Case):
    def test_every_action_is_tested(self):
        self.assertEqual(set(documented()) - set(SHOWN) - ELSEWHERE, set())

    def test_what_each_key_does(self):
        with cmon.child(["sleep", "98765"]) as sleeper:
            terminal = self.terminal(110, 30, "[general]\nconfirm = no\n", NO_COLOR="1", TERM="xterm-256color")
            terminal.start("--sort", "pid", "-d", "1")
            terminal.keys("F4")
            terminal.type("name = sleep and pid = %d" % sleeper.pid)
            terminal.keys("Enter")
            terminal.wait(lambda: re.search(rf"(?m)^ *{sleeper.pid} ", terminal.text()), "the sleeper")
            for action, keys in documented().items():
                for key in keys if action in SHOWN else []:
                    with self.subTest(action=action, key=key):
                        self.press(terminal, test_terminal.tmux_name(key), *SHOWN[action])
            terminal.keys("q")
            self.assertEqual(terminal.wait_end(), 0)

    def press(self, terminal, key, shown, undo):
        standing = shown == r"▲PID"
        terminal.wait(lambda: bool(re.search(shown, terminal.text())) == standing, f"the screen before {key}")
        terminal.keys(key)
        terminal.wait(lambda: re.search(shown, terminal.text()), f"what {key} does")
        if undo:
            terminal.keys(*undo)
        terminal.wait(lambda: standing or not re.search(shown, terminal.text()), f"the end of what {key} did")


if __name__ == "__main__":
    unittest.main()
