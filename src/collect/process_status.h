/* /proc/PID/status. */
#ifndef CMON_COLLECT_PROCESS_STATUS_H
#define CMON_COLLECT_PROCESS_STATUS_H

#include "model/process.h"

/* Parse /proc/PID/status: ids, memory, signals, capabilities, context switches. What a kernel does not print stays
 * absent; so does memory for kernel threads and zombies, which have none.
 * memory_info (rss, vms, shared, text, data) is taken from here too: the same counters as in statm, and one file less
 * to open. ret_has_memory: it was found and is statm's; false: statm must be read.
 * Returns 0, or -EBADMSG without the Uid and Gid lines. */
int process_status_parse(const char *buffer, size_t length, struct process *process, bool *ret_has_memory);

#endif
