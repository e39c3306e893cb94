#include "model/process.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/fatal.h"

/* What stands around a record in memory. */
struct block {
	atomic_int references;
	struct process process;
};

static struct block *block_of(const struct process *process)
{
	return (struct block *)((uintptr_t)process - offsetof(struct block, process));
}

struct process *process_new(const struct process *initial)
{
	struct block *block = xmalloc(sizeof(*block));

	atomic_init(&block->references, 1);
	block->process = *initial;
	return &block->process;
}

struct process *process_ref(struct process *process)
{
	atomic_fetch_add_explicit(&block_of(process)->references, 1, memory_order_relaxed);
	return process;
}

void process_unref(struct process *process)
{
	struct block *block = process ? block_of(process) : NULL;

	if (block && atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
		free(block);
}
