/* Files are read whole and replaced whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "config/config.h"
#include "config/config_private.h"

#define LINKS_MAX 40
#define DIRECTORIES_MAX 2

const char *config_error(int r)
{
	switch (r) {
	case -EFBIG: return "larger than 1 MiB, which no configuration is";
	case -EBADMSG: return "not a text: there is a NUL byte in it";
	case -EINVAL: return "not a regular file";
	default: return strerror(-r);
	}
}

/* Reading */

static int check_file(int fd)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (S_ISDIR(info.st_mode))
		return -EISDIR;
	return S_ISREG(info.st_mode) ? 0 : -EINVAL;
}

/* buffer: CONFIG_SIZE_MAX + 1 bytes */
static int read_all(int fd, char *buffer, size_t *ret_length)
{
	size_t length = 0;

	while (length <= CONFIG_SIZE_MAX) {
		ssize_t count = read(fd, buffer + length, CONFIG_SIZE_MAX + 1 - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	if (length > CONFIG_SIZE_MAX)
		return -EFBIG;
	if (memchr(buffer, '\0', length))
		return -EBADMSG;
	buffer[length] = '\0';
	*ret_length = length;
	return 0;
}

int config_read_file(const char *path, char **ret_bytes, size_t *ret_length)
{
	/* A FIFO must not hang the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *buffer;
	int r;

	if (fd < 0)
		return -errno;
	buffer = xmalloc(CONFIG_SIZE_MAX + 1);
	r = check_file(fd);
	if (r == 0)
		r = read_all(fd, buffer, ret_length);
	close(fd);
	if (r == 0)
		*ret_bytes = xreallocarray(buffer, *ret_length + 1, 1);
	else
		free(buffer);
	return r;
}

/* Paths */

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = xstrdup(slash ? path : ".");

	if (slash)
		directory[slash == path ? 1 : slash - path] = '\0';
	return directory;
}

static char *joined(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		fatal("out of memory");
	return path;
}

char *config_follow_links(const char *path)
{
	char *current = xstrdup(path), target[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t length = readlink(current, target, sizeof(target) - 1);
		char *directory, *next;

		if (length < 0)
			return current;
		target[length] = '\0';
		directory = directory_of(current);
		next = *target == '/' ? xstrdup(target) : joined(directory, target);
		free(directory);
		free(current);
		current = next;
	}
	free(current);
	return NULL;
}

/* What is not there yet, as the XDG specification has it: for the user alone. levels: ~/.config and the one in it, at
 * most; nobody's home is made. */
static int make_directory(const char *directory, int levels)
{
	char *parent;
	int r;

	if (mkdir(directory, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || levels < 2)
		return -errno;
	parent = directory_of(directory);
	r = make_directory(parent, levels - 1);
	free(parent);
	if (r == 0 && mkdir(directory, 0700) < 0 && errno != EEXIST)
		r = -errno;
	return r;
}

/* Writing */

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		bytes += count;
		length -= (size_t)count;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The new file is to be the old one's equal. */
static int take_over(int fd, const struct stat *old)
{
	struct stat own;

	if (fstat(fd, &own) < 0)
		return -errno;
	if ((own.st_uid != old->st_uid || own.st_gid != old->st_gid) && fchown(fd, old->st_uid, old->st_gid) < 0)
		return -errno;
	return fchmod(fd, old->st_mode & 07777) < 0 ? -errno : 0;
}

/* Returns 1 when the file is there and may be replaced, 0 when it is not there. A file without a bit for writing is
 * meant to stay, also by root, and renaming would not ask. */
static int check_old(const char *path, struct stat *ret_info)
{
	if (stat(path, ret_info) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(ret_info->st_mode))
		return -EINVAL;
	if (!(ret_info->st_mode & 0222))
		return -EACCES;
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : 1;
}

static void sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int write_beside(const char *path, const char *new_path, int fd, const char *bytes, size_t length)
{
	struct stat old;
	int r = check_old(path, &old);

	if (r > 0)
		r = take_over(fd, &old);
	if (r == 0)
		r = write_all(fd, bytes, length);
	if (r == 0 && rename(new_path, path) < 0)
		r = -errno;
	return r;
}

static int replace_file(const char *path, const char *directory, const char *bytes, size_t length)
{
	char *new_path = joined(directory, ".cmon.conf.XXXXXX");
	struct stat old;
	int r = check_old(path, &old), fd;

	fd = r < 0 ? -1 : mkostemp(new_path, O_CLOEXEC);
	if (r >= 0 && fd < 0)
		r = -errno;
	if (fd >= 0) {
		r = write_beside(path, new_path, fd, bytes, length);
		close(fd);
		if (r < 0)
			unlink(new_path);
		else
			sync_directory(directory);
	}
	free(new_path);
	return r;
}

int config_write_file(const char *path, const char *bytes, size_t length)
{
	char *real = config_follow_links(path), *directory;
	int r;

	if (!real)
		return -ELOOP;
	directory = directory_of(real);
	r = make_directory(directory, DIRECTORIES_MAX);
	if (r == 0)
		r = replace_file(real, directory, bytes, length);
	free(directory);
	free(real);
	return r;
}
