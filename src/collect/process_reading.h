/* What the readers of process details share. A reader sets its members of the process and returns 0 or -errno:
 * -EACCES and -EPERM mean denied, everything else absent. */
#ifndef CMON_COLLECT_PROCESS_READING_H
#define CMON_COLLECT_PROCESS_READING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/parse.h"
#include "base/root.h"
#include "model/process.h"

/* proc/locks, read once for all processes. */
struct all_locks {
	struct buffer buffer;
	bool is_read; /* or its reading failed: */
	int error;    /* 0 or -errno */
};

struct process_reading {
	int dir_fd;  /* /proc/PID */
	int task_fd; /* where memory and files are found: dir_fd, or task/TID of a live thread */
	bool live;   /* not a captured tree: system calls by pid mean this process */
	struct process *process;
	struct arena *arena;
	struct buffer *buffer; /* for one file at a time */
	struct all_locks *locks;
};

/* Text of a whole file, borrowed from the buffer until the next read. Returns 0 or -errno. */
int process_read_text(struct process_reading *reading, int dir_fd, const char *path, struct text *ret_text);

/* A "key: number" line's place in a record, for files made of such lines. */
struct number_key {
	const char *key;
	size_t offset; /* of a uint64_t */
};

/* The member a key stands for, or NULL. */
uint64_t *number_key_find(const struct number_key *keys, size_t count, struct text key, void *record);

/* Drop the " (deleted)" the kernel adds to the name of a file that has none any more.
 * link: symbolic link below task_fd the path was read from, to tell such a file from one whose name ends so; NULL: the
 * path alone decides. Nothing is looked up that could block, and nothing at all for captured trees.
 * Returns true when it was dropped. */
bool process_drop_deleted(const struct process_reading *reading, const char *link, struct text *path);

/* process_links.c */
int process_read_exe(struct process_reading *reading);
int process_read_cwd(struct process_reading *reading);
int process_read_root(struct process_reading *reading);
int process_read_namespaces(struct process_reading *reading);

/* process_files.c */
int process_read_num_fds(struct process_reading *reading);
int process_read_open_files(struct process_reading *reading);

/* process_locks.c */
int process_read_locks(struct process_reading *reading);

/* process_maps.c */
int process_read_smaps(struct process_reading *reading);
int process_read_maps(struct process_reading *reading);

/* process_threads.c */
int process_read_threads(struct process_reading *reading);

/* process_limits.c */
int process_read_limits(struct process_reading *reading);

/* process_cgroup.c */
int process_read_cgroup(struct process_reading *reading);
int process_read_unit(struct process_reading *reading);

/* process_io.c */
int process_read_io(struct process_reading *reading);

/* process_environ.c */
int process_read_environ(struct process_reading *reading);
int process_read_groups(struct process_reading *reading);

/* process_sched.c */
int process_read_affinity(struct process_reading *reading);
int process_read_ionice(struct process_reading *reading);
int process_read_wchan(struct process_reading *reading);
int process_read_syscall(struct process_reading *reading);
int process_read_sched(struct process_reading *reading);
int process_read_autogroup(struct process_reading *reading);
int process_read_oom(struct process_reading *reading);

#endif
