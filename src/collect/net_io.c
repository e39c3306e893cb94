/* Traffic of network interfaces, from proc/net/dev. */
#include "collect/net_io.h"

#include <errno.h>
#include <string.h>

#include "collect/collector.h"
#include "model/field.h"

enum {
	COLUMN_BYTES_RECV,
	COLUMN_PACKETS_RECV,
	COLUMN_ERRIN,
	COLUMN_DROPIN,
	COLUMN_BYTES_SENT = 8,
	COLUMN_PACKETS_SENT,
	COLUMN_ERROUT,
	COLUMN_DROPOUT,
	COLUMN_COUNT = 16,
};

/* Both heading lines have bars between the columns, as no interface's line has. */
int net_dev_skip_heading(struct cursor *file)
{
	struct cursor at = *file, line;

	for (int i = 0; i < 2; i++) {
		if (!parse_line(&at, &line) || line.p == line.end ||
		    !memchr(line.p, '|', (size_t)(line.end - line.p)))
			return -EBADMSG;
	}
	*file = at;
	return 0;
}

static int split_name(struct cursor *line, struct text *ret_name)
{
	size_t length = (size_t)(line->end - line->p);
	const char *colon = length ? memrchr(line->p, ':', length) : NULL;
	struct text name;

	if (!colon)
		return -EBADMSG;
	name = text_trim((struct text){line->p, (size_t)(colon - line->p)});
	if (!name.length)
		return -EBADMSG;
	line->p = colon + 1;
	*ret_name = name;
	return 0;
}

static int parse_columns(struct cursor line, uint64_t columns[COLUMN_COUNT])
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		int r = parse_u64(&line, &columns[i]);

		if (r < 0)
			return r;
		if (!cursor_done(&line) && *line.p != ' ' && *line.p != '\t')
			return -EBADMSG;
	}
	return 0;
}

int net_dev_next(struct cursor *file, struct net_io *ret_io)
{
	struct cursor at = *file, line;
	uint64_t columns[COLUMN_COUNT];
	struct text name;
	int r;

	if (!parse_line(&at, &line))
		return 0;
	r = split_name(&line, &name);
	if (r == 0)
		r = parse_columns(line, columns);
	if (r < 0)
		return r;
	record_clear(record_net_io, ret_io);
	ret_io->name = name;
	ret_io->bytes_recv = columns[COLUMN_BYTES_RECV];
	ret_io->packets_recv = columns[COLUMN_PACKETS_RECV];
	ret_io->errin = columns[COLUMN_ERRIN];
	ret_io->dropin = columns[COLUMN_DROPIN];
	ret_io->bytes_sent = columns[COLUMN_BYTES_SENT];
	ret_io->packets_sent = columns[COLUMN_PACKETS_SENT];
	ret_io->errout = columns[COLUMN_ERROUT];
	ret_io->dropout = columns[COLUMN_DROPOUT];
	*file = at;
	return 1;
}

/* A sum that does not fit is not known, rather than wrong. */
static void add_counter(uint64_t *total, uint64_t value)
{
	if (*total == ABSENT_U64 || value == ABSENT_U64 || __builtin_add_overflow(*total, value, total))
		*total = ABSENT_U64;
}

static void add(struct net_io *total, const struct net_io *io)
{
	add_counter(&total->bytes_sent, io->bytes_sent);
	add_counter(&total->bytes_recv, io->bytes_recv);
	add_counter(&total->packets_sent, io->packets_sent);
	add_counter(&total->packets_recv, io->packets_recv);
	add_counter(&total->errin, io->errin);
	add_counter(&total->errout, io->errout);
	add_counter(&total->dropin, io->dropin);
	add_counter(&total->dropout, io->dropout);
}

/* Loopback is left out: what passes it never reaches a network. */
static struct net_io sum(const struct net_io *items, size_t count)
{
	struct net_io total;

	record_clear(record_net_io, &total);
	total.bytes_sent = total.bytes_recv = total.packets_sent = total.packets_recv = 0;
	total.errin = total.errout = total.dropin = total.dropout = 0;
	for (size_t i = 0; i < count; i++) {
		if (!text_equal_string(items[i].name, "lo"))
			add(&total, &items[i]);
	}
	return total;
}

static size_t count_lines(struct cursor file)
{
	struct cursor line;
	size_t count = 0;

	while (parse_line(&file, &line))
		count++;
	return count;
}

static int parse_file(struct cursor file, struct arena *arena, struct net *net)
{
	int r = net_dev_skip_heading(&file);
	struct net_io *items;
	size_t count = 0;

	if (r < 0)
		return r;
	items = arena_array(arena, count_lines(file) + 1, sizeof(*items));
	while ((r = net_dev_next(&file, &items[count])) > 0) {
		items[count].name = arena_text(arena, items[count].name.bytes, items[count].name.length);
		count++;
	}
	if (r < 0)
		return r;
	net->io = (struct list){items, count};
	net->io_total = sum(items, count);
	return 0;
}

static int net_io_read(void *state, struct tick *tick)
{
	struct buffer buffer = {0};
	int r;

	(void)state;
	r = file_read(tick->root->proc_fd, "net/dev", 0, &buffer);
	if (r == 0)
		r = parse_file(cursor_of(buffer.bytes, buffer.length), &tick->snapshot->arena, &tick->snapshot->net);
	buffer_free(&buffer);
	return r;
}

const struct collector collector_net_io = {
	.name = "net_io",
	.sections = SECTION_BIT(SECTION_NET),
	.read = net_io_read,
};
