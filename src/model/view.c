#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "model/view_private.h"

struct view *view_new(void)
{
	return xcalloc(1, sizeof(struct view));
}

void view_free(struct view *view)
{
	if (!view)
		return;
	snapshot_unref(view->snapshot);
	free(view->rows);
	free(view->totals);
	free(view->items);
	free(view->others);
	free(view->shown);
	free(view->matched);
	free(view->row_of);
	free(view->links);
	free(view->path);
	free(view->folded);
	free(view);
}

const struct view_row *view_rows(const struct view *view, size_t *ret_count)
{
	*ret_count = view->row_count;
	return view->rows;
}

static size_t larger_capacity(size_t capacity, size_t count)
{
	if (!capacity)
		capacity = 256;
	while (capacity < count)
		capacity *= 2;
	return capacity;
}

static void reserve(struct view *view, size_t count)
{
	size_t capacity = larger_capacity(view->capacity, count);

	if (capacity == view->capacity)
		return;
	view->items = xreallocarray(view->items, capacity, sizeof(*view->items));
	view->shown = xreallocarray(view->shown, capacity, sizeof(*view->shown));
	view->matched = xreallocarray(view->matched, capacity, sizeof(*view->matched));
	view->row_of = xreallocarray(view->row_of, capacity, sizeof(*view->row_of));
	view->path = xreallocarray(view->path, capacity, sizeof(*view->path));
	view->capacity = capacity;
}

static void reserve_links(struct view *view, size_t count)
{
	size_t capacity = larger_capacity(view->links_capacity, count + 1);

	if (capacity == view->links_capacity)
		return;
	view->links = xreallocarray(view->links, capacity, sizeof(*view->links));
	view->links_capacity = capacity;
}

/* Threads */

static bool is_main_thread(const struct process *process, size_t at)
{
	return LIST_ITEMS(process->more->threads, const struct thread_times)[at].id == process->pid;
}

size_t view_thread_count(const struct view *view, const struct process *process)
{
	size_t count = 0;

	if (!view->threads || !process_has(process, FACT_THREADS))
		return 0;
	for (size_t i = 0; i < process->more->threads.count; i++)
		count += !is_main_thread(process, i);
	return count;
}

static void reserve_rows(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;
	size_t count = processes->count;

	for (size_t i = 0; view->threads && i < processes->count; i++)
		count += view_thread_count(view, processes->items[i]);
	if (view->rows && count <= view->row_capacity)
		return;
	view->row_capacity = count + count / 2 + 1;
	view->rows = xreallocarray(view->rows, view->row_capacity, sizeof(*view->rows));
}

static uint64_t ticks_of(double seconds)
{
	return (uint64_t)llround(seconds * (double)sysconf(_SC_CLK_TCK));
}

void view_thread_process(const struct process *process, const struct thread_times *thread, struct process *ret_process)
{
	process_init(ret_process);
	ret_process->have = process->have & (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_USERNAME));
	ret_process->pid = thread->id;
	ret_process->tgid = process->pid;
	ret_process->starttime = process->starttime;
	ret_process->username = process->username;
	ret_process->comm = thread->name;
	ret_process->state = thread->state;
	memcpy(ret_process->stat, thread->stat, sizeof(ret_process->stat));
	ret_process->nice = thread->nice;
	ret_process->processor = thread->processor;
	ret_process->policy = thread->policy;
	ret_process->is_kernel = 0;
	ret_process->utime = ticks_of(thread->user_time);
	ret_process->stime = ticks_of(thread->system_time);
	ret_process->cpu_total_s = thread->user_time + thread->system_time;
	ret_process->cpu_percent = thread->cpu_percent;
}

/* Rows */

static void append_threads(struct view *view, uint32_t index, size_t count)
{
	const struct process *process = view->snapshot->processes.items[index];
	uint32_t parent = view->row_of[index];
	bool has_children = view->tree && view->links[index].first_child != VIEW_NONE;

	for (size_t i = 0; count > 0 && i < process->more->threads.count; i++) {
		if (is_main_thread(process, i))
			continue;
		count--;
		view->rows[view->row_count++] = (struct view_row){
			.index = index,
			.thread = (uint32_t)i,
			.parent = parent,
			.depth = view->rows[parent].depth + 1,
			.is_last = count == 0 && !has_children,
			.is_context = !view->matched[index],
		};
	}
}

/* parent: its row, or VIEW_NONE. */
static void append_row(struct view *view, uint32_t index, const struct link *link, uint32_t parent)
{
	const struct process *process = view->snapshot->processes.items[index];
	size_t threads = view_thread_count(view, process);
	bool folded = view->tree && (link->size > 1 || threads > 0) && view_is_folded(view, view_identity(process));

	view->row_of[index] = (uint32_t)view->row_count;
	view->rows[view->row_count++] = (struct view_row){
		.index = index,
		.thread = VIEW_NONE,
		.parent = parent,
		.depth = parent == VIEW_NONE ? 0 : view->rows[parent].depth + 1,
		.descendants = link->size - 1,
		.is_last = link->next_sibling == VIEW_NONE,
		.is_folded = folded,
		.is_context = !view->matched[index],
	};
	if (!folded)
		append_threads(view, index, threads);
}

static void build_tree(struct view *view, const struct view_options *options)
{
	size_t count = view_make_tree(view, options);

	for (size_t i = 0; i < count;) {
		uint32_t index = view->path[i];
		const struct link *link = &view->links[index];

		append_row(view, index, link, link->parent == VIEW_NONE ? VIEW_NONE : view->row_of[link->parent]);
		i += view->rows[view->row_of[index]].is_folded ? link->size : 1;
	}
}

static void build_list(struct view *view, const struct view_options *options)
{
	const struct link alone = {VIEW_NONE, VIEW_NONE, VIEW_NONE, 1};
	size_t count = view->snapshot->processes.count;

	if (options->has_root) {
		view_find_parents(view);
		view_restrict(view, options);
	}
	for (size_t i = 0; i < count; i++) {
		view->shown[i] = view->matched[i];
		view->row_of[i] = VIEW_NONE;
	}
	view_sort(view, options);
	for (size_t i = 0; i < view->item_count; i++)
		append_row(view, view->items[i].index, &alone, VIEW_NONE);
}

static void choose(struct view *view, const struct view_options *options)
{
	const struct process_list *processes = &view->snapshot->processes;

	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = processes->items[i];

		view->shown[i] = !options->hide_kernel || process->is_kernel != 1;
		view->matched[i] =
			view->shown[i] && (!options->match || options->match(process, options->match_context));
	}
}

/* The snapshot is kept to look processes up in; the cast leaves its contents as const as before. */
static void keep_snapshot(struct view *view, const struct snapshot *snapshot)
{
	struct snapshot *old = view->snapshot;

	view->snapshot = snapshot_ref((struct snapshot *)(uintptr_t)snapshot);
	snapshot_unref(old);
}

void view_build(struct view *view, const struct snapshot *snapshot, const struct view_options *options)
{
	keep_snapshot(view, snapshot);
	reserve(view, snapshot->processes.count);
	if (options->tree || options->has_root)
		reserve_links(view, snapshot->processes.count);
	view->row_count = 0;
	view->tree = options->tree;
	view->threads = options->threads;
	view->has_totals = view->is_rooted = false;
	reserve_rows(view);
	if (view->folded_count > 0 && snapshot->processes.count > 0)
		view_forget_gone(view);
	choose(view, options);
	if (options->tree)
		build_tree(view, options);
	else
		build_list(view, options);
}

uint32_t view_find(const struct view *view, struct identity identity)
{
	uint32_t at;

	if (!view->snapshot || !snapshot_find(view->snapshot, identity.pid, identity.starttime))
		return VIEW_NONE;
	at = (uint32_t)process_index(&view->snapshot->processes, identity.pid);
	if (!view->shown[at])
		return VIEW_NONE;
	while (view->row_of[at] == VIEW_NONE && view->links[at].parent != VIEW_NONE)
		at = view->links[at].parent;
	return view->row_of[at];
}

uint32_t view_find_thread(const struct view *view, struct identity identity, int32_t thread)
{
	uint32_t row = view_find(view, identity), index;
	const struct thread_times *threads;

	if (row == VIEW_NONE || thread == 0)
		return row;
	index = view->rows[row].index;
	threads = LIST_ITEMS(view->snapshot->processes.items[index]->more->threads, const struct thread_times);
	for (size_t i = row + 1u; i < view->row_count && view->rows[i].index == index; i++) {
		if (threads[view->rows[i].thread].id == thread)
			return (uint32_t)i;
	}
	return row;
}

bool view_is_rooted(const struct view *view)
{
	return view->is_rooted;
}
