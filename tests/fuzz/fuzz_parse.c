/* The bounded parsing primitives: no read outside the input, progress only on success, results that print back. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(struct text text, const char *start, const char *end)
{
	check(text.bytes >= start && text.length <= (size_t)(end - text.bytes));
}

static void check_cursor(const struct cursor *before, const struct cursor *after, int r)
{
	check(after->end == before->end && after->p <= after->end);
	check(r < 0 ? after->p == before->p : after->p >= before->p);
}

static void parse_numbers(struct cursor start)
{
	struct cursor at = start;
	uint64_t u = 0;
	int64_t i = 0;
	int32_t small = 0;
	double d = 0;

	check_cursor(&start, &at, parse_u64(&at, &u));
	at = start;
	check_cursor(&start, &at, parse_i64(&at, &i));
	at = start;
	check_cursor(&start, &at, parse_i32(&at, &small));
	at = start;
	check_cursor(&start, &at, parse_hex(&at, &u));
	at = start;
	check_cursor(&start, &at, parse_f64(&at, &d));
	check(d == d);
}

static void parse_pieces(struct cursor start)
{
	struct cursor at = start, line;
	struct text text, key, value;

	if (parse_word(&at, &text) == 0)
		check_inside(text, start.p, start.end);
	at = start;
	if (parse_until(&at, ')', &text) == 0)
		check_inside(text, start.p, start.end);
	at = start;
	while (parse_line(&at, &line)) {
		check(line.p >= start.p && line.end <= start.end && line.p <= line.end);
		if (parse_key_value(line, &key, &value) == 0) {
			check_inside(key, line.p, line.end);
			check_inside(value, line.p, line.end);
		}
	}
	check(cursor_done(&at));
}

static void count_cpu(uint32_t cpu, void *context)
{
	check(cpu <= 4096);
	++*(size_t *)context;
}

/* What a whole number reads as must print as the same number. */
static void check_round_trip(struct text text)
{
	char printed[32];
	uint64_t value, again;
	size_t cpus = 0;

	if (text_to_u64(text, &value) == 0) {
		int length = snprintf(printed, sizeof(printed), "%" PRIu64, value);

		check(text_to_u64((struct text){printed, (size_t)length}, &again) == 0 && again == value);
	}
	(void)parse_cpu_list(text, 4096, count_cpu, &cpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly this size, so that a byte too far is seen. */
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	parse_numbers(cursor_of(copy, size));
	parse_pieces(cursor_of(copy, size));
	check_round_trip((struct text){copy, size});
	free(copy);
	return 0;
}
