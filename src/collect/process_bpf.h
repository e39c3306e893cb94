/* The process list by BPF iterators: one pass over the kernel's tasks tells what did something, and only that is read
 * from /proc. */
#ifndef CMON_COLLECT_PROCESS_BPF_H
#define CMON_COLLECT_PROCESS_BPF_H

#include "collect/process_procfs.h"

struct process_bpf;

/* procfs is borrowed and must outlive the object. */
struct process_bpf *process_bpf_new(struct procfs *procfs);
/* NULL is fine. */
void process_bpf_free(struct process_bpf *source);

/* The programs that a first tick wants, as BPF_PROGRAM_BITs. */
unsigned int process_bpf_programs(const struct tick *tick);

/* Read from /proc, while the programs may still be loading, what they do not tell exactly: resident and shared memory,
 * of which CPUs keep up to some dozen pages to themselves. Of those whose turn it is, or of all in a first tick of which
 * nothing else is asked than process_bpf_read has in bulk. Comes before process_bpf_read in each tick. */
void process_bpf_prepare(struct process_bpf *source, struct tick *tick);

/* Read the whole list, as procfs_read_list does. Of the programs that of tasks must be there. */
int process_bpf_read(struct process_bpf *source, struct tick *tick);

#endif
