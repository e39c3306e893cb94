#!/usr/bin/python3
"""Measure the screen: how soon a key is answered, how soon the first frame stands, what a refresh sends, what it costs.

Every program runs on a pseudo-terminal of 200 by 50. Times are taken here, from the write of a key, or from the exec,
to the read of the bytes of a frame; the end of a frame is the last byte before QUIET_S without any.
BENCH_PROCESSES: how many sleeping processes "many" are (10000). BENCH_KEYS: keys sent in a round (400). BENCH_ROUNDS:
rounds, of which medians are shown (5). With --save FILE the results are written there as Markdown, too.
Status 1 when something cannot be measured; a goal that is not met is printed, not an error.
"""

import argparse
import fcntl
import os
import platform
import random
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
import time

PROCESSES = int(os.environ.get("BENCH_PROCESSES", "10000"))
KEYS = int(os.environ.get("BENCH_KEYS", "400"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ROWS, COLUMNS = 50, 200
QUIET_S = 0.003
DEADLINE_S = 20
REFRESHES = 30
BETWEEN_BURSTS_S = 0.15 # what comes after so long is another refresh
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()].|[=>78M])|[\x0e\x0f]")
UP, DOWN, PAGE_DOWN, HOME, END = b"\x1bOA", b"\x1bOB", b"\x1b[6~", b"\x1bOH", b"\x1bOF"


class Failure(Exception):
    pass


class Program:
    """A program on a pseudo-terminal of its own. With `with`, it is gone at the end."""

    def __init__(self, argv, **environment):
        variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
                     "TERM": "xterm-256color", **environment}
        self.name = os.path.basename(argv[0])
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
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 2
        while self.process.poll() is None and time.monotonic() < end:
            self.take(0.02)
        self.process.kill()
        self.process.wait()
        os.close(self.master)

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
            if now - self.last_read > BETWEEN_BURSTS_S:
                self.bursts.append(0)
            self.bursts[-1] += len(found)
            self.last_read = now
        return found

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

    def wait_quiet(self, quiet_s, limit_s):
        end = time.monotonic() + limit_s
        while self.read(quiet_s) and time.monotonic() < end:
            pass

    def press(self, key):
        os.write(self.master, key)

    def cpu_ns(self):
        """CPU time of the main thread and of all others."""
        main, others = 0, 0
        directory = f"/proc/{self.process.pid}/task"
        for thread in os.listdir(directory):
            with open(f"{directory}/{thread}/schedstat", "rb") as file:
                used = int(file.read().split()[0])
            if int(thread) == self.process.pid:
                main += used
            else:
                others += used
        return main, others


class Sleepers:
    """Processes that sleep. Their rows change for no reason but a key."""

    marker = b"cmon-sleeper"

    def __init__(self, build, count):
        self.process = subprocess.Popen([os.path.join(build, "bench/sleepers"), str(count)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise Failure("the sleepers could not be started")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def process_count():
    return sum(entry.isdigit() for entry in os.listdir("/proc"))


def first_name():
    """Of process 1, whose row is on top where the order is by pid, or nobody has a rate yet."""
    with open("/proc/1/comm", "rb") as file:
        return file.read().strip()


# --- Keys ---

# kind -> keys, which take turns and bring the screen back to what it was, each with what only its answer sends. Curses
# sends what differs, so that between pages of sleepers only digits change. None: not measured.
KEY_KINDS = {
    "selection": ((DOWN, Sleepers.marker), (UP, Sleepers.marker)),
    "order": ((b"I", "\u25bc".encode()), (b"I", "\u25b2".encode())),
    "tree": ((b"t", "\u251c".encode()), (b"t", None)),
    "first row": ((HOME, first_name()), (END, None)),
}


def open_sorted(cmon, delay_s):
    """cmon by pid, with the selection among the sleepers, which are most of all: in the middle of them."""
    program = Program([cmon, "-d", str(delay_s)])
    program.drain(1.5)
    program.press(b"N")
    for _ in range(30):
        program.drain(0.02)
        program.press(PAGE_DOWN)
    program.drain(2 * delay_s + 0.5)
    return program


def measure_keys(program, kind, count, pause_s):
    """Milliseconds to the read with the answer, and to the last byte of its frame, for each key."""
    pauses, answered, ended = random.Random(1), [], []
    for i in range(count):
        key, marker = KEY_KINDS[kind][i % 2]
        program.drain(pauses.uniform(0.2, 1.8) * pause_s)
        pressed = time.monotonic()
        program.press(key)
        if not marker:
            program.frame_with(b"")
            program.wait_quiet(0.03, 1)
            continue
        _, found, last = program.frame_with(marker)
        answered.append((found - pressed) * 1000)
        ended.append((last - pressed) * 1000)
    return answered, ended


def bench_keys(cmon, report):
    report.title(f"Key to frame, {process_count()} processes, milliseconds")
    report.row("delay", "key", "answer p50", "p99", "last byte p50", "p99", "most")
    for delay_s, name in ((1, "1 s"), (0.1, "0.1 s: always collecting")):
        rounds = [{} for _ in range(ROUNDS)]
        for samples in rounds:
            with open_sorted(cmon, delay_s) as program:
                for kind in KEY_KINDS:
                    share = 0.7 if kind == "selection" else 0.1
                    samples[kind] = measure_keys(program, kind, max(2, int(KEYS * share)), 0.02)
            samples["all"] = tuple(sum((samples[kind][i] for kind in KEY_KINDS), []) for i in range(2))
        for kind in (*KEY_KINDS, "all"):
            cells = []
            for i in range(2):
                for share in (0.50, 0.99):
                    cells.append(statistics.median(percentile(samples[kind][i], share) for samples in rounds))
            most = max(max(samples[kind][1]) for samples in rounds)
            report.row(name, kind, *(f"{cell:.1f}" for cell in cells), f"{most:.1f}")
        report.goal(f"key to the frame's last byte, p99, delay {name}", cells[3], 16, "ms")


# --- First frame ---

def measure_first_frame(cmon):
    """Milliseconds from the exec to the first byte, and to the end of the first frame that has process 1 in it."""
    with Program([cmon]) as program:
        first, _, last = program.frame_with(first_name())
        return (first - program.started) * 1000, (last - program.started) * 1000


def bench_first_frame(cmon, report, limit_ms):
    count = process_count()
    samples = [measure_first_frame(cmon) for _ in range(3 * ROUNDS)]
    firsts, lasts = zip(*samples)
    report.title(f"First frame after exec, {count} processes, milliseconds")
    report.row("", "median", "least", "most")
    for name, column in (("first byte", firsts), ("processes shown", lasts)):
        report.row(name, f"{statistics.median(column):.1f}", f"{min(column):.1f}", f"{max(column):.1f}")
    report.goal(f"first frame with its processes at {count}", statistics.median(lasts), limit_ms, "ms")


# --- Bytes and CPU ---

def others_installed():
    # A file that is not there: the defaults of htop and btop, whoever runs this.
    known = {"htop": ["htop", "-d", "10"], "btop": ["btop", "--utf-force"]}
    return {name: argv for name, argv in known.items() if shutil.which(name)}


def read_all(programs, duration_s):
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        for program in programs.values():
            program.read(0.01)


def measure_running(programs):
    """name -> (bytes of a refresh, median; bytes in a second; milliseconds of CPU in a second of the main thread, and of the others).
    All run at once, so that all show the same."""
    before = {name: program.cpu_ns() for name, program in programs.items()}
    began = time.monotonic()
    for program in programs.values():
        program.bursts.clear()
        program.last_read = 0.0
    read_all(programs, REFRESHES)
    duration_s, results = time.monotonic() - began, {}
    for name, program in programs.items():
        used = [(now - then) / 1e6 / duration_s for now, then in zip(program.cpu_ns(), before[name])]
        results[name] = (statistics.median(program.bursts), sum(program.bursts) / duration_s, *used)
    return results


def bench_running(cmon, report):
    argvs = {"cmon": [cmon, "-d", "1"], **others_installed()}
    count = process_count()
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as home:
        programs = {name: Program(argv, HOME=home, HTOPRC=os.path.join(home, "htoprc"), XDG_CONFIG_HOME=home)
                    for name, argv in argvs.items()}
        try:
            read_all(programs, 5)
            results = measure_running(programs)
        finally:
            for program in programs.values():
                program.__exit__()
    report.title(f"Running at an interval of 1 s (btop: 2 s), {count} processes")
    report.row("program", "bytes/refresh", "bytes/s", "CPU ms/s, main", "CPU ms/s, others")
    for name, (sent, sent_s, main, others) in results.items():
        report.row(name, f"{sent:.0f}", f"{sent_s:.0f}", f"{main:.2f}", f"{others:.2f}")
    for name in ("htop", "btop"):
        if name not in results:
            report.line(f"{name} is not installed: not compared.")
    report.line("cmon's main thread draws, its others collect; htop does both on one thread.")
    if "htop" in results:
        report.goal(f"bytes of a refresh / htop's at {count}", results["cmon"][0] / results["htop"][0], 1.5, "")


# --- Report ---

class Report:
    def __init__(self):
        self.lines, self.goals, self.row_count = [], [], 0

    def line(self, text):
        self.lines += ["", text]
        print(text, flush=True)

    def title(self, text):
        self.lines += ["", f"## {text}", ""]
        self.row_count = 0
        print(f"\n{text}", flush=True)

    def row(self, *cells):
        self.lines.append("| " + " | ".join(cells) + " |")
        if self.row_count == 0:
            self.lines.append("|" + "---|" * len(cells))
        self.row_count += 1
        print("  " + "".join(f"{cell:26}" if i == 0 else f"{cell:>16} " for i, cell in enumerate(cells)), flush=True)

    def goal(self, name, value, limit, unit):
        self.goals.append((name, f"{value:.2f} {unit}".strip(), f"{limit} {unit}".strip(), value <= limit))

    def show_goals(self):
        self.title("Goals")
        self.row("goal", "measured", "at most", "")
        for name, value, limit, met in self.goals:
            self.row(name, value, limit, "met" if met else "NOT MET")

    def save(self, path, preface):
        with open(path, "w", encoding="utf-8") as file:
            file.write(preface + "\n".join(self.lines) + "\n")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def preface(load_before):
    versions = [subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
                for name in others_installed()]
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", version) for version in versions]
    return (f"# Benchmarks of the screen\n\nPrinted by `make bench-ui SAVE=docs/BENCHMARKS.md`; do not edit.\n\n"
            f"Linux {platform.release().split('-')[0]}, {os.cpu_count()} CPUs ({processor()}); compared with {', '.join(plain)}.\n"
            f"Terminal of {COLUMNS} by {ROWS}, TERM=xterm-256color. Medians of {ROUNDS} rounds. The machine did other "
            f"work, too: load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after.\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--save", metavar="FILE")
    parser.add_argument("--only", default="first,running,keys", help="parts, separated by commas")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    load_before = os.getloadavg()[0]
    cmon, report, parts = os.path.join(build, "cmon"), Report(), options.only.split(",")
    try:
        if "first" in parts:
            bench_first_frame(cmon, report, 50)
        if "running" in parts:
            bench_running(cmon, report)
        with Sleepers(build, PROCESSES):
            if "first" in parts:
                bench_first_frame(cmon, report, 150)
            if "running" in parts:
                bench_running(cmon, report)
            if "keys" in parts:
                bench_keys(cmon, report)
    except (Failure, OSError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    report.show_goals()
    if options.save:
        report.save(options.save, preface(load_before))
    return 0


if __name__ == "__main__":
    sys.exit(main())
