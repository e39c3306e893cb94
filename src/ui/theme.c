#include "ui/theme.h"

/* A style's look with 256 colours, with 8 (16 adds nothing that 8 and bold lack), and without any. */
struct theme_row {
	struct look rich, plain, mono;
};

#define DEFAULT_LOOK {-1, -1, 0}

static const struct theme_row theme_rows[STYLE_COUNT] = {
	[STYLE_TEXT] = {DEFAULT_LOOK, DEFAULT_LOOK, DEFAULT_LOOK},
	[STYLE_DIM] = {{244, -1, 0}, {-1, -1, LOOK_DIM}, {-1, -1, LOOK_DIM}},
	[STYLE_LABEL] = {{37, -1, 0}, {6, -1, 0}, DEFAULT_LOOK},
	[STYLE_TITLE] = {{37, -1, LOOK_BOLD}, {6, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}},
	[STYLE_TAB] = {{16, 80, LOOK_BOLD}, {0, 6, 0}, {-1, -1, LOOK_REVERSE}},
	[STYLE_HEADER] = {{16, 71, 0}, {0, 2, 0}, {-1, -1, LOOK_REVERSE}},
	[STYLE_HEADER_SORT] = {{16, 80, LOOK_BOLD}, {0, 6, 0}, {-1, -1, LOOK_REVERSE | LOOK_BOLD}},
	[STYLE_SELECTED] = {{16, 80, 0}, {0, 6, 0}, {-1, -1, LOOK_REVERSE}},
	[STYLE_KEY] = {{-1, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}},
	[STYLE_KEY_LABEL] = {{16, 80, 0}, {0, 6, 0}, {-1, -1, LOOK_REVERSE}},
	[STYLE_PROGRAM] = {{-1, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}},
	[STYLE_TREE] = {{37, -1, 0}, {6, -1, 0}, DEFAULT_LOOK},
	[STYLE_LOW] = {{71, -1, 0}, {2, -1, 0}, DEFAULT_LOOK},
	[STYLE_MEDIUM] = {{178, -1, 0}, {3, -1, 0}, DEFAULT_LOOK},
	[STYLE_HIGH] = {{203, -1, 0}, {1, -1, 0}, {-1, -1, LOOK_BOLD}},
	[STYLE_CACHE] = {{67, -1, 0}, {4, -1, 0}, {-1, -1, LOOK_DIM}},
	[STYLE_RATE] = {{68, -1, 0}, {4, -1, LOOK_BOLD}, DEFAULT_LOOK},
	[STYLE_RUNNING] = {{71, -1, LOOK_BOLD}, {2, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}},
	[STYLE_WAITING] = {{208, -1, LOOK_BOLD}, {3, -1, LOOK_BOLD}, {-1, -1, LOOK_BOLD}},
	[STYLE_STOPPED] = {{75, -1, LOOK_BOLD}, {4, -1, LOOK_BOLD}, {-1, -1, LOOK_UNDERLINE}},
	[STYLE_ZOMBIE] = {{170, -1, 0}, {5, -1, 0}, {-1, -1, LOOK_UNDERLINE}},
	[STYLE_ORPHAN] = {{141, -1, 0}, {5, -1, LOOK_BOLD}, {-1, -1, LOOK_UNDERLINE}},
	[STYLE_ALARM] = {{203, -1, LOOK_BOLD}, {1, -1, LOOK_BOLD}, {-1, -1, LOOK_REVERSE}},
};

struct look theme_look(enum style style, int colors)
{
	if (colors >= 256)
		return theme_rows[style].rich;
	return colors >= 8 ? theme_rows[style].plain : theme_rows[style].mono;
}

enum style style_of_percent(double percent)
{
	if (percent < 50)
		return STYLE_LOW;
	return percent < 80 ? STYLE_MEDIUM : STYLE_HIGH;
}
