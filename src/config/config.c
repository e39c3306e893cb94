#include "config/config.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "config/conf_text.h"
#include "config/config_private.h"

#define SYSTEM_PATH "/etc/cmon.conf"
#define WARNINGS_MAX 20 /* nobody reads more; the rest is counted */
#define TABS_MAX 50     /* nobody has more, but a file that is none may */
#define LINES_MAX 2000  /* of keys and themes */

struct config {
	char *path; /* that is written; NULL: the user has no home */
	bool has_file;
	struct settings *saved; /* as the files have them */
	char **warnings;
	size_t warnings_count, more_warnings;
};

/* Warnings */

__attribute__((format(printf, 2, 3))) static void add_warning(struct config *config, const char *format, ...)
{
	va_list arguments;
	char *warning;

	if (config->warnings_count >= WARNINGS_MAX) {
		config->more_warnings++;
		return;
	}
	va_start(arguments, format);
	if (vasprintf(&warning, format, arguments) < 0)
		fatal("out of memory");
	va_end(arguments);
	config->warnings = xreallocarray(config->warnings, config->warnings_count + 1, sizeof(*config->warnings));
	config->warnings[config->warnings_count++] = warning;
}

static void count_warnings(struct config *config)
{
	size_t more = config->more_warnings;

	if (!more)
		return;
	free(config->warnings[--config->warnings_count]);
	add_warning(config, "and %zu lines more", more + 1);
}

/* From text to settings */

struct applying {
	struct settings *settings;
	void (*warn)(void *context, size_t line, const char *message);
	void *context;
};

static void warn(const struct applying *applying, size_t line, char *message)
{
	if (applying->warn)
		applying->warn(applying->context, line, message);
	free(message);
}

/* Returns the name of the tab or theme, or NULL. */
static const char *name_behind(const char *section, const char *word)
{
	size_t length = strlen(word);

	return strncmp(section, word, length) == 0 && section[length] == ' ' ? section + length + 1 : NULL;
}

static bool is_known_section(const char *section)
{
	for (size_t id = 0; id < SETTING_COUNT; id++) {
		if (strcmp(setting_rows[id].section, section) == 0)
			return true;
	}
	return strcmp(section, "keys") == 0 || name_behind(section, "tab") || name_behind(section, "theme");
}

/* The first tab of a file takes the place of all that were there before. */
static void start_tab(struct settings *settings, const char *name, bool is_first)
{
	char *message;

	if (!is_first) {
		if (config_find_tab(settings, name) == settings->tabs_count)
			settings_add_tab(settings, name);
		return;
	}
	while (settings->tabs_count > 1)
		settings_remove_tab(settings, settings->tabs_count - 1);
	for (enum tab_setting_id id = 0; id < TAB_SETTING_COUNT; id++)
		tab_setting_set(&settings->tabs[0], id, tab_setting_rows[id].standard, &message);
	settings_rename_tab(settings, 0, name, &message);
}

static void apply_headers(const struct applying *applying, const struct conf_text *text)
{
	bool is_first = true;

	for (size_t i = 0; i < text->headers_count; i++) {
		const struct conf_header *header = &text->headers[i];
		const char *name = name_behind(header->section, "tab");
		char *message;

		if (!is_known_section(header->section)) {
			warn(applying, header->line, setting_unknown_section(header->section));
		} else if (name && settings_check_tab_name(NULL, name, &message) < 0) {
			warn(applying, header->line, message);
		} else if (name && applying->settings->tabs_count >= TABS_MAX && !is_first) {
			warn(applying, header->line, xstrdup("too many tabs"));
		} else if (name) {
			start_tab(applying->settings, name, is_first);
			is_first = false;
		}
	}
}

static void warn_of_value(const struct applying *applying, const struct conf_entry *entry, char *message)
{
	char *whole;

	if (asprintf(&whole, "%s: %s", entry->key, message) < 0)
		fatal("out of memory");
	free(message);
	warn(applying, entry->line, whole);
}

static void apply_tab_entry(const struct applying *applying, const struct conf_entry *entry, const char *name)
{
	size_t at = config_find_tab(applying->settings, name), id;
	char *message;

	if (at == applying->settings->tabs_count)
		return; /* its header was warned of */
	if (!setting_find(NULL, entry->key, &id))
		warn(applying, entry->line, setting_unknown_key(NULL, entry->key));
	else if (tab_setting_set(&applying->settings->tabs[at], (enum tab_setting_id)id, entry->value, &message) < 0)
		warn_of_value(applying, entry, message);
}

static void apply_line(const struct applying *applying, const struct conf_entry *entry)
{
	if (applying->settings->lines_count < LINES_MAX)
		settings_set_line(applying->settings, entry->section, entry->key, entry->value);
	else
		warn(applying, entry->line, xstrdup("too many lines of keys and themes"));
}

static void apply_entry(const struct applying *applying, const struct conf_entry *entry)
{
	const char *tab = name_behind(entry->section, "tab");
	char *message;
	size_t id;

	if (tab)
		apply_tab_entry(applying, entry, tab);
	else if (strcmp(entry->section, "keys") == 0 || name_behind(entry->section, "theme"))
		apply_line(applying, entry);
	else if (!*entry->section)
		warn(applying, entry->line, xstrdup("stands above the first [SECTION]"));
	else if (!is_known_section(entry->section))
		return; /* its header was warned of */
	else if (!setting_find(entry->section, entry->key, &id))
		warn(applying, entry->line, setting_unknown_key(entry->section, entry->key));
	else if (setting_set(applying->settings, (enum setting_id)id, entry->value, &message) < 0)
		warn_of_value(applying, entry, message);
}

void config_apply(const char *bytes, size_t length, struct settings *settings,
		  void (*warn_function)(void *context, size_t line, const char *message), void *context)
{
	const struct applying applying = {settings, warn_function, context};
	struct conf_text text;

	conf_text_parse(bytes, length, &text);
	for (size_t i = 0; i < text.mistakes_count; i++)
		warn(&applying, text.mistakes[i].line, xstrdup(text.mistakes[i].message));
	apply_headers(&applying, &text);
	for (size_t i = 0; i < text.entries_count; i++)
		apply_entry(&applying, &text.entries[i]);
	conf_text_free(&text);
}

/* Loading */

struct loading {
	struct config *config;
	const char *path;
};

static void warn_of_line(void *context, size_t line, const char *message)
{
	const struct loading *loading = context;

	add_warning(loading->config, "%s:%zu: %s", loading->path, line, message);
}

/* Returns whether the file is there. */
static bool load_file(struct config *config, const char *path, struct settings *settings)
{
	struct loading loading = {config, path};
	size_t length;
	char *bytes;
	int r = config_read_file(path, &bytes, &length);

	if (r == -ENOENT || r == -ENOTDIR)
		return false;
	if (r < 0) {
		add_warning(config, "%s: %s; it is not used", path, config_error(r));
		return true;
	}
	config_apply(bytes, length, settings, warn_of_line, &loading);
	free(bytes);
	return true;
}

/* Returns NULL where there is no home. */
static char *user_path(void)
{
	const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *user;
	char *path;
	int length;

	if (config_home && *config_home == '/') {
		length = asprintf(&path, "%s/cmon/cmon.conf", config_home);
	} else {
		if (!home || *home != '/') {
			user = getpwuid(getuid());
			home = user ? user->pw_dir : NULL;
		}
		if (!home || *home != '/')
			return NULL;
		length = asprintf(&path, "%s/.config/cmon/cmon.conf", home);
	}
	if (length < 0)
		fatal("out of memory");
	return path;
}

struct config *config_load(const char *path, struct settings *settings)
{
	struct config *config = xcalloc(1, sizeof(*config));

	if (!path)
		load_file(config, SYSTEM_PATH, settings);
	config->path = path ? xstrdup(path) : user_path();
	if (config->path)
		config->has_file = load_file(config, config->path, settings);
	count_warnings(config);
	config->saved = settings_copy(settings);
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->warnings_count; i++)
		free(config->warnings[i]);
	free(config->warnings);
	settings_free(config->saved);
	free(config->path);
	free(config);
}

const char *const *config_warnings(const struct config *config, size_t *ret_count)
{
	*ret_count = config->warnings_count;
	return (const char *const *)config->warnings;
}

bool config_has_file(const struct config *config)
{
	return config->has_file;
}

/* Saving */

static int edit_file(struct config *config, const struct settings *settings)
{
	char *bytes = xstrdup("");
	size_t changes = config_edit(&bytes, config->saved, settings), length;
	int r;

	free(bytes);
	bytes = NULL;
	if (!changes)
		return 0;
	r = config_read_file(config->path, &bytes, &length);
	if (r == -ENOENT) {
		bytes = xstrdup("");
		r = 0;
	}
	if (r == 0 && config_edit(&bytes, config->saved, settings) > 0)
		r = config_write_file(config->path, bytes, strlen(bytes));
	free(bytes);
	return r;
}

int config_save(struct config *config, const struct settings *settings, char **ret_message)
{
	int r = config->path ? edit_file(config, settings) : -ENOENT;

	if (r == 0) {
		settings_free(config->saved);
		config->saved = settings_copy(settings);
		return 0;
	}
	if (asprintf(ret_message, "%s: %s", config->path ? config->path : "configuration",
		     config->path ? config_error(r) : "there is no home directory") < 0)
		fatal("out of memory");
	return r;
}
