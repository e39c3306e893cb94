/* The near past of processes: what CPU each used at the last snapshots, and a mean that changes slowly. Kept only for
 * those that used some, or were on the screen. */
#ifndef CMON_UI_RECENT_H
#define CMON_UI_RECENT_H

#include "model/snapshot.h"

#define RECENT_SAMPLES 20

struct recent;

struct recent *recent_new(void);
void recent_free(struct recent *recent);

/* Take a snapshot's figures. Takes O(n) and no memory that it does not keep for the next time. */
void recent_add(struct recent *recent, const struct snapshot *snapshot);

/* One that is on the screen is kept from now on, also when it uses nothing. */
void recent_watch(struct recent *recent, struct identity identity);

/* Percent of one CPU up to 100, to half a percent, at each of `count` snapshots, oldest first. `per_column` of them stand
 * in one column of a graph, so that it moves by whole columns; until the rest of the last one comes it is as what came.
 * NaN where nothing is known. Returns false when nothing is known at all. */
bool recent_window(const struct recent *recent, struct identity identity, int per_column, size_t count,
		   double *ret_values);

/* For each process of the snapshot last added, by its index, a mean over about five seconds in percent of one CPU that
 * stays the same until it clearly differs; NaN: not known. NULL when it has no processes. Valid until the next. */
const double *recent_means(struct recent *recent, const struct snapshot *snapshot);

#endif
