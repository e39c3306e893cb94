#include "config/conf_text.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"

/* libinih has room for 49 bytes of a section and of a key, whatever it was built with. */
#define NAME_LENGTH_MAX 49
#define CHUNK_MIN 80 /* a line that libinih takes at once is at least so long */

/* libinih is handed one line at a time by a reader that knows which line it is and what became of it, since libinih
 * itself tells neither, and would take a line longer than its buffer for several. Such a line is handed over in pieces:
 * a piece that begins with a blank goes on with the value of the line before. */
struct reader {
	struct conf_text *text;
	const char *p, *end;
	struct text rest; /* of a line longer than libinih takes */
	size_t line;
	bool is_rest;     /* the piece handed over last goes on with a value */
	bool is_entry;    /* it has to become an entry, */
	bool has_entry;   /* and has */
	bool is_lost;     /* below a header that is none */
};

static bool is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct text trim(struct text text)
{
	while (text.length && is_blank(text.bytes[0]))
		text = (struct text){text.bytes + 1, text.length - 1};
	while (text.length && is_blank(text.bytes[text.length - 1]))
		text.length--;
	return text;
}

static char *string_of(struct text text)
{
	char *string = xcalloc(1, text.length + 1);

	if (text.length)
		memcpy(string, text.bytes, text.length);
	return string;
}

/* The name of a section, in which one blank is as good as several. */
static char *section_of(struct text text)
{
	struct text trimmed = trim(text);
	char *name = string_of(trimmed), *to = name;

	for (const char *p = name; *p; p++) {
		if (!is_blank(*p))
			*to++ = *p;
		else if (!is_blank(p[1]))
			*to++ = ' ';
	}
	*to = '\0';
	return name;
}

static void add_mistake(struct reader *reader, const char *message)
{
	struct conf_text *text = reader->text;

	text->mistakes = xreallocarray(text->mistakes, text->mistakes_count + 1, sizeof(*text->mistakes));
	text->mistakes[text->mistakes_count++] = (struct conf_mistake){xstrdup(message), reader->line};
}

/* Where a comment behind a value begins: at a ';' behind a blank. */
static size_t value_length(struct text text)
{
	for (size_t i = 1; i < text.length; i++) {
		if (text.bytes[i] == ';' && is_blank(text.bytes[i - 1]))
			return i;
	}
	return text.length;
}

static const char *find_separator(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] == '=' || text.bytes[i] == ':')
			return text.bytes + i;
	}
	return NULL;
}

static struct text next_line(struct reader *reader)
{
	const char *newline = memchr(reader->p, '\n', (size_t)(reader->end - reader->p));
	const char *end = newline ? newline : reader->end;
	struct text line = trim((struct text){reader->p, (size_t)(end - reader->p)});

	reader->p = newline ? newline + 1 : reader->end;
	reader->line++;
	return line;
}

/* Lines */

static char *put_line(char *buffer, const char *before, struct text text)
{
	char *p = stpcpy(buffer, before);

	if (text.length)
		memcpy(p, text.bytes, text.length);
	stpcpy(p + text.length, "\n");
	return buffer;
}

static void add_header(struct reader *reader, struct text name)
{
	struct conf_text *text = reader->text;

	text->headers = xreallocarray(text->headers, text->headers_count + 1, sizeof(*text->headers));
	text->headers[text->headers_count++] = (struct conf_header){section_of(name), reader->line};
}

/* What is below a header that cannot be read must not go into the section before. */
static char *read_header(struct reader *reader, struct text line, char *buffer)
{
	const char *bracket = memchr(line.bytes, ']', line.length);
	struct text name = {line.bytes + 1, bracket ? (size_t)(bracket - line.bytes) - 1 : 0}, whole = name;

	name = trim(name);
	reader->is_lost = !bracket || !name.length || whole.length > NAME_LENGTH_MAX ||
			  value_length(whole) < whole.length;
	if (!reader->is_lost) {
		add_header(reader, name);
		return put_line(buffer, "", (struct text){line.bytes, whole.length + 2});
	}
	add_mistake(reader, !bracket ? "']' is missing" :
			    !name.length ? "a section has a name" :
			    whole.length > NAME_LENGTH_MAX ? "the name of the section is too long" :
			    "a comment begins inside the brackets");
	return put_line(buffer, "", TEXT_LITERAL("[]"));
}

/* A place for a cut inside a word, where libinih drops no blank and sees no comment. Returns 0 when there is none. */
static size_t find_cut(struct text text, size_t room)
{
	for (size_t i = room; i > 0; i--) {
		if (!is_blank(text.bytes[i - 1]) && !is_blank(text.bytes[i]) && !strchr("#;", text.bytes[i]))
			return i;
	}
	return 0;
}

static char *put_piece(struct reader *reader, const char *before, struct text text, char *buffer, size_t size)
{
	size_t room = size - strlen(before) - 2, cut;

	reader->rest = TEXT_ABSENT;
	if (text.length <= room)
		return put_line(buffer, before, text);
	cut = find_cut(text, room);
	if (!cut) {
		add_mistake(reader, "the line is too long");
		reader->is_entry = false;
		return put_line(buffer, "", TEXT_ABSENT);
	}
	reader->rest = (struct text){text.bytes + cut, text.length - cut};
	return put_line(buffer, before, (struct text){text.bytes, cut});
}

/* Only the value is cut: libinih would take a line that ends inside its key for none, and the rest for more of the value
 * of the line before. The blanks that it would drop are no part of what has to find room. */
static char *read_entry(struct reader *reader, struct text line, char *buffer, size_t size)
{
	struct text entry = {line.bytes, value_length(line)}, key, value;
	const char *separator = find_separator(entry);
	char before[NAME_LENGTH_MAX + 2] = "";

	key = trim((struct text){entry.bytes, separator ? (size_t)(separator - entry.bytes) : 0});
	if (reader->is_lost)
		return put_line(buffer, "", TEXT_ABSENT);
	if (!separator || !key.length || key.length > NAME_LENGTH_MAX) {
		add_mistake(reader, !separator ? "neither KEY = VALUE nor [SECTION]" :
				    !key.length ? "no key stands before the '='" : "the key is too long");
		return put_line(buffer, "", TEXT_ABSENT);
	}
	reader->is_entry = true;
	value = trim((struct text){separator + 1, (size_t)(entry.bytes + entry.length - separator) - 1});
	memcpy(before, key.bytes, key.length);
	before[key.length] = '=';
	return put_piece(reader, before, value, buffer, size);
}

static char *read_next(char *buffer, int size, void *context)
{
	struct reader *reader = context;
	struct text line;

	reader->is_rest = reader->rest.bytes != NULL;
	if (size < CHUNK_MIN)
		return NULL;
	if (reader->is_rest)
		return put_piece(reader, " ", reader->rest, buffer, (size_t)size);
	if (reader->is_entry && !reader->has_entry)
		add_mistake(reader, "neither KEY = VALUE nor [SECTION]");
	reader->is_entry = reader->has_entry = false;
	if (reader->p == reader->end)
		return NULL;
	line = next_line(reader);
	if (!line.length || strchr("#;", *line.bytes))
		return put_line(buffer, "", TEXT_ABSENT);
	if (*line.bytes == '[')
		return read_header(reader, line, buffer);
	return read_entry(reader, line, buffer, (size_t)size);
}

/* Entries */

static void continue_value(struct conf_entry *entry, const char *value)
{
	size_t length = strlen(entry->value), more = strlen(value);

	entry->value = xreallocarray(entry->value, length + more + 1, 1);
	memcpy(entry->value + length, value, more + 1);
}

static int take_entry(void *context, const char *section, const char *key, const char *value)
{
	struct reader *reader = context;
	struct conf_text *text = reader->text;

	if (!reader->is_entry)
		return 1;
	if (reader->is_rest && text->entries_count > 0) {
		continue_value(&text->entries[text->entries_count - 1], value);
		return 1;
	}
	reader->has_entry = true;
	text->entries = xreallocarray(text->entries, text->entries_count + 1, sizeof(*text->entries));
	text->entries[text->entries_count++] = (struct conf_entry){
		.section = section_of(text_of(section)),
		.key = xstrdup(key),
		.value = xstrdup(value),
		.line = reader->line,
	};
	return 1;
}

void conf_text_parse(const char *bytes, size_t length, struct conf_text *ret_text)
{
	struct reader reader = {.text = ret_text, .p = bytes, .end = bytes + length};

	*ret_text = (struct conf_text){0};
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		reader.p += 3;
	ini_parse_stream(read_next, &reader, take_entry, &reader);
}

void conf_text_free(struct conf_text *text)
{
	for (size_t i = 0; i < text->entries_count; i++) {
		free(text->entries[i].section);
		free(text->entries[i].key);
		free(text->entries[i].value);
	}
	for (size_t i = 0; i < text->headers_count; i++)
		free(text->headers[i].section);
	for (size_t i = 0; i < text->mistakes_count; i++)
		free(text->mistakes[i].message);
	free(text->entries);
	free(text->headers);
	free(text->mistakes);
	*text = (struct conf_text){0};
}

/* Changes */

/* Line number `line` of the bytes without its newline; behind the last one an empty one at the end. */
static struct text line_at(const char *bytes, size_t line)
{
	const char *p = bytes;

	for (size_t i = 1; i < line && *p; i++) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return (struct text){p, strcspn(p, "\n")};
}

/* Put something in place of a part of the bytes. */
static void replace(char **bytes, struct text part, struct text with)
{
	size_t before = (size_t)(part.bytes - *bytes), behind = strlen(part.bytes + part.length);
	char *whole = xmalloc(before + with.length + behind + 1);

	memcpy(whole, *bytes, before);
	memcpy(whole + before, with.bytes, with.length);
	memcpy(whole + before + with.length, part.bytes + part.length, behind + 1);
	free(*bytes);
	*bytes = whole;
}

static const char *newline_of(const char *bytes)
{
	size_t length = strcspn(bytes, "\n");

	return length > 0 && bytes[length] && bytes[length - 1] == '\r' ? "\r\n" : "\n";
}

/* Lines of text below line number `line`; 0: at the end. */
static void insert(char **bytes, size_t line, const char *text)
{
	struct text at = line ? line_at(*bytes, line) : (struct text){*bytes + strlen(*bytes), 0};
	const char *end = at.bytes + at.length, *newline = newline_of(*bytes);
	bool is_open = !*end && end > *bytes && end[-1] != '\n'; /* the last line lacks its newline */
	char *whole;

	if (asprintf(&whole, "%s%s%s", is_open ? newline : "", text, newline) < 0)
		fatal("out of memory");
	if (*end == '\n')
		end++;
	replace(bytes, (struct text){end, 0}, text_of(whole));
	free(whole);
}

static void change_value(char **bytes, size_t line, const char *value)
{
	struct text whole = line_at(*bytes, line), trimmed = trim(whole), old;
	const char *separator = find_separator(trimmed), *line_end = trimmed.bytes + trimmed.length, *end;
	bool is_empty;
	char *padded;

	if (!separator)
		return; /* no entry */
	/* From the separator on, since a comment may begin right behind it. */
	end = separator + value_length((struct text){separator, (size_t)(line_end - separator)});
	old = trim((struct text){separator + 1, (size_t)(end - separator) - 1});
	is_empty = !old.length;
	if (is_empty)
		old = (struct text){separator + 1, (size_t)(end - separator) - 1};
	if (asprintf(&padded, "%s%s%s", is_empty ? " " : "", value, is_empty && end < line_end ? " " : "") < 0)
		fatal("out of memory");
	replace(bytes, old, text_of(padded));
	free(padded);
}

/* The last line of a section; 0: there is none. */
static size_t last_line(const struct conf_text *text, const char *section)
{
	size_t line = 0;

	for (size_t i = 0; i < text->headers_count; i++) {
		if (strcmp(text->headers[i].section, section) == 0)
			line = text->headers[i].line;
	}
	for (size_t i = 0; i < text->entries_count; i++) {
		if (strcmp(text->entries[i].section, section) == 0 && text->entries[i].line > line)
			line = text->entries[i].line;
	}
	return line;
}

void conf_text_set(char **bytes, const char *section, const char *key, const char *value)
{
	struct conf_text text;
	size_t line = 0;
	char *entry;

	conf_text_add_section(bytes, section);
	conf_text_parse(*bytes, strlen(*bytes), &text);
	for (size_t i = 0; i < text.entries_count; i++) {
		if (strcmp(text.entries[i].section, section) == 0 && strcmp(text.entries[i].key, key) == 0)
			line = text.entries[i].line;
	}
	if (line) {
		change_value(bytes, line, value);
	} else {
		if (asprintf(&entry, "%s = %s", key, value) < 0)
			fatal("out of memory");
		insert(bytes, last_line(&text, section), entry);
		free(entry);
	}
	conf_text_free(&text);
}

void conf_text_add_section(char **bytes, const char *section)
{
	struct conf_text text;
	char *header;

	conf_text_parse(*bytes, strlen(*bytes), &text);
	if (!last_line(&text, section)) {
		if (asprintf(&header, "%s[%s]", **bytes ? newline_of(*bytes) : "", section) < 0)
			fatal("out of memory");
		insert(bytes, 0, header);
		free(header);
	}
	conf_text_free(&text);
}

void conf_text_rename_section(char **bytes, const char *section, const char *name)
{
	struct conf_text text;

	conf_text_parse(*bytes, strlen(*bytes), &text);
	for (size_t i = 0; i < text.headers_count; i++) {
		struct text line = line_at(*bytes, text.headers[i].line);
		const char *open = memchr(line.bytes, '[', line.length), *close = memchr(line.bytes, ']', line.length);

		if (strcmp(text.headers[i].section, section) == 0 && open && close)
			replace(bytes, (struct text){open + 1, (size_t)(close - open) - 1}, text_of(name));
	}
	conf_text_free(&text);
}

static void remove_line(char **bytes, size_t line)
{
	struct text part = line_at(*bytes, line);

	part.length += part.bytes[part.length] == '\n';
	replace(bytes, part, TEXT_LITERAL(""));
}

static bool is_of(const struct conf_text *text, size_t line, const char *section)
{
	for (size_t i = 0; i < text->headers_count; i++) {
		if (text->headers[i].line == line)
			return strcmp(text->headers[i].section, section) == 0;
	}
	for (size_t i = 0; i < text->entries_count; i++) {
		if (text->entries[i].line == line)
			return strcmp(text->entries[i].section, section) == 0;
	}
	return false;
}

void conf_text_remove_section(char **bytes, const char *section)
{
	struct conf_text text;

	conf_text_parse(*bytes, strlen(*bytes), &text);
	for (size_t line = last_line(&text, section); line > 0; line--) {
		if (is_of(&text, line, section))
			remove_line(bytes, line);
	}
	conf_text_free(&text);
}
