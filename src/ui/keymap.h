/* Which key does what. */
#ifndef CMON_UI_KEYMAP_H
#define CMON_UI_KEYMAP_H

#include "ui/key.h"

enum action {
	ACTION_NONE,
#define ACTION(id, keys, label, help) ACTION_##id,
#include "ui/actions.def"
#undef ACTION
	ACTION_COUNT,
};

struct action_row {
	const char *keys;  /* names, separated by blanks */
	const char *label; /* in the bottom line; NULL: none */
	const char *help;
};

/* action: not ACTION_NONE */
const struct action_row *action_row(enum action action);

/* What a key does; ACTION_NONE: nothing. */
enum action keymap_action(uint32_t key);

/* Take the next name of a row's keys. Returns its length, 0 at the end; *ret_name points into the row. */
size_t keymap_next_name(const char **cursor, const char **ret_name);

#endif
