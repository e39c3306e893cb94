/* /proc/pressure/cpu and its like. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/pressure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pressure_line some = {.avg10 = -1}, full = {.avg10 = -1};
	int r = pressure_parse((struct text){(const char *)data, size}, &some, &full);

	/* Something is set exactly when it succeeds. */
	if ((r == 0) != (some.avg10 >= 0 || full.avg10 >= 0))
		abort();
	return 0;
}
