/* What may be done to processes. The front end says what; src/act does it, and is handed over by main.c, since no
 * layer but that one may change the system. A process is named by pid and start time: one that has the pid of another
 * by now is never touched. */
#ifndef CMON_MODEL_ACT_H
#define CMON_MODEL_ACT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/snapshot.h"

enum act_kind {
	ACT_SIGNAL,   /* number */
	ACT_NICE,     /* number: new nice value */
	ACT_NICE_BY,  /* number: added to the nice value of each thread */
	ACT_IONICE,   /* number: class, second: level */
	ACT_AFFINITY, /* cpus */
	ACT_SCHED,    /* number: SCHED_ policy, second: its priority */
	ACT_LIMIT,    /* number: RLIMIT_ resource; soft, hard; -1: unlimited */
	ACT_KIND_COUNT,
};

/* A limit that stays as it is. */
#define ACT_LIMIT_KEEP INT64_MIN

struct act {
	enum act_kind kind;
	int number, second;
	int64_t soft, hard;
	const int32_t *cpus; /* ascending */
	size_t cpus_count;
};

struct trace;

struct act_ops {
	/* Do it to one process; thread: 0 for all of its threads, or the id of one, where the kernel has that per thread
	 * (signals and limits are the process's).
	 * Returns 0 or -errno: -ESRCH when that process is gone, also when its pid is used again; -EPERM. With several
	 * threads it is the first error, and the others are changed nevertheless. */
	int (*apply)(const struct act *act, struct identity process, int32_t thread);
	/* Trace the system calls of a process, by a program beside, whose lines are kept until they are read. NULL: there
	 * are no traces, nor the functions below. ret_tracer: who traces it already, with -EBUSY.
	 * Returns 0, -ESRCH, -EBUSY, -EDEADLK for this very program, -errno. */
	int (*trace_start)(struct identity process, struct trace **ret_trace, int32_t *ret_tracer);
	/* Readable while there is something to be read, or the end. */
	int (*trace_fd)(const struct trace *trace);
	/* Returns how many bytes came, 0 when there are none now, -EPIPE after the end. */
	ssize_t (*trace_read)(struct trace *trace, char *bytes, size_t size);
	/* End it, if it did not yet, and free it. */
	void (*trace_stop)(struct trace *trace);
};

#define ACT_SIGNAL_NAME_SIZE 16

/* "SIGTERM", "SIGRTMIN+3". Returns false for what is no signal, and for those that the C library keeps to itself. */
bool act_signal_name(int number, char name[ACT_SIGNAL_NAME_SIZE]);

/* Number of a signal: by its name with or without "SIG", in any case, or a number. Returns 0 for what is none. */
int act_signal_find(struct text name);

/* The greatest number of a signal. */
int act_signal_last(void);

/* A resource with limits. */
struct act_resource {
	const char *name; /* "RLIMIT_NOFILE", as struct resource_limit has it */
	int number;       /* RLIMIT_NOFILE */
	const char *help; /* with its unit */
	bool is_bytes;
};

extern const struct act_resource act_resources[];
extern const size_t act_resources_count;

/* "unlimited", a number, and with is_bytes one with K, M, G or T behind it, of 1024.
 * Returns 0, -EBADMSG, -ERANGE. */
int act_parse_limit(struct text text, bool is_bytes, int64_t *ret_limit);

/* SOFT, SOFT:HARD, SOFT: or :HARD; what is left out is ACT_LIMIT_KEEP. Returns as above; -EINVAL when the soft one is
 * above the hard one. */
int act_parse_limits(struct text text, bool is_bytes, int64_t *ret_soft, int64_t *ret_hard);

/* Numbers of CPUs as "0-3,8", ascending and each once. ret_cpus: free() it.
 * Returns 0, -EBADMSG when malformed or empty, -ERANGE above what the kernel can have. */
int act_parse_cpus(struct text text, int32_t **ret_cpus, size_t *ret_count);

/* The same as text; free() it. cpus: ascending. */
char *act_format_cpus(const int32_t *cpus, size_t count);

#endif
