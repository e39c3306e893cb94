/* The only code that changes the system: signals, priorities, CPUs and limits of processes. */
#ifndef CMON_ACT_ACT_H
#define CMON_ACT_ACT_H

#include "model/act.h"

/* Kernel 5.10 and later. A signal goes through a pidfd of the very process: its start time is compared after the pidfd
 * was opened, so the pid cannot have gone to another before. What the kernel offers by number alone is done between two
 * looks at that process: see act.c. */
extern const struct act_ops act_system;

#endif
