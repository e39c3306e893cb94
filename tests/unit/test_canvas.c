/* Text in cells: widths, clipping, and that nothing reaches a cell that a terminal would obey. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ui/canvas.h"

#define T(s) TEXT_LITERAL(s)

static int set_up(void **state)
{
	struct canvas *canvas = calloc(1, sizeof(*canvas));

	(void)setlocale(LC_ALL, "C.UTF-8");
	canvas_init(canvas, true, true);
	canvas_resize(canvas, 2, 10);
	*state = canvas;
	return 0;
}

static int tear_down(void **state)
{
	canvas_free(*state);
	free(*state);
	return 0;
}

static void assert_shows(const struct canvas *canvas, const char *expected)
{
	char *string = canvas_to_string(canvas);

	assert_string_equal(string, expected);
	free(string);
}

static void draw(struct canvas *canvas, int row, int column, int width, struct text text)
{
	struct pen pen = pen_at(canvas, row, column, width, 0);

	pen_text(&pen, STYLE_TEXT, text);
}

static void test_text_is_clipped(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 2, 5, T("abcdefgh"));
	draw(canvas, 1, 8, 50, T("xyz"));
	draw(canvas, 1, -2, 5, T("12345")); /* begins outside on the left */
	draw(canvas, 2, 0, 5, T("below"));
	draw(canvas, -1, 0, 5, T("above"));
	draw(canvas, 0, 20, 5, T("right"));
	draw(canvas, 0, 0, -5, T("narrow"));
	draw(canvas, 0, 0, 5, TEXT_ABSENT);
	assert_shows(canvas, "  abcde\n345     xy\n");
}

static void test_what_is_skipped_is_not_drawn(void **state)
{
	struct canvas *canvas = *state;
	struct pen pen = pen_at(canvas, 0, 2, 5, 3);

	pen_text(&pen, STYLE_TEXT, T("ab"));
	pen_text(&pen, STYLE_TEXT, T("cdefghijk"));
	assert_shows(canvas, "  defgh\n\n");
}

static void test_wide_characters_take_two_cells(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 0, 10, T("漢字x"));
	assert_int_equal(canvas_cell(canvas, 0, 0)->width, 2);
	assert_int_equal(canvas_cell(canvas, 0, 1)->width, 0);
	assert_int_equal(canvas_cell(canvas, 0, 4)->width, 1);
	assert_memory_equal(canvas_cell(canvas, 0, 4)->bytes, "x", 1);
	assert_shows(canvas, "漢字x\n\n");
}

static void test_half_a_wide_character_is_a_blank(void **state)
{
	struct canvas *canvas = *state;
	struct pen pen;

	draw(canvas, 0, 0, 3, T("漢字"));
	draw(canvas, 0, 3, 1, T("|"));
	assert_shows(canvas, "漢 |\n\n");
	pen = pen_at(canvas, 1, 0, 4, 1);
	pen_text(&pen, STYLE_TEXT, T("漢字x"));
	assert_shows(canvas, "漢 |\n 字x\n");
}

static void test_overwriting_half_a_wide_character(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 0, 10, T("漢字漢"));
	draw(canvas, 0, 1, 1, T("a"));
	draw(canvas, 0, 2, 1, T("b"));
	assert_shows(canvas, " ab 漢\n\n");
	draw(canvas, 0, 3, 2, T("字"));
	assert_shows(canvas, " ab字\n\n");
	for (int column = 0; column < 10; column++) {
		const struct cell *cell = canvas_cell(canvas, 0, column);

		assert_true(cell->width == 1 || (cell->width == 2 && canvas_cell(canvas, 0, column + 1)->width == 0) ||
			    (cell->width == 0 && canvas_cell(canvas, 0, column - 1)->width == 2));
	}
}

static void test_combining_characters_join(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 0, 10, T("e\u0301x漢\u0302y"));
	assert_int_equal(canvas_cell(canvas, 0, 0)->length, 3);
	assert_memory_equal(canvas_cell(canvas, 0, 1)->bytes, "x", 1);
	assert_memory_equal(canvas_cell(canvas, 0, 4)->bytes, "y", 1);
	/* Without a character to join, and more than fit. */
	draw(canvas, 1, 0, 3, T("\u0301a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301" "bcd"));
	assert_memory_equal(canvas_cell(canvas, 1, 1)->bytes, "b", 1);
	assert_memory_equal(canvas_cell(canvas, 1, 2)->bytes, "c", 1);
	assert_memory_equal(canvas_cell(canvas, 1, 3)->bytes, " ", 1);
}

/* Terminals do not agree on how wide these make their neighbours, or are themselves. */
static void test_joiners_and_unassigned_characters(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 0, 10, T("\U0001f469\u200d\U0001f469\ufe0fa\u200bb"));
	assert_int_equal(canvas_cell(canvas, 0, 0)->length, 4);
	assert_int_equal(canvas_cell(canvas, 0, 2)->length, 4);
	assert_memory_equal(canvas_cell(canvas, 0, 4)->bytes, "a", 1);
	assert_memory_equal(canvas_cell(canvas, 0, 5)->bytes, "b", 1);
	draw(canvas, 1, 0, 10, T("a\u0378b\U000effffc\ue000"));
	assert_shows(canvas, "\U0001f469\U0001f469ab\na\ufffdb\ufffdc\ue000\n");
}

static void test_what_a_terminal_would_obey_is_escaped(void **state)
{
	struct canvas *canvas = *state;

	canvas_resize(canvas, 1, 80);
	draw(canvas, 0, 0, 80, T("\033]0;x\007\n\t\xff\xfe\x7f\xc2\x9b\u202e\0|"));
	assert_shows(canvas, "\\x1b]0;x\\x07\\n\\t\\xff\\xfe\\x7f\\u009b\\u202e\\x00|\n");
}

/* Every code point: what a cell holds is printable, and as wide as it says. */
static void test_no_control_character_reaches_a_cell(void **state)
{
	struct canvas *canvas = *state;

	for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 37) {
		char bytes[4] = {(char)c, 0, 0, 0};
		size_t length = 1;

		if (c >= 0x80 && c < 0x800) {
			bytes[0] = (char)(0xc0 | c >> 6);
			bytes[1] = (char)(0x80 | (c & 63));
			length = 2;
		} else if (c >= 0x800 && c < 0x10000) {
			bytes[0] = (char)(0xe0 | c >> 12);
			bytes[1] = (char)(0x80 | (c >> 6 & 63));
			bytes[2] = (char)(0x80 | (c & 63));
			length = 3;
		} else if (c >= 0x10000) {
			bytes[0] = (char)(0xf0 | c >> 18);
			bytes[1] = (char)(0x80 | (c >> 12 & 63));
			bytes[2] = (char)(0x80 | (c >> 6 & 63));
			bytes[3] = (char)(0x80 | (c & 63));
			length = 4;
		}
		canvas_clear(canvas);
		draw(canvas, 0, 1, 9, (struct text){bytes, length});
		for (int column = 0; column < 10; column++) {
			const struct cell *cell = canvas_cell(canvas, 0, column);

			assert_true(text_is_utf8((struct text){cell->bytes, cell->length}));
			if (cell->length == 0)
				continue;
			if ((unsigned char)cell->bytes[0] < 0x20 || cell->bytes[0] == 0x7f)
				fail_msg("U+%04X put a control character into a cell", c);
			if (utf8_width(cell->bytes, cell->length) != cell->width)
				fail_msg("U+%04X says it is %d wide", c, cell->width);
		}
	}
}

static void test_ascii_is_all_there_is_without_utf8(void **state)
{
	struct canvas *canvas = *state;
	struct pen pen;

	canvas_free(canvas);
	canvas_init(canvas, false, true);
	canvas_resize(canvas, 1, 40);
	pen = pen_at(canvas, 0, 0, 40, 0);
	pen_text(&pen, STYLE_TEXT, T("é|"));
	pen_symbol(&pen, STYLE_TEXT, 0x2588, '#');
	assert_shows(canvas, "\\xc3\\xa9|#\n");
}

static void test_arguments_are_separated_by_blanks(void **state)
{
	struct canvas *canvas = *state;
	struct pen pen = pen_at(canvas, 0, 0, 10, 0);

	pen_arguments(&pen, STYLE_TEXT, T("a\0-b\0\0c\0\0"));
	assert_shows(canvas, "a -b  c\n\n");
}

static void test_left_right_and_cut(void **state)
{
	struct canvas *canvas = *state;

	canvas_left(canvas, 0, 0, 4, STYLE_TEXT, T("ab"));
	canvas_right(canvas, 0, 4, 6, STYLE_TEXT, T("12.3"));
	canvas_left(canvas, 1, 0, 4, STYLE_TEXT, T("abcdef"));
	canvas_right(canvas, 1, 5, 3, STYLE_TEXT, T("1234"));
	assert_shows(canvas, "ab    12.3\nabc… 12…\n");
	canvas_clear(canvas);
	canvas_left(canvas, 0, 0, 4, STYLE_TEXT, T("漢字漢"));
	canvas_left(canvas, 1, 0, 4, STYLE_TEXT, T("漢字"));
	assert_shows(canvas, "漢 …\n漢字\n");
}

static void test_restyle_changes_styles_alone(void **state)
{
	struct canvas *canvas = *state;

	draw(canvas, 0, 0, 10, T("漢x"));
	canvas_restyle(canvas, 0, -3, 5, STYLE_SELECTED);
	canvas_restyle(canvas, 7, 0, 5, STYLE_SELECTED);
	canvas_restyle(canvas, 1, 8, 50, STYLE_SELECTED);
	assert_int_equal(canvas_cell(canvas, 0, 1)->style, STYLE_SELECTED);
	assert_int_equal(canvas_cell(canvas, 0, 2)->style, STYLE_TEXT);
	assert_int_equal(canvas_cell(canvas, 1, 9)->style, STYLE_SELECTED);
	assert_shows(canvas, "漢x\n\n");
}

/* A megabyte is not read to draw ten columns: this would take minutes under valgrind. */
static void test_long_texts_cost_what_is_drawn(void **state)
{
	struct canvas *canvas = *state;
	size_t size = 1 << 20;
	char *combining = malloc(size);

	for (size_t i = 0; i < size; i += 2)
		memcpy(combining + i, "\u0301", 2);
	for (int i = 0; i < 10000; i++)
		draw(canvas, 0, 0, 10, (struct text){combining, size});
	assert_shows(canvas, "\n\n");
	free(combining);
}

static void test_any_size(void **state)
{
	struct canvas *canvas = *state;

	canvas_resize(canvas, 0, 0);
	draw(canvas, 0, 0, 10, T("x"));
	canvas_left(canvas, 0, 0, 10, STYLE_TEXT, T("x"));
	canvas_restyle(canvas, 0, 0, 10, STYLE_TEXT);
	canvas_resize(canvas, -3, 10);
	draw(canvas, 0, 0, 10, T("x"));
	assert_shows(canvas, "");
	canvas_resize(canvas, 1, 1);
	draw(canvas, 0, 0, 10, T("漢"));
	assert_shows(canvas, "\n");
	canvas_right(canvas, 0, 0, 1, STYLE_TEXT, T("99"));
	assert_shows(canvas, "…\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text_is_clipped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_skipped_is_not_drawn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wide_characters_take_two_cells, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_a_wide_character_is_a_blank, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overwriting_half_a_wide_character, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_combining_characters_join, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_joiners_and_unassigned_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_terminal_would_obey_is_escaped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_control_character_reaches_a_cell, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ascii_is_all_there_is_without_utf8, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_arguments_are_separated_by_blanks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left_right_and_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restyle_changes_styles_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_texts_cost_what_is_drawn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_size, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
