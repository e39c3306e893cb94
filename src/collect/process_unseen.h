/* Processes that /proc lists and the iterator of BPF passes over: a kernel may keep some from BPF programs, as sandboxes
 * do with pid 1. */
#ifndef CMON_COLLECT_PROCESS_UNSEEN_H
#define CMON_COLLECT_PROCESS_UNSEEN_H

#include "collect/process_items.h"
#include "collect/process_procfs.h"

struct process_unseen;

/* procfs is borrowed and must outlive the object. */
struct process_unseen *process_unseen_new(struct procfs *procfs);
/* NULL is fine. */
void process_unseen_free(struct process_unseen *unseen);

/* Insert them, read from /proc, into a list as the pass left it, without gaps. Which they are is looked up every 30 s,
 * and after 5 s where a parent is missing.
 * apart: facts that need not be read with the records; since_ns: CLOCK_BOOTTIME before the pass, whoever is younger may
 * have come behind it. The snapshot's processes.read_ns must be set. */
void process_unseen_add(struct process_unseen *unseen, struct tick *tick, uint64_t apart, uint64_t since_ns,
			struct process_items *list);

#endif
