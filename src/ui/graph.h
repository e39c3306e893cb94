/* Graphs and bars, in Braille and block characters or in ASCII. */
#ifndef CMON_UI_GRAPH_H
#define CMON_UI_GRAPH_H

#include "ui/canvas.h"
#include "ui/history.h"

/* Values a graph shows in one column: 2, in ASCII 1. */
int graph_values_per_column(const struct canvas *canvas);

/* Fill an area below the curve of area.columns * graph_values_per_column values, oldest first.
 * A known value shows at least its base line, NaN nothing. max: what reaches the top.
 * style: of everything, or STYLE_COUNT: by the share of max that each character reaches. */
void graph_draw(struct canvas *canvas, struct area area, const double *values, double max, enum style style);

/* What a graph of a series shows. */
struct graph {
	const struct history *history;
	const struct series *series; /* NULL: nothing is known */
	double end_s;  /* monotonic time of its right end: that of the snapshot shown */
	double step_s; /* of one value: shell->graph_step_s */
	double max;    /* what reaches the top; 0: the largest value in sight, but no less than `least` */
	double least;
	enum style style; /* as for graph_draw */
};

/* The graph fills the area; where that has at least 3 rows the last one is a time axis. One wider than 512 columns is
 * not filled on the left. Returns what reaches the top. */
double graph_draw_series(struct canvas *canvas, struct area area, const struct graph *graph);

/* The time axis of a graph as wide as the area, in its first row: "-5m … now". */
void graph_draw_axis(struct canvas *canvas, struct area area, double step_s);

/* The step behind or before one among those that zooming goes through: 1 s, 2 s, 5 s, 10 s, … an hour. */
double graph_zoom(double step_s, bool out);

/* A bar of `width` columns: `share` of it (0 to 1) in one style, then `second` in another. NaN draws nothing. */
void bar_draw(struct canvas *canvas, int row, int column, int width, double share, enum style style, double second,
	      enum style second_style);

/* A part of a bar: its share of the whole, and the character it is made of. */
struct bar_part {
	double share; /* NaN: none */
	enum style style;
	uint32_t symbol;
	char substitute;
};

/* A bar of several parts, one behind the other; what exceeds the whole is cut. */
void bar_draw_parts(struct canvas *canvas, int row, int column, int width, const struct bar_part *parts, size_t count);

/* A bar one column wide and one row high. */
void bar_draw_vertical(struct canvas *canvas, int row, int column, double share, enum style style);

#endif
