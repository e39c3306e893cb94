#include "collect/load.h"

#include <errno.h>

#include "base/parse.h"
#include "collect/collector.h"

static int parse_entities(struct cursor *cursor, struct load_average *load)
{
	int r = parse_i32(cursor, &load->runnable);

	if (r < 0)
		return r;
	r = parse_literal(cursor, "/");
	if (r < 0)
		return r;
	return parse_i32(cursor, &load->tasks);
}

int load_parse(struct text text, struct load_average *ret_load)
{
	struct cursor cursor = cursor_of_text(text);
	struct load_average load;
	/* cppcheck-suppress uninitvar */
	double *const averages[] = {&load.min1, &load.min5, &load.min15};
	int r;

	for (size_t i = 0; i < sizeof(averages) / sizeof(averages[0]); i++) {
		r = parse_f64(&cursor, averages[i]);
		if (r < 0)
			return r;
		if (*averages[i] < 0)
			return -EBADMSG;
	}
	r = parse_entities(&cursor, &load);
	if (r < 0)
		return r;
	*ret_load = load;
	return 0;
}

static int load_read(void *state, struct tick *tick)
{
	char bytes[256];
	ssize_t n = file_read_small(tick->root->proc_fd, "loadavg", bytes, sizeof(bytes));

	(void)state;
	if (n < 0)
		return (int)n;
	return load_parse((struct text){bytes, (size_t)n}, &tick->snapshot->load);
}

const struct collector collector_load = {
	.name = "load",
	.sections = SECTION_BIT(SECTION_LOAD),
	.read = load_read,
};
