/* The filter language: what is text, what an expression means, how mistakes are told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "model/field.h"
#include "model/filter.h"

#define EVERYTHING (~UINT64_C(0))

/* A web server's worker that every test asks about. */
static struct process nginx(void)
{
	static int32_t parents[] = {1200, 1};
	struct process p;

	made_init(&p);
	p.have = EVERYTHING;
	p.pid = 1234;
	p.ppid = 1200;
	p.starttime = 9007199254740993;
	p.state = 'S';
	memcpy(p.stat, "Ss+", 4);
	p.nice = -5;
	p.num_threads = 4;
	p.flags_mask = 0x400100;
	p.is_kernel = 0;
	p.uid_real = p.more->uid_effective = 33;
	p.rss_bytes = UINT64_C(3) << 29; /* 1.5 GiB */
	p.read_bytes_per_s = 2048;
	p.cpu_percent = 12.5;
	p.memory_percent = ABSENT_F64;
	p.cpu_total_s = 7200;
	p.minflt = 5000;
	p.comm = TEXT_LITERAL("nginx");
	p.username = TEXT_LITERAL("www-data");
	p.cmdline = TEXT_LITERAL("/usr/sbin/nginx\0-g\0daemon off; (x=1)\0");
	p.more->environ = TEXT_LITERAL("HOME=/\0LANG=C\0");
	p.more->cwd = TEXT_ABSENT;
	p.orphan = ORPHAN_DETACHED;
	p.more->parents = (struct list){parents, 2};
	p.more->cpu_affinity = LIST_ABSENT;
	return p;
}

static bool matches(const struct process *process, const char *expression)
{
	struct filter_error error = {"", 0, 0};
	struct filter *filter;
	bool result;

	if (filter_parse(expression, &filter, &error) < 0)
		fail_msg("%s: %s at %zu", expression, error.message, error.column);
	result = filter_match(filter, process);
	filter_free(filter);
	return result;
}

static void assert_all(const struct process *process, bool expected, const char *const *expressions)
{
	for (; *expressions; expressions++) {
		if (matches(process, *expressions) != expected)
			fail_msg("%s: %s", *expressions, expected ? "does not match" : "matches");
	}
}

#define YES(process, ...) assert_all(process, true, (const char *const[]){__VA_ARGS__, NULL})
#define NO(process, ...) assert_all(process, false, (const char *const[]){__VA_ARGS__, NULL})

static void text_is_searched_for_as_in_htop(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "", "   ", "nginx", "NGINX", "sbin/ng", " nginx ", "nginx -G", "daemon OFF;", "zzz|nginx", "(x", "|");
	NO(&p, "apache", "nginx  -g", "zzz|yyy", "HOME");
	p.cmdline = TEXT_LITERAL("");
	p.comm = TEXT_LITERAL("kworker/0:1-events");
	YES(&p, "KWORKER", "0:1");
	NO(&p, "nginx");
	p.cmdline = TEXT_ABSENT;
	p.comm = TEXT_ABSENT;
	NO(&p, "nginx");
	YES(&p, "");
}

static void without_the_command_line_the_name_counts(void **state)
{
	struct process p = nginx();

	(void)state;
	p.have &= ~FACT_BIT(FACT_CMDLINE);
	YES(&p, "nginx");
	NO(&p, "sbin");
}

static void numbers_are_compared_by_size(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "pid = 1234", "pid == 1234", "pid != 1", "pid < 1235", "pid <= 1234", "pid > 1233", "pid >= 1234",
	    "nice = -5", "nice < 0", "cpu > 5", "cpu=12.5", "cpu > 5%", "cpu_percent < 100", "CPU > 5", "Pid=1234");
	NO(&p, "pid = 1235", "pid != 1234", "pid < 1234", "pid > 1234", "pid >= 1235", "cpu > 12.5", "nice > 0");
}

/* 2^53 + 1: as doubles both would be the same. */
static void counters_are_compared_exactly(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "starttime = 9007199254740993");
	NO(&p, "starttime = 9007199254740992", "starttime = -1");
}

static void units_are_those_of_the_field(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "rss > 1G", "rss < 2g", "rss = 1536M", "rss = 1536MiB", "rss = 1536MB", "rss >= 1.5G", "rss = 1572864K",
		"rss < 1T", "rss < 1P", "rss = 1610612736", "rss = 1610612736B", "read = 2K", "read = 2K/s",
		"read = 2KiB/s", "time = 2h", "time = 120m", "time = 7200s", "time = 7200", "time < 1d", "minflt > 4K",
		"minflt < 5K");
	NO(&p, "rss > 2G", "time > 2h", "read > 2K");
}

static void text_fields_are_compared_exactly(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "name = nginx", "name == 'nginx'", "name = \"nginx\"", "name != Nginx", "name > nginw", "name < o",
		"state = S", "stat = Ss+", "status = sleeping", "status != zombie",
		"cmdline = \"/usr/sbin/nginx -g daemon off; (x=1)\"", "user = www-data", "username = www-data",
		"name != ''");
	NO(&p, "name = NGINX", "name = ngin", "name != nginx", "stat = S", "name = ''");
}

static void a_user_is_a_name_or_a_number(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "user = 33", "user != 0", "uid = 33", "user != 4294967295");
	NO(&p, "user != 33", "user = 0", "user = root");
	p.username = TEXT_LITERAL("33");
	p.uid_real = 1;
	YES(&p, "user = 33");
	p.username = TEXT_ABSENT;
	NO(&p, "user = 33", "user != 33");
}

static void regular_expressions_are_posix_extended(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "name ~ ^ng", "name ~ x$", "stat ~ s", "stat ~ [+]", "cmdline ~ (apache|nginx)", "cmdline ~ 'nginx -g'",
	    "name !~ ^x", "cmdline ~ x=1", "(name ~ ^(n|m)ginx)", "name ~ '^n.{3}x$'", "environ ~ 'HOME=/ LANG'");
	NO(&p, "name ~ Nginx", "stat ~ Z", "name !~ ng", "cmdline ~ ^nginx");
}

static void flags_and_lists(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "flags = 0x400100", "flags = 400100", "flags = 0000000000400100", "flags != 1", "parents = 1",
		"parents = 1200", "parents != 7", "kernel = false", "kernel != true", "kernel = no", "kernel = 0",
		"not kernel");
	NO(&p, "flags = 1", "parents = 12", "parents != 1", "kernel", "kernel = true", "kernel = yes",
		"cpu_affinity = 0", "cpu_affinity != 0");
}

static void states_and_classes_are_words(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "sleeping", "Sleeping", "(sleeping)", "detached", "not orphan", "not zombie", "not running");
	NO(&p, "running", "zombie", "orphan", "stopped", "injected", "kernel", "idle", "disk-sleep");
	p.state = 'Z';
	NO(&p, "zombie"); /* threads live */
	p.num_threads = 1;
	YES(&p, "zombie");
	p.orphan = ORPHAN_PROVEN;
	YES(&p, "orphan");
	p.orphan = ORPHAN_OBSERVED;
	YES(&p, "orphan");
	p.orphan = ORPHAN_POSSIBLE;
	NO(&p, "orphan");
	p.orphan = ORPHAN_PROVEN;
	p.have &= ~FACT_BIT(FACT_LINEAGE);
	NO(&p, "orphan");
}

/* Looking for the word itself needs quotes. */
static void quotes_make_text_of_anything(void **state)
{
	struct process p = nginx();

	(void)state;
	p.cmdline = TEXT_LITERAL("watch\0zombie and a = b \"c\"\0");
	YES(&p, "\"zombie\"", "'a = b'", "'ZOMBIE and'", "'zombie' and pid = 1234", "'\"c\"'", "don't|watch");
	NO(&p, "zombie", "'zombie or'", "don't");
}

static void operators_bind_as_usual(void **state)
{
	struct process p = nginx();

	(void)state;
	YES(&p, "pid = 1 and pid = 2 or pid = 1234", "pid = 1234 or pid = 1 and pid = 2",
		"(pid = 1 or pid = 1234) and cpu > 5", "not pid = 1 and cpu > 5", "not (pid = 1 or pid = 2)",
		"not not sleeping", "nginx and cpu > 5", "cpu > 5 AND NOT zombie", "pid=1234 and cpu>5",
		"((((sleeping)))) and (nginx)");
	NO(&p, "(pid = 1234 or pid = 1) and pid = 2", "not pid = 1234 or zombie", "apache and cpu > 5", "not nginx");
}

/* Right or absent: nothing is claimed of what is not known. */
static void what_is_absent_compares_to_nothing(void **state)
{
	struct process p = nginx();

	(void)state;
	NO(&p, "mem = 0", "mem != 0", "mem < 100", "mem >= 0", "cwd = /", "cwd != /", "cwd ~ .", "cwd !~ .");
	YES(&p, "not mem = 0");
	p.have = FACT_BIT(FACT_STAT);
	NO(&p, "rss > 0", "rss != 0", "user = 33", "user != 33", "parents != 7", "stat ~ S", "flags = 1");
	YES(&p, "flags = 400100", "pid = 1234");
}

static void needs_are_those_of_the_fields(void **state)
{
	static const struct {
		const char *expression;
		uint64_t facts;
	} cases[] = {
		{"", 0},
		{"nginx", FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_STAT)},
		{"pid = 1", 0},
		{"ppid = 1", FACT_BIT(FACT_STAT)},
		{"rss > 1 and ppid = 1", FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM)},
		{"orphan", FACT_BIT(FACT_LINEAGE)},
		{"user = root", FACT_BIT(FACT_USERNAME)},
		{"user = 0", FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_STATE)},
		{"not (read > 1M or fds > 7)", FACT_BIT(FACT_IO) | FACT_BIT(FACT_NUM_FDS)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter_error error;
		struct filter *filter;

		assert_int_equal(filter_parse(cases[i].expression, &filter, &error), 0);
		assert_true(filter_facts(filter) == cases[i].facts);
		filter_free(filter);
	}
	assert_int_equal(filter_facts(NULL), 0);
}

static void mistakes_are_told_with_their_place(void **state)
{
	static const struct {
		const char *expression, *message;
		size_t column, length;
	} cases[] = {
		{"cpu >", "a value is expected after >", 5, 0},
		{"cpu > ", "a value is expected after >", 6, 0},
		{"(cpu > )", "a value is expected after >", 7, 0},
		{"cpux > 5", "unknown field \"cpux\"; is it cpu?", 0, 4},
		{"nmae = x", "unknown field \"nmae\"; is it name?", 0, 4},
		{"pid = 1 and memory_info > 5", "unknown field \"memory_info\"; is it memory_info.rss?", 12, 11},
		{"--type = x", "unknown field \"--type\"; in quotes it is text", 0, 6},
		{"= 5", "a field or a word is expected before \"=\"", 0, 1},
		{"'cpu' > 5", "the name of a field is expected here", 0, 5},
		{"cpu > abc", "cpu_percent is compared with a number", 6, 3},
		{"rss > 5x", "\"x\" is no unit of memory_info.rss", 7, 1},
		{"rss > 5h", "\"h\" is no unit of memory_info.rss", 7, 1},
		{"rss > 5Kx", "\"Kx\" is no unit of memory_info.rss", 7, 2},
		{"time > 5G", "\"G\" is no unit of cpu_times.total", 8, 1},
		{"cpu > 5G", "\"G\" is no unit of cpu_percent", 7, 1},
		{"pid = 5k", "\"k\" is no unit of pid", 7, 1},
		{"rss > 5/s", "\"/s\" is no unit of memory_info.rss", 7, 2},
		{"kernel = maybe", "kernel is compared with true or false", 9, 5},
		{"kernel > 0", "kernel cannot be compared by >", 7, 1},
		{"pid ~ 1", "pid cannot be compared by ~", 4, 1},
		{"flags = xyz", "flags is compared with a hexadecimal number", 8, 3},
		{"threads = 1", "threads cannot be compared", 0, 7},
		{"name ~ (", "regular expression: Unmatched ( or \\(", 7, 1},
		{"name ~ (a)\\1", "back-references are not supported", 7, 5},
		{"name ~ a{5000}", "the regular expression repeats too much", 7, 7},
		{"name ~ ((a{100}){100}){100}", "the regular expression repeats too much", 7, 20},
		{"(pid = 1", "this parenthesis is not closed", 0, 1},
		{"pid = 1)", "and, or, or the end is expected before \")\"", 7, 1},
		{"pid = 1 pid = 2", "and, or, or the end is expected before \"pid\"", 8, 3},
		{"pid = 1 and", "something is missing here", 11, 0},
		{"pid = 1 and or", "a field or a word is expected before \"or\"", 12, 2},
		{"not", "something is missing here", 3, 0},
		{"() and pid = 1", "a field or a word is expected before \")\"", 1, 1},
		{"name = 'x", "this quote is not closed", 7, 1},
		{"cpu and zombie",
			"cpu_percent is a field: an operator is expected after it, or quotes around it to search for "
			"it",
			0, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter_error error = {"", 0, 0};
		struct filter *filter = NULL;

		assert_int_equal(filter_parse(cases[i].expression, &filter, &error), -EINVAL);
		assert_null(filter);
		assert_string_equal(error.message, cases[i].message);
		assert_int_equal(error.column, cases[i].column);
		assert_int_equal(error.length, cases[i].length);
	}
}

static char *repeated(const char *piece, size_t count, const char *tail)
{
	size_t length = strlen(piece);
	char *text = malloc(length * count + strlen(tail) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * length, piece, length);
	strcpy(text + length * count, tail);
	return text;
}

static void assert_refused(char *text, const char *message)
{
	struct filter_error error;
	struct filter *filter;

	assert_int_equal(filter_parse(text, &filter, &error), -EINVAL);
	assert_string_equal(error.message, message);
	free(text);
}

static void depth_and_length_are_limited(void **state)
{
	struct process p = nginx();
	char *text = repeated("not ", 100, "zombie");

	(void)state;
	NO(&p, text);
	free(text);
	assert_refused(repeated("not ", 101, "zombie"), "nested too deeply");
	assert_refused(repeated("(", 1000, "zombie and pid = 1"), "nested too deeply");
	assert_refused(repeated("a", 4097, ""), "longer than 4096 bytes");
	text = repeated("pid=1 or ", 450, "pid=1234"); /* a long chain is not deep */
	YES(&p, text);
	free(text);
	text = repeated("a", 4096, "");
	NO(&p, text);
	free(text);
}

/* The longest names must not overflow the message. */
static void messages_are_cut_to_their_room(void **state)
{
	(void)state;
	for (size_t length = 1; length < 300; length++) {
		struct filter_error error;
		struct filter *filter;
		char *text = repeated("x", length, " > 5");

		assert_int_equal(filter_parse(text, &filter, &error), -EINVAL);
		assert_true(strlen(error.message) < sizeof(error.message));
		assert_int_equal(error.length, length);
		free(text);
	}
}

/* Longer than what fits the matcher's own buffer. */
static void long_command_lines_are_searched_to_the_end(void **state)
{
	struct process p = nginx();
	char *line = repeated("argument", 2000, "end");

	(void)state;
	line[7999] = '\0';
	p.cmdline = (struct text){line, 16003 + 1};
	YES(&p, "argumentEND", "cmdline ~ end$", "cmdline ~ 'n argument'");
	NO(&p, "cmdline ~ end.");
	free(line);
}

static void every_field_can_be_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *field = process_field((enum field_id)i);
		struct filter_error error = {"", 0, 0};
		struct filter *filter = NULL;
		char text[100];

		snprintf(text, sizeof(text), "%s = 1", field->key);
		if (filter_parse(text, &filter, &error) < 0)
			assert_non_null(strstr(error.message, "cannot be compared"));
		else
			assert_true((filter_facts(filter) & field->needs) == field->needs);
		filter_free(filter);
	}
}

static void no_filter_matches_all(void **state)
{
	struct process p = nginx();

	(void)state;
	assert_true(filter_match(NULL, &p));
	filter_free(NULL);
}

static void there_is_no_blank_behind_the_last_argument(void **state)
{
	struct process p = nginx();

	(void)state;
	assert_true(matches(&p, "\" \""));
	p.cmdline = TEXT_LITERAL("/usr/sbin/nginx\0");
	assert_false(matches(&p, "\" \""));
	assert_true(matches(&p, "nginx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_no_blank_behind_the_last_argument),
		cmocka_unit_test(text_is_searched_for_as_in_htop),
		cmocka_unit_test(without_the_command_line_the_name_counts),
		cmocka_unit_test(numbers_are_compared_by_size),
		cmocka_unit_test(counters_are_compared_exactly),
		cmocka_unit_test(units_are_those_of_the_field),
		cmocka_unit_test(text_fields_are_compared_exactly),
		cmocka_unit_test(a_user_is_a_name_or_a_number),
		cmocka_unit_test(regular_expressions_are_posix_extended),
		cmocka_unit_test(flags_and_lists),
		cmocka_unit_test(states_and_classes_are_words),
		cmocka_unit_test(quotes_make_text_of_anything),
		cmocka_unit_test(operators_bind_as_usual),
		cmocka_unit_test(what_is_absent_compares_to_nothing),
		cmocka_unit_test(needs_are_those_of_the_fields),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(depth_and_length_are_limited),
		cmocka_unit_test(messages_are_cut_to_their_room),
		cmocka_unit_test(long_command_lines_are_searched_to_the_end),
		cmocka_unit_test(every_field_can_be_named),
		cmocka_unit_test(no_filter_matches_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
