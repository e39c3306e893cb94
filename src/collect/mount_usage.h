/* statvfs of a mountpoint, as jobs of the slow thread. */
#ifndef CMON_COLLECT_MOUNT_USAGE_H
#define CMON_COLLECT_MOUNT_USAGE_H

#include <sys/statvfs.h>

#include "collect/partitions.h"
#include "collect/slow.h"

#define MOUNT_ID_UNKNOWN (-1)

/* Result of both jobs, about whatever is mounted on top of the path that is their key. */
struct mount_answer {
	struct statvfs fs;
	int64_t mount_id; /* statx(2), Linux 5.8; MOUNT_ID_UNKNOWN before */
};

/* For file systems that answer out of memory. */
extern const struct slow_job mount_usage_local;

/* For those that ask somebody else: in a child process. A thread that waits for a FUSE daemon that has taken the
 * request cannot be killed (fs/fuse/dev.c, request_wait_answer), and a process with such a thread cannot end: its
 * parent waits for it and its pipes stay open. The child shares memory but no descriptor, is waited for like that of
 * vfork(2), which a fatal signal ends, and is left to init. */
extern const struct slow_job mount_usage_remote;

/* Which mounts statvfs may hang on: those of a type that is none of those known to answer out of memory, and those
 * whose path leads through such a mount.
 * filesystems: text of proc/filesystems. may_hang: count elements, all set. */
void mounts_that_may_hang(const struct mount *mounts, size_t count, struct text filesystems, bool *may_hang);

#endif
