/* The one meeting place of the collector thread and the UI thread: the newest snapshot one way, the request the other. */
#ifndef CMON_MODEL_FEED_H
#define CMON_MODEL_FEED_H

#include <stdbool.h>

#include "model/request.h"
#include "model/snapshot.h"

struct feed;

/* Returns NULL when the kernel has no descriptor left. */
struct feed *feed_new(void);
void feed_free(struct feed *feed);

/* UI side. */

/* A descriptor for poll(2): readable while a snapshot waits that feed_take has not returned. */
int feed_fd(const struct feed *feed);

/* The newest snapshot with a reference of the caller's own, or NULL before the first. */
struct snapshot *feed_take(struct feed *feed);

/* Say what is wanted and how often (seconds); request->pids must be NULL. The collector starts on it at once when
 * it wants more than before. */
void feed_set_request(struct feed *feed, const struct request *request, double interval_s);

/* Make the collector read now, before the interval is over. */
void feed_refresh(struct feed *feed);

/* End feed_next. */
void feed_stop(struct feed *feed);

/* Collector side. */

/* Wait until there was a request and the next tick is due. ret_request: what is wanted now.
 * Returns true when a tick is due, false after feed_stop. */
bool feed_next(struct feed *feed, struct request *ret_request);

/* Hand over a snapshot; the feed takes the caller's reference. */
void feed_publish(struct feed *feed, struct snapshot *snapshot);

#endif
