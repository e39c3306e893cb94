#include "base/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/parse.h"

#define DESCRIPTORS_LEFT_FREE 256
#define DEFAULT_LIMIT ((size_t)64 << 20)
#define FIRST_CAPACITY ((size_t)16 << 10)

static int open_directory(const char *prefix, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", prefix, name) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int root_open(struct root *root, const char *prefix)
{
	const char *base = prefix ? prefix : "";

	*root = (struct root){
		.proc_fd = open_directory(base, "proc"),
		.sys_fd = open_directory(base, "sys"),
		.base_fd = open_directory(base, ""),
	};
	if (root->proc_fd < 0 && !prefix) {
		int error = errno;

		root_close(root);
		return error ? -error : -ENOENT;
	}
	return 0;
}

static void close_directory(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void root_close(struct root *root)
{
	close_directory(&root->proc_fd);
	close_directory(&root->sys_fd);
	close_directory(&root->base_fd);
}

/* Its own number under "self" shows that this /proc counts pids as system calls do. */
bool root_is_live(const struct root *root)
{
	char self[16], expected[16];
	struct statfs status;
	ssize_t n;

	if (root->proc_fd < 0 || fstatfs(root->proc_fd, &status) < 0 || status.f_type != PROC_SUPER_MAGIC)
		return false;
	n = readlinkat(root->proc_fd, "self", self, sizeof(self));
	snprintf(expected, sizeof(expected), "%d", (int)getpid());
	return n > 0 && (size_t)n == strlen(expected) && memcmp(self, expected, (size_t)n) == 0;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}

void buffer_reserve(struct buffer *buffer, size_t capacity)
{
	if (buffer->capacity >= capacity)
		return;
	buffer->bytes = xreallocarray(buffer->bytes, capacity, 1);
	buffer->capacity = capacity;
}

/* -1 stands for a directory that is not there; AT_FDCWD must never be meant by accident. */
static int open_file(int dir_fd, const char *path)
{
	int fd;

	if (dir_fd < 0)
		return -ENOENT;
	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* record: a read that leaves room was the last one. */
static int read_all(int fd, size_t limit, bool record, struct buffer *buffer)
{
	buffer->length = 0;
	buffer_reserve(buffer, FIRST_CAPACITY);
	for (;;) {
		size_t room = buffer->capacity - buffer->length - 1;
		ssize_t n = read(fd, buffer->bytes + buffer->length, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buffer->length += (size_t)n;
		if (buffer->length > limit)
			return -EFBIG;
		if (n == 0 || (record && (size_t)n < room))
			break;
		if (buffer->capacity - buffer->length < buffer->capacity / 4)
			buffer_reserve(buffer, buffer->capacity * 2);
	}
	buffer->bytes[buffer->length] = '\0';
	return 0;
}

static int open_and_read(int dir_fd, const char *path, size_t limit, bool record, struct buffer *buffer)
{
	int fd = open_file(dir_fd, path), r;

	if (fd < 0)
		return fd;
	r = read_all(fd, limit, record, buffer);
	close(fd);
	if (r < 0)
		buffer->length = 0;
	return r;
}

int file_read(int dir_fd, const char *path, size_t limit, struct buffer *buffer)
{
	return open_and_read(dir_fd, path, limit ? limit : DEFAULT_LIMIT, false, buffer);
}

int file_read_record(int dir_fd, const char *path, struct buffer *buffer)
{
	return open_and_read(dir_fd, path, DEFAULT_LIMIT, true, buffer);
}

ssize_t file_read_small(int dir_fd, const char *path, char *bytes, size_t size)
{
	int fd = open_file(dir_fd, path);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, bytes, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n >= 0)
		bytes[n] = '\0';
	return n;
}

int file_read_u64(int dir_fd, const char *path, uint64_t *ret_value)
{
	char bytes[64];
	ssize_t n = file_read_small(dir_fd, path, bytes, sizeof(bytes));

	if (n < 0)
		return (int)n;
	return text_to_u64((struct text){bytes, (size_t)n}, ret_value);
}

int file_read_i64(int dir_fd, const char *path, int64_t *ret_value)
{
	char bytes[64];
	ssize_t n = file_read_small(dir_fd, path, bytes, sizeof(bytes));

	if (n < 0)
		return (int)n;
	return text_to_i64((struct text){bytes, (size_t)n}, ret_value);
}

int file_read_line(int dir_fd, const char *path, struct arena *arena, struct text *ret_line)
{
	char bytes[4096];
	ssize_t n = file_read_small(dir_fd, path, bytes, sizeof(bytes));
	struct cursor cursor, line;
	struct text text;

	if (n < 0)
		return (int)n;
	cursor = cursor_of(bytes, (size_t)n);
	if (!parse_line(&cursor, &line))
		line = cursor;
	text = text_trim((struct text){line.p, (size_t)(line.end - line.p)});
	*ret_line = arena_text(arena, text.bytes, text.length);
	return 0;
}

int file_read_link(int dir_fd, const char *path, struct arena *arena, struct text *ret_target)
{
	char target[PATH_MAX];
	ssize_t n;

	if (dir_fd < 0)
		return -ENOENT;
	n = readlinkat(dir_fd, path, target, sizeof(target));
	if (n < 0)
		return -errno;
	*ret_target = arena_text(arena, target, (size_t)n);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in an arena array that doubles as it fills. */
static void collect_names(DIR *directory, struct arena *arena, const char ***ret_names, size_t *ret_count)
{
	size_t count = 0, capacity = 16;
	const char **names = arena_array(arena, capacity, sizeof(*names));
	struct dirent *entry;

	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (count == capacity) {
			const char **larger = arena_array(arena, capacity * 2, sizeof(*larger));

			memcpy(larger, names, count * sizeof(*names));
			names = larger;
			capacity *= 2;
		}
		names[count++] = arena_string(arena, entry->d_name).bytes;
	}
	qsort(names, count, sizeof(*names), compare_names);
	*ret_names = names;
	*ret_count = count;
}

int directory_list(int dir_fd, const char *path, struct arena *arena, const char ***ret_names, size_t *ret_count)
{
	DIR *directory;
	int fd;

	if (dir_fd < 0)
		return -ENOENT;
	fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		int error = errno;

		close(fd);
		return -error;
	}
	collect_names(directory, arena, ret_names, ret_count);
	closedir(directory);
	return 0;
}

/* The soft limit may be raised to the hard one without asking anybody. */
size_t descriptors_for(size_t wanted)
{
	rlim_t needed = wanted + DESCRIPTORS_LEFT_FREE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	if (limit.rlim_cur < needed && limit.rlim_cur < limit.rlim_max) {
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			limit.rlim_cur = before;
	}
	if (limit.rlim_cur >= needed)
		return wanted;
	return limit.rlim_cur > DESCRIPTORS_LEFT_FREE ? (size_t)limit.rlim_cur - DESCRIPTORS_LEFT_FREE : 0;
}
