/* Where the process list comes from. Every source fills the same record. */
#ifndef CMON_COLLECT_PROCESS_SOURCE_H
#define CMON_COLLECT_PROCESS_SOURCE_H

#include "collect/collector.h"

struct process_source {
	const char *name; /* the JSON's "source" */
	int (*open)(const struct root *root, void **ret_state);
	/* Fill tick->snapshot->processes, sorted by pid: those of request->pids, or all when that is NULL or when
	 * family or lineage is asked for, which follow from all. Details are read of the former only.
	 * Returns 0 or -errno when there is no list at all; processes that end meanwhile are left out. */
	int (*read)(void *state, struct tick *tick);
	void (*close)(void *state);
};

/* /proc, for everybody. */
extern const struct process_source process_source_procfs;

#endif
