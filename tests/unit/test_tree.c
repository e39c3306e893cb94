/* The tree as text: shape, labels, merging, roots, depth, width, styles, and hostile names. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "out/tree.h"

static struct process *add(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name)
{
	struct process *process = made_process(snapshot, pid, ppid, name);

	process->have |= FACT_BIT(FACT_LINEAGE);
	process->is_kernel = 0;
	process->main_exited = 0;
	process->uid_real = 0;
	strcpy(process->stat, "S");
	return process;
}

static struct process *add_kernel(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name)
{
	struct process *process = add(snapshot, pid, ppid, name);

	process->is_kernel = 1;
	process->orphan = ORPHAN_KERNEL;
	return process;
}

/* What tree_write prints; free() it. */
static char *print(const struct snapshot *snapshot, const struct tree_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(tree_write(stream, snapshot, options), 0);
	fclose(stream);
	return text;
}

static void assert_tree(const struct snapshot *snapshot, const struct tree_options *options, const char *expected)
{
	char *text = print(snapshot, options);

	assert_string_equal(text, expected);
	free(text);
}

static struct snapshot *family(void)
{
	struct snapshot *snapshot = made_snapshot(1, 16);

	add(snapshot, 1, 0, "init");
	add(snapshot, 10, 1, "sshd");
	add(snapshot, 11, 10, "sh");
	add(snapshot, 12, 11, "vi");
	add(snapshot, 13, 10, "bash");
	add(snapshot, 20, 1, "cron");
	return snapshot;
}

static void test_shape(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.look.utf8 = true};

	(void)state;
	assert_tree(snapshot, &options, "init S\n"
					"├─ cron S\n"
					"└─ sshd S\n"
					"   ├─ bash S\n"
					"   └─ sh S\n"
					"      └─ vi S\n");
	options.look.utf8 = false;
	options.show_pids = true;
	options.sort = process_field(FIELD_ID_PID);
	assert_tree(snapshot, &options, "init(1) S\n"
					"|- sshd(10) S\n"
					"|  |- sh(11) S\n"
					"|  |  `- vi(12) S\n"
					"|  `- bash(13) S\n"
					"`- cron(20) S\n");
	options.descending = true;
	assert_tree(snapshot, &options, "init(1) S\n"
					"|- cron(20) S\n"
					"`- sshd(10) S\n"
					"   |- bash(13) S\n"
					"   `- sh(11) S\n"
					"      `- vi(12) S\n");
	snapshot_unref(snapshot);
}

static void test_labels(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct tree_options options = {.show_pids = true, .show_groups = true, .show_users = true};
	struct process *process;

	(void)state;
	add(snapshot, 1, 0, "init")->have |= FACT_BIT(FACT_USERNAME);
	process = add(snapshot, 5, 1, "sh");
	process->pgid = 4;
	process->uid_real = 1000;
	process->username = TEXT_LITERAL("ann\x1b");
	process->have |= FACT_BIT(FACT_USERNAME);
	process = add(snapshot, 6, 5, "ps");
	process->pgid = 4;
	process->uid_real = 1000;
	process->username = TEXT_LITERAL("ann\x1b");
	process->have |= FACT_BIT(FACT_USERNAME);
	process = add(snapshot, 7, 5, "su");
	process->username = TEXT_LITERAL("root");
	process->have |= FACT_BIT(FACT_USERNAME);
	assert_tree(snapshot, &options, "init(1,1) S\n`- sh(5,4,ann\\x1b) S\n   |- ps(6,4) S\n   `- su(7,7,root) S\n");
	options.show_pids = false;
	assert_tree(snapshot, &options, "init(1) S\n`- sh(4,ann\\x1b) S\n   |- ps(4) S\n   `- su(7,root) S\n");
	options.show_groups = false;
	assert_tree(snapshot, &options, "init S\n`- sh(ann\\x1b) S\n   |- ps S\n   `- su(root) S\n");
	/* A root's parent is outside: what is not root's is said. */
	snapshot->processes.items[0]->uid_real = 7;
	snapshot->processes.items[0]->username = TEXT_LITERAL("seven");
	options.roots = TREE_PID;
	options.pid = 1;
	made_truncate(snapshot, 1);
	assert_tree(snapshot, &options, "init(seven) S\n");
	snapshot_unref(snapshot);
}

static void test_states_badges_and_what_is_not_known(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct tree_options options = {.sort = process_field(FIELD_ID_PID)};
	struct process *process;

	(void)state;
	strcpy(add(snapshot, 1, 0, "init")->stat, "Ss");
	add(snapshot, 2, 1, "nohup")->orphan = ORPHAN_PROVEN;
	add(snapshot, 3, 1, "cron")->orphan = ORPHAN_DETACHED;
	add(snapshot, 4, 1, "outer")->orphan = ORPHAN_INJECTED;
	process = add(snapshot, 5, 1, "x"); /* /proc/PID/stat may not be read */
	process->comm = TEXT_ABSENT;
	process->have = 0;
	process->orphan = ORPHAN_PROVEN;
	assert_tree(snapshot, &options,
		    "init Ss\n|- nohup S ORPHAN\n|- cron S detached\n|- outer S injected\n`- - -\n");
	process->pgid = ABSENT_I32;
	options.roots = TREE_PID;
	options.pid = 5;
	options.show_groups = true;
	assert_tree(snapshot, &options, "- -\n");
	snapshot_unref(snapshot);
}

static struct process *add_zombie(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name)
{
	struct process *process = add(snapshot, pid, ppid, name);

	process->state = 'Z';
	strcpy(process->stat, "Z");
	process->more->zombie_culprit_pid = ppid;
	return process;
}

static void test_zombies_say_why(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct tree_options options = {.sort = process_field(FIELD_ID_PID)};
	struct process *process;

	(void)state;
	add(snapshot, 1, 0, "init");
	process = add_zombie(snapshot, 2, 1, "known");
	process->more->zombie_exit = TEXT_LITERAL("killed by SIGKILL");
	process->more->zombie_culprit_name = TEXT_LITERAL("in\nit");
	process->more->zombie_reason = TEXT_LITERAL("waiting for another child: x\x1b (4)");
	add_zombie(snapshot, 3, 1, "unknown");
	add_zombie(snapshot, 4, 1, "nobody")->more->zombie_culprit_pid = ABSENT_I32;
	process = add_zombie(snapshot, 5, 1, "leader"); /* others of its threads live */
	process->num_threads = 3;
	process->main_exited = 1;
	strcpy(process->stat, "Zl");
	assert_tree(snapshot, &options,
		    "init S\n"
		    "|- known Z <defunct> killed by SIGKILL, not reaped by in\\nit(1): "
		    "waiting for another child: x\\x1b (4)\n"
		    "|- unknown Z <defunct>, not reaped by process 1\n"
		    "|- nobody Z <defunct>\n"
		    "`- leader Zl\n");
	snapshot_unref(snapshot);
}

static void assert_arguments(struct text cmdline, const char *expected)
{
	struct snapshot *snapshot = made_snapshot(1, 1);
	struct tree_options options = {.show_arguments = true, .look.utf8 = true};
	struct process *process = add(snapshot, 1, 0, "init");

	process->cmdline = cmdline;
	process->have |= FACT_BIT(FACT_CMDLINE);
	assert_tree(snapshot, &options, expected);
	options.show_arguments = false;
	assert_tree(snapshot, &options, "init S\n");
	snapshot_unref(snapshot);
}

static void test_arguments(void **state)
{
	(void)state;
	assert_arguments(TEXT_LITERAL("/sbin/init\0-x\0a b\0\x1b]0;\x07\0\xff\0"),
			 "init S -x a b \\x1b]0;\\x07 \\xff\n");
	assert_arguments(TEXT_LITERAL("/sbin/init\0"), "init S\n");
	assert_arguments(TEXT_LITERAL("/sbin/init"), "init S\n");
	assert_arguments(TEXT_LITERAL(""), "init S\n");
	assert_arguments(TEXT_ABSENT, "init S\n");
	assert_arguments(TEXT_LITERAL("\0"), "init S\n");
	assert_arguments(TEXT_LITERAL("init\0\0x\0"), "init S  x\n");
	/* Titles that programs give themselves are one string. */
	assert_arguments(TEXT_LITERAL("sshd: ann [priv]\0"), "init S ann [priv]\n");
	assert_arguments(TEXT_LITERAL("sshd: ann"), "init S ann\n");
	assert_arguments(TEXT_LITERAL("my program\0-x\0"), "init S -x\n");
}

/* Roots */

static struct snapshot *machine(void)
{
	struct snapshot *snapshot = made_snapshot(1, 16);

	add(snapshot, 1, 0, "systemd");
	add_kernel(snapshot, 2, 0, "kthreadd");
	add_kernel(snapshot, 3, 2, "kworker");
	add(snapshot, 30, 0, "agent")->orphan = ORPHAN_INJECTED;
	add(snapshot, 31, 30, "sh");
	add(snapshot, 40, 1, "cron");
	add(snapshot, 50, 99, "lost"); /* its parent ended while /proc was read */
	return snapshot;
}

static void test_roots(void **state)
{
	struct snapshot *snapshot = machine();
	struct tree_options options = {.roots = TREE_MACHINE};

	(void)state;
	assert_tree(snapshot, &options, "systemd S\n`- cron S\nagent S injected\n`- sh S\nlost S\n");
	options.roots = TREE_ALL;
	assert_tree(snapshot, &options,
		    "systemd S\n`- cron S\nagent S injected\n`- sh S\nkthreadd S\n`- kworker S\nlost S\n");
	options.roots = TREE_PID;
	options.pid = 2;
	assert_tree(snapshot, &options, "kthreadd S\n`- kworker S\n");
	options.pid = 30;
	assert_tree(snapshot, &options, "agent S injected\n`- sh S\n");
	options.pid = 40;
	assert_tree(snapshot, &options, "cron S\n");
	snapshot_unref(snapshot);
}

static void test_parents_of_a_process(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.roots = TREE_PID, .pid = 11, .show_parents = true, .show_threads = true};
	struct thread_times threads[2];

	(void)state;
	/* Threads are shown of what is asked for, not of its parents. */
	memset(threads, 0, sizeof(threads));
	threads[0].id = 1;
	threads[1].id = 9;
	threads[1].name = TEXT_LITERAL("t");
	snapshot->processes.items[0]->more->threads = (struct list){threads, 2};
	snapshot->processes.items[0]->have |= FACT_BIT(FACT_THREADS);
	assert_tree(snapshot, &options, "init S\n`- sshd S\n   `- sh S\n      `- vi S\n");
	options.show_parents = false;
	assert_tree(snapshot, &options, "sh S\n`- vi S\n");
	snapshot_unref(snapshot);
}

static void test_processes_of_a_user(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.roots = TREE_USER, .uid = 1000};
	struct process **items = snapshot->processes.items;
	struct thread_times threads[2];

	(void)state;
	items[2]->uid_real = 1000; /* sh; vi below it is another's */
	items[5]->uid_real = 1000; /* cron */
	assert_tree(snapshot, &options, "cron S\nsh S\n`- vi S\n");
	items[3]->uid_real = 1000; /* vi belongs to the tree of sh already */
	assert_tree(snapshot, &options, "cron S\nsh S\n`- vi S\n");
	options.show_parents = true;
	assert_tree(snapshot, &options, "init S\n|- cron S\n`- sshd S\n   `- sh S\n      `- vi S\n");
	/* Threads of all of it, also where a process of the user stands below. */
	memset(threads, 0, sizeof(threads));
	threads[0].id = 11;
	threads[1].id = 99;
	threads[1].name = TEXT_LITERAL("t");
	items[2]->more->threads = items[1]->more->threads = (struct list){threads, 2};
	items[2]->have |= FACT_BIT(FACT_THREADS);
	items[1]->have |= FACT_BIT(FACT_THREADS);
	options.show_threads = true;
	assert_tree(snapshot, &options, "init S\n|- cron S\n`- sshd S\n   `- sh S\n      |- vi S\n      `- {t} -\n");
	options.show_parents = options.show_threads = false;
	options.uid = 0;
	assert_tree(snapshot, &options, "init S\n|- cron S\n`- sshd S\n   |- bash S\n   `- sh S\n      `- vi S\n");
	snapshot_unref(snapshot);
}

static void test_what_is_not_there(void **state)
{
	struct snapshot *snapshot = machine();
	struct tree_options options = {.roots = TREE_PID, .pid = 77};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(tree_write(stream, snapshot, &options), -ESRCH);
	options.roots = TREE_USER;
	options.uid = 1000;
	assert_int_equal(tree_write(stream, snapshot, &options), -ESRCH);
	snapshot->processes.items[0]->uid_real = 1000;
	snapshot->processes.items[0]->have &= ~FACT_BIT(FACT_STATE);
	assert_int_equal(tree_write(stream, snapshot, &options), -ESRCH);
	fclose(stream);
	assert_string_equal(text, "");
	free(text);
	snapshot_unref(snapshot);
	/* No processes at all are no mistake. */
	snapshot = snapshot_new();
	options.roots = TREE_MACHINE;
	assert_tree(snapshot, &options, "");
	snapshot_unref(snapshot);
}

static void test_circles_are_cut(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct tree_options options = {.show_pids = true};
	char *text;

	(void)state;
	for (int32_t pid = 5; pid <= 7; pid++)
		add(snapshot, pid, pid == 7 ? 5 : pid + 1, "ring")->starttime = 1;
	text = print(snapshot, &options);
	for (const char *name = "ring(5)"; *name; name += strlen(name))
		assert_non_null(strstr(text, name));
	assert_non_null(strstr(text, "ring(6)"));
	assert_non_null(strstr(text, "ring(7)"));
	assert_int_equal(strlen(text), 3 * strlen("ring(5) S\n") + 3 + 6);
	free(text);
	snapshot_unref(snapshot);
}

/* Merging */

static void test_leaves_that_look_alike_are_merged(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 16);
	struct tree_options options = {.sort = process_field(FIELD_ID_PID)};

	(void)state;
	add(snapshot, 1, 0, "init");
	add(snapshot, 2, 1, "bash");
	add(snapshot, 3, 1, "sh");
	add(snapshot, 4, 1, "bash");
	strcpy(add(snapshot, 5, 1, "bash")->stat, "R");
	add(snapshot, 6, 1, "bash"); /* no leaf */
	add(snapshot, 7, 1, "bash");
	add(snapshot, 8, 6, "bash");
	add(snapshot, 9, 6, "bash");
	add(snapshot, 10, 1, "sh")->orphan = ORPHAN_PROVEN;
	assert_tree(snapshot, &options,
		    "init S\n|- 3*[bash] S\n|- sh S\n|- bash R\n|- bash S\n|  `- 2*[bash] S\n`- sh S ORPHAN\n");
	options.highlight_pid = 7;
	assert_tree(snapshot, &options,
		    "init S\n|- 2*[bash] S\n|- sh S\n|- bash R\n|- bash S\n|  `- 2*[bash] S\n|- bash S\n"
		    "`- sh S ORPHAN\n");
	options.highlight_pid = 0;
	options.keep_copies = true;
	assert_tree(snapshot, &options,
		    "init S\n|- bash S\n|- sh S\n|- bash S\n|- bash R\n|- bash S\n|  |- bash S\n|  `- bash S\n"
		    "|- bash S\n`- sh S ORPHAN\n");
	snapshot_unref(snapshot);
}

/* The last of the siblings may be one that was merged into the first. */
static void test_the_last_sibling_after_merging_is_the_last(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct tree_options options = {.sort = process_field(FIELD_ID_PID)};

	(void)state;
	add(snapshot, 1, 0, "init");
	add(snapshot, 2, 1, "a");
	add(snapshot, 3, 1, "b");
	add(snapshot, 4, 3, "c");
	add(snapshot, 5, 1, "a");
	assert_tree(snapshot, &options, "init S\n|- 2*[a] S\n`- b S\n   `- c S\n");
	/* Roots are no siblings. */
	snapshot->processes.items[1]->ppid = snapshot->processes.items[4]->ppid = 0;
	assert_tree(snapshot, &options, "init S\n`- b S\n   `- c S\na S\na S\n");
	snapshot_unref(snapshot);
}

static void test_arguments_count_as_looks(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct tree_options options = {.show_arguments = true};
	static const struct text cmdlines[] = {TEXT_LITERAL("s\0one\0"), TEXT_LITERAL("s\0two\0"),
					       TEXT_LITERAL("s\0one\0")};

	(void)state;
	add(snapshot, 1, 0, "init");
	for (int32_t i = 0; i < 3; i++) {
		struct process *process = add(snapshot, 2 + i, 1, "s");

		process->cmdline = cmdlines[i];
		process->have |= FACT_BIT(FACT_CMDLINE);
	}
	assert_tree(snapshot, &options, "init S\n|- 2*[s] S one\n`- s S two\n");
	snapshot_unref(snapshot);
}

static void test_many_siblings(void **state)
{
	enum { COUNT = 5000 };
	struct snapshot *snapshot = made_snapshot(1, COUNT + 1);
	struct tree_options options = {.look.utf8 = true};
	char *text, expected[32];

	(void)state;
	add(snapshot, 1, 0, "init");
	for (int32_t i = 0; i < COUNT; i++) {
		struct process *process = add(snapshot, 2 + i, 1, "x");

		process->comm = arena_format(&snapshot->arena, "worker-%d", i % 100);
	}
	text = print(snapshot, &options);
	for (int i = 0; i < 100; i++) {
		snprintf(expected, sizeof(expected), "─ %d*[worker-%d] S\n", COUNT / 100, i);
		assert_non_null(strstr(text, expected));
	}
	free(text);
	snapshot_unref(snapshot);
}

static void test_threads(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct tree_options options = {.show_threads = true};
	struct thread_times threads[5];
	static const char *const names[] = {"main", "worker", "gc", "worker", "worker"};
	struct process *process = add(snapshot, 20, 0, "java");

	(void)state;
	memset(threads, 0, sizeof(threads));
	for (int32_t i = 0; i < 5; i++) {
		threads[i].id = 20 + i;
		threads[i].name = text_of(names[i]);
		strcpy(threads[i].stat, i == 4 ? "Rl" : "Sl");
	}
	strcpy(process->stat, "Sl");
	process->more->threads = (struct list){threads, 5};
	process->have |= FACT_BIT(FACT_THREADS);
	add(snapshot, 30, 20, "zz");
	assert_tree(snapshot, &options, "java Sl\n|- zz S\n|- {gc} Sl\n|- 2*[{worker}] Sl\n`- {worker} Rl\n");
	options.show_pids = options.show_groups = true;
	assert_tree(snapshot, &options, "java(20,20) Sl\n|- zz(30,30) S\n|- {gc}(22,20) Sl\n|- {worker}(21,20) Sl\n"
					"|- {worker}(23,20) Sl\n`- {worker}(24,20) Rl\n");
	options.show_threads = false;
	assert_tree(snapshot, &options, "java(20,20) Sl\n`- zz(30,30) S\n");
	snapshot_unref(snapshot);
}

/* Depth */

static void test_a_chain_of_3000(void **state)
{
	enum { DEPTH = 3000 };
	struct snapshot *snapshot = made_snapshot(1, DEPTH + 1);
	struct tree_options options = {.show_pids = true};
	int32_t lines = 0;
	char *text;

	(void)state;
	for (int32_t pid = 1; pid <= DEPTH; pid++)
		add(snapshot, pid, pid - 1, "nest");
	add(snapshot, DEPTH + 1, 1, "second"); /* so that a line goes down all the way */
	text = print(snapshot, &options);
	for (char *line = text, *end; *line; line = end + 1, lines++) {
		char label[32];
		size_t indent = 3 * (size_t)lines;

		end = strchr(line, '\n');
		*end = '\0';
		if (lines == DEPTH) {
			assert_string_equal(line, "`- second(3001) S");
			continue;
		}
		snprintf(label, sizeof(label), "%snest(%d) S", lines == 0 ? "" : lines == 1 ? "|- " : "`- ", lines + 1);
		assert_string_equal(line + (indent ? indent - 3 : 0), label);
		assert_true(lines < 2 || (line[0] == '|' && strspn(line + 1, " ") == indent - 4));
	}
	assert_int_equal(lines, DEPTH + 1);
	free(text);
	snapshot_unref(snapshot);
}

/* Width */

static void test_lines_are_cut(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct tree_options options = {.look = {.utf8 = true, .width = 9}};

	(void)state;
	add(snapshot, 1, 0, "abcdefg"); /* fits */
	add(snapshot, 2, 1, "abcd");    /* one too long by its state */
	add(snapshot, 3, 1, "日本語x"); /* two columns each */
	assert_tree(snapshot, &options, "abcdefg S\n├─ abcd S\n└─ 日本…\n");
	options.look.width = 10;
	assert_tree(snapshot, &options, "abcdefg S\n├─ abcd S\n└─ 日本語…\n");
	options.look.width = 8;
	assert_tree(snapshot, &options, "abcdefg…\n├─ abcd…\n└─ 日本…\n");
	options.look.width = 1;
	assert_tree(snapshot, &options, "…\n…\n…\n");
	options.look.utf8 = false;
	options.look.width = 8;
	assert_tree(snapshot, &options, "abcdefg>\n|- abcd>\n`- \\xe6>\n");
	snapshot_unref(snapshot);
}

static void test_no_width_is_exceeded(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 40);
	struct tree_options options = {.look = {.utf8 = true}};

	(void)state;
	for (int32_t pid = 1; pid <= 40; pid++)
		add(snapshot, pid, pid - 1, pid % 2 ? "日本語\xff" : "e\xcc\x81" "e\n");
	for (int width = 1; width < 140; width++) {
		char *text;

		options.look.width = width;
		text = print(snapshot, &options);
		for (char *line = text, *end; *line; line = end + 1) {
			end = strchr(line, '\n');
			assert_true(text_is_utf8((struct text){line, (size_t)(end - line)}));
			assert_true(utf8_width(line, (size_t)(end - line)) <= (size_t)width);
		}
		free(text);
	}
	snapshot_unref(snapshot);
}

/* Styles */

static void test_highlighting(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.highlight_pid = 11, .look.bold = true};

	(void)state;
	assert_tree(snapshot, &options, "\x1b[0;1minit\x1b[0m S\n"
					"|- cron S\n"
					"`- \x1b[0;1msshd\x1b[0m S\n"
					"   |- bash S\n"
					"   `- \x1b[0;1msh\x1b[0m S\n"
					"      `- vi S\n");
	options.look.bold = false;
	assert_tree(snapshot, &options, "init S\n|- cron S\n`- sshd S\n   |- bash S\n   `- sh S\n      `- vi S\n");
	snapshot_unref(snapshot);
}

static void test_colors_are_closed_where_a_line_is_cut(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct tree_options options = {.look = {.bold = true, .color = true, .width = 6}};

	(void)state;
	strcpy(add(snapshot, 1, 0, "init")->stat, "R");
	snapshot->processes.items[0]->state = 'R';
	add_zombie(snapshot, 2, 1, "z");
	assert_tree(snapshot, &options, "init \x1b[0;1;32mR\x1b[0m\n\x1b[0;36m`- \x1b[0mz >\n");
	snapshot_unref(snapshot);
}

static void test_colors_of_states(void **state)
{
	static const struct {
		char letter;
		const char *expected;
	} cases[] = {
		{'S', "x ?\n"},
		{'R', "x \x1b[0;1;32m?\x1b[0m\n"},
		{'D', "x \x1b[0;1;33m?\x1b[0m\n"},
		{'T', "x \x1b[0;1;34m?\x1b[0m\n"},
		{'t', "x \x1b[0;1;34m?\x1b[0m\n"},
		{'Z', "x \x1b[0;35m?\x1b[0m \x1b[0;35m<defunct>\x1b[0m\n"},
	};
	struct snapshot *snapshot = made_snapshot(1, 1);
	struct tree_options options = {.look = {.bold = true, .color = true}};
	struct process *process = add(snapshot, 1, 0, "x");

	(void)state;
	strcpy(process->stat, "?");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		process->state = cases[i].letter;
		assert_tree(snapshot, &options, cases[i].expected);
	}
	process->state = 'S';
	process->orphan = ORPHAN_OBSERVED;
	assert_tree(snapshot, &options, "x ? \x1b[0;1;35mORPHAN\x1b[0m\n");
	process->orphan = ORPHAN_DETACHED;
	assert_tree(snapshot, &options, "x ? \x1b[0;2mdetached\x1b[0m\n");
	snapshot_unref(snapshot);
}

/* Hostile names */

static void test_nothing_raw_reaches_the_output(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 256);
	struct tree_options options = {.show_arguments = true, .show_users = true, .show_threads = true};
	char *text;

	(void)state;
	add(snapshot, 1, 0, "init");
	for (int32_t byte = 1; byte < 256; byte++) {
		char name[] = {'a', (char)byte, '[', '\0'};
		struct process *process = add(snapshot, byte + 1, 1, "x");
		struct thread_times *threads = arena_array(&snapshot->arena, 2, sizeof(*threads));

		process->comm = process->username = arena_text(&snapshot->arena, name, 3);
		process->cmdline = arena_format(&snapshot->arena, "%s%c%s", name, 'x', name);
		process->uid_real = 5;
		threads[0].id = 5;
		threads[1].name = process->comm;
		process->more->threads = (struct list){threads, 2};
		process->have |= FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_THREADS);
	}
	for (int utf8 = 0; utf8 < 2; utf8++) {
		options.look.utf8 = utf8;
		text = print(snapshot, &options);
		for (const unsigned char *p = (const unsigned char *)text; *p; p++)
			assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f) || (utf8 && *p >= 0x80));
		assert_true(text_is_utf8(text_of(text)));
		free(text);
	}
	snapshot_unref(snapshot);
}

static void test_other_than_latin_names_need_utf8(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct tree_options options = {.look.utf8 = true};

	(void)state;
	add(snapshot, 1, 0, "\xc3\xa9t\xc3\xa9\xc2\x9b\xe2\x80\xae");
	assert_tree(snapshot, &options, "\xc3\xa9t\xc3\xa9\\u009b\\u202e S\n");
	options.look.utf8 = false;
	assert_tree(snapshot, &options, "\\xc3\\xa9t\\xc3\\xa9\\xc2\\x9b\\xe2\\x80\\xae S\n");
	snapshot_unref(snapshot);
}

/* Filter, facts, errors */

static void test_matches_keep_their_ancestors(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.roots = TREE_MACHINE};
	struct filter *filter;
	struct filter_error error;

	(void)state;
	assert_int_equal(filter_parse("name = sh", &filter, &error), 0);
	options.filter = filter;
	assert_tree(snapshot, &options, "init S\n`- sshd S\n   `- sh S\n");
	options.look.color = options.look.bold = true;
	options.roots = TREE_PID;
	options.pid = 10;
	assert_tree(snapshot, &options,
		    "\x1b[0;2msshd\x1b[0m S\n\x1b[0;36m`- \x1b[0msh S\n");
	options.pid = 20; /* is there, but does not match */
	assert_tree(snapshot, &options, "");
	filter_free(filter);
	snapshot_unref(snapshot);
}

static void test_facts(void **state)
{
	const uint64_t least = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_LINEAGE);
	struct tree_options options = {.show_pids = true, .show_groups = true};
	struct filter_error error;
	struct filter *filter;

	(void)state;
	assert_true(tree_facts(&options) == least);
	options.show_users = true;
	assert_true(tree_facts(&options) == (least | FACT_BIT(FACT_USERNAME)));
	options.show_arguments = true;
	assert_true(tree_facts(&options) == (least | FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_CMDLINE)));
	options = (struct tree_options){.show_threads = true, .sort = process_field(FIELD_ID_NUM_FDS)};
	assert_true(tree_facts(&options) == (least | FACT_BIT(FACT_THREADS) | FACT_BIT(FACT_NUM_FDS)));
	assert_int_equal(filter_parse("cwd = /", &filter, &error), 0);
	options = (struct tree_options){.filter = filter};
	assert_true(tree_facts(&options) == (least | FACT_BIT(FACT_CWD)));
	filter_free(filter);
}

static void test_a_stream_that_fails(void **state)
{
	struct snapshot *snapshot = family();
	struct tree_options options = {.roots = TREE_MACHINE};
	FILE *stream = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(stream);
	setvbuf(stream, NULL, _IONBF, 0);
	assert_int_equal(tree_write(stream, snapshot, &options), -ENOSPC);
	fclose(stream);
	snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_states_badges_and_what_is_not_known),
		cmocka_unit_test(test_zombies_say_why),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_parents_of_a_process),
		cmocka_unit_test(test_processes_of_a_user),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_circles_are_cut),
		cmocka_unit_test(test_leaves_that_look_alike_are_merged),
		cmocka_unit_test(test_the_last_sibling_after_merging_is_the_last),
		cmocka_unit_test(test_arguments_count_as_looks),
		cmocka_unit_test(test_many_siblings),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_a_chain_of_3000),
		cmocka_unit_test(test_lines_are_cut),
		cmocka_unit_test(test_no_width_is_exceeded),
		cmocka_unit_test(test_highlighting),
		cmocka_unit_test(test_colors_are_closed_where_a_line_is_cut),
		cmocka_unit_test(test_colors_of_states),
		cmocka_unit_test(test_nothing_raw_reaches_the_output),
		cmocka_unit_test(test_other_than_latin_names_need_utf8),
		cmocka_unit_test(test_matches_keep_their_ancestors),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_a_stream_that_fails),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
