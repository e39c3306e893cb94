/* Sizes as the kernel lists them: proc/meminfo, and the same of a NUMA node. */
#ifndef CMON_COLLECT_MEMINFO_H
#define CMON_COLLECT_MEMINFO_H

#include "base/arena.h"
#include "base/text.h"
#include "model/snapshot.h"

/* Parse lines "MemTotal:  16318480 kB", of a NUMA node "Node 0 MemTotal:  16318480 kB", in the order of the file.
 * Sizes are in bytes; a line without a unit is a count. Lines of any other form are left out.
 * ret_items: struct memory_size; names and items are in the arena.
 * Returns 0, or -EBADMSG when no line is one. */
int meminfo_parse(struct text text, struct arena *arena, struct list *ret_items);

#endif
