/* Themes: every one complete and legible, own ones read from the settings, and what becomes of them with few colours. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/settings.h"
#include "ui/theme.h"

static const int color_counts[] = {8, 16, 256, COLORS_DIRECT};

#define COLOR_COUNTS (sizeof(color_counts) / sizeof(color_counts[0]))

static size_t count_themes(void)
{
	size_t count = 0;

	while (theme_name(count))
		count++;
	return count;
}

static void test_there_are_themes(void **state)
{
	bool has_light = false, has_dark = false;

	(void)state;
	assert_true(count_themes() >= 5);
	assert_string_equal(theme_name(0), "default");
	for (size_t i = 0; i < count_themes(); i++) {
		bool is_light = color_contrast(theme_assumed_background(i), 0) > 10;

		has_light |= is_light;
		has_dark |= !is_light;
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(theme_name(i), theme_name(j));
	}
	assert_true(has_light && has_dark);
}

static uint32_t rgb_or(int32_t color, uint32_t assumed)
{
	return color == COLOR_DEFAULT ? assumed : color_rgb(color);
}

/* The terminal's own colours contrast with each other: there is one to be known at least. */
static void test_every_style_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < count_themes(); i++) {
		struct theme theme;

		memset(&theme, 0x7f, sizeof(theme));
		theme_built_in(i, &theme);
		for (int style = 0; style < STYLE_COUNT; style++) {
			const struct look *look = &theme.looks[style];
			uint32_t background = theme_assumed_background(i);

			assert_true(look->attributes <= 15);
			assert_true(look->foreground == COLOR_DEFAULT || COLOR_IS_RGB(look->foreground));
			assert_true(look->background == COLOR_DEFAULT || COLOR_IS_RGB(look->background));
			if (look->foreground == COLOR_DEFAULT) {
				assert_int_equal(look->background, COLOR_DEFAULT);
				continue;
			}
			if (color_contrast(color_rgb(look->foreground), rgb_or(look->background, background)) < 3)
				fail_msg("theme %s, style %d: contrast %.2f", theme_name(i), style,
					 color_contrast(color_rgb(look->foreground),
							rgb_or(look->background, background)));
		}
	}
}

/* Of few colours too. */
static uint32_t shown_rgb(int32_t color, int colors)
{
	return colors == COLORS_DIRECT && color >= 8 ? (uint32_t)color : color_rgb(color);
}

static void test_fitted_looks_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < count_themes(); i++) {
		for (size_t n = 0; n < COLOR_COUNTS; n++) {
			struct theme theme;

			theme_built_in(i, &theme);
			for (int style = 0; style < STYLE_COUNT; style++) {
				struct look look = theme_look(&theme, (enum style)style, color_counts[n]);

				assert_in_range(look.foreground + 1, 0, color_counts[n]);
				assert_in_range(look.background + 1, 0, color_counts[n]);
				if (look.foreground == COLOR_DEFAULT || look.background == COLOR_DEFAULT)
					continue;
				assert_true(color_contrast(shown_rgb(look.foreground, color_counts[n]),
							   shown_rgb(look.background, color_counts[n])) >= 3);
			}
		}
	}
}

/* Those who tell apart other colours than most do so by these. */
static void test_the_colour_blind_safe_one(void **state)
{
	static const struct {
		enum style style;
		uint32_t rgb;
	} cases[] = {
		{STYLE_LOW, 0x009e73}, {STYLE_MEDIUM, 0xf0e442}, {STYLE_HIGH, 0xd55e00}, {STYLE_WAITING, 0xe69f00},
		{STYLE_STOPPED, 0x56b4e9}, {STYLE_ZOMBIE, 0xcc79a7},
	};
	struct theme theme;
	size_t number = 0;

	(void)state;
	while (strcmp(theme_name(number), "colorblind") != 0)
		number++;
	theme_built_in(number, &theme);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(theme.looks[cases[i].style].foreground, COLOR_RGB(cases[i].rgb));
}

static int32_t fitted(int32_t color, int colors)
{
	struct theme theme = {0};

	theme.looks[STYLE_LABEL] = (struct look){color, COLOR_DEFAULT, 0};
	return theme_look(&theme, STYLE_LABEL, colors).foreground;
}

static void test_colours_are_fitted(void **state)
{
	static const struct {
		int32_t color, of_8, of_16, of_256, direct;
	} cases[] = {
		{COLOR_DEFAULT, -1, -1, -1, -1},
		{COLOR_RGB(0xff0000u), 1, 9, 196, 0xff0000},
		{COLOR_RGB(0x00afafu), 6, 6, 37, 0x00afaf},
		{COLOR_RGB(0x5faf5fu), 2, 2, 71, 0x5faf5f},
		{COLOR_RGB(0x808080u), 7, 8, 244, 0x808080},
		{COLOR_RGB(0x000000u), 0, 0, 16, 0},
		{COLOR_RGB(0xffffffu), 7, 15, 231, 0xffffff},
		{COLOR_RGB(0x121212u), 0, 0, 233, 0x121212},
		/* Light violet has a hue, and does not become white. */
		{COLOR_RGB(0xaf87ffu), 5, 12, 141, 0xaf87ff},
		/* Numbers of the palette stay what they are while there are as many. */
		{3, 3, 3, 3, 3},
		{9, 1, 9, 9, 0xff0000},
		{244, 7, 8, 244, 0x808080},
		{17, 4, 4, 17, 0x00005f},
		/* With all colours 1 to 7 mean those of the palette. */
		{COLOR_RGB(0x000003u), 0, 0, 16, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int expected[] = {cases[i].of_8, cases[i].of_16, cases[i].of_256, cases[i].direct};

		for (size_t n = 0; n < COLOR_COUNTS; n++) {
			if (fitted(cases[i].color, color_counts[n]) != expected[n])
				fail_msg("case %zu of %d: %d", i, color_counts[n], fitted(cases[i].color, color_counts[n]));
		}
	}
}

static void test_without_colours_attributes_differ(void **state)
{
	struct theme theme;

	(void)state;
	theme_built_in(0, &theme);
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct look look = theme_look(&theme, (enum style)style, 0);

		assert_int_equal(look.foreground, COLOR_DEFAULT);
		assert_int_equal(look.background, COLOR_DEFAULT);
	}
	assert_int_equal(theme_look(&theme, STYLE_SELECTED, 0).attributes, LOOK_REVERSE);
	assert_int_equal(theme_look(&theme, STYLE_DIM, 0).attributes, LOOK_DIM);
	assert_int_equal(theme_look(&theme, STYLE_DIM, 8).attributes, LOOK_DIM);
	assert_int_equal(theme_look(&theme, STYLE_DIM, 256).attributes, 0);
	assert_int_equal(theme_look(&theme, STYLE_ALARM, 0).attributes, LOOK_REVERSE);
}

static void test_contrast(void **state)
{
	(void)state;
	assert_float_equal(color_contrast(0, 0xffffff), 21, 0.001);
	assert_float_equal(color_contrast(0xffffff, 0), 21, 0.001);
	assert_float_equal(color_contrast(0x777777, 0x777777), 1, 0.001);
	/* An often quoted pair that just misses 4.5. */
	assert_float_equal(color_contrast(0x777777, 0xffffff), 4.478, 0.01);
	assert_int_equal(color_rgb(16), 0);
	assert_int_equal(color_rgb(231), 0xffffff);
	assert_int_equal(color_rgb(232), 0x080808);
	assert_int_equal(color_rgb(255), 0xeeeeee);
	assert_int_equal(color_rgb(67), 0x5f87af);
}

static void test_looks_are_read(void **state)
{
	static const struct {
		const char *value;
		struct look look;
	} cases[] = {
		{"red", {1, -1, 0}},
		{"bright-blue", {12, -1, 0}},
		{"244 on 16 underline", {244, 16, LOOK_UNDERLINE}},
		{"#ff8000 on default bold", {COLOR_RGB(0xff8000u), -1, LOOK_BOLD}},
		{"#fAb", {COLOR_RGB(0xffaabbu), -1, 0}},
		{"bold dim reverse underline", {-1, -1, 15}},
		{"on #000000", {-1, COLOR_RGB(0u), 0}},
		{"  bold   red  on  255 ", {1, 255, LOOK_BOLD}},
		{"", {-1, -1, 0}},
	};
	static const struct {
		const char *value, *wrong;
	} mistakes[] = {
		{"rad", "rad"}, {"256", "256"}, {"1000", "1000"}, {"-1", "-1"}, {"#12345", "#12345"}, {"#12g", "#12g"},
		{"red on", ""}, {"red blue", "blue"}, {"on red blue", "blue"}, {"red on blue on green", "on"}, {"RED", "RED"},
		{"#1234567", "#1234567"}, {"red on bold", "bold"}, {"\xff", "\xff"}, {"#", "#"},
	};
	struct text wrong;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct look look;

		assert_int_equal(theme_parse_look(cases[i].value, &look, &wrong), 0);
		assert_int_equal(look.foreground, cases[i].look.foreground);
		assert_int_equal(look.background, cases[i].look.background);
		assert_int_equal(look.attributes, cases[i].look.attributes);
	}
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct look look = {1, 2, 3};

		if (theme_parse_look(mistakes[i].value, &look, &wrong) != -EINVAL)
			fail_msg("'%s' was taken", mistakes[i].value);
		assert_true(text_equal_string(wrong, mistakes[i].wrong));
		assert_int_equal(look.attributes, 3);
	}
}

/* The theme of settings with up to three lines {section, key, value}; ret_message: never NULL. */
static struct theme theme_with(const char *name, const char *const lines[][3], size_t count, char **ret_message)
{
	struct settings *settings = settings_new();
	char *message = NULL;
	struct theme theme;

	free(settings->values[SETTING_THEME]);
	settings->values[SETTING_THEME] = strdup(name);
	for (size_t i = 0; i < count; i++)
		settings_set_line(settings, lines[i][0], lines[i][1], lines[i][2]);
	theme_of_settings(settings, &theme, &message);
	*ret_message = message ? message : strdup("");
	settings_free(settings);
	return theme;
}

static void test_the_settings_choose(void **state)
{
	struct theme expected, theme;
	char *message;

	(void)state;
	for (size_t i = 0; i < count_themes(); i++) {
		theme_built_in(i, &expected);
		theme = theme_with(theme_name(i), NULL, 0, &message);
		assert_true(theme_equal(&theme, &expected));
		assert_string_equal(message, "");
		free(message);
	}
	theme_of_settings(NULL, &theme, &message);
	assert_null(message);
	theme_built_in(0, &expected);
	assert_true(theme_equal(&theme, &expected));
	theme.looks[STYLE_COUNT - 1].attributes ^= LOOK_BOLD;
	assert_false(theme_equal(&theme, &expected));
}

static void test_own_themes(void **state)
{
	static const char *const lines[][3] = {
		{"theme mine", "alarm", "red on white bold"}, {"theme mine", "base", "dusk"}, {"theme other", "alarm", "blue"},
		{"keys", "quit", "x"}, {"theme mine", "Header_Sort", "#102030"},
	};
	struct theme dusk, theme;
	size_t number = 0;
	char *message;

	(void)state;
	while (strcmp(theme_name(number), "dusk") != 0)
		number++;
	theme_built_in(number, &dusk);
	theme = theme_with("mine", lines, 5, &message);
	assert_string_equal(message, "");
	assert_int_equal(theme.looks[STYLE_ALARM].foreground, 1);
	assert_int_equal(theme.looks[STYLE_ALARM].background, 7);
	assert_int_equal(theme.looks[STYLE_HEADER_SORT].foreground, COLOR_RGB(0x102030u));
	assert_int_equal(theme.looks[STYLE_TEXT].background, dusk.looks[STYLE_TEXT].background);
	free(message);
}

static void test_mistakes_are_told(void **state)
{
	static const struct {
		const char *name;
		const char *line[3];
		const char *said;
	} cases[] = {
		{"drak", {"keys", "quit", "x"}, "no theme is called 'drak'"},
		{"contrats", {"keys", "quit", "x"}, "no theme is called 'contrats'; did you mean 'contrast'?"},
		{"mines", {"theme mine", "text", "red"}, "no theme is called 'mines'; did you mean 'mine'?"},
		{"mine", {"theme mine", "labl", "red"}, "[theme mine]: no style is called 'labl'; did you mean 'LABEL'?"},
		{"mine", {"theme mine", "label", "on gren"}, "no colour is called 'gren'; did you mean 'green'?"},
		{"mine", {"theme mine", "label", "bolt"}, "no colour is called 'bolt'; did you mean 'bold'?"},
		{"mine", {"theme mine", "base", "light2"}, "no theme is called 'light2'; did you mean 'light'?"},
	};
	struct theme expected;

	(void)state;
	theme_built_in(0, &expected);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const lines[][3] = {{cases[i].line[0], cases[i].line[1], cases[i].line[2]}};
		char *message;
		struct theme theme = theme_with(cases[i].name, lines, 1, &message);

		if (!strstr(message, cases[i].said))
			fail_msg("case %zu said: %s", i, message);
		assert_true(theme_equal(&theme, &expected));
		free(message);
	}
}

static void test_names_of_styles(void **state)
{
	char name[STYLE_NAME_SIZE], line_value[] = "red";

	(void)state;
	assert_string_equal(style_name(STYLE_HEADER_SORT, name), "header_sort");
	for (int style = 0; style < STYLE_COUNT; style++) {
		const char *const lines[][3] = {{"theme t", style_name((enum style)style, name), line_value}};
		char *message;
		struct theme theme = theme_with("t", lines, 1, &message);

		assert_string_equal(message, "");
		assert_int_equal(theme.looks[style].foreground, 1);
		assert_true(strlen(style_help((enum style)style)) > 0);
		free(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_are_themes),
		cmocka_unit_test(test_every_style_can_be_read),
		cmocka_unit_test(test_fitted_looks_can_be_read),
		cmocka_unit_test(test_the_colour_blind_safe_one),
		cmocka_unit_test(test_colours_are_fitted),
		cmocka_unit_test(test_without_colours_attributes_differ),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_looks_are_read),
		cmocka_unit_test(test_the_settings_choose),
		cmocka_unit_test(test_own_themes),
		cmocka_unit_test(test_mistakes_are_told),
		cmocka_unit_test(test_names_of_styles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
