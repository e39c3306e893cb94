/* The feed between two threads: nothing is lost, nothing leaks, waiting ends when it must. */
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "model/feed.h"

#define WAIT_MS 10000
#define NEVER_S 1e9 /* longer than any machine is up: only being woken brings a tick */

static bool is_readable(const struct feed *feed, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = feed_fd(feed), .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

static struct snapshot *numbered(double number)
{
	struct snapshot *snapshot = snapshot_new();

	snapshot->monotonic = number;
	return snapshot;
}

static void the_newest_snapshot_is_taken(void **state)
{
	struct feed *feed = feed_new();
	struct snapshot *taken, *again;

	(void)state;
	assert_non_null(feed);
	assert_null(feed_take(feed));
	assert_false(is_readable(feed, 0));
	feed_publish(feed, numbered(1));
	feed_publish(feed, numbered(2));
	assert_true(is_readable(feed, 0));
	taken = feed_take(feed);
	assert_true(taken->monotonic == 2);
	assert_false(is_readable(feed, 0));
	again = feed_take(feed);
	assert_ptr_equal(again, taken);
	assert_int_equal(taken->references, 3);
	snapshot_unref(again);
	feed_publish(feed, numbered(3));
	assert_true(taken->monotonic == 2); /* ours lives on */
	snapshot_unref(taken);
	feed_free(feed);
	feed_free(NULL);
}

/* A large snapshot is given back by the thread that makes them, not by the one that draws. */
static void the_last_reference_is_dropped_by_the_collector(void **state)
{
	struct feed *feed = feed_new();
	struct request request = {.sections = 5}, got;
	struct snapshot *taken;

	(void)state;
	feed_set_request(feed, &request, NEVER_S);
	feed_publish(feed, numbered(1));
	taken = feed_take(feed);
	feed_publish(feed, numbered(2));
	assert_int_equal(taken->references, 2);
	assert_true(feed_next(feed, &got));
	assert_int_equal(taken->references, 1);
	snapshot_unref(taken);
	feed_free(feed);
}

static void the_first_tick_is_due_at_once(void **state)
{
	struct feed *feed = feed_new();
	struct request request = {.sections = 5, .facts = 9}, got;
	uint64_t start = clock_monotonic_ns();

	(void)state;
	feed_set_request(feed, &request, NEVER_S);
	assert_true(feed_next(feed, &got));
	assert_int_equal(got.sections, 5);
	assert_int_equal(got.facts, 9);
	assert_true(clock_monotonic_ns() - start < 5 * NS_PER_S);
	feed_free(feed);
}

static void stopping_ends_the_wait(void **state)
{
	struct feed *feed = feed_new();
	struct request got;

	(void)state;
	feed_stop(feed);
	assert_false(feed_next(feed, &got));
	feed_free(feed);
}

/* The other thread: a snapshot for every tick, its number and what was asked for. */
struct collector_thread {
	struct feed *feed;
	pthread_t thread;
	atomic_int ticks;
};

static void *collect(void *argument)
{
	struct collector_thread *collector = argument;
	struct request request;

	while (feed_next(collector->feed, &request)) {
		struct snapshot *snapshot = numbered(atomic_fetch_add(&collector->ticks, 1) + 1);

		snapshot->facts = request.facts;
		feed_publish(collector->feed, snapshot);
	}
	return NULL;
}

static void start(struct collector_thread *collector)
{
	atomic_init(&collector->ticks, 0);
	collector->feed = feed_new();
	assert_non_null(collector->feed);
	assert_int_equal(pthread_create(&collector->thread, NULL, collect, collector), 0);
}

static void stop(struct collector_thread *collector)
{
	feed_stop(collector->feed);
	assert_int_equal(pthread_join(collector->thread, NULL), 0);
	feed_free(collector->feed);
}

/* Wait for a snapshot that was made for these facts. Returns its number. */
static double await_facts(struct feed *feed, uint64_t facts)
{
	uint64_t deadline = clock_monotonic_ns() + WAIT_MS / 1000 * NS_PER_S;

	while (clock_monotonic_ns() < deadline) {
		struct snapshot *snapshot;
		double number = NAN;

		if (!is_readable(feed, WAIT_MS))
			break;
		snapshot = feed_take(feed);
		if (snapshot->facts == facts)
			number = snapshot->monotonic;
		snapshot_unref(snapshot);
		if (!isnan(number))
			return number;
	}
	fail_msg("no snapshot for the request came");
	return NAN;
}

static void wanting_more_is_answered_at_once(void **state)
{
	struct collector_thread collector;
	struct request request = {.facts = 1};
	double first, second;

	(void)state;
	start(&collector);
	feed_set_request(collector.feed, &request, NEVER_S);
	first = await_facts(collector.feed, 1);
	request.facts = 3;
	feed_set_request(collector.feed, &request, NEVER_S);
	second = await_facts(collector.feed, 3);
	assert_true(second > first);
	feed_refresh(collector.feed);
	assert_true(await_facts(collector.feed, 3) > second);
	stop(&collector);
}

static void a_shorter_interval_counts_from_the_last_tick(void **state)
{
	struct collector_thread collector;
	struct request request = {.facts = 1};
	double first;

	(void)state;
	start(&collector);
	feed_set_request(collector.feed, &request, NEVER_S);
	first = await_facts(collector.feed, 1);
	feed_set_request(collector.feed, &request, 0.001);
	assert_true(await_facts(collector.feed, 1) > first);
	stop(&collector);
}

/* A tick that nobody asked for would be shown as a machine of which nothing is known. */
static void there_is_no_tick_before_the_first_request(void **state)
{
	struct collector_thread collector;
	struct request request = {.facts = 1};

	(void)state;
	start(&collector);
	feed_refresh(collector.feed);
	assert_false(is_readable(collector.feed, 50));
	feed_set_request(collector.feed, &request, NEVER_S);
	assert_true(await_facts(collector.feed, 1) == 1);
	stop(&collector);
}

/* Both sides at full speed: numbers only grow, every snapshot is whole. */
static void both_sides_at_full_speed(void **state)
{
	struct collector_thread collector;
	struct request request = {.facts = 7};
	double last = 0;

	(void)state;
	start(&collector);
	feed_set_request(collector.feed, &request, 0.0001);
	while (last < 300) {
		struct snapshot *snapshot;

		assert_true(is_readable(collector.feed, WAIT_MS));
		snapshot = feed_take(collector.feed);
		assert_true(snapshot->monotonic >= last);
		last = snapshot->monotonic;
		snapshot_unref(snapshot);
		feed_set_request(collector.feed, &request, 0.0001);
		feed_refresh(collector.feed);
	}
	stop(&collector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_snapshot_is_taken),
		cmocka_unit_test(the_last_reference_is_dropped_by_the_collector),
		cmocka_unit_test(the_first_tick_is_due_at_once),
		cmocka_unit_test(stopping_ends_the_wait),
		cmocka_unit_test(wanting_more_is_answered_at_once),
		cmocka_unit_test(a_shorter_interval_counts_from_the_last_tick),
		cmocka_unit_test(there_is_no_tick_before_the_first_request),
		cmocka_unit_test(both_sides_at_full_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
