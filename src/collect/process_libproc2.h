/* Details of one process by libproc2: what procps' own tools show, by the same code. Without the library the own readers
 * of process_detail.c know the same. */
#ifndef CMON_COLLECT_PROCESS_LIBPROC2_H
#define CMON_COLLECT_PROCESS_LIBPROC2_H

#include "collect/process_reading.h"

struct process_libproc2;

/* Facts that can be had of it. Not among them, since its answer is not the file's: environment and control group;
 * see process_environ.c and process_cgroup.c. */
#define PROCESS_LIBPROC2_FACTS                                                                                         \
	(FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_NAMESPACES) | FACT_BIT(FACT_GROUPS) | FACT_BIT(FACT_AUTOGROUP) |         \
	 FACT_BIT(FACT_OOM) | FACT_BIT(FACT_UNIT))

/* The library is opened by the first reading. */
struct process_libproc2 *process_libproc2_new(void);
void process_libproc2_free(struct process_libproc2 *libproc2);

/* Read facts of PROCESS_LIBPROC2_FACTS that are known to be readable: the library answers 0 or "-" for what it is
 * denied. It takes a pid, so the caller checks afterwards that its process still exists.
 * ret_known: the facts that were set; others are to be read otherwise: all, when the library is not there.
 * Returns 0, or -ESRCH when that pid is gone or another process by its start time. */
int process_libproc2_read(struct process_libproc2 *libproc2, struct process_reading *reading, uint64_t facts,
			  uint64_t *ret_known);

#endif
