/* The slow thread: jobs that answer, fail and hang. A hanging job waits for a byte from a pipe the test holds. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/root.h"
#include "collect/slow.h"

/* Far away: a test that comes here has failed. */
#define LONG_S 20
#define HUNG_COUNT 6 /* of one job */
#define WORKERS 8

static atomic_int runs;

static uint64_t in_seconds(double seconds)
{
	return clock_monotonic_ns() + (uint64_t)(seconds * (double)NS_PER_S);
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_S;
}

/* The number of this run. */
static int run_counted(const char *key, void *result)
{
	(void)key;
	*(int *)result = atomic_fetch_add(&runs, 1) + 1;
	return 0;
}

static int run_length(const char *key, void *result)
{
	*(size_t *)result = strlen(key);
	return 0;
}

static int run_number(const char *key, void *result)
{
	return text_to_u64(text_of(key), result);
}

/* key: "<descriptor>…". One byte, which is waited for; 'e' is an error. */
static int run_pipe(const char *key, void *result)
{
	struct cursor cursor = cursor_of_text(text_of(key));
	uint64_t fd;
	char byte;

	atomic_fetch_add(&runs, 1);
	if (parse_u64(&cursor, &fd) < 0 || read((int)fd, &byte, 1) != 1)
		return -EPIPE;
	*(char *)result = byte;
	return byte == 'e' ? -EACCES : 0;
}

static const struct slow_job counted_once = {"counted once", sizeof(int), run_counted, 1000, 10};
static const struct slow_job counted_always = {"counted always", sizeof(int), run_counted, 0, 10};
static const struct slow_job length_job = {"length", sizeof(size_t), run_length, 1000, 10};
static const struct slow_job number_job = {"number", sizeof(uint64_t), run_number, 1000, 10};
static const struct slow_job pipe_job = {"pipe", 1, run_pipe, 0, 0.2};
static const struct slow_job patient_pipe_job = {"patient pipe", 1, run_pipe, 0, 1000};

struct fixture {
	struct slow *slow;
	int ends[2];
	char key[16]; /* of pipe_job */
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	atomic_store(&runs, 0);
	fixture->slow = slow_start();
	if (pipe(fixture->ends) < 0)
		return -1;
	snprintf(fixture->key, sizeof(fixture->key), "%d", fixture->ends[0]);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->ends[1]); /* whoever still reads gets the end of the file */
	slow_stop(fixture->slow);
	/* The other end stays open: a worker that was left behind may still be about to read from it. */
	free(fixture);
	return 0;
}

static void put_byte(struct fixture *fixture, char byte)
{
	assert_int_equal(write(fixture->ends[1], &byte, 1), 1);
}

static size_t count_threads(void)
{
	struct arena arena = {0};
	struct root root;
	const char **names;
	size_t count = 0;

	assert_int_equal(root_open(&root, NULL), 0);
	assert_int_equal(directory_list(root.proc_fd, "self/task", &arena, &names, &count), 0);
	arena_free(&arena);
	root_close(&root);
	return count;
}

/* Poll until slow_get returns this, without a wait of its own. */
static void expect_soon(struct slow *slow, const struct slow_job *job, const char *key, int expected, void *result)
{
	uint64_t deadline_ns = in_seconds(LONG_S);
	double age_s;
	int r;

	do {
		r = slow_get(slow, job, key, in_seconds(0.01), result, &age_s);
	} while (r != expected && clock_monotonic_ns() < deadline_ns);
	assert_int_equal(r, expected);
}

static void first_result_is_waited_for(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start_ns = clock_monotonic_ns();
	double age_s = -1;
	int run = 0;

	assert_int_equal(slow_get(fixture->slow, &counted_once, "a", in_seconds(LONG_S), &run, &age_s), 0);
	assert_int_equal(run, 1);
	assert_true(age_s >= 0 && age_s <= seconds_since(start_ns));
}

static void fresh_result_is_not_measured_again(void **state)
{
	struct fixture *fixture = *state;
	double first_age_s = -1, age_s = -1;
	int run = 0;

	assert_int_equal(slow_get(fixture->slow, &counted_once, "a", in_seconds(LONG_S), &run, &first_age_s), 0);
	assert_int_equal(slow_get(fixture->slow, &counted_once, "a", in_seconds(LONG_S), &run, &age_s), 0);
	assert_int_equal(run, 1);
	assert_int_equal(atomic_load(&runs), 1);
	assert_true(age_s > first_age_s);
}

static void old_result_is_measured_again(void **state)
{
	struct fixture *fixture = *state;
	double age_s;
	int run = 0;

	for (int i = 1; i <= 5; i++) {
		assert_int_equal(slow_get(fixture->slow, &counted_always, "a", in_seconds(LONG_S), &run, &age_s), 0);
		assert_int_equal(run, i);
	}
}

static void keys_and_jobs_are_kept_apart(void **state)
{
	struct fixture *fixture = *state;
	uint64_t number = 0;
	size_t length = 0;
	double age_s;

	assert_int_equal(slow_get(fixture->slow, &length_job, "12345", in_seconds(LONG_S), &length, &age_s), 0);
	assert_int_equal(slow_get(fixture->slow, &number_job, "12345", in_seconds(LONG_S), &number, &age_s), 0);
	assert_int_equal(length, 5);
	assert_int_equal(number, 12345);
	assert_int_equal(slow_get(fixture->slow, &length_job, "", in_seconds(LONG_S), &length, &age_s), 0);
	assert_int_equal(length, 0);
}

static void thousand_keys_each_get_their_own(void **state)
{
	struct fixture *fixture = *state;
	uint64_t number;
	char key[16];
	double age_s;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < 1000; i++) {
			uint64_t wait_ns = pass ? in_seconds(LONG_S) : 0;
			int r;

			snprintf(key, sizeof(key), "%u", i);
			r = slow_get(fixture->slow, &number_job, key, wait_ns, &number, &age_s);
			assert_true(r == 0 || (!pass && r == -EINPROGRESS));
			if (r == 0)
				assert_int_equal(number, i);
		}
	}
}

static void error_of_job_is_returned(void **state)
{
	struct fixture *fixture = *state;
	char byte = '?';
	double age_s = -1;

	put_byte(fixture, 'e');
	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, in_seconds(LONG_S), &byte, &age_s),
			 -EACCES);
	assert_int_equal(byte, '?');
	assert_true(age_s == -1);
}

/* An error ends what was known before. */
static void error_replaces_result(void **state)
{
	struct fixture *fixture = *state;
	char byte = '?';

	put_byte(fixture, 'x');
	expect_soon(fixture->slow, &pipe_job, fixture->key, 0, &byte);
	put_byte(fixture, 'e');
	expect_soon(fixture->slow, &pipe_job, fixture->key, -EACCES, &byte);
	expect_soon(fixture->slow, &pipe_job, fixture->key, -ETIMEDOUT, &byte);
}

static void no_wait_returns_at_once(void **state)
{
	struct fixture *fixture = *state;
	char byte = '?';
	double age_s;

	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte, &age_s), -EINPROGRESS);
	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte, &age_s), -EINPROGRESS);
	put_byte(fixture, 'x');
	expect_soon(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte);
	assert_int_equal(byte, 'x');
}

static void wait_ends_at_its_deadline(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start_ns = clock_monotonic_ns();
	char byte;
	double age_s;

	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, in_seconds(0.2), &byte, &age_s),
			 -EINPROGRESS);
	assert_true(seconds_since(start_ns) >= 0.2);
	assert_true(seconds_since(start_ns) < LONG_S);
}

static void hanging_job_is_not_waited_for_nor_repeated(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start_ns = clock_monotonic_ns();
	char byte = '?';
	double age_s;

	for (int i = 0; i < 3; i++)
		assert_int_equal(slow_get(fixture->slow, &pipe_job, fixture->key, in_seconds(LONG_S), &byte, &age_s),
				 -ETIMEDOUT);
	assert_true(seconds_since(start_ns) >= 0.2);
	assert_true(seconds_since(start_ns) < LONG_S);
	assert_int_equal(atomic_load(&runs), 1);
	put_byte(fixture, 'x');
	expect_soon(fixture->slow, &pipe_job, fixture->key, 0, &byte);
	assert_int_equal(byte, 'x');
}

static void hanging_job_delays_no_other(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start_ns = clock_monotonic_ns();
	size_t length = 0;
	char byte;
	double age_s;

	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte, &age_s), -EINPROGRESS);
	assert_int_equal(slow_get(fixture->slow, &length_job, "four", in_seconds(LONG_S), &length, &age_s), 0);
	assert_int_equal(length, 4);
	assert_true(seconds_since(start_ns) < LONG_S);
}

/* Also where nobody waits: a screen asks again at its next tick. */
static void substitute_comes_without_waiting(void **state)
{
	struct fixture *fixture = *state;
	uint64_t deadline_ns = in_seconds(LONG_S);
	size_t length = 0;
	char byte;
	double age_s;
	int r;

	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte, &age_s), -EINPROGRESS);
	do {
		r = slow_get(fixture->slow, &length_job, "four", 0, &length, &age_s);
	} while (r == -EINPROGRESS && clock_monotonic_ns() < deadline_ns);
	assert_int_equal(r, 0);
	assert_int_equal(length, 4);
}

static void hanging_refresh_leaves_old_result_stale(void **state)
{
	struct fixture *fixture = *state;
	char byte = '?';
	double age_s = 0;

	put_byte(fixture, 'x');
	expect_soon(fixture->slow, &pipe_job, fixture->key, 0, &byte);
	byte = '?';
	assert_int_equal(slow_get(fixture->slow, &pipe_job, fixture->key, in_seconds(LONG_S), &byte, &age_s), 1);
	assert_int_equal(byte, 'x');
	assert_true(age_s >= 0.2);
	put_byte(fixture, 'y');
	expect_soon(fixture->slow, &pipe_job, fixture->key, 0, &byte);
	assert_int_equal(byte, 'y');
}

static void refresh_in_progress_gives_old_result(void **state)
{
	struct fixture *fixture = *state;
	char byte = '?';
	double age_s = 0;

	put_byte(fixture, 'x');
	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, in_seconds(LONG_S), &byte, &age_s),
			 0);
	byte = '?';
	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, 0, &byte, &age_s), 0);
	assert_int_equal(byte, 'x');
	assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, fixture->key, in_seconds(0.01), &byte, &age_s), 0);
	assert_int_equal(byte, 'x');
	assert_true(age_s >= 0.01);
}

/* All a job may take: what comes after stays queued, is told so, and runs when one comes back. */
static void hung_workers_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	size_t before = count_threads(), length = 0;
	char key[32], byte;
	double age_s;

	for (int i = 0; i < HUNG_COUNT + 2; i++) {
		snprintf(key, sizeof(key), "%s#%d", fixture->key, i);
		assert_int_equal(slow_get(fixture->slow, &pipe_job, key, in_seconds(LONG_S), &byte, &age_s),
				 -ETIMEDOUT);
	}
	/* A substitute is made when the others have run for a while. */
	while (atomic_load(&runs) < HUNG_COUNT)
		(void)slow_get(fixture->slow, &pipe_job, key, in_seconds(0.01), &byte, &age_s);
	assert_int_equal(slow_get(fixture->slow, &pipe_job, key, in_seconds(0.3), &byte, &age_s), -ETIMEDOUT);
	assert_int_equal(atomic_load(&runs), HUNG_COUNT);
	assert_int_equal(count_threads(), before + HUNG_COUNT);
	/* Others find hands, and wait where they stand behind it in the queue. */
	assert_int_equal(slow_get(fixture->slow, &length_job, "four", in_seconds(LONG_S), &length, &age_s), 0);
	assert_int_equal(length, 4);
	assert_int_equal(atomic_load(&runs), HUNG_COUNT);
	for (int i = 0; i < WORKERS; i++) {
		snprintf(key, sizeof(key), "%s@%d", fixture->key, i);
		assert_int_equal(slow_get(fixture->slow, &patient_pipe_job, key, in_seconds(0.3), &byte, &age_s),
				 -EINPROGRESS);
	}
	assert_int_equal(atomic_load(&runs), WORKERS);
	assert_int_equal(count_threads(), before + WORKERS);
	assert_int_equal(slow_get(fixture->slow, &length_job, "five!", in_seconds(0.3), &length, &age_s), -EINPROGRESS);
	for (int i = 0; i < HUNG_COUNT + 2 + WORKERS; i++)
		put_byte(fixture, 'x');
	expect_soon(fixture->slow, &length_job, "five!", 0, &length);
	assert_int_equal(length, 5);
	for (int i = 0; i < HUNG_COUNT + 2; i++) {
		snprintf(key, sizeof(key), "%s#%d", fixture->key, i);
		put_byte(fixture, 'x');
		expect_soon(fixture->slow, &pipe_job, key, 0, &byte);
	}
}

/* The worker comes back after its owner has gone, and must find everything it touches. */
static void stop_leaves_a_hanging_job_behind(void **state)
{
	struct fixture *fixture = *state;
	size_t before = count_threads();
	uint64_t start_ns = clock_monotonic_ns(), deadline_ns;
	struct slow *slow = slow_start();
	size_t length;
	char byte;
	double age_s;

	assert_int_equal(slow_get(slow, &pipe_job, fixture->key, in_seconds(LONG_S), &byte, &age_s), -ETIMEDOUT);
	assert_int_equal(slow_get(slow, &length_job, "four", in_seconds(LONG_S), &length, &age_s), 0);
	slow_stop(slow);
	assert_true(seconds_since(start_ns) < LONG_S);
	assert_int_equal(count_threads(), before + 1);
	put_byte(fixture, 'x');
	deadline_ns = in_seconds(LONG_S);
	while (count_threads() > before && clock_monotonic_ns() < deadline_ns)
		;
	assert_int_equal(count_threads(), before);
}

static void stop_drops_what_is_queued(void **state)
{
	struct fixture *fixture = *state;
	struct slow *slow = slow_start();
	char key[32], byte;
	double age_s;

	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "%s#%d", fixture->key, i);
		(void)slow_get(slow, &patient_pipe_job, key, 0, &byte, &age_s);
	}
	for (int i = 0; i < 20; i++)
		put_byte(fixture, 'x');
	slow_stop(slow);
	assert_true(atomic_load(&runs) <= 20);
}

static void stop_without_jobs_or_object(void **state)
{
	size_t before = count_threads();

	(void)state;
	slow_stop(slow_start());
	slow_stop(NULL);
	assert_int_equal(count_threads(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_result_is_waited_for),
		TEST(fresh_result_is_not_measured_again),
		TEST(old_result_is_measured_again),
		TEST(keys_and_jobs_are_kept_apart),
		TEST(thousand_keys_each_get_their_own),
		TEST(error_of_job_is_returned),
		TEST(error_replaces_result),
		TEST(no_wait_returns_at_once),
		TEST(wait_ends_at_its_deadline),
		TEST(hanging_job_is_not_waited_for_nor_repeated),
		TEST(hanging_job_delays_no_other),
		TEST(substitute_comes_without_waiting),
		TEST(hanging_refresh_leaves_old_result_stale),
		TEST(refresh_in_progress_gives_old_result),
		TEST(hung_workers_are_bounded),
		TEST(stop_leaves_a_hanging_job_behind),
		TEST(stop_drops_what_is_queued),
		TEST(stop_without_jobs_or_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
