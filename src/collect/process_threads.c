#include "collect/process_threads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/process_reading.h"
#include "collect/process_stat.h"
#include "model/snapshot.h"
#include "model/state.h"

/* STAT goes by what the thread has itself; its memory, and whether it leads the session, are its process's. */
static void derive_state(const struct process *process, struct process *thread)
{
	thread->tgid = process->pid;
	thread->have = process->have & FACT_BIT(FACT_STATE);
	thread->locked_bytes = process->locked_bytes;
	process_state_derive(thread);
	if (!thread->have)
		*thread->stat = '\0';
}

void thread_times_of(const struct process *process, struct process *thread, double ticks_per_s,
		     struct thread_times *ret_thread)
{
	derive_state(process, thread);
	*ret_thread = (struct thread_times){
		.id = thread->pid,
		.state = thread->state,
		.nice = thread->nice,
		.processor = thread->processor,
		.policy = thread->policy,
		.starttime = thread->starttime,
		.run_ns = thread->run_ns,
		.cpu_percent = ABSENT_F64,
		.user_time = (double)thread->utime / ticks_per_s,
		.system_time = (double)thread->stime / ticks_per_s,
		.name = thread->comm,
	};
	memcpy(ret_thread->stat, thread->stat, sizeof(ret_thread->stat));
}

int task_stat_parse(const char *buffer, size_t length, double ticks_per_s, const struct process *process,
		    struct arena *arena, struct thread_times *ret_thread)
{
	struct process thread;
	int r;

	process_init(&thread);
	r = process_stat_parse(buffer, length, 0, &thread);
	if (r < 0)
		return r;
	thread_times_of(process, &thread, ticks_per_s, ret_thread);
	ret_thread->name = arena_text(arena, thread.comm.bytes, thread.comm.length);
	return 0;
}

/* A thread that ended meanwhile is left out. */
int process_read_threads(struct process_reading *reading)
{
	double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	struct thread_times *threads;
	const char **names;
	size_t names_count, count = 0;
	int r = directory_list(reading->dir_fd, "task", reading->arena, &names, &names_count);

	if (r < 0)
		return r;
	threads = arena_array(reading->arena, names_count ? names_count : 1, sizeof(*threads));
	for (size_t i = 0; i < names_count; i++) {
		char path[64], bytes[2048];
		ssize_t n;

		snprintf(path, sizeof(path), "task/%s/stat", names[i]);
		n = file_read_small(reading->dir_fd, path, bytes, sizeof(bytes));
		if (n == -EACCES || n == -EPERM)
			return (int)n;
		if (n > 0 && task_stat_parse(bytes, (size_t)n, ticks_per_s, reading->process, reading->arena,
					     &threads[count]) == 0)
			count++;
	}
	reading->process->more->threads = (struct list){threads, count};
	return 0;
}
