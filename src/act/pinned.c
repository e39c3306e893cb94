/* Which process a number stands for, and that it still does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act/act_private.h"
#include "base/parse.h"
#include "base/root.h"

#define STARTTIME_FIELD 22 /* of proc/PID/stat, from 1; the name in field 2 ends at the last ')' */

static int parse_starttime(const char *stat, size_t length, uint64_t *ret_starttime)
{
	const char *name_end = memrchr(stat, ')', length);
	struct cursor cursor;
	struct text word;

	if (!name_end)
		return -EBADMSG;
	cursor = cursor_of(name_end + 1, length - (size_t)(name_end + 1 - stat));
	for (int field = 3; field < STARTTIME_FIELD; field++) {
		if (parse_word(&cursor, &word) < 0)
			return -EBADMSG;
	}
	return parse_u64(&cursor, ret_starttime);
}

static int read_starttime(int dir_fd, uint64_t *ret_starttime)
{
	char stat[1024];
	ssize_t length = file_read_small(dir_fd, "stat", stat, sizeof(stat));

	return length < 0 ? (int)length : parse_starttime(stat, (size_t)length, ret_starttime);
}

bool is_pinned_there(const struct pinned *pinned)
{
	uint64_t starttime;

	return read_starttime(pinned->dir_fd, &starttime) == 0 && starttime == pinned->identity.starttime;
}

static int open_directory(int32_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? (errno == ENOENT ? -ESRCH : -errno) : fd;
}

/* The pidfd comes first: a process known from before that has the pid afterwards had it at the opening, too. */
int pin(struct identity identity, struct pinned *ret_pinned)
{
	struct pinned pinned = {.identity = identity};

	if (identity.pid <= 0)
		return -ESRCH;
	pinned.pidfd = (int)syscall(SYS_pidfd_open, identity.pid, 0);
	if (pinned.pidfd < 0)
		return errno == EINVAL ? -ESRCH : -errno; /* EINVAL: the number is a thread's by now */
	pinned.dir_fd = open_directory(identity.pid);
	if (pinned.dir_fd < 0) {
		close(pinned.pidfd);
		return pinned.dir_fd;
	}
	if (!is_pinned_there(&pinned)) {
		unpin(&pinned);
		return -ESRCH;
	}
	*ret_pinned = pinned;
	return 0;
}

void unpin(struct pinned *pinned)
{
	close(pinned->dir_fd);
	close(pinned->pidfd);
}
