/* Names of keys, and that the table of actions is sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/settings.h"
#include "ui/keymap.h"

static uint32_t parse(const char *name)
{
	return key_parse(name, strlen(name));
}

static struct keymap *default_keymap(void)
{
	char *message = NULL;
	struct keymap *keymap = keymap_new(NULL, &message);

	assert_null(message);
	return keymap;
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
	assert_int_equal(parse("F24"), KEYCODE_F0 + 24);
	assert_int_equal(parse("F25"), KEYCODE_NONE);
	assert_int_equal(parse("pgdn"), KEYCODE_NONE);
	assert_int_equal(parse("\xff"), KEYCODE_NONE);
	assert_int_equal(parse("^l"), KEYCODE_NONE);
	assert_int_equal(parse("^H"), KEYCODE_BACKSPACE);
	assert_int_equal(parse("S-Tab"), KEYCODE_BACKTAB);
	assert_int_equal(parse("Del"), KEYCODE_DELETE);
}

static void test_keys_do_what_htop_users_expect(void **state)
{
	static const struct {
		const char *key;
		enum action action;
	} cases[] = {
		{"q", ACTION_QUIT}, {"F10", ACTION_QUIT}, {"t", ACTION_TREE}, {"F5", ACTION_TREE}, {"P", ACTION_SORT_CPU},
		{"M", ACTION_SORT_MEMORY}, {"T", ACTION_SORT_TIME}, {"N", ACTION_SORT_PID}, {"I", ACTION_INVERT},
		{"K", ACTION_KERNEL}, {"k", ACTION_KILL}, {"j", ACTION_DOWN}, {"Up", ACTION_UP}, {"G", ACTION_LAST},
		{"g", ACTION_FIRST}, {"^D", ACTION_HALF_DOWN}, {"^U", ACTION_HALF_UP}, {"Z", ACTION_PAUSE},
		{"?", ACTION_HELP}, {"h", ACTION_HELP}, {"F1", ACTION_HELP}, {"^L", ACTION_REDRAW}, {">", ACTION_SORT_MENU},
		{"<", ACTION_SORT_PREVIOUS}, {"+", ACTION_UNFOLD}, {"-", ACTION_FOLD}, {"*", ACTION_FOLD_ALL},
		{"F9", ACTION_KILL}, {"F7", ACTION_NICE_DOWN}, {"]", ACTION_NICE_DOWN}, {"F8", ACTION_NICE_UP},
		{"[", ACTION_NICE_UP}, {"i", ACTION_IONICE}, {"a", ACTION_AFFINITY}, {"F3", ACTION_SEARCH}, {"/", ACTION_SEARCH},
		{"F4", ACTION_FILTER}, {"\\", ACTION_FILTER}, {"F6", ACTION_SORT_MENU}, {",", ACTION_SORT_PREVIOUS},
		{".", ACTION_SORT_NEXT}, {"u", ACTION_USER}, {"F", ACTION_FOLLOW}, {"Space", ACTION_TAG},
		{"c", ACTION_TAG_CHILDREN}, {"U", ACTION_UNTAG}, {"p", ACTION_PATH}, {"H", ACTION_THREADS},
	};

	struct keymap *keymap = default_keymap();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(keymap_action(keymap, parse(cases[i].key)), cases[i].action);
	assert_int_equal(keymap_action(keymap, KEYCODE_NONE), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, KEYCODE_LIMIT), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, 0), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, 127), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, 128), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, 0x1f600), ACTION_NONE);
	keymap_free(keymap);
	keymap_free(NULL);
}

/* Every key of the table exists, belongs to one action, and is found again. */
static void test_the_table_is_sound(void **state)
{
	struct keymap *keymap = default_keymap();

	(void)state;
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *cursor = action_row(action)->keys, *name;
		size_t length, count = 0;

		for (; (length = keymap_next_name(&cursor, &name)) > 0; count++) {
			uint32_t key = key_parse(name, length);

			if (key == KEYCODE_NONE)
				fail_msg("'%.*s' is no key", (int)length, name);
			if (keymap_action(keymap, key) != action)
				fail_msg("'%.*s' belongs to two actions", (int)length, name);
		}
		assert_true(count > 0);
		assert_true(strlen(action_row(action)->keys) <= 12);
		assert_true(strlen(action_row(action)->help) > 0);
		assert_string_equal(keymap_keys(keymap, action), action_row(action)->keys);
	}
	keymap_free(keymap);
}

static void test_scopes(void **state)
{
	const struct action_scope *scope = action_scope(ACTION_NONE + 1);

	(void)state;
	assert_int_equal(scope->first, ACTION_NONE + 1);
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_scope *of_action = action_scope(action);

		/* They stand together, each begins at its first, and has a title. */
		assert_true(of_action == scope || of_action == scope + 1);
		assert_true(of_action == scope || of_action->first == action);
		assert_true(strlen(of_action->title) > 0);
		scope = of_action;
	}
	assert_null(action_scope(ACTION_QUIT)->screens);
	assert_non_null(strstr(action_scope(ACTION_TREE)->screens, "processes"));
}

/* A keymap of lines "action = keys" of the settings; ret_message: what it says of them, never NULL. */
static struct keymap *configured(const char *const lines[][2], size_t count, char **ret_message)
{
	struct settings *settings = settings_new();
	struct keymap *keymap;

	settings_set_line(settings, "theme x", "quit", "red");
	for (size_t i = 0; i < count; i++)
		settings_set_line(settings, "keys", lines[i][0], lines[i][1]);
	keymap = keymap_new(settings, ret_message);
	settings_free(settings);
	if (!*ret_message)
		*ret_message = strdup("");
	return keymap;
}

static void test_the_settings_decide(void **state)
{
	static const char *const lines[][2] = {
		{"quit", "x ^Q F12 é"}, {"Tree", "none"}, {"sort_cpu", ""}, {"pause", "t"}, {"page_up", "PgUp b"},
	};
	char *message;
	struct keymap *keymap = configured(lines, sizeof(lines) / sizeof(lines[0]), &message);

	(void)state;
	assert_string_equal(message, "");
	assert_int_equal(keymap_action(keymap, 'x'), ACTION_QUIT);
	assert_int_equal(keymap_action(keymap, 17), ACTION_QUIT);
	assert_int_equal(keymap_action(keymap, KEYCODE_F0 + 12), ACTION_QUIT);
	assert_int_equal(keymap_action(keymap, 0xe9), ACTION_QUIT);
	assert_int_equal(keymap_action(keymap, 'q'), ACTION_NONE);
	assert_string_equal(keymap_keys(keymap, ACTION_QUIT), "x ^Q F12 é");
	assert_int_equal(keymap_action(keymap, KEYCODE_F0 + 5), ACTION_NONE);
	assert_string_equal(keymap_keys(keymap, ACTION_TREE), "");
	assert_int_equal(keymap_action(keymap, 'P'), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, 't'), ACTION_PAUSE);
	assert_int_equal(keymap_action(keymap, 'b'), ACTION_PAGE_UP);
	assert_int_equal(keymap_action(keymap, KEYCODE_PAGE_UP), ACTION_PAGE_UP);
	free(message);
	keymap_free(keymap);
}

/* The action that has a key by default loses it, without a word; of two in the settings the later has it. */
static void test_a_key_has_one_action(void **state)
{
	static const char *const lines[][2] = {{"quit", "I F5 v"}, {"pause", "Z v"}};
	char *message;
	struct keymap *keymap = configured(lines, 1, &message);

	(void)state;
	assert_string_equal(message, "");
	assert_int_equal(keymap_action(keymap, 'I'), ACTION_QUIT);
	assert_string_equal(keymap_keys(keymap, ACTION_INVERT), "");
	assert_string_equal(keymap_keys(keymap, ACTION_TREE), "t");
	free(message);
	keymap_free(keymap);

	keymap = configured(lines, 2, &message);
	assert_non_null(strstr(message, "'v' belongs to QUIT and to PAUSE"));
	assert_int_equal(keymap_action(keymap, 'v'), ACTION_PAUSE);
	assert_string_equal(keymap_keys(keymap, ACTION_QUIT), "I F5");
	free(message);
	keymap_free(keymap);
}

static void test_mistakes_are_told(void **state)
{
	static const struct {
		const char *action, *keys, *said;
	} cases[] = {
		{"trea", "t", "no action is called 'trea'; did you mean 'TREE'?"},
		{"frobnicate", "t", "no action is called 'frobnicate'"},
		{"", "t", "no action is called ''"},
		{"quit", "q PgDwn", "no key is called 'PgDwn'; did you mean 'PgDn'?"},
		{"quit", "q escape", "no key is called 'escape'"},
		{"quit", "q \xff", "no key is called"},
		{"quit", "none q", "no key is called 'none'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const lines[][2] = {{cases[i].action, cases[i].keys}};
		char *message;
		struct keymap *keymap = configured(lines, 1, &message);

		if (!strstr(message, cases[i].said))
			fail_msg("'%s = %s' said: %s", cases[i].action, cases[i].keys, message);
		assert_int_equal(keymap_action(keymap, 'q'), ACTION_QUIT);
		free(message);
		keymap_free(keymap);
	}
}

static void test_more_mistakes_are_counted(void **state)
{
	static const char *const lines[][2] = {{"trea", "t"}, {"quit", "none qq"}};
	char *message;
	struct keymap *keymap = configured(lines, 2, &message);

	(void)state;
	assert_non_null(strstr(message, "'TREE'? (and 2 more)"));
	free(message);
	keymap_free(keymap);
}

/* There is an end to what is kept, not to what may be written. */
static void test_many_keys(void **state)
{
	char *message, names[2000] = "", *p = names;
	const char *lines[1][2] = {{"quit", names}};
	struct keymap *keymap;

	(void)state;
	for (int i = 0; i < 300; i++)
		p += sprintf(p, "%c%c ", 0xc4 + i / 64, 0x80 + i % 64);
	keymap = configured(lines, 1, &message);
	assert_int_equal(keymap_action(keymap, 0x100), ACTION_QUIT);
	assert_int_equal(keymap_action(keymap, 0x100 + 299), ACTION_NONE);
	free(message);
	keymap_free(keymap);
}

/* docs/KEYS.md */

static enum action action_called(const char *name)
{
	enum action action = ACTION_NONE + 1;

	while (action < ACTION_COUNT && strcmp(action_row(action)->name, name) != 0)
		action++;
	return action;
}

/* Keys in backticks all do what the row says; none where there is no action. */
static void check_keys(const struct keymap *keymap, const char *cell, const char *name)
{
	size_t count = 0;

	for (const char *start = strchr(cell, '`'); start; start = strchr(start, '`')) {
		const char *end = strchr(++start, '`');

		assert_non_null(end);
		if (keymap_action(keymap, key_parse(start, (size_t)(end - start))) != action_called(name))
			fail_msg("'%.*s' does not %s", (int)(end - start), start, name);
		start = end + 1;
		count++;
	}
	if ((count == 0) != (strcmp(name, "-") == 0))
		fail_msg("'%s' and its keys", name);
}

/* A row "| keys there | what | keys here | action | remark |". Returns false for other lines. */
static bool check_row(const struct keymap *keymap, char *line)
{
	char *cells[6] = {NULL}, *p = line;
	size_t count = 0;

	if (strncmp(line, "| `", 3) != 0)
		return false;
	while (count < 6 && (p = strchr(p, '|'))) {
		*p++ = '\0';
		cells[count++] = p + (*p == ' ');
	}
	assert_int_equal(count, 6);
	cells[3][strcspn(cells[3], " ")] = '\0';
	check_keys(keymap, cells[2], cells[3]);
	return true;
}

static void test_the_table_of_keys_of_others(void **state)
{
	struct keymap *keymap = default_keymap();
	FILE *file = fopen("docs/KEYS.md", "r");
	size_t rows = 0;
	char line[512];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		rows += check_row(keymap, line);
	assert_true(rows > 100);
	fclose(file);
	keymap_free(keymap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys_do_what_htop_users_expect),
		cmocka_unit_test(test_the_table_is_sound),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_the_settings_decide),
		cmocka_unit_test(test_a_key_has_one_action),
		cmocka_unit_test(test_mistakes_are_told),
		cmocka_unit_test(test_more_mistakes_are_counted),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_the_table_of_keys_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
