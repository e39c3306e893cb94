/* A value that is a list: each word there is, those that are on in their order. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/setup_private.h"

#define WIDTH_MAX 200
#define NAME_COLUMNS 30 /* of the words, at most, where help stands behind them */

struct item {
	char *word;       /* as the value has it; a column without its width */
	const char *help; /* NULL: none */
	int width;        /* number behind the colon: of a column its width; 0: its own */
	int own_width;
	bool is_on;
};

struct word_list {
	struct dialog dialog;
	struct target target;
	struct item *items;
	size_t count, cursor, top, page;
	struct area inside;
};

/* Items */

static bool has_columns(const struct word_list *list)
{
	return target_row(&list->target)->type == SETTING_TYPE_COLUMNS;
}

/* The highest number behind a colon; 0: there is none. */
static int highest(const struct word_list *list)
{
	return has_columns(list) ? WIDTH_MAX : (int)target_row(&list->target)->high;
}

static void add_item(struct word_list *list, struct text word, bool is_on, const char *help)
{
	struct item *item;

	list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
	item = &list->items[list->count++];
	*item = (struct item){.word = xcalloc(1, word.length + 1), .help = help, .is_on = is_on};
	memcpy(item->word, word.bytes, word.length);
}

static void add_column(struct word_list *list, const struct field *field, int width, bool is_on)
{
	struct item *item;

	add_item(list, text_of(field->key), is_on, field->help);
	item = &list->items[list->count - 1];
	item->width = width;
	item->own_width = field->width;
}

static bool has_word(const struct word_list *list, struct text word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (text_equal_string(word, list->items[i].word))
			return true;
	}
	return false;
}

static void fill_columns(struct word_list *list, const char *value)
{
	const struct field *field;
	struct text word;
	int width;

	while (setting_next_word(&value, &word)) {
		if (setting_parse_column(word, &field, &width))
			add_column(list, field, width, true);
	}
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		field = process_field((enum field_id)id);
		if (field->title && !has_word(list, text_of(field->key)))
			add_column(list, field, 0, false);
	}
	if (!has_word(list, text_of(setting_cpu_graph.key)))
		add_column(list, &setting_cpu_graph, 0, false);
}

static void fill_words(struct word_list *list, const char *value)
{
	const char *choices = target_row(&list->target)->choices;
	struct text word, name;
	int number;

	while (setting_next_word(&value, &word)) {
		if (!setting_parse_word(word, highest(list), &name, &number))
			continue;
		add_item(list, name, true, NULL);
		list->items[list->count - 1].width = number;
	}
	while (setting_next_word(&choices, &word)) {
		if (!has_word(list, word))
			add_item(list, word, false, NULL);
	}
}

/* The value that the items are. free() it. */
static char *value_of(const struct word_list *list)
{
	char *value = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&value, &size);

	if (!stream)
		fatal("out of memory");
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i].is_on)
			continue;
		fprintf(stream, "%s%s", ftell(stream) > 0 ? " " : "", list->items[i].word);
		if (list->items[i].width)
			fprintf(stream, ":%d", list->items[i].width);
	}
	if (fclose(stream) != 0)
		fatal("out of memory");
	return value;
}

static bool apply(struct word_list *list, struct shell *shell)
{
	char *value = value_of(list);
	bool is_set = target_set(shell, &list->target, value);

	free(value);
	return is_set;
}

/* Changes */

static void toggle(struct word_list *list, struct shell *shell)
{
	struct item *item = &list->items[list->cursor];

	item->is_on = !item->is_on;
	if (!apply(list, shell))
		item->is_on = !item->is_on;
}

static void move(struct word_list *list, struct shell *shell, bool down)
{
	size_t other = down ? list->cursor + 1 : list->cursor - 1;
	struct item item = list->items[list->cursor];

	if (down ? other >= list->count : list->cursor == 0)
		return;
	list->items[list->cursor] = list->items[other];
	list->items[other] = item;
	list->cursor = other;
	apply(list, shell);
}

static void widen(struct word_list *list, struct shell *shell, int by)
{
	struct item *item = &list->items[list->cursor];
	int width = (item->width ? item->width : item->own_width) + by;

	/* What has no width of its own goes back to the usual below 1. */
	if (width < (item->own_width ? 1 : 0) || width > highest(list))
		return;
	item->width = width;
	apply(list, shell);
}

/* The next word that begins with a letter. */
static void find_letter(struct word_list *list, uint32_t key)
{
	for (size_t i = 1; i <= list->count; i++) {
		size_t at = (list->cursor + i) % list->count;

		if (tolower((unsigned char)*list->items[at].word) != tolower((int)key))
			continue;
		list->cursor = at;
		return;
	}
}

/* Drawing */

static void draw_item(const struct word_list *list, struct canvas *canvas, int row, size_t at)
{
	const struct item *item = &list->items[at];
	struct pen pen = pen_at(canvas, row, list->inside.column, list->inside.columns, 0);
	int behind = list->inside.column + 4 + NAME_COLUMNS;

	pen_string(&pen, item->is_on ? STYLE_TEXT : STYLE_DIM, item->is_on ? "[x] " : "[ ] ");
	pen_string(&pen, item->is_on ? STYLE_TEXT : STYLE_DIM, item->word);
	if (item->width)
		pen_format(&pen, STYLE_TEXT, ":%d", item->width);
	if (item->help) {
		pen.column = pen.column < behind ? behind : pen.column + 1;
		pen_string(&pen, STYLE_DIM, item->help);
	}
	if (at == list->cursor)
		canvas_restyle(canvas, row, list->inside.column, list->inside.columns, STYLE_SELECTED);
}

static void list_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	struct word_list *list = (struct word_list *)dialog;
	bool is_long = has_columns(list);
	const char *keys = is_long       ? "Space: on, off   [ ]: move   + -: width   Esc: done" :
			   highest(list) ? "Space: on, off  [ ]: move  + -: rows  Esc: done" :
					   "Space: on, off   [ ]: move   Esc: done";
	int rows;

	list->inside = dialog_frame(canvas, area, target_row(&list->target)->key, (int)list->count + 1,
				    is_long ? area.columns : 50);
	rows = list->inside.rows > 3 ? list->inside.rows - 1 : list->inside.rows;
	list->page = rows > 0 ? (size_t)rows : 1;
	list->top = setup_top(list->top, list->cursor, list->count, list->page);
	for (int i = 0; i < rows && list->top + (size_t)i < list->count; i++)
		draw_item(list, canvas, list->inside.row + i, list->top + (size_t)i);
	if (rows < list->inside.rows)
		canvas_left(canvas, list->inside.row + rows, list->inside.column, list->inside.columns, STYLE_DIM,
			    text_of(keys));
}

/* Input */

static bool list_mouse(struct word_list *list, struct shell *shell, const struct mouse *mouse)
{
	struct area inside = list->inside;
	size_t at = list->top + (size_t)(mouse->row - inside.row);

	if (mouse->kind != MOUSE_PRESS && mouse->kind != MOUSE_DOUBLE)
		return true;
	if (mouse->row < inside.row || mouse->row >= inside.row + inside.rows || mouse->column < inside.column ||
	    mouse->column >= inside.column + inside.columns)
		return false;
	if ((size_t)(mouse->row - inside.row) >= list->page || at >= list->count)
		return true;
	if (list->cursor == at)
		toggle(list, shell);
	list->cursor = at;
	return true;
}

static bool list_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct word_list *list = (struct word_list *)dialog;
	uint32_t key = input->key;

	if (key == KEYCODE_ESCAPE || key == '\r' || !list->count)
		return false;
	list->cursor = setup_moved(list->cursor, list->count, list->page, input);
	if (key == KEYCODE_MOUSE)
		return list_mouse(list, shell, &input->mouse);
	switch (key) {
	case ' ': toggle(list, shell); break;
	case '[':
	case KEYCODE_F0 + 7: move(list, shell, false); break;
	case ']':
	case KEYCODE_F0 + 8: move(list, shell, true); break;
	case '+': widen(list, shell, 1); break;
	case '-': widen(list, shell, -1); break;
	default:
		if (key < 128 && isalpha((int)key))
			find_letter(list, key);
	}
	return true;
}

static void list_free(struct dialog *dialog)
{
	struct word_list *list = (struct word_list *)dialog;

	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].word);
	free(list->items);
	free(list);
}

static const struct dialog_class list_class = {.draw = list_draw, .input = list_input, .free = list_free};

struct dialog *setup_list_new(struct shell *shell, const struct target *target)
{
	struct word_list *list = xcalloc(1, sizeof(*list));
	const char *value = target_value(shell->settings, target);

	list->dialog.class = &list_class;
	list->target = *target;
	list->page = 1;
	if (has_columns(list))
		fill_columns(list, value);
	else
		fill_words(list, value);
	return &list->dialog;
}
