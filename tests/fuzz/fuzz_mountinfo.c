/* /proc/self/mountinfo. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/partitions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_of((const char *)data, size);
	struct arena arena = {0};
	struct mount_id id;
	const char *before = cursor.p;

	while (mountinfo_next(&cursor, &arena, &id) == 1) {
		if (cursor.p <= before || !id.mountpoint.length)
			abort();
		before = cursor.p;
	}
	arena_free(&arena);
	return 0;
}
