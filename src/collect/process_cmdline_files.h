/* Files /proc/PID/cmdline of processes that ran, kept open: such a process is likely to run again, and what its file
 * says must be read again, since a process may write over its arguments. An open file belongs to one process for ever,
 * whose pid need not be looked at again. */
#ifndef CMON_COLLECT_PROCESS_CMDLINE_FILES_H
#define CMON_COLLECT_PROCESS_CMDLINE_FILES_H

#include "base/root.h"

struct cmdline_files; /* of one root */

struct cmdline_files *cmdline_files_new(void);
/* NULL is fine. */
void cmdline_files_free(struct cmdline_files *files);

/* Read the command line of a process that was seen alive before, to be told from others of its pid by its start time as
 * stat has it. buffer: as the file has it; empty where the process has ended meanwhile, too.
 * Returns 0; -ESRCH when it is gone, though its pid may be another's; -errno. */
int cmdline_files_read(struct cmdline_files *files, const struct root *root, int32_t pid, uint64_t starttime,
		       struct buffer *buffer);

#endif
