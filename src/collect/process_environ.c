#include "collect/process_environ.h"

#include <errno.h>
#include <string.h>

#include "collect/process_reading.h"

size_t environ_length(const char *buffer, size_t length)
{
	size_t at = 0;

	while (at < length && buffer[at]) {
		const char *end = memchr(buffer + at, '\0', length - at);

		if (!end)
			return length;
		at = (size_t)(end - buffer) + 1;
	}
	return at;
}

/* Not by libproc2: 4.0.2 cuts a value at a newline, as if another variable began there. */
int process_read_environ(struct process_reading *reading)
{
	struct process *process = reading->process;
	struct text text;
	size_t length;
	int r;

	if (process->is_kernel == 1) {
		process->more->environ = TEXT_LITERAL("");
		return 0;
	}
	r = process_read_text(reading, reading->task_fd, "environ", &text);
	if (r < 0)
		return r;
	/* A zombie's reads as empty because it is gone, not because it was. */
	if (!text.length && process_is_zombie(process))
		return -ENODATA;
	length = environ_length(text.bytes, text.length);
	process->more->environ = arena_text(reading->arena, text.bytes, length);
	/* arena_text has put a NUL there, which a string that lacked one may have. */
	if (length && text.bytes[length - 1])
		process->more->environ.length++;
	return 0;
}

static int parse_ids(struct text value, struct arena *arena, struct list *ret_groups)
{
	struct cursor cursor = cursor_of_text(value);
	/* Each id takes two bytes at least, its separator included. */
	int32_t *groups = arena_array(arena, value.length / 2 + 1, sizeof(*groups));
	size_t count = 0;

	while (!cursor_done(&cursor)) {
		uint64_t id;

		if (parse_u64(&cursor, &id) < 0 || id > UINT32_MAX)
			return -EBADMSG;
		groups[count++] = (int32_t)id;
	}
	*ret_groups = (struct list){groups, count};
	return 0;
}

int groups_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_groups)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct text key, value;

	while (parse_line(&cursor, &line)) {
		if (parse_key_value(line, &key, &value) == 0 && text_equal_string(key, "Groups"))
			return parse_ids(value, arena, ret_groups);
	}
	return -EBADMSG;
}

int process_read_groups(struct process_reading *reading)
{
	struct text text;
	int r = process_read_text(reading, reading->dir_fd, "status", &text);

	return r < 0 ? r : groups_parse(text.bytes, text.length, reading->arena, &reading->process->more->groups);
}
