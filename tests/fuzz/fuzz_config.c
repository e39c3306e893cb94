/* The configuration: any bytes are taken apart without going wrong, and what is changed in them reads back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "config/conf_text.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *value_in(const struct conf_text *text, const char *section, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < text->entries_count; i++) {
		if (strcmp(text->entries[i].section, section) == 0 && strcmp(text->entries[i].key, key) == 0)
			value = text->entries[i].value;
	}
	return value;
}

static void check_value(const char *bytes, const char *section, const char *key, const char *value)
{
	struct conf_text text;
	const char *found;

	conf_text_parse(bytes, strlen(bytes), &text);
	found = value_in(&text, section, key);
	if (!found || strcmp(found, value) != 0)
		abort();
	conf_text_free(&text);
}

static void change(char **bytes, const char *section, const char *key, const char *value)
{
	conf_text_set(bytes, section, key, value);
	check_value(*bytes, section, key, value);
}

/* Each entry there is, set to another value, reads back, and all the others stay. */
static void change_all(char **bytes)
{
	struct conf_text text, after;
	size_t count;

	conf_text_parse(*bytes, strlen(*bytes), &text);
	count = text.entries_count;
	for (size_t i = 0; i < count && i < 4; i++)
		change(bytes, text.entries[i].section, text.entries[i].key, "a value");
	conf_text_parse(*bytes, strlen(*bytes), &after);
	/* A value that was too long is one no more. */
	if (after.entries_count != count || after.mistakes_count > text.mistakes_count)
		abort();
	conf_text_free(&after);
	conf_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *settings = settings_new();
	char *bytes = xmalloc(size + 1);

	if (size)
		memcpy(bytes, data, size);
	bytes[size] = '\0';
	config_apply(bytes, size, settings, NULL, NULL);
	if (!memchr(bytes, '\0', size)) {
		change_all(&bytes);
		change(&bytes, "general", "delay", "0.5");
		change(&bytes, "tab A b", "filter", "");
		change(&bytes, "tab A b", "columns", "pid cmdline");
		conf_text_rename_section(&bytes, "tab A b", "tab C");
		conf_text_remove_section(&bytes, "tab C");
		check_value(bytes, "general", "delay", "0.5");
	}
	free(bytes);
	settings_free(settings);
	return 0;
}
