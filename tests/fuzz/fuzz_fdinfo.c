/* /proc/PID/fdinfo/FD. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t position, flags;

	if (fdinfo_parse((const char *)data, size, &position, &flags) == 0) {
		struct text mode = open_mode_name(flags);

		/* A word for every access mode but 3. */
		if (!mode.bytes != ((flags & 3) == 3) || mode.length > 2)
			abort();
	}
	return 0;
}
