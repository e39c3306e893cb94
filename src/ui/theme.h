/* What a piece of the screen means, and the look the theme gives it. */
#ifndef CMON_UI_THEME_H
#define CMON_UI_THEME_H

#include <stdbool.h>
#include <stdint.h>

enum style {
	STYLE_TEXT,
	STYLE_DIM,         /* there, but of no interest: zero, unknown, kernel threads */
	STYLE_LABEL,
	STYLE_TITLE,
	STYLE_HEADER,
	STYLE_TAB,         /* the tab that is shown */
	STYLE_HEADER_SORT,
	STYLE_SELECTED,
	STYLE_KEY,
	STYLE_KEY_LABEL,
	STYLE_PROGRAM,     /* the part of a command line that names the program */
	STYLE_TREE,
	STYLE_LOW,         /* shares of what there is: a little, */
	STYLE_MEDIUM,      /* half, */
	STYLE_HIGH,        /* nearly all */
	STYLE_CACHE,
	STYLE_RATE,
	STYLE_RUNNING,
	STYLE_WAITING,     /* uninterruptible */
	STYLE_STOPPED,
	STYLE_ZOMBIE,
	STYLE_ORPHAN,
	STYLE_ALARM,       /* asks for attention now */
	STYLE_COUNT,
};

enum look_attribute { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };

/* Colours are numbers of the terminal's palette; -1: its default. */
struct look {
	int16_t foreground, background;
	uint8_t attributes; /* LOOK_ bits */
};

/* The default theme's look of a style on a terminal with that many colours; 0: none, and only attributes differ. */
struct look theme_look(enum style style, int colors);

/* Style of a share in percent. */
enum style style_of_percent(double percent);

#endif
