/* The process list, from the source that serves here. */
#include <errno.h>
#include <stdlib.h>

#include "collect/collector.h"
#include "collect/process_source.h"

struct processes_state {
	const struct process_source *source;
	void *source_state;
};

static int processes_open(const struct root *root, void **ret_state)
{
	struct processes_state *state = calloc(1, sizeof(*state));
	int r;

	if (!state)
		return -ENOMEM;
	state->source = &process_source_procfs;
	r = state->source->open(root, &state->source_state);
	if (r < 0) {
		free(state);
		return r;
	}
	*ret_state = state;
	return 0;
}

static int processes_read(void *opaque, struct tick *tick)
{
	struct processes_state *state = opaque;

	tick->snapshot->source = text_of(state->source->name);
	return state->source->read(state->source_state, tick);
}

static void processes_close(void *opaque)
{
	struct processes_state *state = opaque;

	state->source->close(state->source_state);
	free(state);
}

const struct collector collector_processes = {
	.name = "processes",
	.sections = SECTION_BIT(SECTION_PROCESSES),
	.open = processes_open,
	.read = processes_read,
	.close = processes_close,
};
