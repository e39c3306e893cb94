/* Lists of CPUs, as in /sys/devices/system/cpu/online. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/cpuinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	int32_t *numbers;
	size_t count;

	if (cpu_list_numbers((struct text){(const char *)data, size}, &arena, &numbers, &count) == 0) {
		for (size_t i = 0; i < count; i++) {
			if (numbers[i] < 0 || numbers[i] > CPU_NUMBER_MAX || (i && numbers[i] <= numbers[i - 1]))
				abort();
		}
	}
	arena_free(&arena);
	return 0;
}
