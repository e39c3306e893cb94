/* Which pids there are: the directory /proc. */
#ifndef CMON_COLLECT_PROCESS_PIDS_H
#define CMON_COLLECT_PROCESS_PIDS_H

#include "base/root.h"

/* All zero: empty and ready. */
struct pid_list {
	int32_t *pids; /* ascending */
	size_t count, capacity;
	struct buffer buffer;
	uint64_t listed_ns; /* CLOCK_MONOTONIC; 0: these are not the whole list, or some have ended */
	uint64_t forks;     /* before it was listed; 0: not known */
};

void pid_list_free(struct pid_list *list);

/* List all. Returns 0 or -errno. */
int pid_list_read(struct pid_list *list, const struct root *root);

/* The same, unless nobody can have come since: the number of forks since boot is as it was, and nobody has ended.
 * After 10 s all are listed anyway, since what may be seen of others can change.
 * forks: read before this call, from the kernel whose processes these are; 0: not known. */
int pid_list_renew(struct pid_list *list, const struct root *root, uint64_t forks);

/* One of them has ended. */
void pid_list_expire(struct pid_list *list);

/* These, each once. */
void pid_list_take(struct pid_list *list, const int32_t *pids, size_t count);

#endif
