/* Snapshots made by hand, for tests of what is derived from them. */
#ifndef CMON_TESTS_MADE_H
#define CMON_TESTS_MADE_H

#include "model/snapshot.h"

/* An empty snapshot with room for `capacity` processes, whose list was read at this monotonic time. */
struct snapshot *made_snapshot(double read_s, size_t capacity);

/* Clear a process, with a `more` of its own that serves until the 256th such call after it. */
void made_init(struct process *process);

/* Append a process of which nothing is known, with a `more` of its own. */
struct process *made_record(struct snapshot *snapshot);

/* Append an ordinary sleeping process with its own session and group, started at `pid` ticks since boot, with what
 * proc/PID/stat and status give. Call with ascending pids. */
struct process *made_process(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name);

/* Take the process at this place out of the list. */
void made_remove(struct snapshot *snapshot, size_t index);

/* Leave only the first `count` processes. */
void made_truncate(struct snapshot *snapshot, size_t count);

/* Say that a collector ran at this monotonic time. At most 8 a snapshot. */
void made_collector(struct snapshot *snapshot, const char *name, double read_s);

/* A list with room for count items. */
struct list made_list(struct snapshot *snapshot, size_t count, size_t size);

#endif
