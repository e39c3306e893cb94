"""Processes from tick to tick as the BPF programs and as /proc tell them: cmon says the same with both."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import unittest

import cmon
import lab

FIELDS = ("pid,ppid,name,status,username,cpu_times,memory_info,num_threads,create_time,nice,cmdline,terminal,"
          "io_counters")
PAGE = os.sysconf("SC_PAGESIZE")
MANY = 300
WAIT_LOADED = 100


class Stream:
    """`cmon --json -n`, one document at a time."""

    def __init__(self, *arguments, delay=0.1):
        self.process = subprocess.Popen(
            [cmon.BINARY, "--json", "-n", "100000", "-d", str(delay), "--sections", "processes", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def next(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("cmon has ended")
        return json.loads(line)

    def of(self, pid):
        return cmon.by_pid(self.next()).get(pid)

    def until(self, pid, condition):
        """The process' record in the first document where the condition holds."""
        for _ in range(WAIT_LOADED):
            record = self.of(pid)
            if record and condition(record):
                return record
        raise AssertionError(f"it never came: {record}")


@contextlib.contextmanager
def stream(*arguments, fields=FIELDS, **options):
    made = Stream("--fields", fields, "--source=bpf", *arguments, **options)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        made.process.stdout.close()


def b64(text):
    return base64.b64encode(text).decode()


def resident(pid):
    with open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * PAGE


def setUpModule():
    document = cmon.snapshot("--sections", "processes", "--source=bpf")
    if document["source"] != "bpf":
        raise unittest.SkipTest(f"no BPF: {document['errors']}")


class Same(unittest.TestCase):
    maxDiff = None

    def compare(self, fields):
        """Both tell the same of whoever did nothing meanwhile."""
        def by_source(source):
            return cmon.by_pid(cmon.snapshot("--sections", "processes", "--fields", fields, f"--source={source}"))

        before, other, after = by_source("bpf"), by_source("procfs"), by_source("bpf")
        still = [pid for pid in before if before[pid] == after.get(pid) and pid in other
                 and not before[pid]["name"].startswith("kworker/")]
        for pid in still:
            with self.subTest(pid=pid):
                self.assertEqual(before[pid], other[pid])
        return still

    def test_few(self):
        with lab.actor() as actor:
            self.assertIn(actor.pid, self.compare(FIELDS))

    def test_many_at_once(self):
        """So many that command lines come in one pass."""
        with contextlib.ExitStack() as stack:
            made = [stack.enter_context(cmon.child(["/usr/bin/sleep", "1000", str(i)])) for i in range(MANY)]
            for child in made:
                cmon.wait_for(lambda child=child: cmon.state_of(child.pid) == "S")
            self.assertGreater(len(self.compare(FIELDS)), MANY // 2)

    def test_long_name_without_command_line(self):
        name = os.path.join("/tmp", f"cmon-of-a-long-name-{os.getpid()}")
        os.symlink("/usr/bin/sleep", name)
        self.addCleanup(os.unlink, name)
        with cmon.child([name, "1000"]) as child:
            cmon.wait_for(lambda: cmon.state_of(child.pid) == "S")
            self.assertIn(child.pid, self.compare("pid,name"))
            self.assertEqual(cmon.process(child.pid, "--source=bpf", fields="name")["name"], os.path.basename(name))


class Changes(unittest.TestCase):
    def test_arguments_written_over(self):
        with lab.actor("x" * 40) as actor, stream() as ticks:
            ticks.until(actor.pid, lambda record: record["cmdline"][-1:] == ["x" * 40])
            for title in (b"first title", b"second"):
                actor.do("title", b64=b64(title))
                record = ticks.until(actor.pid, lambda record, title=title: record["cmdline"][0] == title.decode())
                self.assertEqual(set(record["cmdline"][1:]), set(record["cmdline"][1:]) & {""})

    def test_exec(self):
        with cmon.child(["/bin/sh", "-c", "read x; exec sleep 1000"], stdin=subprocess.PIPE) as child, \
                stream() as ticks:
            ticks.until(child.pid, lambda record: record["name"] == "sh")
            child.stdin.write(b"\n")
            child.stdin.flush()
            record = ticks.until(child.pid, lambda record: record["name"] == "sleep")
            self.assertEqual(record["cmdline"], ["sleep", "1000"])

    def test_another_process_with_the_same_pid(self):
        cmon.need_root()
        with lab.actor() as first, stream() as ticks:
            ticks.until(first.pid, lambda record: True)
            first.do("name", b64=b64(b"first"))
            ticks.until(first.pid, lambda record: record["name"] == "first")
            first.end()
            if not lab.fork_with_pid(first.pid, lambda: (cmon.set_name(b"second"), os.read(os.pipe()[0], 1))):
                self.skipTest("the pid counter cannot be moved")
            self.addCleanup(lab.kill_and_reap, first.pid)
            ticks.until(first.pid, lambda record: record["name"] == "second")

    def test_memory(self):
        with lab.actor() as actor, stream() as ticks:
            ticks.until(actor.pid, lambda record: True)
            for pages in (1, 5, 300):
                actor.do("touch_memory", count=pages * PAGE)
                cmon.wait_for(lambda: cmon.state_of(actor.pid) == "S")
                expected = resident(actor.pid)
                ticks.until(actor.pid, lambda record, expected=expected: record["memory_info"]["rss"] == expected)

    def test_times_never_go_back(self):
        with lab.actor() as actor, stream() as ticks:
            before = ticks.until(actor.pid, lambda record: True)["cpu_times"]
            for _ in range(6):
                actor.do("burn", seconds=0.03)
                actor.do("touch_memory", count=8 << 20)
                now = ticks.of(actor.pid)["cpu_times"]
                self.assertGreaterEqual(now["user"], before["user"])
                self.assertGreaterEqual(now["system"], before["system"])
                before = now

    def test_more_than_are_kept_open(self):
        """Processes that run in every tick, of which several share a place."""
        with contextlib.ExitStack() as stack:
            made = [stack.enter_context(cmon.child(["/usr/bin/sleep", "1000", str(i)])) for i in range(MANY)]
            ticks = stack.enter_context(stream())
            ticks.until(made[-1].pid, lambda record: record["name"] == "sleep")
            for _ in range(3):
                for child in made:
                    # It wakes, and sleeps on.
                    child.send_signal(signal.SIGSTOP)
                    child.send_signal(signal.SIGCONT)
                records = cmon.by_pid(ticks.next())
                for number, child in enumerate(made):
                    self.assertEqual(records[child.pid]["cmdline"], ["/usr/bin/sleep", "1000", str(number)])


if __name__ == "__main__":
    unittest.main()
