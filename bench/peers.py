#!/usr/bin/python3
"""Compare running cmon with htop, top, btop, atop and glances: CPU, memory, system calls and bytes of a refresh.

Each is on a pseudo-terminal of 200 by 50 at a delay of 1 s, with an empty home, and has settled before it is measured:
from the end of a refresh to the end of the REFRESHES-th after it. CPU is that of the program, its threads and its
children, also of those that have ended meanwhile. System calls are counted afterwards with strace, which slows what it
counts: of a program that begins a collection anew when it is late (btop), or draws in several steps (glances), the number
is rough.
Where together they need less than the machine has, they run at once, so that all meet the same machine and the same
other work. Where they need more (most processes), or one needs seconds for a refresh (atop and glances, with many), they
take turns: each is started, settles and is measured alone, in every round.
BENCH_PROCESSES: how many processes "many" are (10000); "most" are three times as many.
"""

import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple

import common
from common import FULL, PROCESSES, ROUNDS, Failure, Program, heavy_rounds

TITLE = "Benchmarks beside other monitors"
FEW, MANY, MOST = 1000, PROCESSES, 3 * PROCESSES
THREADED = (200, 100)    # processes, threads of each
REFRESHES, TRACED = 3, 2
SETTLE_S = 10  # the first seconds have in memory what was needed to begin
LIMIT_S = 180
SLOW_ROUNDS = ROUNDS if FULL else 1  # of programs that need seconds for a refresh
MOST_ROUNDS = ROUNDS if FULL else 2
NOBODY = 65534


class Peer(NamedTuple):
    name: str
    argv: list
    files: dict = {}     # path below its home -> text
    keys: bytes = b""    # pressed when it has started


class Cost(NamedTuple):
    share_ms: float      # of CPU in a second
    refresh_ms: float    # of CPU in a refresh
    resident: float
    peak: float
    helpers: float       # resident memory of its children, MiB like the two above
    sent: float          # bytes in a refresh
    calls: float = None  # system calls in a refresh


# --- Who takes part ---

def cmon_with_threads(bench):
    """By option where it has one, else by key."""
    usage = subprocess.run([bench.cmon, "--help"], capture_output=True, text=True, check=True).stdout
    if "--threads" in usage:
        return Peer("cmon, threads shown", [bench.cmon, "-d", "1", "--threads"])
    return Peer("cmon, threads shown", [bench.cmon, "-d", "1"], keys=b"H")


def light(bench):
    return [Peer("cmon", [bench.cmon, "-d", "1"]), Peer("htop", ["htop", "-d", "10"]),
            Peer("top", ["top", "-d", "1"]), Peer("btop", ["btop", "--utf-force"], {"btop/btop.conf": "update_ms = 1000\n"})]


def btop_as_it_comes():
    return Peer("btop at its 2 s", ["btop", "--utf-force"])


def heavy():
    return [Peer("atop", ["atop", "1"]),
            Peer("glances", ["glances", "-t", "1", "--disable-check-update"])]


def with_threads(bench):
    hidden, shown = ({"htop/htoprc": f"hide_userland_threads={hide}\n"} for hide in (1, 0))
    return [Peer("cmon", [bench.cmon, "-d", "1"]), cmon_with_threads(bench),
            Peer("htop, threads hidden", ["htop", "-d", "10"], hidden),
            Peer("htop, threads shown", ["htop", "-d", "10"], shown),
            Peer("top", ["top", "-d", "1"]), Peer("top -H", ["top", "-H", "-d", "1"])]


def unprivileged(bench, directory):
    """cmon is copied to where nobody may read it; file capabilities stay behind, which is the point."""
    cmon = shutil.copy(bench.cmon, directory)
    return [Peer("cmon", [cmon, "-d", "1"]), Peer("htop", ["htop", "-d", "10"]), Peer("top", ["top", "-d", "1"])]


# --- Measuring ---

def open_peer(peer, directory, become):
    """Its home is new, holds only what the peer wants there, and belongs to who runs it."""
    home = tempfile.mkdtemp(dir=directory)
    for path, text in peer.files.items():
        os.makedirs(os.path.join(home, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(home, path), "w", encoding="utf-8") as file:
            file.write(text)
    if become:
        os.chown(home, NOBODY, NOBODY)
    # ATOPACCT: atop shall not turn on the accounting of processes.
    program = Program([*become, *peer.argv], common.LEAST_BYTES.get(peer.argv[0], 1), HOME=home, XDG_CONFIG_HOME=home,
                      TMPDIR=home, ATOPACCT="")
    program.name = peer.name
    return program


def settle(peer, program):
    until = time.monotonic() + SETTLE_S
    program.pass_refreshes(1, LIMIT_S)
    if peer.keys:
        program.press(peer.keys)
    program.drain_while(lambda: time.monotonic() < until)


def measure(program):
    pid = program.process.pid
    used, began = common.tree_cpu_ns(pid), time.monotonic()
    program.pass_refreshes(REFRESHES, LIMIT_S)
    used, duration_s = common.tree_cpu_ns(pid) - used, time.monotonic() - began
    resident, peak = common.memory_mib(pid)
    helpers = 0
    for helper in common.descendants(pid):
        with contextlib.suppress(OSError, KeyError):
            helpers += common.memory_mib(helper)[0]
    refreshes = len(program.complete())
    return Cost(used / 1e6 / duration_s, used / 1e6 / refreshes, resident, peak, helpers,
                sum(program.bursts) / refreshes)


def count_calls(program):
    """System calls in a refresh."""
    with tempfile.NamedTemporaryFile("r") as summary:
        tracer = subprocess.Popen(["strace", "-c", "-f", "-p", str(program.process.pid), "-o", summary.name],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            program.pass_refreshes(TRACED, LIMIT_S)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        lines = [line.split() for line in summary if line.endswith(" total\n")]
    if not lines:
        raise Failure(f"strace said nothing about {program.name}")
    return int(lines[0][3]) / len(program.complete())


class Together:
    """Programs that run at once. Each is read all the time, since one that cannot write stands still."""

    def __init__(self, bench, peers, rounds, traced):
        self.rounds, self.traced = rounds, traced and bench.has("strace")
        self.unsettled, self.unfinished = ({peer.name for peer in peers} for _ in range(2))
        self.tracer = threading.Lock()

    def follow(self, peer, program):
        """The Costs of one, on its own thread."""
        try:
            settle(peer, program)
            self.unsettled.discard(peer.name)
            program.drain_while(lambda: self.unsettled)
            program.pass_refreshes(1, LIMIT_S)
            costs = [measure(program) for _ in range(self.rounds)]
            if self.traced:
                costs[0] = costs[0]._replace(calls=self.trace(program))
        finally:
            self.unsettled.discard(peer.name)
            self.unfinished.discard(peer.name)
        program.drain_while(lambda: self.unfinished)
        return costs

    def trace(self, program):
        """One after the other."""
        program.drain_while(lambda: not self.tracer.acquire(blocking=False))
        try:
            program.pass_refreshes(1, LIMIT_S)
            return count_calls(program)
        finally:
            self.tracer.release()


def run_together(bench, peers, directory, become, rounds, traced):
    """name -> Costs, one a round."""
    together = Together(bench, peers, rounds, traced)
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(len(peers)) as pool:
        programs = [stack.enter_context(open_peer(peer, directory, become)) for peer in peers]
        costs = list(pool.map(together.follow, peers, programs))
    return {peer.name: rows for peer, rows in zip(peers, costs)}


def run_in_turns(bench, peers, directory, become, rounds):
    """The same, of programs of which one runs at a time."""
    samples = {peer.name: [] for peer in peers}
    for i in range(rounds):
        for peer in peers:
            samples[peer.name] += run_together(bench, [peer], directory, become, 1, i == rounds - 1)[peer.name]
    return samples


# --- Showing ---

def ratio(value, base):
    return "-" if value is None or not base else f"{value / base:.2f}"


def show(bench, title, costs):
    report, base = bench.report, costs["cmon"]
    report.title(f"{title} ({common.process_count()} processes in all)", width=10)
    report.row("program", "CPU ms/s", "/cmon", "ms/refresh", "/cmon", "RSS MiB", "peak MiB", "/cmon", "helpers",
               "calls/refr", "/cmon", "bytes/refr", "/cmon")
    for name, cost in costs.items():
        report.row(name, f"{cost.share_ms:.2f}", ratio(cost.share_ms, base.share_ms),
                   f"{cost.refresh_ms:.2f}", ratio(cost.refresh_ms, base.refresh_ms),
                   f"{cost.resident:.1f}", f"{cost.peak:.1f}", ratio(cost.resident, base.resident), f"{cost.helpers:.1f}",
                   "-" if cost.calls is None else f"{cost.calls:.0f}", ratio(cost.calls, base.calls),
                   f"{cost.sent:.0f}", ratio(cost.sent, base.sent))


def merge(costs):
    """One Cost of several, each member the median of those that have it."""
    def middle(column):
        known = [value for value in column if value is not None]
        return statistics.median(known) if known else None

    return Cost(*map(middle, zip(*costs)))


def compare(bench, title, at_once=(), in_turns=(), rounds=ROUNDS, become=()):
    """Show the costs of those that are there, and return them by name."""
    def present(peers):
        return [peer for peer in peers if peer.argv[0] not in common.PEERS or bench.has(peer.argv[0])]

    at_once, in_turns, samples = present(at_once), present(in_turns), {}
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as directory:
        os.chmod(directory, 0o755)
        if at_once:
            samples = run_together(bench, at_once, directory, become, rounds, True)
        samples |= run_in_turns(bench, in_turns, directory, become, min(rounds, SLOW_ROUNDS if at_once else rounds))
    costs = {name: merge(rows) for name, rows in samples.items()}
    show(bench, title, costs)
    if in_turns:
        bench.report.line(f"In turns: {', '.join(peer.name for peer in in_turns)}.")
    return costs


def goal(bench, name, costs, other, limit):
    """cmon's share of another's CPU in a second; not measured without the other."""
    measured = costs["cmon"].share_ms / costs[other].share_ms if other in costs else None
    bench.report.goal(f"{name}: CPU / that of {other}", measured, limit)


# --- Parts ---

def iterator_pass_ms(bench):
    """CPU time of one bare pass of the BPF iterator in milliseconds, the median of rounds of which each is the least of
    five; None where no program can be loaded."""
    tool = os.path.join(bench.build, "tests/tools/bpf_records")
    passes = []
    for _ in range(ROUNDS):
        ended = subprocess.run([tool, "--repeat", "5", "tasks"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, check=False)
        if ended.returncode != 0:
            return None
        document = json.loads(ended.stdout)
        if document["links"]["tasks"] != 0:
            return None
        passes.append(document["tasks_ms"])
    return statistics.median(passes)


def show_collector(bench):
    """What cmon itself says about one reading, in a process that has read before."""
    newest = common.cmon_json(bench, "-n", "3", "-d", "0.5", "--sections", "processes", "--fields",
                              common.FIELDS)[-1]
    took = next(each["duration_ms"] for each in newest["collectors"] if each["name"] == "processes")
    bench.report.line(f"cmon by its own word: source {newest['source']}, its collector of processes took {took:.1f} ms"
                      " for the fields that ps is compared with.")


def bench_few(bench):
    bench.populate(FEW)
    bench.cost_of_few = compare(bench, f"{FEW} sleeping processes", [*light(bench), btop_as_it_comes(), *heavy()])["cmon"]


def bench_many(bench):
    bench.populate(MANY)
    costs = compare(bench, f"{MANY} sleeping processes", [*light(bench), btop_as_it_comes()], heavy())
    show_collector(bench)
    for name, limit in (("htop", 1 / 12), ("top", 1 / 7), ("btop", 1 / 7), ("btop at its 2 s", 1 / 7)):
        goal(bench, f"{MANY} processes", costs, name, limit)
    bare_ms = iterator_pass_ms(bench)
    bench.report.goal(f"{MANY} processes: CPU of a refresh / a bare pass of the BPF iterator",
                      costs["cmon"].refresh_ms / bare_ms if bare_ms else None, 1.5)
    bench.report.goal(f"{MANY} processes: resident memory", costs["cmon"].resident, 12, "MiB")


def bench_most(bench):
    bench.populate(MOST)
    cost = compare(bench, f"{MOST} sleeping processes", in_turns=light(bench), rounds=MOST_ROUNDS)["cmon"]
    bench.report.line("atop and glances are left out here: their refresh takes longer than the interval.")
    bench.report.goal(f"{MOST} processes: resident memory", cost.resident, 30, "MiB")
    few = getattr(bench, "cost_of_few", None)
    if few:
        bench.report.line(f"A process costs cmon {few.refresh_ms / FEW * 1000:.2f} us of a refresh where there are {FEW}, "
                          f"and {cost.refresh_ms / MOST * 1000:.2f} us where there are {MOST}.")
    bench.report.goal(f"cost of a refresh with {MOST} processes / with {FEW}",
                      cost.refresh_ms / few.refresh_ms if few else None, 1.1 * MOST / FEW)


def bench_threads(bench):
    processes, threads = THREADED
    bench.populate(processes, threads)
    name = f"{processes} processes with {processes * threads} threads"
    costs = compare(bench, name, with_threads(bench))
    for shown, cmon in (("hidden", "cmon"), ("shown", "cmon, threads shown")):
        htop = costs.get(f"htop, threads {shown}")
        bench.report.goal(f"{name}: cost of a refresh / htop's, threads {shown}",
                          costs[cmon].refresh_ms / htop.refresh_ms if htop else None, 1 / 10)


def bench_nobody(bench):
    if os.geteuid() != 0:
        raise Failure("only root can become somebody else; the other parts say what an ordinary user gets")
    bench.populate(MANY)
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    with tempfile.TemporaryDirectory(prefix="cmon-bench-") as directory:
        os.chmod(directory, 0o755)
        costs = compare(bench, f"{MANY} processes of others, as nobody", unprivileged(bench, directory),
                        rounds=heavy_rounds(), become=become)
    for name, limit in (("htop", 1 / 3), ("top", 1 / 2)):
        goal(bench, f"{MANY} processes, as nobody", costs, name, limit)


PARTS = {"peers-few": bench_few, "peers-many": bench_many, "peers-nobody": bench_nobody, "peers-most": bench_most,
         "peers-threads": bench_threads}

if __name__ == "__main__":
    sys.exit(common.main(__doc__, sys.modules[__name__]))
