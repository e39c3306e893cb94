"""What the BPF programs tell, against /proc: of every process that stood still between two readings of /proc with the
programs' in between, every value must be the same. The lab's processes, which are stopped, must be among these."""

import contextlib
import errno
import glob
import json
import os
import re
import signal
import stat
import subprocess
import sys
import unittest

import cmon
import lab
import lab_lineage

TOOL = os.path.join(os.path.dirname(cmon.BINARY), "tests", "tools", "bpf_records")
NAMESPACE = ("unshare", "-pf", "--mount-proc", "--kill-child")
PAGE = os.sysconf("SC_PAGESIZE")
HZ = os.sysconf("SC_CLK_TCK")
ABSENT_U64 = (1 << 64) - 1
ABSENT_I32 = -(1 << 31)
# Since Linux 6.16 statm and status have what CPUs have counted and not added yet; stat does not.
SUMMED = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())) >= (6, 16)
SUMMED_KEYS = ("rss_bytes", "shared_bytes", "swap_bytes")
# What that is at most: three counters, each up to a batch a CPU.
BLUR = 3 * max(32, 2 * os.cpu_count()) * os.cpu_count() * PAGE
BYSTANDERS = 100
KINDS = ("tasks", "threads", "cmdlines", "files", "file_paths", "sockets")
MANY = 40
CMDLINE_LONG, CMDLINE_REWRITTEN, CMDLINE_UNREAD = 1, 2, 4

STAT = ("state ppid pgid sid tty_nr tpgid flags_mask minflt - majflt - utime stime cutime cstime priority "
        "nice num_threads - starttime vms_bytes - - - - - - - - - - - - - - exit_signal processor rt_priority "
        "policy blkio_delay - - - - - - - - - exit_code").split()
IO = {"rchar": "io_read_chars", "wchar": "io_write_chars", "syscr": "io_read_count", "syscw": "io_write_count",
      "read_bytes": "io_read_bytes", "write_bytes": "io_write_bytes"}


def records(*kinds, arguments=(), refused=False, **options):
    """What the tool prints, or skip where the kernel refuses the programs."""
    if not os.path.exists(TOOL):
        raise unittest.SkipTest("missing tool: bpf_records (make test-tools)")
    ended = subprocess.run([TOOL, *arguments, *kinds], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                           timeout=2 * cmon.DEADLINE, **options)
    if b"not supported" in ended.stderr:
        raise unittest.SkipTest("cmon was built without BPF")
    if ended.returncode != 0:
        raise AssertionError(ended.stderr.decode())
    document = json.loads(ended.stdout)
    for kind in kinds:
        error = document["links"][kind]
        if refused:
            continue
        if error:
            raise unittest.SkipTest(f"the kernel does not load the BPF program {kind}: {os.strerror(error)}")
        if document[f"{kind}_errno"]:
            raise AssertionError(f"{kind}: {os.strerror(document[f'{kind}_errno'])}")
    return document


def by_pid(list_of_records):
    return {record["pid"]: record for record in list_of_records}


# --- /proc, in the words of struct process ---

def read(path):
    with open(path, "rb") as file:
        return file.read()


def stat_view(path):
    line = read(f"{path}/stat")
    name, _, rest = line.partition(b" (")[2].rpartition(b") ")
    view = {key: value.decode() if key == "state" else int(value)
            for key, value in zip(STAT, rest.split()) if key != "-"}
    view["comm"] = name.hex()
    return view


def status_view(path):
    status = lab_lineage.status_of(path)
    view = {"umask": int(status["Umask"], 8) if "Umask" in status else ABSENT_I32,
            "tracer_pid": int(status["TracerPid"]), "seccomp": int(status.get("Seccomp", 0)),
            "ns_level": len(status["NSpid"].split()) - 1, "nested_pid": int(status["NSpid"].split()[-1]),
            "voluntary_switches": int(status["voluntary_ctxt_switches"]),
            "involuntary_switches": int(status["nonvoluntary_ctxt_switches"]),
            "signals_pending": int(status["SigPnd"], 16) | int(status["ShdPnd"], 16),
            "signals_blocked": int(status["SigBlk"], 16), "cap_effective": int(status["CapEff"], 16)}
    for kind, line in (("uid", "Uid"), ("gid", "Gid")):
        for role, value in zip(("real", "effective", "saved", "fs"), status[line].split()):
            view[f"{kind}_{role}"] = int(value)
    for key, line in (("peak_vms_bytes", "VmPeak"), ("locked_bytes", "VmLck"), ("hugetlb_bytes", "HugetlbPages")):
        view[key] = int(status[line].split()[0]) * 1024 if line in status else ABSENT_U64
    blurred = {key: int(status[line].split()[0]) * 1024 if line in status else ABSENT_U64
               for key, line in (("peak_rss_bytes", "VmHWM"), ("swap_bytes", "VmSwap"))}
    return view, blurred


def io_view(path):
    lines = (line.split(": ") for line in read(f"{path}/io").decode().splitlines())
    return {IO[key]: int(value) for key, value in lines if key in IO}


def run_ns_of(path):
    """Of all threads that live."""
    return sum(int(read(task).split()[0]) for task in glob.glob(f"{path}/task/*/schedstat"))


def view_of(pid):
    path = f"/proc/{pid}"
    view = stat_view(path)
    status, blurred = status_view(path)
    text, data = (int(value) * PAGE for value in read(f"{path}/statm").decode().split()[3:6:2])
    for key, field in (("rss_bytes", 1), ("shared_bytes", 2)):
        blurred[key] = int(read(f"{path}/statm").split()[field]) * PAGE
    return {**view, **status, **io_view(path), "text_bytes": text, "data_bytes": data}, blurred


def views(wanted):
    """Of these, and of some others: reading all of many takes longer than they stand still."""
    found = {}
    pids = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    for entry in [*map(str, wanted), *pids[:BYSTANDERS], *pids[-BYSTANDERS:]]:
        if int(entry) not in found:
            # Some end meanwhile; some, as the init of a sandbox, are closed even to root.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                found[int(entry)] = view_of(int(entry))
    return found


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    cmon.wait_for(lambda: cmon.state_of(pid) in ("T", "Z"))


# --- Tests ---

def setUpModule():
    lab_lineage.build()


def tearDownModule():
    lab_lineage.remove()


class Differences(unittest.TestCase):
    """Run once more inside a pid namespace by class Elsewhere."""
    maxDiff = None

    def compare(self, *wanted):
        """Compare all that stand still, once the wanted do. Their records."""
        def sample():
            before = views(wanted)
            found = by_pid(records("tasks")["tasks"])
            after = views(wanted)
            still = [pid for pid in before if before[pid] == after.get(pid)]
            return set(wanted) <= set(still) & set(found) and (before, found, still)

        before, found, still = cmon.wait_for(sample)
        for pid in filter(found.get, still):
            with self.subTest(pid=pid, name=bytes.fromhex(found[pid]["comm"])):
                self.compare_one(found[pid], *before[pid])
        return found

    def compare_one(self, record, exact, blurred):
        exact, blurred = dict(exact), dict(blurred)
        if SUMMED and record["is_exact"]:
            exact.update((key, blurred.pop(key)) for key in SUMMED_KEYS)
        if record["name_is_cut"]:
            # A worker's name goes on with what it works on; it may also be another's by now.
            del exact["comm"]
        elif len(record["comm"]) == 30:
            self.assertTrue(exact["comm"].startswith(record["comm"]))
            exact["comm"] = record["comm"]
        if not record["has_statm"]:
            exact = {key: value for key, value in exact.items() if key not in ("text_bytes", "data_bytes")}
            blurred = {key: value for key, value in blurred.items() if key not in ("rss_bytes", "shared_bytes")}
        self.assertEqual({key: record[key] for key in exact}, exact)
        for key, value in blurred.items():
            if value == ABSENT_U64:
                self.assertEqual(record[key], value, key)
            else:
                self.assertAlmostEqual(record[key], value, delta=BLUR, msg=key)
        self.assertEqual(record["is_torn"], 0)

    def test_threads_and_their_cpu_time(self):
        with lab.actor() as actor:
            actor.do("threads", count=5)
            actor.do("burn", seconds=0.15)
            actor.do("ended_thread", seconds=0.1)
            actor.do("burning_thread")
            cmon.wait_for(lambda: run_ns_of(f"/proc/{actor.pid}") > 0.3e9)
            stop(actor.pid)
            record = self.compare(actor.pid)[actor.pid]
            self.assertEqual(record["num_threads"], 7)
            # The thread that ended is in the sum, and in no file but stat.
            self.assertGreaterEqual(record["run_ns"], run_ns_of(f"/proc/{actor.pid}") + 0.1e9)
            self.assertAlmostEqual(record["run_ns"] / 1e9, (record["utime"] + record["stime"]) / HZ, delta=2.5 / HZ)
            self.compare_threads(actor.pid)

    def compare_threads(self, pid):
        expected = {}
        for path in glob.glob(f"/proc/{pid}/task/*"):
            view = {key: value for key, value in stat_view(path).items()
                    if key in ("state", "flags_mask", "minflt", "majflt", "utime", "stime", "priority", "nice",
                               "starttime", "processor", "rt_priority", "policy", "comm")}
            expected[int(os.path.basename(path))] = {**view, "run_ns": int(read(f"{path}/schedstat").split()[0])}
        found = {thread["pid"]: thread for thread in records("threads")["threads"] if thread["tgid"] == pid}
        self.assertEqual({tid: {key: thread[key] for key in expected[tid]} for tid, thread in found.items()}, expected)

    def test_run_time_of_the_living_is_exact(self):
        with lab.actor() as actor:
            actor.do("threads", count=3)
            stop(actor.pid)
            record = self.compare(actor.pid)[actor.pid]
            self.assertEqual(record["run_ns"], run_ns_of(f"/proc/{actor.pid}"))

    def test_io_memory_and_scheduling(self):
        with lab.actor() as actor:
            actor.do("nice", by=7)
            actor.do("groups", groups=[5])
            actor.do("touch_memory", count=16 << 20)
            actor.do("name", b64="KSkgUiAoIHg=")
            stop(actor.pid)
            record = self.compare(actor.pid)[actor.pid]
            self.assertEqual(record["nice"], 7)
            self.assertGreater(record["rss_bytes"], 16 << 20)

    def test_memory_is_as_exact_as_statm(self):
        """Each on whatever CPU it happens to be, with some pages of its own."""
        if not SUMMED:
            self.skipTest("statm is approximate before Linux 6.16")
        with contextlib.ExitStack() as stack:
            actors = [stack.enter_context(lab.actor()) for _ in range(MANY)]
            for number, actor in enumerate(actors):
                os.sched_setaffinity(actor.pid, {sorted(os.sched_getaffinity(0))[number % len(os.sched_getaffinity(0))]})
                actor.do("touch_memory", count=number * PAGE)
                os.sched_setaffinity(actor.pid, os.sched_getaffinity(0))
                actor.do("touch_memory", count=PAGE)
                stop(actor.pid)
            found = self.compare(*(actor.pid for actor in actors))
            self.assertEqual({found[actor.pid]["is_exact"] for actor in actors}, {1})
            parts = {actor.pid: int(read(f"/proc/{actor.pid}/stat").rpartition(b")")[2].split()[21]) * PAGE
                     - found[actor.pid]["rss_bytes"] for actor in actors}
            self.assertTrue(any(parts.values()), "no CPU has pages that stat does not have: nothing was tested")

    def test_another_user(self):
        cmon.need_root()
        with lab.actor(user=cmon.NOBODY, group=cmon.NOBODY) as actor:
            stop(actor.pid)
            self.assertEqual(self.compare(actor.pid)[actor.pid]["uid_real"], cmon.NOBODY)

    def test_zombie(self):
        with lab.actor() as actor:
            zombie = actor.do("zombie")
            stop(actor.pid)
            record = self.compare(actor.pid, zombie)[zombie]
            self.assertEqual((record["state"], record["exit_code"]), ("Z", 3 << 8))

    def test_main_thread_exited(self):
        with lab_lineage.lab("main-exited") as made:
            pid = made.pids["self"]
            cmon.wait_for(lambda: cmon.state_of(pid) == "Z")
            record = self.compare(pid)[pid]
            self.assertEqual((record["state"], record["main_exited"], record["has_statm"]), ("Z", 1, 0))

    def test_kinds_of_scheduling_and_stops(self):
        for kind in ("idle", "mlock", "session", "traced", "traced-parent", "threads", "nice"):
            with self.subTest(kind), lab_lineage.lab(kind) as made:
                self.compare(made.pids["self"])

    def test_nested_namespace(self):
        cmon.need_root()
        if not cmon.can_unshare("-pf"):
            self.skipTest("unshare -p is refused")
        with lab.actor(executable=NAMESPACE[0], argv=[*NAMESPACE, lab.PYTHON, lab.__file__, "actor"]) as actor:
            inner = int(read(f"/proc/{actor.pid}/task/{actor.pid}/children").split()[0])
            stop(inner)
            record = self.compare(inner)[inner]
            self.assertEqual((record["ns_level"], record["nested_pid"]), (1, 1))

    def test_every_process_is_there(self):
        def missing():
            listed = set(map(int, filter(str.isdigit, os.listdir("/proc"))))
            found = set(by_pid(records("tasks")["tasks"]))
            return listed & set(map(int, filter(str.isdigit, os.listdir("/proc")))) - found

        # The kernel of a sandbox may hide its init from programs.
        self.assertLessEqual(missing() & missing(), {1})

    def test_command_lines(self):
        long, empty = "x" * 5000, ""
        with lab.actor("short", empty, "end") as short, lab.actor(long) as cut:
            found = by_pid(records("cmdlines")["cmdlines"])
            self.assertEqual(found[short.pid]["marks"], 0)
            self.assertEqual(bytes.fromhex(found[short.pid]["cmdline"]), read(f"/proc/{short.pid}/cmdline"))
            self.assertEqual(found[cut.pid]["marks"] & CMDLINE_LONG, CMDLINE_LONG)
            self.assertTrue(read(f"/proc/{cut.pid}/cmdline").startswith(bytes.fromhex(found[cut.pid]["cmdline"])))
            for pid, record in found.items():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    cmdline = read(f"/proc/{pid}/cmdline")
                    if not record["marks"] and cmdline and cmon.state_of(pid) != "Z":
                        self.assertEqual(bytes.fromhex(record["cmdline"]), cmdline)

    def test_open_files(self):
        with lab.actor() as actor:
            fd = actor.do("open", path=lab.__file__, flags=os.O_RDONLY | os.O_APPEND)
            socket_fd = actor.do("listen")[0]
            document = records("files", "file_paths", "sockets")
            files = {file["fd"]: file for file in document["files"] if file["pid"] == actor.pid}
            paths = {file["fd"]: file for file in document["file_paths"] if file["pid"] == actor.pid}
            links = {int(name): os.readlink(f"/proc/{actor.pid}/fd/{name}")
                     for name in os.listdir(f"/proc/{actor.pid}/fd")}
            regular = {number: link for number, link in links.items() if stat.S_ISREG(files[number]["mode"])}
            self.assertEqual({number: bytes.fromhex(file["path"]).decode() for number, file in paths.items()
                              if file["path"]}, regular)
            self.assertIn(fd, regular)
            self.assertEqual(set(files), set(links))
            self.assertEqual(set(paths), set(links))
            self.assertEqual([file for file in document["sockets"] if file["pid"] == actor.pid],
                             [file for file in files.values() if stat.S_ISSOCK(file["mode"])])
            self.assertEqual(files[fd]["inode"], os.stat(lab.__file__).st_ino)
            self.assertEqual(files[fd]["flags"] & os.O_APPEND, os.O_APPEND)
            self.assertTrue(stat.S_ISSOCK(files[socket_fd]["mode"]))
            self.assertEqual(f"socket:[{files[socket_fd]['inode']}]", links[socket_fd])


class Loading(unittest.TestCase):
    def test_without_type_information(self):
        records("tasks")
        document = records("tasks", arguments=["--btf", "/dev/null"], refused=True)
        self.assertNotIn(document["links"]["tasks"], (0, errno.ENODATA))

    def test_only_what_is_asked_for(self):
        for kinds in (("tasks",), ("threads", "files")):
            links = records(*kinds)["links"]
            self.assertEqual(links, {kind: 0 if kind in kinds else errno.ENODATA for kind in links})

    def test_without_permission(self):
        cmon.need_root()
        records("tasks")
        # A directory of another user's may be closed to nobody: the tool is opened before.
        with open(TOOL, "rb") as tool:
            document = records(*KINDS, refused=True, user=cmon.NOBODY, group=cmon.NOBODY, extra_groups=[], pass_fds=[tool.fileno()],
                               executable=f"/proc/self/fd/{tool.fileno()}")
        self.assertFalse({0, errno.ENODATA} & set(document["links"].values()), document["links"])

    def test_a_helper_without_a_parent_says_nothing(self):
        for argument in ("3:1", "9:1", "0:1", "3", "3:", "3:-1", "x", ""):
            ended = cmon.run("--bpf-helper", argument)
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (1, b"", b""))


class Elsewhere(unittest.TestCase):
    def test_inside_a_pid_namespace(self):
        cmon.need_root()
        cmon.need_tool("unshare")
        if not cmon.can_unshare("-pf", "--mount-proc"):
            self.skipTest("a pid namespace with its /proc is refused")
        records("tasks")
        environment = {**os.environ, "CMON_LAB": lab_lineage.BINARY}
        ended = subprocess.run([*NAMESPACE, sys.executable, "-m", "unittest", "test_bpf.Differences"],
                               cwd=os.path.dirname(os.path.abspath(__file__)), env=environment, check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(ended.returncode, 0, ended.stdout.decode("utf-8", "replace"))


if __name__ == "__main__":
    unittest.main()
