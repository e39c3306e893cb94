/* Control group of a process, and what its path tells. */
#ifndef CMON_COLLECT_PROCESS_CGROUP_H
#define CMON_COLLECT_PROCESS_CGROUP_H

#include <stddef.h>

#include "base/text.h"

/* proc/PID/cgroup: lines "hierarchy:controllers:path".
 * ret_path: of the unified hierarchy ("0::"), else of systemd's ("name=systemd"), else of the first line; borrowed
 * from the buffer. On a machine with both kinds of hierarchies where nothing uses the unified one, that is "/".
 * Returns 0, or -EBADMSG without a single line of this form. */
int cgroup_parse(const char *buffer, size_t length, struct text *ret_path);

/* systemd's unit by its rules: the first part of the path that is not a slice, if it has the form of a unit.
 * Borrowed from the path; absent without one. */
struct text cgroup_unit(struct text path);

/* Name of the lxc container: what follows "lxc.payload." in a part of the path, or "/lxc/". Absent without one. */
struct text cgroup_lxc(struct text path);

#endif
