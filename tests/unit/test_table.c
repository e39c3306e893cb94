/* The plain table: columns and their widths, order, choice, commands, and the names somebody may have meant. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "out/table.h"

#define COLUMNS_MAX 8

/* Options with these columns. */
struct chosen {
	enum field_id ids[COLUMNS_MAX];
	struct text_table_options options;
};

static struct text_table_options *choose(struct chosen *chosen, size_t count, const enum field_id *ids)
{
	*chosen = (struct chosen){.options = {.columns = chosen->ids, .columns_count = count, .look.utf8 = true}};
	memcpy(chosen->ids, ids, count * sizeof(*ids));
	return &chosen->options;
}

#define CHOOSE(chosen, ...)                                                                                            \
	choose(chosen, sizeof((enum field_id[]){__VA_ARGS__}) / sizeof(enum field_id), (enum field_id[]){__VA_ARGS__})

static struct process *add(struct snapshot *snapshot, int32_t pid, const char *name)
{
	struct process *process = made_process(snapshot, pid, 1, name);

	process->is_kernel = 0;
	process->main_exited = 0;
	process->have |= FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_STATM);
	strcpy(process->stat, "S");
	return process;
}

static char *print(const struct snapshot *snapshot, const struct text_table_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(text_table_write(stream, snapshot, options), 0);
	fclose(stream);
	return text;
}

static void assert_table(const struct snapshot *snapshot, const struct text_table_options *options,
			 const char *expected)
{
	char *text = print(snapshot, options);

	assert_string_equal(text, expected);
	free(text);
}

static void test_numbers_right_and_text_left(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 4);
	struct chosen chosen;

	(void)state;
	add(snapshot, 5, "sh")->username = TEXT_LITERAL("root");
	add(snapshot, 4194304, "bash")->username = TEXT_LITERAL("a-rather-long-name");
	snapshot->processes.items[0]->rss_bytes = 3 << 20;
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_USERNAME, FIELD_ID_PID, FIELD_ID_RSS, FIELD_ID_NAME),
		     "USER                   PID    RES NAME\n"
		     "root                     5   3.0M sh\n"
		     "a-rather-long-name 4194304      - bash\n");
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_NAME, FIELD_ID_PID),
		     "NAME                PID\n"
		     "sh                    5\n"
		     "bash            4194304\n");
	/* A title wider than field and contents, and one column alone. */
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_STATE, FIELD_ID_RT_PRIORITY),
		     "S RTPRIO\nS      -\nS      -\n");
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_STATE), "S\nS\nS\n");
	/* Without a title the key is it. */
	snapshot->processes.items[0]->starttime = UINT64_C(123456789012345);
	snapshot->processes.items[1]->starttime = 7;
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_STARTTIME, FIELD_ID_STATE),
		     "      STARTTIME S\n123456789012345 S\n              7 S\n");
	snapshot_unref(snapshot);
}

static void test_wide_characters_keep_columns_straight(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct chosen chosen;

	(void)state;
	add(snapshot, 5, "日本語")->username = TEXT_LITERAL("e\xcc\x81");
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_NAME, FIELD_ID_USERNAME, FIELD_ID_STATE),
		     "NAME            USER      S\n日本語          e\xcc\x81         S\n");
	snapshot_unref(snapshot);
}

static void test_kinds_of_values(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct process *process = add(snapshot, 5, "x");
	struct chosen chosen;

	(void)state;
	process->more->signals_caught = UINT64_C(0x10180);
	process->uid_real = 4294967294; /* identifiers are whole */
	process->main_exited = 1;
	process->minflt = 1234567890; /* counts are short */
	process->cpu_percent = 12.34;
	process->more->exe = TEXT_LITERAL("");
	process->have |= FACT_BIT(FACT_EXE);
	process->more->environ = TEXT_LITERAL("A=1\0B=\x1b\0");
	process->have |= FACT_BIT(FACT_ENVIRON);
	assert_table(snapshot,
		     CHOOSE(&chosen, FIELD_ID_SIG_CAUGHT, FIELD_ID_UID_REAL, FIELD_ID_MAIN_EXITED, FIELD_ID_MINFLT,
			    FIELD_ID_CPU_PERCENT, FIELD_ID_EXE, FIELD_ID_CWD, FIELD_ID_ENVIRON),
		     "  SIGNALS.CAUGHT        UID MAIN_EXITED   MINFLT  CPU% "
		     "EXE                  CWD                  ENVIRON\n"
		     "0000000000010180 4294967294         yes 1234567k  12.3 "
		     "-                    -                    A=1 B=\\x1b\n");
	snapshot_unref(snapshot);
}

static void test_commands(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 9);
	struct process *process;
	struct chosen chosen;

	(void)state;
	add(snapshot, 1, "init")->cmdline = TEXT_LITERAL("/sbin/init\0--x\0a b\0");
	process = add(snapshot, 2, "kthreadd");
	process->is_kernel = 1;
	process->cmdline = TEXT_LITERAL("");
	process = add(snapshot, 3, "de\x1b[2Jad");
	process->state = 'Z';
	process->have &= ~FACT_BIT(FACT_CMDLINE);
	add(snapshot, 4, "emptied")->cmdline = TEXT_LITERAL("");
	process = add(snapshot, 5, "denied");
	process->cmdline = TEXT_LITERAL("of another time\0");
	process->have &= ~FACT_BIT(FACT_CMDLINE);
	process = add(snapshot, 6, "x");
	process->have = 0;
	process->comm = TEXT_ABSENT;
	add(snapshot, 7, "sh")->cmdline = TEXT_LITERAL("sh\0-c\0a\nb\x9b\0");
	process = add(snapshot, 8, "leader"); /* its other threads live */
	process->state = 'Z';
	process->num_threads = 2;
	process->main_exited = 1;
	process->cmdline = TEXT_LITERAL("leader\0");
	process = add(snapshot, 9, "kworker"); /* whose arguments were not read */
	process->is_kernel = 1;
	process->have &= ~FACT_BIT(FACT_CMDLINE);
	assert_table(snapshot, CHOOSE(&chosen, FIELD_ID_CMDLINE),
		     "Command\n/sbin/init --x a b\n[kthreadd]\n[de\\x1b[2Jad] <defunct>\n[emptied]\ndenied\n-\n"
		     "sh -c a\\nb\\x9b\nleader\n[kworker]\n");
	snapshot_unref(snapshot);
}

static void test_order(void **state)
{
	static const double percents[] = {5, NAN, 50, 5, 0};
	static const char *const names[] = {"b", "a", "a", "a", "b"};
	const struct sort_key by_cpu = {process_field(FIELD_ID_CPU_PERCENT), false};
	const struct sort_key by_cpu_down = {process_field(FIELD_ID_CPU_PERCENT), true};
	const struct sort_key by_name_cpu[] = {{process_field(FIELD_ID_NAME), true}, by_cpu};
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct chosen chosen;
	struct text_table_options *options = CHOOSE(&chosen, FIELD_ID_PID);

	(void)state;
	for (int32_t i = 0; i < 5; i++)
		add(snapshot, i + 1, names[i])->cpu_percent = percents[i];
	assert_table(snapshot, options, "    PID\n      1\n      2\n      3\n      4\n      5\n");
	options->keys = &by_cpu;
	options->keys_count = 1;
	assert_table(snapshot, options, "    PID\n      5\n      1\n      4\n      3\n      2\n");
	options->keys = &by_cpu_down;
	assert_table(snapshot, options, "    PID\n      3\n      1\n      4\n      5\n      2\n");
	options->keys = by_name_cpu;
	options->keys_count = 2;
	assert_table(snapshot, options, "    PID\n      5\n      1\n      4\n      3\n      2\n");
	snapshot_unref(snapshot);
}

static void test_commands_without_arguments_are_ordered_by_name(void **state)
{
	const struct sort_key key = {process_field(FIELD_ID_CMDLINE), false};
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct chosen chosen;
	struct text_table_options *options = CHOOSE(&chosen, FIELD_ID_PID);

	(void)state;
	add(snapshot, 1, "x")->cmdline = TEXT_LITERAL("m\0");
	add(snapshot, 2, "n")->cmdline = TEXT_LITERAL("");
	add(snapshot, 3, "b")->have &= ~FACT_BIT(FACT_CMDLINE);
	options->keys = &key;
	options->keys_count = 1;
	assert_table(snapshot, options, "    PID\n      3\n      1\n      2\n");
	snapshot_unref(snapshot);
}

static void test_choice(void **state)
{
	static const int32_t pids[] = {4, 2, 9};
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct chosen chosen;
	struct text_table_options *options = CHOOSE(&chosen, FIELD_ID_PID);
	struct filter_error error;
	struct filter *filter;

	(void)state;
	for (int32_t pid = 1; pid <= 5; pid++)
		add(snapshot, pid, pid % 2 ? "odd" : "even");
	options->pids = pids;
	options->pids_count = 3;
	assert_table(snapshot, options, "    PID\n      2\n      4\n");
	assert_int_equal(filter_parse("pid > 2", &filter, &error), 0);
	options->filter = filter;
	assert_table(snapshot, options, "    PID\n      4\n");
	options->pids = NULL;
	assert_table(snapshot, options, "    PID\n      3\n      4\n      5\n");
	filter_free(filter);
	assert_int_equal(filter_parse("pid > 5", &filter, &error), 0);
	options->filter = filter;
	assert_table(snapshot, options, "    PID\n");
	filter_free(filter);
	snapshot_unref(snapshot);
	snapshot = snapshot_new();
	options->filter = NULL;
	assert_table(snapshot, options, "    PID\n");
	snapshot_unref(snapshot);
}

static void test_needs(void **state)
{
	const struct sort_key by_rate = {process_field(FIELD_ID_WRITE_RATE), true};
	struct filter_error error;
	struct filter *filter;
	struct chosen chosen;
	struct text_table_options *options = CHOOSE(&chosen, FIELD_ID_PID, FIELD_ID_RSS);

	(void)state;
	assert_true(text_table_facts(options) == (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM)));
	assert_false(text_table_needs_rates(options));
	assert_int_equal(filter_parse("cwd = / or pid = 1", &filter, &error), 0);
	options->filter = filter;
	assert_true(text_table_facts(options) == (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_CWD)));
	assert_false(text_table_needs_rates(options));
	filter_free(filter);
	assert_int_equal(filter_parse("pid = 1 or not read > 5K", &filter, &error), 0);
	options->filter = filter;
	assert_true(text_table_needs_rates(options));
	filter_free(filter);
	options->filter = NULL;
	options->keys = &by_rate;
	options->keys_count = 1;
	assert_true(text_table_facts(options) == (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_IO)));
	assert_true(text_table_needs_rates(options));
	assert_true(text_table_needs_rates(CHOOSE(&chosen, FIELD_ID_PID, FIELD_ID_CPU_PERCENT)));
	assert_false(text_table_needs_rates(CHOOSE(&chosen, FIELD_ID_CPU_TIME, FIELD_ID_MEMORY_PERCENT)));
}

static void test_lines_are_cut(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct chosen chosen;
	struct text_table_options *options = CHOOSE(&chosen, FIELD_ID_PID, FIELD_ID_CMDLINE);

	(void)state;
	add(snapshot, 5, "x")->cmdline = TEXT_LITERAL("/bin/cat\0file\0");
	options->look.width = 15;
	assert_table(snapshot, options, "    PID Command\n      5 /bin/c…\n");
	options->look.width = 21;
	assert_table(snapshot, options, "    PID Command\n      5 /bin/cat file\n");
	options->look.color = options->look.bold = true;
	options->look.width = 12;
	assert_table(snapshot, options, "\x1b[0;1m    PID Com\x1b[0m…\n      5 /bi…\n");
	snapshot_unref(snapshot);
}

static void test_every_field_can_be_shown_or_is_a_list(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct process *process = add(snapshot, 5, "x");

	(void)state;
	process->have = ~UINT64_C(0);
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		enum field_id ids[] = {(enum field_id)id, FIELD_ID_PID};
		const struct text_table_options options = {.columns = ids, .columns_count = 2};
		const struct field *field = process_field((enum field_id)id);
		bool is_list = field->type == FIELD_I32_LIST || field->type == FIELD_LIST || field->type == FIELD_MAP;
		char *text;

		assert_true(text_table_can_show(field) == !is_list);
		if (is_list)
			continue;
		text = print(snapshot, &options);
		/* Header and row are as wide. */
		assert_int_equal(strlen(text), 2 * (strcspn(text, "\n") + 1));
		free(text);
	}
	snapshot_unref(snapshot);
}

static void test_a_stream_that_fails(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 1);
	FILE *stream = fopen("/dev/full", "w");
	struct chosen chosen;

	(void)state;
	assert_non_null(stream);
	setvbuf(stream, NULL, _IONBF, 0);
	assert_int_equal(text_table_write(stream, snapshot, CHOOSE(&chosen, FIELD_ID_PID)), -ENOSPC);
	fclose(stream);
	snapshot_unref(snapshot);
}

static void assert_nearest(const char *typed, const char *expected)
{
	const char *nearest = process_field_nearest(text_of(typed));

	if (!expected)
		assert_null(nearest);
	else
		assert_string_equal(nearest ? nearest : "(none)", expected);
}

static void test_nearest_names(void **state)
{
	char long_name[100];

	(void)state;
	assert_nearest("pdi", "pid");
	assert_nearest("rsss", "rss");
	assert_nearest("nmae", "name");
	assert_nearest("user_name", "username");
	assert_nearest("num_thread", "num_threads");
	assert_nearest("memory_inf.rss", "memory_info.rss");
	assert_nearest("peak_rs", "peak_rss");
	assert_nearest("RES", "rss"); /* a title */
	assert_nearest("PID", "pid");
	assert_nearest("vsz", "vms"); /* of ps */
	assert_nearest("args", "command");
	assert_nearest("pcpu", "cpu");
	assert_nearest("", NULL);
	assert_nearest("qqqq", NULL);
	assert_nearest("x", NULL);
	memset(long_name, 'p', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_nearest(long_name, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_right_and_text_left),
		cmocka_unit_test(test_wide_characters_keep_columns_straight),
		cmocka_unit_test(test_kinds_of_values),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_commands_without_arguments_are_ordered_by_name),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_lines_are_cut),
		cmocka_unit_test(test_every_field_can_be_shown_or_is_a_list),
		cmocka_unit_test(test_a_stream_that_fails),
		cmocka_unit_test(test_nearest_names),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
