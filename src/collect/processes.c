/* The process list, from the source that serves here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/fatal.h"
#include "collect/collector.h"
#include "collect/process_bpf.h"

#define WORTH_LOADING 1000 /* tasks: reading so many once takes longer from /proc than loading the programs */

enum loading { LOADING_NOT, LOADING_UNDER_WAY, LOADING_DONE, LOADING_FAILED };

struct processes_state {
	struct procfs *procfs;
	struct process_bpf *bpf;
	enum loading loading;
	struct bpf_load *load;
	struct bpf_links links;
	int error; /* why there are no programs: -errno */
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

	bpf_load_free(state->load);
	if (state->loading == LOADING_DONE)
		bpf_links_close(&state->links);
	process_bpf_free(state->bpf);
	procfs_close(state->procfs);
	free(state);
}

static bool is_worth_loading(const struct request *request)
{
	struct sysinfo info;

	return request->source == SOURCE_BPF || request->wants_rates || sysinfo(&info) < 0 || info.procs >= WORTH_LOADING;
}

static void fail_loading(struct processes_state *state, int error)
{
	state->loading = LOADING_FAILED;
	state->error = error;
}

static void start_loading(struct processes_state *state, const struct tick *tick)
{
	int r;

	if (state->loading != LOADING_NOT || tick->request->source == SOURCE_PROCFS || !is_worth_loading(tick->request))
		return;
	/* The programs look at this machine's processes, not at those of a captured tree. */
	if (!procfs_is_live(state->procfs)) {
		fail_loading(state, -EOPNOTSUPP);
		return;
	}
	/* For tests, the kernel's types may come from another file. */
	r = bpf_load_start(secure_getenv("CMON_BTF"), &state->load);
	if (r < 0)
		fail_loading(state, r);
	else
		state->loading = LOADING_UNDER_WAY;
}

static void finish_loading(struct processes_state *state, const struct tick *tick)
{
	int r;

	if (state->loading != LOADING_UNDER_WAY)
		return;
	r = bpf_load_finish(state->load, (int)(tick->request->source_wait_s * 1000), &state->links);
	if (r == -EAGAIN)
		return;
	bpf_load_free(state->load);
	state->load = NULL;
	state->loading = LOADING_DONE;
	if (r == 0 && state->links.fds[BPF_PROGRAM_TASKS] >= 0)
		return;
	if (r == 0) {
		r = state->links.fds[BPF_PROGRAM_TASKS];
		bpf_links_close(&state->links);
	}
	fail_loading(state, r);
}

static int read_bpf(struct processes_state *state, struct tick *tick)
{
	int r = process_bpf_read(state->bpf, &state->links, tick);

	if (r == 0) {
		tick->snapshot->source = TEXT_LITERAL("bpf");
		return 0;
	}
	bpf_links_close(&state->links);
	fail_loading(state, r);
	return r;
}

/* While the programs are loading, what they do not tell is read already. */
static void processes_prepare(void *opaque, struct tick *tick)
{
	struct processes_state *state = opaque;
	bool is_wanted = tick->request->source != SOURCE_PROCFS;

	start_loading(state, tick);
	if (is_wanted && !state->bpf && state->loading != LOADING_NOT && state->loading != LOADING_FAILED)
		state->bpf = process_bpf_new(state->procfs);
	if (is_wanted && (state->loading == LOADING_DONE ||
			  (state->loading == LOADING_UNDER_WAY && tick->request->source_wait_s > 0)))
		process_bpf_prepare(state->bpf, tick);
	finish_loading(state, tick);
}

static int processes_read(void *opaque, struct tick *tick)
{
	struct processes_state *state = opaque;
	bool is_wanted = tick->request->source != SOURCE_PROCFS;

	if (is_wanted && state->loading == LOADING_DONE && read_bpf(state, tick) == 0)
		return 0;
	if (tick->request->source == SOURCE_BPF && state->loading == LOADING_FAILED)
		snapshot_error(tick->snapshot, "processes/bpf", -state->error, "%s", strerror(-state->error));
	tick->snapshot->source = TEXT_LITERAL("procfs");
	return procfs_read_list(state->procfs, tick);
}

const struct collector collector_processes = {
	.name = "processes",
	.sections = SECTION_BIT(SECTION_PROCESSES),
	.open = processes_open,
	.prepare = processes_prepare,
	.read = processes_read,
	.close = processes_close,
};
