#include "model/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

/* What is compared while sorting: numbers, and the first eight bytes of texts, as one integer in the same order. */
struct sort_item {
	uint64_t key;
	struct text text;
	uint32_t index;
	bool absent;
};

/* Links of one process, by its index in the snapshot; links[n] is the root of all roots. */
struct link {
	uint32_t parent, first_child, next_sibling;
	uint32_t size; /* of the subtree, itself included */
	uint32_t row;
	bool shown, matched;
};

/* Fields that are summed; a process has bits of these, and sums of its subtree in this order. */
static const enum field_id total_fields[] = {
	FIELD_ID_CPU_PERCENT, FIELD_ID_MEMORY_PERCENT, FIELD_ID_RSS, FIELD_ID_CPU_TIME,
	FIELD_ID_READ_RATE, FIELD_ID_WRITE_RATE, FIELD_ID_NUM_THREADS,
};

#define TOTAL_COUNT (sizeof(total_fields) / sizeof(total_fields[0]))

struct totals {
	double sums[TOTAL_COUNT]; /* NaN: none is known */
	uint8_t denied;           /* bit n: sums[n] lacks somebody's */
};

_Static_assert(TOTAL_COUNT <= 8, "totals.denied has a bit for each");

struct view {
	struct view_row *rows;
	size_t row_count, row_capacity;
	struct totals *totals;
	size_t totals_capacity;
	struct sort_item *items;
	size_t item_count;
	struct link *links;
	uint32_t *path; /* indexes: the way up from a process, later all processes in the tree's order */
	size_t capacity; /* processes all these have room for */
	struct identity *folded; /* ascending */
	size_t folded_count, folded_capacity;
	struct snapshot *snapshot;
	bool tree, threads, has_totals, is_rooted;
};

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

static void reserve(struct view *view, size_t count)
{
	size_t capacity = view->capacity ? view->capacity : 256;

	if (view->links && count <= view->capacity)
		return;
	while (capacity < count)
		capacity *= 2;
	view->items = xreallocarray(view->items, capacity, sizeof(*view->items));
	view->links = xreallocarray(view->links, capacity + 1, sizeof(*view->links));
	view->path = xreallocarray(view->path, capacity, sizeof(*view->path));
	view->capacity = capacity;
}

/* Threads */

static bool is_main_thread(const struct process *process, size_t at)
{
	return LIST_ITEMS(process->threads, const struct thread_times)[at].id == process->pid;
}

static size_t thread_count(const struct view *view, const struct process *process)
{
	size_t count = 0;

	if (!view->threads || !process_has(process, FACT_THREADS))
		return 0;
	for (size_t i = 0; i < process->threads.count; i++)
		count += !is_main_thread(process, i);
	return count;
}

static void reserve_rows(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;
	size_t count = processes->count;

	for (size_t i = 0; view->threads && i < processes->count; i++)
		count += thread_count(view, &processes->items[i]);
	if (view->rows && count <= view->row_capacity)
		return;
	view->row_capacity = count + count / 2 + 1;
	view->rows = xreallocarray(view->rows, view->row_capacity, sizeof(*view->rows));
}

void view_thread_process(const struct process *process, const struct thread_times *thread, struct process *ret_process)
{
	process_init(ret_process);
	ret_process->have = process->have & (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_USERNAME));
	ret_process->pid = thread->id;
	ret_process->tgid = process->pid;
	ret_process->starttime = process->starttime;
	ret_process->username = process->username;
	ret_process->name = ret_process->comm = thread->name;
	ret_process->state = thread->state;
	memcpy(ret_process->stat, thread->stat, sizeof(ret_process->stat));
	ret_process->nice = thread->nice;
	ret_process->processor = thread->processor;
	ret_process->sched_policy = thread->sched_policy;
	ret_process->is_kernel = 0;
	ret_process->cpu_user_s = thread->user_time;
	ret_process->cpu_system_s = thread->system_time;
	ret_process->cpu_total_s = thread->user_time + thread->system_time;
	ret_process->cpu_percent = thread->cpu_percent;
}

/* Folding */

static int identity_compare(struct identity a, struct identity b)
{
	if (a.pid != b.pid)
		return a.pid < b.pid ? -1 : 1;
	return (a.starttime > b.starttime) - (a.starttime < b.starttime);
}

static struct identity identity_of(const struct process *process)
{
	return (struct identity){process->pid, process->starttime};
}

/* First folded identity not below this one. */
static size_t folded_position(const struct view *view, struct identity identity)
{
	size_t low = 0, high = view->folded_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (identity_compare(identity, view->folded[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_folded(const struct view *view, struct identity identity)
{
	size_t at = folded_position(view, identity);

	return at < view->folded_count && identity_compare(identity, view->folded[at]) == 0;
}

void view_set_folded(struct view *view, struct identity identity, bool folded)
{
	size_t at = folded_position(view, identity), behind = view->folded_count - at;
	bool is_there = behind > 0 && identity_compare(identity, view->folded[at]) == 0;

	if (is_there == folded)
		return;
	if (!folded) {
		memmove(&view->folded[at], &view->folded[at + 1], (behind - 1) * sizeof(*view->folded));
		view->folded_count--;
		return;
	}
	if (view->folded_count == view->folded_capacity) {
		view->folded_capacity = view->folded_capacity ? view->folded_capacity * 2 : 16;
		view->folded = xreallocarray(view->folded, view->folded_capacity, sizeof(*view->folded));
	}
	memmove(&view->folded[at + 1], &view->folded[at], behind * sizeof(*view->folded));
	view->folded[at] = identity;
	view->folded_count++;
}

void view_fold_all(struct view *view, bool folded)
{
	const struct process_list *processes;

	if (!folded) {
		view->folded_count = 0;
		return;
	}
	if (!view->snapshot || !view->tree)
		return;
	processes = &view->snapshot->processes;
	for (size_t i = 0; i < processes->count; i++) {
		if (view->links[i].shown && (view->links[i].size > 1 || thread_count(view, &processes->items[i]) > 0))
			view_set_folded(view, identity_of(&processes->items[i]), true);
	}
}

static void forget_gone(struct view *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->folded_count; i++) {
		if (snapshot_find(view->snapshot, view->folded[i].pid, view->folded[i].starttime))
			view->folded[kept++] = view->folded[i];
	}
	view->folded_count = kept;
}

/* Order */

bool view_is_descending(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_I32:
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_F64: return field->kind != KIND_ATTRIBUTE;
	default: return false;
	}
}

static uint64_t key_of_signed(int64_t integer)
{
	return (uint64_t)integer ^ UINT64_C(1) << 63;
}

/* The bits of IEEE doubles are in order of size when negative ones are inverted and the sign bit is turned. */
static uint64_t key_of_real(double real)
{
	uint64_t bits;

	real += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &real, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of_text(struct text text)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < text.length ? (unsigned char)text.bytes[i] : 0);
	return key;
}

static struct sort_item sort_item_of(const struct value value, uint32_t index)
{
	struct sort_item item = {.index = index};

	switch (value.type) {
	case VALUE_ABSENT: item.absent = true; break;
	case VALUE_INTEGER: item.key = key_of_signed(value.integer); break;
	case VALUE_UNSIGNED: item.key = value.uinteger; break;
	case VALUE_REAL: item.key = key_of_real(value.real); break;
	case VALUE_BOOL: item.key = value.boolean; break;
	case VALUE_TEXT:
		item.key = key_of_text(value.text);
		item.text = value.text;
		break;
	}
	return item;
}

/* Sums */

static size_t total_index(const struct field *field)
{
	size_t at = 0;

	while (at < TOTAL_COUNT && process_field(total_fields[at]) != field)
		at++;
	return at;
}

bool view_has_total(const struct field *field)
{
	return total_index(field) < TOTAL_COUNT;
}

static double sum_of_value(struct value value)
{
	switch (value.type) {
	case VALUE_INTEGER: return (double)value.integer;
	case VALUE_UNSIGNED: return (double)value.uinteger;
	case VALUE_REAL: return value.real;
	default: return NAN;
	}
}

static struct value value_of_sum(const struct field *field, double sum)
{
	switch (field->type) {
	case FIELD_U64: return (struct value){.type = VALUE_UNSIGNED, .uinteger = (uint64_t)sum};
	case FIELD_I32: return (struct value){.type = VALUE_INTEGER, .integer = (int64_t)sum};
	default: return (struct value){.type = VALUE_REAL, .real = sum};
	}
}

/* NaN: not known. */
static double total_of(const struct view *view, uint32_t index, size_t at)
{
	const struct totals *totals = &view->totals[index];

	return totals->denied & 1 << at ? NAN : totals->sums[at];
}

static void set_total(struct process *process, const struct field *field, double sum)
{
	void *member = (char *)process + field->offset;

	if (!isnan(sum))
		process->have |= field->needs;
	switch (field->type) {
	case FIELD_F64: *(double *)member = sum; break;
	case FIELD_U64: *(uint64_t *)member = isnan(sum) ? ABSENT_U64 : (uint64_t)sum; break;
	case FIELD_I32: *(int32_t *)member = isnan(sum) ? ABSENT_I32 : (int32_t)fmin(sum, INT32_MAX); break;
	default: break;
	}
}

void view_total(const struct view *view, uint32_t row, struct process *ret_process)
{
	uint32_t index = view->rows[row].index, thread = view->rows[row].thread;
	const struct process *process = &view->snapshot->processes.items[index];

	if (thread != VIEW_NONE) {
		view_thread_process(process, &LIST_ITEMS(process->threads, const struct thread_times)[thread],
				    ret_process);
		return;
	}
	*ret_process = *process;
	for (size_t i = 0; view->has_totals && i < TOTAL_COUNT; i++)
		set_total(ret_process, process_field(total_fields[i]), total_of(view, index, i));
}

static int item_compare(const void *left, const void *right, void *context)
{
	const struct sort_item *a = left, *b = right;
	const bool *descending = context;
	int order;

	if (a->absent != b->absent)
		return a->absent ? 1 : -1;
	order = (a->key > b->key) - (a->key < b->key);
	if (!order && a->text.bytes && b->text.bytes)
		order = text_compare(a->text, b->text);
	if (order)
		return *descending ? -order : order;
	return (a->index > b->index) - (a->index < b->index);
}

static struct value own_value(const struct view_options *options, const struct field *field,
			      const struct process *process, uint32_t index)
{
	if (!options->sort_values)
		return process_sort_value(field, process);
	if (isnan(options->sort_values[index]))
		return (struct value){.type = VALUE_ABSENT};
	return (struct value){.type = VALUE_REAL, .real = options->sort_values[index]};
}

/* What is shown is what is sorted by: a folded process has the sums of its subtree in any case. */
static struct value row_value(const struct view *view, const struct view_options *options, const struct field *field,
			      uint32_t index)
{
	const struct process *process = &view->snapshot->processes.items[index];
	size_t at = total_index(field);
	double sum;

	if (!view->has_totals || at == TOTAL_COUNT ||
	    (!options->totals && !is_folded(view, identity_of(process))))
		return own_value(options, field, process, index);
	sum = total_of(view, index, at);
	if (isnan(sum))
		return (struct value){.type = VALUE_ABSENT};
	return value_of_sum(field, sum);
}

static void sort_shown(struct view *view, const struct view_options *options)
{
	const struct process_list *processes = &view->snapshot->processes;
	const struct field *field = options->sort ? options->sort : process_field(FIELD_ID_PID);
	bool descending = options->descending;

	view->item_count = 0;
	for (size_t i = 0; i < processes->count; i++) {
		if (view->links[i].shown)
			view->items[view->item_count++] =
				sort_item_of(row_value(view, options, field, (uint32_t)i), (uint32_t)i);
	}
	qsort_r(view->items, view->item_count, sizeof(*view->items), item_compare, &descending);
}

/* Tree */

/* A parent is never younger than its child: such a one only has the parent's old pid. */
static uint32_t find_parent(const struct snapshot *snapshot, const struct process *child)
{
	const struct process *parent = snapshot_find_pid(snapshot, child->ppid);

	if (!parent || parent->starttime > child->starttime)
		return VIEW_NONE;
	return (uint32_t)(parent - snapshot->processes.items);
}

/* Processes born in the same tick could still name each other. Go up from every process once; whoever names one that
 * is on the way itself becomes a root. `row` serves as the mark: 0 not seen, 1 on this way, 2 done. */
static void cut_cycles(struct view *view, size_t count)
{
	struct link *links = view->links;

	for (size_t i = 0; i < count; i++)
		links[i].row = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)i;
		size_t length = 0;

		while (at != VIEW_NONE && links[at].row == 0) {
			links[at].row = 1;
			view->path[length++] = at;
			at = links[at].parent;
		}
		if (at != VIEW_NONE && links[at].row == 1)
			links[view->path[length - 1]].parent = VIEW_NONE;
		while (length > 0)
			links[view->path[--length]].row = 2;
	}
}

static void find_parents(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;

	for (size_t i = 0; i < processes->count; i++) {
		struct link *link = &view->links[i];

		link->parent = link->shown ? find_parent(view->snapshot, &processes->items[i]) : VIEW_NONE;
		if (link->parent != VIEW_NONE && !view->links[link->parent].shown)
			link->parent = VIEW_NONE;
	}
	cut_cycles(view, processes->count);
}

/* Who is below the root, told once for every process on the way up. `row` serves as the mark: 0 not known, 1 below, 2
 * not. */
static void mark_below(struct view *view, uint32_t root)
{
	struct link *links = view->links;
	size_t count = view->snapshot->processes.count;

	for (size_t i = 0; i < count; i++)
		links[i].row = i == root;
	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)i, mark;
		size_t length = 0;

		while (at != VIEW_NONE && links[at].row == 0) {
			view->path[length++] = at;
			at = links[at].parent;
		}
		mark = at == VIEW_NONE ? 2 : links[at].row;
		while (length > 0)
			links[view->path[--length]].row = mark;
	}
}

static void restrict_to_root(struct view *view, const struct view_options *options)
{
	const struct process *root = NULL;
	uint32_t index;

	if (options->has_root)
		root = snapshot_find(view->snapshot, options->root.pid, options->root.starttime);
	if (!root)
		return;
	index = (uint32_t)(root - view->snapshot->processes.items);
	if (!view->links[index].shown)
		return;
	view->is_rooted = true;
	mark_below(view, index);
	view->links[index].parent = VIEW_NONE;
	for (size_t i = 0; i < view->snapshot->processes.count; i++) {
		struct link *link = &view->links[i];

		link->shown &= link->row == 1;
		link->matched &= link->row == 1;
		if (!link->shown)
			link->parent = VIEW_NONE;
	}
}

/* Matches keep their ancestors. */
static void show_ancestors(struct view *view)
{
	size_t count = view->snapshot->processes.count;

	for (size_t i = 0; i < count; i++)
		view->links[i].shown = view->links[i].matched;
	for (size_t i = 0; i < count; i++) {
		uint32_t at = view->links[i].matched ? view->links[i].parent : VIEW_NONE;

		while (at != VIEW_NONE && !view->links[at].shown) {
			view->links[at].shown = true;
			at = view->links[at].parent;
		}
	}
}

/* Sorted processes become lists of children, from the last to the first since each is put in front. */
static void link_children(struct view *view)
{
	size_t root = view->snapshot->processes.count;

	for (size_t i = 0; i <= root; i++) {
		view->links[i].first_child = view->links[i].next_sibling = VIEW_NONE;
		view->links[i].size = 1;
		view->links[i].row = VIEW_NONE;
	}
	for (size_t i = view->item_count; i-- > 0;) {
		struct link *link = &view->links[view->items[i].index];
		size_t above = link->parent == VIEW_NONE ? root : link->parent;

		link->next_sibling = view->links[above].first_child;
		view->links[above].first_child = view->items[i].index;
	}
}

/* Every process before its children, into path. Returns how many; those in the tree. */
static size_t walk(struct view *view)
{
	const struct link *links = view->links;
	uint32_t at = links[view->snapshot->processes.count].first_child;
	size_t count = 0;

	while (at != VIEW_NONE) {
		view->path[count++] = at;
		if (links[at].first_child != VIEW_NONE) {
			at = links[at].first_child;
			continue;
		}
		while (at != VIEW_NONE && links[at].next_sibling == VIEW_NONE)
			at = links[at].parent;
		if (at != VIEW_NONE)
			at = links[at].next_sibling;
	}
	for (size_t i = count; i-- > 0;) {
		uint32_t parent = links[view->path[i]].parent;

		if (parent != VIEW_NONE)
			view->links[parent].size += links[view->path[i]].size;
	}
	return count;
}

/* Totals */

static void start_totals(struct totals *totals, const struct process *process)
{
	totals->denied = 0;
	for (size_t i = 0; i < TOTAL_COUNT; i++) {
		const struct field *field = process_field(total_fields[i]);

		totals->sums[i] = sum_of_value(process_field_value(field, process));
		if (isnan(totals->sums[i]) && process->denied & field->needs && !process_is_zombie(process))
			totals->denied |= (uint8_t)(1 << i);
	}
}

static void add_totals(struct totals *to, const struct totals *from)
{
	to->denied |= from->denied;
	for (size_t i = 0; i < TOTAL_COUNT; i++) {
		if (isnan(to->sums[i]))
			to->sums[i] = from->sums[i];
		else if (!isnan(from->sums[i]))
			to->sums[i] += from->sums[i];
	}
}

/* Sums are needed for the order, so the tree is walked once without one. */
static void sum_subtrees(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;
	size_t count;

	if (processes->count > view->totals_capacity) {
		view->totals_capacity = view->capacity;
		view->totals = xreallocarray(view->totals, view->totals_capacity, sizeof(*view->totals));
	}
	view->item_count = 0;
	for (size_t i = 0; i < processes->count; i++) {
		if (view->links[i].shown)
			view->items[view->item_count++].index = (uint32_t)i;
	}
	link_children(view);
	count = walk(view);
	for (size_t i = 0; i < count; i++)
		start_totals(&view->totals[view->path[i]], &processes->items[view->path[i]]);
	for (size_t i = count; i-- > 0;) {
		uint32_t parent = view->links[view->path[i]].parent;

		if (parent != VIEW_NONE)
			add_totals(&view->totals[parent], &view->totals[view->path[i]]);
	}
	view->has_totals = true;
}

static void append_threads(struct view *view, uint32_t index, size_t count)
{
	const struct process *process = &view->snapshot->processes.items[index];
	const struct link *link = &view->links[index];

	for (size_t i = 0; count > 0 && i < process->threads.count; i++) {
		if (is_main_thread(process, i))
			continue;
		count--;
		view->rows[view->row_count++] = (struct view_row){
			.index = index,
			.thread = (uint32_t)i,
			.parent = link->row,
			.depth = view->rows[link->row].depth + 1,
			.is_last = count == 0 && link->first_child == VIEW_NONE,
			.is_context = !link->matched,
		};
	}
}

static void append_row(struct view *view, uint32_t index)
{
	const struct process *process = &view->snapshot->processes.items[index];
	struct link *link = &view->links[index];
	uint32_t parent = link->parent == VIEW_NONE ? VIEW_NONE : view->links[link->parent].row;
	size_t threads = thread_count(view, process);
	bool folded = view->tree && (link->size > 1 || threads > 0) && is_folded(view, identity_of(process));

	link->row = (uint32_t)view->row_count;
	view->rows[view->row_count++] = (struct view_row){
		.index = index,
		.thread = VIEW_NONE,
		.parent = parent,
		.depth = parent == VIEW_NONE ? 0 : view->rows[parent].depth + 1,
		.descendants = link->size - 1,
		.is_last = link->next_sibling == VIEW_NONE,
		.is_folded = folded,
		.is_context = !link->matched,
	};
	if (!folded)
		append_threads(view, index, threads);
}

static void build_tree(struct view *view, const struct view_options *options)
{
	size_t count;

	find_parents(view);
	restrict_to_root(view, options);
	if (options->match)
		show_ancestors(view);
	if (options->totals || view->folded_count > 0)
		sum_subtrees(view);
	sort_shown(view, options);
	link_children(view);
	count = walk(view);
	for (size_t i = 0; i < count;) {
		uint32_t index = view->path[i];

		append_row(view, index);
		i += view->rows[view->links[index].row].is_folded ? view->links[index].size : 1;
	}
}

static void build_list(struct view *view, const struct view_options *options)
{
	if (options->has_root) {
		find_parents(view);
		restrict_to_root(view, options);
	}
	for (size_t i = 0; i < view->snapshot->processes.count; i++) {
		struct link *link = &view->links[i];

		link->shown = link->matched;
		link->parent = link->first_child = link->next_sibling = link->row = VIEW_NONE;
		link->size = 1;
	}
	sort_shown(view, options);
	for (size_t i = 0; i < view->item_count; i++)
		append_row(view, view->items[i].index);
}

static void choose(struct view *view, const struct view_options *options)
{
	const struct process_list *processes = &view->snapshot->processes;

	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->items[i];
		struct link *link = &view->links[i];

		link->shown = !options->hide_kernel || process->is_kernel != 1;
		link->matched = link->shown && (!options->match || options->match(process, options->match_context));
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
	view->row_count = 0;
	view->tree = options->tree;
	view->threads = options->threads;
	view->has_totals = view->is_rooted = false;
	reserve_rows(view);
	if (view->folded_count > 0 && snapshot->processes.count > 0)
		forget_gone(view);
	choose(view, options);
	if (options->tree)
		build_tree(view, options);
	else
		build_list(view, options);
}

uint32_t view_find(const struct view *view, struct identity identity)
{
	const struct process *process = NULL;
	uint32_t at;

	if (view->snapshot)
		process = snapshot_find(view->snapshot, identity.pid, identity.starttime);
	if (!process)
		return VIEW_NONE;
	at = (uint32_t)(process - view->snapshot->processes.items);
	if (!view->links[at].shown)
		return VIEW_NONE;
	while (view->links[at].row == VIEW_NONE && view->links[at].parent != VIEW_NONE)
		at = view->links[at].parent;
	return view->links[at].row;
}

uint32_t view_find_thread(const struct view *view, struct identity identity, int32_t thread)
{
	uint32_t row = view_find(view, identity), index;
	const struct thread_times *threads;

	if (row == VIEW_NONE || thread == 0)
		return row;
	index = view->rows[row].index;
	threads = LIST_ITEMS(view->snapshot->processes.items[index].threads, const struct thread_times);
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
