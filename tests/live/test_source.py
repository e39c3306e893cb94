"""Where processes come from: which source is chosen, that it is fallen back from without a word, and that both say the
same of processes that stand still."""

import base64
import contextlib
import ctypes
import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import cmon
import lab

# What both sources bring of every process in bulk, and in ticks that follow: see process_bpf.c.
# Switches tell of whoever ran between two readings and is back where it was.
FIELDS = ("pid,ppid,name,username,stat,state,status,main_exited,nice,priority,num_threads,create_time,starttime,"
          "cpu_times,cpu_num,memory_info,memory_percent,page_faults,io_counters,uids.real,terminal,pgid,sid,tpgid,flags,"
          "sched_policy,rt_priority,tracer_pid,kernel,orphan,zombie,cmdline,num_ctx_switches")


def source_of(*arguments, **options):
    """The source that is named, and the errno why it is not bpf (None: nobody says so)."""
    ended = cmon.run("--json", "--sections", "processes", "--fields", "pid", *arguments, **options)
    if ended.returncode != 0 or ended.stderr:
        raise AssertionError(f"status {ended.returncode}: {ended.stderr.decode()}")
    document = json.loads(ended.stdout)
    errors = [error["errno"] for error in document["errors"] or [] if error["source"] == "processes/bpf"]
    return document["source"], errors[0] if errors else None


def need_bpf():
    source, error = source_of("-d", "0", "--source=bpf")
    if source != "bpf":
        raise unittest.SkipTest(f"this kernel loads no BPF programs here: {os.strerror(error)}")


def forbid_bpf():
    """For a child: a seccomp filter without bpf()."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    # load the number; where it is bpf's, EPERM; else allow
    program = b"".join(struct.pack("HBBI", *row) for row in (
        (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)))
    buffer = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.create_string_buffer(head, len(head)), 0, 0) != 0:
        os._exit(127)


def seize(pid):
    """Trace a process without a stop: it does not run for that."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(0x4206, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


class Choice(unittest.TestCase):
    def test_bpf_is_taken_where_it_may(self):
        need_bpf()
        self.assertEqual(source_of("-d", "0", "--source=bpf"), ("bpf", None))
        self.assertEqual(source_of("-d", "0.05"), ("bpf", None))
        self.assertEqual(source_of("-d", "0.05", "--source=procfs"), ("procfs", None))
        self.assertEqual(source_of("-d", "0.05", "--pid", str(os.getpid())), ("bpf", None))

    def test_other_names_are_refused(self):
        for name in ("BPF", "", "proc", "b\x1bpf"):
            ended = cmon.run("--json", f"--source={name}")
            self.assertEqual((ended.returncode, ended.stdout), (2, b""))
            self.assertIn(b"none of auto, bpf, procfs", ended.stderr)
            self.assertNotIn(b"\x1b", ended.stderr)

    def test_the_version_says_so(self):
        shown = cmon.succeed("--version", "--verbose").decode()
        self.assertRegex(shown, r"\Acmon \S+\nprocesses: (bpf|procfs\nbpf: .+)\n\Z")
        self.assertRegex(cmon.succeed("-V", "-v", "--source=procfs").decode(), r"\Acmon \S+\nprocesses: procfs\n\Z")


class Fallback(unittest.TestCase):
    """Never a failure, and a word only for who asked for bpf by name."""

    def check(self, errno, *arguments, **options):
        self.assertEqual(source_of(*arguments, "-d", "0.05", **options), ("procfs", None))
        self.assertEqual(source_of(*arguments, "-d", "0", "--source=bpf", **options), ("procfs", errno))

    def test_nobody(self):
        cmon.need_root()
        with cmon.reachable_binary() as binary:
            ended = subprocess.run([binary, "--json", "-d", "0", "--source=bpf", "--sections", "processes", "--fields",
                                    "pid"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                                   **cmon.as_nobody())
        document = json.loads(ended.stdout)
        self.assertEqual(document["source"], "procfs")
        self.assertEqual([e["errno"] for e in document["errors"] if e["source"] == "processes/bpf"], [1])

    def test_without_a_capability(self):
        need_bpf()
        cmon.need_tool("setpriv")
        for argv in ([cmon.BINARY], ["setpriv", "--bounding-set=-perfmon,-sys_admin", cmon.BINARY]):
            ended = subprocess.run([*argv, "--json", "-d", "0", "--source=bpf", "--sections", "processes", "--fields",
                                    "pid"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
            document = json.loads(ended.stdout)
            expected = "bpf" if len(argv) == 1 else "procfs"
            self.assertEqual(document["source"], expected, argv)

    def test_seccomp_without_bpf(self):
        need_bpf()
        self.check(1, preexec_fn=forbid_bpf)

    def test_a_kernel_without_its_types(self):
        need_bpf()
        self.check(2, env={**os.environ, "CMON_BTF": "/nonexistent"})

    def test_types_that_are_none(self):
        need_bpf()
        source, error = source_of("-d", "0", "--source=bpf", env={**os.environ, "CMON_BTF": "/etc/passwd"})
        self.assertEqual(source, "procfs")
        self.assertIsNotNone(error)

    def test_no_zombie_is_left(self):
        with subprocess.Popen([cmon.BINARY, "--json", "-n", "3", "-d", "0.1"], stdout=subprocess.PIPE) as running:
            running.stdout.readline()
            children = subprocess.run(["ps", "--ppid", str(running.pid), "-o", "stat="], stdout=subprocess.PIPE,
                                      check=False).stdout.split()
            running.communicate()
        self.assertFalse([state for state in children if state.startswith(b"Z")])


class SameRecord(unittest.TestCase):
    """What stands still between two readings by procfs, with one by bpf in between, is the same in all three."""

    def setUp(self):
        need_bpf()

    has_gaps = False  # among the numbers of CPUs, as far as BPF is told

    def run_cmon(self, source, *arguments):
        arguments = ("--json", *arguments, "--sections", "processes", "--fields", FIELDS, f"--source={source}")
        if not self.has_gaps or source != "bpf":
            return cmon.succeed(*arguments)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("0,2\n")
            file.flush()
            ended = cmon.in_mount_namespace('mount --bind "$1" /sys/devices/system/cpu/possible\nshift\nexec "$@"',
                                            file.name, cmon.BINARY, *arguments)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return ended.stdout

    def read(self, source, *arguments):
        document = json.loads(self.run_cmon(source, "-d", "0", *arguments))
        self.assertEqual(document["source"], source)
        return cmon.by_pid(document)

    def compare(self, arguments, wanted):
        """Returns the pids that stood still and agreed."""
        before, found, after = (self.read(source, *arguments) for source in ("procfs", "bpf", "procfs"))
        still = {pid for pid in before if before[pid] == after.get(pid)}
        self.assertLessEqual(set(wanted), still)
        different = {pid: {key: (before[pid][key], found[pid][key]) for key in before[pid]
                           if before[pid][key] != found[pid][key]}
                     for pid in still & set(found) if before[pid] != found[pid]}
        # The age of a zombie is measured each time.
        for pid, keys in list(different.items()):
            if set(keys) == {"zombie"}:
                del different[pid]
        return still, set(found), different

    @contextlib.contextmanager
    def stopped_lab(self):
        with contextlib.ExitStack() as stack:
            actors = [stack.enter_context(lab.actor(*arguments)) for arguments in (("plain",), ("", "x" * 5000), ("",))]
            actors.append(stack.enter_context(lab.actor("written over")))
            actors[-1].do("title", b64=base64.b64encode(b"title").decode())
            with contextlib.suppress(OSError):
                actors.append(stack.enter_context(lab.actor("nice", preexec_fn=lambda: os.nice(3))))
            if os.geteuid() == 0:
                actors.append(stack.enter_context(lab.actor("user", user=65534, group=65534)))
            pids = [actor.pid for actor in actors]
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
                cmon.wait_for(lambda pid=pid: cmon.state_of(pid) == "T", what="a stopped process")
            yield pids

    def agree(self, *arguments):
        """In one of some attempts: what moves between the readings is left out, what blinks in one of them is not."""
        with self.stopped_lab() as pids:
            for _ in range(10):
                still, found, different = self.compare(arguments, pids)
                if not different and still <= found:
                    break
            self.assertEqual(different, {})
            self.assertLessEqual(set(pids), found)

    def test_in_bulk(self):
        self.agree()

    def test_command_lines_come_in_one_pass(self):
        """Only what does not fit a record is read from /proc."""
        cmon.need_tool("strace")
        with lab.actor("short") as short, lab.actor("x" * 5000) as long, tempfile.NamedTemporaryFile() as log:
            # Leaks are not searched for below a tracer.
            options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
            ended = subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat", "-o", log.name, cmon.BINARY, "--json",
                                    "-d", "0", "--sections", "processes", "--fields", "pid,cmdline", "--source=bpf"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=True,
                                   env={**os.environ, "ASAN_OPTIONS": options})
            opened = set(map(int, re.findall(rb'"(?:/proc/)?(\d+)/cmdline"', log.read())))
            records = cmon.by_pid(json.loads(ended.stdout))
            self.assertIn(long.pid, opened)
            self.assertNotIn(short.pid, opened)
            for actor in (short, long):
                with open(f"/proc/{actor.pid}/cmdline", encoding="ascii") as file:
                    self.assertEqual(records[actor.pid]["cmdline"], file.read()[:-1].split("\0"))

    def test_of_some(self):
        with self.stopped_lab() as pids:
            arguments = ("--pid", ",".join(map(str, pids)))
            still, found, different = self.compare(arguments, pids)
            self.assertEqual((still, found, different), (set(pids), set(pids), {}))

    def test_without_what_cpus_count_by_themselves(self):
        """Where their numbers have gaps it is not found in memory, and resident memory is from /proc."""
        cmon.need_root()
        self.has_gaps = True
        self.agree()
        with self.stopped_lab() as pids:
            exact = self.read("procfs")
            for line in self.run_cmon("bpf", "-d", "0.05", "-n", "4").splitlines():
                found = cmon.by_pid(json.loads(line))
                for pid in pids:
                    self.assertEqual(found[pid]["memory_info"], exact[pid]["memory_info"])

    def test_in_ticks_that_follow(self):
        """The same processes tick after tick, in one run: what did nothing keeps every value and has no CPU time."""
        with self.stopped_lab() as pids:
            documents = cmon.snapshots(4, "--sections", "processes", "--fields", FIELDS + ",cpu_percent", "--source=bpf",
                                       delay=0.05)
            for pid in pids:
                records = [cmon.by_pid(document)[pid] for document in documents]
                self.assertEqual(records[1:], records[:-1])
                self.assertEqual(records[0]["cpu_percent"], 0)


class Changes(unittest.TestCase):
    """What others do to a process that sleeps is seen though it has not run since the tick before."""

    FIELDS = "pid,ppid,nice,pgid,tracer_pid,stat,sched_policy,memory_info.rss,cpu_percent"

    def setUp(self):
        need_bpf()
        self.stream = subprocess.Popen(
            [cmon.BINARY, "--json", "--watch", "-d", "0.05", "--sections", "processes", "--fields", self.FIELDS, "--source=bpf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(self.stream.stdout.close)
        self.addCleanup(self.stream.wait)
        self.addCleanup(self.stream.kill)

    def next(self, since=0):
        """The processes of the next snapshot that is not older: some wait in the pipe."""
        while True:
            document = json.loads(self.stream.stdout.readline())
            self.assertEqual(document["source"], "bpf")
            if document["timestamp"] >= since:
                return cmon.by_pid(document)

    def see(self, pid, **expected):
        """Soon, which is in fewer ticks than those after which every process is told about in any case."""
        since = time.time()
        for _ in range(8):
            found = self.next(since).get(pid, {})
            if expected.items() <= found.items():
                return
        self.fail(f"{expected} was not seen: {found}")

    def sleeper(self):
        """One that was asleep in some ticks."""
        process = cmon.forked(lambda: None)
        pid = process.__enter__()
        self.addCleanup(process.__exit__, None, None, None)
        self.see(pid, cpu_percent=0, stat="S")
        return pid

    def test_priority(self):
        pid = self.sleeper()
        os.setpriority(os.PRIO_PROCESS, pid, 7)
        self.see(pid, nice=7, stat="SN")
        os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))
        self.see(pid, sched_policy="batch")

    def test_group(self):
        pid = self.sleeper()
        os.setpgid(pid, pid)
        self.see(pid, pgid=pid)

    def test_stop(self):
        pid = self.sleeper()
        os.kill(pid, signal.SIGSTOP)
        self.see(pid, stat="T")
        os.kill(pid, signal.SIGCONT)
        self.see(pid, stat="S")

    def test_tracer(self):
        pid = self.sleeper()
        with cmon.forked(lambda: seize(pid)) as tracer:
            self.see(pid, tracer_pid=tracer)
        self.see(pid, tracer_pid=0)

    def test_parent(self):
        reader, writer = os.pipe()

        def parent():
            child = os.fork()
            if child:
                os.write(writer, str(child).encode())
        with cmon.forked(parent) as pid:
            orphan = int(os.read(reader, 16))
            self.addCleanup(os.kill, orphan, signal.SIGKILL)
            self.see(orphan, ppid=pid, cpu_percent=0)
        for end in reader, writer:
            os.close(end)
        with open(f"/proc/{orphan}/stat", encoding="ascii") as file:
            self.see(orphan, ppid=int(file.read().split()[3]))

    def test_one_that_was_told_about_is_not_lost(self):
        """More ticks than a round of those that are told about in any case, and each has every process that stands still."""
        pids = [self.sleeper() for _ in range(3)]
        for _ in range(40):
            self.assertLessEqual(set(pids), set(self.next()))


class Shares(unittest.TestCase):
    def test_of_one_that_is_always_busy(self):
        with cmon.child(["sh", "-c", "while :; do :; done"]) as busy:
            for document in cmon.snapshots(3, "--pid", str(busy.pid), delay=0.3):
                share = document["processes"][0]["cpu_percent"]
                self.assertGreater(share, 0)
                self.assertLess(share, 110)

    def test_times_never_go_back(self):
        with cmon.child(["sh", "-c", "while :; do :; done"]) as busy:
            seen = [(d["processes"][0]["cpu_times"]["user"], d["processes"][0]["cpu_times"]["system"])
                    for d in cmon.snapshots(20, "--pid", str(busy.pid), delay=0.02)]
        self.assertEqual([user for user, _ in seen], sorted(user for user, _ in seen))
        self.assertEqual([system for _, system in seen], sorted(system for _, system in seen))


if __name__ == "__main__":
    unittest.main()
