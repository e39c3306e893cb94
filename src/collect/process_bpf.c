#include "collect/process_bpf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fatal.h"
#include "collect/bpf_process.h"
#include "collect/bpf_programs.h"
#include "collect/bpf_read.h"
#include "collect/process_bpf_cmdlines.h"
#include "collect/process_bpf_more.h"
#include "collect/process_cmdline_files.h"
#include "collect/process_items.h"
#include "collect/process_stat.h"
#include "collect/process_unseen.h"

/* All that the programs tell themselves of an ordinary process. */
#define BULK_FACTS                                                                                                     \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_CMDLINE) |                  \
	 FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_TERMINAL) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_LINEAGE) |              \
	 FACT_BIT(FACT_SCHED) | FACT_BIT(FACT_SYSCALL))

#define COMM_CUT 15 /* TASK_COMM_LEN - 1 */

/* Exact memory of one process, read before the pass where the kernel does not tell the programs. */
struct early {
	int32_t pid;
	uint64_t rss_bytes, vms_bytes, shared_bytes, text_bytes, data_bytes;
};

/* A process that did something: its place in the list, where what the pass told of it is, and what that is not to be
 * overwritten with when it is read from /proc. */
struct again {
	size_t index;
	const struct process *before; /* NULL: it is new */
	uint64_t run_ns, digest;
	char comm[16];
};

struct process_bpf {
	struct procfs *procfs;
	struct bpf_reader *reader;
	struct process_bpf_more *more;
	struct process_unseen *unseen;
	struct bpf_units units;
	struct process blank;
	struct cmdline_files *cmdline_files;
	struct buffer cmdline;

	bool wants_early; /* a pass told memory that was not exact */
	struct early *early;
	size_t early_count, early_capacity, early_at;
	uint64_t early_since_ns; /* CLOCK_BOOTTIME before the first was read */

	/* Of the pass under way */
	struct tick *tick;
	uint64_t apart; /* facts that process_bpf_more adds */
	struct process_reuse reuse;
	uint64_t pass_since_ns; /* CLOCK_BOOTTIME */
	struct bpf_tasks_control control;
	uint64_t passed_ns; /* monotonic: when the last whole list was read; 0: there is none */
	uint64_t passed_facts, passed_apart;
	struct process_items list;
	struct again *again;
	size_t again_count, again_capacity;
	struct bpf_cmdlines *cmdlines; /* NULL: each is read by itself */
};

struct process_bpf *process_bpf_new(struct procfs *procfs)
{
	struct process_bpf *source = xcalloc(1, sizeof(*source));

	source->procfs = procfs;
	source->reader = bpf_reader_new();
	source->more = process_bpf_more_new(procfs);
	source->unseen = process_unseen_new(procfs);
	source->units.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	source->units.ns_per_tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	source->cmdline_files = cmdline_files_new();
	process_init(&source->blank);
	return source;
}

void process_bpf_free(struct process_bpf *source)
{
	if (!source)
		return;
	bpf_reader_free(source->reader);
	process_bpf_more_free(source->more);
	process_unseen_free(source->unseen);
	cmdline_files_free(source->cmdline_files);
	buffer_free(&source->cmdline);
	free(source->early);
	process_items_free(&source->list);
	free(source->again);
	free(source);
}

/* Before the pass. A process that was there before and still is during the pass had its pid in between. */

static void read_early(struct process_bpf *source, const struct tick *tick, int32_t pid)
{
	struct process process;
	char path[24], bytes[256];
	ssize_t n;

	snprintf(path, sizeof(path), "%d/statm", pid);
	n = file_read_small(tick->root->proc_fd, path, bytes, sizeof(bytes));
	if (n <= 0 || process_statm_parse(bytes, (size_t)n, source->units.page_bytes, &process) < 0)
		return;
	source->early = xgrow(source->early, source->early_count + 1, &source->early_capacity, sizeof(*source->early));
	source->early[source->early_count++] = (struct early){
		.pid = pid,
		.rss_bytes = process.rss_bytes,
		.vms_bytes = process.vms_bytes,
		.shared_bytes = process.shared_bytes,
		.text_bytes = process.text_bytes,
		.data_bytes = process.data_bytes,
	};
}

/* apart: facts of the request that need not be read with the records. */
static bool wants_bulk(const struct tick *tick, uint64_t apart)
{
	return (!tick->previous || !tick->previous->processes.items) && !(tick->request->facts & ~BULK_FACTS & ~apart) &&
	       !tick->request->detail_pid;
}

static bool wants_all_cmdlines(const struct tick *tick, uint64_t apart)
{
	return wants_bulk(tick, apart) && !tick->request->pids && tick->request->facts & FACT_BIT(FACT_CMDLINE);
}

/* A screen's first tick is read from /proc. */
unsigned int process_bpf_programs(const struct tick *tick)
{
	unsigned int programs = BPF_PROGRAM_BIT(BPF_PROGRAM_TASKS) | process_bpf_more_programs(tick);

	if (tick->request->source_wait_s > 0 && wants_all_cmdlines(tick, PROCESS_APART_FACTS))
		programs |= BPF_PROGRAM_BIT(BPF_PROGRAM_CMDLINES);
	return programs;
}

static void read_all_early(struct process_bpf *source, struct tick *tick)
{
	const int32_t *pids;
	size_t count;

	if (procfs_list_pids(source->procfs, tick->root, &pids, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		read_early(source, tick, pids[i]);
}

/* Exact memory of those whose turn it is, or of all in a first tick of which nothing else is asked than is read in bulk:
 * CPUs keep up to some dozen pages to themselves. */
static void prepare(struct process_bpf *source, struct tick *tick)
{
	const struct process_list *before = tick->previous ? &tick->previous->processes : NULL;
	struct process_reuse reuse = process_reuse_begin(tick);

	source->early_count = source->early_at = 0;
	source->early_since_ns = clock_boottime_ns();
	if (!source->wants_early)
		return;
	if (wants_bulk(tick, source->apart))
		read_all_early(source, tick);
	for (size_t i = 0; before && i < before->count; i++) {
		if (process_reuse_is_old(&reuse, before->items[i]) && before->items[i]->is_kernel != 1)
			read_early(source, tick, before->items[i]->pid);
	}
}

static const struct early *find_early(struct process_bpf *source, const struct bpf_task_record *task)
{
	const struct early *early = source->early;

	while (source->early_at < source->early_count && early[source->early_at].pid < task->head.pid)
		source->early_at++;
	if (source->early_at == source->early_count || early[source->early_at].pid != task->head.pid ||
	    task->start_ns >= source->early_since_ns)
		return NULL;
	return &early[source->early_at];
}

static bool takes_memory(struct process *process, const struct early *early)
{
	if (process->rss_bytes == early->rss_bytes && process->shared_bytes == early->shared_bytes)
		return false;
	process->rss_bytes = early->rss_bytes;
	process->vms_bytes = early->vms_bytes;
	process->shared_bytes = early->shared_bytes;
	process->text_bytes = early->text_bytes;
	process->data_bytes = early->data_bytes;
	return true;
}

/* The pass */

/* What the kernel printed last changes when somebody looks at it. */
static uint64_t digest_of(const struct bpf_task_record *task)
{
	const char *bytes = (const char *)task;
	const size_t gap = offsetof(struct bpf_task_record, prev_utime_ns);
	const size_t behind = offsetof(struct bpf_task_record, cutime_ns);

	return digest_bytes(digest_bytes(0, bytes, gap), bytes + behind, sizeof(*task) - behind);
}

/* before: what was shown of the same process, or NULL. */
static void fill_stat(struct process_bpf *source, const struct bpf_task_record *task, const struct process *before,
		      struct process *process)
{
	struct bpf_times shown = {0, 0};

	if (before)
		shown = (struct bpf_times){before->utime * source->units.ns_per_tick,
					   before->stime * source->units.ns_per_tick};
	*process = source->blank;
	bpf_process_stat(task, &source->units, &shown, process);
	process->have = FACT_BIT(FACT_STAT);
}

static bool is_same_process(const struct process_bpf *source, const struct process *before,
			    const struct bpf_task_record *task)
{
	return before && before->starttime == task->start_ns / source->units.ns_per_tick;
}

/* Whether a record that was read from /proc, before the programs were there, still holds. */
static bool can_adopt(struct process_bpf *source, const struct process *before, const struct bpf_task_record *task)
{
	struct process now;

	if (before->run_ns != ABSENT_U64 || bpf_process_is_torn(task))
		return false;
	fill_stat(source, task, NULL, &now);
	return now.state == before->state && now.ppid == before->ppid && now.pgid == before->pgid &&
	       now.sid == before->sid && now.tpgid == before->tpgid && now.num_threads == before->num_threads &&
	       now.nice == before->nice && now.minflt == before->minflt && now.majflt == before->majflt &&
	       now.utime + now.stime == before->utime + before->stime;
}

static bool is_exact(const struct bpf_task_record *task)
{
	return task->head.marks & BPF_TASK_MEMORY_EXACT || !(task->head.marks & BPF_TASK_HAS_MEMORY);
}

/* The same process that did nothing: its record, or a copy with its memory as it was read just now. */
static struct process *take_over(struct process_bpf *source, const struct bpf_task_record *task,
				 struct process *before)
{
	const struct early *early = find_early(source, task);
	struct process *process;

	if (!early)
		return process_reuse_take(before);
	process = process_reuse_copy(before);
	process->read_ns = source->reuse.now_ns;
	if (process_has(process, FACT_STATM))
		takes_memory(process, early);
	return process;
}

/* One that was read before the programs were there. */
static struct process *adopt(struct process_bpf *source, const struct bpf_task_record *task, const struct process *before,
			     uint64_t digest)
{
	struct process *process = process_reuse_copy(before);

	process->run_ns = task->run_ns;
	process->digest = digest;
	if (is_exact(task) && process_has(process, FACT_STATM))
		(void)bpf_process_statm(task, &source->units, process);
	return process;
}

/* All that the record tells of one that did something. Its name is kept in `again`. */
static struct process *fill(struct process_bpf *source, const struct bpf_task_record *task, uint64_t facts,
			    const struct process *before)
{
	const struct early *early = find_early(source, task);
	struct process process;

	fill_stat(source, task, before, &process);
	bpf_process_state(task, &source->units, &process);
	process.have |= FACT_BIT(FACT_STATE);
	if (is_exact(task) && bpf_process_statm(task, &source->units, &process))
		process.have |= FACT_BIT(FACT_STATM);
	if (early) {
		takes_memory(&process, early);
		process.have |= FACT_BIT(FACT_STATM);
	}
	if (bpf_process_io(task, &process))
		process.have |= FACT_BIT(FACT_IO);
	if (process.is_kernel == 1) {
		process.cmdline = TEXT_LITERAL("");
		process.have |= FACT_BIT(FACT_CMDLINE);
	}
	/* The dead are explained with more, and a longer name is in /proc. */
	if (process.state != 'Z' && process.state != 'X' && !bpf_process_is_torn(task) &&
	    !bpf_name_is_cut(task->flags, task->comm))
		process.asked = facts;
	process.read_ns = source->reuse.now_ns;
	return process_new(&process);
}

static void append_again(struct process_bpf *source, const struct bpf_task_record *task, const struct process *before,
			 uint64_t digest, uint64_t facts)
{
	struct again *again;

	source->again = xgrow(source->again, source->again_count + 1, &source->again_capacity, sizeof(*source->again));
	again = &source->again[source->again_count++];
	*again = (struct again){
		.index = source->list.count,
		.before = before,
		.run_ns = bpf_process_is_torn(task) ? ABSENT_U64 : task->run_ns,
		.digest = digest,
	};
	memcpy(again->comm, task->comm, sizeof(again->comm));
	process_items_add(&source->list, fill(source, task, facts, before));
}

/* Those read of a process with its record. */
static uint64_t facts_of(const struct process_bpf *source, int32_t pid)
{
	return procfs_facts_of(source->tick, pid) & ~source->apart;
}

static int visit(const struct bpf_task_record *task, void *context)
{
	struct process_bpf *source = context;
	uint64_t facts = facts_of(source, task->head.pid), digest = digest_of(task);
	struct process *before = process_reuse_find(&source->reuse, task->head.pid);
	bool is_same = is_same_process(source, before, task);
	bool is_possible = is_same && process_reuse_is_possible(before, facts, source->apart);

	if (!procfs_lists(source->tick, task->head.pid))
		return 0;
	if (!is_exact(task) && source->tick->request->facts & FACT_BIT(FACT_STATM))
		source->wants_early = true;
	if (is_possible && before->digest == digest)
		process_items_add(&source->list, take_over(source, task, before));
	else if (is_possible && can_adopt(source, before, task))
		process_items_add(&source->list, adopt(source, task, before, digest));
	else
		append_again(source, task, is_same ? before : NULL, digest, facts);
	return 0;
}

/* What the last record told of it still holds: so does what was made of that, unless something else is asked of it. */
static int visit_unchanged(const struct bpf_unchanged_record *unchanged, void *context)
{
	struct process_bpf *source = context;
	int32_t pid = unchanged->head.pid;
	struct process *before = process_reuse_find(&source->reuse, pid), *now;
	uint64_t facts = facts_of(source, pid);

	if (!procfs_lists(source->tick, pid))
		return 0;
	if (before && before->starttime != unchanged->start_ns / source->units.ns_per_tick)
		before = NULL;
	if (process_reuse_is_possible(before, facts, source->apart)) {
		process_items_add(&source->list, process_reuse_take(before));
		return 0;
	}
	now = procfs_read_process(source->procfs, source->tick, pid, facts);
	if (!now)
		return 0;
	if (before && before->starttime == now->starttime) {
		now->run_ns = before->run_ns;
		now->digest = before->digest;
	}
	process_items_add(&source->list, now);
	return 0;
}

/* After the pass */

/* With CAP_BPF and CAP_PERFMON alone /proc refuses what the programs tell. */
static void keep_io(struct process *now, const struct process *old)
{
	if (!(now->denied & FACT_BIT(FACT_IO)) || !process_has(old, FACT_IO))
		return;
	memcpy(&now->io_read_chars, &old->io_read_chars, 6 * sizeof(now->io_read_chars));
	now->denied &= ~FACT_BIT(FACT_IO);
	now->have |= FACT_BIT(FACT_IO);
}

static void replace(struct process_bpf *source, const struct again *again)
{
	struct process **place = &source->list.items[again->index], *old = *place;
	struct process *now = procfs_read_process(source->procfs, source->tick, old->pid, facts_of(source, old->pid));

	if (now && now->starttime == old->starttime) {
		now->run_ns = again->run_ns;
		now->digest = again->digest;
		keep_io(now, old);
	}
	process_unref(old);
	*place = now;
}

/* Facts that the list asks of every process; what follows from others and what is read of zombies alone is not here. */
#define EVERYBODYS_FACTS                                                                                               \
	(BULK_FACTS & ~(FACT_BIT(FACT_LINEAGE) | FACT_BIT(FACT_SCHED) | FACT_BIT(FACT_SYSCALL) |                       \
			FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_TERMINAL)))

/* A name as long as the kernel keeps may go on in the command line. */
static bool wants_cmdline(const struct process *process, uint64_t facts)
{
	return facts & FACT_BIT(FACT_CMDLINE) || (process->comm.length == COMM_CUT && process->is_kernel != 1);
}

/* Whether nothing but the command line is missing. */
static bool is_known(const struct process *process, uint64_t facts)
{
	uint64_t expected = facts & EVERYBODYS_FACTS & ~FACT_BIT(FACT_CMDLINE);

	return process->asked && !(facts & ~BULK_FACTS) && (process->have & expected) == expected;
}

static void finish(struct process_bpf *source, const struct again *again, uint64_t facts)
{
	struct process **place = &source->list.items[again->index], *process = *place;

	process->comm.bytes = again->comm;
	procfs_look_up_names(source->procfs, source->tick, facts, process);
	process->have &= facts | FACT_BIT(FACT_STAT) | FACT_BIT(FACT_CMDLINE);
	process->digest = again->digest;
	*place = process_copy(process);
	process_unref(process);
}

/* A process may write over it at any time that it runs. Returns whether it has one still. */
static bool read_cmdline(struct process_bpf *source, struct process *process)
{
	if (!bpf_cmdlines_find(source->cmdlines, process->pid, process->starttime, &process->cmdline)) {
		if (cmdline_files_read(source->cmdline_files, source->tick->root, process->pid, process->starttime,
				       &source->cmdline) < 0 ||
		    !source->cmdline.length)
			return false;
		process->cmdline = (struct text){source->cmdline.bytes, source->cmdline.length};
	}
	process->have |= FACT_BIT(FACT_CMDLINE);
	return true;
}

/* With no more from /proc than the command line. Returns false where that is not enough: it may have ended since. */
static bool complete(struct process_bpf *source, const struct again *again, uint64_t facts)
{
	struct process *process = source->list.items[again->index];

	if (!is_known(process, facts))
		return false;
	if (wants_cmdline(process, facts) && !process_has(process, FACT_CMDLINE) && !read_cmdline(source, process))
		return false;
	finish(source, again, facts);
	return true;
}

static void read_again(struct process_bpf *source)
{
	for (size_t i = 0; i < source->again_count; i++) {
		struct again *again = &source->again[i];
		const struct process *process = source->list.items[again->index];

		if (!complete(source, again, facts_of(source, process->pid)))
			replace(source, again);
	}
}

static void publish(struct process_bpf *source, struct tick *tick)
{
	struct process_list *list = &tick->snapshot->processes;

	list->count = source->list.count;
	list->items = arena_array(&tick->snapshot->arena, list->count, sizeof(*list->items));
	if (list->count)
		memcpy(list->items, source->list.items, list->count * sizeof(*list->items));
}

static void forget(struct process_bpf *source)
{
	for (size_t i = 0; i < source->list.count; i++)
		process_unref(source->list.items[i]);
	source->list.count = source->again_count = 0;
}

/* What did not change since is as the tick before has it, if that was made of the last pass, for the same. */
static void ask_for_changes(struct process_bpf *source, const struct tick *tick)
{
	bool goes_on = source->passed_ns && tick->previous && tick->previous->processes.read_ns == source->passed_ns &&
		       tick->request->facts == source->passed_facts && source->apart == source->passed_apart;

	if (!goes_on)
		source->control.epoch++;
	source->control.pass++;
	source->passed_ns = 0;
	source->passed_facts = tick->request->facts;
	source->passed_apart = source->apart;
}

static int run_pass(struct process_bpf *source, int link_fd, struct tick *tick)
{
	bool had_early = source->wants_early;
	int r;

	prepare(source, tick);
	source->pass_since_ns = clock_boottime_ns();
	source->reuse = process_reuse_begin(tick);
	tick->snapshot->processes.read_ns = source->reuse.now_ns;
	ask_for_changes(source, tick);
	r = bpf_tasks_read_changed(source->reader, link_fd, bpf_programs_control(tick->programs), &source->control, visit,
				   visit_unchanged, source);
	if (r < 0 || source->wants_early != had_early)
		forget(source);
	return r < 0 || source->wants_early == had_early ? r : -EAGAIN;
}

static int read_records(struct process_bpf *source, struct tick *tick)
{
	int link_fd = bpf_programs_link(tick->programs, BPF_PROGRAM_TASKS), r;
	int cmdlines_fd = bpf_programs_link(tick->programs, BPF_PROGRAM_CMDLINES);

	if (cmdlines_fd >= 0 && wants_all_cmdlines(tick, source->apart))
		source->cmdlines = bpf_cmdlines_begin(cmdlines_fd);
	r = run_pass(source, link_fd, tick);
	/* For the first time memory was not exact. */
	if (r == -EAGAIN)
		r = run_pass(source, link_fd, tick);
	if (r == 0)
		read_again(source);
	bpf_cmdlines_free(source->cmdlines);
	source->cmdlines = NULL;
	return r;
}

int process_bpf_read(struct process_bpf *source, struct tick *tick)
{
	int r;

	source->tick = tick;
	source->list.count = source->again_count = 0;
	procfs_begin(source->procfs, tick);
	procfs_close_files(source->procfs);
	source->apart = process_bpf_more_facts(tick);
	process_bpf_more_begin(source->more, tick, source->apart);
	r = read_records(source, tick);
	if (r < 0)
		return r;
	process_items_close_gaps(&source->list);
	process_unseen_add(source->unseen, tick, source->apart, source->pass_since_ns, &source->list);
	process_bpf_more_add(source->more, tick, source->list.items, source->list.count);
	publish(source, tick);
	source->passed_ns = tick->snapshot->processes.read_ns;
	procfs_end(source->procfs, tick);
	return 0;
}
