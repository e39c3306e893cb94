/* A machine made by hand, for tests of screens, and the comparison of a canvas with a file. */
#ifndef CMON_TESTS_MADE_MACHINE_H
#define CMON_TESTS_MADE_MACHINE_H

#include "model/snapshot.h"
#include "ui/canvas.h"

struct machine {
	size_t cpus;
	bool sensors;   /* coretemp in two packages, a disk's, a fan and a battery */
	bool numa;
	int slab_errno; /* 0: slabs are known */
	bool nothing;   /* sections were read, and all is absent */
};

/* Its snapshot in that second of its life, the first of which has no rates. */
struct snapshot *made_machine(const struct machine *machine, int second);

/* What the canvas shows is what tests/fixtures/screens/NAME.txt holds. CMON_UPDATE_SCREENS=1 in the environment writes
 * the file instead. */
void assert_screen(const struct canvas *canvas, const char *name);

/* Every row has as many columns as the canvas, and no cell holds what a terminal would obey. */
void assert_sound(const struct canvas *canvas);

#endif
