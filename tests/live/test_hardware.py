"""CPU topology and frequency, load, pressure, mounts, sensors and batteries against the kernel's files, lscpu, nproc,
findmnt, df and psutil. What this machine lacks is a captured tree, mounted over /sys in a mount namespace, where
psutil reads it too."""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

import psutil

import cmon

FIXTURES = os.path.join(cmon.ROOT, "tests", "fixtures")
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
MB = 1 << 20
TRIES = 20
HANGING_TYPES = ("fuse", "nfs", "cifs", "9p", "autofs")


def steady(read):
    """What cmon says while `read` says the same before and after: (read's, cmon's). For values that change seldom."""
    for _ in range(TRIES):
        before = read()
        found = cmon.snapshot("--sections", "cpu,load,pressure,filesystem")
        if read() == before:
            return before, found
    raise AssertionError(f"{read} never held still")


def text_of(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def in_namespace(script, *arguments):
    """stdout of a shell script with mounts of its own, which must succeed."""
    ended = cmon.in_mount_namespace(script, *arguments)
    if ended.returncode != 0 or ended.stderr:
        raise AssertionError(f"status {ended.returncode}: {ended.stderr.decode('utf-8', 'replace')}")
    return ended.stdout


def documents(output):
    """The JSON values of a text, one behind the other."""
    text, values = output.decode("utf-8").strip(), []
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        values.append(value)
        text = text[end:].lstrip()
    return values


def partitions_in_namespace(script, *arguments):
    """disk_partitions of a cmon run at the end of the script, where it is "$CMON"."""
    script = f'CMON=$1; shift; {script}; exec "$CMON" --json -d 0 --sections filesystem'
    return json.loads(in_namespace(script, cmon.BINARY, *arguments))["disk_partitions"]


class Topology(unittest.TestCase):
    def setUp(self):
        self.found = cmon.snapshot("--sections", "cpu")

    @staticmethod
    def lscpu(*options):
        """{cpu: (core, socket, node)}; lscpu leaves an unknown one empty."""
        output = subprocess.check_output(["lscpu", "-p=CPU,CORE,SOCKET,NODE", *options], text=True)
        rows = [line.split(",") for line in output.splitlines() if not line.startswith("#")]
        return {cpu: tuple(int(n) if n else None for n in rest) for cpu, *rest in rows}

    def test_numbers_are_the_kernels(self):
        cmon.need_tool("lscpu")
        ours = {cpu: (row["core"], row["package"], row["node"]) for cpu, row in self.found["cpu_topology"].items()}
        self.assertEqual(ours, self.lscpu("-y"))

    def test_cores_are_grouped_as_lscpu_counts_them(self):
        cmon.need_tool("lscpu")
        theirs = self.lscpu()
        ours = self.found["cpu_topology"]
        cores = {(ours[cpu]["package"], ours[cpu]["core"], theirs[cpu][0]) for cpu in theirs}
        self.assertEqual(len(cores), len({core for core, _, _ in theirs.values()}))
        self.assertEqual(self.found["cpu_count"]["physical"], len({core for core, _, _ in theirs.values()}))

    def test_counts(self):
        self.assertEqual(self.found["cpu_count"]["physical"], psutil.cpu_count(logical=False))
        self.assertEqual(len(self.found["cpu_topology"]), int(subprocess.check_output(["nproc", "--all"])))

    def test_older_kernel(self):
        script = 'mount --bind "$2/sys" /sys; mount --bind "$2/proc/cpuinfo" /proc/cpuinfo\n' \
                 '"$1" --json -d 0 --sections cpu; exec "$3" -c "import psutil; print(psutil.cpu_count(logical=False))"'
        ours, theirs = documents(in_namespace(script, cmon.BINARY, os.path.join(FIXTURES, "cpu_old"), PYTHON))
        self.assertEqual(ours["cpu_count"]["physical"], theirs)


class Frequency(unittest.TestCase):
    @staticmethod
    def of_kernel():
        """{cpu: MHz} where the kernel tells, by the two ways it has."""
        told = {}
        for block in text_of("/proc/cpuinfo").split("\n\n"):
            match = re.search(r"^processor\s*: (\d+)$.*^cpu MHz\s*: ([\d.]+)$", block, re.MULTILINE | re.DOTALL)
            if match:
                told[match.group(1)] = float(match.group(2))
        return told

    def test_without_cpufreq(self):
        if os.path.exists("/sys/devices/system/cpu/cpu0/cpufreq"):
            self.skipTest("this machine has cpufreq")
        told, found = steady(self.of_kernel)
        found = found["cpu_freq"]
        self.assertEqual({cpu: row["current"] for cpu, row in found["percpu"].items()}, told)
        self.assertAlmostEqual(found["total"]["current"], sum(told.values()) / len(told), places=3)
        self.assertAlmostEqual(found["total"]["current"], psutil.cpu_freq().current, delta=100)
        self.assertIsNone(found["total"]["min"])
        self.assertIsNone(found["total"]["max"])

    def test_with_cpufreq(self):
        """psutil takes the mean over all directories; the CPU that is offline is in its way."""
        script = 'mount -t tmpfs none /mnt; cp -r "$2/sys" /mnt; rm -r /mnt/sys/devices/system/cpu/cpu4\n' \
                 'mount --bind /mnt/sys /sys; mount --bind /dev/null /proc/cpuinfo\n' \
                 '"$1" --json -d 0 --sections cpu; exec "$3" -c ' \
                 '"import json, psutil; print(json.dumps([psutil.cpu_freq(), psutil.cpu_freq(percpu=True)]))"'
        ours, theirs = documents(in_namespace(script, cmon.BINARY, os.path.join(FIXTURES, "cpu_smt"), PYTHON))
        found, (mean, percpu) = ours["cpu_freq"], theirs
        for value, expected in zip(found["total"].values(), mean):
            self.assertAlmostEqual(value, expected, places=3)
        self.assertEqual([[row["current"], row["min"], row["max"]] for row in found["percpu"].values()], percpu)


class Load(unittest.TestCase):
    def test_is_the_kernels(self):
        told, found = steady(lambda: text_of("/proc/loadavg").split()[:3])
        self.assertEqual(found["getloadavg"], [float(value) for value in told])

    def test_is_psutils(self):
        told, found = steady(psutil.getloadavg)
        for ours, theirs in zip(found["getloadavg"], told):
            self.assertAlmostEqual(ours, theirs, delta=0.01)


class Pressure(unittest.TestCase):
    @staticmethod
    def of_kernel():
        told = {}
        for resource in sorted(os.listdir("/proc/pressure")):
            for line in text_of(f"/proc/pressure/{resource}").splitlines():
                kind, *pairs = line.split()
                told[resource, kind] = {key: float(value) for key, value in (pair.split("=") for pair in pairs)}
        return told

    def setUp(self):
        if not os.path.isdir("/proc/pressure"):
            self.skipTest("this kernel has no PSI")

    def test_totals(self):
        before = self.of_kernel()
        found = cmon.snapshot("--sections", "pressure")["pressure"]
        after = self.of_kernel()
        for resource, kind in before:
            total = found[resource][kind]["total"]
            self.assertLessEqual(before[resource, kind]["total"], total)
            self.assertLessEqual(total, after[resource, kind]["total"])

    def test_averages(self):
        def averages():
            return {key: [values[f"avg{n}"] for n in (10, 60, 300)] for key, values in self.of_kernel().items()}
        told, found = steady(averages)
        for (resource, kind), expected in told.items():
            row = found["pressure"][resource][kind]
            self.assertEqual([row["avg10"], row["avg60"], row["avg300"]], expected)


class Mounts(unittest.TestCase):
    def setUp(self):
        self.partitions = cmon.snapshot("--sections", "filesystem")["disk_partitions"]

    def test_findmnt_lists_the_same(self):
        cmon.need_tool("findmnt")
        output = subprocess.check_output(["findmnt", "--kernel", "--list", "--json", "-o", "TARGET,SOURCE,FSTYPE"])
        theirs = collections.Counter((row["target"], row["fstype"]) for row in json.loads(output)["filesystems"])
        self.assertEqual(collections.Counter((p["mountpoint"], p["fstype"]) for p in self.partitions), theirs)

    def check_psutil(self, everything):
        theirs = [(p.device, p.mountpoint, p.fstype, p.opts) for p in psutil.disk_partitions(all=everything)]
        ours = [("" if p["device"] == "none" else p["device"], p["mountpoint"], p["fstype"], p["opts"])
                for p in self.partitions if everything or p["physical"]]
        self.assertEqual(ours, theirs)

    def test_psutil_lists_the_same(self):
        self.check_psutil(True)

    def test_psutil_calls_the_same_physical(self):
        self.check_psutil(False)
        if not psutil.disk_partitions(all=False):
            self.skipTest("no device is mounted in sight")
        self.assertFalse(all(p["physical"] for p in self.partitions))

    def test_usage_is_what_df_and_psutil_show(self):
        compared = 0
        for partition in self.partitions:
            usage, path = partition["usage"], partition["mountpoint"]
            if usage is None or partition["fstype"].startswith(HANGING_TYPES):
                continue
            compared += 1
            self.assertIs(partition["stale"], False)
            theirs = psutil.disk_usage(path)
            for key in ("total", "used", "free"):
                self.assertLessEqual(abs(usage[key] - getattr(theirs, key)), 10 * MB, (path, key))
            if theirs.total:
                self.assertAlmostEqual(usage["percent"], theirs.percent, delta=0.5)
            # Of a file system that is mounted twice, df may name the other place.
            _, size, used, free, _, _ = self.df(path)
            for key, value in (("total", size), ("used", used), ("free", free)):
                self.assertLessEqual(abs(usage[key] - int(value)), 10 * MB, (path, key))
            self.assertLess(usage["age"], 10)
        self.assertGreater(compared, 3)

    @staticmethod
    def df(path):
        return subprocess.check_output(["df", "-P", "-B1", path], text=True).splitlines()[1].split(None, 5)

    def test_of_mounts_on_one_directory_only_the_top_has_usage(self):
        rows = partitions_in_namespace('mount -t tmpfs -o size=1m below /mnt; mkdir /mnt/deep\n'
                                       'mount -t tmpfs -o size=2m hidden /mnt/deep\n'
                                       'mount -t tmpfs -o size=4m above /mnt')
        rows = {row["device"]: row for row in rows}
        self.assertEqual(rows["above"]["usage"]["total"], 4 * MB)
        self.assertIsNone(rows["below"]["usage"])
        self.assertIsNone(rows["hidden"]["usage"])

    def test_hidden_by_a_directory_of_the_same_name(self):
        """The path of the hidden mount leads somewhere: into the mount above it."""
        rows = partitions_in_namespace('mount -t tmpfs -o size=1m a /mnt; mkdir /mnt/x\n'
                                       'mount -t tmpfs -o size=2m b /mnt/x\n'
                                       'mount -t tmpfs -o size=4m c /mnt; mkdir /mnt/x')
        usage = {row["device"]: row["usage"] for row in rows}
        self.assertIsNone(usage["a"])
        self.assertIsNone(usage["b"])
        self.assertEqual(usage["c"]["total"], 4 * MB)

    def test_moved_mount_keeps_its_usage(self):
        """Its line stands before that of the mount it now covers."""
        rows = partitions_in_namespace('mount -t tmpfs -o size=1m base /mnt; mkdir /mnt/a /mnt/b\n'
                                       'mount -t tmpfs -o size=2m moved /mnt/a\n'
                                       'mount -t tmpfs -o size=4m covered /mnt/b; mount --move /mnt/a /mnt/b')
        usage = {row["device"]: row["usage"] for row in rows}
        self.assertEqual(usage["moved"]["total"], 2 * MB)
        self.assertIsNone(usage["covered"])

    def test_names_with_blanks_and_newlines(self):
        for name in ("a b", "line\nbreak", "tab\there", "back\\slash", "back\\040slash", "#hash", "käse", "'\"$(x)"):
            with self.subTest(name=name):
                rows = partitions_in_namespace('mount -t tmpfs none /mnt; mkdir "/mnt/$1"\n'
                                               'mount -t tmpfs -o size=1m "dev $1" "/mnt/$1"', name)
                row = rows[-1]
                self.assertEqual(row["mountpoint"], f"/mnt/{name}")
                self.assertEqual(row["device"], f"dev {name}")
                self.assertEqual(row["usage"]["total"], MB)

    def test_name_that_is_no_text(self):
        rows = partitions_in_namespace('mount -t tmpfs none /mnt; d=$(printf "/mnt/x\\377y"); mkdir "$d"\n'
                                       'mount -t tmpfs -o size=1m none "$d"')
        self.assertEqual(rows[-1]["mountpoint"], "/mnt/x\ufffdy")
        self.assertEqual(rows[-1]["usage"]["total"], MB)

    def test_many_mounts(self):
        code = "import ctypes, os\nlibc = ctypes.CDLL(None)\nfor n in range(1000):\n os.mkdir(f'/mnt/{n}')\n " \
               "assert libc.mount(b'many', b'/mnt/%d' % n, b'tmpfs', 0, b'size=1m') == 0"
        rows = partitions_in_namespace('mount -t tmpfs none /mnt; "$1" -c "$2"', PYTHON, code)
        rows = [row for row in rows if row["device"] == "many"]
        self.assertEqual({row["mountpoint"] for row in rows}, {f"/mnt/{n}" for n in range(1000)})
        self.assertEqual({row["usage"] and row["usage"]["total"] for row in rows}, {MB})

    def test_denied(self):
        """nobody cannot pass a closed directory: that mount has no usage, and one line says why."""
        with cmon.reachable_binary() as binary:
            script = 'mount -t tmpfs -o mode=700 none /mnt; mkdir /mnt/a /mnt/b\n' \
                     'mount -t tmpfs -o size=1m one /mnt/a; mount -t tmpfs -o size=1m two /mnt/b\n' \
                     'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$1" --json -d 0 --sections filesystem'
            found = json.loads(in_namespace(script, binary))
        usage = {row["device"]: row["usage"] for row in found["disk_partitions"]}
        self.assertIsNone(usage["one"])
        self.assertIsNone(usage["two"])
        denied = [error for error in found["errors"] if error["source"] == "partitions/usage"]
        self.assertEqual([error["errno"] for error in denied], [13])


class HangingMounts(unittest.TestCase):
    def setUp(self):
        cmon.need_mount_namespace()
        if not os.path.exists("/dev/fuse"):
            self.skipTest("this kernel has no FUSE")
        self.directory = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, self.directory)

    def run_beside(self, *command, seconds=cmon.DEADLINE):
        """Run a command while self.directory hangs: (CompletedProcess, seconds it took)."""
        # The leak checker stops every thread first, and one that waits for a child such as vfork's cannot be stopped.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        start = time.monotonic()
        ended = subprocess.run(["unshare", "--mount", "--propagation", "private", PYTHON,
                                os.path.join(HERE, "hanging_mount.py"), self.directory, str(seconds), *command],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=dict(os.environ, ASAN_OPTIONS=options), timeout=seconds + cmon.DEADLINE,
                               check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended, time.monotonic() - start

    def check(self, found):
        rows = {row["mountpoint"]: row for row in found["disk_partitions"]}
        self.assertIs(rows[self.directory]["stale"], True)
        self.assertIsNone(rows[self.directory]["usage"])
        self.assertIs(rows["/"]["stale"], False)
        self.assertGreater(rows["/"]["usage"]["total"], 0)
        late = [error for error in found["errors"] if error["source"] == "partitions/usage"]
        self.assertEqual([(error["errno"], error["message"]) for error in late],
                         [(110, f"{self.directory} does not answer")])

    def test_the_others_are_measured_and_cmon_ends(self):
        ended, seconds = self.run_beside(cmon.BINARY, "--json", "-d", "0", "--sections", "filesystem")
        self.check(json.loads(ended.stdout))
        self.assertEqual(ended.stderr, b"statfs requests: 1\n")
        self.assertLess(seconds, cmon.DEADLINE / 2)

    def test_it_is_not_asked_again_while_it_hangs(self):
        ended, _ = self.run_beside(cmon.BINARY, "--json", "-n", "4", "-d", "0.8", "--sections", "filesystem")
        lines = ended.stdout.splitlines()
        self.assertEqual(len(lines), 4)
        for line in lines:
            self.check(json.loads(line))
        self.assertEqual(ended.stderr, b"statfs requests: 1\n")

    def test_the_next_cmon_does_not_ask_while_the_child_of_the_last_one_hangs(self):
        one = f'"{cmon.BINARY}" --json -d 0 --sections filesystem'
        ended, _ = self.run_beside("/bin/sh", "-c", f"{one}; {one}; {one}")
        found_all = documents(ended.stdout)
        self.assertEqual(len(found_all), 3)
        for found in found_all:
            self.check(found)
        self.assertEqual(ended.stderr, b"statfs requests: 1\n")

    def test_a_pipe_ends_with_cmon(self):
        """The child that hangs holds nothing open: whoever reads what cmon writes is not kept waiting."""
        script = f'"{cmon.BINARY}" --json -d 0 --sections filesystem | cat >/dev/null'
        _, seconds = self.run_beside("/bin/sh", "-c", script)
        self.assertLess(seconds, cmon.DEADLINE / 2)


class Sensors(unittest.TestCase):
    CODE = """
import json, os, sys, psutil
from psutil import _pslinux
battery = psutil.sensors_battery() if os.path.isdir("/sys/class/power_supply") else None
json.dump([_pslinux.sensors_temperatures(), psutil.sensors_fans(), battery and list(battery)], sys.stdout)
"""

    def read(self, fixture):
        """(cmon's object, psutil's temperatures, fans, battery), both of the same tree."""
        script = 'mount --bind "$2/sys" /sys; "$1" --json -d 0 --sections sensors; exec "$3" -c "$4"'
        output = in_namespace(script, cmon.BINARY, os.path.join(FIXTURES, fixture), PYTHON, self.CODE)
        ours, theirs = documents(output)
        return (ours, *theirs)

    @staticmethod
    def grouped(chips, keys):
        """psutil puts chips of one name together."""
        together = collections.defaultdict(list)
        for name, readings in chips.items():
            together[re.sub(r" #\d+$", "", name)] += [[reading[key] for key in keys] for reading in readings]
        return {name: sorted(readings, key=str) for name, readings in together.items()}

    def check(self, fixture):
        ours, temperatures, fans, _ = self.read(fixture)
        self.assertEqual(self.grouped(ours["sensors_temperatures"], ("label", "current", "high", "critical")),
                         {name: sorted(readings, key=str) for name, readings in temperatures.items()})
        self.assertEqual(self.grouped(ours["sensors_fans"], ("label", "current")),
                         {name: sorted(readings, key=str) for name, readings in fans.items()})
        self.assertEqual(ours["errors"], [])
        return ours

    def test_chips(self):
        ours = self.check("sensors_full")
        self.assertEqual(list(ours["sensors_temperatures"]), ["acpitz", "nvme", "coretemp", "coretemp #2", "amdgpu"])
        self.assertEqual(list(ours["sensors_fans"]), ["amdgpu", "thinkpad"])

    def test_thermal_zones(self):
        self.assertEqual(list(self.check("sensors_thermal")["sensors_temperatures"]),
                         ["acpitz", "acpitz #2", "x86_pkg_temp"])

    def test_old_drivers(self):
        self.assertEqual(list(self.check("sensors_old")["sensors_fans"]), ["coretemp"])

    def battery(self, fixture):
        ours, _, _, theirs = self.read(fixture)
        return ours["sensors_battery"], theirs

    def test_batteries(self):
        for fixture, status in (("battery_discharging", "Discharging"), ("battery_charging", "Charging"),
                                ("battery_full", "Full"), ("battery_charge", "Discharging")):
            with self.subTest(fixture=fixture):
                ours, (percent, secsleft, plugged) = self.battery(fixture)
                self.assertAlmostEqual(ours["percent"], percent, places=6)
                self.assertIs(ours["power_plugged"], plugged)
                self.assertEqual(ours["status"], status)
                # -2 is psutil's "unlimited"; a negative current, which some drivers show, makes its time negative.
                self.assertEqual(ours["secsleft"], None if secsleft == -2 else abs(secsleft))

    def test_capacity_only(self):
        """psutil takes the driver's seconds for minutes."""
        ours, (percent, secsleft, plugged) = self.battery("battery_capacity")
        self.assertEqual((ours["percent"], ours["secsleft"] * 60, ours["power_plugged"]), (percent, secsleft, plugged))

    def test_no_battery(self):
        ours, theirs = self.battery("battery_none")
        self.assertIsNone(theirs)
        self.assertIsNone(ours)

    def test_this_machine(self):
        found = cmon.snapshot("--sections", "sensors")
        self.assertEqual(set(self.grouped(found["sensors_temperatures"] or {}, ("label",))),
                         set(psutil.sensors_temperatures()))
        self.assertEqual(set(self.grouped(found["sensors_fans"] or {}, ("label",))), set(psutil.sensors_fans()))
        self.assertEqual(found["sensors_battery"] is None, psutil.sensors_battery() is None)


if __name__ == "__main__":
    sys.exit(unittest.main())
