#include "out/line.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fatal.h"

/* What the stream can show */

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool terminal_has_styles(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0;
}

struct text_look text_look_of_stream(FILE *stream, enum charset charset)
{
	struct text_look look = {.utf8 = charset == CHARSET_UTF8};
	struct winsize size;

	if (charset == CHARSET_AUTO)
		look.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!isatty(fileno(stream)))
		return look;
	look.bold = terminal_has_styles();
	look.color = look.bold && !is_set("NO_COLOR");
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
		look.width = size.ws_col;
	return look;
}

/* Lines */

void line_init(struct line *line, const struct text_look *look)
{
	*line = (struct line){.look = look};
}

void line_free(struct line *line)
{
	free(line->bytes);
	*line = (struct line){.look = line->look};
}

/* Room for that many more bytes, at its end. */
static char *line_reserve(struct line *line, size_t more)
{
	size_t capacity = line->capacity ? line->capacity : 256;

	while (capacity - line->length < more)
		capacity *= 2;
	if (capacity != line->capacity) {
		line->bytes = xreallocarray(line->bytes, capacity, 1);
		line->capacity = capacity;
	}
	return line->bytes + line->length;
}

void line_bytes(struct line *line, const char *bytes, size_t length)
{
	if (!length)
		return;
	memcpy(line_reserve(line, length), bytes, length);
	line->length += length;
}

void line_string(struct line *line, const char *string)
{
	line_bytes(line, string, strlen(string));
}

void line_format(struct line *line, const char *format, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line_string(line, text);
}

void line_blanks(struct line *line, size_t count)
{
	memset(line_reserve(line, count + 1), ' ', count);
	line->length += count;
}

void line_text(struct line *line, struct text text)
{
	size_t size = TEXT_DISPLAY_SIZE(text.length);

	if (text.bytes)
		line->length += text_to_display(text, line->look->utf8, line_reserve(line, size), size);
}

void line_arguments(struct line *line, struct text arguments)
{
	const char *p = arguments.bytes, *end = p ? p + arguments.length : p;

	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t length = nul ? (size_t)(nul - p) : (size_t)(end - p);

		if (p != arguments.bytes)
			line_string(line, " ");
		line_text(line, (struct text){p, length});
		p += length + 1;
	}
}

void line_style(struct line *line, enum line_style style)
{
	char mark = (char)(1 + style);

	if (line->look->color || (line->look->bold && (style == LINE_HIGHLIGHT || style == LINE_PLAIN)))
		line_bytes(line, &mark, 1);
}

static bool is_mark(char byte)
{
	return byte > 0 && byte <= LINE_STYLE_COUNT;
}

size_t line_width(const struct line *line, size_t from)
{
	return utf8_width(line->bytes + from, line->length - from);
}

/* Bytes of the character at p. */
static size_t character_length(const char *p, const char *end)
{
	uint32_t codepoint;
	size_t length = (unsigned char)*p < 0x80 ? 1 : utf8_decode(p, end, &codepoint);

	return length ? length : 1;
}

/* The byte behind the last character that fits the width, and whether all do. A mark that follows it belongs to what
 * is left out. */
static size_t fitting_length(const struct line *line, size_t width, bool *ret_all)
{
	const char *p = line->bytes, *end = p + line->length;
	size_t columns = 0;

	while (p < end) {
		size_t length = character_length(p, end);

		if (!is_mark(*p))
			columns += utf8_width(p, length);
		if (columns > width) {
			*ret_all = false;
			return (size_t)(p - line->bytes);
		}
		p += length;
	}
	*ret_all = true;
	return line->length;
}

static void write_mark(FILE *stream, char mark)
{
	static const char *const sequences[LINE_STYLE_COUNT] = {
		[LINE_PLAIN] = "\x1b[0m",       [LINE_BRANCH] = "\x1b[0;36m",    [LINE_DIM] = "\x1b[0;2m",
		[LINE_HEADER] = "\x1b[0;1m",    [LINE_RUNNING] = "\x1b[0;1;32m", [LINE_WAITING] = "\x1b[0;1;33m",
		[LINE_STOPPED] = "\x1b[0;1;34m", [LINE_ZOMBIE] = "\x1b[0;35m",   [LINE_ORPHAN] = "\x1b[0;1;35m",
		[LINE_HIGHLIGHT] = "\x1b[0;1m",
	};

	fputs(sequences[mark - 1], stream);
}

/* A style is switched on only before what has it. */
static void write_styled(const struct line *line, size_t length, FILE *stream)
{
	const char plain = 1 + LINE_PLAIN;
	char mark = plain, written = plain;

	for (size_t i = 0, next; i < length; i = next) {
		for (next = i; next < length && !is_mark(line->bytes[next]);)
			next++;
		if (next == i) {
			mark = line->bytes[next++];
			continue;
		}
		if (mark != written)
			write_mark(stream, mark);
		written = mark;
		fwrite(line->bytes + i, 1, next - i, stream);
	}
	if (written != plain)
		write_mark(stream, plain);
}

int line_write(const struct line *line, FILE *stream)
{
	const struct text_look *look = line->look;
	size_t length = line->length;
	bool all = true;

	errno = 0;
	if (look->width > 0)
		length = fitting_length(line, (size_t)look->width, &all);
	if (!all)
		length = fitting_length(line, (size_t)look->width - 1, &(bool){false});
	if (look->bold || look->color)
		write_styled(line, length, stream);
	else if (length)
		fwrite(line->bytes, 1, length, stream);
	if (!all)
		fputs(look->utf8 ? "\xe2\x80\xa6" : ">", stream);
	fputc('\n', stream);
	if (!ferror(stream))
		return 0;
	return errno ? -errno : -EIO;
}
