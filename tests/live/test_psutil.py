"""What psutil knows, cmon knows: the table of docs/PSUTIL.md is complete, and the functions no other test compares."""

import json
import os
import re
import subprocess
import unittest

import cmon

try:
    import psutil
except ImportError:
    psutil = None

TABLE = os.path.join(cmon.ROOT, "docs", "PSUTIL.md")
TEN_MEGABYTES = 10_000_000

# What psutil has since the version that is compared with here.
NEWER = {"Process.memory_info_ex", "Process.memory_extras", "Process.memory_footprint", "Process.page_faults",
         "Process.net_connections", "getloadavg"}


def setUpModule():
    if psutil is None:
        cmon.need_tool("python3-psutil")


class System(unittest.TestCase):
    def test_load_averages(self):
        before = psutil.getloadavg()
        found = cmon.snapshot("--sections", "getloadavg")["getloadavg"]
        after = psutil.getloadavg()
        for low, value, high in zip(map(min, before, after), found, map(max, before, after)):
            # The file has two decimals.
            self.assertTrue(low - 0.006 <= value <= high + 0.006, (before, found, after))

    def test_frequencies(self):
        found = cmon.snapshot("--sections", "cpu_freq")["cpu_freq"]
        each = psutil.cpu_freq(percpu=True)
        if not each:
            self.assertIsNone(found)
            return
        self.assertEqual(len(found["percpu"]), len(each))
        for number, frequency in enumerate(each):
            # It moves between two readings, but not by more than the bounds the driver gives.
            own = found["percpu"][str(number)]
            self.assertEqual((own["min"] or 0, own["max"] or 0), (frequency.min, frequency.max))
            self.assertAlmostEqual(own["current"], frequency.current, delta=max(frequency.max, 0.5 * frequency.current))

    def partitions(self):
        return cmon.snapshot("--sections", "disk_partitions")["disk_partitions"]

    def test_partitions(self):
        def rows(parts):
            return sorted((part.device, part.mountpoint, part.fstype, part.opts) for part in parts)

        found = self.partitions()
        keys = ("device", "mountpoint", "fstype", "opts")
        self.assertEqual(sorted(tuple(part[key] for key in keys) for part in found), rows(psutil.disk_partitions(True)))
        self.assertEqual({part["mountpoint"] for part in found if part["physical"]},
                         {part.mountpoint for part in psutil.disk_partitions()})

    def test_mount_points_are_those_of_findmnt(self):
        cmon.need_tool("findmnt")
        output = subprocess.run(["findmnt", "--json", "--list", "--output", "TARGET"], stdout=subprocess.PIPE,
                                check=True).stdout
        self.assertEqual(sorted(part["mountpoint"] for part in self.partitions()),
                         sorted(mount["target"] for mount in json.loads(output)["filesystems"]))

    def test_usage(self):
        seen = 0
        found = self.partitions()
        for part in found:
            usage = part["usage"]
            # Where two are mounted on one place, only the upper one can be asked.
            if usage is None:
                self.assertGreater([other["mountpoint"] for other in found].count(part["mountpoint"]), 1)
                continue
            expected = psutil.disk_usage(part["mountpoint"])
            self.assertEqual(usage["total"], expected.total, part["mountpoint"])
            self.assertAlmostEqual(usage["used"], expected.used, delta=TEN_MEGABYTES)
            self.assertAlmostEqual(usage["free"], expected.free, delta=TEN_MEGABYTES)
            if usage["percent"] is not None:
                self.assertAlmostEqual(usage["percent"], expected.percent, delta=0.2)
            seen += 1
        self.assertGreater(seen, 0)

    def test_usage_is_that_of_df(self):
        output = subprocess.run(["df", "-P", "-B1", "/"], stdout=subprocess.PIPE, check=True).stdout.decode()
        total, used, free = map(int, output.splitlines()[1].split()[1:4])
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            if "/" not in [line.split(" ")[1] for line in mounts]:
                self.skipTest("nothing is mounted on the root directory of this process")
        usage = next(part["usage"] for part in self.partitions() if part["mountpoint"] == "/")
        self.assertEqual(usage["total"], total)
        self.assertAlmostEqual(usage["used"], used, delta=TEN_MEGABYTES)
        self.assertAlmostEqual(usage["free"], free, delta=TEN_MEGABYTES)

    def test_sensors(self):
        found = cmon.snapshot("--sections", "sensors")
        temperatures, fans = psutil.sensors_temperatures(), psutil.sensors_fans()
        for ours, theirs in ((found["sensors_temperatures"], temperatures), (found["sensors_fans"], fans)):
            # Chips of the same name, which psutil throws together, are numbered.
            self.assertEqual({name.split(" #")[0] for name in ours or {}}, set(theirs))
            self.assertEqual(sum(map(len, (ours or {}).values())), sum(map(len, theirs.values())))

    def test_battery(self):
        found, expected = cmon.snapshot("--sections", "sensors")["sensors_battery"], psutil.sensors_battery()
        if expected is None:
            self.assertIsNone(found)
        else:
            self.assertAlmostEqual(found["percent"], expected.percent, delta=2)


def table_rows():
    """(psutil name, cmon keys, tests) of each row."""
    with open(TABLE, encoding="utf-8") as file:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in file
                if line.startswith("| `")]
    return [(row[0].strip("`"), row[1], row[2]) for row in rows]


class Table(unittest.TestCase):
    def test_every_name_of_psutil_has_a_row(self):
        rows = [name for name, _, _ in table_rows()]
        names = {name for name in psutil.__all__ if callable(getattr(psutil, name)) and name.islower()}
        names |= {f"Process.{name}" for name in dir(psutil.Process) if not name.startswith("_")}
        self.assertIn("cpu_times", names)
        self.assertIn("Process.memory_maps", names)
        self.assertEqual(names - set(rows), set())
        self.assertEqual(NEWER - set(rows), set())
        self.assertEqual(len(rows), len(set(rows)))

    def test_every_row_is_a_name_of_psutil(self):
        for name, _, _ in table_rows():
            owner = psutil.Process if name.startswith("Process.") else psutil
            self.assertTrue(hasattr(owner, name.removeprefix("Process.")) or name in NEWER, name)

    def test_every_key_exists(self):
        keys = set(cmon.snapshot()) | {"net_connections"}
        of_process = set(cmon.process(os.getpid()))
        for name, cell, _ in table_rows():
            named = re.findall(r"`([^`]+)`", cell)
            self.assertTrue(named or cell.startswith("none:"), name)
            for key in named:
                top, _, rest = key.removeprefix("processes[].").partition(".")
                if key.startswith("processes[]."):
                    self.assertIn(top, of_process, name)
                else:
                    self.assertIn(top, keys, name)
                self.assertTrue(rest == "" or self.is_in_tables(top, rest), f"{name}: {key}")

    def is_in_tables(self, top, rest):
        """A key below a record: one row has it whole, or the record's own table has it."""
        tables = ""
        for name in ("fields.def", "keys.def"):
            with open(os.path.join(cmon.ROOT, "src", "model", name), encoding="utf-8") as file:
                tables += file.read()
        return f'"{top}.{rest}"' in tables or f'"{rest.rsplit(".", 1)[-1].removesuffix("[]")}"' in tables

    def test_every_test_exists(self):
        for name, cell, tests in table_rows():
            named = re.findall(r"`(tests/[\w/]+\.(?:py|c)):(?:(\w+)\.)?(\w+)`", tests)
            if cell.startswith("none:"):
                continue
            self.assertTrue(named, f"{name} names no test")
            for path, group, test in named:
                with open(os.path.join(cmon.ROOT, path), encoding="utf-8") as file:
                    source = file.read()
                if path.endswith(".c"):
                    self.assertIn(f"cmocka_unit_test({test})", source, f"{name}: {path} {test}")
                    continue
                parts = source.split(f"\nclass {group}(", 1)
                self.assertEqual(len(parts), 2, f"{name}: {path} {group}")
                body = re.split(r"(?m)^class ", parts[1], maxsplit=1)[0]
                self.assertRegex(body, rf"(?m)^    def {test}\(self", f"{name}: {path} {group}.{test}")


if __name__ == "__main__":
    unittest.main()
