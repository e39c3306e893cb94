/* I/O counters of a process. */
#ifndef CMON_COLLECT_PROCESS_IO_H
#define CMON_COLLECT_PROCESS_IO_H

#include <stddef.h>

struct process;

/* proc/PID/io: the io_ members of the process, bytes and counts since its start, threads that ended included.
 * Returns 0, or -EBADMSG when one of the six is missing or malformed; then none is set. */
int io_parse(const char *buffer, size_t length, struct process *process);

#endif
