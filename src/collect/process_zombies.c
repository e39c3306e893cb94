#include "collect/process_zombies.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/process_stat.h"
#include "collect/process_status.h"
#include "model/lineage.h"

#define CLOCK_ATTEMPTS 3
#define CLOCK_TOLERANCE_NS UINT64_C(2000000)

/* To be written: a record of this snapshot alone. */
static struct process *find_process(struct process_list *list, int32_t pid)
{
	size_t index = process_index(list, pid);

	return index == PROCESS_NONE ? NULL : process_own(&list->items[index]);
}

static int open_directory(const struct root *root, const char *name)
{
	return openat(root->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Who ought to reap */

static bool is_still(int dir_fd, const struct process *process)
{
	struct process now;
	char bytes[2048];
	ssize_t n = file_read_small(dir_fd, "stat", bytes, sizeof(bytes));

	process_init(&now);
	return n > 0 && process_stat_parse(bytes, (size_t)n, 0, &now) == 0 && now.starttime == process->starttime;
}

/* What it makes of SIGCHLD. */
static void read_signals(struct tick *tick, int fd, struct process *process)
{
	struct buffer buffer = {0};
	int live_fd = process->main_exited == 1 ? process_live_thread_open(fd, &tick->snapshot->arena) : -1;
	bool has_memory;
	int r = process_status_read(fd, live_fd < 0 ? fd : live_fd, &buffer, true, process, &has_memory);

	if (r == 0)
		process->have |= FACT_BIT(FACT_STATUS);
	else if (r == -EACCES || r == -EPERM)
		process->denied |= FACT_BIT(FACT_STATUS);
	if (live_fd >= 0)
		close(live_fd);
	buffer_free(&buffer);
}

/* What it waits in, too. Its start time is compared, since some time has passed. */
static void read_reaper(struct process_detail *detail, struct tick *tick, struct process *process)
{
	uint64_t known = process->have | process->denied;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%d", process->pid);
	fd = open_directory(tick->root, name);
	if (fd < 0)
		return;
	if (is_still(fd, process)) {
		process_own_more(process, &tick->snapshot->arena);
		if (!(known & FACT_BIT(FACT_STATUS)))
			read_signals(tick, fd, process);
		process_detail_read(detail, fd, FACT_BIT(FACT_SYSCALL), process, &tick->snapshot->arena);
	}
	close(fd);
}

/* A thread is in no list of processes; a directory it has all the same. */
static void read_tracer(const struct tick *tick, struct process *traced)
{
	struct process_more unwanted = process_more_blank;
	struct process tracer;
	char path[32], bytes[4096];
	bool nothing;
	ssize_t n;

	process_init(&tracer);
	tracer.more = &unwanted;
	snprintf(path, sizeof(path), "%d/status", traced->tracer_pid);
	n = file_read_small(tick->root->proc_fd, path, bytes, sizeof(bytes));
	if (n > 0 && process_status_parse(bytes, (size_t)n, &tracer, &nothing) == 0)
		traced->tracer_tgid = tracer.tgid;
}

static void read_culprit(struct process_detail *detail, struct tick *tick, struct process *zombie)
{
	struct process_list *list = &tick->snapshot->processes;
	struct process *culprit = find_process(list, lineage_culprit_pid(zombie));

	if (!culprit && zombie->tracer_pid > 0) {
		read_tracer(tick, zombie);
		culprit = find_process(list, lineage_culprit_pid(zombie));
	}
	if (culprit && !((culprit->have | culprit->denied) & FACT_BIT(FACT_SYSCALL)))
		read_reaper(detail, tick, culprit);
}

/* When it died */

static const struct process *predecessor(const struct tick *tick, const struct process *process)
{
	return tick->previous ? snapshot_find(tick->previous, process->pid, process->starttime) : NULL;
}

bool process_zombies_want_sched(const struct tick *tick, const struct process *zombie)
{
	const struct process *before = predecessor(tick, zombie);

	return !before || !before->more->zombie_died_ns;
}

/* The dead are on many machines at every moment, for a moment: the way to another CPU is for those who stay. */
static bool is_worth_moving(const struct tick *tick, const struct process *process)
{
	const struct process *before = predecessor(tick, process);

	if (!process_is_zombie(process) || !process_has(process, FACT_SCHED) || process->processor < 0 ||
	    process->processor >= CPU_SETSIZE)
		return false;
	return !tick->previous || !tick->previous->processes.items || (before && before->more->zombie_seen_ns);
}

/* Reads se.exec_start of this thread. The yield brings it up to date. Returns how long that took, in ns. */
static uint64_t read_own_start(struct process_detail *detail, struct tick *tick, int fd, struct process *self)
{
	uint64_t start_ns = clock_monotonic_ns();

	sched_yield();
	process_detail_read(detail, fd, FACT_BIT(FACT_SCHED), self, &tick->snapshot->arena);
	return clock_monotonic_ns() - start_ns;
}

/* The scheduler's clock of the CPU this thread runs on, as it was when the list was read; NaN when it is not told. What
 * took long was interrupted, so that its time is not certain: it is tried again. */
static double read_clock(struct process_detail *detail, struct tick *tick)
{
	int fd = open_directory(tick->root, "thread-self");
	struct process_more more = process_more_blank;
	struct process self;
	uint64_t now_ns;

	process_init(&self);
	self.more = &more;
	if (fd < 0)
		return ABSENT_F64;
	for (int i = 0; i < CLOCK_ATTEMPTS; i++) {
		if (read_own_start(detail, tick, fd, &self) < CLOCK_TOLERANCE_NS)
			break;
	}
	now_ns = clock_monotonic_ns();
	close(fd);
	return self.more->exec_start_ms - (double)(now_ns - tick->snapshot->processes.read_ns) / 1e6;
}

static double read_clock_of(struct process_detail *detail, struct tick *tick, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned)cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) < 0 ? ABSENT_F64 : read_clock(detail, tick);
}

/* Give all zombies that died on this CPU its clock. */
static void share_clock(struct tick *tick, int cpu, double now_ms)
{
	struct process_list *list = &tick->snapshot->processes;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i]->processor == cpu && is_worth_moving(tick, list->items[i]))
			list->items[i]->more->sched_now_ms = now_ms;
	}
}

static void read_clocks(struct process_detail *detail, struct tick *tick)
{
	struct process_list *list = &tick->snapshot->processes;
	cpu_set_t allowed, left;

	if (!process_detail_is_live(detail) || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	left = allowed;
	for (size_t i = 0; i < list->count; i++) {
		int cpu = list->items[i]->processor;

		if (!is_worth_moving(tick, list->items[i]) || !CPU_ISSET((unsigned)cpu, &left))
			continue;
		CPU_CLR((unsigned)cpu, &left);
		share_clock(tick, cpu, read_clock_of(detail, tick, cpu));
	}
	if (!CPU_EQUAL(&allowed, &left))
		sched_setaffinity(0, sizeof(allowed), &allowed);
}

void process_zombies_read(struct process_detail *detail, struct tick *tick)
{
	struct process_list *list = &tick->snapshot->processes;
	bool any = false;

	for (size_t i = 0; i < list->count; i++) {
		if (!process_is_zombie(list->items[i]))
			continue;
		read_culprit(detail, tick, list->items[i]);
		any |= process_has(list->items[i], FACT_SCHED);
	}
	if (!any)
		return;
	tick->snapshot->self_exec_start_ms = read_clock(detail, tick);
	read_clocks(detail, tick);
}
