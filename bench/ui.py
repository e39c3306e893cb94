#!/usr/bin/python3
"""Measure the screen: how soon a key is answered, how soon the first frame stands, what a refresh sends, what it costs.

Every program runs on a pseudo-terminal of 200 by 50. Times are taken here, from the write of a key, or from the exec,
to the read of the bytes of a frame; the end of a frame is the last byte before QUIET_S without any.
BENCH_KEYS: keys sent in a round (400).
"""

import os
import random
import statistics
import sys
import tempfile
import time

import common
from common import PROCESSES, ROUNDS, Program, Sleepers, heavy_rounds, process_count, read_all

TITLE = "Benchmarks of the screen"
KEYS = int(os.environ.get("BENCH_KEYS", "400"))
REFRESHES = 30
UP, DOWN, PAGE_DOWN, HOME, END = b"\x1bOA", b"\x1bOB", b"\x1b[6~", b"\x1bOH", b"\x1bOF"


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def first_name():
    """Of process 1, whose row is on top where the order is by pid, or nobody has a rate yet."""
    with open("/proc/1/comm", "rb") as file:
        return file.read().strip()


def small_and_many(bench):
    """As the machine is, and with many sleepers."""
    for count in (0, PROCESSES):
        bench.populate(count)
        yield count


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


def bench_keys(bench):
    cmon, report = bench.cmon, bench.report
    bench.populate(PROCESSES)
    report.title(f"Key to frame, {process_count()} processes, milliseconds")
    report.row("delay", "key", "answer p50", "p99", "last byte p50", "p99", "most")
    for delay_s, name in ((1, "1 s"), (0.1, "0.1 s: always collecting")):
        rounds = [{} for _ in range(heavy_rounds())]
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


def show_first_frame(cmon, report, limit_ms):
    count = process_count()
    samples = [measure_first_frame(cmon) for _ in range(3 * ROUNDS)]
    firsts, lasts = zip(*samples)
    report.title(f"First frame after exec, {count} processes, milliseconds")
    report.row("", "median", "least", "most")
    for name, column in (("first byte", firsts), ("processes shown", lasts)):
        report.row(name, f"{statistics.median(column):.1f}", f"{min(column):.1f}", f"{max(column):.1f}")
    report.goal(f"first frame with its processes at {count}", statistics.median(lasts), limit_ms, "ms")


def bench_first_frame(bench):
    for many in small_and_many(bench):
        show_first_frame(bench.cmon, bench.report, 150 if many else 50)


# --- Bytes and CPU ---

# HOME is empty: the defaults of htop and btop, whoever runs this.
OTHERS = {"htop": ["htop", "-d", "10"], "btop": ["btop", "--utf-force"]}


def threads_cpu_ns(pid):
    """CPU time of the main thread and of all others."""
    used = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
            used[int(thread)] = int(file.read().split()[0])
    main = used.pop(pid)
    return main, sum(used.values())


def measure_running(programs):
    """name -> (bytes of a refresh, median; bytes in a second; milliseconds of CPU in a second of the main thread, and of
    the others). All run at once, so that all show the same."""
    before = {name: threads_cpu_ns(program.process.pid) for name, program in programs.items()}
    began = time.monotonic()
    for program in programs.values():
        program.bursts.clear()
    read_all(programs.values(), REFRESHES)
    duration_s, results = time.monotonic() - began, {}
    for name, program in programs.items():
        used = [(now - then) / 1e6 / duration_s for now, then in zip(threads_cpu_ns(program.process.pid), before[name])]
        results[name] = (statistics.median(program.complete()), sum(program.bursts) / duration_s, *used)
    return results


def run_once(bench):
    """What measure_running gives, of programs that have just started."""
    argvs = {"cmon": [bench.cmon, "-d", "1"], **{name: argv for name, argv in OTHERS.items() if bench.has(name)}}
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as home:
        programs = {name: Program(argv, common.LEAST_BYTES.get(name, 1), HOME=home, XDG_CONFIG_HOME=home)
                    for name, argv in argvs.items()}
        try:
            read_all(programs.values(), 5)
            return measure_running(programs)
        finally:
            for program in programs.values():
                program.__exit__()


def show_running(bench):
    report = bench.report
    count = process_count()
    rounds = [run_once(bench) for _ in range(heavy_rounds())]
    results = {name: common.median_columns([each[name] for each in rounds]) for name in rounds[0]}
    report.title(f"Running at an interval of 1 s (btop: 2 s), {count} processes")
    report.row("program", "bytes/refresh", "bytes/s", "CPU ms/s, main", "CPU ms/s, others")
    for name, (sent, sent_s, main, others) in results.items():
        report.row(name, f"{sent:.0f}", f"{sent_s:.0f}", f"{main:.2f}", f"{others:.2f}")
    report.line("cmon's main thread draws, its others collect; htop does both on one thread.")
    if "htop" in results:
        report.goal(f"bytes of a refresh / htop's at {count}", results["cmon"][0] / results["htop"][0], 1.5, "")


def bench_running(bench):
    for _ in small_and_many(bench):
        show_running(bench)


PARTS = {"first": bench_first_frame, "running": bench_running, "keys": bench_keys}

if __name__ == "__main__":
    sys.exit(common.main(__doc__, sys.modules[__name__]))
