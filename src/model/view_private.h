/* What the files of the view share: src/model/view*.c and nothing else. */
#ifndef CMON_MODEL_VIEW_PRIVATE_H
#define CMON_MODEL_VIEW_PRIVATE_H

#include "model/view.h"

/* What is compared while sorting: numbers, and the first eight bytes of texts, as one integer in the same order. Small,
 * so that the C library moves it as it is. */
struct sort_item {
	uint64_t key;
	uint32_t index;
	bool is_more; /* than the key: a text of more bytes, or one with NUL among them */
};

_Static_assert(sizeof(struct sort_item) <= 32, "qsort_r sorts pointers to larger ones");

/* Links of one process in a tree, by its index in the snapshot; links[n] is the root of all roots. */
struct link {
	uint32_t parent, first_child, next_sibling;
	uint32_t size; /* of the subtree, itself included */
};

#define VIEW_TOTALS 7 /* fields that are summed: view_totals.c */

struct totals {
	double sums[VIEW_TOTALS]; /* NaN: none is known */
	uint8_t denied;           /* bit n: sums[n] lacks somebody's */
};

_Static_assert(VIEW_TOTALS <= 8, "totals.denied has a bit for each");

struct view {
	struct view_row *rows;
	size_t row_count, row_capacity;
	struct totals *totals;
	size_t totals_capacity;
	struct sort_item *items; /* what is shown, in order after view_sort */
	size_t item_count;
	struct sort_item *others; /* while sorting: those that are not like most */
	size_t others_capacity;
	/* By index in the snapshot */
	bool *shown, *matched;
	uint32_t *row_of; /* VIEW_NONE: it has none */
	struct link *links; /* in a tree, or when there is a root */
	size_t links_capacity;
	uint32_t *path; /* indexes: the way up from a process, those without a value, at last all in the tree's order */
	size_t capacity; /* processes all these have room for */
	struct identity *folded; /* ascending */
	size_t folded_count, folded_capacity;
	struct snapshot *snapshot;
	bool tree, threads, has_totals, is_rooted;
};

static inline struct identity view_identity(const struct process *process)
{
	return (struct identity){process->pid, process->starttime};
}

/* Threads that have rows of their own. */
size_t view_thread_count(const struct view *view, const struct process *process);

/* Folding: view_fold.c */

bool view_is_folded(const struct view *view, struct identity identity);

/* Processes that are not in the snapshot are no longer folded. */
void view_forget_gone(struct view *view);

/* Order: view_order.c */

/* Put what is shown into items, in order. */
void view_sort(struct view *view, const struct view_options *options);

/* Sums: view_totals.c */

/* Fill totals from the links. Leaves items and children in no order. */
void view_sum(struct view *view);

/* The sum of a subtree as a value of a field that has one. */
struct value view_sum_value(const struct view *view, const struct field *field, uint32_t index);

/* Tree: view_tree.c */

void view_find_parents(struct view *view);

/* Leave only options->root and what is below it, where it is there. Needs the parents. */
void view_restrict(struct view *view, const struct view_options *options);

/* Items become lists of children. */
void view_link_children(struct view *view);

/* Every process of the tree into path, before its children, and the sizes of subtrees. Returns how many. */
size_t view_walk(struct view *view);

/* Links and order of a tree: as view_walk. */
size_t view_make_tree(struct view *view, const struct view_options *options);

#endif
