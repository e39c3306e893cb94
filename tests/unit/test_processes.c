/* The process table: what its settings, keys and the mouse do to it. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "made.h"
#include "ui/display.h"
#include "ui/screen.h"

#define MIB (UINT64_C(1) << 20)
#define ROWS 24

/* A machine made by hand */

struct made_row {
	int32_t pid, ppid;
	const char *user;
	int64_t uid;
	const char *name;
	struct text cmdline;
	double cpu, memory;
	uint64_t rss;
	int32_t threads;
};

static const struct made_row made_rows[] = {
	{1, 0, "root", 0, "init", TEXT_LITERAL("/sbin/init\0"), 0, 1, 10 * MIB, 1},
	{2, 0, "root", 0, "kthreadd", TEXT_LITERAL(""), 0, NAN, ABSENT_U64, 1},
	{100, 1, "www", 33, "nginx", TEXT_LITERAL("/usr/sbin/nginx\0-g\0daemon off\0"), 1, 2, 20 * MIB, 1},
	{110, 100, "www", 33, "nginx", TEXT_LITERAL("nginx: worker\0"), 30, 4, 40 * MIB, 4},
	{111, 110, "www", 33, "helper", TEXT_LITERAL("/opt/helper\0--fast\0"), 5, 3, 30 * MIB, 2},
	{200, 1, "db", 70, "postgres", TEXT_LITERAL("/usr/lib/postgres\0-D\0/data\0"), 20, 8, 80 * MIB, 1},
	{300, 1, "dev", 1000, "bash", TEXT_LITERAL("bash\0"), NAN, 1, 5 * MIB, 1},
	{301, 300, "dev", 1000, "vim", TEXT_LITERAL("/usr/bin/vim\0notes\0"), 0, 1, 6 * MIB, 1},
};

#define MADE_COUNT (sizeof(made_rows) / sizeof(made_rows[0]))

static struct snapshot *made_machine(int second)
{
	struct snapshot *snapshot = made_snapshot(second, MADE_COUNT + 4);

	snapshot->monotonic = second;
	snapshot->timestamp = 1000000 + second;
	snapshot->interval = 1;
	for (size_t i = 0; i < MADE_COUNT; i++) {
		const struct made_row *row = &made_rows[i];
		struct process *process = made_process(snapshot, row->pid, row->ppid, row->name);

		process->have |= FACT_BIT(FACT_STATM) | FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_USERNAME);
		process->cmdline = row->cmdline;
		process->username = text_of(row->user);
		process->uid_real = row->uid;
		snprintf(process->stat, sizeof(process->stat), "S");
		process->is_kernel = row->pid == 2;
		process->num_threads = row->threads;
		process->rss_bytes = row->rss;
		process->cpu_percent = row->cpu;
		process->memory_percent = row->memory;
		process->cpu_total_s = row->pid;
		process->create_time = 1000;
	}
	return snapshot;
}

static struct process *process_of(struct snapshot *snapshot, int32_t pid)
{
	return (struct process *)(uintptr_t)snapshot_find_pid(snapshot, pid);
}

static void without(struct snapshot *snapshot, int32_t pid)
{
	made_remove(snapshot, process_index(&snapshot->processes, pid));
}

/* A display with its canvas */

struct shown {
	struct display *display;
	struct settings *settings;
	struct canvas canvas;
};

static int saved;

static int save(void *context, const struct settings *settings, char **ret_message)
{
	(void)context;
	(void)settings;
	(void)ret_message;
	saved++;
	return 0;
}

static void set(struct settings *settings, enum setting_id id, const char *value)
{
	char *message = NULL;

	assert_int_equal(setting_set(settings, id, value, &message), 0);
	free(message);
}

static void set_tab(struct settings *settings, size_t tab, enum tab_setting_id id, const char *value)
{
	char *message = NULL;

	assert_int_equal(tab_setting_set(&settings->tabs[tab], id, value, &message), 0);
	free(message);
}

static const char *tab_text(const struct shown *shown, enum tab_setting_id id)
{
	return tab_setting_text(&shown->settings->tabs[0], id);
}

/* No overview: the tabs in the first row, then the header. */
static struct settings *made_settings(void)
{
	struct settings *settings = settings_new();

	set(settings, SETTING_OWN, "no");
	set(settings, SETTING_SCREENS, "zombies");
	return settings;
}

static void draw(struct shown *shown)
{
	display_draw(shown->display, &shown->canvas);
}

static void give(struct shown *shown, struct snapshot *snapshot)
{
	display_set_snapshot(shown->display, snapshot);
	snapshot_unref(snapshot);
	draw(shown);
}

static struct shown show_with(struct settings *settings, struct ui_options options, int rows, int columns)
{
	struct shown shown = {.settings = settings};

	(void)setlocale(LC_ALL, "C.UTF-8");
	options.interval_s = 1;
	options.settings = settings;
	shown.display = display_new(&options);
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, rows, columns);
	draw(&shown);
	give(&shown, made_machine(1));
	return shown;
}

static struct shown show(struct settings *settings)
{
	return show_with(settings, (struct ui_options){0}, ROWS, 100);
}

static void hide(struct shown *shown)
{
	display_free(shown->display);
	canvas_free(&shown->canvas);
	settings_free(shown->settings);
}

static void act(struct shown *shown, enum action action)
{
	assert_true(display_act(shown->display, action));
	draw(shown);
}

static void key(struct shown *shown, uint32_t code)
{
	enum action action = display_input(shown->display, &(struct input){.key = code});

	if (action != ACTION_NONE)
		display_act(shown->display, action);
	draw(shown);
}

static void type(struct shown *shown, const char *text)
{
	for (; *text; text++)
		key(shown, (unsigned char)*text);
}

static void mouse(struct shown *shown, enum mouse_kind kind, int row, int column)
{
	display_input(shown->display, &(struct input){.key = KEYCODE_MOUSE, .mouse = {kind, row, column}});
	draw(shown);
}

/* What is seen */

static int header_row(const struct shown *shown)
{
	for (int row = 0; row < shown->canvas.rows; row++) {
		enum style style = canvas_cell(&shown->canvas, row, 0)->style;

		if (style == STYLE_HEADER || style == STYLE_HEADER_SORT)
			return row;
	}
	return -1;
}

static const char *line(const struct shown *shown, int row)
{
	static char text[2048];
	char *all = canvas_to_string(&shown->canvas), *start = all;

	while (row-- > 0)
		start = strchr(start, '\n') + 1;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(start, "\n"), start);
	free(all);
	return text;
}

static bool sees(const struct shown *shown, const char *text)
{
	char *all = canvas_to_string(&shown->canvas);
	bool found = strstr(all, text) != NULL;

	free(all);
	return found;
}

/* The pids from the top on, separated by blanks. They are in the first column. */
static const char *pids(const struct shown *shown)
{
	static char text[512];

	text[0] = '\0';
	for (int row = header_row(shown) + 1; row < shown->canvas.rows - 1; row++) {
		int pid = atoi(line(shown, row));

		if (pid > 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", *text ? " " : "", pid);
	}
	return text;
}

static int row_of(const struct shown *shown, int pid)
{
	for (int row = header_row(shown) + 1; row < shown->canvas.rows - 1; row++) {
		if (atoi(line(shown, row)) == pid)
			return row;
	}
	return -1;
}

static enum style style_of(const struct shown *shown, int pid)
{
	int row = row_of(shown, pid);

	assert_true(row >= 0);
	return (enum style)canvas_cell(&shown->canvas, row, 6)->style;
}

static int selected_pid(const struct shown *shown)
{
	for (int row = header_row(shown) + 1; row < shown->canvas.rows - 1; row++) {
		enum style style = canvas_cell(&shown->canvas, row, 0)->style;

		if (style == STYLE_SELECTED || style == STYLE_MATCH)
			return atoi(line(shown, row));
	}
	return -1;
}

/* Columns */

static void test_columns_are_those_of_the_settings(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;

	(void)state;
	set_tab(settings, 0, TAB_SETTING_COLUMNS, "pid ppid:5 memory_info.rss cmdline:20 num_threads username");
	shown = show(settings);
	assert_string_equal(line(&shown, header_row(&shown)),
			    "    PID  PPID    RES Command  by CPU%      THR USER");
	assert_string_equal(line(&shown, row_of(&shown, 110)),
			    "    110   100  40.0M nginx: worker           4 www");
	hide(&shown);
}

static void test_columns_that_do_not_fit_scroll(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;

	(void)state;
	set_tab(settings, 0, TAB_SETTING_COLUMNS, "pid ppid username stat nice num_threads priority pgid sid cmdline");
	shown = show_with(settings, (struct ui_options){.sort = process_field(FIELD_ID_PID)}, ROWS, 30);
	/* A number is never cut. */
	assert_string_equal(line(&shown, header_row(&shown)), "   ▲PID    PPID USER      STAT");
	act(&shown, ACTION_RIGHT);
	assert_string_equal(line(&shown, header_row(&shown)), "   PPID USER      STAT   NI");
	for (int i = 0; i < 20; i++)
		act(&shown, ACTION_RIGHT);
	assert_string_equal(line(&shown, header_row(&shown)), "   PGID     SID Command  by P…");
	for (int i = 0; i < 40; i++)
		act(&shown, ACTION_LEFT);
	assert_string_equal(line(&shown, header_row(&shown)), "   ▲PID    PPID USER      STAT");
	/* Wider, all that were scrolled away at the right edge are there again. */
	hide(&shown);
}

static void test_every_field_with_a_title_can_be_a_column(void **state)
{
	struct settings *settings = made_settings();
	char columns[4096] = "";
	struct shown shown;

	(void)state;
	for (size_t i = 0; i < process_record.count; i++) {
		if (process_record.fields[i].title)
			snprintf(columns + strlen(columns), sizeof(columns) - strlen(columns), "%s ",
				 process_record.fields[i].key);
	}
	columns[strlen(columns) - 1] = '\0';
	set_tab(settings, 0, TAB_SETTING_COLUMNS, columns);
	shown = show_with(settings, (struct ui_options){0}, ROWS, 1000);
	for (size_t i = 0; i < process_record.count; i++) {
		if (process_record.fields[i].title)
			assert_non_null(strstr(line(&shown, header_row(&shown)), process_record.fields[i].title));
	}
	for (int columns_shown = 0; columns_shown < 300; columns_shown += 3) {
		canvas_resize(&shown.canvas, ROWS, columns_shown);
		act(&shown, columns_shown % 2 ? ACTION_RIGHT : ACTION_LEFT);
	}
	hide(&shown);
}

static void test_graphs_of_cpu(void **state)
{
	struct settings *settings = made_settings();
	struct snapshot *later;
	struct shown shown;

	(void)state;
	set_tab(settings, 0, TAB_SETTING_COLUMNS, "pid cpu_percent cpu_graph cmdline");
	shown = show(settings);
	for (int second = 2; second < 6; second++) {
		struct snapshot *snapshot = made_machine(second);

		process_of(snapshot, 110)->cpu_percent = second == 3 ? 100 : 12.5;
		process_of(snapshot, 111)->cpu_percent = second == 4 ? NAN : 50;
		process_of(snapshot, 301)->cpu_percent = second == 5 ? 0.06 : 0.04; /* shown as 0.1 and 0.0 */
		give(&shown, snapshot);
	}
	assert_string_equal(line(&shown, row_of(&shown, 110)), "    110  12.5   ⣄⣇⣀ nginx: worker");
	assert_string_equal(line(&shown, row_of(&shown, 111)), "    111  50.0   ⣠⡄⣤ /opt/helper --fast");
	/* Known to be nothing is not the same as not known. */
	assert_string_equal(line(&shown, row_of(&shown, 301)), "    301   0.1   ⢀⣀⣀ /usr/bin/vim notes");
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 301), 17)->style, STYLE_DIM);
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 301), 18)->style, STYLE_TEXT);
	assert_string_equal(line(&shown, row_of(&shown, 300)), "    300     -       bash");
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 110), 17)->style, STYLE_HIGH);
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 110), 16)->style, STYLE_TEXT);
	/* Nobody inherits the past of another with the same pid. */
	later = made_machine(6);
	process_of(later, 110)->starttime = 4711;
	give(&shown, later);
	assert_string_equal(line(&shown, row_of(&shown, 110)), "    110  30.0     ⢠ nginx: worker");
	/* It gives no order of its own. */
	mouse(&shown, MOUSE_PRESS, header_row(&shown), 15);
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "cpu_percent");
	hide(&shown);
}

static void test_what_the_command_shows(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	assert_true(sees(&shown, " /usr/sbin/nginx -g daemon off"));
	key(&shown, 'p');
	assert_true(sees(&shown, " nginx -g daemon off"));
	assert_string_equal(setting_text(shown.settings, SETTING_COMMAND), "program");
	key(&shown, 'p');
	assert_true(sees(&shown, " /usr/sbin/nginx -g daemon off"));
	set(shown.settings, SETTING_COMMAND, "name");
	draw(&shown);
	assert_false(sees(&shown, "daemon off"));
	assert_true(sees(&shown, " helper\n"));
	assert_true(sees(&shown, " [kthreadd]\n"));
	hide(&shown);
}

static void test_own_processes_are_emphasised(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;
	struct snapshot *snapshot = made_machine(2);

	(void)state;
	set(settings, SETTING_OWN, "yes");
	shown = show(settings);
	process_of(snapshot, 200)->uid_real = (int64_t)geteuid();
	process_of(snapshot, 100)->uid_real = (int64_t)geteuid() + 1;
	process_of(snapshot, 301)->uid_real = ABSENT_I64;
	give(&shown, snapshot);
	assert_int_equal(style_of(&shown, 200), STYLE_OWN);
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 200), 8)->style, STYLE_OWN);
	assert_int_equal(style_of(&shown, 100), STYLE_TEXT);
	assert_int_equal(style_of(&shown, 301), STYLE_TEXT);
	hide(&shown);
}

static void test_the_whole_command_is_wrapped(void **state)
{
	static char words[700];
	struct settings *settings = made_settings();
	struct snapshot *snapshot = made_machine(2);
	struct shown shown;

	(void)state;
	for (int i = 0; i < 69; i++)
		snprintf(words + i * 10, 16, "%09d ", i);
	set_tab(settings, 0, TAB_SETTING_COLUMNS, "pid cmdline");
	shown = show_with(settings, (struct ui_options){.sort = process_field(FIELD_ID_PID)}, ROWS, 80);
	process_of(snapshot, 110)->cmdline = (struct text){words, 690};
	give(&shown, snapshot);
	type(&shown, "110");
	key(&shown, 'w');
	assert_string_equal(tab_text(&shown, TAB_SETTING_WRAP), "yes");
	/* 72 columns, then 76 each. */
	assert_string_equal(line(&shown, row_of(&shown, 110)),
			    "    110 000000000 000000001 000000002 000000003 000000004 000000005 000000006 00");
	assert_string_equal(line(&shown, row_of(&shown, 110) + 1),
			    "    0000007 000000008 000000009 000000010 000000011 000000012 000000013 00000001");
	assert_true(sees(&shown, "000000068"));
	assert_true(row_of(&shown, 111) == row_of(&shown, 110) + 10);
	/* A click on any of its lines is one on the row. */
	mouse(&shown, MOUSE_PRESS, row_of(&shown, 110) + 3, 10);
	assert_int_equal(selected_pid(&shown), 110);
	/* All of it is on the screen, as far as there is room. */
	canvas_resize(&shown.canvas, 10, 80);
	draw(&shown);
	assert_true(row_of(&shown, 110) == header_row(&shown) + 1);
	canvas_resize(&shown.canvas, 5, 20);
	draw(&shown);
	key(&shown, 'w');
	assert_false(sees(&shown, "000000012"));
	hide(&shown);
}

/* Order */

static void test_a_click_on_a_title_sorts(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	mouse(&shown, MOUSE_PRESS, header_row(&shown), 5);
	assert_string_equal(pids(&shown), "1 2 100 110 111 200 300 301");
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "pid");
	mouse(&shown, MOUSE_PRESS, header_row(&shown), 5);
	assert_string_equal(pids(&shown), "301 300 200 111 110 100 2 1");
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "-pid");
	/* Two presses soon after each other are two. */
	mouse(&shown, MOUSE_DOUBLE, header_row(&shown), 5);
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "pid");
	hide(&shown);
}

static void test_the_sort_menu(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	act(&shown, ACTION_SORT_MENU);
	assert_true(sees(&shown, "Sort by"));
	type(&shown, "RES");
	key(&shown, '\r');
	assert_false(sees(&shown, "Sort by"));
	assert_string_equal(pids(&shown), "200 110 111 100 1 301 300 2");
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "-memory_info.rss");
	/* What is no column becomes one. */
	act(&shown, ACTION_SORT_MENU);
	type(&shown, "PPID");
	key(&shown, '\r');
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "ppid");
	assert_non_null(strstr(line(&shown, header_row(&shown)), "▲PPID"));
	act(&shown, ACTION_SORT_MENU);
	key(&shown, KEYCODE_ESCAPE);
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "ppid");
	hide(&shown);
}

static void test_the_slow_order(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;

	(void)state;
	set(settings, SETTING_LAZY, "yes");
	shown = show(settings);
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	/* One busy second is not enough to get to the top, and little changes change nothing. */
	for (int second = 2; second < 30; second++) {
		struct snapshot *snapshot = made_machine(second);

		process_of(snapshot, 110)->cpu_percent = second % 2 ? 27 : 33;
		process_of(snapshot, 200)->cpu_percent = second % 2 ? 34 : 26;
		process_of(snapshot, 111)->cpu_percent = second == 15 ? 90 : 5;
		give(&shown, snapshot);
		assert_memory_equal(pids(&shown), "110 ", 4);
	}
	/* Ten are. */
	for (int second = 30; second < 40; second++) {
		struct snapshot *snapshot = made_machine(second);

		process_of(snapshot, 111)->cpu_percent = 90;
		give(&shown, snapshot);
	}
	assert_memory_equal(pids(&shown), "111 110 200 ", 12);
	hide(&shown);
}

/* Settings */

static void test_keys_are_kept_and_the_command_line_is_not(void **state)
{
	struct settings *settings = made_settings();
	const struct ui_options options = {.sort = process_field(FIELD_ID_PID), .tree = true, .save = save};
	struct shown shown = show_with(settings, options, ROWS, 100);

	(void)state;
	saved = 0;
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "-cpu_percent");
	assert_string_equal(tab_text(&shown, TAB_SETTING_TREE), "no");
	assert_string_equal(pids(&shown), "1 100 110 111 200 300 301 2");
	key(&shown, 'K');
	key(&shown, 'H');
	key(&shown, 'D');
	assert_string_equal(tab_text(&shown, TAB_SETTING_HIDE_KERNEL), "yes");
	assert_string_equal(tab_text(&shown, TAB_SETTING_THREADS), "yes");
	assert_string_equal(tab_text(&shown, TAB_SETTING_HIDE_IDLE), "yes");
	assert_string_equal(tab_text(&shown, TAB_SETTING_SORT), "-cpu_percent");
	key(&shown, 't');
	assert_string_equal(tab_text(&shown, TAB_SETTING_TREE), "no");
	key(&shown, 't');
	key(&shown, 'A');
	assert_string_equal(tab_text(&shown, TAB_SETTING_TREE), "yes");
	assert_string_equal(tab_text(&shown, TAB_SETTING_SUBTREES), "yes");
	assert_int_equal(saved, 0);
	display_free(shown.display);
	assert_int_equal(saved, 1);
	canvas_free(&shown.canvas);
	settings_free(settings);
}

static void test_nothing_is_saved_when_nothing_was_changed(void **state)
{
	struct shown shown = show_with(made_settings(), (struct ui_options){.save = save}, ROWS, 100);

	(void)state;
	saved = 0;
	act(&shown, ACTION_DOWN);
	hide(&shown);
	assert_int_equal(saved, 0);
}

/* Settings changed elsewhere are taken; what the command line asked for stays where they did not change. */
static void test_settings_that_change(void **state)
{
	struct settings *settings = made_settings();
	struct ui_options options = {.interval_s = 1, .sort = process_field(FIELD_ID_PID)};
	struct shell shell = {.settings = settings, .options = &options};
	void *table = screen_processes.open(&shell, 0);
	struct shown shown = {.settings = settings};
	struct snapshot *snapshot = made_machine(1);

	(void)state;
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, ROWS, 100);
	screen_processes.update(table, snapshot);
	screen_processes.draw(table, &shown.canvas, (struct area){0, 0, ROWS, 100});
	assert_string_equal(pids(&shown), "1 2 100 110 111 200 300 301");
	set_tab(settings, 0, TAB_SETTING_HIDE_KERNEL, "yes");
	set_tab(settings, 0, TAB_SETTING_COLUMNS, "pid name");
	set_tab(settings, 0, TAB_SETTING_FILTER, "rss > 20M");
	screen_processes.configure(table);
	canvas_clear(&shown.canvas);
	screen_processes.draw(table, &shown.canvas, (struct area){0, 0, ROWS, 100});
	assert_string_equal(pids(&shown), "110 111 200");
	assert_string_equal(line(&shown, 0), "   ▲PID NAME");
	set_tab(settings, 0, TAB_SETTING_SORT, "-memory_info.rss");
	screen_processes.configure(table);
	canvas_clear(&shown.canvas);
	screen_processes.draw(table, &shown.canvas, (struct area){0, 0, ROWS, 100});
	assert_string_equal(pids(&shown), "200 110 111");
	screen_processes.close(table);
	snapshot_unref(snapshot);
	canvas_free(&shown.canvas);
	settings_free(settings);
}

static void test_two_tabs(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;

	(void)state;
	settings_add_tab(settings, "Web");
	set_tab(settings, 1, TAB_SETTING_COLUMNS, "pid num_threads cmdline");
	set_tab(settings, 1, TAB_SETTING_FILTER, "user = www");
	set_tab(settings, 1, TAB_SETTING_SORT, "-num_threads");
	/* What the command line says is about the first one. */
	shown = show_with(settings, (struct ui_options){.sort = process_field(FIELD_ID_PID), .tree = true}, ROWS, 100);
	assert_string_equal(pids(&shown), "1 100 110 111 200 300 301 2");
	act(&shown, ACTION_TAB_NEXT);
	assert_string_equal(pids(&shown), "110 111 100");
	assert_string_equal(line(&shown, header_row(&shown)), "    PID ▼THR Command  filter: user = www");
	act(&shown, ACTION_TREE);
	assert_string_equal(pids(&shown), "1 100 110 111");
	assert_string_equal(tab_setting_text(&settings->tabs[1], TAB_SETTING_TREE), "yes");
	assert_string_equal(tab_setting_text(&settings->tabs[0], TAB_SETTING_TREE), "no");
	act(&shown, ACTION_FOLD);
	assert_string_equal(pids(&shown), "1");
	act(&shown, ACTION_TAB_PREVIOUS);
	assert_string_equal(pids(&shown), "1 100 110 111 200 300 301 2");
	act(&shown, ACTION_SORT_CPU);
	act(&shown, ACTION_TAB_NEXT);
	assert_string_equal(pids(&shown), "1");
	assert_string_equal(tab_setting_text(&settings->tabs[1], TAB_SETTING_SORT), "-num_threads");
	hide(&shown);
}

/* Which are shown */

static void test_the_filter(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, '\\');
	type(&shown, "nginx");
	/* It is in force while it is typed. */
	assert_string_equal(pids(&shown), "110 100");
	key(&shown, '\r');
	assert_string_equal(tab_text(&shown, TAB_SETTING_FILTER), "nginx");
	assert_true(sees(&shown, "filter: nginx"));
	/* With a mistake the one before stays, and so it does after Escape. */
	key(&shown, KEYCODE_F0 + 4);
	key(&shown, 'U' - '@');
	type(&shown, "user = db");
	assert_string_equal(pids(&shown), "200");
	type(&shown, " and (");
	assert_true(sees(&shown, "^"));
	assert_string_equal(pids(&shown), "200");
	key(&shown, '\r');
	assert_true(sees(&shown, "Filter: user = db and ("));
	key(&shown, KEYCODE_ESCAPE);
	assert_string_equal(pids(&shown), "110 100");
	assert_string_equal(tab_text(&shown, TAB_SETTING_FILTER), "nginx");
	key(&shown, '\\');
	key(&shown, 'U' - '@');
	key(&shown, '\r');
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	key(&shown, '\\');
	type(&shown, "there is no such");
	assert_true(sees(&shown, "no process is like that"));
	hide(&shown);
}

static void test_matches_keep_their_ancestors(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 't');
	key(&shown, 'N');
	key(&shown, '\\');
	type(&shown, "helper");
	assert_string_equal(pids(&shown), "1 100 110 111");
	assert_int_equal(style_of(&shown, 100), STYLE_DIM);
	assert_int_not_equal(style_of(&shown, 111), STYLE_DIM);
	hide(&shown);
}

static void test_one_user(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 'u');
	assert_true(sees(&shown, "All users"));
	assert_true(sees(&shown, "www  3"));
	type(&shown, "www");
	key(&shown, '\r');
	assert_string_equal(pids(&shown), "110 111 100");
	assert_true(sees(&shown, "of www"));
	/* Together with the filter. */
	key(&shown, '\\');
	type(&shown, "nginx");
	key(&shown, '\r');
	assert_string_equal(pids(&shown), "110 100");
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_USERNAME));
	key(&shown, 'u');
	key(&shown, KEYCODE_HOME);
	key(&shown, '\r');
	key(&shown, '\\');
	key(&shown, 'U' - '@');
	key(&shown, '\r');
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	hide(&shown);
}

static void test_the_filter_of_the_command_line(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;

	(void)state;
	set_tab(settings, 0, TAB_SETTING_FILTER, "vim");
	shown = show_with(settings, (struct ui_options){.filter = "name = nginx"}, ROWS, 100);
	assert_true(sees(&shown, "filter: name = nginx"));
	assert_false(sees(&shown, "vim notes"));
	assert_string_equal(tab_text(&shown, TAB_SETTING_FILTER), "vim");
	/* It is what is left to be after something else was tried. */
	key(&shown, KEYCODE_F0 + 4);
	key(&shown, 'x');
	key(&shown, KEYCODE_ESCAPE);
	assert_true(sees(&shown, "filter: name = nginx"));
	hide(&shown);
}

static struct snapshot *made_without_names(int second)
{
	struct snapshot *snapshot = made_machine(second);

	for (size_t i = 0; i < snapshot->processes.count; i++)
		snapshot->processes.items[i]->have &= ~FACT_BIT(FACT_USERNAME);
	return snapshot;
}

/* No column shows them, so that nobody asked for them before. */
static void test_users_come_when_they_are_asked_for(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	give(&shown, made_without_names(2));
	key(&shown, 'u');
	assert_false(sees(&shown, "All users"));
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_USERNAME));
	give(&shown, made_machine(3));
	assert_true(sees(&shown, "www  3"));
	/* But not in the way of who has gone on. */
	key(&shown, KEYCODE_ESCAPE);
	give(&shown, made_without_names(4));
	key(&shown, 'u');
	act(&shown, ACTION_DOWN);
	give(&shown, made_machine(5));
	assert_false(sees(&shown, "All users"));
	hide(&shown);
}

static void test_a_message_as_wide_as_the_screen(void **state)
{
	struct shown shown = show_with(made_settings(), (struct ui_options){0}, 10, 40);

	(void)state;
	key(&shown, '\\');
	type(&shown, "cpu >> 3");
	assert_true(sees(&shown, "cpu_percent is compared with a number"));
	assert_true(sees(&shown, "             ^"));
	hide(&shown);
	shown = show_with(made_settings(), (struct ui_options){0}, 5, 20);
	key(&shown, '\\');
	type(&shown, "cpu >> 3");
	assert_true(sees(&shown, "cpu_percent is compa"));
	assert_true(sees(&shown, "red with a number"));
	hide(&shown);
}

static void test_idle_ones(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 'D');
	/* Of 300 it is not known. */
	assert_string_equal(pids(&shown), "110 200 111 100 300");
	key(&shown, 'D');
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	hide(&shown);
}

/* Finding */

static void test_search(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, '/');
	type(&shown, "in");
	assert_int_equal(selected_pid(&shown), 110);
	type(&shown, "it");
	assert_int_equal(selected_pid(&shown), 1);
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	type(&shown, "x");
	assert_true(sees(&shown, "no process matches"));
	key(&shown, 'U' - '@');
	type(&shown, "NGINX");
	assert_int_equal(selected_pid(&shown), 110);
	key(&shown, KEYCODE_F0 + 3);
	assert_int_equal(selected_pid(&shown), 100);
	key(&shown, KEYCODE_F0 + 3);
	assert_int_equal(selected_pid(&shown), 110);
	key(&shown, KEYCODE_UP);
	assert_int_equal(selected_pid(&shown), 100);
	key(&shown, KEYCODE_ESCAPE);
	assert_int_equal(selected_pid(&shown), 100);
	assert_int_equal(style_of(&shown, 100), STYLE_SELECTED);
	key(&shown, 'n');
	assert_int_equal(selected_pid(&shown), 110);
	key(&shown, 'P' - '@');
	assert_int_equal(selected_pid(&shown), 100);
	/* An expression, as everywhere. */
	key(&shown, '/');
	type(&shown, "cpu > 10 and user = db");
	assert_int_equal(selected_pid(&shown), 200);
	type(&shown, " and");
	assert_true(sees(&shown, "^"));
	key(&shown, '\r');
	key(&shown, 'n');
	assert_int_equal(selected_pid(&shown), 200);
	hide(&shown);
}

static void test_without_a_search_there_is_no_next(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 'n');
	assert_true(sees(&shown, "nothing was searched for"));
	hide(&shown);
}

static void test_digits_go_to_a_pid(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	type(&shown, "11");
	assert_int_equal(selected_pid(&shown), 1);
	type(&shown, "1");
	assert_int_equal(selected_pid(&shown), 111);
	/* Another key ends the number. */
	act(&shown, ACTION_DOWN);
	type(&shown, "200");
	assert_int_equal(selected_pid(&shown), 200);
	key(&shown, 'y');
	type(&shown, "300");
	assert_int_equal(selected_pid(&shown), 300);
	key(&shown, '\\');
	type(&shown, "nginx");
	key(&shown, '\r');
	type(&shown, "200");
	assert_true(sees(&shown, "pid 200 is not shown here"));
	type(&shown, "99999999999999999999999999");
	hide(&shown);
}

static void test_following(void **state)
{
	const struct ui_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT)};
	struct shown shown = show_with(made_settings(), options, 8, 100);
	struct snapshot *snapshot = made_machine(2);
	int row;

	(void)state;
	type(&shown, "301");
	key(&shown, 'F');
	assert_true(sees(&shown, "following 301"));
	act(&shown, ACTION_LEFT);
	row = row_of(&shown, 301);
	/* It goes up two rows, and the table with it. */
	process_of(snapshot, 301)->cpu_percent = 0.5;
	give(&shown, snapshot);
	assert_int_equal(selected_pid(&shown), 301);
	assert_int_equal(row_of(&shown, 301), row);
	/* Whoever moves on follows nobody. */
	act(&shown, ACTION_UP);
	key(&shown, 'F');
	assert_false(sees(&shown, "following nobody"));
	hide(&shown);
}

/* Tags */

static void test_tags(void **state)
{
	struct shown shown = show(made_settings());
	struct snapshot *snapshot = made_machine(2);

	(void)state;
	key(&shown, 'N');
	type(&shown, "100");
	key(&shown, ' ');
	assert_int_equal(selected_pid(&shown), 110);
	assert_int_equal(style_of(&shown, 100), STYLE_TAGGED);
	assert_int_equal(canvas_cell(&shown.canvas, row_of(&shown, 100), 7)->bytes[0], '*');
	assert_true(sees(&shown, "1 tagged"));
	type(&shown, "100");
	key(&shown, ' ');
	assert_int_equal(style_of(&shown, 100), STYLE_TEXT);
	type(&shown, "100");
	key(&shown, 'c');
	assert_true(sees(&shown, "3 tagged"));
	act(&shown, ACTION_LAST);
	assert_int_equal(style_of(&shown, 111), STYLE_TAGGED);
	/* A tag goes with its process, also when its pid is used again. */
	process_of(snapshot, 111)->starttime = 77777;
	give(&shown, snapshot);
	assert_true(sees(&shown, "2 tagged"));
	assert_int_not_equal(style_of(&shown, 111), STYLE_TAGGED);
	key(&shown, 'U');
	assert_false(sees(&shown, "tagged"));
	hide(&shown);
}

static struct identity acted[16];
static size_t acted_count;

static int32_t acted_thread;

static int apply(const struct act *what, struct identity process, int32_t thread)
{
	acted_thread = thread;
	assert_int_equal(what->kind, ACT_NICE_BY);
	acted[acted_count++ % 16] = process;
	return 0;
}

static void test_actions_are_about_the_tagged(void **state)
{
	static const struct act_ops ops = {.apply = apply};
	struct settings *settings = made_settings();
	struct snapshot *snapshot = made_machine(2);
	struct shown shown;

	(void)state;
	set(settings, SETTING_CONFIRM, "no");
	shown = show_with(settings, (struct ui_options){.act = &ops}, ROWS, 100);
	acted_count = 0;
	type(&shown, "200");
	key(&shown, KEYCODE_F0 + 8);
	assert_int_equal(acted_count, 1);
	assert_int_equal(acted[0].pid, 200);
	type(&shown, "100");
	key(&shown, 'c');
	type(&shown, "1");
	key(&shown, KEYCODE_F0 + 8);
	assert_int_equal(acted_count, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(acted[1 + i].pid, ((int[]){100, 110, 111})[i]);
		assert_int_equal(acted[1 + i].starttime, acted[1 + i].pid);
	}
	assert_int_equal(acted_thread, 0);
	/* A thread that is selected is meant alone. */
	key(&shown, 'U');
	key(&shown, 'H');
	process_of(snapshot, 110)->have |= FACT_BIT(FACT_THREADS);
	process_of(snapshot, 110)->more->threads = made_list(snapshot, 2, sizeof(struct thread_times));
	for (int32_t i = 0; i < 2; i++)
		LIST_ITEMS(process_of(snapshot, 110)->more->threads, struct thread_times)[i] =
			(struct thread_times){.id = 110 + i * 900, .state = 'S', .name = TEXT_LITERAL("pool")};
	give(&shown, snapshot);
	type(&shown, "110");
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 1010);
	key(&shown, KEYCODE_F0 + 8);
	assert_int_equal(acted[4].pid, 110);
	assert_int_equal(acted_thread, 1010);
	hide(&shown);
}

/* The user pressed a key for the process that was selected, and not for the one that is there since it ended. */
static void test_nothing_is_done_to_who_took_the_place(void **state)
{
	static const struct act_ops ops = {.apply = apply};
	struct settings *settings = made_settings();
	struct snapshot *snapshot = made_machine(2);
	struct shown shown;

	(void)state;
	set(settings, SETTING_CONFIRM, "no");
	shown = show_with(settings, (struct ui_options){.act = &ops}, ROWS, 100);
	acted_count = 0;
	key(&shown, 'N');
	type(&shown, "200");
	without(snapshot, 200);
	give(&shown, snapshot);
	assert_int_equal(selected_pid(&shown), 300);
	key(&shown, KEYCODE_F0 + 8);
	assert_int_equal(acted_count, 0);
	assert_true(sees(&shown, "the selected process has ended; press again for 300"));
	key(&shown, KEYCODE_F0 + 8);
	assert_int_equal(acted_count, 1);
	assert_int_equal(acted[0].pid, 300);
	hide(&shown);
}

static void test_sums(void **state)
{
	struct settings *settings = made_settings();
	struct shown shown;
	int last;

	(void)state;
	set(settings, SETTING_TOTALS_LINE, "yes");
	shown = show(settings);
	last = ROWS - 2;
	assert_string_equal(line(&shown, last), "      8 shown  CPU% 56.0  MEM% 20.0  RES 191M  THR 12");
	/* What is folded away is in them, an ancestor that is there only as such is not. */
	key(&shown, 't');
	key(&shown, 'N');
	type(&shown, "100");
	key(&shown, '-');
	assert_memory_equal(pids(&shown), "1 100 200 300 301 2 ", 20);
	assert_string_equal(line(&shown, last), "      8 shown  CPU% 56.0  MEM% 20.0  RES 191M  THR 12");
	key(&shown, '+');
	key(&shown, '\\');
	type(&shown, "helper");
	key(&shown, '\r');
	assert_memory_equal(pids(&shown), "1 100 110 111 ", 14);
	assert_string_equal(line(&shown, last), "      1 shown  CPU% 5.0  MEM% 3.0  RES 30.0M  THR 2");
	/* With tags they are those of the tagged, shown or not. */
	act(&shown, ACTION_LAST);
	key(&shown, ' ');
	key(&shown, '\\');
	key(&shown, 'U' - '@');
	type(&shown, "postgres");
	key(&shown, '\r');
	assert_string_equal(line(&shown, last), "      1 tagged  CPU% 5.0  MEM% 3.0  RES 30.0M  THR 2");
	hide(&shown);
}

/* Time */

static void test_new_ones_are_marked(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	for (int second = 2; second < 8; second++) {
		struct snapshot *snapshot = made_machine(second);

		process_of(snapshot, 111)->create_time = 1000000 + 2;
		process_of(snapshot, 200)->create_time = NAN;
		give(&shown, snapshot);
		assert_int_equal(style_of(&shown, 111) == STYLE_NEW, second < 5);
		assert_int_not_equal(style_of(&shown, 200), STYLE_NEW);
	}
	hide(&shown);
}

static void test_ended_ones_stay_for_a_while(void **state)
{
	struct shown shown = show(made_settings());
	struct snapshot *snapshot = made_machine(2);

	(void)state;
	key(&shown, 'N');
	type(&shown, "200");
	without(snapshot, 110);
	without(snapshot, 200);
	give(&shown, snapshot);
	assert_string_equal(pids(&shown), "1 2 100 110 111 200 300 301");
	assert_int_equal(style_of(&shown, 110), STYLE_ENDED);
	assert_int_equal(style_of(&shown, 200), STYLE_ENDED);
	assert_non_null(strstr(line(&shown, row_of(&shown, 200)), "/usr/lib/postgres -D /data"));
	/* Nobody can select them. */
	assert_int_equal(selected_pid(&shown), 300);
	act(&shown, ACTION_UP);
	assert_int_equal(selected_pid(&shown), 111);
	mouse(&shown, MOUSE_PRESS, row_of(&shown, 110), 5);
	assert_int_equal(selected_pid(&shown), 111);
	type(&shown, "111");
	assert_int_equal(selected_pid(&shown), 111);
	/* The rows below have not moved, and do when the time is over. */
	snapshot = made_machine(4);
	without(snapshot, 110);
	without(snapshot, 200);
	give(&shown, snapshot);
	assert_string_equal(pids(&shown), "1 2 100 110 111 200 300 301");
	snapshot = made_machine(5);
	without(snapshot, 110);
	without(snapshot, 200);
	give(&shown, snapshot);
	assert_string_equal(pids(&shown), "1 2 100 111 300 301");
	assert_int_equal(selected_pid(&shown), 111);
	hide(&shown);
}

/* Their snapshot and its memory go before their rows do. */
static void test_ended_ones_keep_their_texts(void **state)
{
	char name[] = "passing", arguments[] = "/bin/passing\0by\0";
	struct shown shown = show(made_settings());
	struct snapshot *snapshot = made_machine(2);

	(void)state;
	process_of(snapshot, 110)->comm = text_of(name);
	process_of(snapshot, 110)->cmdline = (struct text){arguments, sizeof(arguments) - 1};
	give(&shown, snapshot);
	snapshot = made_machine(3);
	without(snapshot, 110);
	give(&shown, snapshot);
	memset(name, '!', sizeof(name));
	memset(arguments, '!', sizeof(arguments));
	draw(&shown);
	assert_non_null(strstr(line(&shown, row_of(&shown, 110)), " /bin/passing by"));
	set(shown.settings, SETTING_COMMAND, "name");
	draw(&shown);
	assert_non_null(strstr(line(&shown, row_of(&shown, 110)), " passing"));
	hide(&shown);
}

/* A row that goes takes those below it up, the ended ones, too. */
static void test_ended_ones_go_one_by_one(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 'N');
	for (int second = 2; second < 7; second++) {
		struct snapshot *snapshot = made_machine(second);

		without(snapshot, 110);
		if (second > 2)
			without(snapshot, 300);
		give(&shown, snapshot);
		assert_string_equal(pids(&shown), second < 5	? "1 2 100 110 111 200 300 301" :
						  second == 5 ? "1 2 100 111 200 300 301" :
								"1 2 100 111 200 301");
	}
	hide(&shown);
}

static void test_ended_ones_at_the_end(void **state)
{
	struct shown shown = show(made_settings());

	(void)state;
	key(&shown, 'N');
	act(&shown, ACTION_LAST);
	for (int second = 2; second < 8; second++) {
		struct snapshot *snapshot = made_machine(second);

		made_truncate(snapshot, snapshot->processes.count - (size_t)second);
		give(&shown, snapshot);
		assert_true(selected_pid(&shown) > 0 || snapshot->processes.count == 0);
	}
	hide(&shown);
}

/* A snapshot without processes, as of a tab that shows none, ends nobody. */
static void test_without_a_list_nobody_has_ended(void **state)
{
	struct shown shown = show(made_settings());
	struct snapshot *snapshot = made_snapshot(2, 1);

	(void)state;
	key(&shown, ' ');
	snapshot->monotonic = 2;
	made_truncate(snapshot, 0);
	snapshot->processes.items = NULL;
	give(&shown, snapshot);
	give(&shown, made_machine(3));
	assert_string_equal(pids(&shown), "110 200 111 100 1 2 301 300");
	assert_int_equal(style_of(&shown, 110), STYLE_TAGGED);
	hide(&shown);
}

/* Mouse */

static void test_the_mouse(void **state)
{
	const struct ui_options options = {.sort = process_field(FIELD_ID_PID)};
	struct shown shown = show_with(made_settings(), options, 8, 100);
	int first = header_row(&shown) + 1;

	(void)state;
	mouse(&shown, MOUSE_PRESS, first + 2, 20);
	assert_int_equal(selected_pid(&shown), 100);
	mouse(&shown, MOUSE_WHEEL_DOWN, first, 20);
	assert_memory_equal(pids(&shown), "110 111 ", 8);
	mouse(&shown, MOUSE_WHEEL_UP, first, 20);
	assert_memory_equal(pids(&shown), "1 2 100 ", 8);
	/* Below the last row there is nothing. */
	canvas_resize(&shown.canvas, ROWS, 100);
	draw(&shown);
	mouse(&shown, MOUSE_PRESS, ROWS - 3, 20);
	assert_int_equal(selected_pid(&shown), 100);
	mouse(&shown, MOUSE_PRESS, row_of(&shown, 301), 20);
	mouse(&shown, MOUSE_DOUBLE, row_of(&shown, 301), 20);
	assert_int_equal(header_row(&shown) >= 0 && row_of(&shown, 200) > 0, 0);
	assert_true(sees(&shown, "vim"));
	act(&shown, ACTION_BACK);
	assert_int_equal(selected_pid(&shown), 301);
	hide(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_those_of_the_settings),
		cmocka_unit_test(test_columns_that_do_not_fit_scroll),
		cmocka_unit_test(test_every_field_with_a_title_can_be_a_column),
		cmocka_unit_test(test_graphs_of_cpu),
		cmocka_unit_test(test_what_the_command_shows),
		cmocka_unit_test(test_own_processes_are_emphasised),
		cmocka_unit_test(test_the_whole_command_is_wrapped),
		cmocka_unit_test(test_a_click_on_a_title_sorts),
		cmocka_unit_test(test_the_sort_menu),
		cmocka_unit_test(test_the_slow_order),
		cmocka_unit_test(test_keys_are_kept_and_the_command_line_is_not),
		cmocka_unit_test(test_nothing_is_saved_when_nothing_was_changed),
		cmocka_unit_test(test_settings_that_change),
		cmocka_unit_test(test_two_tabs),
		cmocka_unit_test(test_the_filter),
		cmocka_unit_test(test_matches_keep_their_ancestors),
		cmocka_unit_test(test_one_user),
		cmocka_unit_test(test_the_filter_of_the_command_line),
		cmocka_unit_test(test_users_come_when_they_are_asked_for),
		cmocka_unit_test(test_a_message_as_wide_as_the_screen),
		cmocka_unit_test(test_idle_ones),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_without_a_search_there_is_no_next),
		cmocka_unit_test(test_digits_go_to_a_pid),
		cmocka_unit_test(test_following),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_actions_are_about_the_tagged),
		cmocka_unit_test(test_nothing_is_done_to_who_took_the_place),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_new_ones_are_marked),
		cmocka_unit_test(test_ended_ones_stay_for_a_while),
		cmocka_unit_test(test_ended_ones_keep_their_texts),
		cmocka_unit_test(test_ended_ones_go_one_by_one),
		cmocka_unit_test(test_ended_ones_at_the_end),
		cmocka_unit_test(test_without_a_list_nobody_has_ended),
		cmocka_unit_test(test_the_mouse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
