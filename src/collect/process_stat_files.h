/* Files /proc/PID/stat that are kept open from tick to tick: reading one again costs a third of opening it anew. Each
 * takes a descriptor, and a page of the kernel's memory, so there are only so many. */
#ifndef CMON_COLLECT_PROCESS_STAT_FILES_H
#define CMON_COLLECT_PROCESS_STAT_FILES_H

#include "base/root.h"

struct stat_files;

struct stat_files *stat_files_new(void);
void stat_files_free(struct stat_files *files);

/* A new tick. Pids ascend from call to call within one. */
void stat_files_begin(struct stat_files *files);

/* Read the file of this pid into the buffer, and keep it open where there is room. Whose it is, the start time in it
 * tells. Returns 0 or -errno. */
int stat_files_read(struct stat_files *files, const struct root *root, int32_t pid, struct buffer *buffer);

/* The end of the tick: what was not read in it is closed. */
void stat_files_end(struct stat_files *files);

#endif
