#include "config/saver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/thread.h"

#define RESULT_WITHIN_NS UINT64_C(10000000) /* nobody notices */
#define END_WITHIN_NS NS_PER_S

struct saver {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct config *config;
	struct settings *next; /* to be written; NULL: nothing */
	bool is_writing, is_ending;
	int result;            /* of the last writing, */
	char *message;         /* which nobody was told yet */
};

static void write_next(struct saver *saver)
{
	struct settings *settings = saver->next;
	char *message = NULL;
	int result;

	saver->next = NULL;
	saver->is_writing = true;
	pthread_mutex_unlock(&saver->lock);
	result = config_save(saver->config, settings, &message);
	settings_free(settings);
	pthread_mutex_lock(&saver->lock);
	free(saver->message);
	saver->message = message;
	saver->result = result;
	saver->is_writing = false;
	pthread_cond_broadcast(&saver->changed);
}

static void *saver_main(void *opaque)
{
	struct saver *saver = opaque;

	pthread_mutex_lock(&saver->lock);
	while (saver->next || !saver->is_ending) {
		if (saver->next)
			write_next(saver);
		else
			pthread_cond_wait(&saver->changed, &saver->lock);
	}
	pthread_mutex_unlock(&saver->lock);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct saver *saver_new(struct config *config)
{
	struct saver *saver = xcalloc(1, sizeof(*saver));

	saver->config = config;
	pthread_mutex_init(&saver->lock, NULL);
	init_condition(&saver->changed);
	if (thread_start(0, saver_main, saver, &saver->thread) == 0)
		return saver;
	free(saver);
	return NULL;
}

/* With the lock held. Returns whether all is written. */
static bool wait_written(struct saver *saver, uint64_t within_ns)
{
	uint64_t end_ns = clock_monotonic_ns() + within_ns;
	struct timespec end = {.tv_sec = (time_t)(end_ns / NS_PER_S), .tv_nsec = (long)(end_ns % NS_PER_S)};

	while (saver->next || saver->is_writing) {
		if (pthread_cond_timedwait(&saver->changed, &saver->lock, &end) == ETIMEDOUT)
			return false;
	}
	return true;
}

int saver_save(void *opaque, const struct settings *settings, char **ret_message)
{
	struct saver *saver = opaque;
	int result = 0;

	pthread_mutex_lock(&saver->lock);
	settings_free(saver->next);
	saver->next = settings_copy(settings);
	pthread_cond_broadcast(&saver->changed);
	if (wait_written(saver, RESULT_WITHIN_NS) && saver->result < 0) {
		result = saver->result;
		*ret_message = saver->message;
		saver->message = NULL;
	}
	pthread_mutex_unlock(&saver->lock);
	return result;
}

bool saver_end(struct saver *saver, char **ret_message)
{
	bool is_written;

	pthread_mutex_lock(&saver->lock);
	saver->is_ending = true;
	pthread_cond_broadcast(&saver->changed);
	is_written = wait_written(saver, END_WITHIN_NS);
	*ret_message = saver->message;
	saver->message = NULL;
	pthread_mutex_unlock(&saver->lock);
	if (!is_written)
		return false;
	pthread_join(saver->thread, NULL);
	pthread_cond_destroy(&saver->changed);
	pthread_mutex_destroy(&saver->lock);
	free(saver);
	return true;
}
