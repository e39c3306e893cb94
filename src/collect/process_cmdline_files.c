#include "collect/process_cmdline_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"
#include "collect/process_stat.h"

#define KEPT_MAX 2048 /* one place a pid, modulo this or fewer */
#define FIRST_SIZE 4096 /* longer than most */

struct kept {
	int fd; /* -1: none */
	int32_t pid;
	uint64_t starttime;
};

struct cmdline_files {
	size_t room; /* 0: not known yet */
	struct kept kept[KEPT_MAX];
};

struct cmdline_files *cmdline_files_new(void)
{
	struct cmdline_files *files = xcalloc(1, sizeof(*files));

	for (size_t i = 0; i < KEPT_MAX; i++)
		files->kept[i].fd = -1;
	return files;
}

static void drop(struct kept *kept)
{
	if (kept->fd >= 0)
		close(kept->fd);
	kept->fd = -1;
}

void cmdline_files_free(struct cmdline_files *files)
{
	for (size_t i = 0; files && i < KEPT_MAX; i++)
		drop(&files->kept[i]);
	free(files);
}

/* Less than was asked for is the end. */
static int read_whole(int fd, struct buffer *buffer)
{
	buffer_reserve(buffer, FIRST_SIZE);
	buffer->length = 0;
	for (;;) {
		size_t room = buffer->capacity - buffer->length;
		ssize_t n = pread(fd, buffer->bytes + buffer->length, room, (off_t)buffer->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buffer->length += (size_t)n;
		if ((size_t)n < room)
			return 0;
		buffer_reserve(buffer, buffer->capacity * 2);
	}
}

/* Comes after the file was opened: when the pid is the process' before and after, it was in between. */
static int check(const struct root *root, int32_t pid, uint64_t starttime)
{
	struct process process;
	char path[24], bytes[1024];
	ssize_t n;

	snprintf(path, sizeof(path), "%d/stat", pid);
	n = file_read_small(root->proc_fd, path, bytes, sizeof(bytes));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	if (process_stat_parse(bytes, (size_t)n, 1, &process) < 0)
		return -EBADMSG;
	return process.starttime == starttime ? 0 : -ESRCH;
}

static int open_anew(struct kept *kept, const struct root *root, int32_t pid, uint64_t starttime)
{
	char path[24];
	int r;

	drop(kept);
	snprintf(path, sizeof(path), "%d/cmdline", pid);
	*kept = (struct kept){openat(root->proc_fd, path, O_RDONLY | O_CLOEXEC), pid, starttime};
	if (kept->fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = check(root, pid, starttime);
	if (r < 0)
		drop(kept);
	return r;
}

int cmdline_files_read(struct cmdline_files *files, const struct root *root, int32_t pid, uint64_t starttime,
		       struct buffer *buffer)
{
	struct kept *kept;
	int r;

	if (!files->room) {
		files->room = descriptors_for(KEPT_MAX);
		files->room += !files->room;
	}
	kept = &files->kept[(uint32_t)pid % files->room];
	if (kept->fd < 0 || kept->pid != pid || kept->starttime != starttime) {
		r = open_anew(kept, root, pid, starttime);
		if (r < 0)
			return r;
	}
	r = read_whole(kept->fd, buffer);
	if (r < 0)
		drop(kept);
	return r;
}
