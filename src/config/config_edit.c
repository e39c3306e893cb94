/* What has to be changed in the text of a file so that it says what the settings are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "config/conf_text.h"
#include "config/config_private.h"

char *config_tab_section(const char *name)
{
	char *section;

	if (asprintf(&section, "tab %s", name) < 0)
		fatal("out of memory");
	return section;
}

size_t config_find_tab(const struct settings *settings, const char *name)
{
	size_t at = 0;

	while (at < settings->tabs_count && strcmp(settings->tabs[at].name, name) != 0)
		at++;
	return at;
}

static size_t edit_settings(char **bytes, const struct settings *before, const struct settings *now)
{
	size_t changes = 0;

	for (size_t id = 0; id < SETTING_COUNT; id++) {
		if (strcmp(before->values[id], now->values[id]) == 0)
			continue;
		conf_text_set(bytes, setting_rows[id].section, setting_rows[id].key, now->values[id]);
		changes++;
	}
	return changes;
}

static size_t edit_lines(char **bytes, const struct settings *before, const struct settings *now)
{
	size_t changes = 0;

	for (size_t i = 0; i < now->lines_count; i++) {
		const struct setting_line *line = &now->lines[i];
		const char *old = settings_line(before, line->section, line->key);

		if (old && strcmp(old, line->value) == 0)
			continue;
		conf_text_set(bytes, line->section, line->key, line->value);
		changes++;
	}
	return changes;
}

/* Tabs */

static const char *old_value(const struct tab_settings *before, size_t id)
{
	return before ? before->values[id] : tab_setting_rows[id].standard;
}

/* before: NULL: what differs from the default is written, and the header at least. */
static size_t edit_tab(char **bytes, const struct tab_settings *before, const struct tab_settings *now)
{
	char *section = config_tab_section(now->name);
	size_t changes = 0;

	if (!before) {
		conf_text_add_section(bytes, section);
		changes++;
	}
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++) {
		if (strcmp(old_value(before, id), now->values[id]) == 0)
			continue;
		conf_text_set(bytes, section, tab_setting_rows[id].key, now->values[id]);
		changes++;
	}
	free(section);
	return changes;
}

static bool tabs_differ(const struct settings *before, const struct settings *now)
{
	if (before->tabs_count != now->tabs_count)
		return true;
	for (size_t i = 0; i < now->tabs_count; i++) {
		if (strcmp(before->tabs[i].name, now->tabs[i].name) != 0)
			return true;
		for (size_t id = 0; id < TAB_SETTING_COUNT; id++) {
			if (strcmp(before->tabs[i].values[id], now->tabs[i].values[id]) != 0)
				return true;
		}
	}
	return false;
}

static bool has_tabs(const char *bytes)
{
	struct conf_text text;
	bool found = false;

	conf_text_parse(bytes, strlen(bytes), &text);
	for (size_t i = 0; i < text.headers_count; i++)
		found |= strncmp(text.headers[i].section, "tab ", 4) == 0;
	conf_text_free(&text);
	return found;
}

/* The tab that was called otherwise: with as many tabs as before, it is the one at the same place. */
static const struct tab_settings *find_renamed(const struct settings *before, const struct settings *now, size_t at)
{
	if (before->tabs_count != now->tabs_count ||
	    config_find_tab(now, before->tabs[at].name) < now->tabs_count)
		return NULL;
	return &before->tabs[at];
}

static size_t remove_tabs(char **bytes, const struct settings *before, const struct settings *now)
{
	size_t changes = 0;

	for (size_t i = 0; i < before->tabs_count; i++) {
		char *section = config_tab_section(before->tabs[i].name);

		if (config_find_tab(now, before->tabs[i].name) == now->tabs_count &&
		    before->tabs_count != now->tabs_count) {
			conf_text_remove_section(bytes, section);
			changes++;
		}
		free(section);
	}
	return changes;
}

static void rename_tab(char **bytes, const char *before, const char *now)
{
	char *section = config_tab_section(before), *renamed = config_tab_section(now);

	conf_text_rename_section(bytes, section, renamed);
	free(section);
	free(renamed);
}

static size_t edit_tabs(char **bytes, const struct settings *before, const struct settings *now)
{
	/* A file with tabs has all of them: those it does not name are gone. */
	bool is_first = !has_tabs(*bytes);
	size_t changes = 0;

	if (!tabs_differ(before, now))
		return 0;
	if (!is_first)
		changes += remove_tabs(bytes, before, now);
	for (size_t i = 0; i < now->tabs_count; i++) {
		size_t at = config_find_tab(before, now->tabs[i].name);
		const struct tab_settings *old = at < before->tabs_count ? &before->tabs[at] : NULL;

		if (!old && !is_first) {
			old = find_renamed(before, now, i);
			if (old)
				rename_tab(bytes, old->name, now->tabs[i].name);
			changes += old != NULL;
		}
		changes += edit_tab(bytes, is_first ? NULL : old, &now->tabs[i]);
	}
	return changes;
}

size_t config_edit(char **bytes, const struct settings *before, const struct settings *now)
{
	return edit_settings(bytes, before, now) + edit_tabs(bytes, before, now) + edit_lines(bytes, before, now);
}
