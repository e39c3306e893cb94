/* /proc/PID/stat: its second field is what a program calls itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_stat.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process process;

	process_init(&process);
	if (process_stat_parse((const char *)data, size, 4096, &process) < 0)
		return 0;
	/* What was accepted has an identity, a state, and a name that lies in the input. */
	if (process.pid <= 0 || process.state <= ' ' || process.comm.bytes < (const char *)data ||
	    process.comm.bytes + process.comm.length > (const char *)data + size)
		abort();
	return 0;
}
