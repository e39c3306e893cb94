/* CPU times, total and per CPU, and the counters of the scheduler, by libproc2 from /proc/stat. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <libproc2/stat.h>

#include "base/parse.h"
#include "collect/collector.h"
#include "model/field.h"

struct cpu_state {
	struct stat_info *info;
	struct buffer buffer;
	double ticks_per_s;
};

enum {
	ITEM_ID,
	ITEM_USER,
	ITEM_NICE,
	ITEM_SYSTEM,
	ITEM_IDLE,
	ITEM_IOWAIT,
	ITEM_IRQ,
	ITEM_SOFTIRQ,
	ITEM_STEAL,
	ITEM_GUEST,
	ITEM_GUEST_NICE,
	ITEM_CTXT,
	ITEM_INTERRUPTS,
	ITEM_CREATED,
	ITEM_RUNNING,
	ITEM_BLOCKED,
	ITEM_COUNT,
};

static enum stat_item items[ITEM_COUNT] = {
	[ITEM_ID] = STAT_TIC_ID,
	[ITEM_USER] = STAT_TIC_USER,
	[ITEM_NICE] = STAT_TIC_NICE,
	[ITEM_SYSTEM] = STAT_TIC_SYSTEM,
	[ITEM_IDLE] = STAT_TIC_IDLE,
	[ITEM_IOWAIT] = STAT_TIC_IOWAIT,
	[ITEM_IRQ] = STAT_TIC_IRQ,
	[ITEM_SOFTIRQ] = STAT_TIC_SOFTIRQ,
	[ITEM_STEAL] = STAT_TIC_STOLEN,
	[ITEM_GUEST] = STAT_TIC_GUEST,
	[ITEM_GUEST_NICE] = STAT_TIC_GUEST_NICE,
	[ITEM_CTXT] = STAT_SYS_CTX_SWITCHES,
	[ITEM_INTERRUPTS] = STAT_SYS_INTERRUPTS,
	[ITEM_CREATED] = STAT_SYS_PROC_CREATED,
	[ITEM_RUNNING] = STAT_SYS_PROC_RUNNING,
	[ITEM_BLOCKED] = STAT_SYS_PROC_BLOCKED,
};

static int cpu_open(const struct root *root, void **ret_state)
{
	struct cpu_state *state = calloc(1, sizeof(*state));
	int r;

	(void)root;
	if (!state)
		return -ENOMEM;
	r = procps_stat_new(&state->info);
	if (r < 0) {
		free(state);
		return r;
	}
	state->ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	*ret_state = state;
	return 0;
}

static void cpu_close(void *opaque)
{
	struct cpu_state *state = opaque;

	procps_stat_unref(&state->info);
	buffer_free(&state->buffer);
	free(state);
}

static void fill_times(const struct stat_stack *stack, double ticks_per_s, struct cpu_times *times)
{
	const struct stat_result *head = stack->head;

	*times = (struct cpu_times){
		.user = (double)head[ITEM_USER].result.ull_int / ticks_per_s,
		.nice = (double)head[ITEM_NICE].result.ull_int / ticks_per_s,
		.system = (double)head[ITEM_SYSTEM].result.ull_int / ticks_per_s,
		.idle = (double)head[ITEM_IDLE].result.ull_int / ticks_per_s,
		.iowait = (double)head[ITEM_IOWAIT].result.ull_int / ticks_per_s,
		.irq = (double)head[ITEM_IRQ].result.ull_int / ticks_per_s,
		.softirq = (double)head[ITEM_SOFTIRQ].result.ull_int / ticks_per_s,
		.steal = (double)head[ITEM_STEAL].result.ull_int / ticks_per_s,
		.guest = (double)head[ITEM_GUEST].result.ull_int / ticks_per_s,
		.guest_nice = (double)head[ITEM_GUEST_NICE].result.ull_int / ticks_per_s,
	};
}

static void fill_cpu(const struct stat_stack *stack, double ticks_per_s, struct arena *arena, struct cpu *cpu)
{
	cpu->number = stack->head[ITEM_ID].result.s_int;
	cpu->id = arena_format(arena, "%d", cpu->number);
	cpu->package = cpu->core = ABSENT_I32;
	cpu->percent = ABSENT_F64;
	record_clear(record_cpu_times, &cpu->times_percent);
	record_clear(record_cpu_frequency, &cpu->frequency);
	fill_times(stack, ticks_per_s, &cpu->times);
}

/* libproc2 has no item for the sum of software interrupts: the first number of the line "softirq". */
static int read_soft_interrupts(const struct root *root, struct buffer *buffer, uint64_t *ret_count)
{
	struct cursor cursor, line;
	int r = file_read(root->proc_fd, "stat", 0, buffer);

	if (r < 0)
		return r;
	cursor = cursor_of(buffer->bytes, buffer->length);
	while (parse_line(&cursor, &line)) {
		if (parse_literal(&line, "softirq ") == 0)
			return parse_u64(&line, ret_count);
	}
	return -EBADMSG;
}

static void fill_stats(const struct stat_stack *stack, struct cpu_stats *stats)
{
	const struct stat_result *head = stack->head;

	stats->ctx_switches = head[ITEM_CTXT].result.ul_int;
	stats->interrupts = head[ITEM_INTERRUPTS].result.ul_int;
	stats->processes_created = head[ITEM_CREATED].result.ul_int;
	stats->running = (int32_t)head[ITEM_RUNNING].result.ul_int;
	stats->blocked = (int32_t)head[ITEM_BLOCKED].result.ul_int;
}

static int cpu_read(void *opaque, struct tick *tick)
{
	struct cpu_state *state = opaque;
	struct cpus *cpus = &tick->snapshot->cpus;
	struct stat_reaped *reaped;
	struct cpu *percpu;
	int count;

	errno = 0;
	reaped = procps_stat_reap(state->info, STAT_REAP_CPUS_ONLY, items, ITEM_COUNT);
	if (!reaped || !reaped->cpus || reaped->cpus->total <= 0)
		return errno ? -errno : -EBADMSG;
	count = reaped->cpus->total;
	percpu = arena_array(&tick->snapshot->arena, (size_t)count, sizeof(*percpu));
	for (int i = 0; i < count; i++)
		fill_cpu(reaped->cpus->stacks[i], state->ticks_per_s, &tick->snapshot->arena, &percpu[i]);
	cpus->percpu = (struct list){percpu, (size_t)count};
	cpus->count.logical = count;
	fill_times(reaped->summary, state->ticks_per_s, &cpus->times);
	fill_stats(reaped->summary, &cpus->stats);
	return read_soft_interrupts(tick->root, &state->buffer, &cpus->stats.soft_interrupts);
}

const struct collector collector_cpu = {
	.name = "cpu",
	.sections = SECTION_BIT(SECTION_CPU),
	.open = cpu_open,
	.read = cpu_read,
	.close = cpu_close,
};
