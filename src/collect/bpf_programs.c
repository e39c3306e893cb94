#include "collect/bpf_programs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "model/request.h"

#define WORTH_LOADING 1000 /* tasks: reading so many once takes more time on the CPU from /proc than loading the programs, */
#define WORTH_WAITING 4000 /* and what one file tells of so many takes longer */

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

bool bpf_programs_pay(const struct request *request)
{
	struct sysinfo info;

	if (request->source != SOURCE_AUTO)
		return request->source == SOURCE_BPF;
	return request->wants_rates || sysinfo(&info) < 0 || info.procs >= WORTH_LOADING;
}

bool bpf_programs_save_time(const struct request *request)
{
	struct sysinfo info;

	return request->source != SOURCE_PROCFS && sysinfo(&info) == 0 && info.procs >= WORTH_WAITING;
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

int bpf_programs_control(const struct bpf_programs *programs)
{
	return programs->links.fds[BPF_TASKS_CONTROL];
}

int bpf_programs_link(const struct bpf_programs *programs, enum bpf_program_id program)
{
	int fd = programs->links.fds[program];

	return fd == -ENODATA && programs->wanted & BPF_PROGRAM_BIT(program) ? -EAGAIN : fd;
}

static int milliseconds_until(uint64_t deadline_ns)
{
	uint64_t now_ns = clock_monotonic_ns();

	return deadline_ns > now_ns ? (int)((deadline_ns - now_ns) / (NS_PER_S / 1000)) : 0;
}

int bpf_programs_obtain(struct bpf_programs *programs, const struct request *request, enum bpf_program_id program)
{
	uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)(request->source_wait_s * (double)NS_PER_S);
	int wait_ms;

	if (!programs || request->source == SOURCE_PROCFS)
		return -ENODATA;
	if (bpf_programs_link(programs, program) == -ENODATA && bpf_programs_pay(request))
		bpf_programs_want(programs, BPF_PROGRAM_BIT(program));
	/* The helper at work may be one that loads others. */
	do {
		wait_ms = milliseconds_until(deadline_ns);
		bpf_programs_take(programs, wait_ms);
	} while (wait_ms > 0 && bpf_programs_link(programs, program) == -EAGAIN);
	return bpf_programs_link(programs, program);
}

void bpf_programs_give_up(struct bpf_programs *programs, int error)
{
	bpf_load_free(programs->load);
	programs->load = NULL;
	bpf_links_close(&programs->links);
	fail(programs, BPF_PROGRAMS_ALL, error);
}
