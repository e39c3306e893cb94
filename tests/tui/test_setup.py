"""The setup screen in a real terminal: what is changed there acts at once and is in the file afterwards."""

import os
import re
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import tmux  # noqa: E402

ROWS = 60  # all of the list is seen at once


class Setup(unittest.TestCase):
    def open(self, *arguments, config=None, columns=120, rows=ROWS, **environment):
        terminal = tmux.Terminal(columns, rows, **environment)
        self.addCleanup(terminal.close)
        if config is not None:
            with open(terminal.config, "w", encoding="utf-8") as file:
                file.write(config)
        terminal.start(*arguments)
        return terminal

    def setup(self, *arguments, **options):
        terminal = self.open(*arguments, **options)
        terminal.keys("F2")
        terminal.wait_text("Esc: leave")
        return terminal

    def content(self, terminal):
        with open(terminal.config, encoding="utf-8") as file:
            return file.read()

    def wait_content(self, terminal, text):
        terminal.wait(lambda: text in self.content(terminal), f"{text!r} in {self.content(terminal)!r}")

    def list_lines(self, terminal):
        """Those of the list that the cursor stops at, in order."""
        inside = [line[2:-2] for line in terminal.lines() if re.match(r"│ .* │$", line)]
        inside = inside[:next((i for i, line in enumerate(inside) if re.match(r" *─+ *$", line)), len(inside))]
        return [line.strip() for line in inside if line.startswith("  ") or line.startswith("add a tab")]

    def select(self, terminal, name, nth=0):
        """What is in the file may not be on the screen yet."""
        def found():
            return [i for i, line in enumerate(self.list_lines(terminal)) if re.match(rf"{name}\b", line)]
        terminal.wait(lambda: len(found()) > nth, name)
        terminal.keys("Home", *["Down"] * found()[nth])

    def value(self, terminal, name):
        found = [line for line in self.list_lines(terminal) if re.match(rf"{name}\b", line)]
        return found[0][len(name):].strip() if found else None

    def wait_value(self, terminal, name, value):
        terminal.wait(lambda: self.value(terminal, name) == value, f"{name} {value}")

    def test_help_of_the_selected_line(self):
        terminal = self.setup()
        terminal.wait_text("seconds between two snapshots")
        self.select(terminal, "confirm")
        terminal.wait_text("ask before a process is changed, and name it")

    def test_yes_and_no(self):
        terminal = self.setup()
        self.select(terminal, "confirm")
        terminal.keys("Space")
        self.wait_value(terminal, "confirm", "no")
        self.wait_content(terminal, "[general]\nconfirm = no\n")
        terminal.keys("Enter")
        self.wait_value(terminal, "confirm", "yes")
        self.wait_content(terminal, "[general]\nconfirm = yes\n")

    def test_a_number_is_checked_while_it_is_typed(self):
        terminal = self.setup(config="# mine\n[general]\ndelay = 1 ; once\n")
        terminal.keys("Enter")
        terminal.wait_text("delay: 1")
        terminal.keys("BSpace", "x")
        terminal.wait_text("'x' is not a number from 0.01 to 86400")
        terminal.keys("Enter", "BSpace")
        terminal.type("0.2")
        terminal.keys("Enter")
        self.wait_value(terminal, "delay", "0.2")
        self.wait_content(terminal, "# mine\n[general]\ndelay = 0.2 ; once\n")

    def test_a_choice_and_a_theme(self):
        terminal = self.setup()
        self.select(terminal, "command")
        terminal.keys("Enter")
        terminal.wait(lambda: re.search(r"┌─command", terminal.text()), "the menu")
        terminal.keys("Down", "Enter")
        self.wait_value(terminal, "command", "name")
        self.wait_content(terminal, "[processes]\ncommand = name\n")
        self.select(terminal, "theme")
        terminal.keys("Enter", "Down", "Enter")
        terminal.wait(lambda: "theme = " in self.content(terminal), "a theme")
        self.assertNotIn("theme = default\n", self.content(terminal))

    def test_screens_are_switched_and_moved(self):
        terminal = self.setup()
        self.select(terminal, "screens")
        terminal.keys("Enter")
        terminal.wait_text("[x] cpu")
        terminal.keys("Space")
        self.wait_content(terminal, "screens = memory disks")
        terminal.keys("Down", "F8")
        self.wait_content(terminal, "screens = disks memory")
        terminal.keys("[")
        self.wait_content(terminal, "screens = memory disks")
        terminal.keys("Escape")
        terminal.wait(lambda: "[x]" not in terminal.text(), "the list gone")
        terminal.keys("Escape")
        terminal.wait_text("F10Quit")
        terminal.wait(lambda: re.search(r"─ Processes ─ Memory ", terminal.text()), "no tab of the CPUs")

    def test_columns(self):
        terminal = self.setup()
        self.select(terminal, "columns")
        terminal.keys("Enter")
        terminal.wait_text("[x] pid")
        terminal.keys("Down", "Space", "Up", "+")
        self.wait_content(terminal, "columns = pid:")
        self.assertNotIn("username", self.content(terminal))
        terminal.keys("Escape")
        terminal.wait(lambda: "[x]" not in terminal.text(), "the list gone")
        terminal.keys("Escape")
        terminal.wait(lambda: "PID" in terminal.text() and "USER" not in terminal.text(), "no column of users")

    def test_a_filter_with_a_mistake(self):
        terminal = self.setup()
        self.select(terminal, "filter")
        terminal.keys("Enter")
        terminal.type("cpu >")
        terminal.wait(lambda: "^" in terminal.text(), "a caret")
        terminal.type(" 10000")
        terminal.keys("Enter")
        self.wait_content(terminal, "[tab Processes]\nfilter = cpu > 10000\n")
        terminal.keys("Escape")
        terminal.wait_text("no process is like that")

    def test_tabs(self):
        terminal = self.setup()
        terminal.keys("End", "Enter")
        terminal.wait_text("name of the tab:")
        terminal.type("Processes")
        terminal.wait_text("there is another tab of that name")
        terminal.keys("C-u")
        terminal.type("Web")
        terminal.keys("Enter")
        self.wait_content(terminal, "[tab Processes]\n\n[tab Web]\n")
        self.select(terminal, "rename this tab", 1)
        terminal.keys("Enter")
        terminal.wait_text("name of the tab: Web")
        terminal.type("2")
        terminal.keys("Enter")
        self.wait_content(terminal, "[tab Processes]\n\n[tab Web2]\n")
        terminal.wait(lambda: re.search(r"│ tab Web2 ", terminal.text()), "the new name")
        self.select(terminal, "remove this tab", 0)
        terminal.keys("Enter")
        terminal.wait_text("Remove the tab?")
        terminal.keys("y")
        terminal.wait(lambda: "[tab Processes]" not in self.content(terminal), "the section gone")
        self.assertIn("[tab Web2]", self.content(terminal))
        terminal.wait(lambda: not re.search(r"│ tab Processes ", terminal.text()), "the tab gone")
        self.select(terminal, "remove this tab", 0)
        terminal.keys("Enter")
        terminal.wait_text("the last tab of processes stays")
        terminal.keys("Escape")
        terminal.wait(lambda: re.search(r"─ Web2 ─ CPU ", terminal.text()), "the tab")

    def test_any_size(self):
        terminal = self.setup(columns=80, rows=24)
        for columns, rows in ((40, 10), (20, 5), (200, 50)):
            terminal.resize(columns, rows)
            terminal.keys("End", "Home", "PageDown", "PageUp")
            terminal.wait_text("delay")
            for line in terminal.lines():
                self.assertLessEqual(tmux.width(line), columns)
        terminal.keys("q")
        terminal.wait_text("F10Quit")
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)

    def test_ascii(self):
        terminal = self.setup(LC_ALL="C")
        terminal.text().encode("ascii")

    def test_the_hint_of_the_first_run(self):
        terminal = tmux.Terminal(80, 24)
        self.addCleanup(terminal.close)
        os.unlink(terminal.config)
        terminal.start()
        terminal.wait_text("F1 help  F2 setup")
        terminal.keys("Down")
        terminal.wait_text("F10Quit")
        self.assertNotIn("F1 help", terminal.text())
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)
        self.assertFalse(os.path.exists(terminal.config))

    def test_no_hint_where_it_is_not_wanted_or_there_is_a_file(self):
        terminal = self.open()
        terminal.wait_text("F10Quit")

    def test_delay_of_the_file_and_of_the_command_line(self):
        terminal = self.open(config="[general]\ndelay = 7\n")
        terminal.wait(lambda: "7.0s" in terminal.lines()[0], "the interval")
        terminal.keys("q")
        terminal.wait_end()
        terminal = self.open("-d", "3", config="[general]\ndelay = 7\n")
        terminal.wait(lambda: "3.0s" in terminal.lines()[0], "the interval")
        terminal.keys("F2")
        terminal.wait_text("Esc: leave")
        self.assertEqual(self.value(terminal, "delay"), "7")
        self.select(terminal, "mouse")
        terminal.keys("Space")
        self.wait_content(terminal, "[general]\ndelay = 7\nmouse = no\n")


if __name__ == "__main__":
    unittest.main()
