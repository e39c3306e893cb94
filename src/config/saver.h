/* Writes the configuration on a thread of its own: the disk may take its time, or hang, and the screen goes on. */
#ifndef CMON_CONFIG_SAVER_H
#define CMON_CONFIG_SAVER_H

#include "config/config.h"

struct saver;

/* Returns NULL when no thread can be started. */
struct saver *saver_new(struct config *config);

/* Have the settings written, as config_save does; of several that wait, the last. Waits a moment for the result.
 * saver: a struct saver, as struct ui_options wants it.
 * Returns 0, also when the result is not there yet, or -errno with *ret_message; free() it. */
int saver_save(void *saver, const struct settings *settings, char **ret_message);

/* Wait for what is being written, a second at most, and end.
 * ret_message: why the last settings were not written, where nobody was told; NULL when they were, free() it.
 * Returns false when the thread hangs: it goes on using the config, and goes with the process. */
bool saver_end(struct saver *saver, char **ret_message);

#endif
