/* Resource limits of a process. */
#ifndef CMON_COLLECT_PROCESS_LIMITS_H
#define CMON_COLLECT_PROCESS_LIMITS_H

#include "base/arena.h"
#include "model/value.h"

/* proc/PID/limits: "Max open files            1024                 524288               files".
 * ret_limits: struct resource_limit in the order of the file, rows of unknown names left out; names are the constants
 * of getrlimit(2), values in their units, "unlimited" is -1. Returns 0, or -EBADMSG when not one row is known. */
int limits_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_limits);

#endif
