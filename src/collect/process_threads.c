#include "collect/process_threads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/process_reading.h"

/* Fields between the state (3) and utime (14). */
#define FIELDS_BEFORE_UTIME 10

static int parse_times(struct cursor *cursor, char *ret_state, uint64_t *ret_utime, uint64_t *ret_stime)
{
	struct text word;
	int r = parse_word(cursor, &word);

	if (r < 0 || word.length != 1)
		return -EBADMSG;
	*ret_state = word.bytes[0];
	for (int i = 0; i < FIELDS_BEFORE_UTIME; i++) {
		r = parse_word(cursor, &word);
		if (r < 0)
			return r;
	}
	r = parse_u64(cursor, ret_utime);
	return r < 0 ? r : parse_u64(cursor, ret_stime);
}

int task_stat_parse(const char *buffer, size_t length, double ticks_per_s, struct arena *arena,
		    struct thread_times *ret_thread)
{
	struct cursor cursor = cursor_of(buffer, length);
	uint64_t utime, stime;
	const char *name, *end;
	int32_t id;
	char state;
	int r = parse_i32(&cursor, &id);

	if (r < 0)
		return r;
	if (parse_literal(&cursor, " (") < 0)
		return -EBADMSG;
	name = cursor.p;
	/* The name may hold anything, parentheses too: it ends at the last one. */
	end = cursor.p < cursor.end ? memrchr(cursor.p, ')', (size_t)(cursor.end - cursor.p)) : NULL;
	if (!end)
		return -EBADMSG;
	cursor.p = end + 1;
	r = parse_times(&cursor, &state, &utime, &stime);
	if (r < 0)
		return r;
	*ret_thread = (struct thread_times){
		.id = id,
		.state = state,
		.user_time = (double)utime / ticks_per_s,
		.system_time = (double)stime / ticks_per_s,
		.name = arena_text(arena, name, (size_t)(end - name)),
	};
	return 0;
}

/* A thread that ended meanwhile is left out. */
int process_read_threads(struct process_reading *reading)
{
	double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	struct thread_times *threads;
	const char **names;
	size_t names_count, count = 0;
	int r = directory_list(reading->dir_fd, "task", reading->arena, &names, &names_count);

	if (r < 0)
		return r;
	threads = arena_array(reading->arena, names_count ? names_count : 1, sizeof(*threads));
	for (size_t i = 0; i < names_count; i++) {
		char path[64], bytes[2048];
		ssize_t n;

		snprintf(path, sizeof(path), "task/%s/stat", names[i]);
		n = file_read_small(reading->dir_fd, path, bytes, sizeof(bytes));
		if (n == -EACCES || n == -EPERM)
			return (int)n;
		if (n > 0 && task_stat_parse(bytes, (size_t)n, ticks_per_s, reading->arena, &threads[count]) == 0)
			count++;
	}
	reading->process->threads = (struct list){threads, count};
	return 0;
}
