#include "ui/scroll.h"

#include <limits.h>

#define WHEEL_ROWS 3

void scroll_fit(struct scroll *scroll, int count, int page)
{
	int last;

	scroll->page = page > 1 ? page : 1;
	last = count > scroll->page ? count - scroll->page : 0;
	if (scroll->top > last)
		scroll->top = last;
}

static void move_by(struct scroll *scroll, int rows)
{
	if (rows < 0)
		scroll->top = scroll->top > -rows ? scroll->top + rows : 0;
	else
		scroll->top = scroll->top < INT_MAX - rows ? scroll->top + rows : INT_MAX;
}

bool scroll_act(struct scroll *scroll, enum action action)
{
	switch (action) {
	case ACTION_UP: move_by(scroll, -1); return true;
	case ACTION_DOWN: move_by(scroll, 1); return true;
	case ACTION_PAGE_UP: move_by(scroll, -scroll->page); return true;
	case ACTION_PAGE_DOWN: move_by(scroll, scroll->page); return true;
	case ACTION_HALF_UP: move_by(scroll, -(scroll->page + 1) / 2); return true;
	case ACTION_HALF_DOWN: move_by(scroll, (scroll->page + 1) / 2); return true;
	case ACTION_FIRST: scroll->top = 0; return true;
	case ACTION_LAST: scroll->top = INT_MAX; return true;
	default: return false;
	}
}

void scroll_mouse(struct scroll *scroll, const struct mouse *mouse)
{
	if (mouse->kind == MOUSE_WHEEL_UP)
		move_by(scroll, -WHEEL_ROWS);
	else if (mouse->kind == MOUSE_WHEEL_DOWN)
		move_by(scroll, WHEEL_ROWS);
}
