/* The text of a configuration file: what it says, line by line, and how a line of it is changed while everything else
 * stays as it is. libinih reads it. */
#ifndef CMON_CONFIG_CONF_TEXT_H
#define CMON_CONFIG_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct conf_entry {
	char *section, *key, *value; /* section: empty above the first header */
	size_t line;                 /* from 1 */
};

struct conf_header {
	char *section;
	size_t line;
};

struct conf_mistake {
	char *message;
	size_t line;
};

struct conf_text {
	struct conf_entry *entries;
	size_t entries_count;
	struct conf_header *headers;
	size_t headers_count;
	struct conf_mistake *mistakes;
	size_t mistakes_count;
};

/* Take it apart. Any bytes will do; lines that are nothing become mistakes, and so do the headers, whose entries are
 * left out. Free with conf_text_free. */
void conf_text_parse(const char *bytes, size_t length, struct conf_text *ret_text);
void conf_text_free(struct conf_text *text);

/* Each of these replaces *bytes, which is NUL-terminated and allocated. Values and names are without control characters
 * and without " ;". */

/* Change the last line that sets the key, keeping the comment behind it; without one, add a line at the end of the
 * section, which is added where there is none. */
void conf_text_set(char **bytes, const char *section, const char *key, const char *value);

/* Add a header at the end, unless there is one. */
void conf_text_add_section(char **bytes, const char *section);
void conf_text_rename_section(char **bytes, const char *section, const char *name);

/* Take out its headers and entries; comments stay. */
void conf_text_remove_section(char **bytes, const char *section);

#endif
