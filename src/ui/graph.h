/* Graphs and bars, in Braille and block characters or in ASCII. */
#ifndef CMON_UI_GRAPH_H
#define CMON_UI_GRAPH_H

#include "ui/canvas.h"

/* Values a graph shows in one column: 2, in ASCII 1. */
int graph_values_per_column(const struct canvas *canvas);

/* Fill an area below the curve of area.columns * graph_values_per_column values, oldest first.
 * A known value shows at least its base line, NaN nothing. max: what reaches the top.
 * style: of everything, or STYLE_COUNT: by each column's share of max. */
void graph_draw(struct canvas *canvas, struct area area, const double *values, double max, enum style style);

/* A bar of `width` columns: `share` of it (0 to 1) in one style, then `second` in another. NaN draws nothing. */
void bar_draw(struct canvas *canvas, int row, int column, int width, double share, enum style style, double second,
	      enum style second_style);

/* A bar one column wide and one row high. */
void bar_draw_vertical(struct canvas *canvas, int row, int column, double share, enum style style);

#endif
