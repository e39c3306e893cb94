#include "collect/process_unseen.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "model/lineage.h"

#define LIST_AGAIN_NS (UINT64_C(30) * NS_PER_S)
#define LIST_SOONER_NS (UINT64_C(5) * NS_PER_S) /* where a parent is missing */

struct pids {
	int32_t *items;
	size_t count, capacity;
};

struct process_unseen {
	struct procfs *procfs;
	uint64_t ns_per_tick;
	struct pids known;
	struct pids missing;  /* those to be looked at, while that is done */
	uint64_t compared_ns; /* monotonic: when /proc and a pass were compared last; 0: never */
};

/* Of one call. */
struct addition {
	struct process_unseen *unseen;
	struct tick *tick;
	uint64_t apart, since_ns;
	struct process_items *list;
};

struct process_unseen *process_unseen_new(struct procfs *procfs)
{
	struct process_unseen *unseen = xcalloc(1, sizeof(*unseen));

	unseen->procfs = procfs;
	unseen->ns_per_tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	return unseen;
}

void process_unseen_free(struct process_unseen *unseen)
{
	if (!unseen)
		return;
	free(unseen->known.items);
	free(unseen->missing.items);
	free(unseen);
}

static void append(struct pids *pids, int32_t pid)
{
	pids->items = xgrow(pids->items, pids->count + 1, &pids->capacity, sizeof(*pids->items));
	pids->items[pids->count++] = pid;
}

/* Returns whether the pid is asked for, lives, was there before the pass and was passed over. */
static bool add_process(const struct addition *to, int32_t pid)
{
	uint64_t facts = procfs_facts_of(to->tick, pid) & ~to->apart;
	struct process *process;

	if (!procfs_lists(to->tick, pid) || process_items_find(to->list, pid) != PROCESS_NONE)
		return false;
	process = procfs_read_process(to->unseen->procfs, to->tick, pid, facts);
	if (!process)
		return false;
	if (process->starttime * to->unseen->ns_per_tick >= to->since_ns) {
		process_unref(process);
		return false;
	}
	process_items_insert(to->list, process);
	return true;
}

static void add_known(const struct addition *to)
{
	struct pids *known = &to->unseen->known;
	size_t kept = 0;

	for (size_t i = 0; i < known->count; i++) {
		if (add_process(to, known->items[i]))
			known->items[kept++] = known->items[i];
	}
	known->count = kept;
}

static void add_new(const struct addition *to, int32_t pid)
{
	if (add_process(to, pid))
		append(&to->unseen->known, pid);
}

static bool lacks_a_parent(const struct process_items *list)
{
	size_t at = PROCESS_NONE;

	for (size_t i = 0; i < list->count; i++) {
		int32_t ppid = list->items[i]->ppid;

		if (ppid <= 0 || (at != PROCESS_NONE && list->items[at]->pid == ppid))
			continue;
		at = process_items_find(list, ppid);
		if (at == PROCESS_NONE)
			return true;
	}
	return false;
}

/* Both ascend by pid. */
static void compare(const struct addition *to, uint64_t now_ns)
{
	struct pids *missing = &to->unseen->missing;
	const int32_t *pids;
	size_t count, at = 0;

	to->unseen->compared_ns = now_ns;
	if (procfs_list_pids(to->unseen->procfs, to->tick->root, &pids, &count) < 0)
		return;
	missing->count = 0;
	for (size_t i = 0; i < count; i++) {
		while (at < to->list->count && to->list->items[at]->pid < pids[i])
			at++;
		if (at == to->list->count || to->list->items[at]->pid != pids[i])
			append(missing, pids[i]);
	}
	for (size_t i = 0; i < missing->count; i++)
		add_new(to, missing->items[i]);
}

/* The first time: mostly none is missing, or pid 1 alone, which the parents tell for a tenth of what listing /proc takes. */
static void look_for_init(const struct addition *to, uint64_t now_ns)
{
	if (!to->list->count || to->list->items[0]->pid != 1)
		add_new(to, 1);
	if (!lacks_a_parent(to->list))
		to->unseen->compared_ns = now_ns;
}

void process_unseen_add(struct process_unseen *unseen, struct tick *tick, uint64_t apart, uint64_t since_ns,
			struct process_items *list)
{
	struct addition to = {unseen, tick, apart, since_ns, list};
	uint64_t now_ns = tick->snapshot->processes.read_ns, passed_ns;

	add_known(&to);
	if (!unseen->compared_ns)
		look_for_init(&to, now_ns);
	passed_ns = now_ns - unseen->compared_ns;
	if (passed_ns > LIST_AGAIN_NS || (passed_ns > LIST_SOONER_NS && lacks_a_parent(list)))
		compare(&to, now_ns);
}
