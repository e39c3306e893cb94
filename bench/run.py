#!/usr/bin/python3
"""Compare cmon with psutil, ps and pstree on a machine with many sleeping processes. BENCH_PROCESSES: how many (10000).

The programs take turns, so that whatever else the machine does meets all of them; medians of BENCH_ROUNDS (5) are
shown. Status 1 when a program fails or misses processes; a goal that is not met is printed, not an error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROCESSES = int(os.environ.get("BENCH_PROCESSES", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PYTHON = "/usr/bin/python3"
FIELDS = "pid,ppid,name,status,username,cpu_times,memory_info,num_threads,create_time,nice,cmdline,terminal"
PS_COLUMNS = "pid,ppid,pgid,sid,tty,stat,user,pri,ni,pcpu,pmem,vsz,rss,nlwp,lstart,time,args"


def programs(build):
    """name -> (argv, function that counts processes in the output)"""
    def in_json(output):
        return len(json.loads(output)["processes"])

    def in_lines(output):
        return output.count(b"\n") - 1

    def in_parentheses(output):
        return output.count(b"(")

    cmon = os.path.join(build, "cmon")
    return {
        "cmon": ([cmon, "--json", "-d", "0", "--sections", "processes", "--fields", FIELDS], in_json),
        "psutil": ([PYTHON, os.path.join(ROOT, "bench/psutil_json.py")], in_json),
        "ps": (["ps", "-e", "-ww", "-o", PS_COLUMNS], in_lines),
        "cmon, everything": ([cmon, "--json", "-d", "0"], in_json),
        "cmon --tree -p": ([cmon, "--tree", "-p"], in_parentheses),
        # -l: without a terminal it cuts lines, and with them a tree that begins far to the right.
        "pstree -pl": (["pstree", "-pl"], in_parentheses),
    }


class Failure(Exception):
    pass


def measure(build, name, argv, count):
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as result:
        def descriptor_3():
            os.dup2(result.fileno(), 3)

        subprocess.run([os.path.join(build, "bench/measure"), *argv], stdin=subprocess.DEVNULL, stdout=output,
                       preexec_fn=descriptor_3, close_fds=False, check=True)
        result.seek(0)
        output.seek(0)
        wall, cpu, memory, status = map(int, result.read().split())
        if status != 0:
            raise Failure(f"{name}: wait status {status:#x}")
        found = count(output.read())
        if found < PROCESSES:
            raise Failure(f"{name}: {found} processes of at least {PROCESSES}")
    return wall / 1e9, cpu / 1e6, memory / 1024


def all_rounds(build):
    chosen = programs(build)
    samples = {name: [] for name in chosen}
    for _ in range(ROUNDS):
        for name, (argv, count) in chosen.items():
            samples[name].append(measure(build, name, argv, count))
    return {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in samples.items()}


def show(medians):
    print(f"\n{PROCESSES} sleeping processes, medians of {ROUNDS}")
    print(f"{'program':18} {'wall s':>9} {'CPU s':>9} {'peak MiB':>9} {'wall/cmon':>10} {'CPU/cmon':>9}")
    base_wall, base_cpu, _ = medians["cmon"]
    for name, (wall, cpu, memory) in medians.items():
        print(f"{name:18} {wall:9.3f} {cpu:9.3f} {memory:9.1f} {wall / base_wall:10.2f} {cpu / base_cpu:9.2f}")


def show_goals(medians):
    cmon, psutil, ps = medians["cmon"], medians["psutil"], medians["ps"]
    tree, pstree = medians["cmon --tree -p"], medians["pstree -pl"]
    goals = [
        (f"wall time / psutil's  {cmon[0] / psutil[0]:6.3f}  at most 0.200", cmon[0] / psutil[0] <= 1 / 5),
        (f"wall time / ps's      {cmon[0] / ps[0]:6.3f}  at most 0.667", cmon[0] / ps[0] <= 2 / 3),
        (f"tree: wall / pstree's {tree[0] / pstree[0]:6.3f}  at most 0.200", tree[0] / pstree[0] <= 1 / 5),
        (f"peak memory, MiB      {cmon[2]:6.1f}  at most 24", cmon[2] <= 24),
    ]
    print()
    for text, met in goals:
        print(f"{text}  {'met' if met else 'NOT MET'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    build = os.path.abspath(parser.parse_args().build)
    sleepers = subprocess.Popen([os.path.join(build, "bench/sleepers"), str(PROCESSES)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
    try:
        if sleepers.stdout.readline() != b"ready\n":
            raise Failure("the sleepers could not be started")
        medians = all_rounds(build)
    except (Failure, subprocess.CalledProcessError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    finally:
        sleepers.stdin.close()
        sleepers.wait()
    show(medians)
    show_goals(medians)
    return 0


if __name__ == "__main__":
    sys.exit(main())
