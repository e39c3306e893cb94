/* What several programs call. Once in all of them, since bpftool does not link objects that share a function of the
 * kernel. */
#include "bpf/kernel.h"
#include "bpf/reader.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Linux 6.2. Makes no instruction. */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type_id) __ksym __weak;

/* Of the same release as the cast, which came with what makes it useful. */
#define HAS_CAST bpf_core_field_exists(struct mm_struct, rss_stat[0].count)

__hidden __noinline const struct task_struct *task_untrusted(const struct task_struct *task)
{
	return HAS_CAST ? bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct)) : task;
}

__hidden __noinline const struct file *file_untrusted(const struct file *file)
{
	return HAS_CAST ? bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file)) : file;
}
