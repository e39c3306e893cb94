/* Graphs of what is selected, beside one another above a table: what each is now, and what reaches its top. */
#ifndef CMON_UI_TRACES_H
#define CMON_UI_TRACES_H

#include "model/format.h"
#include "ui/graph.h"
#include "ui/shell.h"

struct trace {
	const char *label;
	enum series_kind kind;
	double now;
	double max, least; /* as of struct graph */
	enum style style;
	void (*format)(char buffer[FORMAT_SIZE], double value); /* "-" for NaN */
};

/* Rows they take where a screen has this many; 0: there is no room for them. */
int traces_rows(int rows);

/* series: name of the series of all of them. title: of what is selected. */
void traces_draw(const struct shell *shell, struct canvas *canvas, struct area area, struct text title,
		 struct text series, const struct trace *traces, size_t count);

/* "1.2M/s" */
void trace_format_rate(char buffer[FORMAT_SIZE], double bytes_per_s);

#endif
