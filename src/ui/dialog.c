#include "ui/dialog.h"

/* Corners and lines, or blanks of the header's style where there are no graphics. */
static void draw_edge(struct canvas *canvas, struct area box, int row, uint32_t left, uint32_t right)
{
	struct pen pen = pen_at(canvas, row, box.column, box.columns, 0);

	pen_symbol(&pen, STYLE_TREE, left, '+');
	for (int i = 2; i < box.columns; i++)
		pen_symbol(&pen, STYLE_TREE, 0x2500, '-');
	pen_symbol(&pen, STYLE_TREE, right, '+');
}

static void draw_inside(struct canvas *canvas, struct area box)
{
	for (int i = 1; i + 1 < box.rows; i++) {
		struct pen pen = pen_at(canvas, box.row + i, box.column, box.columns - 1, 0);

		pen_symbol(&pen, STYLE_TREE, 0x2502, '|');
		pen_fill(&pen, STYLE_TEXT);
		pen = pen_at(canvas, box.row + i, box.column + box.columns - 1, 1, 0);
		pen_symbol(&pen, STYLE_TREE, 0x2502, '|');
	}
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

struct area dialog_frame(struct canvas *canvas, struct area area, const char *title, int rows, int columns)
{
	struct area box = {0, 0, smaller(rows + 2, area.rows), smaller(columns + 4, area.columns)}, inside;

	box.row = area.row + (area.rows - box.rows) / 2;
	box.column = area.column + (area.columns - box.columns) / 2;
	/* Without room for an edge there is none. */
	if (box.rows < 3 || box.columns < 8) {
		for (int i = 0; i < box.rows; i++) {
			struct pen pen = pen_at(canvas, box.row + i, box.column, box.columns, 0);

			pen_fill(&pen, STYLE_TEXT);
		}
		return box;
	}
	draw_edge(canvas, box, box.row, 0x250c, 0x2510);
	draw_inside(canvas, box);
	draw_edge(canvas, box, box.row + box.rows - 1, 0x2514, 0x2518);
	inside = (struct area){box.row + 1, box.column + 2, box.rows - 2, box.columns - 4};
	canvas_left(canvas, box.row, inside.column, smaller(canvas_text_width(canvas, text_of(title), 1000),
							    inside.columns), STYLE_TITLE, text_of(title));
	return inside;
}
