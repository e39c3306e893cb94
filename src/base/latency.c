#include "base/latency.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in linux/sched/types.h, first published size; libc has no declaration before 2.41. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

_Static_assert(sizeof(struct attributes) == 48, "SCHED_ATTR_SIZE_VER0");

/* The shortest turn there is. Answering a key takes some of them. */
#define TURN_NS 100000

void latency_ask(void)
{
	struct attributes attributes = {0};

	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) < 0 || attributes.policy != SCHED_OTHER)
		return;
	attributes.size = sizeof(attributes);
	attributes.runtime_ns = TURN_NS;
	(void)!syscall(SYS_sched_setattr, 0, &attributes, 0);
}
