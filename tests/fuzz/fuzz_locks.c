/* Lines of /proc/locks, and of /proc/PID/fdinfo/FD behind "lock:". */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_locks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_of((const char *)data, size), line;
	struct arena arena = {0};
	struct file_lock lock;
	int32_t pid;

	while (parse_line(&cursor, &line)) {
		if (lock_parse(line, &arena, &lock, &pid) < 0)
			continue;
		/* An offset is never taken for one that is absent. */
		if (!lock.type.length || !lock.kind.length || !lock.mode.length || lock.start > INT64_MAX ||
		    (lock.end > INT64_MAX && lock.end != ABSENT_U64) || lock.waits > 1)
			abort();
	}
	arena_free(&arena);
	return 0;
}
