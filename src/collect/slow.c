#include "collect/slow.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/thread.h"

/* A worker that runs longer than this while others wait gets a substitute: long against what a working disk takes,
 * short against a tick. */
#define PATIENCE_NS (NS_PER_S / 10)
/* Each hung job keeps a thread for good, so their number has a bound; what comes after that waits in the queue. */
#define WORKERS_MAX 8
/* No job keeps more than these: any number of dead mounts leaves hands for sensors and names. */
#define WORKERS_PER_JOB 6
/* Enough for name look-ups through NSS modules; the default of 8 MiB would count in what a monitor says it uses. */
#define STACK_SIZE ((size_t)512 << 10)
#define BUCKETS_MIN 64
/* Results nobody has asked for this long are dropped when the table would grow: mounts come and go. */
#define FORGET_NS (60 * NS_PER_S)

enum entry_state { ENTRY_IDLE, ENTRY_QUEUED, ENTRY_RUNNING };

struct entry {
	struct entry *next;        /* in its bucket */
	struct entry *next_queued;
	const struct slow_job *job;
	char *key;
	enum entry_state state;
	int error;            /* of the last run; 1 before the first */
	bool measured;        /* it succeeded: result holds its value */
	void *result;
	uint64_t measured_ns; /* when the run began */
	uint64_t finished_ns; /* end of the last run */
	uint64_t pending_ns;  /* since when it is queued or runs */
	uint64_t used_ns;     /* last asked for */
};

struct worker {
	pthread_t thread;
	const struct slow_job *job; /* of the run under way; NULL: idle */
	uint64_t started_ns;
};

/* Shared by the owner and every worker, each with a reference, so that nothing is freed under a worker that comes
 * back from a hung job after slow_stop. */
struct slow {
	atomic_int references;
	pthread_mutex_t lock;     /* everything below */
	pthread_cond_t work;      /* queue or stopped changed */
	pthread_cond_t finished;  /* a run ended; waited on with CLOCK_MONOTONIC */
	bool stopped;
	struct worker workers[WORKERS_MAX];
	size_t workers_count;
	struct entry *queue_first, *queue_last;
	struct entry **buckets;
	size_t buckets_count; /* a power of two */
	size_t entries_count;
};

/* What a worker's thread starts with; it frees it. */
struct assignment {
	struct slow *slow;
	struct worker *worker;
};

struct slow *slow_start(void)
{
	struct slow *slow = xcalloc(1, sizeof(*slow));
	pthread_condattr_t attributes;

	atomic_init(&slow->references, 1);
	pthread_mutex_init(&slow->lock, NULL);
	pthread_cond_init(&slow->work, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&slow->finished, &attributes);
	pthread_condattr_destroy(&attributes);
	slow->buckets_count = BUCKETS_MIN;
	slow->buckets = xcalloc(slow->buckets_count, sizeof(struct entry *));
	return slow;
}

static void entry_free(struct entry *entry)
{
	free(entry->key);
	free(entry->result);
	free(entry);
}

static void slow_unref(struct slow *slow)
{
	if (atomic_fetch_sub(&slow->references, 1) != 1)
		return;
	for (size_t i = 0; i < slow->buckets_count; i++) {
		struct entry *entry = slow->buckets[i];

		while (entry) {
			struct entry *next = entry->next;

			entry_free(entry);
			entry = next;
		}
	}
	free(slow->buckets);
	pthread_cond_destroy(&slow->finished);
	pthread_cond_destroy(&slow->work);
	pthread_mutex_destroy(&slow->lock);
	free(slow);
}

static void wait_finished(struct slow *slow, uint64_t deadline_ns)
{
	struct timespec deadline = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};

	pthread_cond_timedwait(&slow->finished, &slow->lock, &deadline);
}

/* Workers. */

static bool may_run(const struct slow *slow, const struct slow_job *job)
{
	size_t running = 0;

	for (size_t i = 0; i < slow->workers_count; i++)
		running += slow->workers[i].job == job;
	return running < WORKERS_PER_JOB;
}

/* The first in the queue whose job has not got its share yet, or NULL.
 * ret_before: what stands before it in the queue; NULL: nothing. */
static struct entry *find_runnable(const struct slow *slow, struct entry **ret_before)
{
	struct entry *entry = slow->queue_first;

	*ret_before = NULL;
	while (entry && !may_run(slow, entry->job)) {
		*ret_before = entry;
		entry = entry->next_queued;
	}
	return entry;
}

/* Returns NULL where there is nothing to run. */
static struct entry *dequeue(struct slow *slow)
{
	struct entry *before, *entry = find_runnable(slow, &before);

	if (!entry)
		return NULL;
	if (before)
		before->next_queued = entry->next_queued;
	else
		slow->queue_first = entry->next_queued;
	if (slow->queue_last == entry)
		slow->queue_last = before;
	entry->next_queued = NULL;
	return entry;
}

/* The job writes to memory of its own: the entry's stays readable meanwhile. */
static void run_entry(struct slow *slow, struct worker *worker, struct entry *entry)
{
	void *result = xcalloc(1, entry->job->result_size);
	uint64_t started_ns = clock_monotonic_ns();
	int r;

	entry->state = ENTRY_RUNNING;
	entry->pending_ns = started_ns;
	worker->job = entry->job;
	worker->started_ns = started_ns;
	pthread_mutex_unlock(&slow->lock);
	r = entry->job->run(entry->key, result);
	pthread_mutex_lock(&slow->lock);
	worker->job = NULL;
	entry->state = ENTRY_IDLE;
	entry->error = r < 0 ? r : 0;
	entry->finished_ns = clock_monotonic_ns();
	/* What failed last has no older truth to fall back on. */
	entry->measured = r >= 0;
	entry->measured_ns = started_ns;
	if (r >= 0)
		memcpy(entry->result, result, entry->job->result_size);
	free(result);
	pthread_cond_broadcast(&slow->finished);
	/* An entry that was kept back may run now. */
	if (slow->queue_first)
		pthread_cond_signal(&slow->work);
}

static void *worker_main(void *context)
{
	struct assignment assignment = *(struct assignment *)context;
	struct slow *slow = assignment.slow;

	free(context);
	pthread_mutex_lock(&slow->lock);
	while (!slow->stopped) {
		struct entry *entry = dequeue(slow);

		if (entry)
			run_entry(slow, assignment.worker, entry);
		else
			pthread_cond_wait(&slow->work, &slow->lock);
	}
	pthread_mutex_unlock(&slow->lock);
	slow_unref(slow);
	return NULL;
}

/* Where no thread can be made, the jobs stay queued and are tried again with the next call. */
static void add_worker(struct slow *slow)
{
	struct assignment *assignment = xmalloc(sizeof(*assignment));

	*assignment = (struct assignment){slow, &slow->workers[slow->workers_count]};
	*assignment->worker = (struct worker){0};
	atomic_fetch_add(&slow->references, 1);
	if (thread_start(STACK_SIZE, worker_main, assignment, &assignment->worker->thread) < 0) {
		atomic_fetch_sub(&slow->references, 1);
		free(assignment);
		return;
	}
	slow->workers_count++;
}

/* Somebody will come for the queue: an idle worker, or one that has not run for long.
 * ret_until_ns: when to ask again. */
static bool has_hands(const struct slow *slow, uint64_t now_ns, uint64_t *ret_until_ns)
{
	uint64_t until_ns = now_ns + PATIENCE_NS;
	bool hands = false;

	for (size_t i = 0; i < slow->workers_count; i++) {
		const struct worker *worker = &slow->workers[i];

		if (!worker->job) {
			hands = true;
		} else if (worker->started_ns + PATIENCE_NS > now_ns) {
			hands = true;
			if (worker->started_ns + PATIENCE_NS < until_ns)
				until_ns = worker->started_ns + PATIENCE_NS;
		}
	}
	*ret_until_ns = until_ns;
	return hands;
}

/* ret_until_ns: when to call again while something is queued. */
static void provide_workers(struct slow *slow, uint64_t now_ns, uint64_t *ret_until_ns)
{
	bool hands = has_hands(slow, now_ns, ret_until_ns);
	struct entry *before;

	if (!hands && slow->workers_count < WORKERS_MAX && find_runnable(slow, &before))
		add_worker(slow);
}

/* Workers that run are given the time in which a job that works comes back, so that they end in order. */
static void wait_for_workers(struct slow *slow)
{
	for (size_t i = 0; i < slow->workers_count; i++) {
		const struct worker *worker = &slow->workers[i];

		while (worker->job && clock_monotonic_ns() < worker->started_ns + PATIENCE_NS)
			wait_finished(slow, worker->started_ns + PATIENCE_NS);
	}
}

void slow_stop(struct slow *slow)
{
	bool hung[WORKERS_MAX];
	size_t count;

	if (!slow)
		return;
	pthread_mutex_lock(&slow->lock);
	slow->stopped = true;
	pthread_cond_broadcast(&slow->work);
	wait_for_workers(slow);
	count = slow->workers_count;
	for (size_t i = 0; i < count; i++)
		hung[i] = slow->workers[i].job != NULL;
	pthread_mutex_unlock(&slow->lock);
	/* No worker starts another job now, and no other thread touches workers[].thread. */
	for (size_t i = 0; i < count; i++) {
		if (hung[i])
			pthread_detach(slow->workers[i].thread);
		else
			pthread_join(slow->workers[i].thread, NULL);
	}
	slow_unref(slow);
}

/* The table of results. */

/* FNV-1a. */
static size_t hash_of(const struct slow_job *job, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ (uintptr_t)job;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

static struct entry **bucket_of(struct slow *slow, const struct slow_job *job, const char *key)
{
	return &slow->buckets[hash_of(job, key) & (slow->buckets_count - 1)];
}

/* Move the entries that are still of use to a table of `count` buckets. */
static void rebuild(struct slow *slow, size_t count, uint64_t now_ns)
{
	struct entry **old = slow->buckets;
	size_t old_count = slow->buckets_count;

	slow->buckets = xcalloc(count, sizeof(struct entry *));
	slow->buckets_count = count;
	for (size_t i = 0; i < old_count; i++) {
		struct entry *entry = old[i], *next, **bucket;

		for (; entry; entry = next) {
			next = entry->next;
			if (entry->state == ENTRY_IDLE && now_ns - entry->used_ns > FORGET_NS) {
				entry_free(entry);
				slow->entries_count--;
				continue;
			}
			bucket = bucket_of(slow, entry->job, entry->key);
			entry->next = *bucket;
			*bucket = entry;
		}
	}
	free(old);
}

static struct entry *add_entry(struct slow *slow, const struct slow_job *job, const char *key, uint64_t now_ns)
{
	struct entry *entry = xcalloc(1, sizeof(*entry)), **bucket;

	if (slow->entries_count >= slow->buckets_count)
		rebuild(slow, slow->buckets_count * 2, now_ns);
	*entry = (struct entry){
		.job = job,
		.key = xstrdup(key),
		.error = 1,
		.result = xcalloc(1, job->result_size),
	};
	bucket = bucket_of(slow, job, key);
	entry->next = *bucket;
	*bucket = entry;
	slow->entries_count++;
	return entry;
}

static struct entry *find_entry(struct slow *slow, const struct slow_job *job, const char *key, uint64_t now_ns)
{
	struct entry *entry = *bucket_of(slow, job, key);

	while (entry && (entry->job != job || strcmp(entry->key, key) != 0))
		entry = entry->next;
	if (!entry)
		entry = add_entry(slow, job, key, now_ns);
	entry->used_ns = now_ns;
	return entry;
}

static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * (double)NS_PER_S);
}

static void refresh(struct slow *slow, struct entry *entry, uint64_t now_ns)
{
	if (entry->state != ENTRY_IDLE)
		return;
	if (entry->error != 1 && now_ns - entry->finished_ns < ns_of(entry->job->refresh_s))
		return;
	entry->state = ENTRY_QUEUED;
	entry->pending_ns = now_ns;
	if (slow->queue_last)
		slow->queue_last->next_queued = entry;
	else
		slow->queue_first = entry;
	slow->queue_last = entry;
	pthread_cond_signal(&slow->work);
}

/* It hangs, or nobody is left to run it. */
static bool is_overdue(const struct entry *entry, uint64_t now_ns)
{
	return entry->state != ENTRY_IDLE && now_ns >= entry->pending_ns + ns_of(entry->job->timeout_s);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Wait until the entry's run has ended, is overdue or the time is over; workers are provided on the way, since it is
 * only while somebody wants a result that their absence matters. */
static void await(struct slow *slow, struct entry *entry, uint64_t wait_until_ns)
{
	for (;;) {
		uint64_t now_ns = clock_monotonic_ns(), until_ns;

		provide_workers(slow, now_ns, &until_ns);
		if (entry->state == ENTRY_IDLE || now_ns >= wait_until_ns || is_overdue(entry, now_ns))
			return;
		until_ns = earlier(until_ns, entry->pending_ns + ns_of(entry->job->timeout_s));
		wait_finished(slow, earlier(until_ns, wait_until_ns));
	}
}

static int take_result(const struct entry *entry, uint64_t now_ns, void *ret_result, double *ret_age_s)
{
	bool overdue = is_overdue(entry, now_ns);

	if (!overdue && entry->error < 0)
		return entry->error;
	if (!entry->measured)
		return overdue ? -ETIMEDOUT : -EINPROGRESS;
	memcpy(ret_result, entry->result, entry->job->result_size);
	*ret_age_s = (double)(now_ns - entry->measured_ns) / NS_PER_S;
	return overdue;
}

int slow_get(struct slow *slow, const struct slow_job *job, const char *key, uint64_t wait_until_ns, void *ret_result,
	     double *ret_age_s)
{
	uint64_t now_ns = clock_monotonic_ns();
	struct entry *entry;
	int r;

	pthread_mutex_lock(&slow->lock);
	entry = find_entry(slow, job, key, now_ns);
	refresh(slow, entry, now_ns);
	await(slow, entry, wait_until_ns);
	r = take_result(entry, clock_monotonic_ns(), ret_result, ret_age_s);
	pthread_mutex_unlock(&slow->lock);
	return r;
}
