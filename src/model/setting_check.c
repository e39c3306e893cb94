/* Whether a value may be set, and which name somebody meant whose value, key or section is none. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/filter.h"
#include "model/nearest.h"
#include "model/settings.h"

#define NAMES_MAX 64 /* choices of a setting, columns, sections */

/* What is being checked, and where the answer goes. */
struct check {
	const struct setting_row *row;
	const char *value; /* blanks trimmed */
	char **ret_message;
	size_t *ret_column;
};

__attribute__((format(printf, 2, 3))) static int refuse(char **ret_message, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(ret_message, format, arguments) < 0)
		fatal("out of memory");
	va_end(arguments);
	return -EINVAL;
}

/* "...; did you mean 'x'?" */
static int refuse_name(const struct check *check, const char *what, struct text name, const char *nearest)
{
	if (check->ret_column)
		*check->ret_column = (size_t)(name.bytes - check->value);
	return refuse(check->ret_message, "no %s is called '%.*s'%s%s%s", what, (int)name.length, name.bytes,
		      nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* Text */

/* Trimmed, with blanks for tabs. Returns NULL with a message for what cannot stand in a line of the file. */
static char *one_line(const char *value, char **ret_message)
{
	struct text trimmed = text_trim(text_of(value));
	char *line = xcalloc(1, trimmed.length + 1);

	memcpy(line, trimmed.bytes, trimmed.length);
	for (char *p = line; *p; p++) {
		if (*p == '\t')
			*p = ' ';
		if ((unsigned char)*p < ' ' || *p == 127)
			refuse(ret_message, "a value is one line, without control characters");
		else if (*p == ';' && (p == line || p[-1] == ' '))
			refuse(ret_message, "a ';' behind a blank would begin a comment");
		else
			continue;
		free(line);
		return NULL;
	}
	if (trimmed.length <= SETTING_LENGTH_MAX)
		return line;
	refuse(ret_message, "longer than %d bytes", SETTING_LENGTH_MAX);
	free(line);
	return NULL;
}

/* Words of a list */

struct names {
	struct text items[NAMES_MAX];
	size_t count;
};

static struct names names_of(const char *words)
{
	struct names names = {.count = 0};

	while (words && names.count < NAMES_MAX && setting_next_word(&words, &names.items[names.count]))
		names.count++;
	return names;
}

static bool has_name(const struct names *names, struct text name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (text_equal(names->items[i], name))
			return true;
	}
	return false;
}

/* The nearest of the choices as a string in `buffer`, or NULL. */
struct named {
	const struct names *names;
	char (*strings)[NAMES_MAX];
};

static const char *string_of_name(const void *context, size_t at)
{
	const struct named *named = context;
	struct text name = named->names->items[at];

	if (name.length >= NAMES_MAX)
		return NULL;
	memcpy(named->strings[at], name.bytes, name.length);
	named->strings[at][name.length] = '\0';
	return named->strings[at];
}

static int refuse_choice(const struct check *check, const struct names *names, struct text word)
{
	char strings[NAMES_MAX][NAMES_MAX];
	const struct named named = {names, strings};
	const char *nearest = name_nearest(word, string_of_name, &named, names->count);

	if (check->ret_column)
		*check->ret_column = (size_t)(word.bytes - check->value);
	return refuse(check->ret_message, "'%.*s' is none of: %s%s%s%s", (int)word.length, word.bytes,
		      check->row->choices, nearest ? "; did you mean '" : "", nearest ? nearest : "",
		      nearest ? "'?" : "");
}

static int refuse_twice(const struct check *check, struct text word)
{
	if (check->ret_column)
		*check->ret_column = (size_t)(word.bytes - check->value);
	return refuse(check->ret_message, "'%.*s' is there twice", (int)word.length, word.bytes);
}

static int refuse_number(const struct check *check, struct text word)
{
	if (check->ret_column)
		*check->ret_column = (size_t)(word.bytes - check->value);
	return refuse(check->ret_message, "'%.*s': no number from 1 to %g stands behind the colon", (int)word.length,
		      word.bytes, check->row->high);
}

/* By type */

static const struct {
	const char *word;
	bool is_yes;
} bool_words[] = {
	{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true}, {"off", false}, {"1", true},
	{"0", false},
};

static int check_bool(const struct check *check, char **value)
{
	for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		if (strcasecmp(*value, bool_words[i].word) != 0)
			continue;
		free(*value);
		*value = xstrdup(bool_words[i].is_yes ? "yes" : "no");
		return 0;
	}
	return refuse(check->ret_message, "'%s' is neither yes nor no", check->value);
}

static int check_number(const struct check *check, char **value)
{
	struct cursor cursor = cursor_of_text(text_of(*value));
	double number;

	if (parse_f64(&cursor, &number) == 0 && cursor_done(&cursor) && number >= check->row->low &&
	    number <= check->row->high)
		return 0;
	return refuse(check->ret_message, "'%s' is not a number from %g to %g", check->value, check->row->low,
		      check->row->high);
}

static int check_choice(const struct check *check, char **value)
{
	struct names names = names_of(check->row->choices);
	struct text word = text_of(check->value);

	(void)value;
	return has_name(&names, word) ? 0 : refuse_choice(check, &names, word);
}

static int check_words(const struct check *check, char **value)
{
	struct names choices = names_of(check->row->choices), seen = {.count = 0};
	const char *cursor = check->value;
	struct text word, name;
	int number;

	(void)value;
	while (setting_next_word(&cursor, &word)) {
		bool is_parsed = setting_parse_word(word, check->row->high, &name, &number);

		if (!is_parsed && check->row->high > 0)
			return refuse_number(check, word);
		if (!is_parsed || !has_name(&choices, name))
			return refuse_choice(check, &choices, is_parsed ? name : word);
		if (has_name(&seen, name))
			return refuse_twice(check, name);
		seen.items[seen.count++] = name;
	}
	return 0;
}

static int refuse_column(const struct check *check, struct text word)
{
	const char *colon = memchr(word.bytes, ':', word.length);
	struct text name = {word.bytes, colon ? (size_t)(colon - word.bytes) : word.length};
	const struct field *field;
	int width;

	if (colon && setting_parse_column(name, &field, &width))
		return refuse(check->ret_message, "'%.*s': no width stands behind the colon", (int)word.length,
			      word.bytes);
	if (process_field_find(name))
		return refuse(check->ret_message, "'%.*s' is a list, which is no column", (int)name.length, name.bytes);
	return refuse_name(check, "column", name, process_field_nearest(name));
}

static int check_columns(const struct check *check, char **value)
{
	const struct field *seen[FIELD_ID_COUNT + 1], *field;
	const char *cursor = check->value;
	size_t count = 0;
	struct text word;
	int width;

	(void)value;
	while (setting_next_word(&cursor, &word)) {
		if (!setting_parse_column(word, &field, &width))
			return refuse_column(check, word);
		for (size_t i = 0; i < count; i++) {
			if (seen[i] == field)
				return refuse_twice(check, word);
		}
		seen[count++] = field;
	}
	return count ? 0 : refuse(check->ret_message, "there has to be a column");
}

static int check_sort(const struct check *check, char **value)
{
	const struct field *field;
	bool descending;

	if (setting_parse_sort(*value, &field, &descending))
		return 0;
	if (field)
		return refuse(check->ret_message, "'%s' is a list, which gives no order", field->key);
	return refuse_name(check, "field", text_of(check->value + descending),
			   process_field_nearest(text_of(check->value + descending)));
}

static int check_filter(const struct check *check, char **value)
{
	struct filter_error error;
	struct filter *filter;

	if (filter_parse(*value, &filter, &error) < 0) {
		if (check->ret_column)
			*check->ret_column = error.column;
		return refuse(check->ret_message, "%s", error.message);
	}
	filter_free(filter);
	return 0;
}

static int check_text(const struct check *check, char **value)
{
	(void)check;
	(void)value;
	return 0;
}

static int (*const checks[])(const struct check *check, char **value) = {
	[SETTING_TYPE_BOOL] = check_bool,       [SETTING_TYPE_NUMBER] = check_number,
	[SETTING_TYPE_CHOICE] = check_choice,   [SETTING_TYPE_WORDS] = check_words,
	[SETTING_TYPE_COLUMNS] = check_columns, [SETTING_TYPE_SORT] = check_sort,
	[SETTING_TYPE_FILTER] = check_filter,   [SETTING_TYPE_TEXT] = check_text,
};

int setting_check(const struct setting_row *row, const char *value, char **ret_value, char **ret_message,
		  size_t *ret_column)
{
	char *line, *checked;
	int r;

	if (ret_column)
		*ret_column = 0;
	line = one_line(value, ret_message);
	if (!line)
		return -EINVAL;
	checked = xstrdup(line);
	r = checks[row->type](&(struct check){row, line, ret_message, ret_column}, &checked);
	if (ret_column)
		*ret_column += strspn(value, " \t");
	free(line);
	if (r == 0 && ret_value)
		*ret_value = checked;
	else
		free(checked);
	return r;
}

int settings_check_tab_name(const struct settings *settings, const char *name, char **ret_message)
{
	char *line = one_line(name, ret_message);
	int r = 0;

	if (!line)
		return -EINVAL;
	if (!*line || strcmp(line, name) != 0)
		r = refuse(ret_message, "a name neither is empty nor begins or ends with a blank");
	else if (strlen(line) > TAB_NAME_LENGTH_MAX)
		r = refuse(ret_message, "longer than %d bytes", TAB_NAME_LENGTH_MAX);
	else if (strchr(line, ']') || strstr(line, "  "))
		r = refuse(ret_message, "a name has neither ']' nor two blanks in a row");
	for (size_t i = 0; r == 0 && settings && i < settings->tabs_count; i++) {
		if (strcmp(settings->tabs[i].name, line) == 0)
			r = refuse(ret_message, "there is another tab of that name");
	}
	free(line);
	return r;
}

/* Keys and sections */

static const struct setting_row *row_at(size_t at)
{
	return at < SETTING_COUNT ? &setting_rows[at] : &tab_setting_rows[at - SETTING_COUNT];
}

/* section NULL: of a tab */
static bool is_in(const struct setting_row *row, const char *section)
{
	return section && row->section ? strcmp(section, row->section) == 0 : !section && !row->section;
}

static const char *key_in_section(const void *context, size_t at)
{
	return is_in(row_at(at), context) ? row_at(at)->key : NULL;
}

bool setting_find(const char *section, const char *key, size_t *ret_id)
{
	for (size_t at = 0; at < SETTING_COUNT + TAB_SETTING_COUNT; at++) {
		if (!is_in(row_at(at), section) || strcmp(row_at(at)->key, key) != 0)
			continue;
		*ret_id = at < SETTING_COUNT ? at : at - SETTING_COUNT;
		return true;
	}
	return false;
}

char *setting_unknown_key(const char *section, const char *key)
{
	size_t count = SETTING_COUNT + TAB_SETTING_COUNT;
	const char *nearest = name_nearest(text_of(key), key_in_section, section, count);
	char *message;

	for (size_t at = 0; !nearest && at < count; at++) {
		if (strcmp(row_at(at)->key, key) != 0)
			continue;
		refuse(&message, "'%s' is unknown here; it belongs to [%s]", key,
		       row_at(at)->section ? row_at(at)->section : "tab NAME");
		return message;
	}
	refuse(&message, "'%s' is unknown%s%s%s", key, nearest ? "; did you mean '" : "", nearest ? nearest : "",
	       nearest ? "'?" : "");
	return message;
}

static const char *section_at(const void *context, size_t at)
{
	static const char *const others[] = {"keys", "tab", "theme"};

	(void)context;
	return at < SETTING_COUNT ? setting_rows[at].section : others[at - SETTING_COUNT];
}

char *setting_unknown_section(const char *section)
{
	struct text first = {section, strcspn(section, " ")};
	const char *nearest = name_nearest(first, section_at, NULL, SETTING_COUNT + 3);
	bool needs_name = nearest && (strcmp(nearest, "tab") == 0 || strcmp(nearest, "theme") == 0);
	char *message;

	refuse(&message, "[%s] is unknown%s%s%s%s", section, nearest ? "; did you mean [" : "", nearest ? nearest : "",
	       needs_name ? " NAME" : "", nearest ? "]?" : "");
	return message;
}
