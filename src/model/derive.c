#include "model/derive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/real.h"
#include "model/lineage.h"
#include "model/state.h"

/* Growth of a counter, NaN where it is not known or went back. */
static double growth(uint64_t before, uint64_t now)
{
	if (before == ABSENT_U64 || now == ABSENT_U64 || now < before)
		return ABSENT_F64;
	return (double)(now - before);
}

static double seconds_between(uint64_t before_ns, uint64_t now_ns)
{
	if (!before_ns || now_ns <= before_ns)
		return ABSENT_F64;
	return (double)(now_ns - before_ns) / (double)NS_PER_S;
}

/* Between the two readings of one collector; NaN without both. */
static double collector_interval(const struct snapshot *previous, const struct snapshot *snapshot, const char *name)
{
	const struct source_status *before = snapshot_collector(previous, name);
	const struct source_status *now = snapshot_collector(snapshot, name);

	return before && now ? seconds_between(before->read_ns, now->read_ns) : ABSENT_F64;
}

/* Sum that takes unknown parts, which older kernels do not count, as nothing. */
static double add_known(double sum, double part)
{
	return isnan(part) ? sum : sum + part;
}

/* iowait and steal do fall: what went back counts as no time. */
static double grown_time(double before, double now)
{
	double grown = now - before;

	return grown < 0 ? 0 : grown;
}

static double take_part(double *whole, double part)
{
	if (isnan(part))
		return part;
	if (part > *whole)
		part = *whole;
	*whole -= part;
	return part;
}

/* Δ of each field, guests taken out of the user and nice time that includes them. */
static struct cpu_times grown_times(const struct cpu_times *before, const struct cpu_times *now)
{
	struct cpu_times grown = {
		.user = grown_time(before->user, now->user),
		.nice = grown_time(before->nice, now->nice),
		.system = grown_time(before->system, now->system),
		.idle = grown_time(before->idle, now->idle),
		.iowait = grown_time(before->iowait, now->iowait),
		.irq = grown_time(before->irq, now->irq),
		.softirq = grown_time(before->softirq, now->softirq),
		.steal = grown_time(before->steal, now->steal),
		.guest = grown_time(before->guest, now->guest),
		.guest_nice = grown_time(before->guest_nice, now->guest_nice),
	};

	grown.guest = take_part(&grown.user, grown.guest);
	grown.guest_nice = take_part(&grown.nice, grown.guest_nice);
	return grown;
}

static double total_time(const struct cpu_times *times)
{
	double total = times->user + times->nice + times->system + times->idle;

	total = add_known(total, times->iowait);
	total = add_known(total, times->irq);
	total = add_known(total, times->softirq);
	total = add_known(total, times->steal);
	total = add_known(total, times->guest);
	return add_known(total, times->guest_nice);
}

static void derive_cpu_shares(const struct cpu_times *before, const struct cpu_times *now,
			      struct cpu_times *ret_shares, double *ret_busy)
{
	struct cpu_times grown = grown_times(before, now);
	double total = total_time(&grown), scale = 100 / total;

	if (isnan(total) || total <= 0)
		return;
	*ret_busy = (total - add_known(grown.idle, grown.iowait)) * scale;
	*ret_shares = (struct cpu_times){
		.user = grown.user * scale,
		.nice = grown.nice * scale,
		.system = grown.system * scale,
		.idle = grown.idle * scale,
		.iowait = grown.iowait * scale,
		.irq = grown.irq * scale,
		.softirq = grown.softirq * scale,
		.steal = grown.steal * scale,
		.guest = grown.guest * scale,
		.guest_nice = grown.guest_nice * scale,
	};
}

/* CPUs keep their places but for hot-plug, so the same place is tried first. */
static const struct cpu *find_cpu(struct list percpu, size_t hint, int32_t number)
{
	const struct cpu *cpus = percpu.items;

	if (hint < percpu.count && cpus[hint].number == number)
		return &cpus[hint];
	for (size_t i = 0; i < percpu.count; i++) {
		if (cpus[i].number == number)
			return &cpus[i];
	}
	return NULL;
}

static void derive_cpus(const struct cpus *before, struct cpus *now)
{
	struct cpu *percpu = now->percpu.items;

	derive_cpu_shares(&before->times, &now->times, &now->times_percent, &now->percent);
	for (size_t i = 0; i < now->percpu.count; i++) {
		const struct cpu *same = find_cpu(before->percpu, i, percpu[i].number);

		if (same)
			derive_cpu_shares(&same->times, &percpu[i].times, &percpu[i].times_percent,
					  &percpu[i].percent);
	}
}

static double busy_share(const struct disk_io *before, const struct disk_io *now, double interval_s)
{
	double share = growth(before->busy_time, now->busy_time) / (interval_s * 1000) * 100;

	return share > 100 ? 100 : share;
}

/* Add a rate to a total, which is absent until its first part. */
static void add_rate(double *total, double rate)
{
	if (!isnan(rate))
		*total = isnan(*total) ? rate : *total + rate;
}

/* Mean time of what ended in between; NaN without any, or where a counter went back. */
static double mean_time(double time_ms, double count)
{
	return count > 0 ? time_ms / count : ABSENT_F64;
}

static void derive_disk(const struct disk_io *before, double interval_s, struct disk_io *now)
{
	double reads = growth(before->read_count, now->read_count);
	double writes = growth(before->write_count, now->write_count);
	double read_ms = growth(before->read_time, now->read_time);
	double write_ms = growth(before->write_time, now->write_time);

	now->read_bytes_per_s = growth(before->read_bytes, now->read_bytes) / interval_s;
	now->write_bytes_per_s = growth(before->write_bytes, now->write_bytes) / interval_s;
	now->read_count_per_s = reads / interval_s;
	now->write_count_per_s = writes / interval_s;
	now->read_latency_ms = mean_time(read_ms, reads);
	now->write_latency_ms = mean_time(write_ms, writes);
	now->latency_ms = mean_time(read_ms + write_ms, reads + writes);
	now->busy_percent = busy_share(before, now, interval_s);
}

/* Mean of two means, each over so many; one that is not known is of none. */
static double joined_mean(double a, double count_a, double b, double count_b)
{
	if (isnan(a) || !(count_a > 0))
		return b;
	if (isnan(b) || !(count_b > 0))
		return a;
	return (a * count_a + b * count_b) / (count_a + count_b);
}

/* Latencies first, since they are weighted by the rates so far. */
static void add_disk_rates(struct disk_io *total, const struct disk_io *disk)
{
	total->read_latency_ms = joined_mean(total->read_latency_ms, total->read_count_per_s, disk->read_latency_ms,
					     disk->read_count_per_s);
	total->write_latency_ms = joined_mean(total->write_latency_ms, total->write_count_per_s,
					      disk->write_latency_ms, disk->write_count_per_s);
	total->latency_ms = joined_mean(total->latency_ms, total->read_count_per_s + total->write_count_per_s,
					disk->latency_ms, disk->read_count_per_s + disk->write_count_per_s);
	add_rate(&total->read_bytes_per_s, disk->read_bytes_per_s);
	add_rate(&total->write_bytes_per_s, disk->write_bytes_per_s);
	add_rate(&total->read_count_per_s, disk->read_count_per_s);
	add_rate(&total->write_count_per_s, disk->write_count_per_s);
}

/* The total is of devices that were there both times: one that appears brings the counts of its whole life. How
 * long any of several was busy cannot be told from how long each was. */
static void derive_disks(const struct disks *before, double interval_s, struct disks *now)
{
	struct disk_io *disks = now->io.items, *total = &now->io_total;
	size_t counted = 0;

	for (size_t i = 0; i < now->io.count; i++) {
		struct disk_io *disk = &disks[i];
		const struct disk_io *same = list_find_named(before->io, sizeof(*disk), i, disk->name);

		if (same)
			derive_disk(same, interval_s, disk);
		if (disk->whole != 1)
			continue;
		add_disk_rates(total, disk);
		total->busy_percent = counted++ ? ABSENT_F64 : disk->busy_percent;
	}
}

static void derive_interface(const struct net_io *before, double interval_s, struct net_io *now)
{
	now->bytes_sent_per_s = growth(before->bytes_sent, now->bytes_sent) / interval_s;
	now->bytes_recv_per_s = growth(before->bytes_recv, now->bytes_recv) / interval_s;
	now->packets_sent_per_s = growth(before->packets_sent, now->packets_sent) / interval_s;
	now->packets_recv_per_s = growth(before->packets_recv, now->packets_recv) / interval_s;
	now->errin_per_s = growth(before->errin, now->errin) / interval_s;
	now->errout_per_s = growth(before->errout, now->errout) / interval_s;
	now->dropin_per_s = growth(before->dropin, now->dropin) / interval_s;
	now->dropout_per_s = growth(before->dropout, now->dropout) / interval_s;
}

static void derive_net(const struct net *before, double interval_s, struct net *now)
{
	struct net_io *interfaces = now->io.items, *total = &now->io_total;

	for (size_t i = 0; i < now->io.count; i++) {
		struct net_io *interface = &interfaces[i];
		const struct net_io *same =
			list_find_named(before->io, sizeof(*interface), i, interface->name);

		if (!same)
			continue;
		derive_interface(same, interval_s, interface);
		if (text_equal_string(interface->name, "lo"))
			continue;
		add_rate(&total->bytes_sent_per_s, interface->bytes_sent_per_s);
		add_rate(&total->bytes_recv_per_s, interface->bytes_recv_per_s);
		add_rate(&total->packets_sent_per_s, interface->packets_sent_per_s);
		add_rate(&total->packets_recv_per_s, interface->packets_recv_per_s);
		add_rate(&total->errin_per_s, interface->errin_per_s);
		add_rate(&total->errout_per_s, interface->errout_per_s);
		add_rate(&total->dropin_per_s, interface->dropin_per_s);
		add_rate(&total->dropout_per_s, interface->dropout_per_s);
	}
}

/* What the processes of one snapshot have in common. */
struct process_context {
	double ticks_per_s;
	double interval_s;   /* since the previous reading of the processes; NaN without one */
	double since_boot_s; /* CLOCK_BOOTTIME at the reading; NaN: not known */
	double boot_time;    /* Unix seconds */
	uint64_t memory_total;
};

/* The time since boot was read with the host's facts; the processes were read a little later. */
static double since_boot(const struct snapshot *snapshot)
{
	const struct source_status *host = snapshot_collector(snapshot, "host");
	double later_s = host ? seconds_between(host->read_ns, snapshot->processes.read_ns) : ABSENT_F64;

	return add_known(snapshot->uptime, later_s);
}

static struct process_context process_context_of(const struct snapshot *previous, const struct snapshot *snapshot)
{
	const struct process_list *before = previous ? &previous->processes : NULL;

	return (struct process_context){
		.ticks_per_s = (double)sysconf(_SC_CLK_TCK),
		.interval_s = before && before->items
				      ? seconds_between(before->read_ns, snapshot->processes.read_ns)
				      : ABSENT_F64,
		.since_boot_s = since_boot(snapshot),
		.boot_time = snapshot->boot_time,
		.memory_total = snapshot->memory.total,
	};
}

static double ticks_to_s(const struct process_context *context, uint64_t ticks)
{
	return ticks == ABSENT_U64 ? ABSENT_F64 : (double)ticks / context->ticks_per_s;
}

/* user + system: each of the two may be corrected downwards by a tick while their sum only grows. */
static uint64_t cpu_ticks(const struct process *process)
{
	if (process->utime == ABSENT_U64 || process->stime == ABSENT_U64)
		return ABSENT_U64;
	return process->utime + process->stime;
}

static void derive_times(const struct process_context *context, struct process *process)
{
	process->create_time = context->boot_time + ticks_to_s(context, process->starttime);
	process->cpu_total_s = ticks_to_s(context, cpu_ticks(process));
}

static void derive_memory_share(const struct process_context *context, struct process *process)
{
	if (process->rss_bytes == ABSENT_U64 || context->memory_total == ABSENT_U64 || !context->memory_total)
		return;
	process->memory_percent = (double)process->rss_bytes / (double)context->memory_total * 100;
}

/* Seconds on the CPU since before: to the nanosecond where both readings know, else in ticks. */
static double cpu_growth(const struct process_context *context, const struct process *before,
			 const struct process *process)
{
	uint64_t run_before = before ? before->run_ns : 0;

	if (run_before != ABSENT_U64 && process->run_ns != ABSENT_U64)
		return growth(run_before, process->run_ns) / (double)NS_PER_S;
	return growth(before ? cpu_ticks(before) : 0, cpu_ticks(process)) / context->ticks_per_s;
}

static void derive_rates(const struct process_context *context, const struct process *before, double interval_s,
			 struct process *process)
{
	uint64_t read_before = before ? before->io_read_bytes : 0;
	uint64_t written_before = before ? before->io_write_bytes : 0;

	process->cpu_percent = cpu_growth(context, before, process) / interval_s * 100;
	process->read_bytes_per_s = growth(read_before, process->io_read_bytes) / interval_s;
	process->write_bytes_per_s = growth(written_before, process->io_write_bytes) / interval_s;
}

/* One that was not there before has its rates over its own life, when it was born since: it may also be one that
 * was not listed or not visible then. Start times are cut to ticks, so it looks up to one tick older than it is. */
static double lifetime(const struct process_context *context, uint64_t starttime)
{
	double life_s = context->since_boot_s - ticks_to_s(context, starttime);

	if (isnan(life_s) || life_s <= 0 || life_s > context->interval_s + 1 / context->ticks_per_s)
		return ABSENT_F64;
	return life_s;
}

/* Seconds on the CPU since before, which is NULL of a new one; NaN where they went back. */
static double thread_growth(const struct process_context *context, const struct thread_times *before,
			    const struct thread_times *thread)
{
	uint64_t run_before = before ? before->run_ns : 0;
	double used_s = thread->user_time + thread->system_time;

	if (run_before != ABSENT_U64 && thread->run_ns != ABSENT_U64)
		return growth(run_before, thread->run_ns) / (double)NS_PER_S;
	if (before)
		used_s -= before->user_time + before->system_time;
	/* Half a tick: sums of fractions differ a little where nothing was used. */
	return used_s > -0.5 / context->ticks_per_s ? real_max(used_s, 0) : ABSENT_F64;
}

/* Both lists ascend by id. A thread out of order is not found, and so has no share rather than a wrong one. */
static void derive_threads(const struct process_context *context, const struct process *before,
			   struct process *process)
{
	const struct thread_times *old = before ? before->more->threads.items : NULL;
	size_t old_count = before ? before->more->threads.count : 0, at = 0;

	for (size_t i = 0; i < process->more->threads.count; i++) {
		struct thread_times *thread = &LIST_ITEMS(process->more->threads, struct thread_times)[i];
		const struct thread_times *same = NULL;

		while (at < old_count && old[at].id < thread->id)
			at++;
		if (at < old_count && old[at].id == thread->id && old[at].starttime == thread->starttime)
			same = &old[at];
		thread->cpu_percent = thread_growth(context, same, thread) /
				      (same ? context->interval_s : lifetime(context, thread->starttime)) * 100;
	}
}

static void derive_process(const struct process_context *context, const struct process *before,
			   struct process *process)
{
	if (!process_has(process, FACT_STAT))
		return;
	process->is_kernel = (process->flags_mask & PF_KTHREAD_FLAG) != 0;
	if (process->main_exited == ABSENT_BOOL)
		process->main_exited = process->state == 'Z' && process->num_threads > 1;
	process_state_derive(process);
	derive_times(context, process);
	derive_memory_share(context, process);
	if (isnan(context->interval_s))
		return;
	derive_rates(context, before, before ? context->interval_s : lifetime(context, process->starttime), process);
	derive_threads(context, before, process);
}

/* Both lists ascend by pid, so one walk along both finds every process' predecessor. */
static const struct process *advance(const struct process_list *before, size_t *at, const struct process *process)
{
	while (*at < before->count && before->items[*at]->pid < process->pid)
		++*at;
	if (*at == before->count || before->items[*at]->pid != process->pid ||
	    before->items[*at]->starttime != process->starttime || process->starttime == ABSENT_U64)
		return NULL;
	return before->items[*at];
}

/* Returns whether no process came or went, and none has another place among the others than before. */
static bool derive_processes(const struct snapshot *previous, struct snapshot *snapshot)
{
	static const struct process_list nothing = {.items = NULL};
	const struct process_list *before = previous ? &previous->processes : &nothing;
	struct process_context context = process_context_of(previous, snapshot);
	/* What follows from these is in records that would be taken over. */
	bool has_new_context = !previous || previous->boot_time != snapshot->boot_time ||
			       previous->memory.total != snapshot->memory.total;
	bool is_same = previous && before->count == snapshot->processes.count;
	size_t at = 0;

	lineage_carry_subreapers(previous, snapshot);
	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct process **place = &snapshot->processes.items[i];
		const struct process *same = advance(before, &at, *place);

		if (*place == same && !has_new_context)
			continue;
		snapshot->processes.renewed_count++;
		derive_process(&context, same, process_own(place));
		lineage_carry(same, previous, snapshot, *place);
		is_same = is_same && same && lineage_is_same(same, *place);
	}
	return is_same && previous->subreapers.count == snapshot->subreapers.count;
}

static void fill_children(struct snapshot *snapshot, const size_t *parents)
{
	struct process **items = snapshot->processes.items;
	size_t count = snapshot->processes.count;
	int32_t *pids = arena_array(&snapshot->arena, count, sizeof(*pids)), *next = pids;

	for (size_t i = 0; i < count; i++)
		process_own_more(items[i], &snapshot->arena);
	for (size_t i = 0; i < count; i++) {
		if (parents[i] != PROCESS_NONE)
			items[parents[i]]->more->children.count++;
	}
	for (size_t i = 0; i < count; i++) {
		items[i]->more->children.items = next;
		next += items[i]->more->children.count;
		items[i]->more->children.count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct list *children;

		if (parents[i] == PROCESS_NONE)
			continue;
		children = &items[parents[i]]->more->children;
		LIST_ITEMS(*children, int32_t)[children->count++] = items[i]->pid;
	}
}

/* The ancestors of one process; those of its ancestors, where nobody wrote them yet, are tails of the same array. */
static void fill_ancestors(struct snapshot *snapshot, const size_t *parents, size_t of)
{
	struct process **items = snapshot->processes.items;
	size_t depth = 0, i;
	int32_t *pids;

	for (i = parents[of]; i != PROCESS_NONE; i = parents[i])
		depth++;
	pids = arena_array(&snapshot->arena, depth, sizeof(*pids));
	for (i = of; i != PROCESS_NONE && !items[i]->more->parents.items; i = parents[i]) {
		items[i]->more->parents = (struct list){pids, depth};
		if (parents[i] == PROCESS_NONE)
			continue;
		*pids++ = items[parents[i]]->pid;
		depth--;
	}
	if (i != PROCESS_NONE && depth)
		memcpy(pids, items[i]->more->parents.items, depth * sizeof(*pids));
}

/* A process is counted when all below it are: leaves first, each parent when its last child was added to it. */
static void count_descendants(struct snapshot *snapshot, const size_t *parents)
{
	struct process **items = snapshot->processes.items;
	size_t count = snapshot->processes.count, *open = xcalloc(count, sizeof(*open));

	for (size_t i = 0; i < count; i++) {
		open[i] = items[i]->more->children.count;
		items[i]->more->num_descendants = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (items[i]->more->children.count)
			continue;
		for (size_t at = i; parents[at] != PROCESS_NONE; at = parents[at]) {
			items[parents[at]]->more->num_descendants += items[at]->more->num_descendants + 1;
			if (--open[parents[at]])
				break;
		}
	}
	free(open);
}

static void derive_family(struct snapshot *snapshot)
{
	struct process **items = snapshot->processes.items;
	size_t count = snapshot->processes.count;
	size_t *parents = xcalloc(count, sizeof(*parents));

	lineage_parents(&snapshot->processes, parents);
	fill_children(snapshot, parents);
	for (size_t i = 0; i < count; i++) {
		items[i]->have |= FACT_BIT(FACT_FAMILY);
		/* From the leaves: every other process is an ancestor of one. */
		if (!items[i]->more->children.count)
			fill_ancestors(snapshot, parents, i);
	}
	count_descendants(snapshot, parents);
	free(parents);
}

static int32_t *task_counter(struct tasks *tasks, const struct process *process)
{
	if (process_is_zombie(process))
		return &tasks->zombie;
	switch (process->state) {
	case 'R': return &tasks->running;
	case 'S': return &tasks->sleeping;
	case 'D': return &tasks->disk_sleep;
	case 'T': return &tasks->stopped;
	case 't': return &tasks->tracing_stop;
	case 'I': return &tasks->idle;
	case 'X':
	case 'x': return &tasks->dead;
	default: return &tasks->other;
	}
}

static void count_tasks(struct snapshot *snapshot)
{
	bool has_lineage = snapshot->facts & FACT_BIT(FACT_LINEAGE);
	struct tasks tasks = {.orphan = has_lineage ? 0 : ABSENT_I32};

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		const struct process *process = snapshot->processes.items[i];

		tasks.total++;
		tasks.threads += process->num_threads > 0 ? process->num_threads : 0;
		tasks.kernel += process->is_kernel == 1;
		++*task_counter(&tasks, process);
		if (has_lineage)
			tasks.orphan += orphan_class_is_certain(process->orphan);
	}
	snapshot->tasks = tasks;
}

void snapshot_derive(const struct snapshot *previous, struct snapshot *snapshot)
{
	bool is_same;

	if (previous) {
		derive_cpus(&previous->cpus, &snapshot->cpus);
		derive_disks(&previous->disks, collector_interval(previous, snapshot, "disk_io"), &snapshot->disks);
		derive_net(&previous->net, collector_interval(previous, snapshot, "net_io"), &snapshot->net);
	}
	if (!snapshot->processes.items)
		return;
	is_same = derive_processes(previous, snapshot);
	if (snapshot->facts & FACT_BIT(FACT_FAMILY))
		derive_family(snapshot);
	is_same = is_same && previous->facts & FACT_BIT(FACT_LINEAGE);
	if (snapshot->facts & FACT_BIT(FACT_LINEAGE))
		(is_same ? lineage_explain : lineage_derive)(snapshot, since_boot(snapshot));
	count_tasks(snapshot);
}
