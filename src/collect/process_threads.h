/* Threads of a process. */
#ifndef CMON_COLLECT_PROCESS_THREADS_H
#define CMON_COLLECT_PROCESS_THREADS_H

#include "base/arena.h"

struct process;
struct thread_times;

/* What a list has of a thread whose stat is in a record of its own: STAT and the policy's word, which are derived here,
 * scheduling and CPU times. Its name borrows from the record.
 * process: whose thread it is; its pid, locked_bytes and FACT_STATE are looked at. ticks_per_s: sysconf(_SC_CLK_TCK). */
void thread_times_of(const struct process *process, struct process *thread, double ticks_per_s,
		     struct thread_times *ret_thread);

/* proc/PID/task/TID/stat: id, name, state, scheduling and CPU times.
 * ticks_per_s: sysconf(_SC_CLK_TCK). process: whose thread it is; its pid, locked_bytes and FACT_STATE are looked at.
 * Returns 0 or -EBADMSG, -ERANGE; the thread is set only on success. */
int task_stat_parse(const char *buffer, size_t length, double ticks_per_s, const struct process *process,
		    struct arena *arena, struct thread_times *ret_thread);

#endif
