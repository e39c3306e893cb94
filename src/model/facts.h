/* What can be known of a process, in the groups in which it is read. One bit serves three ends: a field names the fact
 * it needs, a request is a set of facts to read, and a process carries the set it has and the set it was denied. */
#ifndef CMON_MODEL_FACTS_H
#define CMON_MODEL_FACTS_H

#include <stdint.h>

enum fact {
	FACT_STAT,        /* proc/PID/stat; always read */
	FACT_STATE,       /* proc/PID/status: real uid, locked memory, tracer, pid namespaces */
	FACT_STATUS,      /* proc/PID/status: the rest: uids, gids, memory, signals, context switches */
	FACT_STATM,       /* memory_info: from status where it is read anyway, else proc/PID/statm */
	FACT_CMDLINE,     /* proc/PID/cmdline */
	FACT_USERNAME,    /* name of the real uid */
	FACT_TERMINAL,    /* device name of tty_nr */
	FACT_EXE,         /* link proc/PID/exe */
	FACT_CWD,         /* link proc/PID/cwd */
	FACT_ROOT,        /* link proc/PID/root */
	FACT_IO,          /* proc/PID/io */
	FACT_NUM_FDS,     /* count of proc/PID/fd */
	FACT_OPEN_FILES,  /* proc/PID/fd and fdinfo, regular files */
	FACT_LOCKS,       /* proc/PID/fdinfo: lock, proc/locks */
	FACT_CONNECTIONS, /* sockets owned by this process */
	FACT_ENVIRON,     /* proc/PID/environ */
	FACT_SMAPS,       /* proc/PID/smaps_rollup */
	FACT_MAPS,        /* proc/PID/smaps, per mapping */
	FACT_THREADS,     /* proc/PID/task */
	FACT_AFFINITY,    /* sched_getaffinity */
	FACT_IONICE,      /* ioprio_get */
	FACT_LIMITS,      /* proc/PID/limits */
	FACT_CGROUP,      /* proc/PID/cgroup */
	FACT_WCHAN,       /* proc/PID/wchan */
	FACT_SYSCALL,     /* proc/PID/syscall */
	FACT_SCHED,       /* proc/PID/sched: se.exec_start, for the age of zombies */
	FACT_NAMESPACES,  /* links proc/PID/ns */
	FACT_GROUPS,      /* supplementary groups */
	FACT_AUTOGROUP,   /* proc/PID/autogroup */
	FACT_OOM,         /* proc/PID/oom_score, oom_score_adj */
	FACT_UNIT,        /* systemd unit, and lxc container name */
	FACT_FAMILY,      /* derived: pids of children and ancestors */
	FACT_LINEAGE,     /* derived: orphan and zombie; brings what its rules look at */
	FACT_COUNT,
	FACT_ALWAYS = FACT_COUNT, /* of a field: it needs none, as the pid that /proc lists */
};

_Static_assert(FACT_COUNT <= 64, "facts are bits of a uint64_t");

#define FACT_BIT(fact) (UINT64_C(1) << (fact))

#endif
