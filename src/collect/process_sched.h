/* How the kernel schedules a process: affinity, I/O priority, what it waits for, autogroup, badness. */
#ifndef CMON_COLLECT_PROCESS_SCHED_H
#define CMON_COLLECT_PROCESS_SCHED_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* proc/PID/sched, with CONFIG_SCHED_DEBUG: "se.exec_start   :   1676770.268933", milliseconds on the scheduler's clock
 * when the process last was accounted for. Returns 0 or -EBADMSG. */
int sched_exec_start_parse(const char *buffer, size_t length, double *ret_ms);

/* proc/PID/autogroup, with CONFIG_SCHED_AUTOGROUP: "/autogroup-5 nice 0".
 * Returns 0, -ENODATA for an empty file (a process outside of autogroups), -EBADMSG. */
int autogroup_parse(const char *buffer, size_t length, int32_t *ret_id, int32_t *ret_nice);

#endif
