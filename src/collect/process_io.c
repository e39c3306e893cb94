#include "collect/process_io.h"

#include <errno.h>
#include <stddef.h>

#include "collect/process_reading.h"

static const struct number_key keys[] = {
	{"rchar", offsetof(struct process, io_read_chars)},      {"wchar", offsetof(struct process, io_write_chars)},
	{"syscr", offsetof(struct process, io_read_count)},      {"syscw", offsetof(struct process, io_write_count)},
	{"read_bytes", offsetof(struct process, io_read_bytes)},
	{"write_bytes", offsetof(struct process, io_write_bytes)},
};

#define KEYS_COUNT (sizeof(keys) / sizeof(keys[0]))

static int find_number(const char *buffer, size_t length, const char *wanted, uint64_t *ret_value)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct text key, value;

	while (parse_line(&cursor, &line)) {
		if (parse_key_value(line, &key, &value) == 0 && text_equal_string(key, wanted))
			return text_to_u64(value, ret_value);
	}
	return -EBADMSG;
}

int io_parse(const char *buffer, size_t length, struct process *process)
{
	uint64_t values[KEYS_COUNT];

	for (size_t i = 0; i < KEYS_COUNT; i++) {
		int r = find_number(buffer, length, keys[i].key, &values[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < KEYS_COUNT; i++)
		*number_key_find(keys, KEYS_COUNT, text_of(keys[i].key), process) = values[i];
	return 0;
}

int process_read_io(struct process_reading *reading)
{
	char bytes[1024];
	ssize_t n = file_read_small(reading->dir_fd, "io", bytes, sizeof(bytes));

	return n < 0 ? (int)n : io_parse(bytes, (size_t)n, reading->process);
}
