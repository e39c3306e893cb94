/* A snapshot as JSON (cmon-json(5)). */
#ifndef CMON_OUT_JSON_H
#define CMON_OUT_JSON_H

#include <stdio.h>

#include "model/filter.h"
#include "model/selection.h"

struct json_options {
	const struct selection *selection;
	const int32_t *pids; /* only these processes; NULL: all */
	size_t pids_count;
	const struct filter *filter; /* only processes that match; NULL: all */
	bool one_line;               /* NDJSON: no newline but the last */
};

/* Write one object and a newline. Records are encoded one at a time by cJSON, so that memory does not grow with their
 * number. Returns 0, or -errno of the write that failed (-EPIPE when the reader has gone). */
int json_write(FILE *stream, const struct snapshot *snapshot, const struct json_options *options);

/* Write the JSON Schema (2020-12) of what json_write prints. Returns as above. */
int json_write_schema(FILE *stream);

#endif
