/* The helper's end of bpf_load. */
#ifndef CMON_COLLECT_BPF_HELPER_H
#define CMON_COLLECT_BPF_HELPER_H

#include <stdint.h>

/* One a program goes over the socket, with the link's descriptor where error is 0. */
struct bpf_load_message {
	int32_t program; /* enum bpf_program_id */
	int32_t error;   /* errno */
};

/* What --bpf-helper does: load, send the links, and be gone. argument: "FD:PROGRAMS", or "FD:PROGRAMS:PATH" with a
 * file of type information. Returns the exit status. */
int bpf_helper_run(const char *argument);

#endif
