/* What every collector is: a const row, listed in collectors.def. */
#ifndef CMON_COLLECT_COLLECTOR_H
#define CMON_COLLECT_COLLECTOR_H

#include "base/root.h"
#include "model/request.h"
#include "model/snapshot.h"

struct bpf_programs;
struct slow;

/* One reading. */
struct tick {
	const struct root *root;
	const struct request *request;
	const struct snapshot *previous; /* NULL for the first */
	struct snapshot *snapshot;       /* where results go; memory comes from snapshot->arena */
	struct bpf_programs *programs;   /* see bpf_programs_obtain; NULL: there are none */
	struct slow *slow;               /* for what can hang */
	uint64_t slow_deadline_ns;       /* monotonic: how long slow_get may wait */
};

struct collector {
	const char *name;
	uint32_t sections; /* it runs when one of these is asked for */
	/* The BPF programs that this tick would be read with, as BPF_PROGRAM_BITs; they load while others read. NULL: none. */
	unsigned int (*programs)(const struct tick *tick);
	/* Make the state that lives between ticks. NULL: there is none. Returns 0 or -errno. */
	int (*open)(const struct root *root, void **ret_state);
	/* Before the moment of the tick: wait for what has to be waited for. NULL: nothing. */
	void (*prepare)(void *state, struct tick *tick);
	/* Fill the snapshot's part. Returns 0; -ENOENT, -EOPNOTSUPP: this machine has no such thing (status absent);
	 * -EACCES, -EPERM: denied; anything else: broken. What could not be read stays absent. Parts that fail
	 * on their own are noted with snapshot_error and do not end the reading. */
	int (*read)(void *state, struct tick *tick);
	void (*close)(void *state);
};

#define COLLECTOR(name) extern const struct collector collector_##name;
#include "collect/collectors.def"
#undef COLLECTOR

#endif
