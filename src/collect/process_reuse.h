/* What of the tick before may be taken over: a process that did nothing since has the same record. */
#ifndef CMON_COLLECT_PROCESS_REUSE_H
#define CMON_COLLECT_PROCESS_REUSE_H

#include "collect/collector.h"

/* Facts that a source may add to records it has read without them. */
#define PROCESS_APART_FACTS (FACT_BIT(FACT_THREADS) | FACT_BIT(FACT_NUM_FDS) | FACT_BIT(FACT_OPEN_FILES))

/* The list of the tick before, along which a source walks by ascending pid. */
struct process_reuse {
	const struct process_list *before; /* NULL: there is none */
	size_t at;
	uint64_t now_ns;
};

struct process_reuse process_reuse_begin(const struct tick *tick);

/* The record of the last tick with this pid, whosever it was, or NULL. Pids must ascend from call to call. */
struct process *process_reuse_find(struct process_reuse *reuse, int32_t pid);

/* Whether such a record can stand for a process that has not changed: it was read for the same facts, knows them all or
 * was refused, and is nothing that changes by itself as the dead do. NULL is fine.
 * apart: PROCESS_APART_FACTS that are not in `facts`, since they will be added. */
bool process_reuse_is_possible(const struct process *before, uint64_t facts, uint64_t apart);

/* Whether it was read more than 20 to 30 s ago, so that it is time to look whether something changed without a trace. */
bool process_reuse_is_old(const struct process_reuse *reuse, const struct process *process);

/* A copy without what was added apart, and without all else that is in its snapshot's arena. */
struct process *process_reuse_copy(const struct process *before);

/* The record for this tick of a process that has not changed: the same, when its rates were 0 as well and nothing was
 * added, else a copy. */
struct process *process_reuse_take(struct process *before);

#endif
