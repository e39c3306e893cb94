/* The setup screen without a terminal: the mouse, every size, and settings changed at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ui/display.h"

struct shown {
	struct settings *settings;
	struct display *display;
	struct canvas canvas;
};

static void draw(struct shown *shown)
{
	display_draw(shown->display, &shown->canvas);
}

static struct shown open_shown(int rows, int columns)
{
	struct shown shown = {.settings = settings_new()};
	const struct ui_options options = {.settings = shown.settings};

	shown.display = display_new(&options);
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, rows, columns);
	draw(&shown);
	assert_true(display_act(shown.display, ACTION_SETUP));
	draw(&shown);
	return shown;
}

static void close_shown(struct shown *shown)
{
	display_free(shown->display);
	settings_free(shown->settings);
	canvas_free(&shown->canvas);
}

static void key(struct shown *shown, uint32_t code)
{
	assert_int_equal(display_input(shown->display, &(struct input){.key = code}), ACTION_NONE);
	draw(shown);
}

/* Row of a text on the canvas, or -1. */
static int row_of(struct shown *shown, const char *text)
{
	char *whole = canvas_to_string(&shown->canvas), *at = strstr(whole, text);
	int row = at ? 0 : -1;

	for (const char *p = whole; at && p < at; p++)
		row += *p == '\n';
	free(whole);
	return row;
}

static void mouse(struct shown *shown, enum mouse_kind kind, int row, int column)
{
	const struct input input = {.key = KEYCODE_MOUSE, .mouse = {kind, row, column}};

	assert_int_equal(display_input(shown->display, &input), ACTION_NONE);
	draw(shown);
}

static void click(struct shown *shown, const char *text)
{
	int row = row_of(shown, text);

	assert_true(row >= 0);
	mouse(shown, MOUSE_PRESS, row, 10);
}

static void test_a_click_selects_and_a_second_changes(void **state)
{
	struct shown shown = open_shown(50, 100);

	(void)state;
	click(&shown, "  confirm ");
	assert_true(row_of(&shown, "ask before a process is changed") >= 0);
	assert_true(setting_bool(shown.settings, SETTING_CONFIRM));
	click(&shown, "  confirm ");
	assert_false(setting_bool(shown.settings, SETTING_CONFIRM));
	/* A heading is nothing to change. */
	click(&shown, " processes ");
	assert_true(row_of(&shown, "ask before a process is changed") >= 0);
	close_shown(&shown);
}

static void test_the_wheel_moves(void **state)
{
	struct shown shown = open_shown(50, 100);

	(void)state;
	mouse(&shown, MOUSE_WHEEL_DOWN, 10, 10);
	assert_true(row_of(&shown, "react to the mouse") >= 0);
	mouse(&shown, MOUSE_WHEEL_UP, 10, 10);
	assert_true(row_of(&shown, "seconds between two snapshots") >= 0);
	close_shown(&shown);
}

static void test_a_click_outside_closes(void **state)
{
	struct shown shown = open_shown(60, 160);

	(void)state;
	assert_true(row_of(&shown, "Esc: leave") >= 0);
	mouse(&shown, MOUSE_PRESS, 0, 0);
	assert_int_equal(row_of(&shown, "Esc: leave"), -1);
	close_shown(&shown);
}

static void test_words_by_mouse(void **state)
{
	struct shown shown = open_shown(50, 100);

	(void)state;
	click(&shown, "  parts ");
	click(&shown, "  parts ");
	mouse(&shown, MOUSE_PRESS, row_of(&shown, "[x] cpu"), 40);
	mouse(&shown, MOUSE_PRESS, row_of(&shown, "[x] cpu"), 40);
	assert_string_equal(setting_text(shown.settings, SETTING_PARTS), "host memory traffic");
	mouse(&shown, MOUSE_PRESS, row_of(&shown, "[ ] sensors"), 40);
	mouse(&shown, MOUSE_PRESS, row_of(&shown, "[ ] sensors"), 40);
	assert_string_equal(setting_text(shown.settings, SETTING_PARTS), "host memory traffic sensors");
	close_shown(&shown);
}

static void test_heights_of_parts(void **state)
{
	struct shown shown = open_shown(50, 100);
	char *message;

	(void)state;
	assert_int_equal(setting_set(shown.settings, SETTING_PARTS, "host:1 cpu", &message), 0);
	click(&shown, "  parts ");
	click(&shown, "  parts ");
	assert_true(row_of(&shown, "[x] host:1") >= 0);
	assert_true(row_of(&shown, "+ -: rows") >= 0);
	key(&shown, '-');
	assert_string_equal(setting_text(shown.settings, SETTING_PARTS), "host cpu");
	key(&shown, '-');
	key(&shown, 'c');
	for (int i = 0; i < 20; i++)
		key(&shown, '+');
	assert_string_equal(setting_text(shown.settings, SETTING_PARTS), "host cpu:16");
	key(&shown, '[');
	assert_string_equal(setting_text(shown.settings, SETTING_PARTS), "cpu:16 host");
	key(&shown, KEYCODE_ESCAPE);
	/* Words without numbers stay without. */
	click(&shown, "  screens ");
	click(&shown, "  screens ");
	assert_int_equal(row_of(&shown, "+ -: rows"), -1);
	key(&shown, '+');
	assert_string_equal(setting_text(shown.settings, SETTING_SCREENS), setting_rows[SETTING_SCREENS].standard);
	close_shown(&shown);
}

static void test_the_last_column_stays(void **state)
{
	struct shown shown = open_shown(50, 100);
	char *message;

	(void)state;
	assert_int_equal(tab_setting_set(&shown.settings->tabs[0], TAB_SETTING_COLUMNS, "pid", &message), 0);
	click(&shown, "  columns ");
	click(&shown, "  columns ");
	key(&shown, ' ');
	assert_string_equal(tab_setting_text(&shown.settings->tabs[0], TAB_SETTING_COLUMNS), "pid");
	assert_true(row_of(&shown, "there has to be a column") >= 0);
	assert_true(row_of(&shown, "[x] pid") >= 0);
	/* By its letter, and wider. */
	key(&shown, 'n');
	key(&shown, ' ');
	key(&shown, '+');
	assert_non_null(strchr(tab_setting_text(&shown.settings->tabs[0], TAB_SETTING_COLUMNS), ':'));
	close_shown(&shown);
}

static void test_readonly_and_delay_act_at_once(void **state)
{
	struct shown shown = open_shown(50, 100);

	(void)state;
	assert_true(display_interval(shown.display) == 1);
	key(&shown, '\r');
	key(&shown, KEYCODE_BACKSPACE);
	key(&shown, '5');
	key(&shown, '\r');
	assert_string_equal(setting_text(shown.settings, SETTING_DELAY), "5");
	assert_true(display_interval(shown.display) == 5);
	close_shown(&shown);
}

/* Every key in every size, also in the lists and lines that open. */
static void test_control_l_draws_anew_also_below_a_dialog(void **state)
{
	struct shown shown = open_shown(24, 80);
	struct input input = {.key = 'L' - '@'};

	(void)state;
	assert_int_equal(display_input(shown.display, &input), ACTION_REDRAW);
	draw(&shown);
	assert_true(row_of(&shown, "Setup") >= 0);
	close_shown(&shown);
}

static void test_any_size(void **state)
{
	static const uint32_t keys[] = {
		KEYCODE_DOWN, '\r', ' ', KEYCODE_DOWN, '+', ']', KEYCODE_F0 + 7, '-', 'x', KEYCODE_ESCAPE, KEYCODE_PAGE_DOWN,
		'\r', '7', '\r', KEYCODE_ESCAPE, KEYCODE_END, KEYCODE_UP, ' ', 'y', KEYCODE_HOME, KEYCODE_PAGE_UP,
	};

	(void)state;
	for (int rows = 1; rows < 30; rows++) {
		for (int columns = 1; columns < 90; columns += rows % 3 + 7) {
			struct shown shown = open_shown(rows, columns);

			for (size_t i = 0; i < 200; i++) {
				struct input input = {.key = keys[i * i % (sizeof(keys) / sizeof(keys[0]))]};

				/* An action is what is left of a key when the screen has closed. */
				if (display_input(shown.display, &input) != ACTION_NONE)
					display_act(shown.display, ACTION_SETUP);
				draw(&shown);
			}
			close_shown(&shown);
		}
	}
}

static struct shown open_warned(const struct ui_options *options, int rows, int columns)
{
	struct shown shown = {.display = display_new(options)};

	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, rows, columns);
	draw(&shown);
	return shown;
}

static void test_many_warnings_are_a_dialog(void **state)
{
	static const char *const warnings[] = {"file:3: 'x' is unknown", "file:4: \x1b[31m", "file:5: z"};
	const struct ui_options options = {.warnings = warnings, .warnings_count = 3, .is_first_run = true};
	struct shown shown = open_warned(&options, 24, 80);

	(void)state;
	assert_true(row_of(&shown, "file:3: 'x' is unknown") >= 0);
	assert_true(row_of(&shown, "file:4: \\x1b[31m") >= 0);
	key(&shown, KEYCODE_ESCAPE);
	assert_int_equal(row_of(&shown, "file:3"), -1);
	close_shown(&shown);
}

static void test_long_warnings_take_more_rows(void **state)
{
	static const char *const warnings[] = {
		"/home/somebody/.config/cmon/cmon.conf:3: 'dely' is unknown; did you mean 'delay'?", "two", "three",
	};
	const struct ui_options options = {.warnings = warnings, .warnings_count = 3};
	struct shown shown = open_warned(&options, 12, 40);

	(void)state;
	assert_int_equal(row_of(&shown, "/home/somebody/.config/cmon/cmon.con"), 2);
	assert_int_equal(row_of(&shown, "f:3: 'dely' is unknown; did you mean"), 3);
	assert_int_equal(row_of(&shown, " 'delay'?"), 4);
	assert_int_equal(row_of(&shown, "three"), 6);
	canvas_resize(&shown.canvas, 8, 40);
	draw(&shown);
	assert_int_equal(row_of(&shown, "three"), -1);
	key(&shown, KEYCODE_PAGE_DOWN);
	assert_true(row_of(&shown, "three") > 0);
	assert_int_equal(row_of(&shown, "/home/"), -1);
	close_shown(&shown);
}

static void test_few_warnings_take_no_key(void **state)
{
	static const char *const warnings[] = {"/etc/cmon.conf: denied; it is not used", "/home/somebody/.config/cmon/"
					       "cmon.conf:4: 'dely' is unknown; did you mean 'delay'?"};
	const struct ui_options options = {.warnings = warnings, .warnings_count = 2, .is_first_run = true};
	struct shown shown = open_warned(&options, 24, 80);

	(void)state;
	assert_int_equal(row_of(&shown, "/etc/cmon.conf: denied; it is not used | /home/somebody"), 22);
	assert_int_equal(row_of(&shown, "did you mean 'delay'?"), 23);
	assert_int_equal(row_of(&shown, "Esc: close"), -1);
	/* Where rows are few one has to do, and says that it is not all. */
	canvas_resize(&shown.canvas, 6, 80);
	draw(&shown);
	assert_int_equal(row_of(&shown, "/etc/cmon.conf"), 5);
	assert_string_equal(canvas_cell(&shown.canvas, 5, 79)->bytes, "\u2026");
	canvas_resize(&shown.canvas, 24, 80);
	assert_int_equal(display_input(shown.display, &(struct input){.key = 'h'}), ACTION_HELP);
	draw(&shown);
	assert_int_equal(row_of(&shown, "/etc/cmon.conf"), -1);
	close_shown(&shown);
}

static void test_the_hint(void **state)
{
	struct ui_options options = {.is_first_run = true, .settings = settings_new()};
	struct shown shown = {.settings = options.settings, .display = display_new(&options)};
	char *message;

	(void)state;
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, 24, 80);
	draw(&shown);
	assert_true(row_of(&shown, "F1 help  F2 setup") == 23);
	key(&shown, KEYCODE_DELETE);
	assert_int_equal(row_of(&shown, "F1 help"), -1);
	display_free(shown.display);
	assert_int_equal(setting_set(options.settings, SETTING_HINT, "no", &message), 0);
	shown.display = display_new(&options);
	draw(&shown);
	assert_int_equal(row_of(&shown, "F1 help"), -1);
	close_shown(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_click_selects_and_a_second_changes),
		cmocka_unit_test(test_the_wheel_moves),
		cmocka_unit_test(test_a_click_outside_closes),
		cmocka_unit_test(test_words_by_mouse),
		cmocka_unit_test(test_heights_of_parts),
		cmocka_unit_test(test_the_last_column_stays),
		cmocka_unit_test(test_readonly_and_delay_act_at_once),
		cmocka_unit_test(test_control_l_draws_anew_also_below_a_dialog),
		cmocka_unit_test(test_any_size),
		cmocka_unit_test(test_many_warnings_are_a_dialog),
		cmocka_unit_test(test_long_warnings_take_more_rows),
		cmocka_unit_test(test_few_warnings_take_no_key),
		cmocka_unit_test(test_the_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
