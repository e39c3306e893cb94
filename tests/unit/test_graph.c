/* Graphs and bars as text. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ui/graph.h"

static void assert_near(double a, double b)
{
	if (fabs(a - b) > 1e-9)
		fail_msg("%g is not %g", a, b);
}

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

static struct history made_history(void)
{
	struct history history = {0};

	for (int i = 1; i <= 400; i++) {
		assert_true(history_begin(&history, i - 1, i, 0));
		history_put(&history, SERIES_CPU, TEXT_ABSENT, i > 396 ? 100 : 25);
	}
	return history;
}

/* Of one that is full each row has the colour of what it stands for, not all that of the top. */
static void test_colours_go_by_the_height(void **state)
{
	const double values[] = {100, 100, 30, 30};
	static const enum style styles[] = {STYLE_HIGH, STYLE_MEDIUM, STYLE_LOW, STYLE_LOW};
	struct canvas *canvas = new_canvas(true, 4, 2);

	(void)state;
	graph_draw(canvas, (struct area){0, 0, 4, 2}, values, 100, STYLE_COUNT);
	for (int row = 0; row < 4; row++)
		assert_int_equal(canvas_cell(canvas, row, 0)->style, styles[row]);
	assert_int_equal(canvas_cell(canvas, 2, 1)->style, STYLE_LOW);
	assert_shows(canvas, "⣿\n⣿\n⣿⣀\n⣿⣿\n");
}

static void test_a_series_with_its_axis(void **state)
{
	struct history history = made_history();
	struct graph graph = {.history = &history, .series = history_series(&history, SERIES_CPU, TEXT_ABSENT),
			      .end_s = 400, .step_s = 1, .max = 100, .style = STYLE_COUNT};
	struct canvas *canvas = new_canvas(true, 3, 20);

	(void)state;
	assert_near(graph_draw_series(canvas, (struct area){0, 0, 3, 20}, &graph), 100);
	assert_int_equal(canvas_cell(canvas, 2, 17)->style, STYLE_DIM);
	assert_shows(canvas, "                  ⣿⣿\n⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣿⣿\n    -30s         now\n");
	/* A second before, its last column was there, as wide as now. */
	graph.end_s = 399;
	canvas = new_canvas(true, 3, 20);
	graph_draw_series(canvas, (struct area){0, 0, 3, 20}, &graph);
	assert_shows(canvas, "                  ⣿⣿\n⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣿⣿\n    -30s         now\n");
	/* With two rows there is none; and the largest value in sight, when there is no other, reaches the top. */
	graph.max = 0;
	graph.least = 1;
	graph.end_s = 396;
	canvas = new_canvas(true, 2, 20);
	assert_near(graph_draw_series(canvas, (struct area){0, 0, 2, 20}, &graph), 25);
	assert_shows(canvas, "⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿\n⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿\n");
	/* No series at all is nothing, but its scale is known. */
	graph.series = NULL;
	canvas = new_canvas(true, 1, 20);
	assert_near(graph_draw_series(canvas, (struct area){0, 0, 1, 20}, &graph), 1);
	assert_shows(canvas, "\n");
	history_free(&history);
}

static void axis(const char *expected, int columns, double step_s)
{
	struct canvas *canvas = new_canvas(true, 1, columns);

	graph_draw_axis(canvas, (struct area){0, 0, 1, columns}, step_s);
	assert_shows(canvas, expected);
}

static void test_axes(void **state)
{
	(void)state;
	axis("         -2m            -90s           -1m            -30s         now\n", 70, 1);
	axis("         -10m        -8m         -6m         -4m         -2m       now\n", 70, 5);
	axis("         -2h            -90m           -1h            -30m         now\n", 70, 60);
	axis("   -3d         -2d         -1d       now\n", 40, 3600);
	axis("   -5s        now\n", 17, 0.2);
	axis("         -5m            -4m            -3m            -2m            -1m          now\n", 85, 2);
	axis("  now\n", 5, 1);
	axis("\n", 3, 1);
}

static void test_zoom(void **state)
{
	(void)state;
	assert_near(graph_zoom(1, true), 2);
	assert_near(graph_zoom(2, true), 5);
	assert_near(graph_zoom(1.5, true), 2);
	assert_near(graph_zoom(1.5, false), 1);
	assert_near(graph_zoom(60, false), 30);
	assert_near(graph_zoom(3600, true), 3600);
	assert_near(graph_zoom(0.1, false), 0.1);
	assert_near(graph_zoom(86400, true), 86400);
}

static void test_bars_of_parts(void **state)
{
	const struct bar_part parts[] = {
		{0.25, STYLE_LOW, 0x2588, '#'}, {NAN, STYLE_ALARM, 'x', 'x'}, {0.125, STYLE_RATE, 0x2593, '+'},
		{0.25, STYLE_CACHE, 0x2592, ':'},
	};
	const struct bar_part much[] = {{0.75, STYLE_LOW, 0x2588, '#'}, {0.5, STYLE_CACHE, 0x2592, ':'}};
	struct canvas *canvas = new_canvas(true, 3, 8);

	(void)state;
	bar_draw_parts(canvas, 0, 0, 8, parts, 4);
	bar_draw_parts(canvas, 1, 0, 8, much, 2);
	bar_draw_parts(canvas, 2, 0, -3, much, 2);
	assert_int_equal(canvas_cell(canvas, 0, 2)->style, STYLE_RATE);
	assert_shows(canvas, "██▓▒▒░░░\n██████▒▒\n\n");
	canvas = new_canvas(false, 1, 8);
	bar_draw_parts(canvas, 0, 0, 8, parts, 4);
	assert_shows(canvas, "##+::...\n");
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
		cmocka_unit_test(test_colours_go_by_the_height),
		cmocka_unit_test(test_a_series_with_its_axis),
		cmocka_unit_test(test_axes),
		cmocka_unit_test(test_zoom),
		cmocka_unit_test(test_bars_of_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
