#include "ui/theme.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/real.h"
#include "model/nearest.h"
#include "model/settings.h"
#include "ui/mistakes.h"

#define SECTION_START "theme "
#define BASE "base"
#define DEFAULT UINT32_MAX
#define CONTRAST_MIN 3.0
#define GREY_SPREAD 40 /* between the most and the least of red, green and blue: what is seen as grey */

enum ink {
#define INK(id, ...) INK_##id,
#include "ui/themes.def"
	INK_COUNT,
};

enum theme_id { THEME_DEFAULT, THEME_LIGHT, THEME_CONTRAST, THEME_COLORBLIND, THEME_DUSK, THEME_DAWN, THEME_COUNT };

static const char *const theme_names[THEME_COUNT] = {"default", "light", "contrast", "colorblind", "dusk", "dawn"};

static const uint32_t inks[INK_COUNT][THEME_COUNT] = {
#define INK(id, ...) [INK_##id] = {__VA_ARGS__},
#include "ui/themes.def"
};

struct style_row {
	const char *name;
	enum ink foreground, background;
	uint8_t attributes, mono;
	const char *help;
};

static const struct style_row style_rows[STYLE_COUNT] = {
#define STYLE(id_, foreground_, background_, attributes_, mono_, help_)                                                \
	[STYLE_##id_] = {#id_, INK_##foreground_, INK_##background_, (attributes_), (mono_), (help_)},
#include "ui/styles.def"
};

/* Colours */

static const uint32_t first_16[16] = {
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

static const char *const color_names[16] = {
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
	"bright-white",
};

/* From 16 on: a cube of 6 x 6 x 6, then 24 greys. */
static uint32_t palette_rgb(int number)
{
	static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};
	unsigned int cube = (unsigned int)number - 16, grey = 8 + 10 * ((unsigned int)number - 232);

	if (number < 16)
		return first_16[number];
	if (number >= 232)
		return grey << 16 | grey << 8 | grey;
	return (uint32_t)steps[cube / 36] << 16 | (uint32_t)steps[cube / 6 % 6] << 8 | steps[cube % 6];
}

uint32_t color_rgb(int32_t color)
{
	return COLOR_IS_RGB(color) ? (uint32_t)color & 0xffffff : palette_rgb(color);
}

/* value, from 0.09 to 1, to the power of 2.4: its square times the fifth root of that, found by Newton's steps: pow is
 * libm's, see real.h. */
static double power_of_gamma(double value)
{
	double square = value * value, root = 1;

	for (int i = 0; i < 12; i++)
		root -= (root - square / (root * root * root * root)) / 5;
	return square * root;
}

static double linear(uint32_t part)
{
	double value = part / 255.0;

	return value <= 0.04045 ? value / 12.92 : power_of_gamma((value + 0.055) / 1.055);
}

static double luminance(uint32_t rgb)
{
	return 0.2126 * linear(rgb >> 16 & 0xff) + 0.7152 * linear(rgb >> 8 & 0xff) + 0.0722 * linear(rgb & 0xff);
}

double color_contrast(uint32_t a, uint32_t b)
{
	double x = luminance(a), y = luminance(b);

	return (real_max(x, y) + 0.05) / (real_min(x, y) + 0.05);
}

static bool is_grey(uint32_t rgb)
{
	int red = (int)(rgb >> 16 & 0xff), green = (int)(rgb >> 8 & 0xff), blue = (int)(rgb & 0xff);
	int most = red > green ? red : green, least = red < green ? red : green;

	most = blue > most ? blue : most;
	least = blue < least ? blue : least;
	return most - least < GREY_SPREAD;
}

static int distance(uint32_t a, uint32_t b)
{
	int red = (int)(a >> 16 & 0xff) - (int)(b >> 16 & 0xff), green = (int)(a >> 8 & 0xff) - (int)(b >> 8 & 0xff);
	int blue = (int)(a & 0xff) - (int)(b & 0xff);

	return red * red + green * green + blue * blue;
}

/* The first 16 are what the user made of them: with 256 only the others are taken. With few, a colour does not become a
 * grey, which is nearer to many than their hue at full strength. */
static int32_t nearest_of_palette(uint32_t rgb, int colors)
{
	int first = colors >= 256 ? 16 : 0, nearest = first, least = INT32_MAX;

	for (int i = first; i < colors; i++) {
		int there = distance(rgb, palette_rgb(i));

		if (there >= least || (colors < 256 && is_grey(rgb) != is_grey(palette_rgb(i))))
			continue;
		least = there;
		nearest = i;
	}
	return nearest;
}

/* Where all of red, green and blue can be had, the numbers 1 to 7 still mean the palette. */
static int32_t fit_color(int32_t color, int colors)
{
	uint32_t rgb;

	if (color == COLOR_DEFAULT)
		return color;
	rgb = color_rgb(color);
	if (colors < COLORS_DIRECT)
		return !COLOR_IS_RGB(color) && color < colors ? color : nearest_of_palette(rgb, colors);
	if (color < 8)
		return color;
	return (int32_t)(rgb > 0 && rgb < 8 ? 8 : rgb);
}

static uint32_t rgb_fitted(int32_t fitted, int colors)
{
	return colors < COLORS_DIRECT || fitted < 8 ? palette_rgb(fitted) : (uint32_t)fitted;
}

static int32_t readable_on(uint32_t background, int colors)
{
	bool is_white = color_contrast(background, 0xffffff) > color_contrast(background, 0);

	return fit_color(COLOR_RGB(is_white ? 0xffffffu : 0u), colors);
}

struct look theme_look(const struct theme *theme, enum style style, int colors)
{
	struct look look = theme->looks[style];
	uint32_t background;

	if (colors < 8)
		return (struct look){COLOR_DEFAULT, COLOR_DEFAULT, style_rows[style].mono};
	/* Grey on the terminal's own background is its foreground with few colours: dim tells them apart. */
	if (colors == 8 && style_rows[style].mono == LOOK_DIM && look.background == COLOR_DEFAULT)
		look.attributes |= LOOK_DIM;
	look.foreground = fit_color(look.foreground, colors);
	look.background = fit_color(look.background, colors);
	if (look.foreground == COLOR_DEFAULT || look.background == COLOR_DEFAULT)
		return look;
	background = rgb_fitted(look.background, colors);
	if (color_contrast(rgb_fitted(look.foreground, colors), background) < CONTRAST_MIN)
		look.foreground = readable_on(background, colors);
	return look;
}

/* Built-in themes */

const char *theme_name(size_t number)
{
	return number < THEME_COUNT ? theme_names[number] : NULL;
}

static int32_t color_of_ink(enum ink ink, size_t number)
{
	return inks[ink][number] == DEFAULT ? COLOR_DEFAULT : COLOR_RGB(inks[ink][number]);
}

void theme_built_in(size_t number, struct theme *ret_theme)
{
	for (int style = 0; style < STYLE_COUNT; style++) {
		const struct style_row *row = &style_rows[style];

		ret_theme->looks[style] = (struct look){
			color_of_ink(row->foreground, number), color_of_ink(row->background, number), row->attributes};
	}
}

bool theme_equal(const struct theme *a, const struct theme *b)
{
	for (int style = 0; style < STYLE_COUNT; style++) {
		const struct look *x = &a->looks[style], *y = &b->looks[style];

		if (x->foreground != y->foreground || x->background != y->background || x->attributes != y->attributes)
			return false;
	}
	return true;
}

uint32_t theme_assumed_background(size_t number)
{
	return inks[INK_ASSUMED][number];
}

const char *style_name(enum style style, char *buffer)
{
	snprintf(buffer, STYLE_NAME_SIZE, "%s", style_rows[style].name);
	for (char *p = buffer; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return buffer;
}

const char *style_help(enum style style)
{
	return style_rows[style].help;
}

/* What users write */

static bool parse_hexadecimal(struct text word, int32_t *ret_color)
{
	uint32_t rgb = 0;

	if ((word.length != 4 && word.length != 7) || word.bytes[0] != '#')
		return false;
	for (size_t i = 1; i < word.length; i++) {
		int c = tolower((unsigned char)word.bytes[i]);

		if (!isxdigit(c))
			return false;
		c = c <= '9' ? c - '0' : c - 'a' + 10;
		rgb = rgb << 4 | (uint32_t)c;
		if (word.length == 4)
			rgb = rgb << 4 | (uint32_t)c;
	}
	*ret_color = COLOR_RGB(rgb);
	return true;
}

static bool parse_number(struct text word, int32_t *ret_color)
{
	int32_t number = 0;

	if (!word.length || word.length > 3)
		return false;
	for (size_t i = 0; i < word.length; i++) {
		if (!isdigit((unsigned char)word.bytes[i]))
			return false;
		number = number * 10 + (word.bytes[i] - '0');
	}
	*ret_color = number;
	return number < 256;
}

static bool parse_color(struct text word, int32_t *ret_color)
{
	if (text_equal_string(word, "default")) {
		*ret_color = COLOR_DEFAULT;
		return true;
	}
	for (int32_t i = 0; i < 16; i++) {
		if (text_equal_string(word, color_names[i])) {
			*ret_color = i;
			return true;
		}
	}
	return parse_number(word, ret_color) || parse_hexadecimal(word, ret_color);
}

static const char *const attribute_names[] = {"bold", "dim", "reverse", "underline"};

static bool parse_attribute(struct text word, uint8_t *attributes)
{
	for (size_t i = 0; i < sizeof(attribute_names) / sizeof(attribute_names[0]); i++) {
		if (!text_equal_string(word, attribute_names[i]))
			continue;
		*attributes = (uint8_t)(*attributes | 1u << i);
		return true;
	}
	return false;
}

int theme_parse_look(const char *value, struct look *ret_look, struct text *ret_wrong)
{
	struct look look = {COLOR_DEFAULT, COLOR_DEFAULT, 0};
	bool has_foreground = false, has_background = false;
	struct text word;

	while (setting_next_word(&value, &word)) {
		bool is_fine;

		*ret_wrong = word;
		if (text_equal_string(word, "on")) {
			is_fine = !has_background && setting_next_word(&value, ret_wrong) &&
				  parse_color(*ret_wrong, &look.background);
			has_background = true;
		} else if (parse_attribute(word, &look.attributes)) {
			is_fine = true;
		} else {
			is_fine = !has_foreground && !has_background && parse_color(word, &look.foreground);
			has_foreground = true;
		}
		if (!is_fine)
			return -EINVAL;
	}
	*ret_look = look;
	return 0;
}

static const char *color_word(const void *context, size_t at)
{
	(void)context;
	if (at < 16)
		return color_names[at];
	return at < 20 ? attribute_names[at - 16] : "default";
}

static const char *style_word(const void *context, size_t at)
{
	(void)context;
	return style_rows[at].name;
}

static bool find_built_in(const char *name, size_t *ret_number)
{
	for (size_t i = 0; i < THEME_COUNT; i++) {
		if (strcmp(theme_names[i], name) != 0)
			continue;
		*ret_number = i;
		return true;
	}
	return false;
}

static enum style find_style(const char *name)
{
	enum style style = 0;

	while (style < STYLE_COUNT && strcasecmp(style_rows[style].name, name) != 0)
		style++;
	return style;
}

static void set_style(struct theme *theme, const struct setting_line *line, struct mistakes *mistakes)
{
	enum style style = find_style(line->key);
	struct text key = text_of(line->key), wrong;
	struct look look;

	if (style == STYLE_COUNT) {
		mistakes_add_name(mistakes, line->section, "style", key,
				  name_nearest(key, style_word, NULL, STYLE_COUNT));
	} else if (theme_parse_look(line->value, &look, &wrong) < 0) {
		mistakes_add_name(mistakes, line->section, "colour", wrong, name_nearest(wrong, color_word, NULL, 21));
	} else {
		theme->looks[style] = look;
	}
}

static bool is_of_theme(const struct setting_line *line, const char *name)
{
	return strncmp(line->section, SECTION_START, strlen(SECTION_START)) == 0 &&
	       strcmp(line->section + strlen(SECTION_START), name) == 0;
}

/* Names of all themes there are: the built-in ones, and that of each line of the settings. */
static const char *theme_word(const void *context, size_t at)
{
	const struct settings *settings = context;
	const char *section;

	if (at < THEME_COUNT)
		return theme_names[at];
	section = settings->lines[at - THEME_COUNT].section;
	return strncmp(section, SECTION_START, strlen(SECTION_START)) == 0 ? section + strlen(SECTION_START) : NULL;
}

static void miss_theme(const struct settings *settings, const char *section, const char *name,
		       struct mistakes *mistakes)
{
	struct text text = text_of(name);

	mistakes_add_name(mistakes, section, "theme", text,
			  name_nearest(text, theme_word, settings, THEME_COUNT + settings->lines_count));
}

static void set_base(const struct settings *settings, const struct setting_line *line, struct theme *theme,
		     struct mistakes *mistakes)
{
	size_t number;

	if (find_built_in(line->value, &number))
		theme_built_in(number, theme);
	else
		miss_theme(settings, line->section, line->value, mistakes);
}

static void set_own_theme(const struct settings *settings, const char *name, struct theme *theme,
			  struct mistakes *mistakes)
{
	for (size_t i = 0; i < settings->lines_count; i++) {
		if (is_of_theme(&settings->lines[i], name) && strcasecmp(settings->lines[i].key, BASE) == 0)
			set_base(settings, &settings->lines[i], theme, mistakes);
	}
	for (size_t i = 0; i < settings->lines_count; i++) {
		if (is_of_theme(&settings->lines[i], name) && strcasecmp(settings->lines[i].key, BASE) != 0)
			set_style(theme, &settings->lines[i], mistakes);
	}
}

static bool has_own_theme(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->lines_count; i++) {
		if (is_of_theme(&settings->lines[i], name))
			return true;
	}
	return false;
}

void theme_of_settings(const struct settings *settings, struct theme *ret_theme, char **ret_message)
{
	const char *name = settings ? setting_text(settings, SETTING_THEME) : theme_names[THEME_DEFAULT];
	struct mistakes mistakes = {0};
	size_t number;

	theme_built_in(THEME_DEFAULT, ret_theme);
	if (settings && has_own_theme(settings, name))
		set_own_theme(settings, name, ret_theme, &mistakes);
	else if (find_built_in(name, &number))
		theme_built_in(number, ret_theme);
	else
		miss_theme(settings, setting_rows[SETTING_THEME].section, name, &mistakes);
	*ret_message = mistakes_end(&mistakes);
}

enum style style_of_percent(double percent)
{
	if (percent < 50)
		return STYLE_LOW;
	return percent < 80 ? STYLE_MEDIUM : STYLE_HIGH;
}
