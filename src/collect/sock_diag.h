/* Sockets of this network namespace by the kernel's socket diagnosis over netlink, sock_diag(7). */
#ifndef CMON_COLLECT_SOCK_DIAG_H
#define CMON_COLLECT_SOCK_DIAG_H

#include <stdint.h>

#include "base/parse.h"
#include "base/root.h"
#include "base/text.h"

/* One socket as the kernel describes it; 0 where it has no such thing. */
struct sock_diag_socket {
	int family; /* AF_INET AF_INET6 AF_UNIX */
	int type;   /* AF_UNIX: SOCK_STREAM …; else 0, since the answer does not say */
	int state;  /* TCP_ESTABLISHED …, of all families */
	uint8_t local_ip[16], remote_ip[16]; /* network order, 4 bytes for AF_INET */
	uint16_t local_port, remote_port;
	uint32_t inode, peer_inode; /* 0: none */
	uint32_t uid;
	uint8_t has_uid, has_queues; /* AF_UNIX: the kernel may not say (uid: Linux 5.3) */
	uint32_t recv_queue, send_queue;
	struct text name; /* AF_UNIX: sun_path as bound, a leading NUL included; borrows from the buffer */
};

enum sock_diag_result {
	SOCK_DIAG_MORE = 0,   /* the buffer is used up, the answer is not */
	SOCK_DIAG_SOCKET = 1, /* *ret_socket is set */
	SOCK_DIAG_DONE = 2,   /* the answer is complete */
};

/* Take the next socket from a buffer of netlink messages. Messages with another sequence number than the request's
 * and of other types are passed over.
 * Returns an enum sock_diag_result; -EBADMSG for a message that breaks its bounds; the kernel's own -errno, such as
 * -ENOENT where it cannot diagnose this family. */
int sock_diag_next(struct cursor *messages, uint32_t sequence, struct sock_diag_socket *ret_socket);

/* Ask for all sockets of one family and protocol (IPPROTO_TCP, IPPROTO_UDP, 0 for AF_UNIX) in any state that
 * proc/net shows as well; visit is called for each. The buffer is reused between calls.
 * Returns 0; -errno as above or of the netlink socket; -ETIMEDOUT when the kernel does not answer. */
int sock_diag_dump(int family, int protocol, struct buffer *buffer,
		   void (*visit)(const struct sock_diag_socket *socket, void *context), void *context);

#endif
