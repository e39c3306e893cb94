"""Rates of disks: what follows from the counters of two consecutive snapshots, while something is written."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cmon  # noqa: E402

WRITER = """
import os, sys
with open(sys.argv[1], "wb", buffering=0) as file:
    while True:
        file.write(os.urandom(65536))
        os.fsync(file.fileno())
        file.seek(0)
"""


class Rates(unittest.TestCase):
    RATES = {"read_bytes_rate": "read_bytes", "write_bytes_rate": "write_bytes", "read_count_rate": "read_count",
             "write_count_rate": "write_count"}

    def test_follow_from_the_counters(self):
        """Where the machine was held up between two readings, the intervals differ: then once more."""
        for attempts_left in (2, 1, 0):
            try:
                return self.check_rates()
            except AssertionError:
                if not attempts_left:
                    raise
        return None

    def check_rates(self):
        with tempfile.TemporaryDirectory(prefix="cmon-disks-") as directory:
            with cmon.child([sys.executable, "-c", WRITER, os.path.join(directory, "written")]):
                output = subprocess.run([cmon.BINARY, "--json", "-n", "4", "-d", "0.5", "--sections", "disk"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=cmon.DEADLINE,
                                        check=True).stdout
        lines = [json.loads(line) for line in output.splitlines()]
        written = 0
        for before, now in zip(lines, lines[1:]):
            for name, disk in now["disk_io_counters"]["perdisk"].items():
                written += self.check(before["disk_io_counters"]["perdisk"][name], disk, now["interval"])
        if not written:
            self.skipTest("what is written here reaches no disk")

    def check(self, before, now, interval):
        """Compare the rates of one disk; how many writes there were."""
        # A mean of 0 looks like a whole number, and may not be there the next time.
        grown = {key: now[key] - before[key] for key in before
                 if isinstance(before[key], int) and isinstance(now[key], int)}
        for rate, counter in self.RATES.items():
            # The interval is that of the snapshots, the rate's that of the readings.
            self.assertAlmostEqual(now[rate], grown[counter] / interval, delta=0.3 * grown[counter] / interval + 1e-6)
        for kind in ("read", "write"):
            self.check_mean(now[f"{kind}_latency"], grown[f"{kind}_time"], grown[f"{kind}_count"])
        self.check_mean(now["latency"], grown["read_time"] + grown["write_time"],
                        grown["read_count"] + grown["write_count"])
        self.assertGreaterEqual(now["in_flight"], 0)
        return grown["write_count"]

    def check_mean(self, latency, spent, count):
        if count == 0:
            self.assertIsNone(latency)
        else:
            self.assertAlmostEqual(latency, spent / count, places=6)

    def test_kinds(self):
        disks = cmon.snapshot("--sections", "disk")["disk_io_counters"]["perdisk"]
        for name, disk in disks.items():
            partition = os.path.exists(f"/sys/class/block/{name.replace('/', '!')}/partition")
            self.assertIs(disk["partition"], partition and not disk["whole"], name)


if __name__ == "__main__":
    unittest.main()
