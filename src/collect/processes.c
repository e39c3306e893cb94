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
	struct process_bpf *bpf; /* NULL until the programs are loading */
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

/* While the programs are loading, what they do not tell is read already. Returns a link or -errno. */
static int prepare_bpf(struct processes_state *state, struct tick *tick)
{
	int link_fd = bpf_programs_link(tick->programs, BPF_PROGRAM_TASKS);

	if (!state->bpf && (link_fd >= 0 || link_fd == -EAGAIN))
		state->bpf = process_bpf_new(state->procfs);
	if (link_fd >= 0 || (link_fd == -EAGAIN && tick->request->source_wait_s > 0))
		process_bpf_prepare(state->bpf, tick);
	return link_fd == -EAGAIN ? bpf_programs_obtain(tick->programs, tick->request, BPF_PROGRAM_TASKS) : link_fd;
}

/* Returns 0; -ENODATA where they are not wanted, -EAGAIN while they are loading; -errno. */
static int read_bpf(struct processes_state *state, struct tick *tick)
{
	int r;

	if (!tick->programs || tick->request->source == SOURCE_PROCFS)
		return -ENODATA;
	r = prepare_bpf(state, tick);
	if (r < 0)
		return r;
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
	.read = processes_read,
	.close = processes_close,
};
