#include "collect/bpf_process.h"

#include <string.h>

#define PF_WQ_WORKER_FLAG 0x00000020u
#define COMM_CUT 15 /* TASK_COMM_LEN - 1 */

/* include/linux/sched.h: the bits that /proc shows, each one's letter at its place, none of them first. */
#define STATE_REPORTED 0x7fu
#define STATE_IDLE_SHOWN 0x80u
#define STATE_UNINTERRUPTIBLE 0x02u
#define STATE_IDLE 0x402u       /* uninterruptible, and not counted as load */
#define STATE_RTLOCK_WAIT 0x1000u /* Linux 5.15 */
#define STATE_FROZEN 0x8000u      /* 6.1 */

char bpf_state_letter(uint32_t state, uint32_t exit_state)
{
	static const char letters[] = "RSDTtXZPI";
	uint32_t shown = (state | exit_state) & STATE_REPORTED;

	if ((state & STATE_IDLE) == STATE_IDLE)
		shown = STATE_IDLE_SHOWN;
	if (state & (STATE_RTLOCK_WAIT | STATE_FROZEN))
		shown = STATE_UNINTERRUPTIBLE;
	return letters[shown ? 32 - __builtin_clz(shown) : 0];
}

/* a * b / c without overflow between; c is not 0. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	return (uint64_t)((__extension__(unsigned __int128)a) * b / c);
}

static uint64_t total(struct bpf_times times)
{
	return times.utime_ns + times.stime_ns;
}

/* All of it is the user's when no tick saw the system, and the other way round. */
static struct bpf_times split(uint64_t run_ns, struct bpf_times seen)
{
	uint64_t stime_ns;

	if (!seen.stime_ns)
		return (struct bpf_times){run_ns, 0};
	if (!seen.utime_ns)
		return (struct bpf_times){0, run_ns};
	stime_ns = scale(seen.stime_ns, run_ns, total(seen));
	return (struct bpf_times){run_ns - stime_ns, stime_ns};
}

/* The same total, neither part below what it was; nothing new where the total is not larger. */
static struct bpf_times advance(struct bpf_times before, struct bpf_times now)
{
	uint64_t sum = total(now);

	if (total(before) >= sum)
		return before;
	if (now.stime_ns < before.stime_ns)
		now = (struct bpf_times){sum - before.stime_ns, before.stime_ns};
	if (now.utime_ns < before.utime_ns)
		now = (struct bpf_times){before.utime_ns, sum - before.utime_ns};
	return now;
}

void bpf_times_adjust(uint64_t run_ns, struct bpf_times seen, struct bpf_times kernel, struct bpf_times *shown)
{
	*shown = advance(*shown, advance(kernel, split(run_ns, seen)));
}

static void fill_times(uint64_t run_ns, struct bpf_times seen, struct bpf_times kernel, bool exact,
		       const struct bpf_units *units, struct bpf_times *shown, struct process *process)
{
	if (exact)
		*shown = seen;
	else
		bpf_times_adjust(run_ns, seen, kernel, shown);
	process->run_ns = run_ns;
	process->utime = shown->utime_ns / units->ns_per_tick;
	process->stime = shown->stime_ns / units->ns_per_tick;
}

/* new_encode_dev of the kernel: 8 bits of the minor number, the major one, the rest of the minor one. */
static int32_t encode_device(uint32_t device)
{
	uint32_t major = device >> 20, minor = device & 0xfffffu;

	return (int32_t)((minor & 0xffu) | major << 8 | (minor & ~0xffu) << 12);
}

static struct text comm_of(const char comm[16])
{
	return (struct text){comm, strnlen(comm, COMM_CUT)};
}

static void fill_identity(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process)
{
	process->pid = process->tgid = task->head.pid;
	process->comm = comm_of(task->comm);
	process->state = bpf_state_letter(task->state, task->exit_state);
	process->ppid = task->ppid;
	process->pgid = task->pgid;
	process->sid = task->sid;
	process->tty_nr = task->head.marks & BPF_TASK_HAS_TTY ? encode_device(task->tty_device) : 0;
	process->tpgid = task->tpgid;
	process->flags_mask = task->flags;
	process->is_kernel = (task->flags & PF_KTHREAD_FLAG) != 0;
	process->starttime = task->start_ns / units->ns_per_tick;
}

static void fill_counters(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process)
{
	process->minflt = task->minflt;
	process->majflt = task->majflt;
	process->cutime = task->cutime_ns / units->ns_per_tick;
	process->cstime = task->cstime_ns / units->ns_per_tick;
	process->blkio_delay = task->blkio_delay_ns / units->ns_per_tick;
}

static int32_t nice_of(int16_t static_priority)
{
	return static_priority - 120;
}

static int32_t priority_of(int16_t priority)
{
	return priority - 100;
}

static void fill_scheduling(const struct bpf_task_record *task, struct process *process)
{
	process->priority = priority_of(task->priority);
	process->nice = nice_of(task->static_priority);
	process->num_threads = task->num_threads;
	process->exit_signal = task->exit_signal;
	process->exit_code = task->exit_code;
	process->processor = task->processor;
	process->rt_priority = (int32_t)task->rt_priority;
	process->policy = (int32_t)task->policy;
	if (process->state == 'Z' && task->num_threads > 1)
		process->main_exited = task->live_threads > 0;
}

static uint64_t resident_pages(const struct bpf_task_record *task)
{
	return (uint64_t)(task->rss_file + task->rss_anon + task->rss_shmem);
}

void bpf_process_stat(const struct bpf_task_record *task, const struct bpf_units *units, struct bpf_times *shown,
		      struct process *process)
{
	struct bpf_times untouched = *shown;
	bool is_torn = bpf_process_is_torn(task);

	fill_identity(task, units, process);
	fill_counters(task, units, process);
	fill_scheduling(task, process);
	fill_times(task->run_ns, (struct bpf_times){task->utime_ns, task->stime_ns},
		   (struct bpf_times){task->prev_utime_ns, task->prev_stime_ns},
		   task->head.marks & BPF_TASK_TIMES_EXACT, units, is_torn ? &untouched : shown, process);
	if (is_torn)
		process->run_ns = ABSENT_U64;
	process->vms_bytes = task->total_vm * units->page_bytes;
	process->rss_bytes = resident_pages(task) * units->page_bytes;
}

bool bpf_name_is_cut(uint32_t flags, const char comm[16])
{
	return flags & PF_WQ_WORKER_FLAG || (flags & PF_KTHREAD_FLAG && comm_of(comm).length == COMM_CUT);
}

bool bpf_process_is_torn(const struct bpf_task_record *task)
{
	return task->head.marks & BPF_TASK_SUMS_TORN;
}

static void fill_ids(const struct bpf_task_record *task, struct process_more *more)
{
	more->uid_effective = task->uid_effective;
	more->uid_saved = task->uid_saved;
	more->uid_fs = task->uid_fs;
	more->gid_real = task->gid_real;
	more->gid_effective = task->gid_effective;
	more->gid_saved = task->gid_saved;
	more->gid_fs = task->gid_fs;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* A peak is noted only when its value falls. */
static void fill_peaks(const struct bpf_task_record *task, const struct bpf_units *units, struct process_more *more)
{
	more->peak_vms_bytes = larger(task->peak_vm, task->total_vm) * units->page_bytes;
	more->peak_rss_bytes = larger(task->peak_rss, resident_pages(task)) * units->page_bytes;
	more->swap_bytes = (uint64_t)task->swap * units->page_bytes;
	more->hugetlb_bytes = task->hugetlb * units->page_bytes;
}

void bpf_process_state(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process)
{
	if (task->head.marks & BPF_TASK_HAS_MEMORY)
		process->locked_bytes = task->locked_vm * units->page_bytes;
	process->tgid = task->head.pid;
	process->uid_real = task->uid_real;
	process->tracer_pid = task->tracer_pid;
	process->tracer_tgid = task->tracer_tgid;
	process->ns_level = task->ns_level;
	process->nested_pid = task->nested_pid;
}

void bpf_process_status(const struct bpf_task_record *task, const struct bpf_units *units, struct process_more *more)
{
	fill_ids(task, more);
	if (task->head.marks & BPF_TASK_HAS_MEMORY)
		fill_peaks(task, units, more);
	if (task->umask >= 0)
		more->umask = task->umask;
	more->voluntary_switches = task->voluntary_switches;
	more->involuntary_switches = task->involuntary_switches;
	more->signals_pending = task->signals_pending;
	more->signals_blocked = task->signals_blocked;
	more->cap_effective = task->cap_effective;
	more->seccomp = task->seccomp;
}

/* Whole pages that hold code. */
static uint64_t text_bytes(const struct bpf_task_record *task, const struct bpf_units *units)
{
	uint64_t mask = units->page_bytes - 1;

	return ((task->text_end + mask) & ~mask) - (task->text_start & ~mask);
}

bool bpf_process_statm(const struct bpf_task_record *task, const struct bpf_units *units, struct process *process)
{
	bool has_memory = task->head.marks & BPF_TASK_HAS_MEMORY;

	if (!has_memory && !(task->flags & PF_KTHREAD_FLAG) && !(task->exit_state && task->live_threads == 0))
		return false;
	process->vms_bytes = task->total_vm * units->page_bytes;
	process->rss_bytes = resident_pages(task) * units->page_bytes;
	process->shared_bytes = (uint64_t)(task->rss_file + task->rss_shmem) * units->page_bytes;
	process->text_bytes = has_memory ? text_bytes(task, units) : 0;
	process->data_bytes = (task->data_vm + task->stack_vm) * units->page_bytes;
	return true;
}

bool bpf_process_io(const struct bpf_task_record *task, struct process *process)
{
	if (!(task->head.marks & BPF_TASK_HAS_IO) || bpf_process_is_torn(task))
		return false;
	process->io_read_chars = task->io.rchar;
	process->io_write_chars = task->io.wchar;
	process->io_read_count = task->io.syscr;
	process->io_write_count = task->io.syscw;
	process->io_read_bytes = task->io.read_bytes;
	process->io_write_bytes = task->io.write_bytes;
	return true;
}

void bpf_thread_stat(const struct bpf_thread_record *thread, const struct bpf_units *units, struct bpf_times *shown,
		     struct process *process)
{
	process->pid = thread->tid;
	process->tgid = thread->head.pid;
	process->comm = comm_of(thread->comm);
	process->state = bpf_state_letter(thread->state, thread->exit_state);
	process->flags_mask = thread->flags;
	process->is_kernel = (thread->flags & PF_KTHREAD_FLAG) != 0;
	process->starttime = thread->start_ns / units->ns_per_tick;
	process->minflt = thread->minflt;
	process->majflt = thread->majflt;
	process->priority = priority_of(thread->priority);
	process->nice = nice_of(thread->static_priority);
	process->processor = thread->processor;
	process->rt_priority = (int32_t)thread->rt_priority;
	process->policy = (int32_t)thread->policy;
	fill_times(thread->run_ns, (struct bpf_times){thread->utime_ns, thread->stime_ns},
		   (struct bpf_times){thread->prev_utime_ns, thread->prev_stime_ns},
		   thread->head.marks & BPF_TASK_TIMES_EXACT, units, shown, process);
}
