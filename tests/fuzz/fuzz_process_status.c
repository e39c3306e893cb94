/* /proc/PID/status. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_status.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process_more more = process_more_blank;
	struct process process;
	bool has_memory = false;

	process_init(&process);
	process.more = &more;
	if (process_status_parse((const char *)data, size, &process, &has_memory) < 0)
		return 0;
	/* What was accepted has owners, and memory only when all of it was there. */
	if (process.uid_real == ABSENT_I64 || more.gid_real == ABSENT_I64)
		abort();
	if (has_memory && (process.rss_bytes == ABSENT_U64 || process.vms_bytes == ABSENT_U64))
		abort();
	return 0;
}
