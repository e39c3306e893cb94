/* Load averages: the text of proc/loadavg, and the collector over a captured file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "collect/load.h"
#include "reading.h"

static int parse(const char *string, struct load_average *load)
{
	return load_parse(text_of(string), load);
}

static void fields_go_to_their_members(void **state)
{
	struct load_average load;

	(void)state;
	assert_int_equal(parse("0.27 1.09 12.03 3/98 5978\n", &load), 0);
	assert_near(load.min1, 0.27);
	assert_near(load.min5, 1.09);
	assert_near(load.min15, 12.03);
	assert_int_equal(load.runnable, 3);
	assert_int_equal(load.tasks, 98);
}

static void newest_pid_may_lack_and_more_may_follow(void **state)
{
	struct load_average load;

	(void)state;
	assert_int_equal(parse("1.00 2.00 3.00 1/2", &load), 0);
	assert_int_equal(parse("1.00 2.00 3.00 1/2 3 4 5\n", &load), 0);
}

static void malformed_text_is_refused_and_sets_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n", "0.27", "0.27 1.09 12.03", "0.27 1.09 12.03 3", "0.27 1.09 12.03 3/", "0.27 1.09 12.03 3 98",
		"a b c 1/2 3", "-0.27 1.09 12.03 3/98 5978", "0.27 1.09 12.03 3/99999999999 1",
	};
	struct load_average load = {7, 7, 7, 7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_true(parse(texts[i], &load) < 0);
	assert_true(load.min1 == 7 && load.min5 == 7 && load.min15 == 7 && load.runnable == 7 && load.tasks == 7);
}

static void collector_reads_fixture(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_load, "tests/fixtures/cpu_smt"), 0);
	assert_near(reading.snapshot->load.min15, 12.03);
	reading_close(&reading);
}

static void collector_without_file_leaves_absent(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_load, "tests/fixtures/cpu_arm"), -ENOENT);
	assert_true(isnan(reading.snapshot->load.min1));
	assert_int_equal(reading.snapshot->load.tasks, ABSENT_I32);
	reading_close(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_go_to_their_members),
		cmocka_unit_test(newest_pid_may_lack_and_more_may_follow),
		cmocka_unit_test(malformed_text_is_refused_and_sets_nothing),
		cmocka_unit_test(collector_reads_fixture),
		cmocka_unit_test(collector_without_file_leaves_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
