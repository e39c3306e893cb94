#include "collect/process_maps.h"

#include <errno.h>
#include <stddef.h>

#include "collect/process_reading.h"
#include "model/field.h"

#define KIB 1024u

/* "Rss:                1516 kB". Lines of other forms (VmFlags, and whatever comes later) are not numbers. */
static int parse_number_line(struct cursor line, struct text *ret_key, uint64_t *ret_bytes)
{
	struct text value;
	struct cursor number;
	uint64_t kib;
	int r = parse_key_value(line, ret_key, &value);

	if (r < 0)
		return r;
	number = cursor_of_text(value);
	r = parse_u64(&number, &kib);
	if (r < 0)
		return r;
	return __builtin_mul_overflow(kib, KIB, ret_bytes) ? -ERANGE : 0;
}

static const struct number_key footprint_keys[] = {
	{"Private_Clean", offsetof(struct memory_footprint, uss_bytes)},
	{"Private_Dirty", offsetof(struct memory_footprint, uss_bytes)},
	{"Private_Hugetlb", offsetof(struct memory_footprint, uss_bytes)},
	{"Pss", offsetof(struct memory_footprint, pss_bytes)},
	{"Swap", offsetof(struct memory_footprint, swap_bytes)},
};

#define FOOTPRINT_KEYS_COUNT (sizeof(footprint_keys) / sizeof(footprint_keys[0]))

int footprint_parse(const char *buffer, size_t length, struct memory_footprint *ret_footprint)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct memory_footprint sum = {0};
	bool found = false;

	while (parse_line(&cursor, &line)) {
		uint64_t *member, bytes;
		struct text key;
		int r = parse_number_line(line, &key, &bytes);

		member = r == -EBADMSG ? NULL : number_key_find(footprint_keys, FOOTPRINT_KEYS_COUNT, key, &sum);
		if (!member)
			continue;
		if (r < 0 || __builtin_add_overflow(*member, bytes, member))
			return -EBADMSG;
		found |= member == &sum.pss_bytes;
	}
	if (!found)
		return -EBADMSG;
	*ret_footprint = sum;
	return 0;
}

static const struct number_key map_keys[] = {
	{"Rss", offsetof(struct memory_map, rss_bytes)},
	{"Size", offsetof(struct memory_map, size_bytes)},
	{"Pss", offsetof(struct memory_map, pss_bytes)},
	{"Shared_Clean", offsetof(struct memory_map, shared_clean_bytes)},
	{"Shared_Dirty", offsetof(struct memory_map, shared_dirty_bytes)},
	{"Private_Clean", offsetof(struct memory_map, private_clean_bytes)},
	{"Private_Dirty", offsetof(struct memory_map, private_dirty_bytes)},
	{"Referenced", offsetof(struct memory_map, referenced_bytes)},
	{"Anonymous", offsetof(struct memory_map, anonymous_bytes)},
	{"Swap", offsetof(struct memory_map, swap_bytes)},
};

#define MAP_KEYS_COUNT (sizeof(map_keys) / sizeof(map_keys[0]))

/* A mapping begins with a range of addresses; every other line's first word ends with a colon. */
static bool is_header(struct cursor line)
{
	uint64_t address;

	return parse_hex(&line, &address) == 0 && parse_literal(&line, "-") == 0;
}

/* "7fe770a04000-7fe770b90000 r-xp 00026000 08:01 1234      /usr/lib/libc.so.6": the path is the rest of the line. */
static int parse_header(struct cursor line, struct arena *arena, struct memory_map *map)
{
	struct text address, permissions, skipped;
	int r = parse_word(&line, &address);

	if (r == 0)
		r = parse_word(&line, &permissions);
	for (int i = 0; i < 3 && r == 0; i++)
		r = parse_word(&line, &skipped);
	if (r < 0)
		return r;
	parse_blanks(&line);
	record_clear(record_memory_map, map);
	map->address = arena_text(arena, address.bytes, address.length);
	map->permissions = arena_text(arena, permissions.bytes, permissions.length);
	map->path = cursor_done(&line) ? TEXT_LITERAL("[anon]")
				       : arena_text(arena, line.p, (size_t)(line.end - line.p));
	return 0;
}

static size_t count_headers(struct cursor cursor)
{
	struct cursor line;
	size_t count = 0;

	while (parse_line(&cursor, &line))
		count += is_header(line);
	return count;
}

static int parse_map_number(struct cursor line, struct memory_map *map)
{
	uint64_t *member, bytes;
	struct text key;
	int r = parse_number_line(line, &key, &bytes);

	if (r == -EBADMSG)
		return 0;
	member = number_key_find(map_keys, MAP_KEYS_COUNT, key, map);
	if (!member)
		return 0;
	if (r < 0)
		return -EBADMSG;
	*member = bytes;
	return 0;
}

int smaps_parse(const char *buffer, size_t length, struct arena *arena, struct list *ret_maps)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	size_t capacity = count_headers(cursor), count = 0;
	struct memory_map *maps = arena_array(arena, capacity ? capacity : 1, sizeof(*maps));

	while (parse_line(&cursor, &line)) {
		int r;

		if (is_header(line))
			r = parse_header(line, arena, &maps[count++]);
		else if (count)
			r = parse_map_number(line, &maps[count - 1]);
		else
			r = -EBADMSG;
		if (r < 0)
			return r;
	}
	*ret_maps = (struct list){maps, count};
	return 0;
}

int process_read_smaps(struct process_reading *reading)
{
	struct process *process = reading->process;
	struct memory_footprint footprint;
	struct text text;
	int r = process_read_text(reading, reading->task_fd, "smaps_rollup", &text);

	if (r == -ENOENT)
		r = process_read_text(reading, reading->task_fd, "smaps", &text);
	if (r == 0)
		r = footprint_parse(text.bytes, text.length, &footprint);
	if (r < 0)
		return r;
	process->more->uss_bytes = footprint.uss_bytes;
	process->more->pss_bytes = footprint.pss_bytes;
	process->more->pss_swap_bytes = footprint.swap_bytes;
	return 0;
}

int process_read_maps(struct process_reading *reading)
{
	struct list maps;
	struct text text;
	int r = process_read_text(reading, reading->task_fd, "smaps", &text);

	if (r == 0)
		r = smaps_parse(text.bytes, text.length, reading->arena, &maps);
	if (r < 0)
		return r;
	/* A zombie has given its memory back: nothing is known of what it was. */
	if (!maps.count && process_is_zombie(reading->process))
		return -ENODATA;
	for (size_t i = 0; i < maps.count; i++)
		process_drop_deleted(reading, NULL, &LIST_ITEMS(maps, struct memory_map)[i].path);
	reading->process->more->memory_maps = maps;
	return 0;
}
