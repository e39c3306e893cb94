/* The near past of processes: what CPU each used at the last snapshots, and a mean that changes slowly. Kept only for
 * those that used some, or were on the screen. */
#ifndef CMON_UI_RECENT_H
#define CMON_UI_RECENT_H

#include "model/snapshot.h"

#define RECENT_SAMPLES 8
#define RECENT_UNKNOWN 255

struct recent;

struct recent *recent_new(void);
void recent_free(struct recent *recent);

/* Take a snapshot's figures. Takes O(n) and no memory that it does not keep for the next time. */
void recent_add(struct recent *recent, const struct snapshot *snapshot);

/* One that is on the screen is kept from now on, also when it uses nothing. */
void recent_watch(struct recent *recent, struct identity identity);

/* The last RECENT_SAMPLES snapshots, oldest first, in half percents of one CPU up to 100, RECENT_UNKNOWN where it is
 * not known; NULL when nothing is. Valid until the next recent_add or recent_watch. */
const uint8_t *recent_samples(const struct recent *recent, struct identity identity);

/* For each process of the snapshot last added, by its index, a mean over about five seconds in percent of one CPU that
 * stays the same until it clearly differs; NaN: not known. NULL before the first. */
const double *recent_means(const struct recent *recent);

#endif
