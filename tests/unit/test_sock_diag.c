/* Netlink messages of the socket diagnosis, made as the kernel makes them, and broken in every way. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "collect/sock_diag.h"

#define SEQUENCE 7

struct answer {
	char bytes[4096];
	size_t length;
};

static size_t begin_message(struct answer *answer, int type, uint32_t sequence)
{
	struct nlmsghdr header = {.nlmsg_type = (uint16_t)type, .nlmsg_seq = sequence};
	size_t start = answer->length;

	memcpy(answer->bytes + start, &header, sizeof(header));
	answer->length += sizeof(header);
	return start;
}

static void add_bytes(struct answer *answer, const void *bytes, size_t size)
{
	memcpy(answer->bytes + answer->length, bytes, size);
	answer->length += size;
}

static void pad(struct answer *answer)
{
	while (answer->length % 4)
		answer->bytes[answer->length++] = 0;
}

static void end_message(struct answer *answer, size_t start)
{
	uint32_t length = (uint32_t)(answer->length - start);

	memcpy(answer->bytes + start, &length, sizeof(length));
	pad(answer);
}

static void add_attribute(struct answer *answer, int type, const void *bytes, size_t size)
{
	struct nlattr header = {.nla_len = (uint16_t)(sizeof(header) + size), .nla_type = (uint16_t)type};

	add_bytes(answer, &header, sizeof(header));
	add_bytes(answer, bytes, size);
	pad(answer);
}

static void add_inet(struct answer *answer, int family, int state, uint32_t inode)
{
	struct inet_diag_msg message = {
		.idiag_family = (uint8_t)family,
		.idiag_state = (uint8_t)state,
		.id.idiag_sport = htons(22),
		.id.idiag_dport = htons(50000),
		.id.idiag_src = {htonl(0xc0000202)},
		.id.idiag_dst = {htonl(0xc6336401)},
		.idiag_rqueue = 5,
		.idiag_wqueue = 6,
		.idiag_uid = 1000,
		.idiag_inode = inode,
	};
	size_t start = begin_message(answer, SOCK_DIAG_BY_FAMILY, SEQUENCE);
	uint8_t shutdown = 0;

	add_bytes(answer, &message, sizeof(message));
	add_attribute(answer, INET_DIAG_SHUTDOWN, &shutdown, sizeof(shutdown));
	end_message(answer, start);
}

static size_t begin_unix(struct answer *answer, uint32_t inode)
{
	struct unix_diag_msg message = {
		.udiag_family = AF_UNIX,
		.udiag_type = SOCK_SEQPACKET,
		.udiag_state = TCP_ESTABLISHED,
		.udiag_ino = inode,
	};
	size_t start = begin_message(answer, SOCK_DIAG_BY_FAMILY, SEQUENCE);

	add_bytes(answer, &message, sizeof(message));
	return start;
}

static void add_unix(struct answer *answer, const char *name, size_t name_length)
{
	struct unix_diag_rqlen queues = {11, 12};
	uint32_t peer = 78, uid = 33;
	size_t start = begin_unix(answer, 77);

	add_attribute(answer, UNIX_DIAG_NAME, name, name_length);
	add_attribute(answer, UNIX_DIAG_PEER, &peer, sizeof(peer));
	add_attribute(answer, UNIX_DIAG_RQLEN, &queues, sizeof(queues));
	add_attribute(answer, 99, "unknown", 7);
	add_attribute(answer, UNIX_DIAG_UID, &uid, sizeof(uid));
	end_message(answer, start);
}

static void add_end(struct answer *answer, int type, int32_t error)
{
	size_t start = begin_message(answer, type, SEQUENCE);

	add_bytes(answer, &error, sizeof(error));
	end_message(answer, start);
}

static void inet_socket(void **state)
{
	static const uint8_t local[4] = {192, 0, 2, 2}, remote[4] = {198, 51, 100, 1};
	struct answer answer = {.length = 0};
	struct sock_diag_socket socket;
	struct cursor cursor;

	(void)state;
	add_inet(&answer, AF_INET, TCP_CLOSE_WAIT, 4242);
	add_inet(&answer, AF_INET6, TCP_LISTEN, 4243);
	add_end(&answer, NLMSG_DONE, 0);
	cursor = cursor_of(answer.bytes, answer.length);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.family, AF_INET);
	assert_int_equal(socket.state, TCP_CLOSE_WAIT);
	assert_memory_equal(socket.local_ip, local, 4);
	assert_memory_equal(socket.remote_ip, remote, 4);
	assert_int_equal(socket.local_port, 22);
	assert_int_equal(socket.remote_port, 50000);
	assert_int_equal(socket.inode, 4242);
	assert_int_equal(socket.uid, 1000);
	assert_true(socket.has_uid && socket.has_queues);
	assert_int_equal(socket.recv_queue, 5);
	assert_int_equal(socket.send_queue, 6);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.family, AF_INET6);
	assert_int_equal(socket.inode, 4243);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_DONE);
}

static void socket_without_inode_has_no_user(void **state)
{
	struct answer answer = {.length = 0};
	struct sock_diag_socket socket;
	struct cursor cursor;

	(void)state;
	add_inet(&answer, AF_INET, TCP_TIME_WAIT, 0);
	cursor = cursor_of(answer.bytes, answer.length);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.inode, 0);
	assert_false(socket.has_uid);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_MORE);
}

static void unix_socket(void **state)
{
	struct answer answer = {.length = 0};
	struct sock_diag_socket socket;
	struct cursor cursor;

	(void)state;
	add_unix(&answer, "\0a b\nc", 6);
	cursor = cursor_of(answer.bytes, answer.length);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.family, AF_UNIX);
	assert_int_equal(socket.type, SOCK_SEQPACKET);
	assert_int_equal(socket.inode, 77);
	assert_int_equal(socket.peer_inode, 78);
	assert_int_equal(socket.uid, 33);
	assert_true(socket.has_uid && socket.has_queues);
	assert_int_equal(socket.recv_queue, 11);
	assert_int_equal(socket.send_queue, 12);
	assert_int_equal(socket.name.length, 6);
	assert_memory_equal(socket.name.bytes, "\0a b\nc", 6);
}

static void unix_socket_without_attributes(void **state)
{
	struct answer answer = {.length = 0};
	struct sock_diag_socket socket;
	struct cursor cursor;

	(void)state;
	end_message(&answer, begin_unix(&answer, 5));
	cursor = cursor_of(answer.bytes, answer.length);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.peer_inode, 0);
	assert_false(socket.has_uid || socket.has_queues);
	assert_null(socket.name.bytes);
}

static int first_result(const struct answer *answer)
{
	struct cursor cursor = cursor_of(answer->bytes, answer->length);
	struct sock_diag_socket socket;

	return sock_diag_next(&cursor, SEQUENCE, &socket);
}

static void kernel_errors(void **state)
{
	static const struct {
		int type;
		int32_t error;
		int expected;
	} cases[] = {
		{NLMSG_ERROR, -ENOENT, -ENOENT}, {NLMSG_DONE, -EBUSY, -EBUSY}, {NLMSG_ERROR, 0, SOCK_DIAG_DONE},
		{NLMSG_DONE, 0, SOCK_DIAG_DONE}, {NLMSG_ERROR, 1, -EBADMSG}, {NLMSG_ERROR, INT32_MIN, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer answer = {.length = 0};

		add_end(&answer, cases[i].type, cases[i].error);
		assert_int_equal(first_result(&answer), cases[i].expected);
	}
}

static void ends_without_a_number(void **state)
{
	struct answer done = {.length = 0}, error = {.length = 0};

	(void)state;
	end_message(&done, begin_message(&done, NLMSG_DONE, SEQUENCE));
	assert_int_equal(first_result(&done), SOCK_DIAG_DONE);
	end_message(&error, begin_message(&error, NLMSG_ERROR, SEQUENCE));
	assert_int_equal(first_result(&error), -EBADMSG);
}

static void foreign_messages_are_passed_over(void **state)
{
	struct answer answer = {.length = 0};
	struct sock_diag_socket socket;
	struct cursor cursor;
	size_t start;

	(void)state;
	start = begin_message(&answer, NLMSG_ERROR, SEQUENCE + 1); /* another request's */
	add_bytes(&answer, &(int32_t){-EIO}, sizeof(int32_t));
	end_message(&answer, start);
	end_message(&answer, begin_message(&answer, NLMSG_NOOP, SEQUENCE));
	start = begin_message(&answer, SOCK_DIAG_BY_FAMILY, SEQUENCE); /* a family nobody asked for */
	add_bytes(&answer, &(uint8_t){AF_PACKET}, 1);
	end_message(&answer, start);
	add_inet(&answer, AF_INET, TCP_LISTEN, 9);
	cursor = cursor_of(answer.bytes, answer.length);
	assert_int_equal(sock_diag_next(&cursor, SEQUENCE, &socket), SOCK_DIAG_SOCKET);
	assert_int_equal(socket.inode, 9);
}

static void set_u32(struct answer *answer, size_t offset, uint32_t value)
{
	memcpy(answer->bytes + offset, &value, sizeof(value));
}

static void message_lengths_out_of_bounds(void **state)
{
	static const uint32_t lengths[] = {0, 1, 15, 16, 17, 87, 4096, UINT32_MAX, UINT32_MAX - 2};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct answer answer = {.length = 0};

		add_inet(&answer, AF_INET, TCP_LISTEN, 9);
		set_u32(&answer, 0, lengths[i]);
		assert_int_equal(first_result(&answer), -EBADMSG);
	}
}

static void attribute_lengths_out_of_bounds(void **state)
{
	static const uint16_t lengths[] = {0, 3, 9, 4096, UINT16_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct answer answer = {.length = 0};
		size_t start = begin_unix(&answer, 5), attribute = answer.length;

		add_attribute(&answer, UNIX_DIAG_PEER, &(uint32_t){1}, 4);
		end_message(&answer, start);
		memcpy(answer.bytes + attribute, &lengths[i], sizeof(lengths[i]));
		assert_int_equal(first_result(&answer), -EBADMSG);
	}
}

static void attribute_payloads_too_short(void **state)
{
	static const int types[] = {UNIX_DIAG_PEER, UNIX_DIAG_RQLEN, UNIX_DIAG_UID};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct answer answer = {.length = 0};
		size_t start = begin_unix(&answer, 5);

		add_attribute(&answer, types[i], "abc", 3);
		end_message(&answer, start);
		assert_int_equal(first_result(&answer), -EBADMSG);
	}
}

/* Every cut of a whole answer ends with an error or an orderly "more", and reads nothing behind it. */
static void cut_at_every_byte(void **state)
{
	struct answer answer = {.length = 0};

	(void)state;
	add_inet(&answer, AF_INET, TCP_LISTEN, 1);
	add_unix(&answer, "/run/a socket", 14);
	add_end(&answer, NLMSG_DONE, 0);
	for (size_t length = 0; length < answer.length; length++) {
		char *copy = malloc(length + 1);
		struct cursor cursor;
		struct sock_diag_socket socket;
		int r;

		memcpy(copy, answer.bytes, length);
		cursor = cursor_of(copy, length);
		while ((r = sock_diag_next(&cursor, SEQUENCE, &socket)) == SOCK_DIAG_SOCKET)
			;
		free(copy);
		assert_true(r == -EBADMSG || r == SOCK_DIAG_MORE || length + 4 == answer.length);
	}
}

struct wanted {
	uint32_t inode;
	struct sock_diag_socket found;
	char name[108];
};

static void look_for(const struct sock_diag_socket *socket, void *context)
{
	struct wanted *wanted = context;

	if (socket->inode != wanted->inode)
		return;
	wanted->found = *socket;
	memcpy(wanted->name, socket->name.bytes, socket->name.length);
}

/* Against the kernel of this machine: a socket just made is found. */
static void live_unix_socket(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), name_length;
	struct buffer buffer = {0};
	struct wanted wanted = {0};
	char link[64], path[64];
	ssize_t n;

	(void)state;
	name_length = snprintf(address.sun_path, sizeof(address.sun_path), "_cmon test %d", (int)getpid());
	address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)name_length)), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	link[n] = '\0';
	wanted.inode = (uint32_t)atol(link + strlen("socket:["));
	assert_int_equal(sock_diag_dump(AF_UNIX, 0, &buffer, look_for, &wanted), 0);
	buffer_free(&buffer);
	close(fd);
	assert_int_equal(wanted.found.family, AF_UNIX);
	assert_int_equal(wanted.found.type, SOCK_DGRAM);
	assert_int_equal(wanted.found.name.length, name_length);
	assert_memory_equal(wanted.name, address.sun_path, (size_t)name_length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inet_socket),
		cmocka_unit_test(socket_without_inode_has_no_user),
		cmocka_unit_test(unix_socket),
		cmocka_unit_test(unix_socket_without_attributes),
		cmocka_unit_test(kernel_errors),
		cmocka_unit_test(ends_without_a_number),
		cmocka_unit_test(foreign_messages_are_passed_over),
		cmocka_unit_test(message_lengths_out_of_bounds),
		cmocka_unit_test(attribute_lengths_out_of_bounds),
		cmocka_unit_test(attribute_payloads_too_short),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(live_unix_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
