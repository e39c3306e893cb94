/* The process table's columns: which fit, their header, and one process in them. */
#ifndef CMON_UI_TABLE_H
#define CMON_UI_TABLE_H

#include "model/view.h"
#include "ui/canvas.h"
#include "ui/recent.h"

#define TABLE_COLUMNS_MAX 80

struct table_column {
	const struct field *field;
	int column, width;
};

/* What the command shows; in the order of the setting's choices. */
enum table_command {
	TABLE_COMMAND_FULL,    /* all arguments */
	TABLE_COMMAND_NAME,
	TABLE_COMMAND_PROGRAM, /* all arguments, the program without its directories */
};

struct table {
	/* Made by table_layout: from left to right; without a choice of the user the last one is the command. */
	struct table_column columns[TABLE_COLUMNS_MAX];
	size_t count;
	size_t hidden; /* columns of the user's choice that are cut, or to the right of these */

	/* Set by table_choose. */
	struct table_column chosen[TABLE_COLUMNS_MAX]; /* width 0: the field's */
	size_t chosen_count;                           /* 0: the columns that fit best */

	/* Set before table_layout. */
	bool totals;  /* every row shows the sums of its subtree, and I/O has columns */
	size_t first; /* columns of the user's choice that are left out on the left */

	/* Set before drawing. */
	const char *note; /* behind the command's title; NULL: none */
	enum table_command command;
	int scroll;       /* columns of the command left out */
	int64_t own_uid;  /* whose processes are emphasised; -1: nobody's */
	const struct recent *recent; /* for graphs of CPU; NULL: they are empty */
};

/* How a table is sorted, for its header. */
struct table_order {
	const struct field *field;
	bool descending;
};

/* Take the columns of a setting; its default value stands for those that fit best. */
void table_choose(struct table *table, const char *columns);

/* Choose the columns for a width: the less important ones are left out first, that which is sorted by last; a sort
 * field that is no standard column becomes one. Columns of the user's choice keep their order, and what does not fit on
 * the right is hidden. */
void table_layout(struct table *table, const struct field *sort, int width);

/* True when the field has a column of the layout. */
bool table_has(const struct table *table, const struct field *field);

/* FACT_BITs of what it shows. */
uint64_t table_facts(const struct table *table);

void table_draw_header(const struct table *table, struct canvas *canvas, struct area area,
		       const struct table_order *order);

/* The field of the header at a column of the area, or NULL. */
const struct field *table_field_at(const struct table *table, int column);

/* snapshot: the one the view was built from. at: the row to draw. */
void table_draw_row(const struct table *table, struct canvas *canvas, struct area area, const struct snapshot *snapshot,
		    const struct view *view, size_t at);

/* A process that has no row. */
void table_draw_process(const struct table *table, struct canvas *canvas, struct area area,
			const struct process *process);

/* Columns that the command of a row takes beyond those it has. */
int table_command_rest(const struct table *table, struct canvas *canvas, const struct snapshot *snapshot,
		       const struct view *view, size_t at);

/* Draw a part of that rest into a row: skip columns of it, then as many as the area has. */
void table_draw_command_rest(const struct table *table, struct canvas *canvas, struct area area,
			     const struct snapshot *snapshot, const struct view *view, size_t at, int skip);

#endif
