/* One record an open file, of all processes: counts of descriptors, open files, owners of sockets. Three programs, since
 * paths cost as much as all the rest, and few files are sockets. */
#include "bpf/kernel.h"
#include "bpf/reader.h"
#include "bpf/records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFSOCK 0140000

struct open_file {
	struct bpf_file_record record;
	char path[BPF_FILE_PATH_MAX];
};

__hidden struct open_file OPEN_FILE;

static __always_inline bool begin(const struct bpf_iter__task_file *ctx, const struct task_struct *task,
				  const struct file *file)
{
	const struct inode *inode;

	if (ctx->meta->seq_num == 0)
		reader_find_numbers();
	if (!task_is_there(task))
		return false;
	inode = file->f_inode;
	OPEN_FILE.record.head.size = sizeof(OPEN_FILE.record);
	OPEN_FILE.record.head.kind = BPF_RECORD_FILE;
	OPEN_FILE.record.head.marks = 0;
	OPEN_FILE.record.head.pid = reader_tgid(task);
	OPEN_FILE.record.tid = reader_tid(task);
	OPEN_FILE.record.fd = (int32_t)ctx->fd;
	OPEN_FILE.record.mode = inode->i_mode;
	OPEN_FILE.record.flags = file->f_flags;
	OPEN_FILE.record.path_length = 0;
	OPEN_FILE.record.inode = inode->i_ino;
	OPEN_FILE.record.position = (uint64_t)file->f_pos;
	return true;
}

SEC("iter/task_file")
int cmon_files(struct bpf_iter__task_file *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct file *file = ctx->file;

	if (task && file && begin(ctx, task_untrusted(task), file_untrusted(file)))
		bpf_seq_write(ctx->meta->seq, &OPEN_FILE.record, sizeof(OPEN_FILE.record));
	return 0;
}

SEC("iter/task_file")
int cmon_sockets(struct bpf_iter__task_file *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	/* Whose they are is found out at the first record, whatever that is of. */
	if (ctx->meta->seq_num != 0 && (file->f_inode->i_mode & S_IFMT) != S_IFSOCK)
		return 0;
	if (begin(ctx, task_untrusted(task), file_untrusted(file)) && (OPEN_FILE.record.mode & S_IFMT) == S_IFSOCK)
		bpf_seq_write(ctx->meta->seq, &OPEN_FILE.record, sizeof(OPEN_FILE.record));
	return 0;
}

/* A bit for each descriptor. One that is closed meanwhile was open without it as likely as with. */
static __always_inline bool closes_on_exec(const struct task_struct *task, uint32_t fd)
{
	const unsigned long *words = task->files->fdt->close_on_exec;
	unsigned long word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), words + fd / 64);
	return word >> fd % 64 & 1;
}

/* Returns the size of the record. bpf_d_path: allowed in iterators since Linux 5.13; the length is with its NUL. */
static __always_inline uint64_t add_path(struct file *file)
{
	long length = bpf_d_path((void *)&file->f_path, OPEN_FILE.path, sizeof(OPEN_FILE.path));
	uint64_t size;

	if (length <= 0 || length > (long)BPF_FILE_PATH_MAX) {
		OPEN_FILE.record.head.marks |= BPF_FILE_PATH_CUT;
		length = 1;
	}
	OPEN_FILE.record.path_length = (uint32_t)length - 1;
	size = (sizeof(OPEN_FILE.record) + (uint64_t)length + 6) & 0x7f8;
	return size > sizeof(OPEN_FILE) ? sizeof(OPEN_FILE) : size;
}

SEC("iter/task_file")
int cmon_file_paths(struct bpf_iter__task_file *ctx)
{
	const struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	uint64_t size = sizeof(OPEN_FILE.record);

	if (!task || !file)
		return 0;
	task = task_untrusted(task);
	if (!begin(ctx, task, file_untrusted(file)))
		return 0;
	if ((OPEN_FILE.record.mode & S_IFMT) == S_IFREG) {
		if (closes_on_exec(task, ctx->fd))
			OPEN_FILE.record.head.marks |= BPF_FILE_CLOSES_ON_EXEC;
		size = add_path(file);
	}
	OPEN_FILE.record.head.size = (uint16_t)size;
	bpf_seq_write(ctx->meta->seq, &OPEN_FILE, (uint32_t)size);
	return 0;
}
