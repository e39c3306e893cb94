/* One record a thread, main threads included. */
#include "bpf/kernel.h"
#include "bpf/reader.h"
#include "bpf/records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

__hidden struct bpf_thread_record THREAD;

static __noinline void fill_times(const struct task_struct *task)
{
	THREAD.start_ns = task->start_boottime + READER.boot_offset_ns;
	THREAD.run_ns = task->se.sum_exec_runtime;
	THREAD.utime_ns = task->utime;
	THREAD.stime_ns = task->stime;
	THREAD.prev_utime_ns = THREAD.prev_stime_ns = 0;
	if (bpf_core_field_exists(task->prev_cputime.utime)) {
		THREAD.prev_utime_ns = task->prev_cputime.utime;
		THREAD.prev_stime_ns = task->prev_cputime.stime;
	} else {
		THREAD.head.marks |= BPF_TASK_TIMES_EXACT;
	}
}

static __noinline void fill_counters(const struct task_struct *task)
{
	THREAD.minflt = task->min_flt;
	THREAD.majflt = task->maj_flt;
	THREAD.voluntary_switches = task->nvcsw;
	THREAD.involuntary_switches = task->nivcsw;
	if (!kernel_counts_io())
		return;
	THREAD.head.marks |= BPF_TASK_HAS_IO;
	THREAD.io.rchar = task->ioac.rchar;
	THREAD.io.wchar = task->ioac.wchar;
	THREAD.io.syscr = task->ioac.syscr;
	THREAD.io.syscw = task->ioac.syscw;
	THREAD.io.read_bytes = task->ioac.read_bytes;
	THREAD.io.write_bytes = task->ioac.write_bytes;
}

static __noinline void fill_state(const struct task_struct *task)
{
	THREAD.processor = task_processor(task);
	THREAD.state = task_state_bits(task);
	THREAD.exit_state = (uint8_t)task->exit_state;
	THREAD.flags = task->flags;
	THREAD.policy = task->policy;
	THREAD.rt_priority = task->rt_priority;
	THREAD.priority = (int16_t)task->prio;
	THREAD.static_priority = (int16_t)task->static_prio;
	bpf_core_read(THREAD.comm, sizeof(THREAD.comm), &task->comm);
}

SEC("iter/task")
int cmon_threads(struct bpf_iter__task *ctx)
{
	const struct task_struct *task = ctx->task, *pointers;

	if (!task)
		return 0;
	pointers = task_untrusted(task);
	if (ctx->meta->seq_num == 0)
		reader_find();
	if (!task_is_there(pointers))
		return 0;
	THREAD.head.size = sizeof(THREAD);
	THREAD.head.kind = BPF_RECORD_THREAD;
	THREAD.head.marks = 0;
	THREAD.head.pid = reader_tgid(pointers);
	THREAD.tid = reader_tid(pointers);
	fill_state(task);
	fill_times(task);
	fill_counters(task);
	bpf_seq_write(ctx->meta->seq, &THREAD, sizeof(THREAD));
	return 0;
}
