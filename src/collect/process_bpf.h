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

/* Read the whole list, as procfs_read_list does. Of the programs that of tasks must be there. */
int process_bpf_read(struct process_bpf *source, struct tick *tick);

#endif
