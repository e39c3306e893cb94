/* Whole screens, compared as text with tests/fixtures/screens; CMON_UPDATE_SCREENS=1 in the environment writes these
 * files instead. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <cmocka.h>

#include "made.h"
#include "model/lineage.h"
#include "screens.h"
#include "ui/display.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)
#define FACTS_SHOWN                                                                                                   \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_CMDLINE) |                  \
	 FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_LINEAGE))

/* A machine made by hand */

struct made_row {
	int32_t pid, ppid;
	const char *user, *stat, *name;
	struct text cmdline;
	int32_t nice, threads;
	uint64_t vms, rss;
	double cpu, memory, time;
};

static const struct made_row made_rows[] = {
	{1, 0, "root", "Ss", "init", TEXT_LITERAL("/sbin/init\0splash\0"), 0, 1, 168 * MIB, 12 * MIB, 0, 0.1, 4.52},
	{2, 0, "root", "S", "kthreadd", TEXT_LITERAL(""), 0, 1, 0, 0, 0, 0, 0},
	{17, 2, "root", "I<", "kworker/R-netns", TEXT_LITERAL(""), -20, 1, 0, 0, 0, 0, 0},
	{801, 1, "root", "Ss", "nginx", TEXT_LITERAL("nginx: master process /usr/sbin/nginx\0"), 0, 1, 55 * MIB, 2 * MIB, 0,
	 0, 0.02},
	{812, 801, "www-data-long-name", "Sl", "nginx", TEXT_LITERAL("nginx: worker process\0"), 0, 4, 412 * MIB, 103 * MIB,
	 33.1, 0.4, 62.11},
	{813, 801, "www-data", "R", "nginx", TEXT_LITERAL("nginx: worker process\0"), 0, 12345, 5 * GIB, 4 * GIB, 1250.4,
	 17.0, 90061},
	{900, 1, "postgres", "Ds", "postgres", TEXT_LITERAL("/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/pg\0"), 0, 1,
	 (UINT64_C(17) << 40), 600 * MIB, 7.5, 2.5, 400000},
	{950, 900, "postgres", "SNs", "postgres", TEXT_LITERAL("postgres: checkpointer\0"), 5, 1, GIB, 99 * MIB, NAN, 0.4, NAN},
	{1201, 1, "app", "S", "gunicorn", TEXT_LITERAL("/usr/bin/python3\0/usr/bin/gunicorn\0app:main\0--workers\0004\0"), 0, 1,
	 900 * MIB, 120 * MIB, 0.5, 0.5, 33.3},
	{1377, 1201, "app", "Z", "worker", TEXT_LITERAL(""), 0, 1, ABSENT_U64, ABSENT_U64, 0, NAN, 0},
	{1500, 1, NULL, "S", "漢字プロセス", TEXT_LITERAL("漢字プロセス\0--引数\0e\u0301nd\0"), 0, 1, 4 * MIB, MIB, 0.1, 0, 1},
	{4194303, 1500, "dev", "T+", "evil", TEXT_LITERAL("\033]0;x\007\0a\nb\0\xff\xfe\0"), 19, 1, 4 * MIB, MIB, 99.96, 99.96, 1},
};

static enum orphan_class orphan_of(int32_t pid)
{
	switch (pid) {
	case 801: return ORPHAN_DETACHED;
	case 900: return ORPHAN_INJECTED;
	case 950: return ORPHAN_POSSIBLE;
	case 1201: return ORPHAN_PROBABLE;
	case 1500: return ORPHAN_OBSERVED;
	default: return ORPHAN_UNKNOWN;
	}
}

static void add_processes(struct snapshot *snapshot)
{
	for (size_t i = 0; i < sizeof(made_rows) / sizeof(made_rows[0]); i++) {
		const struct made_row *row = &made_rows[i];
		struct process *process = made_process(snapshot, row->pid, row->ppid, row->name);

		process->have = FACTS_SHOWN;
		process->cmdline = row->cmdline;
		process->username = text_of(row->user);
		process->state = row->stat[0];
		snprintf(process->stat, sizeof(process->stat), "%s", row->stat);
		process->is_kernel = row->ppid == 2 || row->pid == 2;
		process->nice = row->nice;
		process->num_threads = row->threads;
		process->vms_bytes = row->vms;
		process->rss_bytes = row->rss;
		process->cpu_percent = row->cpu;
		process->memory_percent = row->memory;
		process->cpu_total_s = row->time;
		process->orphan = orphan_of(row->pid);
		if (process->orphan == ORPHAN_OBSERVED)
			process->more->former_parent = text_of("bash (1400)");
		if (process->state == 'Z') {
			process->more->zombie_exit = text_of("exit 3");
			process->more->zombie_age_s = 125;
			process->more->zombie_culprit_pid = 1201;
			process->more->zombie_culprit_name = text_of("gunicorn");
			process->more->zombie_reason = text_of("never waits");
		}
	}
}

static void add_cpus(struct snapshot *snapshot, size_t count, double percent)
{
	snapshot->cpus.percent = percent;
	snapshot->cpus.percpu = made_list(snapshot, count, sizeof(struct cpu));
	for (size_t i = 0; i < count; i++) {
		struct cpu *cpu = &LIST_ITEMS(snapshot->cpus.percpu, struct cpu)[i];

		cpu->id = arena_format(&snapshot->arena, "%zu", i);
		cpu->percent = i == 2 ? NAN : percent / (double)(i + 1);
	}
}

static struct snapshot *made_machine(size_t cpus, int second)
{
	struct snapshot *snapshot = made_snapshot(second, sizeof(made_rows) / sizeof(made_rows[0]));

	snapshot->monotonic = second;
	snapshot->interval = second ? 1 : NAN;
	snapshot->source = text_of("procfs");
	snapshot->host.hostname = text_of("web-17");
	snapshot->uptime = 3 * 86400 + 2 * 3600 + 11 * 60;
	snapshot->load = (struct load_average){0.42, 0.40, 0.31, 2, 312};
	snapshot->tasks = (struct tasks){.total = 312, .threads = 1204, .running = 2, .zombie = 1, .orphan = 3};
	snapshot->memory = (struct memory){.total = 24 * GIB, .used = 6 * GIB, .available = 18 * GIB, .cached = 5 * GIB,
					   .buffers = GIB, .percent = 25};
	snapshot->swap = (struct swap){.total = 2 * GIB, .used = 64 * MIB};
	snapshot->pressure.cpu_some.avg10 = 0.3;
	snapshot->pressure.memory_some.avg10 = 0;
	snapshot->pressure.io_some.avg10 = 12.5;
	snapshot->disks.io_total.read_bytes_per_s = 0;
	snapshot->disks.io_total.write_bytes_per_s = second % 7 * 180000.0;
	snapshot->net.io_total.bytes_recv_per_s = second % 5 * 300000.0;
	snapshot->net.io_total.bytes_sent_per_s = 33000;
	add_cpus(snapshot, cpus, second % 20 * 5);
	add_processes(snapshot);
	return snapshot;
}

/* A display with its canvas */

struct shown {
	struct display *display;
	struct canvas canvas;
};

static struct shown show(const struct ui_options *options, int rows, int columns, bool utf8, size_t cpus)
{
	struct shown shown = {.display = display_new(options)};

	(void)setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&shown.canvas, utf8, true);
	canvas_resize(&shown.canvas, rows, columns);
	for (int second = 0; second < 60; second++) {
		struct snapshot *snapshot = made_machine(cpus, second);

		display_set_snapshot(shown.display, snapshot);
		snapshot_unref(snapshot);
	}
	display_draw(shown.display, &shown.canvas);
	return shown;
}

static void act(struct shown *shown, enum action action)
{
	assert_true(display_act(shown->display, action));
	display_draw(shown->display, &shown->canvas);
}

static void give(struct shown *shown, struct snapshot *snapshot)
{
	display_set_snapshot(shown->display, snapshot);
	snapshot_unref(snapshot);
	display_draw(shown->display, &shown->canvas);
}

static void hide(struct shown *shown)
{
	display_free(shown->display);
	canvas_free(&shown->canvas);
}

static const struct ui_options plain = {.interval_s = 1}, tree = {.interval_s = 1, .tree = true};

static void check(const char *name, const struct ui_options *options, int rows, int columns, bool utf8, size_t cpus)
{
	struct shown shown = show(options, rows, columns, utf8, cpus);

	assert_sound(&shown.canvas);
	assert_screen(&shown.canvas, name);
	hide(&shown);
}

/* Default settings but for one; the display does not own them. */
static struct settings *settings_with(enum setting_id id, const char *value)
{
	struct settings *settings = settings_new();

	assert_int_equal(setting_set(settings, id, value, &(char *){NULL}), 0);
	return settings;
}

/* The row of the canvas that is drawn as selected; -1: none. */
static int selected_row(const struct shown *shown)
{
	for (int row = 0; row < shown->canvas.rows; row++) {
		if (canvas_cell(&shown->canvas, row, 0)->style == STYLE_SELECTED)
			return row;
	}
	return -1;
}

/* The pid that stands there. */
static int pid_in(const struct shown *shown, int row)
{
	char digits[8] = "";

	if (row < 0)
		return -1;
	for (int i = 0; i < 7; i++)
		digits[i] = canvas_cell(&shown->canvas, row, i)->bytes[0];
	return atoi(digits);
}

static int selected_pid(const struct shown *shown)
{
	return pid_in(shown, selected_row(shown));
}

/* Screens */

static void test_80x24(void **state)
{
	(void)state;
	check("80x24", &plain, 24, 80, true, 2);
}

static void test_200x50(void **state)
{
	(void)state;
	check("200x50", &plain, 50, 200, true, 16);
}

static void test_200x50_with_128_cpus(void **state)
{
	(void)state;
	check("200x50-128-cpus", &plain, 50, 200, true, 128);
}

static void test_40x10(void **state)
{
	(void)state;
	check("40x10", &plain, 10, 40, true, 2);
}

static void test_20x5(void **state)
{
	(void)state;
	check("20x5", &plain, 5, 20, true, 2);
}

static void test_tree(void **state)
{
	(void)state;
	check("tree-100x30", &tree, 30, 100, true, 4);
}

static void test_ascii(void **state)
{
	(void)state;
	check("ascii-80x24", &tree, 24, 80, false, 2);
	check("ascii-200x50", &plain, 50, 200, false, 16);
	check("ascii-40x10", &plain, 10, 40, false, 2);
	check("ascii-20x5", &plain, 5, 20, false, 2);
}

static void test_help(void **state)
{
	struct shown shown = show(&plain, 40, 80, true, 2);
	char *string;

	(void)state;
	act(&shown, ACTION_HELP);
	string = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(string, "Keys: Processes"));
	free(string);
	act(&shown, ACTION_BACK);
	assert_screen(&shown.canvas, "80x40");
	act(&shown, ACTION_HELP);
	act(&shown, ACTION_HELP);
	assert_screen(&shown.canvas, "80x40");
	act(&shown, ACTION_BACK); /* nowhere to go back to */
	assert_screen(&shown.canvas, "80x40");
	hide(&shown);
}

static void test_help_scrolls(void **state)
{
	struct shown shown = show(&plain, 10, 70, true, 2);
	char *string;

	(void)state;
	act(&shown, ACTION_HELP);
	act(&shown, ACTION_LAST);
	string = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(string, "never 0"));
	free(string);
	act(&shown, ACTION_UP);
	act(&shown, ACTION_FIRST);
	string = canvas_to_string(&shown.canvas);
	assert_null(strstr(string, "never 0"));
	assert_non_null(strstr(string, "details of the selected process"));
	free(string);
	hide(&shown);
}

static void test_before_the_first_snapshot(void **state)
{
	struct shown shown = {.display = display_new(&plain)};

	(void)state;
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, 24, 80);
	display_draw(shown.display, &shown.canvas);
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		display_act(shown.display, action);
	display_draw(shown.display, &shown.canvas);
	hide(&shown);
	shown.display = display_new(&plain);
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, 24, 80);
	display_draw(shown.display, &shown.canvas);
	assert_screen(&shown.canvas, "empty-80x24");
	hide(&shown);
}

/* Nothing was read of anything: no zero is shown for it. */
static void test_all_absent(void **state)
{
	struct shown shown = {.display = display_new(&plain)};
	struct snapshot *snapshot = made_snapshot(1, 1);

	(void)state;
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, 24, 80);
	made_record(snapshot);
	give(&shown, snapshot);
	assert_screen(&shown.canvas, "absent-80x24");
	hide(&shown);
}

/* No size, and no order of keys, draws outside or breaks a row. */
static void test_every_size_and_key(void **state)
{
	struct shown shown = show(&tree, 24, 80, true, 40);
	uint32_t seed = 7;

	(void)state;
	for (int rows = 0; rows < 32; rows++) {
		for (int columns = 0; columns < 130; columns += columns < 30 ? 1 : 7) {
			canvas_resize(&shown.canvas, rows, columns);
			for (int i = 0; i < 3; i++) {
				seed = seed * 1664525 + 1013904223;
				display_act(shown.display, (enum action)(1 + (seed >> 16) % (ACTION_COUNT - 1)));
				display_draw(shown.display, &shown.canvas);
				assert_sound(&shown.canvas);
			}
		}
	}
	hide(&shown);
}

/* Behaviour */

static void test_selection_follows_the_process(void **state)
{
	struct settings *settings = settings_with(SETTING_NEW_S, "0");
	struct ui_options by_pid = {.interval_s = 1, .sort = process_field(FIELD_ID_PID), .settings = settings};
	struct shown shown = show(&by_pid, 24, 80, true, 2);
	struct snapshot *later;
	int row;

	(void)state;
	assert_int_equal(selected_pid(&shown), 1);
	for (int i = 0; i < 4; i++)
		act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 812);
	/* A process above it ends: the cursor moves up with its own. */
	row = selected_row(&shown);
	later = made_machine(2, 61);
	made_remove(later, 1);
	give(&shown, later);
	assert_int_equal(selected_pid(&shown), 812);
	assert_int_equal(selected_row(&shown), row - 1);
	act(&shown, ACTION_SORT_CPU);
	assert_int_equal(selected_pid(&shown), 812);
	act(&shown, ACTION_INVERT);
	assert_int_equal(selected_pid(&shown), 812);
	act(&shown, ACTION_TREE);
	assert_int_equal(selected_pid(&shown), 812);
	hide(&shown);
	settings_free(settings);
}

static void test_when_the_selected_process_ends_the_cursor_stays(void **state)
{
	struct settings *settings = settings_with(SETTING_NEW_S, "0");
	struct ui_options by_pid = {.interval_s = 1, .sort = process_field(FIELD_ID_PID), .settings = settings};
	struct shown shown = show(&by_pid, 24, 80, true, 2);
	struct snapshot *later = made_machine(2, 61);
	int row;

	(void)state;
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_DOWN);
	row = selected_row(&shown);
	assert_int_equal(selected_pid(&shown), 17);
	/* Its pid is used again: that is somebody else, but who stands there now. */
	later->processes.items[2]->starttime = 5000;
	made_remove(later, 2);
	give(&shown, later);
	assert_int_equal(selected_row(&shown), row);
	assert_int_equal(selected_pid(&shown), 801);
	/* And it is followed from now on. */
	give(&shown, made_machine(2, 62));
	assert_int_equal(selected_pid(&shown), 801);
	assert_int_equal(selected_row(&shown), row + 1);
	hide(&shown);
	settings_free(settings);
}

static void test_the_top_stays_on_top_until_the_cursor_moves(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	struct snapshot *later = made_machine(2, 61);
	int row = selected_row(&shown);

	(void)state;
	assert_int_equal(selected_pid(&shown), 813);
	later->processes.items[5]->cpu_percent = 0;
	give(&shown, later);
	assert_int_equal(selected_row(&shown), row);
	assert_int_equal(selected_pid(&shown), 4194303);
	/* Home goes back to watching the top. */
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_FIRST);
	assert_int_equal(selected_pid(&shown), 4194303);
	give(&shown, made_machine(2, 62));
	assert_int_equal(selected_row(&shown), row);
	assert_int_equal(selected_pid(&shown), 813);
	hide(&shown);
}

static void test_no_row_stays_empty_while_there_are_processes(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 8, 80, true, 2);

	(void)state;
	act(&shown, ACTION_LAST);
	assert_int_equal(pid_in(&shown, 2), 950);
	canvas_resize(&shown.canvas, 11, 80);
	display_draw(shown.display, &shown.canvas);
	assert_int_equal(selected_pid(&shown), 4194303);
	assert_int_equal(selected_row(&shown), 9);
	hide(&shown);
}

static void test_scrolling_keeps_the_selection_visible(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 8, 80, true, 2); /* 5 rows of processes */

	(void)state;
	act(&shown, ACTION_LAST);
	assert_int_equal(selected_pid(&shown), 4194303);
	act(&shown, ACTION_UP);
	assert_int_equal(selected_pid(&shown), 1500);
	act(&shown, ACTION_PAGE_UP);
	assert_int_equal(selected_pid(&shown), 813);
	act(&shown, ACTION_HALF_UP);
	assert_int_equal(selected_pid(&shown), 801);
	act(&shown, ACTION_FIRST);
	assert_int_equal(selected_pid(&shown), 1);
	act(&shown, ACTION_UP);
	assert_int_equal(selected_pid(&shown), 1);
	act(&shown, ACTION_PAGE_DOWN);
	assert_int_equal(selected_pid(&shown), 813);
	act(&shown, ACTION_HALF_DOWN);
	assert_int_equal(selected_pid(&shown), 950);
	hide(&shown);
}

static void test_sort_keys(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	int first = selected_row(&shown);
	static const struct {
		enum action action;
		int first, second;
	} cases[] = {
		{ACTION_SORT_CPU, 813, 4194303}, {ACTION_SORT_MEMORY, 4194303, 813}, {ACTION_SORT_TIME, 900, 813},
		{ACTION_SORT_PID, 1, 2}, {ACTION_INVERT, 4194303, 1500}, {ACTION_SORT_NEXT, 1201, 1377},
		{ACTION_SORT_PREVIOUS, 1, 2}, {ACTION_SORT_PREVIOUS, 4194303, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		act(&shown, cases[i].action);
		assert_int_equal(pid_in(&shown, first), cases[i].first);
		if (i < sizeof(cases) / sizeof(cases[0]) - 1)
			assert_int_equal(pid_in(&shown, first + 1), cases[i].second);
	}
	hide(&shown);
}

static void test_folding_and_kernel_threads(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .tree = true, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 120, true, 2);
	int first = selected_row(&shown);

	(void)state;
	act(&shown, ACTION_FOLD);
	assert_int_equal(selected_pid(&shown), 1);
	assert_int_equal(pid_in(&shown, first + 1), 2);
	act(&shown, ACTION_UNFOLD);
	assert_int_equal(pid_in(&shown, first + 1), 801);
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 812);
	/* Folded away, the nearest ancestor that is seen is selected. */
	act(&shown, ACTION_FOLD_ALL);
	assert_int_equal(selected_pid(&shown), 1);
	assert_screen(&shown.canvas, "folded-120x24");
	act(&shown, ACTION_FOLD_ALL);
	assert_int_equal(pid_in(&shown, first + 1), 801);
	act(&shown, ACTION_TREE);
	assert_int_equal(pid_in(&shown, first + 1), 2);
	act(&shown, ACTION_KERNEL);
	assert_int_equal(pid_in(&shown, first + 1), 801);
	act(&shown, ACTION_KERNEL);
	assert_int_equal(pid_in(&shown, first + 1), 2);
	hide(&shown);
}

static void test_a_pause_freezes_everything(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	struct snapshot *later = made_machine(2, 61);
	char *before, *after;

	(void)state;
	act(&shown, ACTION_PAUSE);
	before = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(before, "PAUSED"));
	made_truncate(later, 3);
	later->load.min1 = 77;
	give(&shown, later);
	after = canvas_to_string(&shown.canvas);
	assert_string_equal(before, after);
	free(before);
	free(after);
	act(&shown, ACTION_PAUSE);
	later = made_machine(2, 62);
	later->load.min1 = 77;
	give(&shown, later);
	after = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(after, "77.00"));
	assert_null(strstr(after, "PAUSED"));
	free(after);
	hide(&shown);
}

static void test_the_command_scrolls(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	char *string;

	(void)state;
	for (int i = 0; i < 3; i++)
		act(&shown, ACTION_RIGHT);
	string = canvas_to_string(&shown.canvas);
	assert_null(strstr(string, "/usr/lib"));
	assert_non_null(strstr(string, "postgres"));
	free(string);
	for (int i = 0; i < 1000; i++)
		display_act(shown.display, ACTION_RIGHT);
	for (int i = 0; i < 1000; i++)
		display_act(shown.display, ACTION_LEFT);
	display_draw(shown.display, &shown.canvas);
	assert_screen(&shown.canvas, "80x24");
	hide(&shown);
}

/* What is asked for is what is shown. */
static void test_request(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	struct request request = display_request(shown.display);

	(void)state;
	assert_true(request.sections & SECTION_BIT(SECTION_DISK));
	assert_true(request.sections & SECTION_BIT(SECTION_PROCESSES));
	assert_false(request.sections & SECTION_BIT(SECTION_CONNECTIONS));
	assert_int_equal(request.facts & FACTS_SHOWN, FACTS_SHOWN);
	assert_int_equal(request.facts & ~FACTS_SHOWN, 0);
	assert_null(request.pids);
	canvas_resize(&shown.canvas, 5, 20);
	display_draw(shown.display, &shown.canvas);
	request = display_request(shown.display);
	assert_false(request.sections & SECTION_BIT(SECTION_DISK));
	assert_false(request.facts & FACT_BIT(FACT_USERNAME));
	hide(&shown);
}

/* A colour means one thing: what a process is doing is told by its STAT. */
static void test_states_have_styles(void **state)
{
	static const struct {
		int32_t pid;
		enum style style;
	} cases[] = {{813, STYLE_RUNNING}, {900, STYLE_WAITING}, {1377, STYLE_ZOMBIE}, {4194303, STYLE_STOPPED}, {801, STYLE_TEXT}};
	struct shown shown = show(&plain, 24, 80, true, 2);

	(void)state;
	act(&shown, ACTION_LAST); /* the selected row has a style of its own */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int row = 5;

		while (row < 24 && pid_in(&shown, row) != cases[i].pid)
			row++;
		assert_int_equal(canvas_cell(&shown.canvas, row, 18)->style, cases[i].style);
	}
	hide(&shown);
}

/* The style of the first cell of a text in the row of a process; -1 when it is not there. */
static int style_in_row(const struct shown *shown, int row, const char *text)
{
	char *string = canvas_to_string(&shown->canvas), *line = string, *end, *found;
	wchar_t wide[256];
	int style = -1;

	for (int i = 0; i < row; i++)
		line = strchr(line, '\n') + 1;
	end = strchr(line, '\n');
	*end = '\0';
	found = strstr(line, text);
	if (found) {
		*found = '\0';
		assert_true(mbstowcs(wide, line, 256) < 256);
		style = canvas_cell(&shown->canvas, row, wcswidth(wide, 256))->style;
	}
	free(string);
	return style;
}

static int row_of_pid(const struct shown *shown, int pid)
{
	for (int row = 5; row < shown->canvas.rows; row++) {
		if (pid_in(shown, row) == pid)
			return row;
	}
	return -1;
}

/* A zombie that was seen just after its death is no reason for alarm; the header has the colour of the oldest. */
static void test_young_zombies_are_dim(void **state)
{
	struct shown shown = show(&plain, 24, 120, true, 2);
	struct snapshot *later = made_machine(2, 61);

	(void)state;
	act(&shown, ACTION_DOWN);
	assert_int_equal(style_in_row(&shown, 0, "1 zombie"), STYLE_ALARM);
	assert_int_equal(style_in_row(&shown, row_of_pid(&shown, 1377), "Z"), STYLE_ZOMBIE);
	assert_int_equal(style_in_row(&shown, row_of_pid(&shown, 1377), "<defunct>"), STYLE_ZOMBIE);
	later->processes.items[9]->more->zombie_age_s = 4.9;
	give(&shown, later);
	assert_int_equal(style_in_row(&shown, 0, "1 zombie"), STYLE_DIM);
	assert_int_equal(style_in_row(&shown, row_of_pid(&shown, 1377), "Z"), STYLE_DIM);
	assert_int_equal(style_in_row(&shown, row_of_pid(&shown, 1377), "<defunct>"), STYLE_DIM);
	later = made_machine(2, 62);
	later->processes.items[9]->more->zombie_age_s = 5;
	give(&shown, later);
	assert_int_equal(style_in_row(&shown, 0, "1 zombie"), STYLE_ALARM);
	hide(&shown);
}

/* Beside the STAT where there is room, else with the command; certain ones have a colour. */
static void test_orphans_have_badges(void **state)
{
	static const struct {
		int32_t pid;
		const char *badge;
		enum style style;
	} cases[] = {
		{801, "detached", STYLE_DIM}, {900, "injected", STYLE_DIM}, {950, "ORPHAN?", STYLE_DIM},
		{1201, "orphan?", STYLE_DIM}, {1500, "ORPHAN ", STYLE_ORPHAN}, {1500, "lost bash (1400)", STYLE_ORPHAN},
	};

	(void)state;
	for (int columns = 110; columns <= 200; columns += 45) {
		struct shown shown = show(&plain, 24, columns, true, 2);

		act(&shown, ACTION_DOWN);
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			int row = row_of_pid(&shown, cases[i].pid);

			if (columns >= 155 || cases[i].badge[0] != 'l')
				assert_int_equal(style_in_row(&shown, row, cases[i].badge), cases[i].style);
		}
		hide(&shown);
	}
	for (int columns = 60; columns < 110; columns += 25) {
		struct shown shown = show(&plain, 24, columns, true, 2);
		char *string = canvas_to_string(&shown.canvas);

		assert_non_null(strstr(string, " ORPHAN \xe6\xbc\xa2"));
		assert_non_null(strstr(string, " orphan? /usr"));
		assert_null(strstr(string, "injected /usr"));
		assert_null(strstr(string, "detached nginx"));
		free(string);
		hide(&shown);
	}
}

/* Zombies */

static struct process *made_zombie(struct snapshot *snapshot, int32_t pid, int32_t culprit, double age_s,
				   const char *reason, const char *help)
{
	struct process *process = made_process(snapshot, pid, culprit, "worker");

	process->have = FACTS_SHOWN;
	process->state = 'Z';
	strcpy(process->stat, "Z");
	process->more->zombie_exit = text_of("killed by SIGKILL");
	process->more->zombie_age_s = age_s;
	process->more->zombie_culprit_pid = culprit;
	process->more->zombie_culprit_name = text_of(culprit > 0 ? "x" : NULL);
	process->more->zombie_reason = text_of(reason);
	process->more->zombie_help = text_of(help);
	return process;
}

/* One with three zombies, below a folded parent; one that is stopped; one outside; one that is not known. */
static struct snapshot *made_culprits(int second)
{
	static const char *const names[] = {"init", "super", "gunicorn", "bash"};
	struct snapshot *snapshot = made_snapshot(second, 16);

	for (int32_t i = 0; i < 4; i++) {
		struct process *process = made_process(snapshot, (i + 1) * 10, i == 3 ? 10 : i * 10, names[i]);

		process->have = FACTS_SHOWN | FACT_BIT(FACT_WCHAN);
		process->state = i == 3 ? 'T' : 'S';
		snprintf(process->stat, sizeof(process->stat), i == 3 ? "T" : "Sl");
		process->more->wchan = text_of("do_epoll_wait");
	}
	made_zombie(snapshot, 50, 30, 7200, "handler ran but did not wait", "SIGCHLD to it");
	made_zombie(snapshot, 51, 40, 4, "stopped", "continue it: SIGCONT");
	made_zombie(snapshot, 52, 30, 90000, "parent gets no SIGCHLD", "ends with its parent");
	made_zombie(snapshot, 53, 0, 60, NULL, NULL);
	made_zombie(snapshot, 54, 30, 1, "handler ran but did not wait", "SIGCHLD to it");
	made_zombie(snapshot, 55, ABSENT_I32, NAN, NULL, NULL);
	snapshot->tasks.zombie = 6;
	return snapshot;
}

static struct shown show_culprits(int rows, int columns, bool utf8)
{
	struct shown shown = show(&tree, rows, columns, utf8, 2);

	give(&shown, made_culprits(61));
	act(&shown, ACTION_ZOMBIES);
	return shown;
}

static void test_zombies_by_culprit(void **state)
{
	static const struct {
		const char *name;
		int rows, columns;
		bool utf8;
	} cases[] = {
		{"zombies-80x24", 24, 80, true}, {"zombies-140x30", 30, 140, true}, {"zombies-20x5", 5, 20, true},
		{"zombies-ascii-50x20", 20, 50, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shown shown = show_culprits(cases[i].rows, cases[i].columns, cases[i].utf8);

		assert_sound(&shown.canvas);
		assert_screen(&shown.canvas, cases[i].name);
		hide(&shown);
	}
}

static void test_without_zombies_the_panel_says_so(void **state)
{
	struct shown shown = show(&plain, 24, 80, true, 2);
	struct snapshot *later = made_machine(2, 61);
	char *string;

	(void)state;
	later->processes.items[9]->state = 'S';
	give(&shown, later);
	act(&shown, ACTION_ZOMBIES);
	string = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(string, "no zombies"));
	assert_null(strstr(string, "gunicorn"));
	free(string);
	assert_false(display_act(shown.display, ACTION_OPEN));
	/* Wait channels are read only while there is a culprit and he is shown. */
	assert_false(display_request(shown.display).facts & FACT_BIT(FACT_WCHAN));
	give(&shown, made_machine(2, 62));
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_WCHAN));
	act(&shown, ACTION_HELP);
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_WCHAN));
	act(&shown, ACTION_BACK);
	act(&shown, ACTION_BACK);
	assert_false(display_request(shown.display).facts & FACT_BIT(FACT_WCHAN));
	hide(&shown);
}

/* The pid in the row that is selected in the panel. */
static int selected_culprit(const struct shown *shown)
{
	char digits[8] = "";
	int row = selected_row(shown);

	if (row < 0)
		return -1;
	for (int i = 0; i < 7; i++)
		digits[i] = canvas_cell(&shown->canvas, row, 13 + i)->bytes[0];
	return atoi(digits);
}

static void test_from_a_zombie_to_its_culprit(void **state)
{
	struct shown shown = show_culprits(24, 80, true);
	struct snapshot *later = made_culprits(62);

	(void)state;
	act(&shown, ACTION_BACK);
	act(&shown, ACTION_FOLD_ALL);
	act(&shown, ACTION_ZOMBIES);
	assert_int_equal(selected_culprit(&shown), 30); /* has the oldest */
	/* Who may be about to reap is nothing to look at. */
	assert_int_equal(style_in_row(&shown, selected_row(&shown) + 1, "outside"), STYLE_TEXT);
	assert_int_equal(style_in_row(&shown, selected_row(&shown) + 2, "bash"), STYLE_DIM);
	act(&shown, ACTION_LAST);
	assert_false(display_act(shown.display, ACTION_OPEN)); /* not known who it is */
	act(&shown, ACTION_FIRST);
	act(&shown, ACTION_DOWN);
	assert_false(display_act(shown.display, ACTION_OPEN)); /* outside */
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_culprit(&shown), 40);
	/* The cursor follows. */
	later->processes.items[5]->more->zombie_age_s = 1e6;
	give(&shown, later);
	assert_int_equal(selected_culprit(&shown), 40);
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_culprit(&shown), 30);
	act(&shown, ACTION_OPEN);
	assert_int_equal(selected_pid(&shown), 30);
	/* The same again from the table, where Enter opens the details. */
	act(&shown, ACTION_OPEN);
	act(&shown, ACTION_BACK);
	assert_int_equal(selected_pid(&shown), 30);
	act(&shown, ACTION_ZOMBIES);
	act(&shown, ACTION_UP);
	act(&shown, ACTION_OPEN);
	assert_int_equal(selected_pid(&shown), 40);
	/* Also where it is outside the one tree that is shown. */
	act(&shown, ACTION_ROOT);
	act(&shown, ACTION_ZOMBIES);
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_culprit(&shown), 30);
	act(&shown, ACTION_OPEN);
	assert_int_equal(selected_pid(&shown), 30);
	hide(&shown);
}

/* Trees */

static void give_threads(struct snapshot *snapshot, int32_t pid)
{
	struct process *process = (struct process *)(uintptr_t)snapshot_find_pid(snapshot, pid);

	process->have |= FACT_BIT(FACT_THREADS);
	process->more->threads = made_list(snapshot, 3, sizeof(struct thread_times));
	for (int32_t i = 0; i < 3; i++)
		LIST_ITEMS(process->more->threads, struct thread_times)[i] = (struct thread_times){
			.id = pid + i, .state = i == 2 ? 'D' : 'S', .stat = "Sl", .user_time = i, .system_time = 0.25,
			.cpu_percent = i == 1 ? NAN : 3.5 * i,
			.name = i == 2 ? TEXT_LITERAL("log\033ger") : TEXT_LITERAL("pool")};
}

static struct snapshot *made_tree(int second)
{
	struct snapshot *snapshot = made_machine(2, second);

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct process *process = snapshot->processes.items[i];

		process->have |= FACT_BIT(FACT_IO) | FACT_BIT(FACT_FAMILY);
		process->more->num_descendants = 0;
		process->read_bytes_per_s = 0;
		process->write_bytes_per_s = process->pid;
	}
	for (size_t i = 0; i < snapshot->processes.count; i++) {
		const struct process *above = snapshot->processes.items[i];

		while ((above = snapshot_find_pid(snapshot, above->ppid)))
			((struct process *)(uintptr_t)above)->more->num_descendants++;
	}
	give_threads(snapshot, 900);
	return snapshot;
}

static void test_totals_of_subtrees(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .tree = true, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 140, true, 2);

	(void)state;
	assert_false(display_request(shown.display).facts & FACT_BIT(FACT_FAMILY));
	give(&shown, made_tree(61));
	act(&shown, ACTION_TOTALS);
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_FAMILY));
	assert_screen(&shown.canvas, "totals-140x24");
	act(&shown, ACTION_SORT_MEMORY);
	assert_int_equal(pid_in(&shown, 6), 1);
	/* PID USER STAT ORPHAN NI THR, and how many are below: 9 and 1, and of the nine 2, 1, 1 and 1. */
	act(&shown, ACTION_SORT_PID);
	for (int i = 0; i < 6; i++)
		act(&shown, ACTION_SORT_NEXT);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pid_in(&shown, 6 + i), ((int[]){1, 801, 812, 813})[i]);
	act(&shown, ACTION_INVERT);
	assert_int_equal(pid_in(&shown, 6), 2);
	act(&shown, ACTION_TOTALS);
	act(&shown, ACTION_SORT_PID);
	assert_false(display_request(shown.display).facts & FACT_BIT(FACT_FAMILY));
	hide(&shown);
}

static void test_only_one_tree(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 100, true, 2);
	struct snapshot *later = made_tree(62);
	int first = selected_row(&shown);

	(void)state;
	give(&shown, made_tree(61));
	for (int i = 0; i < 3; i++)
		act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 801);
	act(&shown, ACTION_ROOT);
	assert_screen(&shown.canvas, "root-100x24");
	/* It stays when its parent ends, and so does the selection below it. */
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 812);
	later->processes.items[3]->ppid = 2;
	give(&shown, later);
	assert_int_equal(pid_in(&shown, first), 801);
	assert_int_equal(selected_pid(&shown), 812);
	act(&shown, ACTION_ROOT);
	assert_int_equal(pid_in(&shown, first), 1);
	assert_int_equal(selected_pid(&shown), 812);
	/* With the process the restriction goes. */
	act(&shown, ACTION_ROOT);
	assert_int_equal(pid_in(&shown, first), 812);
	later = made_tree(63);
	made_remove(later, 4);
	give(&shown, later);
	assert_int_equal(pid_in(&shown, first), 1);
	give(&shown, made_tree(64));
	assert_int_equal(pid_in(&shown, first), 1);
	hide(&shown);
}

/* A selected process that gets another parent is selected there, whatever was folded. */
static void test_the_selection_survives_reparenting(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .tree = true, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 100, true, 2);
	struct snapshot *later = made_tree(62);

	(void)state;
	give(&shown, made_tree(61));
	act(&shown, ACTION_LAST);
	act(&shown, ACTION_UP);
	act(&shown, ACTION_UP);
	assert_int_equal(selected_pid(&shown), 4194303);
	later->processes.items[11]->ppid = 1;
	made_remove(later, 10);
	give(&shown, later);
	assert_int_equal(selected_pid(&shown), 4194303);
	hide(&shown);
}

static void test_threads_are_shown(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .tree = true, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 120, true, 2);
	struct snapshot *later = made_tree(62);

	(void)state;
	assert_false(display_request(shown.display).facts & FACT_BIT(FACT_THREADS));
	give(&shown, made_tree(61));
	act(&shown, ACTION_THREADS);
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_THREADS));
	for (int i = 0; i < 6; i++)
		act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 902);
	assert_screen(&shown.canvas, "threads-120x24");
	/* The selection stays with the thread, and goes to its process with it. */
	later->processes.items[6]->more->threads.count = 2;
	give(&shown, made_tree(62));
	assert_int_equal(selected_pid(&shown), 902);
	give(&shown, later);
	assert_int_equal(selected_pid(&shown), 900);
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 901);
	act(&shown, ACTION_FOLD);
	assert_int_equal(selected_pid(&shown), 900);
	act(&shown, ACTION_UNFOLD);
	act(&shown, ACTION_DOWN);
	assert_int_equal(selected_pid(&shown), 901);
	act(&shown, ACTION_THREADS);
	assert_int_equal(selected_pid(&shown), 900);
	hide(&shown);
}

/* However deep, a row shows its command, and how many levels are left out. */
static void test_a_deep_tree_is_drawn(void **state)
{
	struct ui_options by_pid = {.interval_s = 1, .tree = true, .sort = process_field(FIELD_ID_PID)};
	struct shown shown = show(&by_pid, 24, 100, true, 2);
	struct snapshot *deep = made_snapshot(61, 3000);
	char *string;

	(void)state;
	for (int32_t pid = 1; pid <= 3000; pid++)
		made_process(deep, pid, pid - 1, "deep");
	give(&shown, deep);
	act(&shown, ACTION_LAST);
	assert_int_equal(selected_pid(&shown), 3000);
	string = canvas_to_string(&shown.canvas);
	assert_non_null(strstr(string, " 2994+             └─ deep\n"));
	free(string);
	hide(&shown);
}

static void test_a_sort_field_becomes_a_column(void **state)
{
	struct ui_options by_fds = {.interval_s = 1, .sort = process_field(FIELD_ID_NUM_FDS)};
	struct shown shown = show(&by_fds, 24, 100, true, 2);
	char *string = canvas_to_string(&shown.canvas);

	(void)state;
	assert_non_null(strstr(string, "FDS"));
	assert_true(display_request(shown.display).facts & FACT_BIT(FACT_NUM_FDS));
	free(string);
	hide(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_80x24),
		cmocka_unit_test(test_200x50),
		cmocka_unit_test(test_200x50_with_128_cpus),
		cmocka_unit_test(test_40x10),
		cmocka_unit_test(test_20x5),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_scrolls),
		cmocka_unit_test(test_before_the_first_snapshot),
		cmocka_unit_test(test_all_absent),
		cmocka_unit_test(test_every_size_and_key),
		cmocka_unit_test(test_selection_follows_the_process),
		cmocka_unit_test(test_when_the_selected_process_ends_the_cursor_stays),
		cmocka_unit_test(test_the_top_stays_on_top_until_the_cursor_moves),
		cmocka_unit_test(test_no_row_stays_empty_while_there_are_processes),
		cmocka_unit_test(test_scrolling_keeps_the_selection_visible),
		cmocka_unit_test(test_sort_keys),
		cmocka_unit_test(test_folding_and_kernel_threads),
		cmocka_unit_test(test_a_pause_freezes_everything),
		cmocka_unit_test(test_the_command_scrolls),
		cmocka_unit_test(test_states_have_styles),
		cmocka_unit_test(test_young_zombies_are_dim),
		cmocka_unit_test(test_orphans_have_badges),
		cmocka_unit_test(test_zombies_by_culprit),
		cmocka_unit_test(test_without_zombies_the_panel_says_so),
		cmocka_unit_test(test_from_a_zombie_to_its_culprit),
		cmocka_unit_test(test_totals_of_subtrees),
		cmocka_unit_test(test_only_one_tree),
		cmocka_unit_test(test_the_selection_survives_reparenting),
		cmocka_unit_test(test_threads_are_shown),
		cmocka_unit_test(test_a_deep_tree_is_drawn),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_a_sort_field_becomes_a_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
