/* /proc/PID/smaps and smaps_rollup: paths of files are in it, which may hold anything but a newline. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_maps.h"
#include "model/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buffer = (const char *)data;
	struct memory_footprint footprint;
	struct arena arena = {0};
	struct list maps;

	footprint_parse(buffer, size, &footprint);
	if (smaps_parse(buffer, size, &arena, &maps) == 0) {
		/* Each mapping has its three texts, and takes a line of its own. */
		if (!maps.items || maps.count > size)
			abort();
		for (size_t i = 0; i < maps.count; i++) {
			const struct memory_map *map = &LIST_ITEMS(maps, struct memory_map)[i];

			if (!map->address.length || !map->permissions.length || !map->path.length)
				abort();
		}
	}
	arena_free(&arena);
	return 0;
}
