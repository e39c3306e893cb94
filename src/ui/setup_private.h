/* What the parts of the setup screen share. */
#ifndef CMON_UI_SETUP_PRIVATE_H
#define CMON_UI_SETUP_PRIVATE_H

#include "ui/shell.h"

/* One setting: of all, or of a process tab. */
struct target {
	bool is_of_tab;
	size_t tab, id; /* id: enum setting_id, or enum tab_setting_id */
};

const struct setting_row *target_row(const struct target *target);
const char *target_value(const struct settings *settings, const struct target *target);

/* Change it at once. A value that is none is said in the bottom line; returns false then. */
bool target_set(struct shell *shell, const struct target *target, const char *value);

/* Words or columns: which are there, and in what order. */
struct dialog *setup_list_new(struct shell *shell, const struct target *target);

/* Where a cursor goes for a key, in a list of `count` lines of which `page` are seen; as it was for other keys. */
size_t setup_moved(size_t cursor, size_t count, size_t page, const struct input *input);

/* The first line to be seen so that the cursor is. */
size_t setup_top(size_t top, size_t cursor, size_t count, size_t page);

#endif
