#include "collect/process_limits.h"

#include <errno.h>

#include "collect/process_reading.h"

static const struct {
	const char *title; /* as fs/proc/base.c prints it */
	struct text name;
} resources[] = {
	{"Max cpu time", {"RLIMIT_CPU", 10}},
	{"Max file size", {"RLIMIT_FSIZE", 12}},
	{"Max data size", {"RLIMIT_DATA", 11}},
	{"Max stack size", {"RLIMIT_STACK", 12}},
	{"Max core file size", {"RLIMIT_CORE", 11}},
	{"Max resident set", {"RLIMIT_RSS", 10}},
	{"Max processes", {"RLIMIT_NPROC", 12}},
	{"Max open files", {"RLIMIT_NOFILE", 13}},
	{"Max locked memory", {"RLIMIT_MEMLOCK", 14}},
	{"Max address space", {"RLIMIT_AS", 9}},
	{"Max file locks", {"RLIMIT_LOCKS", 12}},
	{"Max pending signals", {"RLIMIT_SIGPENDING", 17}},
	{"Max msgqueue size", {"RLIMIT_MSGQUEUE", 15}},
	{"Max nice priority", {"RLIMIT_NICE", 11}},
	{"Max realtime priority", {"RLIMIT_RTPRIO", 13}},
	{"Max realtime timeout", {"RLIMIT_RTTIME", 13}},
};

#define RESOURCES_COUNT (sizeof(resources) / sizeof(resources[0]))

/* Above INT64_MAX a limit cannot be told from the mark for unlimited, so it is absent. */
static int parse_limit(struct cursor *line, int64_t *ret_value)
{
	struct text word;
	uint64_t value;
	int r = parse_word(line, &word);

	if (r < 0)
		return r;
	if (text_equal_string(word, "unlimited")) {
		*ret_value = -1;
		return 0;
	}
	r = text_to_u64(word, &value);
	if (r < 0)
		return r;
	*ret_value = value <= INT64_MAX ? (int64_t)value : ABSENT_I64;
	return 0;
}

/* Returns 1 for a known row, 0 for others, -errno. */
static int parse_row(struct cursor line, struct resource_limit *limit)
{
	for (size_t i = 0; i < RESOURCES_COUNT; i++) {
		struct cursor at = line;
		int r;

		if (parse_literal(&at, resources[i].title) < 0 || parse_literal(&at, " ") < 0)
			continue;
		limit->name = resources[i].name;
		r = parse_limit(&at, &limit->soft);
		if (r == 0)
			r = parse_limit(&at, &limit->hard);
		return r < 0 ? r : 1;
	}
	return 0;
}

int limits_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_limits)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct resource_limit *limits = arena_array(arena, RESOURCES_COUNT, sizeof(*limits));
	size_t count = 0;

	while (count < RESOURCES_COUNT && parse_line(&cursor, &line)) {
		int r = parse_row(line, &limits[count]);

		if (r < 0)
			return -EBADMSG;
		count += (size_t)r;
	}
	if (!count)
		return -EBADMSG;
	*ret_limits = (struct list){limits, count};
	return 0;
}

int process_read_limits(struct process_reading *reading)
{
	struct text text;
	int r = process_read_text(reading, reading->dir_fd, "limits", &text);

	return r < 0 ? r : limits_parse(text.bytes, text.length, reading->arena, &reading->process->more->limits);
}
