/* The near past of the figures that have graphs: a ring of samples with the time each was taken over. */
#ifndef CMON_UI_HISTORY_H
#define CMON_UI_HISTORY_H

#include <stddef.h>

#include "model/snapshot.h"

enum series {
	SERIES_CPU,        /* percent of all CPUs */
	SERIES_DISK_READ,  /* bytes per second */
	SERIES_DISK_WRITE,
	SERIES_NET_RECV,
	SERIES_NET_SENT,
	SERIES_COUNT,
};

#define HISTORY_SAMPLES 2048

struct sample {
	double start, end; /* monotonic seconds */
	double values[SERIES_COUNT]; /* NaN: not known */
};

struct history {
	struct sample *ring; /* HISTORY_SAMPLES; made by the first sample */
	size_t newest, count;
};

/* All-zero is an empty history. */
void history_free(struct history *history);

/* Keep a sample; one that does not end after the newest is dropped. */
void history_add(struct history *history, const struct sample *sample);

/* Keep a snapshot's figures. */
void history_add_snapshot(struct history *history, const struct snapshot *snapshot);

/* The mean of a series over each of `count` equal spans of `step` seconds, oldest first; spans begin at multiples of
 * the step and the last one holds end_s, so that a graph moves by whole columns. NaN where nothing is known. Samples
 * that end after end_s are left out. */
void history_window(const struct history *history, enum series series, double end_s, double step_s, size_t count,
		    double *ret_values);

#endif
