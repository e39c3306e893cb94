/* Which key does what: the keys of actions.def, or those that the settings have in their section [keys]. */
#ifndef CMON_UI_KEYMAP_H
#define CMON_UI_KEYMAP_H

#include "base/text.h"
#include "ui/key.h"

struct settings;

enum action {
	ACTION_NONE,
#define ACTION(id, keys, label, help) ACTION_##id,
#include "ui/actions.def"
	ACTION_COUNT,
};

struct action_row {
	const char *name;  /* in the settings, where it may be in lower case */
	const char *keys;  /* unless the settings have others: names, separated by blanks */
	const char *label; /* in the bottom line; NULL: none */
	const char *help;
};

/* action: not ACTION_NONE */
const struct action_row *action_row(enum action action);

/* What actions are about: those of a scope stand together in actions.def. */
struct action_scope {
	const char *title;
	const char *screens; /* names of those that have them, in lower case, separated by blanks; NULL: all */
	enum action first;
};

const struct action_scope *action_scope(enum action action);

struct keymap;

/* The keys the settings ask for; settings: NULL for those of actions.def. A key that the section [keys] gives to an
 * action is no other's any more; of two there, the later has it.
 * ret_message: what is wrong with the section, with a suggestion for a near miss, or NULL; free() it. */
struct keymap *keymap_new(const struct settings *settings, char **ret_message);
void keymap_free(struct keymap *keymap);

/* What a key does; ACTION_NONE: nothing. */
enum action keymap_action(const struct keymap *keymap, uint32_t key);

/* Names of an action's keys, separated by blanks, the most important first; empty when it has none. */
const char *keymap_keys(const struct keymap *keymap, enum action action);

/* Take the next of names separated by blanks. Returns its length, 0 at the end; *ret_name points into the names. */
size_t keymap_next_name(const char **cursor, const char **ret_name);

#endif
