/* Connections: what sockets are called, who owns them, and what is attached to processes. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fatal.h"
#include "collect/collector.h"
#include "collect/connections.h"
#include "collect/slow.h"
#include "collect/socket_owners.h"
#include "made.h"

static void assert_text(struct text text, const char *expected)
{
	assert_non_null(text.bytes);
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

static void names_of_unix_sockets(void **state)
{
	static const struct {
		struct text name;
		const char *expected;
	} cases[] = {
		{TEXT_LITERAL("/run/a b\nc\0"), "/run/a b\nc"},
		{TEXT_LITERAL("/run/x"), "/run/x"},
		{TEXT_LITERAL("\0abstract name"), "@abstract name"},
		{TEXT_LITERAL("\0a\0b\0"), "@a@b@"},
		{TEXT_LITERAL("\0"), "@"},
		{TEXT_LITERAL("\377\376 bytes"), "\377\376 bytes"},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_text(unix_name_text(cases[i].name, &arena), cases[i].expected);
	assert_null(unix_name_text(TEXT_ABSENT, &arena).bytes);
	arena_free(&arena);
}

static void name_of_any_length(void **state)
{
	char bytes[4096];
	struct arena arena = {0};

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(unix_name_text((struct text){bytes, 108}, &arena).length, 108);
	assert_true(unix_name_text((struct text){bytes, sizeof(bytes)}, &arena).length >= 108);
	arena_free(&arena);
}

static void states_of_tcp(void **state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED", [TCP_SYN_SENT] = "SYN_SENT", [TCP_SYN_RECV] = "SYN_RECV",
		[TCP_FIN_WAIT1] = "FIN_WAIT1", [TCP_FIN_WAIT2] = "FIN_WAIT2", [TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSE", [TCP_CLOSE_WAIT] = "CLOSE_WAIT", [TCP_LAST_ACK] = "LAST_ACK",
		[TCP_LISTEN] = "LISTEN", [TCP_CLOSING] = "CLOSING", [12] = "SYN_RECV",
	};
	struct arena arena = {0};
	struct connection connection;

	(void)state;
	for (int i = 0; i < 300; i++) {
		const struct sock_diag_socket socket = {.family = AF_INET, .state = i};

		connection_of_socket(&socket, IPPROTO_TCP, &arena, &connection);
		if (i >= 1 && i <= 12)
			assert_text(connection.status, names[i]);
		else
			assert_null(connection.status.bytes);
		connection_of_socket(&socket, IPPROTO_UDP, &arena, &connection);
		assert_text(connection.status, "NONE");
	}
	arena_free(&arena);
}

static void inet_connection(void **state)
{
	const struct sock_diag_socket socket = {
		.family = AF_INET6, .state = TCP_ESTABLISHED, .inode = 4000000000u, .uid = 4294967294u,
		.has_uid = 1, .has_queues = 1, .recv_queue = 1, .send_queue = 2, .local_port = 65535, .remote_port = 1,
		.local_ip = {[10] = 255, 255, 127, 0, 0, 1}, .remote_ip = {0xfe, 0x80, [15] = 1},
	};
	struct arena arena = {0};
	struct connection connection;

	(void)state;
	connection_of_socket(&socket, IPPROTO_TCP, &arena, &connection);
	assert_text(connection.family, "AF_INET6");
	assert_text(connection.type, "SOCK_STREAM");
	assert_text(connection.laddr_ip, "::ffff:127.0.0.1");
	assert_text(connection.raddr_ip, "fe80::1");
	assert_int_equal(connection.laddr_port, 65535);
	assert_int_equal(connection.raddr_port, 1);
	assert_int_equal(connection.inode, 4000000000u);
	assert_int_equal(connection.uid, 4294967294u);
	assert_int_equal(connection.recv_queue, 1);
	assert_int_equal(connection.send_queue, 2);
	assert_int_equal(connection.pid, ABSENT_I32);
	assert_null(connection.owners.items);
	assert_null(connection.laddr_path.bytes);
	arena_free(&arena);
}

static void what_is_not_known_is_absent(void **state)
{
	const struct sock_diag_socket socket = {.family = AF_INET, .state = TCP_TIME_WAIT, .local_port = 80};
	struct arena arena = {0};
	struct connection connection;

	(void)state;
	connection_of_socket(&socket, IPPROTO_TCP, &arena, &connection);
	assert_text(connection.laddr_ip, "0.0.0.0");
	assert_null(connection.raddr_ip.bytes);
	assert_int_equal(connection.raddr_port, ABSENT_I32);
	assert_true(connection.inode == ABSENT_U64);
	assert_true(connection.uid == ABSENT_U64);
	assert_true(connection.recv_queue == ABSENT_U64);
	assert_true(connection.send_queue == ABSENT_U64);
	arena_free(&arena);
}

static struct gathered_socket gathered(size_t kind, uint64_t inode, int port, uint32_t peer, const char *path)
{
	return (struct gathered_socket){
		.kind = kind,
		.peer_inode = peer,
		.connection = {.inode = inode, .laddr_port = port, .laddr_path = text_of(path)},
	};
}

static void sockets_are_arranged(void **state)
{
	struct gathered_socket sockets[] = {
		gathered(4, 9, ABSENT_I32, 8, NULL), gathered(0, ABSENT_U64, 80, 0, NULL), gathered(0, 7, 22, 0, NULL),
		gathered(4, 8, ABSENT_I32, 9, "/run/x"), gathered(0, ABSENT_U64, 22, 0, NULL),
		gathered(0, 7, 22, 0, NULL), gathered(0, ABSENT_U64, 80, 0, NULL), gathered(1, 7, 22, 0, NULL),
		gathered(4, 10, ABSENT_I32, 7, NULL), gathered(0, 7, 22, 0, NULL),
	};
	static const struct {
		size_t kind;
		uint64_t inode;
		int port;
	} expected[] = {
		{0, 7, 22}, {0, ABSENT_U64, 22}, {0, ABSENT_U64, 80}, {0, ABSENT_U64, 80}, {1, 7, 22},
		{4, 8, ABSENT_I32}, {4, 9, ABSENT_I32}, {4, 10, ABSENT_I32},
	};

	(void)state;
	assert_int_equal(connections_arrange(sockets, 10), 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(sockets[i].kind, expected[i].kind);
		assert_true(sockets[i].connection.inode == expected[i].inode);
		assert_int_equal(sockets[i].connection.laddr_port, expected[i].port);
	}
	assert_text(sockets[6].connection.raddr_path, "/run/x");
	assert_null(sockets[5].connection.raddr_path.bytes); /* its peer has no name */
	assert_null(sockets[7].connection.raddr_path.bytes); /* no unix socket has inode 7 */
	assert_int_equal(connections_arrange(NULL, 0), 0);
}

static void links_of_descriptors(void **state)
{
	static const char *const others[] = {
		"", "socket:", "socket:[", "socket:[]", "socket:[12", "socket:[12]x", "socket:[x]", "socket:[-1]",
		"socket:[99999999999999999999]", "/tmp/socket:[12]", "pipe:[12]", "anon_inode:[eventfd]",
		"/tmp/socket:[1] (deleted)",
	};
	uint64_t inode = 3;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(socket_link_parse(text_of(others[i]), &inode), -EBADMSG);
		assert_int_equal(inode, 3);
	}
	assert_int_equal(socket_link_parse(text_of("socket:[4294967296]"), &inode), 0);
	assert_int_equal(inode, 4294967296);
}

/* --- Owners: a proc tree made here, since its links lead nowhere --- */

static void make_directory(const char *format, const char *base, int pid)
{
	char path[256];

	snprintf(path, sizeof(path), format, base, pid);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_process(const char *base, int pid, unsigned long starttime)
{
	char path[256];
	FILE *file;

	make_directory("%s/proc/%d", base, pid);
	make_directory("%s/proc/%d/fd", base, pid);
	snprintf(path, sizeof(path), "%s/proc/%d/stat", base, pid);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%d (a) R 1 (b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %lu 0 0 18446744073709551615 "
		"0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid, starttime);
	fclose(file);
}

static void make_link(const char *base, int pid, int fd, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/proc/%d/fd/%d", base, pid, fd);
	assert_int_equal(symlink(target, path), 0);
}

static void remove_tree(const char *base)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf -- '%s'", base);
	assert_int_equal(system(command), 0);
}

static void make_tree(char *base)
{
	char path[256], target[512];

	assert_non_null(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/proc", base);
	assert_int_equal(mkdir(path, 0755), 0);
	make_process(base, 20, 1000);
	make_process(base, 3, 900);
	make_link(base, 20, 7, "socket:[500]");
	make_link(base, 20, 4, "socket:[500]");
	make_link(base, 20, 5, "/dev/null");
	make_link(base, 3, 10, "socket:[500]");
	make_link(base, 3, 11, "socket:[77]");
	memset(target, 'x', sizeof(target));
	memcpy(target, "socket:[", 8);
	target[sizeof(target) - 1] = '\0';
	make_link(base, 3, 12, target);
	snprintf(path, sizeof(path), "%s/proc/%s", base, "30"); /* it is gone: no fd, no stat */
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/proc/%s", base, "12x");
	assert_int_equal(mkdir(path, 0755), 0);
}

static void read_tree(const char *base, bool identify, struct socket_owners *owners)
{
	struct root root;

	assert_int_equal(root_open(&root, base), 0);
	assert_int_equal(socket_owners_read(&root, identify, owners), 0);
	root_close(&root);
}

static void every_owner_is_listed(void **state)
{
	char base[] = "/tmp/cmon-test-XXXXXX";
	struct socket_owners owners = {0};
	const struct socket_holder *holders;
	size_t count;

	(void)state;
	make_tree(base);
	read_tree(base, false, &owners);
	assert_int_equal(owners.count, 4);
	holders = socket_owners_find(&owners, 500, &count);
	assert_int_equal(count, 3);
	assert_true(holders[0].owner.pid == 3 && holders[0].owner.fd == 10);
	assert_true(holders[1].owner.pid == 20 && holders[1].owner.fd == 4);
	assert_true(holders[2].owner.pid == 20 && holders[2].owner.fd == 7);
	holders = socket_owners_find(&owners, 77, &count);
	assert_true(count == 1 && holders[0].owner.pid == 3 && holders[0].owner.fd == 11);
	assert_null(socket_owners_find(&owners, 78, &count));
	assert_int_equal(count, 0);
	assert_null(socket_owners_find(&owners, UINT64_MAX, &count));
	socket_owners_free(&owners);
	remove_tree(base);
}

static void searches_name_their_process(void **state)
{
	char base[] = "/tmp/cmon-test-XXXXXX";
	struct socket_owners owners = {0};

	(void)state;
	make_tree(base);
	read_tree(base, true, &owners);
	assert_int_equal(owners.search_count, 3);
	assert_int_equal(owners.searches[0].pid, 3);
	assert_int_equal(owners.searches[0].starttime, 900);
	assert_int_equal(owners.searches[0].error, 0);
	assert_int_equal(owners.searches[1].pid, 20);
	assert_int_equal(owners.searches[1].starttime, 1000);
	assert_int_equal(owners.searches[2].pid, 30);
	assert_true(owners.searches[2].starttime == ABSENT_U64);
	assert_int_equal(owners.searches[2].error, ENOENT);
	socket_owners_free(&owners);
	remove_tree(base);
}

static void no_proc_is_an_error(void **state)
{
	struct root root = {-1, -1, -1};
	struct socket_owners owners = {0};

	(void)state;
	assert_int_equal(socket_owners_read(&root, false, &owners), -ENOENT);
	assert_null(socket_owners_find(&owners, 1, &(size_t){0}));
	socket_owners_free(&owners);
}

/* --- Attaching --- */

static struct snapshot *snapshot_of_processes(const struct identity *identities, size_t count)
{
	struct snapshot *snapshot = snapshot_new();

	snapshot->facts = FACT_BIT(FACT_CONNECTIONS);
	snapshot->processes.items = arena_array(&snapshot->arena, count, sizeof(struct process *));
	for (size_t i = 0; i < count; i++) {
		struct process *process = made_record(snapshot);

		process->pid = identities[i].pid;
		process->starttime = identities[i].starttime;
	}
	return snapshot;
}

static const struct identity identities[] = {{3, 900}, {4, 950}, {5, 960}, {20, 1000}, {31, 2000}};
static struct descriptor_search searches[] = {
	{3, 0, 900}, {4, EACCES, 950}, {5, ENOENT, 960}, {9, 0, 970}, {20, 0, 1000}, {31, 0, 1999},
};
static struct socket_owner shared[] = {{3, 10}, {9, 1}, {20, 4}, {20, 7}, {31, 5}}, single[] = {{20, 3}};
static struct connection connections[] = {
	{.inode = 500, .pid = 3, .fd = 10, .owners = {shared, 5}},
	{.inode = 501, .pid = 20, .fd = 3, .owners = {single, 1}},
	{.inode = 502, .pid = ABSENT_I32, .fd = ABSENT_I32},
};

static struct snapshot *attached(void)
{
	struct snapshot *snapshot = snapshot_of_processes(identities, 5);

	snapshot->net.descriptor_searches = (struct list){searches, 6};
	snapshot->net.connections = (struct list){connections, 3};
	connections_attach(snapshot);
	return snapshot;
}

static void processes_get_their_connections(void **state)
{
	struct snapshot *snapshot = attached();
	const struct process *first = snapshot_find_pid(snapshot, 3), *second = snapshot_find_pid(snapshot, 20);
	const struct connection *items = second->more->connections.items;

	(void)state;
	assert_true(process_has(first, FACT_CONNECTIONS) && process_has(second, FACT_CONNECTIONS));
	assert_int_equal(first->more->connections.count, 1);
	assert_int_equal(LIST_ITEMS(first->more->connections, struct connection)->fd, 10);
	assert_int_equal(second->more->connections.count, 3);
	assert_true(items[0].inode == 500 && items[0].pid == 20 && items[0].fd == 4);
	assert_true(items[1].inode == 500 && items[1].pid == 20 && items[1].fd == 7);
	assert_true(items[2].inode == 501 && items[2].fd == 3);
	assert_int_equal(items[0].owners.count, 5);
	snapshot_unref(snapshot);
}

static void denied_and_reused_processes_get_none(void **state)
{
	struct snapshot *snapshot = attached();
	const struct process *denied = snapshot_find_pid(snapshot, 4), *gone = snapshot_find_pid(snapshot, 5),
			     *reused = snapshot_find_pid(snapshot, 31);

	(void)state;
	assert_true(denied->denied & FACT_BIT(FACT_CONNECTIONS));
	assert_false(process_has(denied, FACT_CONNECTIONS));
	assert_null(denied->more->connections.items);
	assert_false(process_has(gone, FACT_CONNECTIONS) || gone->denied);
	assert_false(process_has(reused, FACT_CONNECTIONS) || reused->denied);
	assert_null(reused->more->connections.items);
	snapshot_unref(snapshot);
}

static void process_without_sockets_has_an_empty_list(void **state)
{
	struct snapshot *snapshot = snapshot_of_processes(identities, 1);

	(void)state;
	snapshot->net.descriptor_searches = (struct list){searches, 6};
	snapshot->net.connections = (struct list){connections, 0};
	connections_attach(snapshot);
	assert_true(process_has(snapshot->processes.items[0], FACT_CONNECTIONS));
	assert_non_null(snapshot->processes.items[0]->more->connections.items);
	assert_int_equal(snapshot->processes.items[0]->more->connections.count, 0);
	snapshot_unref(snapshot);
}

static void nothing_is_attached_unasked_or_unknown(void **state)
{
	struct snapshot *snapshot = snapshot_of_processes(identities, 1);

	(void)state;
	snapshot->net.descriptor_searches = (struct list){searches, 6};
	connections_attach(snapshot); /* the sockets were not read */
	assert_false(process_has(snapshot->processes.items[0], FACT_CONNECTIONS));
	snapshot->net.connections = (struct list){connections, 3};
	snapshot->facts = 0;
	connections_attach(snapshot);
	assert_false(process_has(snapshot->processes.items[0], FACT_CONNECTIONS));
	snapshot_unref(snapshot);
}

/* --- The collector, on the live system --- */

static struct snapshot *read_live(uint64_t facts)
{
	struct snapshot *snapshot = snapshot_new();
	struct request request = {.sections = SECTION_BIT(SECTION_CONNECTIONS), .facts = facts};
	struct root root;
	struct tick tick = {.root = &root, .request = &request, .snapshot = snapshot, .slow = slow_start()};
	void *collector;

	assert_int_equal(root_open(&root, NULL), 0);
	assert_int_equal(collector_connections.open(&root, &collector), 0);
	assert_int_equal(collector_connections.read(collector, &tick), 0);
	collector_connections.close(collector);
	slow_stop(tick.slow);
	root_close(&root);
	return snapshot;
}

static const struct connection *find_owned(const struct snapshot *snapshot, int fd)
{
	const struct connection *items = snapshot->net.connections.items;

	for (size_t i = 0; i < snapshot->net.connections.count; i++) {
		const struct socket_owner *owners = items[i].owners.items;

		for (size_t j = 0; j < items[i].owners.count; j++) {
			if (owners[j].pid == getpid() && owners[j].fd == fd)
				return &items[i];
		}
	}
	return NULL;
}

static void live_listener_is_found_with_its_owner(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const struct connection *connection;
	struct snapshot *snapshot;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 17), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snapshot = read_live(0);
	connection = find_owned(snapshot, fd);
	assert_non_null(connection);
	assert_text(connection->laddr_ip, "127.0.0.1");
	assert_int_equal(connection->laddr_port, ntohs(address.sin_port));
	assert_text(connection->status, "LISTEN");
	assert_int_equal(connection->uid, getuid());
	assert_int_equal(connection->recv_queue, 0);
	assert_int_equal(connection->send_queue, 17);
	assert_null(snapshot->net.descriptor_searches.items);
	snapshot_unref(snapshot);
	close(fd);
}

static void live_list_is_sorted_without_repetition(void **state)
{
	int pair[2];
	struct snapshot *snapshot;
	const struct connection *items;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	snapshot = read_live(FACT_BIT(FACT_CONNECTIONS));
	items = snapshot->net.connections.items;
	assert_non_null(find_owned(snapshot, pair[0]));
	assert_text(find_owned(snapshot, pair[0])->type, "SOCK_SEQPACKET");
	assert_true(snapshot->net.descriptor_searches.count > 0);
	for (size_t i = 1; i < snapshot->net.connections.count; i++) {
		bool same_kind = text_equal(items[i].family, items[i - 1].family) &&
				 text_equal(items[i].type, items[i - 1].type);

		assert_false(same_kind && items[i].inode != ABSENT_U64 && items[i].inode <= items[i - 1].inode);
	}
	snapshot_unref(snapshot);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_unix_sockets),
		cmocka_unit_test(name_of_any_length),
		cmocka_unit_test(states_of_tcp),
		cmocka_unit_test(inet_connection),
		cmocka_unit_test(what_is_not_known_is_absent),
		cmocka_unit_test(sockets_are_arranged),
		cmocka_unit_test(links_of_descriptors),
		cmocka_unit_test(every_owner_is_listed),
		cmocka_unit_test(searches_name_their_process),
		cmocka_unit_test(no_proc_is_an_error),
		cmocka_unit_test(processes_get_their_connections),
		cmocka_unit_test(denied_and_reused_processes_get_none),
		cmocka_unit_test(process_without_sockets_has_an_empty_list),
		cmocka_unit_test(nothing_is_attached_unasked_or_unknown),
		cmocka_unit_test(live_listener_is_found_with_its_owner),
		cmocka_unit_test(live_list_is_sorted_without_repetition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
