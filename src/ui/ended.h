/* Rows of processes that have just ended: copies, which stay for some seconds where the process stood, so that the rows
 * below do not jump. */
#ifndef CMON_UI_ENDED_H
#define CMON_UI_ENDED_H

#include "model/snapshot.h"

#define ENDED_MAX 64

struct ended_row {
	struct process process;
	struct process_more more; /* of it */
	char *texts;     /* what its texts point into */
	double since_s;  /* monotonic */
	size_t position; /* among all rows, these included */
};

struct ended {
	struct ended_row *rows[ENDED_MAX]; /* ascending by position */
	size_t count;
};

/* Copy a process that stood at a position where no other of these is. Beyond ENDED_MAX nothing is kept. */
void ended_add(struct ended *ended, const struct process *process, size_t position, double now_s);

/* Forget those that ended more than keep_s ago; what is below moves up. */
void ended_expire(struct ended *ended, double now_s, double keep_s);

/* How many of those that stand above a position ended_expire would forget. */
size_t ended_old_above(const struct ended *ended, size_t position, double now_s, double keep_s);

/* Forget all. */
void ended_clear(struct ended *ended);

/* There are `count` other rows: none of these stands apart from them. */
void ended_fit(struct ended *ended, size_t count);

/* The one at a position, or NULL: another row stands there, with the number position - ended_above. */
const struct ended_row *ended_find(const struct ended *ended, size_t position);

/* How many stand above a position. */
size_t ended_above(const struct ended *ended, size_t position);

/* Position of another row. */
size_t ended_position(const struct ended *ended, size_t row);

#endif
