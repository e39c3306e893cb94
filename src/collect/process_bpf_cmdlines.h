/* The command lines of all processes, which a BPF iterator tells in a pass of its own: a thread reads them while the
 * caller reads something else. */
#ifndef CMON_COLLECT_PROCESS_BPF_CMDLINES_H
#define CMON_COLLECT_PROCESS_BPF_CMDLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "bpf/records.h"

struct bpf_cmdlines;

/* Start the pass. link_fd: of BPF_PROGRAM_CMDLINES, to stay open until the object is freed.
 * Returns NULL where no thread can be started. */
struct bpf_cmdlines *bpf_cmdlines_begin(int link_fd);
/* Waits for the end of the pass. NULL is fine. */
void bpf_cmdlines_free(struct bpf_cmdlines *cmdlines);

/* The command line of a process as proc/PID/cmdline has it, to be told from others of its pid by its start time as stat
 * has it. Waits for the end of the pass; the pids asked for ascend. NULL has none.
 * ret_cmdline: borrows from the object. Returns whether the pass had all of it, and it is not empty. */
bool bpf_cmdlines_find(struct bpf_cmdlines *cmdlines, int32_t pid, uint64_t starttime, struct text *ret_cmdline);

/* What the pass is made of. Visible for tests. */
int bpf_cmdlines_visit(const struct bpf_cmdline_record *record, const char *bytes, void *cmdlines);

#endif
