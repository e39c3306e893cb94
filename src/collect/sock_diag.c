#include "collect/sock_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel answers in messages of up to 32 KiB, if the reader has room. */
#define BUFFER_SIZE ((size_t)64 << 10)

/* Bits of TCP_ESTABLISHED (1) to TCP_NEW_SYN_RECV (12), also those of UDP and unix sockets. Not 13: sockets that are
 * bound and nothing else (Linux 6.8), which proc/net/tcp does not show. */
#define ALL_STATES 0x1ffeu

#define ANSWER_TIMEOUT_S 2

static size_t bytes_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->p);
}

/* Take a plain structure; buffers are not aligned for it. */
static int take(struct cursor *cursor, void *memory, size_t size)
{
	if (bytes_left(cursor) < size)
		return -EBADMSG;
	memcpy(memory, cursor->p, size);
	cursor->p += size;
	return 0;
}

/* What a header says its message takes, padding to the next one included; that of the last may be missing. */
static void skip_aligned(struct cursor *cursor, size_t length)
{
	size_t aligned = (length + 3) & ~(size_t)3;

	cursor->p = aligned < bytes_left(cursor) ? cursor->p + aligned : cursor->end;
}

/* Split off one message or attribute of `length` bytes, its header of `header_size` bytes included. */
static int split(struct cursor *cursor, size_t length, size_t header_size, struct cursor *ret_payload)
{
	if (length < header_size || length > bytes_left(cursor))
		return -EBADMSG;
	*ret_payload = cursor_of(cursor->p + header_size, length - header_size);
	skip_aligned(cursor, length);
	return 0;
}

static int next_message(struct cursor *messages, struct nlmsghdr *ret_header, struct cursor *ret_payload)
{
	struct cursor at = *messages;
	int r = take(&at, ret_header, sizeof(*ret_header));

	if (r < 0)
		return r;
	return split(messages, ret_header->nlmsg_len, sizeof(*ret_header), ret_payload);
}

static int next_attribute(struct cursor *attributes, int *ret_type, struct cursor *ret_payload)
{
	struct cursor at = *attributes;
	struct nlattr header;
	int r = take(&at, &header, sizeof(header));

	if (r < 0)
		return r;
	*ret_type = header.nla_type & NLA_TYPE_MASK;
	return split(attributes, header.nla_len, sizeof(header), ret_payload);
}

static int parse_inet(struct cursor payload, struct sock_diag_socket *socket)
{
	struct inet_diag_msg message;
	int r = take(&payload, &message, sizeof(message));

	if (r < 0)
		return r;
	_Static_assert(sizeof(message.id.idiag_src) == sizeof(socket->local_ip), "addresses are 16 bytes");
	memcpy(socket->local_ip, message.id.idiag_src, sizeof(socket->local_ip));
	memcpy(socket->remote_ip, message.id.idiag_dst, sizeof(socket->remote_ip));
	socket->local_port = ntohs(message.id.idiag_sport);
	socket->remote_port = ntohs(message.id.idiag_dport);
	socket->family = message.idiag_family;
	socket->state = message.idiag_state;
	socket->inode = message.idiag_inode;
	/* A socket without an inode has no user any more; the kernel fills in root then. */
	socket->has_uid = message.idiag_inode != 0;
	socket->uid = message.idiag_uid;
	socket->has_queues = 1;
	socket->recv_queue = message.idiag_rqueue;
	socket->send_queue = message.idiag_wqueue;
	return 0;
}

static int parse_unix_attribute(int type, struct cursor payload, struct sock_diag_socket *socket)
{
	struct unix_diag_rqlen queues;
	int r = 0;

	switch (type) {
	case UNIX_DIAG_NAME:
		socket->name = (struct text){payload.p, bytes_left(&payload)};
		break;
	case UNIX_DIAG_PEER:
		r = take(&payload, &socket->peer_inode, sizeof(socket->peer_inode));
		break;
	case UNIX_DIAG_RQLEN:
		r = take(&payload, &queues, sizeof(queues));
		if (r < 0)
			break;
		socket->has_queues = 1;
		socket->recv_queue = queues.udiag_rqueue;
		socket->send_queue = queues.udiag_wqueue;
		break;
	case UNIX_DIAG_UID:
		r = take(&payload, &socket->uid, sizeof(socket->uid));
		socket->has_uid = r == 0;
		break;
	}
	return r;
}

static int parse_unix(struct cursor payload, struct sock_diag_socket *socket)
{
	struct unix_diag_msg message;
	int r = take(&payload, &message, sizeof(message));

	if (r < 0)
		return r;
	socket->family = message.udiag_family;
	socket->type = message.udiag_type;
	socket->state = message.udiag_state;
	socket->inode = message.udiag_ino;
	while (!cursor_done(&payload)) {
		struct cursor attribute;
		int type;

		r = next_attribute(&payload, &type, &attribute);
		if (r == 0)
			r = parse_unix_attribute(type, attribute, socket);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Returns SOCK_DIAG_SOCKET; SOCK_DIAG_MORE for a family that was not asked for; -EBADMSG. */
static int parse_socket(struct cursor payload, struct sock_diag_socket *ret_socket)
{
	struct sock_diag_socket socket = {0};
	int r;

	if (cursor_done(&payload))
		return -EBADMSG;
	switch ((unsigned char)*payload.p) {
	case AF_UNIX: r = parse_unix(payload, &socket); break;
	case AF_INET:
	case AF_INET6: r = parse_inet(payload, &socket); break;
	default: return SOCK_DIAG_MORE;
	}
	if (r < 0)
		return r;
	*ret_socket = socket;
	return SOCK_DIAG_SOCKET;
}

/* Both kinds of end begin with an error number, negative or 0. Older kernels send NLMSG_DONE without one. */
static int parse_end(int type, struct cursor payload)
{
	int32_t error = 0;
	int r = take(&payload, &error, sizeof(error));

	if (r < 0)
		return type == NLMSG_DONE ? SOCK_DIAG_DONE : r;
	if (error > 0 || error < -4095)
		return -EBADMSG;
	return error < 0 ? error : SOCK_DIAG_DONE;
}

int sock_diag_next(struct cursor *messages, uint32_t sequence, struct sock_diag_socket *ret_socket)
{
	while (!cursor_done(messages)) {
		struct nlmsghdr header;
		struct cursor payload;
		int r = next_message(messages, &header, &payload);

		if (r < 0)
			return r;
		if (header.nlmsg_seq != sequence)
			continue;
		if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
			return parse_end(header.nlmsg_type, payload);
		if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
			continue;
		r = parse_socket(payload, ret_socket);
		if (r != SOCK_DIAG_MORE)
			return r;
	}
	return SOCK_DIAG_MORE;
}

static int open_socket(void)
{
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static int send_request(int fd, const void *request, size_t size)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do
		n = sendto(fd, request, size, 0, (const struct sockaddr *)(const void *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int request_unix(int fd, struct nlmsghdr header)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req body;
	} request = {
		.header = header,
		.body = {
			.sdiag_family = AF_UNIX,
			.udiag_states = ALL_STATES,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID,
		},
	};

	request.header.nlmsg_len = sizeof(request);
	return send_request(fd, &request, sizeof(request));
}

static int request_inet(int fd, struct nlmsghdr header, int family, int protocol)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = header,
		.body = {
			.sdiag_family = (uint8_t)family,
			.sdiag_protocol = (uint8_t)protocol,
			.idiag_states = ALL_STATES,
		},
	};

	request.header.nlmsg_len = sizeof(request);
	return send_request(fd, &request, sizeof(request));
}

/* One datagram from the kernel into the buffer; those of others are dropped. Returns 0 or -errno. */
static int receive(int fd, struct buffer *buffer)
{
	for (;;) {
		struct sockaddr_nl sender = {0};
		struct iovec vector = {buffer->bytes, buffer->capacity};
		struct msghdr message = {
			.msg_name = &sender,
			.msg_namelen = sizeof(sender),
			.msg_iov = &vector,
			.msg_iovlen = 1,
		};
		ssize_t n = recvmsg(fd, &message, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (message.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		if (sender.nl_pid != 0)
			continue;
		buffer->length = (size_t)n;
		return 0;
	}
}

/* The rest of an answer that is given up on goes with its socket. */
static int exchange(int fd, int family, int protocol, struct buffer *buffer,
		    void (*visit)(const struct sock_diag_socket *socket, void *context), void *context)
{
	struct nlmsghdr header = {
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_seq = 1,
	};
	int r = family == AF_UNIX ? request_unix(fd, header) : request_inet(fd, header, family, protocol);

	while (r >= 0 && r != SOCK_DIAG_DONE) {
		struct sock_diag_socket socket;
		struct cursor messages;

		r = receive(fd, buffer);
		if (r < 0)
			break;
		messages = cursor_of(buffer->bytes, buffer->length);
		while ((r = sock_diag_next(&messages, header.nlmsg_seq, &socket)) == SOCK_DIAG_SOCKET)
			visit(&socket, context);
	}
	return r < 0 ? r : 0;
}

int sock_diag_dump(int family, int protocol, struct buffer *buffer,
		   void (*visit)(const struct sock_diag_socket *socket, void *context), void *context)
{
	int fd = open_socket(), r;

	if (fd < 0)
		return fd;
	buffer_reserve(buffer, BUFFER_SIZE);
	r = exchange(fd, family, protocol, buffer, visit, context);
	close(fd);
	return r;
}
