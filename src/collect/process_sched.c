#include "collect/process_sched.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/process_reading.h"

#define WAITING_THREADS_MAX 256 /* of one process are looked at */

int sched_exec_start_parse(const char *buffer, size_t length, double *ret_ms)
{
	struct cursor cursor = cursor_of(buffer, length), line;

	while (parse_line(&cursor, &line)) {
		struct text key, value;
		struct cursor number;

		if (parse_key_value(line, &key, &value) < 0 || !text_equal_string(key, "se.exec_start"))
			continue;
		/* The first line begins with the name, which may hold a newline and this key, but no number too. */
		number = cursor_of_text(value);
		if (parse_f64(&number, ret_ms) == 0 && cursor_done(&number))
			return 0;
	}
	return -EBADMSG;
}

int autogroup_parse(const char *buffer, size_t length, int32_t *ret_id, int32_t *ret_nice)
{
	struct cursor cursor = cursor_of(buffer, length);
	int32_t id, nice;

	if (!length)
		return -ENODATA;
	if (parse_literal(&cursor, "/autogroup-") < 0 || parse_i32(&cursor, &id) < 0 ||
	    parse_literal(&cursor, " nice ") < 0 || parse_i32(&cursor, &nice) < 0)
		return -EBADMSG;
	*ret_id = id;
	*ret_nice = nice;
	return 0;
}

/* Linux knows at most 8192 CPUs; sixteen times as many is where growing ends. */
#define MASK_BYTES_MAX ((size_t)16 << 10)

struct cpu_set {
	int32_t *cpus;
	size_t count;
};

static void append_cpu(uint32_t cpu, void *context)
{
	struct cpu_set *set = context;

	set->cpus[set->count++] = (int32_t)cpu;
}

static struct list mask_to_list(const unsigned long *mask, size_t words, struct arena *arena)
{
	struct cpu_set set = {0};
	size_t count = 0;

	for (size_t i = 0; i < words; i++)
		count += (size_t)__builtin_popcountl(mask[i]);
	set.cpus = arena_array(arena, count ? count : 1, sizeof(*set.cpus));
	for (size_t i = 0; i < words; i++) {
		for (unsigned long rest = mask[i]; rest; rest &= rest - 1)
			append_cpu((uint32_t)(i * sizeof(long) * CHAR_BIT) + (uint32_t)__builtin_ctzl(rest), &set);
	}
	return (struct list){set.cpus, set.count};
}

/* A mask that is too small for this kernel is EINVAL; one that is large enough is filled up to the returned length. */
static int affinity_of(int32_t pid, struct arena *arena, struct list *ret_cpus)
{
	for (size_t size = 128; size <= MASK_BYTES_MAX; size *= 2) {
		unsigned long *mask = arena_alloc(arena, size);
		long n = syscall(SYS_sched_getaffinity, pid, size, mask);

		if (n < 0 && errno == EINVAL)
			continue;
		if (n < 0)
			return -errno;
		*ret_cpus = mask_to_list(mask, (size_t)n / sizeof(*mask), arena);
		return 0;
	}
	return -EINVAL;
}

#define CPU_LIMIT ((uint32_t)MASK_BYTES_MAX * CHAR_BIT - 1)

static void count_cpu(uint32_t cpu, void *context)
{
	(void)cpu;
	++*(size_t *)context;
}

/* Captured trees: what status tells, offline CPUs included. */
static int affinity_in_status(struct process_reading *reading, struct list *ret_cpus)
{
	struct cursor cursor, line;
	struct text text, key, value;
	struct cpu_set set = {0};
	size_t count = 0;
	int r = process_read_text(reading, reading->dir_fd, "status", &text);

	if (r < 0)
		return r;
	cursor = cursor_of_text(text);
	do {
		if (!parse_line(&cursor, &line))
			return -ENODATA;
	} while (parse_key_value(line, &key, &value) < 0 || !text_equal_string(key, "Cpus_allowed_list"));
	r = parse_cpu_list(value, CPU_LIMIT, count_cpu, &count);
	if (r < 0)
		return r;
	set.cpus = arena_array(reading->arena, count ? count : 1, sizeof(*set.cpus));
	r = parse_cpu_list(value, CPU_LIMIT, append_cpu, &set);
	*ret_cpus = (struct list){set.cpus, set.count};
	return r;
}

int process_read_affinity(struct process_reading *reading)
{
	struct process *process = reading->process;

	if (!reading->live)
		return affinity_in_status(reading, &process->more->cpu_affinity);
	return process->pid > 0 ? affinity_of(process->pid, reading->arena, &process->more->cpu_affinity) : -EINVAL;
}

/* include/uapi/linux/ioprio.h, which old headers lack. Bits 3 to 12 hold hints since Linux 6.5. */
#define IOPRIO_WHO_PROCESS_ID 1
#define IOPRIO_CLASS_OF(priority) ((int32_t)(priority) >> 13)
#define IOPRIO_LEVEL_OF(priority) ((int32_t)(priority) & 7)

int process_read_ionice(struct process_reading *reading)
{
	struct process *process = reading->process;
	long priority;

	if (!reading->live || process->pid <= 0)
		return -ENODATA;
	priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS_ID, process->pid);
	if (priority < 0)
		return -errno;
	process->more->ionice_class = IOPRIO_CLASS_OF(priority);
	process->more->ionice_value = IOPRIO_LEVEL_OF(priority);
	return 0;
}

/* The kernel prints "0" for a process that runs, and for one it does not let us look into: nothing is known then. */
int process_read_wchan(struct process_reading *reading)
{
	struct text wchan;
	int r = file_read_line(reading->task_fd, "wchan", reading->arena, &wchan);

	if (r < 0)
		return r;
	if (!wchan.length || text_equal_string(wchan, "0"))
		return -ENODATA;
	reading->process->more->wchan = wchan;
	return 0;
}

static bool is_wait(struct text line)
{
	struct cursor cursor = cursor_of_text(line);
	int64_t number;

	return parse_i64(&cursor, &number) == 0 && (number == SYS_wait4 || number == SYS_waitid);
}

/* The line of the first thread that waits for a child, if there is one; ret_line is left alone otherwise. */
static void find_waiting_thread(const struct process_reading *reading, struct text *ret_line)
{
	const char **names;
	size_t count;

	if (directory_list(reading->dir_fd, "task", reading->arena, &names, &count) < 0)
		return;
	for (size_t i = 0; i < count && i < WAITING_THREADS_MAX; i++) {
		struct text line;
		char path[64];

		snprintf(path, sizeof(path), "task/%s/syscall", names[i]);
		if (file_read_line(reading->dir_fd, path, reading->arena, &line) < 0 || !is_wait(line))
			continue;
		*ret_line = line;
		return;
	}
}

/* Any thread may wait for the children of its process: it is that one's, else the main thread's. */
int process_read_syscall(struct process_reading *reading)
{
	struct text line;
	int r = file_read_line(reading->task_fd, "syscall", reading->arena, &line);

	if (r < 0)
		return r;
	if (reading->process->num_threads > 1 && !is_wait(line))
		find_waiting_thread(reading, &line);
	if (!line.length)
		return -ENODATA;
	reading->process->more->syscall = line;
	return 0;
}

int process_read_sched(struct process_reading *reading)
{
	struct text text;
	int r = process_read_text(reading, reading->dir_fd, "sched", &text);

	return r < 0 ? r : sched_exec_start_parse(text.bytes, text.length, &reading->process->more->exec_start_ms);
}

int process_read_autogroup(struct process_reading *reading)
{
	struct process *process = reading->process;
	char bytes[128];
	ssize_t n = file_read_small(reading->dir_fd, "autogroup", bytes, sizeof(bytes));

	return n < 0 ? (int)n
		     : autogroup_parse(bytes, (size_t)n, &process->more->autogroup_id, &process->more->autogroup_nice);
}

static int read_i32(int dir_fd, const char *path, int32_t *ret_value)
{
	int64_t value;
	int r = file_read_i64(dir_fd, path, &value);

	if (r < 0)
		return r;
	if (value < INT32_MIN || value > INT32_MAX)
		return -ERANGE;
	*ret_value = (int32_t)value;
	return 0;
}

int process_read_oom(struct process_reading *reading)
{
	int r = read_i32(reading->dir_fd, "oom_score", &reading->process->more->oom_score);

	return r < 0 ? r : read_i32(reading->dir_fd, "oom_score_adj", &reading->process->more->oom_score_adj);
}
