"""STAT of processes and threads, equal to ps for one process of every kind and for all of this machine."""

import contextlib
import os
import pty
import re
import signal
import unittest

import cmon
import lab_lineage

READINGS = 20
# Letters between which a process changes from one moment to the next.
RESTLESS = set("RSDI")


def setUpModule():
    cmon.need_tool("ps")
    lab_lineage.build()


def tearDownModule():
    lab_lineage.remove()


@contextlib.contextmanager
def terminal(kind):
    """A lab_process that leads the session of a terminal of its own. Yields what it has said: {name: pid}."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(lab_lineage.BINARY, [lab_lineage.BINARY, kind])
    said = b""
    try:
        while b"ready" not in said:
            said += os.read(master, 4096)
        if b"error" in said:
            raise AssertionError(said.decode())
        yield {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", said.decode())}
    finally:
        for made in [*map(int, re.findall(rb" (\d+)", said)), pid]:
            if lab_lineage.runs_lab(made):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(made, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)


def settled(pid, state):
    cmon.wait_for(lambda: cmon.state_of(pid) == state, what=f"{pid} in state {state}")


class Processes(unittest.TestCase):
    def assert_stat(self, pid, expected):
        """As ps prints it, which is what is expected."""
        def agree():
            before = lab_lineage.by_ps("-p", str(pid), columns=("pid", "stat"))
            found = cmon.process(pid, fields="stat")
            after = lab_lineage.by_ps("-p", str(pid), columns=("pid", "stat"))
            self.assertEqual(before[pid][0], expected)
            return before == after and found["stat"] == before[pid][0]

        if not agree():
            # Once more: ps may have looked while it was on its way into its state.
            self.assertEqual(cmon.process(pid, fields="stat")["stat"], expected)

    def check(self, kind, number, state, expected, **options):
        with lab_lineage.lab(kind, number, **options) as lab:
            pid = lab.pids["self"]
            settled(pid, state)
            self.assert_stat(pid, expected)

    def test_sleeping(self):
        self.check("sleep", 0, "S", "S")

    def test_running(self):
        self.check("run", 0, "R", "R")

    def test_stopped(self):
        with lab_lineage.lab("sleep") as lab:
            os.kill(lab.pids["self"], signal.SIGSTOP)
            settled(lab.pids["self"], "T")
            self.assert_stat(lab.pids["self"], "T")

    def test_traced(self):
        self.check("traced", 0, "t", "t")

    def test_parent_in_vfork(self):
        self.check("vfork", 0, "D", "D")

    def test_nice(self):
        self.check("nice", 5, "S", "SN")
        self.check("nice", 1, "S", "SN")

    def test_not_nice(self):
        cmon.need_capability("nice")
        self.check("nice", -5, "S", "S<")

    def test_all_memory_locked(self):
        self.check("mlockall", 0, "S", "SL")

    def test_one_page_locked(self):
        self.check("mlock", 0, "S", "SL")

    def test_real_time_does_not_show(self):
        cmon.need_capability("nice")
        self.check("fifo", 1, "S", "S")

    def test_idle_class_does_not_show(self):
        self.check("idle", 0, "S", "S")

    def test_session_leader(self):
        self.check("session", 0, "S", "Ss")

    def test_everything_at_once(self):
        cmon.need_capability("nice")
        self.check("threads-locked", 0, "S", "S<Lsl", start_new_session=True,
                   preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, -3))

    def test_zombies(self):
        expected = {"exit": ("Z", "exit 3"), "kill": ("Z", "killed by SIGKILL"), "nice": ("ZN", "exit 3"),
                    "session": ("Zs", "exit 3"), "threads": ("Z", "exit 7"), "real-time": ("Z", "killed by SIGRTMIN+2")}
        with lab_lineage.lab("zombies") as lab:
            for name, (stat, ending) in expected.items():
                with self.subTest(name):
                    pid = lab.pids[name]
                    self.assert_stat(pid, stat)
                    record = cmon.process(pid, fields="zombie,main_exited,status,num_threads")
                    self.assertEqual(record["zombie"]["exit"], ending)
                    self.assertEqual((record["main_exited"], record["status"], record["num_threads"]),
                                     (False, "zombie", 1))

    def test_jobs_of_a_terminal(self):
        with terminal("jobs") as pids:
            for name, stat in {"shell": "Ss", "foreground": "S+", "background": "S", "stopped": "T"}.items():
                with self.subTest(name):
                    settled(pids[name], stat[0])
                    self.assert_stat(pids[name], stat)

    def test_zombie_in_the_foreground(self):
        with terminal("foreground-zombie") as pids:
            self.assert_stat(pids["zombie"], "Z+")
            self.assertEqual(cmon.process(pids["zombie"], fields="zombie")["zombie"]["exit"], "killed by SIGTERM")

    def test_all_processes_of_this_machine(self):
        different = Differences()
        with lab_lineage.lab("zombies"), lab_lineage.lab("main-exited"), lab_lineage.lab("traced"):
            for _ in range(READINGS):
                before = lab_lineage.by_ps("-e", columns=("pid", "stat", "pgid", "lstart"))
                found = {pid: record["stat"] for pid, record in lab_lineage.records("stat").items()}
                after = lab_lineage.by_ps("-e", columns=("pid", "stat", "pgid", "lstart"))
                different.count({pid: row[0].replace("+", "") if row[1] == "0" else row[0]
                                 for pid, row in before.items() if after.get(pid) == row}, found)
        different.check(self, "processes")


class Differences:
    """What ps and cmon say otherwise, over several readings. A busy process or a shell that starts something can be the
    same when ps looks before and after, and another in between; but not one reading after the other."""

    def __init__(self):
        self.compared = 0
        self.now = {}
        self.wrong = {}

    def count(self, expected, found):
        before, self.now = self.now, {}
        for key, stat in expected.items():
            self.compared += 1
            pair = (stat, found.get(key, "not listed"))
            if pair[0] == pair[1]:
                continue
            times = before.get(key, (None, 0))[1] + 1
            self.now[key] = (pair, times)
            if times > (READINGS // 2 if self.is_restless(*pair) else 2):
                self.wrong[key] = pair

    @staticmethod
    def is_restless(stat, found):
        return stat[1:] == found[1:] and {stat[0], found[0]} <= RESTLESS

    def check(self, case, what):
        case.assertEqual(self.wrong, {}, f"{what}: ps, cmon")
        case.assertGreater(self.compared, READINGS * 5)


def threads_of(record):
    return {thread["id"]: thread for thread in record["threads"]}


class Threads(unittest.TestCase):
    def assert_threads(self, lab, expected):
        pid = lab.pids["self"]
        cmon.wait_for(lambda: {name: row[0] for name, row in self.by_ps(lab).items()} == expected,
                      what=f"{expected}, ps says {self.by_ps(lab)}")
        found = threads_of(cmon.process(pid, fields="threads"))
        self.assertEqual({name: found[lab.pids[name]]["stat"] for name in expected}, expected)
        return {name: found[lab.pids[name]] for name in expected}

    def by_ps(self, lab):
        rows = lab_lineage.by_ps("-L", "-p", str(lab.pids["self"]), columns=("lwp", "stat"))
        return {name: rows[pid] for name, pid in lab.pids.items() if pid in rows}

    def test_each_has_its_own(self):
        cmon.need_capability("nice")
        with lab_lineage.lab("threads") as lab:
            found = self.assert_threads(lab, {"self": "Sl", "plain": "Sl", "nice": "SNl", "fifo": "Sl"})
            self.assertEqual({name: (thread["nice"], thread["sched_policy"]) for name, thread in found.items()},
                             {"self": (0, "other"), "plain": (0, "other"), "nice": (7, "other"), "fifo": (0, "fifo")})
            for thread in found.values():
                self.assertIn(thread["cpu_num"], range(os.cpu_count()))

    def test_of_a_session_leader_with_a_locked_page(self):
        with lab_lineage.lab("threads-locked", start_new_session=True) as lab:
            self.assert_threads(lab, {"self": "SLsl", "plain": "SLsl", "nice": "SNLsl", "fifo": "SLsl"})

    def test_main_thread_exited(self):
        with lab_lineage.lab("main-exited-locked") as lab:
            self.assert_threads(lab, {"self": "Zl", "plain": "SLl", "nice": "SNLl", "fifo": "SLl"})

    def test_all_threads_of_this_machine(self):
        different = Differences()
        with lab_lineage.lab("sleep"), lab_lineage.lab("main-exited") as lab:
            for _ in range(READINGS):
                before = lab_lineage.by_ps("-eL", columns=("lwp", "stat", "pid", "pgid", "lstart"))
                found = {thread["id"]: thread["stat"] for record in lab_lineage.records("threads").values()
                         for thread in record["threads"] or []}
                after = lab_lineage.by_ps("-eL", columns=("lwp", "stat", "pid", "pgid", "lstart"))
                different.count({lwp: row[0].replace("+", "") if row[2] == "0" else row[0]
                                 for lwp, row in before.items() if after.get(lwp) == row}, found)
            self.assertIn(lab.pids["plain"], found)
        different.check(self, "threads")


class MainThreadExited(unittest.TestCase):
    MEMORY = 48 << 20

    def test_everything_is_told_by_a_thread_that_lives(self):
        with lab_lineage.lab("main-exited", 48) as lab:
            pid = lab.pids["self"]
            settled(pid, "Z")
            record = cmon.process(pid)
            thread = f"/proc/{pid}/task/{lab.pids['plain']}"
            self.assertEqual((record["stat"], record["state"], record["main_exited"]), ("Zl", "Z", True))
            self.assertIsNone(record["zombie"])
            self.assertEqual(record["num_threads"], 4)
            self.assertEqual(record["cmdline"], [lab_lineage.BINARY, "main-exited", "48"])
            self.assertEqual(record["exe"], lab_lineage.BINARY)
            self.assertEqual(record["cwd"], os.getcwd())
            self.assertEqual(record["root"], "/")
            self.assertEqual(record["num_fds"], len(os.listdir(f"{thread}/fd")))
            self.assertEqual(record["environ"]["PATH"], os.environ["PATH"])
            self.assert_memory(record, thread)
            with open(f"{thread}/wchan", encoding="ascii") as file:
                wchan = file.read()
            self.assertEqual(record["wchan"], None if wchan == "0" else wchan)
            with open(f"{thread}/cgroup", encoding="ascii") as file:
                self.assertIn(record["cgroup"], file.read())
            self.assertEqual(record["uids"]["real"], os.getuid())

    def assert_memory(self, record, thread):
        status = lab_lineage.status_of(thread)
        self.assertGreater(record["memory_info"]["rss"], self.MEMORY)
        self.assertEqual(record["memory_info"]["vms"], int(status["VmSize"].split()[0]) * 1024)
        self.assertEqual(record["memory_extras"]["peak_vms"], int(status["VmPeak"].split()[0]) * 1024)
        self.assertGreater(record["memory_percent"], 0)
        self.assertGreater(record["memory_footprint"]["pss"], self.MEMORY)
        self.assertGreater(len(record["memory_maps"]), 3)

    def test_memory_without_status(self):
        """From statm, which is read where nothing else of status is wanted."""
        with lab_lineage.lab("main-exited", 48) as lab:
            settled(lab.pids["self"], "Z")
            record = cmon.process(lab.pids["self"], fields="memory_info,name,main_exited")
            self.assertGreater(record["memory_info"]["rss"], self.MEMORY)

    def test_locked_memory_does_not_show_in_its_letter(self):
        with lab_lineage.lab("main-exited-locked") as lab:
            settled(lab.pids["self"], "Z")
            record = cmon.process(lab.pids["self"], fields="stat,memory_extras")
            self.assertEqual(record["stat"], "Zl")
            self.assertEqual(record["memory_extras"]["locked"], os.sysconf("SC_PAGESIZE"))

    def test_it_is_no_zombie(self):
        with lab_lineage.lab("main-exited") as exited, lab_lineage.lab("never") as dead:
            settled(exited.pids["self"], "Z")
            found = lab_lineage.records("zombie", "--filter", "zombie")
            self.assertNotIn(exited.pids["self"], found)
            self.assertIn(dead.pids["zombie"], found)

            def counted():
                document = cmon.snapshot("--sections", "processes", "--fields", "pid,state,num_threads,main_exited")
                zombies = sum(record["state"] == "Z" and not record["main_exited"] for record in document["processes"])
                return document["tasks"]["zombie"], zombies

            self.assertEqual(*counted())

    def test_traced_threads_that_are_all_dead_are_a_zombie(self):
        with lab_lineage.lab("tracer-threads") as lab:
            pid = lab.pids["zombie"]
            tasks = f"/proc/{pid}/task"
            cmon.wait_for(lambda: all(lab_lineage.status_of(f"{tasks}/{task}")["TracerPid"] != "0"
                                      for task in os.listdir(tasks)))
            os.kill(pid, signal.SIGKILL)
            cmon.wait_for(lambda: all(lab_lineage.status_of(f"{tasks}/{task}")["State"].startswith("Z")
                                      for task in os.listdir(tasks)))
            self.assertEqual(len(os.listdir(tasks)), 4)
            for fields in ("stat,main_exited,zombie,memory_info", "state,main_exited"):
                record = cmon.process(pid, fields=fields)
                self.assertFalse(record["main_exited"])
            record = cmon.process(pid, fields="stat,zombie,memory_info")
            self.assertEqual(record["stat"], "Zl")
            self.assertEqual(record["memory_info"]["rss"], 0)
            self.assertEqual(record["zombie"]["exit"], "killed by SIGKILL")
            self.assertEqual(record["zombie"]["culprit"], lab.pids["tracer"])
            self.assertEqual(record["zombie"]["help"], "ends with its tracer")


if __name__ == "__main__":
    unittest.main()
