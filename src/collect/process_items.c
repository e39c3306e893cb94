#include "collect/process_items.h"

#include <stdlib.h>

#include "base/fatal.h"
#include "model/lineage.h"

void process_items_free(struct process_items *list)
{
	free(list->items);
	*list = (struct process_items){0};
}

void process_items_add(struct process_items *list, struct process *process)
{
	list->items = xgrow(list->items, list->count + 1, &list->capacity, sizeof(*list->items));
	list->items[list->count++] = process;
}

void process_items_insert(struct process_items *list, struct process *process)
{
	size_t at = list->count;

	process_items_add(list, process);
	for (; at > 0 && list->items[at - 1]->pid > process->pid; at--)
		list->items[at] = list->items[at - 1];
	list->items[at] = process;
}

void process_items_close_gaps(struct process_items *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i])
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

size_t process_items_find(const struct process_items *list, int32_t pid)
{
	struct process_list found = {.items = list->items, .count = list->count};

	return process_index(&found, pid);
}
