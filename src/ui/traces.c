#include "ui/traces.h"

#include <stdio.h>

#define SCREEN_ROWS_MIN 13
#define TRACES_ROWS_MAX 12
#define TRACE_COLUMNS_MIN 24

int traces_rows(int rows)
{
	int taken = rows / 4 + 1;

	if (rows < SCREEN_ROWS_MIN)
		return 0;
	return taken < TRACES_ROWS_MAX ? taken : TRACES_ROWS_MAX;
}

void trace_format_rate(char buffer[FORMAT_SIZE], double bytes_per_s)
{
	char rate[FORMAT_SIZE];

	format_rate(rate, bytes_per_s);
	snprintf(buffer, FORMAT_SIZE, isfinite(bytes_per_s) ? "%.20s/s" : "%.20s", rate);
}

static void draw_trace(const struct shell *shell, struct canvas *canvas, struct area area, struct text title,
		       struct text series, const struct trace *trace)
{
	struct area below = {area.row + 1, area.column, area.rows - 1, area.columns};
	const struct graph graph = {
		.history = shell->history,
		.series = history_series(shell->history, trace->kind, series),
		.end_s = shell->snapshot->monotonic,
		.step_s = shell->graph_step_s,
		.max = trace->max,
		.least = trace->least,
		.style = trace->style,
	};
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	char now[FORMAT_SIZE], top[FORMAT_SIZE];

	trace->format(now, trace->now);
	trace->format(top, graph_draw_series(canvas, below, &graph));
	if (title.length) {
		pen_text(&pen, STYLE_TITLE, title);
		pen_string(&pen, STYLE_TEXT, "  ");
	}
	pen_format(&pen, STYLE_LABEL, "%s ", trace->label);
	pen_string(&pen, STYLE_TEXT, now);
	pen_format(&pen, STYLE_DIM, "  top %s", top);
}

void traces_draw(const struct shell *shell, struct canvas *canvas, struct area area, struct text title,
		 struct text series, const struct trace *traces, size_t count)
{
	int column = area.column, left = area.columns;

	if (!shell->snapshot || area.rows < 2)
		return;
	if (area.columns < (int)count * TRACE_COLUMNS_MIN)
		count = 1;
	for (size_t i = 0; i < count; i++) {
		int width = left / (int)(count - i);
		/* A blank column between two. */
		struct area part = {area.row, column, area.rows, width - (i + 1 < count)};

		draw_trace(shell, canvas, part, i == 0 ? title : TEXT_ABSENT, series, &traces[i]);
		column += width;
		left -= width;
	}
}
