#include "ui/details_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

static void add_line(struct trace_log *log)
{
	char *line = xcalloc(1, log->part_length + 1);
	size_t at = (log->first + log->count) % TRACE_LINES_MAX;

	memcpy(line, log->part, log->part_length);
	log->part_length = 0;
	free(log->lines[at]);
	log->lines[at] = line;
	if (log->count < TRACE_LINES_MAX)
		log->count++;
	else
		log->first = (log->first + 1) % TRACE_LINES_MAX;
}

static void add_bytes(struct trace_log *log, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n' && log->part_length)
			add_line(log);
		else if (bytes[i] != '\n' && log->part_length < TRACE_LINE_MAX)
			log->part[log->part_length++] = bytes[i];
	}
}

void trace_log_stop(struct trace_log *log)
{
	if (!log->trace)
		return;
	log->ops->trace_stop(log->trace);
	log->trace = NULL;
	if (log->part_length)
		add_line(log);
}

void trace_log_clear(struct trace_log *log)
{
	trace_log_stop(log);
	for (size_t i = 0; i < TRACE_LINES_MAX; i++)
		free(log->lines[i]);
	*log = (struct trace_log){0};
}

void trace_log_take(struct trace_log *log)
{
	char bytes[16384];
	ssize_t n = 0;

	/* At most so much at a time: what is drawn does not wait for one who never is silent. */
	for (int i = 0; log->trace && i < 16; i++) {
		n = log->ops->trace_read(log->trace, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		add_bytes(log, bytes, (size_t)n);
	}
	if (n < 0) {
		trace_log_stop(log);
		snprintf(log->end, sizeof(log->end), "the trace has ended");
	}
}

static void say_why(struct trace_log *log, int r, int32_t tracer)
{
	if (r == -EBUSY)
		snprintf(log->end, sizeof(log->end), "already traced by %d", tracer);
	else if (r == -EDEADLK)
		snprintf(log->end, sizeof(log->end), "cmon cannot trace itself");
	else
		snprintf(log->end, sizeof(log->end), "not traced: %s", strerror(-r));
}

void trace_log_start(struct trace_log *log, struct shell *shell, struct identity identity)
{
	int32_t tracer = 0;
	int r = 0;

	trace_log_clear(log);
	log->ops = shell->act;
	if (!log->ops || !log->ops->trace_start) {
		snprintf(log->end, sizeof(log->end), "read-only: nothing is traced, since that stops the process for moments");
		return;
	}
	r = log->ops->trace_start(identity, &log->trace, &tracer);
	if (r < 0) {
		log->trace = NULL;
		say_why(log, r, tracer);
	}
}

void details_trace(struct details_lines *lines, const struct details_source *source)
{
	const struct trace_log *log = source->trace;

	lines->wraps = false;
	for (size_t i = 0; i < log->count; i++) {
		const char *line = log->lines[(log->first + i) % TRACE_LINES_MAX];

		lines_plain(lines, STYLE_TEXT, arena_text(&lines->arena, line, strlen(line)), 0);
	}
	if (log->trace && !log->count)
		lines_plain(lines, STYLE_DIM, TEXT_LITERAL("no system call yet"), 0);
	else if (!log->trace)
		lines_plain(lines, STYLE_DIM,
			    log->end[0] ? arena_string(&lines->arena, log->end)
					: TEXT_LITERAL("no trace; one stops the process for moments, again and again"), 0);
}
