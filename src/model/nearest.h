/* Which name somebody may have meant who typed another. */
#ifndef CMON_MODEL_NEAREST_H
#define CMON_MODEL_NEAREST_H

#include <stddef.h>

#include "base/text.h"

/* The one of `count` names that differs least from what was typed, or NULL when none is near. name: gives one of them
 * by its index; NULL for one that is not to be suggested. */
const char *name_nearest(struct text typed, const char *(*name)(const void *context, size_t at), const void *context,
			 size_t count);

#endif
