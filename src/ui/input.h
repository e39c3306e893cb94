/* What comes from the terminal: a key, or the mouse. */
#ifndef CMON_UI_INPUT_H
#define CMON_UI_INPUT_H

#include "ui/key.h"

enum mouse_kind {
	MOUSE_PRESS,  /* left button */
	MOUSE_DOUBLE, /* the second press of two within half a second on one cell; a MOUSE_PRESS came before */
	MOUSE_WHEEL_UP,
	MOUSE_WHEEL_DOWN,
};

struct mouse {
	enum mouse_kind kind;
	int row, column; /* cell of the canvas, from 0 */
};

struct input {
	uint32_t key;       /* KEYCODE_MOUSE: see mouse; KEYCODE_NONE: nothing */
	struct mouse mouse;
};

#endif
