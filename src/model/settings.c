#include "model/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"

const struct setting_row setting_rows[SETTING_COUNT] = {
#define SETTING(id_, section_, key_, type_, standard_, low_, high_, choices_, help_)                                   \
	[SETTING_##id_] = {section_, key_, SETTING_TYPE_##type_, standard_, low_, high_, choices_, help_},
#include "model/settings.def"
#undef SETTING
};

const struct setting_row tab_setting_rows[TAB_SETTING_COUNT] = {
#define TAB_SETTING(id_, key_, type_, standard_, choices_, help_)                                                      \
	[TAB_SETTING_##id_] = {NULL, key_, SETTING_TYPE_##type_, standard_, 0, 0, choices_, help_},
#include "model/tabs.def"
#undef TAB_SETTING
};

struct settings *settings_new(void)
{
	struct settings *settings = xcalloc(1, sizeof(*settings));

	for (size_t id = 0; id < SETTING_COUNT; id++)
		settings->values[id] = xstrdup(setting_rows[id].standard);
	settings_add_tab(settings, "Processes");
	return settings;
}

struct settings *settings_copy(const struct settings *settings)
{
	struct settings *copy = xcalloc(1, sizeof(*copy));

	for (size_t id = 0; id < SETTING_COUNT; id++)
		copy->values[id] = xstrdup(settings->values[id]);
	for (size_t i = 0; i < settings->tabs_count; i++) {
		struct tab_settings *tab = settings_add_tab(copy, settings->tabs[i].name);

		for (size_t id = 0; id < TAB_SETTING_COUNT; id++) {
			free(tab->values[id]);
			tab->values[id] = xstrdup(settings->tabs[i].values[id]);
		}
	}
	for (size_t i = 0; i < settings->lines_count; i++)
		settings_set_line(copy, settings->lines[i].section, settings->lines[i].key, settings->lines[i].value);
	return copy;
}

static void free_tab(struct tab_settings *tab)
{
	free(tab->name);
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++)
		free(tab->values[id]);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t id = 0; id < SETTING_COUNT; id++)
		free(settings->values[id]);
	for (size_t i = 0; i < settings->tabs_count; i++)
		free_tab(&settings->tabs[i]);
	for (size_t i = 0; i < settings->lines_count; i++) {
		free(settings->lines[i].section);
		free(settings->lines[i].key);
		free(settings->lines[i].value);
	}
	free(settings->tabs);
	free(settings->lines);
	free(settings);
}

/* Values */

static bool is_yes(const char *value)
{
	return strcmp(value, "yes") == 0;
}

bool setting_bool(const struct settings *settings, enum setting_id id)
{
	return is_yes(settings->values[id]);
}

double setting_number(const struct settings *settings, enum setting_id id)
{
	struct cursor cursor = cursor_of_text(text_of(settings->values[id]));
	double number = setting_rows[id].low;

	parse_f64(&cursor, &number);
	return number;
}

int setting_choice(const struct settings *settings, enum setting_id id)
{
	const char *cursor = setting_rows[id].choices;
	struct text word;
	int at = 0;

	while (setting_next_word(&cursor, &word) && !text_equal_string(word, settings->values[id]))
		at++;
	return at;
}

const char *setting_text(const struct settings *settings, enum setting_id id)
{
	return settings->values[id];
}

bool tab_setting_bool(const struct tab_settings *tab, enum tab_setting_id id)
{
	return is_yes(tab->values[id]);
}

const char *tab_setting_text(const struct tab_settings *tab, enum tab_setting_id id)
{
	return tab->values[id];
}

static int set_value(const struct setting_row *row, char **value, const char *to, char **ret_message)
{
	char *checked;
	int r = setting_check(row, to, &checked, ret_message, NULL);

	if (r < 0)
		return r;
	free(*value);
	*value = checked;
	return 0;
}

int setting_set(struct settings *settings, enum setting_id id, const char *value, char **ret_message)
{
	return set_value(&setting_rows[id], &settings->values[id], value, ret_message);
}

int tab_setting_set(struct tab_settings *tab, enum tab_setting_id id, const char *value, char **ret_message)
{
	return set_value(&tab_setting_rows[id], &tab->values[id], value, ret_message);
}

/* Words */

const struct field setting_cpu_graph = {
	.key = "cpu_graph",
	.title = "CPU",
	.type = FIELD_F64,
	.unit = UNIT_PERCENT_CPU,
	.kind = KIND_GAUGE,
	.width = 5,
	.offset = offsetof(struct process, cpu_percent),
	.needs = FACT_BIT(FACT_STAT),
	.source = "/proc/PID/stat: 14, 15",
	.help = "CPU used at the last snapshots, as a graph",
};

bool setting_next_word(const char **cursor, struct text *ret_word)
{
	const char *start = *cursor + strspn(*cursor, " ");
	size_t length = strcspn(start, " ");

	*cursor = start + length;
	*ret_word = (struct text){start, length};
	return length > 0;
}

/* NAME or NAME:NUMBER. Returns false where what is behind the colon are not digits. */
static bool split_word(struct text word, struct text *ret_name, int *ret_number)
{
	const char *colon = memchr(word.bytes, ':', word.length);
	int number = 0;

	for (const char *p = colon ? colon + 1 : NULL; p && p < word.bytes + word.length; p++) {
		if (*p < '0' || *p > '9' || number > 999)
			return false;
		number = number * 10 + (*p - '0');
	}
	*ret_name = (struct text){word.bytes, colon ? (size_t)(colon - word.bytes) : word.length};
	*ret_number = number;
	return true;
}

bool setting_parse_word(struct text word, double high, struct text *ret_name, int *ret_number)
{
	return split_word(word, ret_name, ret_number) && *ret_number <= high &&
	       (*ret_number > 0 || ret_name->length == word.length);
}

bool setting_parse_column(struct text word, const struct field **ret_field, int *ret_width)
{
	struct text name;
	int width;

	if (!split_word(word, &name, &width))
		return false;
	*ret_field = text_equal_string(name, setting_cpu_graph.key) ? &setting_cpu_graph : process_field_find(name);
	*ret_width = width;
	return *ret_field && (*ret_field)->title;
}

bool setting_parse_sort(const char *value, const struct field **ret_field, bool *ret_descending)
{
	*ret_descending = *value == '-';
	*ret_field = process_field_find(text_of(value + *ret_descending));
	return *ret_field && (*ret_field)->title;
}

/* Tabs */

static bool has_tab(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->tabs_count; i++) {
		if (strcmp(settings->tabs[i].name, name) == 0)
			return true;
	}
	return false;
}

static char *unique_name(const struct settings *settings, const char *name)
{
	char *unique = xstrdup(name);

	for (int number = 2; has_tab(settings, unique); number++) {
		free(unique);
		if (asprintf(&unique, "%.*s %d", TAB_NAME_LENGTH_MAX - 8, name, number) < 0)
			fatal("out of memory");
	}
	return unique;
}

struct tab_settings *settings_add_tab(struct settings *settings, const char *name)
{
	char *unique = unique_name(settings, name);
	struct tab_settings *tab;

	settings->tabs = xreallocarray(settings->tabs, settings->tabs_count + 1, sizeof(*settings->tabs));
	tab = &settings->tabs[settings->tabs_count++];
	tab->name = unique;
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++)
		tab->values[id] = xstrdup(tab_setting_rows[id].standard);
	return tab;
}

void settings_remove_tab(struct settings *settings, size_t at)
{
	if (settings->tabs_count < 2)
		return;
	free_tab(&settings->tabs[at]);
	memmove(&settings->tabs[at], &settings->tabs[at + 1],
		(settings->tabs_count - at - 1) * sizeof(*settings->tabs));
	settings->tabs_count--;
}

int settings_rename_tab(struct settings *settings, size_t at, const char *name, char **ret_message)
{
	char *renamed;
	int r;

	if (strcmp(settings->tabs[at].name, name) == 0)
		return 0;
	r = settings_check_tab_name(settings, name, ret_message);
	if (r < 0)
		return r;
	renamed = xstrdup(name);
	free(settings->tabs[at].name);
	settings->tabs[at].name = renamed;
	return 0;
}

/* Free lines */

static struct setting_line *find_line(const struct settings *settings, const char *section, const char *key)
{
	for (size_t i = 0; i < settings->lines_count; i++) {
		if (strcmp(settings->lines[i].section, section) == 0 && strcmp(settings->lines[i].key, key) == 0)
			return &settings->lines[i];
	}
	return NULL;
}

const char *settings_line(const struct settings *settings, const char *section, const char *key)
{
	const struct setting_line *line = find_line(settings, section, key);

	return line ? line->value : NULL;
}

void settings_set_line(struct settings *settings, const char *section, const char *key, const char *value)
{
	struct setting_line *line = find_line(settings, section, key);

	if (!line) {
		settings->lines = xreallocarray(settings->lines, settings->lines_count + 1, sizeof(*settings->lines));
		line = &settings->lines[settings->lines_count++];
		*line = (struct setting_line){xstrdup(section), xstrdup(key), NULL};
	}
	free(line->value);
	line->value = xstrdup(value);
}
