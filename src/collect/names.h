/* Names of users and terminals, kept between ticks. */
#ifndef CMON_COLLECT_NAMES_H
#define CMON_COLLECT_NAMES_H

#include "collect/collector.h"

struct names;

struct names *names_new(void);
void names_free(struct names *names);

/* Forget what belongs to the last tick's snapshot. Call at the start of every tick. */
void names_begin(struct names *names);

/* Name of a user id, its number where it has no name (as ls shows it).
 * Source: getpwuid_r(3) on the slow thread, since it may ask the network.
 * Returns 0; -EINPROGRESS or -ETIMEDOUT while the answer is not there. Text lives as long as the snapshot. */
int names_user(struct names *names, struct tick *tick, int64_t uid, struct text *ret_name);

/* Device path of a controlling terminal, "/dev/pts/0".
 * tty_nr: field 7 of /proc/PID/stat. Source: the number for pts, else sys/dev/char/MAJOR:MINOR/uevent.
 * Returns 0, or -ENOENT without a terminal or a name for it. */
int names_terminal(struct names *names, struct tick *tick, int32_t tty_nr, struct text *ret_name);

#endif
