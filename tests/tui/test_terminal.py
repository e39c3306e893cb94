"""Sizes, types of terminals, colours and the mouse, and the terminal as it was. For each key see test_every_key.py."""

import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import tmux  # noqa: E402

ACTIONS = re.findall(r'^ACTION\((\w+), "([^"]*)"', open(os.path.join(cmon.ROOT, "src/ui/actions.def"),
                                                        encoding="utf-8").read(), re.M)
NAMES = {"PgUp": "PageUp", "PgDn": "PageDown", "Ins": "IC", "Del": "DC", "Backspace": "BSpace", "S-Tab": "BTab",
         "Esc": "Escape"}

# A terminal with direct colours as xterm has, whether terminfo knows one here or not.
DIRECT = r"""xterm-direct|xterm with direct-color indexing,
	RGB, colors#0x1000000, pairs#0x7fff,
	setab=\E[%?%p1%{8}%<%t4%p1%d%e48:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,
	setaf=\E[%?%p1%{8}%<%t3%p1%d%e38:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,
	use=xterm-256color,
"""


def tmux_name(name):
    """The name of a key of actions.def as tmux has it."""
    if re.fullmatch(r"\^.", name):
        return "C-" + name[1].lower()
    return NAMES.get(name, name)


class Case(unittest.TestCase):
    def terminal(self, columns, rows, settings="", **environment):
        directory = tempfile.TemporaryDirectory(prefix="cmon-settings-", ignore_cleanup_errors=True)
        self.addCleanup(directory.cleanup)
        os.mkdir(os.path.join(directory.name, "cmon"))
        with open(os.path.join(directory.name, "cmon", "cmon.conf"), "w", encoding="utf-8") as file:
            file.write(settings)
        terminal = tmux.Terminal(columns, rows, XDG_CONFIG_HOME=directory.name, **environment)
        self.addCleanup(terminal.close)
        return terminal

    def direct(self):
        """Environment of a terminal with direct colours."""
        cmon.need_tool("tic")
        directory = tempfile.TemporaryDirectory(prefix="cmon-terminfo-")
        self.addCleanup(directory.cleanup)
        source = os.path.join(directory.name, "source")
        with open(source, "w", encoding="ascii") as file:
            file.write(DIRECT)
        subprocess.run(["tic", "-x", "-o", directory.name, source], check=True)
        return {"TERM": "xterm-direct", "TERMINFO": directory.name}


class Harness(unittest.TestCase):
    def test_a_terminal_that_is_looked_at_does_not_become_that_of_the_test(self):
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            with tmux.open_tty(os.ttyname(slave), "rb"):
                # Field 7 is the number of the terminal.
                os._exit(cmon.stat_of(os.getpid())[1][7 - 3] != b"0")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)


class Sizes(Case):
    def test_two_hundred_random_sizes(self):
        chosen = random.Random(17)
        terminal = self.terminal(80, 24)
        before = terminal.modes()
        terminal.start("--readonly", "-d", "0.2")
        pid = terminal.cmon_pid()
        for i in range(200):
            terminal.tmux("resize-window", "-x", chosen.randint(1, 200), "-y", chosen.randint(1, 60))
            if i % 20 == 0:
                terminal.keys(chosen.choice(["Tab", "t", "F1", "Escape", "End", "H"]))
                self.assertIsNotNone(cmon.stat_of(pid))
        terminal.resize(80, 24)
        terminal.keys("Escape")
        terminal.keys("Escape")
        terminal.wait(lambda: terminal.lines()[23].startswith("F1Help") and terminal.header_row(), "the screen at its size")
        for line in terminal.lines():
            self.assertLessEqual(tmux.width(line), 80)
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)
        self.assertEqual(terminal.modes(), before)


class Colours(Case):
    def codes(self, settings="", arguments=(), **environment):
        terminal = self.terminal(80, 24, settings, **environment)
        terminal.start(*arguments)
        codes = set()
        for code in re.findall(r"\x1b\[([\d;:]*)m", terminal.text("-e")):
            codes.update(re.findall(r"(?:38|48);[25];[\d;]+?(?=;[34]8|$)|\b(?:3|4|9|10)[0-7]\b", code))
        terminal.keys("q")
        terminal.wait_end()
        return codes

    def test_each_terminal_has_its_own(self):
        self.assertIn("38;5;37", self.codes(TERM="xterm-256color"))
        self.assertIn("36", self.codes(TERM="screen"))
        self.assertEqual(self.codes(TERM="vt100"), set())
        self.assertEqual(self.codes(TERM="xterm-256color", NO_COLOR="1"), set())

    def test_direct_colours(self):
        codes = self.codes(**self.direct())
        self.assertIn("38;2;0;175;175", codes)
        self.assertFalse([code for code in codes if code.startswith("38;5")])

    def test_settings_decide(self):
        self.assertIn("36", self.codes("[general]\ncolors = 8\n", TERM="xterm-256color"))
        self.assertEqual(self.codes("[general]\ncolors = none\n", TERM="xterm-256color"), set())
        self.assertIn("38;5;37", self.codes("[general]\ncolors = 256\n", TERM="screen"))
        self.assertIn("38;5;37", self.codes("[general]\ncolors = 256\n", TERM="xterm-256color", NO_COLOR="1"))
        self.assertIn("38;2;0;175;175", self.codes("[general]\ncolors = true\n",
                                                   **{**self.direct(), "TERM": "xterm-256color"}))

    def test_themes(self):
        self.assertIn("38;2;63;169;160", self.codes("[general]\ntheme = dusk\n", **self.direct()))
        self.assertIn("38;5;198", self.codes("[general]\ntheme = mine\n[theme mine]\nlabel = 198 bold\n",
                                             TERM="xterm-256color"))

    def test_a_theme_that_is_none_is_told(self):
        terminal = self.terminal(80, 24, "[general]\ntheme = duks\n")
        terminal.start()
        self.assertIn("no theme is called 'duks'; did you mean 'dusk'?", terminal.text())


class Mouse(Case):
    def mouse(self, terminal, button, row, column, times=1):
        """A button pressed and let go in a cell, both from 0, as xterm reports it."""
        terminal.type((f"\x1b[<{button};{column + 1};{row + 1}M" +
                       ("" if button >= 64 else f"\x1b[<{button};{column + 1};{row + 1}m")) * times)

    def click_on(self, terminal, row, text):
        self.mouse(terminal, 0, row, tmux.width(terminal.lines()[row].split(text)[0]))

    def wait_selected(self, terminal, row):
        terminal.wait(lambda: terminal.selected_row() == row, f"the selection in row {row}")

    def start(self, settings="", *arguments):
        terminal = self.terminal(80, 24, settings, NO_COLOR="1", TERM="xterm-256color")
        terminal.start("--readonly", "-d", "60", "--sort", "pid", *arguments)
        return terminal

    def test_reporting_is_switched_on_and_off(self):
        terminal = self.start()
        terminal.wait(lambda: terminal.ask("mouse_any_flag") == "1", "reports of the mouse")
        self.assertEqual(terminal.ask("mouse_sgr_flag"), "1")
        terminal.keys("C-z")
        terminal.wait(lambda: terminal.ask("mouse_any_flag") == "0", "no reports to the shell")
        terminal.type("fg\n")
        terminal.wait(lambda: terminal.ask("mouse_any_flag") == "1", "reports of the mouse again")
        terminal.keys("q")
        terminal.wait_end()
        self.assertEqual(terminal.ask("mouse_any_flag"), "0")

    def test_it_is_switched_off_after_a_crash(self):
        terminal = self.start()
        terminal.wait(lambda: terminal.ask("mouse_any_flag") == "1", "reports of the mouse")
        os.kill(terminal.cmon_pid(), 3)
        self.assertEqual(terminal.wait_end(), 131)
        self.assertEqual(terminal.ask("mouse_any_flag"), "0")

    def test_reports_of_old_terminals(self):
        terminal = self.terminal(80, 24, NO_COLOR="1", TERM="screen")
        terminal.start("--readonly", "-d", "60")
        tabs = next(row for row, line in enumerate(terminal.lines()) if " Processes " in line)
        column = terminal.lines()[tabs].index("Zombies")
        terminal.type(f"\x1b[M {chr(33 + column)}{chr(33 + tabs)}")
        terminal.wait(lambda: not terminal.shows_processes(), "the zombies")

    def test_the_settings_can_leave_it_to_the_terminal(self):
        terminal = self.start("[general]\nmouse = no\n")
        self.assertEqual(terminal.ask("mouse_any_flag"), "0")

    def test_a_press_selects(self):
        terminal = self.start()
        first = terminal.header_row() + 1
        self.wait_selected(terminal, first)
        self.mouse(terminal, 0, first + 5, 30)
        self.wait_selected(terminal, first + 5)
        self.mouse(terminal, 0, first + 2, 70)
        self.wait_selected(terminal, first + 2)

    def test_the_wheel_moves(self):
        terminal = self.start()
        first = terminal.header_row() + 1

        def top():
            """The pid in the first row: what else stands there comes with the second snapshot."""
            return terminal.lines()[first].split()[:1]
        before = top()
        self.assertTrue(before[0].isdigit())
        for _ in range(10):
            self.mouse(terminal, 65, first + 3, 10)
        terminal.wait(lambda: top() != before, "rows further down")
        for _ in range(10):
            self.mouse(terminal, 64, first + 3, 10)
        terminal.wait(lambda: top() == before, "the first rows")

    def test_a_press_on_the_header_sorts(self):
        terminal = self.start()
        header = terminal.header_row()
        self.click_on(terminal, header, "USER")
        first = terminal.wait(lambda: re.search(r"(?=[▲▼] ?USER|USER ?[▲▼]).*?([▲▼])", terminal.lines()[header]),
                              "order by user").group(1)
        self.click_on(terminal, header, "USER")
        terminal.wait(lambda: first not in terminal.lines()[header], "the order turned round")

    def test_tabs_and_keys_are_buttons(self):
        terminal = self.start()
        tabs = next(row for row, line in enumerate(terminal.lines()) if " Processes " in line)
        self.click_on(terminal, tabs, "Zombies")
        terminal.wait(lambda: not terminal.shows_processes(), "the zombies")
        self.click_on(terminal, tabs, "Processes")
        terminal.wait(terminal.shows_processes, "the processes")
        self.click_on(terminal, 23, "Help")
        terminal.wait_text("Keys: Processes")
        self.click_on(terminal, 23, "Quit")
        self.assertEqual(terminal.wait_end(), 0)

    def test_a_double_press_opens_details(self):
        terminal = self.start()
        first = terminal.header_row() + 1
        pid = terminal.lines()[first + 1].split()[0]
        # A second one elsewhere is none.
        self.mouse(terminal, 0, first + 3, 30)
        self.mouse(terminal, 0, first + 4, 30)
        self.wait_selected(terminal, first + 4)
        self.assertTrue(terminal.shows_processes())
        self.mouse(terminal, 0, first + 1, 30, times=2)
        terminal.wait(lambda: re.search(rf"(?m)^\S+ {pid} \S+ · ", terminal.text()), f"details of {pid}")

    def test_halves_of_reports_do_nothing(self):
        terminal = self.start()
        for bytes_ in ("\x1b[<0;10", "\x1b[<0;99999;99999M", "\x1b[<0;0;0M", "\x1b[<64M", "\x1b[M", "\x1b[<;;M"):
            terminal.type(bytes_)
            terminal.keys("Escape")
        terminal.keys("C-l", "F1")
        terminal.wait(lambda: cmon.stat_of(terminal.cmon_pid()), "cmon")
        self.assertEqual(len([1 for line in terminal.lines() if tmux.width(line) > 80]), 0)


class AltKeys(Case):
    def test_htops_moves(self):
        terminal = self.terminal(80, 24, NO_COLOR="1")
        terminal.start("--readonly", "-d", "60", "--sort", "pid")
        first = terminal.header_row() + 1
        for key, row in (("M-j", first + 1), ("M-j", first + 2), ("M-k", first + 1)):
            terminal.keys(key)
            terminal.wait(lambda row=row: terminal.selected_row() == row, f"the selection in row {row}")


class OwnKeys(Case):
    def test_the_settings_bind_keys(self):
        terminal = self.terminal(80, 40, "[keys]\nquit = X\nhelp = y\n")
        terminal.start()
        self.assertIn("yHelp", terminal.lines()[39])
        self.assertIn("XQuit", terminal.lines()[39])
        terminal.keys("q", "y")
        terminal.wait_text("Keys: Processes")
        terminal.keys("X")
        self.assertEqual(terminal.wait_end(), 0)

    def test_mistakes_are_told(self):
        terminal = self.terminal(120, 24, "[keys]\nqiut = X\n")
        terminal.start()
        self.assertIn("no action is called 'qiut'; did you mean 'QUIT'?", terminal.text())


if __name__ == "__main__":
    unittest.main()
