/* What the user prefers: values of the rows of settings.def and tabs.def, checked when they are set. Pure: config.c
 * reads and writes the file. */
#ifndef CMON_MODEL_SETTINGS_H
#define CMON_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "model/field.h"

enum setting_id {
#define SETTING(id, ...) SETTING_##id,
#include "model/settings.def"
#undef SETTING
	SETTING_COUNT,
};

enum tab_setting_id {
#define TAB_SETTING(id, ...) TAB_SETTING_##id,
#include "model/tabs.def"
#undef TAB_SETTING
	TAB_SETTING_COUNT,
};

enum setting_type {
	SETTING_TYPE_BOOL,
	SETTING_TYPE_NUMBER,
	SETTING_TYPE_CHOICE,
	SETTING_TYPE_WORDS,
	SETTING_TYPE_COLUMNS,
	SETTING_TYPE_SORT,
	SETTING_TYPE_FILTER,
	SETTING_TYPE_TEXT,
};

struct setting_row {
	const char *section; /* NULL: of a tab */
	const char *key;
	enum setting_type type;
	const char *standard; /* default value */
	double low, high;     /* of a number */
	const char *choices;  /* NULL: none */
	const char *help;
};

extern const struct setting_row setting_rows[SETTING_COUNT];
extern const struct setting_row tab_setting_rows[TAB_SETTING_COUNT];

/* One of the settings as text, as the file has it; always valid. */
struct tab_settings {
	char *name;
	char *values[TAB_SETTING_COUNT];
};

/* Own names for what users define freely: sections [keys] and [theme NAME], line by line. */
struct setting_line {
	char *section, *key, *value; /* section: "keys", "theme NAME" */
};

struct settings {
	char *values[SETTING_COUNT];
	struct tab_settings *tabs; /* at least one */
	size_t tabs_count;
	struct setting_line *lines;
	size_t lines_count;
};

/* Default values, and one tab "Processes". */
struct settings *settings_new(void);
struct settings *settings_copy(const struct settings *settings);
void settings_free(struct settings *settings);

/* Values. A choice by its index among `choices`. */
bool setting_bool(const struct settings *settings, enum setting_id id);
double setting_number(const struct settings *settings, enum setting_id id);
int setting_choice(const struct settings *settings, enum setting_id id);
const char *setting_text(const struct settings *settings, enum setting_id id);
bool tab_setting_bool(const struct tab_settings *tab, enum tab_setting_id id);
const char *tab_setting_text(const struct tab_settings *tab, enum tab_setting_id id);

/* Longest value and longest name of a tab, in bytes. */
#define SETTING_LENGTH_MAX 4096
#define TAB_NAME_LENGTH_MAX 40

/* Whether a value may be set. ret_value: as it is kept: trimmed, yes or no for a BOOL; free() it; may be NULL.
 * ret_message: why not, with a suggestion for a near miss; free() it. ret_column: the byte it is about; may be NULL.
 * Returns 0 or -EINVAL. */
int setting_check(const struct setting_row *row, const char *value, char **ret_value, char **ret_message,
		  size_t *ret_column);

/* Set one. Returns 0, or -EINVAL with *ret_message set as above. The old value stays then. */
int setting_set(struct settings *settings, enum setting_id id, const char *value, char **ret_message);
int tab_setting_set(struct tab_settings *tab, enum tab_setting_id id, const char *value, char **ret_message);

/* The next of the words of a value, which are separated by blanks. Returns false behind the last. */
bool setting_next_word(const char **cursor, struct text *ret_word);

/* A column that is no field of a process: "cpu_graph", what CPU it used at the last snapshots. Its member is that of
 * cpu_percent. */
extern const struct field setting_cpu_graph;

/* One of the WORDS of a row that has numbers: its name, and the number behind a colon, 0 where there is none. Returns
 * false where what is behind the colon is no number from 1 to `high`. */
bool setting_parse_word(struct text word, double high, struct text *ret_name, int *ret_number);

/* One word of COLUMNS: a field, or setting_cpu_graph, and its width, 0 where none is set. Returns false for what is no
 * column. */
bool setting_parse_column(struct text word, const struct field **ret_field, int *ret_width);

/* A value of SORT. Returns false for what is none. */
bool setting_parse_sort(const char *value, const struct field **ret_field, bool *ret_descending);

/* A tab of the given name with default values, appended; the name is made unique. Valid until the next is added. */
struct tab_settings *settings_add_tab(struct settings *settings, const char *name);
void settings_remove_tab(struct settings *settings, size_t at); /* not the last one */

/* Whether a tab may have the name. settings: whose tabs have other names; may be NULL.
 * Returns 0, or -EINVAL with *ret_message; free() it. */
int settings_check_tab_name(const struct settings *settings, const char *name, char **ret_message);

/* Returns as settings_check_tab_name. */
int settings_rename_tab(struct settings *settings, size_t at, const char *name, char **ret_message);

/* Which setting a key is: enum setting_id, or with section NULL enum tab_setting_id. Returns false for none. */
bool setting_find(const char *section, const char *key, size_t *ret_id);

/* What is wrong with a key that is none, and with a section, with a suggestion for a near miss; free() it.
 * section: NULL for that of a tab. */
char *setting_unknown_key(const char *section, const char *key);
char *setting_unknown_section(const char *section);

/* Value of a free line, or NULL. */
const char *settings_line(const struct settings *settings, const char *section, const char *key);
void settings_set_line(struct settings *settings, const char *section, const char *key, const char *value);

#endif
