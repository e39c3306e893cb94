/* The parts of the overview: which are there at which size, in which order, and the CPUs from 1 to 512. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "made_machine.h"
#include "screens.h"
#include "ui/display.h"
#include "ui/overview.h"

struct shown {
	struct settings *settings;
	struct history history;
	struct snapshot *snapshot;
	struct overview overview;
	struct overview_layout layout;
	struct canvas canvas;
};

static void set(struct shown *shown, enum setting_id id, const char *value)
{
	char *message = NULL;

	assert_int_equal(setting_set(shown->settings, id, value, &message), 0);
	free(message);
}

static struct shown *open_shown(const struct machine *machine)
{
	struct shown *shown = calloc(1, sizeof(*shown));

	(void)setlocale(LC_ALL, "C.UTF-8");
	shown->settings = settings_new();
	canvas_init(&shown->canvas, true, true);
	for (int second = 0; second < 60; second++) {
		snapshot_unref(shown->snapshot);
		shown->snapshot = made_machine(machine, second);
		history_add_snapshot(&shown->history, shown->snapshot);
	}
	shown->overview = (struct overview){.snapshot = shown->snapshot, .history = &shown->history,
					    .settings = shown->settings, .interval_s = 1, .graph_step_s = 1};
	return shown;
}

/* Draws it on a canvas of that size, with as many rows below as the screen would have. */
static void draw(struct shown *shown, int rows, int columns)
{
	shown->layout = overview_layout(&shown->overview, rows, columns);
	canvas_resize(&shown->canvas, rows, columns);
	overview_draw(&shown->overview, &shown->layout, &shown->canvas,
		      (struct area){0, 0, overview_rows(&shown->layout), columns});
	assert_sound(&shown->canvas);
}

static void close_shown(struct shown *shown)
{
	settings_free(shown->settings);
	snapshot_unref(shown->snapshot);
	history_free(&shown->history);
	canvas_free(&shown->canvas);
	free(shown);
}

static bool shows(const struct shown *shown, const char *text)
{
	char *string = canvas_to_string(&shown->canvas);
	bool found = strstr(string, text) != NULL;

	free(string);
	return found;
}

static bool row_is_blank(const struct canvas *canvas, int row)
{
	for (int column = 0; column < canvas->columns; column++) {
		const struct cell *cell = canvas_cell(canvas, row, column);

		if (cell->length != 1 || cell->bytes[0] != ' ')
			return false;
	}
	return true;
}

static int rows_of(const struct shown *shown, enum overview_part part)
{
	for (size_t i = 0; i < shown->layout.count; i++) {
		if (shown->layout.parts[i].part == part)
			return shown->layout.parts[i].rows;
	}
	return -1;
}

static const struct machine full = {.cpus = 8, .sensors = true}, bare = {.cpus = 2};

static const char *const styles[] = {"auto", "bars", "average", "groups", "columns"};

/* One file for each size: the CPUs in each style, for each number of them. */
static void check_cpus(const char *name, int rows, int columns)
{
	static const size_t counts[] = {1, 2, 8, 64, 128, 512};
	struct canvas all;
	int at = 0;

	canvas_init(&all, true, true);
	canvas_resize(&all, 30 * 5, columns);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const struct machine machine = {.cpus = counts[i]};
		struct shown *shown = open_shown(&machine);

		set(shown, SETTING_PARTS, "cpu");
		for (size_t j = 0; j < sizeof(styles) / sizeof(styles[0]); j++) {
			struct pen pen = pen_at(&all, at++, 0, columns, 0);

			set(shown, SETTING_CPU_STYLE, styles[j]);
			draw(shown, rows, columns);
			pen_format(&pen, STYLE_TEXT, "--- %zu CPUs, %s", counts[i], styles[j]);
			for (int row = 0; row < overview_rows(&shown->layout); row++, at++)
				memcpy(&all.cells[at * columns], &shown->canvas.cells[row * columns],
				       (size_t)columns * sizeof(struct cell));
		}
		close_shown(shown);
	}
	assert_true(at < all.rows);
	all.rows = at;
	assert_screen(&all, name);
	canvas_free(&all);
}

static void cpus_from_1_to_512(void **state)
{
	(void)state;
	check_cpus("overview-cpus-80", 24, 80);
	check_cpus("overview-cpus-200", 50, 200);
}

static void the_default_is_as_it_was(void **state)
{
	struct shown *shown = open_shown(&bare);

	(void)state;
	draw(shown, 3, 80);
	assert_int_equal(overview_rows(&shown->layout), 0);
	draw(shown, 5, 20);
	assert_int_equal(rows_of(shown, PART_HOST), 1);
	assert_int_equal(overview_rows(&shown->layout), 1);
	draw(shown, 10, 40);
	assert_int_equal(rows_of(shown, PART_MEMORY), 1);
	assert_int_equal(rows_of(shown, PART_TRAFFIC), -1);
	draw(shown, 24, 80);
	assert_int_equal(overview_rows(&shown->layout), 4);
	draw(shown, 50, 200);
	assert_int_equal(rows_of(shown, PART_CPU), 3);
	assert_int_equal(overview_rows(&shown->layout), 6);
	close_shown(shown);
}

static void parts_stand_in_the_order_that_is_set(void **state)
{
	struct shown *shown = open_shown(&full);

	(void)state;
	set(shown, SETTING_PARTS, "sensors disks traffic memory cpu host interfaces");
	draw(shown, 50, 100);
	assert_screen(&shown->canvas, "overview-order-100x50");
	assert_int_equal((int)shown->layout.count, 7);
	assert_int_equal(rows_of(shown, PART_DISKS), 2);
	/* Six of them, and no loopback. */
	assert_int_equal(rows_of(shown, PART_INTERFACES), 4);
	assert_true(shows(shown, "+2"));
	assert_false(shows(shown, " lo "));
	assert_false(shows(shown, "nvme0n1p1"));
	/* So many parts may take half of the screen, and no more. */
	draw(shown, 26, 100);
	assert_int_equal(overview_rows(&shown->layout), 11);
	draw(shown, 20, 100);
	assert_int_equal(overview_rows(&shown->layout), 10);
	/* Where rows are few, the least important go first. */
	draw(shown, 15, 100);
	assert_int_equal(rows_of(shown, PART_SENSORS), -1);
	assert_int_equal(rows_of(shown, PART_INTERFACES), -1);
	assert_int_equal(rows_of(shown, PART_DISKS), 1);
	assert_int_equal(rows_of(shown, PART_HOST), 1);
	close_shown(shown);
}

static void what_a_machine_does_not_have_takes_no_row(void **state)
{
	struct request request = {0};
	struct shown *shown = open_shown(&bare);

	(void)state;
	set(shown, SETTING_PARTS, "host sensors");
	draw(shown, 30, 80);
	assert_int_equal(rows_of(shown, PART_SENSORS), 0);
	assert_int_equal(overview_rows(&shown->layout), 1);
	/* But it is asked for: a battery can come. */
	overview_needs(&shown->layout, &request);
	assert_true(request.sections & SECTION_BIT(SECTION_SENSORS));
	assert_false(
		request.sections & (SECTION_BIT(SECTION_CPU) | SECTION_BIT(SECTION_DISK) | SECTION_BIT(SECTION_NET)));
	close_shown(shown);
}

static void presets_change_the_parts(void **state)
{
	struct shown *shown = open_shown(&full);
	size_t last = overview_preset_count() - 1;

	(void)state;
	set(shown, SETTING_PARTS, "memory");
	draw(shown, 50, 100);
	assert_int_equal(overview_rows(&shown->layout), 1);
	assert_true(shows(shown, " Mem "));
	for (shown->overview.preset = 1; shown->overview.preset < last; shown->overview.preset++) {
		draw(shown, 50, 100);
		assert_true(overview_rows(&shown->layout) > 2);
	}
	draw(shown, 50, 100);
	assert_int_equal(overview_rows(&shown->layout), 0);
	assert_string_equal(overview_preset_name(last), "nothing");
	close_shown(shown);
}

static void rows_of_the_cpus_can_be_set(void **state)
{
	struct shown *shown = open_shown(&full);

	(void)state;
	set(shown, SETTING_CPU_ROWS, "9");
	draw(shown, 40, 100);
	assert_int_equal(rows_of(shown, PART_CPU), 9);
	assert_int_equal(overview_rows(&shown->layout), 12);
	/* No more than can be spared. */
	draw(shown, 20, 100);
	assert_int_equal(overview_rows(&shown->layout), 10);
	draw(shown, 9, 100);
	assert_int_equal(overview_rows(&shown->layout), 3);
	close_shown(shown);
}

static void rows_of_a_part_can_be_set(void **state)
{
	struct shown *shown = open_shown(&full);

	(void)state;
	set(shown, SETTING_CPU_ROWS, "9");
	set(shown, SETTING_PARTS, "host:3 interfaces:5 cpu:4 memory:3 traffic:2 sensors:2 disks:1");
	draw(shown, 50, 60);
	assert_screen(&shown->canvas, "overview-heights-60x50");
	assert_int_equal(rows_of(shown, PART_HOST), 1);
	assert_int_equal(rows_of(shown, PART_INTERFACES), 5);
	assert_int_equal(rows_of(shown, PART_CPU), 4);
	assert_int_equal(rows_of(shown, PART_MEMORY), 3);
	assert_int_equal(rows_of(shown, PART_TRAFFIC), 2);
	assert_int_equal(rows_of(shown, PART_SENSORS), 2);
	assert_int_equal(rows_of(shown, PART_DISKS), 1);
	set(shown, SETTING_CPU_ROWS, "0");
	set(shown, SETTING_PARTS, "cpu:16");
	draw(shown, 20, 100);
	assert_int_equal(overview_rows(&shown->layout), 10);
	draw(shown, 5, 20);
	assert_int_equal(overview_rows(&shown->layout), 1);
	close_shown(shown);
}

static void nothing_to_show_takes_no_row_that_was_set(void **state)
{
	struct shown *shown = open_shown(&bare);

	(void)state;
	set(shown, SETTING_PARTS, "host sensors:4");
	draw(shown, 30, 80);
	assert_int_equal(overview_rows(&shown->layout), 1);
	close_shown(shown);
}

static enum style style_at(const struct shown *shown, const char *text)
{
	char *string = canvas_to_string(&shown->canvas), *found = strstr(string, text);
	enum style style = STYLE_COUNT;

	for (int row = 0; found && row < shown->canvas.rows; row++) {
		for (int column = 0; column + (int)strlen(text) <= shown->canvas.columns; column++) {
			size_t i = 0;

			while (text[i] && canvas_cell(&shown->canvas, row, column + (int)i)->bytes[0] == text[i])
				i++;
			if (!text[i])
				style = canvas_cell(&shown->canvas, row, column)->style;
		}
	}
	free(string);
	return style;
}

static void figures_have_the_style_of_their_size(void **state)
{
	struct shown *shown = open_shown(&full);

	(void)state;
	set(shown, SETTING_PARTS, "memory disks sensors");
	shown->snapshot->pressure.cpu_some.avg10 = 0.3;
	draw(shown, 40, 120);
	assert_int_equal(style_at(shown, "45.0"), STYLE_HIGH);
	assert_int_equal(style_at(shown, "12.5"), STYLE_LOW);
	assert_int_equal(style_at(shown, "0.3"), STYLE_TEXT);
	assert_true(shows(shown, "battery 77% Discharging 2h"));
	assert_true(shows(shown, "nvme 39\u00b0C"));
	assert_true(shows(shown, "fan1 1180 rpm"));
	assert_int_equal(style_at(shown, "71"), STYLE_MEDIUM);
	assert_int_equal(style_at(shown, "8.4%"), STYLE_LOW);
	close_shown(shown);
}

/* Nothing is drawn outside the rows of a part, at any size, in any style. */
static void nothing_overlaps(void **state)
{
	static const size_t counts[] = {0, 1, 7, 64, 512};
	static const char *const parts[] = {"host", "cpu", "memory", "traffic", "disks", "interfaces", "sensors",
					    "memory:9", "traffic:3", "sensors:2", "disks:9"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		const struct machine machine = {
			.cpus = counts[i] ? counts[i] : 1, .sensors = i % 2, .nothing = !counts[i]};
		struct shown *shown = open_shown(&machine);

		for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
			set(shown, SETTING_PARTS, parts[part]);
			for (int size = 0; size < 400; size++) {
				int rows = 4 + size % 20 * 3, columns = size / 20 * 11 + (size % 20) / 5;

				set(shown, SETTING_CPU_STYLE, styles[size % 5]);
				draw(shown, rows, columns);
				for (int row = overview_rows(&shown->layout); row < rows; row++)
					assert_true(row_is_blank(&shown->canvas, row));
			}
		}
		close_shown(shown);
	}
}

static void before_the_first_snapshot(void **state)
{
	struct shown *shown = open_shown(&bare);

	(void)state;
	shown->overview.snapshot = NULL;
	for (shown->overview.preset = 0; shown->overview.preset < overview_preset_count(); shown->overview.preset++)
		draw(shown, 24, 80);
	close_shown(shown);
}

/* The key changes what is drawn and what is asked for. */
static void the_display_has_presets(void **state)
{
	const struct ui_options options = {.interval_s = 1};
	struct display *display = display_new(&options);
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, true, true);
	canvas_resize(&canvas, 40, 100);
	display_draw(display, &canvas);
	assert_true(display_request(display).sections & SECTION_BIT(SECTION_NET));
	assert_true(display_act(display, ACTION_PRESET));
	display_draw(display, &canvas);
	assert_false(display_request(display).sections & SECTION_BIT(SECTION_NET));
	assert_true(display_request(display).sections & SECTION_BIT(SECTION_MEMORY));
	for (size_t i = 2; i < overview_preset_count(); i++)
		display_act(display, ACTION_PRESET);
	display_draw(display, &canvas);
	assert_false(display_request(display).sections & SECTION_BIT(SECTION_CPU));
	assert_true(display_act(display, ACTION_PRESET));
	display_draw(display, &canvas);
	assert_true(display_request(display).sections & SECTION_BIT(SECTION_NET));
	display_free(display);
	canvas_free(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_from_1_to_512),
		cmocka_unit_test(the_default_is_as_it_was),
		cmocka_unit_test(parts_stand_in_the_order_that_is_set),
		cmocka_unit_test(what_a_machine_does_not_have_takes_no_row),
		cmocka_unit_test(presets_change_the_parts),
		cmocka_unit_test(rows_of_the_cpus_can_be_set),
		cmocka_unit_test(rows_of_a_part_can_be_set),
		cmocka_unit_test(nothing_to_show_takes_no_row_that_was_set),
		cmocka_unit_test(figures_have_the_style_of_their_size),
		cmocka_unit_test(nothing_overlaps),
		cmocka_unit_test(before_the_first_snapshot),
		cmocka_unit_test(the_display_has_presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
