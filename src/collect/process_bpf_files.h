/* Open files of all processes, as process_files.c reads them of one, from one pass of an iterator. */
#ifndef CMON_COLLECT_PROCESS_BPF_FILES_H
#define CMON_COLLECT_PROCESS_BPF_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "collect/bpf_read.h"
#include "model/process.h"

struct bpf_open_files; /* what the pass told, until the next */

struct bpf_open_files *bpf_open_files_new(void);
/* NULL is fine. */
void bpf_open_files_free(struct bpf_open_files *files);

/* Run the pass. with_paths: link_fd is that of BPF_PROGRAM_FILE_PATHS, else of BPF_PROGRAM_FILES. Returns as
 * bpf_files_read; without success nothing is known of any process. */
int bpf_open_files_read(struct bpf_open_files *files, struct bpf_reader *reader, int link_fd, bool with_paths);

/* What the pass is made of. Visible for tests. */
void bpf_open_files_reset(struct bpf_open_files *files, bool with_paths);
int bpf_open_files_visit(const struct bpf_file_record *file, const char *path, void *files);

/* To be called when all are visited and before the first is filled in: room for their texts. */
void bpf_open_files_keep(struct bpf_open_files *files, struct arena *arena);

/* Set num_fds, and with paths open_files, of a process that lived during the pass and owns its `more`. Pids must ascend
 * from call to call. Returns false where /proc must be asked: a path that was too long, or that may end in what the
 * kernel adds to deleted ones. */
bool bpf_open_files_fill(struct bpf_open_files *files, struct process *process);

#endif
