/* The process list, from the source that serves here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "collect/bpf_programs.h"
#include "collect/collector.h"
#include "collect/process_bpf.h"

struct processes_state {
	struct procfs *procfs;
	struct process_bpf *bpf; /* NULL until the programs are there */
	int link_fd;             /* of this tick, or -errno: -ENODATA where none is wanted, -EAGAIN while it is loading */
};

static int processes_open(const struct root *root, void **ret_state)
{
	struct processes_state *state = xcalloc(1, sizeof(*state));
	int r = procfs_open(root, &state->procfs);

	if (r < 0) {
		free(state);
		return r;
	}
	*ret_state = state;
	return 0;
}

static void processes_close(void *opaque)
{
	struct processes_state *state = opaque;

	process_bpf_free(state->bpf);
	procfs_close(state->procfs);
	free(state);
}

static void processes_prepare(void *opaque, struct tick *tick)
{
	struct processes_state *state = opaque;

	state->link_fd = bpf_programs_obtain(tick->programs, tick->request, BPF_PROGRAM_TASKS);
}

/* Returns 0; -ENODATA where they are not wanted, -EAGAIN while they are loading; -errno. */
static int read_bpf(struct processes_state *state, struct tick *tick)
{
	int r;

	if (state->link_fd < 0)
		return state->link_fd;
	if (!state->bpf)
		state->bpf = process_bpf_new(state->procfs);
	r = process_bpf_read(state->bpf, tick);
	if (r < 0)
		bpf_programs_give_up(tick->programs, r);
	return r;
}

static int processes_read(void *opaque, struct tick *tick)
{
	struct processes_state *state = opaque;
	int r = read_bpf(state, tick);

	if (r == 0) {
		tick->snapshot->source = TEXT_LITERAL("bpf");
		return 0;
	}
	if (tick->request->source == SOURCE_BPF && r != -EAGAIN)
		snapshot_error(tick->snapshot, "processes/bpf", -r, "%s", strerror(-r));
	tick->snapshot->source = TEXT_LITERAL("procfs");
	return procfs_read_list(state->procfs, tick);
}

const struct collector collector_processes = {
	.name = "processes",
	.sections = SECTION_BIT(SECTION_PROCESSES),
	.programs = process_bpf_programs,
	.open = processes_open,
	.prepare = processes_prepare,
	.read = processes_read,
	.close = processes_close,
};
