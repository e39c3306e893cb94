/* What a front end wants to know: the needs of what it shows, filters and sorts on. */
#ifndef CMON_MODEL_REQUEST_H
#define CMON_MODEL_REQUEST_H

#include <stddef.h>
#include <stdint.h>

struct request {
	uint32_t sections; /* SECTION_BITs */
	uint64_t facts;    /* FACT_BITs, of processes */
	const int32_t *pids; /* only these processes are read in detail and listed; NULL: all */
	size_t pids_count;
	int32_t detail_pid;    /* of this one more is read; 0: none */
	uint64_t detail_facts;
	double slow_wait_s; /* how long a tick may wait for what can hang (statvfs, names): 0 on a screen, where late
			     * results come with a later snapshot */
};

#endif
