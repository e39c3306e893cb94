#include "model/act.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/fatal.h"
#include "base/parse.h"

#define CPUS_LIMIT 65535 /* more than any kernel is built for */

/* Signals */

bool act_signal_name(int number, char name[ACT_SIGNAL_NAME_SIZE])
{
	const char *known = number > 0 ? sigabbrev_np(number) : NULL;

	if (known)
		snprintf(name, ACT_SIGNAL_NAME_SIZE, "SIG%s", known);
	else if (number == SIGRTMIN)
		snprintf(name, ACT_SIGNAL_NAME_SIZE, "SIGRTMIN");
	else if (number > SIGRTMIN && number <= SIGRTMAX)
		snprintf(name, ACT_SIGNAL_NAME_SIZE, "SIGRTMIN+%u", (unsigned)(number - SIGRTMIN) % 100);
	else
		return false;
	return true;
}

int act_signal_last(void)
{
	return SIGRTMAX;
}

static bool is_named(struct text text, const char *name)
{
	return (text.length == strlen(name) && strncasecmp(text.bytes, name, text.length) == 0) ||
	       (text.length == strlen(name + 3) && strncasecmp(text.bytes, name + 3, text.length) == 0);
}

int act_signal_find(struct text name)
{
	char known[ACT_SIGNAL_NAME_SIZE];
	uint64_t number;

	if (!name.length)
		return 0;
	if (text_to_u64(name, &number) == 0)
		return number <= INT32_MAX && act_signal_name((int)number, known) ? (int)number : 0;
	for (int i = 1; i <= SIGRTMAX; i++) {
		if (act_signal_name(i, known) && is_named(name, known))
			return i;
	}
	return is_named(name, "SIGRTMAX") ? SIGRTMAX : 0;
}

/* Limits */

const struct act_resource act_resources[] = {
	{"RLIMIT_NOFILE", RLIMIT_NOFILE, "open files", false},
	{"RLIMIT_NPROC", RLIMIT_NPROC, "processes and threads of its user", false},
	{"RLIMIT_CPU", RLIMIT_CPU, "CPU time, seconds", false},
	{"RLIMIT_AS", RLIMIT_AS, "address space, bytes", true},
	{"RLIMIT_DATA", RLIMIT_DATA, "data, bytes", true},
	{"RLIMIT_STACK", RLIMIT_STACK, "stack, bytes", true},
	{"RLIMIT_CORE", RLIMIT_CORE, "core file, bytes", true},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE, "size of a file, bytes", true},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK, "locked memory, bytes", true},
	{"RLIMIT_RSS", RLIMIT_RSS, "resident memory, bytes; Linux does not enforce it", true},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS, "file locks; Linux does not enforce it", false},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING, "pending signals of its user", false},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE, "message queues, bytes", true},
	{"RLIMIT_NICE", RLIMIT_NICE, "nice may fall to 20 minus this", false},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO, "real-time priority", false},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME, "CPU time without a pause in real time, microseconds", false},
};

const size_t act_resources_count = sizeof(act_resources) / sizeof(act_resources[0]);

/* The shift of the unit behind a number, or -1 for what is none. */
static int unit_shift(struct text unit)
{
	static const char units[] = "KMGT";
	const char *found;

	if (!unit.length)
		return 0;
	found = strchr(units, toupper((unsigned char)*unit.bytes));
	return unit.length == 1 && found && *found ? 10 * (int)(found - units + 1) : -1;
}

int act_parse_limit(struct text text, bool is_bytes, int64_t *ret_limit)
{
	struct cursor cursor;
	uint64_t value;
	int shift, r;

	text = text_trim(text);
	if (text.length == 9 && strncasecmp(text.bytes, "unlimited", 9) == 0) {
		*ret_limit = -1;
		return 0;
	}
	cursor = cursor_of_text(text);
	r = parse_u64(&cursor, &value);
	if (r < 0)
		return r;
	shift = unit_shift((struct text){cursor.p, (size_t)(cursor.end - cursor.p)});
	if (shift < 0 || (shift > 0 && !is_bytes))
		return -EBADMSG;
	if (value > (uint64_t)INT64_MAX >> shift)
		return -ERANGE;
	*ret_limit = (int64_t)(value << shift);
	return 0;
}

static bool is_above(int64_t soft, int64_t hard)
{
	return hard >= 0 && (soft == -1 || soft > hard);
}

int act_parse_limits(struct text text, bool is_bytes, int64_t *ret_soft, int64_t *ret_hard)
{
	struct cursor cursor = cursor_of_text(text_trim(text));
	struct text first, second = {"", 0};
	int64_t soft = ACT_LIMIT_KEEP, hard = ACT_LIMIT_KEEP;
	int r = 0;

	if (parse_until(&cursor, ':', &first) == 0)
		second = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
	else
		first = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
	if (!first.length && !second.length)
		return -EBADMSG;
	if (first.length)
		r = act_parse_limit(first, is_bytes, &soft);
	if (r == 0 && second.length)
		r = act_parse_limit(second, is_bytes, &hard);
	if (r == 0 && soft != ACT_LIMIT_KEEP && is_above(soft, hard))
		r = -EINVAL;
	if (r < 0)
		return r;
	*ret_soft = soft;
	*ret_hard = hard;
	return 0;
}

/* CPUs */

struct cpu_set {
	bool has[CPUS_LIMIT + 1];
	size_t count;
};

static void add_cpu(uint32_t cpu, void *context)
{
	struct cpu_set *set = context;

	set->count += !set->has[cpu];
	set->has[cpu] = true;
}

int act_parse_cpus(struct text text, int32_t **ret_cpus, size_t *ret_count)
{
	struct cpu_set *set = xcalloc(1, sizeof(*set));
	int r = parse_cpu_list(text_trim(text), CPUS_LIMIT, add_cpu, set);

	if (r == 0 && !set->count)
		r = -EBADMSG;
	if (r == 0) {
		*ret_cpus = xreallocarray(NULL, set->count, sizeof(**ret_cpus));
		*ret_count = 0;
		for (int32_t cpu = 0; cpu <= CPUS_LIMIT; cpu++) {
			if (set->has[cpu])
				(*ret_cpus)[(*ret_count)++] = cpu;
		}
	}
	free(set);
	return r;
}

char *act_format_cpus(const int32_t *cpus, size_t count)
{
	size_t size = count * 12 + 1, length = 0;
	char *text = xmalloc(size);

	*text = '\0';
	for (size_t i = 0; i < count;) {
		size_t last = i;

		while (last + 1 < count && cpus[last + 1] == cpus[last] + 1)
			last++;
		length += (size_t)snprintf(text + length, size - length, "%s%d", length ? "," : "", cpus[i]);
		if (last > i)
			length += (size_t)snprintf(text + length, size - length, "%s%d", last > i + 1 ? "-" : ",",
						   cpus[last]);
		i = last + 1;
	}
	return text;
}
