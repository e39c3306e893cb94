/* Pressure stall information: the pure parts. */
#ifndef CMON_COLLECT_PRESSURE_H
#define CMON_COLLECT_PRESSURE_H

#include "base/text.h"
#include "model/snapshot.h"

/* Text of a file of proc/pressure (Linux 4.20): lines
 *   some avg10=0.12 avg60=0.05 avg300=0.01 total=123456
 *   full …
 * Shares of the last 10, 60 and 300 seconds in percent, total in microseconds since boot.
 * cpu has "full" since 5.13, irq (6.1) has only "full". Lines of other kinds are passed over.
 * ret_some, ret_full: left untouched where their line is not there; NULL: not wanted.
 * Returns 0, -EBADMSG when a line is malformed or there is neither, -ERANGE. Nothing is set unless it returns 0. */
int pressure_parse(struct text text, struct pressure_line *ret_some, struct pressure_line *ret_full);

/* What the collector returns when the readings of its files returned these.
 * 0 when any succeeded; -EOPNOTSUPP when one says so (PSI is built in and disabled: psi=0); -ENOENT when none is
 * there; else the first of the other errors. */
int pressure_outcome(const int *results, size_t count);

#endif
