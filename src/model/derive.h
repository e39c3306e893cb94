/* Everything that follows from the values that were read: rates, times, names, STAT, totals. */
#ifndef CMON_MODEL_DERIVE_H
#define CMON_MODEL_DERIVE_H

#include "model/snapshot.h"

/* Fill what is derived, once all collectors have run.
 * previous: the snapshot before, NULL for none; it need not have the same sections, facts or processes.
 * Looks at: cpus, disks and net with the read_ns of the collectors "disk_io" and "net_io"; processes (sorted by pid,
 * with their read_ns), boot_time, memory.total, and uptime with the read_ns of "host" for processes born since the
 * previous snapshot; snapshot->facts for FACT_FAMILY and FACT_LINEAGE, which it adds to the processes' `have`.
 * Children, ancestors and orphans follow from the processes listed: list all before this and drop afterwards what
 * the request does not name. Rates that cannot be known stay absent. Memory comes from the snapshot's arena. */
void snapshot_derive(const struct snapshot *previous, struct snapshot *snapshot);

#endif
