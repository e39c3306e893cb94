/* The text of proc/net/dev. */
#ifndef CMON_COLLECT_NET_IO_H
#define CMON_COLLECT_NET_IO_H

#include "base/parse.h"
#include "model/snapshot.h"

/* Skip the two heading lines. Returns 0, or -EBADMSG when they are not there. */
int net_dev_skip_heading(struct cursor *file);

/* Take one interface. Its name ends at the last ':' of the line, since that of an alias holds one itself; numbers may
 * follow without a space.
 * ret_io: counters since the interface was made; name borrows from the buffer; rates are absent.
 * Returns 1; 0 at the end; -EBADMSG when malformed or short of a column, -ERANGE for a number above 64 bits. */
int net_dev_next(struct cursor *file, struct net_io *ret_io);

#endif
