#include "collect/slow_path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fatal.h"

/* A wait shorter than this is none. */
#define WAIT_S_MIN 0.1

int slow_path_of(int dir_fd, char **ret_path)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	if (dir_fd < 0)
		return -ENOENT;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	if (n == 1 && path[0] == '/')
		n = 0;
	path[n] = '\0';
	*ret_path = xstrdup(path);
	return 0;
}

bool slow_result_is_late(double wait_s, int result)
{
	if (result == -EINPROGRESS)
		return wait_s >= WAIT_S_MIN;
	return result == -ETIMEDOUT || result == 1;
}
