#include "ui/graph.h"

#include <math.h>
#include <stdio.h>

#include "base/real.h"

#define VALUES_MAX 1024 /* of one graph */
#define AXIS_ROWS_MIN 3
#define TICK_COLUMNS_MIN 12

int graph_values_per_column(const struct canvas *canvas)
{
	return canvas->graphics ? 2 : 1;
}

/* Height of a value in steps, of which `top` are the whole graph; -1: not known. */
static int height_of(double value, double max, int top)
{
	double height;

	if (!isfinite(value))
		return -1;
	height = max > 0 ? ceil(value / max * top) : 0;
	if (height < 1)
		return 1;
	return height > top ? top : (int)height;
}

/* Of the character that is `from_top` rows below the top: by the value, or the last one below the next row. */
static enum style style_at(double value, double max, int from_top, int rows, enum style style)
{
	double last = 100.0 * (rows - from_top) / rows - 1e-9;

	if (style != STYLE_COUNT)
		return style;
	return isfinite(value) ? style_of_percent(max > 0 ? real_min(value / max * 100, last) : 0) : STYLE_TEXT;
}

static double larger(double a, double b)
{
	return isfinite(a) && !(b > a) ? a : b;
}

/* Dots of a Braille character that fill its left or right half up to `height` of 4. */
static uint32_t braille_half(int height, bool right)
{
	static const uint8_t left_dots[] = {0, 0x40, 0x44, 0x46, 0x47}, right_dots[] = {0, 0x80, 0xa0, 0xb0, 0xb8};

	if (height < 0)
		height = 0;
	if (height > 4)
		height = 4;
	return right ? right_dots[height] : left_dots[height];
}

static void draw_braille_column(struct canvas *canvas, struct area area, int column, const double pair[2], double max,
				enum style style)
{
	int left = height_of(pair[0], max, area.rows * 4), right = height_of(pair[1], max, area.rows * 4);

	for (int row = 0; row < area.rows; row++) {
		int below = (area.rows - 1 - row) * 4;
		uint32_t dots = braille_half(left - below, false) | braille_half(right - below, true);
		struct pen pen = pen_at(canvas, area.row + row, area.column + column, 1, 0);

		if (dots)
			pen_symbol(&pen, style_at(larger(pair[0], pair[1]), max, row, area.rows, style), 0x2800 + dots,
				   '#');
	}
}

static void draw_ascii_column(struct canvas *canvas, struct area area, int column, double value, double max,
			      enum style style)
{
	static const char levels[] = " ._-=#";
	const int steps = (int)sizeof(levels) - 2;
	int height = height_of(value, max, area.rows * steps);

	for (int row = 0; row < area.rows; row++) {
		int part = height - (area.rows - 1 - row) * steps;
		struct pen pen = pen_at(canvas, area.row + row, area.column + column, 1, 0);

		if (part > 0)
			pen_symbol(&pen, style_at(value, max, row, area.rows, style), ' ', levels[part < steps ? part : steps]);
	}
}

void graph_draw(struct canvas *canvas, struct area area, const double *values, double max, enum style style)
{
	for (int column = 0; column < area.columns; column++) {
		if (canvas->graphics)
			draw_braille_column(canvas, area, column, &values[2 * column], max, style);
		else
			draw_ascii_column(canvas, area, column, values[column], max, style);
	}
}

/* Time */

static const double steps[] = {
	0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 7 * 86400.0};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))
#define ZOOM_MAX_S 3600.0

double graph_zoom(double step_s, bool out)
{
	double before = step_s;

	for (size_t i = 0; i < STEP_COUNT && steps[i] <= ZOOM_MAX_S; i++) {
		if (out && steps[i] > step_s * 1.001)
			return steps[i];
		if (steps[i] < step_s * 0.999)
			before = steps[i];
	}
	return out ? step_s : before;
}

/* "-30s", "-90s", "-5m", "-2.5h": short, as ticks stand at round times. */
static void format_ago(char *buffer, size_t size, double seconds)
{
	static const struct {
		double seconds;
		char name;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < 2 * units[i].seconds && seconds != units[i].seconds)
			continue;
		snprintf(buffer, size, "-%g%c", seconds / units[i].seconds, units[i].name);
		return;
	}
	snprintf(buffer, size, "-%gs", seconds);
}

static double tick_of(double column_s)
{
	size_t i = 0;

	while (i + 1 < STEP_COUNT && steps[i] < column_s * TICK_COLUMNS_MIN)
		i++;
	return steps[i];
}

void graph_draw_axis(struct canvas *canvas, struct area area, double step_s)
{
	double column_s = step_s * graph_values_per_column(canvas), tick_s = tick_of(column_s);

	if (area.rows <= 0 || area.columns < 4)
		return;
	canvas_right(canvas, area.row, area.column, area.columns, STYLE_DIM, TEXT_LITERAL("now"));
	for (int tick = 1; tick * tick_s < column_s * area.columns; tick++) {
		double ago_s = tick * tick_s;
		int column = area.columns - 1 - (int)lround(ago_s / column_s);
		char label[32];

		format_ago(label, sizeof(label), ago_s);
		/* A label begins at its time, where there is room for it before the next. */
		if (column >= 0 && column + 8 <= area.columns - 3)
			canvas_left(canvas, area.row, area.column + column, 8, STYLE_DIM, text_of(label));
	}
}

static double largest(const double *values, size_t count)
{
	double largest_value = 0;

	for (size_t i = 0; i < count; i++) {
		if (values[i] > largest_value)
			largest_value = values[i];
	}
	return largest_value;
}

double graph_draw_series(struct canvas *canvas, struct area area, const struct graph *graph)
{
	double values[VALUES_MAX], max = graph->max;
	int per_column = graph_values_per_column(canvas), most = VALUES_MAX / 2;
	size_t count;

	if (area.columns <= 0 || area.rows <= 0)
		return max;
	if (area.columns > most) {
		area.column += area.columns - most;
		area.columns = most;
	}
	if (area.rows >= AXIS_ROWS_MIN) {
		area.rows--;
		graph_draw_axis(canvas, (struct area){area.row + area.rows, area.column, 1, area.columns},
				graph->step_s);
	}
	count = (size_t)area.columns * (size_t)per_column;
	history_window(graph->history, graph->series, graph->end_s, graph->step_s, per_column, count,
		       values);
	if (max <= 0)
		max = real_max(largest(values, count), graph->least);
	graph_draw(canvas, area, values, max, graph->style);
	return max;
}

/* Bars */

static double clamp_share(double share)
{
	if (!isfinite(share) || share < 0)
		return 0;
	return share > 1 ? 1 : share;
}

void bar_draw(struct canvas *canvas, int row, int column, int width, double share, enum style style, double second,
	      enum style second_style)
{
	struct pen pen = pen_at(canvas, row, column, width, 0);
	int eighths = (int)lround(clamp_share(share) * width * 8);
	int end = (int)lround(clamp_share(clamp_share(share) + clamp_share(second)) * width);

	if (width <= 0 || !isfinite(share))
		return;
	/* Something is never drawn as nothing. */
	if (eighths == 0 && share > 0)
		eighths = 1;
	for (int i = 0; i < width; i++) {
		int part = eighths - i * 8;

		if (part >= 8)
			pen_symbol(&pen, style, 0x2588, '#');
		else if (part > 0)
			pen_symbol(&pen, style, 0x2590u - (uint32_t)part, part >= 4 ? '#' : '|');
		else if (i < end)
			pen_symbol(&pen, second_style, 0x2592, ':');
		else
			pen_symbol(&pen, STYLE_DIM, 0x2591, '.');
	}
}

void bar_draw_parts(struct canvas *canvas, int row, int column, int width, const struct bar_part *parts, size_t count)
{
	struct pen pen = pen_at(canvas, row, column, width > 0 ? width : 0, 0);
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum += clamp_share(parts[i].share);
		while (!pen_is_full(&pen) && pen.column < column + (int)lround(clamp_share(sum) * width))
			pen_symbol(&pen, parts[i].style, parts[i].symbol, parts[i].substitute);
	}
	while (!pen_is_full(&pen))
		pen_symbol(&pen, STYLE_DIM, 0x2591, '.');
}

void bar_draw_vertical(struct canvas *canvas, int row, int column, double share, enum style style)
{
	static const char levels[] = "_.-=+*%#";
	struct pen pen = pen_at(canvas, row, column, 1, 0);
	int height = (int)ceil(clamp_share(share) * 8);

	if (!isfinite(share))
		pen_symbol(&pen, STYLE_DIM, '-', '-');
	else
		pen_symbol(&pen, height ? style : STYLE_DIM, 0x2580u + (uint32_t)(height ? height : 1),
			   levels[height ? height - 1 : 0]);
}
