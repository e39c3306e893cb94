/* The costly details of one process: what is read only when it is asked for, by the descriptor of its directory. */
#ifndef CMON_COLLECT_PROCESS_DETAIL_H
#define CMON_COLLECT_PROCESS_DETAIL_H

#include "base/arena.h"
#include "base/root.h"
#include "model/process.h"

/* Buffers and libproc2's object: one for each thread that reads. */
struct process_detail;

/* The facts process_detail_read knows; others in its argument are left alone. */
#define PROCESS_DETAIL_FACTS                                                                                           \
	(FACT_BIT(FACT_EXE) | FACT_BIT(FACT_CWD) | FACT_BIT(FACT_ROOT) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_NUM_FDS) |  \
	 FACT_BIT(FACT_OPEN_FILES) | FACT_BIT(FACT_ENVIRON) | FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_MAPS) |             \
	 FACT_BIT(FACT_THREADS) | FACT_BIT(FACT_AFFINITY) | FACT_BIT(FACT_IONICE) | FACT_BIT(FACT_LIMITS) |            \
	 FACT_BIT(FACT_CGROUP) | FACT_BIT(FACT_WCHAN) | FACT_BIT(FACT_SYSCALL) | FACT_BIT(FACT_SCHED) |                \
	 FACT_BIT(FACT_NAMESPACES) | FACT_BIT(FACT_GROUPS) | FACT_BIT(FACT_AUTOGROUP) | FACT_BIT(FACT_OOM) |           \
	 FACT_BIT(FACT_UNIT) | FACT_BIT(FACT_LOCKS))

/* Read of few processes only: of zombies, and of those who ought to reap them. */
#define PROCESS_RARE_FACTS (FACT_BIT(FACT_SCHED) | FACT_BIT(FACT_SYSCALL))

/* Facts that are in a record's `more`, and those for which every record has one of its own. */
#define PROCESS_MORE_FACTS                                                                                             \
	(FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_CONNECTIONS) | FACT_BIT(FACT_FAMILY) |                                  \
	 (PROCESS_DETAIL_FACTS & ~FACT_BIT(FACT_IO)))
#define PROCESS_OWN_MORE_FACTS (PROCESS_MORE_FACTS & ~PROCESS_RARE_FACTS)

/* root: tells whether the directories given to process_detail_read belong to the /proc of this pid namespace, so that
 * system calls and libproc2, which take a pid, mean the same process. In captured trees only files are read. It is
 * not kept. Returns 0; libproc2 that does not start is done without. */
int process_detail_open(const struct root *root, struct process_detail **ret_detail);

/* A new tick: what serves all processes, as proc/locks does, is read again, when it is asked for. */
void process_detail_begin(struct process_detail *detail);

/* NULL is fine. */
void process_detail_close(struct process_detail *detail);

/* Whether they do: false for captured trees and for the /proc of another namespace. */
bool process_detail_is_live(const struct process_detail *detail);

/* The directory of a thread that lives, and so has the memory and files of its process: for one whose main thread has
 * exited. dir_fd: /proc/PID; the arena serves for a list of names.
 * Returns a descriptor to be closed (O_PATH), -ENOENT when all threads are dead, or -errno. */
int process_live_thread_open(int dir_fd, struct arena *arena);

/* Read details of one process.
 * dir_fd: open descriptor of /proc/PID (O_PATH will do). It pins the process: after its end, reads below it fail even
 * when the pid has been given to another, and values taken by pid are dropped when it no longer answers.
 * facts: FACT_BITs; see PROCESS_DETAIL_FACTS.
 * process: pid, starttime, state, num_threads and is_kernel are set already. The members of each fact are set, with
 * its bit in `have`; a fact the kernel denies (EACCES, EPERM) gets its bit in `denied`; one that does not exist for
 * this process or on this machine gets neither. Texts and lists are allocated from the arena.
 * A main thread that has exited while others run (state Z, several threads) has its files and memory read through a
 * live thread.
 * Returns 0, or -ESRCH when the process is gone: then nothing in it may be used. */
int process_detail_read(struct process_detail *detail, int dir_fd, uint64_t facts, struct process *process,
			struct arena *arena);

#endif
