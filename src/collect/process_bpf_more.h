/* What BPF iterators tell of all processes in a pass of its own: threads and open files. It is added to the records of
 * the list, which are read without it. */
#ifndef CMON_COLLECT_PROCESS_BPF_MORE_H
#define CMON_COLLECT_PROCESS_BPF_MORE_H

#include "collect/process_procfs.h"

struct process_bpf_more;

/* procfs is borrowed and must outlive the object. */
struct process_bpf_more *process_bpf_more_new(struct procfs *procfs);
/* NULL is fine. */
void process_bpf_more_free(struct process_bpf_more *more);

/* The programs for what the tick asks of all processes, as BPF_PROGRAM_BITs. */
unsigned int process_bpf_more_programs(const struct tick *tick);

/* The facts that need not be read with the records: those whose programs are loaded. Waits for them as long as the
 * request allows; what comes later is read from /proc in this tick. */
uint64_t process_bpf_more_facts(const struct tick *tick);

/* Before the pass over processes: who is in the list and older than this has had its pid all the time.
 * facts: as above. */
void process_bpf_more_begin(struct process_bpf_more *more, struct tick *tick, uint64_t facts);

/* Behind it: give every process of the list, which ascends by pid, the facts; a record that is in another list, too,
 * becomes a copy. What the programs may have missed is read from /proc. */
void process_bpf_more_add(struct process_bpf_more *more, struct tick *tick, struct process **items, size_t count);

#endif
