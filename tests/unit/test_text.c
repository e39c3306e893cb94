/* Text from outside: UTF-8, what may reach a terminal, base64. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

static void equality_and_order(void **state)
{
	(void)state;
	assert_true(text_equal(text_of("a"), TEXT_LITERAL("a")));
	assert_false(text_equal(text_of("a"), text_of("ab")));
	assert_true(text_equal(TEXT_ABSENT, TEXT_ABSENT));
	assert_false(text_equal(TEXT_ABSENT, TEXT_LITERAL("")));
	assert_true(text_equal_string(TEXT_ABSENT, NULL));
	assert_true(text_compare(text_of("a"), text_of("b")) < 0);
	assert_true(text_compare(text_of("ab"), text_of("a")) > 0);
	assert_true(text_compare(text_of("\xff"), text_of("a")) > 0);
	assert_true(text_compare(TEXT_LITERAL("a\0b"), TEXT_LITERAL("a\0a")) > 0);
	assert_int_equal(text_compare(text_of("a"), text_of("a")), 0);
	assert_true(text_compare(TEXT_ABSENT, TEXT_LITERAL("")) < 0);
	assert_true(text_compare(TEXT_LITERAL(""), TEXT_ABSENT) > 0);
	assert_int_equal(text_compare(TEXT_ABSENT, TEXT_ABSENT), 0);
}

static void base_names(void **state)
{
	(void)state;
	assert_true(text_equal_string(text_basename(text_of("/usr/bin/x")), "x"));
	assert_true(text_equal_string(text_basename(text_of("x")), "x"));
	assert_true(text_equal_string(text_basename(text_of("/usr/")), ""));
	assert_null(text_basename(TEXT_ABSENT).bytes);
}

static void utf8_edges(void **state)
{
	static const struct {
		const char *bytes;
		size_t used;
		uint32_t codepoint;
	} cases[] = {
		{"\x7f", 1, 0x7f},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xee\x80\x80", 3, 0xe000},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"\x80", 0, 0},             /* continuation alone */
		{"\xc0\x80", 0, 0},         /* overlong NUL */
		{"\xc1\xbf", 0, 0},
		{"\xe0\x9f\xbf", 0, 0},
		{"\xf0\x8f\xbf\xbf", 0, 0},
		{"\xed\xa0\x80", 0, 0},     /* surrogates */
		{"\xed\xbf\xbf", 0, 0},
		{"\xf4\x90\x80\x80", 0, 0}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", 0, 0},
		{"\xff", 0, 0},
		{"\xc2", 0, 0},             /* cut */
		{"\xe2\x82", 0, 0},
		{"\xf0\x9f\x98", 0, 0},
		{"\xe2\x82g", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].bytes);
		uint32_t codepoint = 0;

		assert_int_equal(utf8_decode(cases[i].bytes, cases[i].bytes + length, &codepoint), cases[i].used);
		assert_int_equal(codepoint, cases[i].codepoint);
		assert_int_equal(text_is_utf8(text_of(cases[i].bytes)), cases[i].used > 0);
	}
}

/* A copy of exactly its size, so that sanitizers see a byte too far. */
static void a_cut_sequence_is_not_read_on(void **state)
{
	char *byte = malloc(1);
	uint32_t codepoint;

	(void)state;
	assert_non_null(byte);
	*byte = '\xe2';
	assert_int_equal(utf8_decode(byte, byte + 1, &codepoint), 0);
	free(byte);
}

static void invalid_bytes_become_replacements(void **state)
{
	char buffer[TEXT_UTF8_SIZE(8)];

	(void)state;
	assert_int_equal(text_to_utf8(TEXT_LITERAL("a\xff\0\xc3\xa9"), buffer), 9);
	assert_string_equal(buffer, "a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
	assert_int_equal(text_to_utf8(TEXT_LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"), buffer), 24);
	assert_int_equal(text_to_utf8(TEXT_ABSENT, buffer), 0);
	assert_string_equal(buffer, "");
}

static void assert_display(struct text text, bool utf8, const char *expected)
{
	char buffer[256];

	assert_int_equal(text_to_display(text, utf8, buffer, sizeof(buffer)), strlen(expected));
	assert_string_equal(buffer, expected);
}

static void what_moves_a_terminal_is_escaped(void **state)
{
	(void)state;
	assert_display(text_of("plain ~ text"), true, "plain ~ text");
	assert_display(text_of("\033]0;x\007"), true, "\\x1b]0;x\\x07");
	assert_display(text_of("a\nb\tc\rd"), true, "a\\nb\\tc\\rd");
	assert_display(TEXT_LITERAL("a\0b\x7f"), true, "a\\x00b\\x7f");
	assert_display(text_of("\xff\xfe"), true, "\\xff\\xfe");
	assert_display(text_of("\xc2\x9b" "31m"), true, "\\u009b31m"); /* C1: a CSI of one character */
	assert_display(text_of("\x9b" "31m"), true, "\\x9b31m");
	assert_display(text_of("\xe2\x80\xae" "abc"), true, "\\u202eabc"); /* right to left */
	assert_display(text_of("\xe2\x80\xa8\xe2\x80\x8f\xe2\x81\xa6"), true, "\\u2028\\u200f\\u2066");
	assert_display(text_of("\xef\xbb\xbf"), true, "\\ufeff");
	assert_display(text_of("\xe6\xbc\xa2\xc3\xa9"), true, "\xe6\xbc\xa2\xc3\xa9");
	assert_display(text_of("\xe6\xbc\xa2\xc3\xa9"), false, "\\xe6\\xbc\\xa2\\xc3\\xa9");
	assert_display(TEXT_ABSENT, true, "");
}

/* Every byte alone, and every character of one and two bytes. */
static void no_control_byte_ever_gets_out(void **state)
{
	char buffer[64];

	(void)state;
	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			char bytes[] = {(char)first, (char)second};
			size_t length = text_to_display((struct text){bytes, 2}, true, buffer, sizeof(buffer));
			const char *p = buffer;

			while (p < buffer + length) {
				uint32_t codepoint = 0;
				size_t used = utf8_decode(p, buffer + length, &codepoint);

				assert_true(used > 0);
				assert_true(codepoint >= 0x20 && !(codepoint >= 0x7f && codepoint < 0xa0));
				p += used;
			}
		}
	}
}

static void the_display_is_cut_between_characters(void **state)
{
	char buffer[16];

	(void)state;
	memset(buffer, 'X', sizeof(buffer));
	assert_int_equal(text_to_display(text_of("ab\xe6\xbc\xa2"), true, buffer, 5), 2);
	assert_string_equal(buffer, "ab");
	assert_int_equal(text_to_display(text_of("ab\xe6\xbc\xa2"), true, buffer, 6), 5);
	assert_int_equal(text_to_display(text_of("a\033"), true, buffer, 5), 1);
	assert_string_equal(buffer, "a");
	assert_int_equal(text_to_display(text_of("abc"), true, buffer, 1), 0);
	assert_string_equal(buffer, "");
	buffer[0] = 'X';
	assert_int_equal(text_to_display(text_of("abc"), true, buffer, 0), 0);
	assert_int_equal(buffer[0], 'X');
}

static void the_longest_display_fits_its_size(void **state)
{
	char text[64], buffer[TEXT_DISPLAY_SIZE(64)];

	(void)state;
	memset(text, 1, sizeof(text));
	assert_int_equal(text_to_display((struct text){text, 64}, true, buffer, sizeof(buffer)), 4 * 64);
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(utf8_width("abc", 3), 3);
	assert_int_equal(utf8_width("", 0), 0);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	assert_int_equal(utf8_width("\xe6\xbc\xa2\xe5\xad\x97", 6), 4);
	assert_int_equal(utf8_width("e\xcc\x81", 3), 1); /* combining acute */
	assert_int_equal(utf8_width("\xff", 1), 1);
}

static void base64_of_rfc_4648(void **state)
{
	static const struct {
		const char *bytes, *encoded;
	} cases[] = {
		{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}, {"\xfb\xef", "++8="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[32];
		struct text text = text_of(cases[i].bytes);

		assert_int_equal(text_to_base64(text, buffer), strlen(cases[i].encoded));
		assert_string_equal(buffer, cases[i].encoded);
		assert_true(strlen(buffer) < TEXT_BASE64_SIZE(text.length));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_and_order),
		cmocka_unit_test(base_names),
		cmocka_unit_test(utf8_edges),
		cmocka_unit_test(a_cut_sequence_is_not_read_on),
		cmocka_unit_test(invalid_bytes_become_replacements),
		cmocka_unit_test(what_moves_a_terminal_is_escaped),
		cmocka_unit_test(no_control_byte_ever_gets_out),
		cmocka_unit_test(the_display_is_cut_between_characters),
		cmocka_unit_test(the_longest_display_fits_its_size),
		cmocka_unit_test(widths),
		cmocka_unit_test(base64_of_rfc_4648),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
