/* A machine made by hand, for tests of screens. */
#ifndef CMON_TESTS_MADE_MACHINE_H
#define CMON_TESTS_MADE_MACHINE_H

#include "model/snapshot.h"

struct machine {
	size_t cpus;
	bool sensors;   /* coretemp in two packages, a disk's, a fan and a battery */
	bool numa;
	int slab_errno; /* 0: slabs are known */
	bool nothing;   /* sections were read, and all is absent */
};

/* Its snapshot in that second of its life, the first of which has no rates. */
struct snapshot *made_machine(const struct machine *machine, int second);

#endif
