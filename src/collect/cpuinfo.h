/* proc/cpuinfo, and which CPUs are online: what topology and frequencies share. */
#ifndef CMON_COLLECT_CPUINFO_H
#define CMON_COLLECT_CPUINFO_H

#include "base/parse.h"
#include "base/root.h"
#include "model/snapshot.h"

/* Above what any kernel is built for (NR_CPUS is 8192 on x86-64). */
#define CPU_NUMBER_MAX 65535

struct cpuinfo_cpu {
	int32_t number;
	int32_t package, core; /* "physical id", "core id": x86; ABSENT_I32 */
	double mhz;            /* "cpu MHz"; absent where it is not a number ("Unknown", Linux 6.16) */
};

/* Take the next CPU of the text of proc/cpuinfo: "key : value" lines up to an empty line. Blocks without a
 * "processor" (s390: "cpu number"), such as the board's on ARM, are passed over.
 * Returns 1, 0 at the end, -EBADMSG or -ERANGE when one of the numbers is malformed. */
int cpuinfo_next(struct cursor *cursor, struct cpuinfo_cpu *ret_cpu);

/* Numbers of a CPU list ("0-3,8"), ascending, each once.
 * ret_numbers: ret_count numbers in the arena. Returns 0, -EBADMSG, -ERANGE above CPU_NUMBER_MAX. */
int cpu_list_numbers(struct text list, struct arena *arena, int32_t **ret_numbers, size_t *ret_count);

/* The list of the CPUs online.
 * Source: sys/devices/system/cpu/online, else the processors of proc/cpuinfo. Returns 0 or -errno. */
int cpu_online_list(const struct root *root, struct arena *arena, struct text *ret_list);

/* A number that a file of a CPU holds, below sys/devices/system/cpu/cpuN. Returns 0, -errno, -EBADMSG. */
int cpu_file_i64(const struct root *root, int32_t number, const char *file, int64_t *ret_value);

#endif
