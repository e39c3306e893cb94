/* Names of keys, and that the table of actions is sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "ui/keymap.h"

static uint32_t parse(const char *name)
{
	return key_parse(name, strlen(name));
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(parse("q"), 'q');
	assert_int_equal(parse("^"), '^');
	assert_int_equal(parse("^L"), 12);
	assert_int_equal(parse("F1"), KEYCODE_F0 + 1);
	assert_int_equal(parse("F12"), KEYCODE_F0 + 12);
	assert_int_equal(parse("PgDn"), KEYCODE_PAGE_DOWN);
	assert_int_equal(parse("Esc"), 27);
	assert_int_equal(parse("Space"), ' ');
	assert_int_equal(parse("é"), 0xe9);
	assert_int_equal(parse(""), KEYCODE_NONE);
	assert_int_equal(parse("F13"), KEYCODE_NONE);
	assert_int_equal(parse("pgdn"), KEYCODE_NONE);
	assert_int_equal(parse("\xff"), KEYCODE_NONE);
	assert_int_equal(parse("^l"), KEYCODE_NONE);
}

static void test_keys_do_what_htop_users_expect(void **state)
{
	static const struct {
		const char *key;
		enum action action;
	} cases[] = {
		{"q", ACTION_QUIT}, {"F10", ACTION_QUIT}, {"t", ACTION_TREE}, {"F5", ACTION_TREE}, {"P", ACTION_SORT_CPU},
		{"M", ACTION_SORT_MEMORY}, {"T", ACTION_SORT_TIME}, {"N", ACTION_SORT_PID}, {"I", ACTION_INVERT},
		{"K", ACTION_KERNEL}, {"k", ACTION_UP}, {"j", ACTION_DOWN}, {"Up", ACTION_UP}, {"G", ACTION_LAST},
		{"g", ACTION_FIRST}, {"^D", ACTION_HALF_DOWN}, {"^U", ACTION_HALF_UP}, {"Z", ACTION_PAUSE},
		{"?", ACTION_HELP}, {"h", ACTION_HELP}, {"F1", ACTION_HELP}, {"^L", ACTION_REDRAW}, {">", ACTION_SORT_NEXT},
		{"<", ACTION_SORT_PREVIOUS}, {"+", ACTION_UNFOLD}, {"-", ACTION_FOLD}, {"*", ACTION_FOLD_ALL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(keymap_action(parse(cases[i].key)), cases[i].action);
	assert_int_equal(keymap_action(KEYCODE_NONE), ACTION_NONE);
	assert_int_equal(keymap_action(KEYCODE_LIMIT), ACTION_NONE);
	assert_int_equal(keymap_action(0), ACTION_NONE);
	assert_int_equal(keymap_action(0x1f600), ACTION_NONE);
}

/* Every key of the table exists, belongs to one action, and is found again. */
static void test_the_table_is_sound(void **state)
{
	(void)state;
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *cursor = action_row(action)->keys, *name;
		size_t length, count = 0;

		for (; (length = keymap_next_name(&cursor, &name)) > 0; count++) {
			uint32_t key = key_parse(name, length);

			if (key == KEYCODE_NONE)
				fail_msg("'%.*s' is no key", (int)length, name);
			if (keymap_action(key) != action)
				fail_msg("'%.*s' belongs to two actions", (int)length, name);
		}
		assert_true(count > 0);
		assert_true(strlen(action_row(action)->keys) <= 12);
		assert_true(strlen(action_row(action)->help) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys_do_what_htop_users_expect),
		cmocka_unit_test(test_the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
