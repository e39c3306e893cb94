/* System calls of a process as strace prints them; the functions are those of struct act_ops. */
#ifndef CMON_ACT_TRACE_H
#define CMON_ACT_TRACE_H

#include "model/act.h"

int trace_start(struct identity process, struct trace **ret_trace, int32_t *ret_tracer);
int trace_fd(const struct trace *trace);
ssize_t trace_read(struct trace *trace, char *bytes, size_t size);
void trace_stop(struct trace *trace);

#endif
