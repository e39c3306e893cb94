/* What the keys do, from actions.def. */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/screen.h"

#define KEYS_WIDTH 12

struct help {
	int top, page;
};

static void *help_open(struct shell *shell, size_t tab)
{
	struct help *state = xcalloc(1, sizeof(*state));

	(void)shell;
	(void)tab;
	state->page = 1;
	return state;
}

static void help_draw(void *context, struct canvas *canvas, struct area area)
{
	struct help *state = context;
	int count = ACTION_COUNT - 1, last_top;
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (area.rows <= 0)
		return;
	state->page = area.rows > 1 ? area.rows - 1 : 1;
	last_top = count > state->page ? count - state->page : 0;
	if (state->top > last_top)
		state->top = last_top;
	pen_fill(&pen, STYLE_HEADER);
	canvas_left(canvas, area.row, area.column, area.columns, STYLE_HEADER, TEXT_LITERAL("Keys"));
	for (int i = 0; i < area.rows - 1 && state->top + i < count; i++) {
		const struct action_row *row = action_row((enum action)(state->top + i + 1));
		int line = area.row + 1 + i;

		canvas_left(canvas, line, area.column + 1, KEYS_WIDTH, STYLE_KEY, text_of(row->keys));
		canvas_left(canvas, line, area.column + KEYS_WIDTH + 2, area.columns - KEYS_WIDTH - 2, STYLE_TEXT,
			    text_of(row->help));
	}
}

static bool help_act(void *context, enum action action)
{
	struct help *state = context;
	int top = state->top;

	switch (action) {
	case ACTION_UP: top--; break;
	case ACTION_DOWN: top++; break;
	case ACTION_PAGE_UP: top -= state->page; break;
	case ACTION_PAGE_DOWN: top += state->page; break;
	case ACTION_HALF_UP: top -= (state->page + 1) / 2; break;
	case ACTION_HALF_DOWN: top += (state->page + 1) / 2; break;
	case ACTION_FIRST: top = 0; break;
	case ACTION_LAST: top = ACTION_COUNT; break;
	default: return false;
	}
	state->top = top > 0 ? top : 0;
	return true;
}

const struct screen screen_help = {
	.name = "Help",
	.open = help_open,
	.close = free,
	.draw = help_draw,
	.act = help_act,
};
