/* What is read for the sake of zombies: what those who ought to reap them do, and the time at which they died. */
#ifndef CMON_COLLECT_PROCESS_ZOMBIES_H
#define CMON_COLLECT_PROCESS_ZOMBIES_H

#include "collect/collector.h"
#include "collect/process_detail.h"

/* False when it was learned in an earlier tick when this zombie died, so that FACT_SCHED need not be read again. */
bool process_zombies_want_sched(const struct tick *tick, const struct process *zombie);

/* Complete the list of the tick's snapshot, once all processes are in it with LINEAGE_FACTS:
 * tracer_tgid of zombies whose tracer is in no list, since the kernel names its thread (proc/TID/status: Tgid);
 * FACT_SYSCALL of the processes lineage_culprit_pid names;
 * sched_now_ms of zombies with FACT_SCHED, and snapshot->self_exec_start_ms.
 * The scheduler's clock is asked on the CPU where a zombie died, since the clocks of CPUs drift apart (by 0.1 s in an
 * hour where time was stolen, by far more where the time of interrupts is taken out): the calling thread moves
 * there for a moment. It goes to no CPU it may not use, and for no zombie that may be gone at the next tick. */
void process_zombies_read(struct process_detail *detail, struct tick *tick);

#endif
