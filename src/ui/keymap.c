#include "ui/keymap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fatal.h"
#include "model/nearest.h"
#include "model/settings.h"
#include "ui/mistakes.h"

#define SECTION "keys"
#define NO_KEYS "none"
#define ASCII_COUNT 128
#define SPECIAL_COUNT (KEYCODE_LIMIT - KEYCODE_NONE)
#define OTHERS_MAX 64 /* keys beyond ASCII that can be bound */

static const struct action_row action_rows[ACTION_COUNT] = {
#define ACTION(id_, keys_, label_, help_) [ACTION_##id_] = {#id_, (keys_), (label_), (help_)},
#include "ui/actions.def"
};

_Static_assert(ACTION_COUNT <= UINT8_MAX, "an action fits into a byte of the keymap");

/* The first action of each scope: what follows a scope counts on from where it begins. */
enum {
	BEFORE_FIRST,
#define SCOPE(id, title, screens) FIRST_OF_##id, BEFORE_##id = FIRST_OF_##id - 1,
#define ACTION(id, keys, label, help) POSITION_OF_##id,
#include "ui/actions.def"
};

static const struct action_scope scopes[] = {
#define SCOPE(id_, title_, screens_) {(title_), (screens_), (enum action)FIRST_OF_##id_},
#define ACTION(id, keys, label, help)
#include "ui/actions.def"
};

struct key_name {
	const char *name;
	uint32_t key;
};

static const struct key_name key_names[] = {
	{"Up", KEYCODE_UP}, {"Down", KEYCODE_DOWN}, {"Left", KEYCODE_LEFT}, {"Right", KEYCODE_RIGHT},
	{"PgUp", KEYCODE_PAGE_UP}, {"PgDn", KEYCODE_PAGE_DOWN}, {"Home", KEYCODE_HOME}, {"End", KEYCODE_END},
	{"Ins", KEYCODE_INSERT}, {"Del", KEYCODE_DELETE}, {"Backspace", KEYCODE_BACKSPACE}, {"S-Tab", KEYCODE_BACKTAB},
	{"Esc", KEYCODE_ESCAPE}, {"Enter", '\r'}, {"Tab", '\t'}, {"Space", ' '},
	{"F1", KEYCODE_F0 + 1}, {"F2", KEYCODE_F0 + 2}, {"F3", KEYCODE_F0 + 3}, {"F4", KEYCODE_F0 + 4},
	{"F5", KEYCODE_F0 + 5}, {"F6", KEYCODE_F0 + 6}, {"F7", KEYCODE_F0 + 7}, {"F8", KEYCODE_F0 + 8},
	{"F9", KEYCODE_F0 + 9}, {"F10", KEYCODE_F0 + 10}, {"F11", KEYCODE_F0 + 11}, {"F12", KEYCODE_F0 + 12},
	{"F13", KEYCODE_F0 + 13}, {"F14", KEYCODE_F0 + 14}, {"F15", KEYCODE_F0 + 15}, {"F16", KEYCODE_F0 + 16},
	{"F17", KEYCODE_F0 + 17}, {"F18", KEYCODE_F0 + 18}, {"F19", KEYCODE_F0 + 19}, {"F20", KEYCODE_F0 + 20},
	{"F21", KEYCODE_F0 + 21}, {"F22", KEYCODE_F0 + 22}, {"F23", KEYCODE_F0 + 23}, {"F24", KEYCODE_F0 + 24},
};

#define KEY_NAMES (sizeof(key_names) / sizeof(key_names[0]))

struct other_key {
	uint32_t key;
	enum action action;
};

struct keymap {
	uint8_t ascii[ASCII_COUNT], special[SPECIAL_COUNT]; /* enum action */
	struct other_key others[OTHERS_MAX];
	size_t others_count;
	bool is_set[ACTION_COUNT]; /* by the settings */
	char *keys[ACTION_COUNT];
};

/* Names */

uint32_t key_parse(const char *name, size_t length)
{
	uint32_t codepoint;

	for (size_t i = 0; i < KEY_NAMES; i++) {
		if (strlen(key_names[i].name) == length && memcmp(key_names[i].name, name, length) == 0)
			return key_names[i].key;
	}
	/* It is what many terminals send for the key above Enter, and taken for that. */
	if (length == 2 && memcmp(name, "^H", 2) == 0)
		return KEYCODE_BACKSPACE;
	if (length == 2 && name[0] == '^' && name[1] >= '@' && name[1] <= '_')
		return (uint32_t)(name[1] - '@');
	if (length > 0 && utf8_decode(name, name + length, &codepoint) == length)
		return codepoint;
	return KEYCODE_NONE;
}

const struct action_row *action_row(enum action action)
{
	return &action_rows[action];
}

const struct action_scope *action_scope(enum action action)
{
	size_t i = sizeof(scopes) / sizeof(scopes[0]) - 1;

	while (i > 0 && scopes[i].first > action)
		i--;
	return &scopes[i];
}

size_t keymap_next_name(const char **cursor, const char **ret_name)
{
	const char *start = *cursor + strspn(*cursor, " ");
	size_t length = strcspn(start, " ");

	*ret_name = start;
	*cursor = start + length;
	return length;
}

static enum action find_action(const char *name)
{
	enum action action = ACTION_NONE + 1;

	while (action < ACTION_COUNT && strcasecmp(action_rows[action].name, name) != 0)
		action++;
	return action < ACTION_COUNT ? action : ACTION_NONE;
}

/* Look-up */

enum action keymap_action(const struct keymap *keymap, uint32_t key)
{
	if (key < ASCII_COUNT)
		return keymap->ascii[key];
	if (key >= KEYCODE_NONE)
		return key < KEYCODE_LIMIT ? keymap->special[key - KEYCODE_NONE] : ACTION_NONE;
	for (size_t i = 0; i < keymap->others_count; i++) {
		if (keymap->others[i].key == key)
			return keymap->others[i].action;
	}
	return ACTION_NONE;
}

const char *keymap_keys(const struct keymap *keymap, enum action action)
{
	return keymap->keys[action];
}

static const char *name_of_action(const void *context, size_t at)
{
	(void)context;
	return action_rows[at + 1].name;
}

static const char *name_of_key(const void *context, size_t at)
{
	(void)context;
	return key_names[at].name;
}

/* Building */

static void bind_other(struct keymap *keymap, uint32_t key, enum action action)
{
	size_t i = 0;

	while (i < keymap->others_count && keymap->others[i].key != key)
		i++;
	if (i == OTHERS_MAX)
		return;
	keymap->others[i] = (struct other_key){key, action};
	if (i == keymap->others_count)
		keymap->others_count++;
}

static void bind(struct keymap *keymap, uint32_t key, enum action action)
{
	if (key < ASCII_COUNT)
		keymap->ascii[key] = (uint8_t)action;
	else if (key >= KEYCODE_NONE)
		keymap->special[key - KEYCODE_NONE] = (uint8_t)action;
	else
		bind_other(keymap, key, action);
}

static void bind_defaults(struct keymap *keymap, enum action action)
{
	const char *cursor = action_rows[action].keys, *name;
	size_t length;

	while ((length = keymap_next_name(&cursor, &name)) > 0)
		bind(keymap, key_parse(name, length), action);
}

static void bind_line(struct keymap *keymap, enum action action, const char *names, struct mistakes *mistakes)
{
	const char *cursor = names, *name;
	size_t length;

	if (strcmp(names, NO_KEYS) == 0)
		return;
	while ((length = keymap_next_name(&cursor, &name)) > 0) {
		uint32_t key = key_parse(name, length);
		struct text text = {name, length};
		enum action old = key == KEYCODE_NONE ? ACTION_NONE : keymap_action(keymap, key);

		if (key == KEYCODE_NONE) {
			mistakes_add_name(mistakes, SECTION, "key", text, name_nearest(text, name_of_key, NULL, KEY_NAMES));
			continue;
		}
		if (old != action && keymap->is_set[old])
			mistakes_add(mistakes, "[" SECTION "]: '%.*s' belongs to %s and to %s, which has it now",
				     (int)length, name, action_rows[old].name, action_rows[action].name);
		bind(keymap, key, action);
	}
}

static void mark_line(struct keymap *keymap, const char *action_name, struct mistakes *mistakes)
{
	enum action action = find_action(action_name);
	struct text text = text_of(action_name);

	if (action == ACTION_NONE)
		mistakes_add_name(mistakes, SECTION, "action", text,
				  name_nearest(text, name_of_action, NULL, ACTION_COUNT - 1));
	else
		keymap->is_set[action] = true;
}

/* Those of its names whose key is still its own. */
static char *bound_names(const struct keymap *keymap, enum action action, const char *names)
{
	char *bound = xcalloc(1, strlen(names) + 1), *p = bound;
	const char *name;
	size_t length;

	while ((length = keymap_next_name(&names, &name)) > 0) {
		uint32_t key = key_parse(name, length);

		if (key == KEYCODE_NONE || keymap_action(keymap, key) != action)
			continue;
		if (p != bound)
			*p++ = ' ';
		memcpy(p, name, length);
		p += length;
	}
	return bound;
}

static const char *names_of(const struct keymap *keymap, const struct settings *settings, enum action action)
{
	if (!keymap->is_set[action])
		return action_rows[action].keys;
	for (size_t i = 0; i < settings->lines_count; i++) {
		const struct setting_line *line = &settings->lines[i];

		if (strcmp(line->section, SECTION) == 0 && find_action(line->key) == action)
			return line->value;
	}
	return "";
}

static void bind_settings(struct keymap *keymap, const struct settings *settings, struct mistakes *mistakes)
{
	for (size_t i = 0; i < settings->lines_count; i++) {
		const struct setting_line *line = &settings->lines[i];
		enum action action = strcmp(line->section, SECTION) == 0 ? find_action(line->key) : ACTION_NONE;

		if (action != ACTION_NONE)
			bind_line(keymap, action, line->value, mistakes);
	}
}

struct keymap *keymap_new(const struct settings *settings, char **ret_message)
{
	struct keymap *keymap = xcalloc(1, sizeof(*keymap));
	struct mistakes mistakes = {0};

	for (size_t i = 0; settings && i < settings->lines_count; i++) {
		if (strcmp(settings->lines[i].section, SECTION) == 0)
			mark_line(keymap, settings->lines[i].key, &mistakes);
	}
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		if (!keymap->is_set[action])
			bind_defaults(keymap, action);
	}
	if (settings)
		bind_settings(keymap, settings, &mistakes);
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		keymap->keys[action] = bound_names(keymap, action, names_of(keymap, settings, action));
	*ret_message = mistakes_end(&mistakes);
	return keymap;
}

void keymap_free(struct keymap *keymap)
{
	if (!keymap)
		return;
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		free(keymap->keys[action]);
	free(keymap);
}
