/* What a front end wants to know: the needs of what it shows, filters and sorts on. */
#ifndef CMON_MODEL_REQUEST_H
#define CMON_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the process list comes from. For others than procfs the program has to serve as the helper of bpf_load.h, too;
 * so nobody gets them who has not asked. */
enum source_choice {
	SOURCE_PROCFS,
	SOURCE_AUTO,   /* bpf where it can be loaded and pays, else procfs */
	SOURCE_BPF,    /* bpf where it can be loaded, else procfs and an error in the snapshot */
};

struct request {
	uint32_t sections; /* SECTION_BITs */
	uint64_t facts;    /* FACT_BITs, of processes */
	const int32_t *pids; /* only these processes are read in detail and listed; NULL: all */
	size_t pids_count;
	int32_t detail_pid;    /* of this one more is read; 0: none */
	uint64_t detail_facts;
	enum source_choice source;
	double source_wait_s; /* how long a tick may wait for the BPF programs; 0 on a screen, which begins without them */
	bool wants_rates;     /* another tick follows or went before: exact CPU times are worth loading programs for */
	double slow_wait_s; /* how long a tick may wait for what can hang (statvfs, names): 0 on a screen, where late
			     * results come with a later snapshot */
};

#endif
