/* The near past of the figures that have graphs: a ring of samples with the time each was taken over.
 *
 * A series is a kind and the name of what it is of: the machine as a whole has no name, a CPU its number, a disk, an
 * interface and a temperature theirs. A series is made when its first value comes and goes when none came for as long
 * as the ring reaches back. A sample without a value of a series is a gap in it, and so is a time without a sample.
 *
 *	history_window(history, history_series(history, SERIES_DISK_READ, disk->name), end_s, step_s, 2, count,
 *		       values);
 */
#ifndef CMON_UI_HISTORY_H
#define CMON_UI_HISTORY_H

#include <stddef.h>

#include "model/snapshot.h"

enum series_kind {
	SERIES_CPU,          /* percent; of all CPUs, or by the id of one */
	SERIES_MEMORY_USED,  /* bytes */
	SERIES_MEMORY_AVAILABLE,
	SERIES_SWAP_USED,
	SERIES_PRESSURE_CPU, /* percent of 10 seconds in which some task waited */
	SERIES_PRESSURE_MEMORY,
	SERIES_PRESSURE_IO,
	SERIES_DISK_READ,    /* bytes per second; of all whole disks, or by name */
	SERIES_DISK_WRITE,
	SERIES_DISK_BUSY,    /* percent */
	SERIES_NET_RECV,     /* bytes per second; of all interfaces but lo, or by name */
	SERIES_NET_SENT,
	SERIES_TEMPERATURE,  /* degrees Celsius; by history_sensor_name */
	SERIES_BATTERY,      /* percent */
	SERIES_KIND_COUNT,
};

/* At one a second, 34 minutes. Each series takes 8 KiB, and there are no more than HISTORY_SERIES_MAX: 24 KiB of times
 * and at most 8 MiB of values, reached by 512 CPUs, 100 disks and 100 interfaces. What comes beyond is not kept. */
#define HISTORY_SAMPLES 2048
#define HISTORY_SERIES_MAX 1024

struct series;

struct history {
	struct span *spans; /* HISTORY_SAMPLES; made by the first sample */
	uint64_t samples;   /* taken so far; the newest is number samples - 1 */
	struct series **series;
	size_t series_count, series_capacity;
	size_t hint;        /* where the series asked for next is likely to be */
	double uptime;      /* of the newest snapshot: what it grows by beside the monotonic clock was a suspension */
};

/* All-zero is an empty history. */
void history_free(struct history *history);

/* Begin a sample taken over start_s to end_s, in monotonic seconds. suspended_s: how long the machine was suspended in
 * that time, which the monotonic clock does not count; it becomes a gap. Returns false for one that does not end after
 * the newest: nothing may be put into it. */
bool history_begin(struct history *history, double start_s, double end_s, double suspended_s);

/* A value of the sample that has begun. name: as for history_series. What is not finite is a gap. */
void history_put(struct history *history, enum series_kind kind, struct text name, double value);

/* Keep a snapshot's figures. */
void history_add_snapshot(struct history *history, const struct snapshot *snapshot);

/* The series of a kind. name: without bytes that of the machine. Returns NULL when there is none. Valid until the next
 * sample. */
const struct series *history_series(const struct history *history, enum series_kind kind, struct text name);

/* Name of the series of a temperature: its chip and label. buffer: of `size` bytes. */
struct text history_sensor_name(char *buffer, size_t size, struct text chip, struct text label);

/* The mean of a series over each of `count` equal spans of `step_s` seconds, oldest first. `per_column` spans stand in
 * one column of a graph: columns begin at multiples of their time and the last one holds end_s, a monotonic time, so
 * that a graph moves by whole columns; until the rest of the last one comes it is as what came. NaN where nothing is
 * known. Samples that end after end_s are left out. series NULL: nothing is known. */
void history_window(const struct history *history, const struct series *series, double end_s, double step_s,
		    int per_column, size_t count, double *ret_values);

#endif
