#include "collect/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "collect/bpf_programs.h"
#include "collect/collector.h"
#include "collect/connections.h"
#include "collect/slow.h"
#include "model/derive.h"
#include "model/lineage.h"

static const struct collector *const collectors[] = {
#define COLLECTOR(name) &collector_##name,
#include "collect/collectors.def"
#undef COLLECTOR
};

#define COLLECTOR_COUNT (sizeof(collectors) / sizeof(collectors[0]))

struct collect {
	const struct root *root;
	struct bpf_programs *programs;
	struct slow *slow;
	struct {
		void *state;
		bool open;
	} opened[COLLECTOR_COUNT];
};

struct collect *collect_open(const struct root *root)
{
	struct collect *collect = xcalloc(1, sizeof(*collect));

	collect->root = root;
	collect->slow = slow_start();
	collect->programs = bpf_programs_new();
	/* They look at this machine's processes, not at those of a captured tree. */
	if (!root_is_live(root))
		bpf_programs_give_up(collect->programs, -EOPNOTSUPP);
	return collect;
}

void collect_close(struct collect *collect)
{
	if (!collect)
		return;
	for (size_t i = 0; i < COLLECTOR_COUNT; i++) {
		if (collect->opened[i].open && collectors[i]->close)
			collectors[i]->close(collect->opened[i].state);
	}
	bpf_programs_free(collect->programs);
	slow_stop(collect->slow);
	free(collect);
}

static int open_collector(struct collect *collect, size_t index)
{
	const struct collector *collector = collectors[index];

	if (!collect->opened[index].open && collector->open) {
		int r = collector->open(collect->root, &collect->opened[index].state);

		if (r < 0)
			return r;
	}
	collect->opened[index].open = true;
	return 0;
}

static int read_collector(struct collect *collect, size_t index, struct tick *tick)
{
	int r = open_collector(collect, index);

	return r < 0 ? r : collectors[index]->read(collect->opened[index].state, tick);
}

static void prepare_collectors(struct collect *collect, struct tick *tick)
{
	for (size_t i = 0; i < COLLECTOR_COUNT; i++) {
		if (collectors[i]->prepare && collectors[i]->sections & tick->request->sections &&
		    open_collector(collect, i) == 0)
			collectors[i]->prepare(collect->opened[i].state, tick);
	}
}

static enum source_state state_of_error(int r)
{
	switch (-r) {
	case 0: return SOURCE_OK;
	case ENOENT:
	case EOPNOTSUPP: return SOURCE_ABSENT;
	case EACCES:
	case EPERM: return SOURCE_DENIED;
	default: return SOURCE_BROKEN;
	}
}

static const struct text state_names[] = {
	[SOURCE_OK] = TEXT_LITERAL("ok"),
	[SOURCE_ABSENT] = TEXT_LITERAL("absent"),
	[SOURCE_DENIED] = TEXT_LITERAL("denied"),
	[SOURCE_BROKEN] = TEXT_LITERAL("broken"),
};

/* Run one collector and note how it fared. What is merely absent on this machine is no error. */
static void run_collector(struct collect *collect, size_t index, struct tick *tick, struct source_status *status)
{
	uint64_t start = clock_monotonic_ns();
	int r = read_collector(collect, index, tick);

	*status = (struct source_status){
		.name = text_of(collectors[index]->name),
		.state = state_of_error(r),
		.error = -r,
		.read_ns = start,
		.duration_ms = (double)(clock_monotonic_ns() - start) / 1e6,
	};
	status->status = state_names[status->state];
	if (status->state == SOURCE_DENIED || status->state == SOURCE_BROKEN)
		snapshot_error(tick->snapshot, collectors[index]->name, -r, "%s", strerror(-r));
}

/* Facts that others stand on. */
static uint64_t complete_facts(uint64_t facts)
{
	if (facts & FACT_BIT(FACT_LINEAGE))
		facts |= LINEAGE_FACTS;
	if (facts & FACT_BIT(FACT_SMAPS))
		facts |= FACT_BIT(FACT_STATM);
	/* Whether the memory of its threads is locked is told by the process. */
	if (facts & FACT_BIT(FACT_THREADS))
		facts |= FACT_BIT(FACT_STATE);
	if (facts & FACT_BIT(FACT_STATUS))
		facts |= FACT_BIT(FACT_STATE);
	return facts | FACT_BIT(FACT_STAT);
}

/* Processes need the boot time for their start and the size of memory for their share of it. */
static uint32_t complete_sections(const struct request *request)
{
	uint32_t sections = request->sections;

	if ((request->facts | request->detail_facts) & FACT_BIT(FACT_CONNECTIONS) && sections & SECTION_BIT(SECTION_PROCESSES))
		sections |= SECTION_BIT(SECTION_CONNECTIONS);
	if (sections & SECTION_BIT(SECTION_PROCESSES))
		sections |= SECTION_BIT(SECTION_HOST) | SECTION_BIT(SECTION_MEMORY);
	return sections;
}

/* One helper loads what all of them want. */
static void load_programs(struct tick *tick)
{
	unsigned int wanted = 0;

	if (!bpf_programs_pay(tick->request))
		return;
	for (size_t i = 0; i < COLLECTOR_COUNT; i++) {
		if (collectors[i]->programs && collectors[i]->sections & tick->request->sections)
			wanted |= collectors[i]->programs(tick);
	}
	bpf_programs_take(tick->programs, 0);
	bpf_programs_want(tick->programs, wanted);
}

static void run_collectors(struct collect *collect, struct tick *tick)
{
	struct snapshot *snapshot = tick->snapshot;
	struct source_status *statuses = arena_array(&snapshot->arena, COLLECTOR_COUNT, sizeof(*statuses));

	snapshot->collectors.items = statuses;
	for (size_t i = 0; i < COLLECTOR_COUNT; i++) {
		if (!(collectors[i]->sections & tick->request->sections))
			continue;
		run_collector(collect, i, tick, &statuses[snapshot->collectors.count]);
		snapshot->collectors.count++;
	}
}

static struct request complete_request(const struct request *request)
{
	struct request complete = *request;

	complete.facts = complete_facts(request->facts);
	if (request->detail_pid)
		complete.detail_facts = complete_facts(request->detail_facts);
	complete.sections = complete_sections(request);
	return complete;
}

bool collect_await_programs(struct collect *collect, const struct request *request)
{
	struct request complete = complete_request(request);
	struct tick tick = {.root = collect->root, .request = &complete, .programs = collect->programs};

	if (!bpf_programs_save_time(request))
		return false;
	load_programs(&tick);
	return bpf_programs_obtain(collect->programs, &complete, BPF_PROGRAM_TASKS) >= 0;
}

struct snapshot *collect_tick(struct collect *collect, const struct request *request, const struct snapshot *previous)
{
	struct snapshot *snapshot = snapshot_new();
	struct request complete = complete_request(request);
	struct tick tick = {
		.root = collect->root,
		.request = &complete,
		.previous = previous,
		.snapshot = snapshot,
		.programs = collect->programs,
		.slow = collect->slow,
	};
	uint64_t start;

	load_programs(&tick);
	prepare_collectors(collect, &tick);
	start = clock_monotonic_ns();
	tick.slow_deadline_ns = start + (uint64_t)(request->slow_wait_s * (double)NS_PER_S);
	snapshot->sections = complete.sections;
	snapshot->facts = complete.facts;
	snapshot->version = TEXT_LITERAL(CMON_VERSION);
	snapshot->timestamp = clock_real_s();
	snapshot->monotonic = (double)start / NS_PER_S;
	snapshot->errors.items = arena_array(&snapshot->arena, 1, sizeof(struct source_error));
	if (previous)
		snapshot->interval = snapshot->monotonic - previous->monotonic;
	run_collectors(collect, &tick);
	if ((complete.facts | complete.detail_facts) & FACT_BIT(FACT_CONNECTIONS))
		connections_attach(snapshot);
	snapshot_derive(previous, snapshot);
	snapshot->collect_ms = (double)(clock_monotonic_ns() - start) / 1e6;
	return snapshot;
}
