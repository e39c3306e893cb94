"""Orphans: every class made by real processes, seen from one snapshot and while cmon watches, in this pid namespace and
in one of its own, and no badge on anybody else."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import unittest

import cmon
import lab_lineage

BADGED = {"observed", "proven", "possible", "probable", "injected"}
CERTAIN = {"observed", "proven"}
NAMESPACE = ("unshare", "-pf", "--mount-proc", "--kill-child")
# What is expected where orphans go to a process that is not known to adopt: a user's service manager, for example.
UNDER_OTHER = {"proven": "possible", "detached": "unknown", "probable": "unknown"}
REAPER = None


def setUpModule():
    global REAPER  # pylint: disable=global-statement
    lab_lineage.build()
    with lab_lineage.lab("double-fork") as lab:
        REAPER = parent_of(lab.pids["orphan"])


def tearDownModule():
    lab_lineage.remove()


def parent_of(pid):
    return int(cmon.stat_of(pid)[1][4 - 3])


def session_of(pid):
    return int(cmon.stat_of(pid)[1][6 - 3])


def expected_here(name):
    return name if REAPER == 1 else UNDER_OTHER.get(name, name)


def lab(kind, number=0, **options):
    """A lab_process that leads a session, so that what it leaves is told from what its reaper has."""
    return lab_lineage.lab(kind, number, start_new_session=True, **options)


class Shell:
    """A shell that leads a session, and runs a script which prints the pid of a job."""

    def __init__(self, script, shell="bash"):
        cmon.need_tool(shell)
        self.process = subprocess.Popen([shell, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True)
        self.pid = self.process.pid
        self.job = int(self.process.stdout.readline())

    def wait(self):
        """Until it has ended and its job was adopted."""
        self.process.wait()
        cmon.wait_for(lambda: parent_of(self.job) == REAPER)

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.job, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def shell(script, **options):
    made = Shell(script, **options)
    try:
        yield made
    finally:
        made.end()


class Watch:
    """cmon while it runs: what it says of orphans, snapshot by snapshot."""

    def __init__(self):
        argv = [cmon.BINARY, "--json", "--watch", "-d", "0.1", "--sections", "processes", "--fields", "pid,orphan"]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def next(self):
        return cmon.by_pid(json.loads(self.process.stdout.readline()))

    def see(self, *pids):
        """Until all of them are listed."""
        cmon.wait_for(lambda: set(pids) <= set(self.next()), interval=0)

    def wait_for_class(self, pid, name):
        """The record, once it is of this class."""
        def found():
            record = self.next().get(pid)
            return record and record["orphan"]["class"] == name and record["orphan"]

        return cmon.wait_for(found, interval=0, what=f"class {name} of {pid}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def watch():
    made = Watch()
    try:
        yield made
    finally:
        made.end()


def class_of(pid):
    return cmon.process(pid, fields="orphan")["orphan"]["class"]


class OneSnapshot(unittest.TestCase):
    def assert_class(self, pid, name):
        self.assertEqual(class_of(pid), expected_here(name))

    def test_double_fork(self):
        with lab("double-fork") as made:
            self.assert_class(made.pids["orphan"], "proven")
            self.assertIsNone(cmon.process(made.pids["orphan"], fields="orphan")["orphan"]["former_parent"])

    def test_fork_setsid_fork(self):
        with lab("fork-setsid-fork") as made:
            self.assert_class(made.pids["orphan"], "proven")

    def test_nohup(self):
        cmon.need_tool("nohup")
        with shell("nohup sleep 100 >/dev/null 2>&1 & echo $!", shell="sh") as made:
            made.wait()
            self.assert_class(made.job, "proven")

    def test_disown(self):
        with shell("set -m; sleep 100 >/dev/null & disown; echo $!") as made:
            made.wait()
            self.assert_class(made.job, "proven")

    def test_shell_that_was_killed(self):
        with shell("set -m; sleep 100 >/dev/null & echo $!; read word") as made:
            record = cmon.process(made.job, fields="orphan")["orphan"]
            self.assertEqual((record["class"], record["group_orphaned"]), ("unknown", False))
            made.process.kill()
            made.wait()
            self.assert_class(made.job, "proven")
            self.assertTrue(cmon.process(made.job, fields="orphan")["orphan"]["group_orphaned"])

    def test_daemon(self):
        with lab("daemon") as made:
            self.assert_class(made.pids["daemon"], "detached")

    def test_setsid_command(self):
        cmon.need_tool("setsid")
        duration = f"100.{os.getpid():07}"
        subprocess.run(["setsid", "-f", "sleep", duration], stdout=subprocess.DEVNULL, check=True)
        pid = cmon.wait_for(lambda: next((pid for pid, record in lab_lineage.records("cmdline").items()
                                          if (record["cmdline"] or [])[-1:] == [duration]), None))
        try:
            cmon.wait_for(lambda: parent_of(pid) == REAPER)
            self.assert_class(pid, "detached")
        finally:
            os.kill(pid, signal.SIGKILL)

    def test_pipeline_of_a_live_shell(self):
        with shell("true | sleep 100 >/dev/null & echo $!; read word") as made:
            cmon.wait_for(lambda: cmon.stat_of(made.job)[0] == b"sleep")
            self.assertEqual(class_of(made.job), "unknown")
        with shell("set -m; true | sleep 100 >/dev/null & echo $!; read word") as made:
            group = int(cmon.stat_of(made.job)[1][5 - 3])
            cmon.wait_for(lambda: cmon.stat_of(group) is None or cmon.state_of(group) == "Z")
            self.assertEqual(class_of(made.job), "unknown")

    def test_parent_that_left_the_session(self):
        with lab_lineage.lab("setsid-after") as made:
            self.assertNotEqual(session_of(made.pids["child"]), made.pids["self"])
            self.assertEqual(class_of(made.pids["child"]), "unknown")

    def test_child_of_a_thread_that_ended(self):
        with lab("exited-thread") as made:
            self.assertEqual(class_of(made.pids["child"]), "unknown")

    def test_child_of_a_process_whose_main_thread_exited(self):
        with lab("main-exited-parent") as made:
            cmon.wait_for(lambda: cmon.state_of(made.pids["self"]) == "Z")
            self.assertEqual(parent_of(made.pids["child"]), made.pids["self"])
            self.assertEqual(class_of(made.pids["child"]), "unknown")

    def test_subreaper_that_is_not_known(self):
        for number, name in ((0, "unknown"), (1, "possible")):
            with self.subTest(name), lab("subreaper", number) as made:
                self.assertEqual(parent_of(made.pids["orphan"]), made.pids["self"])
                self.assertEqual(class_of(made.pids["orphan"]), name)

    def test_kernel_threads_and_init(self):
        found = lab_lineage.records("orphan,kernel")
        self.assertEqual(found[1]["orphan"]["class"], "init")
        for pid, record in found.items():
            self.assertEqual(record["orphan"]["class"] == "kernel", record["kernel"], pid)

    def test_no_badge_on_others(self):
        """Whoever has one was adopted, and none of its ancestors has its session. Children of those made here have
        none, nor has anybody that had none before and kept its parent."""
        before = lab_lineage.records("orphan,ppid,starttime")
        with contextlib.ExitStack() as stack:
            made = [stack.enter_context(lab(kind)) for kind in
                    ("double-fork", "fork-setsid-fork", "daemon", "exited-thread", "main-exited-parent", "never")]
            orphans = {lab.pids["orphan"] for lab in made[:2]}
            document = cmon.snapshot("--sections", "processes", "--fields", "pid,orphan,ppid,starttime")
            found = cmon.by_pid(document)
            ours = {pid for lab in made for pid in lab.pids.values()}
            badged = {pid for pid, record in found.items() if record["orphan"]["class"] in BADGED - {"injected"}}
            self.assertEqual(badged & ours, orphans)
            for pid in badged - ours:
                self.assert_adopted(pid, found[pid], before.get(pid))
            if REAPER == 1:
                self.assertEqual(document["tasks"]["orphan"],
                                 sum(record["orphan"]["class"] in CERTAIN for record in found.values()))

    def assert_adopted(self, pid, record, before):
        if os.environ.get("CMON_LAB"):
            self.fail(f"{pid} has a badge: {record}")
        if before and all(before[key] == record[key] for key in ("ppid", "starttime")):
            self.assertEqual(before["orphan"]["class"], record["orphan"]["class"])
        with contextlib.suppress(TypeError):
            session, ancestor = session_of(pid), parent_of(pid)
            while ancestor:
                self.assertNotEqual(session_of(ancestor), session, f"{pid} has a badge: {record}")
                ancestor = parent_of(ancestor)


class Watched(unittest.TestCase):
    def test_daemon_that_starts_meanwhile(self):
        with watch() as watcher, lab("slow-daemon") as made:
            daemon, parent = made.pids["daemon"], made.pids["parent"]
            watcher.see(daemon, parent)
            made.tell()
            self.assertEqual(watcher.wait_for_class(daemon, "observed")["former_parent"], f"lab_process ({parent})")
            # It is remembered.
            for _ in range(3):
                record = watcher.next()[daemon]["orphan"]
                self.assertEqual((record["class"], record["former_parent"]), ("observed", f"lab_process ({parent})"))
            # Who starts now knows only what can be seen.
            self.assertEqual(class_of(daemon), expected_here("detached"))

    def test_shell_that_is_killed(self):
        with watch() as watcher, shell("sleep 100 >/dev/null & echo $!; read word") as made:
            watcher.see(made.job, made.pid)
            made.process.kill()
            made.wait()
            self.assertEqual(watcher.wait_for_class(made.job, "observed")["former_parent"], f"bash ({made.pid})")

    def test_subreaper_is_learned(self):
        with watch() as watcher, lab("subreaper", 1) as made:
            pids = made.pids
            watcher.see(pids["child"], pids["parent"])
            self.assertEqual(watcher.next()[pids["orphan"]]["orphan"]["class"], "possible")
            made.tell()
            self.assertEqual(watcher.wait_for_class(pids["child"], "observed")["former_parent"],
                             f"lab_process ({pids['parent']})")
            # From now on it is certain of others, too.
            watcher.wait_for_class(pids["orphan"], "proven")

    def test_children_of_the_living_are_never_badged(self):
        with watch() as watcher, lab("exited-thread") as made, lab("main-exited-parent") as exited:
            children = made.pids["child"], exited.pids["child"]
            watcher.see(*children)
            for _ in range(5):
                found = watcher.next()
                self.assertEqual([found[pid]["orphan"]["class"] for pid in children], ["unknown", "unknown"])


class Namespace(unittest.TestCase):
    """A pid namespace, whose init leads a session there and adopts."""

    CLASSES = {"self": "init", "probable": "probable", "inherited": "unknown", "proven": "proven", "own": "unknown",
               "zombie": "unknown"}

    def setUp(self):
        cmon.need_root()
        cmon.need_tool("unshare", "nsenter")
        if not cmon.can_unshare("-pf", "--mount-proc"):
            self.skipTest("no pid namespace")

    @contextlib.contextmanager
    def container(self):
        """Yields the lab, whose pids are inner ones, and {inner pid: outer pid}."""
        with lab_lineage.lab("init", prefix=NAMESPACE) as made:
            with open(f"/proc/{made.process.pid}/task/{made.process.pid}/children", encoding="ascii") as file:
                init = int(file.read())
            yield made, pids_of_namespace(init)

    def test_from_outside(self):
        with self.container() as (made, outer):
            found = lab_lineage.records("orphan")
            self.assertEqual({name: found[outer[pid]]["orphan"]["class"] for name, pid in made.pids.items()},
                             self.CLASSES)

    def test_from_inside(self):
        with self.container() as (made, outer):
            output = subprocess.run(["nsenter", "-t", str(outer[1]), "-p", "-m", cmon.BINARY, "--json", "-d", "0",
                                     "--sections", "processes", "--fields", "pid,ppid,name,orphan,stat"],
                                    stdout=subprocess.PIPE, check=True).stdout
            found = cmon.by_pid(json.loads(output))
            self.assertEqual({name: found[pid]["orphan"]["class"] for name, pid in made.pids.items()}, self.CLASSES)
            # The only other one is cmon itself, which came from outside. Its session and group are there, too.
            others = [found[pid] for pid in found if pid not in made.pids.values()]
            self.assertEqual([(record["name"], record["ppid"], record["orphan"]["class"]) for record in others],
                             [("cmon", 0, "injected")])
            self.assertNotIn("+", others[0]["stat"])

    def test_injected(self):
        with self.container() as (_, outer):
            with lab_lineage.lab("sleep", prefix=("nsenter", "-t", str(outer[1]), "-p")) as injected:
                pid = pids_of_namespace(outer[1])[injected.pids["self"]]
                self.assertEqual(parent_of(pid), injected.process.pid)
                self.assertEqual(class_of(pid), "injected")
                # Who sent it was no member of the namespace, so it goes to the reaper outside.
                injected.process.kill()
                injected.process.wait()
                cmon.wait_for(lambda: parent_of(pid) == REAPER)
                self.assertEqual(class_of(pid), "injected")

    def test_everything_within(self):
        """All of the above, in a pid namespace, where nobody else is."""
        script = 'setsid -w "$1" "$2" OneSnapshot Watched; exit $?'
        environment = {**os.environ, "CMON_LAB": lab_lineage.BINARY, "CMON": cmon.BINARY}
        ended = subprocess.run([*NAMESPACE, "sh", "-c", script, "sh", sys.executable, os.path.abspath(__file__)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=environment, timeout=3 * cmon.DEADLINE, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout.decode("utf-8", "replace"))


def pids_of_namespace(init):
    """{inner pid: outer pid} of the pid namespace of this init."""
    namespace = os.readlink(f"/proc/{init}/ns/pid")
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{entry}/ns/pid") == namespace:
                found[int(lab_lineage.status_of(f"/proc/{entry}")["NSpid"].split()[-1])] = int(entry)
    return found


if __name__ == "__main__":
    unittest.main()
