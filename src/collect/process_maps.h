/* Memory of a process by what backs it. */
#ifndef CMON_COLLECT_PROCESS_MAPS_H
#define CMON_COLLECT_PROCESS_MAPS_H

#include "base/arena.h"
#include "model/value.h"

struct memory_footprint {
	uint64_t uss_bytes;  /* pages of this process alone: Private_Clean + Private_Dirty + Private_Hugetlb */
	uint64_t pss_bytes;  /* Pss */
	uint64_t swap_bytes; /* Swap */
};

/* Sums over proc/PID/smaps_rollup (Linux 4.14), which has one mapping, or proc/PID/smaps, which has them all.
 * Returns 0, or -EBADMSG without a Pss line or with a malformed number. */
int footprint_parse(const char *buffer, size_t length, struct memory_footprint *ret_footprint);

/* proc/PID/smaps, mapping by mapping.
 * ret_maps: struct memory_map in the order of addresses; path "[anon]" without one, otherwise as the kernel prints it
 * (a newline as \012, " (deleted)" behind a file without a name); numbers the kernel does not print are absent.
 * An empty file, as of a kernel thread, is an empty list. Returns 0 or -EBADMSG. */
int smaps_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_maps);

#endif
