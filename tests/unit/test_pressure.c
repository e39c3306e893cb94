/* Pressure stall information: the text of its files, and the collector over trees of newer and older kernels. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "collect/pressure.h"
#include "reading.h"

#define SOME "some avg10=1.25 avg60=0.50 avg300=0.13 total=123456789\n"
#define FULL "full avg10=0.75 avg60=0.25 avg300=0.06 total=18446744073709551614\n"

static int parse(const char *string, struct pressure_line *some, struct pressure_line *full)
{
	return pressure_parse(text_of(string), some, full);
}

static void assert_line(const struct pressure_line *line, double avg10, double avg60, double avg300, uint64_t total)
{
	assert_near(line->avg10, avg10);
	assert_near(line->avg60, avg60);
	assert_near(line->avg300, avg300);
	assert_true(line->total == total);
}

static bool is_absent(const struct pressure_line *line)
{
	return isnan(line->avg10) && isnan(line->avg60) && isnan(line->avg300) && line->total == ABSENT_U64;
}

static void lines_go_to_their_members(void **state)
{
	struct pressure_line some, full;

	(void)state;
	assert_int_equal(parse(SOME FULL, &some, &full), 0);
	assert_line(&some, 1.25, 0.50, 0.13, 123456789);
	assert_line(&full, 0.75, 0.25, 0.06, UINT64_MAX - 1);
}

static void missing_line_leaves_its_member(void **state)
{
	struct pressure_line some = {7, 7, 7, 7}, full = {7, 7, 7, 7};

	(void)state;
	assert_int_equal(parse(SOME, &some, &full), 0);
	assert_line(&full, 7, 7, 7, 7);
	some.total = 7;
	assert_int_equal(parse(FULL, &some, &full), 0);
	assert_int_equal(some.total, 7);
	assert_int_equal(parse(FULL, NULL, NULL), 0);
}

static void unknown_lines_and_fields_are_passed_over(void **state)
{
	struct pressure_line some, full;

	(void)state;
	assert_int_equal(parse("most avg10=9\n" SOME "full avg10=0.75 avg60=0.25 avg300=0.06 total=3 new=4\n", &some,
			       &full), 0);
	assert_line(&some, 1.25, 0.50, 0.13, 123456789);
	assert_int_equal(full.total, 3);
}

static void malformed_text_is_refused_and_sets_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n", "most avg10=9\n", "some", "some \n", "some avg10=", "some avg10=1 avg60=2 avg300=3\n",
		"some avg10=1 avg60=2 avg300=3 total=\n", "some avg10=1 avg60=2 avg300=3 total=-1\n",
		"some avg10=1 avg60=2 avg300=3 total=18446744073709551616\n",
		"some avg60=1 avg10=2 avg300=3 total=4\n", SOME "full avg10=x\n", "SOME avg10=1 avg60=2 avg300=3 total=4",
		"some avg10=1 avg60=2 avg300=-3 total=4\n",
	};
	struct pressure_line some = {7, 7, 7, 7}, full = {7, 7, 7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_true(parse(texts[i], &some, &full) < 0);
	assert_line(&some, 7, 7, 7, 7);
	assert_line(&full, 7, 7, 7, 7);
}

static void outcome_follows_the_files(void **state)
{
	(void)state;
	assert_int_equal(pressure_outcome((int[]){-ENOENT, -ENOENT, -ENOENT, -ENOENT}, 4), -ENOENT);
	assert_int_equal(pressure_outcome((int[]){-EOPNOTSUPP, -EOPNOTSUPP, -EOPNOTSUPP, -ENOENT}, 4), -EOPNOTSUPP);
	assert_int_equal(pressure_outcome((int[]){-ENOENT, -EACCES, -EIO, -EOPNOTSUPP}, 4), -EOPNOTSUPP);
	assert_int_equal(pressure_outcome((int[]){-ENOENT, -EACCES, -EIO}, 3), -EACCES);
	assert_int_equal(pressure_outcome((int[]){-EOPNOTSUPP, -EACCES, 0}, 3), 0);
}

static void collector_reads_all_resources(void **state)
{
	struct reading reading;
	const struct pressure *pressure;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_pressure, "tests/fixtures/cpu_smt"), 0);
	pressure = &reading.snapshot->pressure;
	assert_line(&pressure->cpu_some, 1.25, 0.50, 0.13, 123456789);
	assert_line(&pressure->cpu_full, 0, 0, 0, 0);
	assert_line(&pressure->memory_some, 0.10, 0.20, 0.30, 44);
	assert_line(&pressure->memory_full, 0.01, 0.02, 0.03, 33);
	assert_line(&pressure->io_some, 99.99, 45, 5.05, UINT64_MAX - 1);
	assert_line(&pressure->io_full, 88, 44, 4.04, 7);
	assert_line(&pressure->irq_full, 0.60, 0.50, 0.40, 987);
	assert_int_equal(reading.snapshot->errors.count, 0);
	reading_close(&reading);
}

/* No "full" for cpu and no irq is how older kernels are; a truncated file is an error of its own. */
static void collector_reads_older_kernel(void **state)
{
	struct reading reading;
	const struct pressure *pressure;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_pressure, "tests/fixtures/cpu_old"), 0);
	pressure = &reading.snapshot->pressure;
	assert_line(&pressure->cpu_some, 2, 1, 0.5, 10);
	assert_true(is_absent(&pressure->cpu_full));
	assert_true(is_absent(&pressure->memory_some) && is_absent(&pressure->memory_full));
	assert_line(&pressure->io_full, 0, 0, 0, 4);
	assert_true(is_absent(&pressure->irq_full));
	assert_int_equal(reading.snapshot->errors.count, 1);
	assert_non_null(reading_error(&reading, "pressure", EBADMSG));
	reading_close(&reading);
}

static void collector_without_psi_is_absent(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_pressure, "tests/fixtures/cpu_arm"), -ENOENT);
	assert_true(is_absent(&reading.snapshot->pressure.cpu_some));
	assert_int_equal(reading.snapshot->errors.count, 0);
	reading_close(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_go_to_their_members),
		cmocka_unit_test(missing_line_leaves_its_member),
		cmocka_unit_test(unknown_lines_and_fields_are_passed_over),
		cmocka_unit_test(malformed_text_is_refused_and_sets_nothing),
		cmocka_unit_test(outcome_follows_the_files),
		cmocka_unit_test(collector_reads_all_resources),
		cmocka_unit_test(collector_reads_older_kernel),
		cmocka_unit_test(collector_without_psi_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
