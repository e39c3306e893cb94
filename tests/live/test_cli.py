"""The command line: options, exit statuses, broken outputs, poor environments, and what an unprivileged user gets."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import unittest

import cmon

TOP_LEVEL = """schema version timestamp monotonic interval collect_ms source host boot_time cpu_count cpu_times cpu_percent
cpu_times_percent cpu_stats cpu_freq getloadavg virtual_memory swap_memory pressure disk_partitions disk_io_counters
net_io_counters net_if_addrs net_if_stats sensors_temperatures sensors_fans sensors_battery users tasks processes
errors""".split()


class Help(unittest.TestCase):
    def test_help_lists_every_option(self):
        for option in ("-h", "--help"):
            text = cmon.succeed(option).decode()
            for name in ("--help", "--version", "--json", "--sections", "--fields", "--pid", "--delay", "--iterations",
                         "--watch", "--filter", "--tree", "--ps", "--sort", "-d", "-n", "-h", "-V", "-o", "-p", "-g",
                         "-a", "-u", "-s", "-t", "-c", "-H", "-A", "-U", "-l"):
                self.assertRegex(text, rf"(?<![\w-]){name}(?![\w-])")

    def test_version(self):
        for option in ("-V", "--version"):
            self.assertRegex(cmon.succeed(option).decode(), r"\Acmon \d+\.\d+\.\d+\n\Z")

    def test_version_is_the_one_in_json(self):
        version = cmon.succeed("--version").decode().split()[1]
        self.assertEqual(cmon.snapshot("--sections", "load")["version"], version)


class UsageErrors(unittest.TestCase):
    def check(self, *arguments, named):
        ended = cmon.run(*arguments)
        self.assertEqual(ended.returncode, 2, arguments)
        self.assertEqual(ended.stdout, b"", arguments)
        message = ended.stderr.decode()
        self.assertTrue(message.startswith("cmon: "), message)
        self.assertIn(named, message.splitlines()[0])

    def test_unknown_section(self):
        self.check("--json", "--sections", "cpu,nosuchsection", named="nosuchsection")

    def test_unknown_field(self):
        self.check("--json", "--fields", "pid,nosuchfield", named="nosuchfield")

    def test_unknown_long_option(self):
        self.check("--nosuchoption", named="nosuchoption")

    def test_unknown_short_option(self):
        self.check("-Q", named="Q")

    def test_stray_argument(self):
        self.check("--json", "stray", named="stray")

    def test_missing_argument(self):
        self.check("--json", "--sections", named="sections")
        self.check("--json", "-d", named="d")

    def test_delay_that_is_no_number(self):
        for value in ("abc", "", "1x", "-1", "nan", "inf", "1e999", "0x10", "1,5", "99999999999999999999"):
            with self.subTest(value=value):
                self.check("--json", "-d", value, named=value)

    def test_iterations_that_are_no_number(self):
        for value in ("abc", "", "-3", "0", "1.5", "3x", "99999999999999999999999"):
            with self.subTest(value=value):
                self.check("--json", "-n", value, named=value)

    def test_pid_that_is_no_number(self):
        for value in ("abc", "", "1,,2", "1,x", "-1", "0", "99999999999999999999"):
            with self.subTest(value=value):
                self.check("--json", "--pid", value, named=value)

    def test_filter_that_is_none(self):
        self.check("--json", "--filter", "cpu >", named="filter")

    def test_sort_key_that_is_none(self):
        self.check("--sort", "nosuchkey", named="nosuchkey")

    def test_escape_sequences_are_not_echoed(self):
        for arguments in (["--json", "--sections", "\x1b]0;x\x07"], ["--json", "--fields", "\x1b[2J"],
                          ["--json", "-d", "\x1b[2J"], ["--json", "--pid", "\x1b[2J"], ["\x1b[2J"],
                          ["--\x1b[2J"], ["-\x1b"], ["--json", "--filter", "\x1b[2J >"]):
            with self.subTest(arguments=arguments):
                ended = cmon.run(*arguments)
                self.assertNotIn(b"\x1b", ended.stderr + ended.stdout)
                self.assertNotIn(b"\x07", ended.stderr + ended.stdout)

    def test_sections_are_not_prefixes(self):
        self.check("--json", "--sections", "cp", named="cp")
        self.check("--json", "--fields", "pi", named="pi")


class Output(unittest.TestCase):
    def test_default_is_one_object_with_every_key(self):
        output = cmon.succeed("--json")
        document = json.loads(output)
        for key in TOP_LEVEL:
            self.assertIn(key, document)
        self.assertEqual(document["schema"], 1)
        self.assertTrue(output.endswith(b"\n"))

    def test_default_window_has_rates(self):
        document = cmon.snapshot("--sections", "cpu", delay=0.25)
        self.assertIsInstance(document["cpu_percent"]["total"], (int, float))
        self.assertGreaterEqual(document["interval"], 0.25)
        self.assertLess(document["interval"], 5)

    def test_instant_sample_has_none(self):
        document = cmon.snapshot("--sections", "cpu,processes")
        self.assertIsNone(document["interval"])
        self.assertIsNone(document["cpu_percent"])
        self.assertTrue(all(record["cpu_percent"] is None for record in document["processes"]))

    def test_three_lines(self):
        lines = cmon.succeed("--json", "-n", 3, "-d", 0.05).splitlines()
        self.assertEqual(len(lines), 3)
        times = [json.loads(line)["monotonic"] for line in lines]
        self.assertEqual(times, sorted(set(times)))
        for before, after in zip(times, times[1:]):
            self.assertGreaterEqual(after - before, 0.04)

    def test_iterations_without_delay(self):
        lines = cmon.succeed("--json", "-n", 2, "-d", 0, "--sections", "load").splitlines()
        self.assertEqual(len(lines), 2)

    def test_watch_prints_until_it_is_stopped(self):
        with cmon.child([cmon.BINARY, "--json", "--watch", "-d", "0.05", "--sections", "load"],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watcher:
            for _ in range(4):
                ready, _, _ = select.select([watcher.stdout], [], [], cmon.DEADLINE)
                self.assertTrue(ready, "no line")
                self.assertIn("getloadavg", json.loads(watcher.stdout.readline()))
            self.assertIsNone(watcher.poll())
            watcher.send_signal(signal.SIGTERM)
            self.assertIn(watcher.wait(cmon.DEADLINE), (0, -signal.SIGTERM))
            self.assertEqual(watcher.stderr.read(), b"")

    def test_sections(self):
        document = cmon.snapshot("--sections", "memory,load")
        self.assertIn("virtual_memory", document)
        self.assertIn("getloadavg", document)
        for key in ("processes", "cpu_times", "net_if_addrs", "users"):
            self.assertNotIn(key, document)

    def test_a_key_is_a_section(self):
        document = cmon.snapshot("--sections", "virtual_memory")
        self.assertIn("virtual_memory", document)
        self.assertNotIn("swap_memory", document)

    def test_fields(self):
        document = cmon.snapshot("--sections", "processes", "--fields", "pid,name,memory_info")
        self.assertTrue(document["processes"])
        for record in document["processes"]:
            self.assertEqual(set(record) - {"name_b64"}, {"pid", "name", "memory_info"})

    def test_fields_all(self):
        record = cmon.process(os.getpid())
        for key in ("pid", "ppid", "name", "exe", "cmdline", "cwd", "status", "username", "uids", "gids", "terminal",
                    "nice", "ionice", "cpu_times", "cpu_percent", "cpu_num", "cpu_affinity", "memory_info",
                    "memory_percent", "num_threads", "num_fds", "num_ctx_switches", "io_counters", "create_time",
                    "environ", "open_files", "memory_full_info", "memory_maps", "net_connections", "starttime",
                    "stat", "state", "pgid", "sid", "tpgid", "flags", "sched_policy", "priority", "cgroup", "wchan",
                    "orphan", "zombie"):
            self.assertIn(key, record)

    def test_pid(self):
        own, parent = os.getpid(), os.getppid()
        for arguments in (["--pid", f"{own},{parent}"], ["--pid", own, "--pid", parent]):
            document = cmon.snapshot("--fields", "pid,ppid", *arguments)
            self.assertEqual(cmon.by_pid(document)[own]["ppid"], parent)
            self.assertEqual(set(cmon.by_pid(document)), {own, parent})

    def test_pid_that_is_not_there(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        ended = cmon.run("--json", "-d", 0, "--pid", gone.pid)
        document = json.loads(ended.stdout)
        self.assertEqual(document["processes"], [])
        self.assertTrue(any(str(gone.pid) in json.dumps(error) for error in document["errors"]))
        self.assertEqual(ended.returncode, 1)

    def test_filter(self):
        document = cmon.snapshot("--fields", "pid", "--filter", f"pid = {os.getpid()}")
        self.assertEqual(document["processes"], [{"pid": os.getpid()}])

    def test_integers_are_exact(self):
        record = cmon.process(os.getpid(), fields="starttime,memory_info")
        self.assertEqual(record["starttime"], int(cmon.stat_of(os.getpid())[1][19]))
        self.assertIsInstance(record["memory_info"]["rss"], int)


class BrokenOutput(unittest.TestCase):
    def test_a_reader_that_leaves_ends_it_quietly(self):
        ended = subprocess.run(["bash", "-c", '"$0" --json -d 0 | head -c 1; echo "${PIPESTATUS[0]}" >&2',
                                cmon.BINARY], stdin=subprocess.DEVNULL, capture_output=True, timeout=cmon.DEADLINE,
                               check=False)
        self.assertEqual(ended.stdout, b"{")
        self.assertEqual(ended.stderr, b"0\n")

    def test_a_reader_that_left_before(self):
        # Nothing is read at all; with SIGPIPE at its default the status would tell.
        for arguments in (["--json", "-d", "0"], ["--json", "--watch", "-d", "0.02"], ["--help"]):
            reader, writer = os.pipe()
            os.close(reader)
            try:
                ended = cmon.run(*arguments, stdout=writer, restore_signals=True)
            finally:
                os.close(writer)
            self.assertEqual((ended.returncode, ended.stderr), (0, b""), arguments)

    def test_closed_stdout(self):
        for arguments in ("--json -d 0", "--help", "--version"):
            ended = subprocess.run(["/bin/sh", "-c", f'"$0" {arguments} >&-', cmon.BINARY], stdin=subprocess.DEVNULL,
                                   capture_output=True, timeout=cmon.DEADLINE, check=False)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertRegex(ended.stderr, rb"\Acmon: .*output.*\n\Z")

    def test_full_disk(self):
        for arguments in (["--json", "-d", "0"], ["--json", "-d", "0", "--sections", "load"], ["--help"], ["--version"],
                          ["--json", "-n", "3", "-d", "0.02"]):
            with open("/dev/full", "wb") as full:
                ended = cmon.run(*arguments, stdout=full)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertRegex(ended.stderr, rb"\Acmon: .*[Nn]o space left.*\n\Z")

    def test_all_standard_descriptors_closed(self):
        ended = subprocess.run(["/bin/sh", "-c", '"$0" --json -d 0 <&- >&- 2>&-', cmon.BINARY],
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=cmon.DEADLINE, check=False)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (1, b"", b""))

    def test_closed_stdin_and_stderr_do_not_matter(self):
        ended = subprocess.run(["/bin/sh", "-c", '"$0" --json -d 0 <&- 2>&-', cmon.BINARY], stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=cmon.DEADLINE, check=False)
        self.assertEqual(ended.returncode, 0)
        json.loads(ended.stdout)


class PoorEnvironment(unittest.TestCase):
    def test_screen_without_a_terminal(self):
        environment = {key: value for key, value in os.environ.items() if key != "TERM"}
        for extra in ({}, {"TERM": "xterm"}, {"TERM": "no-such-terminal"}, {"TERM": ""}):
            ended = cmon.run(env=dict(environment, **extra))
            self.assertEqual(ended.returncode, 1, extra)
            self.assertEqual(ended.stdout, b"", extra)
            self.assertRegex(ended.stderr, rb"\Acmon: [^\n]+\n", extra)

    def run_on_terminal(self, environment):
        """Run the screen on a real terminal: its status and everything it wrote."""
        master, slave = pty.openpty()
        try:
            with cmon.child([cmon.BINARY], stdin=slave, stdout=slave, stderr=slave, env=environment,
                            start_new_session=True) as started:
                status = started.wait(cmon.DEADLINE)
            written = b""
            while select.select([master], [], [], 0)[0]:
                written += os.read(master, 65536)
            return status, written
        finally:
            os.close(master)
            os.close(slave)

    def test_terminal_without_term(self):
        environment = {key: value for key, value in os.environ.items() if key != "TERM"}
        for extra in ({}, {"TERM": ""}, {"TERM": "no-such-terminal"}):
            status, written = self.run_on_terminal(dict(environment, **extra))
            self.assertEqual(status, 1, extra)
            self.assertRegex(written, rb"\Acmon: [^\r\n]+\r?\n", extra)
            self.assertNotIn(b"\x1b", written)

    def test_json_needs_no_terminal_and_no_locale(self):
        for environment in ({}, {"LC_ALL": "C"}, {"LC_ALL": "no_SUCH"}, {"LC_ALL": "C.UTF-8"}, {"TERM": "no-such"}):
            document = cmon.snapshot("--sections", "cpu,load,processes", env=environment)
            self.assertTrue(document["processes"])

    def test_numbers_have_a_point_in_every_locale(self):
        # Only where such a locale is installed can this differ.
        for locale in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
            document = cmon.snapshot("--sections", "load", env={"LC_ALL": locale})
            self.assertEqual(len(document["getloadavg"]), 3)

    def test_any_directory(self):
        with tempfile.TemporaryDirectory() as directory:
            os.rmdir(directory)
            os.mkdir(directory)
            document = cmon.snapshot("--sections", "load", cwd=directory)
        self.assertIn("getloadavg", document)


class LittlePrivilege(unittest.TestCase):
    """Whoever runs it: status 0, what is denied is null and said once for each source."""

    def check_errors(self, document):
        seen = [error["source"] for error in document["errors"]]
        self.assertEqual(len(seen), len(set(seen)), seen)
        for error in document["errors"]:
            self.assertIsInstance(error["errno"], int)
            self.assertTrue(error["message"])

    def nobody(self, *arguments):
        cmon.need_root()
        with cmon.reachable_binary() as binary:
            ended = subprocess.run([binary, "--json", *arguments], stdin=subprocess.DEVNULL, capture_output=True, cwd="/",
                                   timeout=cmon.DEADLINE, check=False, **cmon.as_nobody())
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return json.loads(ended.stdout)

    def test_nobody_sees_the_system(self):
        document, root = self.nobody("-d", "0.1"), cmon.snapshot(delay=0.1)
        self.check_errors(document)
        for key in TOP_LEVEL:
            if key == "errors":
                continue
            self.assertEqual(document[key] is None, root[key] is None, key)
        self.assertEqual(document["cpu_count"], root["cpu_count"])
        self.assertEqual(document["boot_time"], root["boot_time"])
        self.assertEqual(set(document["net_if_addrs"]), set(root["net_if_addrs"]))

    def test_nobody_sees_every_process(self):
        with cmon.child(["sleep", "600"]) as sleeper:
            record = cmon.by_pid(self.nobody("-d", "0", "--sections", "processes"))[sleeper.pid]
        self.assertEqual(record["name"], "sleep")
        self.assertEqual(record["cmdline"], ["sleep", "600"])
        self.assertEqual(record["username"], "root")

    def test_denied_is_null(self):
        with cmon.child(["sleep", "600"]) as sleeper:
            fields = "pid,name,exe,cwd,num_fds,open_files,environ,io_counters,memory_full_info,memory_maps"
            document = self.nobody("-d", "0", "--fields", fields, "--pid", str(sleeper.pid))
            descriptors = len(os.listdir(f"/proc/{sleeper.pid}/fd"))
        self.check_errors(document)
        record, = document["processes"]
        self.assertEqual(record["name"], "sleep")
        # Since Linux 6.2 the number is the size of a directory whose names are denied.
        self.assertIn(record["num_fds"], (None, descriptors))
        for key in ("exe", "cwd", "open_files", "environ", "memory_maps"):
            self.assertIsNone(record[key], key)
        for key in ("io_counters", "memory_full_info"):
            value = record[key]
            denied = value is None or all(value[name] is None for name in value if name in (
                "read_count", "write_count", "read_bytes", "write_bytes", "uss", "pss", "swap"))
            self.assertTrue(denied, (key, value))
        self.assertTrue(any(error["errno"] in (1, 13) for error in document["errors"]), document["errors"])

    def test_denied_is_said_once_for_a_source(self):
        document = self.nobody("-d", "0", "--fields", "all")
        self.check_errors(document)
        self.assertGreater(len(document["processes"]), 1)
        self.assertLess(len(document["errors"]), 30)

    def hidepid(self, *arguments):
        """cmon as nobody where /proc hides the processes of others."""
        cmon.need_root()
        script = """
            mount -t proc -o hidepid=2 proc /proc
            exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
        """
        with cmon.reachable_binary() as binary:
            ended = cmon.in_mount_namespace(script, binary, "--json", *arguments, cwd="/")
        if ended.returncode != 0 and re.search(rb"mount: .*(permission denied|not permitted)", ended.stderr):
            self.skipTest("/proc cannot be mounted here")
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return json.loads(ended.stdout)

    def test_hidden_processes(self):
        document, root = self.hidepid("-d", "0.1"), cmon.snapshot(delay=0.1)
        self.check_errors(document)
        own = [record for record in document["processes"] if record["name"] == "cmon"]
        self.assertTrue(own)
        self.assertNotIn(1, cmon.by_pid(document))
        for key in TOP_LEVEL:
            if key == "errors":
                continue
            self.assertEqual(document[key] is None, root[key] is None, key)

    def test_everything_about_hidden_processes(self):
        document = self.hidepid("-d", "0", "--fields", "all")
        self.check_errors(document)
        self.assertTrue(document["processes"])

    def test_a_hidden_process_asked_for(self):
        cmon.need_root()
        script = """
            mount -t proc -o hidepid=2 proc /proc
            exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
        """
        with cmon.reachable_binary() as binary:
            ended = cmon.in_mount_namespace(script, binary, "--json", "-d", "0", "--pid", "1", cwd="/")
        if re.search(rb"mount: .*(permission denied|not permitted)", ended.stderr):
            self.skipTest("/proc cannot be mounted here")
        self.assertEqual(json.loads(ended.stdout)["processes"], [])


class Manual(unittest.TestCase):
    def committed(self, name):
        with open(os.path.join(cmon.ROOT, "man", name), "rb") as file:
            return file.read()

    def test_the_copy_of_the_manual_is_what_the_program_prints(self):
        self.assertEqual(self.committed("cmon-json.5"), cmon.succeed("--dump-manual"), "run 'make manual'")

    def test_the_copy_of_the_configuration_manual_is_what_the_program_prints(self):
        self.assertEqual(self.committed("cmon.conf.5"), cmon.succeed("--dump-config-manual"), "run 'make manual'")

    def test_the_copy_of_the_schema_is_what_the_program_prints(self):
        self.assertEqual(self.committed("cmon.schema.json"), cmon.succeed("--dump-schema"), "run 'make manual'")

    def test_the_schema_is_one_and_holds_for_the_output(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("missing tool: python3-jsonschema")
        schema = json.loads(cmon.succeed("--dump-schema"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for arguments in ([], ["--fields", "all", "--pid", str(os.getpid())], ["--sections", "load"]):
            errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                      for e in validator.iter_errors(cmon.snapshot(*arguments, delay=0.1))]
            self.assertEqual(errors[:5], [], arguments)

    def test_the_options_are_in_the_manual(self):
        manual = self.committed("cmon.1").decode()
        for name in re.findall(r"--([a-z]+)", cmon.succeed("--help").decode()):
            self.assertRegex(manual, rf"Fl -?{name}\b|Fl Fl {name}\b|\\-\\-{name}\b", name)

    def test_readme_has_the_two_commands(self):
        with open(os.path.join(cmon.ROOT, "README.md"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
        self.assertIn("make deps run", lines)
        self.assertIn("make deps check", lines)


if __name__ == "__main__":
    unittest.main()
