/* Keys, independent of what reads them: a Unicode code point, or one of these above the last code point. */
#ifndef CMON_UI_KEY_H
#define CMON_UI_KEY_H

#include <stddef.h>
#include <stdint.h>

enum {
	KEYCODE_NONE = 0x110000, /* nothing was pressed */
	KEYCODE_UP,
	KEYCODE_DOWN,
	KEYCODE_LEFT,
	KEYCODE_RIGHT,
	KEYCODE_PAGE_UP,
	KEYCODE_PAGE_DOWN,
	KEYCODE_HOME,
	KEYCODE_END,
	KEYCODE_INSERT,
	KEYCODE_DELETE,
	KEYCODE_BACKSPACE,
	KEYCODE_BACKTAB, /* Shift and Tab */
	KEYCODE_MOUSE,   /* see struct input */
	KEYCODE_F0, /* F1 is KEYCODE_F0 + 1, up to F24: F13 is Shift-F1 in most terminals */
	KEYCODE_LIMIT = KEYCODE_F0 + 25,
};

#define KEYCODE_ESCAPE 27u

/* Code of a key's name as actions.def and the configuration have it: "F5", "PgUp", "Esc", "Space", "^L", or one
 * character of UTF-8. KEYCODE_NONE when there is no such key. */
uint32_t key_parse(const char *name, size_t length);

#endif
