"""Locks of files, made by the test, compared with what it asked for and with lslocks."""

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import unittest

import cmon

F_OFD_SETLK = 37


def flock_of(kind, start, length):
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0)


def locks_of(pid):
    return cmon.process(pid, fields="locks")["locks"]


WAITER = """
import fcntl, sys
file = open(sys.argv[1], "r+")
print("there", flush=True)
if sys.argv[2] == "posix":
    fcntl.lockf(file, fcntl.LOCK_EX, 7, 3)
else:
    fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


class Locks(unittest.TestCase):
    def setUp(self):
        file = tempfile.NamedTemporaryFile()
        self.addCleanup(file.close)
        self.path = os.path.realpath(file.name)
        file.write(b"x" * 1000)
        file.flush()

    def open(self):
        fd = os.open(self.path, os.O_RDWR)
        self.addCleanup(os.close, fd)
        return fd

    def expected(self, fd, kind, mode, start=0, end=None):
        status = os.stat(self.path)
        return {"path": self.path, "fd": fd, "type": kind, "mode": mode, "kind": "ADVISORY", "waits": False,
                "device": f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}", "inode": status.st_ino,
                "start": start, "end": end}

    def own(self):
        """Locks of this process on the file of the test."""
        return [lock for lock in locks_of(os.getpid()) if lock["path"] == self.path]

    def waiter(self, kind):
        """A process that asks for the lock."""
        process = subprocess.Popen([sys.executable, "-c", WAITER, self.path, kind], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)

        def end():
            process.kill()
            process.communicate()

        self.addCleanup(end)
        self.assertEqual(process.stdout.readline(), b"there\n")
        return process

    def test_none(self):
        self.open()
        self.assertEqual(self.own(), [])

    def test_posix(self):
        fd = self.open()
        fcntl.lockf(fd, fcntl.LOCK_EX, 10, 5)
        fcntl.lockf(fd, fcntl.LOCK_SH, 0, 500)
        self.assertEqual(self.own(), [self.expected(fd, "POSIX", "WRITE", 5, 14),
                                      self.expected(fd, "POSIX", "READ", 500)])
        fcntl.lockf(fd, fcntl.LOCK_UN)
        self.assertEqual(self.own(), [])

    def test_flock(self):
        fd = self.open()
        fcntl.flock(fd, fcntl.LOCK_SH)
        self.assertEqual(self.own(), [self.expected(fd, "FLOCK", "READ")])
        fcntl.flock(fd, fcntl.LOCK_EX)
        self.assertEqual(self.own(), [self.expected(fd, "FLOCK", "WRITE")])

    def test_open_file_description(self):
        """They belong to no process: /proc/locks has -1."""
        fd = self.open()
        fcntl.fcntl(fd, F_OFD_SETLK, flock_of(fcntl.F_RDLCK, 50, 0))
        self.assertEqual(self.own(), [self.expected(fd, "OFDLCK", "READ", 50)])

    def test_inherited(self):
        """Who inherits the descriptor holds the lock, though another made it."""
        fd = self.open()
        fcntl.flock(fd, fcntl.LOCK_EX)
        child = subprocess.Popen(["sleep", "1000"], pass_fds=[fd])
        try:
            cmon.wait_for(lambda: os.readlink(f"/proc/{child.pid}/exe").endswith(("sleep", "coreutils")),
                          what="the child's program")
            self.assertEqual(locks_of(child.pid), [self.expected(fd, "FLOCK", "WRITE")])
        finally:
            child.kill()
            child.wait()

    def test_file_without_a_name(self):
        fd = self.open()
        path = self.path + ".other"
        os.rename(self.path, path)
        open(self.path, "w", encoding="ascii").close()  # for its removal
        os.unlink(path)
        fcntl.flock(fd, fcntl.LOCK_EX)
        inode = os.fstat(fd).st_ino
        (lock,) = [lock for lock in locks_of(os.getpid()) if lock["inode"] == inode]
        self.assertEqual(lock["path"], path + " (deleted)")

    def check_waiting(self, kind, **expected):
        waiter = self.waiter(kind)

        def waiting():
            return [lock for lock in locks_of(waiter.pid) if lock["waits"]]

        (lock,) = cmon.wait_for(waiting, what="the lock that waits")
        self.assertEqual(lock, {**self.expected(None, kind.upper(), "WRITE"), "waits": True, **expected})
        return waiter

    def assert_granted(self, waiter, kind, **expected):
        self.assertTrue(select.select([waiter.stdout], [], [], cmon.DEADLINE)[0])
        self.assertEqual(waiter.stdout.readline(), b"locked\n")
        (lock,) = locks_of(waiter.pid)
        self.assertIsNotNone(lock["fd"])
        self.assertEqual({**lock, "fd": None}, {**self.expected(None, kind.upper(), "WRITE"), **expected})

    def test_waiting_for_posix(self):
        fd = self.open()
        fcntl.lockf(fd, fcntl.LOCK_EX, 10, 5)
        waiter = self.check_waiting("posix", start=3, end=9)
        fcntl.lockf(fd, fcntl.LOCK_UN)
        self.assert_granted(waiter, "posix", start=3, end=9)

    def test_waiting_for_flock(self):
        fd = self.open()
        fcntl.flock(fd, fcntl.LOCK_EX)
        waiter = self.check_waiting("flock")
        fcntl.flock(fd, fcntl.LOCK_UN)
        self.assert_granted(waiter, "flock")

    def test_lease(self):
        fd = self.open()
        reader = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, reader)
        os.close(os.dup(fd))
        os.unlink(self.path)
        open(self.path, "w", encoding="ascii").close()
        reader = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, reader)
        try:
            fcntl.fcntl(reader, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            self.skipTest(f"no leases here: {error}")
        self.assertEqual(self.own(), [{**self.expected(reader, "LEASE", "READ"), "kind": "ACTIVE"}])

    def test_agrees_with_lslocks(self):
        cmon.need_tool("lslocks")
        fd, other = self.open(), self.open()
        fcntl.lockf(fd, fcntl.LOCK_EX, 10, 5)
        fcntl.lockf(fd, fcntl.LOCK_SH, 20, 100)
        fcntl.flock(other, fcntl.LOCK_SH)
        ended = subprocess.run(["lslocks", "-J", "-b", "-p", str(os.getpid())], stdout=subprocess.PIPE, check=True)
        listed = {(lock["type"], lock["mode"], int(lock["start"]), int(lock["end"]))
                  for lock in json.loads(ended.stdout)["locks"] if lock["path"] == self.path}
        # lslocks has 0 for the end of the file.
        self.assertEqual({(lock["type"], lock["mode"], lock["start"], lock["end"] or 0) for lock in self.own()}, listed)

    def test_not_permitted(self):
        cmon.need_root()
        with cmon.reachable_binary() as binary:
            ended = subprocess.run(["setpriv", "--reuid", str(cmon.NOBODY), "--regid", str(cmon.NOBODY),
                                    "--clear-groups", binary, "--json", "-d", "0", "--sections", "processes",
                                    "--fields", "locks", "--pid", str(os.getpid())], stdout=subprocess.PIPE, check=True)
        document = json.loads(ended.stdout)
        self.assertIsNone(document["processes"][0]["locks"])
        self.assertIn("processes/locks", [error["source"] for error in document["errors"]])

    def test_only_when_asked_for(self):
        self.assertNotIn("locks", cmon.process(os.getpid(), fields="default"))


if __name__ == "__main__":
    unittest.main()
