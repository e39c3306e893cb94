#include "ui/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/setup_private.h"
#include "ui/theme.h"

#define NAME_COLUMNS 16
#define COLUMNS_MAX 120
#define KEYS_ROWS_MIN 9 /* with fewer rows inside nothing is said about keys */

enum line_kind {
	LINE_HEADING, /* of a section; of a tab */
	LINE_SETTING,
	LINE_RENAME,
	LINE_REMOVE,
	LINE_ADD,
};

struct line {
	enum line_kind kind;
	struct target target;
};

struct setup {
	struct dialog dialog;
	struct shell *shell;
	struct line *lines;
	size_t count, cursor, top, page;
	struct area inside;
};

/* Settings */

const struct setting_row *target_row(const struct target *target)
{
	return target->is_of_tab ? &tab_setting_rows[target->id] : &setting_rows[target->id];
}

const char *target_value(const struct settings *settings, const struct target *target)
{
	return target->is_of_tab ? settings->tabs[target->tab].values[target->id] : settings->values[target->id];
}

bool target_set(struct shell *shell, const struct target *target, const char *value)
{
	struct settings *settings = shell->settings;
	char *message;
	int r;

	if (target->is_of_tab)
		r = tab_setting_set(&settings->tabs[target->tab], (enum tab_setting_id)target->id, value, &message);
	else
		r = setting_set(settings, (enum setting_id)target->id, value, &message);
	if (r < 0) {
		shell_say(shell, STYLE_ALARM, "%s", message);
		free(message);
		return false;
	}
	shell_changed(shell);
	return true;
}

/* Lines */

static void add_line(struct setup *setup, enum line_kind kind, struct target target)
{
	setup->lines = xreallocarray(setup->lines, setup->count + 1, sizeof(*setup->lines));
	setup->lines[setup->count++] = (struct line){kind, target};
}

static bool is_first_of_section(size_t id)
{
	for (size_t before = 0; before < id; before++) {
		if (strcmp(setting_rows[before].section, setting_rows[id].section) == 0)
			return false;
	}
	return true;
}

static void add_section(struct setup *setup, size_t first)
{
	add_line(setup, LINE_HEADING, (struct target){.id = first});
	for (size_t id = first; id < SETTING_COUNT; id++) {
		if (strcmp(setting_rows[id].section, setting_rows[first].section) == 0)
			add_line(setup, LINE_SETTING, (struct target){.id = id});
	}
}

static void add_tab(struct setup *setup, size_t tab)
{
	struct target target = {.is_of_tab = true, .tab = tab};

	add_line(setup, LINE_HEADING, target);
	for (; target.id < TAB_SETTING_COUNT; target.id++)
		add_line(setup, LINE_SETTING, target);
	add_line(setup, LINE_RENAME, target);
	add_line(setup, LINE_REMOVE, target);
}

static void make_lines(struct setup *setup)
{
	setup->count = 0;
	for (size_t id = 0; id < SETTING_COUNT; id++) {
		if (is_first_of_section(id))
			add_section(setup, id);
	}
	for (size_t tab = 0; tab < setup->shell->settings->tabs_count; tab++)
		add_tab(setup, tab);
	add_line(setup, LINE_ADD, (struct target){0});
	if (setup->cursor >= setup->count)
		setup->cursor = setup->count - 1;
	/* Where a tab was added, its heading is here now. */
	setup->cursor += setup->lines[setup->cursor].kind == LINE_HEADING;
}

/* Drawing */

static void draw_heading(const struct setup *setup, struct pen *pen, const struct line *line)
{
	const struct target *target = &line->target;

	if (target->is_of_tab)
		pen_format(pen, STYLE_TITLE, "tab %s", setup->shell->settings->tabs[target->tab].name);
	else
		pen_string(pen, STYLE_TITLE, setting_rows[target->id].section);
}

static void draw_setting(const struct setup *setup, struct canvas *canvas, int row, const struct target *target)
{
	struct area inside = setup->inside;
	const char *value = target_value(setup->shell->settings, target);
	bool is_changed = strcmp(value, target_row(target)->standard) != 0;
	int at = 2 + NAME_COLUMNS < inside.columns / 2 ? 2 + NAME_COLUMNS : inside.columns / 2;

	canvas_left(canvas, row, inside.column + 2, at - 3, STYLE_LABEL, text_of(target_row(target)->key));
	canvas_left(canvas, row, inside.column + at, inside.columns - at, is_changed ? STYLE_TITLE : STYLE_TEXT,
		    text_of(value));
}

static void draw_line(const struct setup *setup, struct canvas *canvas, int row, size_t at)
{
	static const char *const words[] = {
		[LINE_RENAME] = "rename this tab", [LINE_REMOVE] = "remove this tab", [LINE_ADD] = "add a tab",
	};
	const struct line *line = &setup->lines[at];
	struct area inside = setup->inside;
	struct pen pen = pen_at(canvas, row, inside.column, inside.columns, 0);

	if (line->kind == LINE_HEADING)
		draw_heading(setup, &pen, line);
	else if (line->kind == LINE_SETTING)
		draw_setting(setup, canvas, row, &line->target);
	else
		pen_format(&pen, STYLE_TEXT, "%s%s ...", line->kind == LINE_ADD ? "" : "  ", words[line->kind]);
	if (at == setup->cursor)
		canvas_restyle(canvas, row, inside.column, inside.columns, STYLE_SELECTED);
}

static const char *help_of(const struct line *line)
{
	switch (line->kind) {
	case LINE_HEADING:
	case LINE_SETTING: return line->kind == LINE_SETTING ? target_row(&line->target)->help : "";
	case LINE_RENAME: return "give this tab another name";
	case LINE_REMOVE: return "remove this tab with its columns, order and filter";
	default: return "another tab of processes, with columns, order and filter of its own";
	}
}

/* Help of the selected line, in as many rows as there are for it. */
static void draw_help(const struct setup *setup, struct canvas *canvas, int row, int rows)
{
	struct area inside = setup->inside;
	const char *help = help_of(&setup->lines[setup->cursor]);
	size_t length = strlen(help), room = inside.columns > 0 ? (size_t)inside.columns : 0, cut = length;

	if (rows > 1 && length > room && room > 0) {
		for (cut = room; cut > 0 && help[cut] != ' ';)
			cut--;
		if (!cut)
			cut = room;
		canvas_left(canvas, row + 1, inside.column, inside.columns, STYLE_DIM,
			    text_of(help + cut + (help[cut] == ' ')));
	}
	canvas_left(canvas, row, inside.column, inside.columns, STYLE_DIM, (struct text){help, cut});
}

static void draw_foot(const struct setup *setup, struct canvas *canvas, int rows)
{
	struct area inside = setup->inside;
	int foot = inside.rows - rows, row = inside.row + rows;

	if (foot > 2) {
		struct pen pen = pen_at(canvas, row++, inside.column, inside.columns, 0);

		while (!pen_is_full(&pen))
			pen_symbol(&pen, STYLE_TREE, 0x2500, '-');
		canvas_left(canvas, inside.row + inside.rows - 1, inside.column, inside.columns, STYLE_DIM,
			    TEXT_LITERAL("Enter or Space: change   Esc: leave"));
	}
	if (foot > 0)
		draw_help(setup, canvas, row, foot > 2 ? foot - 2 : foot);
}

static void setup_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	struct setup *setup = (struct setup *)dialog;
	int rows, columns = area.columns < COLUMNS_MAX ? area.columns : COLUMNS_MAX;

	make_lines(setup);
	setup->inside = dialog_frame(canvas, area, " Setup ", (int)setup->count + 4, columns);
	rows = setup->inside.rows;
	rows -= rows >= KEYS_ROWS_MIN ? 4 : rows > 2 ? 1 : 0;
	setup->page = rows > 0 ? (size_t)rows : 1;
	setup->top = setup_top(setup->top, setup->cursor, setup->count, setup->page);
	/* What the first line belongs to. */
	if (setup->top == setup->cursor && setup->page > 1 && setup->lines[setup->cursor - 1].kind == LINE_HEADING)
		setup->top--;
	for (int i = 0; i < rows && setup->top + (size_t)i < setup->count; i++)
		draw_line(setup, canvas, setup->inside.row + i, setup->top + (size_t)i);
	draw_foot(setup, canvas, rows);
}

/* Moving */

size_t setup_moved(size_t cursor, size_t count, size_t page, const struct input *input)
{
	size_t last = count ? count - 1 : 0, step = 1;
	bool up = false;

	switch (input->key) {
	case KEYCODE_HOME: return 0;
	case KEYCODE_END: return last;
	case KEYCODE_UP: up = true; break;
	case KEYCODE_DOWN: break;
	case KEYCODE_PAGE_UP: up = true; step = page; break;
	case KEYCODE_PAGE_DOWN: step = page; break;
	case KEYCODE_MOUSE:
		if (input->mouse.kind != MOUSE_WHEEL_UP && input->mouse.kind != MOUSE_WHEEL_DOWN)
			return cursor;
		up = input->mouse.kind == MOUSE_WHEEL_UP;
		step = 3;
		break;
	default: return cursor;
	}
	if (up)
		return cursor > step ? cursor - step : 0;
	return last - cursor > step ? cursor + step : last;
}

size_t setup_top(size_t top, size_t cursor, size_t count, size_t page)
{
	size_t last_top = count > page ? count - page : 0;

	if (cursor < top)
		top = cursor;
	if (cursor >= top + page)
		top = cursor - page + 1;
	return top < last_top ? top : last_top;
}

/* Headings are passed over; the first line is one. */
static void pass_heading(struct setup *setup, size_t before)
{
	if (setup->lines[setup->cursor].kind != LINE_HEADING)
		return;
	if (setup->cursor < before && setup->cursor > 0)
		setup->cursor--;
	else
		setup->cursor++;
}

/* Changing */

static struct target *copy_of_target(const struct target *target)
{
	struct target *copy = xmalloc(sizeof(*copy));

	*copy = *target;
	return copy;
}

static void choose(struct shell *shell, void *owner, const struct menu_item *item)
{
	target_set(shell, owner, item->label);
}

static void add_choice(struct menu_item **items, size_t *count, struct text word)
{
	char *label = xcalloc(1, word.length + 1);

	memcpy(label, word.bytes, word.length);
	*items = xreallocarray(*items, *count + 1, sizeof(**items));
	(*items)[(*count)++] = (struct menu_item){.label = label};
}

static void add_themes(const struct settings *settings, struct menu_item **items, size_t *count)
{
	const char *last = "";

	for (size_t i = 0; theme_name(i); i++)
		add_choice(items, count, text_of(theme_name(i)));
	for (size_t i = 0; i < settings->lines_count; i++) {
		const char *section = settings->lines[i].section;

		if (strncmp(section, "theme ", 6) == 0 && strcmp(section, last) != 0)
			add_choice(items, count, text_of(section + 6));
		last = section;
	}
}

static void open_choices(struct shell *shell, const struct target *target)
{
	const char *choices = target_row(target)->choices, *value = target_value(shell->settings, target);
	struct menu_options options = {
		.title = target_row(target)->key, .chosen = choose, .free_owner = free, .owner = copy_of_target(target),
	};
	struct menu_item *items = NULL;
	size_t count = 0;
	struct text word;

	if (!choices)
		add_themes(shell->settings, &items, &count);
	while (choices && setting_next_word(&choices, &word))
		add_choice(&items, &count, word);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(items[i].label, value) == 0)
			options.selected = i;
	}
	shell_open(shell, menu_new(&options, items, count));
}

/* A line to type into: a value, or the name of a tab. */
struct typing {
	enum line_kind kind;
	struct target target;
	char *label, *message;
};

static void free_typing(void *owner)
{
	struct typing *typing = owner;

	free(typing->label);
	free(typing->message);
	free(typing);
}

static int check_typed(struct shell *shell, const struct typing *typing, const char *text, char **ret_message,
		       size_t *ret_column)
{
	const struct settings *settings = shell->settings;

	*ret_column = 0;
	if (typing->kind == LINE_SETTING)
		return setting_check(target_row(&typing->target), text, NULL, ret_message, ret_column);
	if (typing->kind == LINE_RENAME && strcmp(settings->tabs[typing->target.tab].name, text) == 0)
		return 0;
	return settings_check_tab_name(settings, text, ret_message);
}

static const char *typed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	struct typing *typing = owner;

	free(typing->message);
	typing->message = NULL;
	check_typed(shell, typing, text, &typing->message, ret_column);
	return typing->message;
}

static bool finish_typing(struct shell *shell, void *owner, const char *text)
{
	const struct typing *typing = owner;
	char *message = NULL;
	size_t column;

	/* The prompt still shows the message there was while it was typed. */
	if (check_typed(shell, typing, text, &message, &column) < 0) {
		shell_say(shell, STYLE_ALARM, "%s", message);
		free(message);
		return false;
	}
	if (typing->kind == LINE_SETTING)
		return target_set(shell, &typing->target, text);
	if (typing->kind == LINE_ADD)
		settings_add_tab(shell->settings, text);
	else
		settings_rename_tab(shell->settings, typing->target.tab, text, &message);
	shell_changed(shell);
	return true;
}

static void open_prompt(struct shell *shell, const struct line *line)
{
	struct typing *typing = xcalloc(1, sizeof(*typing));
	struct prompt_options options = {
		.text = "", .changed = typed, .done = finish_typing, .free_owner = free_typing, .owner = typing,
	};
	const char *name = "name of the tab";

	typing->kind = line->kind;
	typing->target = line->target;
	if (line->kind == LINE_SETTING) {
		name = target_row(&line->target)->key;
		options.text = target_value(shell->settings, &line->target);
	} else if (line->kind == LINE_RENAME) {
		options.text = shell->settings->tabs[line->target.tab].name;
	}
	if (asprintf(&typing->label, "%s: ", name) < 0)
		fatal("out of memory");
	options.label = typing->label;
	shell_open(shell, prompt_new(&options));
}

static void remove_tab(struct shell *shell, void *owner)
{
	const struct target *target = owner;

	settings_remove_tab(shell->settings, target->tab);
	shell_changed(shell);
}

static void ask_to_remove(struct shell *shell, const struct target *target)
{
	struct question_options options = {.title = "Remove the tab?", .confirmed = remove_tab, .free_owner = free};
	char **lines;

	if (shell->settings->tabs_count < 2) {
		shell_say(shell, STYLE_ALARM, "the last tab of processes stays");
		return;
	}
	lines = xcalloc(1, sizeof(*lines));
	lines[0] = xstrdup(shell->settings->tabs[target->tab].name);
	options.owner = copy_of_target(target);
	shell_open(shell, question_new(&options, lines, 1));
}

static void change_setting(struct shell *shell, const struct line *line)
{
	const struct target *target = &line->target;

	switch (target_row(target)->type) {
	case SETTING_TYPE_BOOL:
		target_set(shell, target, strcmp(target_value(shell->settings, target), "yes") == 0 ? "no" : "yes");
		break;
	case SETTING_TYPE_CHOICE: open_choices(shell, target); break;
	case SETTING_TYPE_WORDS:
	case SETTING_TYPE_COLUMNS: shell_open(shell, setup_list_new(shell, target)); break;
	default:
		if (!target->is_of_tab && target->id == SETTING_THEME)
			open_choices(shell, target);
		else
			open_prompt(shell, line);
	}
}

static void change(struct setup *setup)
{
	const struct line line = setup->lines[setup->cursor];

	switch (line.kind) {
	case LINE_HEADING: break;
	case LINE_SETTING: change_setting(setup->shell, &line); break;
	case LINE_REMOVE: ask_to_remove(setup->shell, &line.target); break;
	case LINE_RENAME:
	case LINE_ADD: open_prompt(setup->shell, &line); break;
	}
}

/* Input */

static bool setup_mouse(struct setup *setup, const struct mouse *mouse)
{
	struct area inside = setup->inside;
	size_t at = setup->top + (size_t)(mouse->row - inside.row);

	if (mouse->kind != MOUSE_PRESS && mouse->kind != MOUSE_DOUBLE)
		return true;
	if (mouse->row < inside.row || mouse->row >= inside.row + inside.rows || mouse->column < inside.column ||
	    mouse->column >= inside.column + inside.columns)
		return false;
	if ((size_t)(mouse->row - inside.row) >= setup->page || at >= setup->count ||
	    setup->lines[at].kind == LINE_HEADING)
		return true;
	if (setup->cursor == at)
		change(setup);
	setup->cursor = at;
	return true;
}

static bool setup_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct setup *setup = (struct setup *)dialog;
	size_t before = setup->cursor;

	(void)shell;
	make_lines(setup);
	setup->cursor = setup_moved(setup->cursor, setup->count, setup->page, input);
	pass_heading(setup, before);
	switch (input->key) {
	case KEYCODE_MOUSE: return setup_mouse(setup, &input->mouse);
	case ' ':
	case '\r': change(setup); return true;
	case 'q':
	case KEYCODE_F0 + 2:
	case KEYCODE_F0 + 10:
	case KEYCODE_ESCAPE: return false;
	default: return true;
	}
}

static void setup_free(struct dialog *dialog)
{
	struct setup *setup = (struct setup *)dialog;

	free(setup->lines);
	free(setup);
}

static const struct dialog_class setup_class = {.draw = setup_draw, .input = setup_input, .free = setup_free};

struct dialog *setup_new(struct shell *shell)
{
	struct setup *setup = xcalloc(1, sizeof(*setup));

	setup->dialog.class = &setup_class;
	setup->shell = shell;
	setup->page = setup->cursor = 1;
	make_lines(setup);
	return &setup->dialog;
}
