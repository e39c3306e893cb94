"""The process table in a terminal, with processes that are really there: settings, order, filter, search, tags."""

import contextlib
import os
import re
import signal
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import tmux  # noqa: E402


class Table(unittest.TestCase):
    def start(self, *arguments, settings="", columns=120, rows=40, **environment):
        terminal = tmux.Terminal(columns, rows, NO_COLOR="1", **environment)
        self.addCleanup(terminal.close)
        with open(terminal.config, "w", encoding="utf-8") as file:
            file.write(settings)
        terminal.start(*arguments)
        return terminal

    def sleepers(self, *numbers):
        """Processes by the number of seconds they sleep, which names them on the screen."""
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return [stack.enter_context(cmon.child(["sleep", str(number)])) for number in numbers]

    def wait_shown(self, terminal, shown, hidden=()):
        def is_so():
            text = terminal.text()
            return all(f"sleep {number}" in text for number in shown) and \
                not any(f"sleep {number}" in text for number in hidden)
        terminal.wait(is_so, f"{shown} but not {hidden}")

    def row_of(self, terminal, pid):
        found = re.search(rf"^ *{pid}[ *].*$", terminal.text(), re.M)
        return found.group() if found else ""

    def wait_selected(self, terminal, pid):
        terminal.wait(lambda: terminal.selected_pid() == pid, f"the selection on {pid}")

    def header(self, terminal):
        row = terminal.header_row()
        return terminal.lines()[row] if row is not None else ""

    def saved(self, terminal):
        terminal.keys("q")
        self.assertEqual(terminal.wait_end(), 0)
        with open(terminal.config, encoding="utf-8") as file:
            return file.read()


class Columns(Table):
    def test_they_are_those_of_the_file(self):
        terminal = self.start(settings="[tab Mine]\ncolumns = pid ppid name:12 cpu_graph cmdline\nsort = pid\n")
        self.assertEqual(self.header(terminal).split(), ["▲PID", "PPID", "NAME", "CPU", "Command"])
        sleeper, = self.sleepers(71110001)
        terminal.select(sleeper.pid)
        terminal.wait(lambda: re.match(rf" *{sleeper.pid} +{os.getpid()} sleep ", self.row_of(terminal, sleeper.pid)),
                      "the sleeper")

    def test_more_than_fit_scroll(self):
        terminal = self.start(settings="[tab Mine]\nsort = pid\ncolumns = pid ppid pgid sid memory_info.rss "
                              "memory_info.vms num_threads nice cmdline\n")
        terminal.resize(40, 12)
        terminal.wait(lambda: re.search(r"(?m)^ +▲PID +PPID +PGID +SID +RES$", terminal.text()), "what fits")
        for _ in range(12):
            terminal.keys("Right")
        terminal.wait(lambda: re.search(r"THR +NI Command", terminal.text()), "the columns at the right end")
        for _ in range(20):
            terminal.keys("Left")
        terminal.wait(lambda: re.search(r"(?m)^ +▲PID +PPID ", terminal.text()), "the columns at the left end")

    def test_two_tabs_have_their_own(self):
        web, other = self.sleepers(72220001, 72220002)
        terminal = self.start("-d", "0.3", settings="[tab All]\nsort = pid\n[tab One]\nfilter = 'sleep 72220001'\n"
                              "columns = pid num_threads cmdline\nsort = -num_threads\n")
        terminal.keys("Tab")
        self.wait_shown(terminal, [72220001], [72220002])
        terminal.wait(lambda: self.header(terminal).split()[:3] == ["PID", "▼THR", "Command"], "the second tab's columns")
        terminal.wait(lambda: self.row_of(terminal, web.pid), "the process by its pid")
        terminal.keys("BTab")
        terminal.wait(lambda: "▲PID" in self.header(terminal), "the first tab")
        terminal.select(other.pid)


class Order(Table):
    def test_the_menu(self):
        terminal = self.start()
        terminal.keys("F6")
        terminal.wait_text("Sort by")
        terminal.type("MEM")
        terminal.keys("Enter")
        terminal.wait(lambda: "▼MEM%" in self.header(terminal), "order by memory")
        terminal.keys(">")
        terminal.wait_text("Sort by")
        terminal.keys("Escape")
        terminal.wait(lambda: "Sort by" not in terminal.text(), "no menu")
        self.assertIn("▼MEM%", self.header(terminal))

    def test_what_keys_changed_is_there_the_next_time(self):
        terminal = self.start("--sort", "pid")
        terminal.keys("t", "K", "M")
        terminal.wait(lambda: "▼MEM%" in self.header(terminal), "order by memory")
        text = self.saved(terminal)
        for line in ("tree = yes", "hide_kernel = yes", "sort = -memory_percent"):
            self.assertRegex(text, rf"(?m)^{line}$")
        terminal.type("clear\n")
        terminal.start()
        self.assertIn("▼MEM%", self.header(terminal))
        terminal.wait(lambda: re.search(r"[├└]─ ", terminal.text()), "the tree")

    def test_what_the_command_line_says_is_not(self):
        terminal = self.start("--sort", "pid", "-d", "0.5")
        self.assertIn("▲PID", self.header(terminal))
        terminal.keys("j", "Up", "PageDown")
        self.assertEqual(self.saved(terminal), "")


class Finding(Table):
    def test_the_filter(self):
        first, second = self.sleepers(73330001, 73330002)
        terminal = self.start("-d", "0.3", "--sort", "pid")
        terminal.keys("F4")
        terminal.type("sleep 7333000")
        self.wait_shown(terminal, [73330001, 73330002])
        terminal.wait(lambda: "kthreadd" not in terminal.text(), "nothing else")
        terminal.type("1")
        self.wait_shown(terminal, [73330001], [73330002])
        terminal.keys("Enter")
        terminal.wait_text("filter: sleep 73330001")
        terminal.keys("\\")
        terminal.keys("C-u")
        terminal.type(f"pid = {second.pid} or")
        terminal.wait_text("^")
        # What was typed before the mistake was right, and is in force.
        self.wait_shown(terminal, [73330002], [73330001])
        terminal.type(f" pid = {first.pid}")
        self.wait_shown(terminal, [73330001, 73330002])
        terminal.keys("Escape")
        self.wait_shown(terminal, [73330001], [73330002])
        self.assertRegex(self.saved(terminal), r"(?m)^filter = sleep 73330001$")

    def test_search_goes_on_to_the_next(self):
        # Numbers may have begun again in between.
        pids = sorted(child.pid for child in self.sleepers(74440001, 74440002, 74440003))
        terminal = self.start("-d", "0.3", "--sort", "pid")
        # The first snapshot of many processes lacks their commands, and what is typed is searched for once.
        terminal.wait(lambda: re.search(r"(?m)^ CPU +[\d.]+%", terminal.text()), "the second snapshot")
        terminal.keys("/")
        terminal.type("sleep 7444000")
        self.wait_selected(terminal, pids[0])
        terminal.keys("F3")
        self.wait_selected(terminal, pids[1])
        terminal.keys("Enter", "n")
        self.wait_selected(terminal, pids[2])
        terminal.keys("n")
        self.wait_selected(terminal, pids[0])
        terminal.keys("C-p")
        self.wait_selected(terminal, pids[2])

    def test_digits_go_to_a_pid(self):
        sleeper, = self.sleepers(75550001)
        terminal = self.start("-d", "0.3")
        terminal.type(str(sleeper.pid))
        self.wait_selected(terminal, sleeper.pid)

    def test_one_user(self):
        terminal = self.start("-d", "0.3", "--sort", "pid")
        terminal.keys("u")
        terminal.wait_text("All users")
        terminal.keys("Down", "Enter")
        terminal.wait(lambda: re.search(r"Command +of \S+", self.header(terminal)), "one user's processes")
        user = re.search(r"Command +of (\S+)", self.header(terminal))[1].rstrip(",")
        shown = {line.split()[1] for line in terminal.lines()[terminal.header_row() + 1:-2] if line.strip()}
        self.assertEqual({name[:7] for name in shown}, {user[:7]})


class Tagging(Table):
    def test_a_signal_goes_to_all_that_are_tagged(self):
        hit, spared, also = self.sleepers(76660001, 76660002, 76660003)
        terminal = self.start("-d", "0.3", "--sort", "pid", settings="[general]\nconfirm = no\n")
        for child in (hit, also):
            terminal.select(child.pid)
            terminal.keys("Space")
            terminal.wait(lambda child=child: "*" in self.row_of(terminal, child.pid)[:9], "the mark")
        terminal.wait_text("2 tagged")
        terminal.keys("F9")
        terminal.wait_text("SIGTERM")
        terminal.type("15")
        terminal.keys("Enter")
        self.assertEqual(hit.wait(cmon.DEADLINE), -signal.SIGTERM)
        self.assertEqual(also.wait(cmon.DEADLINE), -signal.SIGTERM)
        self.assertIsNone(spared.poll())
        # They are gone, and so are their tags.
        terminal.wait(lambda: "tagged" not in self.header(terminal), "no tags")

    def test_children_too(self):
        with cmon.child(["sh", "-c", "sleep 77770001 & sleep 77770002 & wait"]) as parent:
            terminal = self.start("-d", "0.3", "--sort", "pid")
            terminal.select(parent.pid)
            terminal.wait_text("sleep 77770002")
            terminal.keys("c")
            terminal.wait_text("3 tagged")
            terminal.keys("U")
            terminal.wait(lambda: "tagged" not in self.header(terminal), "no tags")
            # sh does not end its children.
            for pid in self.children(parent.pid):
                os.kill(pid, signal.SIGKILL)

    def children(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]


class Time(Table):
    def test_what_has_ended_stays_for_a_while(self):
        sleeper, follower = sorted(self.sleepers(78880001, 78880002), key=lambda child: child.pid)
        # On a busy machine there may be any number of others between them.
        terminal = self.start("-d", "0.2", settings="[processes]\nnew = 4\n[tab Mine]\nsort = pid\nfilter = 'sleep 7888000'\n")

        def rows():
            """Rows of the two, None where one is not there."""
            lines = terminal.lines()
            return [next((at for at, line in enumerate(lines) if re.match(rf" *{child.pid} ", line)), None)
                    for child in (sleeper, follower)]
        terminal.wait(lambda: None not in rows(), "the two")
        terminal.select(follower.pid)
        before = rows()
        sleeper.kill()
        sleeper.wait()
        # It is gone, but the row is there and those below have not moved; then it goes, and they move up.
        self.assertFalse(os.path.exists(f"/proc/{sleeper.pid}"))
        self.assertEqual(rows(), before)
        terminal.wait(lambda: rows() == [None, before[0]], "the end of the row")
        self.wait_selected(terminal, follower.pid)

    def test_sums(self):
        first, second = self.sleepers(79990001, 79990002)
        terminal = self.start("-d", "0.3", settings="[processes]\ntotals_line = yes\n[tab Mine]\nfilter = 'sleep 7999000'\n")
        terminal.wait(lambda: re.search(r"(?m)^ +2 shown  CPU% ", terminal.text()), "two in the sums")
        terminal.keys("Space")
        terminal.wait(lambda: re.search(r"(?m)^ +1 tagged  CPU% ", terminal.text()), "one in the sums")
        self.assertNotEqual(first.pid, second.pid)

    def test_the_whole_command(self):
        words = " ".join(f"word{number}" for number in range(60))
        with cmon.child(["sh", "-c", f"sleep 70000001; : {words}"]) as child:
            terminal = self.start("-d", "0.3", columns=80, settings="[tab Mine]\nwrap = yes\n")
            terminal.select(child.pid)
            terminal.wait_text("word59")
            terminal.keys("w")
            terminal.wait(lambda: "word59" not in terminal.text(), "one line again")
            os.kill(next(int(pid) for pid in Tagging.children(self, child.pid)), signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
