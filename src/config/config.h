/* The configuration files: read into settings, and what was changed written back. cmon.conf(5) describes them. */
#ifndef CMON_CONFIG_CONFIG_H
#define CMON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "model/settings.h"

/* A larger file is not read. */
#define CONFIG_SIZE_MAX (1 << 20)

struct config;

/* Read /etc/cmon.conf and then the user's file: $XDG_CONFIG_HOME/cmon/cmon.conf, or ~/.config/cmon/cmon.conf. What is
 * wrong in them becomes a warning, and the rest is used; of a file that cannot be read nothing is.
 * path: read this one alone, which need not exist; NULL: the two. settings: default values; changed in place.
 * Free with config_free. */
struct config *config_load(const char *path, struct settings *settings);
void config_free(struct config *config);

/* "FILE:LINE: message" and "FILE: message" each; valid as long as the config. */
const char *const *config_warnings(const struct config *config, size_t *ret_count);

/* Whether the file that is written was there when it was read. */
bool config_has_file(const struct config *config);

/* Write what is not as it was when last read or written, and nothing when nothing is. The newest version of the file is
 * taken and only those values changed in it, or added; all else stays as it is, comments, order and unknown keys. The
 * file is replaced as a whole, through symbolic links, with its mode and owner.
 * Returns 0, or -errno with *ret_message set to "FILE: why"; free() it. The file is as before then. */
int config_save(struct config *config, const struct settings *settings, char **ret_message);

/* Take the text of a file into settings; what is wrong goes to `warn` with its line. For tests. */
void config_apply(const char *bytes, size_t length, struct settings *settings,
		  void (*warn)(void *context, size_t line, const char *message), void *context);

#endif
