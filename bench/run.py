#!/usr/bin/python3
"""Compare one reading by cmon with psutil, ps, pstree, lsof and ss, on a machine with many sleeping processes.

The programs take turns, so that whatever else the machine does meets all of them; medians are shown. Each has to find
what is there: a program that misses processes, files or sockets has not been measured.
"""

import contextlib
import json
import os
import socket
import sys

import common
from common import FIELDS, FILES, PROCESSES, PYTHON, ROOT, ROUNDS, Failure

TITLE = "Benchmarks of one reading"
SOCKETS = 4000
PS_COLUMNS = "pid,ppid,pgid,sid,tty,stat,user,pri,ni,pcpu,pmem,vsz,rss,nlwp,lstart,time,args"


def in_json(output):
    return len(json.loads(output)["processes"])


def in_lines(output):
    return output.count(b"\n") - 1


def in_parentheses(output):
    return output.count(b"(")


def files_in_json(output):
    return sum(len(process["open_files"] or ()) for process in json.loads(output)["processes"])


def sockets_in_json(output):
    return sum(len(found["owners"] or ()) for found in json.loads(output)["net_connections"])


def owners_in_lines(output):
    return output.count(b"users:(")


def reading(bench, *arguments):
    return [bench.cmon, "--json", "-d", "0", *arguments]


def measure(bench, name, argv, count, least):
    """Wall seconds, CPU seconds, peak MiB."""
    cost, output = common.run_once(bench.build, argv)
    if (found := count(output)) < least:
        raise Failure(f"{name}: found {found} of at least {least}")
    return cost


def compare(bench, title, programs, least):
    """name -> medians of wall and CPU seconds and peak MiB. programs: name -> (argv, what counts in the output); those
    that are not there are left out. cmon is the first."""
    present = {name: program for name, program in programs.items() if name.startswith("cmon") or bench.has(name.split()[0])}
    samples = {name: [] for name in present}
    for _ in range(ROUNDS):
        for name, (argv, count) in present.items():
            samples[name].append(measure(bench, name, argv, count, least))
    medians = {name: common.median_columns(rows) for name, rows in samples.items()}
    base_wall, base_cpu, _ = medians["cmon"]
    bench.report.title(title, width=9)
    bench.report.row("program", "wall s", "CPU s", "peak MiB", "wall/cmon", "CPU/cmon")
    for name, (wall, cpu, memory) in medians.items():
        bench.report.row(name, f"{wall:.3f}", f"{cpu:.3f}", f"{memory:.1f}", f"{wall / base_wall:.2f}",
                         f"{cpu / base_cpu:.2f}")
    return medians


def goal_of_wall(bench, medians, name, cmon, other, limit):
    value = medians[cmon][0] / medians[other][0] if other in medians else None
    bench.report.goal(name, value, limit)


def bench_processes(bench):
    bench.populate(PROCESSES)
    medians = compare(bench, f"One reading of {PROCESSES} sleeping processes", {
        "cmon": (reading(bench, "--sections", "processes", "--fields", FIELDS), in_json),
        "psutil": ([PYTHON, os.path.join(ROOT, "bench/psutil_json.py")], in_json),
        "ps": (["ps", "-e", "-ww", "-o", PS_COLUMNS], in_lines),
        "cmon, everything": (reading(bench), in_json),
        "cmon --tree -p": ([bench.cmon, "--tree", "-p"], in_parentheses),
        # -l: without a terminal it cuts lines, and with them a tree that begins far to the right.
        "pstree -pl": (["pstree", "-pl"], in_parentheses),
    }, PROCESSES)
    goal_of_wall(bench, medians, "processes: wall / psutil's", "cmon", "psutil", 1 / 12)
    goal_of_wall(bench, medians, "processes: wall / ps's", "cmon", "ps", 1 / 4)
    goal_of_wall(bench, medians, "tree: wall / pstree's", "cmon --tree -p", "pstree -pl", 1 / 5)
    bench.report.goal("processes: peak memory", medians["cmon"][2], 24, "MiB")


def bench_files(bench):
    bench.populate(PROCESSES)
    medians = compare(bench, f"All open files of {PROCESSES} processes, {FILES} and the three inherited ones each", {
        "cmon": (reading(bench, "--sections", "processes", "--fields", "pid,open_files"), files_in_json),
        "lsof -nP": (["lsof", "-nP"], in_lines),
    }, PROCESSES * FILES // 3)
    bench.report.line("cmon lists regular files, as psutil does; lsof also devices, pipes, sockets, mapped files, "
                      "and the working directory.")
    goal_of_wall(bench, medians, "open files: wall / lsof's", "cmon", "lsof -nP", 1 / 15)


@contextlib.contextmanager
def sockets(count):
    """So many ends of TCP connections on the loopback, owned by this process."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        for _ in range(count // 2):
            opened.enter_context(socket.create_connection(listener.getsockname()))
            opened.enter_context(listener.accept()[0])
        yield


def bench_connections(bench):
    bench.populate(PROCESSES)
    with sockets(SOCKETS):
        medians = compare(bench, f"{SOCKETS} TCP sockets with their owners, {PROCESSES} processes", {
            "cmon": (reading(bench, "--sections", "connections"), sockets_in_json),
            "ss -tuanp": (["ss", "-tuanp"], owners_in_lines),
        }, SOCKETS)
    goal_of_wall(bench, medians, "connections: wall / ss's", "cmon", "ss -tuanp", 1 / 5)


PARTS = {"processes": bench_processes, "files": bench_files, "connections": bench_connections}

if __name__ == "__main__":
    sys.exit(common.main(__doc__, sys.modules[__name__]))
