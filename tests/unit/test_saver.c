/* Settings are written by another thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/saver.h"
#include "tree.h"

static bool file_holds(const char *path, const char *line)
{
	char bytes[4096] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	(void)!fread(bytes, 1, sizeof(bytes) - 1, file);
	fclose(file);
	return strstr(bytes, line) != NULL;
}

static void set_delay(struct settings *settings, const char *value)
{
	char *message = NULL;

	assert_int_equal(setting_set(settings, SETTING_DELAY, value, &message), 0);
}

static void the_last_settings_are_written(void **state)
{
	char directory[] = TREE_TEMPLATE, path[128], *message = NULL;
	struct settings *settings = settings_new();
	struct config *config;
	struct saver *saver;

	(void)state;
	tree_make(directory);
	snprintf(path, sizeof(path), "%s/cmon.conf", directory);
	config = config_load(path, settings);
	saver = saver_new(config);
	assert_non_null(saver);
	for (int i = 1; i <= 50; i++) {
		char value[16];

		snprintf(value, sizeof(value), "%d", i);
		set_delay(settings, value);
		assert_int_equal(saver_save(saver, settings, &message), 0);
	}
	assert_true(saver_end(saver, &message));
	assert_null(message);
	assert_true(file_holds(path, "delay = 50\n"));
	config_free(config);
	settings_free(settings);
	tree_remove(directory);
}

static void what_cannot_be_written_is_told(void **state)
{
	struct settings *settings = settings_new();
	struct config *config = config_load("/dev/null/cmon.conf", settings);
	struct saver *saver = saver_new(config);
	char *told = NULL, *at_the_end = NULL;

	(void)state;
	assert_non_null(saver);
	set_delay(settings, "7");
	(void)saver_save(saver, settings, &told);
	assert_true(saver_end(saver, &at_the_end));
	/* At once, or at the end where the disk was slow; not twice. */
	assert_true((told == NULL) != (at_the_end == NULL));
	assert_non_null(strstr(told ? told : at_the_end, "/dev/null/cmon.conf: "));
	free(told);
	free(at_the_end);
	config_free(config);
	settings_free(settings);
}

static void nothing_to_write(void **state)
{
	struct settings *settings = settings_new();
	struct config *config = config_load("/dev/null/cmon.conf", settings);
	char *message = NULL;

	(void)state;
	assert_true(saver_end(saver_new(config), &message));
	assert_null(message);
	config_free(config);
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_settings_are_written),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(nothing_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
