/* The line of /proc/PID/stat, and of /proc/PID/statm. */
#ifndef CMON_COLLECT_PROCESS_STAT_H
#define CMON_COLLECT_PROCESS_STAT_H

#include "model/process.h"

/* Parse /proc/PID/stat (or task/TID/stat). The name ends at the last ')': it may hold anything but NUL.
 * process: pid, starttime and every member of the stat group are set; comm borrows from the buffer. Fields behind
 * the 52nd are ignored; exit_code stays as it was where a kernel has fewer (it is the 52nd, Linux 3.5).
 * vms_bytes comes from field 23 and rss_bytes from field 24 (approximate: see FACT_STATM).
 * page_bytes: size of a page. Returns 0 or -EBADMSG, -ERANGE. */
int process_stat_parse(const char *buffer, size_t length, uint64_t page_bytes, struct process *process);

/* Parse /proc/PID/statm: memory in pages to bytes. Returns 0 or -EBADMSG. */
int process_statm_parse(const char *buffer, size_t length, uint64_t page_bytes, struct process *process);

#endif
