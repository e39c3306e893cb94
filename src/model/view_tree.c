#include "model/view_private.h"

/* Processes born in the same tick could still name each other. Go up from every process once; whoever names one that
 * is on the way itself becomes a root. `row_of` serves as the mark: 0 not seen, 1 on this way, 2 done. */
static void cut_cycles(struct view *view, size_t count)
{
	struct link *links = view->links;

	for (size_t i = 0; i < count; i++)
		view->row_of[i] = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)i;
		size_t length = 0;

		while (at != VIEW_NONE && view->row_of[at] == 0) {
			view->row_of[at] = 1;
			view->path[length++] = at;
			at = links[at].parent;
		}
		if (at != VIEW_NONE && view->row_of[at] == 1)
			links[view->path[length - 1]].parent = VIEW_NONE;
		while (length > 0)
			view->row_of[view->path[--length]] = 2;
	}
}

void view_find_parents(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;
	size_t parent = PROCESS_NONE;

	for (size_t i = 0; i < processes->count; i++) {
		struct link *link = &view->links[i];

		if (view->shown[i])
			parent = process_parent_index(processes, processes->items[i], parent);
		link->parent = view->shown[i] && parent != PROCESS_NONE && view->shown[parent] ? (uint32_t)parent
												 : VIEW_NONE;
	}
	cut_cycles(view, processes->count);
}

/* Who is below the root, told once for every process on the way up. `row_of` serves as the mark: 0 not known, 1 below,
 * 2 not. */
static void mark_below(struct view *view, uint32_t root)
{
	struct link *links = view->links;
	size_t count = view->snapshot->processes.count;

	for (size_t i = 0; i < count; i++)
		view->row_of[i] = i == root;
	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)i, mark;
		size_t length = 0;

		while (at != VIEW_NONE && view->row_of[at] == 0) {
			view->path[length++] = at;
			at = links[at].parent;
		}
		mark = at == VIEW_NONE ? 2 : view->row_of[at];
		while (length > 0)
			view->row_of[view->path[--length]] = mark;
	}
}

void view_restrict(struct view *view, const struct view_options *options)
{
	uint32_t index;

	if (!options->has_root || !snapshot_find(view->snapshot, options->root.pid, options->root.starttime))
		return;
	index = (uint32_t)process_index(&view->snapshot->processes, options->root.pid);
	if (!view->shown[index])
		return;
	view->is_rooted = true;
	mark_below(view, index);
	view->links[index].parent = VIEW_NONE;
	for (size_t i = 0; i < view->snapshot->processes.count; i++) {
		bool is_below = view->row_of[i] == 1;

		view->shown[i] = view->shown[i] && is_below;
		view->matched[i] = view->matched[i] && is_below;
		if (!view->shown[i])
			view->links[i].parent = VIEW_NONE;
	}
}

/* Matches keep their ancestors. */
static void show_ancestors(struct view *view)
{
	size_t count = view->snapshot->processes.count;

	for (size_t i = 0; i < count; i++)
		view->shown[i] = view->matched[i];
	for (size_t i = 0; i < count; i++) {
		uint32_t at = view->matched[i] ? view->links[i].parent : VIEW_NONE;

		while (at != VIEW_NONE && !view->shown[at]) {
			view->shown[at] = true;
			at = view->links[at].parent;
		}
	}
}

/* Sorted processes become lists of children, from the last to the first since each is put in front. */
void view_link_children(struct view *view)
{
	size_t root = view->snapshot->processes.count;

	for (size_t i = 0; i <= root; i++) {
		view->links[i].first_child = view->links[i].next_sibling = VIEW_NONE;
		view->links[i].size = 1;
	}
	for (size_t i = 0; i < root; i++)
		view->row_of[i] = VIEW_NONE;
	for (size_t i = view->item_count; i-- > 0;) {
		struct link *link = &view->links[view->items[i].index];
		size_t above = link->parent == VIEW_NONE ? root : link->parent;

		link->next_sibling = view->links[above].first_child;
		view->links[above].first_child = view->items[i].index;
	}
}

/* Every process before its children, into path. Returns how many; those in the tree. */
size_t view_walk(struct view *view)
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

size_t view_make_tree(struct view *view, const struct view_options *options)
{
	view_find_parents(view);
	view_restrict(view, options);
	if (options->match)
		show_ancestors(view);
	if (options->totals || view->folded_count > 0)
		view_sum(view);
	view_sort(view, options);
	view_link_children(view);
	return view_walk(view);
}
