#include "collect/process_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int process_read_text(struct process_reading *reading, int dir_fd, const char *path, struct text *ret_text)
{
	int r = file_read(dir_fd, path, 0, reading->buffer);

	if (r < 0)
		return r;
	*ret_text = (struct text){reading->buffer->bytes, reading->buffer->length};
	return 0;
}

uint64_t *number_key_find(const struct number_key *keys, size_t count, struct text key, void *record)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal_string(key, keys[i].key))
			return (uint64_t *)(void *)((char *)record + keys[i].offset);
	}
	return NULL;
}

/* Identity of a file. AT_STATX_DONT_SYNC: a network file system's server is not asked, so a dead one cannot hang us. */
static int file_identity(int dir_fd, const char *path, int flags, struct statx *ret_status)
{
	return statx(dir_fd, path, flags | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO | STATX_NLINK, ret_status) < 0
		? -errno : 0;
}

/* The file at a path, if the kernel can walk there without waiting for anything. The name of an open or mapped file
 * is in its cache, so nothing is missed. RESOLVE_CACHED: Linux 5.12; before, the file counts as not found. */
static int cached_identity(const char *path, struct statx *ret_status)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	int r;

	if (fd < 0)
		return -errno;
	r = file_identity((int)fd, "", AT_EMPTY_PATH, ret_status);
	close((int)fd);
	return r;
}

static bool same_file(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

static bool name_ends_so(const struct process_reading *reading, const char *link, const char *path)
{
	struct statx open_file, named_file;

	if (link && (file_identity(reading->task_fd, link, 0, &open_file) < 0 || open_file.stx_nlink == 0))
		return false;
	return cached_identity(path, &named_file) == 0 && (!link || same_file(&open_file, &named_file));
}

bool process_drop_deleted(const struct process_reading *reading, const char *link, struct text *path)
{
	static const char suffix[] = " (deleted)";
	size_t length = sizeof(suffix) - 1;

	if (path->length <= length || memcmp(path->bytes + path->length - length, suffix, length) != 0)
		return false;
	if (reading->live && name_ends_so(reading, link, path->bytes))
		return false;
	path->length -= length;
	return true;
}
