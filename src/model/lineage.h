/* Where processes come from and who fails to bury them: parents, orphans, zombies. Pure functions of snapshots. */
#ifndef CMON_MODEL_LINEAGE_H
#define CMON_MODEL_LINEAGE_H

#include "model/facts.h"
#include "model/snapshot.h"

/* What the rules look at; FACT_LINEAGE brings these. FACT_SCHED is looked at for zombies alone, and
 * then with their sched_now_ms or snapshot->self_exec_start_ms; FACT_SYSCALL and
 * FACT_STATUS for the processes lineage_culprit_pid names, so a source reads no others. */
#define LINEAGE_FACTS                                                                                                  \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_SCHED) | FACT_BIT(FACT_SYSCALL))

/* Age from which a zombie is a reason for alarm, seconds. */
#define ZOMBIE_ALARM_S 5.0

/* Index of each process' parent in the list, PROCESS_NONE where it has none there. Processes are read one after the
 * other, so a ppid may name a later process with a reused pid: one that started after its child is no parent, and
 * a circle is cut. ret_parents: processes->count elements. */
void lineage_parents(const struct process_list *processes, size_t *ret_parents);

/* The process that has to reap this zombie: its tracer (by tracer_tgid where that was looked up, since a tracer is told
 * by the number of its thread), else its parent; 0 when that is outside this pid namespace,
 * ABSENT_I32 when it is not known. */
int32_t lineage_culprit_pid(const struct process *zombie);

/* Note for one process what must be remembered from tick to tick: a parent it lost, who adopted it, since when it is
 * dead. before: the same process in the previous snapshot, or NULL. snapshot->subreapers grows. */
void lineage_carry(const struct process *before, const struct snapshot *previous, struct snapshot *snapshot,
		   struct process *process);

/* Take over the subreapers of the previous snapshot that still live. Comes before lineage_carry. */
void lineage_carry_subreapers(const struct snapshot *previous, struct snapshot *snapshot);

/* Whether nothing that the classes of processes follow from has changed for one of them. Where that is so for all, and
 * nobody came, went or was found to adopt others, what lineage_carry took over is right. */
bool lineage_is_same(const struct process *before, const struct process *process);

/* Explain every zombie alone: zombie_*. */
void lineage_explain(struct snapshot *snapshot, double since_boot_s);

/* Classify every process and explain every zombie, after lineage_carry was done for all: orphan*, former_parent*,
 * group_orphaned, zombie_*. Adds FACT_LINEAGE to `have`.
 * since_boot_s: CLOCK_BOOTTIME at the reading of the processes; NaN: not known. */
void lineage_derive(struct snapshot *snapshot, double since_boot_s);

/* Name of a class as in the JSON: "proven". */
struct text orphan_class_name(enum orphan_class orphan_class);

/* What is shown beside the process: "ORPHAN", "ORPHAN?", "orphan?", "detached", "injected"; "" for none. */
const char *orphan_class_badge(enum orphan_class orphan_class);

/* True for the classes that are certain: observed and proven. */
static inline bool orphan_class_is_certain(enum orphan_class orphan_class)
{
	return orphan_class == ORPHAN_OBSERVED || orphan_class == ORPHAN_PROVEN;
}

#endif
