#!/usr/bin/python3
"""Run cmon's tests: one line for each test, a block for each failure, and a total.

usage: run.py [--build DIR] [--only GLOB] [--keep-corpus] SUITE...

Suites: unit unit-asan unit-tsan   cmocka programs in DIR, DIR/asan, and those with threads in DIR/tsan
        live live-asan live-tsan   tests/live/test_*.py with the cmon of that variant
        tui tui-asan tui-tsan      tests/tui/test_*.py likewise
        fuzz                       each fuzz target for FUZZ_SECONDS on its corpus
        valgrind                   `cmon --json` for 50 ticks, no leak and no error

The last line is "N passed, N failed", with ", N skipped" when there are any. Status 0 when tests ran and none failed.
With CI set, a test skipped for a missing tool has failed.
"""

import argparse
import atexit
import concurrent.futures
import fnmatch
import glob
import json
import os
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MARK = "CMON_TEST_MARK"
IN_CI = os.environ.get("CI", "") not in ("", "0", "false")
PROGRAM_TIMEOUT = 180
MODULE_TIMEOUT = 420
TEST_TIMEOUT = 120
MAX_OUTPUT = 12000

PASSED, FAILED, SKIPPED = "ok", "FAIL", "skip"


class Result:
    def __init__(self, name, outcome, seconds=None, detail=""):
        self.name, self.outcome, self.seconds, self.detail = name, outcome, seconds, detail


# --- Processes: nothing that a test starts outlives it ---

def marked_processes(mark):
    """Pids whose environment at exec held the mark: also daemons, which have left the process group."""
    wanted = f"{MARK}={mark}".encode()
    pids = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    pids.append(int(entry))
        except OSError:
            continue
    return pids


def kill_marked(mark):
    """Kill what carries the mark, and what that has started meanwhile."""
    for _ in range(20):
        pids = marked_processes(mark)
        if not pids:
            return
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                continue
            try:
                # The descriptor is bound to a process; only now is it certain that it is the marked one.
                if pid in marked_processes(mark):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    select.select([descriptor], [], [], 5)
            except OSError:
                pass
            finally:
                os.close(descriptor)


class Ended:
    def __init__(self, status, output, seconds, timed_out):
        self.status, self.output, self.seconds, self.timed_out = status, output, seconds, timed_out

    def why(self):
        if self.timed_out:
            return f"did not end within {self.seconds:.0f} s; killed"
        if self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return f"exit status {self.status}"


live_marks = set()


def end_at_signal(number, _frame):
    """Take along what runs: a test in a session of its own would go on by itself."""
    for mark in list(live_marks):
        kill_marked(mark)
    os._exit(128 + number)


def run_program(argv, timeout, environment=None):
    """Run a program to its end or the timeout, then kill all that is left of it."""
    mark = secrets.token_hex(8)
    live_marks.add(mark)
    try:
        return run_marked(argv, timeout, environment, mark)
    finally:
        live_marks.discard(mark)


def run_marked(argv, timeout, environment, mark):
    env = dict(os.environ, **(environment or {}))
    env[MARK] = mark
    started = time.monotonic()
    timed_out = False
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            process.kill()
            process.wait()
        kill_marked(mark)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Ended(process.returncode, text, time.monotonic() - started, timed_out)


# --- Variants ---

def directory_of(build, variant):
    return os.path.join(build, variant) if variant else build


def sanitizer_prefix(variant):
    """The sanitizers of Debian 12's compilers cannot place their shadow memory with more than 28 random bits."""
    if not variant:
        return []
    try:
        with open("/proc/sys/vm/mmap_rnd_bits", encoding="ascii") as file:
            if int(file.read()) <= 28:
                return []
    except (OSError, ValueError):
        return []
    probe = subprocess.run(["setarch", "-R", "true"], stderr=subprocess.DEVNULL, check=False)
    return ["setarch", "-R"] if probe.returncode == 0 else []


class SanitizerReports:
    """Reports go to files, since a screen or a test that reads only stdout would swallow them."""

    def __init__(self, variant):
        self.directory = tempfile.mkdtemp(prefix="cmon-reports-") if variant else None
        if self.directory:
            os.chmod(self.directory, 0o1777)  # cmon also runs as nobody

    def environment(self):
        if not self.directory:
            return {}
        log = f"log_path={self.directory}/report"
        return {
            "ASAN_OPTIONS": f"{log}:detect_leaks=1:detect_stack_use_after_return=1:exitcode=99",
            "UBSAN_OPTIONS": f"{log}:print_stacktrace=1",
            # The collector's thread may be left behind when the user quits during a reading that hangs.
            "TSAN_OPTIONS": f"{log}:exitcode=99:second_deadlock_stack=1:report_thread_leaks=0",
            "LSAN_OPTIONS": f"print_suppressions=0:suppressions={ROOT}/tests/lsan.supp",
        }

    def take(self):
        if not self.directory:
            return ""
        texts = []
        for path in sorted(glob.glob(os.path.join(self.directory, "*"))):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
            os.unlink(path)
        return "\n".join(texts)

    def close(self):
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)


# --- Unit tests ---

TAP_LINE = re.compile(r"(not )?ok (\d+)(?: - (.*)| # SKIP ?(.*))?$")


def parse_tap(suite, program, ended):
    """cmocka's TAP: `ok N - name`, `not ok N - name` followed by `# why`, `not ok N # SKIP name`."""
    results, planned, details = [], None, None
    for line in ended.output.splitlines():
        plan = re.fullmatch(r"1\.\.(\d+)", line)
        match = TAP_LINE.fullmatch(line)
        if plan:
            planned = (planned or 0) + int(plan.group(1))
        elif match:
            name = match.group(3) or match.group(4) or f"test {match.group(2)}"
            skipped = match.group(4) is not None
            outcome = SKIPPED if skipped else FAILED if match.group(1) else PASSED
            details = Result(f"{suite}/{program}: {name}", outcome)
            results.append(details)
        elif details is not None and line:
            details.detail += line + "\n"
    missing = (planned or 0) - len(results)
    bad_end = ended.timed_out or ended.status < 0 or (ended.status != 0 and not any(
        r.outcome == FAILED for r in results))
    if planned is None or missing > 0 or bad_end:
        lost = f"{missing} of {planned} tests did not report; " if missing > 0 else ""
        results.append(Result(f"{suite}/{program}", FAILED, ended.seconds, f"{lost}{ended.why()}\n{ended.output}"))
    return results


def run_unit_program(suite, path, variant, prefix):
    reports = SanitizerReports(variant)
    environment = dict(reports.environment(), CMOCKA_MESSAGE_OUTPUT="TAP")
    name = os.path.basename(path)
    if not os.access(path, os.X_OK):
        return [Result(f"{suite}/{name}", FAILED, 0, f"{path} was not built")]
    ended = run_program(prefix + [path], PROGRAM_TIMEOUT, environment)
    results = parse_tap(suite, name, ended)
    for result in results:
        result.seconds = result.seconds if result.seconds is not None else ended.seconds / max(1, len(results))
    text = reports.take()
    if text:
        results.append(Result(f"{suite}/{name}: sanitizer", FAILED, ended.seconds, text))
    reports.close()
    return results


def has_one_thread(path):
    """Whether a program is built without what starts threads: then there is nothing for TSan to see."""
    try:
        with open(path, "rb") as file:
            return b"pthread_create" not in file.read()
    except OSError:
        return False


def unit_jobs(suite, variant, options):
    names = [os.path.basename(path)[:-2] for path in sorted(glob.glob(os.path.join(ROOT, "tests/unit/test_*.c")))]
    directory = os.path.join(directory_of(options.build, variant), "tests/unit")
    prefix = sanitizer_prefix(variant)
    for name in names:
        path = os.path.join(directory, name)
        if variant == "tsan" and has_one_thread(path):
            continue
        yield f"{suite}/{name}", lambda path=path: run_unit_program(suite, path, variant, prefix)


# --- Python tests ---

def run_python_module(suite, path, variant, prefix, options):
    reports = SanitizerReports(variant)
    cmon = os.path.abspath(os.path.join(directory_of(options.build, variant), "cmon"))
    environment = dict(reports.environment(), CMON=cmon, CMON_VARIANT=variant, PYTHONDONTWRITEBYTECODE="1")
    module = os.path.basename(path)[:-3]
    handle, record = tempfile.mkstemp(prefix="cmon-tests-")
    os.close(handle)
    try:
        ended = run_program(prefix + [sys.executable, "-u", os.path.abspath(__file__), "--module", path, record],
                            MODULE_TIMEOUT, environment)
        results = read_module_record(suite, module, record, ended)
    finally:
        os.unlink(record)
    text = reports.take()
    if text:
        results.append(Result(f"{suite}/{module}: sanitizer", FAILED, ended.seconds, text))
    reports.close()
    return results


def read_module_record(suite, module, record, ended):
    results, running = [], None
    finished = False
    with open(record, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["event"] == "start":
                running = event["name"]
            elif event["event"] == "end":
                finished = True
            else:
                running = None
                results.append(Result(f"{suite}/{module}: {event['name']}", event["outcome"], event["seconds"],
                                      event["detail"]))
    if not finished:
        name = f": {running}" if running else ""
        results.append(Result(f"{suite}/{module}{name}", FAILED, ended.seconds, f"{ended.why()}\n{ended.output}"))
    elif any(result.outcome == FAILED for result in results) and ended.output.strip():
        # What was written cannot be told apart by test: it goes with the last failure.
        last = [result for result in results if result.outcome == FAILED][-1]
        last.detail += f"\n--- output of the whole module ---\n{ended.output}"
    return results


def python_jobs(suite, variant, options):
    directory = suite.split("-")[0]
    prefix = sanitizer_prefix(variant)
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", directory, "test_*.py"))):
        name = f"{suite}/{os.path.basename(path)[:-3]}"
        yield name, lambda path=path: run_python_module(suite, path, variant, prefix, options)


def module_main(path, record):
    """In a process of its own: run one unittest module and write what happens, line by line, to a file."""
    import importlib.util
    import traceback
    import unittest

    class TestTimeout(Exception):
        pass

    def on_alarm(_number, _frame):
        raise TestTimeout(f"the test did not end within {TEST_TIMEOUT} s")

    out = open(record, "w", encoding="utf-8")

    def emit(**event):
        out.write(json.dumps(event) + "\n")
        out.flush()

    class Recorder(unittest.TestResult):
        def __init__(self):
            super().__init__()
            self.began, self.state = {}, {}

        @staticmethod
        def name_of(test):
            parts = test.id().split(".")
            return ".".join(parts[-2:])

        def startTest(self, test):
            super().startTest(test)
            self.began[test] = time.monotonic()
            self.state[test] = (PASSED, "")
            emit(event="start", name=self.name_of(test))
            signal.alarm(TEST_TIMEOUT)

        def note(self, test, outcome, detail):
            if test not in self.state:  # setUpClass, setUpModule
                emit(event="test", name=str(test), outcome=outcome, seconds=0, detail=detail)
                return
            old, text = self.state[test]
            if old != FAILED:
                self.state[test] = (outcome, text + detail)
            else:
                self.state[test] = (FAILED, text + "\n" + detail)

        def stopTest(self, test):
            signal.alarm(0)
            outcome, detail = self.state.pop(test)
            emit(event="test", name=self.name_of(test), outcome=outcome,
                 seconds=time.monotonic() - self.began.pop(test), detail=detail)
            super().stopTest(test)

        def addError(self, test, err):
            self.note(test, FAILED, self._exc_info_to_string(err, test))

        addFailure = addError

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.note(test, FAILED, f"{subtest}\n" + self._exc_info_to_string(err, test))

        def addSkip(self, test, reason):
            self.note(test, SKIPPED, reason)

        def addUnexpectedSuccess(self, test):
            self.note(test, FAILED, "unexpected success")

    signal.signal(signal.SIGALRM, on_alarm)
    sys.path[:0] = [os.path.dirname(path), os.path.join(ROOT, "tests", "live"), os.path.join(ROOT, "tests", "tui")]
    name = os.path.basename(path)[:-3]
    try:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as skip:
        emit(event="test", name="import", outcome=SKIPPED, seconds=0, detail=str(skip))
        emit(event="end")
        return 0
    except BaseException:
        emit(event="test", name="import", outcome=FAILED, seconds=0, detail=traceback.format_exc())
        emit(event="end")
        return 1
    suite.run(Recorder())
    emit(event="end")
    return 0


# --- Fuzz targets ---

def run_fuzz_target(name, options):
    seconds = int(os.environ.get("FUZZ_SECONDS", "3"))
    base = os.path.join(options.build, "fuzz")
    path = os.path.join(base, "tests/fuzz", name)
    seeds = os.path.join(ROOT, "tests/fuzz/corpus", name[len("fuzz_"):])
    artifacts = os.path.join(base, "artifacts", name)
    if not os.access(path, os.X_OK):
        return [Result(f"fuzz/{name}", FAILED, 0, f"{path} was not built")]
    if not os.path.isdir(seeds) or not os.listdir(seeds):
        return [Result(f"fuzz/{name}", FAILED, 0, f"no seeds in {os.path.relpath(seeds, ROOT)}")]
    os.makedirs(artifacts, exist_ok=True)
    if options.keep_corpus:
        corpus = os.path.join(base, "corpus", name)
        os.makedirs(corpus, exist_ok=True)
    else:
        corpus = tempfile.mkdtemp(prefix="cmon-corpus-")
    try:
        argv = sanitizer_prefix("fuzz") + [
            os.path.abspath(path), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
            "-print_final_stats=1", f"-artifact_prefix={os.path.abspath(artifacts)}/", corpus, seeds]
        ended = run_program(argv, seconds + PROGRAM_TIMEOUT, {"ASAN_OPTIONS": "detect_leaks=1"})
    finally:
        if not options.keep_corpus:
            shutil.rmtree(corpus, ignore_errors=True)
    runs = re.search(r"number_of_executed_units: (\d+)", ended.output)
    if ended.status == 0 and not ended.timed_out and runs and int(runs.group(1)) > 0:
        return [Result(f"fuzz/{name} ({runs.group(1)} inputs)", PASSED, ended.seconds)]
    return [Result(f"fuzz/{name}", FAILED, ended.seconds, f"{ended.why()}\n{ended.output}")]


def fuzz_jobs(options):
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/fuzz/fuzz_*.c"))):
        name = os.path.basename(path)[:-2]
        yield f"fuzz/{name}", lambda name=name: run_fuzz_target(name, options)


# --- Valgrind ---

def run_valgrind(options):
    name = "valgrind/50 ticks of cmon --json"
    if not shutil.which("valgrind"):
        return [Result(name, SKIPPED, 0, "missing tool: valgrind")]
    argv = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
            "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=99", "--num-callers=30",
            "--log-file=/dev/stderr", os.path.join(options.build, "cmon"), "--json", "-n", "50", "-d", "0.02"]
    with tempfile.NamedTemporaryFile() as output:
        quoted = 'out=$1; shift; exec "$@" >"$out"'
        ended = run_program(["/bin/sh", "-c", quoted, "sh", output.name] + argv, MODULE_TIMEOUT)
        lines = sum(1 for _ in open(output.name, "rb"))
    if ended.status == 0 and not ended.timed_out and not ended.output.strip() and lines == 50:
        return [Result(name, PASSED, ended.seconds)]
    return [Result(name, FAILED, ended.seconds, f"{ended.why()}, {lines} lines of 50\n{ended.output}")]


def valgrind_jobs(options):
    yield "valgrind", lambda: run_valgrind(options)


# --- Report ---

def jobs_of(suite, options):
    kind, _, variant = suite.partition("-")
    if variant not in ("", "asan", "tsan", "clang", "coverage"):
        raise SystemExit(f"run.py: no such variant: {variant}")
    if kind == "unit":
        return unit_jobs(suite, variant, options)
    if kind in ("live", "tui"):
        return python_jobs(suite, variant, options)
    if suite == "fuzz":
        return fuzz_jobs(options)
    if suite == "valgrind":
        return valgrind_jobs(options)
    raise SystemExit(f"run.py: no such suite: {suite}")


def is_missing_tool(reason):
    return re.search(r"missing tool|not installed|not found|no module named", reason, re.IGNORECASE) is not None


def show(result):
    if result.outcome == SKIPPED and IN_CI and is_missing_tool(result.detail):
        result.outcome = FAILED
    reason = f": {result.detail.strip().splitlines()[0]}" if result.outcome == SKIPPED and result.detail else ""
    print(f"{result.outcome:4} {result.name} ({result.seconds or 0:.2f} s){reason}", flush=True)


def show_failure(result):
    text = result.detail.rstrip()
    if len(text) > MAX_OUTPUT:
        half = MAX_OUTPUT // 2
        text = f"{text[:half]}\n[... {len(text) - MAX_OUTPUT} characters left out ...]\n{text[-half:]}"
    print(f"\n=== FAIL {result.name}\n{text}")


def run_suite(suite, options):
    """Unit tests and fuzz targets need nothing but a CPU and run side by side; what looks at the machine runs alone."""
    jobs = [job for name, job in jobs_of(suite, options) if fnmatch.fnmatch(name, options.only)]
    if not jobs and options.only == "*":
        raise SystemExit(f"run.py: {suite} has no tests")
    alone = suite.split("-")[0] in ("live", "tui", "valgrind")
    results = []
    with concurrent.futures.ThreadPoolExecutor(1 if alone else options.jobs) as pool:
        for batch in pool.map(lambda job: job(), jobs):
            for result in batch:
                show(result)
            results.extend(batch)
    return results


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n", 2)[2])
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="*", help="run what matches suite/program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep-corpus", action="store_true")
    parser.add_argument("suites", nargs="+")
    return parser.parse_args()


def be_ordinary():
    """States, priorities and kill scores that a test expects are those of a process with the standard ones."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, 0)
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("0")
    except OSError as error:
        print(f"run.py: this process keeps its priority or kill score, which tests may show: {error}", file=sys.stderr)


def empty_configuration():
    """A directory with an empty configuration of cmon that stays empty: without one every start would be the first."""
    directory = tempfile.mkdtemp(prefix="cmon-tests-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.mkdir(os.path.join(directory, "cmon"))
    for name in (directory, os.path.join(directory, "cmon")):
        os.chmod(name, 0o755)
    path = os.path.join(directory, "cmon", "cmon.conf")
    with open(path, "w", encoding="utf-8"):
        pass
    os.chmod(path, 0o444)
    return directory


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--module":
        return module_main(sys.argv[2], sys.argv[3])
    options = parse_arguments()
    options.build = os.path.abspath(options.build)
    options.only = options.only if options.only.startswith("*") else f"*{options.only}"
    os.chdir(ROOT)
    # A terminal or a locale of the caller must not decide a test.
    for name in ("CMON", "COLUMNS", "LINES", "LC_ALL", "LANG", "LANGUAGE", "TMUX"):
        os.environ.pop(name, None)
    os.environ["LC_ALL"] = "C.UTF-8"
    # On a console curses asks libgpm for the mouse, which leaks the terminal's name where no gpm runs.
    os.environ["NCURSES_GPM_TERMS"] = "none"
    # Nor may his configuration, and no test may write it.
    os.environ["XDG_CONFIG_HOME"] = empty_configuration()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_at_signal)
    for number in (signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    be_ordinary()
    results, times = [], []
    for suite in options.suites:
        began = time.monotonic()
        results += run_suite(suite, options)
        times.append(f"{suite} {time.monotonic() - began:.0f} s")
    counts = {outcome: sum(r.outcome == outcome for r in results) for outcome in (PASSED, FAILED, SKIPPED)}
    for result in results:
        if result.outcome == FAILED:
            show_failure(result)
    print(f"\n{', '.join(times)}")
    skipped = f", {counts[SKIPPED]} skipped" if counts[SKIPPED] else ""
    print(f"{counts[PASSED]} passed, {counts[FAILED]} failed{skipped}", flush=True)
    return 1 if counts[FAILED] or not counts[PASSED] else 0


if __name__ == "__main__":
    sys.exit(main())
