/* Lines of text on their way to a terminal or into a file: what comes from outside is escaped, styles are put in where
 * they are wanted, and what is too long for a terminal is cut. */
#ifndef CMON_OUT_LINE_H
#define CMON_OUT_LINE_H

#include <stdio.h>

#include "base/text.h"

/* What the reader of the output can show. */
struct text_look {
	bool utf8;
	bool bold;  /* highlighting */
	bool color; /* everything else that styles do */
	int width;  /* columns lines are cut to; 0: they are not */
};

enum charset { CHARSET_AUTO, CHARSET_ASCII, CHARSET_UTF8 };

/* What a stream can show: lines are cut and styles used on a terminal only, colours unless NO_COLOR is set, and no
 * style where TERM says that there are none. CHARSET_AUTO is as nl_langinfo(CODESET) says: call setlocale before. */
struct text_look text_look_of_stream(FILE *stream, enum charset charset);

enum line_style {
	LINE_PLAIN,
	LINE_BRANCH,  /* the lines of a tree */
	LINE_DIM,
	LINE_HEADER,
	LINE_RUNNING,
	LINE_WAITING,
	LINE_STOPPED,
	LINE_ZOMBIE,
	LINE_ORPHAN,
	LINE_HIGHLIGHT,
	LINE_STYLE_COUNT,
};

/* Text that grows. No control character is in it but the marks of styles, which are the bytes 1 to LINE_STYLE_COUNT. */
struct line {
	const struct text_look *look;
	char *bytes; /* not ended by NUL */
	size_t length, capacity;
};

/* Empty, and without memory. look: is borrowed. */
void line_init(struct line *line, const struct text_look *look);
void line_free(struct line *line);

/* Append what is known to be harmless: cmon's own words, or what was in a line before. */
void line_bytes(struct line *line, const char *bytes, size_t length);
void line_string(struct line *line, const char *string);
void line_format(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
void line_blanks(struct line *line, size_t count);

/* Append what comes from outside, escaped; nothing for an absent text. */
void line_text(struct line *line, struct text text);

/* The same for strings that end with NUL each, with a blank between them. */
void line_arguments(struct line *line, struct text arguments);

/* What follows has this style, where the look has it. */
void line_style(struct line *line, enum line_style style);

/* Columns of what stands from a byte on, which has no styles. */
size_t line_width(const struct line *line, size_t from);

/* Write a line, cut to the look's width, and a newline. The cut is marked in the last column.
 * Returns 0 or -errno of the write. */
int line_write(const struct line *line, FILE *stream);

#endif
