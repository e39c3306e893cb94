/* One process while something is done to it. */
#ifndef CMON_ACT_ACT_PRIVATE_H
#define CMON_ACT_ACT_PRIVATE_H

#include "model/act.h"

struct pinned {
	struct identity identity;
	int pidfd;
	int dir_fd; /* proc/PID; what is read below it is of that process or -ESRCH, never of a later one */
};

/* Open a process and compare its start time. Returns 0, -ESRCH when it is gone or its pid is another's, -errno. */
int pin(struct identity identity, struct pinned *ret_pinned);
void unpin(struct pinned *pinned);

/* Returns whether the pid still is that process's, zombie or not. */
bool is_pinned_there(const struct pinned *pinned);

/* Call a function for each thread of the process, those it starts meanwhile included; thread: for that one alone.
 * change: returns 0 or -errno. Returns 0, -ESRCH when the process or the thread is gone, else the first error. */
int for_threads(const struct pinned *pinned, int32_t thread, int (*change)(int32_t id, const struct act *act),
		const struct act *act);

/* What the kernel has per thread: 0 or -errno of one thread, by its id. */
int thread_set_nice(int32_t id, const struct act *act);
int thread_add_nice(int32_t id, const struct act *act);
int thread_set_ionice(int32_t id, const struct act *act);
int thread_set_affinity(int32_t id, const struct act *act);
int thread_set_sched(int32_t id, const struct act *act);

#endif
