/* What collectors with slow jobs share.
 *
 * A job knows nothing but its key, and may still run when the descriptors of struct root are closed and their numbers
 * belong to other files. So its key is an absolute path, made from the directory the descriptor stands for: /sys on a
 * live system, the fixture's directory in a test. */
#ifndef CMON_COLLECT_SLOW_PATH_H
#define CMON_COLLECT_SLOW_PATH_H

#include <stdbool.h>

/* Path of an open directory, without a slash at its end: "" for the root directory.
 * Source: link /proc/self/fd/<dir_fd>. ret_path: to be freed.
 * Returns 0, -ENOENT for the descriptor of a directory that is not there (-1), or -errno. */
int slow_path_of(int dir_fd, char **ret_path);

/* Whether what slow_get returned after a wait of this long tells that something does not answer: it hangs, or the
 * whole wait was not enough for a first result. A screen hardly waits at all, and what has not come yet comes with a
 * later snapshot. */
bool slow_result_is_late(double wait_s, int result);

#endif
