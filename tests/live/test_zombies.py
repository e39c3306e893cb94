"""Zombies: who fails to reap each, why, and since when. Every row of the table of reasons is made by real processes."""

import contextlib
import json
import os
import signal
import subprocess
import time
import unittest

import cmon
import lab_lineage

ALARM_S = 5


def setUpModule():
    lab_lineage.build()


def tearDownModule():
    lab_lineage.remove()


def zombie_of(pid):
    """The `zombie` object; None without one."""
    record = cmon.process(pid, fields="pid,zombie")
    return record and record["zombie"]


class Reasons(unittest.TestCase):
    def assert_reason(self, lab, reason, help_text, culprit="self"):
        pid = lab.pids["zombie"]
        cmon.wait_for(lambda: cmon.state_of(pid) == "Z")
        expected = {"culprit": lab.pids[culprit], "culprit_name": "lab_process", "reason": reason, "help": help_text}

        def found():
            zombie = zombie_of(pid)
            return {key: zombie[key] for key in expected}

        # The parent may need a moment after its last word to go where it waits.
        with contextlib.suppress(AssertionError):
            cmon.wait_for(lambda: found() == expected, deadline=5)
        self.assertEqual(found(), expected)

    def check(self, kind, reason, help_text="ends with its parent", number=0):
        with lab_lineage.lab(kind, number) as lab:
            self.assert_reason(lab, reason.format(**lab.pids), help_text)

    def test_stopped(self):
        with lab_lineage.lab("handler") as lab:
            os.kill(lab.pids["self"], signal.SIGSTOP)
            cmon.wait_for(lambda: cmon.state_of(lab.pids["self"]) == "T")
            self.assert_reason(lab, "stopped", "continue it: SIGCONT")

    def test_stopped_by_a_tracer(self):
        with lab_lineage.lab("traced-parent") as lab:
            self.assert_reason(lab, "stopped", "its tracer must continue it")

    def test_blocked(self):
        self.check("blocked", "SIGCHLD blocked")

    def test_not_scheduled_yet(self):
        self.check("pending", "not scheduled yet", "wait")

    def test_ignored_too_late(self):
        self.check("late-ignore", "ignoring was set after the child died")

    def test_handler_that_does_not_wait(self):
        self.check("handler", "handler ran but did not wait", "SIGCHLD to it")

    def test_waiting_for_another_child(self):
        for kind in ("wait4", "waitid", "main-exited-wait4", "thread-wait4"):
            with self.subTest(kind):
                self.check(kind, "waiting for another child: lab_process ({other})", "end of the other child")

    def test_waiting_for_another_group(self):
        self.check("wait-group", "waiting for another child (process group {other})", "end of the other child")

    def test_never(self):
        self.check("never", "never waits")

    def test_what_another_user_waits_for_is_not_told(self):
        cmon.need_root()
        with lab_lineage.lab("wait4") as lab, cmon.reachable_binary() as binary:
            argv = [binary, "--json", "-d", "0", "--sections", "processes", "--fields", "zombie", "--pid",
                    str(lab.pids["zombie"])]
            ended = subprocess.run(argv, stdout=subprocess.PIPE, check=True, **cmon.as_nobody())
            zombie = json.loads(ended.stdout)["processes"][0]["zombie"]
            self.assertEqual((zombie["reason"], zombie["culprit"]), ("does not wait for it", lab.pids["self"]))

    def test_no_signal(self):
        for number in (0, signal.SIGUSR1):
            with self.subTest(number):
                self.check("no-signal", "parent gets no SIGCHLD", number=int(number))

    def test_tracer(self):
        for kind in ("tracer", "tracer-thread"):
            with self.subTest(kind), lab_lineage.lab(kind) as lab:
                pid = lab.pids["zombie"]
                cmon.wait_for(lambda: lab_lineage.status_of(f"/proc/{pid}")["TracerPid"] != "0")
                tracer = int(lab_lineage.status_of(f"/proc/{pid}")["TracerPid"])
                self.assertEqual(tracer == lab.pids["tracer"], kind == "tracer")
                os.kill(pid, signal.SIGKILL)
                self.assert_reason(lab, "never waits", "ends with its tracer", "tracer")
                # When the tracer ends, it is the parent's.
                os.kill(lab.pids["tracer"], signal.SIGKILL)
                cmon.wait_for(lambda: zombie_of(pid)["culprit"] == lab.pids["self"])
                self.assert_reason(lab, "never waits", "ends with its parent")

    def test_parent_whose_main_thread_exited(self):
        with lab_lineage.lab("main-exited-parent") as lab:
            os.kill(lab.pids["child"], signal.SIGKILL)
            lab.pids["zombie"] = lab.pids["child"]
            self.assert_reason(lab, "never waits", "ends with its parent")

    def test_parent_whose_live_threads_block(self):
        with lab_lineage.lab("main-exited-blocked") as lab:
            cmon.wait_for(lambda: cmon.state_of(lab.pids["self"]) == "Z")
            os.kill(lab.pids["zombie"], signal.SIGKILL)
            self.assert_reason(lab, "SIGCHLD blocked", "ends with its parent")

    def test_reason_changes_with_its_parent(self):
        with lab_lineage.lab("handler") as lab:
            os.kill(lab.pids["self"], signal.SIGSTOP)
            cmon.wait_for(lambda: cmon.state_of(lab.pids["self"]) == "T")
            self.assertEqual(zombie_of(lab.pids["zombie"])["help"], "continue it: SIGCONT")
            os.kill(lab.pids["self"], signal.SIGCONT)
            cmon.wait_for(lambda: zombie_of(lab.pids["zombie"])["reason"] == "handler ran but did not wait")

    def test_parents_who_want_no_zombies_have_none(self):
        for kind in ("early-ignore", "no-wait"):
            with self.subTest(kind), lab_lineage.lab(kind) as lab:
                cmon.wait_for(lambda: cmon.stat_of(lab.pids["gone"]) is None)
                found = lab_lineage.records("ppid,state")
                self.assertEqual([pid for pid, record in found.items() if record["ppid"] == lab.pids["self"]], [])

    def test_the_living_have_none(self):
        with lab_lineage.lab("never") as lab:
            self.assertIsNone(zombie_of(lab.pids["self"]))


class Age(unittest.TestCase):
    # Less than what is promised, 0.1 s: less than the clocks of two CPUs are often apart.
    TOLERANCE_S = 0.05

    def die(self, cpu):
        """A zombie child that died on this CPU, and the moments between which it died."""
        return self.end(self.bear(cpu))

    def bear(self, cpu):
        """A child on this CPU."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.sched_setaffinity(0, {cpu})
            os.write(writer, b"+")
            signal.pause()
            os._exit(0)
        self.addCleanup(os.waitpid, pid, 0)
        os.read(reader, 1)
        os.close(reader)
        os.close(writer)
        return pid

    def end(self, pid):
        before = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return pid, before, time.monotonic()

    def assert_age(self, age, moment, before, after, tolerance=TOLERANCE_S):
        self.assertGreater(age, moment - after - tolerance)
        self.assertLess(age, moment - before + tolerance)

    def test_of_each_cpu_after_two_seconds(self):
        """Whoever looks for the first time knows it, also when its own CPU's clock is another."""
        born = [self.bear(cpu) for cpu in sorted(os.sched_getaffinity(0))[:4]]
        # A zombie is not older than its process, which would hide what a wrong clock says.
        living = time.monotonic() + 0.5
        cmon.wait_for(lambda: time.monotonic() > living)
        dead = [self.end(pid) for pid in born]
        cmon.wait_for(lambda: time.monotonic() > dead[-1][2] + 2)
        for delay in (0, 0.25):
            for pid, before, after in dead:
                found = cmon.snapshot("--sections", "processes", "--fields", "zombie", "--pid", pid, delay=delay)
                self.assert_age(found["processes"][0]["zombie"]["age"], found["monotonic"], before, after)

    def test_while_cmon_watches(self):
        argv = [cmon.BINARY, "--json", "--watch", "-d", "0.2", "--sections", "processes", "--fields", "pid,zombie"]
        with cmon.child(argv, stdout=subprocess.PIPE) as watcher:
            json.loads(watcher.stdout.readline())
            pid, before, after = self.die(max(os.sched_getaffinity(0)))
            ages = []
            while not ages or ages[-1][0] < after + 2:
                document = json.loads(watcher.stdout.readline())
                record = cmon.by_pid(document).get(pid)
                if record and record["zombie"]:
                    ages.append((document["monotonic"], record["zombie"]["age"]))
            # At the first sight it is known to the interval.
            self.assert_age(ages[0][1], ages[0][0], before, after, tolerance=0.3)
            for moment, age in ages[2:]:
                self.assert_age(age, moment, before, after)
            grown = [later[1] - earlier[1] - (later[0] - earlier[0]) for earlier, later in zip(ages[2:], ages[3:])]
            self.assertLess(max(map(abs, grown)), 0.05, ages)

    def test_cmon_keeps_its_place(self):
        """It goes to the CPU of a zombie for its clock, and no further than it may."""
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            self.skipTest("there is one CPU only")
        pid, before, after = self.die(cpus[0])
        allowed = {cpus[-1]}
        argv = [cmon.BINARY, "--json", "--watch", "-d", "0.1", "--sections", "processes", "--fields", "pid,zombie"]
        for mask in (set(cpus), allowed):
            with cmon.child(argv, stdout=subprocess.PIPE,
                            preexec_fn=lambda mask=mask: os.sched_setaffinity(0, mask)) as watcher:
                for _ in range(3):
                    document = json.loads(watcher.stdout.readline())
                self.assertEqual(os.sched_getaffinity(watcher.pid), mask)
                age = cmon.by_pid(document)[pid]["zombie"]["age"]
                if mask != allowed:
                    self.assert_age(age, document["monotonic"], before, after)
                else:
                    self.assertGreaterEqual(age, 0)

    def test_without_proc_sched(self):
        """Without the scheduler's clock it counts from the first sight."""
        cmon.need_root()
        if not cmon.can_unshare("--mount"):
            self.skipTest("no mount namespace")
        pid, _, _ = self.die(min(os.sched_getaffinity(0)))
        script = ('mount --bind /dev/null "/proc/$2/sched" && '
                  'exec "$1" --json -n 3 -d 0.2 --sections processes --fields pid,zombie --pid "$2"')
        ended = cmon.in_mount_namespace(script, cmon.BINARY, pid)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        ages = [line["processes"][0]["zombie"]["age"] for line in lines]
        first = lines[0]["monotonic"] - ages[0]
        for line, age in zip(lines, ages):
            self.assertAlmostEqual(line["monotonic"] - age, first, delta=0.05)
        self.assertLess(ages[0], 0.5)


class Init(unittest.TestCase):
    def test_that_does_not_reap(self):
        """The init of a container: at first it may only be slow."""
        cmon.need_root()
        if not cmon.can_unshare("-pf"):
            self.skipTest("no pid namespace")
        with lab_lineage.lab("never", prefix=("unshare", "-pf", "--kill-child")) as lab:
            init = cmon.wait_for(lambda: child_of(lab.process.pid))
            dead = cmon.wait_for(lambda: child_of(init))
            self.assertEqual(lab_lineage.status_of(f"/proc/{init}")["NSpid"].split()[-1], "1")
            died = time.monotonic()
            early = zombie_of(dead)
            if time.monotonic() < died + ALARM_S - 1:
                self.assertEqual((early["culprit"], early["reason"]), (init, "never waits"))
            cmon.wait_for(lambda: time.monotonic() > died + ALARM_S + 0.2)
            late = zombie_of(dead)
            self.assertEqual((late["culprit"], late["reason"], late["help"]),
                             (init, "init not reaping", "ends with this init"))
            self.assertGreater(late["age"], ALARM_S)


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    return int(children[0]) if children else None


if __name__ == "__main__":
    unittest.main()
