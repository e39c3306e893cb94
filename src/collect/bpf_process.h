/* What /proc would say of a process or thread at the moment a BPF record was made of it. Pure functions. */
#ifndef CMON_COLLECT_BPF_PROCESS_H
#define CMON_COLLECT_BPF_PROCESS_H

#include <stdbool.h>

#include "bpf/records.h"
#include "model/process.h"

struct bpf_units {
	uint64_t page_bytes;  /* sysconf(_SC_PAGESIZE) */
	uint64_t ns_per_tick; /* 10^9 / sysconf(_SC_CLK_TCK) */
};

/* User and system time as they were shown: neither ever goes back. */
struct bpf_times {
	uint64_t utime_ns, stime_ns;
};

/* The letter of stat. exit_state: 0 for what lives. */
char bpf_state_letter(uint32_t state, uint32_t exit_state);

/* Split run_ns in the ratio of utime to stime as the kernel does (kernel/sched/cputime.c, cputime_adjust).
 * kernel: what it printed last. shown: what we showed last of the same process, {0, 0} at first; updated. */
void bpf_times_adjust(uint64_t run_ns, struct bpf_times seen, struct bpf_times kernel, struct bpf_times *shown);

/* All that process_stat_parse fills from proc/PID/stat, and run_ns; of a main thread that has exited, main_exited, too.
 * comm borrows from the record: see bpf_name_is_cut. rss_bytes is approximate, as in stat. Unlike there, exit_code is
 * not hidden.
 * shown: as above. */
void bpf_process_stat(const struct bpf_task_record *task, const struct bpf_units *units, struct bpf_times *shown,
		      struct process *process);

/* Whether /proc has a longer name than the record: a kernel worker's tells what it works on, that of another kernel
 * thread may have been too long. */
bool bpf_name_is_cut(uint32_t flags, const char comm[16]);

/* Whether the sums of the record's threads (run_ns, utime, stime, minflt, majflt, I/O) may be wrong, so that stat and io
 * must be read. run_ns is absent then. */
bool bpf_process_is_torn(const struct bpf_task_record *task);

/* FACT_STATE: real uid, tracer and its process, number and depth in nested pid namespaces, locked memory. */
void bpf_process_state(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process);

/* Of FACT_STATUS: ids, umask, seccomp, switches, pending and blocked signals, effective capabilities, huge pages, peak of
 * the address space. That of RSS may lack a little (peak_rss_bytes); what is in swap, too. Ignored and caught signals
 * and the kinds of RSS are not there. */
void bpf_process_status(const struct bpf_task_record *task, const struct bpf_units *units, struct process_more *more);

/* Of proc/PID/statm: sizes; resident and shared are approximate (before Linux 6.16 they are in statm, too).
 * Returns whether they are known: not of a process whose main thread has exited while others run. */
bool bpf_process_statm(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process);

/* proc/PID/io. Returns whether the kernel counts it. */
bool bpf_process_io(const struct bpf_task_record *task, struct process *process);

/* What task_stat_parse takes from proc/PID/task/TID/stat of the thread into a process: pid (the thread's), state,
 * scheduling, flags, start, times, faults, comm, which borrows; and run_ns. */
void bpf_thread_stat(const struct bpf_thread_record *thread, const struct bpf_units *units, struct bpf_times *shown,
		     struct process *process);

#endif
