/* /proc/PID/limits. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_limits.h"
#include "model/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct list limits;

	if (limits_parse((const char *)data, size, &arena, &limits) == 0) {
		if (!limits.count || limits.count > 16)
			abort();
		for (size_t i = 0; i < limits.count; i++) {
			const struct resource_limit *limit = &LIST_ITEMS(limits, struct resource_limit)[i];

			if (!limit->name.length || (limit->soft < -1 && limit->soft != ABSENT_I64) ||
			    (limit->hard < -1 && limit->hard != ABSENT_I64))
				abort();
		}
	}
	arena_free(&arena);
	return 0;
}
