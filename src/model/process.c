#include "model/process.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

/* A test compares it with the tables: a field cannot be forgotten here. */
const struct process_more process_more_blank = {
	.gid_real = ABSENT_I64,
	.gid_effective = ABSENT_I64,
	.gid_saved = ABSENT_I64,
	.gid_fs = ABSENT_I64,
	.uid_effective = ABSENT_I64,
	.uid_saved = ABSENT_I64,
	.uid_fs = ABSENT_I64,
	.num_fds = ABSENT_I64,
	.peak_rss_bytes = ABSENT_U64,
	.peak_vms_bytes = ABSENT_U64,
	.rss_anon_bytes = ABSENT_U64,
	.rss_file_bytes = ABSENT_U64,
	.rss_shmem_bytes = ABSENT_U64,
	.swap_bytes = ABSENT_U64,
	.hugetlb_bytes = ABSENT_U64,
	.voluntary_switches = ABSENT_U64,
	.involuntary_switches = ABSENT_U64,
	.uss_bytes = ABSENT_U64,
	.pss_bytes = ABSENT_U64,
	.pss_swap_bytes = ABSENT_U64,
	.ns_cgroup = ABSENT_U64,
	.ns_ipc = ABSENT_U64,
	.ns_mnt = ABSENT_U64,
	.ns_net = ABSENT_U64,
	.ns_pid = ABSENT_U64,
	.ns_time = ABSENT_U64,
	.ns_user = ABSENT_U64,
	.ns_uts = ABSENT_U64,
	.seccomp = ABSENT_I32,
	.umask = ABSENT_I32,
	.ionice_class = ABSENT_I32,
	.ionice_value = ABSENT_I32,
	.oom_score = ABSENT_I32,
	.oom_score_adj = ABSENT_I32,
	.autogroup_id = ABSENT_I32,
	.autogroup_nice = ABSENT_I32,
	.num_descendants = ABSENT_I32,
	.former_parent_pid = ABSENT_I32,
	.zombie_culprit_pid = ABSENT_I32,
	.exec_start_ms = ABSENT_F64,
	.sched_now_ms = ABSENT_F64,
	.zombie_age_s = ABSENT_F64,
};

struct process_more *process_own_more(struct process *process, struct arena *arena)
{
	if (process->more == &process_more_blank) {
		process->more = arena_alloc(arena, sizeof(*process->more));
		*process->more = process_more_blank;
	}
	return process->more;
}

/* What stands around a record in memory. */
struct block {
	atomic_int references;
	struct process process;
	char texts[]; /* of process_copy */
};

static struct block *block_of(const struct process *process)
{
	return (struct block *)((uintptr_t)process - offsetof(struct block, process));
}

static struct block *block_new(const struct process *initial, size_t text_bytes)
{
	struct block *block = xmalloc(sizeof(*block) + text_bytes);

	atomic_init(&block->references, 1);
	block->process = *initial;
	return block;
}

struct process *process_new(const struct process *initial)
{
	return &block_new(initial, 0)->process;
}

static size_t room_for(struct text text)
{
	return text.bytes ? text.length + 1 : 0;
}

static char *keep(struct text *text, char *place)
{
	if (!text->bytes)
		return place;
	memcpy(place, text->bytes, text->length);
	place[text->length] = '\0';
	text->bytes = place;
	return place + text->length + 1;
}

/* Texts that others share would keep the memory around them from going back when all of their age have gone. */
struct process *process_copy(const struct process *process)
{
	struct block *block = block_new(process, room_for(process->comm) + room_for(process->cmdline) +
							 room_for(process->username) + room_for(process->terminal));
	struct process *copy = &block->process;
	char *place = block->texts;

	place = keep(&copy->comm, place);
	place = keep(&copy->cmdline, place);
	place = keep(&copy->username, place);
	(void)keep(&copy->terminal, place);
	return copy;
}

struct process *process_ref(struct process *process)
{
	atomic_fetch_add_explicit(&block_of(process)->references, 1, memory_order_relaxed);
	return process;
}

void process_unref(struct process *process)
{
	struct block *block = process ? block_of(process) : NULL;

	if (!block || atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
		return;
	free(block);
}

struct process *process_own(struct process **place)
{
	struct process *process = *place;

	if (atomic_load_explicit(&block_of(process)->references, memory_order_acquire) == 1)
		return process;
	*place = process_copy(process);
	process_unref(process);
	return *place;
}

struct text process_name(const struct process *process)
{
	struct text comm = process->comm, argument = process->cmdline, base;
	const char *nul;

	if (!comm.bytes || comm.length < 15 || !argument.length)
		return comm;
	nul = memchr(argument.bytes, '\0', argument.length);
	if (nul)
		argument.length = (size_t)(nul - argument.bytes);
	base = text_basename(argument);
	if (base.length < comm.length || memcmp(base.bytes, comm.bytes, comm.length) != 0)
		return comm;
	return base;
}
