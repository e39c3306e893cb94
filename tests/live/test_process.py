"""Processes: every fact against psutil, all of them against ps, and what changes when a process does something."""

import base64
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
import unittest

import cmon
import lab

try:
    import psutil
except ImportError:
    psutil = None

# What psutil tells of a process without being asked for something special.
ATTRIBUTES = ("pid", "ppid", "name", "exe", "cmdline", "cwd", "status", "username", "uids", "gids", "terminal", "nice",
              "ionice", "cpu_times", "cpu_num", "cpu_affinity", "memory_info", "memory_percent", "memory_full_info",
              "memory_maps", "num_threads", "threads", "num_fds", "open_files", "connections", "environ",
              "io_counters", "num_ctx_switches", "create_time")

# psutil's words for what was left out of a zombie; to cmon it is not known.
ZOMBIE_UNKNOWN = {"exe", "cmdline", "environ", "memory_maps", "cwd"}


def setUpModule():
    if psutil is None:
        cmon.need_tool("python3-psutil")


# --- The same thing said by both ---

def _connection(sock):
    def end(address):
        if not address:
            return None
        if isinstance(address, str):
            return {"ip": None, "port": None, "path": address}
        return {"ip": address.ip, "port": address.port, "path": None}

    return {"fd": sock.fd, "family": sock.family.name, "type": sock.type.name, "laddr": end(sock.laddr),
            "raddr": end(sock.raddr), "status": sock.status}


def _records(rows, key):
    return sorted((dict(row._asdict()) for row in rows), key=lambda row: row[key])


CONVERT = {
    "uids": lambda v: dict(v._asdict()),
    "gids": lambda v: dict(v._asdict()),
    "ionice": lambda v: {"ioclass": int(v.ioclass), "value": v.value},
    "cpu_times": lambda v: dict(v._asdict()),
    # lib and dirty are always 0.
    "memory_info": lambda v: {k: n for k, n in v._asdict().items() if k not in ("lib", "dirty")},
    "memory_full_info": lambda v: {k: n for k, n in v._asdict().items() if k not in ("lib", "dirty")},
    "memory_maps": lambda v: [dict(row._asdict()) for row in v],
    "threads": lambda v: _records(v, "id"),
    "open_files": lambda v: _records(v, "fd"),
    "connections": lambda v: sorted((_connection(sock) for sock in v), key=lambda row: row["fd"]),
    "io_counters": lambda v: dict(v._asdict()),
    "num_ctx_switches": lambda v: dict(v._asdict()),
}


def by_psutil(pid, attributes=ATTRIBUTES):
    """What psutil tells, in cmon's form; None for what it is denied or has not."""
    process = psutil.Process(pid)
    told = {}
    for attribute in attributes:
        special = {"memory_maps": {"grouped": False}, "connections": {"kind": "all"}}.get(attribute, {})
        try:
            value = getattr(process, attribute)
            value = value(**special) if callable(value) else value
        # On a kernel thread psutil takes ESRCH of one file for the end of the process.
        except psutil.Error:
            value = None
        if value is not None and attribute in CONVERT:
            value = CONVERT[attribute](value)
        told[attribute] = value
    return told


def by_cmon(pid, attributes=ATTRIBUTES, **options):
    """What cmon tells, without what psutil does not have. In the C locale it maps no files of the locale: pages that
    were the process's own would become shared."""
    record = cmon.process(pid, env={**os.environ, "LC_ALL": "C"}, **options)
    if record is None:
        raise AssertionError(f"cmon does not list {pid}")
    told = {attribute: record["net_connections" if attribute == "connections" else attribute]
            for attribute in attributes}

    def keep(attribute, *keys):
        rows = told.get(attribute)
        if isinstance(rows, list):
            told[attribute] = [{key: row[key] for key in keys} for row in rows]
        elif rows is not None:
            told[attribute] = {key: rows[key] for key in keys}

    keep("cpu_times", "user", "system", "children_user", "children_system", "iowait")
    keep("threads", "id", "user_time", "system_time")
    keep("connections", "fd", "family", "type", "laddr", "raddr", "status")
    return told


def equal(expected, got):
    """Equal, fractions as far as cmon prints them."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(equal(expected[key], got[key]) for key in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(equal, expected, got))
    if isinstance(expected, float) and isinstance(got, (int, float)):
        return abs(expected - got) < 1e-5
    return expected == got


def without_sharing(value):
    """(the value without what depends on who else maps the same pages, the sum of its unique and proportional set
    sizes). These fall while cmon runs, because cmon's own pages of the C library are then shared by one process more,
    and become shared from private; the rest must be equal to the byte."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        parts = [without_sharing(entry) for entry in value]
        return [rest for rest, _ in parts], sum(size for _, size in parts)
    if isinstance(value, dict) and "pss" in value:
        rest = {key: entry for key, entry in value.items() if key not in ("pss", "uss")}
        for kind in ("clean", "dirty"):
            if f"shared_{kind}" in rest:
                rest[kind] = rest.pop(f"shared_{kind}") + rest.pop(f"private_{kind}")
        return rest, value["pss"] + value.get("uss", 0)
    return value, 0


def same(expected, got):
    expected, expected_size = without_sharing(expected)
    got, got_size = without_sharing(got)
    return equal(expected, got) and abs(expected_size - got_size) <= expected_size / 5 + (64 << 10)


def differences(expected, got):
    """Attributes in which cmon is neither what psutil said before nor what it said after."""
    before, after = expected
    wrong = {}
    for attribute, value in got.items():
        if not same(before[attribute], value) and not same(after[attribute], value):
            wrong[attribute] = f"psutil {before[attribute]!r}, cmon {value!r}"
    return wrong


class Agreement(unittest.TestCase):
    maxDiff = None

    def assert_agree(self, pid, unlike=(), attributes=ATTRIBUTES):
        """cmon and psutil tell the same of a process that stands still. Pages that are shared with processes which
        come and go change without it, so a few attempts are allowed. Returns cmon's facts."""
        attributes = [attribute for attribute in attributes if attribute not in unlike]
        wrong = None
        for _ in range(20):
            before = by_psutil(pid, attributes)
            got = by_cmon(pid, attributes)
            wrong = differences((before, by_psutil(pid, attributes)), got)
            if not wrong:
                return got
        self.fail(f"of {pid}: {wrong}")
        return None


class Attributes(Agreement):
    def test_sleeping_process(self):
        environment = {"PATH": "/usr/bin:/bin", "TWO": "lines\nhere", "EMPTY": "", "LANG": "C.UTF-8", "É": "ü"}
        with tempfile.TemporaryDirectory() as directory, lab.actor("an", "argument", "", env=environment) as actor:
            actor.do("chdir", path=directory)
            actor.do("threads", count=3)
            actor.do("nice", by=7)
            actor.do("burn", seconds=0.05)
            for name, flags in (("r", os.O_RDONLY | os.O_CREAT), ("w", os.O_WRONLY | os.O_CREAT)):
                actor.do("open", path=os.path.join(directory, name), flags=flags)
            actor.do("listen")
            got = self.assert_agree(actor.pid)
        self.assertEqual(got["status"], "sleeping")
        self.assertEqual(got["nice"], 7)
        self.assertEqual(got["cwd"], os.path.realpath(directory))
        self.assertEqual(got["num_threads"], 4)
        self.assertEqual(len(got["threads"]), 4)
        self.assertEqual(got["environ"]["TWO"], "lines\nhere")
        self.assertEqual(got["environ"]["EMPTY"], "")
        self.assertEqual(got["cmdline"][-3:], ["an", "argument", ""])
        self.assertEqual(got["cpu_times"]["user"] + got["cpu_times"]["system"] >= 0.05, True)
        self.assertEqual([sock["status"] for sock in got["connections"]], ["LISTEN"])
        # None of this is left unsaid for a process of one's own.
        self.assertEqual({key for key, value in got.items() if value is None} - {"terminal"}, set())

    def test_affinity_and_io_priority(self):
        with lab.actor() as actor:
            cpu = max(os.sched_getaffinity(0))
            actor.do("affinity", cpus=[cpu])
            for ioclass, value in ((2, 3), (3, 0), (2, 7)):
                actor.do("ionice", ioclass=ioclass, value=value)
                got = self.assert_agree(actor.pid)
                self.assertEqual(got["ionice"], {"ioclass": ioclass, "value": value})
            self.assertEqual(got["cpu_affinity"], [cpu])

    def test_this_process(self):
        # Its own counters move while both look, so only what stands still.
        moving = {"cpu_times", "cpu_num", "status", "io_counters", "num_ctx_switches", "memory_info", "memory_percent",
                  "memory_full_info", "memory_maps", "threads", "num_fds", "open_files"}
        self.assert_agree(os.getpid(), unlike=moving)

    def test_init(self):
        # It works while both look; what counts that is compared as a range elsewhere.
        moving = {"cpu_times", "cpu_num", "status", "io_counters", "num_ctx_switches", "memory_info", "memory_percent",
                  "memory_full_info", "memory_maps", "threads", "num_threads", "num_fds", "open_files", "connections"}
        got = self.assert_agree(1, unlike=moving)
        self.assertEqual(got["ppid"], 0)

    def test_counters_of_init_are_between_two_readings(self):
        before = by_psutil(1, ("cpu_times", "num_ctx_switches"))
        got = by_cmon(1, ("cpu_times", "num_ctx_switches"))
        after = by_psutil(1, ("cpu_times", "num_ctx_switches"))
        for attribute, counters in got.items():
            for key, value in counters.items():
                self.assertLessEqual(before[attribute][key] - 1e-6, value, (attribute, key))
                self.assertGreaterEqual(after[attribute][key] + 1e-6, value, (attribute, key))

    def test_kernel_thread(self):
        pid = next((pid for pid in psutil.pids() if is_kernel_thread(pid)), None)
        if pid is None:
            self.skipTest("no kernel thread in this pid namespace")
        # psutil mistakes the ESRCH of environ for the end of the process; empty is what it is.
        unlike = {"environ", "cpu_num", "cpu_times", "num_ctx_switches"}
        # Who may not look takes the link that is not there for one that may not be read.
        got = self.assert_agree(pid, unlike=unlike if cmon.has_capability("ptrace") else unlike | {"exe"})
        self.assertEqual(cmon.process(pid, fields="exe")["exe"], "")
        self.assertEqual(got["cmdline"], [])
        self.assertEqual(got["memory_maps"], [])
        self.assertIsNone(got["memory_full_info"])
        record = cmon.process(pid)
        self.assertEqual(record["environ"], {})
        self.assertIs(record["kernel"], True)

    def test_zombie(self):
        with lab.actor() as actor:
            pid = actor.do("zombie")
            got = self.assert_agree(pid, unlike=ZOMBIE_UNKNOWN)
            record = cmon.process(pid)
        self.assertEqual(got["status"], "zombie")
        for attribute in ZOMBIE_UNKNOWN:
            self.assertIsNone(record[attribute], attribute)
        self.assertEqual(record["zombie"]["exit"], "exit 3")
        self.assertEqual(record["zombie"]["culprit"], actor.pid)

    def test_stopped_process(self):
        with lab.actor() as actor:
            os.kill(actor.pid, signal.SIGSTOP)
            cmon.wait_for(lambda: cmon.state_of(actor.pid) == "T")
            got = self.assert_agree(actor.pid)
            self.assertEqual(got["status"], "stopped")
            self.assertEqual(cmon.process(actor.pid)["stat"][0], "T")
            os.kill(actor.pid, signal.SIGCONT)
            cmon.wait_for(lambda: cmon.state_of(actor.pid) == "S")
            self.assertEqual(cmon.process(actor.pid, fields="status")["status"], "sleeping")

    def test_terminal(self):
        import pty
        master, slave = pty.openpty()
        try:
            terminal = os.ttyname(slave)
            with cmon.child(["setsid", "-c", "sleep", "1000"], stdin=slave) as child:
                cmon.wait_for(lambda: cmon.stat_of(child.pid)[0] == b"sleep")
                psutil._psposix.get_terminal_map.cache_clear()
                self.assertEqual(self.assert_agree(child.pid)["terminal"], terminal)
        finally:
            os.close(master)
            os.close(slave)

    def test_rlimit(self):
        with lab.actor() as actor:
            actor.do("rlimit", resource=resource.RLIMIT_NOFILE, soft=100, hard=200)
            actor.do("rlimit", resource=resource.RLIMIT_CORE, soft=0, hard=0)
            limits = cmon.process(actor.pid, fields="rlimit")["rlimit"]
            names = [name for name in dir(psutil) if name.startswith("RLIMIT_")]
            self.assertGreaterEqual(len(names), 16)
            for name in names:
                soft, hard = psutil.Process(actor.pid).rlimit(getattr(psutil, name))
                self.assertEqual(limits[name], {"soft": soft, "hard": hard}, name)
            self.assertEqual(set(limits), set(names))
            self.assertEqual(limits["RLIMIT_NOFILE"], {"soft": 100, "hard": 200})

    def test_children_and_parents(self):
        with lab.actor() as actor:
            children = sorted(actor.do("zombie") for _ in range(2))
            record = cmon.process(actor.pid, fields="children,parents")
            self.assertEqual(record["children"], children)
            process = psutil.Process(actor.pid)
            self.assertEqual(record["children"], sorted(child.pid for child in process.children()))
            self.assertEqual(record["parents"][:len(process.parents())], [p.pid for p in process.parents()])
            self.assertEqual(record["parents"][0], os.getpid())

    def test_descendants(self):
        with lab.actor() as actor:
            actor.do("zombie")
            below = cmon.by_pid(cmon.snapshot("--sections", "processes", "--fields", "children,num_descendants,pid"))

        def count(pid):
            return sum(1 + count(child) for child in below[pid]["children"])

        self.assertEqual(below[actor.pid]["num_descendants"], 1)
        for pid, record in below.items():
            self.assertEqual(record["num_descendants"], count(pid))

    def test_memory_beyond_memory_info(self):
        with lab.actor() as actor:
            actor.do("touch_memory", count=8 << 20)
            record = cmon.process(actor.pid)
            status = status_of(actor.pid)
        extras = {"peak_rss": "VmHWM", "peak_vms": "VmPeak", "rss_anon": "RssAnon", "rss_file": "RssFile",
                  "rss_shmem": "RssShmem", "swap": "VmSwap", "locked": "VmLck", "hugetlb": "HugetlbPages"}
        self.assertEqual(record["memory_extras"],
                         {key: int(status[name].split()[0]) * 1024 for key, name in extras.items()})
        self.assertGreaterEqual(record["memory_footprint"]["uss"], 8 << 20)
        for key in ("uss", "pss", "swap"):
            self.assertEqual(record["memory_footprint"][key], record["memory_full_info"][key])

    def test_page_faults(self):
        with lab.actor() as actor:
            first = cmon.process(actor.pid, fields="page_faults")["page_faults"]
            fields = cmon.stat_of(actor.pid)[1]
            self.assertEqual(first, {"minor": int(fields[10 - 3]), "major": int(fields[12 - 3])})
            actor.do("touch_memory", count=4 << 20)
            second = cmon.process(actor.pid, fields="page_faults")["page_faults"]
            # Huge pages would make few faults of it, but never none.
            self.assertGreater(second["minor"], first["minor"])

    def test_rss_is_exactly_statm(self):
        with lab.actor() as actor:
            page = os.sysconf("SC_PAGE_SIZE")
            for fields in ("memory_info.rss,memory_info.vms", "all"):
                with open(f"/proc/{actor.pid}/statm", encoding="ascii") as file:
                    size, resident = (int(pages) * page for pages in file.read().split()[:2])
                info = cmon.process(actor.pid, fields=fields)["memory_info"]
                self.assertEqual((info["rss"], info["vms"]), (resident, size), fields)

    def test_own_keys(self):
        with lab.actor() as actor:
            if os.geteuid() == 0:
                actor.do("groups", groups=[7, 4, 4000000000])
            actor.do("oom_score_adj", value=321)
            record = cmon.process(actor.pid)
            status = status_of(actor.pid)
            self.assertEqual([group % 2**32 for group in record["groups"]],
                             [int(group) for group in status["Groups"].split()])
            self.assertEqual(record["oom"]["score_adj"], 321)
            for kind, inode in record["namespaces"].items():
                with contextlib.suppress(FileNotFoundError):
                    self.assertEqual(f"{kind}:[{inode}]", os.readlink(f"/proc/{actor.pid}/ns/{kind}"))
            with open(f"/proc/{actor.pid}/cgroup", encoding="utf-8") as file:
                self.assertIn(record["cgroup"], [line.rstrip("\n").split(":", 2)[2] for line in file])
            self.assertEqual(record["root"], os.readlink(f"/proc/{actor.pid}/root"))
            with contextlib.suppress(FileNotFoundError):
                with open(f"/proc/{actor.pid}/autogroup", encoding="ascii") as file:
                    match = re.fullmatch(r"/autogroup-(\d+) nice (-?\d+)\n", file.read())
                if match:
                    self.assertEqual(record["autogroup"], {"id": int(match[1]), "nice": int(match[2])})

    def test_cpu_percent_of_a_busy_process(self):
        with cmon.child([lab.PYTHON, "-c", "while True: pass"]) as busy, lab.actor() as idle:
            cmon.wait_for(lambda: int(cmon.stat_of(busy.pid)[1][14 - 3]) > 5)
            before = cpu_seconds(busy.pid)
            lines = cmon.snapshots(2, "--sections", "processes", "--fields", "pid,cpu_percent", "--pid",
                                   f"{busy.pid},{idle.pid}", delay=0.5)
            most = (cpu_seconds(busy.pid) - before) / 0.5 * 100
            second = cmon.by_pid(lines[1])
            self.assertIsNone(cmon.process(busy.pid, fields="cpu_percent", delay=0)["cpu_percent"])
            self.assertEqual(second[idle.pid]["cpu_percent"], 0)
            self.assertGreater(second[busy.pid]["cpu_percent"], 0)
            self.assertLessEqual(second[busy.pid]["cpu_percent"], max(most, 105))


def is_kernel_thread(pid):
    stat = cmon.stat_of(pid)
    return stat is not None and bool(int(stat[1][9 - 3]) & 0x00200000)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="surrogateescape") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def cpu_seconds(pid):
    fields = cmon.stat_of(pid)[1]
    return (int(fields[14 - 3]) + int(fields[15 - 3])) / os.sysconf("SC_CLK_TCK")


# --- What changes when a process does something ---

class Behaviour(Agreement):
    def test_position_after_writing(self):
        with tempfile.TemporaryDirectory() as directory, lab.actor() as actor:
            path = os.path.join(directory, "file")
            fd = actor.do("open", path=path, flags=os.O_WRONLY | os.O_CREAT)
            self.assertEqual(self.open_file(actor, fd)["position"], 0)
            actor.do("write", fd=fd, count=1024)
            file = self.open_file(actor, fd)
            self.assertEqual(file["position"], 1024)
            self.assertEqual(file["path"], os.path.realpath(path))
            self.assert_agree(actor.pid, attributes=("open_files",))

    def open_file(self, actor, fd):
        files = [file for file in cmon.process(actor.pid, fields="open_files")["open_files"] if file["fd"] == fd]
        self.assertEqual(len(files), 1)
        return files[0]

    def test_modes(self):
        modes = {"r": os.O_RDONLY, "w": os.O_WRONLY, "a": os.O_WRONLY | os.O_APPEND, "r+": os.O_RDWR,
                 "a+": os.O_RDWR | os.O_APPEND}
        with tempfile.TemporaryDirectory() as directory, lab.actor() as actor:
            opened = {}
            for mode, flags in modes.items():
                opened[actor.do("open", path=os.path.join(directory, mode), flags=flags | os.O_CREAT)] = mode
            for fd, mode in opened.items():
                self.assertEqual(self.open_file(actor, fd)["mode"], mode)
            self.assert_agree(actor.pid, attributes=("open_files", "num_fds"))

    def test_only_regular_files_with_a_name(self):
        with tempfile.TemporaryDirectory() as directory, lab.actor() as actor:
            kept = actor.do("open", path=os.path.join(directory, "x (deleted)"), flags=os.O_RDWR | os.O_CREAT)
            lost = os.path.join(directory, "lost")
            gone = actor.do("open", path=lost, flags=os.O_RDWR | os.O_CREAT)
            actor.do("open", path="/dev/null", flags=os.O_RDONLY)
            actor.do("open", path=directory, flags=os.O_RDONLY)
            actor.do("listen")
            self.assertIn(gone, [f["fd"] for f in cmon.process(actor.pid, fields="open_files")["open_files"]])
            actor.do("unlink", path=lost)
            got = self.assert_agree(actor.pid, attributes=("open_files", "num_fds"))
            paths = {file["fd"]: file["path"] for file in got["open_files"]}
            self.assertTrue(paths[kept].endswith("/x (deleted)"))
            self.assertNotIn(gone, paths)

    def test_deleted_mapping_and_program(self):
        with tempfile.TemporaryDirectory() as directory, lab.actor() as actor:
            path = os.path.join(os.path.realpath(directory), "mapped")
            actor.do("map_deleted", path=path)
            got = self.assert_agree(actor.pid, attributes=("memory_maps",))
            self.assertIn(path, [row["path"] for row in got["memory_maps"]])
            program = os.path.join(os.path.realpath(directory), "program")
            subprocess.run(["cp", "/bin/sleep", program], check=True)
            with cmon.child([program, "1000"]) as child:
                cmon.wait_for(lambda: cmon.stat_of(child.pid)[0] == b"program")
                os.unlink(program)
                got = self.assert_agree(child.pid, attributes=("exe",))
                self.assertEqual(got["exe"], program)

    def test_one_more_thread(self):
        with lab.actor() as actor:
            before = cmon.process(actor.pid, fields="num_threads,threads")
            (tid,) = actor.do("threads", count=1)
            after = cmon.process(actor.pid, fields="num_threads,threads")
            self.assertEqual(after["num_threads"], before["num_threads"] + 1)
            self.assertEqual({row["id"] for row in after["threads"]} - {row["id"] for row in before["threads"]}, {tid})

    def test_share_of_each_thread(self):
        with lab.actor() as actor:
            (idle,) = actor.do("threads", count=1)
            busy = actor.do("burning_thread")

            def is_shared_out():
                record = cmon.process(actor.pid, fields="cpu_percent,threads", delay=0.5)
                shares = {row["id"]: row["cpu_percent"] for row in record["threads"]}
                return (record["cpu_percent"] > 20 and abs(sum(shares.values()) - record["cpu_percent"]) < 5 and
                        shares[idle] == 0 and shares[busy] > 0.9 * record["cpu_percent"])

            cmon.wait_for(is_shared_out)
            first = cmon.process(actor.pid, fields="threads")["threads"]
            self.assertEqual({row["cpu_percent"] for row in first}, {None})
            self.assertEqual({row["starttime"] for row in first if row["id"] == actor.pid},
                             {int(cmon.stat_of(actor.pid)[1][19])})

    def test_two_more_descriptors(self):
        with lab.actor() as actor:
            before = cmon.process(actor.pid, fields="num_fds")["num_fds"]
            for _ in range(2):
                actor.do("open", path="/dev/null", flags=os.O_RDONLY)
            self.assertEqual(cmon.process(actor.pid, fields="num_fds")["num_fds"], before + 2)
            self.assertEqual(len(os.listdir(f"/proc/{actor.pid}/fd")), before + 2)

    def test_name_longer_than_15(self):
        with tempfile.TemporaryDirectory() as directory:
            name = "a-name-of-more-than-fifteen-bytes"
            program = os.path.join(directory, name)
            subprocess.run(["cp", "/bin/sleep", program], check=True)
            with cmon.child([program, "1000"]) as child:
                cmon.wait_for(lambda: cmon.stat_of(child.pid)[0] == name[:15].encode())
                self.assertEqual(cmon.process(child.pid, fields="name")["name"], name)
                self.assertEqual(psutil.Process(child.pid).name(), name)

    def test_exec_at_the_next_sample(self):
        with lab.actor() as actor, stream(actor.pid, "pid,name,cmdline,exe,starttime") as lines:
            first = next_record(lines)
            self.assertEqual((first["name"], first["exe"]), ("python3", os.path.realpath(lab.PYTHON)))
            actor.do("exec", path="/bin/sleep", argv=["another", "1000"])
            cmon.wait_for(lambda: cmon.stat_of(actor.pid)[0] == b"sleep")
            changed = time.time()
            record = next_record(lines, after=changed)
            self.assertEqual(record["name"], "sleep")
            self.assertEqual(record["cmdline"], ["another", "1000"])
            self.assertEqual(record["exe"], os.path.realpath("/bin/sleep"))
            self.assertEqual(record["starttime"], first["starttime"])

    def test_reused_pid_inherits_nothing(self):
        cmon.need_root()
        for _ in range(5):
            if self.reuse_a_pid():
                return
        self.skipTest("no pid could be had twice")

    def reuse_a_pid(self):
        """Returns False when another process was faster in taking the pid."""
        # With much CPU time, so that the next one's counter is smaller: what is inherited would be no rate at all.
        first = os.fork()
        if first == 0:
            lab.burn(1)
            signal.pause()
            os._exit(0)
        pid = first
        try:
            cmon.wait_for(lambda: cpu_seconds(pid) > 0.5 and cmon.state_of(pid) == "S")
            with stream(pid, "pid,starttime,create_time,cpu_percent,cpu_times", delay=0.5) as lines:
                next_record(lines)
                old = next_record(lines)
                self.assertEqual(old["cpu_percent"], 0)
                lab.kill_and_reap(pid)
                if not lab.fork_with_pid(pid, lambda: lab.burn(1000)):
                    return False
                cmon.wait_for(lambda: cpu_seconds(pid) > 0)
                record = next_record(lines, after=time.time())
                self.assertGreater(record["starttime"], old["starttime"])
                self.assertGreater(record["create_time"], old["create_time"])
                self.assertLess(record["cpu_times"]["user"], 1)
                # Its rate is over its own life: neither missing nor reckoned from the other's counters.
                self.assertIsNotNone(record["cpu_percent"])
                self.assertGreater(record["cpu_percent"], 0)
                self.assertLessEqual(record["cpu_percent"], 130)
            return True
        finally:
            lab.kill_and_reap(pid)

    def test_process_that_ends_is_listed_no_more(self):
        with cmon.child(["sleep", "1000"]) as child, stream(child.pid, "pid") as lines:
            self.assertEqual(next_record(lines)["pid"], child.pid)
            child.kill()
            child.wait()
            ended = time.time()
            while True:
                snapshot = json.loads(lines.readline())
                if snapshot["timestamp"] > ended:
                    break
            self.assertEqual(snapshot["processes"], [])

    def test_main_thread_that_exited(self):
        program = ("import ctypes, os, threading\n"
                   "threading.Thread(target=lambda: (os.read(0, 1), None)).start()\n"
                   "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)\n")
        with cmon.child([lab.PYTHON, "-c", program], stdin=subprocess.PIPE) as child:
            cmon.wait_for(lambda: cmon.state_of(child.pid) == "Z")
            record = cmon.process(child.pid)
            self.assertEqual(record["stat"][:1], "Z")
            self.assertEqual(record["num_threads"], 2)
            self.assertEqual(record["exe"], os.path.realpath(lab.PYTHON))
            self.assertEqual(record["num_fds"], 3)
            self.assertGreater(record["memory_footprint"]["pss"], 1 << 20)
            self.assertGreater(len(record["memory_maps"]), 5)
            self.assertIsNone(record["zombie"]["exit"] if record["zombie"] else None)


@contextlib.contextmanager
def stream(pid, fields, delay=0.1):
    """Lines of `cmon --json --watch` about one process."""
    argv = [cmon.BINARY, "--json", "--watch", "-d", str(delay), "--sections", "processes", "--fields", fields, "--pid",
            str(pid)]
    with cmon.child(argv, stdout=subprocess.PIPE) as watcher:
        yield watcher.stdout


def next_record(lines, after=0.0):
    """The record of the next line that was read from the system after that time."""
    while True:
        line = lines.readline()
        if not line:
            raise AssertionError("cmon has ended")
        snapshot = json.loads(line)
        if snapshot["timestamp"] > after:
            if not snapshot["processes"]:
                raise AssertionError("the process is not listed")
            return snapshot["processes"][0]


# --- Names and command lines that would break a careless reader ---

HOSTILE_NAMES = {
    "parentheses": b"a) R 1 2 (b",
    "closing": b")",
    "newline": b"two\nlines",
    "escape": b"\x1b]0;x\x07",
    "not UTF-8": b"\xff\xfe",
    "cut character": "日本語日本語".encode()[:14],
    "CJK": "日本語".encode(),
    "combining": "e\u0301\u202eabc".encode(),
    "quotes": b'"\\\t\x7f{}',
    "looks like sched": b"\nse.exec_start:",
    "looks like status": b"\nUid:\t7 7 7",
    "blank": b" ",
    "empty": b"",
}


class Hostile(Agreement):
    def read_raw(self, pid, fields):
        raw = cmon.succeed("--json", "-d", "0", "--sections", "processes", "--pid", pid, "--fields", fields)
        self.assertEqual([byte for byte in raw if byte < 0x20 and byte != 0x0A], [])
        self.assertTrue(raw.endswith(b"\n"))
        raw.decode("utf-8")
        return raw

    def assert_bytes(self, record, key, expected):
        encoded = record.get(f"{key}_b64")
        if encoded is None:
            self.assertEqual(record[key].encode(), expected)
        else:
            self.assertEqual(base64.b64decode(encoded), expected)
            self.assertEqual(record[key], expected.decode("utf-8", "replace") if key == "name" else record[key])

    def test_names(self):
        cmon.need_tool("jq")
        with lab.actor() as actor:
            for what, name in HOSTILE_NAMES.items():
                with self.subTest(what):
                    actor.do("name", b64=base64.b64encode(name).decode())
                    self.assertEqual(cmon.stat_of(actor.pid)[0], name)
                    raw = self.read_raw(actor.pid, "all")
                    record = json.loads(raw)["processes"][0]
                    by_jq = subprocess.run(["jq", "-r", ".processes[0].pid"], input=raw, stdout=subprocess.PIPE,
                                           check=True).stdout
                    self.assertEqual(int(by_jq), actor.pid)
                    self.assert_name(record, name)
                    self.assertEqual(record["ppid"], os.getpid())
                    self.assertEqual(record["state"], "S")
                    self.assertEqual(record["uids"]["real"], os.getuid())
                    self.assertEqual(os.fsencode(psutil.Process(actor.pid).name()), name)

    def assert_name(self, record, name):
        try:
            text = name.decode("utf-8")
        except UnicodeDecodeError:
            self.assertEqual(base64.b64decode(record["name_b64"]), name)
            self.assertIn("\ufffd", record["name"])
        else:
            self.assertEqual(record["name"], text)
            self.assertNotIn("name_b64", record)
        self.assertEqual(os.fsencode(record["threads"][0]["name"]) if "name_b64" not in record["threads"][0]
                         else base64.b64decode(record["threads"][0]["name_b64"]), name)

    def test_command_line_of_a_megabyte(self):
        # A single argument may have 128 KiB.
        arguments = [chr(ord("a") + i) * 120_000 for i in range(9)] + ["tail"]
        with lab.actor(*arguments) as actor:
            raw = self.read_raw(actor.pid, "pid,cmdline,name")
            record = json.loads(raw)["processes"][0]
            self.assertEqual(record["cmdline"][-10:], arguments)
            self.assertEqual(len("\0".join(record["cmdline"])) > 1 << 20, True)
            self.assert_agree(actor.pid, attributes=("cmdline", "name"))

    def test_arguments_of_any_bytes(self):
        arguments = [b"\x1b[31mred", b"new\nline", b"\xff\xfe", "日本語".encode(), b"", b" "]
        with lab.actor(*arguments) as actor:
            record = json.loads(self.read_raw(actor.pid, "all"))["processes"][0]
            self.assertEqual(base64.b64decode(record["cmdline_b64"]).rstrip(b"\0").split(b"\0")[3:],
                             [argument for argument in arguments])
            self.assertEqual(record["cmdline"][3], "\x1b[31mred")
            self.assertEqual(record["cmdline"][4], "new\nline")
            self.assertIn("\ufffd", record["cmdline"][5])

    def test_environment_of_any_bytes(self):
        environment = {b"RAW": b"\xff\xfe", b"ESC": b"\x1b]0;x\x07", b"A B": b"=x=", b"PATH": b"/usr/bin"}
        with lab.actor(env=environment) as actor:
            record = json.loads(self.read_raw(actor.pid, "environ"))["processes"][0]
            self.assertEqual(record["environ"]["ESC"], "\x1b]0;x\x07")
            self.assertEqual(record["environ"]["A B"], "=x=")
            self.assertEqual(record["environ"]["PATH"], "/usr/bin")
            self.assertIn("\ufffd", record["environ"]["RAW"])

    def test_paths_of_any_bytes(self):
        with tempfile.TemporaryDirectory() as directory, lab.actor() as actor:
            directory = os.path.realpath(directory)
            place = os.path.join(os.fsencode(directory), b"new\nline \xff\x1b")
            os.mkdir(place)
            actor.do("chdir", path=os.fsdecode(place))
            actor.do("open", path=os.fsdecode(os.path.join(place, b"f")), flags=os.O_RDWR | os.O_CREAT)
            record = json.loads(self.read_raw(actor.pid, "cwd,open_files"))["processes"][0]
            self.assertEqual(base64.b64decode(record["cwd_b64"]), place)
            paths = [base64.b64decode(file["path_b64"]) for file in record["open_files"] if "path_b64" in file]
            self.assertEqual(paths, [os.path.join(place, b"f")])

    def test_process_that_wrote_over_its_environment(self):
        """What follows the first empty string there means nothing."""
        program = ("import ctypes, os, sys\n"
                   "fields = open('/proc/self/stat').read().rsplit(')', 1)[1].split()\n"
                   "start, end = int(fields[50 - 3]), int(fields[51 - 3])\n"
                   "ctypes.memset(start + 4, 0, 8)\n"
                   "print('+', flush=True)\n"
                   "sys.stdin.read()\n")
        environment = {"A": "1", "BCDEFGH": "2345678901234567890", "Z": "26"}
        with cmon.child([lab.PYTHON, "-c", program], env=environment, stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.readline(), b"+\n")
            got = self.assert_agree(child.pid, attributes=("environ",))
            self.assertEqual(got["environ"], {"A": "1"})


# --- All processes against ps ---

PS_COLUMNS = {"pid": "pid", "ppid": "ppid", "pgid": "pgid", "sid": "sid", "tpgid": "tpgid", "ni": "nice",
              "priority": "priority", "nlwp": "num_threads", "stat": "stat", "rtprio": "rt_priority", "psr": "cpu_num",
              "uid": "uids.effective", "ruid": "uids.real", "rgid": "gids.real", "egid": "gids.effective",
              "min_flt": "page_faults.minor", "maj_flt": "page_faults.major", "vsz": "memory_info.vms"}


def by_ps():
    """{pid: {column: text}} of all processes but ps itself."""
    started = subprocess.Popen(["ps", "-e", "-o", ",".join(f"{column}=" for column in PS_COLUMNS)],
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                               env={**os.environ, "LC_ALL": "C"})
    output = started.communicate()[0].decode()
    rows = (dict(zip(PS_COLUMNS, line.split())) for line in output.splitlines())
    return {int(row["pid"]): row for row in rows if int(row["pid"]) != started.pid}


def dig(record, path):
    for key in path.split("."):
        record = record[key]
    return record


class AgainstPs(unittest.TestCase):
    def wrong_values(self):
        before = by_ps()
        found = cmon.by_pid(cmon.snapshot("--sections", "processes", "--fields", ",".join(PS_COLUMNS.values())))
        after = by_ps()
        both = [pid for pid in before if pid in after]
        wrong = [f"{pid} is not listed" for pid in both if pid not in found]
        for pid in both:
            for column, key in PS_COLUMNS.items():
                if pid in found and before[pid][column] == after[pid][column] != "-":
                    value = dig(found[pid], key)
                    value = value // 1024 if column == "vsz" else value
                    if str(value) != before[pid][column]:
                        wrong.append(f"{pid} {column}: ps {before[pid][column]}, cmon {value}")
        return len(both), wrong

    def test_all_processes(self):
        kinds = []
        with contextlib.ExitStack() as stack:
            for by in (0, 5):
                actor = stack.enter_context(lab.actor())
                actor.do("nice", by=by)
                actor.do("threads", count=by)
                kinds.append(actor.do("zombie"))
            stopped = stack.enter_context(cmon.child(["sleep", "1000"], start_new_session=True))
            os.kill(stopped.pid, signal.SIGSTOP)
            cmon.wait_for(lambda: cmon.state_of(stopped.pid) == "T")
            # A process that woke up between two readings of ps is right in none of them; only what stays wrong is.
            wrong = None
            for _ in range(15):
                count, found = self.wrong_values()
                wrong = set(found) if wrong is None else wrong & set(found)
                self.assertGreater(count, 4)
                if not wrong:
                    return
        self.fail("\n".join(sorted(wrong)))

    def test_wait_channel(self):
        with lab.actor() as actor:
            cmon.wait_for(lambda: cmon.state_of(actor.pid) == "S")
            for _ in range(20):  # it may wake up for a moment between two readings
                expected = self.wait_channel(actor.pid)
                got = cmon.process(actor.pid, fields="wchan")["wchan"]
                if got == expected:
                    break
            self.assertEqual(got, expected)

    @staticmethod
    def wait_channel(pid):
        with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
            name = file.read()
        return None if name == "0" else name

    def test_same_pids_as_psutil(self):
        for _ in range(15):
            before = set(psutil.pids())
            found = set(cmon.by_pid(cmon.snapshot("--sections", "processes", "--fields", "pid")))
            after = set(psutil.pids())
            if before & after <= found and all(psutil.pid_exists(pid) or pid not in after for pid in found & after):
                # What is in neither list is cmon itself, or lived for less than a moment.
                return
        self.fail(f"missing: {sorted((before & after) - found)}")


if __name__ == "__main__":
    unittest.main()
