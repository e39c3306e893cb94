/* Memory and swap, by libproc2 from /proc/meminfo and /proc/vmstat. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <libproc2/meminfo.h>
#include <libproc2/vmstat.h>

#include "collect/collector.h"

struct memory_state {
	struct meminfo_info *meminfo;
	struct vmstat_info *vmstat;
	uint64_t page_bytes;
};

enum {
	ITEM_TOTAL,
	ITEM_AVAILABLE,
	ITEM_FREE,
	ITEM_ACTIVE,
	ITEM_INACTIVE,
	ITEM_BUFFERS,
	ITEM_CACHED,
	ITEM_SHARED,
	ITEM_SLAB,
	ITEM_SWAP_TOTAL,
	ITEM_SWAP_FREE,
	ITEM_COUNT,
};

/* CACHED_ALL is Cached + SReclaimable. */
static enum meminfo_item items[ITEM_COUNT] = {
	[ITEM_TOTAL] = MEMINFO_MEM_TOTAL,
	[ITEM_AVAILABLE] = MEMINFO_MEM_AVAILABLE,
	[ITEM_FREE] = MEMINFO_MEM_FREE,
	[ITEM_ACTIVE] = MEMINFO_MEM_ACTIVE,
	[ITEM_INACTIVE] = MEMINFO_MEM_INACTIVE,
	[ITEM_BUFFERS] = MEMINFO_MEM_BUFFERS,
	[ITEM_CACHED] = MEMINFO_MEM_CACHED_ALL,
	[ITEM_SHARED] = MEMINFO_MEM_SHARED,
	[ITEM_SLAB] = MEMINFO_MEM_SLAB,
	[ITEM_SWAP_TOTAL] = MEMINFO_SWAP_TOTAL,
	[ITEM_SWAP_FREE] = MEMINFO_SWAP_FREE,
};

static void memory_close(void *opaque)
{
	struct memory_state *state = opaque;

	if (state->meminfo)
		procps_meminfo_unref(&state->meminfo);
	if (state->vmstat)
		procps_vmstat_unref(&state->vmstat);
	free(state);
}

static int memory_open(const struct root *root, void **ret_state)
{
	struct memory_state *state = calloc(1, sizeof(*state));
	int r;

	(void)root;
	if (!state)
		return -ENOMEM;
	state->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	r = procps_meminfo_new(&state->meminfo);
	if (r == 0)
		r = procps_vmstat_new(&state->vmstat);
	if (r < 0) {
		memory_close(state);
		return r;
	}
	*ret_state = state;
	return 0;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : ABSENT_F64;
}

static uint64_t bytes_of(const struct meminfo_stack *stack, int item)
{
	return (uint64_t)stack->head[item].result.ul_int * 1024;
}

static void fill_memory(const struct meminfo_stack *stack, struct memory *memory)
{
	*memory = (struct memory){
		.total = bytes_of(stack, ITEM_TOTAL),
		.available = bytes_of(stack, ITEM_AVAILABLE),
		.free = bytes_of(stack, ITEM_FREE),
		.active = bytes_of(stack, ITEM_ACTIVE),
		.inactive = bytes_of(stack, ITEM_INACTIVE),
		.buffers = bytes_of(stack, ITEM_BUFFERS),
		.cached = bytes_of(stack, ITEM_CACHED),
		.shared = bytes_of(stack, ITEM_SHARED),
		.slab = bytes_of(stack, ITEM_SLAB),
	};
	/* In a container available can exceed total; used is never negative. */
	memory->used = memory->total > memory->available ? memory->total - memory->available : 0;
	memory->percent = share(memory->used, memory->total);
}

static void fill_swap(const struct meminfo_stack *stack, struct swap *swap)
{
	swap->total = bytes_of(stack, ITEM_SWAP_TOTAL);
	swap->free = bytes_of(stack, ITEM_SWAP_FREE);
	swap->used = swap->total > swap->free ? swap->total - swap->free : 0;
	swap->percent = share(swap->used, swap->total);
}

static int read_swap_traffic(struct memory_state *state, struct swap *swap)
{
	enum vmstat_item traffic[] = {VMSTAT_PSWPIN, VMSTAT_PSWPOUT};
	struct vmstat_stack *stack;

	errno = 0;
	stack = procps_vmstat_select(state->vmstat, traffic, 2);
	if (!stack)
		return errno ? -errno : -EBADMSG;
	swap->sin = (uint64_t)stack->head[0].result.ul_int * state->page_bytes;
	swap->sout = (uint64_t)stack->head[1].result.ul_int * state->page_bytes;
	return 0;
}

static int memory_read(void *opaque, struct tick *tick)
{
	struct memory_state *state = opaque;
	struct meminfo_stack *stack;

	errno = 0;
	stack = procps_meminfo_select(state->meminfo, items, ITEM_COUNT);
	if (!stack)
		return errno ? -errno : -EBADMSG;
	fill_memory(stack, &tick->snapshot->memory);
	fill_swap(stack, &tick->snapshot->swap);
	return read_swap_traffic(state, &tick->snapshot->swap);
}

const struct collector collector_memory = {
	.name = "memory",
	.sections = SECTION_BIT(SECTION_MEMORY),
	.open = memory_open,
	.read = memory_read,
	.close = memory_close,
};
