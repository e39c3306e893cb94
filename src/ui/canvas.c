#include "ui/canvas.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/fatal.h"

#define REPLACEMENT 0xfffdu

static const struct cell blank = {.bytes = " ", .length = 1, .width = 1, .style = STYLE_TEXT};

void canvas_init(struct canvas *canvas, bool utf8, bool graphics)
{
	*canvas = (struct canvas){.utf8 = utf8, .graphics = utf8 && graphics};
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
	canvas->capacity = 0;
	canvas->rows = canvas->columns = 0;
}

void canvas_resize(struct canvas *canvas, int rows, int columns)
{
	size_t count;

	canvas->rows = rows > 0 ? rows : 0;
	canvas->columns = columns > 0 ? columns : 0;
	count = (size_t)canvas->rows * (size_t)canvas->columns;
	if (count > canvas->capacity) {
		canvas->cells = xreallocarray(canvas->cells, count, sizeof(*canvas->cells));
		canvas->capacity = count;
	}
	canvas_clear(canvas);
}

void canvas_clear(struct canvas *canvas)
{
	size_t count = (size_t)canvas->rows * (size_t)canvas->columns;

	for (size_t i = 0; i < count; i++)
		canvas->cells[i] = blank;
}

static struct cell *cell_at(const struct canvas *canvas, int row, int column)
{
	return &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column];
}

const struct cell *canvas_cell(const struct canvas *canvas, int row, int column)
{
	return cell_at(canvas, row, column);
}

/* Before a cell is overwritten, the other half of a wide character in it becomes blank. */
static void split_wide(struct canvas *canvas, int row, int column)
{
	struct cell *cell = cell_at(canvas, row, column);
	uint8_t style = cell->style;

	if (cell->width == 0 && column > 0) {
		cell[-1] = cell[0] = blank;
		cell[-1].style = cell[0].style = style;
	} else if (cell->width == 2 && column + 1 < canvas->columns) {
		cell[0] = cell[1] = blank;
		cell[0].style = cell[1].style = style;
	}
}

struct pen pen_at(struct canvas *canvas, int row, int column, int width, int skip)
{
	struct pen pen = {.canvas = canvas, .row = row, .column = column - skip, .left = column};

	pen.right = width > 0 ? column + width : column;
	if (pen.left < 0)
		pen.left = 0;
	if (pen.right > canvas->columns)
		pen.right = canvas->columns;
	if (row < 0 || row >= canvas->rows)
		pen.right = INT_MIN;
	return pen;
}

static void put_blank(struct pen *pen, int column, enum style style)
{
	struct cell *cell;

	if (column < pen->left || column >= pen->right)
		return;
	split_wide(pen->canvas, pen->row, column);
	cell = cell_at(pen->canvas, pen->row, column);
	*cell = blank;
	cell->style = (uint8_t)style;
}

static void put_wide(struct pen *pen, enum style style, const char *bytes, size_t length)
{
	struct cell *cell;

	if (pen->column < pen->left || pen->column + 1 >= pen->right) {
		put_blank(pen, pen->column, style);
		put_blank(pen, pen->column + 1, style);
		return;
	}
	split_wide(pen->canvas, pen->row, pen->column);
	split_wide(pen->canvas, pen->row, pen->column + 1);
	cell = cell_at(pen->canvas, pen->row, pen->column);
	cell[0] = (struct cell){.length = (uint8_t)length, .width = 2, .style = (uint8_t)style};
	memcpy(cell[0].bytes, bytes, length);
	cell[1] = (struct cell){.style = (uint8_t)style};
}

static void put_narrow(struct pen *pen, enum style style, const char *bytes, size_t length)
{
	struct cell *cell;

	if (pen->column < pen->left || pen->column >= pen->right)
		return;
	split_wide(pen->canvas, pen->row, pen->column);
	cell = cell_at(pen->canvas, pen->row, pen->column);
	*cell = (struct cell){.length = (uint8_t)length, .width = 1, .style = (uint8_t)style};
	memcpy(cell->bytes, bytes, length);
}

/* A combining character joins the one drawn before it; without one, or without room, it is lost. */
static void put_combining(struct pen *pen, const char *bytes, size_t length)
{
	int column = pen->column - 1;
	struct cell *cell;

	if (column < pen->left || column >= pen->right)
		return;
	cell = cell_at(pen->canvas, pen->row, column);
	if (cell->width == 0 && column > pen->left)
		cell--;
	if (cell->length + length > sizeof(cell->bytes))
		return;
	memcpy(cell->bytes + cell->length, bytes, length);
	cell->length = (uint8_t)(cell->length + length);
}

/* Characters that show nothing and make terminals disagree on the width of their neighbours: zero-width space and
 * joiners, invisible operators, variation selectors, tags. */
static bool is_ignorable(uint32_t c)
{
	return c == 0xad || c == 0x34f || (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200d) ||
	       (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe0fff);
}

/* Columns a character takes; -1: not one to be drawn as it is. */
static int codepoint_width(uint32_t codepoint)
{
	if (codepoint < 0x80)
		return codepoint >= 0x20 && codepoint < 0x7f ? 1 : -1;
	return wcwidth((wchar_t)codepoint);
}

static size_t put_codepoint(struct pen *pen, enum style style, const char *bytes, const char *end)
{
	uint32_t codepoint = 0;
	size_t length = utf8_decode(bytes, end, &codepoint);
	int width = codepoint_width(codepoint);

	if (is_ignorable(codepoint))
		return length;
	if (!length || width < 0) {
		/* Not assigned as far as the locale knows, so that the terminal's idea of its width is anyone's
		 * guess. */
		const char *substitute = pen->canvas->utf8 ? "\xef\xbf\xbd" : "?";

		put_narrow(pen, style, substitute, strlen(substitute));
		pen->column++;
		return length ? length : 1;
	}
	if (width == 0)
		put_combining(pen, bytes, length);
	else if (width == 2)
		put_wide(pen, style, bytes, length);
	else
		put_narrow(pen, style, bytes, length);
	pen->column += width;
	return length;
}

/* One character of the text, made safe. Returns how many of its bytes it took. */
static size_t put_character(struct pen *pen, enum style style, const char *p, const char *end)
{
	char safe[TEXT_DISPLAY_SIZE(4)];
	uint32_t codepoint;
	size_t used, length;

	if ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f) {
		put_narrow(pen, style, p, 1);
		pen->column++;
		return 1;
	}
	used = utf8_decode(p, end, &codepoint);
	if (!used)
		used = 1;
	length = text_to_display((struct text){p, used}, pen->canvas->utf8, safe, sizeof(safe));
	for (size_t i = 0; i < length;)
		i += put_codepoint(pen, style, safe + i, safe + length);
	return used;
}

/* Bytes that may be read to draw the columns a pen has left: four for a character and as many again for combining
 * ones, so that a megabyte of these costs nothing. */
static size_t reading_limit(const struct pen *pen)
{
	return pen_is_full(pen) ? 0 : ((size_t)(pen->right - pen->column) + 1) * 8;
}

static void put_text(struct pen *pen, enum style style, struct text text, bool nul_is_blank)
{
	size_t limit = reading_limit(pen), length = text.length < limit ? text.length : limit;
	const char *p = text.bytes, *end = p ? p + length : p;

	while (p < end && !pen_is_full(pen)) {
		if (nul_is_blank && !*p) {
			put_narrow(pen, style, " ", 1);
			pen->column++;
			p++;
		} else {
			/* The last character counted may end behind the limit. */
			p += put_character(pen, style, p, text.bytes + text.length);
		}
	}
}

void pen_text(struct pen *pen, enum style style, struct text text)
{
	put_text(pen, style, text, false);
}

void pen_arguments(struct pen *pen, enum style style, struct text text)
{
	while (text.length > 0 && !text.bytes[text.length - 1])
		text.length--;
	put_text(pen, style, text, true);
}

void pen_string(struct pen *pen, enum style style, const char *string)
{
	put_text(pen, style, text_of(string), false);
}

void pen_format(struct pen *pen, enum style style, const char *format, ...)
{
	char buffer[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	pen_string(pen, style, buffer);
}

void pen_symbol(struct pen *pen, enum style style, uint32_t codepoint, char substitute)
{
	char bytes[4];
	size_t length = utf8_encode(pen->canvas->graphics ? codepoint : (unsigned char)substitute, bytes);

	put_narrow(pen, style, bytes, length);
	pen->column++;
}

void pen_fill(struct pen *pen, enum style style)
{
	while (!pen_is_full(pen))
		put_blank(pen, pen->column++, style);
}

int canvas_text_width(const struct canvas *canvas, struct text text, int limit)
{
	/* A pen whose every column lies left of its window measures and draws nothing. */
	struct canvas nowhere = {.utf8 = canvas->utf8, .graphics = canvas->graphics};
	struct pen pen = {.canvas = &nowhere, .left = INT_MAX, .right = limit + 1};

	pen_text(&pen, STYLE_TEXT, text);
	return pen.column < limit ? pen.column : limit;
}

static void mark_cut(struct canvas *canvas, int row, int column, int width, enum style style)
{
	struct pen pen = pen_at(canvas, row, column + width - 1, 1, 0);

	if (width > 0 && !pen_is_full(&pen))
		pen_symbol(&pen, style, 0x2026, '+');
}

void canvas_left(struct canvas *canvas, int row, int column, int width, enum style style, struct text text)
{
	struct pen pen = pen_at(canvas, row, column, width, 0);

	pen_text(&pen, style, text);
	if (canvas_text_width(canvas, text, width + 1) > width)
		mark_cut(canvas, row, column, width, style);
}

void canvas_right(struct canvas *canvas, int row, int column, int width, enum style style, struct text text)
{
	int taken = canvas_text_width(canvas, text, width + 1);

	if (taken >= width) {
		canvas_left(canvas, row, column, width, style, text);
		return;
	}
	canvas_left(canvas, row, column + width - taken, taken, style, text);
}

void canvas_restyle(struct canvas *canvas, int row, int column, int width, enum style style)
{
	if (row < 0 || row >= canvas->rows)
		return;
	for (int i = column > 0 ? column : 0; i < column + width && i < canvas->columns; i++)
		cell_at(canvas, row, i)->style = (uint8_t)style;
}

char *canvas_to_string(const struct canvas *canvas)
{
	size_t row_size = (size_t)canvas->columns * sizeof(blank.bytes) + 1, length = 0;
	char *string = xmalloc((size_t)canvas->rows * row_size + 1);

	for (int row = 0; row < canvas->rows; row++) {
		size_t start = length;

		for (int column = 0; column < canvas->columns; column++) {
			const struct cell *cell = cell_at(canvas, row, column);

			memcpy(string + length, cell->bytes, cell->length);
			length += cell->length;
		}
		while (length > start && string[length - 1] == ' ')
			length--;
		string[length++] = '\n';
	}
	string[length] = '\0';
	return string;
}
