"""Memory in full: meminfo, NUMA nodes and slab caches against the kernel's files and slabtop.

These figures move while they are read: what cmon says must be what the file has before or after, or lie between, in one of
many tries.
"""

import glob
import os
import re
import subprocess
import unittest

import cmon

TRIES = 20
SLAB_TRIES = 100  # some caches are hardly ever still
# cmon's own memory counts while it looks, and a sanitizer makes that large.
TOLERANCE = (64 if cmon.VARIANT else 5) << 20


def sizes(path):
    """A meminfo file as {name: bytes, or a count}."""
    found = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            name, value, unit = re.fullmatch(r"(?:Node \d+ )?(\S+):\s+(\d+)( kB)?\s*", line).groups()
            found[name] = int(value) * (1024 if unit else 1)
    return found


def slabs():
    """/proc/slabinfo as {name: (objects, active, object size, slabs, bytes)}."""
    found = {}
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in list(file)[2:]:
            words = line.split()
            active, objects, size, _, pages = map(int, words[1:6])
            count = int(words[words.index("slabdata") + 2])
            found[words[0]] = (objects, active, size, count, count * pages * os.sysconf("SC_PAGESIZE"))
    return found


def of_cmon(records):
    return {slab["name"]: tuple(slab[key] for key in ("objects", "active", "object_size", "slabs", "size"))
            for slab in records}


def between(before, found, after):
    """Right: the same where it stood still, else on its way."""
    return min(before, after) <= found <= max(before, after)


class Agreement(unittest.TestCase):
    @staticmethod
    def near(before, found):
        return abs(found - before) < TOLERANCE

    def agree(self, read, ask):
        """Every key is right in some try, but for the few that cmon itself moves by running: those nearly."""
        keys, seen = set(read()), set()
        for _ in range(TRIES):
            before, found, after = read(), ask(), read()
            self.assertEqual(set(found), keys)
            seen |= {key for key in keys & before.keys() & after.keys() if between(before[key], found[key], after[key])}
            if seen == keys:
                return
        self.assertLess(len(keys - seen), len(keys) / 4, keys - seen)
        for key in keys - seen:
            self.assertTrue(self.near(before[key], found[key]), (key, before[key], found[key]))


class Meminfo(Agreement):
    def test_every_line_of_the_file(self):
        self.agree(lambda: sizes("/proc/meminfo"), lambda: cmon.snapshot("--sections", "meminfo")["meminfo"])

    def test_order_is_that_of_the_file(self):
        self.assertEqual(list(cmon.snapshot("--sections", "meminfo")["meminfo"]), list(sizes("/proc/meminfo")))


class Nodes(Agreement):
    def setUp(self):
        self.paths = glob.glob("/sys/devices/system/node/node[0-9]*")

    def test_every_node(self):
        found = cmon.snapshot("--sections", "numa")["numa"]
        if not self.paths:
            self.assertIsNone(found)
            self.skipTest("this kernel has no NUMA nodes")
        self.assertEqual({f"node{number}" for number in found}, set(map(os.path.basename, self.paths)))
        for number, node in found.items():
            path = f"/sys/devices/system/node/node{number}"
            with open(os.path.join(path, "cpulist"), encoding="ascii") as file:
                self.assertEqual(node["cpus"], file.read().strip())
            self.agree(lambda path=path: sizes(os.path.join(path, "meminfo")),
                       lambda number=number: cmon.snapshot("--sections", "numa")["numa"][number]["meminfo"])


class Slabs(unittest.TestCase):
    def agree(self, read, ask):
        """Every cache agrees in some try: each of its figures is one that was read before or after, or lies between them.
        One that stood still meanwhile has to be the same, and most of them always stand still. A few may be those of
        which cmon itself takes objects by running, and gives them back when it ends: more than before and after."""
        last, agreed = {}, set()
        for _ in range(SLAB_TRIES):
            before, found, after = read(), ask(), read()
            there = before.keys() & after.keys()
            self.assertTrue(there)
            self.assertLessEqual(there, found.keys())
            last |= {name: (before[name], found[name], after[name]) for name in there}
            agreed |= {name for name in there if all(map(between, before[name], found[name], after[name]))}
            if agreed == last.keys():
                return
        rest = {name: last[name] for name in last.keys() - agreed}
        self.assertLess(len(rest), len(last) / 20, f"before, found, after: {rest}")
        for name, (before, found, after) in rest.items():
            self.assertEqual(before[2:-2], found[2:-2], name)
            self.assertGreaterEqual(found, min(before, after), name)

    def test_every_cache(self):
        cmon.need_root()
        self.agree(slabs, lambda: of_cmon(cmon.snapshot("--sections", "slab")["slab"]))

    def test_order_and_shares(self):
        cmon.need_root()
        found = cmon.snapshot("--sections", "slab")["slab"]
        self.assertEqual([slab["size"] for slab in found], sorted((slab["size"] for slab in found), reverse=True))
        for slab in found:
            if slab["objects"]:
                self.assertAlmostEqual(slab["percent"], slab["active"] / slab["objects"] * 100, places=4)
            else:
                self.assertIsNone(slab["percent"])

    def test_slabtop_agrees(self):
        cmon.need_root()
        cmon.need_tool("slabtop")

        def slabtop():
            lines = subprocess.check_output(["slabtop", "-o", "-s", "c"], text=True,
                                            env={**os.environ, "LC_ALL": "C"}).splitlines()
            rows = (line.split() for line in lines[lines.index("") + 2:] if line.strip())
            return {row[7]: (int(row[0]), int(row[1]), int(row[4]), int(row[6][:-1])) for row in rows}

        def ask():
            return {name: (objects, active, count, size // 1024) for name, (objects, active, _, count, size)
                    in of_cmon(cmon.snapshot("--sections", "slab")["slab"]).items()}
        self.agree(slabtop, ask)

    def test_refused_to_others(self):
        cmon.need_root()
        with cmon.reachable_binary() as binary:
            output = subprocess.run([binary, "--json", "-d", "0", "--sections", "slab"], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, check=True, **cmon.as_nobody()).stdout.decode()
        self.assertIn('"slab":null', output)
        self.assertIn('"name":"slab","status":"denied","errno":13', output)


class OnlyWhenAskedFor(unittest.TestCase):
    def test_they_are_not_read_by_default(self):
        found = cmon.snapshot()
        self.assertFalse({"meminfo", "numa", "slab"} & set(found))
        self.assertFalse({"meminfo", "numa", "slab"} & {row["name"] for row in found["collectors"]})


if __name__ == "__main__":
    unittest.main()
