/* The command line of each process, as far as one record holds it. Sleepable, since its memory may have to be brought
 * in: Linux 5.18 and later. */
#include "bpf/kernel.h"
#include "bpf/reader.h"
#include "bpf/records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct cmdline {
	struct bpf_cmdline_record record;
	char bytes[BPF_CMDLINE_MAX + 8];
};

__hidden struct cmdline CMDLINE;

static __always_inline uint32_t read_bytes(struct task_struct *task, uint64_t start, uint64_t length)
{
	if (length > BPF_CMDLINE_MAX) {
		CMDLINE.record.head.marks |= BPF_CMDLINE_LONG;
		length = BPF_CMDLINE_MAX;
	}
	if (bpf_copy_from_user_task(CMDLINE.bytes, (uint32_t)length, (void *)start, task, 0) != 0) {
		CMDLINE.record.head.marks |= BPF_CMDLINE_UNREAD;
		return 0;
	}
	if (CMDLINE.bytes[(length - 1) & 0xfff])
		CMDLINE.record.head.marks |= BPF_CMDLINE_REWRITTEN;
	return (uint32_t)length;
}

static __always_inline void begin(const struct task_struct *task)
{
	CMDLINE.record.head.kind = BPF_RECORD_CMDLINE;
	CMDLINE.record.head.marks = 0;
	CMDLINE.record.head.pid = reader_tid(task);
	CMDLINE.record.start_ns = task->start_boottime + READER.boot_offset_ns;
}

SEC("iter.s/task")
int cmon_cmdlines(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	uint64_t start, end;
	struct mm_struct *mm;
	uint32_t length = 0;

	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0)
		reader_find();
	mm = task->mm;
	if (task->pid != task->tgid || task->flags & PF_KTHREAD || !mm || !task_is_there(task))
		return 0;
	begin(task);
	start = mm->arg_start;
	end = mm->arg_end;
	if (end > start)
		length = read_bytes(task, start, end - start);
	CMDLINE.record.length = length;
	length = (sizeof(struct bpf_cmdline_record) + length + 7) & 0x1ff8;
	if (length > sizeof(CMDLINE))
		length = sizeof(CMDLINE);
	CMDLINE.record.head.size = (uint16_t)length;
	bpf_seq_write(ctx->meta->seq, &CMDLINE, length);
	return 0;
}
