/* The process table's columns: which fit, their header, and one process in them. */
#ifndef CMON_UI_TABLE_H
#define CMON_UI_TABLE_H

#include "model/view.h"
#include "ui/canvas.h"

#define TABLE_COLUMNS_MAX 32

struct table_column {
	const struct field *field;
	int column, width;
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX]; /* from left to right; the last one is the command */
	size_t count;
	bool totals; /* set before table_layout: every row shows the sums of its subtree, and I/O has columns */
	const char *note; /* behind the command's title; NULL: none */
};

/* How a table is sorted, for its header. */
struct table_order {
	const struct field *field;
	bool descending;
};

/* Choose the columns for a width: the less important ones are left out first, that which is sorted by last; a sort
 * field that is no standard column becomes one. */
void table_layout(struct table *table, const struct field *sort, int width);

/* FACT_BITs of what it shows. */
uint64_t table_facts(const struct table *table);

void table_draw_header(const struct table *table, struct canvas *canvas, struct area area,
		       const struct table_order *order);

/* snapshot: the one the view was built from. at: the row to draw. scroll: columns of the command left out. */
void table_draw_row(const struct table *table, struct canvas *canvas, struct area area, const struct snapshot *snapshot,
		    const struct view *view, size_t at, int scroll);

#endif
