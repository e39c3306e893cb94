/* A part of a long list is in sight, and keys and the wheel move it; no row of it is selected. */
#ifndef CMON_UI_SCROLL_H
#define CMON_UI_SCROLL_H

#include "ui/input.h"
#include "ui/keymap.h"

/* All-zero is the beginning. */
struct scroll {
	int top;  /* first row in sight */
	int page; /* rows in sight, at least 1 */
};

/* What is drawn now: `page` of `count` rows. */
void scroll_fit(struct scroll *scroll, int count, int page);

/* Returns false for an action that moves nothing. Where it moves beyond the end, scroll_fit brings it back. */
bool scroll_act(struct scroll *scroll, enum action action);
void scroll_mouse(struct scroll *scroll, const struct mouse *mouse);

#endif
