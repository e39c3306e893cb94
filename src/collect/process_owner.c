#include "collect/process_owner.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in linux/pidfd.h of Linux 6.13 (commit cdda1f26e74b); libc's kernel headers may be older. */
struct owner_info {
	uint64_t mask, cgroup_id;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	uint32_t spare;
};

_Static_assert(sizeof(struct owner_info) == 64, "first published size of struct pidfd_info");

#define OWNER_INFO_CREDS (UINT64_C(1) << 1)
#define OWNER_GET_INFO _IOWR(0xff, 11, struct owner_info)

int process_owner_read(int32_t pid, int64_t *ret_uid)
{
	struct owner_info info = {.mask = OWNER_INFO_CREDS};
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), r;

	if (fd < 0)
		return errno == ESRCH ? -ESRCH : -EOPNOTSUPP;
	r = ioctl(fd, OWNER_GET_INFO, &info) < 0 ? (errno == ESRCH ? -ESRCH : -EOPNOTSUPP) : 0;
	close(fd);
	if (r == 0 && !(info.mask & OWNER_INFO_CREDS))
		r = -EOPNOTSUPP;
	if (r == 0)
		*ret_uid = info.ruid;
	return r;
}
