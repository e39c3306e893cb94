/* What the keys do on the screen that was left, from actions.def, and what the signs there mean. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fatal.h"
#include "ui/screen.h"

#define KEYS_WIDTH_MIN 8
#define KEYS_WIDTH_MAX 16
#define TWO_COLUMNS_FROM 110 /* columns of the terminal */

enum sign_kind { SIGN_TITLE, SIGN_WORD, SIGN_BLOCK };

/* A sign and its meaning; a title when there is no sign. */
struct sign {
	enum sign_kind kind;
	enum style style;
	const char *sign, *meaning;
};

static const struct sign signs[] = {
	{SIGN_TITLE, STYLE_HEADER, "", "STAT"},
	{SIGN_WORD, STYLE_RUNNING, "R", "running, or ready to run"},
	{SIGN_WORD, STYLE_TEXT, "S", "sleeping, until something happens or a signal comes"},
	{SIGN_WORD, STYLE_WAITING, "D", "waiting, mostly for a device, and deaf to signals"},
	{SIGN_WORD, STYLE_DIM, "I", "an idle kernel thread"},
	{SIGN_WORD, STYLE_STOPPED, "T t", "stopped; stopped by its tracer"},
	{SIGN_WORD, STYLE_ZOMBIE, "Z", "has ended, and nobody has asked for its status"},
	{SIGN_WORD, STYLE_TEXT, "< N", "nice below 0; above 0"},
	{SIGN_WORD, STYLE_TEXT, "s l", "leads a session; has several threads"},
	{SIGN_WORD, STYLE_TEXT, "L +", "has locked pages; in the foreground of its terminal"},
	{SIGN_TITLE, STYLE_HEADER, "", "Orphans: badges"},
	{SIGN_WORD, STYLE_ORPHAN, "ORPHAN", "its parent has ended: seen, or proven by its session"},
	{SIGN_WORD, STYLE_DIM, "ORPHAN?", "the same by its session, under a parent that may be its own"},
	{SIGN_WORD, STYLE_DIM, "orphan?", "probably: the leader of its group is gone"},
	{SIGN_WORD, STYLE_DIM, "detached", "leads a session of its own: a daemon or a service"},
	{SIGN_WORD, STYLE_DIM, "injected", "its parent is outside of what can be seen"},
	{SIGN_TITLE, STYLE_HEADER, "", "Colours"},
	{SIGN_BLOCK, STYLE_LOW, NULL, "less than half of what there is"},
	{SIGN_BLOCK, STYLE_MEDIUM, NULL, "a half to four fifths"},
	{SIGN_BLOCK, STYLE_HIGH, NULL, "more"},
	{SIGN_BLOCK, STYLE_CACHE, NULL, "memory the kernel gives back when asked: caches, buffers"},
	{SIGN_BLOCK, STYLE_RATE, NULL, "bytes a second"},
	{SIGN_TITLE, STYLE_HEADER, "", "Values"},
	{SIGN_WORD, STYLE_DIM, "-", "not known, not permitted, or there is none; never 0"},
};

/* One line: an action, the title of a scope, or a sign. */
struct line {
	enum action action;              /* ACTION_NONE: */
	const struct action_scope *scope; /* NULL: */
	const struct sign *sign;         /* all NULL: blank */
	size_t from, length;             /* what of the action's help; from 0 with its keys */
};

#define SIGN_COUNT (sizeof(signs) / sizeof(signs[0]))
#define LINES_MAX (3 * ACTION_COUNT + 2 * SIGN_COUNT)
#define WRAPPED_MAX (LINES_MAX + 6 * ACTION_COUNT)
#define WRAP_COLUMNS_MIN 16 /* with fewer for the help it is cut */

struct help {
	struct shell *shell;
	int top, page;
};

static void *help_open(struct shell *shell, size_t tab)
{
	struct help *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	state->page = 1;
	return state;
}

/* Lines */

static bool has_screen(const char *names, const char *screen)
{
	size_t length = screen ? strlen(screen) : 0;

	if (!names || !screen)
		return true;
	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == length && strncasecmp(p, screen, length) == 0)
			return true;
		p += word;
	}
	return false;
}

static size_t add_signs(struct line *lines, size_t count)
{
	for (size_t i = 0; i < SIGN_COUNT; i++) {
		if (signs[i].kind == SIGN_TITLE)
			lines[count++] = (struct line){0};
		lines[count++] = (struct line){.sign = &signs[i]};
	}
	return count;
}

/* What the screen has of its own comes first. Keys that nothing is bound to are left out. */
static size_t add_actions(const struct help *state, bool is_own, struct line *lines, size_t count)
{
	const struct action_scope *scope = NULL;

	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_scope *of_action = action_scope(action);

		if ((of_action->screens != NULL) != is_own || !*keymap_keys(state->shell->keymap, action) ||
		    !has_screen(of_action->screens, state->shell->screen_name))
			continue;
		if (of_action != scope && count > 0)
			lines[count++] = (struct line){0};
		if (of_action != scope)
			lines[count++] = (struct line){.scope = of_action};
		scope = of_action;
		lines[count++] = (struct line){.action = action};
	}
	return count;
}

/* How much of a help, which is ASCII, goes into a row. */
static size_t row_length(const char *help, size_t columns)
{
	size_t length = strlen(help), cut = columns;

	if (length <= columns || columns < WRAP_COLUMNS_MIN)
		return length;
	while (cut > 0 && help[cut] != ' ')
		cut--;
	return cut ? cut : columns;
}

/* One line more for each row that the help of an action takes beyond its first. */
static size_t wrap_lines(const struct line *lines, size_t count, int columns, struct line *ret_lines)
{
	size_t wrapped = 0;

	for (size_t i = 0; i < count; i++) {
		const char *help = lines[i].action == ACTION_NONE ? "" : action_row(lines[i].action)->help;
		struct line line = lines[i];

		do {
			line.length = row_length(help + line.from, columns > 0 ? (size_t)columns : 0);
			ret_lines[wrapped++] = line;
			line.from += line.length;
			line.from += help[line.from] == ' ';
		} while (help[line.from] && wrapped + count - i < WRAPPED_MAX);
	}
	return wrapped;
}

/* columns: for the help of an action. ret_lines: WRAPPED_MAX of them. */
static size_t make_lines(const struct help *state, int columns, struct line *ret_lines)
{
	struct line lines[LINES_MAX];
	size_t count = add_signs(lines, add_actions(state, false, lines, add_actions(state, true, lines, 0)));

	return wrap_lines(lines, count, columns, ret_lines);
}

/* Drawing */

static int keys_width(const struct help *state, const struct canvas *canvas)
{
	int width = KEYS_WIDTH_MIN;

	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		int wanted = canvas_text_width(canvas, text_of(keymap_keys(state->shell->keymap, action)), KEYS_WIDTH_MAX);

		width = wanted > width ? wanted : width;
	}
	return width;
}

static void draw_title(struct canvas *canvas, struct area area, const char *title)
{
	canvas_left(canvas, area.row, area.column, area.columns, STYLE_TITLE, text_of(title));
}

static void draw_pair(struct canvas *canvas, struct area area, int width, enum style style, const char *left,
		      struct text right)
{
	canvas_left(canvas, area.row, area.column + 1, width, style, text_of(left));
	canvas_left(canvas, area.row, area.column + width + 2, area.columns - width - 2, STYLE_TEXT, right);
}

static void draw_sign(struct canvas *canvas, struct area area, int width, const struct sign *sign)
{
	struct pen pen = pen_at(canvas, area.row, area.column + 1, width, 0);

	if (sign->kind == SIGN_TITLE) {
		draw_title(canvas, area, sign->meaning);
		return;
	}
	draw_pair(canvas, area, width, sign->style, sign->sign ? sign->sign : "", text_of(sign->meaning));
	for (int i = 0; sign->kind == SIGN_BLOCK && i < 4; i++)
		pen_symbol(&pen, sign->style, 0x2588, '#');
}

static void draw_line(const struct help *state, struct canvas *canvas, struct area area, int width,
		      const struct line *line)
{
	if (line->scope)
		draw_title(canvas, area, line->scope->title);
	else if (line->sign)
		draw_sign(canvas, area, width, line->sign);
	else if (line->action != ACTION_NONE)
		draw_pair(canvas, area, width, STYLE_KEY,
			  line->from ? "" : keymap_keys(state->shell->keymap, line->action),
			  (struct text){action_row(line->action)->help + line->from, line->length});
}

/* The lines go on from the end of the left column at the top of the right one, over the whole length of the text, so
 * that a page further both go on. */
static void help_draw(void *context, struct canvas *canvas, struct area area)
{
	struct help *state = context;
	struct line lines[WRAPPED_MAX];
	int columns = area.columns >= TWO_COLUMNS_FROM ? 2 : 1, width = keys_width(state, canvas);
	int count = (int)make_lines(state, area.columns / columns - (columns > 1) - width - 2, lines);
	int rows = (count + columns - 1) / columns, last_top;
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (area.rows <= 0)
		return;
	state->page = area.rows > 1 ? area.rows - 1 : 1;
	last_top = rows > state->page ? rows - state->page : 0;
	if (state->top > last_top)
		state->top = last_top;
	pen_string(&pen, STYLE_HEADER, "Keys");
	if (state->shell->screen_name)
		pen_format(&pen, STYLE_HEADER, ": %s", state->shell->screen_name);
	pen_fill(&pen, STYLE_HEADER);
	for (int i = 0; i < columns * (area.rows - 1); i++) {
		int column = i / (area.rows - 1), row = i % (area.rows - 1), at = column * rows + state->top + row;
		struct area place = {area.row + 1 + row, area.column + column * (area.columns / 2), 1,
				     area.columns / columns - (columns > 1)};

		if (state->top + row < rows && at < count)
			draw_line(state, canvas, place, width, &lines[at]);
	}
}

/* Input */

static void scroll_to(struct help *state, int top)
{
	state->top = top > 0 ? top : 0;
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
	case ACTION_LAST: top = WRAPPED_MAX; break;
	default: return false;
	}
	scroll_to(state, top);
	return true;
}

static void help_mouse(void *context, const struct mouse *mouse)
{
	struct help *state = context;

	if (mouse->kind == MOUSE_WHEEL_UP)
		scroll_to(state, state->top - 3);
	else if (mouse->kind == MOUSE_WHEEL_DOWN)
		scroll_to(state, state->top + 3);
}

const struct screen screen_help = {
	.name = "Help",
	.open = help_open,
	.close = free,
	.draw = help_draw,
	.act = help_act,
	.mouse = help_mouse,
};
