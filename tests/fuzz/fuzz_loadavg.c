/* /proc/loadavg. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct load_average load;

	if (load_parse((struct text){(const char *)data, size}, &load) == 0 &&
	    (!isfinite(load.min1) || load.min1 < 0 || load.min5 < 0 || load.min15 < 0))
		abort();
	return 0;
}
