#include "model/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"

struct feed {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* request, refresh or stop; waited on with CLOCK_MONOTONIC */
	int event_fd;
	struct snapshot *newest;
	struct snapshot *retired; /* the one before, until the next tick: see feed_publish */
	struct request request;
	uint64_t interval_ns;
	uint64_t due_ns; /* 0: at once; else an interval after the last tick */
	bool is_wanted; /* there was a request */
	bool stopped;
};

struct feed *feed_new(void)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));
	pthread_condattr_t attributes;

	feed->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (feed->event_fd < 0) {
		free(feed);
		return NULL;
	}
	pthread_mutex_init(&feed->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&feed->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	feed->interval_ns = NS_PER_S;
	return feed;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	snapshot_unref(feed->newest);
	snapshot_unref(feed->retired);
	pthread_cond_destroy(&feed->changed);
	pthread_mutex_destroy(&feed->lock);
	close(feed->event_fd);
	free(feed);
}

int feed_fd(const struct feed *feed)
{
	return feed->event_fd;
}

struct snapshot *feed_take(struct feed *feed)
{
	struct snapshot *snapshot;
	eventfd_t count;

	pthread_mutex_lock(&feed->lock);
	/* -EAGAIN when nothing new came: the old one is still the newest. */
	(void)eventfd_read(feed->event_fd, &count);
	snapshot = snapshot_ref(feed->newest);
	pthread_mutex_unlock(&feed->lock);
	return snapshot;
}

void feed_set_request(struct feed *feed, const struct request *request, double interval_s)
{
	uint64_t interval_ns = (uint64_t)(interval_s * (double)NS_PER_S);
	bool wants_more;

	pthread_mutex_lock(&feed->lock);
	wants_more = (request->sections & ~feed->request.sections) || (request->facts & ~feed->request.facts) ||
		     (request->detail_pid && request->detail_pid != feed->request.detail_pid) ||
		     (request->detail_facts & ~feed->request.detail_facts);
	/* A shorter interval counts from the last tick, not from the end of the longer wait. */
	if (feed->due_ns)
		feed->due_ns = feed->due_ns - feed->interval_ns + interval_ns;
	feed->request = *request;
	feed->is_wanted = true;
	feed->interval_ns = interval_ns;
	if (wants_more)
		feed->due_ns = 0;
	pthread_cond_signal(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

void feed_refresh(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->due_ns = 0;
	pthread_cond_signal(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

void feed_stop(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->stopped = true;
	pthread_cond_signal(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
}

static void wait_until_due(struct feed *feed)
{
	while (!feed->stopped && !feed->is_wanted)
		pthread_cond_wait(&feed->changed, &feed->lock);
	while (!feed->stopped && clock_monotonic_ns() < feed->due_ns) {
		struct timespec deadline = {
			.tv_sec = (time_t)(feed->due_ns / NS_PER_S),
			.tv_nsec = (long)(feed->due_ns % NS_PER_S),
		};

		pthread_cond_timedwait(&feed->changed, &feed->lock, &deadline);
	}
}

bool feed_next(struct feed *feed, struct request *ret_request)
{
	struct snapshot *retired;
	uint64_t now;
	bool stopped;

	pthread_mutex_lock(&feed->lock);
	wait_until_due(feed);
	stopped = feed->stopped;
	*ret_request = feed->request;
	retired = feed->retired;
	feed->retired = NULL;
	/* Deadlines follow each other at the interval; one that was missed is not made up for. */
	now = clock_monotonic_ns();
	feed->due_ns = feed->due_ns ? feed->due_ns + feed->interval_ns : 0;
	if (feed->due_ns <= now)
		feed->due_ns = now + feed->interval_ns;
	pthread_mutex_unlock(&feed->lock);
	snapshot_unref(retired);
	return !stopped;
}

/* Giving a large snapshot back takes longer than drawing. The UI drops the old one as soon as it has the new; a
 * reference is kept here until long after that, so that its memory is given back by the collector's thread. */
void feed_publish(struct feed *feed, struct snapshot *snapshot)
{
	struct snapshot *old;

	pthread_mutex_lock(&feed->lock);
	old = feed->retired;
	feed->retired = feed->newest;
	feed->newest = snapshot;
	eventfd_write(feed->event_fd, 1);
	pthread_mutex_unlock(&feed->lock);
	snapshot_unref(old);
}
