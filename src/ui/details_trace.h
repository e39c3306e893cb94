/* The last lines of a trace, which the pane of traces shows. */
#ifndef CMON_UI_DETAILS_TRACE_H
#define CMON_UI_DETAILS_TRACE_H

#include "ui/details.h"

#define TRACE_LINES_MAX 2000
#define TRACE_LINE_MAX 4096

struct trace_log {
	const struct act_ops *ops;
	struct trace *trace;          /* NULL: none goes on */
	char *lines[TRACE_LINES_MAX]; /* a ring */
	size_t first, count;
	char part[TRACE_LINE_MAX];    /* of a line that has not ended; what is longer is cut */
	size_t part_length;
	char end[128];                /* why there is none any more; "": there never was one */
};

/* Forget what there was and trace a process. Where that is not possible, the log says why. */
void trace_log_start(struct trace_log *log, struct shell *shell, struct identity identity);

/* End the trace; its lines stay. */
void trace_log_stop(struct trace_log *log);

/* End it and forget its lines. */
void trace_log_clear(struct trace_log *log);

/* Take the lines that came. */
void trace_log_take(struct trace_log *log);

#endif
