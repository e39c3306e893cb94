/* /proc/PID/sched, whose first line is what a process calls itself, autogroup and the Groups line of status. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_environ.h"
#include "collect/process_sched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buffer = (const char *)data;
	struct arena arena = {0};
	struct list groups;
	int32_t id, nice;
	double ms;

	sched_exec_start_parse(buffer, size, &ms);
	autogroup_parse(buffer, size, &id, &nice);
	if (groups_parse(buffer, size, &arena, &groups) == 0 && (!groups.items || groups.count > size))
		abort();
	if (environ_length(buffer, size) > size)
		abort();
	arena_free(&arena);
	return 0;
}
