/* Reading the machine: one call makes one snapshot. */
#ifndef CMON_COLLECT_COLLECT_H
#define CMON_COLLECT_COLLECT_H

#include "base/root.h"
#include "model/request.h"
#include "model/snapshot.h"

struct collect;

/* root is borrowed and must outlive the object. A collector that cannot start is noted in its status and tried
 * again at the next tick. */
struct collect *collect_open(const struct root *root);
void collect_close(struct collect *collect);

/* Wait until the BPF programs are there that a first tick with this request reads the processes with, at most
 * source_wait_s. Returns whether they are; false where there are so few processes that it would not pay. */
bool collect_await_programs(struct collect *collect, const struct request *request);

/* Read what the request asks for and derive the rest.
 * previous: the snapshot before, for rates; NULL for none.
 * Returns a snapshot with one reference; sources that failed are listed in it, the call itself does not fail. */
struct snapshot *collect_tick(struct collect *collect, const struct request *request, const struct snapshot *previous);

#endif
