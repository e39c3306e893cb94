/* The screens of the CPUs and the memory, compared as text with tests/fixtures/screens. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made_machine.h"
#include "screens.h"
#include "ui/display.h"

#define SECONDS 60

/* A display with its canvas */

struct shown {
	struct display *display;
	struct settings *settings;
	struct canvas canvas;
};

static void set(struct settings *settings, enum setting_id id, const char *value)
{
	char *message = NULL;

	assert_int_equal(setting_set(settings, id, value, &message), 0);
	free(message);
}

/* tab: how many tabs behind the processes. */
static struct shown show(const struct machine *machine, int rows, int columns, bool utf8, int tab)
{
	struct shown shown = {.settings = settings_new()};
	const struct ui_options options = {.interval_s = 1, .settings = shown.settings};

	(void)setlocale(LC_ALL, "C.UTF-8");
	set(shown.settings, SETTING_SCREENS, "cpu memory");
	shown.display = display_new(&options);
	canvas_init(&shown.canvas, utf8, true);
	canvas_resize(&shown.canvas, rows, columns);
	for (int second = 0; second < SECONDS; second++) {
		struct snapshot *snapshot = made_machine(machine, second);

		display_set_snapshot(shown.display, snapshot);
		snapshot_unref(snapshot);
	}
	for (int i = 0; i < tab; i++)
		assert_true(display_act(shown.display, ACTION_TAB_NEXT));
	display_draw(shown.display, &shown.canvas);
	return shown;
}

static void act(struct shown *shown, enum action action)
{
	assert_true(display_act(shown->display, action));
	display_draw(shown->display, &shown->canvas);
}

static void hide(struct shown *shown)
{
	display_free(shown->display);
	settings_free(shown->settings);
	canvas_free(&shown->canvas);
}

static bool shows(const struct shown *shown, const char *text)
{
	char *string = canvas_to_string(&shown->canvas);
	bool found = strstr(string, text) != NULL;

	free(string);
	return found;
}

static void check(const char *name, const struct machine *machine, int rows, int columns, bool utf8, int tab)
{
	struct shown shown = show(machine, rows, columns, utf8, tab);

	assert_sound(&shown.canvas);
	/* The line of keys is not theirs. */
	shown.canvas.rows -= rows >= 8;
	assert_screen(&shown.canvas, name);
	hide(&shown);
}

static const struct machine small = {.cpus = 2, .slab_errno = 13}, large = {.cpus = 12, .sensors = true, .numa = true},
			    huge = {.cpus = 512, .sensors = true, .numa = true}, nothing = {.nothing = true};

#define CPU 1
#define MEMORY 2

static void cpu_at_every_size(void **state)
{
	(void)state;
	check("cpu-80x24", &small, 24, 80, true, CPU);
	check("cpu-200x50", &large, 50, 200, true, CPU);
	check("cpu-40x10", &large, 10, 40, true, CPU);
	check("cpu-20x5", &small, 5, 20, true, CPU);
	check("cpu-ascii-100x30", &large, 30, 100, false, CPU);
	check("cpu-512-120x30", &huge, 30, 120, true, CPU);
	check("cpu-nothing-80x24", &nothing, 24, 80, true, CPU);
}

static void memory_at_every_size(void **state)
{
	(void)state;
	check("memory-80x24", &small, 24, 80, true, MEMORY);
	check("memory-200x50", &large, 50, 200, true, MEMORY);
	check("memory-40x10", &large, 10, 40, true, MEMORY);
	check("memory-20x5", &small, 5, 20, true, MEMORY);
	check("memory-ascii-100x30", &large, 30, 100, false, MEMORY);
	check("memory-nothing-80x24", &nothing, 24, 80, true, MEMORY);
}

static struct request request_of(const struct shown *shown)
{
	return display_request(shown->display);
}

/* What costs is asked for only while it is in sight. */
static void screens_ask_for_what_they_show(void **state)
{
	const uint32_t memory = SECTION_BIT(SECTION_MEMINFO) | SECTION_BIT(SECTION_NUMA);
	struct shown shown = show(&large, 24, 80, true, CPU);

	(void)state;
	assert_true(request_of(&shown).sections & SECTION_BIT(SECTION_SENSORS));
	assert_false(request_of(&shown).sections & (memory | SECTION_BIT(SECTION_SLAB)));
	/* No room for temperatures. */
	canvas_resize(&shown.canvas, 24, 24);
	display_draw(shown.display, &shown.canvas);
	assert_false(request_of(&shown).sections & SECTION_BIT(SECTION_SENSORS));
	canvas_resize(&shown.canvas, 24, 80);
	act(&shown, ACTION_TAB_NEXT);
	assert_true((request_of(&shown).sections & memory) == memory);
	assert_false(request_of(&shown).sections & (SECTION_BIT(SECTION_SENSORS) | SECTION_BIT(SECTION_SLAB)));
	act(&shown, ACTION_LAST);
	assert_true(request_of(&shown).sections & SECTION_BIT(SECTION_SLAB));
	act(&shown, ACTION_FIRST);
	assert_false(request_of(&shown).sections & SECTION_BIT(SECTION_SLAB));
	act(&shown, ACTION_TAB_NEXT);
	assert_false(request_of(&shown).sections & memory);
	hide(&shown);
}

static void cpus_scroll(void **state)
{
	struct shown shown = show(&huge, 24, 80, true, CPU);

	(void)state;
	assert_true(shows(&shown, "1-10 of 512"));
	act(&shown, ACTION_DOWN);
	assert_true(shows(&shown, "2-11 of 512"));
	act(&shown, ACTION_UP);
	act(&shown, ACTION_UP);
	assert_true(shows(&shown, "1-10 of 512"));
	act(&shown, ACTION_PAGE_DOWN);
	assert_true(shows(&shown, "11-20 of 512"));
	act(&shown, ACTION_HALF_UP);
	assert_true(shows(&shown, "6-15 of 512"));
	act(&shown, ACTION_LAST);
	act(&shown, ACTION_DOWN);
	assert_true(shows(&shown, "503-512 of 512"));
	assert_true(shows(&shown, "\n 511 "));
	act(&shown, ACTION_FIRST);
	assert_true(shows(&shown, "1-10 of 512"));
	hide(&shown);
}

static void the_wheel_scrolls(void **state)
{
	struct input input = {.key = KEYCODE_MOUSE, .mouse = {MOUSE_WHEEL_DOWN, 20, 3}};
	struct shown shown = show(&huge, 24, 80, true, CPU);

	(void)state;
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "4-13 of 512"));
	input.mouse.kind = MOUSE_WHEEL_UP;
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "1-10 of 512"));
	hide(&shown);
}

static void the_memory_scrolls_to_the_last_slab(void **state)
{
	struct shown shown = show(&large, 24, 80, true, MEMORY);

	(void)state;
	assert_true(shows(&shown, " MemTotal "));
	assert_false(shows(&shown, "NODE"));
	act(&shown, ACTION_PAGE_DOWN);
	assert_true(shows(&shown, " NODE "));
	assert_true(shows(&shown, "0-3,8-11"));
	assert_true(shows(&shown, " SLAB "));
	act(&shown, ACTION_LAST);
	assert_true(shows(&shown, " cache-59 "));
	hide(&shown);
}

static void who_may_not_read_slabs_is_told(void **state)
{
	const struct machine denied = {.cpus = 2, .numa = true, .slab_errno = 13};
	struct shown shown = show(&denied, 40, 120, true, MEMORY);

	(void)state;
	assert_true(shows(&shown, "only root may read this"));
	hide(&shown);
}

/* Temperatures of a core are those of its package: two packages have a core 0. */
static void temperatures_are_of_their_package(void **state)
{
	struct shown shown = show(&large, 50, 200, true, CPU);
	struct snapshot *later = made_machine(&large, SECONDS);
	struct sensor_chip *chips = LIST_ITEMS(later->sensors.temperatures, struct sensor_chip);

	(void)state;
	assert_true(shows(&shown, " 1200   40 "));
	assert_true(shows(&shown, " 1203   70 "));
	/* Two chips that do not say which package they are in say nothing of any. */
	for (size_t i = 0; i < 2; i++)
		LIST_ITEMS(chips[i].readings, struct temperature)[0].label = TEXT_LITERAL("Package");
	display_set_snapshot(shown.display, later);
	display_draw(shown.display, &shown.canvas);
	assert_false(shows(&shown, "\u00b0C"));
	snapshot_unref(later);
	hide(&shown);
}

static void graphs_zoom(void **state)
{
	struct shown shown = show(&small, 40, 100, true, CPU);

	(void)state;
	assert_true(shows(&shown, "-30s "));
	act(&shown, ACTION_ZOOM_OUT);
	assert_true(shows(&shown, "2 s a point"));
	assert_true(shows(&shown, "-1m "));
	assert_false(shows(&shown, "-30s "));
	for (int i = 0; i < 20; i++)
		act(&shown, ACTION_ZOOM_OUT);
	assert_true(shows(&shown, "3600 s a point"));
	for (int i = 0; i < 40; i++)
		act(&shown, ACTION_ZOOM_IN);
	assert_true(shows(&shown, "graphs: 1 s a point"));
	assert_true(shows(&shown, "-30s "));
	hide(&shown);
}

static void the_step_of_graphs_can_be_set(void **state)
{
	struct shown shown = show(&small, 40, 100, true, CPU);

	(void)state;
	set(shown.settings, SETTING_GRAPH_STEP, "60");
	display_free(shown.display);
	shown.display = display_new(&(struct ui_options){.interval_s = 1, .settings = shown.settings});
	display_act(shown.display, ACTION_ZOOM_OUT);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "graphs: 120 s a point"));
	hide(&shown);
}

/* What does not fit is not taken for nothing, which Enter would make of the value. */
static void a_long_value_stays(void **state)
{
	struct settings *settings = settings_new();
	struct display *display;
	char filter[3000] = "", *message = NULL;

	(void)state;
	memset(filter, 'x', sizeof(filter) - 1);
	assert_int_equal(tab_setting_set(&settings->tabs[0], TAB_SETTING_FILTER, filter, &message), 0);
	display = display_new(&(struct ui_options){.interval_s = 1, .settings = settings});
	assert_true(display_act(display, ACTION_FILTER));
	display_input(display, &(struct input){.key = '\r'});
	assert_string_equal(tab_setting_text(&settings->tabs[0], TAB_SETTING_FILTER), filter);
	display_free(display);
	settings_free(settings);
}

/* No size, and no order of keys, draws outside or breaks a row. */
static void every_size_and_key(void **state)
{
	const struct machine *machines[] = {&small, &large, &huge, &nothing};
	uint32_t seed = 11;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct shown shown = show(machines[i], 24, 80, i % 2, CPU);

		for (int rows = 0; rows < 40; rows += rows < 12 ? 1 : 5) {
			for (int columns = 0; columns < 230; columns += columns < 30 ? 3 : 19) {
				canvas_resize(&shown.canvas, rows, columns);
				seed = seed * 1664525 + 1013904223;
				display_act(shown.display, (enum action)(1 + (seed >> 16) % (ACTION_COUNT - 1)));
				display_draw(shown.display, &shown.canvas);
				assert_sound(&shown.canvas);
			}
		}
		hide(&shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_at_every_size),
		cmocka_unit_test(memory_at_every_size),
		cmocka_unit_test(screens_ask_for_what_they_show),
		cmocka_unit_test(cpus_scroll),
		cmocka_unit_test(the_wheel_scrolls),
		cmocka_unit_test(the_memory_scrolls_to_the_last_slab),
		cmocka_unit_test(who_may_not_read_slabs_is_told),
		cmocka_unit_test(temperatures_are_of_their_package),
		cmocka_unit_test(graphs_zoom),
		cmocka_unit_test(the_step_of_graphs_can_be_set),
		cmocka_unit_test(a_long_value_stays),
		cmocka_unit_test(every_size_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
