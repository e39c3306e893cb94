/* /proc/PID/task/TID/stat: its second field is what a thread calls itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collect/process_threads.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct thread_times thread;
	struct arena arena = {0};
	struct process process;

	process_init(&process);
	process.pid = 1;
	process.have = FACT_BIT(FACT_STATE);
	if (task_stat_parse((const char *)data, size, 100.0, &process, &arena, &thread) == 0 &&
	    (!thread.name.bytes || thread.name.length > size || !(thread.user_time >= 0) ||
	     !(thread.system_time >= 0) || thread.stat[0] != thread.state ||
	     !memchr(thread.stat, '\0', sizeof(thread.stat))))
		abort();
	arena_free(&arena);
	return 0;
}
