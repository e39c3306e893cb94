/* Who reads: whose numbers of processes, and whose clock. */
#ifndef CMON_BPF_READER_H
#define CMON_BPF_READER_H

#include "bpf/kernel.h"

/* Found out at the first task of a pass, since it costs a dozen probes. One process at a time reads the links of an
 * object; where its threads read two of them at once, both find the same. Not static, or the compiler would take it
 * apart behind the back of its own type information. */
struct reader {
	uint64_t ns;
	uint64_t boot_offset_ns; /* of its time namespace */
	uint64_t level;
};

__weak __hidden struct reader READER;

static __always_inline void upid_at(const struct pid *pid, uint64_t level, struct upid *ret_upid)
{
	const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);

	bpf_probe_read_kernel(ret_upid, sizeof(*ret_upid), numbers + level * sizeof(*ret_upid));
}

/* Whose numbers. What is not asked for has no types to be looked up when it is loaded, each of which takes a walk over all
 * of the kernel's. */
static __always_inline void reader_find_numbers(void)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(current, thread_pid);
	struct upid upid = {};

	READER.level = BPF_CORE_READ(pid, level);
	upid_at(pid, READER.level, &upid);
	READER.ns = (uint64_t)upid.ns;
}

static __always_inline void reader_find(void)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	uint64_t offset_ns = 0;

	reader_find_numbers();
	if (bpf_core_field_exists(struct time_namespace, offsets)) {
		struct time_namespace *time_ns = BPF_CORE_READ(current, nsproxy, time_ns);

		offset_ns = (uint64_t)BPF_CORE_READ(time_ns, offsets.boottime.tv_sec) * 1000000000 +
			    (uint64_t)BPF_CORE_READ(time_ns, offsets.boottime.tv_nsec);
	}
	READER.boot_offset_ns = offset_ns;
}

/* Below the first namespace a number has to be probed: the verifier lets no pointer that it knows be indexed by a
 * variable. */
static __noinline int32_t nested_number(const struct pid *pid)
{
	struct upid upid = {};

	if (pid->level < READER.level)
		return 0;
	upid_at(pid, READER.level, &upid);
	return (uint64_t)upid.ns == READER.ns ? upid.nr : 0;
}

/* pid_nr_ns of the kernel. */
static __always_inline int32_t reader_number(const struct pid *pid)
{
	if (!pid)
		return 0;
	return READER.level ? nested_number(pid) : pid->numbers[0].nr;
}

static __always_inline int32_t reader_tgid(const struct task_struct *task)
{
	return READER.level ? reader_number(task->signal->pids[PIDTYPE_TGID]) : task->tgid;
}

static __always_inline int32_t reader_tid(const struct task_struct *task)
{
	return READER.level ? reader_number(task->thread_pid) : task->pid;
}

/* The same task, for its pointers: from a pointer that the verifier trusts, each pointer that is read makes it search all
 * types of the kernel by name several times, which is most of the time that loading would take. Helpers need trust; and
 * what is no pointer is read faster with it. */
extern __hidden const struct task_struct *task_untrusted(const struct task_struct *task);
extern __hidden const struct file *file_untrusted(const struct file *file);

/* One that is being released has neither, and /proc says ESRCH. */
static __always_inline bool task_is_there(const struct task_struct *task)
{
	return task->sighand && task->thread_pid;
}

static __always_inline uint32_t task_state_bits(const struct task_struct *task)
{
	return bpf_core_field_exists(task->__state) ? task->__state : (uint32_t)task->state;
}

/* task_cpu of the kernel; without SMP there is but one. */
static __always_inline int32_t task_processor(const struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.cpu))
		return (int32_t)task->thread_info.cpu;
	return bpf_core_field_exists(task->cpu) ? (int32_t)task->cpu : 0;
}

static __always_inline bool kernel_counts_io(void)
{
	return bpf_core_field_exists(struct task_struct, ioac.rchar) &&
	       bpf_core_field_exists(struct task_struct, ioac.write_bytes);
}

#endif
