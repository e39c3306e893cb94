/* The only door to files: directory descriptors for /proc, /sys and the rest, which fixtures can stand in for. */
#ifndef CMON_BASE_ROOT_H
#define CMON_BASE_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"

struct root {
	int proc_fd; /* /proc */
	int sys_fd;  /* /sys */
	int base_fd; /* /, for the few files elsewhere, such as run/utmp */
};

/* Open the live system (prefix NULL), or a captured tree: prefix/proc, prefix/sys, prefix. A directory that is not
 * there leaves its descriptor at -1, and every file below it reads as -ENOENT.
 * Returns 0 or -errno when /proc of the live system cannot be opened. */
int root_open(struct root *root, const char *prefix);
void root_close(struct root *root);

/* Whether /proc is that of this pid namespace, so that system calls by pid mean the processes it lists: not that of a
 * captured tree. */
bool root_is_live(const struct root *root);

/* A growing buffer that one reader reuses for all its files. All-zero is empty and ready. */
struct buffer {
	char *bytes;
	size_t length;   /* of the file last read; bytes[length] is NUL */
	size_t capacity;
};

void buffer_free(struct buffer *buffer);
void buffer_reserve(struct buffer *buffer, size_t capacity);

/* Read a whole file below a directory descriptor into the buffer.
 * Returns 0, or -errno: -ENOENT and -ESRCH (gone), -EACCES and -EPERM (denied), -EFBIG above `limit` bytes (0: 64 MiB). */
int file_read(int dir_fd, const char *path, size_t limit, struct buffer *buffer);

/* The same for a file that the kernel hands over in one piece when the buffer is large enough (stat, status, cmdline
 * of a process): the second read, which would only say that this was all, is left out. */
int file_read_record(int dir_fd, const char *path, struct buffer *buffer);

/* The same for a short file and a fixed buffer; what does not fit is cut. bytes[length] is NUL.
 * Returns the length or -errno. */
ssize_t file_read_small(int dir_fd, const char *path, char *bytes, size_t size);

/* How many of so many files may be kept open, with descriptors left for everything else; the soft limit is raised for them
 * as far as that goes. */
size_t descriptors_for(size_t wanted);

/* One number or one trimmed line from a small file, as sysfs has them. Return 0, -errno, -EBADMSG. */
int file_read_u64(int dir_fd, const char *path, uint64_t *ret_value);
int file_read_i64(int dir_fd, const char *path, int64_t *ret_value);
int file_read_line(int dir_fd, const char *path, struct arena *arena, struct text *ret_line);

/* Target of a symbolic link, any length. Returns 0 or -errno. */
int file_read_link(int dir_fd, const char *path, struct arena *arena, struct text *ret_target);

/* Names in a directory, without . and .., sorted by strverscmp so that cpu2 comes before cpu10.
 * ret_names: ret_count NUL-terminated strings in the arena. Returns 0 or -errno. */
int directory_list(int dir_fd, const char *path, struct arena *arena, const char ***ret_names, size_t *ret_count);

#endif
