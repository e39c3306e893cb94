"""System facts against the kernel's files, psutil, free and vmstat; and everything against the JSON Schema.

Counters move while they are read: a value of cmon must lie between what another program said before and after it.
"""

import contextlib
import json
import os
import subprocess
import time
import unittest

import jsonschema
import psutil

import cmon

MB = 1 << 20
# cmon's own memory counts while it looks, and a sanitizer makes that large.
MEMORY_TOLERANCE = (64 if cmon.VARIANT else 5) * MB
TRIES = 20


def between(before, value, after):
    return before <= value <= after


def proc_stat():
    """/proc/stat as {key: [numbers]}."""
    with open("/proc/stat", encoding="ascii") as file:
        return {words[0]: [int(word) for word in words[1:]] for words in map(str.split, file)}


def boot_time_of(stat):
    return stat["btime"][0]


class Cpu(unittest.TestCase):
    FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")

    def test_counts(self):
        count = cmon.snapshot("--sections", "cpu")["cpu_count"]
        self.assertEqual(count["logical"], psutil.cpu_count())
        self.assertEqual(count["logical"], int(subprocess.check_output(["nproc", "--all"])))
        self.assertEqual(count["physical"], psutil.cpu_count(logical=False))

    def check_times(self, before, times, after):
        """idle and iowait of a CPU may go back (a nohz CPU's are estimates): a second is allowed, as for all."""
        for field in self.FIELDS:
            self.assertTrue(between(getattr(before, field) - 1, times[field], getattr(after, field) + 1),
                            (field, before, times, after))

    def test_times(self):
        before = psutil.cpu_times(), psutil.cpu_times(percpu=True)
        times = cmon.snapshot("--sections", "cpu_times")["cpu_times"]
        after = psutil.cpu_times(), psutil.cpu_times(percpu=True)
        self.check_times(before[0], times["total"], after[0])
        self.assertEqual(sorted(times["percpu"], key=int), [str(n) for n in online_cpus()])
        for index, number in enumerate(sorted(times["percpu"], key=int)):
            self.check_times(before[1][index], times["percpu"][number], after[1][index])

    def test_statistics(self):
        before = proc_stat()
        stats = cmon.snapshot("--sections", "cpu_stats")["cpu_stats"]
        after = proc_stat()
        for key, line in (("ctx_switches", "ctxt"), ("interrupts", "intr"), ("soft_interrupts", "softirq"),
                          ("processes_created", "processes")):
            self.assertTrue(between(before[line][0], stats[key], after[line][0]), (key, stats))
        self.assertIsNone(stats["syscalls"])
        self.assertGreaterEqual(stats["running"], 1)

    def test_vmstat_agrees(self):
        before = vmstat()
        found = cmon.snapshot("--sections", "cpu_stats,swap_memory,host")
        after = vmstat()
        page = os.sysconf("SC_PAGESIZE")
        self.assertTrue(between(before["CPU context switches"], found["cpu_stats"]["ctx_switches"],
                                after["CPU context switches"]))
        self.assertTrue(between(before["interrupts"], found["cpu_stats"]["interrupts"], after["interrupts"]))
        self.assertTrue(between(before["pages swapped in"] * page, found["swap_memory"]["sin"],
                                after["pages swapped in"] * page))
        self.assertTrue(between(before["pages swapped out"] * page, found["swap_memory"]["sout"],
                                after["pages swapped out"] * page))
        self.assertEqual(found["boot_time"], after["boot time"])

    def test_a_busy_cpu_is_busy(self):
        """One CPU kept busy by a pinned process, whatever else runs."""
        number = online_cpus()[0]
        with busy_on(number):
            found = cmon.snapshot("--sections", "cpu_percent,cpu_times_percent", delay=0.5)
        self.assertGreater(found["cpu_percent"]["percpu"][str(number)], 90)
        shares = found["cpu_times_percent"]["percpu"][str(number)]
        self.assertAlmostEqual(sum(shares.values()), 100, delta=0.01)
        self.assertLess(shares["idle"] + shares["iowait"], 10)
        self.assertGreater(found["cpu_percent"]["total"], 90 / len(online_cpus()))
        self.assertAlmostEqual(found["interval"], 0.5, delta=0.4)

    def test_a_single_sample_has_no_rates(self):
        found = cmon.snapshot("--sections", "cpu,disk,net,processes", "--fields", "pid,cpu_percent,io_rates")
        self.assertIsNone(found["interval"])
        self.assertIsNone(found["cpu_percent"])
        self.assertIsNone(found["cpu_times_percent"])
        for counters in [found["disk_io_counters"]["total"], *found["disk_io_counters"]["perdisk"].values()]:
            self.assertIsNone(counters["read_bytes_rate"])
            self.assertIsNone(counters["busy_percent"])
        for counters in [found["net_io_counters"]["total"], *found["net_io_counters"]["pernic"].values()]:
            self.assertIsNone(counters["bytes_recv_rate"])
        for record in found["processes"]:
            self.assertIsNone(record["cpu_percent"])
            self.assertIsNone(record["io_rates"])


class Rates(unittest.TestCase):
    def test_of_a_process_follow_from_its_times(self):
        """CPU% is what the process used, divided by the interval: two ticks of the clock may be cut off either way."""
        with busy_on(online_cpus()[0]) as pid:
            first, second = cmon.snapshots(2, "--pid", pid, "--fields", "pid,cpu_percent,cpu_times", delay=0.5)
        used = second["processes"][0]["cpu_times"]["total"] - first["processes"][0]["cpu_times"]["total"]
        expected = 100 * used / second["interval"]
        self.assertGreater(expected, 5)
        self.assertAlmostEqual(second["processes"][0]["cpu_percent"], expected, delta=max(2, expected / 50))

    def test_of_a_process_born_meanwhile_are_over_its_life(self):
        """A process that starts within the interval and burns all its life has about 100 %, not a share of the interval."""
        lines = subprocess.Popen([cmon.BINARY, "--json", "-n", "2", "-d", "2", "--sections", "processes,host",
                                  "--fields", "pid,cpu_percent,cpu_times,starttime"], stdout=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL)
        with lines, lines.stdout:
            json.loads(lines.stdout.readline())
            time.sleep(1)  # the case itself: it is born in the middle of the interval
            with busy_on(online_cpus()[-1]) as pid:
                found = json.loads(lines.stdout.readline())
        record = cmon.by_pid(found)[pid]
        life = found["uptime"] - record["starttime"] / os.sysconf("SC_CLK_TCK")
        self.assertLess(life, found["interval"])
        self.assertAlmostEqual(record["cpu_percent"], 100 * record["cpu_times"]["total"] / life, delta=15)
        self.assertGreater(record["cpu_percent"], 100 * record["cpu_times"]["total"] / found["interval"])


class Memory(unittest.TestCase):
    def agree(self, compare):
        """Memory moves: within 5 MB in one of many tries, since a wrong figure never is."""
        for _ in range(TRIES):
            problem = compare()
            if not problem:
                return
        self.fail(problem)

    def test_psutil_agrees(self):
        def compare():
            found = cmon.snapshot("--sections", "virtual_memory")["virtual_memory"]
            other = psutil.virtual_memory()
            self.assertEqual(found["total"], other.total)
            self.assertEqual(found["used"], found["total"] - found["available"])
            self.assertAlmostEqual(found["percent"], 100 * found["used"] / found["total"], places=3)
            return [(key, found[key], getattr(other, key)) for key in
                    ("available", "free", "active", "inactive", "buffers", "cached", "shared", "slab")
                    if abs(found[key] - getattr(other, key)) > MEMORY_TOLERANCE]
        self.agree(compare)

    def test_free_agrees(self):
        def compare():
            found = cmon.snapshot("--sections", "memory")
            lines = subprocess.check_output(["free", "-b", "-w"], text=True, env={**os.environ, "LC_ALL": "C"}).splitlines()
            total, _, free, shared, buffers, cache, available = map(int, lines[1].split()[1:])
            memory, swap = found["virtual_memory"], found["swap_memory"]
            self.assertEqual(memory["total"], total)
            self.assertEqual([swap["total"], swap["used"], swap["free"]], list(map(int, lines[2].split()[1:])))
            # The installed free counts "used" as total - free - buffers - cache or as total - available.
            return [(key, memory[key], value) for key, value in
                    (("free", free), ("shared", shared), ("buffers", buffers), ("cached", cache),
                     ("available", available)) if abs(memory[key] - value) > MEMORY_TOLERANCE]
        self.agree(compare)

    def test_swap(self):
        found = cmon.snapshot("--sections", "swap_memory")["swap_memory"]
        other = psutil.swap_memory()
        self.assertEqual(found["total"], other.total)
        if not other.total:
            self.assertIsNone(found["percent"])
        self.assertLess(abs(found["used"] - other.used), MEMORY_TOLERANCE)


class Disks(unittest.TestCase):
    KEYS = ("read_count", "write_count", "read_bytes", "write_bytes", "read_time", "write_time", "read_merged_count",
            "write_merged_count", "busy_time")

    def test_counters(self):
        before = psutil.disk_io_counters(perdisk=True, nowrap=False)
        found = cmon.snapshot("--sections", "disk_io_counters")["disk_io_counters"]
        after = psutil.disk_io_counters(perdisk=True, nowrap=False)
        self.assertEqual(set(found["perdisk"]), set(before))
        for name, counters in found["perdisk"].items():
            for key in self.KEYS:
                self.assertTrue(between(getattr(before[name], key), counters[key], getattr(after[name], key)),
                                (name, key, counters))

    def test_total_counts_each_io_once(self):
        found = cmon.snapshot("--sections", "disk")["disk_io_counters"]
        whole = [name for name in found["perdisk"] if os.path.exists(f"/sys/block/{name.replace('/', '!')}/device")]
        self.assertEqual({name for name, disk in found["perdisk"].items() if disk["whole"]}, set(whole))
        for key in self.KEYS:
            self.assertEqual(found["total"][key], sum(found["perdisk"][name][key] for name in whole))


class Host(unittest.TestCase):
    def test_names(self):
        host, names = cmon.snapshot("--sections", "host")["host"], os.uname()
        self.assertEqual(host, {"hostname": names.nodename, "sysname": names.sysname, "release": names.release,
                                "version": names.version, "machine": names.machine})

    def test_times(self):
        found = cmon.snapshot("--sections", "host")
        self.assertEqual(found["boot_time"], psutil.boot_time())
        self.assertEqual(found["boot_time"], boot_time_of(proc_stat()))
        with open("/proc/uptime", encoding="ascii") as file:
            self.assertAlmostEqual(found["uptime"], float(file.read().split()[0]), delta=5)


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads(cmon.succeed("--dump-schema"))
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def check(self, *arguments, **options):
        found = cmon.snapshot(*arguments, **options)
        errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                  for error in self.validator.iter_errors(found)]
        self.assertEqual(errors, [])
        return found

    def test_the_installed_file_is_what_the_program_prints(self):
        with open(os.path.join(cmon.ROOT, "man/cmon.schema.json"), "rb") as file:
            self.assertEqual(file.read(), cmon.succeed("--dump-schema"))

    def test_default_output(self):
        found = self.check(delay=0.25)
        properties = self.validator.schema["properties"]
        self.assertEqual(set(found), set(properties) - {"net_connections", "meminfo", "numa", "slab"})

    def test_everything(self):
        found = self.check("--sections", "all", "--fields", "all", delay=0.25)
        self.assertEqual(set(found), set(self.validator.schema["properties"]))
        process = self.validator.schema["properties"]["processes"]["items"]["properties"]
        self.assertEqual({key for record in found["processes"] for key in record if not key.endswith("_b64")},
                         set(process))

    def test_as_nobody(self):
        with cmon.reachable_binary() as binary:
            output = subprocess.check_output([binary, "--json", "--sections", "all", "--fields", "all"],
                                             stdin=subprocess.DEVNULL, **cmon.as_nobody())
        self.assertEqual([error.message for error in self.validator.iter_errors(json.loads(output))], [])

    def test_it_refuses_what_is_wrong(self):
        found = cmon.snapshot("--sections", "load")
        self.assertTrue(self.validator.is_valid(found))
        self.assertFalse(self.validator.is_valid({**found, "getloadavg": "0.1"}))
        self.assertFalse(self.validator.is_valid({**found, "no_such_key": 1}))
        del found["timestamp"]
        self.assertFalse(self.validator.is_valid(found))

    def test_every_collector_says_how_it_fared(self):
        found = cmon.snapshot("--sections", "all")
        names = [collector["name"] for collector in found["collectors"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({"cpu", "memory", "processes", "connections"}, set(names))
        for collector in found["collectors"]:
            self.assertIn(collector["status"], ("ok", "absent", "denied", "broken"))
            self.assertGreaterEqual(collector["duration_ms"], 0)


def online_cpus():
    return sorted(int(key[3:]) for key in proc_stat() if key[:3] == "cpu" and key[3:])


def vmstat():
    """`vmstat -s` as {name: number}."""
    text = subprocess.check_output(["vmstat", "-s"], text=True, env={**os.environ, "LC_ALL": "C"})
    found = {}
    for line in text.splitlines():
        number, name = line.strip().split(" ", 1)
        found[name.strip()] = int(number)
    return found


@contextlib.contextmanager
def busy_on(number):
    """A process that does nothing but use this CPU. Yields its pid once it does."""
    with cmon.child(["/usr/bin/python3", "-c",
                     f"import os\nos.sched_setaffinity(0, [{number}])\nprint(flush=True)\nwhile True: pass"],
                    stdout=subprocess.PIPE) as started:
        started.stdout.readline()
        yield started.pid


if __name__ == "__main__":
    unittest.main()
