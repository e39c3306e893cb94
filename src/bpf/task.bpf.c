/* One record a process, with the sums over its threads. These are added up here rather than from records of threads: a
 * thread that ends between two records would be in neither the dead's sum nor the living's, and time would go back. */
#include "bpf/kernel.h"
#include "bpf/reader.h"
#include "bpf/records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define THREADS_MAX 65536u
#define CPUS_MAX 1024u
#define THREADS_MAX_BOUNDED 512u /* the verifier walks through each */

/* Not on the stack, which ends at 512 bytes. */
__hidden struct bpf_task_record TASK;

/* Linux 6.2. Makes no instruction. Used in this object alone: bpftool does not link two that share a function of the
 * kernel. */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type_id) __ksym __weak;

/* Of the same release as the cast, and as what makes it useful. */
#define HAS_CAST bpf_core_field_exists(struct mm_struct, rss_stat[0].count)

static __always_inline const struct task_struct *untrusted(const struct task_struct *task)
{
	return HAS_CAST ? bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct)) : task;
}

/* For other objects; here the call would take a tenth of the pass. */
__hidden __noinline const struct task_struct *task_untrusted(const struct task_struct *task)
{
	return untrusted(task);
}

__hidden __noinline const struct file *file_untrusted(const struct file *file)
{
	return HAS_CAST ? bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file)) : file;
}

/* A walk through the threads of one process. */
struct walk {
	uint64_t next, end; /* addresses of list entries */
	uint64_t run_ns, utime_ns, stime_ns, minflt, majflt;
	struct task_io_accounting io;
};

static __always_inline void add_io(struct task_io_accounting *sum, const struct task_io_accounting *io)
{
	sum->rchar += io->rchar;
	sum->wchar += io->wchar;
	sum->syscr += io->syscr;
	sum->syscw += io->syscw;
	sum->read_bytes += io->read_bytes;
	sum->write_bytes += io->write_bytes;
}

/* Returns 1 at the end. */
static __always_inline long add_thread(struct walk *walk)
{
	const struct task_struct *thread;
	struct task_io_accounting io;

	if (walk->next == walk->end || !walk->next)
		return 1;
	thread = (const void *)(walk->next - bpf_core_field_offset(struct task_struct, thread_node));
	walk->run_ns += BPF_CORE_READ(thread, se.sum_exec_runtime);
	walk->utime_ns += BPF_CORE_READ(thread, utime);
	walk->stime_ns += BPF_CORE_READ(thread, stime);
	walk->minflt += BPF_CORE_READ(thread, min_flt);
	walk->majflt += BPF_CORE_READ(thread, maj_flt);
	if (kernel_counts_io() && bpf_core_read(&io, sizeof(io), &thread->ioac) == 0)
		add_io(&walk->io, &io);
	walk->next = (uint64_t)BPF_CORE_READ(thread, thread_node.next);
	return 0;
}

static long add_next(__u32 index, void *walk)
{
	(void)index;
	return add_thread(walk);
}

static __always_inline void walk_threads(struct walk *walk, bool bounded)
{
	if (!bounded) {
		bpf_loop(THREADS_MAX, add_next, walk, 0);
		return;
	}
	for (uint32_t i = 0; i < THREADS_MAX_BOUNDED; i++) {
		if (add_thread(walk))
			break;
	}
}

static __always_inline void take_main_thread(const struct task_struct *task, struct walk *walk)
{
	walk->run_ns += task->se.sum_exec_runtime;
	walk->utime_ns += task->utime;
	walk->stime_ns += task->stime;
	walk->minflt += task->min_flt;
	walk->majflt += task->maj_flt;
	if (kernel_counts_io())
		add_io(&walk->io, &task->ioac);
}

static __always_inline void take_dead_threads(const struct signal_struct *signal, struct walk *walk)
{
	walk->run_ns = signal->sum_sched_runtime;
	walk->utime_ns = signal->utime;
	walk->stime_ns = signal->stime;
	walk->minflt = signal->min_flt;
	walk->majflt = signal->maj_flt;
	if (kernel_counts_io())
		add_io(&walk->io, &signal->ioac);
}

/* Odd while a thread that ends moves its sums to those of the dead. */
static __always_inline uint32_t sums_sequence(const struct signal_struct *signal)
{
	barrier();
	if (bpf_core_field_exists(signal->stats_lock.seqcount.seqcount.sequence))
		return signal->stats_lock.seqcount.seqcount.sequence;
	return bpf_core_field_exists(signal->stats_lock.seqcount.sequence) ? signal->stats_lock.seqcount.sequence : 0;
}

/* Returns false when a thread came or went meanwhile. */
static __always_inline bool add_threads(const struct task_struct *task, const struct signal_struct *signal,
					struct walk *walk, bool bounded)
{
	uint32_t sequence = sums_sequence(signal);

	__builtin_memset(walk, 0, sizeof(*walk));
	take_dead_threads(signal, walk);
	if (signal->nr_threads <= 1) {
		take_main_thread(task, walk);
		return true;
	}
	walk->end = (uint64_t)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	walk->next = (uint64_t)signal->thread_head.next;
	walk_threads(walk, bounded);
	return walk->next == walk->end && !(sequence & 1) && sums_sequence(signal) == sequence;
}

static __noinline void fill_sums(const struct task_struct *task, const struct signal_struct *signal, bool bounded)
{
	struct walk walk;

	if (!add_threads(task, signal, &walk, bounded) && !add_threads(task, signal, &walk, bounded))
		TASK.head.marks |= BPF_TASK_SUMS_TORN;
	TASK.run_ns = walk.run_ns;
	TASK.utime_ns = walk.utime_ns;
	TASK.stime_ns = walk.stime_ns;
	TASK.minflt = walk.minflt;
	TASK.majflt = walk.majflt;
	TASK.io.rchar = walk.io.rchar;
	TASK.io.wchar = walk.io.wchar;
	TASK.io.syscr = walk.io.syscr;
	TASK.io.syscw = walk.io.syscw;
	TASK.io.read_bytes = walk.io.read_bytes;
	TASK.io.write_bytes = walk.io.write_bytes;
	if (kernel_counts_io())
		TASK.head.marks |= BPF_TASK_HAS_IO;
}

static __noinline void fill_nested(const struct pid *pid)
{
	uint32_t level = pid->level;
	struct upid upid = {};

	if (level)
		upid_at(pid, level, &upid);
	else
		upid.nr = pid->numbers[0].nr;
	TASK.nested_pid = upid.nr;
	TASK.ns_level = (uint8_t)(level - READER.level);
}

static __noinline void fill_relatives(const struct task_struct *task, const struct signal_struct *signal)
{
	TASK.ppid = reader_tgid(task->real_parent);
	TASK.pgid = reader_number(signal->pids[PIDTYPE_PGID]);
	TASK.sid = reader_number(signal->pids[PIDTYPE_SID]);
	TASK.tracer_pid = TASK.tracer_tgid = 0;
	if (task->ptrace) {
		TASK.tracer_pid = reader_tid(task->parent);
		TASK.tracer_tgid = reader_tgid(task->parent);
	}
}

static __always_inline struct pid *foreground_group(const struct tty_struct *tty)
{
	return bpf_core_field_exists(tty->ctrl.pgrp) ? tty->ctrl.pgrp : tty->pgrp;
}

static __noinline void fill_terminal(const struct signal_struct *signal)
{
	const struct tty_struct *tty = signal->tty;

	TASK.tpgid = -1;
	TASK.tty_device = 0;
	if (!tty)
		return;
	TASK.head.marks |= BPF_TASK_HAS_TTY;
	TASK.tpgid = reader_number(foreground_group(tty));
	TASK.tty_device = (uint32_t)(tty->driver->major << 20 | tty->driver->minor_start) + (uint32_t)tty->index;
}

static __noinline void fill_state(const struct task_struct *task, const struct signal_struct *signal)
{
	TASK.state = task_state_bits(task);
	TASK.exit_state = (uint8_t)task->exit_state;
	TASK.flags = task->flags;
	TASK.num_threads = signal->nr_threads;
	TASK.live_threads = signal->live.counter;
	TASK.exit_signal = task->exit_signal;
	TASK.exit_code = task->exit_code;
	if (bpf_core_field_exists(signal->group_exec_task) &&
	    signal->flags & (SIGNAL_GROUP_EXIT | SIGNAL_STOP_STOPPED)) {
		TASK.exit_code = signal->group_exit_code;
		TASK.head.marks |= BPF_TASK_GROUP_EXIT;
	}
}

static __always_inline const struct task_delay_info *delays_of(const struct task_struct *task)
{
	return bpf_core_field_exists(task->delays) ? task->delays : NULL;
}

static __noinline void fill_scheduling(const struct task_struct *task, const struct task_delay_info *delays)
{
	TASK.processor = task_processor(task);
	TASK.policy = task->policy;
	TASK.rt_priority = task->rt_priority;
	TASK.priority = (int16_t)task->prio;
	TASK.static_priority = (int16_t)task->static_prio;
	TASK.voluntary_switches = task->nvcsw;
	TASK.involuntary_switches = task->nivcsw;
	TASK.blkio_delay_ns = 0;
	if (!delays)
		return;
	TASK.head.marks |= BPF_TASK_HAS_DELAYS;
	TASK.blkio_delay_ns = delays->blkio_delay;
	if (!bpf_core_field_exists(delays->swapin_start))
		TASK.blkio_delay_ns += delays->swapin_delay;
}

static __noinline void fill_times(const struct task_struct *task, const struct signal_struct *signal)
{
	TASK.start_ns = task->start_boottime + READER.boot_offset_ns;
	TASK.cutime_ns = signal->cutime;
	TASK.cstime_ns = signal->cstime;
	TASK.prev_utime_ns = TASK.prev_stime_ns = 0;
	if (bpf_core_field_exists(signal->prev_cputime.utime)) {
		TASK.prev_utime_ns = signal->prev_cputime.utime;
		TASK.prev_stime_ns = signal->prev_cputime.stime;
	} else {
		TASK.head.marks |= BPF_TASK_TIMES_EXACT;
	}
}

static __always_inline uint64_t capabilities(const struct cred *cred)
{
	if (bpf_core_field_exists(cred->cap_effective.val))
		return cred->cap_effective.val;
	return (uint64_t)cred->cap_effective.cap[1] << 32 | cred->cap_effective.cap[0];
}

static __noinline void fill_credentials(const struct task_struct *task, const struct cred *cred)
{
	TASK.uid_real = cred->uid.val;
	TASK.uid_effective = cred->euid.val;
	TASK.uid_saved = cred->suid.val;
	TASK.uid_fs = cred->fsuid.val;
	TASK.gid_real = cred->gid.val;
	TASK.gid_effective = cred->egid.val;
	TASK.gid_saved = cred->sgid.val;
	TASK.gid_fs = cred->fsgid.val;
	TASK.cap_effective = capabilities(cred);
	TASK.seccomp = bpf_core_field_exists(task->seccomp.mode) ? (uint8_t)task->seccomp.mode : 0;
}

static __noinline void fill_rest(const struct task_struct *task, const struct signal_struct *signal,
				 const struct fs_struct *fs)
{
	TASK.umask = fs ? fs->umask : -1;
	TASK.signals_pending = task->pending.signal.sig[0] | signal->shared_pending.signal.sig[0];
	TASK.signals_blocked = task->blocked.sig[0];
	bpf_core_read(TASK.comm, sizeof(TASK.comm), &task->comm);
}

static __always_inline int64_t not_negative(int64_t pages)
{
	return pages > 0 ? pages : 0;
}

/* Since Linux 6.2 each CPU counts pages by itself, and adds them to the process' numbers when they are some dozens.
 * Where a CPU's part stands tells what no symbol needs to: the difference between the address of an element of this map
 * on that CPU and the pointer that all CPUs share. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint64_t);
} PER_CPU SEC(".maps");

/* volatile: to the verifier a pointer becomes a number in memory. */
struct cpus {
	volatile uint64_t map, shared, element; /* addresses */
	uint32_t count;                         /* 0: not known, or too many */
	uint32_t is_known;
	uint64_t offsets[CPUS_MAX];
};

__hidden struct cpus CPUS;

static long find_cpu(__u32 cpu, void *unused)
{
	const uint32_t first = 0;
	void *element = bpf_map_lookup_percpu_elem(&PER_CPU, &first, cpu);

	(void)unused;
	if (!element) {
		CPUS.count = cpu;
		return 1;
	}
	CPUS.element = (uint64_t)element;
	CPUS.offsets[cpu % CPUS_MAX] = CPUS.element - CPUS.shared;
	return 0;
}

static __noinline void find_cpus(void)
{
	uint64_t shared = 0;

	CPUS.is_known = true;
	CPUS.map = (uint64_t)&PER_CPU;
	if (bpf_probe_read_kernel(&shared, sizeof(shared),
				  (void *)(CPUS.map + bpf_core_field_offset(struct bpf_array, pptrs))) < 0)
		return;
	CPUS.shared = shared;
	bpf_loop(CPUS_MAX + 1, find_cpu, NULL, 0);
}

/* The counters of one process; a CPU's part of all four in one reading where they stand side by side (6.6). */
struct pages {
	int64_t counts[4];
	uint64_t counters[4];
};

static __always_inline bool are_adjacent(const struct pages *pages)
{
	for (uint64_t i = 1; i < 4; i++) {
		if (pages->counters[i] != pages->counters[0] + i * sizeof(int32_t))
			return false;
	}
	return true;
}

static long add_cpu_adjacent(__u32 cpu, void *context)
{
	struct pages *pages = context;
	int32_t parts[4];

	if (bpf_probe_read_kernel(parts, sizeof(parts), (void *)(pages->counters[0] + CPUS.offsets[cpu % CPUS_MAX])) < 0)
		return 0;
	for (int i = 0; i < 4; i++)
		pages->counts[i] += parts[i];
	return 0;
}

static long add_cpu(__u32 cpu, void *context)
{
	struct pages *pages = context;

	for (int i = 0; i < 4; i++) {
		int32_t part = 0;

		bpf_probe_read_kernel(&part, sizeof(part),
				      (void *)(pages->counters[i] + CPUS.offsets[cpu % CPUS_MAX]));
		pages->counts[i] += part;
	}
	return 0;
}

static __always_inline bool can_be_exact(void)
{
	return bpf_core_field_exists(struct mm_struct, rss_stat[0].counters);
}

/* percpu_counter_sum of the kernel. A macro: see PAGES_OF. */
#define PART_OF(mm, index)                                                                                             \
	(pages.counts[index] = (mm)->rss_stat[index].count,                                                            \
	 pages.counters[index] = (uint64_t)(mm)->rss_stat[index].counters)

static __noinline void fill_exact_pages(const struct mm_struct *mm)
{
	struct pages pages;

	PART_OF(mm, MM_FILEPAGES);
	PART_OF(mm, MM_ANONPAGES);
	PART_OF(mm, MM_SWAPENTS);
	PART_OF(mm, MM_SHMEMPAGES);
	if (are_adjacent(&pages))
		bpf_loop(CPUS.count, add_cpu_adjacent, &pages, 0);
	else
		bpf_loop(CPUS.count, add_cpu, &pages, 0);
	TASK.head.marks |= BPF_TASK_MEMORY_EXACT;
	TASK.rss_file = not_negative(pages.counts[MM_FILEPAGES]);
	TASK.rss_anon = not_negative(pages.counts[MM_ANONPAGES]);
	TASK.rss_shmem = not_negative(pages.counts[MM_SHMEMPAGES]);
	TASK.swap = not_negative(pages.counts[MM_SWAPENTS]);
}

/* A macro: the size of an array's items is the running kernel's only where the index is a constant to the compiler's
 * front end. */
#define PAGES_OF(mm, index)                                                                                            \
	not_negative(bpf_core_field_exists((mm)->rss_stat[0].count) ?                                                  \
			     (mm)->rss_stat[index].count :                                                             \
			     ((const struct mm_struct___6_1 *)(mm))->rss_stat.count[index].counter)

static __noinline void fill_pages(const struct mm_struct *mm)
{
	TASK.rss_file = PAGES_OF(mm, MM_FILEPAGES);
	TASK.rss_anon = PAGES_OF(mm, MM_ANONPAGES);
	TASK.rss_shmem = PAGES_OF(mm, MM_SHMEMPAGES);
	TASK.swap = PAGES_OF(mm, MM_SWAPENTS);
}

static __noinline void fill_memory(const struct mm_struct *mm)
{
	TASK.head.marks |= BPF_TASK_HAS_MEMORY;
	TASK.total_vm = mm->total_vm;
	TASK.peak_vm = mm->hiwater_vm;
	TASK.data_vm = mm->data_vm;
	TASK.stack_vm = mm->stack_vm;
	TASK.locked_vm = mm->locked_vm;
	TASK.text_start = mm->start_code;
	TASK.text_end = mm->end_code;
	TASK.peak_rss = mm->hiwater_rss;
	TASK.hugetlb = bpf_core_field_exists(mm->hugetlb_usage) ? (uint64_t)mm->hugetlb_usage.counter : 0;
}

static __noinline void fill_no_memory(void)
{
	TASK.total_vm = TASK.peak_vm = TASK.data_vm = TASK.stack_vm = TASK.locked_vm = 0;
	TASK.text_start = TASK.text_end = 0;
	TASK.rss_file = TASK.rss_anon = TASK.rss_shmem = TASK.swap = 0;
	TASK.peak_rss = TASK.hugetlb = 0;
}

/* What is asked of one pass. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct bpf_tasks_control);
} CONTROL SEC(".maps");

__hidden struct bpf_tasks_control ASKED;

/* What each process looked like when it was told about last, mixed into one number, by the last bits of its pid. */
#define SEEN_COUNT 65536u

__hidden uint64_t SEEN[SEEN_COUNT];

/* Of the process at hand; 0: nobody asks. volatile, in memory: the verifier would go on twice, knowing it and not. */
__hidden volatile uint64_t LOOK;

static __noinline void take_control(void)
{
	const uint32_t first = 0;
	struct bpf_tasks_control *control = bpf_map_lookup_elem(&CONTROL, &first);

	if (!control)
		return;
	ASKED = *control;
	control->epoch = 0;
}

static __always_inline uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0xff51afd7ed558ccd;
	return sum ^ sum >> 32;
}

/* In memory the verifier takes a pointer for a number. */
__hidden volatile uint64_t NUMBER;

static __always_inline uint64_t number_of(const void *pointer)
{
	NUMBER = (uint64_t)pointer;
	return NUMBER;
}

/* CPU time of each thread, without looking whether one ended meanwhile: then it has run. Read through a cast, which is as
 * old as the exact memory without which this is not called, and takes half of what probing takes. */
struct runs {
	uint64_t next, end; /* addresses of list entries */
	uint64_t look;
};

static long add_run(__u32 index, void *context)
{
	struct runs *runs = context;
	const struct task_struct *thread;

	(void)index;
	if (runs->next == runs->end || !runs->next)
		return 1;
	thread = bpf_rdonly_cast((void *)(runs->next - bpf_core_field_offset(struct task_struct, thread_node)),
				 bpf_core_type_id_kernel(struct task_struct));
	runs->look = mix(runs->look, thread->se.sum_exec_runtime);
	runs->next = number_of(thread->thread_node.next);
	return 0;
}

static __noinline uint64_t look_of_threads(const struct signal_struct *signal)
{
	struct runs runs = {
		.next = number_of(signal->thread_head.next),
		.end = number_of(signal) + bpf_core_field_offset(struct signal_struct, thread_head),
	};

	bpf_loop(THREADS_MAX, add_run, &runs, 0);
	return runs.look;
}

/* Of what others may change without the process running; pointers stand for what they point to. No pointer is looked at
 * whether it is NULL, behind which 0 is read: the verifier goes all ways from each branch. */
static __noinline uint64_t look_of(const struct task_struct *task, const struct task_struct *pointers,
				   const struct signal_struct *signal)
{
	const struct tty_struct *tty = signal->tty;
	uint64_t look = mix(ASKED.epoch, task->start_boottime);

	look = mix(look, task->se.sum_exec_runtime);
	look = mix(look, signal->sum_sched_runtime);
	look = mix(look, (uint64_t)task_state_bits(task) << 32 | task->flags);
	look = mix(look, (uint64_t)(uint32_t)task->exit_state << 32 | (uint32_t)task->ptrace);
	look = mix(look, number_of(pointers->real_parent));
	look = mix(look, number_of(pointers->parent));
	look = mix(look, number_of(signal->pids[PIDTYPE_PGID]));
	look = mix(look, number_of(signal->pids[PIDTYPE_SID]));
	look = mix(look, (uint64_t)(uint32_t)task->prio << 32 | (uint32_t)task->static_prio);
	look = mix(look, (uint64_t)task->policy << 32 | (uint32_t)signal->nr_threads);
	look = mix(look, number_of(tty));
	look = mix(look, number_of(foreground_group(tty)));
	return signal->nr_threads > 1 ? mix(look, look_of_threads(signal)) : look;
}

static __noinline uint64_t look_of_pages(uint64_t look, const struct mm_struct *mm)
{
	look = mix(look, (uint64_t)mm->rss_stat[MM_FILEPAGES].count);
	look = mix(look, (uint64_t)mm->rss_stat[MM_ANONPAGES].count);
	return mix(look, (uint64_t)mm->rss_stat[MM_SHMEMPAGES].count);
}

/* How the process looks in the pass that is asked for. 0: nobody asks. */
static __always_inline uint64_t look_at(const struct task_struct *task, const struct task_struct *pointers,
					const struct signal_struct *signal, int32_t pid)
{
	if (!can_be_exact() || !CPUS.count || !ASKED.epoch)
		return 0;
	return look_of_pages(mix(look_of(task, pointers, signal), (uint64_t)pid), pointers->mm);
}

static __always_inline bool is_unchanged(uint64_t look, int32_t pid)
{
	return look && SEEN[(uint32_t)pid % SEEN_COUNT] == look &&
	       (uint32_t)pid % BPF_TASKS_ROUND != ASKED.pass % BPF_TASKS_ROUND;
}

static __always_inline int write_unchanged(struct bpf_iter__task *ctx, const struct task_struct *task, int32_t pid)
{
	struct bpf_unchanged_record record = {
		.head = {.size = sizeof(record), .kind = BPF_RECORD_UNCHANGED, .pid = pid},
		.start_ns = task->start_boottime + READER.boot_offset_ns,
	};

	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

static __always_inline void begin(int32_t pid)
{
	TASK.head.size = sizeof(TASK);
	TASK.head.kind = BPF_RECORD_TASK;
	TASK.head.marks = 0;
	TASK.head.pid = pid;
}

/* is_plain: for kernels that refuse something, without bpf_loop (5.17) and all that came later. */
static __always_inline int write_task(struct bpf_iter__task *ctx, bool is_plain)
{
	const struct task_struct *task = ctx->task, *pointers = task;
	struct signal_struct *signal;
	struct mm_struct *mm;

	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0) {
		reader_find();
		if (!is_plain)
			take_control();
	}
	if (!is_plain && can_be_exact() && !CPUS.is_known)
		find_cpus();
	if (task->pid != task->tgid)
		return 0;
	if (!is_plain)
		pointers = untrusted(task);
	if (!task_is_there(pointers))
		return 0;
	signal = pointers->signal;
	/* A kernel thread may borrow the memory of a process. */
	mm = task->flags & PF_KTHREAD ? NULL : pointers->mm;
	begin(reader_tid(pointers));
	if (!is_plain) {
		LOOK = look_at(task, pointers, signal, TASK.head.pid);
		if (is_unchanged(LOOK, TASK.head.pid))
			return write_unchanged(ctx, task, TASK.head.pid);
	}
	fill_nested(pointers->thread_pid);
	fill_relatives(pointers, signal);
	fill_terminal(signal);
	fill_state(task, signal);
	fill_scheduling(task, delays_of(pointers));
	fill_times(task, signal);
	fill_sums(task, signal, is_plain);
	fill_credentials(task, pointers->real_cred);
	fill_rest(task, signal, pointers->fs);
	if (mm) {
		fill_memory(mm);
		if (!is_plain && can_be_exact() && CPUS.count)
			fill_exact_pages(mm);
		else
			fill_pages(mm);
	} else {
		fill_no_memory();
	}
	/* One that does not fit comes again. */
	if (bpf_seq_write(ctx->meta->seq, &TASK, sizeof(TASK)) == 0 && !is_plain && LOOK)
		SEEN[(uint32_t)TASK.head.pid % SEEN_COUNT] = LOOK;
	return 0;
}

SEC("iter/task")
int cmon_tasks(struct bpf_iter__task *ctx)
{
	return write_task(ctx, false);
}

SEC("iter/task")
int cmon_tasks_plain(struct bpf_iter__task *ctx)
{
	return write_task(ctx, true);
}
