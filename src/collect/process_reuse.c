#include "collect/process_reuse.h"

#include <string.h>

#include "base/clock.h"
#include "collect/process_detail.h"

#define READ_AGAIN_NS (UINT64_C(20) * NS_PER_S)
#define READ_AGAIN_SPREAD_NS (UINT64_C(10) * NS_PER_S)

struct process_reuse process_reuse_begin(const struct tick *tick)
{
	return (struct process_reuse){
		.before = tick->previous ? &tick->previous->processes : NULL,
		.now_ns = clock_monotonic_ns(),
	};
}

struct process *process_reuse_find(struct process_reuse *reuse, int32_t pid)
{
	const struct process_list *before = reuse->before;

	if (!before)
		return NULL;
	while (reuse->at < before->count && before->items[reuse->at]->pid < pid)
		reuse->at++;
	return reuse->at < before->count && before->items[reuse->at]->pid == pid ? before->items[reuse->at] : NULL;
}

/* Each process at a time of its own, so that no tick reads all of them. */
bool process_reuse_is_old(const struct process_reuse *reuse, const struct process *process)
{
	uint64_t spread = (uint64_t)process->pid * UINT64_C(2654435761) % READ_AGAIN_SPREAD_NS;

	return reuse->now_ns - process->read_ns > READ_AGAIN_NS + spread;
}

/* Facts that a reading can have: those of zombies alone and what follows from all processes are no sign. */
static bool is_complete(const struct process *process, uint64_t facts)
{
	uint64_t expected = facts & (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATM) |
				     FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_IO));

	return ((process->have | process->denied) & expected) == expected;
}

/* What it has besides is either read anew or carried from one record to the next by model/lineage.c. */
static bool has_more(const struct process *process)
{
	uint64_t known = process->have | process->denied;

	return process->more != &process_more_blank && known & PROCESS_MORE_FACTS & ~PROCESS_APART_FACTS;
}

bool process_reuse_is_possible(const struct process *before, uint64_t facts, uint64_t apart)
{
	return before && before->digest && (before->asked & ~apart) == facts && !(facts & PROCESS_OWN_MORE_FACTS) &&
	       !has_more(before) && before->state != 'Z' && before->state != 'X' && is_complete(before, facts);
}

/* Rates are 0 the second time that nothing happened. Those that nobody asked for are absent. */
static bool is_settled(const struct process *process)
{
	return process->cpu_percent == 0 && !(process->read_bytes_per_s > 0) && !(process->write_bytes_per_s > 0) &&
	       (!process_has(process, FACT_IO) || process->read_bytes_per_s == 0);
}

struct process *process_reuse_copy(const struct process *before)
{
	struct process *copy = process_copy(before);

	/* Never written through: see process_own_more. */
	copy->more = (struct process_more *)(uintptr_t)&process_more_blank;
	copy->have &= ~PROCESS_APART_FACTS;
	copy->denied &= ~PROCESS_APART_FACTS;
	return copy;
}

struct process *process_reuse_take(struct process *before)
{
	if (before->more == &process_more_blank && is_settled(before))
		return process_ref(before);
	return process_reuse_copy(before);
}
