/* Rows of text for the panes of the details: made once for each snapshot, cut at the width of the screen. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fatal.h"
#include "ui/details.h"

#define INDENT 2 /* of rows that go on with the text above, and of what stands below its label */

void lines_begin(struct details_lines *lines, const struct canvas *canvas, int width, int label_width)
{
	arena_free(&lines->arena);
	lines->arena = (struct arena){0};
	lines->count = 0;
	lines->canvas = canvas;
	lines->width = width;
	lines->label_width = label_width;
	lines->wraps = true;
	lines->breaks_words = false;
}

void lines_free(struct details_lines *lines)
{
	arena_free(&lines->arena);
	free(lines->items);
}

static struct details_line *append(struct details_lines *lines, enum line_kind kind, enum style style)
{
	struct details_line *line;

	lines->items = xgrow(lines->items, lines->count + 1, &lines->capacity, sizeof(*lines->items));
	line = &lines->items[lines->count++];
	*line = (struct details_line){.kind = kind, .style = style};
	return line;
}

/* Bytes of the text that fill no more than `width` columns, at least one character. */
static size_t fitting(const struct details_lines *lines, struct text text, int width)
{
	const char *p = text.bytes, *end = p + text.length, *blank = NULL;

	for (int column = 0; p < end;) {
		uint32_t codepoint;
		size_t size = 1;

		if (*p >= ' ' && *p <= '~') {
			column++;
		} else {
			size = utf8_decode(p, end, &codepoint);
			size = size ? size : 1;
			column += canvas_text_width(lines->canvas, (struct text){p, size}, 100);
		}
		if (column > width && p > text.bytes)
			break;
		p += size;
		if (p[-1] == ' ')
			blank = p;
	}
	if (p < end && blank && !lines->breaks_words)
		p = blank;
	return (size_t)(p - text.bytes);
}

static void append_text(struct details_lines *lines, const struct details_line *first, int width, int rest_width)
{
	struct text text = first->text;
	struct details_line line = *first;

	do {
		int room = line.is_continuation ? rest_width : width;
		size_t size = lines->wraps ? fitting(lines, text, room > 0 ? room : 1) : text.length;

		line.text = (struct text){text.bytes, size};
		line.left = text.length;
		*append(lines, line.kind, line.style) = line;
		text.bytes += size;
		text.length -= size;
		line.label = TEXT_ABSENT;
		line.accent = line.accent > size ? line.accent - size : 0;
		line.is_continuation = true;
	} while (text.length > 0);
}

void lines_title(struct details_lines *lines, const char *title)
{
	if (lines->count > 0 && lines->label_width > 0)
		append(lines, LINE_PLAIN, STYLE_TEXT);
	append(lines, LINE_TITLE, STYLE_TITLE)->text = text_of(title);
}

void lines_pair(struct details_lines *lines, struct text label, enum style style, struct text text)
{
	struct details_line line = {.kind = LINE_PAIR, .style = style, .label = label, .text = text};
	int width = lines->width - lines->label_width;

	if (!text.bytes)
		line.text = TEXT_LITERAL("-");
	if (lines->label_width == 0) {
		append(lines, LINE_PAIR, style)->label = label;
		line.label = TEXT_ABSENT;
		width -= INDENT;
	}
	append_text(lines, &line, width, width);
}

void lines_plain(struct details_lines *lines, enum style style, struct text text, size_t accent)
{
	struct details_line line = {.kind = LINE_PLAIN, .style = style, .text = text, .accent = accent};

	append_text(lines, &line, lines->width, lines->width - INDENT);
}

void lines_draw(const struct details_lines *lines, size_t at, struct canvas *canvas, int row, int column, int scroll)
{
	const struct details_line *line = &lines->items[at];
	int start = 0;
	struct pen pen;
	size_t accent = line->accent < line->text.length ? line->accent : line->text.length;

	if (line->label.bytes)
		canvas_left(canvas, row, column, lines->label_width ? lines->label_width - 1 : lines->width,
			    STYLE_LABEL, line->label);
	if (line->kind == LINE_PAIR)
		start = lines->label_width ? lines->label_width : INDENT;
	else if (line->is_continuation)
		start = INDENT;
	if (!line->text.bytes || start >= lines->width)
		return;
	pen = pen_at(canvas, row, column + start, lines->width - start, lines->wraps ? 0 : scroll);
	pen_text(&pen, STYLE_LABEL, (struct text){line->text.bytes, accent});
	pen_text(&pen, line->style, (struct text){line->text.bytes + accent, line->text.length - accent});
}

/* Where `wanted` begins in text; NULL: nowhere. */
static const char *find_text(struct text text, const char *wanted, size_t length)
{
	for (size_t i = 0; i + length <= text.length; i++) {
		if (strncasecmp(text.bytes + i, wanted, length) == 0)
			return text.bytes + i;
	}
	return NULL;
}

/* Whether a find begins in this row, though it may end in the next. */
static bool has_match(const struct details_line *line, const char *wanted, size_t length)
{
	size_t size = line->text.length + length - 1;
	struct text seen = {line->text.bytes, size < line->left ? size : line->left};

	if (line->label.bytes && find_text(line->label, wanted, length))
		return true;
	if (line->kind == LINE_TITLE)
		seen.length = line->text.length;
	return seen.bytes && find_text(seen, wanted, length) != NULL;
}

bool lines_find(const struct details_lines *lines, const char *wanted, size_t row, enum find_from from,
		size_t *ret_at)
{
	size_t length = strlen(wanted), step = from == FIND_PREVIOUS ? lines->count - 1 : 1;
	size_t start = row >= lines->count ? 0 : from == FIND_HERE ? row : row + step;

	if (!length)
		return false;
	for (size_t i = 0; i < lines->count; i++) {
		size_t at = (start + i * step) % lines->count;

		if (!has_match(&lines->items[at], wanted, length))
			continue;
		*ret_at = at;
		return true;
	}
	return false;
}
