"""What the live and screen tests share: run the cmon under test, read its JSON, wait for conditions, be somebody else."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("CMON") or os.path.join(ROOT, "build", "cmon"))
VARIANT = os.environ.get("CMON_VARIANT", "")
# Sanitizers make a program slower, and the machine may be busy with another build: deadlines are for hangs only.
DEADLINE = 60 if VARIANT else 30
NOBODY = 65534


def run(*arguments, timeout=DEADLINE, **options):
    """Run cmon to its end: a CompletedProcess whose stdout and stderr are bytes. Standard input is empty."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([BINARY, *map(str, arguments)], timeout=timeout, check=False, **options)


def succeed(*arguments, **options):
    """Run cmon, which must end with status 0 and say nothing on stderr; its stdout as bytes."""
    ended = run(*arguments, **options)
    if ended.returncode != 0 or ended.stderr:
        raise AssertionError(f"cmon {' '.join(map(str, arguments))}: status {ended.returncode}, "
                             f"stderr {ended.stderr.decode('utf-8', 'replace')!r}")
    return ended.stdout


def snapshot(*arguments, delay=0, **options):
    """One `cmon --json` as a dict. The delay of 0 makes one instant sample, whose rates are null."""
    return json.loads(succeed("--json", "-d", delay, *arguments, **options))


def snapshots(count, *arguments, delay=0.1, **options):
    """`cmon --json -n count` as a list of dicts."""
    lines = succeed("--json", "-n", count, "-d", delay, *arguments, **options).splitlines()
    return [json.loads(line) for line in lines]


def process(pid, *arguments, fields="all", delay=0, **options):
    """The record of one process, or None when cmon does not list it."""
    found = snapshot("--sections", "processes", "--fields", fields, "--pid", pid, *arguments, delay=delay, **options)
    records = found["processes"]
    if len(records) > 1:
        raise AssertionError(f"{len(records)} records for pid {pid}")
    return records[0] if records else None


def by_pid(document):
    """The processes of a snapshot, keyed by pid."""
    return {record["pid"]: record for record in document["processes"]}


def wait_for(condition, deadline=DEADLINE, what=None, interval=0.01):
    """Poll until the condition returns something true, and return that. Fail after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline} s: {what or condition}")
        time.sleep(interval)


# --- What this machine has ---

def need_tool(*names):
    """Skip the test without these programs. The runner counts that as a failure in continuous integration."""
    for name in names:
        if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            raise unittest.SkipTest(f"missing tool: {name}")


def need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can do this")


CAPABILITIES = {"ptrace": 19, "nice": 23}


def has_capability(name):
    with open("/proc/self/status", encoding="ascii") as status:
        effective = next(line.split()[1] for line in status if line.startswith("CapEff:"))
    return int(effective, 16) >> CAPABILITIES[name] & 1 == 1


def need_capability(name):
    if not has_capability(name):
        raise unittest.SkipTest(f"CAP_SYS_{name.upper()} is not given here")


def can_unshare(*flags):
    return subprocess.run(["unshare", *flags, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def crash_environment():
    """Variables with which a sanitizer leaves crashes to the program, for tests that crash it on purpose."""
    leave = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0"
    names = ("ASAN_OPTIONS", "TSAN_OPTIONS") if VARIANT else ()
    return {name: ":".join(filter(None, [os.environ.get(name), leave])) for name in names}


def need_mount_namespace():
    """Skip where root may not make mount namespaces (a container) or the root directory is no mount (a chroot)."""
    need_root()
    if not can_unshare("--mount", "--propagation", "private"):
        raise unittest.SkipTest("unshare --mount is refused")


# --- Processes made by a test ---

@contextlib.contextmanager
def child(argv, **options):
    """A process that is killed and reaped when the block ends. Yields the Popen."""
    options.setdefault("stdin", subprocess.DEVNULL)
    started = subprocess.Popen(argv, **options)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()
        for stream in (started.stdin, started.stdout, started.stderr):
            if stream:
                stream.close()


@contextlib.contextmanager
def forked(function):
    """Run a function in a forked child, which then sleeps for ever. Yields the pid once the function has returned."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            function()
            os.write(writer, b"+")
            os.close(writer)
            while True:
                signal.pause()
        finally:
            os._exit(70)
    os.close(writer)
    try:
        if os.read(reader, 1) != b"+":
            raise AssertionError("the child's function failed")
        yield pid
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def set_name(name):
    """prctl(PR_SET_NAME) for the calling thread, with bytes no program name would have."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(15, ctypes.c_char_p(name), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def stat_of(pid):
    """(comm, [field 3, field 4, ...]) of /proc/PID/stat as bytes; None when it is gone. Field N is at [N - 3]."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            content = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return content[content.index(b"(") + 1:content.rindex(b")")], content[content.rindex(b")") + 2:].split()


def state_of(pid):
    """The state letter as str, or None when the process is gone."""
    stat = stat_of(pid)
    return stat[1][0].decode() if stat else None


# --- As somebody else, somewhere else ---

def as_nobody():
    """Options for run() that make cmon run as nobody, without groups."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@contextlib.contextmanager
def reachable_binary():
    """The path of a cmon that nobody can execute: a copy where the build directory is closed to others."""
    probe = subprocess.run([BINARY, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False, **as_nobody()) if _visible_to_nobody() else None
    if probe is not None and probe.returncode == 0:
        yield BINARY
        return
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        copy = os.path.join(directory, "cmon")
        shutil.copy(BINARY, copy)
        os.chmod(copy, 0o755)
        yield copy


def _visible_to_nobody():
    path = os.path.dirname(BINARY)
    while True:
        if not os.stat(path).st_mode & 0o001:
            return False
        if path == "/":
            return bool(os.stat(BINARY).st_mode & 0o001)
        path = os.path.dirname(path)


def in_mount_namespace(script, *arguments, flags=(), timeout=DEADLINE, **options):
    """Run a shell script as root in a mount namespace of its own; "$@" are the arguments. Mounts vanish with it."""
    need_mount_namespace()
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    argv = ["unshare", "--mount", "--propagation", "private", *flags, "/bin/sh", "-euc", script, "sh"]
    return subprocess.run([*argv, *map(str, arguments)], timeout=timeout, check=False, **options)
