"""What the benchmarks share: what they are told, the report, sleepers, programs on terminals, the cost of processes.

A chapter is a module with TITLE, and PARTS: name -> function(bench). `main` runs the chapters it is given. A part that
cannot measure raises Failure: that is said, the others run, and the status is 1. A goal that is not met is printed.

Variables: BENCH_ROUNDS: rounds, of which medians are shown (5; where a round takes long, at most 3 unless BENCH_FULL=1).
BENCH_PROCESSES: how many sleeping processes "many" are (10000).
Nothing is installed and no limit of the machine is raised: what is missing or too low is said.
"""

import argparse
import contextlib
import fcntl
import json
import os
import platform
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
PROCESSES = int(os.environ.get("BENCH_PROCESSES", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
FULL = os.environ.get("BENCH_FULL", "") not in ("", "0")
FILES = 6                # of a sleeper, besides the three it inherits
# What cmon, psutil and ps are asked for.
FIELDS = "pid,ppid,name,status,username,cpu_times,memory_info,num_threads,create_time,nice,cmdline,terminal"
MANY_OTHERS = 500        # tasks that are not of the bench: more are said
ROWS, COLUMNS = 50, 200
QUIET_S = 0.003
DEADLINE_S = 20
BETWEEN_BURSTS_S = 0.15  # what comes after so long is another refresh
LEAST_BYTES = {"btop": 500}  # of a refresh: less is its clock
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()].|[=>78M])|[\x0e\x0f]")


class Failure(Exception):
    pass


def heavy_rounds():
    return ROUNDS if FULL else min(ROUNDS, 3)


def median_columns(rows):
    return tuple(statistics.median(column) for column in zip(*rows))


# --- The machine ---

# name -> how its version is asked. What is missing is left out of every comparison, and named.
PEERS = {
    "htop": ["htop", "-V"], "top": ["top", "-V"], "btop": ["btop", "--version"], "atop": ["atop", "-V"],
    "glances": ["glances", "-V"], "ps": ["ps", "-V"], "pstree": ["pstree", "-V"], "ss": ["ss", "-V"],
    "lsof": ["lsof", "-v"], "psutil": [PYTHON, "-c", "import psutil; print(psutil.__version__)"],
    "strace": ["strace", "-V"], "valgrind": ["valgrind", "--version"], "tmux": ["tmux", "-V"],
}


def version(name):
    """As the program says it; None when it is not there."""
    if not shutil.which(PEERS[name][0]):
        return None
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as home:
        asked = subprocess.run(PEERS[name], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                               env={**os.environ, "HOME": home, "TMPDIR": home})
    found = re.search(r"\d+\.\d+[.\w]*", asked.stdout + asked.stderr)
    if name == "psutil" and asked.returncode != 0:
        return None
    return found.group() if found else "unknown"


def number_in(path):
    """None when there is no such file, or no limit in it."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def process_count():
    return sum(entry.isdigit() for entry in os.listdir("/proc"))


def thread_count():
    """By the last field but one of /proc/loadavg."""
    with open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[3].split("/")[1])


class Crowd(threading.Thread):
    """Watches how many tasks there are, since what others start or end while a part runs makes its figures wrong."""

    def __init__(self):
        super().__init__(daemon=True)
        self.forget()
        self.start()

    def forget(self):
        self.least = self.most = thread_count()

    def run(self):
        while True:
            there = thread_count()
            self.least, self.most = min(self.least, there), max(self.most, there)
            time.sleep(0.25)

    def changed(self):
        return self.most - self.least > MANY_OTHERS


# --- Populations ---

def why_impossible(processes, threads):
    """A limit of this machine that so many new tasks would exceed, or None. None is raised here."""
    wanted, there = processes * threads, thread_count()
    limits = (("kernel.pid_max", number_in("/proc/sys/kernel/pid_max"), 300),
              ("kernel.threads-max", number_in("/proc/sys/kernel/threads-max"), 0),
              ("pids.max of the control group", number_in("/sys/fs/cgroup/pids.max"), 0))
    for name, limit, reserved in limits:
        if limit is not None and wanted + there > limit - reserved:
            return f"{name} is {limit}, and {there} tasks are there"
    return None


class Sleepers:
    """Processes that sleep. Their rows change for no reason but a key."""

    marker = b"cmon-sleeper"

    def __init__(self, build, count, threads=1):
        why = why_impossible(count, threads)
        if why:
            raise Failure(f"{count} processes with {threads} threads each cannot be made: {why}")
        argv = [os.path.join(build, "bench/sleepers"), "-t", str(threads), "-f", str(FILES), str(count)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            self.__exit__()
            raise Failure(f"{count} sleepers with {threads} threads each could not be started")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Helper:
    """A program of bench/*.c that goes on until its input ends, and then prints what it did."""

    def __init__(self, build, name, *arguments):
        self.process = subprocess.Popen([os.path.join(build, "bench", name), *map(str, arguments)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.communicate()

    def end(self):
        output = self.process.communicate()[0]
        if self.process.returncode != 0:
            raise Failure(f"{self.process.args[0]} ended with status {self.process.returncode}")
        return [float(word) for word in output.split()]


# --- A program that runs once ---

def run_once(build, argv):
    """Wall seconds, CPU seconds, peak MiB, and the output."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as result, \
            tempfile.TemporaryFile() as complaints:
        def descriptor_3():
            os.dup2(result.fileno(), 3)
            os.set_inheritable(3, True)  # dup2 does nothing for a result that is 3 already

        subprocess.run([os.path.join(build, "bench/measure"), *argv], stdin=subprocess.DEVNULL, stdout=output,
                       stderr=complaints, preexec_fn=descriptor_3, close_fds=False, check=True)
        for file in (result, output, complaints):
            file.seek(0)
        said = result.read().split()
        if len(said) != 4:
            raise Failure(f"{argv[0]}: bench/measure said nothing")
        wall, cpu, memory, status = map(int, said)
        if status != 0:
            why = complaints.read(300).decode(errors="replace").strip()
            raise Failure(f"{argv[0]}: wait status {status:#x} {why}")
        return (wall / 1e9, cpu / 1e6, memory / 1024), output.read()


def cmon_json(bench, *arguments):
    """The objects that cmon prints, one a line with -n."""
    _, output = run_once(bench.build, [bench.cmon, "--json", *arguments])
    return [json.loads(line) for line in output.splitlines()] if "-n" in arguments else [json.loads(output)]


# --- The cost of running processes ---

def cpu_clock_ns(pid):
    """CPU time of all threads of a process, also of those that have ended, in ns: its clock, as clock_getcpuclockid(3)
    names it. 0 when it is gone: then it is in what its parent has reaped."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def reaped_ns(pid):
    """CPU time of the children that it has waited for; in hundredths of a second, unlike the rest."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[13]) + int(fields[14])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def children(pid):
    found = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def descendants(pid):
    found = children(pid)
    return found + [further for child in found for further in descendants(child)]


def tree_cpu_ns(pid):
    return sum(cpu_clock_ns(each) + reaped_ns(each) for each in (pid, *descendants(pid)))


def memory_mib(pid):
    """Resident now, and at its most."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        lines = dict(line.split(":", 1) for line in file if line.startswith("Vm"))
    return tuple(int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


# --- A program on a terminal ---

class Program:
    """A program on a pseudo-terminal of its own. With `with`, it is gone at the end.
    least: how many bytes a burst of output has that is a refresh, where a program also shows a clock or the like."""

    def __init__(self, argv, least=1, **environment):
        variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
                     "TERM": "xterm-256color", **environment}
        self.name, self.least = os.path.basename(argv[0]), least
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.set_blocking(self.master, False)
        self.poll = select.poll()
        self.poll.register(self.master, select.POLLIN)
        self.bursts, self.last_read = [], 0.0
        self.started = time.monotonic()
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=variables,
                                        start_new_session=True)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGTERM)
        end = time.monotonic() + 2
        while self.process.poll() is None and time.monotonic() < end:
            self.take(0.02)
        self.signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def signal(self, number):
        """To it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def take(self, timeout_s):
        """What comes within the time: b"" when nothing does, None when it has left the terminal."""
        if not self.poll.poll(timeout_s * 1000):
            return b""
        try:
            return os.read(self.master, 1 << 16)
        except OSError:
            return None

    def read(self, timeout_s):
        found = self.take(timeout_s)
        if found is None:
            raise Failure(f"{self.name} ended with status {self.process.wait()}")
        if found:
            now = time.monotonic()
            if now - self.last_read > BETWEEN_BURSTS_S or not self.bursts:
                self.bursts.append(0)
            self.bursts[-1] += len(found)
            self.last_read = now
        return found

    def complete(self):
        """The bytes of each refresh since the bursts were cleared."""
        return [burst for burst in self.bursts if burst >= self.least]

    def pass_refreshes(self, count, limit_s=60):
        """Read until the end of so many more refreshes."""
        self.bursts.clear()
        end = time.monotonic() + limit_s
        while self.read(BETWEEN_BURSTS_S) or len(self.complete()) < count:
            if time.monotonic() > end:
                raise Failure(f"{self.name} showed {len(self.complete())} of {count} refreshes within {limit_s} s")

    def frame_with(self, marker):
        """The times of the first byte since now, of the read that brought the marker, and of that frame's end."""
        seen, first, found, last = b"", None, None, None
        deadline = time.monotonic() + DEADLINE_S
        while True:
            piece = self.read(QUIET_S if found else DEADLINE_S)
            now = time.monotonic()
            if not piece and found:
                return first, found, last
            if now > deadline:
                raise Failure(f"{self.name} did not show {marker!r} within {DEADLINE_S} s")
            seen = (seen + piece)[-(1 << 17):]
            first, last = first or now, now
            if not found and marker in ESCAPES.sub(b"", seen):
                found = now

    def drain(self, duration_s):
        end = time.monotonic() + duration_s
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def drain_while(self, condition):
        while condition():
            self.read(0.1)

    def wait_quiet(self, quiet_s, limit_s):
        end = time.monotonic() + limit_s
        while self.read(quiet_s) and time.monotonic() < end:
            pass

    def press(self, key):
        os.write(self.master, key)


def read_all(programs, duration_s):
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        for program in programs:
            program.read(0.01)


# --- Report ---

class Report:
    def __init__(self):
        self.lines, self.goals, self.row_count, self.width = [], [], 0, 16

    def line(self, text):
        self.lines += ["", text]
        print(text, flush=True)

    def title(self, text, width=16):
        self.lines += ["", f"## {text}", ""]
        self.row_count, self.width = 0, width
        print(f"\n{text}", flush=True)

    def row(self, *cells):
        self.lines.append("| " + " | ".join(cells) + " |")
        if self.row_count == 0:
            self.lines.append("|" + "---|" * len(cells))
        self.row_count += 1
        print("  " + "".join(f"{cell:26}" if i == 0 else f"{cell:>{self.width}} " for i, cell in enumerate(cells)),
              flush=True)

    def goal(self, name, value, limit, unit=""):
        """A value of None could not be measured."""
        measured = "not measured" if value is None else f"{value:.3g} {unit}".strip()
        verdict = "" if value is None else "met" if value <= limit else "NOT MET"
        self.goals.append((name, measured, f"{limit:.3g} {unit}".strip(), verdict))

    def show_goals(self):
        self.title("Goals")
        self.row("goal", "measured", "at most", "")
        width = max(len(goal[0]) for goal in self.goals)
        for name, *cells in self.goals:
            self.row(f"{name:{width}}", *cells)

    def save(self, path, title, preface):
        """Write it into the file in the place of the chapter with this title, and leave the others."""
        chapters = []
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
            chapters = [chapter for chapter in re.split(r"(?m)^(?=# )", file.read()) if chapter.strip()]
        text = f"# {title}\n\n{preface}" + "\n".join(self.lines) + "\n"
        place = next((i for i, old in enumerate(chapters) if old.startswith(f"# {title}\n")), len(chapters))
        chapters[place:place + 1] = [text]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(chapter.rstrip("\n") + "\n" for chapter in chapters))


class Bench:
    """What a part is given: where the programs are, the report, and sleepers, which stay until others are asked for."""

    def __init__(self, build):
        self.build, self.cmon = build, os.path.join(build, "cmon")
        self.report, self.sleepers, self.shape, self.crowd = Report(), None, None, Crowd()
        self.versions = {name: found for name in PEERS if (found := version(name))}

    def populate(self, processes, threads=1):
        """Have so many sleepers with so many threads each."""
        if self.shape == (processes, threads):
            return
        self.clear()
        if (others := thread_count()) > MANY_OTHERS:
            self.report.line(f"{others} tasks were there before any sleeper: what follows has them, too.")
        if processes:
            self.sleepers = Sleepers(self.build, processes, threads)
        self.shape = (processes, threads)
        self.crowd.forget()

    def clear(self):
        if self.sleepers:
            self.sleepers.__exit__()
        self.sleepers = self.shape = None

    def has(self, name):
        return name in self.versions

    def run_part(self, name, part):
        """False when something could not be measured."""
        self.crowd.forget()
        try:
            part(self)
        except (Failure, OSError, ValueError, KeyError, subprocess.SubprocessError) as failure:
            print(f"bench: {name}: {failure or type(failure).__name__}", file=sys.stderr)
            self.report.lines += ["", f"{name}: not measured: {failure}"]
            return False
        if self.crowd.changed():
            self.report.line(f"{name}: not to be relied on: others started or ended tasks meanwhile, there were "
                             f"{self.crowd.least} to {self.crowd.most}.")
        return True


def describe(bench, load_before):
    there = ", ".join(f"{name} {found}" for name, found in bench.versions.items())
    return (f"Printed by `make bench SAVE=FILE`; do not edit.\n\n"
            f"Linux {platform.release().split('-')[0]}, {os.cpu_count()} CPUs ({processor()}), as "
            f"{'root' if os.geteuid() == 0 else 'an ordinary user'}. Beside {there}.\n"
            f"Terminals of {COLUMNS} by {ROWS}, TERM=xterm-256color. Medians of {ROUNDS} rounds"
            f"{'' if ROUNDS == heavy_rounds() else f', of {heavy_rounds()} where a round takes long'}. The machine did "
            f"other work, too: load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after.\n")


def run_chapter(bench, title, parts, save):
    """False when something could not be measured."""
    load_before, measured = os.getloadavg()[0], True
    bench.report = Report()
    for name, part in parts.items():
        measured = bench.run_part(name, part) and measured
    if bench.report.goals:
        bench.report.show_goals()
    if save:
        bench.report.save(save, title, describe(bench, load_before))
    return measured


def main(description, *chapters):
    known = [name for chapter in chapters for name in chapter.PARTS]
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--save", metavar="FILE", help="keep the results there, in Markdown, a chapter each")
    parser.add_argument("--only", default=",".join(known), help="parts, separated by commas: " + ", ".join(known))
    options = parser.parse_args()
    only = options.only.split(",")
    if set(only) - set(known):
        parser.error(f"no such part: {', '.join(set(only) - set(known))}")
    bench, measured = Bench(os.path.abspath(options.build)), True
    missing = [name for name in PEERS if not bench.has(name)]
    if missing:
        print(f"Not installed, and left out: {', '.join(missing)}")
    try:
        for chapter in chapters:
            parts = {name: part for name, part in chapter.PARTS.items() if name in only}
            if parts:
                measured = run_chapter(bench, chapter.TITLE, parts, options.save) and measured
    except KeyboardInterrupt:
        return 130
    finally:
        bench.clear()
    return 0 if measured else 1
