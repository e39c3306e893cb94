"""Network and users: interfaces, counters, sockets with their owners, logins, compared with psutil, ip and ss."""

import contextlib
import ctypes
import json
import os
import platform
import re
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

import cmon

try:
    import psutil
except ImportError:
    psutil = None

LONG_NAME = "veth-0123456789"  # 15 characters: IFNAMSIZ - 1

# What psutil says, as JSON; also run inside namespaces.
PSUTIL_INTERFACES = """
import json, psutil
print(json.dumps({
    "addresses": {name: [[a.family.name if a.family != psutil.AF_LINK else "AF_PACKET", *a[1:]] for a in addresses]
                  for name, addresses in psutil.net_if_addrs().items()},
    "stats": {name: [s.isup, s.duplex.name[11:].lower(), s.speed or None, s.mtu, s.flags]
              for name, s in psutil.net_if_stats().items()},
    "counters": {name: list(c) for name, c in psutil.net_io_counters(pernic=True).items()}}))
"""

COUNTERS = ("bytes_sent", "bytes_recv", "packets_sent", "packets_recv", "errin", "errout", "dropin", "dropout")


def need_psutil():
    if psutil is None:
        raise unittest.SkipTest("missing module: psutil")


def need_namespaces(*flags):
    cmon.need_root()
    cmon.need_tool("unshare", "ip")
    if not cmon.can_unshare(*flags):
        raise unittest.SkipTest(f"unshare {' '.join(flags)} is refused")


def addresses_of(document):
    return {name: [[a["family"], a["address"], a["netmask"], a["broadcast"], a["ptp"]] for a in addresses]
            for name, addresses in document["net_if_addrs"].items()}


def stats_of(document):
    return {name: [s["isup"], s["duplex"], s["speed"], s["mtu"], s["flags"]]
            for name, s in document["net_if_stats"].items()}


def documents(output):
    """The JSON documents that follow one another in some output."""
    text, decoder, found = output.decode().strip(), json.JSONDecoder(), []
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].lstrip()
    return found


def connections(*arguments, **options):
    return cmon.snapshot("--sections", "connections", *arguments, **options)["net_connections"]


def owners_of(connection):
    return [(owner["pid"], owner["fd"]) for owner in connection["owners"] or []]


def inode_of(sock):
    return os.fstat(sock.fileno()).st_ino


def find(found, sock):
    """The one connection that is this socket of ours."""
    mine = [connection for connection in found if connection["inode"] == inode_of(sock)]
    if len(mine) != 1:
        raise AssertionError(f"{len(mine)} connections with inode {inode_of(sock)}")
    return mine[0]


def address(part):
    return (part["ip"], part["port"]) if part and part.get("port") is not None else ()


class Interfaces(unittest.TestCase):
    def test_agree_with_psutil(self):
        need_psutil()
        expected = json.loads(subprocess.check_output([sys.executable, "-c", PSUTIL_INTERFACES]))
        document = cmon.snapshot("--sections", "net")
        self.assertEqual(addresses_of(document), expected["addresses"])
        self.assertEqual(stats_of(document), expected["stats"])

    def test_agree_with_ip(self):
        cmon.need_tool("ip")
        document = cmon.snapshot("--sections", "net")
        links = json.loads(subprocess.check_output(["ip", "-j", "addr"]))
        self.assertEqual(list(document["net_if_stats"]), [link["ifname"] for link in links])
        with_address = [link["ifname"] for link in links if link["ifname"] in document["net_if_addrs"]]
        self.assertEqual([name for name in document["net_if_addrs"] if ":" not in name], with_address)
        for link in links:
            stats = document["net_if_stats"][link["ifname"]]
            self.assertEqual(stats["mtu"], link["mtu"])
            self.assertEqual("up" in stats["flags"].split(","), "UP" in link["flags"])
            mine = {a["address"].split("%")[0] for name, addresses in document["net_if_addrs"].items()
                    if name.split(":")[0] == link["ifname"] for a in addresses if a["family"] != "AF_PACKET"}
            self.assertEqual(mine, {a["local"] for a in link["addr_info"]})

    def test_order_is_stable(self):
        first, second = (cmon.snapshot("--sections", "net") for _ in range(2))
        self.assertEqual(list(first["net_if_addrs"].items()), list(second["net_if_addrs"].items()))
        self.assertEqual(list(first["net_if_stats"]), list(second["net_if_stats"]))


class Counters(unittest.TestCase):
    def test_agree_with_psutil(self):
        need_psutil()
        before = psutil.net_io_counters(pernic=True)
        found = cmon.snapshot("--sections", "net")["net_io_counters"]
        after = psutil.net_io_counters(pernic=True)
        self.assertEqual(set(found["pernic"]), set(before))
        for name, counters in found["pernic"].items():
            for key in COUNTERS:
                self.assertLessEqual(getattr(before[name], key), counters[key], f"{name} {key}")
                self.assertGreaterEqual(getattr(after[name], key), counters[key], f"{name} {key}")

    def test_total_is_all_but_loopback(self):
        found = cmon.snapshot("--sections", "net")["net_io_counters"]
        for key in COUNTERS:
            self.assertEqual(found["total"][key],
                             sum(counters[key] for name, counters in found["pernic"].items() if name != "lo"))

    def test_traffic_is_counted(self):
        def loopback():
            return cmon.snapshot("--sections", "net")["net_io_counters"]["pernic"]["lo"]
        before = loopback()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            receiver.bind(("127.0.0.1", 0))
            for _ in range(10):
                sender.sendto(b"x" * 10000, receiver.getsockname())
                receiver.recv(20000)
        after = loopback()
        self.assertGreaterEqual(after["bytes_recv"] - before["bytes_recv"], 100000)
        self.assertGreaterEqual(after["bytes_sent"] - before["bytes_sent"], 100000)
        self.assertGreaterEqual(after["packets_recv"] - before["packets_recv"], 10)


class NetworkNamespace(unittest.TestCase):
    """Interfaces as the test wants them, in a network namespace of its own."""

    def inside(self, setup):
        """(cmon's document, psutil's) after a shell script in a new network namespace."""
        need_namespaces("--net")
        need_psutil()
        script = f'{setup}\n"$1" --json -d 0 --sections net,connections; "$2" -c "$3"'
        ended = subprocess.run(["unshare", "--net", "/bin/sh", "-euc", script, "sh", cmon.BINARY, sys.executable,
                                PSUTIL_INTERFACES], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=cmon.DEADLINE, check=False)
        if ended.returncode and re.search(rb"Unknown device type|not supported", ended.stderr):
            raise unittest.SkipTest(f"no such device here: {ended.stderr.decode().strip()}")
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return documents(ended.stdout)

    def check(self, document, expected):
        self.assertEqual(addresses_of(document), expected["addresses"])
        self.assertEqual(stats_of(document), expected["stats"])
        for name, counters in expected["counters"].items():
            self.assertIn(name, document["net_io_counters"]["pernic"])
        self.assertEqual(len(document["net_io_counters"]["pernic"]), len(expected["counters"]))

    def test_name_of_15_characters(self):
        document, expected = self.inside(f"""
            ip link add {LONG_NAME} type veth peer name peer0
            ip addr add 192.0.2.9/24 broadcast + dev {LONG_NAME}
            ip link set {LONG_NAME} up; ip link set peer0 up""")
        self.check(document, expected)
        self.assertIn(LONG_NAME, document["net_if_addrs"])
        self.assertIn(LONG_NAME, document["net_io_counters"]["pernic"])
        stats = document["net_if_stats"][LONG_NAME]
        self.assertEqual((stats["isup"], stats["speed"], stats["duplex"]), (True, 10000, "full"))

    def test_up_without_a_carrier_is_not_up(self):
        document, expected = self.inside("ip link add v0 type veth peer name v1; ip link set v0 up")
        self.check(document, expected)
        self.assertIs(document["net_if_stats"]["v0"]["isup"], False)
        self.assertIn("up", document["net_if_stats"]["v0"]["flags"].split(","))

    def test_label_and_many_addresses(self):
        document, expected = self.inside("""
            ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up
            ip addr add 192.0.2.1/24 dev v0; ip addr add 192.0.2.2/24 dev v0 label v0:1
            ip addr add 198.51.100.1/32 dev v0; ip addr add 2001:db8::1/64 dev v0 nodad""")
        self.check(document, expected)
        self.assertEqual([a["address"] for a in document["net_if_addrs"]["v0:1"]], ["192.0.2.2"])
        self.assertEqual([a["family"] for a in document["net_if_addrs"]["v0"]],
                         sorted(a["family"] for a in document["net_if_addrs"]["v0"]))
        self.assertNotIn("v0:1", document["net_if_stats"])

    def test_point_to_point_without_hardware_address(self):
        document, expected = self.inside("""
            ip tuntap add tun0 mode tun; ip tuntap add tun1 mode tun
            ip addr add 192.0.2.1 peer 192.0.2.7 dev tun0""")
        self.check(document, expected)
        self.assertEqual(document["net_if_addrs"]["tun0"][0]["ptp"], "192.0.2.7")
        self.assertNotIn("tun1", document["net_if_addrs"])
        self.assertIn("tun1", document["net_if_stats"])

    def test_empty_namespace(self):
        document, expected = self.inside("true")
        self.check(document, expected)
        self.assertEqual(document["net_io_counters"]["total"]["bytes_sent"], 0)
        self.assertEqual([c for c in document["net_connections"] if c["family"] != "AF_UNIX"], [])


class Sockets(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def socket(self, family, kind, address=None, backlog=None):
        made = self.stack.enter_context(socket.socket(family, kind))
        if address is not None:
            made.bind(address)
        if backlog is not None:
            made.listen(backlog)
        return made

    def need_ipv6(self):
        try:
            self.socket(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
        except OSError:
            raise unittest.SkipTest("no IPv6") from None

    def test_listeners_are_those_of_ss(self):
        cmon.need_tool("ss")
        for family, ip in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0")):
            self.socket(family, socket.SOCK_STREAM, (ip, 0), 3)
            self.socket(family, socket.SOCK_DGRAM, (ip, 0))
        with contextlib.suppress(OSError):
            self.socket(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0), 3)
            self.socket(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 0))

        def by_ss():
            lines = subprocess.check_output(["ss", "-tuanpH"], text=True).splitlines()
            found = set()
            for line in lines:
                kind, state, recv, send, local, _, *owners = line.split(None, 6)
                if state not in ("LISTEN", "UNCONN"):
                    continue
                pairs = re.findall(r"pid=(\d+),fd=(\d+)", owners[0] if owners else "")
                port = int(local.rpartition(":")[2])
                found.add((kind, port, int(recv), int(send),
                           tuple(sorted((int(pid), int(fd)) for pid, fd in pairs))))
            return found

        def by_cmon():
            return {("tcp" if c["type"] == "SOCK_STREAM" else "udp", c["laddr"]["port"], c["recv_queue"],
                     c["send_queue"], tuple(owners_of(c)))
                    for c in connections() if c["family"] != "AF_UNIX" and c["laddr"] and c["raddr"] is None and
                    c["status"] in ("LISTEN", "NONE")}
        # Others may open and close sockets meanwhile: one agreement is proof.
        last = []

        def agree():
            last[:] = [by_ss(), by_cmon()]
            return last[0] == last[1]
        try:
            cmon.wait_for(agree, deadline=10)
        except AssertionError:
            self.assertEqual(last[0], last[1])
        self.assertGreaterEqual(len(last[1]), 4)

    def test_all_are_those_of_psutil(self):
        need_psutil()
        self.make_one_of_each()
        self.socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))  # bound and no more: neither shows it

        def by_psutil():
            # psutil reads names with spaces wrongly, so that unix sockets stand for their number only.
            return sorted((c.family.name, c.type.name, tuple(c.laddr), tuple(c.raddr), c.status)
                          for c in psutil.net_connections("inet"))

        def by_cmon():
            return sorted((c["family"], c["type"], address(c["laddr"]), address(c["raddr"]), c["status"])
                          for c in connections() if c["family"] != "AF_UNIX")
        last = []

        def agree():
            last[:] = [by_psutil(), sorted(set(by_cmon()))]
            last[0] = sorted(set(last[0]))
            return last[0] == last[1]
        try:
            cmon.wait_for(agree, deadline=10)
        except AssertionError:
            self.assertEqual(last[0], last[1])

    def make_one_of_each(self):
        listener = self.socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), 5)
        client = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.connect(listener.getsockname())
        server = self.stack.enter_context(listener.accept()[0])
        udp = self.socket(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        connected = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connected.connect(udp.getsockname())
        return listener, client, server, udp, connected

    def test_connection_has_two_ends(self):
        listener, client, server, udp, connected = self.make_one_of_each()
        client.send(b"1234567")
        found = connections()
        for sock, kind, status in ((listener, "SOCK_STREAM", "LISTEN"), (client, "SOCK_STREAM", "ESTABLISHED"),
                                   (server, "SOCK_STREAM", "ESTABLISHED"), (udp, "SOCK_DGRAM", "NONE"),
                                   (connected, "SOCK_DGRAM", "NONE")):
            mine = find(found, sock)
            self.assertEqual((mine["family"], mine["type"], mine["status"]), ("AF_INET", kind, status))
            self.assertEqual(address(mine["laddr"]), sock.getsockname())
            self.assertEqual(mine["uid"], os.getuid())
            self.assertEqual((mine["pid"], mine["fd"]), (os.getpid(), sock.fileno()))
            self.assertEqual(owners_of(mine), [(os.getpid(), sock.fileno())])
        self.assertEqual(address(find(found, client)["raddr"]), server.getsockname())
        self.assertIsNone(find(found, listener)["raddr"])
        self.assertEqual(find(found, server)["recv_queue"], 7)
        self.assertEqual(find(found, listener)["send_queue"], 5)

    def test_states(self):
        listener = self.socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), 5)
        client = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.connect(listener.getsockname())
        server = self.stack.enter_context(listener.accept()[0])
        waiting = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        waiting.connect(listener.getsockname())  # never accepted
        client.shutdown(socket.SHUT_WR)

        def half_closed():
            found = connections()
            states = find(found, server)["status"], find(found, client)["status"]
            return found if states == ("CLOSE_WAIT", "FIN_WAIT2") else None
        found = cmon.wait_for(half_closed)
        self.assertEqual(find(found, listener)["recv_queue"], 1)
        ends = client.getsockname(), server.getsockname()
        server.close()
        client.close()

        def timed_wait():
            return [c for c in connections() if (address(c["laddr"]), address(c["raddr"])) == ends]
        left = cmon.wait_for(timed_wait)
        self.assertEqual([c["status"] for c in left], ["TIME_WAIT"])
        self.assertEqual([left[0][key] for key in ("pid", "fd", "inode", "uid", "owners")], [None] * 5)

    def test_ipv6_and_mapped_addresses(self):
        self.need_ipv6()
        listener = self.socket(socket.AF_INET6, socket.SOCK_STREAM)
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(("::", 0))
        listener.listen()
        port = listener.getsockname()[1]
        client = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.connect(("127.0.0.1", port))
        server = self.stack.enter_context(listener.accept()[0])
        udp = self.socket(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 0))
        found = connections()
        self.assertEqual(find(found, listener)["family"], "AF_INET6")
        self.assertEqual(address(find(found, listener)["laddr"]), ("::", port))
        self.assertEqual(find(found, server)["family"], "AF_INET6")
        self.assertEqual(address(find(found, server)["laddr"]), ("::ffff:127.0.0.1", port))
        self.assertEqual(find(found, udp)["laddr"]["ip"], "::1")
        self.assertEqual(find(found, udp)["type"], "SOCK_DGRAM")

    def test_names_of_unix_sockets(self):
        with tempfile.TemporaryDirectory() as directory:
            names = [os.path.join(directory, name) for name in ("with space", "new\nline", "ünï", "@at")]
            abstract = [f"\0cmon {os.getpid()} a b", f"\0cmon {os.getpid()}\0x\0"]
            made = {name: self.socket(socket.AF_UNIX, socket.SOCK_DGRAM, name) for name in names + abstract}
            found = connections()
            for name, sock in made.items():
                mine = find(found, sock)
                self.assertEqual(mine["laddr"]["path"], name.replace("\0", "@"))
                self.assertEqual((mine["family"], mine["type"], mine["status"]), ("AF_UNIX", "SOCK_DGRAM", "NONE"))

    def test_name_that_is_not_utf8(self):
        with tempfile.TemporaryDirectory() as directory:
            sock = self.socket(socket.AF_UNIX, socket.SOCK_STREAM, os.fsencode(directory) + b"/\xff\xfe", 1)
            self.assertTrue(find(connections(), sock)["laddr"]["path"].endswith("/\ufffd\ufffd"))

    def test_peer_of_a_unix_socket(self):
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            name = f"\0cmon peer {os.getpid()} {kind.name}"
            listener = self.socket(socket.AF_UNIX, kind, name, 1)
            client = self.socket(socket.AF_UNIX, kind)
            client.connect(name)
            server = self.stack.enter_context(listener.accept()[0])
            found = connections()
            self.assertEqual(find(found, client)["type"], kind.name)
            self.assertEqual(find(found, client)["raddr"]["path"], name.replace("\0", "@"))
            self.assertIsNone(find(found, client)["laddr"])
            self.assertEqual(find(found, server)["laddr"]["path"], name.replace("\0", "@"))
            self.assertIsNone(find(found, server)["raddr"])
            self.assertIsNone(find(found, listener)["raddr"])

    def test_every_owner_is_listed(self):
        shared = self.socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), 1)
        copy = self.stack.enter_context(shared.dup())
        with cmon.forked(lambda: None) as child:
            mine = find(connections(), shared)
            expected = sorted((pid, fd) for pid in (os.getpid(), child)
                              for fd in (shared.fileno(), copy.fileno()))
            self.assertEqual(owners_of(mine), expected)
            self.assertEqual((mine["pid"], mine["fd"]), expected[0])

    def test_many(self):
        """More than one buffer of the kernel's answer."""
        pairs = [socket.socketpair() for _ in range(450)]
        for pair in pairs:
            self.stack.enter_context(pair[0])
            self.stack.enter_context(pair[1])
        found = {c["inode"]: c for c in connections()}
        for first, second in pairs:
            self.assertEqual(found[inode_of(first)]["fd"], first.fileno())
            self.assertEqual(found[inode_of(second)]["fd"], second.fileno())


class OfProcesses(unittest.TestCase):
    def of(self, pid, **options):
        return cmon.process(pid, fields="pid,net_connections", **options)

    def test_agree_with_psutil(self):
        need_psutil()

        def make():
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(("127.0.0.1", 0))
            kept.extend([listener, udp, *socket.socketpair(), socket.create_connection(listener.getsockname())])
        kept = []
        with cmon.forked(make) as pid:
            expected = sorted((c.fd, c.family.name, c.type.name, tuple(c.laddr) if c.laddr else (),
                               tuple(c.raddr) if c.raddr else (), c.status)
                              for c in psutil.Process(pid).connections("all"))
            record = self.of(pid)
            self.assertEqual(sorted((c["fd"], c["family"], c["type"], address(c["laddr"]), address(c["raddr"]),
                                     c["status"]) for c in record["net_connections"]), expected)
            self.assertEqual({c["pid"] for c in record["net_connections"]}, {pid})
            self.assertGreaterEqual(len(expected), 5)

    def test_descriptor_is_that_of_the_process(self):
        with socket.socket() as shared:
            shared.bind(("127.0.0.1", 0))
            shared.listen()

            def move():
                os.dup2(shared.fileno(), 333)
                os.close(shared.fileno())
            with cmon.forked(move) as child:
                for pid, fd in ((os.getpid(), shared.fileno()), (child, 333)):
                    mine = [c for c in self.of(pid)["net_connections"] if c["inode"] == inode_of(shared)]
                    self.assertEqual([(c["pid"], c["fd"]) for c in mine], [(pid, fd)])
                    self.assertEqual(len(mine[0]["owners"]), 2)

    def test_none_is_an_empty_list(self):
        with cmon.child(["sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL) as child:
            self.assertEqual(self.of(child.pid)["net_connections"], [])

    def test_denied_is_null_and_noted_once(self):
        cmon.need_root()
        with cmon.reachable_binary() as binary, cmon.child(["sleep", "1000"], **cmon.as_nobody()) as own:
            ended = subprocess.run([binary, "--json", "-d", "0", "--sections", "processes,connections", "--fields",
                                    "pid,net_connections"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, timeout=cmon.DEADLINE, check=False, **cmon.as_nobody())
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        document = json.loads(ended.stdout)
        records = cmon.by_pid(document)
        self.assertIsNone(records[os.getpid()]["net_connections"])
        self.assertEqual(records[own.pid]["net_connections"], [])
        noted = [error for error in document["errors"] if error["source"] == "connections/owners"]
        self.assertEqual([error["errno"] for error in noted], [13])
        self.assertRegex(noted[0]["message"], r"descriptors of \d+ of \d+ processes")


def refuse_sock_diag():
    """A seccomp filter for the calling process: socket(AF_NETLINK, …, NETLINK_SOCK_DIAG) fails with EPERM."""
    number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
    code = [
        (0x20, 0, 0, 0),                   # load the number of the call
        (0x15, 0, 5, number),              # socket?
        (0x20, 0, 0, 16),                  # first argument, low half
        (0x15, 0, 3, socket.AF_NETLINK),
        (0x20, 0, 0, 32),                  # third
        (0x15, 0, 1, 4),                   # NETLINK_SOCK_DIAG
        (0x06, 0, 0, 0x00050000 | 1),      # errno EPERM
        (0x06, 0, 0, 0x7fff0000),          # allow
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(header)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


class Refused(unittest.TestCase):
    def test_refused_socket_is_denied_not_empty(self):
        if platform.machine() not in ("x86_64", "aarch64"):
            raise unittest.SkipTest("no system call number for this machine")
        document = cmon.snapshot("--sections", "connections", "--fields", "pid,net_connections",
                                 preexec_fn=refuse_sock_diag)
        self.assertIsNone(document["net_connections"])
        states = {c["name"]: (c["status"], c["errno"]) for c in document["collectors"]}
        self.assertEqual(states["connections"], ("denied", 1))
        self.assertEqual([(e["source"], e["errno"]) for e in document["errors"]], [("connections", 1)])


def utmp_record(kind, pid, line, user, host, seconds):
    """struct utmpx of x86-64 and other machines whose utmp has times of 32 bits."""
    return struct.pack("hxxi32s4s32s256shhiii16s20x", kind, pid, line, line[-4:], user, host, 0, 0, 0, seconds,
                       250000, b"")


PSUTIL_USERS = "import json, psutil; print(json.dumps([list(user) for user in psutil.users()]))"


class Users(unittest.TestCase):
    RECORDS = [
        (2, 0, b"~", b"reboot", b"6.1.0", 1700000000),
        (7, 4711, b"pts/3", b"ann", b"192.0.2.7", 1700000001),
        (7, os.getpid(), b"tty2", b"bob", b":0", 1600000000),
        (8, 1, b"pts/4", b"", b"", 1700000002),
        (7, 99999999, b"", b"carol", b"", 1500000000),
    ]

    def inside(self, script, *arguments):
        need_namespaces("--mount")
        need_psutil()
        ended = cmon.in_mount_namespace(f'mount -t tmpfs tmpfs /run\n{script}\n"$1" --json -d 0 --sections users\n'
                                        '"$2" -c "$3"', cmon.BINARY, sys.executable, PSUTIL_USERS, *arguments)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return documents(ended.stdout)

    def with_utmp(self, content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return self.inside(': >/run/utmp; mount --bind "$4" /run/utmp', file.name)

    def test_agree_with_psutil(self):
        if platform.machine() != "x86_64":
            raise unittest.SkipTest("the records are those of x86-64")
        document, expected = self.with_utmp(b"".join(utmp_record(*record) for record in self.RECORDS))
        users = document["users"]
        self.assertEqual([[u["name"], u["terminal"], u["host"], u["pid"]] for u in users],
                         [[name, terminal, host, pid] for name, terminal, host, _, pid in expected])
        self.assertEqual([u["host"] for u in users], ["192.0.2.7", "localhost", ""])
        self.assertEqual([u["started"] for u in users], [1700000001.25, 1600000000.25, 1500000000.25])
        for user, (_, _, _, started, _) in zip(users, expected):
            self.assertAlmostEqual(user["started"], started, delta=65)  # psutil 5.9.4 keeps a float of 32 bits

    def test_empty_utmp(self):
        document, expected = self.with_utmp(b"")
        self.assertEqual((document["users"], expected), ([], []))

    def test_without_utmp_nothing_is_known(self):
        document, _ = self.inside("true")
        self.assertIsNone(document["users"])
        self.assertEqual([(c["name"], c["status"]) for c in document["collectors"]], [("users", "absent")])
        self.assertEqual(document["errors"], [])

    def test_sessions_of_logind(self):
        document, _ = self.inside("""
            mkdir -p /run/systemd/sessions
            printf 'USER=ann\\nCLASS=user\\nTTY=pts/9\\nREMOTE_HOST=::1\\nLEADER=77\\nREALTIME=1700000000500000\\n' \
                >/run/systemd/sessions/4
            printf 'USER=gdm\\nCLASS=greeter\\n' >/run/systemd/sessions/c1
            mkfifo /run/systemd/sessions/4.ref""")
        self.assertEqual(document["users"], [{"name": "ann", "terminal": "pts/9", "host": "::1",
                                              "started": 1700000000.5, "pid": 77}])


if __name__ == "__main__":
    unittest.main()
