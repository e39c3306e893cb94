#include "collect/process_bpf_more.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "collect/bpf_programs.h"
#include "collect/process_bpf_files.h"
#include "collect/process_bpf_threads.h"

#define FILE_FACTS (FACT_BIT(FACT_NUM_FDS) | FACT_BIT(FACT_OPEN_FILES))

struct process_bpf_more {
	struct procfs *procfs;
	struct bpf_reader *reader;
	struct bpf_open_files *files;
	struct bpf_threads *threads;
	uint64_t ns_per_tick;

	/* Of the tick under way */
	uint64_t facts;
	uint64_t since_ns; /* CLOCK_BOOTTIME before the pass over files */
	int files_error, threads_error;
};

struct process_bpf_more *process_bpf_more_new(struct procfs *procfs)
{
	struct process_bpf_more *more = xcalloc(1, sizeof(*more));

	more->procfs = procfs;
	more->reader = bpf_reader_new();
	more->files = bpf_open_files_new();
	more->threads = bpf_threads_new();
	more->ns_per_tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	return more;
}

void process_bpf_more_free(struct process_bpf_more *more)
{
	if (!more)
		return;
	bpf_threads_free(more->threads);
	bpf_open_files_free(more->files);
	bpf_reader_free(more->reader);
	free(more);
}

/* Of few processes /proc tells as fast. */
static uint64_t wanted_facts(const struct tick *tick)
{
	return tick->request->pids ? 0 : tick->request->facts & PROCESS_APART_FACTS;
}

/* Paths cost as much as the rest. */
static enum bpf_program_id file_program(uint64_t facts)
{
	return facts & FACT_BIT(FACT_OPEN_FILES) ? BPF_PROGRAM_FILE_PATHS : BPF_PROGRAM_FILES;
}

unsigned int process_bpf_more_programs(const struct tick *tick)
{
	uint64_t facts = wanted_facts(tick);
	unsigned int programs = 0;

	if (facts & FACT_BIT(FACT_THREADS))
		programs |= BPF_PROGRAM_BIT(BPF_PROGRAM_THREADS);
	if (facts & FILE_FACTS)
		programs |= BPF_PROGRAM_BIT(file_program(facts));
	return programs;
}

static bool is_there(const struct tick *tick, enum bpf_program_id program)
{
	return bpf_programs_obtain(tick->programs, tick->request, program) >= 0;
}

uint64_t process_bpf_more_facts(const struct tick *tick)
{
	uint64_t facts = wanted_facts(tick);

	if (facts & FACT_BIT(FACT_THREADS) && !is_there(tick, BPF_PROGRAM_THREADS))
		facts &= ~FACT_BIT(FACT_THREADS);
	if (facts & FILE_FACTS && !is_there(tick, file_program(facts)))
		facts &= ~FILE_FACTS;
	return facts;
}

void process_bpf_more_begin(struct process_bpf_more *more, struct tick *tick, uint64_t facts)
{
	enum bpf_program_id program = file_program(facts);

	more->facts = facts;
	more->since_ns = clock_boottime_ns();
	if (facts & FILE_FACTS)
		more->files_error = bpf_open_files_read(more->files, more->reader,
							bpf_programs_link(tick->programs, program),
							program == BPF_PROGRAM_FILE_PATHS);
}

/* Files of the dead, of whom a thread may live, and of those that are hidden from the programs or too young to have been
 * seen, are to be read from /proc. */
static bool has_seen_files_of(const struct process_bpf_more *more, const struct process *process)
{
	return more->files_error == 0 && process->state != 'Z' && process->state != 'X' &&
	       process->run_ns != ABSENT_U64 && (process->starttime + 1) * more->ns_per_tick <= more->since_ns;
}

static void add(struct process_bpf_more *more, struct tick *tick, size_t index, struct process *process)
{
	uint64_t known = 0;

	process_own_more(process, &tick->snapshot->arena);
	if (more->facts & FILE_FACTS && has_seen_files_of(more, process) && bpf_open_files_fill(more->files, process))
		known |= more->facts & FILE_FACTS;
	if (more->facts & FACT_BIT(FACT_THREADS) && more->threads_error == 0 &&
	    bpf_threads_fill(more->threads, index, process))
		known |= FACT_BIT(FACT_THREADS);
	process->have |= known;
	if (more->facts & ~known)
		procfs_read_more(more->procfs, tick, more->facts & ~known, process);
}

void process_bpf_more_add(struct process_bpf_more *more, struct tick *tick, struct process **items, size_t count)
{
	struct arena *arena = &tick->snapshot->arena;

	if (!more->facts)
		return;
	if (more->facts & FILE_FACTS && more->files_error == 0)
		bpf_open_files_keep(more->files, arena);
	if (more->facts & FACT_BIT(FACT_THREADS))
		more->threads_error = bpf_threads_collect(more->threads, more->reader,
							  bpf_programs_link(tick->programs, BPF_PROGRAM_THREADS), items,
							  count, arena);
	for (size_t i = 0; i < count; i++)
		add(more, tick, i, process_own(&items[i]));
}
