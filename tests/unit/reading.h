/* One reading of one collector below a fixture, for unit tests. */
#ifndef CMON_TESTS_READING_H
#define CMON_TESTS_READING_H

#include <math.h>

#include "base/clock.h"
#include "collect/collector.h"
#include "collect/slow.h"

/* Far away: a wait that comes to its end has failed. */
#define READING_WAIT_S 20

/* Debian 12's cmocka compares only floats. */
#define assert_near(found, expected) assert_true(fabs((found) - (expected)) <= 1e-9 * fmax(1, fabs((double)(expected))))

struct reading {
	const struct collector *collector;
	struct root root;
	struct request request;
	struct slow *slow;
	void *state;
	struct snapshot *snapshot; /* of the last tick */
};

/* prefix: "tests/fixtures/<name>", or NULL for the live system. */
static inline void reading_open(struct reading *reading, const struct collector *collector, const char *prefix)
{
	*reading = (struct reading){
		.collector = collector,
		.request = {.sections = collector->sections, .slow_wait_s = READING_WAIT_S},
		.slow = slow_start(),
	};
	assert_int_equal(root_open(&reading->root, prefix), 0);
	if (collector->open)
		assert_int_equal(collector->open(&reading->root, &reading->state), 0);
}

/* Returns what the collector does. */
static inline int reading_tick(struct reading *reading)
{
	struct tick tick = {
		.root = &reading->root,
		.request = &reading->request,
		.slow = reading->slow,
		.slow_deadline_ns = clock_monotonic_ns() + (uint64_t)(reading->request.slow_wait_s * (double)NS_PER_S),
	};

	snapshot_unref(reading->snapshot);
	reading->snapshot = tick.snapshot = snapshot_new();
	return reading->collector->read(reading->state, &tick);
}

static inline void reading_close(struct reading *reading)
{
	snapshot_unref(reading->snapshot);
	slow_stop(reading->slow);
	if (reading->collector->close)
		reading->collector->close(reading->state);
	root_close(&reading->root);
}

/* Open and tick. Returns what the collector does. */
static inline int reading_once(struct reading *reading, const struct collector *collector, const char *prefix)
{
	reading_open(reading, collector, prefix);
	return reading_tick(reading);
}

static inline const struct source_error *reading_error(const struct reading *reading, const char *source, int error)
{
	const struct source_error *errors = LIST_ITEMS(reading->snapshot->errors, struct source_error);

	for (size_t i = 0; i < reading->snapshot->errors.count; i++) {
		if (errors[i].error == error && text_equal_string(errors[i].source, source))
			return &errors[i];
	}
	return NULL;
}

#endif
