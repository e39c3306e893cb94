/* A process list while it is made. */
#ifndef CMON_COLLECT_PROCESS_ITEMS_H
#define CMON_COLLECT_PROCESS_ITEMS_H

#include <stddef.h>

#include "model/snapshot.h"

/* Records by ascending pid; each holds a reference. NULL where one could not be read, until the gaps are closed. */
struct process_items {
	struct process **items;
	size_t count, capacity;
};

/* The records themselves are left alone. */
void process_items_free(struct process_items *list);

/* Take over a reference: behind all others, or where its pid belongs. */
void process_items_add(struct process_items *list, struct process *process);
void process_items_insert(struct process_items *list, struct process *process);

void process_items_close_gaps(struct process_items *list);

/* Its place or PROCESS_NONE. */
size_t process_items_find(const struct process_items *list, int32_t pid);

#endif
