/* Numbers as they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "model/format.h"

static void test_bytes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *expected;
	} cases[] = {
		{0, "0"}, {1, "1B"}, {1023, "1023B"}, {1024, "1.0K"}, {4096, "4.0K"}, {96 << 10, "96.0K"},
		{102348, "99.9K"}, {102349, "100K"}, {1023 << 10, "1023K"}, {(1024 << 10) - 1, "1.0M"},
		{1023ull << 20, "1023M"}, {4402341478ull, "4.1G"}, {(1ull << 40) - 1, "1.0T"}, {1ull << 50, "1.0P"},
		{UINT64_MAX, "16.0E"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[FORMAT_SIZE];

		format_bytes(buffer, cases[i].bytes);
		assert_string_equal(buffer, cases[i].expected);
	}
}

static void test_bytes_never_take_more_than_five_columns(void **state)
{
	(void)state;
	for (uint64_t bytes = 1; bytes; bytes <<= 1) {
		for (int64_t around = -2000; around <= 2000; around += 7) {
			char buffer[FORMAT_SIZE];

			format_bytes(buffer, bytes + (uint64_t)around);
			assert_in_range(strlen(buffer), 1, 5);
		}
	}
}

static void test_rate(void **state)
{
	char buffer[FORMAT_SIZE];

	(void)state;
	format_rate(buffer, 0);
	assert_string_equal(buffer, "0");
	format_rate(buffer, 1258291.2);
	assert_string_equal(buffer, "1.2M");
	format_rate(buffer, NAN);
	assert_string_equal(buffer, "-");
	format_rate(buffer, -1);
	assert_string_equal(buffer, "-");
	format_rate(buffer, 1e30);
	assert_string_equal(buffer, "16.0E");
}

static void test_count(void **state)
{
	static const struct {
		int64_t count;
		int width;
		const char *expected;
	} cases[] = {
		{0, 4, "0"}, {9999, 4, "9999"}, {10000, 4, "10k"}, {999999, 4, "999k"}, {1000000, 4, "1M"},
		{-20, 3, "-20"}, {-1000, 4, "-1k"}, {INT64_MAX, 4, "9E"}, {INT64_MIN, 4, "-9E"}, {12345678, 7, "12345k"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[FORMAT_SIZE];

		format_count(buffer, cases[i].count, cases[i].width);
		assert_string_equal(buffer, cases[i].expected);
	}
}

static void test_percent(void **state)
{
	static const struct {
		double percent;
		int width;
		const char *expected;
	} cases[] = {
		{0, 5, "0.0"}, {12.34, 5, "12.3"}, {99.94, 4, "99.9"}, {99.96, 4, "100"}, {100, 4, "100"}, {100, 5, "100.0"},
		{999.9, 5, "999.9"}, {1234.5, 5, "1235"}, {123456, 5, "123k"}, {1e300, 5, "9223P"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[FORMAT_SIZE];

		format_percent(buffer, cases[i].percent, cases[i].width);
		assert_string_equal(buffer, cases[i].expected);
	}
}

static void test_cpu_time(void **state)
{
	static const struct {
		double seconds;
		const char *expected;
	} cases[] = {
		{0, "0:00.00"}, {1.25, "0:01.25"}, {59.999, "1:00.00"}, {62.11, "1:02.11"}, {3599.99, "59:59.99"},
		{3600, "1:00:00"}, {3723.4, "1:02:03"}, {359999, "99:59:59"}, {360000, "4d04:00"},
		{86400.0 * 999, "999d00:00"}, {86400.0 * 1000, "1000d"}, {86400.0 * 99999999, "99999999d"},
		{86400.0 * 1e9, "-"}, {NAN, "-"}, {-1, "-"}, {INFINITY, "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[FORMAT_SIZE];

		format_cpu_time(buffer, cases[i].seconds);
		assert_string_equal(buffer, cases[i].expected);
		assert_in_range(strlen(buffer), 1, 9);
	}
}

static void test_uptime_and_age(void **state)
{
	char buffer[FORMAT_SIZE];

	(void)state;
	format_uptime(buffer, 754);
	assert_string_equal(buffer, "00:12");
	format_uptime(buffer, 86399);
	assert_string_equal(buffer, "23:59");
	format_uptime(buffer, 3 * 86400 + 2 * 3600 + 11 * 60);
	assert_string_equal(buffer, "3d 02:11");
	format_uptime(buffer, NAN);
	assert_string_equal(buffer, "-");
	format_age(buffer, 59.9);
	assert_string_equal(buffer, "59s");
	format_age(buffer, 60);
	assert_string_equal(buffer, "1m");
	format_age(buffer, 7200);
	assert_string_equal(buffer, "2h");
	format_age(buffer, 86400 * 5);
	assert_string_equal(buffer, "5d");
	format_age(buffer, NAN);
	assert_string_equal(buffer, "-");
}

/* Whatever a number is, it stays in its column. */
static void test_every_column_is_wide_enough(void **state)
{
	static const double reals[] = {0, 0.04, 99.97, 1e6, 1e12, 1e18, 1e200, NAN, INFINITY, -5};
	struct process process;

	(void)state;
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		const struct field *field = process_field((enum field_id)id);

		if (!field->title || field_is_text(field))
			continue;
		for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
			int64_t integer = i < 5 && isfinite(reals[i]) ? (int64_t)reals[i] : INT64_MAX - (int64_t)i;
			char buffer[FORMAT_SIZE];
			void *member;

			made_init(&process);
			member = (void *)(uintptr_t)field_member(field, &process);
			process.have = ~UINT64_C(0);
			if (field->type == FIELD_F64)
				memcpy(member, &reals[i], sizeof(reals[i]));
			else if (field->type == FIELD_I32)
				memcpy(member, &(int32_t){(int32_t)(integer % INT32_MAX)}, sizeof(int32_t));
			else
				memcpy(member, &integer, sizeof(integer));
			format_field(buffer, field, &process);
			if (strlen(buffer) < 1 || strlen(buffer) > field->width)
				fail_msg("%s: '%s' does not fit %d columns", field->key, buffer, field->width);
		}
	}
}

static void test_unknown_is_a_dash(void **state)
{
	struct process process;
	char buffer[FORMAT_SIZE];

	(void)state;
	made_init(&process);
	process.have = ~UINT64_C(0);
	format_field(buffer, process_field(FIELD_ID_RSS), &process);
	assert_string_equal(buffer, "-");
	process.rss_bytes = 0;
	format_field(buffer, process_field(FIELD_ID_RSS), &process);
	assert_string_equal(buffer, "0");
	process.have = 0;
	format_field(buffer, process_field(FIELD_ID_RSS), &process);
	assert_string_equal(buffer, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bytes_never_take_more_than_five_columns),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_cpu_time),
		cmocka_unit_test(test_uptime_and_age),
		cmocka_unit_test(test_every_column_is_wide_enough),
		cmocka_unit_test(test_unknown_is_a_dash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
