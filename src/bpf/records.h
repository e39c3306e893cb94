/* What the BPF programs write and src/collect reads: records of fixed-width members, one behind the other. No member is
 * padded by the compiler. Numbers of processes are those of the reader's pid namespace, 0 for what is outside. */
#ifndef CMON_BPF_RECORDS_H
#define CMON_BPF_RECORDS_H

#ifndef __bpf__
#include <stdint.h>
#endif

enum bpf_record_kind {
	BPF_RECORD_TASK = 1,
	BPF_RECORD_THREAD,
	BPF_RECORD_CMDLINE,
	BPF_RECORD_FILE,
	BPF_RECORD_UNCHANGED,
};

/* Stands first in each. */
struct bpf_record {
	uint16_t size; /* of the whole record; a multiple of 8 */
	uint8_t kind;
	uint8_t marks; /* bits by kind, below */
	int32_t pid;   /* of the process: the thread group's id */
};

#define BPF_TASK_HAS_MEMORY 0x01  /* the main thread has a memory map: it is no kernel thread, and has not exited */
#define BPF_TASK_HAS_TTY 0x02
#define BPF_TASK_SUMS_TORN 0x04   /* threads came or went while they were added up, or are too many: see /proc */
#define BPF_TASK_TIMES_EXACT 0x08 /* the kernel measures user and system time, and adjusts neither */
#define BPF_TASK_HAS_IO 0x10      /* the kernel counts I/O */
#define BPF_TASK_HAS_DELAYS 0x20  /* this task's delays are counted (the sysctl kernel.task_delayacct) */
#define BPF_TASK_GROUP_EXIT 0x40  /* exit_code is the group's rather than the main thread's (Linux 5.17) */
#define BPF_TASK_MEMORY_EXACT 0x80 /* what CPUs have counted by themselves is in rss_ and swap (6.2) */

struct bpf_io {
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes;
};

/* A process. Times, faults and I/O are of all its threads, those that ended included, at one moment. Sizes are in
 * pages, times in nanoseconds. */
struct bpf_task_record {
	struct bpf_record head;
	int32_t ppid, pgid, sid, tpgid;
	int32_t tracer_pid, tracer_tgid; /* thread and process that traces the main thread */
	int32_t nested_pid;              /* in the innermost pid namespace */
	int32_t num_threads, live_threads;
	int32_t exit_code, exit_signal;
	int32_t processor;
	uint32_t tty_device; /* major << 20 | minor */
	uint32_t state;      /* TASK_ bits of the kernel, without EXIT_ ones */
	uint32_t flags;      /* PF_ */
	uint32_t policy, rt_priority;
	int16_t priority, static_priority; /* 0 to 139 as the kernel has them */
	uint8_t exit_state, seccomp, ns_level, reserved;
	int32_t umask; /* -1: none */
	uint32_t uid_real, uid_effective, uid_saved, uid_fs;
	uint32_t gid_real, gid_effective, gid_saved, gid_fs;
	uint64_t start_ns; /* on the reader's CLOCK_BOOTTIME */
	uint64_t run_ns, utime_ns, stime_ns; /* on the CPU, and what ticks were seen in which mode */
	uint64_t prev_utime_ns, prev_stime_ns; /* what the kernel printed last */
	uint64_t cutime_ns, cstime_ns;
	uint64_t minflt, majflt;
	uint64_t voluntary_switches, involuntary_switches; /* of the main thread alone, as in status */
	struct bpf_io io;
	uint64_t blkio_delay_ns; /* of the main thread */
	uint64_t total_vm, peak_vm, data_vm, stack_vm, locked_vm;
	uint64_t text_start, text_end; /* addresses */
	int64_t rss_file, rss_anon, rss_shmem, swap; /* see BPF_TASK_MEMORY_EXACT */
	uint64_t peak_rss, hugetlb;
	uint64_t signals_pending; /* of the main thread or of the process */
	uint64_t signals_blocked;
	uint64_t cap_effective;
	char comm[16];
};

/* What the last record of this process told still holds. */
struct bpf_unchanged_record {
	struct bpf_record head;
	uint64_t start_ns; /* as in the record: the number may be another's by now */
};

/* What the next pass over the tasks is to tell, and no other: without it a pass tells all. Processes about which nothing
 * has changed since the last pass with the same epoch have BPF_RECORD_UNCHANGED: none of their threads ran, and nobody else
 * gave them another state, parent, group, terminal, priority or tracer, or took much of their memory. Every 32nd process,
 * by pid and pass, is told about in any case. */
struct bpf_tasks_control {
	uint64_t epoch; /* 0: tell all */
	uint64_t pass;  /* one more each time */
};

#define BPF_TASKS_ROUND 32u

/* One thread; main threads have one, too. Marks are BPF_TASK_TIMES_EXACT and BPF_TASK_HAS_IO. */
struct bpf_thread_record {
	struct bpf_record head;
	int32_t tid;
	int32_t processor;
	uint32_t state, flags, policy, rt_priority;
	int16_t priority, static_priority;
	uint8_t exit_state, reserved[3];
	uint64_t start_ns;
	uint64_t run_ns, utime_ns, stime_ns;
	uint64_t prev_utime_ns, prev_stime_ns;
	uint64_t minflt, majflt;
	uint64_t voluntary_switches, involuntary_switches;
	struct bpf_io io;
	char comm[16];
};

#define BPF_CMDLINE_LONG 0x01      /* longer than BPF_CMDLINE_MAX: only that much of it follows */
#define BPF_CMDLINE_REWRITTEN 0x02 /* its last byte is no NUL: /proc knows where it ends now */
#define BPF_CMDLINE_UNREAD 0x04    /* its memory could not be read */

#define BPF_CMDLINE_MAX 4088u

/* The arguments of a process that has memory, each ended by NUL; `length` bytes follow, then up to 7 that mean nothing. */
struct bpf_cmdline_record {
	struct bpf_record head;
	uint64_t start_ns;
	uint32_t length;
	uint32_t reserved;
};

#define BPF_FILE_PATH_CUT 0x01       /* no path, since it is longer than BPF_FILE_PATH_MAX */
#define BPF_FILE_CLOSES_ON_EXEC 0x02 /* told with a path only */

#define BPF_FILE_PATH_MAX 1024u

/* An open file. Where threads have descriptors of their own, or the main thread has exited, tid is another's than the
 * process', and one descriptor may come several times. `path_length` bytes follow, as /proc/PID/fd has the link: of
 * regular files, whom BPF_PROGRAM_FILE_PATHS adds it to. */
struct bpf_file_record {
	struct bpf_record head;
	int32_t tid;
	int32_t fd;
	uint32_t mode;   /* st_mode; of a socket or pipe, inode is the number that names it */
	uint32_t flags;  /* of open(2), without O_CLOEXEC */
	uint32_t path_length;
	uint32_t reserved;
	uint64_t inode, position;
};

_Static_assert(sizeof(struct bpf_task_record) == 416, "no padding");
_Static_assert(sizeof(struct bpf_unchanged_record) == 16, "no padding");
_Static_assert(sizeof(struct bpf_thread_record) == 184, "no padding");
_Static_assert(sizeof(struct bpf_cmdline_record) == 24, "no padding");
_Static_assert(sizeof(struct bpf_file_record) == 48, "no padding");

#endif
