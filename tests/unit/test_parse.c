/* Bounded parsing: every number's edges, and a cursor that moves only on success. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/parse.h"

static struct cursor over(const char *string)
{
	return cursor_of(string, strlen(string));
}

struct integer_case {
	const char *input;
	int error;
	int64_t value;
	size_t used;
};

static void unsigned_numbers(void **state)
{
	static const struct {
		const char *input;
		int error;
		uint64_t value;
		size_t used;
	} cases[] = {
		{"0", 0, 0, 1},
		{"42 7", 0, 42, 2},
		{" \t42x", 0, 42, 4},
		{"18446744073709551615", 0, UINT64_MAX, 20},
		{"18446744073709551616", -ERANGE, 0, 0},
		{"18446744073709551620", -ERANGE, 0, 0},
		{"184467440737095516150", -ERANGE, 0, 0},
		{"99999999999999999999999", -ERANGE, 0, 0},
		{"00000000000000000000000000007", 0, 7, 29},
		{"", -EBADMSG, 0, 0},
		{"  ", -EBADMSG, 0, 0},
		{"-1", -EBADMSG, 0, 0},
		{"+1", -EBADMSG, 0, 0},
		{"\n1", -EBADMSG, 0, 0},
		{"x", -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = over(cases[i].input);
		uint64_t value = 0;

		assert_int_equal(parse_u64(&cursor, &value), cases[i].error);
		assert_true(value == cases[i].value);
		assert_int_equal(cursor.p - cases[i].input, cases[i].used);
	}
}

static void signed_numbers(void **state)
{
	static const struct integer_case cases[] = {
		{"-1", 0, -1, 2},
		{" -42 ", 0, -42, 4},
		{"9223372036854775807", 0, INT64_MAX, 19},
		{"9223372036854775808", -ERANGE, 0, 0},
		{"-9223372036854775808", 0, INT64_MIN, 20},
		{"-9223372036854775809", -ERANGE, 0, 0},
		{"-", -EBADMSG, 0, 0},
		{"- 1", -EBADMSG, 0, 0},
		{"--1", -EBADMSG, 0, 0},
		{"", -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = over(cases[i].input);
		int64_t value = 0;

		assert_int_equal(parse_i64(&cursor, &value), cases[i].error);
		assert_true(value == cases[i].value);
		assert_int_equal(cursor.p - cases[i].input, cases[i].used);
	}
}

static void small_signed_numbers(void **state)
{
	static const struct integer_case cases[] = {
		{"2147483647", 0, INT32_MAX, 10},
		{"2147483648", -ERANGE, 0, 0},
		{"-2147483648", 0, INT32_MIN, 11},
		{"-2147483649", -ERANGE, 0, 0},
		{"x", -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = over(cases[i].input);
		int32_t value = 0;

		assert_int_equal(parse_i32(&cursor, &value), cases[i].error);
		assert_true(value == cases[i].value);
		assert_int_equal(cursor.p - cases[i].input, cases[i].used);
	}
}

static void hexadecimal_numbers(void **state)
{
	struct cursor cursor;
	uint64_t value = 0;

	(void)state;
	cursor = over(" 0fFg");
	assert_int_equal(parse_hex(&cursor, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(*cursor.p, 'g');
	cursor = over("ffffffffffffffff");
	assert_int_equal(parse_hex(&cursor, &value), 0);
	assert_true(value == UINT64_MAX);
	cursor = over("10000000000000000");
	assert_int_equal(parse_hex(&cursor, &value), -ERANGE);
	cursor = over("g");
	assert_int_equal(parse_hex(&cursor, &value), -EBADMSG);
}

static void fractions(void **state)
{
	static const struct {
		const char *input;
		int error;
		double value;
		size_t used;
	} cases[] = {
		{"0.42", 0, 0.42, 4}, {"-1.5x", 0, -1.5, 4}, {"7", 0, 7, 1}, {"7.", 0, 7, 2}, {"100.00 5", 0, 100, 6},
		{".5", -EBADMSG, 0, 0}, {"-", -EBADMSG, 0, 0}, {"", -EBADMSG, 0, 0}, {"nan", -EBADMSG, 0, 0},
		{"99999999999999999999", -ERANGE, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = over(cases[i].input);
		double value = 0;

		assert_int_equal(parse_f64(&cursor, &value), cases[i].error);
		assert_true(fabs(value - cases[i].value) < 1e-12);
		assert_int_equal(cursor.p - cases[i].input, cases[i].used);
	}
}

/* As the compiler reads them: a filter compares for equality. */
static void fractions_are_rounded_once(void **state)
{
	static const struct {
		const char *input;
		double value;
	} cases[] = {
		{"0.3", 0.3}, {"0.07", 0.07}, {"101.71", 101.71}, {"0.1000000000000000055511151231257827", 0.1},
		{"123456789.125", 123456789.125}, {"-5.55", -5.55}, {"9007199254740993.5", 9007199254740992},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = cursor_of(cases[i].input, strlen(cases[i].input));
		double value;

		assert_int_equal(parse_f64(&cursor, &value), 0);
		assert_true(cursor_done(&cursor));
		assert_true(value == cases[i].value);
	}
}

/* The byte behind the end is a digit, a letter, a blank: none of them may be looked at. */
static void nothing_is_read_behind_the_end(void **state)
{
	struct cursor cursor = cursor_of("123456", 3);
	struct text text;
	uint64_t value;

	(void)state;
	assert_int_equal(parse_u64(&cursor, &value), 0);
	assert_int_equal(value, 123);
	cursor = cursor_of("word", 2);
	assert_int_equal(parse_word(&cursor, &text), 0);
	assert_int_equal(text.length, 2);
	cursor = cursor_of("lit", 2);
	assert_int_equal(parse_literal(&cursor, "lit"), -EBADMSG);
	cursor = cursor_of("a:b", 1);
	assert_int_equal(parse_until(&cursor, ':', &text), -EBADMSG);
	cursor = cursor_of(NULL, 0);
	assert_int_equal(parse_until(&cursor, ':', &text), -EBADMSG);
	assert_int_equal(parse_u64(&cursor, &value), -EBADMSG);
	assert_int_equal(parse_word(&cursor, &text), -EBADMSG);
	assert_true(cursor_done(&cursor));
	assert_true(cursor_done(&(struct cursor){"", ""}));
}

static void words_and_literals(void **state)
{
	struct cursor cursor = over("  two\twords\nline");
	struct text word;

	(void)state;
	assert_int_equal(parse_word(&cursor, &word), 0);
	assert_true(text_equal_string(word, "two"));
	assert_int_equal(parse_word(&cursor, &word), 0);
	assert_true(text_equal_string(word, "words"));
	assert_int_equal(parse_word(&cursor, &word), -EBADMSG); /* a newline ends the line */
	assert_int_equal(*cursor.p, '\n');
	assert_int_equal(parse_literal(&cursor, "\nlin"), 0);
	assert_int_equal(parse_literal(&cursor, "x"), -EBADMSG);
	assert_int_equal(parse_literal(&cursor, ""), 0);
	assert_int_equal(*cursor.p, 'e');
}

static void lines(void **state)
{
	struct cursor cursor = over("one\n\ntwo"), line;

	(void)state;
	assert_int_equal(parse_line(&cursor, &line), 1);
	assert_int_equal(line.end - line.p, 3);
	assert_int_equal(parse_line(&cursor, &line), 1);
	assert_int_equal(line.end - line.p, 0);
	assert_int_equal(parse_line(&cursor, &line), 1);
	assert_memory_equal(line.p, "two", 3);
	assert_int_equal(parse_line(&cursor, &line), 0);
	cursor = over("");
	assert_int_equal(parse_line(&cursor, &line), 0);
}

static void keys_and_values(void **state)
{
	struct text key, value;

	(void)state;
	assert_int_equal(parse_key_value(over("MemTotal:   24 kB \t"), &key, &value), 0);
	assert_true(text_equal_string(key, "MemTotal"));
	assert_true(text_equal_string(value, "24 kB"));
	assert_int_equal(parse_key_value(over(" a b :c:d"), &key, &value), 0);
	assert_true(text_equal_string(key, "a b"));
	assert_true(text_equal_string(value, "c:d"));
	assert_int_equal(parse_key_value(over(":"), &key, &value), 0);
	assert_int_equal(key.length + value.length, 0);
	assert_int_equal(parse_key_value(over("none"), &key, &value), -EBADMSG);
}

static void whole_texts(void **state)
{
	uint64_t u = 5;
	int64_t i = 5;

	(void)state;
	assert_int_equal(text_to_u64(text_of(" 12\n"), &u), 0);
	assert_int_equal(u, 12);
	assert_int_equal(text_to_u64(text_of("12 13"), &u), -EBADMSG);
	assert_int_equal(text_to_u64(text_of("12k"), &u), -EBADMSG);
	assert_int_equal(text_to_u64(text_of(""), &u), -EBADMSG);
	assert_int_equal(text_to_u64(TEXT_ABSENT, &u), -EBADMSG);
	assert_int_equal(u, 12);
	assert_int_equal(text_to_i64(text_of("-12\n"), &i), 0);
	assert_int_equal(i, -12);
	assert_int_equal(text_to_i64(text_of("1-"), &i), -EBADMSG);
	assert_int_equal(text_trim(text_of(" \n\t ")).length, 0);
}

struct cpus {
	uint32_t seen[16];
	size_t count;
};

static void note_cpu(uint32_t cpu, void *context)
{
	struct cpus *cpus = context;

	if (cpus->count < 16)
		cpus->seen[cpus->count++] = cpu;
}

static void cpu_lists(void **state)
{
	static const struct {
		const char *input;
		int error;
	} bad[] = {
		{"0-3,", 0}, /* the kernel never writes it; nothing is lost */
		{"3-1", -EBADMSG}, {"0-", -EBADMSG}, {"a", -EBADMSG}, {"0;1", -EBADMSG}, {",", -EBADMSG},
		{"0-4097", -ERANGE}, {"99999999999999999999", -ERANGE}, {"-1", -EBADMSG},
	};
	struct cpus cpus = {{0}, 0};

	(void)state;
	assert_int_equal(parse_cpu_list(text_of("0-2,8,10-11\n"), 4096, note_cpu, &cpus), 0);
	assert_int_equal(cpus.count, 6);
	assert_memory_equal(cpus.seen, ((uint32_t[]){0, 1, 2, 8, 10, 11}), 6 * sizeof(uint32_t));
	cpus.count = 0;
	assert_int_equal(parse_cpu_list(text_of("\n"), 4096, note_cpu, &cpus), 0);
	assert_int_equal(cpus.count, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_cpu_list(text_of(bad[i].input), 4096, note_cpu, &cpus), bad[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(small_signed_numbers),
		cmocka_unit_test(hexadecimal_numbers),
		cmocka_unit_test(fractions),
		cmocka_unit_test(fractions_are_rounded_once),
		cmocka_unit_test(nothing_is_read_behind_the_end),
		cmocka_unit_test(words_and_literals),
		cmocka_unit_test(lines),
		cmocka_unit_test(keys_and_values),
		cmocka_unit_test(whole_texts),
		cmocka_unit_test(cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
