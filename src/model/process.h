/* One process, or one thread, at one moment. A value: everything it points to is in its snapshot's arena. */
#ifndef CMON_MODEL_PROCESS_H
#define CMON_MODEL_PROCESS_H

#include "base/arena.h"
#include "model/facts.h"
#include "model/value.h"

/* Flag in proc/PID/stat field 9: a kernel thread. */
#define PF_KTHREAD_FLAG 0x00200000u

enum orphan_class {
	ORPHAN_UNKNOWN,  /* reaper's child that inherited session and group, or an ordinary child */
	ORPHAN_KERNEL,   /* kernel thread */
	ORPHAN_INIT,     /* pid 1 of a pid namespace */
	ORPHAN_INJECTED, /* its parent is outside this pid namespace */
	ORPHAN_OBSERVED, /* seen to be re-parented */
	ORPHAN_PROVEN,   /* no living ancestor has its session */
	ORPHAN_POSSIBLE, /* the same under a parent not known to be a reaper */
	ORPHAN_PROBABLE, /* reaper's child in a foreign group whose leader is gone */
	ORPHAN_DETACHED, /* reaper's child that leads its own session: a daemon or a service */
	ORPHAN_CLASS_COUNT,
};

/* What only few processes have, or few readings ask for. Most records share one that is all absent: own it before
 * writing (process_own_more). */
struct process_more {
	/* proc/PID/status */
	int64_t uid_effective, uid_saved, uid_fs; /* 64 bits: ids go up to 2^32 - 2 */
	int64_t gid_real, gid_effective, gid_saved, gid_fs;
	uint64_t peak_rss_bytes, peak_vms_bytes, rss_anon_bytes, rss_file_bytes, rss_shmem_bytes;
	uint64_t swap_bytes, hugetlb_bytes;
	uint64_t voluntary_switches, involuntary_switches;
	uint64_t signals_pending, signals_blocked, signals_ignored, signals_caught; /* bit n-1: signal n */
	uint64_t cap_effective;
	int32_t seccomp, umask;

	/* Costly details */
	struct text exe, cwd, root, cgroup, wchan, unit, lxc;
	struct text environ; /* NAME=value, each ended by NUL */
	struct text syscall; /* the line of proc/PID/syscall, of the thread that waits for a child where there is one */
	int64_t num_fds;
	uint64_t uss_bytes, pss_bytes, pss_swap_bytes; /* smaps_rollup */
	int32_t ionice_class, ionice_value;
	int32_t oom_score, oom_score_adj, autogroup_id, autogroup_nice;
	uint64_t ns_cgroup, ns_ipc, ns_mnt, ns_net, ns_pid, ns_time, ns_user, ns_uts; /* inode numbers */
	double exec_start_ms;   /* se.exec_start of proc/PID/sched, on the clock of the CPU in `processor` */
	double sched_now_ms;    /* what that clock showed when the list was read; NaN: not asked */
	struct list cpu_affinity; /* int32_t */
	struct list groups;       /* int32_t: supplementary group ids */
	struct list open_files;   /* struct open_file */
	struct list file_locks;   /* struct file_lock */
	struct list memory_maps;  /* struct memory_map */
	struct list threads;      /* struct thread_times */
	struct list limits;       /* struct resource_limit */
	struct list connections;  /* struct connection, those it owns */

	/* Derived by model/derive.c */
	struct list children; /* int32_t: pids */
	struct list parents;  /* int32_t: pids, nearest first */
	int32_t num_descendants;

	/* Derived by model/lineage.c */
	int32_t former_parent_pid;
	struct text former_parent; /* "name (pid)" of the parent it lost, where cmon saw it */
	struct text zombie_exit, zombie_culprit_name, zombie_reason, zombie_help;
	double zombie_age_s;
	int32_t zombie_culprit_pid;
	uint64_t zombie_seen_ns;  /* monotonic: when cmon first saw it dead; 0: it is not */
	uint64_t zombie_died_ns; /* monotonic: when it died, once that is known; 0 */
	uint64_t zombie_alive_ns; /* monotonic: when cmon last saw it alive, of the dead; 0: it did not */
};

/* Ten thousand of them are kept: members stand so that there are no gaps. */
struct process {
	/* Identity: a pid alone is not one. */
	int32_t pid;
	char state;         /* R S D Z T t W X I P K */
	uint8_t main_exited; /* 1: state Z, but other threads live; 0; absent: its threads were not looked at */
	uint8_t is_kernel;  /* 0, 1: kernel thread */
	uint8_t group_orphaned; /* 1: nobody outside its group is left to control it; ABSENT_BOOL: not known */
	uint64_t starttime; /* clock ticks since boot */

	/* Of the source, to tell whether it must be read again */
	uint64_t digest;  /* of what shows that something changed; 0: nothing was made of it */
	uint64_t read_ns; /* monotonic: when all of it was read */
	uint64_t asked;   /* FACT_BITs */

	uint64_t have, denied; /* sets of FACT_BIT */

	struct process_more *more; /* never NULL */

	/* proc/PID/stat */
	int32_t ppid, pgid, sid, tpgid, tgid;
	int32_t tty_nr;
	uint64_t flags_mask;     /* PF_ flags */
	uint64_t minflt, majflt;
	uint64_t utime, stime;   /* ticks */
	uint64_t run_ns;         /* on the CPU, all threads, dead ones included; absent from /proc, which has only ticks */
	uint64_t cutime, cstime; /* ticks */
	uint64_t blkio_delay;    /* ticks */
	int32_t priority, nice, num_threads;
	int32_t exit_signal, processor, rt_priority, policy;
	int32_t exit_code;       /* raw wait status; ABSENT_I32 where the kernel hides it */
	char stat[12];           /* as ps prints it, NUL-terminated; derived */
	enum orphan_class orphan; /* derived by model/lineage.c */

	/* proc/PID/statm or status, bytes */
	uint64_t rss_bytes, vms_bytes, shared_bytes, text_bytes, data_bytes;

	/* proc/PID/status: what is looked at of every process */
	uint64_t locked_bytes;
	int64_t uid_real;    /* 64 bits: ids go up to 2^32 - 2 */
	int32_t tracer_pid;
	int32_t tracer_tgid; /* process of the thread tracer_pid names; ABSENT_I32: not looked up */
	int32_t ns_level;    /* number of pids in NSpid minus 1: pid namespaces below ours this process is in */
	int32_t nested_pid;  /* its pid in the innermost of them: the last number of NSpid */

	/* Text */
	struct text comm;    /* as the kernel has it, up to 15 bytes (63 for kernel workers); see process_name */
	struct text cmdline; /* arguments, each ended by NUL; empty for kernel threads and zombies */
	struct text username, terminal;

	/* proc/PID/io */
	uint64_t io_read_chars, io_write_chars, io_read_count, io_write_count, io_read_bytes, io_write_bytes;

	/* Derived by model/derive.c */
	double create_time; /* Unix seconds */
	double cpu_total_s; /* utime + stime */
	double cpu_percent; /* of one CPU; NaN without a previous sample */
	double memory_percent;
	double read_bytes_per_s, write_bytes_per_s;
};

/* Its name: the kernel cuts comm at 15 bytes; where the program was started under a longer name, argv[0] has it whole.
 * Absent where comm is. */
struct text process_name(const struct process *process);

/* All of it absent; never written. */
extern const struct process_more process_more_blank;

/* Give the record a `more` of its own, from the arena of its snapshot, unless it has one: from then on it cannot be in
 * the list of another snapshot. */
struct process_more *process_own_more(struct process *process, struct arena *arena);

/* A record of its own with one reference, a copy of `initial`. Texts stay where they are. */
struct process *process_new(const struct process *initial);

/* The same with copies of comm, cmdline, username and terminal behind it. One with a `more` of its
 * own is good only as long as its snapshot lives. */
struct process *process_copy(const struct process *process);

/* A record that did not change is in the lists of several snapshots, and then is not written: what is at this place
 * of a list becomes a copy unless it is in no other. Returns what is there then. */
struct process *process_own(struct process **place);

struct process *process_ref(struct process *process);
/* The last one frees it. NULL is fine. */
void process_unref(struct process *process);

/* One whose main thread exited while others run is alive. Several dead threads are left where a tracer has not waited
 * for each of them. */
static inline bool process_is_zombie(const struct process *process)
{
	return process->state == 'Z' && (process->num_threads <= 1 || process->main_exited == 0);
}

static inline bool process_has(const struct process *process, enum fact fact)
{
	return process->have & FACT_BIT(fact);
}

struct open_file {
	struct text path, mode; /* mode: r w a r+ a+ */
	int32_t fd;
	uint64_t position; /* bytes */
	uint64_t flags;    /* of open(2) */
};

/* Held through a descriptor, or waited for. Locks of ranges are of bytes. */
struct file_lock {
	struct text path;   /* of the descriptor, as its link has it */
	int32_t fd;         /* ABSENT_I32: it waits */
	struct text type;   /* POSIX OFDLCK FLOCK LEASE DELEG */
	struct text mode;   /* READ WRITE; UNLCK: of a lease */
	struct text kind;   /* ADVISORY MANDATORY; of leases ACTIVE BREAKING BREAKER */
	uint8_t waits;      /* 1: another process has what it wants */
	struct text device; /* "major:minor", decimal */
	uint64_t inode;
	uint64_t start, end; /* first and last byte; end absent: to the end of the file, wherever that is */
};

struct memory_map {
	struct text address, permissions, path; /* path: "[anon]" without one */
	uint64_t rss_bytes, size_bytes, pss_bytes, shared_clean_bytes, shared_dirty_bytes, private_clean_bytes,
		private_dirty_bytes, referenced_bytes, anonymous_bytes, swap_bytes;
};

struct thread_times {
	int32_t id; /* lists ascend by it */
	char state;
	char stat[12]; /* as ps -L prints it, NUL-terminated; empty without the process' FACT_STATE */
	int32_t nice, processor;
	int32_t policy;
	uint64_t starttime; /* ticks since boot; with the id it identifies a thread */
	uint64_t run_ns; /* on the CPU; absent from /proc */
	double user_time, system_time; /* seconds */
	double cpu_percent; /* derived: of one CPU; NaN without a previous sample */
	struct text name;
};

/* -1: unlimited, as psutil's RLIM_INFINITY. */
struct resource_limit {
	struct text name; /* "RLIMIT_NOFILE" */
	int64_t soft, hard;
};

#endif
