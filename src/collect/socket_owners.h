/* Who has which socket open. */
#ifndef CMON_COLLECT_SOCKET_OWNERS_H
#define CMON_COLLECT_SOCKET_OWNERS_H

#include "base/root.h"
#include "model/snapshot.h"

/* One descriptor that is a socket. */
struct socket_holder {
	uint64_t inode;
	struct socket_owner owner;
};

/* All of them, and the processes whose descriptors were looked through. All-zero is empty and ready. */
struct socket_owners {
	struct socket_holder *holders; /* by inode, pid, fd */
	size_t count, capacity;
	struct descriptor_search *searches; /* by pid */
	size_t search_count, search_capacity;
};

void socket_owners_free(struct socket_owners *owners);

/* The inode of a link proc/PID/fd/N that reads "socket:[inode]". Returns 0, or -EBADMSG for any other link. */
int socket_link_parse(struct text link, uint64_t *ret_inode);

/* For another reader: add one descriptor, a process whose descriptors are known, or one that is looked through as
 * below. Then they have to be sorted. */
void socket_owners_add(struct socket_owners *owners, uint64_t inode, int32_t pid, int32_t fd);
void socket_owners_add_search(struct socket_owners *owners, struct descriptor_search search);
void socket_owners_search(struct socket_owners *owners, const struct root *root, int32_t pid, bool identify);
void socket_owners_sort(struct socket_owners *owners);

/* Look through the descriptors of every process below root->proc_fd (those of the main thread: a thread that unshared
 * its own is not seen).
 * identify: read start times as well, for the searches; else they stay absent.
 * Returns 0 or -errno when the processes cannot be listed; a process that is gone or denied is noted in its search. */
int socket_owners_read(const struct root *root, bool identify, struct socket_owners *owners);

/* The holders of one socket: ret_count neighbours; NULL and 0 when nobody is known. */
const struct socket_holder *socket_owners_find(const struct socket_owners *owners, uint64_t inode, size_t *ret_count);

#endif
