/* The BPF programs as they are needed: each is loaded when somebody first wants it, beside what goes on meanwhile. */
#ifndef CMON_COLLECT_BPF_PROGRAMS_H
#define CMON_COLLECT_BPF_PROGRAMS_H

#include <stdbool.h>

#include "collect/bpf_load.h"

struct request;

struct bpf_programs; /* of one thread, with which a helper that is at work ends */

struct bpf_programs *bpf_programs_new(void);
/* NULL is fine. */
void bpf_programs_free(struct bpf_programs *programs);

/* Whether the request is worth loading programs for: reading so many tasks from /proc would take longer. */
bool bpf_programs_pay(const struct request *request);

/* Whether a first look is had sooner when the programs are waited for. */
bool bpf_programs_save_time(const struct request *request);

/* Have these loaded, BPF_PROGRAM_BITs, unless they are or could not be: in a helper, that starts at once or when the one
 * that is at work has ended. Does not wait. */
void bpf_programs_want(struct bpf_programs *programs, unsigned int wanted);

/* Take what helpers have loaded, waiting at most so many milliseconds for the one at work. Comes before
 * bpf_programs_link in each tick. */
void bpf_programs_take(struct bpf_programs *programs, int timeout_ms);

/* Returns the program's link, whose descriptor stays the object's; -EAGAIN while it is being loaded, -ENODATA when nobody
 * wants it, -errno when it could not be loaded. */
int bpf_programs_link(const struct bpf_programs *programs, enum bpf_program_id program);

/* The map that controls the passes over the tasks, or -errno. */
int bpf_programs_control(const struct bpf_programs *programs);

/* The same when it has come, for which it is waited as long as the request allows; a program that was not wanted has
 * to be loaded first, where that pays. -ENODATA also where the request wants none. programs: NULL is fine. */
int bpf_programs_obtain(struct bpf_programs *programs, const struct request *request, enum bpf_program_id program);

/* Close all, and try none of them again: each has this -errno. */
void bpf_programs_give_up(struct bpf_programs *programs, int error);

#endif
