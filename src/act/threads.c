/* What the kernel has for each thread, done to those of a process. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act/act_private.h"
#include "base/arena.h"
#include "base/fatal.h"
#include "base/parse.h"
#include "base/root.h"

#define ROUNDS_MAX 16 /* for a process that goes on starting threads; each but the last finds new ones */
#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_WHO_PROCESS 1

/* Nice value */

static int set_nice(int32_t id, int nice)
{
	return setpriority(PRIO_PROCESS, (id_t)id, nice) < 0 ? -errno : 0;
}

int thread_set_nice(int32_t id, const struct act *act)
{
	return set_nice(id, act->number);
}

int thread_add_nice(int32_t id, const struct act *act)
{
	int nice, wanted;

	errno = 0;
	nice = getpriority(PRIO_PROCESS, (id_t)id);
	if (nice == -1 && errno)
		return -errno;
	wanted = nice + act->number;
	if (wanted < -20)
		wanted = -20;
	if (wanted > 19)
		wanted = 19;
	return wanted == nice ? 0 : set_nice(id, wanted);
}

/* The rest */

int thread_set_ionice(int32_t id, const struct act *act)
{
	int priority = act->number << IOPRIO_CLASS_SHIFT | act->second;

	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, id, priority) < 0 ? -errno : 0;
}

int thread_set_affinity(int32_t id, const struct act *act)
{
	int32_t last = act->cpus_count ? act->cpus[act->cpus_count - 1] : 0;
	size_t size = CPU_ALLOC_SIZE((size_t)last + 1);
	cpu_set_t *set = CPU_ALLOC((size_t)last + 1);
	int r;

	if (!set)
		fatal("out of memory");
	CPU_ZERO_S(size, set);
	for (size_t i = 0; i < act->cpus_count; i++)
		CPU_SET_S((size_t)act->cpus[i], size, set);
	r = sched_setaffinity(id, size, set) < 0 ? -errno : 0;
	CPU_FREE(set);
	return r;
}

/* Whether its children fall back to the standard policy is not asked, so it stays as it is; nice values do anyway. */
int thread_set_sched(int32_t id, const struct act *act)
{
	const struct sched_param param = {.sched_priority = act->second};
	int before = sched_getscheduler(id);

	if (before < 0)
		return -errno;
	return sched_setscheduler(id, act->number | (before & SCHED_RESET_ON_FORK), &param) < 0 ? -errno : 0;
}

/* Threads */

static bool has_thread(const struct pinned *pinned, int32_t id)
{
	char path[32];
	struct stat status;

	snprintf(path, sizeof(path), "task/%d", id);
	return fstatat(pinned->dir_fd, path, &status, 0) == 0;
}

/* A thread that is the process's before and after had its number all the time. One that ended is no error. */
static int change_thread(const struct pinned *pinned, int32_t id, int (*change)(int32_t id, const struct act *act),
			 const struct act *act)
{
	int r = change(id, act);

	return r == 0 && !has_thread(pinned, id) ? -ESRCH : r;
}

/* Ids of threads, ascending. */
struct ids {
	int32_t *items;
	size_t count;
};

static int compare_ids(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

static bool has_id(const struct ids *ids, int32_t id)
{
	return ids->count && bsearch(&id, ids->items, ids->count, sizeof(id), compare_ids);
}

static int list_threads(const struct pinned *pinned, struct ids *ret_ids)
{
	int fd = openat(pinned->dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	*ret_ids = (struct ids){NULL, 0};
	if (!directory) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return error == ENOENT ? -ESRCH : -error;
	}
	while ((entry = readdir(directory))) {
		struct cursor cursor = cursor_of(entry->d_name, strlen(entry->d_name));
		int32_t id;

		if (parse_i32(&cursor, &id) < 0)
			continue;
		if ((ret_ids->count & (ret_ids->count - 1)) == 0)
			ret_ids->items = xreallocarray(ret_ids->items, ret_ids->count ? 2 * ret_ids->count : 1,
						       sizeof(*ret_ids->items));
		ret_ids->items[ret_ids->count++] = id;
	}
	closedir(directory);
	if (ret_ids->count)
		qsort(ret_ids->items, ret_ids->count, sizeof(*ret_ids->items), compare_ids);
	return 0;
}

struct round {
	int first_error;
	size_t changed, found; /* now; and threads that were not there in the round before */
};

static void change_new(const struct pinned *pinned, const struct ids *ids, const struct ids *done, struct round *round,
		       int (*change)(int32_t id, const struct act *act), const struct act *act)
{
	for (size_t i = 0; i < ids->count; i++) {
		int r;

		if (has_id(done, ids->items[i]))
			continue;
		round->found++;
		r = change_thread(pinned, ids->items[i], change, act);
		round->changed += r == 0;
		if (r < 0 && r != -ESRCH && round->first_error == 0)
			round->first_error = r;
	}
}

/* A thread inherits from the one that starts it, so those that were started by a thread not changed yet have to be
 * changed too: the list is read again until there is nothing new in it. What is added to a value is added once: a new
 * thread may have inherited it with the addition. */
int for_threads(const struct pinned *pinned, int32_t thread, int (*change)(int32_t id, const struct act *act),
		const struct act *act)
{
	struct ids done = {NULL, 0}, ids;
	struct round round = {0};
	int rounds = act->kind == ACT_NICE_BY ? 1 : ROUNDS_MAX, r;
	size_t changed = 0;

	if (thread)
		return has_thread(pinned, thread) ? change_thread(pinned, thread, change, act) : -ESRCH;
	for (int i = 0; i < rounds; i++) {
		r = list_threads(pinned, &ids);
		if (r < 0)
			break;
		round.found = round.changed = 0;
		change_new(pinned, &ids, &done, &round, change, act);
		changed += round.changed;
		free(done.items);
		done = ids;
		if (!round.found)
			break;
	}
	free(done.items);
	if (round.first_error < 0)
		return round.first_error;
	return changed ? 0 : -ESRCH;
}
