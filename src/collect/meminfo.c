/* Every line of proc/meminfo. libproc2, which the collector "memory" uses, has no item for some of them, and gives 0
 * for those a kernel does not have. */
#include "collect/meminfo.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "collect/collector.h"

/* "Node 0 " before the name, in the file of a NUMA node. */
static struct text without_node(struct text name)
{
	struct cursor cursor = cursor_of_text(name);
	uint64_t node;

	if (parse_literal(&cursor, "Node ") < 0 || parse_u64(&cursor, &node) < 0)
		return name;
	return text_trim((struct text){cursor.p, (size_t)(cursor.end - cursor.p)});
}

/* Returns false for a line that is none. */
static bool parse_item(struct cursor line, struct memory_size *ret_item)
{
	struct memory_size item = {.is_count = true};
	struct text value;
	struct cursor cursor;

	if (parse_key_value(line, &item.name, &value) < 0)
		return false;
	cursor = cursor_of_text(value);
	if (parse_u64(&cursor, &item.value) < 0)
		return false;
	if (!cursor_done(&cursor)) {
		if (parse_literal(&cursor, " kB") < 0 || !cursor_done(&cursor) || item.value > UINT64_MAX / 1024)
			return false;
		item.value *= 1024;
		item.is_count = false;
	}
	item.name = without_node(item.name);
	*ret_item = item;
	return item.name.length > 0 && item.value != ABSENT_U64;
}

static size_t count_lines(struct text text)
{
	struct cursor cursor = cursor_of_text(text), line;
	size_t count = 0;

	while (parse_line(&cursor, &line))
		count++;
	return count;
}

int meminfo_parse(struct text text, struct arena *arena, struct list *ret_items)
{
	struct cursor cursor = cursor_of_text(text), line;
	struct memory_size *items = arena_array(arena, count_lines(text), sizeof(*items));
	size_t count = 0;

	while (parse_line(&cursor, &line)) {
		if (!parse_item(line, &items[count]))
			continue;
		items[count].name = arena_text(arena, items[count].name.bytes, items[count].name.length);
		count++;
	}
	if (count == 0)
		return -EBADMSG;
	*ret_items = (struct list){items, count};
	return 0;
}

static int meminfo_read(void *state, struct tick *tick)
{
	struct buffer buffer = {0};
	int r = file_read(tick->root->proc_fd, "meminfo", 0, &buffer);

	(void)state;
	if (r == 0)
		r = meminfo_parse((struct text){buffer.bytes, buffer.length}, &tick->snapshot->arena,
				  &tick->snapshot->meminfo);
	buffer_free(&buffer);
	return r;
}

const struct collector collector_meminfo = {
	.name = "meminfo",
	.sections = SECTION_BIT(SECTION_MEMINFO),
	.read = meminfo_read,
};
