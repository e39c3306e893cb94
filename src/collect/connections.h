/* Sockets, and to whom they belong. */
#ifndef CMON_COLLECT_CONNECTIONS_H
#define CMON_COLLECT_CONNECTIONS_H

#include "collect/sock_diag.h"
#include "model/snapshot.h"

/* What one socket is called; memory from the arena.
 * protocol: IPPROTO_TCP, IPPROTO_UDP, 0 for AF_UNIX. Owners and the peer's name are not known yet.
 * ret_connection: an address whose port is 0 is absent, as is the name of a unix socket that has none. */
void connection_of_socket(const struct sock_diag_socket *socket, int protocol, struct arena *arena,
			  struct connection *ret_connection);

/* Name of a unix socket as proc/net/unix has it: an abstract one begins with '@', each further NUL in it is '@' too; a
 * file's name ends before its NUL. Absent for an empty name. */
struct text unix_name_text(struct text name, struct arena *arena);

/* A socket while the list is made. */
struct gathered_socket {
	struct connection connection;
	size_t kind; /* place of its family and protocol in the list */
	uint32_t peer_inode; /* AF_UNIX; 0: none */
};

/* Put sockets in a lasting order (kind, inode, then addresses; those without an inode last), drop those the kernel told
 * twice, which happens when a socket changes its place in its tables during the answer, and name the peers of unix
 * sockets. Returns how many are left. */
size_t connections_arrange(struct gathered_socket *sockets, size_t count);

/* Fill process->connections of every listed process from the snapshot's connections, one for each of its descriptors,
 * where FACT_CONNECTIONS was asked for. To be called when the collectors have run.
 * A process whose descriptors were looked through gets the fact, one whose were denied has it denied; one that was not
 * there yet when they were has neither. */
void connections_attach(struct snapshot *snapshot);

#endif
