/* A grid of cells that screens are drawn into, with no terminal behind it: the terminal shows one, tests read one.
 * No control byte can reach a cell, whatever is drawn. */
#ifndef CMON_UI_CANVAS_H
#define CMON_UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "ui/theme.h"

/* One column of one row. A character two columns wide is in the left of its two cells; the right one has width 0. */
struct cell {
	char bytes[13]; /* UTF-8: a character and the combining ones that fit; no NUL */
	uint8_t length;
	uint8_t width;  /* 1, 2; 0: right half */
	uint8_t style;  /* enum style */
};

struct canvas {
	int rows, columns;
	bool utf8;     /* text may hold more than ASCII */
	bool graphics; /* so may lines, bars and graphs */
	struct cell *cells;
	size_t capacity;
};

/* A part of the canvas. */
struct area {
	int row, column, rows, columns;
};

void canvas_init(struct canvas *canvas, bool utf8, bool graphics);
void canvas_free(struct canvas *canvas);

/* Change the size, which may be 0, and clear. */
void canvas_resize(struct canvas *canvas, int rows, int columns);
void canvas_clear(struct canvas *canvas);

/* A cell inside the canvas. */
const struct cell *canvas_cell(const struct canvas *canvas, int row, int column);

/* Draws one piece after another into a part of a row. What falls left of `left`, at `right` or behind, or outside
 * the canvas is not drawn; a wide character that is cut there leaves a blank. */
struct pen {
	struct canvas *canvas;
	int row, column; /* where the next piece begins; may be outside */
	int left, right;
};

/* A pen at the start of `width` columns. skip: that many columns of what is drawn are left out in front. */
struct pen pen_at(struct canvas *canvas, int row, int column, int width, int skip);

static inline bool pen_is_full(const struct pen *pen)
{
	return pen->column >= pen->right;
}

/* Text through text_to_display. It reads no more than fills the pen's width, whatever the length. */
void pen_text(struct pen *pen, enum style style, struct text text);
void pen_string(struct pen *pen, enum style style, const char *string);
void pen_format(struct pen *pen, enum style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with NULs shown as blanks, the last one not at all: the arguments of a command. */
void pen_arguments(struct pen *pen, enum style style, struct text text);

/* One of our own characters, or its substitute where the canvas has no graphics. Each one column wide. */
void pen_symbol(struct pen *pen, enum style style, uint32_t codepoint, char substitute);

/* Blanks up to the pen's right end. */
void pen_fill(struct pen *pen, enum style style);

/* Text at the left or the right end of `width` columns. Text too long for them loses its end, which a mark
 * shows. */
void canvas_left(struct canvas *canvas, int row, int column, int width, enum style style, struct text text);
void canvas_right(struct canvas *canvas, int row, int column, int width, enum style style, struct text text);

/* Give what is drawn there another style. */
void canvas_restyle(struct canvas *canvas, int row, int column, int width, enum style style);

/* Columns the text takes when drawn, at most `limit`. */
int canvas_text_width(const struct canvas *canvas, struct text text, int limit);

/* All rows as lines without trailing blanks; free() it. For tests. */
char *canvas_to_string(const struct canvas *canvas);

#endif
