"""cmon --tree and cmon --ps: the same processes as pstree and ps tell of, options, terminals, and hostile names."""

import base64
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

import cmon
import lab

NO_STYLES = re.compile(r"\x1b\[[\d;]*m")
BRANCH = re.compile(r"((?:│  |   )*)(?:[├└]─ )?")
ODD = re.compile(rb"[^A-Za-z0-9:_./ -]|--")


def tree_lines(*arguments, **options):
    options.setdefault("env", dict(os.environ, LC_ALL="C.UTF-8"))
    return cmon.succeed("--tree", *arguments, **options).decode().splitlines()


def depth_of(line):
    prefix = BRANCH.match(line)[0]
    return len(prefix) // 3


def label_of(line):
    return line[BRANCH.match(line).end():]


def pairs_of_tree(lines):
    """{pid: parent's pid} of a tree printed with -p; roots have None."""
    pairs, path = {}, []
    for line in lines:
        depth, pid = depth_of(line), int(re.search(r"\((\d+)\) [A-Zt]", line)[1])
        del path[depth:]
        pairs[pid] = path[-1] if path else None
        path.append(pid)
    return pairs


def pairs_of_pstree(text):
    """The same of `pstree -pTAl`, by the columns in which its branches begin."""
    pairs, branches = {}, {}
    for line in text.splitlines():
        parent, start = None, len(line) - len(line.lstrip(" |`-"))
        if start:
            parent = branches[start - 2]
        for label in re.finditer(r".*?\((\d+)\)(?:---|(-\+-)|-.-|$)", line[start:]):
            pid = int(label[1])
            pairs[pid], parent = parent, pid
            if label[2]:
                branches[start + label.start(2) + 1] = pid
    return pairs


def pstree(*arguments):
    return pairs_of_pstree(subprocess.run(["pstree", "-pTAl", *map(str, arguments)], capture_output=True, text=True,
                                          check=True, errors="replace").stdout)


def parent_of(pid):
    stat = cmon.stat_of(pid)
    return int(stat[1][1]) if stat else None


def has_odd_name(pid):
    """Whether a name of the process or of an ancestor could be taken for the lines of a tree."""
    while pid:
        stat = cmon.stat_of(pid)
        if stat is None or ODD.search(stat[0]):
            return True
        pid = int(stat[1][1])
    return False


@contextlib.contextmanager
def shell(script, processes):
    """A shell that runs a script, in a process group of its own, once that many others are below it. Yields its pid."""
    with cmon.child(["sh", "-c", script], start_new_session=True) as started:
        try:
            cmon.wait_for(lambda: len(members(started.pid)) == processes + 1, what=f"{processes} processes")
            cmon.wait_for(lambda: all(cmon.state_of(pid) == "S" for pid in members(started.pid)), what="sleep")
            yield started.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


def members(group):
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.getpgid(int(name)) == group:
                found.append(int(name))
    return found


def on_terminal(*arguments, columns=80, **environment):
    """Run cmon with a terminal as its stdout: status and what it wrote."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
        variables.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}, **environment)
        started = subprocess.Popen([cmon.BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=slave,
                                   stderr=subprocess.PIPE, env=variables)
        os.close(slave)
        slave = None
        written = b""
        while True:
            if not select.select([master], [], [], cmon.DEADLINE)[0]:
                raise AssertionError("cmon hangs")
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        started.stderr.close()
        return started.wait(cmon.DEADLINE), written.decode().replace("\r\n", "\n")
    finally:
        os.close(master)
        if slave is not None:
            os.close(slave)


class Pairs(unittest.TestCase):
    def setUp(self):
        cmon.need_tool("pstree")

    def test_a_tree_made_here(self):
        script = "sleep 600 & (sleep 600 & sleep 600 & wait) & (sh -c 'sleep 600 & wait; :' & wait) & wait"
        with shell(script, 7) as pid:
            pairs = pairs_of_tree(tree_lines("-p", pid))
            self.assertEqual(pairs, pstree(pid))
            self.assertEqual(pairs[pid], None)
            self.assertEqual(set(pairs), set(members(pid)))
            for child, parent in pairs.items():
                if child != pid:
                    self.assertEqual(parent, parent_of(child))

    def test_the_tree_of_pid_1(self):
        before = pstree(1)
        pairs = pairs_of_tree(tree_lines("-p", 1))
        after = pstree(1)
        stable = {pid: parent for pid, parent in before.items()
                  if after.get(pid, -1) == parent and not has_odd_name(pid)}
        self.assertGreater(len(stable), 2)
        self.assertEqual({pid: pairs.get(pid, "not there") for pid in stable}, stable)
        for pid, parent in pairs.items():
            if pid not in before and pid not in after and parent_of(pid) is not None and not has_odd_name(pid):
                self.assertTrue(parent == os.getpid() or parent_of(pid) == parent, pid)

    def test_every_process_is_in_it_once(self):
        before = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        lines = tree_lines("-p", 0)
        after = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        pids = [int(re.search(r"\((\d+)\) ", line)[1]) for line in lines if not has_odd_name_in(line)]
        self.assertEqual(len(pids), len(set(pids)))
        for pid in (before & after) - set(pids):
            self.assertTrue(has_odd_name(pid), pid)

    def test_a_deep_chain(self):
        script = 'n=$1; [ "$n" -eq 0 ] && exec sleep 600; sh -c "$0" "$0" $((n-1)); :'
        with cmon.child(["sh", "-c", script, script, "400"], start_new_session=True) as started:
            try:
                cmon.wait_for(lambda: any((cmon.stat_of(pid) or [b""])[0] == b"sleep" for pid in members(started.pid)),
                              what="the end of the chain")
                lines = tree_lines("-p", started.pid)
                self.assertEqual(len(lines), 401)
                self.assertEqual([depth_of(line) for line in lines], list(range(401)))
                self.assertEqual(label_of(lines[400]).split("(")[0], "sleep")
            finally:
                os.killpg(started.pid, signal.SIGKILL)


def has_odd_name_in(line):
    pid = re.search(r"\((\d+)\) ", line)
    return not pid or has_odd_name(int(pid[1]))


class Lines(unittest.TestCase):
    def test_stat_is_that_of_ps(self):
        with shell("sleep 600 & nice sleep 600 & (exec sleep 600) & wait", 3) as pid:
            stopped = next(child for child in members(pid) if child != pid)
            os.kill(stopped, signal.SIGSTOP)
            cmon.wait_for(lambda: cmon.state_of(stopped) == "T")
            told = dict(line.split() for line in subprocess.run(
                ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, members(pid)))], capture_output=True, text=True,
                check=True).stdout.splitlines())
            shown = {}
            for line in tree_lines("-p", pid):
                found = re.search(r"\((\d+)\) (\S+)$", line)
                shown[found[1]] = found[2]
            self.assertEqual(shown, told)
            self.assertIn("SN", shown.values())

    def test_merging(self):
        with shell("sleep 600 & sleep 600 & sleep 600 & wait", 3) as pid:
            self.assertEqual(tree_lines(pid), ["sh Ss", "└─ 3*[sleep] S"])
            self.assertEqual(tree_lines("-c", pid), ["sh Ss", "├─ sleep S", "├─ sleep S", "└─ sleep S"])
            self.assertEqual(len(tree_lines("-p", pid)), 4)
            self.assertEqual(tree_lines("-g", pid), [f"sh({pid}) Ss", f"└─ 3*[sleep({pid})] S"])

    def test_arguments(self):
        with shell("sleep 601 & sleep 602 & wait", 2) as pid:
            lines = tree_lines("-a", pid)
            self.assertEqual(lines[1:], ["├─ sleep S 601", "└─ sleep S 602"])
            self.assertEqual(lines[0], "sh Ss -c sleep 601 & sleep 602 & wait")

    def test_threads(self):
        with lab.actor() as actor:
            ids = actor.do("threads", count=3)
            name = label_of(tree_lines(actor.pid)[0]).split()[0]
            thread = re.escape(name)[:15]
            lines = tree_lines("-t", actor.pid)
            self.assertEqual(len(lines), 2)
            self.assertRegex(lines[1], rf"^└─ 3\*\[\{{{thread}\}}\] Sl$")
            lines = tree_lines("-t", "-p", actor.pid)
            self.assertEqual({int(re.search(r"\{.*\}\((\d+)\) Sl", line)[1]) for line in lines[1:]}, set(ids))

    def test_zombies(self):
        with lab.actor() as actor:
            zombie = actor.do("zombie")
            lines = tree_lines("-p", actor.pid)
            self.assertEqual(len(lines), 2)
            self.assertRegex(lines[1],
                             rf"^└─ .*\({zombie}\) Z <defunct> exit 3, not reaped by .*\({actor.pid}\): \w")

    def test_parents(self):
        with shell("sleep 600 & sleep 601 & wait", 2) as pid:
            lines = tree_lines("-s", "-p", pid)
            self.assertEqual(len([line for line in lines if f"({pid})" in line]), 1)
            at = next(i for i, line in enumerate(lines) if f"({pid})" in line)
            self.assertEqual(len(lines), at + 3)
            way = []
            while pid:
                way.insert(0, pid)
                pid = parent_of(pid)
            self.assertEqual([int(re.search(r"\((\d+)\) [A-Zt]", line)[1]) for line in lines[:at + 1]], way)
            self.assertEqual([depth_of(line) for line in lines[:at + 1]], list(range(at + 1)))

    def test_sort(self):
        with shell("sleep 600 & cat /dev/ptmx >/dev/null & sleep 601 & wait", 3) as pid:
            def pids(*arguments):
                return [int(re.search(r"\((\d+)\) ", line)[1]) for line in tree_lines("-p", *arguments, pid)][1:]
            by_pid = sorted(set(members(pid)) - {pid})
            self.assertEqual(pids("--sort", "pid"), by_pid)
            self.assertEqual(pids("--sort", "-pid"), by_pid[::-1])
            self.assertEqual(pids(), [by_pid[1], by_pid[0], by_pid[2]])

    def test_filter_keeps_ancestors(self):
        with shell("sleep 600 & (sleep 601 & wait) & wait", 3) as pid:
            lines = tree_lines("-a", "--filter", "command ~ 601$", pid)
            self.assertEqual([label_of(line).split()[0] for line in lines], ["sh", "sh", "sleep"])

    def test_kernel_threads_only_when_asked_for(self):
        stat = cmon.stat_of(2)
        if stat is None or not int(stat[1][6]) & 0x200000:
            self.skipTest("no kernel threads here")
        self.assertEqual(label_of(tree_lines("-p", 2)[0]).split()[0], "kthreadd(2)")
        self.assertTrue(any("kthreadd(2)" in line for line in tree_lines("-p", 0)))
        self.assertFalse(any("kthreadd(2)" in line for line in tree_lines("-p")))
        self.assertFalse(any("kthreadd(2)" in line for line in tree_lines("-p", "root")))

    def test_pid_1_is_first(self):
        self.assertRegex(tree_lines("-p")[0], r"\(1\) ")

    def test_hostile_names(self):
        with lab.actor("\x1b[2J\x07", "\u202e", b"\xff\n".decode(errors="surrogateescape")) as actor:
            actor.do("name", b64=base64.b64encode(b"a\x1b]0;\x07\n\xff(1)").decode())
            for environment in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}):
                for arguments in (("--tree", "-a", "-t"), ("--ps", "-l")):
                    output = cmon.succeed(*arguments, "-d", 0, env=dict(os.environ, **environment))
                    self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", output))
                    self.assertNotIn("\u202e".encode(), output)
                    output.decode()
                self.assertIn(rb"a\x1b]0;\x07\n\xff(1)", cmon.succeed("--tree", actor.pid))
                status, text = on_terminal("--tree", "-a", actor.pid, columns=200, **environment)
                self.assertEqual(status, 0)
                self.assertIsNone(re.search(r"[\x00-\x09\x0b-\x1f\x7f]", NO_STYLES.sub("", text)))


class Users(unittest.TestCase):
    def test_processes_of_a_user(self):
        cmon.need_root()
        script = "sleep 600 & wait"
        with cmon.child(["sh", "-c", script], user=cmon.NOBODY, group=cmon.NOBODY, extra_groups=[],
                        start_new_session=True) as started:
            try:
                cmon.wait_for(lambda: len(members(started.pid)) == 2)
                name = subprocess.run(["id", "-un", str(cmon.NOBODY)], capture_output=True, text=True,
                                      check=True).stdout.strip()
                sleeper = next(pid for pid in members(started.pid) if pid != started.pid)
                lines = tree_lines("-p", "-u", name)
                own = [line for line in lines if f"({started.pid}," in line or f"({sleeper})" in line]
                self.assertEqual(own, [f"sh({started.pid},{name}) Ss", f"└─ sleep({sleeper}) S"])
                for line in lines:
                    if depth_of(line) == 0:
                        pid = int(re.search(r"\((\d+)", line)[1])
                        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                            self.assertEqual(os.stat(f"/proc/{pid}").st_uid, cmon.NOBODY)
                whole = pairs_of_tree([line.replace(f",{name})", ")") for line in tree_lines("-p", "-u", started.pid)])
                self.assertEqual(whole, {started.pid: None, sleeper: started.pid})
            finally:
                os.killpg(started.pid, signal.SIGKILL)

    def check_missing(self, *arguments, named):
        ended = cmon.run(*arguments)
        self.assertEqual((ended.returncode, ended.stdout), (1, b""), arguments)
        self.assertRegex(ended.stderr.decode(), rf"\Acmon: [^\n]*{re.escape(named)}[^\n]*\n\Z")

    def test_whoever_is_not_there(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.check_missing("--tree", gone.pid, named=str(gone.pid))
        self.check_missing("--tree", "99999999999999999999", named="process")
        self.check_missing("--tree", "no-such-user", named="no-such-user")
        self.check_missing("--tree", "", named="user ''")
        self.check_missing("--tree", "1x", named="1x")
        self.check_missing("--tree", "x\x1b[2J", named="x\\x1b[2J")

    def test_a_user_without_processes(self):
        import pwd
        owners = {os.stat(f"/proc/{name}").st_uid for name in os.listdir("/proc")
                  if name.isdigit() and os.path.exists(f"/proc/{name}")}
        free = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid not in owners]
        self.check_missing("--tree", free[-1], named=free[-1])

    def test_a_highlighted_process_that_is_not_there(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        ended = cmon.run("--tree", "-H", gone.pid)
        self.assertEqual(ended.returncode, 1)
        self.assertTrue(ended.stdout)
        self.assertIn(str(gone.pid).encode(), ended.stderr)


class Terminals(unittest.TestCase):
    def test_highlighting(self):
        with shell("(sleep 600 & sleep 601 & wait) & wait", 3) as pid:
            chain = pairs_of_tree(tree_lines("-p", pid))
            chosen = max(chain)
            for environment in ({}, {"NO_COLOR": "1"}):
                _, text = on_terminal("--tree", "-p", "-H", chosen, pid, **environment)
                bold = {int(found) for found in re.findall(r"\x1b\[0;1m\w+\((\d+)\)\x1b\[0m", text)}
                self.assertEqual(bold, {pid, chain[chosen], chosen}, environment)
                self.assertEqual(pairs_of_tree(NO_STYLES.sub("", text).splitlines()), chain)
            for environment in ({"TERM": "dumb"}, {"TERM": ""}):
                _, text = on_terminal("--tree", "-p", "-H", chosen, pid, **environment)
                self.assertNotIn("\x1b", text)
            self.assertNotIn(b"\x1b", cmon.succeed("--tree", "-H", chosen, pid, env=dict(os.environ, TERM="xterm")))

    def test_colors(self):
        with shell("sleep 600 & wait", 1) as pid:
            for front_end in (("--tree", pid), ("--ps", "--pid", pid)):
                self.assertIn("\x1b[", on_terminal(*front_end)[1])
                self.assertNotIn("\x1b", on_terminal(*front_end, NO_COLOR="1")[1])
                self.assertIn("\x1b[", on_terminal(*front_end, NO_COLOR="")[1])
                self.assertNotIn(b"\x1b", cmon.succeed(*front_end, env=dict(os.environ, TERM="xterm")))

    def test_width(self):
        argument = "日本" * 40
        with lab.actor(argument) as actor:
            for front_end in (("--tree", "-a", actor.pid), ("--ps", "-o", "pid,command", "--pid", actor.pid)):
                for columns in (20, 33, 80):
                    status, text = on_terminal(*front_end, columns=columns)
                    self.assertEqual(status, 0)
                    lines = NO_STYLES.sub("", text).splitlines()
                    widths = [sum(2 if ord(c) > 0x2e80 else 1 for c in line) for line in lines]
                    self.assertLessEqual(max(widths), columns)
                    self.assertGreaterEqual(max(widths), columns - 1)
                    self.assertTrue(any(line.endswith("…") for line in lines))
                    long = NO_STYLES.sub("", on_terminal(*front_end, "-l", columns=columns)[1])
                    self.assertIn(argument, long)
                self.assertIn(argument.encode(), cmon.succeed(*front_end, env=dict(os.environ, LC_ALL="C.UTF-8",
                                                                                 COLUMNS="20")))
                # A terminal that does not know its size.
                self.assertIn(argument, on_terminal(*front_end, columns=0)[1])

    def test_characters(self):
        with shell("sleep 600 & cat /dev/ptmx >/dev/null & wait", 2) as pid:
            utf8, ascii_only = "sh Ss\n├─ cat S\n└─ sleep S\n".encode(), b"sh Ss\n|- cat S\n`- sleep S\n"
            for arguments, locale, expected in (
                    ((), "C.UTF-8", utf8), ((), "C", ascii_only), (("-A",), "C.UTF-8", ascii_only), (("-U",), "C", utf8),
                    ((), "no_SUCH", ascii_only)):
                output = cmon.succeed("--tree", *arguments, pid, env=dict(os.environ, LC_ALL=locale))
                self.assertEqual(output, expected, (arguments, locale))


def table(*arguments, **options):
    """Rows of --ps as lists of words; the header is the first."""
    return [line.split() for line in cmon.succeed("--ps", *arguments, **options).decode().splitlines()]


class Ps(unittest.TestCase):
    def test_the_same_as_ps(self):
        names = {"pid": "pid", "ppid": "ppid", "pgid": "pgid", "sid": "sess", "nice": "ni", "num_threads": "nlwp",
                 "uid": "ruid", "tty": "tty", "stat": "stat"}

        def ps():
            lines = subprocess.run(["ps", "-e", "-o", ",".join(names.values())], capture_output=True, text=True,
                                   check=True).stdout.splitlines()[1:]
            return {line.split()[0]: line.split() for line in lines}

        nice = list(names).index("nice")

        def compare():
            before = ps()
            # Terminals are files to cmon.
            rows = {row[0]: [word.removeprefix("/dev/") for word in row]
                    for row in table("-o", ",".join(names))[1:]}
            after = ps()
            stable = {pid: row for pid, row in before.items() if after.get(pid) == row}
            self.assertGreater(len(stable), 2)
            wrong = {}
            for pid, row in stable.items():
                expected, told = ["-" if value == "?" else value for value in row], rows.get(pid)
                # ps has no nice value for real-time threads.
                if told and expected[nice] == "-":
                    expected[nice] = told[nice]
                if told != expected:
                    wrong[pid] = (told, expected)
            return wrong

        # What differs by chance, since a process ran or waited for a moment, does not differ every time.
        wrong = compare()
        for _ in range(5):
            again = compare() if wrong else {}
            wrong = {pid: again[pid] for pid in set(wrong) & set(again)}
        self.assertEqual(wrong, {})

    def test_default_columns(self):
        header = table("-d", "0.05")[0]
        self.assertEqual(header, "PID USER STAT NI THR VIRT RES CPU% MEM% TIME+ Command".split())

    def test_columns_and_titles(self):
        rows = table("-o", "pid, user", "-o", "starttime", "--pid", os.getpid())
        self.assertEqual(rows[0], ["PID", "USER", "STARTTIME"])
        self.assertEqual(rows[1][0], str(os.getpid()))
        self.assertEqual(rows[1][2], cmon.stat_of(os.getpid())[1][19].decode())

    def test_layout(self):
        text = cmon.succeed("--ps", "-o", "pid,stat,uid,command", env=dict(os.environ, LC_ALL="C")).decode()
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("    PID STAT"))
        for line in lines[1:]:
            self.assertRegex(line, r"^ *\d+ \S+ +(\d+|-) .*\S?$")
            self.assertEqual(len(re.match(r"^ *\d+", line)[0]), 7)

    def test_commands(self):
        with lab.actor() as actor:
            zombie = actor.do("zombie")
            rows = cmon.succeed("--ps", "-o", "pid,command", "--pid", f"{actor.pid},{zombie}").decode().splitlines()
            name = cmon.stat_of(zombie)[0].decode()
            self.assertEqual(rows[2].split(maxsplit=1)[1] if int(rows[2].split()[0]) == zombie else
                             rows[1].split(maxsplit=1)[1], f"[{name}] <defunct>")
            self.assertTrue(any(row.endswith("lab.py actor") for row in rows))
        stat = cmon.stat_of(2)
        if stat and int(stat[1][6]) & 0x200000:
            self.assertEqual(table("-o", "command", "--pid", 2), [["Command"], ["[kthreadd]"]])

    def test_rates_take_two_samples_and_nothing_else_does(self):
        with cmon.child([sys.executable, "-c", "while True: pass"]) as burner:
            for arguments in (["-o", "cpu"], [], ["-o", "pid", "--sort", "cpu"], ["-o", "pid", "--filter", "cpu > 1"]):
                began = time.monotonic()
                rows = table(*arguments, "-d", "0.5", "--pid", burner.pid)
                self.assertGreaterEqual(time.monotonic() - began, 0.5, arguments)
                self.assertEqual(len(rows), 2, arguments)
                if arguments == ["-o", "cpu"]:
                    self.assertGreater(float(rows[1][0]), 5)
        began = time.monotonic()
        table("-o", "pid,stat,ppid,rss,time,command", "--sort", "rss", "--filter", "rss > 0", "-d", "3600")
        tree_lines("-d", 3600)
        self.assertLess(time.monotonic() - began, cmon.DEADLINE)
        self.assertEqual(table("-o", "cpu", "-d", 0, "--pid", os.getpid())[1], ["-"])
        for arguments in (["--sort", "-cpu"], ["--filter", "cpu >= 0"]):
            began = time.monotonic()
            self.assertTrue(tree_lines("-d", 0.5, *arguments))
            self.assertGreaterEqual(time.monotonic() - began, 0.5)

    def test_sort(self):
        def keys(*arguments):
            return [tuple(int(word) if word.lstrip("-").isdigit() else word for word in row[:2])
                    for row in table("-o", "nice,pid", "--sort", *arguments)[1:]]
        rows = keys("nice,pid")
        self.assertEqual(rows, sorted(rows))
        rows = keys("-pid")
        self.assertEqual([pid for _, pid in rows], sorted((pid for _, pid in rows), reverse=True))
        rows = keys("nice,-pid")
        self.assertEqual(rows, sorted(rows, key=lambda row: (row[0], -row[1])))

    def test_choice(self):
        with cmon.child(["sleep", "600"]) as one, cmon.child(["sleep", "601"]) as two:
            pids = sorted([one.pid, two.pid])
            self.assertEqual([int(row[0]) for row in table("-o", "pid", "--pid", f"{two.pid},{one.pid}")[1:]], pids)
            rows = table("-o", "pid", "--filter", f"ppid = {os.getpid()} and name = sleep")
            self.assertEqual([int(row[0]) for row in rows[1:]], pids)
            self.assertEqual(table("-o", "pid", "--pid", one.pid, "--filter", "name = cat"), [["PID"]])

    def test_a_pid_that_is_not_there(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        ended = cmon.run("--ps", "-o", "pid", "--pid", f"{gone.pid},{os.getpid()}")
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stdout.decode().split(), ["PID", str(os.getpid())])
        self.assertRegex(ended.stderr.decode(), rf"\Acmon: .*\b{gone.pid}\b.*\n\Z")

    def test_nobody(self):
        cmon.need_root()
        with cmon.reachable_binary() as binary, cmon.child(["sleep", "600"]) as sleeper:
            for arguments in (["--ps", "-o", "pid,stat,cwd,fds,cpu,command"], ["--tree", "-pauts", str(sleeper.pid)]):
                ended = subprocess.run([binary, *arguments], stdin=subprocess.DEVNULL, capture_output=True, cwd="/",
                                       timeout=cmon.DEADLINE, check=False, **cmon.as_nobody())
                self.assertEqual((ended.returncode, ended.stderr), (0, b""), arguments)
                line = next(line for line in ended.stdout.decode().splitlines()
                            if re.search(rf"\b{sleeper.pid}\b", line))
                self.assertIn("600", line)
                if "--ps" in arguments:
                    self.assertEqual(line.split()[2], "-")


class Usage(unittest.TestCase):
    def check(self, *arguments, named):
        ended = cmon.run(*arguments)
        self.assertEqual((ended.returncode, ended.stdout), (2, b""), arguments)
        message = ended.stderr.decode()
        self.assertTrue(message.startswith("cmon: "), message)
        for name in named:
            self.assertIn(name, message.splitlines()[0], arguments)

    def test_options_that_make_no_sense_together(self):
        for command, named in (
                ("--tree --json", "--tree --json"), ("--ps --tree", "--ps --tree"), ("--json --ps", "--ps --json"),
                ("-p", "-p --tree"), ("--ps -p", "-p --tree"), ("--json -t", "-t"), ("-o pid", "-o --ps"),
                ("--tree -o pid", "-o --ps"), ("--tree -A -U", "-A -U"), ("-l", "-l --tree --ps"), ("-A", "-A"),
                ("--tree -n 2", "--iterations --json"), ("--ps --watch", "--watch --json"), ("--tree --pid 1", "--pid"),
                ("--pid 1", "--pid --json --ps"),
                ("--ps --sections cpu", "--sections"), ("--ps --fields pid", "--fields --json"),
                ("--json --sort pid", "--sort screen"), ("--tree -s", "-s"), ("--tree -s 0", "-s"),
                ("--tree --sort pid,name", "--sort --ps"), ("--sort pid,name", "--sort"),
                ("--sort starttime", "starttime"), ("--tree 1 2", "2"), ("--ps 1", "1"), ("--tree -H x", "-H x"),
                ("--tree -H 0", "-H"), ("--tree -H", "-H"), ("--ps -o", "-o"), ("--tree=1", "tree")):
            with self.subTest(command=command):
                self.check(*command.split(), named=named.split())

    def test_unknown_fields_with_what_may_have_been_meant(self):
        for command, unknown, nearest in (
                ("--ps -o pid,rsss", "rsss", "rss"), ("--ps -o args", "args", "command"),
                ("--ps --sort -nmae", "nmae", "name"), ("--tree --sort pdi", "pdi", "pid"),
                ("--json --fields usrname", "usrname", "username")):
            self.check(*command.split(), named=[f"'{unknown}'", f"'{nearest}'"])
        self.check("--ps", "-o", "pid,,stat", named=["''"])
        self.check("--ps", "-o", "\x1b[2J", named=["\\x1b[2J"])
        self.check("--ps", "-o", "threads", named=["threads"])
        self.check("--ps", "--sort", "open_files", named=["open_files"])

    def test_options_that_do(self):
        for arguments in (["--help", "-p"], ["--json", "--version"], ["--tree", "--tree", "-ppp", "1"],
                          ["--tree", "-pguatscUl", "1"], ["--ps", "-AlA"], ["-d", "0", "--ps"]):
            cmon.succeed(*arguments)


class BrokenOutput(unittest.TestCase):
    FRONT_ENDS = (["--tree"], ["--tree", "-p", "0"], ["--ps", "-o", "pid,command"], ["--ps", "-d", "0.01"])

    def test_a_reader_that_left(self):
        for arguments in self.FRONT_ENDS:
            reader, writer = os.pipe()
            os.close(reader)
            try:
                ended = cmon.run(*arguments, stdout=writer, restore_signals=True)
            finally:
                os.close(writer)
            self.assertEqual((ended.returncode, ended.stderr), (0, b""), arguments)

    def test_full_disk(self):
        for arguments in self.FRONT_ENDS:
            with open("/dev/full", "wb") as full:
                ended = cmon.run(*arguments, stdout=full)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertRegex(ended.stderr, rb"\Acmon: .*[Nn]o space left.*\n\Z")

    def test_closed_stdout(self):
        for arguments in self.FRONT_ENDS:
            ended = subprocess.run(["/bin/sh", "-c", '"$@" >&-', "sh", cmon.BINARY, *arguments], capture_output=True,
                                   stdin=subprocess.DEVNULL, timeout=cmon.DEADLINE, check=False)
            self.assertEqual(ended.returncode, 1, arguments)


if __name__ == "__main__":
    unittest.main()
