/* Passes over all tasks or open files by the iterators of bpf_load: one read of the kernel's tables each, streamed
 * through one buffer. Nothing is allocated but that. */
#ifndef CMON_COLLECT_BPF_READ_H
#define CMON_COLLECT_BPF_READ_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/records.h"

struct bpf_reader; /* the buffer; of one thread */

struct bpf_reader *bpf_reader_new(void);
void bpf_reader_free(struct bpf_reader *reader);

/* What is called with each record, which is valid until it returns. Anything but 0 ends the pass, which returns it. */
typedef int bpf_visit_task(const struct bpf_task_record *task, void *context);
typedef int bpf_visit_thread(const struct bpf_thread_record *thread, void *context);
/* bytes: the arguments as in /proc/PID/cmdline, cmdline->length bytes. */
typedef int bpf_visit_cmdline(const struct bpf_cmdline_record *cmdline, const char *bytes, void *context);
/* path: file->path_length bytes, without NUL. */
typedef int bpf_visit_file(const struct bpf_file_record *file, const char *path, void *context);

/* Each calls `visit` with what a program writes: processes and command lines in ascending order of pid, each pid at most
 * once; threads in ascending order of tid; files by process (or thread, where it has descriptors of its own), and then by
 * number. What starts or ends during a pass may be in it or not.
 * link_fd: of bpf_load, or -errno, which is returned.
 * Returns 0; what visit returned; -EBADMSG for records of another version; -errno of the kernel. One link is read by
 * one thread at a time: the programs put records together in memory of their own. */
int bpf_tasks_read(struct bpf_reader *reader, int link_fd, bpf_visit_task *visit, void *context);

/* As bpf_tasks_read, but with no record of those that are as they were at the last such pass with this epoch: `unchanged` is
 * called for each of them instead, in the same order. control_fd: BPF_TASKS_CONTROL, or -errno: then no process is. */
typedef int bpf_visit_unchanged(const struct bpf_unchanged_record *unchanged, void *context);
int bpf_tasks_read_changed(struct bpf_reader *reader, int link_fd, int control_fd, const struct bpf_tasks_control *control,
			   bpf_visit_task *visit, bpf_visit_unchanged *unchanged, void *context);

int bpf_threads_read(struct bpf_reader *reader, int link_fd, bpf_visit_thread *visit, void *context);
int bpf_cmdlines_read(struct bpf_reader *reader, int link_fd, bpf_visit_cmdline *visit, void *context);
int bpf_files_read(struct bpf_reader *reader, int link_fd, bpf_visit_file *visit, void *context);

#endif
