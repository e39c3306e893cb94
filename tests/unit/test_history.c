/* The ring of samples, and means over spans of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "ui/history.h"

static void add(struct history *history, double start, double end, double cpu)
{
	if (history_begin(history, start, end, 0))
		history_put(history, SERIES_CPU, TEXT_ABSENT, cpu);
}

static void assert_near(double a, double b)
{
	if (isnan(a) != isnan(b) || fabs(a - b) > 1e-9)
		fail_msg("%g is not %g", a, b);
}

static void window(const struct history *history, enum series_kind kind, double end_s, double step_s, size_t count,
		   double *values)
{
	history_window(history, history_series(history, kind, TEXT_ABSENT), end_s, step_s, 1, count, values);
}

static void test_spans_hold_their_samples(void **state)
{
	struct history history = {0};
	double values[4];

	(void)state;
	add(&history, 10, 11, 1);
	add(&history, 11, 12, 2);
	add(&history, 12, 13, 3);
	window(&history, SERIES_CPU, 13, 1, 4, values);
	assert_near(values[0], NAN);
	assert_near(values[1], 1);
	assert_near(values[2], 2);
	assert_near(values[3], 3);
	/* As it was then. */
	window(&history, SERIES_CPU, 11.9, 1, 2, values);
	assert_near(values[0], 1);
	assert_near(values[1], NAN);
	/* A moment later the newest span has begun, of which nothing is known yet. */
	window(&history, SERIES_CPU, 13.1, 1, 2, values);
	assert_near(values[0], 3);
	assert_near(values[1], NAN);
	history_free(&history);
}

static void test_columns_begin_at_multiples_of_their_time(void **state)
{
	struct history history = {0};
	double values[4];

	(void)state;
	for (int second = 11; second <= 13; second++)
		add(&history, second - 1, second, second);
	history_window(&history, history_series(&history, SERIES_CPU, TEXT_ABSENT), 12, 1, 2, 4, values);
	assert_near(values[0], NAN);
	assert_near(values[1], NAN);
	assert_near(values[2], 11);
	assert_near(values[3], 12);
	/* Half of the last column is still to come, and until then as the other. */
	history_window(&history, history_series(&history, SERIES_CPU, TEXT_ABSENT), 13, 1, 2, 4, values);
	assert_near(values[0], 11);
	assert_near(values[1], 12);
	assert_near(values[2], 13);
	assert_near(values[3], 13);
	history_free(&history);
}

static void test_a_mean_is_weighed_by_time(void **state)
{
	struct history history = {0};
	double values[2];

	(void)state;
	add(&history, 0, 0.75, 4);
	add(&history, 0.75, 1.75, 8);
	window(&history, SERIES_CPU, 2, 1, 2, values);
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
	window(&history, SERIES_CPU, 6, 1, 6, values);
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
	assert_int_equal((int)history.samples, 0);
	add(&history, 4, 5, 1);
	add(&history, 4, 5, 2); /* the same snapshot again */
	add(&history, 2, 3, 3);
	assert_int_equal((int)history.samples, 1);
	history_free(&history);
}

static void test_old_samples_go(void **state)
{
	struct history history = {0};
	double values[HISTORY_SAMPLES + 2];

	(void)state;
	for (int i = 0; i < HISTORY_SAMPLES + 100; i++)
		add(&history, i, i + 1, i);
	assert_int_equal((int)history.samples, HISTORY_SAMPLES + 100);
	window(&history, SERIES_CPU, HISTORY_SAMPLES + 100, 1, HISTORY_SAMPLES + 2, values);
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
	window(&history, SERIES_CPU, 1, 1, 1, values);
	assert_near(values[0], NAN);
	snapshot->monotonic = 100;
	snapshot->cpus.percent = 12;
	history_add_snapshot(&history, snapshot); /* the first: no interval */
	assert_int_equal((int)history.samples, 0);
	snapshot->interval = 2;
	snapshot->net.io_total.bytes_sent_per_s = 77;
	history_add_snapshot(&history, snapshot);
	window(&history, SERIES_CPU, 100, 1, 1, values);
	assert_near(values[0], 12);
	window(&history, SERIES_NET_SENT, 100, 1, 1, values);
	assert_near(values[0], 77);
	window(&history, SERIES_DISK_READ, 100, 1, 1, values);
	assert_near(values[0], NAN);
	snapshot_unref(snapshot);
	history_free(&history);
}

static void put(struct history *history, int second, enum series_kind kind, const char *name, double value)
{
	if (history->samples == 0 || history->samples < (uint64_t)second)
		assert_true(history_begin(history, second - 1, second, 0));
	history_put(history, kind, text_of(name), value);
}

static void assert_series(const struct history *history, enum series_kind kind, const char *name, double end_s,
			  double before, double last)
{
	double values[2];

	history_window(history, history_series(history, kind, text_of(name)), end_s, 1, 1, 2, values);
	assert_near(values[0], before);
	assert_near(values[1], last);
}

static void test_series_have_names(void **state)
{
	struct history history = {0};

	(void)state;
	put(&history, 1, SERIES_DISK_READ, NULL, 1);
	put(&history, 1, SERIES_DISK_READ, "sda", 2);
	put(&history, 1, SERIES_DISK_WRITE, "sda", 3);
	put(&history, 1, SERIES_DISK_READ, "sda1", 4);
	/* In another order, one less, one new. */
	put(&history, 2, SERIES_DISK_READ, "sda1", 14);
	put(&history, 2, SERIES_DISK_READ, "vdb", 15);
	put(&history, 2, SERIES_DISK_READ, NULL, 11);
	put(&history, 2, SERIES_DISK_READ, "sda", 12);
	assert_series(&history, SERIES_DISK_READ, NULL, 2, 1, 11);
	assert_series(&history, SERIES_DISK_READ, "sda", 2, 2, 12);
	assert_series(&history, SERIES_DISK_WRITE, "sda", 2, 3, NAN);
	assert_series(&history, SERIES_DISK_READ, "sda1", 2, 4, 14);
	assert_series(&history, SERIES_DISK_READ, "vdb", 2, NAN, 15);
	assert_series(&history, SERIES_DISK_READ, "sd", 2, NAN, NAN);
	assert_null(history_series(&history, SERIES_NET_RECV, text_of("sda")));
	history_free(&history);
}

/* Its place in the ring was another sample's before. */
static void test_a_series_that_comes_late_has_no_past(void **state)
{
	struct history history = {0};

	(void)state;
	for (int i = 1; i <= HISTORY_SAMPLES + 5; i++)
		put(&history, i, SERIES_CPU, NULL, i);
	put(&history, HISTORY_SAMPLES + 5, SERIES_CPU, "0", 7);
	assert_series(&history, SERIES_CPU, "0", HISTORY_SAMPLES + 5, NAN, 7);
	history_free(&history);
}

static void test_a_gap_of_one_series_is_no_old_value(void **state)
{
	struct history history = {0};
	double values[4];

	(void)state;
	for (int i = 1; i <= HISTORY_SAMPLES + 20; i++) {
		put(&history, i, SERIES_CPU, NULL, i);
		if (i < HISTORY_SAMPLES || i > HISTORY_SAMPLES + 18)
			put(&history, i, SERIES_NET_SENT, "eth0", i);
	}
	history_window(&history, history_series(&history, SERIES_NET_SENT, text_of("eth0")), HISTORY_SAMPLES + 20, 1, 1,
		       4, values);
	assert_near(values[0], NAN);
	assert_near(values[1], NAN);
	assert_near(values[2], HISTORY_SAMPLES + 19);
	assert_near(values[3], HISTORY_SAMPLES + 20);
	history_free(&history);
}

static void test_what_is_gone_is_forgotten(void **state)
{
	struct history history = {0};

	(void)state;
	put(&history, 1, SERIES_NET_RECV, "veth1", 5);
	put(&history, 1, SERIES_CPU, NULL, 5);
	for (int i = 2; i <= HISTORY_SAMPLES; i++)
		put(&history, i, SERIES_CPU, NULL, i);
	assert_non_null(history_series(&history, SERIES_NET_RECV, text_of("veth1")));
	put(&history, HISTORY_SAMPLES + 1, SERIES_CPU, NULL, 1);
	assert_null(history_series(&history, SERIES_NET_RECV, text_of("veth1")));
	assert_int_equal((int)history.series_count, 1);
	history_free(&history);
}

static void test_series_are_bounded(void **state)
{
	struct history history = {0};
	char name[16];

	(void)state;
	for (int i = 0; i < HISTORY_SERIES_MAX + 3; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		put(&history, 1, SERIES_DISK_BUSY, name, i);
	}
	assert_int_equal((int)history.series_count, HISTORY_SERIES_MAX);
	assert_null(history_series(&history, SERIES_DISK_BUSY, text_of(name)));
	/* Those that are there go on. */
	put(&history, 2, SERIES_DISK_BUSY, "d7", 70);
	assert_series(&history, SERIES_DISK_BUSY, "d7", 2, 7, 70);
	history_free(&history);
}

/* 1 s was slept through by the monotonic clock's count, 10 s by the one that counts suspensions. */
static void test_a_suspension_is_a_gap(void **state)
{
	struct history history = {0};
	double values[13];

	(void)state;
	for (int i = 1; i <= 3; i++) {
		struct snapshot *snapshot = snapshot_new();

		snapshot->monotonic = 100 + i;
		snapshot->interval = 1;
		snapshot->uptime = 500 + i + (i == 3 ? 10 : 0);
		snapshot->cpus.percent = i;
		history_add_snapshot(&history, snapshot);
		snapshot_unref(snapshot);
	}
	window(&history, SERIES_CPU, 103, 1, 13, values);
	assert_near(values[0], 1);
	assert_near(values[1], 2);
	for (int i = 2; i < 12; i++)
		assert_near(values[i], NAN);
	assert_near(values[12], 3);
	/* A screen frozen before it shows what was then. */
	window(&history, SERIES_CPU, 102, 1, 2, values);
	assert_near(values[0], 1);
	assert_near(values[1], 2);
	history_free(&history);
}

static void test_all_of_a_snapshot_is_kept(void **state)
{
	struct history history = {0};
	struct snapshot *snapshot = snapshot_new();
	struct cpu cpus[] = {{.id = TEXT_LITERAL("0"), .percent = 1}, {.id = TEXT_LITERAL("3"), .percent = NAN}};
	struct disk_io disk = {.name = TEXT_LITERAL("sda"), .read_bytes_per_s = 2, .write_bytes_per_s = 3,
			       .busy_percent = 4};
	struct net_io interface = {.name = TEXT_LITERAL("lo"), .bytes_recv_per_s = 5, .bytes_sent_per_s = 6};
	struct temperature reading = {.label = TEXT_LITERAL("Core 0"), .current = 45};
	struct sensor_chip chip = {.name = TEXT_LITERAL("coretemp"), .readings = {&reading, 1}};
	char name[64];

	(void)state;
	snapshot->monotonic = 2;
	snapshot->interval = 1;
	snapshot->cpus.percpu = (struct list){cpus, 2};
	snapshot->disks.io = (struct list){&disk, 1};
	snapshot->net.io = (struct list){&interface, 1};
	snapshot->sensors.temperatures = (struct list){&chip, 1};
	snapshot->sensors.battery.percent = 77;
	snapshot->memory.used = 8;
	snapshot->memory.available = 9;
	snapshot->swap.used = 0;
	snapshot->pressure.io_some.avg10 = 1.5;
	history_add_snapshot(&history, snapshot);
	assert_series(&history, SERIES_CPU, "0", 2, NAN, 1);
	assert_series(&history, SERIES_CPU, "3", 2, NAN, NAN);
	assert_series(&history, SERIES_DISK_READ, "sda", 2, NAN, 2);
	assert_series(&history, SERIES_DISK_WRITE, "sda", 2, NAN, 3);
	assert_series(&history, SERIES_DISK_BUSY, "sda", 2, NAN, 4);
	assert_series(&history, SERIES_NET_RECV, "lo", 2, NAN, 5);
	assert_series(&history, SERIES_NET_SENT, "lo", 2, NAN, 6);
	history_sensor_name(name, sizeof(name), chip.name, reading.label);
	assert_series(&history, SERIES_TEMPERATURE, name, 2, NAN, 45);
	assert_series(&history, SERIES_BATTERY, NULL, 2, NAN, 77);
	assert_series(&history, SERIES_MEMORY_USED, NULL, 2, NAN, 8);
	assert_series(&history, SERIES_MEMORY_AVAILABLE, NULL, 2, NAN, 9);
	assert_series(&history, SERIES_SWAP_USED, NULL, 2, NAN, 0);
	assert_series(&history, SERIES_PRESSURE_IO, NULL, 2, NAN, 1.5);
	assert_null(history_series(&history, SERIES_PRESSURE_CPU, TEXT_ABSENT));
	snapshot_unref(snapshot);
	history_free(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans_hold_their_samples),
		cmocka_unit_test(test_columns_begin_at_multiples_of_their_time),
		cmocka_unit_test(test_a_mean_is_weighed_by_time),
		cmocka_unit_test(test_gaps_and_unknown_values_stay_unknown),
		cmocka_unit_test(test_samples_that_are_none_are_dropped),
		cmocka_unit_test(test_old_samples_go),
		cmocka_unit_test(test_a_snapshot_becomes_a_sample),
		cmocka_unit_test(test_series_have_names),
		cmocka_unit_test(test_a_series_that_comes_late_has_no_past),
		cmocka_unit_test(test_a_gap_of_one_series_is_no_old_value),
		cmocka_unit_test(test_what_is_gone_is_forgotten),
		cmocka_unit_test(test_series_are_bounded),
		cmocka_unit_test(test_a_suspension_is_a_gap),
		cmocka_unit_test(test_all_of_a_snapshot_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
