"""Processes made by lab_process.c, and what ps says of them. A module that uses this calls build() in setUpModule and
remove() in tearDownModule."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

import cmon

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab_process.c")
BINARY = None


def build():
    """Compile the program, unless a test that runs this one in a namespace has done so."""
    global BINARY  # pylint: disable=global-statement
    BINARY = os.environ.get("CMON_LAB")
    if BINARY:
        return
    cmon.need_tool("gcc")
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o755)
    BINARY = os.path.join(directory, "lab_process")
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-pthread", "-o", BINARY, SOURCE], check=True)


def remove():
    if not os.environ.get("CMON_LAB"):
        shutil.rmtree(os.path.dirname(BINARY))


class Lab:
    """A running lab_process. `pids` is what it has said: {name: pid}. With a prefix, a program that starts it in
    another pid namespace, they are of that namespace, and who lives there ends with it."""

    def __init__(self, kind, number=0, prefix=(), **options):
        self.is_elsewhere = bool(prefix)
        self.process = subprocess.Popen([*prefix, BINARY, kind, str(number)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **options)
        self.pids = {}
        self.reader = self.process.stdout.fileno()
        self.pending = b""
        self.read_until("ready")

    def read_until(self, word):
        end = time.monotonic() + cmon.DEADLINE
        while True:
            line, newline, rest = self.pending.partition(b"\n")
            if not newline:
                self.read_more(end - time.monotonic())
                continue
            self.pending = rest
            name, _, value = line.decode().strip().partition(" ")
            if name == "error":
                raise AssertionError(f"lab_process: {value}")
            if value:
                self.pids[name] = int(value)
            if name == word:
                return

    def read_more(self, seconds):
        if not select.select([self.reader], [], [], max(seconds, 0))[0]:
            raise AssertionError(f"lab_process said {self.pids} and no more")
        more = os.read(self.reader, 4096)
        if not more:
            raise AssertionError("lab_process has ended")
        self.pending += more

    def tell(self, word="done"):
        """Let it go on, until it says this word."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.read_until(word)

    def end(self):
        """End all it has made."""
        for pid in [] if self.is_elsewhere else filter(runs_lab, set(self.pids.values())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()


def runs_lab(pid):
    stat = cmon.stat_of(pid)
    return bool(stat) and stat[0] == b"lab_process"


@contextlib.contextmanager
def lab(kind, number=0, **options):
    made = Lab(kind, number, **options)
    try:
        yield made
    finally:
        made.end()


def status_of(path):
    """The lines of a status file: {key: value}."""
    with open(f"{path}/status", encoding="utf-8", errors="replace") as file:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in file)}


def by_ps(*options, columns):
    """{first column: the others as a tuple} of what ps lists. The last column may have blanks in it."""
    output = subprocess.run(["ps", *options, "-o", ",".join(f"{column}=" for column in columns)],
                            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True,
                            env={**os.environ, "LC_ALL": "C"}).stdout.decode("utf-8", "replace")
    rows = (line.split(None, len(columns) - 1) for line in output.splitlines())
    return {int(row[0]): tuple(row[1:]) for row in rows}


def records(fields, *arguments, **options):
    """{pid: record} of one instant sample of all processes."""
    return cmon.by_pid(cmon.snapshot("--sections", "processes", "--fields", f"pid,{fields}", *arguments, **options))
