/* The user a process belongs to, without the price of /proc/PID/status. */
#ifndef CMON_COLLECT_PROCESS_OWNER_H
#define CMON_COLLECT_PROCESS_OWNER_H

#include <stdint.h>

/* Real user id of a process. (The owner of /proc/PID is its effective user, or root when it is not dumpable.)
 * Source: ioctl PIDFD_GET_INFO, Linux 6.13. The pid is not pinned by this: read something through a descriptor of the
 * process's directory afterwards, which fails when the pid has gone to another in between.
 * Returns 0, -ESRCH, or -EOPNOTSUPP on kernels without it. */
int process_owner_read(int32_t pid, int64_t *ret_uid);

#endif
