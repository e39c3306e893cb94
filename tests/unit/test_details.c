/* The details of a process: its panes as text, compared with tests/fixtures/screens (CMON_UPDATE_SCREENS=1 writes
 * these files), and what becomes of them when it ends. */
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fatal.h"
#include "made.h"
#include "model/lineage.h"
#include "model/state.h"
#include "screens.h"
#include "ui/canvas.h"
#include "ui/details.h"
#include "ui/display.h"
#include "ui/screen.h"

#define MIB (UINT64_C(1) << 20)
#define PID 812
#define ALL_FACTS ((FACT_BIT(FACT_COUNT) - 1))

/* A process with everything */

#define HOSTILE "EVIL=\033]0;owned\007\xff\n\tend"

static void add_threads(struct snapshot *snapshot, struct process *process)
{
	process->more->threads = made_list(snapshot, 4, sizeof(struct thread_times));
	for (int i = 0; i < 4; i++) {
		struct thread_times *thread = &LIST_ITEMS(process->more->threads, struct thread_times)[i];

		*thread = (struct thread_times){.id = PID + i, .state = i == 2 ? 'R' : 'S', .nice = -5, .processor = i,
						.policy = 0, .user_time = i * 100.25,
						.system_time = 1, .cpu_percent = i ? i * 11.1 : NAN,
						.name = i == 3 ? TEXT_LITERAL("p\033[2Jool") : TEXT_LITERAL("nginx")};
		snprintf(thread->stat, sizeof(thread->stat), "%c<l", thread->state);
	}
	LIST_ITEMS(process->more->threads, struct thread_times)[3].processor = ABSENT_I32;
}

static void add_limits(struct snapshot *snapshot, struct process *process)
{
	struct resource_limit *limits;

	process->more->limits = made_list(snapshot, 3, sizeof(struct resource_limit));
	limits = process->more->limits.items;
	limits[0] = (struct resource_limit){text_of("RLIMIT_NOFILE"), 1024, 1048576};
	limits[1] = (struct resource_limit){text_of("RLIMIT_STACK"), 8 * (int64_t)MIB, -1};
	limits[2] = (struct resource_limit){text_of("RLIMIT_CORE"), 0, ABSENT_I64};
}

static void add_files(struct snapshot *snapshot, struct process *process)
{
	struct memory_map *map;
	struct open_file *files;

	process->more->num_fds = 17;
	process->more->open_files = made_list(snapshot, 2, sizeof(struct open_file));
	files = process->more->open_files.items;
	files[0] = (struct open_file){text_of("/var/log/nginx/access.log"), text_of("a"), 4, 123456, 0};
	files[1] = (struct open_file){TEXT_LITERAL("/tmp/a\nb \033[31m"), text_of("r+"), 12, ABSENT_U64, 0};
	process->more->memory_maps = made_list(snapshot, 1, sizeof(struct memory_map));
	map = process->more->memory_maps.items;
	record_clear(record_memory_map, map);
	map->address = text_of("55d0c0000000-55d0c0021000");
	map->permissions = text_of("r-xp");
	map->path = text_of("/usr/sbin/nginx");
	map->size_bytes = 132 * 1024;
	map->rss_bytes = 96 * 1024;
	map->pss_bytes = 12 * 1024;
}

static void add_locks(struct snapshot *snapshot, struct process *process)
{
	struct file_lock *locks;

	process->more->file_locks = made_list(snapshot, 3, sizeof(struct file_lock));
	locks = process->more->file_locks.items;
	for (int i = 0; i < 3; i++) {
		record_clear(record_file_lock, &locks[i]);
		locks[i].kind = text_of("ADVISORY");
		locks[i].device = text_of("254:0");
		locks[i].inode = 567 + (uint64_t)i;
		locks[i].start = (uint64_t)i * 100;
		locks[i].waits = i == 2;
	}
	locks[0].fd = 4;
	locks[0].type = text_of("FLOCK");
	locks[0].mode = text_of("WRITE");
	locks[0].path = TEXT_LITERAL("/run/a\033[31m.lock");
	locks[1].fd = 12;
	locks[1].type = text_of("OFDLCK");
	locks[1].mode = text_of("READ");
	locks[1].end = INT64_MAX;
	locks[1].path = text_of("/var/lib/data (deleted)");
	locks[2].type = text_of("POSIX");
	locks[2].mode = text_of("WRITE");
}

static struct list numbers(struct snapshot *snapshot, size_t count, const int32_t *values)
{
	struct list list = made_list(snapshot, count, sizeof(int32_t));

	if (count)
		memcpy(list.items, values, count * sizeof(int32_t));
	return list;
}

static void add_identity(struct snapshot *snapshot, struct process *process)
{
	process->username = text_of("www-data");
	process->terminal = text_of("/dev/pts/3");
	process->more->exe = text_of("/usr/sbin/nginx");
	process->more->cwd = text_of("/srv/漢字");
	process->more->root = text_of("/");
	process->more->cgroup = text_of("/system.slice/nginx.service");
	process->more->unit = text_of("nginx.service");
	process->more->wchan = text_of("do_epoll_wait");
	process->uid_real = 33;
	process->more->uid_effective = process->more->uid_saved = 0;
	process->more->gid_real = process->more->gid_effective = process->more->gid_saved = 33;
	process->more->groups = numbers(snapshot, 3, (int32_t[]){4, 33, 1000});
	process->more->cpu_affinity = numbers(snapshot, 5, (int32_t[]){0, 1, 2, 3, 8});
	process->more->ns_pid = process->more->ns_user = process->more->ns_mnt = process->more->ns_net = 4026531836;
	process->more->ns_ipc = process->more->ns_uts = process->more->ns_cgroup = 4026531839;
	process->more->umask = 022;
	process->more->cap_effective = 0x2400;
	process->more->seccomp = 2;
	process->more->signals_pending = 0;
	process->more->signals_blocked = UINT64_C(1) << (SIGCHLD - 1);
	process->more->signals_ignored = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << 39;
	process->more->signals_caught = UINT64_C(1) << (SIGHUP - 1);
}

static void add_figures(struct process *process)
{
	process->rss_bytes = 103 * MIB;
	process->vms_bytes = 412 * MIB;
	process->more->rss_anon_bytes = 80 * MIB;
	process->more->rss_file_bytes = 23 * MIB;
	process->more->rss_shmem_bytes = 0;
	process->text_bytes = MIB;
	process->data_bytes = 200 * MIB;
	process->more->peak_rss_bytes = 150 * MIB;
	process->more->peak_vms_bytes = 500 * MIB;
	process->more->swap_bytes = process->locked_bytes = process->more->hugetlb_bytes = 0;
	process->more->uss_bytes = 70 * MIB;
	process->more->pss_bytes = 85 * MIB;
	process->minflt = 12345;
	process->majflt = 6;
	process->more->voluntary_switches = 1000;
	process->more->involuntary_switches = 20;
	process->io_read_bytes = 4096;
	process->io_write_bytes = 10 * MIB;
	process->io_read_count = 12;
	process->io_write_count = 34;
	process->io_read_chars = 5000;
	process->io_write_chars = 11 * MIB;
	process->read_bytes_per_s = 0;
	process->write_bytes_per_s = 2048;
	process->memory_percent = 0.4;
	process->more->oom_score = 667;
	process->more->oom_score_adj = -10;
	process->more->ionice_class = 2;
	process->more->ionice_value = 4;
	process->priority = 15;
	process->rt_priority = 0;
	process->processor = 1;
	process->policy = 0;
	process->utime = (uint64_t)(61 * sysconf(_SC_CLK_TCK));
	process->stime = (uint64_t)(111 * sysconf(_SC_CLK_TCK) / 100);
	process->cpu_total_s = 62.11;
	process->cutime = process->cstime = process->blkio_delay = 0;
	process->create_time = 1700000000;
}

static struct process *add_nginx(struct snapshot *snapshot, int second)
{
	struct process *process = made_process(snapshot, PID, 801, "nginx");

	process->have = ALL_FACTS & ~FACT_BIT(FACT_AUTOGROUP);
	process->denied = FACT_BIT(FACT_AUTOGROUP);
	process->num_threads = 4;
	process->nice = -5;
	process->sid = process->pgid = 801;
	process->tpgid = 801;
	process->cmdline = TEXT_LITERAL("nginx: worker process\0-c\0\0/etc/nginx/\033[31m conf with blanks\0last without end");
	process->more->environ = TEXT_LITERAL("HOME=/var/www\0LANG=C.UTF-8\0" HOSTILE "\0NOSIGN\0\0LAST=1\0");
	process->cpu_percent = second % 10 * 10 + 3.1;
	add_identity(snapshot, process);
	add_figures(process);
	add_threads(snapshot, process);
	add_limits(snapshot, process);
	add_files(snapshot, process);
	add_locks(snapshot, process);
	process_state_derive(process);
	return process;
}

static struct process *add_other(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name)
{
	struct process *process = made_process(snapshot, pid, ppid, name);

	process->have |= FACT_BIT(FACT_STATM);
	process_state_derive(process);
	return process;
}

/* Returns the snapshot, and in *ret_process the process with PID. */
static struct snapshot *made_machine(int second, struct process **ret_process)
{
	struct snapshot *snapshot = made_snapshot(second, 8);

	snapshot->monotonic = second;
	snapshot->interval = second ? 1 : NAN;
	snapshot->timestamp = 1700007200 + second;
	add_other(snapshot, 1, 0, "init");
	add_other(snapshot, 801, 1, "nginx");
	*ret_process = add_nginx(snapshot, second);
	add_other(snapshot, 813, 812, "helper");
	add_other(snapshot, 814, 812, "helper");
	return snapshot;
}

static struct snapshot *without(int second)
{
	struct process *process;
	struct snapshot *snapshot = made_machine(second, &process);

	made_remove(snapshot, process_index(&snapshot->processes, process->pid));
	return snapshot;
}

/* A display that shows it */

struct shown {
	struct display *display;
	struct canvas canvas;
};

static const struct ui_options plain = {.interval_s = 1};

static void give(struct shown *shown, struct snapshot *snapshot)
{
	display_set_snapshot(shown->display, snapshot);
	snapshot_unref(snapshot);
	display_draw(shown->display, &shown->canvas);
}

static void act(struct shown *shown, enum action action)
{
	assert_true(display_act(shown->display, action));
	display_draw(shown->display, &shown->canvas);
}

static void press(struct shown *shown, uint32_t key)
{
	enum action action = display_input(shown->display, &(struct input){.key = key});

	if (action != ACTION_NONE)
		display_act(shown->display, action);
	display_draw(shown->display, &shown->canvas);
}

static void type(struct shown *shown, const char *text)
{
	for (; *text; text++)
		press(shown, (uint32_t)*text);
}

static struct shown show(int rows, int columns, bool utf8)
{
	struct shown shown = {.display = display_new(&plain)};
	struct process *process;

	(void)setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	canvas_init(&shown.canvas, utf8, utf8);
	canvas_resize(&shown.canvas, rows, columns);
	give(&shown, made_machine(1, &process));
	/* By pid it is the third from the top, or from the bottom. */
	act(&shown, ACTION_SORT_PID);
	act(&shown, ACTION_FIRST);
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_DOWN);
	return shown;
}

static struct shown open_at(int rows, int columns, bool utf8)
{
	struct shown shown = show(rows, columns, utf8);
	struct process *process;

	act(&shown, ACTION_OPEN);
	for (int second = 2; second < 40; second++)
		give(&shown, made_machine(second, &process));
	return shown;
}

static void hide(struct shown *shown)
{
	display_free(shown->display);
	canvas_free(&shown->canvas);
}

/* Comparison */

static bool has(const struct shown *shown, const char *text)
{
	char *string = canvas_to_string(&shown->canvas);
	bool found = strstr(string, text) != NULL;

	free(string);
	return found;
}

static void assert_details(const struct canvas *canvas, const char *name)
{
	char screen[128];

	assert_sound(canvas);
	snprintf(screen, sizeof(screen), "details-%s", name);
	assert_screen(canvas, screen);
}

/* Screens */

static const char *const pane_names[PANE_COUNT] = {"overview", "environment", "threads", "command",
						   "limits", "files", "maps", "locks", "trace"};

/* Drawn alone: what is above and below them belongs to others. */
static void check_panes(int rows, int columns, bool utf8, const char *size)
{
	struct shell shell = {.graph_step_s = 1};
	void *details = screen_details.open(&shell, 0);
	struct snapshot *snapshots[40];
	struct process *process;
	struct canvas canvas;

	(void)setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	canvas_init(&canvas, utf8, utf8);
	canvas_resize(&canvas, rows, columns);
	screen_details.select(details, (struct identity){PID, PID});
	for (int second = 0; second < 40; second++) {
		shell.snapshot = snapshots[second] = made_machine(second, &process);
		screen_details.update(details, snapshots[second]);
	}
	for (int i = 0; i < PANE_COUNT; i++) {
		char name[64];

		canvas_clear(&canvas);
		screen_details.draw(details, &canvas, (struct area){0, 0, rows, columns});
		snprintf(name, sizeof(name), "%s-%s", pane_names[i], size);
		assert_details(&canvas, name);
		screen_details.act(details, ACTION_TAB_NEXT);
	}
	screen_details.close(details);
	for (int second = 0; second < 40; second++)
		snapshot_unref(snapshots[second]);
	canvas_free(&canvas);
}

static void test_80x24(void **state)
{
	(void)state;
	check_panes(24, 80, true, "80x24");
}

static void test_200x50(void **state)
{
	(void)state;
	check_panes(50, 200, true, "200x50");
}

static void test_40x10(void **state)
{
	(void)state;
	check_panes(10, 40, true, "40x10");
}

static void test_20x5(void **state)
{
	(void)state;
	check_panes(5, 20, true, "20x5");
}

static void test_ascii(void **state)
{
	(void)state;
	check_panes(24, 80, false, "ascii-80x24");
}

/* The whole overview, page by page. */
static void test_scrolling_shows_all(void **state)
{
	static const char *const wanted[] = {"waits in do_epoll_wait", "l 4 threads", "USS 70.0M, PSS 85.0M", "real 33",
		"effective 0", "net_bind_service", "filter", "801 nginx", "1 init", "0-3,8", "best effort, level 4",
		"not permitted", "CHLD", "PIPE 40", "2023-11-14 22:13:20 +0000", "nginx.service", "pid 4026531836"};
	struct shown shown = open_at(24, 80, true);
	bool seen[sizeof(wanted) / sizeof(wanted[0])] = {false};

	(void)state;
	for (int page = 0; page < 12; page++) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			seen[i] = seen[i] || has(&shown, wanted[i]);
		act(&shown, ACTION_PAGE_DOWN);
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!seen[i])
			fail_msg("not shown: %s", wanted[i]);
	}
	assert_true(has(&shown, "Caught"));
	act(&shown, ACTION_FIRST);
	assert_true(has(&shown, "waits in do_epoll_wait"));
	assert_false(has(&shown, "Caught"));
	hide(&shown);
}

/* Keys */

static void test_there_and_back(void **state)
{
	struct shown shown = show(24, 80, true);
	char *before = canvas_to_string(&shown.canvas), *after;

	(void)state;
	press(&shown, '\r');
	assert_true(has(&shown, "812 nginx"));
	press(&shown, KEYCODE_F0 + 1);
	assert_false(has(&shown, "812 nginx"));
	press(&shown, KEYCODE_ESCAPE);
	assert_true(has(&shown, "812 nginx"));
	press(&shown, KEYCODE_ESCAPE);
	after = canvas_to_string(&shown.canvas);
	assert_string_equal(before, after);
	free(before);
	free(after);
	hide(&shown);
}

/* Another tab is the end of them, and of what is read for them. */
static void test_tabs_close_them(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	act(&shown, ACTION_ZOMBIES);
	assert_false(has(&shown, " 812 nginx"));
	assert_int_equal(display_request(shown.display).detail_pid, 0);
	act(&shown, ACTION_BACK);
	act(&shown, ACTION_OPEN);
	assert_true(has(&shown, " 812 nginx"));
	hide(&shown);
}

static void test_keys_choose_the_pane(void **state)
{
	struct shown shown = show(24, 80, true);

	(void)state;
	press(&shown, 'e');
	assert_true(has(&shown, "HOME=/var/www"));
	press(&shown, 'l');
	assert_true(has(&shown, "access.log"));
	assert_true(has(&shown, "17 descriptors"));
	press(&shown, '3');
	assert_true(has(&shown, "TID"));
	press(&shown, KEYCODE_BACKTAB);
	assert_true(has(&shown, "HOME=/var/www"));
	press(&shown, '\t');
	assert_true(has(&shown, "TID"));
	press(&shown, '1');
	press(&shown, KEYCODE_BACKTAB);
	assert_true(has(&shown, "no trace;"));
	press(&shown, KEYCODE_BACKTAB);
	assert_true(has(&shown, "device 254:0 inode"));
	press(&shown, 's');
	assert_true(has(&shown, "read-only: nothing is traced"));
	press(&shown, KEYCODE_ESCAPE);
	press(&shown, 'x');
	assert_true(has(&shown, "12 OFDLCK READ  ADVISORY  holds"));
	press(&shown, KEYCODE_ESCAPE);
	press(&shown, 'l');
	assert_true(has(&shown, "access.log"));
	hide(&shown);
}

static void test_the_mouse_chooses_the_pane(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct input input = {.key = KEYCODE_MOUSE, .mouse = {.kind = MOUSE_PRESS, .column = 14}};

	(void)state;
	for (input.mouse.row = 0; input.mouse.row < 12 && !has(&shown, "HOME="); input.mouse.row++) {
		if (input.mouse.row == 4)
			continue; /* the tabs */
		display_input(shown.display, &input);
		display_draw(shown.display, &shown.canvas);
	}
	assert_true(has(&shown, "HOME="));
	hide(&shown);
}

static int selected_row(const struct shown *shown)
{
	for (int row = 0; row < shown->canvas.rows - 1; row++) {
		if (canvas_cell(&shown->canvas, row, 0)->style == STYLE_SELECTED)
			return row;
	}
	return -1;
}

static void test_search(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	assert_false(has(&shown, "Executable"));
	press(&shown, KEYCODE_F0 + 3);
	type(&shown, "executaBLE");
	assert_true(has(&shown, "Executable"));
	type(&shown, "x");
	assert_true(has(&shown, "not found"));
	assert_int_equal(selected_row(&shown), -1);
	press(&shown, KEYCODE_BACKSPACE);
	assert_true(selected_row(&shown) > 0);
	assert_false(has(&shown, "not found"));
	press(&shown, '\r');
	assert_true(has(&shown, "Executable"));
	assert_true(has(&shown, "F1Help"));
	hide(&shown);
}

static void test_search_goes_on(void **state)
{
	struct shown shown = open_at(40, 60, true);
	int rows[3];

	(void)state;
	press(&shown, 'e');
	press(&shown, '/');
	type(&shown, "=");
	for (int i = 0; i < 3; i++) {
		rows[i] = selected_row(&shown);
		press(&shown, KEYCODE_F0 + 3);
	}
	assert_true(rows[0] > 0);
	assert_int_equal(rows[1], rows[0] + 1);
	assert_int_equal(rows[2], rows[0] + 2);
	/* The fourth is the last: behind it comes the first again. */
	press(&shown, '\r');
	act(&shown, ACTION_SEARCH_NEXT);
	assert_int_equal(selected_row(&shown), rows[0]);
	act(&shown, ACTION_SEARCH_PREVIOUS);
	assert_int_equal(selected_row(&shown), rows[0] + 5);
	act(&shown, ACTION_SEARCH_PREVIOUS);
	assert_int_equal(selected_row(&shown), rows[0] + 2);
	hide(&shown);
}

/* A text is one, though it takes several rows: they are found where they begin. */
static void test_search_over_the_end_of_a_row(void **state)
{
	struct shown shown = open_at(24, 40, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);

	(void)state;
	process->more->environ = TEXT_LITERAL("A=1\0" "B234567890123456789012345678901234567890_NAME=xx\0C=1\0");
	give(&shown, snapshot);
	press(&shown, 'e');
	press(&shown, '/');
	type(&shown, "890_NA");
	assert_true(selected_row(&shown) > 0);
	assert_int_equal(canvas_cell(&shown.canvas, selected_row(&shown), 0)->bytes[0], 'B');
	press(&shown, KEYCODE_ESCAPE);
	/* The name goes on in the second row, as a name. */
	assert_int_equal(canvas_cell(&shown.canvas, selected_row(&shown) + 1, 2)->style, STYLE_LABEL);
	assert_int_equal(canvas_cell(&shown.canvas, selected_row(&shown) + 1, 8)->style, STYLE_TEXT);
	hide(&shown);
}

static void test_tables_scroll_sideways(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	press(&shown, '3');
	assert_true(has(&shown, "    812 S<l"));
	act(&shown, ACTION_RIGHT);
	assert_true(has(&shown, "\nS<l       -   0:01.00"));
	assert_true(has(&shown, "\nSTAT   CPU%"));
	act(&shown, ACTION_LEFT);
	assert_true(has(&shown, "    812 S<l"));
	act(&shown, ACTION_RIGHT);
	press(&shown, '5');
	assert_true(has(&shown, "\nRLIMIT_NOFILE"));
	hide(&shown);
}

static void test_another_begins_anew(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	act(&shown, ACTION_LAST);
	press(&shown, 'e');
	act(&shown, ACTION_BACK);
	act(&shown, ACTION_OPEN);
	assert_true(has(&shown, "waits in do_epoll_wait\nSTAT"));
	assert_false(has(&shown, "HOME="));
	hide(&shown);
}

/* What is done to it */

static struct {
	int count;
	struct act act;
	struct identity identity;
} applied;

static int apply(const struct act *act_, struct identity process, int32_t thread)
{
	applied.count++;
	applied.act = *act_;
	applied.identity = process;
	assert_int_equal(thread, 0);
	return 0;
}

static void test_actions_are_about_it(void **state)
{
	static const struct act_ops ops = {.apply = apply};
	static const struct ui_options options = {.interval_s = 1, .act = &ops};
	struct shown shown = {.display = display_new(&options)};
	struct process *process;

	(void)state;
	canvas_init(&shown.canvas, true, true);
	canvas_resize(&shown.canvas, 24, 80);
	give(&shown, made_machine(1, &process));
	act(&shown, ACTION_SORT_PID);
	act(&shown, ACTION_FIRST);
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_OPEN);
	act(&shown, ACTION_KILL);
	for (int i = 0; i < 3 && !applied.count; i++)
		press(&shown, '\r');
	assert_int_equal(applied.count, 1);
	assert_int_equal(applied.act.kind, ACT_SIGNAL);
	assert_int_equal(applied.act.number, SIGTERM);
	assert_int_equal(applied.identity.pid, PID);
	assert_int_equal(applied.identity.starttime, PID);
	hide(&shown);
}

static void test_nothing_is_done_to_the_dead(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	give(&shown, without(50));
	act(&shown, ACTION_KILL);
	assert_true(has(&shown, "process 812 has ended"));
	press(&shown, '\r');
	assert_true(has(&shown, "ended 812 nginx"));
	hide(&shown);
}

/* What is collected */

static void test_needs(void **state)
{
	struct shown shown = show(24, 80, true);
	struct request request = display_request(shown.display);

	(void)state;
	assert_int_equal(request.detail_pid, 0);
	act(&shown, ACTION_OPEN);
	request = display_request(shown.display);
	assert_int_equal(request.detail_pid, PID);
	assert_true(request.detail_facts & FACT_BIT(FACT_SMAPS));
	assert_false(request.detail_facts & (FACT_BIT(FACT_ENVIRON) | FACT_BIT(FACT_MAPS)));
	assert_false(request.facts & FACT_BIT(FACT_SMAPS));
	press(&shown, 'e');
	request = display_request(shown.display);
	assert_true(request.detail_facts & FACT_BIT(FACT_ENVIRON));
	assert_false(request.detail_facts & FACT_BIT(FACT_SMAPS));
	act(&shown, ACTION_BACK);
	request = display_request(shown.display);
	assert_int_equal(request.detail_pid, 0);
	assert_int_equal(request.detail_facts, 0);
	hide(&shown);
}

/* What is not known */

static void test_denied_and_absent(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);

	(void)state;
	process->have = FACT_BIT(FACT_STAT);
	process->denied = FACT_BIT(FACT_ENVIRON) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_IO);
	give(&shown, snapshot);
	press(&shown, 'e');
	assert_true(has(&shown, "not permitted"));
	assert_false(has(&shown, "HOME="));
	press(&shown, '3');
	assert_false(has(&shown, "nginx  "));
	press(&shown, '1');
	act(&shown, ACTION_PAGE_DOWN);
	assert_true(has(&shown, "Resident        not permitted"));
	assert_true(has(&shown, "Own, divided    -"));
	assert_true(has(&shown, "Memory -"));
	assert_false(has(&shown, "Resident        103M"));
	hide(&shown);
}

static void test_all_absent(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);

	(void)state;
	made_init(process);
	process->pid = PID;
	process->starttime = PID;
	give(&shown, snapshot);
	for (int i = 0; i < PANE_COUNT; i++) {
		char *string = canvas_to_string(&shown.canvas);

		/* No zero stands for what is not known. */
		assert_null(strstr(string, "     0\n"));
		free(string);
		act(&shown, ACTION_LAST);
		act(&shown, ACTION_TAB_NEXT);
		assert_sound(&shown.canvas);
	}
	hide(&shown);
}

/* One that started after it is no parent, nor a child one that started before it: their pids were used again. */
static void test_reused_pids_are_no_family(void **state)
{
	struct shown shown = open_at(60, 100, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);
	size_t at;

	(void)state;
	press(&shown, '/');
	type(&shown, "Lineage");
	press(&shown, '\r');
	assert_true(has(&shown, "Parent          801 nginx\n                1 init"));
	assert_true(has(&shown, "Children        2"));
	at = process_index(&snapshot->processes, process->pid);
	snapshot->processes.items[at - 1]->starttime = 5000;
	snapshot->processes.items[at + 1]->starttime = 5;
	give(&shown, snapshot);
	assert_true(has(&shown, "Parent          801\nChildren        1"));
	hide(&shown);
}

/* The end */

static void test_it_ends(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	give(&shown, without(50));
	assert_true(has(&shown, "ended 812 nginx"));
	assert_true(has(&shown, "known last"));
	assert_int_equal(display_request(shown.display).detail_pid, 0);
	press(&shown, '3');
	assert_true(has(&shown, " 813 S<l"));
	assert_false(has(&shown, "before it ended"));
	give(&shown, without(51));
	assert_true(has(&shown, " 813 S<l"));
	press(&shown, KEYCODE_ESCAPE);
	assert_false(has(&shown, "ended 812"));
	hide(&shown);
}

/* What was never asked for cannot be shown any more. */
static void test_not_read_before_the_end(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);

	(void)state;
	process->have &= ~FACT_BIT(FACT_ENVIRON);
	give(&shown, snapshot);
	press(&shown, 'e');
	assert_false(has(&shown, "not read before it ended"));
	give(&shown, without(51));
	assert_true(has(&shown, "not read before it ended"));
	hide(&shown);
}

/* A list that could not be read does not mean that anybody ended. */
static void test_no_list_is_no_end(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct snapshot *snapshot = snapshot_new();
	struct process *process;

	(void)state;
	give(&shown, snapshot);
	assert_false(has(&shown, "ended 812"));
	assert_true(has(&shown, "do_epoll_wait"));
	give(&shown, made_machine(60, &process));
	assert_false(has(&shown, "ended 812"));
	hide(&shown);
}

static void test_another_with_its_pid_is_not_shown(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);

	(void)state;
	process->starttime = 5000;
	process->comm = text_of("newcomer");
	process->more->environ = TEXT_LITERAL("NEW=1\0");
	give(&shown, snapshot);
	assert_true(has(&shown, "ended 812 nginx"));
	assert_false(has(&shown, "newcomer"));
	press(&shown, 'e');
	assert_false(has(&shown, "NEW=1"));
	assert_true(has(&shown, "HOME=/var/www"));
	assert_int_equal(display_request(shown.display).detail_pid, 0);
	hide(&shown);
}

static struct snapshot *as_zombie(int second)
{
	struct process *process;
	struct snapshot *snapshot = made_machine(second, &process);

	process->state = 'Z';
	process->num_threads = 1;
	process->have = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_LINEAGE);
	process->denied = 0;
	process->more->zombie_exit = text_of("exit 3");
	process->more->zombie_age_s = 125;
	process->more->zombie_culprit_pid = 801;
	process->more->zombie_culprit_name = text_of("nginx");
	process->more->zombie_reason = text_of("never waits");
	process->more->zombie_help = text_of("SIGCHLD to it may help");
	process_state_derive(process);
	return snapshot;
}

static void test_it_becomes_a_zombie(void **state)
{
	struct shown shown = open_at(24, 80, true);

	(void)state;
	give(&shown, as_zombie(50));
	assert_true(has(&shown, "Z ended: exit 3, 2m ago"));
	assert_true(has(&shown, "parent nginx 801: never waits"));
	assert_true(has(&shown, "SIGCHLD to it may help"));
	/* What it was is not forgotten. */
	act(&shown, ACTION_PAGE_DOWN);
	assert_true(has(&shown, "103M"));
	press(&shown, 'e');
	assert_true(has(&shown, "HOME=/var/www"));
	give(&shown, without(51));
	assert_true(has(&shown, "ended 812 nginx"));
	assert_true(has(&shown, "exit 3"));
	hide(&shown);
}

/* It is shown, and gone with the next snapshot, before that is drawn: what was drawn is still searched. */
static void test_keys_between_snapshot_and_drawing(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;

	(void)state;
	press(&shown, 'e');
	for (int second = 50; second < 53; second++) {
		struct snapshot *snapshot = made_machine(second, &process);

		display_set_snapshot(shown.display, snapshot);
		snapshot_unref(snapshot);
		display_input(shown.display, &(struct input){.key = '/'});
		display_act(shown.display, ACTION_SEARCH);
		display_input(shown.display, &(struct input){.key = 'L'});
		display_input(shown.display, &(struct input){.key = '\r'});
	}
	display_draw(shown.display, &shown.canvas);
	hide(&shown);
}

/* Sizes */

static void test_huge_environment(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	struct snapshot *snapshot = made_machine(50, &process);
	size_t size = MIB;
	char *bytes = arena_alloc(&snapshot->arena, size);

	(void)state;
	memset(bytes, 'x', size);
	memcpy(bytes, "BIG=", 4);
	memcpy(bytes + size - 20, "needle\033\033", 8);
	process->more->environ = (struct text){bytes, size};
	give(&shown, snapshot);
	press(&shown, 'e');
	assert_true(has(&shown, "BIG=xxx"));
	act(&shown, ACTION_LAST);
	assert_true(has(&shown, "needle\\x1b\\x1b"));
	act(&shown, ACTION_FIRST);
	press(&shown, '/');
	type(&shown, "needle");
	assert_true(has(&shown, "needle\\x1b\\x1b"));
	assert_sound(&shown.canvas);
	hide(&shown);
}

static void test_every_size_and_key(void **state)
{
	struct shown shown = open_at(24, 80, true);
	struct process *process;
	uint32_t seed = 11;

	(void)state;
	for (int rows = 0; rows < 40; rows++) {
		for (int columns = 0; columns < 170; columns += columns < 30 ? 1 : 13) {
			canvas_resize(&shown.canvas, rows, columns);
			for (int i = 0; i < 2; i++) {
				seed = seed * 1664525 + 1013904223;
				press(&shown, (uint32_t)"\r\r\tel13 jkGg\002\004/n"[(seed >> 16) % 16]);
				assert_sound(&shown.canvas);
			}
			if (columns % 8 == 0)
				give(&shown, made_machine(100 + rows * 40 + columns, &process));
		}
	}
	hide(&shown);
}

/* Words */

static void expect(struct text words, const char *expected)
{
	if (!expected) {
		assert_null(words.bytes);
		return;
	}
	if (!text_equal_string(words, expected))
		fail_msg("'%.*s' is not '%s'", (int)words.length, words.bytes ? words.bytes : "", expected);
}

static void test_words_of_states(void **state)
{
	struct process process;
	struct arena arena = {0};

	(void)state;
	made_init(&process);
	expect(words_state(&arena, &process), NULL);
	process.state = 'S';
	expect(words_state(&arena, &process), "S sleeping");
	process.have = FACT_BIT(FACT_WCHAN);
	process.more->wchan = text_of("pipe_read");
	expect(words_state(&arena, &process), "S sleeping, waits in pipe_read");
	process.more->wchan = text_of("do_freezer_trap");
	expect(words_state(&arena, &process), "S sleeping, frozen by its cgroup");
	process.state = 't';
	process.tracer_pid = 77;
	expect(words_state(&arena, &process), "t stopped by its tracer 77");
	process.state = 'T';
	expect(words_state(&arena, &process), "T stopped by a signal");
	process.state = 'Z';
	process.main_exited = 1;
	process.num_threads = 3;
	expect(words_state(&arena, &process), "Z main thread exited, 2 threads live");
	process.main_exited = 0;
	expect(words_state(&arena, &process), "Z ended, not reaped yet");
	process.more->zombie_exit = text_of("killed by SIGKILL");
	expect(words_state(&arena, &process), "Z ended: killed by SIGKILL");
	process.more->zombie_age_s = 7300;
	expect(words_state(&arena, &process), "Z ended: killed by SIGKILL, 2h ago");
	process.state = '?';
	expect(words_state(&arena, &process), "?");
	arena_free(&arena);
}

static void test_words_of_modifiers(void **state)
{
	struct process process;
	struct arena arena = {0};

	(void)state;
	made_init(&process);
	expect(words_modifiers(&arena, &process), NULL);
	strcpy(process.stat, "S");
	expect(words_modifiers(&arena, &process), NULL);
	strcpy(process.stat, "S<Lsl+");
	process.nice = -20;
	process.num_threads = 5;
	expect(words_modifiers(&arena, &process), "< high priority (nice -20), L has memory locked, s session leader, "
						  "l 5 threads, + in the foreground of its terminal");
	strcpy(process.stat, "SN?");
	process.nice = 7;
	expect(words_modifiers(&arena, &process), "N low priority (nice 7), ?");
	arena_free(&arena);
}

static void test_words_of_masks(void **state)
{
	int32_t items[] = {0, 1, 3, 5, 6, 7};
	struct list list = {items, 6}, empty = {items, 0}, absent = LIST_ABSENT;
	struct arena arena = {0};

	(void)state;
	expect(words_capabilities(&arena, 0), "none");
	expect(words_capabilities(&arena, 0x1ffffffffff), "all");
	expect(words_capabilities(&arena, UINT64_MAX >> 1), "all");
	expect(words_capabilities(&arena, 0x81 | UINT64_C(1) << 50), "chown setuid 50");
	expect(words_signals(&arena, 0), "none");
	expect(words_signals(&arena, 1 | UINT64_C(1) << 63), "HUP 64");
	assert_true(words_signals(&arena, UINT64_MAX).length > 200);
	assert_true(words_capabilities(&arena, ~UINT64_C(1)).length > 200);
	expect(words_ranges(&arena, &list), "0-1,3,5-7");
	expect(words_ranges(&arena, &empty), "none");
	expect(words_ranges(&arena, &absent), NULL);
	expect(words_numbers(&arena, &list), "0 1 3 5 6 7");
	expect(words_numbers(&arena, &empty), "none");
	expect(words_numbers(&arena, &absent), NULL);
	items[0] = -2; /* a group id above 2^31 */
	items[5] = INT32_MAX;
	expect(words_numbers(&arena, &list), "4294967294 1 3 5 6 2147483647");
	arena_free(&arena);
}

static void test_words_of_origin(void **state)
{
	struct process process;
	struct arena arena = {0};

	(void)state;
	made_init(&process);
	process.orphan = ORPHAN_UNKNOWN;
	expect(words_origin(&arena, &process), NULL);
	process.orphan = ORPHAN_OBSERVED;
	process.more->former_parent = text_of("bash (1400)");
	expect(words_origin(&arena, &process), "ORPHAN: its parent bash (1400) ended while cmon watched");
	for (int class = ORPHAN_KERNEL; class < ORPHAN_CLASS_COUNT; class++) {
		const char *badge = orphan_class_badge((enum orphan_class)class);
		struct text words;

		process.orphan = (enum orphan_class)class;
		words = words_origin(&arena, &process);
		assert_true(words.length > 5);
		assert_int_equal(strncmp(words.bytes, badge, strlen(badge)), 0);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_80x24),
		cmocka_unit_test(test_200x50),
		cmocka_unit_test(test_40x10),
		cmocka_unit_test(test_20x5),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_scrolling_shows_all),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_tabs_close_them),
		cmocka_unit_test(test_keys_choose_the_pane),
		cmocka_unit_test(test_the_mouse_chooses_the_pane),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_goes_on),
		cmocka_unit_test(test_search_over_the_end_of_a_row),
		cmocka_unit_test(test_tables_scroll_sideways),
		cmocka_unit_test(test_another_begins_anew),
		cmocka_unit_test(test_actions_are_about_it),
		cmocka_unit_test(test_nothing_is_done_to_the_dead),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_denied_and_absent),
		cmocka_unit_test(test_all_absent),
		cmocka_unit_test(test_reused_pids_are_no_family),
		cmocka_unit_test(test_it_ends),
		cmocka_unit_test(test_not_read_before_the_end),
		cmocka_unit_test(test_no_list_is_no_end),
		cmocka_unit_test(test_another_with_its_pid_is_not_shown),
		cmocka_unit_test(test_it_becomes_a_zombie),
		cmocka_unit_test(test_keys_between_snapshot_and_drawing),
		cmocka_unit_test(test_huge_environment),
		cmocka_unit_test(test_every_size_and_key),
		cmocka_unit_test(test_words_of_states),
		cmocka_unit_test(test_words_of_modifiers),
		cmocka_unit_test(test_words_of_masks),
		cmocka_unit_test(test_words_of_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
