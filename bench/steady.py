#!/usr/bin/python3
"""Measure what cmon is like after a while and in a crowd: memory that grows, percentages that are off, a storm of short
processes, and how many instructions a tick takes.

BENCH_TICKS: ticks over which memory shall not grow (300; 2000 with BENCH_FULL=1), at a delay of 0.1 s.
"""

import concurrent.futures
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import common
from common import FULL, Failure, Helper, Program

TITLE = "Benchmarks of a longer run"
TICKS = int(os.environ.get("BENCH_TICKS", "2000" if FULL else "300"))
FORKS_S = 50
POPULATION = 1000
PERCENT = 25
SAMPLES = 22             # of which the first is left out
STORM_S, STORM_RATE = 20, 5000
TICKED = (100, 1000)     # processes of which instructions are counted


# --- Memory ---

def watch_memory(program, ticks):
    """Resident MiB, about once a second."""
    sizes = []
    for _ in range(max(8, ticks // 10)):
        program.drain(1)
        sizes.append(common.memory_mib(program.process.pid)[0])
    return sizes


def bench_growth(bench):
    """The last quarter is compared with the second, since the first fills what is kept."""
    bench.populate(POPULATION)
    with Helper(bench.build, "storm", FORKS_S), Program([bench.cmon, "-d", "0.1"]) as program:
        sizes = watch_memory(program, TICKS)
    quarter = len(sizes) // 4
    early, late = statistics.median(sizes[quarter:2 * quarter]), statistics.median(sizes[-quarter:])
    bench.report.title(f"Memory over {TICKS} ticks of 0.1 s, {FORKS_S} forks a second, {POPULATION} processes, MiB")
    bench.report.row("", "second quarter", "last quarter", "least", "most")
    bench.report.row("cmon", f"{early:.2f}", f"{late:.2f}", f"{min(sizes):.2f}", f"{max(sizes):.2f}")
    bench.report.goal(f"growth of resident memory over {TICKS} ticks", late - early, 0.25, "MiB")


# --- A process that uses a quarter of a CPU ---

def cmon_says(bench, pid, delay_s):
    objects = common.cmon_json(bench, "-n", str(SAMPLES), "-d", str(delay_s), "--sections", "processes",
                               "--pid", str(pid), "--fields", "pid,cpu_percent")
    return [each["processes"][0]["cpu_percent"] for each in objects]


def column_of(lines, heading, pid):
    """What stands in a column, wherever a line begins with the pid, below a line with the headings."""
    place, found = None, []
    for words in map(str.split, lines):
        if heading in words and "PID" in words:
            place = words.index(heading)
        elif place is not None and len(words) > place and words[0] == str(pid):
            found.append(float(words[place].replace(",", ".")))
    return found


def top_says(bench, pid, delay_s):
    argv = ["top", "-b", "-d", str(delay_s), "-n", str(SAMPLES), "-p", str(pid)]
    output = subprocess.run(argv, capture_output=True, text=True, check=True,
                            env={**os.environ, "HOME": "/nonexistent", "LC_ALL": "C"}).stdout
    return column_of(output.splitlines(), "%CPU", pid)


def htop_says(bench, pid, delay_s):
    """Its screen is read from tmux, which is a terminal that can be asked for its text."""
    if not bench.has("tmux"):
        return []
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as home:
        tmux = ["tmux", "-S", os.path.join(home, "socket"), "-f", "/dev/null"]
        command = f"exec env HOME={home} XDG_CONFIG_HOME={home} LC_ALL=C htop -d {delay_s * 10:.0f} -p {pid}"
        subprocess.run([*tmux, "new-session", "-d", "-x", "200", "-y", "50", command], check=True)
        try:
            return watch_screen(tmux, pid, delay_s)
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


def watch_screen(tmux, pid, delay_s):
    found = []
    for _ in range(SAMPLES):
        time.sleep(delay_s)
        text = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout
        # A mark of the order can follow the heading without a blank.
        found += column_of(re.sub(r"CPU%\S*", "CPU% ", text).splitlines(), "CPU%", pid)
    return found


def bench_percent(bench):
    """All watch the same process at the same time."""
    bench.populate(0)
    bench.report.title(f"A process that uses {PERCENT} % of a CPU, in slices of 1 ms: what is said of it", width=10)
    bench.report.row("program, delay", "samples", "median", "least", "most")
    for delay_s, limit in ((1, 1), (0.1, 3)):
        with Helper(bench.build, "burner", PERCENT) as burner, concurrent.futures.ThreadPoolExecutor(3) as pool:
            says = {"cmon": cmon_says, "htop": htop_says, "top": top_says}
            time.sleep(1)
            asked = {name: pool.submit(say, bench, burner.process.pid, delay_s) for name, say in says.items()
                     if name == "cmon" or bench.has(name)}
            answers = {name: future.result()[1:] for name, future in asked.items()}
            used, = burner.end()
        answers["its own clock"] = [used]
        for name, said in answers.items():
            if said:
                bench.report.row(f"{name}, {delay_s} s", f"{len(said)}", f"{statistics.median(said):.2f}",
                                 f"{min(said):.2f}", f"{max(said):.2f}")
        off = max(abs(said - PERCENT) for said in answers["cmon"])
        bench.report.goal(f"percent of CPU at {delay_s} s: most it is off, {len(answers['cmon'])} samples", off, limit)


# --- A storm ---

def share_of(program, duration_s):
    """Percent of one CPU that a program uses."""
    used, began = common.tree_cpu_ns(program.process.pid), time.monotonic()
    program.drain(duration_s)
    return (common.tree_cpu_ns(program.process.pid) - used) / 1e7 / (time.monotonic() - began)


def bench_storm(bench):
    """One program after the other, since the storm alone takes much of a CPU."""
    bench.populate(0)
    argvs = {"cmon": [bench.cmon, "-d", "1"], "htop": ["htop", "-d", "10"], "top": ["top", "-d", "1"]}
    bench.report.title(f"{STORM_RATE} short processes a second, at a delay of 1 s")
    bench.report.row("program", "calm, % of a CPU", "storm, % of CPU", "processes/s")
    for name, argv in argvs.items():
        if name != "cmon" and not bench.has(name):
            continue
        with tempfile.TemporaryDirectory(prefix="cmon-bench-") as home, \
                Program(argv, HOME=home, XDG_CONFIG_HOME=home) as program:
            program.drain(3)
            calm = share_of(program, 5)
            with Helper(bench.build, "storm", STORM_RATE) as helper:
                stormy = share_of(program, STORM_S if name == "cmon" else 5)
                started, milliseconds = helper.end()
        rate = started / milliseconds * 1000
        bench.report.row(name, f"{calm:.2f}", f"{stormy:.2f}", f"{rate:.0f}")
        if name == "cmon":
            bench.report.goal(f"{rate:.0f} short processes a second: share of a CPU", stormy, 10, "%")


# --- Instructions ---

def instructions(bench, iterations, options):
    with tempfile.NamedTemporaryFile("r") as counts:
        argv = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts.name}", bench.cmon, "--json",
                "-n", str(iterations), "-d", "0.1", "--sections", "processes", *options]
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True, check=False)
        found = re.search(r"(?m)^(?:totals|summary): (\d+)", counts.read())
    if ran.returncode != 0 or not found:
        raise Failure(f"callgrind: status {ran.returncode}: {ran.stderr[-300:]}")
    return int(found.group(1))


def bench_instructions(bench):
    """Of one tick: what three objects take more than two."""
    if not bench.has("valgrind"):
        return
    usage = subprocess.run([bench.cmon, "--help"], capture_output=True, text=True, check=True).stdout
    options = ["--source=procfs"] if "--source" in usage else []
    bench.report.title("Instructions of one tick of cmon --json --sections processes, from /proc (callgrind)")
    bench.report.row("processes", "instructions", "a process")
    for processes in TICKED:
        bench.populate(processes)
        there = common.process_count()
        tick = instructions(bench, 3, options) - instructions(bench, 2, options)
        bench.report.row(f"{there}", f"{tick}", f"{tick / there:.0f}")


PARTS = {"growth": bench_growth, "percent": bench_percent, "storm": bench_storm, "instructions": bench_instructions}

if __name__ == "__main__":
    sys.exit(common.main(__doc__, sys.modules[__name__]))
