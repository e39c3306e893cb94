/* /proc/meminfo and that of a NUMA node. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/meminfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list items = LIST_ABSENT;
	struct arena arena = {0};
	int r = meminfo_parse((struct text){(const char *)data, size}, &arena, &items);

	if ((r == 0) != (items.count > 0))
		abort();
	for (size_t i = 0; i < items.count; i++) {
		const struct memory_size *item = &LIST_ITEMS(items, const struct memory_size)[i];

		if (item->name.length == 0 || item->value == ABSENT_U64 || (!item->is_count && item->value % 1024))
			abort();
	}
	arena_free(&arena);
	return 0;
}
