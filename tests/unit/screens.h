/* What a canvas shows, compared with a file. */
#ifndef CMON_TESTS_SCREENS_H
#define CMON_TESTS_SCREENS_H

#include "ui/canvas.h"

/* What the canvas shows is what tests/fixtures/screens/NAME.txt holds. CMON_UPDATE_SCREENS=1 in the environment writes
 * the file instead. */
void assert_screen(const struct canvas *canvas, const char *name);

/* Every row has as many columns as the canvas, and no cell holds what a terminal would obey. */
void assert_sound(const struct canvas *canvas);

#endif
