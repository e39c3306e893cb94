/* /proc/PID/io. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_io.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process process;

	process_init(&process);
	/* All six, or none. */
	if (io_parse((const char *)data, size, &process) < 0 &&
	    (process.io_read_chars != ABSENT_U64 || process.io_write_bytes != ABSENT_U64))
		abort();
	return 0;
}
