/* Dialogs stand above a screen and take all input until they close: menus, a line to type into, questions. */
#ifndef CMON_UI_DIALOG_H
#define CMON_UI_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "ui/canvas.h"
#include "ui/input.h"

struct shell;
struct dialog;
struct request;

struct dialog_class {
	/* area: the canvas without the bottom line; a dialog draws over what is there. */
	void (*draw)(struct dialog *dialog, struct canvas *canvas, struct area area);
	/* Returns false when it has closed; it is freed then. It may open others with shell_open. */
	bool (*input)(struct dialog *dialog, struct shell *shell, const struct input *input);
	void (*free)(struct dialog *dialog);
	/* Add what it shows to the request. NULL: nothing. */
	void (*needs)(const struct dialog *dialog, struct request *request);
	bool in_bottom_line; /* area: the bottom line; the screen above goes on being seen whole */
};

/* First member of every dialog. */
struct dialog {
	const struct dialog_class *class;
	struct dialog *below; /* belongs to the stack */
};

/* A list to choose one of. */
struct menu_item {
	char *label;   /* free()d with the menu */
	char *detail;  /* dim, behind the label; NULL: none */
	intptr_t value;
};

struct menu_options {
	const char *title;
	size_t selected;    /* where it begins */
	/* Called for Enter, a click, and the key of an item when `keys` is set. The menu closes; owner is as given. */
	void (*chosen)(struct shell *shell, void *owner, const struct menu_item *item);
	void (*free_owner)(void *owner); /* when the menu closes, after `chosen`; NULL: nothing */
	void *owner;
	/* As struct dialog_class has it. NULL: nothing. */
	void (*needs)(const void *owner, struct request *request);
	/* Before each drawing: items may get other labels, and the user's place is *cursor. NULL: they stay. */
	void (*update)(void *owner, struct menu_item *items, size_t count, size_t *cursor);
};

/* Typing goes to the next label that begins so, numbers too. items: taken over, with its strings. */
struct dialog *menu_new(const struct menu_options *options, struct menu_item *items, size_t count);

/* A line to type into, at the bottom of the screen. */
struct prompt_options {
	const char *label;   /* "Filter: " */
	const char *text;    /* what is there at first */
	/* Each change. Returns NULL when it is fine, else a message; *ret_column: what it is about, in bytes. The message
	 * stays valid until the next call. NULL: nothing is checked. */
	const char *(*changed)(struct shell *shell, void *owner, const char *text, size_t *ret_column);
	/* Enter. Returns false to stay open. */
	bool (*done)(struct shell *shell, void *owner, const char *text);
	/* Escape. NULL: nothing. */
	void (*cancelled)(struct shell *shell, void *owner);
	void (*free_owner)(void *owner);
	void *owner;
	/* Keys that are no text go here first, such as F3 for the next match. Returns true when it was for them. */
	bool (*key)(struct shell *shell, void *owner, uint32_t key);
};

struct dialog *prompt_new(const struct prompt_options *options);

/* Lines and a question that is answered by Enter or y, and Esc or n. lines: taken over. */
struct question_options {
	const char *title;
	void (*confirmed)(struct shell *shell, void *owner); /* NULL: there is nothing to answer, any key closes it */
	void (*free_owner)(void *owner);
	void *owner;
};

struct dialog *question_new(const struct question_options *options, char **lines, size_t count);

/* A box with a title in the middle of an area, at most rows by columns inside, cleared. Returns its inside. */
struct area dialog_frame(struct canvas *canvas, struct area area, const char *title, int rows, int columns);

#endif
