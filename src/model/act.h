/* What may be done to processes. The front end says what; src/act does it, and is handed over by main.c, since no
 * layer but that one may change the system. A process is named by pid and start time: one that has the pid of another
 * by now is never touched. */
#ifndef CMON_MODEL_ACT_H
#define CMON_MODEL_ACT_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

enum act_kind {
	ACT_SIGNAL,   /* number */
	ACT_NICE,     /* number: new nice value */
	ACT_IONICE,   /* number: class, second: level */
	ACT_AFFINITY, /* cpus */
	ACT_SCHED,    /* number: SCHED_ policy, second: its priority */
	ACT_LIMIT,    /* number: RLIMIT_ resource; soft, hard; -1: unlimited */
};

struct act {
	enum act_kind kind;
	int number, second;
	int64_t soft, hard;
	const int32_t *cpus; /* ascending */
	size_t cpus_count;
};

struct act_ops {
	/* Do it to one process; thread: 0, or the id of one of its threads, where the kernel has that per thread.
	 * Returns 0 or -errno: -ESRCH when that process is gone, also when its pid is used again; -EPERM. */
	int (*apply)(const struct act *act, struct identity process, int32_t thread);
};

#endif
