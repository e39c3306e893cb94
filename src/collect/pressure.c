#include "collect/pressure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "collect/collector.h"

static int parse_average(struct cursor *line, const char *name, double *ret_value)
{
	int r;

	parse_blanks(line);
	r = parse_literal(line, name);
	if (r == 0)
		r = parse_f64(line, ret_value);
	return r == 0 && *ret_value < 0 ? -EBADMSG : r;
}

static int parse_values(struct cursor line, struct pressure_line *ret_values)
{
	int r = parse_average(&line, "avg10=", &ret_values->avg10);

	if (r < 0)
		return r;
	r = parse_average(&line, "avg60=", &ret_values->avg60);
	if (r < 0)
		return r;
	r = parse_average(&line, "avg300=", &ret_values->avg300);
	if (r < 0)
		return r;
	parse_blanks(&line);
	r = parse_literal(&line, "total=");
	return r < 0 ? r : parse_u64(&line, &ret_values->total);
}

int pressure_parse(struct text text, struct pressure_line *ret_some, struct pressure_line *ret_full)
{
	struct cursor cursor = cursor_of_text(text), line;
	struct pressure_line some = {0}, full = {0};
	bool has_some = false, has_full = false;
	int r = 0;

	while (r == 0 && parse_line(&cursor, &line)) {
		if (parse_literal(&line, "some ") == 0) {
			r = parse_values(line, &some);
			has_some = true;
		} else if (parse_literal(&line, "full ") == 0) {
			r = parse_values(line, &full);
			has_full = true;
		}
	}
	if (r < 0)
		return r;
	if (!has_some && !has_full)
		return -EBADMSG;
	if (ret_some && has_some)
		*ret_some = some;
	if (ret_full && has_full)
		*ret_full = full;
	return 0;
}

int pressure_outcome(const int *results, size_t count)
{
	int outcome = -ENOENT;

	for (size_t i = 0; i < count; i++) {
		if (results[i] == 0)
			return 0;
		if (results[i] == -EOPNOTSUPP || (outcome == -ENOENT && results[i] != -EOPNOTSUPP))
			outcome = results[i];
	}
	return outcome;
}

struct resource {
	const char *name;
	struct pressure_line *some, *full;
	bool optional; /* its absence is no error beside the others */
};

static int read_resource(const struct root *root, const struct resource *resource)
{
	char path[32], bytes[512];
	ssize_t n;

	snprintf(path, sizeof(path), "pressure/%s", resource->name);
	n = file_read_small(root->proc_fd, path, bytes, sizeof(bytes));
	if (n < 0)
		return (int)n;
	return pressure_parse((struct text){bytes, (size_t)n}, resource->some, resource->full);
}

static int pressure_read(void *state, struct tick *tick)
{
	struct pressure *pressure = &tick->snapshot->pressure;
	const struct resource resources[] = {
		{"cpu", &pressure->cpu_some, &pressure->cpu_full, false},
		{"memory", &pressure->memory_some, &pressure->memory_full, false},
		{"io", &pressure->io_some, &pressure->io_full, false},
		{"irq", NULL, &pressure->irq_full, true},
	};
	enum { COUNT = sizeof(resources) / sizeof(resources[0]) };
	int results[COUNT], outcome;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		results[i] = read_resource(tick->root, &resources[i]);
	outcome = pressure_outcome(results, COUNT);
	for (size_t i = 0; outcome == 0 && i < COUNT; i++) {
		if (results[i] < 0 && !(resources[i].optional && results[i] == -ENOENT))
			snapshot_error(tick->snapshot, "pressure", -results[i], "proc/pressure/%s: %s",
				       resources[i].name, strerror(-results[i]));
	}
	return outcome;
}

const struct collector collector_pressure = {
	.name = "pressure",
	.sections = SECTION_BIT(SECTION_PRESSURE),
	.read = pressure_read,
};
