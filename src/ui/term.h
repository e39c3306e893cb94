/* The terminal. Only term.c includes curses. There can be one at a time: signals and crashes have to find it. */
#ifndef CMON_UI_TERM_H
#define CMON_UI_TERM_H

#include <stdbool.h>

#include "ui/canvas.h"
#include "ui/input.h"

struct terminal;

/* Take over the terminal on stdin and stdout, and the signals that end, stop or resize a screen. Signals that the
 * parent process ignored stay ignored. Everything looks like text until term_set_looks is called.
 * colors: how many will be used: TERM_COLORS_AUTO for what TERM has, 0, 8, 16, 256 or COLORS_DIRECT. Where TERM has
 * fewer, a type of its family that has them is taken when terminfo knows it, as xterm-direct.
 * ret_message: set on failure, for the user; free() it.
 * Returns 0 or -errno: -ENOTTY without a terminal, -ENODEV when TERM is missing, unknown or cannot move the cursor. */
#define TERM_COLORS_AUTO (-1)
int term_start(int colors, struct terminal **ret_term, char **ret_message);

/* Draw with these looks from now on, and at most that many colours, as in term_start. */
void term_set_looks(struct terminal *term, const struct theme *theme, int colors);

/* Give it back as it was, signals too. NULL is fine. */
void term_stop(struct terminal *term);

void term_size(const struct terminal *term, int *ret_rows, int *ret_columns);

/* False where the font is known to lack lines and Braille: the kernel's console. */
bool term_has_graphics(const struct terminal *term);

/* Readable when signals came, and then term_handle_signals is to be called: it follows a new size, suspends and
 * resumes. Returns 0, or the signal that asks for the end: SIGINT, SIGTERM, SIGHUP. */
int term_signal_fd(const struct terminal *term);
int term_handle_signals(struct terminal *term);

/* Readable when keys came. */
int term_input_fd(const struct terminal *term);

/* Ask the terminal to report its mouse, or to keep it for its own use, as it does at first. */
void term_set_mouse(struct terminal *term, bool is_used);

/* The next key or deed of the mouse; its key is KEYCODE_NONE when there is none, KEYCODE_LIMIT for one without a name.
 * Does not wait. */
void term_read_input(struct terminal *term, struct input *ret_input);

/* False when the input has ended: the terminal is gone. To be asked when the descriptor was readable without a key. */
bool term_is_alive(const struct terminal *term);

/* Show a canvas; only what differs from the last one is sent. */
void term_show(struct terminal *term, const struct canvas *canvas);

/* Send everything at the next term_show. */
void term_redraw(struct terminal *term);

#endif
