/* Who has which socket open, from one pass of an iterator over all open files. */
#ifndef CMON_COLLECT_SOCKET_OWNERS_BPF_H
#define CMON_COLLECT_SOCKET_OWNERS_BPF_H

#include "collect/bpf_read.h"
#include "collect/socket_owners.h"

/* Fill empty `owners` as socket_owners_read does, also of processes whose descriptors /proc would refuse. Pid 1 is read
 * from /proc where the kernel hides it from the programs, as some sandboxes do.
 * sockets_fd: link of BPF_PROGRAM_SOCKETS. tasks_fd: of BPF_PROGRAM_TASKS, to identify processes, with a search for each;
 * ABSENT_I32: not to; then there is a search of those that have a socket.
 * Returns 0, or as the passes do: then `owners` is empty again. */
int socket_owners_read_bpf(const struct root *root, struct bpf_reader *reader, int sockets_fd, int tasks_fd,
			   struct socket_owners *owners);

#endif
