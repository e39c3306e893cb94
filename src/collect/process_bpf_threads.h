/* Threads of all processes, as process_threads.c reads them of one, from one pass of an iterator. */
#ifndef CMON_COLLECT_PROCESS_BPF_THREADS_H
#define CMON_COLLECT_PROCESS_BPF_THREADS_H

#include <stdbool.h>

#include "base/arena.h"
#include "collect/bpf_process.h"
#include "collect/bpf_read.h"

struct bpf_threads; /* what the pass told, until the next */

struct bpf_threads *bpf_threads_new(void);
/* NULL is fine. */
void bpf_threads_free(struct bpf_threads *threads);

/* Run the pass. Threads of what is not in the list, which ascends by pid, are passed over; the list stays as it is until
 * the last is filled in. The names are the arena's. Returns as bpf_threads_read. */
int bpf_threads_collect(struct bpf_threads *threads, struct bpf_reader *reader, int link_fd,
			struct process *const *items, size_t count, struct arena *arena);

/* What the pass is made of. Visible for tests. */
void bpf_threads_begin(struct bpf_threads *threads, struct process *const *items, size_t count, struct arena *arena);
int bpf_threads_visit(const struct bpf_thread_record *thread, void *threads);
void bpf_threads_end(struct bpf_threads *threads);

/* Set the threads of one of the list, which owns its `more`, by its place. Returns false where its main thread was not
 * seen, or was another's by then. */
bool bpf_threads_fill(const struct bpf_threads *threads, size_t index, struct process *process);

#endif
