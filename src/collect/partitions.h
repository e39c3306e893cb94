/* Mounted file systems: the pure parts. */
#ifndef CMON_COLLECT_PARTITIONS_H
#define CMON_COLLECT_PARTITIONS_H

#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/parse.h"
#include "model/snapshot.h"

struct mount {
	struct text device, mountpoint, fstype, opts;
};

/* Take the next line of the text of proc/self/mounts: "device mountpoint fstype options 0 0", separated by single
 * blanks, where the kernel writes a blank, tab, newline, backslash or # of a name as \ooo (fs/proc_namespace.c).
 * Names are decoded. In the options only \040 \011 \012 \134 are, as getmntent(3) does: a decoded comma could not be
 * told from a separator.
 * getmntent itself needs a FILE over a descriptor, cuts lines at its buffer's size, and takes an empty device name
 * for the mount point.
 * ret_mount: decoded text in the arena. Returns 1, 0 at the end, -EBADMSG when a line lacks a field. */
int mounts_next(struct cursor *cursor, struct arena *arena, struct mount *ret_mount);

struct mount_id {
	int32_t id; /* what statx(2) calls STATX_MNT_ID */
	uint32_t major, minor; /* st_dev of its files */
	struct text mountpoint;
};

/* The same for proc/self/mountinfo: "36 35 98:0 /root /mountpoint options … - fstype device options".
 * Returns 1, 0 at the end, -EBADMSG, -ERANGE. */
int mountinfo_next(struct cursor *cursor, struct arena *arena, struct mount_id *ret_id);

/* \ooo decoded wherever three octal digits up to 377 follow a backslash; other backslashes stay. */
struct text octal_decode(struct text text, struct arena *arena);

/* Types of file systems that need a device.
 * Source: text of proc/filesystems: "nodev\tproc" or "\text4". zfs needs one, whatever it says.
 * Returns whether fstype is one of them. */
bool filesystems_physical(struct text filesystems, struct text fstype);

/* Usage as df shows it: used = blocks - bfree, free = bavail, percent = used / (used + free), all by f_frsize.
 * percent is absent without blocks; a file system that reports more free blocks than blocks has no `used`. */
void usage_of(const struct statvfs *fs, struct disk_usage *usage);

/* Whether a later mount stands on the same mountpoint. Mounts on a directory above are not looked at: the order of
 * the lines does not tell which came first where mounts were moved, as an initramfs does. Second choice behind ids. */
bool mount_is_hidden(const struct mount *mounts, size_t count, size_t index);

#endif
