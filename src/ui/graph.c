#include "ui/graph.h"

#include <math.h>

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

static enum style column_style(double value, double max, enum style style)
{
	if (style != STYLE_COUNT)
		return style;
	return isfinite(value) ? style_of_percent(max > 0 ? value / max * 100 : 0) : STYLE_TEXT;
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
			pen_symbol(&pen, column_style(larger(pair[0], pair[1]), max, style), 0x2800 + dots, '#');
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
			pen_symbol(&pen, column_style(value, max, style), ' ', levels[part < steps ? part : steps]);
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
