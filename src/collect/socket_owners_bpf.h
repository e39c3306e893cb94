/* Who has which socket open, from one pass of an iterator over all open files. */
#ifndef CMON_COLLECT_SOCKET_OWNERS_BPF_H
#define CMON_COLLECT_SOCKET_OWNERS_BPF_H

#include "collect/bpf_read.h"
#include "collect/socket_owners.h"

/* Fill empty `owners` as socket_owners_read does, also of processes whose descriptors /proc would refuse. What the kernel
 * hides from the programs is left to socket_owners_read, which passes over what is known already.
 * files_fd: link of BPF_PROGRAM_FILES. tasks_fd: of BPF_PROGRAM_TASKS, to identify processes, with a search for each;
 * ABSENT_I32: not to; then there is a search of those that have a descriptor.
 * Returns 0, or as the passes do: then `owners` is empty again. */
int socket_owners_read_bpf(struct bpf_reader *reader, int files_fd, int tasks_fd, struct socket_owners *owners);

#endif
