#include "ui/keymap.h"

#include <string.h>

#include "base/text.h"

static const struct action_row action_rows[ACTION_COUNT] = {
#define ACTION(id_, keys_, label_, help_) [ACTION_##id_] = {(keys_), (label_), (help_)},
#include "ui/actions.def"
#undef ACTION
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
};

uint32_t key_parse(const char *name, size_t length)
{
	uint32_t codepoint;

	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (strlen(key_names[i].name) == length && memcmp(key_names[i].name, name, length) == 0)
			return key_names[i].key;
	}
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

size_t keymap_next_name(const char **cursor, const char **ret_name)
{
	const char *start = *cursor + strspn(*cursor, " ");
	size_t length = strcspn(start, " ");

	*ret_name = start;
	*cursor = start + length;
	return length;
}

enum action keymap_action(uint32_t key)
{
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *cursor = action_rows[action].keys, *name;
		size_t length;

		while ((length = keymap_next_name(&cursor, &name)) > 0) {
			if (key_parse(name, length) == key)
				return action;
		}
	}
	return ACTION_NONE;
}
