/* CPU: percent, a graph of its past, and each CPU beside it: as bars while they fit, else a cell each, or a cell or a
 * bar for several. */
#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "ui/graph.h"
#include "ui/overview_parts.h"

#define BEFORE_GRAPH (OVERVIEW_LABEL_WIDTH + 7)
#define BAR_CELL_MIN 15   /* a CPU's number, bar and percentage */
#define GROUP_CELL_MIN 19 /* the same of "120-127" */
#define BAR_CELL_MAX 24
#define CELLS_MIN 8       /* with fewer columns there is the graph alone */
#define NOTE_WIDTH 5      /* " x128" */

/* In the order of the setting's choices. */
enum cpu_style { CPU_AUTO, CPU_BARS, CPU_AVERAGE, CPU_GROUPS, CPU_COLUMNS };

static enum cpu_style style_of(const struct overview *overview)
{
	return (enum cpu_style)setting_choice(overview->settings, SETTING_CPU_STYLE);
}

/* Columns that CPUs may have beside the graph. */
static int cpu_columns(int columns)
{
	int room = columns - BEFORE_GRAPH;

	return room > 0 ? room * 2 / 3 : 0;
}

/* The fewest rows in which all CPUs have a bar, or a cell; 0 where `most` rows are not enough. */
static int rows_for(size_t cpus, int a_row, int usual, int most)
{
	for (int needed = usual; a_row > 0 && needed <= most; needed++) {
		if (cpus <= (size_t)needed * (size_t)a_row)
			return needed;
	}
	return 0;
}

int overview_cpu_rows(const struct overview *overview, int rows, int columns)
{
	int usual = rows >= 40 ? 3 : rows >= 30 ? 2 : 1, most = rows / 12 > usual ? rows / 12 : usual;
	size_t cpus = overview->snapshot ? overview->snapshot->cpus.percpu.count : 0;
	enum cpu_style style = style_of(overview);
	int set = (int)setting_number(overview->settings, SETTING_CPU_ROWS), needed = 0;

	if (set > 0)
		return set;
	if (style == CPU_AUTO || style == CPU_BARS)
		needed = rows_for(cpus, cpu_columns(columns) / BAR_CELL_MIN, usual, most);
	if (!needed && (style == CPU_AUTO || style == CPU_COLUMNS))
		needed = rows_for(cpus, cpu_columns(columns), usual, most);
	return needed ? needed : usual;
}

/* Mean of what is known of `size` CPUs from one on. */
static double mean_percent(const struct list *cpus, size_t first, size_t size)
{
	const struct cpu *items = cpus->items;
	double sum = 0;
	size_t known = 0;

	for (size_t i = first; i < first + size && i < cpus->count; i++) {
		if (!isfinite(items[i].percent))
			continue;
		sum += items[i].percent;
		known++;
	}
	return known ? sum / (double)known : ABSENT_F64;
}

static size_t groups_of(size_t cpus, size_t size)
{
	return (cpus + size - 1) / size;
}

/* The smallest power of two of which no more than `cells` groups are made. */
static size_t group_size(size_t cpus, int cells)
{
	size_t size = 1;

	while (cells > 0 && groups_of(cpus, size) > (size_t)cells)
		size *= 2;
	return size;
}

static void draw_bar(struct canvas *canvas, struct area area, struct text label, int label_width, double percent)
{
	char buffer[FORMAT_SIZE] = "-";
	int bar = area.columns - label_width - 7;

	canvas_right(canvas, area.row, area.column, label_width, STYLE_LABEL, label);
	if (isfinite(percent)) {
		bar_draw(canvas, area.row, area.column + label_width + 1, bar, percent / 100, style_of_percent(percent),
			 0, STYLE_DIM);
		snprintf(buffer, sizeof(buffer), "%.0f%%", percent);
	}
	canvas_right(canvas, area.row, area.column + label_width + 1 + bar, 5, STYLE_TEXT, text_of(buffer));
}

/* Bars of single CPUs, or of groups of `size`, named by their first and last. */
static void draw_bars(struct canvas *canvas, struct area area, const struct list *cpus, size_t size, int a_row)
{
	const struct cpu *items = cpus->items;
	int width = area.columns / a_row;

	for (size_t i = 0; i < groups_of(cpus->count, size); i++) {
		size_t first = i * size, last = first + size < cpus->count ? first + size - 1 : cpus->count - 1;
		struct area cell = {area.row + (int)i / a_row, area.column + (int)i % a_row * width, 1, width};
		char label[FORMAT_SIZE];

		snprintf(label, sizeof(label), "%.*s-%.*s", (int)items[first].id.length, items[first].id.bytes,
			 (int)items[last].id.length, items[last].id.bytes);
		draw_bar(canvas, cell, size > 1 ? text_of(label) : items[first].id, size > 1 ? 7 : 3,
			 mean_percent(cpus, first, size));
	}
}

/* A cell for each CPU, or each `size` of them. */
static void draw_cells(struct canvas *canvas, struct area area, const struct list *cpus, size_t size)
{
	for (size_t i = 0; i < groups_of(cpus->count, size); i++) {
		double percent = mean_percent(cpus, i * size, size);

		bar_draw_vertical(canvas, area.row + (int)i / area.columns, area.column + (int)i % area.columns,
				  percent / 100, style_of_percent(percent));
	}
}

static struct area right_part(struct area area, int columns)
{
	return (struct area){area.row, area.column + area.columns - columns, area.rows, columns};
}

/* How many stand in one row, when they are spread over all of them. */
static int in_a_row(size_t count, int rows)
{
	return (int)((count + (size_t)rows - 1) / (size_t)rows);
}

static int draw_as_bars(struct canvas *canvas, struct area area, const struct list *cpus, int most)
{
	int a_row = in_a_row(cpus->count, area.rows), width = a_row * BAR_CELL_MAX;

	if (width > most)
		width = most;
	draw_bars(canvas, right_part(area, width), cpus, 1, a_row);
	return width + 1;
}

static int draw_as_groups(struct canvas *canvas, struct area area, const struct list *cpus, int most)
{
	size_t size = group_size(cpus->count, most / GROUP_CELL_MIN * area.rows);
	int a_row = in_a_row(groups_of(cpus->count, size), area.rows), width = a_row * (BAR_CELL_MAX + 4);

	if (width > most)
		width = most;
	draw_bars(canvas, right_part(area, width), cpus, size, a_row);
	return width + 1;
}

static int draw_as_cells(struct canvas *canvas, struct area area, const struct list *cpus, int most)
{
	size_t size = group_size(cpus->count, most * area.rows);
	int note = 0, width;

	/* Cells of several say of how many, at the end of the last row. */
	if (size > 1) {
		note = NOTE_WIDTH;
		size = group_size(cpus->count, (most - note) * area.rows);
	}
	width = in_a_row(groups_of(cpus->count, size), area.rows);
	area.column--;
	if (note) {
		struct area right = right_part(area, note);
		struct pen pen = pen_at(canvas, area.row + area.rows - 1, right.column, right.columns, 0);

		pen_format(&pen, STYLE_DIM, " x%zu", size);
		area.columns -= note;
	}
	draw_cells(canvas, right_part(area, width), cpus, size);
	return width + note + 2;
}

/* Draws the CPUs at the right end of the area. Returns the columns they take with the space before them. */
static int draw_cpus(struct canvas *canvas, struct area area, const struct list *cpus, enum cpu_style style)
{
	int most = cpu_columns(area.columns);
	bool bars_fit = in_a_row(cpus->count, area.rows) <= most / BAR_CELL_MIN;

	if (cpus->count == 0 || most < CELLS_MIN || style == CPU_AVERAGE)
		return 1;
	if (bars_fit && style != CPU_COLUMNS)
		return draw_as_bars(canvas, area, cpus, most);
	if ((style == CPU_BARS || style == CPU_GROUPS) && most >= GROUP_CELL_MIN)
		return draw_as_groups(canvas, area, cpus, most);
	return draw_as_cells(canvas, area, cpus, most);
}

void overview_draw_cpu(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct cpus *cpus = &overview->snapshot->cpus;
	char buffer[FORMAT_SIZE];
	struct area graph = {area.row, area.column + 1 + BEFORE_GRAPH, area.rows, area.columns - 2 - BEFORE_GRAPH};
	struct area right = {area.row, area.column + 1, area.rows, area.columns - 2};

	overview_draw_label(canvas, area.row, area.column + 1, "CPU");
	format_percent(buffer, cpus->percent, 5);
	if (isfinite(cpus->percent))
		strcat(buffer, "%");
	canvas_right(canvas, area.row, area.column + OVERVIEW_LABEL_WIDTH, 6, STYLE_TEXT, text_of(buffer));
	graph.columns -= draw_cpus(canvas, right, &cpus->percpu, style_of(overview));
	overview_draw_graph(overview, canvas, graph, history_series(overview->history, SERIES_CPU, TEXT_ABSENT), 100,
		100, STYLE_COUNT);
}
