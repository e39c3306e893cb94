/* /proc/cpuinfo. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/cpuinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_of((const char *)data, size);
	struct cpuinfo_cpu cpu;
	const char *before = cursor.p;

	while (cpuinfo_next(&cursor, &cpu) == 1) {
		if (cpu.number < 0 || cpu.number > CPU_NUMBER_MAX || cursor.p <= before)
			abort();
		before = cursor.p;
	}
	return 0;
}
