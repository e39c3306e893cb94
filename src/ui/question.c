/* Lines to read, and a question about them. */
#include <stdlib.h>

#include "base/fatal.h"
#include "ui/shell.h"

#define LINE_WIDTH_MAX 1000

struct question {
	struct dialog dialog;
	struct question_options options;
	char **lines;
	size_t count, top; /* top: row, of which a long line takes several */
	int page;
};

static const char *hint_of(const struct question *question)
{
	return question->options.confirmed ? "Enter or y: yes   Esc or n: no" : "Esc: close";
}

static int rows_of(const struct canvas *canvas, const char *line, int columns)
{
	int width = canvas_text_width(canvas, text_of(line), LINE_WIDTH_MAX);

	return width > columns && columns > 0 ? (width + columns - 1) / columns : 1;
}

static size_t count_rows(const struct question *question, const struct canvas *canvas, int columns)
{
	size_t rows = 0;

	for (size_t i = 0; i < question->count; i++)
		rows += (size_t)rows_of(canvas, question->lines[i], columns);
	return rows;
}

static void draw_lines(const struct question *question, struct canvas *canvas, struct area inside)
{
	ptrdiff_t row = -(ptrdiff_t)question->top;

	for (size_t i = 0; i < question->count; i++) {
		int rows = rows_of(canvas, question->lines[i], inside.columns);

		for (int part = 0; part < rows; part++, row++) {
			struct pen pen = pen_at(canvas, inside.row + (int)row, inside.column, inside.columns,
						part * inside.columns);

			if (row >= 0 && row < question->page)
				pen_string(&pen, STYLE_TEXT, question->lines[i]);
		}
	}
}

static void question_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	struct question *question = (struct question *)dialog;
	int width = canvas_text_width(canvas, text_of(question->options.title), 1000) + 2;
	struct area inside;
	size_t rows;

	if (width < 30)
		width = 30;
	for (size_t i = 0; i < question->count; i++) {
		int own = canvas_text_width(canvas, text_of(question->lines[i]), LINE_WIDTH_MAX);

		width = own > width ? own : width;
	}
	/* How high it is depends on how wide it may be. */
	inside = dialog_frame(canvas, area, question->options.title, 1, width);
	rows = count_rows(question, canvas, inside.columns);
	inside = dialog_frame(canvas, area, question->options.title, (int)rows + 2, width);
	question->page = inside.rows > 2 ? inside.rows - 2 : inside.rows - 1;
	if (question->page < 0)
		question->page = 0;
	if (question->top + (size_t)question->page > rows)
		question->top = rows > (size_t)question->page ? rows - (size_t)question->page : 0;
	draw_lines(question, canvas, inside);
	canvas_left(canvas, inside.row + inside.rows - 1, inside.column, inside.columns, STYLE_DIM,
		    text_of(hint_of(question)));
}

static void scroll(struct question *question, int rows)
{
	if (rows < 0 && question->top < (size_t)-rows)
		question->top = 0;
	else
		question->top += (size_t)rows; /* too far: corrected when drawn */
}

static bool question_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct question *question = (struct question *)dialog;

	switch (input->key) {
	case KEYCODE_UP: scroll(question, -1); return true;
	case KEYCODE_DOWN: scroll(question, 1); return true;
	case KEYCODE_PAGE_UP: scroll(question, -question->page); return true;
	case KEYCODE_PAGE_DOWN: scroll(question, question->page); return true;
	case KEYCODE_MOUSE:
		if (input->mouse.kind == MOUSE_WHEEL_UP || input->mouse.kind == MOUSE_WHEEL_DOWN)
			scroll(question, input->mouse.kind == MOUSE_WHEEL_UP ? -1 : 1);
		return true;
	case 'y':
	case 'Y':
	case '\r':
		if (question->options.confirmed)
			question->options.confirmed(shell, question->options.owner);
		return false;
	case 'n':
	case 'N':
	case KEYCODE_ESCAPE: return false;
	default: return question->options.confirmed != NULL;
	}
}

static void question_free(struct dialog *dialog)
{
	struct question *question = (struct question *)dialog;

	for (size_t i = 0; i < question->count; i++)
		free(question->lines[i]);
	free(question->lines);
	if (question->options.free_owner)
		question->options.free_owner(question->options.owner);
	free(question);
}

static const struct dialog_class question_class = {
	.draw = question_draw, .input = question_input, .free = question_free,
};

struct dialog *question_new(const struct question_options *options, char **lines, size_t count)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->dialog.class = &question_class;
	question->options = *options;
	question->lines = lines;
	question->count = count;
	return &question->dialog;
}
