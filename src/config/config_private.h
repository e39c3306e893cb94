/* What the files of config share. */
#ifndef CMON_CONFIG_CONFIG_PRIVATE_H
#define CMON_CONFIG_CONFIG_PRIVATE_H

#include "model/settings.h"

/* "tab NAME"; free() it. */
char *config_tab_section(const char *name);

/* Where a tab of that name is, or settings->tabs_count. */
size_t config_find_tab(const struct settings *settings, const char *name);

/* Bring the text of a file from what it says to what it has to say. *bytes: allocated, replaced.
 * Returns the number of changes. */
size_t config_edit(char **bytes, const struct settings *before, const struct settings *now);

/* The whole of a regular file, NUL-terminated. Returns 0, -ENOENT, -EFBIG above CONFIG_SIZE_MAX, -EBADMSG with a NUL
 * byte in it, -EINVAL for what is no regular file, or another -errno. */
int config_read_file(const char *path, char **ret_bytes, size_t *ret_length);

/* Replace a file, or make it, with the directory it is in. Returns 0 or -errno; -EACCES when it is read-only. */
int config_write_file(const char *path, const char *bytes, size_t length);

/* The file a path leads to in the end, which need not exist; free() it. Returns NULL for a circle. */
char *config_follow_links(const char *path);

/* What config_read_file and config_write_file return, in words. */
const char *config_error(int r);

#endif
