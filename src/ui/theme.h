/* What a piece of the screen means, and the look a theme gives it. */
#ifndef CMON_UI_THEME_H
#define CMON_UI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct settings;

/* See styles.def. */
enum style {
#define STYLE(id, foreground, background, attributes, mono, help) STYLE_##id,
#include "ui/styles.def"
	STYLE_COUNT,
};

enum look_attribute { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };

/* A colour: COLOR_DEFAULT, a number of the terminal's palette, or COLOR_RGB of red, green and blue in 24 bits. */
#define COLOR_DEFAULT (-1)
#define COLOR_RGB(rgb) ((int32_t)(0x1000000 | (rgb)))
#define COLOR_IS_RGB(color) ((color) >= 0x1000000)

/* How many colours a terminal has that takes any red, green and blue. */
#define COLORS_DIRECT 0x1000000

struct look {
	int32_t foreground, background;
	uint8_t attributes; /* LOOK_ bits */
};

struct theme {
	struct look looks[STYLE_COUNT];
};

/* Built-in themes by number; NULL behind the last. "default" is the first. */
const char *theme_name(size_t number);

/* A built-in theme. */
void theme_built_in(size_t number, struct theme *ret_theme);

/* The background a built-in theme is made for, 0xRRGGBB, also where it leaves the terminal's own. */
uint32_t theme_assumed_background(size_t number);

/* The theme the settings ask for: a built-in one, or that of their section [theme NAME], whose lines are styles in lower
 * case and looks, and `base`, the theme that gives what it does not name; settings: NULL for the default theme.
 * ret_message: what is wrong, with a suggestion for a near miss, or NULL; free() it. */
void theme_of_settings(const struct settings *settings, struct theme *ret_theme, char **ret_message);

bool theme_equal(const struct theme *a, const struct theme *b);

/* A look as the settings have it: "COLOUR [on COLOUR] [bold] [dim] [reverse] [underline]", in which a colour is "#rrggbb",
 * "#rgb", a number of the palette, "default", or a name as "red" and "bright-red".
 * Returns 0, or -EINVAL with the word that is none in *ret_wrong. */
int theme_parse_look(const char *value, struct look *ret_look, struct text *ret_wrong);

/* A style's name in the settings, into a buffer of STYLE_NAME_SIZE. */
#define STYLE_NAME_SIZE 32
const char *style_name(enum style style, char *buffer);
const char *style_help(enum style style);

/* The look of a style on a terminal with that many colours: 0, 8, 16, 256 or COLORS_DIRECT. Its colours are then such as
 * that terminal has: numbers of its palette below `colors`, or red, green and blue. What could not be told apart from
 * its background there becomes black or white. */
struct look theme_look(const struct theme *theme, enum style style, int colors);

/* Red, green and blue of a colour, those of the palette as xterm has them. color: not COLOR_DEFAULT */
uint32_t color_rgb(int32_t color);

/* Contrast of two colours 0xRRGGBB, from 1 to 21, as WCAG 2 defines it. */
double color_contrast(uint32_t a, uint32_t b);

/* Style of a share in percent. */
enum style style_of_percent(double percent);

#endif
