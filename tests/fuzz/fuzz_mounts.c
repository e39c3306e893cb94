/* /proc/self/mounts. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/partitions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_of((const char *)data, size);
	struct arena arena = {0};
	struct mount mount;
	const char *before = cursor.p;

	while (mounts_next(&cursor, &arena, &mount) == 1) {
		size_t length = mount.device.length + mount.mountpoint.length + mount.fstype.length + mount.opts.length;

		if (cursor.p <= before || length > (size_t)(cursor.p - before) || !mount.opts.length)
			abort();
		before = cursor.p;
	}
	arena_free(&arena);
	return 0;
}
