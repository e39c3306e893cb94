#include "collect/process_detail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "collect/process_libproc2.h"
#include "collect/process_reading.h"

struct process_detail {
	bool live;
	struct buffer buffer;
	struct all_locks locks;
	struct process_libproc2 *libproc2; /* NULL: not live */
};

static const struct {
	enum fact fact;
	int (*read)(struct process_reading *reading);
	const char *path; /* of facts libproc2 reads: the file whose opening tells whether it may */
} readers[] = {
	{FACT_EXE, process_read_exe, NULL},
	{FACT_CWD, process_read_cwd, NULL},
	{FACT_ROOT, process_read_root, NULL},
	{FACT_IO, process_read_io, NULL},
	{FACT_NUM_FDS, process_read_num_fds, NULL},
	{FACT_OPEN_FILES, process_read_open_files, NULL},
	{FACT_LOCKS, process_read_locks, NULL},
	{FACT_ENVIRON, process_read_environ, NULL},
	{FACT_SMAPS, process_read_smaps, "smaps_rollup"},
	{FACT_MAPS, process_read_maps, NULL},
	{FACT_THREADS, process_read_threads, NULL},
	{FACT_AFFINITY, process_read_affinity, NULL},
	{FACT_IONICE, process_read_ionice, NULL},
	{FACT_LIMITS, process_read_limits, NULL},
	{FACT_CGROUP, process_read_cgroup, NULL},
	{FACT_WCHAN, process_read_wchan, NULL},
	{FACT_SYSCALL, process_read_syscall, NULL},
	{FACT_SCHED, process_read_sched, NULL},
	{FACT_NAMESPACES, process_read_namespaces, "ns/user"},
	{FACT_GROUPS, process_read_groups, "status"},
	{FACT_AUTOGROUP, process_read_autogroup, "autogroup"},
	{FACT_OOM, process_read_oom, "oom_score"},
	{FACT_UNIT, process_read_unit, "cgroup"},
};

#define READERS_COUNT (sizeof(readers) / sizeof(readers[0]))

int process_detail_open(const struct root *root, struct process_detail **ret_detail)
{
	struct process_detail *detail = xcalloc(1, sizeof(*detail));

	detail->live = root_is_live(root);
	detail->libproc2 = detail->live ? process_libproc2_new() : NULL;
	*ret_detail = detail;
	return 0;
}

void process_detail_begin(struct process_detail *detail)
{
	detail->locks.is_read = false;
}

void process_detail_close(struct process_detail *detail)
{
	if (!detail)
		return;
	process_libproc2_free(detail->libproc2);
	buffer_free(&detail->buffer);
	buffer_free(&detail->locks.buffer);
	free(detail);
}

bool process_detail_is_live(const struct process_detail *detail)
{
	return detail->live;
}

static bool is_gone(int dir_fd)
{
	return faccessat(dir_fd, "stat", F_OK, 0) < 0 && (errno == ENOENT || errno == ESRCH);
}

static void settle(struct process *process, enum fact fact, int r)
{
	if (r == 0)
		process->have |= FACT_BIT(fact);
	else if (r == -EACCES || r == -EPERM)
		process->denied |= FACT_BIT(fact);
}

static bool thread_is_live(int dir_fd, const char *id)
{
	char path[64], state = 'X';
	struct cursor cursor;
	struct text before;
	char bytes[2048];
	ssize_t n;

	snprintf(path, sizeof(path), "task/%s/stat", id);
	n = file_read_small(dir_fd, path, bytes, sizeof(bytes));
	cursor = cursor_of(bytes, n > 0 ? (size_t)n : 0);
	while (parse_until(&cursor, ')', &before) == 0)
		;
	parse_blanks(&cursor);
	if (!cursor_done(&cursor))
		state = *cursor.p;
	return state != 'Z' && state != 'X';
}

int process_live_thread_open(int dir_fd, struct arena *arena)
{
	const char **ids;
	size_t count;
	int r = directory_list(dir_fd, "task", arena, &ids, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		char path[64];
		int fd;

		if (!thread_is_live(dir_fd, ids[i]))
			continue;
		snprintf(path, sizeof(path), "task/%s", ids[i]);
		fd = openat(dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return r < 0 ? r : -ENOENT;
}

/* Open, and do no more: the kernel decides there who may look. */
static int probe(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Facts libproc2 can be asked for: not of the dead, for whom it says zeros, nor of kernel threads, whose memory is
 * not theirs. What is denied is left to the own readers, who say so. */
static uint64_t libproc2_facts(const struct process_reading *reading, uint64_t facts)
{
	const struct process *process = reading->process;
	uint64_t usable = 0;

	if (process->state == 'Z' || process->state == 'X' || process->is_kernel == 1)
		return 0;
	for (size_t i = 0; i < READERS_COUNT; i++) {
		uint64_t bit = FACT_BIT(readers[i].fact);

		if (!(facts & bit) || !readers[i].path)
			continue;
		if (probe(reading->dir_fd, readers[i].path) == 0)
			usable |= bit;
	}
	return usable;
}

static int read_by_libproc2(struct process_detail *detail, struct process_reading *reading, uint64_t facts)
{
	uint64_t usable, known;
	int r;

	facts &= PROCESS_LIBPROC2_FACTS;
	if (!facts || !detail->libproc2)
		return 0;
	usable = libproc2_facts(reading, facts);
	if (!usable)
		return 0;
	r = process_libproc2_read(detail->libproc2, reading, usable, &known);
	if (r < 0)
		return r;
	reading->process->have |= known;
	return 0;
}

static void read_rest(struct process_reading *reading, uint64_t facts)
{
	for (size_t i = 0; i < READERS_COUNT; i++) {
		enum fact fact = readers[i].fact;

		if (facts & ~reading->process->have & FACT_BIT(fact))
			settle(reading->process, fact, readers[i].read(reading));
	}
}

int process_detail_read(struct process_detail *detail, int dir_fd, uint64_t facts, struct process *process,
			struct arena *arena)
{
	struct process_reading reading = {
		.dir_fd = dir_fd,
		.task_fd = dir_fd,
		.live = detail->live,
		.process = process,
		.arena = arena,
		.buffer = &detail->buffer,
		.locks = &detail->locks,
	};
	int thread_fd = -1, r;

	facts &= PROCESS_DETAIL_FACTS;
	if (process->state == 'Z' && process->num_threads > 1)
		thread_fd = process_live_thread_open(dir_fd, arena);
	if (thread_fd >= 0)
		reading.task_fd = thread_fd;
	r = read_by_libproc2(detail, &reading, facts);
	if (r == 0)
		read_rest(&reading, facts);
	if (thread_fd >= 0)
		close(thread_fd);
	/* What was read by pid is this process's if its directory still answers: a pid is not given away before. */
	return r < 0 || is_gone(dir_fd) ? -ESRCH : 0;
}
