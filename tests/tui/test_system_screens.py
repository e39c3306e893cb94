"""The screens of the CPUs and the memory in a real terminal: what they show is what /proc says."""

import os
import re
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"),
                os.path.dirname(os.path.abspath(__file__))]

import cmon  # noqa: E402
import tmux  # noqa: E402

UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}


def meminfo():
    found = {}
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            name, value, unit = re.fullmatch(r"(\S+):\s+(\d+)( kB)?\s*", line).groups()
            found[name] = (int(value) * (1024 if unit else 1), bool(unit))
    return found


def shown_bytes(text):
    number, unit = re.fullmatch(r"([\d.]+)([BKMGTP]?)", text).groups()
    return float(number) * UNITS[unit]


def near(shown, value):
    """As near as three digits can be, and as memory moves in a moment."""
    return abs(shown - value) <= 0.05 * value + (8 << 20)


def online_cpus():
    with open("/proc/stat", encoding="ascii") as file:
        return [int(line.split()[0][3:]) for line in file if re.match(r"cpu\d", line)]


class Screen(unittest.TestCase):
    def show(self, name, columns, rows, *arguments):
        """cmon with the tab of that name in front."""
        terminal = tmux.Terminal(columns, rows, **getattr(self, "environment", {}))
        self.addCleanup(terminal.close)
        terminal.start(*arguments)
        self.go_to(name, terminal)
        return terminal

    @staticmethod
    def go_to(name, terminal):
        """From the processes. Each tab is waited for: its header tells it apart."""
        for tab, header in (("CPU", r"^ *CPU +BUSY%"), ("Memory", r"^ MEMINFO")):
            terminal.keys("Tab")
            terminal.wait(lambda header=header: re.search(header, terminal.text(), re.M), f"the tab {tab}")
            if tab == name:
                return


class Cpu(Screen):
    ROW = r"^ *(\d+) +([\d.]+|-) [^\d]*"

    def rows(self, terminal):
        lines = terminal.lines()
        at = next((i for i, line in enumerate(lines) if re.match(r" *CPU +BUSY%", line)), None)
        if at is None:
            return {}
        found = (re.match(self.ROW, line) for line in lines[at + 1:])
        return {int(row[1]): row[2] for row in found if row}

    def test_a_row_for_each_cpu(self):
        terminal = self.show("CPU", 100, 50, "-d", "0.3")
        expected = online_cpus()
        terminal.wait(lambda: all(value != "-" for value in self.rows(terminal).values()) and
                      list(self.rows(terminal)) == expected[:len(self.rows(terminal))] and self.rows(terminal), "the CPUs")
        self.assertGreaterEqual(len(self.rows(terminal)), min(len(expected), 10))

    def test_a_busy_cpu_is_busy(self):
        cpu = online_cpus()[-1]
        terminal = self.show("CPU", 100, 50, "-d", "0.3")
        if cpu > 20:
            self.skipTest("the last CPU is out of sight")
        code = f"import os\nos.sched_setaffinity(0, {{{cpu}}})\nwhile True: pass"
        with cmon.child([sys.executable, "-c", code]):
            terminal.wait(lambda: float(self.rows(terminal).get(cpu, "0").replace("-", "0")) > 80, f"CPU {cpu} at work")

    def test_kinds_add_up(self):
        terminal = self.show("CPU", 160, 50, "-d", "0.3")

        def adds_up():
            lines = terminal.lines()
            at = next(i for i, line in enumerate(lines) if re.match(r" *CPU +BUSY%", line))
            header = lines[at].split()
            words = lines[at + 1].split()
            kinds = header.index("USER"), header.index("GUEST")
            values = words[len(words) - len(header) + kinds[0]:len(words) - len(header) + kinds[1] + 1]
            if len(values) != 8 or "-" in values or words[1] == "-":
                return False
            named = dict(zip(header[kinds[0]:kinds[1] + 1], map(float, values)))
            return abs(sum(named.values()) - named["IOWAIT"] - float(words[1])) <= 0.5
        terminal.wait(adds_up, "kinds that add up to what is busy")

    def test_frequency(self):
        terminal = self.show("CPU", 100, 50, "-d", "0.3")
        known = [row["current"] for row in cmon.snapshot("--sections", "cpu")["cpu_freq"]["percpu"].values()] \
            if cmon.snapshot("--sections", "cpu")["cpu_freq"]["percpu"] else []
        if not any(known):
            terminal.wait(lambda: self.rows(terminal), "the CPUs")
            self.assertNotIn("MHz", terminal.text())
            return
        terminal.wait(lambda: re.search(r"^ *CPU +BUSY%.* MHz", terminal.text(), re.M), "the column of frequencies")
        for word in re.findall(r"^ *\d+ +[\d.]+ \S+ \S+ +(\d+) ", terminal.text(), re.M):
            self.assertTrue(min(known) / 3 <= float(word) <= max(known) * 3, word)


class Memory(Screen):
    def sizes(self, terminal):
        """The table of meminfo that is in sight."""
        found = {}
        for line in terminal.lines():
            row = re.match(r" (\w[\w()]*…?) +([\d.]+[BKMGTPk]?)(?: +([\d.]+)%)?(?: |$)", line)
            if row:
                found[row[1]] = (row[2], row[3])
        return found

    @staticmethod
    def is_right(shown, value, is_bytes, total):
        size, share = shown
        if not is_bytes:
            return "k" in size or int(size) == value
        return near(shown_bytes(size), value) and (share is None or value > total or
                                                   abs(float(share) - 100 * value / total) < 2)

    def test_every_size_is_that_of_the_file(self):
        """Memory moves while it is looked at: each line is right in one of many looks."""
        terminal = self.show("Memory", 100, 120, "-d", "0.3")
        names, right = set(meminfo()), set()

        def look():
            found, shown = meminfo(), self.sizes(terminal)
            total = found["MemTotal"][0]
            right.update(name for name in names & set(shown) if self.is_right(shown[name], *found[name], total))
            return names <= right
        terminal.wait(look, "sizes as in /proc/meminfo")

    def test_breakdown(self):
        terminal = self.show("Memory", 120, 40, "-d", "0.3")

        def agrees():
            shown = {name: shown_bytes(value) for name, value in
                     re.findall(r"(used|free|cache|buffers|available) ([\d.]+[KMGT]?)", terminal.text())}
            value = {name: pair[0] for name, pair in meminfo().items()}
            expected = {"used": value["MemTotal"] - value["MemAvailable"], "free": value["MemFree"],
                        "cache": value["Cached"] + value["SReclaimable"], "buffers": value["Buffers"],
                        "available": value["MemAvailable"]}
            return set(shown) == set(expected) and all(near(shown[name], expected[name]) for name in expected)
        terminal.wait(agrees, "a breakdown as in /proc/meminfo")

    def test_slabs(self):
        cmon.need_root()
        terminal = self.show("Memory", 160, 50)
        terminal.wait(lambda: re.search(r" SLAB +SIZE", terminal.text()), "the caches")
        size, objects = terminal.wait(lambda: re.search(r" dentry +([\d.]+[KMG]) +(\S+) ", terminal.text()),
                                      "the cache of names").groups()
        with open("/proc/slabinfo", encoding="ascii") as file:
            words = next(line.split() for line in file if line.startswith("dentry "))
        expected = int(words[14]) * int(words[5]) * os.sysconf("SC_PAGESIZE")
        self.assertLess(abs(shown_bytes(size) - expected), 0.1 * expected + (1 << 20))
        if objects.isdigit():
            self.assertLess(abs(int(objects) - int(words[2])), 0.1 * int(words[2]) + 1000)


class Zoom(Screen):
    def test_zoom_and_presets(self):
        terminal = self.show("CPU", 100, 40)
        terminal.wait_text("-30s")
        terminal.keys(")")
        terminal.wait_text("2 s a point")
        terminal.wait_text("-1m")
        terminal.keys("(")
        terminal.wait_text("1 s a point")
        terminal.wait_text("-30s")
        terminal.keys("o", "o", "o", "o")
        terminal.wait_text("overview: nothing")
        self.assertNotIn("load", terminal.text())
        terminal.keys("o")
        terminal.wait(lambda: re.search(r"^ cmon .*load ", terminal.text(), re.M), "the overview again")


if __name__ == "__main__":
    unittest.main()
