#include "collect/process_bpf_threads.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "collect/process_threads.h"
#include "model/snapshot.h"

/* Of one process: first how many, then where. */
struct group {
	uint32_t first, count;
	bool is_same; /* its main thread began when the process did */
};

/* In the order of the pass: ascending by thread, which mixes processes. */
struct seen {
	uint32_t index; /* of the process */
	struct thread_times thread;
};

struct bpf_threads {
	struct bpf_units units;
	double ticks_per_s;
	struct process blank;
	struct process *const *items;
	size_t count;
	struct arena *arena;
	size_t last; /* the process whose thread was seen last */
	struct text last_name;
	struct seen *seen;
	size_t seen_count, seen_capacity;
	struct group *groups;
	size_t groups_capacity;
	struct thread_times *sorted;
};

struct bpf_threads *bpf_threads_new(void)
{
	struct bpf_threads *threads = xcalloc(1, sizeof(*threads));

	threads->ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	threads->units.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	threads->units.ns_per_tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	process_init(&threads->blank);
	return threads;
}

void bpf_threads_free(struct bpf_threads *threads)
{
	if (!threads)
		return;
	free(threads->seen);
	free(threads->groups);
	free(threads);
}

void bpf_threads_begin(struct bpf_threads *threads, struct process *const *items, size_t count, struct arena *arena)
{
	threads->items = items;
	threads->count = count;
	threads->arena = arena;
	threads->last = 0;
	threads->last_name = TEXT_ABSENT;
	threads->seen_count = 0;
	if (count > threads->groups_capacity) {
		threads->groups_capacity = count;
		threads->groups = xreallocarray(threads->groups, count, sizeof(*threads->groups));
	}
	if (count)
		memset(threads->groups, 0, count * sizeof(*threads->groups));
}

/* Mostly that of the thread before, or the next in the list. */
static size_t index_of(struct bpf_threads *threads, int32_t pid)
{
	struct process_list list = {.items = (struct process **)(uintptr_t)threads->items, .count = threads->count};
	size_t index = threads->last;

	if (index < threads->count && threads->items[index]->pid == pid)
		return index;
	if (index + 1 < threads->count && threads->items[index + 1]->pid == pid)
		index++;
	else
		index = process_index(&list, pid);
	if (index != PROCESS_NONE)
		threads->last = index;
	return index;
}

/* Threads that follow each other mostly have the same name. */
static struct text keep_name(struct bpf_threads *threads, struct text name)
{
	if (!threads->last_name.bytes || !text_equal(threads->last_name, name))
		threads->last_name = arena_text(threads->arena, name.bytes, name.length);
	return threads->last_name;
}

/* What /proc/PID/task/TID/stat has of the process. */
static void take_from_process(const struct process *process, struct process *thread)
{
	thread->ppid = process->ppid;
	thread->pgid = process->pgid;
	thread->sid = process->sid;
	thread->tpgid = process->tpgid;
	thread->num_threads = process->num_threads;
}

static struct seen *append(struct bpf_threads *threads)
{
	threads->seen = xgrow(threads->seen, threads->seen_count + 1, &threads->seen_capacity, sizeof(*threads->seen));
	return &threads->seen[threads->seen_count++];
}

int bpf_threads_visit(const struct bpf_thread_record *record, void *context)
{
	struct bpf_threads *threads = context;
	size_t index = index_of(threads, record->head.pid);
	struct bpf_times shown = {0, 0};
	const struct process *process;
	struct process thread;
	struct seen *seen;

	if (index == PROCESS_NONE)
		return 0;
	process = threads->items[index];
	thread = threads->blank;
	bpf_thread_stat(record, &threads->units, &shown, &thread);
	take_from_process(process, &thread);
	seen = append(threads);
	seen->index = (uint32_t)index;
	thread_times_of(process, &thread, threads->ticks_per_s, &seen->thread);
	seen->thread.name = keep_name(threads, thread.comm);
	threads->groups[index].count++;
	if (record->tid == process->pid && thread.starttime == process->starttime)
		threads->groups[index].is_same = true;
	return 0;
}

void bpf_threads_end(struct bpf_threads *threads)
{
	uint32_t first = 0;

	threads->sorted = arena_array(threads->arena, threads->seen_count, sizeof(*threads->sorted));
	for (size_t i = 0; i < threads->count; i++) {
		threads->groups[i].first = first;
		first += threads->groups[i].count;
		threads->groups[i].count = 0;
	}
	for (size_t i = 0; i < threads->seen_count; i++) {
		struct group *group = &threads->groups[threads->seen[i].index];

		threads->sorted[group->first + group->count++] = threads->seen[i].thread;
	}
}

int bpf_threads_collect(struct bpf_threads *threads, struct bpf_reader *reader, int link_fd,
			struct process *const *items, size_t count, struct arena *arena)
{
	int r;

	bpf_threads_begin(threads, items, count, arena);
	r = bpf_threads_read(reader, link_fd, bpf_threads_visit, threads);
	bpf_threads_end(threads);
	return r;
}

bool bpf_threads_fill(const struct bpf_threads *threads, size_t index, struct process *process)
{
	const struct group *group = &threads->groups[index];

	if (!group->is_same)
		return false;
	process->more->threads = (struct list){threads->sorted + group->first, group->count};
	return true;
}
