/* /proc/PID/status. */
#ifndef CMON_COLLECT_PROCESS_STATUS_H
#define CMON_COLLECT_PROCESS_STATUS_H

#include "base/root.h"
#include "model/process.h"

/* Parse /proc/PID/status: ids, memory, signals, capabilities, context switches. What a kernel does not print stays
 * absent; so does memory for kernel threads and zombies, which have none.
 * memory_info (rss, vms, shared, text, data) is taken from here too: the same counters as in statm, and one file less
 * to open. ret_has_memory: it was found and is statm's; false: statm must be read.
 * process->more must be its own. Returns 0, or -EBADMSG without the Uid and Gid lines. */
int process_status_parse(const char *buffer, size_t length, struct process *process, bool *ret_has_memory);

/* Read it below the directory of a process: FACT_STATE, and with `whole`, which needs a `more` of its own, FACT_STATUS.
 * live_fd: the directory of a thread that lives, where the main thread exited; else dir_fd. With a dead main thread
 * memory and signals are those of a live one, all else is the main thread's.
 * Returns 0 or -errno; ret_has_memory as above. */
int process_status_read(int dir_fd, int live_fd, struct buffer *buffer, bool whole, struct process *process,
			bool *ret_has_memory);

#endif
