/* A line to type into, in place of the bottom line. */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "ui/shell.h"

#define TEXT_MAX (SETTING_LENGTH_MAX + 1) /* a value that did not fit would be taken for none */

struct prompt {
	struct dialog dialog;
	struct prompt_options options;
	char text[TEXT_MAX];
	size_t length, cursor; /* bytes */
	const char *message;   /* NULL: what was typed is fine */
	size_t error_column;
};

static void check(struct prompt *prompt, struct shell *shell)
{
	prompt->message = NULL;
	prompt->error_column = 0;
	if (prompt->options.changed)
		prompt->message = prompt->options.changed(shell, prompt->options.owner, prompt->text,
							  &prompt->error_column);
}

/* Drawing: the text with the cursor, and above it, where there is room, the message with a caret. */

static int width_up_to(const struct prompt *prompt, const struct canvas *canvas, size_t bytes)
{
	return canvas_text_width(canvas, (struct text){prompt->text, bytes < prompt->length ? bytes : prompt->length},
				 100000);
}

/* A message that fits on neither side of the caret, in as many rows as it takes. */
static void draw_above_caret(const struct prompt *prompt, struct canvas *canvas, struct area area, int length)
{
	int rows = (length + area.columns - 1) / area.columns;

	if (rows > area.row - 1)
		rows = area.row - 1;
	for (int i = 0; i < rows; i++) {
		struct pen pen = pen_at(canvas, area.row - 1 - rows + i, area.column, area.columns, i * area.columns);

		pen_string(&pen, STYLE_ALARM, prompt->message);
		pen_fill(&pen, STYLE_ALARM);
	}
}

static void draw_message(const struct prompt *prompt, struct canvas *canvas, struct area area, int column)
{
	struct pen pen = pen_at(canvas, area.row - 1, area.column, area.columns, 0);
	int length = (int)strlen(prompt->message), at = column - area.column;

	if (area.row == 0)
		return;
	pen_fill(&pen, STYLE_ALARM);
	pen = pen_at(canvas, area.row - 1, area.column, area.columns, 0);
	if (at + 2 + length > area.columns && length + 1 < at) {
		canvas_left(canvas, area.row - 1, area.column + at - length - 1, length, STYLE_ALARM,
			    text_of(prompt->message));
		pen.column = area.column + at;
		pen_string(&pen, STYLE_ALARM, "^");
		return;
	}
	pen.column = area.column + (at < area.columns ? at : area.columns - 1);
	pen_string(&pen, STYLE_ALARM, "^ ");
	if (at + 2 + length > area.columns && area.row > 1)
		draw_above_caret(prompt, canvas, area, length);
	else
		pen_string(&pen, STYLE_ALARM, prompt->message);
}

static void prompt_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	const struct prompt *prompt = (struct prompt *)dialog;
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	int label = canvas_text_width(canvas, text_of(prompt->options.label), area.columns / 2);
	int room = area.columns - label - 1, before = width_up_to(prompt, canvas, prompt->cursor);
	int skip = before > room ? before - room : 0, column = area.column + label;

	pen_fill(&pen, STYLE_TEXT);
	canvas_left(canvas, area.row, area.column, label, STYLE_LABEL, text_of(prompt->options.label));
	pen = pen_at(canvas, area.row, column, area.columns - label, skip);
	pen_text(&pen, STYLE_TEXT, (struct text){prompt->text, prompt->length});
	canvas_restyle(canvas, area.row, column + before - skip, 1, STYLE_SELECTED);
	if (prompt->message)
		draw_message(prompt, canvas, area,
			     column + width_up_to(prompt, canvas, prompt->error_column) - skip);
}

/* Editing */

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	while (at > 0 && is_continuation(prompt->text[--at]))
		;
	return at;
}

static size_t behind(const struct prompt *prompt, size_t at)
{
	if (at < prompt->length)
		at++;
	while (at < prompt->length && is_continuation(prompt->text[at]))
		at++;
	return at;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, prompt->length - to + 1);
	prompt->length -= to - from;
	prompt->cursor = from;
}

static void insert(struct prompt *prompt, uint32_t codepoint)
{
	char bytes[4];
	size_t size = utf8_encode(codepoint, bytes);

	if (!size || prompt->length + size >= sizeof(prompt->text))
		return;
	memmove(prompt->text + prompt->cursor + size, prompt->text + prompt->cursor,
		prompt->length - prompt->cursor + 1);
	memcpy(prompt->text + prompt->cursor, bytes, size);
	prompt->length += size;
	prompt->cursor += size;
}

static size_t word_start(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at > 0 && prompt->text[at - 1] == ' ')
		at--;
	while (at > 0 && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

/* Returns whether the text changed. */
static bool edit(struct prompt *prompt, uint32_t key)
{
	size_t length = prompt->length;

	switch (key) {
	case KEYCODE_LEFT: prompt->cursor = before(prompt, prompt->cursor); return false;
	case KEYCODE_RIGHT: prompt->cursor = behind(prompt, prompt->cursor); return false;
	case 'A' - '@':
	case KEYCODE_HOME: prompt->cursor = 0; return false;
	case 'E' - '@':
	case KEYCODE_END: prompt->cursor = prompt->length; return false;
	case 8:
	case 127:
	case KEYCODE_BACKSPACE: cut(prompt, before(prompt, prompt->cursor), prompt->cursor); break;
	case KEYCODE_DELETE: cut(prompt, prompt->cursor, behind(prompt, prompt->cursor)); break;
	case 'U' - '@': cut(prompt, 0, prompt->cursor); break;
	case 'W' - '@': cut(prompt, word_start(prompt), prompt->cursor); break;
	case 'K' - '@': cut(prompt, prompt->cursor, prompt->length); break;
	default:
		if (key >= ' ' && key < 0x110000)
			insert(prompt, key);
	}
	return prompt->length != length;
}

static bool prompt_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct prompt *prompt = (struct prompt *)dialog;

	if (input->key == KEYCODE_MOUSE)
		return true;
	if (input->key == KEYCODE_ESCAPE || input->key == 'C' - '@') {
		if (prompt->options.cancelled)
			prompt->options.cancelled(shell, prompt->options.owner);
		return false;
	}
	if (input->key == '\r')
		return prompt->options.done && !prompt->options.done(shell, prompt->options.owner, prompt->text);
	if ((input->key >= 0x110000 || input->key < ' ') && prompt->options.key &&
	    prompt->options.key(shell, prompt->options.owner, input->key))
		return true;
	if (edit(prompt, input->key))
		check(prompt, shell);
	return true;
}

static void prompt_free(struct dialog *dialog)
{
	struct prompt *prompt = (struct prompt *)dialog;

	if (prompt->options.free_owner)
		prompt->options.free_owner(prompt->options.owner);
	free(prompt);
}

static const struct dialog_class prompt_class = {
	.draw = prompt_draw, .input = prompt_input, .free = prompt_free, .in_bottom_line = true,
};

struct dialog *prompt_new(const struct prompt_options *options)
{
	struct prompt *prompt = xcalloc(1, sizeof(*prompt));

	prompt->dialog.class = &prompt_class;
	prompt->options = *options;
	if (options->text && strlen(options->text) < sizeof(prompt->text))
		strcpy(prompt->text, options->text);
	prompt->length = prompt->cursor = strlen(prompt->text);
	return &prompt->dialog;
}
