/* Graphs and bars as text. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ui/graph.h"

static struct canvas *new_canvas(bool utf8, int rows, int columns)
{
	struct canvas *canvas = calloc(1, sizeof(*canvas));

	(void)setlocale(LC_ALL, "C.UTF-8");
	canvas_init(canvas, utf8, true);
	canvas_resize(canvas, rows, columns);
	return canvas;
}

static void assert_shows(struct canvas *canvas, const char *expected)
{
	char *string = canvas_to_string(canvas);

	assert_string_equal(string, expected);
	free(string);
	canvas_free(canvas);
	free(canvas);
}

static void test_braille(void **state)
{
	static const double values[] = {NAN, NAN, 0, 1, 25, 26, 50, 75, 100, 1000, NAN, 60};
	struct canvas *canvas = new_canvas(true, 1, 6);

	(void)state;
	assert_int_equal(graph_values_per_column(canvas), 2);
	graph_draw(canvas, (struct area){0, 0, 1, 6}, values, 100, STYLE_COUNT);
	assert_int_equal(canvas_cell(canvas, 0, 1)->style, STYLE_LOW);
	assert_int_equal(canvas_cell(canvas, 0, 3)->style, STYLE_MEDIUM);
	assert_int_equal(canvas_cell(canvas, 0, 4)->style, STYLE_HIGH);
	assert_int_equal(canvas_cell(canvas, 0, 5)->style, STYLE_MEDIUM);
	assert_shows(canvas, " ⣀⣠⣴⣿⢰\n");
}

static void test_braille_of_two_rows(void **state)
{
	static const double values[] = {0, 50, 51, 100, 12.5, 13};
	struct canvas *canvas = new_canvas(true, 2, 3);

	(void)state;
	graph_draw(canvas, (struct area){0, 0, 2, 3}, values, 100, STYLE_RATE);
	assert_int_equal(canvas_cell(canvas, 0, 1)->style, STYLE_RATE);
	assert_shows(canvas, " ⣸\n⣸⣿⣠\n");
}

static void test_ascii_graph(void **state)
{
	static const double values[] = {NAN, 0, 20, 21, 60, 80, 81, 100};
	struct canvas *canvas = new_canvas(false, 2, 8);

	(void)state;
	assert_int_equal(graph_values_per_column(canvas), 1);
	graph_draw(canvas, (struct area){1, 0, 1, 8}, values, 100, STYLE_RATE);
	assert_shows(canvas, "\n .._-=##\n");
}

static void test_a_graph_of_nothing(void **state)
{
	static const double values[] = {0, 0, NAN, NAN};
	struct canvas *canvas = new_canvas(true, 1, 2);

	(void)state;
	graph_draw(canvas, (struct area){0, 0, 1, 2}, values, 0, STYLE_COUNT);
	graph_draw(canvas, (struct area){0, 0, 0, 0}, NULL, 0, STYLE_COUNT);
	assert_shows(canvas, "⣀\n");
}

static void bar(struct canvas *canvas, int row, double share, double second)
{
	bar_draw(canvas, row, 0, 8, share, STYLE_LOW, second, STYLE_CACHE);
}

static void test_bars(void **state)
{
	struct canvas *canvas = new_canvas(true, 8, 8);

	(void)state;
	bar(canvas, 0, 0, 0);
	bar(canvas, 1, 0.5, 0.25);
	bar(canvas, 2, 0.5 + 3 / 64.0, 0);
	bar(canvas, 3, 1, 0.5);
	bar(canvas, 4, 7, 0);
	bar(canvas, 5, 0.0001, 0);
	bar(canvas, 6, NAN, 0.5);
	bar(canvas, 7, 0.25, NAN);
	assert_shows(canvas, "░░░░░░░░\n████▒▒░░\n████▍░░░\n████████\n████████\n▏░░░░░░░\n\n██░░░░░░\n");
}

static void test_ascii_bars(void **state)
{
	struct canvas *canvas = new_canvas(false, 2, 8);

	(void)state;
	bar(canvas, 0, 0.3, 0.25);
	bar(canvas, 1, 0.01, 0);
	assert_shows(canvas, "##|:....\n|.......\n");
}

static void test_vertical_bars(void **state)
{
	struct canvas *canvas = new_canvas(true, 1, 6);

	(void)state;
	bar_draw_vertical(canvas, 0, 0, 0, STYLE_LOW);
	bar_draw_vertical(canvas, 0, 1, 0.5, STYLE_LOW);
	bar_draw_vertical(canvas, 0, 2, 1, STYLE_HIGH);
	bar_draw_vertical(canvas, 0, 3, 2, STYLE_HIGH);
	bar_draw_vertical(canvas, 0, 4, NAN, STYLE_HIGH);
	bar_draw_vertical(canvas, 0, 9, 1, STYLE_HIGH);
	assert_int_equal(canvas_cell(canvas, 0, 0)->style, STYLE_DIM);
	assert_shows(canvas, "▁▄██-\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_braille),
		cmocka_unit_test(test_braille_of_two_rows),
		cmocka_unit_test(test_ascii_graph),
		cmocka_unit_test(test_a_graph_of_nothing),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_ascii_bars),
		cmocka_unit_test(test_vertical_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
