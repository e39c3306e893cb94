/* Load averages: the pure part. */
#ifndef CMON_COLLECT_LOAD_H
#define CMON_COLLECT_LOAD_H

#include "base/text.h"
#include "model/snapshot.h"

/* Text of proc/loadavg: "0.27 0.09 0.03 3/98 5978".
 * The averages count tasks that run, are ready to, or sleep uninterruptibly; 3/98 are scheduling entities (threads)
 * running now and existing. The last field, the newest pid, is not used.
 * ret_load: set only on success. Returns 0, -EBADMSG when malformed, -ERANGE. */
int load_parse(struct text text, struct load_average *ret_load);

#endif
