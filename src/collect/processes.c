/* The process list, from the source that serves here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/fatal.h"
#include "collect/bpf_programs.h"
#include "collect/collector.h"
#include "collect/process_bpf.h"

#define WORTH_LOADING 1000 /* tasks: reading so many once takes longer from /proc than loading the programs */

struct processes_state {
	struct procfs *procfs;
	struct bpf_programs *programs;
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
	state->programs = bpf_programs_new();
	*ret_state = state;
	return 0;
}

static void processes_close(void *opaque)
{
	struct processes_state *state = opaque;

	bpf_programs_free(state->programs);
	process_bpf_free(state->bpf);
	procfs_close(state->procfs);
	free(state);
}

static bool is_worth_loading(const struct request *request)
{
	struct sysinfo info;

	return request->source == SOURCE_BPF || request->wants_rates || sysinfo(&info) < 0 || info.procs >= WORTH_LOADING;
}

/* Whether the programs serve, or may when they are loaded. */
static bool is_hopeful(const struct processes_state *state)
{
	int link_fd = bpf_programs_link(state->programs, BPF_PROGRAM_TASKS);

	return link_fd >= 0 || link_fd == -EAGAIN;
}

/* With the first tick come those that it needs; a screen begins without. */
static void load_programs(struct processes_state *state, const struct tick *tick)
{
	if (bpf_programs_link(state->programs, BPF_PROGRAM_TASKS) != -ENODATA || !is_worth_loading(tick->request))
		return;
	/* The programs look at this machine's processes, not at those of a captured tree. */
	if (!procfs_is_live(state->procfs))
		bpf_programs_give_up(state->programs, -EOPNOTSUPP);
	else
		bpf_programs_want(state->programs, process_bpf_programs(tick));
}

/* While the programs are loading, what they do not tell is read already. Returns a link or -errno. */
static int prepare_bpf(struct processes_state *state, struct tick *tick)
{
	int wait_ms = (int)(tick->request->source_wait_s * 1000), link_fd;

	load_programs(state, tick);
	if (!state->bpf && is_hopeful(state))
		state->bpf = process_bpf_new(state->procfs);
	bpf_programs_take(state->programs, 0);
	link_fd = bpf_programs_link(state->programs, BPF_PROGRAM_TASKS);
	if (link_fd >= 0 || (link_fd == -EAGAIN && wait_ms > 0))
		process_bpf_prepare(state->bpf, tick);
	if (link_fd == -EAGAIN)
		bpf_programs_take(state->programs, wait_ms);
	return bpf_programs_link(state->programs, BPF_PROGRAM_TASKS);
}

/* Returns 0; -ENODATA where they are not wanted, -EAGAIN while they are loading; -errno. */
static int read_bpf(struct processes_state *state, struct tick *tick)
{
	int r;

	if (tick->request->source == SOURCE_PROCFS)
		return -ENODATA;
	r = prepare_bpf(state, tick);
	if (r < 0)
		return r;
	r = process_bpf_read(state->bpf, state->programs, tick);
	if (r < 0)
		bpf_programs_give_up(state->programs, r);
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
	.open = processes_open,
	.read = processes_read,
	.close = processes_close,
};
