#include "collect/process_stat_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"

#define KEPT_MAX 12288 /* 48 MiB of the kernel's memory */
#define STAT_SIZE 1024 /* more than any line takes */

struct kept {
	int32_t pid;
	int fd;
};

struct kept_list {
	struct kept *items;
	size_t count, capacity;
};

struct stat_files {
	struct kept_list old, now; /* by pid; old: those not read yet in this tick, from `at` on */
	size_t at, room;
};

struct stat_files *stat_files_new(void)
{
	struct stat_files *files = xcalloc(1, sizeof(*files));

	files->room = SIZE_MAX;
	return files;
}

static void close_from(struct kept_list *list, size_t at)
{
	for (; at < list->count; at++)
		close(list->items[at].fd);
	list->count = 0;
}

void stat_files_free(struct stat_files *files)
{
	if (!files)
		return;
	close_from(&files->old, 0);
	close_from(&files->now, 0);
	free(files->old.items);
	free(files->now.items);
	free(files);
}

void stat_files_begin(struct stat_files *files)
{
	struct kept_list empty = files->old;

	files->old = files->now;
	files->now = empty;
	files->now.count = files->at = 0;
}

void stat_files_end(struct stat_files *files)
{
	close_from(&files->old, files->at);
}

static void keep(struct stat_files *files, int32_t pid, int fd)
{
	struct kept_list *list = &files->now;

	list->items = xgrow(list->items, list->count + 1, &list->capacity, sizeof(*list->items));
	list->items[list->count++] = (struct kept){pid, fd};
}

/* The descriptor of this pid, taken out of the old ones, or -1. Those of smaller pids are of processes that ended. */
static int take_old(struct stat_files *files, int32_t pid)
{
	struct kept_list *old = &files->old;

	while (files->at < old->count && old->items[files->at].pid < pid)
		close(old->items[files->at++].fd);
	return files->at < old->count && old->items[files->at].pid == pid ? old->items[files->at++].fd : -1;
}

static int read_again(int fd, struct buffer *buffer)
{
	ssize_t n;

	buffer_reserve(buffer, STAT_SIZE);
	do
		n = pread(fd, buffer->bytes, STAT_SIZE, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ESRCH;
	buffer->length = (size_t)n;
	return 0;
}

static int open_stat(const struct root *root, int32_t pid)
{
	char path[24];
	int fd;

	snprintf(path, sizeof(path), "%d/stat", pid);
	fd = openat(root->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int stat_files_read(struct stat_files *files, const struct root *root, int32_t pid, struct buffer *buffer)
{
	int fd = take_old(files, pid), r = -ESRCH;

	if (fd >= 0)
		r = read_again(fd, buffer);
	if (r < 0) {
		/* Of one that ended; its pid may be another's now. */
		if (fd >= 0)
			close(fd);
		fd = open_stat(root, pid);
		if (fd < 0)
			return fd;
		r = read_again(fd, buffer);
	}
	if (files->room == SIZE_MAX)
		files->room = descriptors_for(KEPT_MAX);
	/* Those still waiting for their turn count, too. */
	if (r == 0 && files->now.count + (files->old.count - files->at) < files->room)
		keep(files, pid, fd);
	else
		close(fd);
	return r;
}
