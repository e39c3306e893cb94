/* The text of proc/net/dev. */
#include "collect/net_io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor file = cursor_of((const char *)data, size);
	struct net_io io;

	if (net_dev_skip_heading(&file) < 0)
		return 0;
	while (net_dev_next(&file, &io) > 0) {
		if (!io.name.length || io.name.bytes < (const char *)data ||
		    io.name.bytes + io.name.length > (const char *)data + size)
			__builtin_trap();
	}
	return 0;
}
