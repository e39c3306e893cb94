/* The ring of samples, and means over spans of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "ui/history.h"

static void add(struct history *history, double start, double end, double cpu)
{
	struct sample sample = {.start = start, .end = end, .values = {[SERIES_CPU] = cpu}};

	history_add(history, &sample);
}

static void assert_near(double a, double b)
{
	if (isnan(a) != isnan(b) || fabs(a - b) > 1e-9)
		fail_msg("%g is not %g", a, b);
}

static void test_spans_hold_their_samples(void **state)
{
	struct history history = {0};
	double values[4];

	(void)state;
	add(&history, 10, 11, 1);
	add(&history, 11, 12, 2);
	add(&history, 12, 13, 3);
	history_window(&history, SERIES_CPU, 13, 1, 4, values);
	assert_near(values[0], NAN);
	assert_near(values[1], 1);
	assert_near(values[2], 2);
	assert_near(values[3], 3);
	/* As it was then. */
	history_window(&history, SERIES_CPU, 11.9, 1, 2, values);
	assert_near(values[0], 1);
	assert_near(values[1], NAN);
	/* A moment later the newest span has begun, of which nothing is known yet. */
	history_window(&history, SERIES_CPU, 13.1, 1, 2, values);
	assert_near(values[0], 3);
	assert_near(values[1], NAN);
	history_free(&history);
}

static void test_a_mean_is_weighed_by_time(void **state)
{
	struct history history = {0};
	double values[2];

	(void)state;
	add(&history, 0, 0.75, 4);
	add(&history, 0.75, 1.75, 8);
	history_window(&history, SERIES_CPU, 2, 1, 2, values);
	assert_near(values[0], 0.75 * 4 + 0.25 * 8);
	assert_near(values[1], 8);
	history_free(&history);
}

static void test_gaps_and_unknown_values_stay_unknown(void **state)
{
	struct history history = {0};
	double values[6];

	(void)state;
	add(&history, 0, 1, 5);
	add(&history, 1, 2, NAN);
	add(&history, 4, 5, 6);
	history_window(&history, SERIES_CPU, 6, 1, 6, values);
	assert_near(values[0], 5);
	assert_near(values[1], NAN);
	assert_near(values[2], NAN);
	assert_near(values[3], NAN);
	assert_near(values[4], 6);
	assert_near(values[5], NAN);
	history_free(&history);
}

static void test_samples_that_are_none_are_dropped(void **state)
{
	struct history history = {0};

	(void)state;
	add(&history, NAN, 5, 1);
	add(&history, 5, 5, 1);
	assert_int_equal(history.count, 0);
	add(&history, 4, 5, 1);
	add(&history, 4, 5, 2); /* the same snapshot again */
	add(&history, 2, 3, 3);
	assert_int_equal(history.count, 1);
	history_free(&history);
}

static void test_old_samples_go(void **state)
{
	struct history history = {0};
	double values[HISTORY_SAMPLES + 2];

	(void)state;
	for (int i = 0; i < HISTORY_SAMPLES + 100; i++)
		add(&history, i, i + 1, i);
	assert_int_equal(history.count, HISTORY_SAMPLES);
	history_window(&history, SERIES_CPU, HISTORY_SAMPLES + 100, 1, HISTORY_SAMPLES + 2, values);
	assert_near(values[0], NAN);
	assert_near(values[1], NAN);
	for (int i = 2; i < HISTORY_SAMPLES + 2; i++)
		assert_near(values[i], i + 98);
	history_free(&history);
}

static void test_a_snapshot_becomes_a_sample(void **state)
{
	struct history history = {0};
	struct snapshot *snapshot = snapshot_new();
	double values[1];

	(void)state;
	history_window(&history, SERIES_CPU, 1, 1, 1, values);
	assert_near(values[0], NAN);
	snapshot->monotonic = 100;
	snapshot->cpus.percent = 12;
	history_add_snapshot(&history, snapshot); /* the first: no interval */
	assert_int_equal(history.count, 0);
	snapshot->interval = 2;
	snapshot->net.io_total.bytes_sent_per_s = 77;
	history_add_snapshot(&history, snapshot);
	history_window(&history, SERIES_CPU, 100, 1, 1, values);
	assert_near(values[0], 12);
	history_window(&history, SERIES_NET_SENT, 100, 1, 1, values);
	assert_near(values[0], 77);
	history_window(&history, SERIES_DISK_READ, 100, 1, 1, values);
	assert_near(values[0], NAN);
	snapshot_unref(snapshot);
	history_free(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans_hold_their_samples),
		cmocka_unit_test(test_a_mean_is_weighed_by_time),
		cmocka_unit_test(test_gaps_and_unknown_values_stay_unknown),
		cmocka_unit_test(test_samples_that_are_none_are_dropped),
		cmocka_unit_test(test_old_samples_go),
		cmocka_unit_test(test_a_snapshot_becomes_a_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
