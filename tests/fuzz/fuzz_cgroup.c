/* /proc/PID/cgroup, and what its path tells: names of directories, which may hold anything but a newline. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/process_cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buffer = (const char *)data;
	struct text path;

	if (cgroup_parse(buffer, size, &path) == 0) {
		struct text unit = cgroup_unit(path), lxc = cgroup_lxc(path);

		if (path.bytes < buffer || path.bytes + path.length > buffer + size)
			abort();
		if ((unit.bytes && !unit.length) || (lxc.bytes && !lxc.length))
			abort();
	}
	return 0;
}
