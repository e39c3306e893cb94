/* The configuration file: what is read from it and said of it, and what becomes of its text when something is saved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fatal.h"
#include "config/conf_text.h"
#include "config/config.h"

/* A directory with a file, and what was read from it. */
struct fixture {
	char directory[32], path[64];
	struct settings *settings;
	struct config *config;
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 1 << 21);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 21) - 1, file) < (1 << 21) - 1);
	fclose(file);
	return text;
}

static void load(struct fixture *fixture)
{
	settings_free(fixture->settings);
	config_free(fixture->config);
	fixture->settings = settings_new();
	fixture->config = config_load(fixture->path, fixture->settings);
}

static struct fixture open_fixture(const char *text)
{
	struct fixture fixture = {.directory = "/tmp/cmon-config-XXXXXX"};

	assert_non_null(mkdtemp(fixture.directory));
	snprintf(fixture.path, sizeof(fixture.path), "%s/cmon.conf", fixture.directory);
	if (text)
		write_file(fixture.path, text);
	load(&fixture);
	return fixture;
}

static void close_fixture(struct fixture *fixture)
{
	settings_free(fixture->settings);
	config_free(fixture->config);
	unlink(fixture->path);
	/* Nothing was left behind. */
	assert_int_equal(rmdir(fixture->directory), 0);
}

static void set(struct fixture *fixture, enum setting_id id, const char *value)
{
	char *message;

	assert_int_equal(setting_set(fixture->settings, id, value, &message), 0);
}

static void save(struct fixture *fixture)
{
	char *message = NULL;

	assert_int_equal(config_save(fixture->config, fixture->settings, &message), 0);
	assert_null(message);
}

static void assert_file(const struct fixture *fixture, const char *text)
{
	char *found = read_file(fixture->path);

	assert_string_equal(found, text);
	free(found);
}

/* warnings: behind the path, one a line */
static void assert_warnings(const struct fixture *fixture, const char *warnings)
{
	char *found = NULL;
	size_t size = 0, count, length = strlen(fixture->path);
	const char *const *lines = config_warnings(fixture->config, &count);
	FILE *stream = open_memstream(&found, &size);

	for (size_t i = 0; i < count; i++) {
		bool has_path = strncmp(lines[i], fixture->path, length) == 0;

		fprintf(stream, "%s\n", lines[i] + (has_path ? length + 1 : 0));
	}
	fclose(stream);
	assert_string_equal(found, warnings);
	free(found);
}

static const char sample[] =
	"# mine\n"
	"\n"
	"[general]\n"
	"delay = 2 ; slowly\n"
	"; a comment\n"
	"theme=light\n"
	"future = 1\n"
	"  mouse = no\n"
	"\n"
	"[later]\n"
	"x = y\n"
	"[keys]\n"
	"QUIT = F10 x\n"
	"[theme mine]\n"
	"base = light\n"
	"key = #123456 on black bold\n";

/* Reading */

static void test_values_are_read(void **state)
{
	struct fixture fixture = open_fixture(sample);

	(void)state;
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "2");
	assert_string_equal(setting_text(fixture.settings, SETTING_THEME), "light");
	assert_string_equal(setting_text(fixture.settings, SETTING_MOUSE), "no");
	assert_string_equal(settings_line(fixture.settings, "keys", "QUIT"), "F10 x");
	assert_string_equal(settings_line(fixture.settings, "theme mine", "key"), "#123456 on black bold");
	assert_warnings(&fixture, "10: [later] is unknown\n7: 'future' is unknown\n");
	assert_true(config_has_file(fixture.config));
	close_fixture(&fixture);
}

static void test_mistakes_are_said_with_their_line(void **state)
{
	struct fixture fixture = open_fixture("delay = 3\n"
					      "[general\n"
					      "delay = 4\n"
					      "[general]\n"
					      "dealy = 5\n"
					      "confirm = prhaps\n"
					      "just words\n"
					      "= 3\n"
					      "[genral]\n"
					      "delay = 6\n"
					      "[tab ]\n"
					      "[tab  A  b ]\n"
					      "colums = pid\n"
					      "sort = -cpu_precent\n"
					      "[general]\n"
					      "delay = 7\n");

	(void)state;
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "7");
	assert_string_equal(setting_text(fixture.settings, SETTING_CONFIRM), "yes");
	assert_int_equal(fixture.settings->tabs_count, 1);
	assert_string_equal(fixture.settings->tabs[0].name, "A b");
	assert_warnings(&fixture, "2: ']' is missing\n"
				  "7: neither KEY = VALUE nor [SECTION]\n"
				  "8: no key stands before the '='\n"
				  "9: [genral] is unknown; did you mean [general]?\n"
				  "11: [tab] is unknown; did you mean [tab NAME]?\n"
				  "1: stands above the first [SECTION]\n"
				  "5: 'dealy' is unknown; did you mean 'delay'?\n"
				  "6: confirm: 'prhaps' is neither yes nor no\n"
				  "13: 'colums' is unknown; did you mean 'columns'?\n"
				  "14: sort: no field is called 'cpu_precent'; did you mean 'cpu_percent'?\n");
	close_fixture(&fixture);
}

static void test_many_mistakes_are_counted(void **state)
{
	char text[40 * 4 + 1] = "";
	struct fixture fixture;
	const char *const *lines;
	size_t count;

	(void)state;
	for (int i = 0; i < 40; i++)
		strcat(text, "bad\n");
	fixture = open_fixture(text);
	lines = config_warnings(fixture.config, &count);
	assert_int_equal(count, 20);
	assert_string_equal(lines[19], "and 21 lines more");
	close_fixture(&fixture);
}

/* A file that is large and full of names must not hold the start up. */
static void test_too_many_tabs_and_keys(void **state)
{
	char *text = NULL;
	size_t size = 0, count;
	FILE *stream = open_memstream(&text, &size);
	struct fixture fixture;

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(stream, "[tab T%d]\n", i);
	fputs("[keys]\n", stream);
	for (int i = 0; i < 20000; i++)
		fprintf(stream, "K%d = x\n", i);
	fclose(stream);
	fixture = open_fixture(text);
	assert_int_equal(fixture.settings->tabs_count, 50);
	assert_int_equal(fixture.settings->lines_count, 2000);
	assert_non_null(strstr(config_warnings(fixture.config, &count)[0], ":51: too many tabs"));
	free(text);
	close_fixture(&fixture);
}

/* Longer than libinih takes at once, with cuts next to blanks, comment signs and where no blank is. */
static void test_long_lines(void **state)
{
	char text[9000], value[4097];
	struct fixture fixture;

	(void)state;
	for (size_t length = 150; length <= 4096; length += length < 500 ? 1 : 97) {
		for (size_t i = 0; i < length; i++)
			value[i] = (char)(i % 7 == 3 ? ' ' : i % 11 == 5 ? '#' : i % 13 == 5 ? ';' : 'a' + i % 26);
		value[0] = value[length - 1] = 'x';
		value[length] = '\0';
		for (size_t i = 1; i < length; i++) {
			if (value[i] == ';' && value[i - 1] == ' ')
				value[i] = '+';
		}
		snprintf(text, sizeof(text), "[general]\ntheme = %s ; comment %s\ndelay = 3\nbad\n", value, value);
		fixture = open_fixture(text);
		assert_string_equal(setting_text(fixture.settings, SETTING_THEME), value);
		assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "3");
		assert_warnings(&fixture, "4: neither KEY = VALUE nor [SECTION]\n");
		close_fixture(&fixture);
	}
}

static void test_long_lines_that_are_nothing(void **state)
{
	char text[4096], blanks[301], letters[301];
	struct fixture fixture;

	(void)state;
	memset(blanks, ' ', 300);
	memset(letters, 'k', 300);
	blanks[300] = letters[300] = '\0';
	snprintf(text, sizeof(text), "[general]\ntheme = dark\n%s = 1\n%s\n; %s\ntheme = a%sb\n[%s]\ndelay = 5\n[general]\n"
		 "mouse = no\n", letters, letters, letters, blanks, letters);
	fixture = open_fixture(text);
	assert_string_equal(setting_text(fixture.settings, SETTING_THEME), "dark");
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "1");
	assert_string_equal(setting_text(fixture.settings, SETTING_MOUSE), "no");
	assert_warnings(&fixture, "3: the key is too long\n4: neither KEY = VALUE nor [SECTION]\n"
				  "6: the line is too long\n7: the name of the section is too long\n");
	close_fixture(&fixture);
}

/* No cut falls before the value, which would make it more of the line before. */
static void test_blanks_where_a_line_is_cut(void **state)
{
	char text[1024], blanks[401];
	struct fixture fixture;

	(void)state;
	for (int length = 150; length <= 400; length += length == 180 ? 41 : 1) {
		memset(blanks, ' ', sizeof(blanks));
		blanks[length] = '\0';
		snprintf(text, sizeof(text), "[general]\ndelay = 2\ntheme%s=%sx\n", length % 2 ? "" : blanks, blanks);
		fixture = open_fixture(text);
		assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "2");
		assert_string_equal(setting_text(fixture.settings, SETTING_THEME), "x");
		assert_warnings(&fixture, "");
		set(&fixture, SETTING_THEME, "a b c d");
		save(&fixture);
		load(&fixture);
		assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "2");
		assert_string_equal(setting_text(fixture.settings, SETTING_THEME), "a b c d");
		assert_warnings(&fixture, "");
		close_fixture(&fixture);
		snprintf(text, sizeof(text), "[general]\ndelay = 2\ntheme = a%sb\n", blanks);
		fixture = open_fixture(text);
		assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "2");
		assert_warnings(&fixture, length > 200 ? "3: the line is too long\n" : "");
		close_fixture(&fixture);
	}
}

static void test_files_that_are_no_text(void **state)
{
	struct fixture fixture = open_fixture("[general]\ndelay = 2\n");
	FILE *file = fopen(fixture.path, "a");

	(void)state;
	fputc('\0', file);
	fclose(file);
	load(&fixture);
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "1");
	assert_warnings(&fixture, " not a text: there is a NUL byte in it; it is not used\n");
	truncate(fixture.path, 10 << 20);
	load(&fixture);
	assert_warnings(&fixture, " larger than 1 MiB, which no configuration is; it is not used\n");
	unlink(fixture.path);
	assert_int_equal(mkfifo(fixture.path, 0600), 0);
	load(&fixture);
	assert_warnings(&fixture, " not a regular file; it is not used\n");
	unlink(fixture.path);
	load(&fixture);
	assert_warnings(&fixture, "");
	assert_false(config_has_file(fixture.config));
	close_fixture(&fixture);
}

static void test_marks_of_other_systems(void **state)
{
	struct fixture fixture = open_fixture("\xef\xbb\xbf[general]\r\ndelay = 2\r\n");

	(void)state;
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "2");
	assert_warnings(&fixture, "");
	set(&fixture, SETTING_DELAY, "3");
	set(&fixture, SETTING_MOUSE, "no");
	save(&fixture);
	assert_file(&fixture, "\xef\xbb\xbf[general]\r\ndelay = 3\r\nmouse = no\r\n");
	close_fixture(&fixture);
}

/* Saving */

static void test_nothing_changed_nothing_written(void **state)
{
	struct fixture fixture = open_fixture(sample);
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(fixture.path, &before), 0);
	save(&fixture);
	assert_int_equal(stat(fixture.path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	unlink(fixture.path);
	load(&fixture);
	save(&fixture);
	assert_int_equal(access(fixture.path, F_OK), -1);
	close_fixture(&fixture);
}

static void test_only_what_changed_is_changed(void **state)
{
	struct fixture fixture = open_fixture(sample);

	(void)state;
	set(&fixture, SETTING_DELAY, "0.5");
	set(&fixture, SETTING_THEME, "dark");
	set(&fixture, SETTING_HINT, "no");
	set(&fixture, SETTING_CPU_ROWS, "3");
	settings_set_line(fixture.settings, "keys", "QUIT", "q");
	save(&fixture);
	assert_file(&fixture, "# mine\n\n[general]\ndelay = 0.5 ; slowly\n; a comment\ntheme=dark\nfuture = 1\n  mouse = no\n"
			      "hint = no\n\n[later]\nx = y\n[keys]\nQUIT = q\n[theme mine]\nbase = light\n"
			      "key = #123456 on black bold\n\n[overview]\ncpu_rows = 3\n");
	load(&fixture);
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "0.5");
	assert_string_equal(setting_text(fixture.settings, SETTING_CPU_ROWS), "3");
	/* Back to the default it is written, too: a file before may say otherwise. */
	set(&fixture, SETTING_CPU_ROWS, "0");
	save(&fixture);
	load(&fixture);
	assert_string_equal(setting_text(fixture.settings, SETTING_CPU_ROWS), "0");
	close_fixture(&fixture);
}

static void test_the_last_line_that_sets_a_key_is_changed(void **state)
{
	struct fixture fixture = open_fixture("[general]\ndelay = 2\n[general]\ndelay = 3");

	(void)state;
	assert_string_equal(setting_text(fixture.settings, SETTING_DELAY), "3");
	set(&fixture, SETTING_DELAY, "4");
	set(&fixture, SETTING_MOUSE, "no");
	save(&fixture);
	assert_file(&fixture, "[general]\ndelay = 2\n[general]\ndelay = 4\nmouse = no\n");
	close_fixture(&fixture);
}

static void test_empty_values(void **state)
{
	struct fixture fixture = open_fixture("[overview]\nparts = cpu ; c\n[tab A]\nfilter=\n");
	char *message;

	(void)state;
	set(&fixture, SETTING_PARTS, "");
	assert_int_equal(tab_setting_set(&fixture.settings->tabs[0], TAB_SETTING_FILTER, "root", &message), 0);
	save(&fixture);
	assert_file(&fixture, "[overview]\nparts =  ; c\n[tab A]\nfilter= root\n");
	set(&fixture, SETTING_PARTS, "host");
	assert_int_equal(tab_setting_set(&fixture.settings->tabs[0], TAB_SETTING_FILTER, "", &message), 0);
	save(&fixture);
	assert_file(&fixture, "[overview]\nparts = host ; c\n[tab A]\nfilter= \n");
	load(&fixture);
	assert_string_equal(setting_text(fixture.settings, SETTING_PARTS), "host");
	assert_string_equal(tab_setting_text(&fixture.settings->tabs[0], TAB_SETTING_FILTER), "");
	close_fixture(&fixture);
}

static void test_tabs_are_added_renamed_and_removed(void **state)
{
	struct fixture fixture = open_fixture("[general]\ndelay = 2\n");
	char *message;

	(void)state;
	settings_add_tab(fixture.settings, "Web");
	assert_int_equal(tab_setting_set(&fixture.settings->tabs[1], TAB_SETTING_FILTER, "name = nginx", &message), 0);
	save(&fixture);
	assert_file(&fixture, "[general]\ndelay = 2\n\n[tab Processes]\n\n[tab Web]\nfilter = name = nginx\n");
	assert_int_equal(settings_rename_tab(fixture.settings, 1, "Mail", &message), 0);
	save(&fixture);
	assert_file(&fixture, "[general]\ndelay = 2\n\n[tab Processes]\n\n[tab Mail]\nfilter = name = nginx\n");
	load(&fixture);
	assert_int_equal(fixture.settings->tabs_count, 2);
	assert_string_equal(fixture.settings->tabs[1].name, "Mail");
	settings_remove_tab(fixture.settings, 0);
	save(&fixture);
	assert_file(&fixture, "[general]\ndelay = 2\n\n\n[tab Mail]\nfilter = name = nginx\n");
	load(&fixture);
	assert_int_equal(fixture.settings->tabs_count, 1);
	assert_string_equal(fixture.settings->tabs[0].name, "Mail");
	close_fixture(&fixture);
}

static void test_a_newer_file_is_merged(void **state)
{
	struct fixture fixture = open_fixture("[general]\ndelay = 2\n");

	(void)state;
	set(&fixture, SETTING_MOUSE, "no");
	write_file(fixture.path, "# edited meanwhile\n[general]\ntheme = light\ndelay = 9\n");
	save(&fixture);
	assert_file(&fixture, "# edited meanwhile\n[general]\ntheme = light\ndelay = 9\nmouse = no\n");
	close_fixture(&fixture);
}

static void assert_not_saved(struct fixture *fixture, int error, const char *why)
{
	char *message = NULL, *expected;

	assert_int_equal(config_save(fixture->config, fixture->settings, &message), error);
	assert_true(asprintf(&expected, "%s: %s", fixture->path, why) > 0);
	assert_string_equal(message, expected);
	free(expected);
	free(message);
}

static void test_files_that_are_not_written(void **state)
{
	struct fixture fixture = open_fixture("[general]\n");

	(void)state;
	set(&fixture, SETTING_MOUSE, "no");
	chmod(fixture.path, 0444);
	assert_not_saved(&fixture, -EACCES, "Permission denied");
	assert_file(&fixture, "[general]\n");
	chmod(fixture.path, 0644);
	truncate(fixture.path, 11);
	assert_not_saved(&fixture, -EBADMSG, "not a text: there is a NUL byte in it");
	truncate(fixture.path, 10 << 20);
	assert_not_saved(&fixture, -EFBIG, "larger than 1 MiB, which no configuration is");
	/* And then it can be, since what was changed is not forgotten. */
	truncate(fixture.path, 10);
	save(&fixture);
	assert_file(&fixture, "[general]\nmouse = no\n");
	close_fixture(&fixture);
}

static void test_links_and_mode_stay(void **state)
{
	struct fixture fixture = open_fixture("[general]\n");
	char real[80], other[80];
	struct stat info;

	(void)state;
	snprintf(real, sizeof(real), "%s/real", fixture.directory);
	snprintf(other, sizeof(other), "%s/other", fixture.directory);
	assert_int_equal(rename(fixture.path, real), 0);
	assert_int_equal(symlink("other", fixture.path), 0);
	assert_int_equal(symlink(real, other), 0);
	chmod(real, 0640);
	set(&fixture, SETTING_MOUSE, "no");
	save(&fixture);
	assert_int_equal(lstat(fixture.path, &info), 0);
	assert_true(S_ISLNK(info.st_mode));
	assert_int_equal(lstat(real, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_file(&fixture, "[general]\nmouse = no\n");
	/* What a link leads to need not be there yet. */
	unlink(real);
	set(&fixture, SETTING_MOUSE, "yes");
	save(&fixture);
	assert_int_equal(access(real, F_OK), 0);
	/* In a circle. */
	unlink(real);
	assert_int_equal(symlink("cmon.conf", real), 0);
	set(&fixture, SETTING_MOUSE, "no");
	assert_not_saved(&fixture, -ELOOP, "Too many levels of symbolic links");
	unlink(real);
	unlink(other);
	close_fixture(&fixture);
}

static void test_directories_are_made(void **state)
{
	char directory[] = "/tmp/cmon-config-XXXXXX", path[64], home[64], *message = NULL;
	struct settings *settings = settings_new();
	struct config *config;
	struct stat info;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(setenv("XDG_CONFIG_HOME", directory, 1), 0);
	snprintf(path, sizeof(path), "%s/cmon/cmon.conf", directory);
	config = config_load(NULL, settings);
	assert_int_equal(setting_set(settings, SETTING_DELAY, "3", &message), 0);
	assert_int_equal(config_save(config, settings, &message), 0);
	assert_int_equal(stat(path, &info), 0);
	config_free(config);
	settings_free(settings);
	settings = settings_new();
	config = config_load(NULL, settings);
	assert_string_equal(setting_text(settings, SETTING_DELAY), "3");
	config_free(config);
	/* But not a home. */
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
	snprintf(home, sizeof(home), "%s/home", directory);
	assert_int_equal(setenv("HOME", home, 1), 0);
	config = config_load(NULL, settings);
	assert_int_equal(setting_set(settings, SETTING_DELAY, "4", &message), 0);
	assert_int_equal(config_save(config, settings, &message), -ENOENT);
	free(message);
	message = NULL;
	assert_int_equal(mkdir(home, 0755), 0);
	assert_int_equal(config_save(config, settings, &message), 0);
	config_free(config);
	settings_free(settings);
	strcat(home, "/.config/cmon/cmon.conf");
	assert_int_equal(unlink(home), 0);
	for (int i = 0; i < 3; i++) {
		*strrchr(home, '/') = '\0';
		assert_int_equal(rmdir(home), 0);
	}
	unlink(path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_read),
		cmocka_unit_test(test_mistakes_are_said_with_their_line),
		cmocka_unit_test(test_many_mistakes_are_counted),
		cmocka_unit_test(test_too_many_tabs_and_keys),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_lines_that_are_nothing),
		cmocka_unit_test(test_blanks_where_a_line_is_cut),
		cmocka_unit_test(test_files_that_are_no_text),
		cmocka_unit_test(test_marks_of_other_systems),
		cmocka_unit_test(test_nothing_changed_nothing_written),
		cmocka_unit_test(test_only_what_changed_is_changed),
		cmocka_unit_test(test_the_last_line_that_sets_a_key_is_changed),
		cmocka_unit_test(test_empty_values),
		cmocka_unit_test(test_tabs_are_added_renamed_and_removed),
		cmocka_unit_test(test_a_newer_file_is_merged),
		cmocka_unit_test(test_files_that_are_not_written),
		cmocka_unit_test(test_links_and_mode_stay),
		cmocka_unit_test(test_directories_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
