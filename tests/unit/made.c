#include "made.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"

#define COLLECTORS_MAX 8

struct snapshot *made_snapshot(double read_s, size_t capacity)
{
	struct snapshot *snapshot = snapshot_new();

	snapshot->processes.items = arena_array(&snapshot->arena, capacity, sizeof(struct process *));
	snapshot->processes.read_ns = (uint64_t)(read_s * (double)NS_PER_S);
	snapshot->collectors.items = arena_array(&snapshot->arena, COLLECTORS_MAX, sizeof(struct source_status));
	return snapshot;
}

void made_init(struct process *process)
{
	static struct process_more mores[256];
	static size_t next;

	process_init(process);
	process->more = &mores[next++ % (sizeof(mores) / sizeof(mores[0]))];
	*process->more = process_more_blank;
}

struct process *made_record(struct snapshot *snapshot)
{
	struct process blank, *process;

	process_init(&blank);
	process = process_new(&blank);
	process_own_more(process, &snapshot->arena);
	return snapshot->processes.items[snapshot->processes.count++] = process;
}

struct process *made_process(struct snapshot *snapshot, int32_t pid, int32_t ppid, const char *name)
{
	struct process *process = made_record(snapshot);

	process->have = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS);
	process->pid = process->tgid = process->pgid = process->sid = process->nested_pid = pid;
	process->starttime = (uint64_t)pid;
	process->ppid = ppid;
	process->tpgid = -1;
	process->comm = text_of(name);
	process->state = 'S';
	process->num_threads = 1;
	process->nice = 0;
	process->utime = process->stime = 0;
	process->exit_signal = SIGCHLD;
	process->tracer_pid = 0;
	process->ns_level = 0;
	return process;
}

void made_remove(struct snapshot *snapshot, size_t index)
{
	struct process **items = snapshot->processes.items;

	process_unref(items[index]);
	memmove(&items[index], &items[index + 1], (--snapshot->processes.count - index) * sizeof(*items));
}

void made_truncate(struct snapshot *snapshot, size_t count)
{
	while (snapshot->processes.count > count)
		made_remove(snapshot, snapshot->processes.count - 1);
}

void made_collector(struct snapshot *snapshot, const char *name, double read_s)
{
	struct source_status *items = snapshot->collectors.items;

	items[snapshot->collectors.count++] = (struct source_status){.name = text_of(name), .read_ns = (uint64_t)(read_s * (double)NS_PER_S)};
}

struct list made_list(struct snapshot *snapshot, size_t count, size_t size)
{
	return (struct list){arena_array(&snapshot->arena, count, size), count};
}
