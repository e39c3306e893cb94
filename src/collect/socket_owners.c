#include "collect/socket_owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "collect/process_stat.h"

void socket_owners_free(struct socket_owners *owners)
{
	free(owners->holders);
	free(owners->searches);
	*owners = (struct socket_owners){0};
}

int socket_link_parse(struct text link, uint64_t *ret_inode)
{
	struct cursor cursor = cursor_of_text(link);
	uint64_t inode;

	if (parse_literal(&cursor, "socket:[") < 0 || parse_u64(&cursor, &inode) < 0 ||
	    parse_literal(&cursor, "]") < 0 || !cursor_done(&cursor))
		return -EBADMSG;
	*ret_inode = inode;
	return 0;
}

void socket_owners_add(struct socket_owners *owners, uint64_t inode, int32_t pid, int32_t fd)
{
	owners->holders = xgrow(owners->holders, owners->count + 1, &owners->capacity, sizeof(*owners->holders));
	owners->holders[owners->count++] = (struct socket_holder){inode, {pid, fd}};
}

void socket_owners_add_search(struct socket_owners *owners, struct descriptor_search search)
{
	owners->searches =
		xgrow(owners->searches, owners->search_count + 1, &owners->search_capacity, sizeof(*owners->searches));
	owners->searches[owners->search_count++] = search;
}

static DIR *open_directory(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory;
	int error;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (directory)
		return directory;
	error = errno;
	close(fd);
	errno = error;
	return NULL;
}

/* The number a name in proc is, or -1. */
static int32_t number_of(const char *name)
{
	struct cursor cursor = cursor_of_text(text_of(name));
	int32_t number;

	if (parse_i32(&cursor, &number) < 0 || !cursor_done(&cursor))
		return -1;
	return number;
}

/* A descriptor that was closed meanwhile is nothing to note. */
static int read_link(struct socket_owners *owners, int fds_fd, const char *name, int32_t pid)
{
	char target[64]; /* longer ones are files */
	int32_t fd = number_of(name);
	ssize_t n;
	uint64_t inode;

	if (fd < 0)
		return 0;
	n = readlinkat(fds_fd, name, target, sizeof(target));
	if (n < 0)
		return errno == EACCES || errno == EPERM ? -errno : 0;
	if (socket_link_parse((struct text){target, (size_t)n}, &inode) == 0)
		socket_owners_add(owners, inode, pid, fd);
	return 0;
}

static int read_descriptors(struct socket_owners *owners, int process_fd, int32_t pid)
{
	DIR *fds = open_directory(process_fd, "fd");
	struct dirent *entry;
	int r = 0;

	if (!fds)
		return -errno;
	while (r == 0 && (errno = 0, entry = readdir(fds)))
		r = read_link(owners, dirfd(fds), entry->d_name, pid);
	if (r == 0 && !entry)
		r = -errno;
	closedir(fds);
	return r;
}

static uint64_t read_starttime(int process_fd)
{
	struct process process = {0};
	char bytes[4096];
	ssize_t n = file_read_small(process_fd, "stat", bytes, sizeof(bytes));

	if (n < 0 || process_stat_parse(bytes, (size_t)n, 1, &process) < 0)
		return ABSENT_U64;
	return process.starttime;
}

/* All through one descriptor of the process's directory, which never becomes another process's. */
void socket_owners_search(struct socket_owners *owners, const struct root *root, int32_t pid, bool identify)
{
	struct descriptor_search search = {.pid = pid, .starttime = ABSENT_U64};
	char name[16];
	int process_fd;

	snprintf(name, sizeof(name), "%d", pid);
	process_fd = openat(root->proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process_fd < 0) {
		search.error = errno;
	} else {
		if (identify)
			search.starttime = read_starttime(process_fd);
		search.error = -read_descriptors(owners, process_fd, search.pid);
		close(process_fd);
	}
	socket_owners_add_search(owners, search);
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_holders(const void *a, const void *b)
{
	const struct socket_holder *x = a, *y = b;

	if (x->inode != y->inode)
		return COMPARE(x->inode, y->inode);
	if (x->owner.pid != y->owner.pid)
		return COMPARE(x->owner.pid, y->owner.pid);
	return COMPARE(x->owner.fd, y->owner.fd);
}

static int compare_searches(const void *a, const void *b)
{
	const struct descriptor_search *x = a, *y = b;

	return COMPARE(x->pid, y->pid);
}

void socket_owners_sort(struct socket_owners *owners)
{
	if (owners->count)
		qsort(owners->holders, owners->count, sizeof(*owners->holders), compare_holders);
	if (owners->search_count)
		qsort(owners->searches, owners->search_count, sizeof(*owners->searches), compare_searches);
}

int socket_owners_read(const struct root *root, bool identify, struct socket_owners *owners)
{
	struct dirent *entry;
	DIR *proc;

	if (root->proc_fd < 0)
		return -ENOENT;
	proc = open_directory(root->proc_fd, ".");
	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		int32_t pid = number_of(entry->d_name);

		if (pid > 0)
			socket_owners_search(owners, root, pid, identify);
	}
	closedir(proc);
	socket_owners_sort(owners);
	return 0;
}

const struct socket_holder *socket_owners_find(const struct socket_owners *owners, uint64_t inode, size_t *ret_count)
{
	size_t low = 0, high = owners->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (owners->holders[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < owners->count && owners->holders[end].inode == inode; end++)
		;
	*ret_count = end - low;
	return end > low ? &owners->holders[low] : NULL;
}
