#include "collect/process_pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/parse.h"

#define LIST_AGAIN_NS (UINT64_C(10) * NS_PER_S)

void pid_list_free(struct pid_list *list)
{
	free(list->pids);
	buffer_free(&list->buffer);
}

static void add_pid(struct pid_list *list, int32_t pid)
{
	list->pids = xgrow(list->pids, list->count + 1, &list->capacity, sizeof(*list->pids));
	list->pids[list->count++] = pid;
}

static int compare_pids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void add_entries(struct pid_list *list, const char *entries, size_t length)
{
	for (size_t at = 0; at < length;) {
		const struct dirent64 *entry = (const void *)(entries + at);
		struct cursor name = cursor_of(entry->d_name, strlen(entry->d_name));
		int32_t pid;

		if (*entry->d_name >= '1' && *entry->d_name <= '9' && parse_i32(&name, &pid) == 0 && cursor_done(&name))
			add_pid(list, pid);
		at += entry->d_reclen;
	}
}

/* The kernel lists pids in ascending order; a fixture's directory does not. */
static void sort_pids(struct pid_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (list->pids[i - 1] > list->pids[i]) {
			qsort(list->pids, list->count, sizeof(*list->pids), compare_pids);
			return;
		}
	}
}

static void clear(struct pid_list *list)
{
	list->count = 0;
	list->listed_ns = 0;
}

int pid_list_read(struct pid_list *list, const struct root *root)
{
	int fd = openat(root->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	clear(list);
	buffer_reserve(&list->buffer, (size_t)64 << 10);
	for (;;) {
		ssize_t n = getdents64(fd, list->buffer.bytes, list->buffer.capacity);

		if (n <= 0) {
			r = n < 0 ? -errno : 0;
			break;
		}
		add_entries(list, list->buffer.bytes, (size_t)n);
	}
	close(fd);
	sort_pids(list);
	return r;
}

/* The kernel counts a fork when the pid is there. */
static bool is_current(const struct pid_list *list, uint64_t now_ns, uint64_t forks)
{
	return list->listed_ns && now_ns - list->listed_ns < LIST_AGAIN_NS && forks && forks == list->forks;
}

int pid_list_renew(struct pid_list *list, const struct root *root, uint64_t forks)
{
	uint64_t now_ns = clock_monotonic_ns();
	int r;

	if (is_current(list, now_ns, forks))
		return 0;
	r = pid_list_read(list, root);
	if (r < 0)
		return r;
	list->listed_ns = now_ns;
	list->forks = forks;
	return 0;
}

void pid_list_expire(struct pid_list *list)
{
	list->listed_ns = 0;
}

void pid_list_take(struct pid_list *list, const int32_t *pids, size_t count)
{
	size_t kept = 0;

	clear(list);
	for (size_t i = 0; i < count; i++)
		add_pid(list, pids[i]);
	if (!count)
		return;
	qsort(list->pids, list->count, sizeof(*list->pids), compare_pids);
	for (size_t i = 1; i < list->count; i++) {
		if (list->pids[i] != list->pids[kept])
			list->pids[++kept] = list->pids[i];
	}
	list->count = kept + 1;
}
