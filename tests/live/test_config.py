"""The configuration file on the screen: whatever is wrong with it is said, defaults are used, and the file survives."""

import os
import pwd
import re
import shlex
import stat
import sys
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tui")]

import cmon  # noqa: E402
import tmux  # noqa: E402

SAMPLE = "# mine\n[general]\ndelay = 7 ; slowly\nfuture = 1\n\n[later]\nx = y\n\n; the end\n"


class Configuration(unittest.TestCase):
    def setUp(self):
        self.terminal = tmux.Terminal(120, 40)
        self.addCleanup(self.terminal.close)
        self.path = self.terminal.config

    def write(self, content):
        with open(self.path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def read(self, path=None):
        with open(path or self.path, "rb") as file:
            return file.read()

    def start(self, *arguments):
        self.terminal.start(*(arguments or ("--config", self.path)))

    def wait_warning(self, line, message):
        """It may go on in the next row."""
        warning = f"{self.path}:{line}: {message}" if line else f"{self.path}: {message}"
        self.terminal.wait(lambda: warning in "".join(row.ljust(120) for row in self.terminal.lines()), warning)

    def close_warnings(self):
        self.terminal.keys("Escape")
        self.terminal.wait(lambda: "Configuration" not in self.terminal.text(), "the dialog gone")

    def change_confirm(self):
        """On the setup screen: the third line, of general."""
        self.terminal.keys("F2")
        self.terminal.wait_text("Esc: leave")
        self.terminal.keys("Down", "Down", "Space")
        self.terminal.wait(lambda: re.search(r"confirm +no ", self.terminal.text()), "the change")

    def wait_file(self, content, path=None):
        """It is written while the screen goes on."""
        self.terminal.wait(lambda: self.read(path) == content, "what is to be in the file")

    def quit(self):
        self.terminal.keys("Escape")
        self.terminal.wait(lambda: "Esc: leave" not in self.terminal.text(), "the setup screen gone")
        self.terminal.keys("q")
        self.assertEqual(self.terminal.wait_end(), 0)

    def interval(self):
        return re.search(r"(\d+\.\d)s *$", self.terminal.lines()[0])[1]

    def change_and_see_it_fail(self, why):
        self.change_confirm()
        self.terminal.wait_text(f"not saved: {self.path}: {why}")

    def leftovers(self):
        return [name for name in os.listdir(os.path.dirname(self.path)) if name != "cmon.conf"]

    # --- What is in it ---

    def test_round_trip_keeps_comments_and_unknown_keys(self):
        self.write(SAMPLE)
        self.start()
        self.wait_warning(4, "'future' is unknown")
        self.wait_warning(6, "[later] is unknown")
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.change_confirm()
        self.quit()
        self.assertEqual(self.read().decode(), SAMPLE.replace("future = 1\n", "future = 1\nconfirm = no\n"))
        self.assertEqual(self.leftovers(), [])

    def test_nothing_is_written_without_a_change(self):
        self.write(SAMPLE)
        before = os.stat(self.path)
        self.start()
        self.close_warnings()
        self.terminal.keys("F2")
        self.terminal.wait_text("Esc: leave")
        self.quit()
        after = os.stat(self.path)
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

    def test_a_few_warnings_take_no_key(self):
        self.write(SAMPLE)
        self.start()
        self.wait_warning(6, "[later] is unknown")
        self.terminal.keys("q")
        self.assertEqual(self.terminal.wait_end(), 0)

    def test_many_warnings_are_a_dialog(self):
        self.write(SAMPLE + "more\n")
        self.start()
        self.terminal.wait_text("Esc: close")
        self.wait_warning(4, "'future' is unknown")
        self.wait_warning(6, "[later] is unknown")
        self.terminal.keys("q")
        self.close_warnings()
        self.terminal.keys("q")
        self.assertEqual(self.terminal.wait_end(), 0)

    def test_truncated(self):
        self.write("[general]\ndelay = 7\n[tab Web]\nfilter = name = ngi\nsort = -cpu_perc")
        self.start()
        self.wait_warning(5, "sort: no field is called 'cpu_perc'")
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.change_confirm()
        self.wait_file(b"[general]\ndelay = 7\nconfirm = no\n[tab Web]\nfilter = name = ngi\n"
                       b"sort = -cpu_perc")

    def test_a_theme_or_key_that_is_none(self):
        self.write("[general]\ntheme = lihgt\n")
        self.start()
        self.terminal.wait_text("did you mean 'light'?")
        self.terminal.keys("q")
        self.assertEqual(self.terminal.wait_end(), 0)
        self.write("[keys]\nQUTI = x\n")
        self.terminal.type("clear\n")
        self.start()
        self.terminal.wait_text("did you mean 'QUIT'?")

    def bad_file(self, why):
        before = self.read()
        self.start()
        self.wait_warning(0, f"{why}; it is not used")
        self.assertEqual(self.interval(), "1.0")
        self.close_warnings()
        self.change_and_see_it_fail(why)
        self.quit()
        self.assertEqual(self.read(), before)
        self.assertEqual(self.leftovers(), [])

    def test_binary(self):
        self.write(b"[general]\ndelay = 7\n" + bytes(range(256)) * 20)
        self.bad_file("not a text: there is a NUL byte in it")

    def test_binary_without_nul(self):
        content = b"[general]\ndelay = 7\n" + bytes(range(1, 256)) * 3
        self.write(content)
        self.start()
        self.terminal.wait_text("neither KEY = VALUE nor [SECTION]")
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.change_confirm()
        # Behind what looks like keys of the section.
        self.wait_file(content + b"\nconfirm = no\n")

    def test_ten_megabytes(self):
        self.write(b"[general]\ndelay = 7\n" + b"# comment\n" * (1 << 20))
        self.bad_file("larger than 1 MiB, which no configuration is")

    def test_a_large_file_that_is_still_read(self):
        content = b"[general]\ndelay = 7\n" + b"# comment\n" * 100000 + b"bad\n"
        self.write(content)
        self.start()
        self.wait_warning(100003, "neither KEY = VALUE nor [SECTION]")
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.change_confirm()
        self.wait_file(content.replace(b"delay = 7\n", b"delay = 7\nconfirm = no\n"))

    def test_a_directory(self):
        os.unlink(self.path)
        os.mkdir(self.path)
        self.start()
        self.wait_warning(0, "Is a directory; it is not used")
        self.close_warnings()
        self.change_and_see_it_fail("Is a directory")

    # --- Where it is ---

    def as_nobody(self, *command):
        """Run a command as nobody in the terminal, whose directory nobody can reach."""
        cmon.need_root()
        cmon.need_tool("setpriv")
        os.chmod(self.terminal.directory.name, 0o755)
        user = pwd.getpwuid(cmon.NOBODY)
        self.terminal.type(shlex.join(["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                                       "--", *command]) + "; echo status=$?\n")
        self.terminal.wait(self.terminal.shows_processes, "the process table")

    def start_in_namespace(self, script, *arguments):
        """Run a shell script in a mount namespace of its own; it ends with cmon."""
        command = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-euc", script, "sh", *arguments]
        self.terminal.type(shlex.join(command) + "; echo status=$?\n")
        self.terminal.wait(self.terminal.shows_processes, "the process table")

    def test_unreadable(self):
        self.write(SAMPLE)
        os.chmod(self.path, 0o000)
        with cmon.reachable_binary() as binary:
            self.as_nobody(binary, "--config", self.path)
            self.wait_warning(0, "Permission denied; it is not used")
            self.assertEqual(self.interval(), "1.0")
            self.close_warnings()
            self.change_and_see_it_fail("Permission denied")
            self.quit()
        self.assertEqual(self.read().decode(), SAMPLE)

    def test_read_only(self):
        self.write(SAMPLE)
        os.chmod(self.path, 0o444)
        self.start()
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.change_and_see_it_fail("Permission denied")
        self.quit()
        self.assertEqual(self.read().decode(), SAMPLE)
        self.assertEqual(self.leftovers(), [])

    def test_of_somebody_else(self):
        self.write(SAMPLE)
        os.chmod(self.path, 0o644)
        os.chmod(os.path.dirname(self.path), 0o777)
        with cmon.reachable_binary() as binary:
            self.as_nobody(binary, "--config", self.path)
            self.close_warnings()
            self.change_and_see_it_fail("Permission denied")
            self.quit()
        self.assertEqual(self.read().decode(), SAMPLE)
        self.assertEqual(self.leftovers(), [])

    def test_owner_and_mode_are_kept(self):
        cmon.need_root()
        self.write("[general]\n")
        os.chown(self.path, cmon.NOBODY, cmon.NOBODY)
        os.chmod(self.path, 0o640)
        self.start()
        self.change_confirm()
        self.wait_file(b"[general]\nconfirm = no\n")
        info = os.stat(self.path)
        self.assertEqual((info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)), (cmon.NOBODY, cmon.NOBODY, 0o640))

    def test_symbolic_link(self):
        target = os.path.join(self.terminal.directory.name, "dotfiles")
        self.write(SAMPLE)
        os.rename(self.path, target)
        os.symlink("../dotfiles", self.path)
        self.start()
        self.close_warnings()
        self.change_confirm()
        self.assertEqual(os.readlink(self.path), "../dotfiles")
        self.wait_file(SAMPLE.replace("future = 1\n", "future = 1\nconfirm = no\n").encode(), target)
        self.assertEqual(self.leftovers(), [])

    def test_full_disk(self):
        cmon.need_mount_namespace()
        directory = os.path.dirname(self.path)
        content = SAMPLE + "# " + "x" * 3000 + "\n"
        script = 'mount -t tmpfs -o size=8k none "$1"; printf %s "$2" >"$1/cmon.conf"; ' \
                 'head -c 4096 /dev/zero >"$1/full"; shift 2; exec "$@"'
        self.start_in_namespace(script, directory, content, cmon.BINARY, "--config", self.path)
        seen = f"/proc/{self.terminal.cmon_pid()}/root{directory}"
        self.close_warnings()
        self.change_and_see_it_fail("No space left on device")
        self.assertEqual(self.read(f"{seen}/cmon.conf").decode(), content)
        self.assertEqual(sorted(os.listdir(seen)), ["cmon.conf", "full"])
        # It is not forgotten: the next change saves both, once there is room.
        os.unlink(f"{seen}/full")
        self.terminal.keys("Down", "Space")
        cmon.wait_for(lambda: self.read(f"{seen}/cmon.conf").decode() ==
                      content.replace("future = 1\n", "future = 1\nconfirm = no\nmouse = no\n"), what="the file")
        self.quit()

    def test_read_only_file_system(self):
        cmon.need_mount_namespace()
        directory = os.path.dirname(self.path)
        script = 'mount -t tmpfs -o size=64k none "$1"; printf %s "$2" >"$1/cmon.conf"; mount -o remount,ro "$1"; ' \
                 'shift 2; exec "$@"'
        self.start_in_namespace(script, directory, SAMPLE, cmon.BINARY, "--config", self.path)
        self.close_warnings()
        self.change_and_see_it_fail("Read-only file system")
        self.quit()

    def test_the_file_of_the_system_and_that_of_the_user(self):
        cmon.need_mount_namespace()
        self.write("[general]\ndelay = 7\n")
        system = "[general]\ndelay = 5\nconfirm = perhaps\nhint = no\n[tab One]\n[tab Two]\n"
        script = 'mount -t tmpfs none /etc; printf %s "$1" >/etc/cmon.conf; shift; exec "$@"'
        self.start_in_namespace(script, system, cmon.BINARY)
        self.terminal.wait_text("/etc/cmon.conf:3: confirm: 'perhaps' is neither yes nor no")
        self.assertEqual(self.interval(), "7.0")
        self.close_warnings()
        self.terminal.wait_text(" One ─ Two ─ CPU ")
        self.change_confirm()
        self.quit()
        self.assertEqual(self.read(), b"[general]\ndelay = 7\nconfirm = no\n")

    def test_no_configuration(self):
        self.write("[general]\ndelay = 7\n")
        self.start("--no-config")
        self.assertEqual(self.interval(), "1.0")
        self.change_confirm()
        self.quit()
        self.assertEqual(self.read(), b"[general]\ndelay = 7\n")

    def test_options_that_exclude_each_other(self):
        for arguments in (("--config", self.path, "--no-config"), ("--json", "--no-config"),
                          ("--ps", "--config", self.path)):
            ended = cmon.run(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertIn(b"config", ended.stderr)


if __name__ == "__main__":
    unittest.main()
