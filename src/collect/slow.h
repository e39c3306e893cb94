/* What can hang, off the collector's thread: statvfs on a dead mount, a sensor behind a slow bus, a name look-up over
 * the network. Each job's last result is kept by key, with its age; a run that does not come back is left behind on
 * its own thread and the next job gets a new one, so that one dead mount never delays another job. */
#ifndef CMON_COLLECT_SLOW_H
#define CMON_COLLECT_SLOW_H

#include <stddef.h>
#include <stdint.h>

struct slow;

struct slow_job {
	const char *name;
	size_t result_size; /* fixed-size plain results without pointers */
	/* Runs on a slow thread. result: result_size zeroed bytes. Returns 0 or -errno. */
	int (*run)(const char *key, void *result);
	double refresh_s; /* an older result is asked for anew */
	double timeout_s; /* a run that takes longer counts as hanging; it is not repeated while it hangs */
};

/* Threads start with the first job. */
struct slow *slow_start(void);

/* Never waits for a job that hangs: its thread and what it needs are left to the end of the process. */
void slow_stop(struct slow *slow);

/* Result of a job for a key, which starts or refreshes it when needed.
 * wait_until_ns: monotonic time until which a first result is waited for; 0 never waits. An existing result is
 * returned at once, a refresh of it is waited for only until then.
 * ret_result: job->result_size bytes, ret_age_s: since it was measured; both set for 0 and 1.
 * Returns 0; 1 when the result is stale because its refresh hangs; -EINPROGRESS before a first result, -ETIMEDOUT
 * when that hangs; or the job's own -errno. */
int slow_get(struct slow *slow, const struct slow_job *job, const char *key, uint64_t wait_until_ns, void *ret_result,
	     double *ret_age_s);

#endif
