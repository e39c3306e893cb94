/* /proc/PID/statm. */
#include <stddef.h>
#include <stdint.h>

#include "collect/process_stat.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process process;

	process_init(&process);
	process_statm_parse((const char *)data, size, 4096, &process);
	return 0;
}
