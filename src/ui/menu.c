/* A list to choose one of. */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/shell.h"

#define TYPED_MAX 32

struct menu {
	struct dialog dialog;
	struct menu_options options;
	struct menu_item *items;
	size_t count, cursor, top;
	struct area inside; /* of the last drawing */
	char typed[TYPED_MAX];
	size_t typed_length;
};

static void keep_visible(struct menu *menu, size_t rows)
{
	if (menu->cursor < menu->top)
		menu->top = menu->cursor;
	if (rows > 0 && menu->cursor >= menu->top + rows)
		menu->top = menu->cursor - rows + 1;
}

static int widest(const struct menu *menu, const struct canvas *canvas)
{
	int width = canvas_text_width(canvas, text_of(menu->options.title), 1000) + 2;

	for (size_t i = 0; i < menu->count; i++) {
		int own = canvas_text_width(canvas, text_of(menu->items[i].label), 1000);

		if (menu->items[i].detail)
			own += 2 + canvas_text_width(canvas, text_of(menu->items[i].detail), 1000);
		if (own > width)
			width = own;
	}
	return width;
}

static void draw_item(const struct menu *menu, struct canvas *canvas, int row, size_t at)
{
	struct area inside = menu->inside;
	struct pen pen = pen_at(canvas, row, inside.column, inside.columns, 0);

	pen_string(&pen, STYLE_TEXT, menu->items[at].label);
	if (menu->items[at].detail) {
		pen_string(&pen, STYLE_TEXT, "  ");
		pen_string(&pen, STYLE_DIM, menu->items[at].detail);
	}
	if (at == menu->cursor)
		canvas_restyle(canvas, row, inside.column, inside.columns, STYLE_SELECTED);
}

static void menu_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	struct menu *menu = (struct menu *)dialog;

	if (menu->options.update)
		menu->options.update(menu->options.owner, menu->items, menu->count, &menu->cursor);
	menu->inside = dialog_frame(canvas, area, menu->options.title, (int)menu->count, widest(menu, canvas));
	keep_visible(menu, (size_t)(menu->inside.rows > 0 ? menu->inside.rows : 0));
	for (int i = 0; i < menu->inside.rows && menu->top + (size_t)i < menu->count; i++)
		draw_item(menu, canvas, menu->inside.row + i, menu->top + (size_t)i);
}

static void move_to(struct menu *menu, ptrdiff_t row)
{
	ptrdiff_t last = (ptrdiff_t)menu->count - 1;

	menu->cursor = (size_t)(row < 0 || last < 0 ? 0 : row > last ? last : row);
	menu->typed_length = 0;
}

/* The first item that begins with what was typed; when there is none, the last character begins anew. */
static void type(struct menu *menu, uint32_t key)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (menu->typed_length + 1 < sizeof(menu->typed))
			menu->typed[menu->typed_length++] = (char)key;
		for (size_t i = 0; i < menu->count; i++) {
			const char *label = menu->items[i].label + strspn(menu->items[i].label, " ");

			if (strncasecmp(label, menu->typed, menu->typed_length) == 0) {
				menu->cursor = i;
				return;
			}
		}
		menu->typed_length = 0;
	}
}

static bool choose(struct menu *menu, struct shell *shell)
{
	if (menu->cursor < menu->count && menu->options.chosen)
		menu->options.chosen(shell, menu->options.owner, &menu->items[menu->cursor]);
	return false;
}

static bool menu_mouse(struct menu *menu, struct shell *shell, const struct mouse *mouse)
{
	struct area inside = menu->inside;
	ptrdiff_t cursor = (ptrdiff_t)menu->cursor;

	if (mouse->kind == MOUSE_WHEEL_UP)
		move_to(menu, cursor - 3);
	else if (mouse->kind == MOUSE_WHEEL_DOWN)
		move_to(menu, cursor + 3);
	else if (mouse->row < inside.row || mouse->row >= inside.row + inside.rows || mouse->column < inside.column ||
		 mouse->column >= inside.column + inside.columns)
		return mouse->kind != MOUSE_PRESS;
	else if (menu->top + (size_t)(mouse->row - inside.row) < menu->count) {
		menu->cursor = menu->top + (size_t)(mouse->row - inside.row);
		return mouse->kind == MOUSE_PRESS ? choose(menu, shell) : true;
	}
	return true;
}

static bool menu_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct menu *menu = (struct menu *)dialog;
	ptrdiff_t cursor = (ptrdiff_t)menu->cursor, page = menu->inside.rows > 1 ? menu->inside.rows : 1;

	switch (input->key) {
	case KEYCODE_MOUSE: return menu_mouse(menu, shell, &input->mouse);
	case KEYCODE_ESCAPE: return false;
	case KEYCODE_UP: move_to(menu, cursor - 1); break;
	case KEYCODE_DOWN: move_to(menu, cursor + 1); break;
	case KEYCODE_PAGE_UP: move_to(menu, cursor - page); break;
	case KEYCODE_PAGE_DOWN: move_to(menu, cursor + page); break;
	case KEYCODE_HOME: move_to(menu, 0); break;
	case KEYCODE_END: move_to(menu, (ptrdiff_t)menu->count); break;
	case '\r': return choose(menu, shell);
	default:
		if (input->key > ' ' && input->key < 127)
			type(menu, input->key);
	}
	return true;
}

static void menu_free(struct dialog *dialog)
{
	struct menu *menu = (struct menu *)dialog;

	for (size_t i = 0; i < menu->count; i++) {
		free(menu->items[i].label);
		free(menu->items[i].detail);
	}
	free(menu->items);
	if (menu->options.free_owner)
		menu->options.free_owner(menu->options.owner);
	free(menu);
}

static void menu_needs(const struct dialog *dialog, struct request *request)
{
	const struct menu *menu = (const struct menu *)dialog;

	if (menu->options.needs)
		menu->options.needs(menu->options.owner, request);
}

static const struct dialog_class menu_class = {
	.draw = menu_draw, .input = menu_input, .free = menu_free, .needs = menu_needs,
};

struct dialog *menu_new(const struct menu_options *options, struct menu_item *items, size_t count)
{
	struct menu *menu = xcalloc(1, sizeof(*menu));

	menu->dialog.class = &menu_class;
	menu->options = *options;
	menu->items = items;
	menu->count = count;
	move_to(menu, (ptrdiff_t)options->selected);
	return &menu->dialog;
}
