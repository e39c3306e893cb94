/* The help screen: the keys there are on the screen it was called from, as they are configured, and all signs. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/settings.h"
#include "ui/screen.h"

/* Help of a screen on a canvas; free() what is returned. */
static char *help_text(const struct keymap *keymap, const char *screen_name, int rows, int columns, enum action action)
{
	struct shell shell = {.keymap = keymap, .screen_name = screen_name};
	void *state = screen_help.open(&shell, 0);
	struct canvas canvas;
	char *text;

	(void)setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&canvas, true, true);
	canvas_resize(&canvas, rows, columns);
	screen_help.draw(state, &canvas, (struct area){0, 0, rows, columns});
	if (action != ACTION_NONE) {
		assert_true(screen_help.act(state, action));
		canvas_clear(&canvas);
		screen_help.draw(state, &canvas, (struct area){0, 0, rows, columns});
	}
	text = canvas_to_string(&canvas);
	canvas_free(&canvas);
	screen_help.close(state);
	return text;
}

static struct keymap *keymap_of(const struct settings *settings)
{
	char *message = NULL;
	struct keymap *keymap = keymap_new(settings, &message);

	assert_null(message);
	return keymap;
}

static bool has_line(const char *text, enum action action)
{
	const char *keys = action_row(action)->keys, *line = text;

	while ((line = strstr(line, keys))) {
		const char *end = strchrnul(line, '\n'), *help = strstr(line, action_row(action)->help);

		if (help && help < end && line > text && line[-1] == ' ')
			return true;
		line++;
	}
	return false;
}

static void test_the_keys_of_each_screen(void **state)
{
	static const char *const screens[] = {"Processes", "Zombies", "CPU", "Details"};
	struct keymap *keymap = keymap_of(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
		char *text = help_text(keymap, screens[i], 250, 109, ACTION_NONE);

		for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
			const char *names = action_scope(action)->screens;
			bool is_wanted = !names || strcasestr(names, screens[i]);

			if (has_line(text, action) != is_wanted)
				fail_msg("%s: %s", screens[i], action_row(action)->name);
		}
		assert_non_null(strstr(text, screens[i]));
		free(text);
	}
	keymap_free(keymap);
}

static void test_configured_keys_are_shown(void **state)
{
	struct settings *settings = settings_new();
	struct keymap *keymap;
	char *text;

	(void)state;
	settings_set_line(settings, "keys", "quit", "F12 ^Q");
	settings_set_line(settings, "keys", "pause", "none");
	keymap = keymap_of(settings);
	text = help_text(keymap, "Processes", 250, 100, ACTION_NONE);
	assert_non_null(strstr(text, "F12 ^Q"));
	assert_null(strstr(text, "F10 q"));
	assert_null(strstr(text, action_row(ACTION_PAUSE)->help));
	free(text);
	keymap_free(keymap);
	settings_free(settings);
}

static void test_signs(void **state)
{
	static const char *const signs[] = {"STAT", "\n R ", "\n D ", "\n Z ", "ORPHAN?", "████", "never 0"};
	struct keymap *keymap = keymap_of(NULL);
	char *text = help_text(keymap, NULL, 250, 100, ACTION_NONE);

	(void)state;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		assert_non_null(strstr(text, signs[i]));
	free(text);
	keymap_free(keymap);
}

static int count_lines(const char *text)
{
	int count = 0;

	for (const char *p = text; *p; p++)
		count += *p == '\n' && p > text && p[-1] != '\n';
	return count;
}

static void test_a_wide_terminal_has_two_columns(void **state)
{
	struct keymap *keymap = keymap_of(NULL);
	char *narrow = help_text(keymap, "Processes", 250, 109, ACTION_NONE);
	char *wide = help_text(keymap, "Processes", 250, 220, ACTION_NONE);

	(void)state;
	assert_true(count_lines(wide) * 10 < count_lines(narrow) * 7);
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		assert_true(has_line(narrow, action) == has_line(wide, action));
	assert_non_null(strstr(wide, "never 0"));
	free(narrow);
	free(wide);
	keymap_free(keymap);
}

static void test_it_scrolls(void **state)
{
	struct keymap *keymap = keymap_of(NULL);
	char *top = help_text(keymap, "Processes", 12, 80, ACTION_NONE);
	char *page = help_text(keymap, "Processes", 12, 80, ACTION_PAGE_DOWN);
	char *last = help_text(keymap, "Processes", 12, 80, ACTION_LAST);
	char *first = help_text(keymap, "Processes", 12, 80, ACTION_FIRST);

	(void)state;
	assert_null(strstr(top, "never 0"));
	assert_string_not_equal(top, page);
	assert_non_null(strstr(last, "never 0"));
	assert_string_equal(top, first);
	free(top);
	free(page);
	free(last);
	free(first);
	keymap_free(keymap);
}

static void test_what_does_not_fit_goes_on_below(void **state)
{
	struct keymap *keymap = keymap_of(NULL);
	char *narrow = help_text(keymap, "Processes", 250, 40, ACTION_NONE);
	const char *help = action_row(ACTION_OPEN)->help;

	(void)state;
	assert_true(strlen(help) > 40);
	/* Each of its words, in their order. */
	for (const char *place = narrow; *help; help += strspn(help, " ")) {
		size_t length = strcspn(help, " ");
		char word[40];

		assert_true(length < sizeof(word));
		memcpy(word, help, length);
		word[length] = '\0';
		place = strstr(place, word);
		assert_non_null(place);
		help += length;
	}
	free(narrow);
	keymap_free(keymap);
}

static void test_any_size(void **state)
{
	struct keymap *keymap = keymap_of(NULL);

	(void)state;
	for (int rows = 0; rows < 20; rows += 3) {
		for (int columns = 0; columns < 250; columns += 7)
			free(help_text(keymap, "Processes", rows, columns, ACTION_LAST));
	}
	keymap_free(keymap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_keys_of_each_screen),
		cmocka_unit_test(test_configured_keys_are_shown),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_a_wide_terminal_has_two_columns),
		cmocka_unit_test(test_it_scrolls),
		cmocka_unit_test(test_what_does_not_fit_goes_on_below),
		cmocka_unit_test(test_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
