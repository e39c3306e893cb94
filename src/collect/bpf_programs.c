#include "collect/bpf_programs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fatal.h"

struct bpf_programs {
	struct bpf_links links;
	unsigned int wanted;   /* BPF_PROGRAM_BITs */
	struct bpf_load *load; /* NULL: no helper is at work */
};

struct bpf_programs *bpf_programs_new(void)
{
	struct bpf_programs *programs = xcalloc(1, sizeof(*programs));

	programs->links = bpf_links_none();
	return programs;
}

void bpf_programs_free(struct bpf_programs *programs)
{
	if (!programs)
		return;
	bpf_load_free(programs->load);
	bpf_links_close(&programs->links);
	free(programs);
}

static void fail(struct bpf_programs *programs, unsigned int failed, int error)
{
	struct bpf_links none = bpf_links_none();

	for (int i = 0; i < BPF_PROGRAM_COUNT; i++) {
		if (failed & BPF_PROGRAM_BIT(i))
			none.fds[i] = error;
	}
	bpf_links_merge(&programs->links, &none);
}

static void load_next(struct bpf_programs *programs)
{
	unsigned int missing = programs->wanted & ~bpf_links_known(&programs->links);
	int r;

	if (programs->load || !missing)
		return;
	/* For tests, the kernel's types may come from another file. */
	r = bpf_load_start(missing, secure_getenv("CMON_BTF"), &programs->load);
	if (r < 0)
		fail(programs, missing, r);
}

void bpf_programs_want(struct bpf_programs *programs, unsigned int wanted)
{
	programs->wanted |= wanted;
	load_next(programs);
}

void bpf_programs_take(struct bpf_programs *programs, int timeout_ms)
{
	struct bpf_links more;

	if (!programs->load || bpf_load_finish(programs->load, timeout_ms, &more) < 0)
		return;
	bpf_load_free(programs->load);
	programs->load = NULL;
	bpf_links_merge(&programs->links, &more);
	load_next(programs);
}

int bpf_programs_link(const struct bpf_programs *programs, enum bpf_program_id program)
{
	int fd = programs->links.fds[program];

	return fd == -ENODATA && programs->wanted & BPF_PROGRAM_BIT(program) ? -EAGAIN : fd;
}

void bpf_programs_give_up(struct bpf_programs *programs, int error)
{
	bpf_load_free(programs->load);
	programs->load = NULL;
	bpf_links_close(&programs->links);
	fail(programs, BPF_PROGRAMS_ALL, error);
}
