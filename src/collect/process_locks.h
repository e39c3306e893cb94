/* Locks of files that a process holds or waits for. */
#ifndef CMON_COLLECT_PROCESS_LOCKS_H
#define CMON_COLLECT_PROCESS_LOCKS_H

#include "base/arena.h"
#include "base/parse.h"
#include "model/process.h"

/* One line of proc/locks: "1: POSIX  ADVISORY  WRITE 1234 fe:00:567 0 EOF", with "-> " behind the number of what waits;
 * proc/PID/fdinfo/FD has the same behind "lock:". Device numbers are hexadecimal there.
 * ret_lock: all but fd and path; texts live in the arena. ret_pid: who made it; -1 for locks of open file descriptions,
 * which belong to no process. Returns 0 or -EBADMSG, -ERANGE. */
int lock_parse(struct cursor line, struct arena *arena, struct file_lock *ret_lock, int32_t *ret_pid);

#endif
