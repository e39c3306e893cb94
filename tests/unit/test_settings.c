/* Settings: which values are taken, what is said of the others, and that tables and tabs are sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <locale.h>
#include <cmocka.h>

#include "model/settings.h"

static void assert_set(struct settings *settings, enum setting_id id, const char *value, const char *kept)
{
	char *message = NULL;

	assert_int_equal(setting_set(settings, id, value, &message), 0);
	assert_null(message);
	assert_string_equal(setting_text(settings, id), kept);
}

static void assert_refused(struct settings *settings, enum setting_id id, const char *value, const char *message)
{
	char *before = strdup(setting_text(settings, id)), *why = NULL;

	assert_int_equal(setting_set(settings, id, value, &why), -22);
	assert_non_null(why);
	assert_string_equal(why, message);
	assert_string_equal(setting_text(settings, id), before);
	free(before);
	free(why);
}

static void assert_tab_refused(struct settings *settings, enum tab_setting_id id, const char *value,
			       const char *message, size_t column)
{
	char *why = NULL;
	size_t at = 1000;

	assert_int_equal(setting_check(&tab_setting_rows[id], value, NULL, &why, &at), -22);
	assert_string_equal(why, message);
	assert_int_equal(at, column);
	free(why);
	why = NULL;
	assert_int_equal(tab_setting_set(&settings->tabs[0], id, value, &why), -22);
	assert_string_equal(tab_setting_text(&settings->tabs[0], id), tab_setting_rows[id].standard);
	free(why);
}

static void test_defaults_are_values(void **state)
{
	char *value, *message;

	(void)state;
	for (size_t id = 0; id < SETTING_COUNT; id++) {
		value = message = NULL;
		assert_int_equal(setting_check(&setting_rows[id], setting_rows[id].standard, &value, &message, NULL), 0);
		assert_string_equal(value, setting_rows[id].standard);
		free(value);
	}
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++) {
		value = message = NULL;
		assert_int_equal(setting_check(&tab_setting_rows[id], tab_setting_rows[id].standard, &value, &message,
					       NULL), 0);
		assert_string_equal(value, tab_setting_rows[id].standard);
		free(value);
	}
}

static void test_bools(void **state)
{
	struct settings *settings = settings_new();

	(void)state;
	assert_set(settings, SETTING_MOUSE, "no", "no");
	assert_false(setting_bool(settings, SETTING_MOUSE));
	assert_set(settings, SETTING_MOUSE, " True ", "yes");
	assert_true(setting_bool(settings, SETTING_MOUSE));
	assert_set(settings, SETTING_MOUSE, "off", "no");
	assert_set(settings, SETTING_MOUSE, "1", "yes");
	assert_refused(settings, SETTING_MOUSE, "maybe", "'maybe' is neither yes nor no");
	assert_refused(settings, SETTING_MOUSE, "", "'' is neither yes nor no");
	settings_free(settings);
}

static void test_numbers_know_no_locale(void **state)
{
	struct settings *settings = settings_new();

	(void)state;
	/* With a comma for decimals where there is such a locale; else it proves less. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	assert_set(settings, SETTING_DELAY, "\t0.25 ", "0.25");
	assert_true(setting_number(settings, SETTING_DELAY) == 0.25);
	assert_refused(settings, SETTING_DELAY, "0,25", "'0,25' is not a number from 0.01 to 86400");
	setlocale(LC_ALL, "C");
	assert_refused(settings, SETTING_DELAY, "0", "'0' is not a number from 0.01 to 86400");
	assert_refused(settings, SETTING_DELAY, "86401", "'86401' is not a number from 0.01 to 86400");
	assert_refused(settings, SETTING_DELAY, "1s", "'1s' is not a number from 0.01 to 86400");
	assert_refused(settings, SETTING_DELAY, "nan", "'nan' is not a number from 0.01 to 86400");
	assert_refused(settings, SETTING_DELAY, "-1", "'-1' is not a number from 0.01 to 86400");
	settings_free(settings);
}

static void test_choices_and_words(void **state)
{
	struct settings *settings = settings_new();

	(void)state;
	assert_set(settings, SETTING_COLORS, "256", "256");
	assert_int_equal(setting_choice(settings, SETTING_COLORS), 4);
	assert_refused(settings, SETTING_COLORS, "ture", "'ture' is none of: auto none 8 16 256 true; did you mean 'true'?");
	assert_refused(settings, SETTING_GRAPHICS, "", "'' is none of: auto ascii");
	assert_set(settings, SETTING_PARTS, "cpu host", "cpu host");
	assert_set(settings, SETTING_PARTS, "", "");
	assert_refused(settings, SETTING_PARTS, "cpu memroy",
		       "'memroy' is none of: host cpu memory traffic disks interfaces sensors; did you mean 'memory'?");
	assert_refused(settings, SETTING_PARTS, "cpu host cpu", "'cpu' is there twice");
	assert_set(settings, SETTING_PARTS, "cpu:16 host memory:2", "cpu:16 host memory:2");
	assert_refused(settings, SETTING_PARTS, "cpu:2 cpu", "'cpu' is there twice");
	assert_refused(settings, SETTING_PARTS, "cpuu:2", "'cpuu' is none of: host cpu memory traffic disks interfaces "
		       "sensors; did you mean 'cpu'?");
	assert_refused(settings, SETTING_PARTS, "cpu:17", "'cpu:17': no number from 1 to 16 stands behind the colon");
	assert_refused(settings, SETTING_PARTS, "cpu:0", "'cpu:0': no number from 1 to 16 stands behind the colon");
	assert_refused(settings, SETTING_PARTS, "cpu:", "'cpu:': no number from 1 to 16 stands behind the colon");
	assert_refused(settings, SETTING_PARTS, "cpu:2x", "'cpu:2x': no number from 1 to 16 stands behind the colon");
	assert_refused(settings, SETTING_SCREENS, "cpu:2", "'cpu:2' is none of: cpu memory disks network sensors zombies");
	settings_free(settings);
}

static void test_columns_order_and_filter(void **state)
{
	struct settings *settings = settings_new();
	char *message = NULL;

	(void)state;
	assert_int_equal(tab_setting_set(&settings->tabs[0], TAB_SETTING_COLUMNS, "pid cpu_graph:9 cmdline:30", &message),
			 0);
	assert_int_equal(tab_setting_set(&settings->tabs[0], TAB_SETTING_COLUMNS,
					 tab_setting_rows[TAB_SETTING_COLUMNS].standard, &message), 0);
	assert_tab_refused(settings, TAB_SETTING_COLUMNS, "pid usrname", "no column is called 'usrname'; did you mean "
			   "'username'?", 4);
	assert_tab_refused(settings, TAB_SETTING_COLUMNS, "  pid pid:4", "'pid:4' is there twice", 6);
	assert_tab_refused(settings, TAB_SETTING_COLUMNS, "pid:x", "'pid:x': no width stands behind the colon", 0);
	assert_tab_refused(settings, TAB_SETTING_COLUMNS, "", "there has to be a column", 0);
	assert_tab_refused(settings, TAB_SETTING_SORT, "-cpu_precent", "no field is called 'cpu_precent'; did you mean "
			   "'cpu_percent'?", 1);
	assert_tab_refused(settings, TAB_SETTING_FILTER, "pid = x", "pid is compared with a number", 6);
	settings_free(settings);
}

static void test_what_cannot_stand_on_a_line(void **state)
{
	struct settings *settings = settings_new();
	char *long_value = malloc(SETTING_LENGTH_MAX + 2);

	(void)state;
	assert_refused(settings, SETTING_THEME, "a\nb", "a value is one line, without control characters");
	assert_refused(settings, SETTING_THEME, "a\x1b[0m", "a value is one line, without control characters");
	assert_refused(settings, SETTING_THEME, "a ;b", "a ';' behind a blank would begin a comment");
	assert_refused(settings, SETTING_THEME, "; b", "a ';' behind a blank would begin a comment");
	assert_set(settings, SETTING_THEME, "a;\tb", "a; b");
	memset(long_value, 'x', SETTING_LENGTH_MAX + 1);
	long_value[SETTING_LENGTH_MAX + 1] = '\0';
	assert_refused(settings, SETTING_THEME, long_value, "longer than 4096 bytes");
	long_value[SETTING_LENGTH_MAX] = '\0';
	assert_set(settings, SETTING_THEME, long_value, long_value);
	free(long_value);
	settings_free(settings);
}

static void assert_name_refused(const struct settings *settings, const char *name, const char *message)
{
	char *why = NULL;

	assert_int_equal(settings_check_tab_name(settings, name, &why), -22);
	assert_string_equal(why, message);
	free(why);
}

static void test_tabs(void **state)
{
	struct settings *settings = settings_new();
	char *message = NULL;

	(void)state;
	assert_int_equal(settings->tabs_count, 1);
	settings_remove_tab(settings, 0);
	assert_int_equal(settings->tabs_count, 1);
	settings_add_tab(settings, "Web");
	assert_string_equal(settings_add_tab(settings, "Web")->name, "Web 2");
	assert_string_equal(settings_add_tab(settings, "Web")->name, "Web 3");
	assert_name_refused(settings, "Web", "there is another tab of that name");
	assert_name_refused(NULL, "a]", "a name has neither ']' nor two blanks in a row");
	assert_name_refused(NULL, "", "a name neither is empty nor begins or ends with a blank");
	assert_name_refused(NULL, " a", "a name neither is empty nor begins or ends with a blank");
	assert_name_refused(NULL, "12345678901234567890123456789012345678901", "longer than 40 bytes");
	assert_int_equal(settings_check_tab_name(NULL, "1234567890123456789012345678901234567890", &message), 0);
	assert_int_equal(settings_rename_tab(settings, 1, "Web", &message), 0);
	assert_int_equal(settings_rename_tab(settings, 1, "Web 2", &message), -22);
	free(message);
	assert_int_equal(settings_rename_tab(settings, 1, "Mail", &message), 0);
	settings_remove_tab(settings, 0);
	assert_string_equal(settings->tabs[0].name, "Mail");
	assert_int_equal(settings->tabs_count, 3);
	settings_free(settings);
}

static void test_a_copy_is_equal_and_its_own(void **state)
{
	struct settings *settings = settings_new(), *copy;
	char *message;

	(void)state;
	setting_set(settings, SETTING_DELAY, "7", &message);
	settings_add_tab(settings, "Web");
	tab_setting_set(&settings->tabs[1], TAB_SETTING_TREE, "yes", &message);
	settings_set_line(settings, "keys", "QUIT", "x");
	copy = settings_copy(settings);
	setting_set(settings, SETTING_DELAY, "8", &message);
	settings_free(settings);
	assert_string_equal(setting_text(copy, SETTING_DELAY), "7");
	assert_int_equal(copy->tabs_count, 2);
	assert_string_equal(copy->tabs[1].name, "Web");
	assert_true(tab_setting_bool(&copy->tabs[1], TAB_SETTING_TREE));
	assert_string_equal(settings_line(copy, "keys", "QUIT"), "x");
	settings_free(copy);
}

static void assert_said(char *message, const char *expected)
{
	assert_string_equal(message, expected);
	free(message);
}

static void test_unknown_names(void **state)
{
	size_t id;

	(void)state;
	assert_true(setting_find("general", "theme", &id));
	assert_int_equal(id, SETTING_THEME);
	assert_true(setting_find(NULL, "sort", &id));
	assert_int_equal(id, TAB_SETTING_SORT);
	assert_false(setting_find("general", "sort", &id));
	assert_false(setting_find("overview", "theme", &id));
	assert_said(setting_unknown_key("general", "dealy"), "'dealy' is unknown; did you mean 'delay'?");
	assert_said(setting_unknown_key("overview", "theme"), "'theme' is unknown here; it belongs to [general]");
	assert_said(setting_unknown_key("general", "columns"), "'columns' is unknown here; it belongs to [tab NAME]");
	assert_said(setting_unknown_key(NULL, "colums"), "'colums' is unknown; did you mean 'columns'?");
	assert_said(setting_unknown_key("general", "zzzzzzzz"), "'zzzzzzzz' is unknown");
	assert_said(setting_unknown_section("genral"), "[genral] is unknown; did you mean [general]?");
	assert_said(setting_unknown_section("tba Web"), "[tba Web] is unknown; did you mean [tab NAME]?");
	assert_said(setting_unknown_section("zzzzzzzz"), "[zzzzzzzz] is unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_are_values),
		cmocka_unit_test(test_bools),
		cmocka_unit_test(test_numbers_know_no_locale),
		cmocka_unit_test(test_choices_and_words),
		cmocka_unit_test(test_columns_order_and_filter),
		cmocka_unit_test(test_what_cannot_stand_on_a_line),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_a_copy_is_equal_and_its_own),
		cmocka_unit_test(test_unknown_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
