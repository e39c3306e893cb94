#include <string.h>

#include "base/fatal.h"
#include "model/view_private.h"

static int identity_compare(struct identity a, struct identity b)
{
	if (a.pid != b.pid)
		return a.pid < b.pid ? -1 : 1;
	return (a.starttime > b.starttime) - (a.starttime < b.starttime);
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

bool view_is_folded(const struct view *view, struct identity identity)
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
	view->folded = xgrow(view->folded, view->folded_count + 1, &view->folded_capacity, sizeof(*view->folded));
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
		const struct process *process = processes->items[i];

		if (view->shown[i] && (view->links[i].size > 1 || view_thread_count(view, process) > 0))
			view_set_folded(view, view_identity(process), true);
	}
}

void view_forget_gone(struct view *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->folded_count; i++) {
		if (snapshot_find(view->snapshot, view->folded[i].pid, view->folded[i].starttime))
			view->folded[kept++] = view->folded[i];
	}
	view->folded_count = kept;
}
