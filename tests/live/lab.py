"""Processes of a wanted kind, for tests: an actor is a child that does what it is told, one command at a time, and
sleeps in between. It is ended by its pid, and ends with the test program whatever happens.

As a program (`lab.py actor [ANYTHING...]`) this is the actor itself.
"""

import base64
import contextlib
import ctypes
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

PYTHON = "/usr/bin/python3"
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15


class Actor:
    """The test's end. Every method returns when the actor has done what it says."""

    def __init__(self, *arguments, executable=PYTHON, **options):
        script = os.path.abspath(__file__)
        with contextlib.ExitStack() as stack:
            if "user" in options:
                # Who may not go into this directory may read the file all the same.
                script = stack.enter_context(open(script, "rb")).fileno()
                options.update(pass_fds=[script], cwd="/")
                script = f"/dev/fd/{script}"
            argv = options.pop("argv", None) or [PYTHON, script, "actor", *arguments]
            self.process = subprocess.Popen(argv, executable=executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            **options)
        self.pid = self.process.pid
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the actor has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"actor: {answer['error']}")
        return answer["done"]

    def do(self, command, **arguments):
        """Have a command of class Commands run; what it returns. The actor then sleeps in a read."""
        self.process.stdin.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def actor(*arguments, **options):
    """An Actor for the time of the block."""
    made = Actor(*arguments, **options)
    try:
        yield made
    finally:
        made.end()


def fork_with_pid(pid, function, attempts=2000):
    """Fork a child that gets this pid, which must be free, by moving the kernel's counter (root only). The child runs
    the function and ends with it. Returns False when others are faster all the time."""
    for _ in range(attempts):
        try:
            with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
                file.write(str(pid - 1))
        except OSError:
            return False
        child = os.fork()
        if child == 0:
            if os.getpid() == pid:
                try:
                    _end_with_parent()
                    function()
                finally:
                    os._exit(0)
            os._exit(0)
        if child == pid:
            return True
        os.waitpid(child, 0)
    return False


def kill_and_reap(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def burn(seconds):
    """Use the CPU for that much CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


# --- The actor's end ---

def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _end_with_parent():
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Commands:
    """What an actor can be told. Methods take and return what JSON can carry."""

    def __init__(self):
        self.kept = []
        self.children = []

    def open(self, path, flags):
        return os.open(path, flags, 0o600)

    def write(self, fd, count):
        return os.write(fd, b"x" * count)

    def unlink(self, path):
        os.unlink(path)

    def threads(self, count):
        """That many more threads, which wait for ever. Returns their ids."""
        ids = []
        for _ in range(count):
            ready = threading.Event()

            def body(ready=ready):
                ids.append(threading.get_native_id())
                ready.set()
                threading.Event().wait()

            threading.Thread(target=body, daemon=True).start()
            ready.wait()
        return ids

    def burning_thread(self):
        """A thread that uses a CPU for ever. Returns its id."""
        started = queue.Queue()

        def body():
            started.put(threading.get_native_id())
            while True:
                pass

        threading.Thread(target=body, daemon=True).start()
        return started.get()

    def ended_thread(self, seconds):
        """A thread that uses that much CPU time and ends."""
        def body():
            end = time.thread_time() + seconds
            while time.thread_time() < end:
                pass

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()

    def name(self, b64):
        """Name of the main thread: any bytes, at most 15."""
        _libc().prctl(PR_SET_NAME, ctypes.c_char_p(base64.b64decode(b64)), 0, 0, 0)

    def title(self, b64):
        """Write over the arguments, as setproctitle does."""
        title = base64.b64decode(b64)
        with open("/proc/self/stat", "rb") as file:
            start, end = map(int, file.read().rpartition(b") ")[2].split()[45:47])
        if len(title) > end - start:
            raise ValueError("longer than the arguments")
        ctypes.memmove(start, title.ljust(end - start, b"\0"), end - start)

    def nice(self, by):
        return os.nice(by)

    def affinity(self, cpus):
        os.sched_setaffinity(0, cpus)

    def ionice(self, ioclass, value):
        syscall = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
        if _libc().syscall(syscall, 1, 0, ioclass << 13 | value) != 0:
            raise OSError("ioprio_set")

    def rlimit(self, resource, soft, hard):
        import resource as resources
        resources.setrlimit(resource, (soft, hard))

    def chdir(self, path):
        os.chdir(path)

    def groups(self, groups):
        os.setgroups(groups)

    def oom_score_adj(self, value):
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(str(value))

    def listen(self):
        """A TCP socket that listens on a free port of the loopback. Returns [fd, port]."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen(7)
        self.kept.append(listener)
        return [listener.fileno(), listener.getsockname()[1]]

    def zombie(self):
        """A child that has ended and is not waited for. Returns its pid."""
        child = os.fork()
        if child == 0:
            os._exit(3)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        return child

    def burn(self, seconds):
        burn(seconds)

    def touch_memory(self, count):
        """Private memory of that many bytes, all of it written."""
        self.kept.append(bytearray(b"m" * count))

    def map_deleted(self, path):
        """Map a file of one page, and take its name away."""
        import mmap
        with open(path, "w+b") as file:
            file.write(b"d" * mmap.PAGESIZE)
            file.flush()
            self.kept.append(mmap.mmap(file.fileno(), mmap.PAGESIZE))
        os.unlink(path)

    def exec(self, path, argv):
        """Become another program. The answer comes first."""
        _answer({"done": None})
        os.execv(path, argv)


def _answer(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _act():
    _end_with_parent()
    commands = Commands()
    _answer({"done": os.getpid()})
    # The descriptor itself, line by line: nothing is read ahead, and nothing wakes the process in between.
    for line in sys.stdin:
        request = json.loads(line)
        try:
            done = getattr(commands, request.pop("command"))(**request)
        except Exception as error:  # pylint: disable=broad-except
            _answer({"error": f"{type(error).__name__}: {error}"})
            continue
        _answer({"done": done})


if __name__ == "__main__" and sys.argv[1:2] == ["actor"]:
    _act()
