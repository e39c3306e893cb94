/* Of the kernel's structures the members the programs use; where they stand in the running kernel, libbpf finds out.
 * Kernels differ in what is asked for by bpf_core_field_exists, never in their version: a structure has the members that
 * some kernel has, each with that kernel. Since libbpf compares the name of each structure that is looked into with all
 * of the kernel's (0.7 ms), there are no more than it takes. Linux 5.8 and later. */
#ifndef CMON_BPF_KERNEL_H
#define CMON_BPF_KERNEL_H

typedef unsigned char __u8, uint8_t;
typedef unsigned short __u16, uint16_t;
typedef unsigned int __u32, uint32_t;
typedef unsigned long long __u64, uint64_t;
typedef short __s16, int16_t;
typedef int __s32, int32_t;
typedef long long __s64, int64_t;
typedef __u16 __be16;
typedef __u32 __be32, __wsum;
typedef _Bool bool;

#define NULL ((void *)0)
#define true 1
#define false 0

/* What bpf_helpers.h wants to be declared. */
enum bpf_map_type { BPF_MAP_TYPE_UNSPEC, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6 };

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct pid_namespace;

/* The same in all kernels. */
struct upid {
	int nr;
	struct pid_namespace *ns;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

struct timens_offsets {
	struct timespec64 boottime;
};

struct time_namespace {
	struct timens_offsets offsets;
};

struct nsproxy {
	struct time_namespace *time_ns;
};

struct prev_cputime {
	uint64_t utime, stime;
};

struct task_io_accounting {
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
};

struct sigset {
	unsigned long sig[1];
};

struct sigpending {
	struct sigset signal;
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	int index;
	struct tty_driver *driver;
	struct {
		struct pid *pgrp;
	} ctrl; /* 5.15 */
	struct pid *pgrp; /* until 5.14 */
};

struct task_struct;

/* Of the arrays by PIDTYPE. */
#define PIDTYPE_TGID 1
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	struct sigpending shared_pending;
	int group_exit_code;
	struct task_struct *group_exec_task; /* 5.17: since then stat has the group's exit code, too */
	unsigned int flags;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct {
		struct {
			struct {
				unsigned int sequence;
			} seqcount; /* 5.10 */
			unsigned int sequence; /* until 5.9 */
		} seqcount;
	} stats_lock;
	uint64_t utime, stime, cutime, cstime;
	struct prev_cputime prev_cputime;
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	struct task_io_accounting ioac;
	unsigned long long sum_sched_runtime;
};

#define SIGNAL_STOP_STOPPED 0x01
#define SIGNAL_GROUP_EXIT 0x04

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

typedef struct {
	uint64_t val; /* 6.3 */
	unsigned int cap[2]; /* until 6.2 */
} kernel_cap_t;

struct cred {
	kuid_t uid, euid, suid, fsuid;
	kgid_t gid, egid, sgid, fsgid;
	kernel_cap_t cap_effective;
};

struct percpu_counter {
	long long count;
	int32_t *counters; /* one a CPU, at that CPU's offset; with SMP alone */
};

#define MM_FILEPAGES 0
#define MM_ANONPAGES 1
#define MM_SWAPENTS 2
#define MM_SHMEMPAGES 3

struct mm_struct {
	unsigned long hiwater_rss, hiwater_vm, total_vm, locked_vm, data_vm, stack_vm;
	unsigned long start_code, end_code, arg_start, arg_end;
	struct percpu_counter rss_stat[4]; /* 6.2 */
	atomic_long_t hugetlb_usage;
};

struct mm_rss_stat {
	atomic_long_t count[4];
};

/* ___ starts a flavour: the same structure as other kernels have it, which cannot be one with it. */
struct mm_struct___6_1 {
	struct mm_rss_stat rss_stat;
};

struct fdtable {
	unsigned long *close_on_exec;
};

struct files_struct {
	struct fdtable *fdt;
};

struct bpf_array {
	void *pptrs[0]; /* where the map is one a CPU: the elements, without the CPU's offset */
};

struct fs_struct {
	int umask;
};

struct task_delay_info {
	uint64_t blkio_delay;
	uint64_t swapin_start; /* 5.18: since then waiting for swapped pages is no part of blkio_delay in stat */
	uint64_t swapin_delay;
};

struct sched_entity {
	uint64_t sum_exec_runtime;
};

struct seccomp {
	int mode;
};

struct thread_info {
	uint32_t cpu; /* 5.16 */
};

#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD 0x00200000

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state; /* 5.14 */
	long state;           /* until 5.13 */
	unsigned int flags, ptrace;
	int prio, static_prio;
	unsigned int rt_priority, policy;
	unsigned int cpu; /* until 5.15 */
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state, exit_code, exit_signal;
	int pid, tgid;
	struct task_struct *real_parent, *parent;
	struct pid *thread_pid;
	struct list_head thread_node;
	uint64_t utime, stime;
	struct prev_cputime prev_cputime;
	unsigned long nvcsw, nivcsw;
	uint64_t start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	void *sighand;
	struct sigset blocked;
	struct sigpending pending;
	struct seccomp seccomp;
	struct task_io_accounting ioac;
	struct task_delay_info *delays;
};

struct super_block {
	unsigned int s_dev;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct path {
	void *mnt, *dentry;
};

struct file {
	unsigned int f_flags;
	struct inode *f_inode;
	struct path f_path;
	long long f_pos;
};

#pragma clang attribute pop

/* What is handed to the programs: the same in all kernels, so that nothing has to be looked for. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	uint64_t session_id, seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	uint32_t fd;
	struct file *file;
};

#endif
