/* Reading processes from /proc: the source for everybody, and what the BPF source has read of processes that did
 * something. */
#ifndef CMON_COLLECT_PROCESS_PROCFS_H
#define CMON_COLLECT_PROCESS_PROCFS_H

#include "collect/process_reuse.h"

struct procfs;

/* Returns 0 or -errno. root is used until the end. */
int procfs_open(const struct root *root, struct procfs **ret_procfs);
/* NULL is fine. */
void procfs_close(struct procfs *procfs);

/* False for a captured tree and for the /proc of another pid namespace. */
bool procfs_is_live(const struct procfs *procfs);

/* The beginning and the end of a tick. The latter completes what zombies are explained with and notes what was denied. */
void procfs_begin(struct procfs *procfs, struct tick *tick);
void procfs_end(struct procfs *procfs, struct tick *tick);

/* The facts that are read of this process in this tick. */
uint64_t procfs_facts_of(const struct tick *tick, int32_t pid);

/* Read all of it, through one directory that pins it. Returns a new record without a digest, or NULL when it is gone. */
struct process *procfs_read_process(struct procfs *procfs, struct tick *tick, int32_t pid, uint64_t facts);

/* Read these details, PROCESS_DETAIL_FACTS, of a process whose record is there. One that is gone has none of them. */
void procfs_read_more(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process);

/* User and terminal by name, as far as the facts ask for them; the texts live as long as the tick. */
void procfs_look_up_names(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process);

/* Close what procfs_read_list keeps open for its next call. */
void procfs_close_files(struct procfs *procfs);

/* Read the whole list: the tick's part of a source. Returns 0 or -errno. */
int procfs_read_list(struct procfs *procfs, struct tick *tick);

/* True where all processes have to be looked at, not only those the request names. */
bool procfs_needs_all(const struct request *request);

/* True for a process that has to be in the list. */
bool procfs_lists(const struct tick *tick, int32_t pid);

/* The pids of /proc, ascending; valid until the next call of any of these. Returns 0 or -errno. */
int procfs_list_pids(struct procfs *procfs, const struct root *root, const int32_t **ret_pids, size_t *ret_count);

#endif
