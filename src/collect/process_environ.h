/* Environment and supplementary groups of a process. */
#ifndef CMON_COLLECT_PROCESS_ENVIRON_H
#define CMON_COLLECT_PROCESS_ENVIRON_H

#include "base/arena.h"
#include "model/value.h"

/* proc/PID/environ: NAME=value strings, each ended by NUL. What follows an empty string is left out: a process that
 * wrote its title over its environment leaves rests there that mean nothing. A last string without its NUL is kept.
 * Returns the length, from the start of the buffer, of what counts. */
size_t environ_length(const char *buffer, size_t length);

/* The Groups line of proc/PID/status. ret_groups: int32_t in the order of the kernel, which is ascending.
 * Returns 0, or -EBADMSG without the line or with something else in it. */
int groups_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_groups);

#endif
