#include "collect/process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "collect/process_reading.h"
#include "model/field.h"

static int octal_parse(struct text text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!text.length)
		return -EBADMSG;
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '7')
			return -EBADMSG;
		if (value >> 61)
			return -ERANGE;
		value = value << 3 | (uint64_t)(text.bytes[i] - '0');
	}
	*ret_value = value;
	return 0;
}

int fdinfo_parse(const char *buffer, size_t length, uint64_t *ret_position, uint64_t *ret_flags)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	uint64_t position = 0, flags = 0;
	unsigned found = 0;

	while (found != 3 && parse_line(&cursor, &line)) {
		struct text key, value;
		int r = 0;

		if (parse_key_value(line, &key, &value) < 0)
			continue;
		if (!(found & 1) && text_equal_string(key, "pos")) {
			r = text_to_u64(value, &position);
			found |= 1;
		} else if (!(found & 2) && text_equal_string(key, "flags")) {
			r = octal_parse(value, &flags);
			found |= 2;
		}
		if (r < 0)
			return r;
	}
	if (found != 3)
		return -EBADMSG;
	*ret_position = position;
	*ret_flags = flags;
	return 0;
}

struct text open_mode_name(uint64_t flags)
{
	bool append = flags & O_APPEND;

	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return TEXT_LITERAL("r");
	case O_WRONLY:
		return append ? TEXT_LITERAL("a") : TEXT_LITERAL("w");
	case O_RDWR:
		return append ? TEXT_LITERAL("a+") : TEXT_LITERAL("r+");
	default:
		return TEXT_ABSENT;
	}
}

/* Since Linux 6.2 (f1f1f2569901) the size of proc/PID/fd is the number of open descriptors; before, and on other
 * file systems, it says something else. 0 is counted anew: it costs nothing and means the same on all kernels. */
static bool count_by_size(const struct process_reading *reading, int64_t *ret_count)
{
	struct utsname name;
	struct cursor cursor;
	uint64_t major, minor;
	struct statx status;

	if (!reading->live || uname(&name) < 0)
		return false;
	cursor = cursor_of(name.release, strlen(name.release));
	if (parse_u64(&cursor, &major) < 0 || parse_literal(&cursor, ".") < 0 || parse_u64(&cursor, &minor) < 0 ||
	    major < 6 || (major == 6 && minor < 2))
		return false;
	if (statx(reading->task_fd, "fd", AT_SYMLINK_NOFOLLOW, STATX_SIZE, &status) < 0 || status.stx_size == 0)
		return false;
	*ret_count = (int64_t)status.stx_size;
	return true;
}

int process_read_num_fds(struct process_reading *reading)
{
	const char **names;
	size_t count;
	int r;

	if (count_by_size(reading, &reading->process->more->num_fds))
		return 0;
	r = directory_list(reading->task_fd, "fd", reading->arena, &names, &count);
	if (r < 0)
		return r;
	reading->process->more->num_fds = (int64_t)count;
	return 0;
}

/* The path of a descriptor that is open on a regular file which still has its name: what psutil lists. Asking the
 * descriptor, not the path, gives the right answer across chroots and mount namespaces, and never waits for a
 * server. Captured trees have the link alone. */
static int regular_file_path(struct process_reading *reading, const char *link, struct text *ret_path)
{
	struct statx status;
	int r = file_read_link(reading->task_fd, link, reading->arena, ret_path);

	if (r < 0)
		return r;
	if (!ret_path->length || ret_path->bytes[0] != '/')
		return -ENOENT;
	if (reading->live) {
		if (statx(reading->task_fd, link, AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0)
			return -errno;
		if (!S_ISREG(status.stx_mode))
			return -ENOENT;
	}
	return process_drop_deleted(reading, link, ret_path) ? -ENOENT : 0;
}

static int read_open_file(struct process_reading *reading, const char *fd, struct open_file *file)
{
	char path[64], info[4096];
	uint64_t number;
	ssize_t n;
	int r = text_to_u64(text_of(fd), &number);

	if (r < 0 || number > INT32_MAX)
		return -EBADMSG;
	record_clear(record_open_file, file);
	snprintf(path, sizeof(path), "fd/%s", fd);
	r = regular_file_path(reading, path, &file->path);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "fdinfo/%s", fd);
	n = file_read_small(reading->task_fd, path, info, sizeof(info));
	if (n < 0)
		return (int)n;
	file->fd = (int32_t)number;
	if (fdinfo_parse(info, (size_t)n, &file->position, &file->flags) == 0)
		file->mode = open_mode_name(file->flags);
	return 0;
}

int process_read_open_files(struct process_reading *reading)
{
	struct open_file *files;
	const char **names;
	size_t names_count, count = 0;
	int r = directory_list(reading->task_fd, "fd", reading->arena, &names, &names_count);

	if (r < 0)
		return r;
	files = arena_array(reading->arena, names_count ? names_count : 1, sizeof(*files));
	for (size_t i = 0; i < names_count; i++) {
		r = read_open_file(reading, names[i], &files[count]);
		if (r == 0)
			count++;
		else if (r == -EACCES || r == -EPERM)
			return r;
	}
	reading->process->more->open_files = (struct list){files, count};
	return 0;
}
