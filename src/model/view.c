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

struct view {
	struct view_row *rows;
	size_t row_count;
	struct sort_item *items;
	size_t item_count;
	struct link *links;
	uint32_t *path; /* indexes: the way up from a process, later all processes in the tree's order */
	size_t capacity; /* processes all these have room for */
	struct identity *folded; /* ascending */
	size_t folded_count, folded_capacity;
	struct snapshot *snapshot;
	bool tree;
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
	view->rows = xreallocarray(view->rows, capacity, sizeof(*view->rows));
	view->items = xreallocarray(view->items, capacity, sizeof(*view->items));
	view->links = xreallocarray(view->links, capacity + 1, sizeof(*view->links));
	view->path = xreallocarray(view->path, capacity, sizeof(*view->path));
	view->capacity = capacity;
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
		if (view->links[i].shown && view->links[i].size > 1)
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

/* A process without arguments is shown by its name, and so sorted by it. */
static struct value sort_value(const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);

	if (field == process_field(FIELD_ID_CMDLINE) && (value.type != VALUE_TEXT || value.text.length == 0))
		return process_field_value(process_field(FIELD_ID_NAME), process);
	return value;
}

static struct sort_item sort_item_of(const struct field *field, const struct process *process, uint32_t index)
{
	struct sort_item item = {.index = index};
	struct value value = sort_value(field, process);

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

static void sort_shown(struct view *view, const struct view_options *options)
{
	const struct process_list *processes = &view->snapshot->processes;
	const struct field *field = options->sort ? options->sort : process_field(FIELD_ID_PID);
	bool descending = options->descending;

	view->item_count = 0;
	for (size_t i = 0; i < processes->count; i++) {
		if (view->links[i].shown)
			view->items[view->item_count++] = sort_item_of(field, &processes->items[i], (uint32_t)i);
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

static void append_row(struct view *view, uint32_t index)
{
	struct link *link = &view->links[index];
	uint32_t parent = link->parent == VIEW_NONE ? VIEW_NONE : view->links[link->parent].row;

	link->row = (uint32_t)view->row_count;
	view->rows[view->row_count++] = (struct view_row){
		.index = index,
		.parent = parent,
		.depth = parent == VIEW_NONE ? 0 : view->rows[parent].depth + 1,
		.descendants = link->size - 1,
		.is_last = link->next_sibling == VIEW_NONE,
		.is_folded = link->size > 1 && is_folded(view, identity_of(&view->snapshot->processes.items[index])),
		.is_context = !link->matched,
	};
}

static void build_tree(struct view *view, const struct view_options *options)
{
	size_t count;

	find_parents(view);
	if (options->match)
		show_ancestors(view);
	sort_shown(view, options);
	link_children(view);
	count = walk(view);
	for (size_t i = 0; i < count;) {
		uint32_t index = view->path[i];

		append_row(view, index);
		i += view->rows[view->row_count - 1].is_folded ? view->links[index].size : 1;
	}
}

static void build_list(struct view *view, const struct view_options *options)
{
	for (size_t i = 0; i < view->snapshot->processes.count; i++) {
		struct link *link = &view->links[i];

		link->shown = link->matched;
		link->parent = link->next_sibling = link->row = VIEW_NONE;
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
