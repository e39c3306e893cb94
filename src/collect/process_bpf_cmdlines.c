#include "collect/process_bpf_cmdlines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/thread.h"
#include "collect/bpf_read.h"

struct bpf_cmdlines {
	uint64_t ns_per_tick;
	int link_fd;
	pthread_t thread;
	bool is_read; /* the thread has been waited for */
	struct arena arena;
	const struct bpf_cmdline_record **records; /* bytes follow each; ascending pids */
	size_t count, capacity, at;
};

int bpf_cmdlines_visit(const struct bpf_cmdline_record *record, const char *bytes, void *context)
{
	struct bpf_cmdlines *cmdlines = context;
	struct bpf_cmdline_record *kept;

	if (record->head.marks || !record->length)
		return 0;
	kept = arena_alloc(&cmdlines->arena, sizeof(*kept) + record->length);
	*kept = *record;
	memcpy(kept + 1, bytes, record->length);
	cmdlines->records =
		xgrow(cmdlines->records, cmdlines->count + 1, &cmdlines->capacity, sizeof(const struct bpf_cmdline_record *));
	cmdlines->records[cmdlines->count++] = kept;
	return 0;
}

/* What a pass told before it failed is as true as the rest. */
static void *read_pass(void *context)
{
	struct bpf_cmdlines *cmdlines = context;
	struct bpf_reader *reader = bpf_reader_new();

	(void)bpf_cmdlines_read(reader, cmdlines->link_fd, bpf_cmdlines_visit, cmdlines);
	bpf_reader_free(reader);
	return NULL;
}

struct bpf_cmdlines *bpf_cmdlines_begin(int link_fd)
{
	struct bpf_cmdlines *cmdlines = xcalloc(1, sizeof(*cmdlines));

	cmdlines->ns_per_tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	cmdlines->link_fd = link_fd;
	if (thread_start(0, read_pass, cmdlines, &cmdlines->thread) == 0)
		return cmdlines;
	free(cmdlines);
	return NULL;
}

static void wait_read(struct bpf_cmdlines *cmdlines)
{
	if (!cmdlines->is_read)
		pthread_join(cmdlines->thread, NULL);
	cmdlines->is_read = true;
}

void bpf_cmdlines_free(struct bpf_cmdlines *cmdlines)
{
	if (!cmdlines)
		return;
	wait_read(cmdlines);
	arena_free(&cmdlines->arena);
	free(cmdlines->records);
	free(cmdlines);
}

bool bpf_cmdlines_find(struct bpf_cmdlines *cmdlines, int32_t pid, uint64_t starttime, struct text *ret_cmdline)
{
	const struct bpf_cmdline_record *record;

	if (!cmdlines)
		return false;
	wait_read(cmdlines);
	while (cmdlines->at < cmdlines->count && cmdlines->records[cmdlines->at]->head.pid < pid)
		cmdlines->at++;
	if (cmdlines->at == cmdlines->count)
		return false;
	record = cmdlines->records[cmdlines->at];
	if (record->head.pid != pid || record->start_ns / cmdlines->ns_per_tick != starttime)
		return false;
	*ret_cmdline = (struct text){(const char *)(record + 1), record->length};
	return true;
}
