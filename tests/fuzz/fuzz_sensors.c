/* Names of files of a chip below /sys/class/hwmon. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum reading_kind kind;
	size_t length;

	/* What is left behind the prefix is what every name of an input ends with. */
	if (sensor_input_parse((struct text){(const char *)data, size}, &kind, &length) == 0 &&
	    size - length != sizeof("_input") - 1)
		abort();
	return 0;
}
