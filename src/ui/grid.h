/* A table of anything but processes: columns that drop out by importance, rows in the order of a column, a selection
 * that stays with its row, a filter by words. Several that stand below one another share the keys. */
#ifndef CMON_UI_GRID_H
#define CMON_UI_GRID_H

#include "model/field.h"
#include "ui/canvas.h"
#include "ui/input.h"
#include "ui/shell.h"

#define GRID_COLUMNS_MAX 16
#define GRID_NAME_SIZE 256
#define GRID_UNSORTED SIZE_MAX

struct grid_column {
	const char *title;
	int width;        /* least; text in a column that grows may become longer */
	int importance;   /* the largest number is left out first; 0: never */
	bool is_text;     /* stands at the left of its column */
	bool grows;       /* takes a share of what is left over */
	bool descending;  /* as it is sorted first */
};

/* What one cell shows: text, the buffer, or a bar. All-zero: an empty buffer in STYLE_TEXT. */
struct grid_cell {
	struct text text;   /* where it has bytes; it may be anything from outside */
	char buffer[160];
	enum style style;
	bool is_bar;
	double share;       /* of a bar, 0 to 1; NaN: nothing is drawn */
};

struct grid_class {
	const struct grid_column *columns;
	size_t count; /* at most GRID_COLUMNS_MAX */
	void (*cell)(const void *context, const void *row, size_t column, struct grid_cell *cell);
	/* What the row is sorted by. */
	struct value (*value)(const void *context, const void *row, size_t column);
	/* What tells the row from all others, and stays the same from snapshot to snapshot. */
	void (*name)(const void *row, char name[GRID_NAME_SIZE]);
	const char *empty; /* what stands where there is no row */
	const char *what;  /* rows are of, for what stands where they were not read: "the connections" */
};

/* Why there may be no rows. */
enum grid_source { GRID_READ, GRID_NOT_YET_READ, GRID_FAILED };

struct grid {
	const struct grid_class *class;
	const void *context; /* handed to the class's functions */
	const void **rows;   /* in the order shown; they belong to the snapshot */
	size_t count, capacity;
	size_t sort;         /* column; GRID_UNSORTED: as they come */
	bool descending;
	size_t cursor, top, page;
	bool is_anchored;    /* the selection follows a row; not before the user moved it */
	char selected[GRID_NAME_SIZE];
	bool is_stale;       /* rows have to be made anew: before they are drawn, and before a key is obeyed */
	enum grid_source source;
	char filter[96];     /* words that all have to be in a row; "" for all rows */
	struct area body;    /* where rows were last drawn */
	int starts[GRID_COLUMNS_MAX], widths[GRID_COLUMNS_MAX]; /* as last drawn; width 0: left out */
};

void grid_init(struct grid *grid, const struct grid_class *class, size_t sort);
void grid_free(struct grid *grid);

/* New rows: begin, add each, and end, which filters, sorts and finds the selection again. A row stays valid until the
 * next begin. */
void grid_begin(struct grid *grid, const void *context);
/* Say what the rows come from: a section of the snapshot, and its list. Without this they are taken for read. */
void grid_from(struct grid *grid, const struct snapshot *snapshot, enum section section, const struct list *list);
void grid_add(struct grid *grid, const void *row);
void grid_end(struct grid *grid);

/* The selected row, or NULL. */
const void *grid_selected(const struct grid *grid);

/* Header and rows. has_focus: keys go to this one, and its selection is seen. */
void grid_draw(struct grid *grid, struct canvas *canvas, struct area area, bool has_focus);

/* Move, sort. Beyond the first or last row the focus goes on to the grid above or below. Returns false for an action
 * that is none of these. */
bool grids_act(struct grid *const *grids, size_t count, size_t *focus, enum action action);

/* A press selects a row or sorts by a column, a second one there inverts; the wheel moves what is below it. */
void grids_mouse(struct grid *const *grids, size_t count, size_t *focus, const struct mouse *mouse);

/* Actions that need a dialog: the words of the filter, which is obeyed while it is typed, and the choice of a column to
 * sort by. Returns false for any other. */
bool grid_act_dialog(struct grid *grid, struct shell *shell, enum action action);

/* Share `rows` among grids: each what it wants, and where that is too much the smaller ones first, but each a fair
 * part. Those that would have fewer than 2 rows get 0 and leave them to the one with the focus. */
void grids_share(struct grid *const *grids, size_t count, size_t focus, int rows, int *ret_rows);

#endif
