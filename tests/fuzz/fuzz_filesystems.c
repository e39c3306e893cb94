/* /proc/filesystems, behind the name of a type in the first line. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collect/partitions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_of((const char *)data, size), fstype;
	struct text rest;

	if (!parse_line(&cursor, &fstype))
		return 0;
	rest = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
	if (filesystems_physical(rest, (struct text){fstype.p, (size_t)(fstype.end - fstype.p)}) && !rest.length)
		abort();
	return 0;
}
