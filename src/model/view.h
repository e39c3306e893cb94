/* What of a snapshot's processes is shown, and in which order: sort, tree, folding and filter give rows, which are
 * indexes into the snapshot. Nothing here knows a screen. */
#ifndef CMON_MODEL_VIEW_H
#define CMON_MODEL_VIEW_H

#include "model/field.h"

#define VIEW_NONE UINT32_MAX

struct view_row {
	uint32_t index;       /* of the process in snapshot->processes.items */
	uint32_t thread;      /* index in the process' threads; VIEW_NONE: the process itself */
	uint32_t parent;      /* row of its parent; VIEW_NONE for a root, and for all when there is no tree */
	uint32_t depth;       /* 0: a root */
	uint32_t descendants; /* processes in its subtree, itself not counted, folded or not */
	uint8_t is_last;      /* no sibling below it; threads stand above the children of their process */
	uint8_t is_folded;    /* its descendants have no rows */
	uint8_t is_context;   /* did not match; shown for a descendant that did */
};

struct view_options {
	const struct field *sort; /* NULL: by pid */
	bool descending;
	const double *sort_values; /* by index of the process, instead of what the field holds; NaN: absent; NULL: none */
	bool tree;
	bool hide_kernel;         /* leave kernel threads out */
	bool threads;             /* a row for each thread but the main one, below its process, as far as FACT_THREADS was read */
	bool totals;              /* in a tree: sort by sums of subtrees where the field has them */
	bool has_root;            /* only `root` and what is below it; everything when it is not there */
	struct identity root;
	/* Which processes are shown; NULL: all. */
	bool (*match)(const struct process *process, void *context);
	void *match_context;
};

struct view;

struct view *view_new(void);
void view_free(struct view *view);

/* Make the rows for a snapshot. Absent values come last in either direction, equal ones ascending by pid. CPU shares
 * are equal that are shown alike, to a tenth of a percent. In a tree each process stands below its parent and siblings
 * are in that order. A ppid that names a process younger than the child (the pid was reused between two reads), one that
 * is not there, or one that closes a cycle makes the child a root. Takes O(n log n) and no memory that it does not keep
 * for the next time. */
void view_build(struct view *view, const struct snapshot *snapshot, const struct view_options *options);

/* Rows of the last view_build, in order; valid until the next. */
const struct view_row *view_rows(const struct view *view, size_t *ret_count);

/* True when the last view_build was restricted to a root. */
bool view_is_rooted(const struct view *view);

/* True for a field that a subtree has a sum of: CPU and memory shares, resident memory, CPU time, I/O rates, threads. */
bool view_has_total(const struct field *field);

/* The process of a row with the sums of its subtree, itself included, where view_has_total; as it is when the row is a
 * thread, or when there is no tree or nothing was summed because options->totals was off and nothing folded.
 * A value that is denied for one process makes the sum absent. One that is just not there counts as nothing: its
 * process is new, dead or gone. */
void view_total(const struct view *view, uint32_t row, struct process *ret_process);

/* A thread as a process of its own with its id, STAT, nice value, policy, CPU time and share; all else is absent. */
void view_thread_process(const struct process *process, const struct thread_times *thread, struct process *ret_process);

/* The row of a process of the snapshot last built, or of the nearest ancestor that has one when it is folded away;
 * VIEW_NONE when it is not shown or not there. */
uint32_t view_find(const struct view *view, struct identity identity);

/* The row of a thread of that process, or what view_find gives where the thread has none. thread: its id; 0: the process. */
uint32_t view_find_thread(const struct view *view, struct identity identity, int32_t thread);

/* Fold or unfold one process, whatever its row; shown by the next view_build. Folding is forgotten with the process. */
void view_set_folded(struct view *view, struct identity identity, bool folded);

/* Fold every process of the last build that has children, or unfold everything. */
void view_fold_all(struct view *view, bool folded);

/* True when a bigger value usually matters more, so that sorting by this field starts at the biggest. */
bool view_is_descending(const struct field *field);

#endif
