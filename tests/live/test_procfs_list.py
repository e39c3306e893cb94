"""The list of pids: it is read again where somebody has forked or ended, and from time to time."""

import contextlib
import json
import subprocess
import tempfile
import time
import unittest

import cmon

ARGUMENTS = (cmon.BINARY, "--json", "-n", "100000", "--sections", "cpu,processes", "--fields", "pid",
             "--source=procfs")
SLEEP = ["/usr/bin/sleep", "1000"]
LIST_AGAIN_S = 10


class Stream:
    def __init__(self, process):
        self.process = process

    def pids(self):
        """Those of the next document."""
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("cmon has ended")
        return set(cmon.by_pid(json.loads(line)))

    def until(self, condition):
        """Sooner than the list is made anyway."""
        since = time.monotonic()
        while not condition(self.pids()):
            if time.monotonic() - since > LIST_AGAIN_S / 2:
                raise AssertionError("the list stayed as it was")


@contextlib.contextmanager
def stream(*command, delay=0.1):
    with cmon.child([*command, *ARGUMENTS, "-d", str(delay)], stdout=subprocess.PIPE) as process:
        made = Stream(process)
        made.pids()
        yield made


@contextlib.contextmanager
def stream_without_forks(**options):
    """One for which the kernel's number of forks stands still."""
    cmon.need_mount_namespace()
    with tempfile.NamedTemporaryFile() as file:
        with open("/proc/stat", "rb") as now:
            file.write(now.read())
        file.flush()
        with stream("unshare", "--mount", "--propagation", "private", "/bin/sh", "-euc",
                    'mount --bind "$1" /proc/stat\nshift\nexec "$@"', "sh", file.name, **options) as made:
            yield made


class List(unittest.TestCase):
    def test_who_is_new_and_who_ended(self):
        with stream() as documents:
            for _ in range(5):
                with cmon.child(SLEEP) as child:
                    documents.until(lambda pids, pid=child.pid: pid in pids)
                documents.until(lambda pids, pid=child.pid: pid not in pids)

    def test_without_a_fork_nobody_is_looked_for(self):
        """Unless somebody ended."""
        with cmon.child(SLEEP) as first, stream_without_forks() as documents, cmon.child(SLEEP) as second:
            self.assertIn(first.pid, documents.pids())
            for _ in range(4):
                self.assertNotIn(second.pid, documents.pids())
            first.kill()
            first.wait()
            documents.until(lambda pids: second.pid in pids)

    def test_from_time_to_time_everybody_is_looked_for(self):
        with stream_without_forks(delay=0.5) as documents, cmon.child(SLEEP) as child:
            since = time.monotonic()
            while child.pid not in documents.pids():
                self.assertLess(time.monotonic() - since, 2 * LIST_AGAIN_S)


if __name__ == "__main__":
    unittest.main()
