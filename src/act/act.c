#include "act/act.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act/act_private.h"
#include "act/trace.h"

static int act_signal(const struct pinned *pinned, const struct act *act)
{
	return syscall(SYS_pidfd_send_signal, pinned->pidfd, act->number, NULL, 0) < 0 ? -errno : 0;
}

static void set_limit(rlim_t *limit, int64_t value)
{
	if (value == -1)
		*limit = RLIM_INFINITY;
	else if (value != ACT_LIMIT_KEEP)
		*limit = (rlim_t)value;
}

/* A soft limit above a hard one that stays would be refused, which is how the user learns of it. */
static int act_limit(const struct pinned *pinned, const struct act *act)
{
	__rlimit_resource_t resource = (__rlimit_resource_t)act->number;
	struct rlimit limit;

	if (prlimit(pinned->identity.pid, resource, NULL, &limit) < 0)
		return -errno;
	set_limit(&limit.rlim_cur, act->soft);
	set_limit(&limit.rlim_max, act->hard);
	/* A hard limit that falls takes a soft one along that is not named. */
	if (act->soft == ACT_LIMIT_KEEP && limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return prlimit(pinned->identity.pid, resource, &limit, NULL) < 0 ? -errno : 0;
}

static int apply_pinned(const struct act *act, const struct pinned *pinned, int32_t thread)
{
	switch (act->kind) {
	case ACT_SIGNAL: return act_signal(pinned, act);
	case ACT_NICE: return for_threads(pinned, thread, thread_set_nice, act);
	case ACT_NICE_BY: return for_threads(pinned, thread, thread_add_nice, act);
	case ACT_IONICE: return for_threads(pinned, thread, thread_set_ionice, act);
	case ACT_AFFINITY: return for_threads(pinned, thread, thread_set_affinity, act);
	case ACT_SCHED: return for_threads(pinned, thread, thread_set_sched, act);
	case ACT_LIMIT: return act_limit(pinned, act);
	default: return -EINVAL;
	}
}

/* Only the signal knows its process by the pidfd. The other calls take a number, and nothing keeps a number from being
 * given to another process between the comparison and the call: that process would have to end, be reaped, and all
 * other numbers be used up, within some microseconds. It cannot be ruled out, but it is noticed: when the process is
 * not there afterwards, -ESRCH says that it was not changed for sure. */
static int apply(const struct act *act, struct identity process, int32_t thread)
{
	struct pinned pinned;
	int r = pin(process, &pinned);

	if (r < 0)
		return r;
	r = apply_pinned(act, &pinned, thread);
	if (r == 0 && act->kind != ACT_SIGNAL && !is_pinned_there(&pinned))
		r = -ESRCH;
	unpin(&pinned);
	return r;
}

const struct act_ops act_system = {
	.apply = apply,
	.trace_start = trace_start,
	.trace_fd = trace_fd,
	.trace_read = trace_read,
	.trace_stop = trace_stop,
};
