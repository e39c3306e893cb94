"""What passes of BPF programs add to processes and sockets, against /proc: threads, descriptors, open files, owners of
sockets. The same of processes that are stopped, byte for byte."""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

import cmon
import test_bpf

FIELDS = "pid,starttime,threads,num_fds,open_files"
MANY = 1000
NAMESPACE = ("unshare", "-pf", "--mount-proc", "--kill-child")
INNER = """
import os, sys, time, threading
files = [open(path) for path in sys.argv[1:]]
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
print(os.getpid(), flush=True)
time.sleep(1000)
"""


def need_bpf():
    """Where a program is not there /proc is read instead, and would be compared with itself."""
    test_bpf.records("tasks", "threads", "files", "file_paths", "sockets")
    document = cmon.snapshot("--source=bpf", "--sections", "processes", "--fields", "pid")
    if document["source"] != "bpf":
        raise unittest.SkipTest("the kernel does not load BPF programs here")


def listing(source, *arguments, fields=FIELDS, sections="processes"):
    return cmon.snapshot(f"--source={source}", "--sections", sections, "--fields", fields, *arguments)


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    cmon.wait_for(lambda: cmon.state_of(pid) in ("T", "Z"))


@contextlib.contextmanager
def stopped(function):
    with cmon.forked(function) as pid:
        stop(pid)
        yield pid


def wait_in_threads(count):
    for i in range(count):
        thread = threading.Thread(target=threading.Event().wait, daemon=True)
        thread.start()
        if i % 2:
            with open(f"/proc/self/task/{thread.native_id}/comm", "w", encoding="ascii") as file:
                file.write(f"worker ){i}")


class Differences(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        need_bpf()

    def compare(self, pid, **options):
        """The record of a process, the same from both."""
        def sample():
            found = cmon.by_pid(listing("bpf", **options)).get(pid)
            expected = cmon.by_pid(listing("procfs", **options)).get(pid)
            return found == expected and found

        with contextlib.suppress(AssertionError):
            return cmon.wait_for(sample, deadline=3)
        self.assertEqual(cmon.by_pid(listing("bpf", **options)).get(pid),
                         cmon.by_pid(listing("procfs", **options)).get(pid))
        self.fail("not there")

    def test_threads(self):
        def make():
            os.nice(5)
            wait_in_threads(50)

        with stopped(make) as pid:
            record = self.compare(pid)
            self.assertEqual(len(record["threads"]), 51)
            self.assertEqual({thread["stat"] for thread in record["threads"]}, {"TNl"})
            self.assertIn("worker )49", {thread["name"] for thread in record["threads"]})

    def test_a_thread_with_descriptors_of_its_own(self):
        def make():
            unshared = threading.Event()

            def run():
                if ctypes.CDLL(None).unshare(0x400) == 0:
                    os.open("/etc/passwd", os.O_RDONLY)
                unshared.set()
                threading.Event().wait()

            threading.Thread(target=run, daemon=True).start()
            unshared.wait()

        with stopped(make) as pid:
            record = self.compare(pid)
            self.assertNotIn("/etc/passwd", [file["path"] for file in record["open_files"]])

    def test_every_kind_of_descriptor(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())

        def make():
            def path(name):
                return os.path.join(directory, name)

            for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_APPEND,
                          os.O_PATH, os.O_RDWR | os.O_NONBLOCK | os.O_DSYNC):
                fd = os.open(path("plain"), flags | os.O_CREAT if not flags & os.O_PATH else flags, 0o600)
                os.set_inheritable(fd, bool(flags & os.O_APPEND))
                if not flags & os.O_PATH:
                    os.lseek(fd, 123456789012, os.SEEK_SET)
            os.open(path("gone"), os.O_RDWR | os.O_CREAT)
            os.unlink(path("gone"))
            os.open(path("named (deleted)"), os.O_RDWR | os.O_CREAT)
            os.open(path("linked"), os.O_RDWR | os.O_CREAT)
            os.link(path("linked"), path("other"))
            os.unlink(path("linked"))
            os.open(path("new\nline \x1b \\"), os.O_RDWR | os.O_CREAT)
            os.open(directory, os.O_RDONLY)
            os.symlink("plain", path("symlink"))
            os.open(path("symlink"), os.O_PATH | os.O_NOFOLLOW)
            os.memfd_create("in memory")
            os.eventfd(3)
            os.pipe()
            select.epoll()
            os.open("/dev/null", os.O_RDWR)
            os.open("/proc/self/status", os.O_RDONLY)
            os.lseek(os.open("/proc/self/mem", os.O_RDWR), -4096 & (1 << 63) - 1, os.SEEK_SET)
            deep = directory
            here = os.open(directory, os.O_RDONLY)
            for _ in range(6):
                name = "d" * 200
                os.mkdir(name, dir_fd=here)
                here = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
                deep = os.path.join(deep, name)
            os.open("end", os.O_RDWR | os.O_CREAT, dir_fd=here)

        with stopped(make) as pid:
            record = self.compare(pid)
            self.assertEqual(record["num_fds"], len(os.listdir(f"/proc/{pid}/fd")))
            names = [os.path.basename(file["path"]) for file in record["open_files"] if directory in file["path"]]
            self.assertEqual(sorted(names), sorted(7 * ["plain"] + ["named (deleted)", "new\nline \x1b \\", "end"]))

    def test_a_thousand_descriptors(self):
        def make():
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, 2 * MANY))
            for _ in range(MANY):
                os.open("/etc/passwd", os.O_RDONLY)

        with stopped(make) as pid:
            record = self.compare(pid)
            self.assertGreaterEqual(record["num_fds"], MANY)
            self.assertGreaterEqual(len(record["open_files"]), MANY)
            self.assertEqual(self.compare(pid, fields="pid,num_fds"), {"pid": pid, "num_fds": record["num_fds"]})

    def test_zombie(self):
        def make():
            if os.fork() == 0:
                os._exit(1)
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

        with stopped(make) as pid:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                record = self.compare(int(children.read()))
            self.assertEqual((record["num_fds"], record["open_files"]), (0, []))

    def test_nested_pid_namespace(self):
        cmon.need_root()
        cmon.need_tool("unshare")
        if not cmon.can_unshare("-pf", "--mount-proc"):
            self.skipTest("unshare -p is refused")
        with cmon.child([*NAMESPACE, "/usr/bin/python3", "-c", INNER, "/etc/passwd", "/etc/group"],
                        stdout=subprocess.PIPE) as outer:
            self.assertEqual(outer.stdout.readline(), b"1\n")
            with open(f"/proc/{outer.pid}/task/{outer.pid}/children", encoding="ascii") as children:
                inner = int(children.read())
            stop(inner)
            record = self.compare(inner)
            self.assertEqual([file["path"] for file in record["open_files"]], ["/etc/passwd", "/etc/group"])
            self.assertEqual(len(record["threads"]), 2)
            document = json.loads(subprocess.run(
                ["nsenter", "-t", str(inner), "-p", "-m", cmon.BINARY, "--json", "-d", "0", "--source=bpf", "--sections",
                 "processes", "--fields", FIELDS], stdout=subprocess.PIPE, timeout=cmon.DEADLINE, check=True).stdout)
            seen = cmon.by_pid(document)[1]
            self.assertEqual(document["source"], "bpf")
            self.assertEqual(seen["open_files"], record["open_files"])
            self.assertEqual(len(seen["threads"]), 2)

    def test_from_tick_to_tick(self):
        """A thread that begins, and files that are opened and closed, while the process does next to nothing."""
        with stopped(lambda: wait_in_threads(3)) as pid:
            first, *_, last = (cmon.by_pid(document).get(pid) for document in
                               cmon.snapshots(3, "--source=bpf", "--sections", "processes", "--fields",
                                              FIELDS + ",cpu_percent"))
            self.assertEqual([thread["cpu_percent"] for thread in last["threads"]], 4 * [0])
            self.assertEqual((first["open_files"], first["num_fds"]), (last["open_files"], last["num_fds"]))


class Sockets(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        need_bpf()

    def test_owners(self):

        def make():
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            served, _ = listener.accept()
            left, right = socket.socketpair()
            datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            datagrams.bind(("::1", 0))
            named = socket.socket(socket.AF_UNIX)
            named.bind(f"\0cmon-{os.getpid()}")
            shared = os.dup(listener.fileno())
            kept.extend((listener, client, served, left, right, datagrams, named, shared))
            if os.fork() == 0:
                while True:
                    signal.pause()

        kept = []
        with stopped(make) as pid:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                child = int(children.read())
            self.addCleanup(os.kill, child, signal.SIGKILL)

            def mine(source):
                document = listing(source, sections="connections,processes", fields="pid,net_connections")
                owned = [connection for connection in document["net_connections"]
                         if any(owner["pid"] in (pid, child) for owner in connection["owners"] or ())]
                return owned, [cmon.by_pid(document).get(number) for number in (pid, child)]

            found, expected = mine("bpf"), mine("procfs")
            self.assertEqual(found, expected)
            owned, records = found
            self.assertEqual(len(owned), 7)
            listener = next(connection for connection in owned if connection["status"] == "LISTEN" and
                            connection["family"] == "AF_INET")
            self.assertEqual([owner["pid"] for owner in listener["owners"]], [pid, pid, child, child])
            self.assertEqual([len(record["net_connections"]) for record in records], [8, 8])


if __name__ == "__main__":
    unittest.main()
