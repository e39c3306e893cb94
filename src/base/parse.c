#include "base/parse.h"

#include <errno.h>
#include <string.h>

#define EXACT_MAX (UINT64_C(1) << 53) /* doubles hold every integer up to it */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void parse_blanks(struct cursor *cursor)
{
	while (cursor->p < cursor->end && is_blank(*cursor->p))
		cursor->p++;
}

int parse_u64(struct cursor *cursor, uint64_t *ret_value)
{
	const char *p = cursor->p, *start;
	uint64_t value = 0;

	while (p < cursor->end && is_blank(*p))
		p++;
	for (start = p; p < cursor->end && is_digit(*p); p++) {
		unsigned digit = (unsigned)(*p - '0');

		/* Fast while nothing can overflow: this is the hot loop of every reader. */
		if (value > (UINT64_MAX - 9) / 10 &&
		    (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value)))
			return -ERANGE;
		else if (value <= (UINT64_MAX - 9) / 10)
			value = value * 10 + digit;
	}
	if (p == start)
		return -EBADMSG;
	cursor->p = p;
	*ret_value = value;
	return 0;
}

int parse_i64(struct cursor *cursor, int64_t *ret_value)
{
	struct cursor at = *cursor;
	bool negative;
	uint64_t magnitude;
	int r;

	parse_blanks(&at);
	negative = at.p < at.end && *at.p == '-';
	if (negative)
		at.p++;
	if (at.p >= at.end || !is_digit(*at.p))
		return -EBADMSG;
	r = parse_u64(&at, &magnitude);
	if (r < 0)
		return r;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret_value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	*cursor = at;
	return 0;
}

int parse_i32(struct cursor *cursor, int32_t *ret_value)
{
	struct cursor at = *cursor;
	int64_t value;
	int r = parse_i64(&at, &value);

	if (r < 0)
		return r;
	if (value < INT32_MIN || value > INT32_MAX)
		return -ERANGE;
	*ret_value = (int32_t)value;
	*cursor = at;
	return 0;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_hex(struct cursor *cursor, uint64_t *ret_value)
{
	const char *p = cursor->p, *start;
	uint64_t value = 0;

	while (p < cursor->end && is_blank(*p))
		p++;
	for (start = p; p < cursor->end && hex_digit(*p) >= 0; p++) {
		if (value >> 60)
			return -ERANGE;
		value = value << 4 | (uint64_t)hex_digit(*p);
	}
	if (p == start)
		return -EBADMSG;
	cursor->p = p;
	*ret_value = value;
	return 0;
}

/* Digits behind the point are taken into one integer as long as doubles hold it exactly, so that the one division rounds
 * as the compiler would: 0.3 is 0.3 and not three times 0.1. Those behind do not count. */
int parse_f64(struct cursor *cursor, double *ret_value)
{
	struct cursor at = *cursor;
	uint64_t digits;
	double scale = 1;
	bool negative;
	int r;

	parse_blanks(&at);
	negative = at.p < at.end && *at.p == '-';
	if (negative)
		at.p++;
	if (at.p >= at.end || !is_digit(*at.p))
		return -EBADMSG;
	r = parse_u64(&at, &digits);
	if (r < 0)
		return r;
	if (at.p < at.end && *at.p == '.') {
		for (at.p++; at.p < at.end && is_digit(*at.p); at.p++) {
			if (digits > (EXACT_MAX - 9) / 10)
				continue;
			digits = digits * 10 + (uint64_t)(*at.p - '0');
			scale *= 10;
		}
	}
	*ret_value = (double)digits / (negative ? -scale : scale);
	*cursor = at;
	return 0;
}

int parse_literal(struct cursor *cursor, const char *literal)
{
	size_t length = strlen(literal);

	if ((size_t)(cursor->end - cursor->p) < length || memcmp(cursor->p, literal, length) != 0)
		return -EBADMSG;
	cursor->p += length;
	return 0;
}

int parse_word(struct cursor *cursor, struct text *ret_word)
{
	struct cursor at = *cursor;
	const char *start;

	parse_blanks(&at);
	for (start = at.p; at.p < at.end && !is_blank(*at.p) && *at.p != '\n'; at.p++)
		;
	if (at.p == start)
		return -EBADMSG;
	*ret_word = (struct text){start, (size_t)(at.p - start)};
	*cursor = at;
	return 0;
}

int parse_until(struct cursor *cursor, char delimiter, struct text *ret_text)
{
	size_t left = (size_t)(cursor->end - cursor->p);
	const char *found = left ? memchr(cursor->p, delimiter, left) : NULL;

	if (!found)
		return -EBADMSG;
	*ret_text = (struct text){cursor->p, (size_t)(found - cursor->p)};
	cursor->p = found + 1;
	return 0;
}

int parse_line(struct cursor *cursor, struct cursor *ret_line)
{
	size_t left = (size_t)(cursor->end - cursor->p);
	const char *newline = left ? memchr(cursor->p, '\n', left) : NULL;

	if (!left)
		return 0;
	*ret_line = (struct cursor){cursor->p, newline ? newline : cursor->end};
	cursor->p = newline ? newline + 1 : cursor->end;
	return 1;
}

struct text text_trim(struct text text)
{
	while (text.length && (is_blank(text.bytes[0]) || text.bytes[0] == '\n')) {
		text.bytes++;
		text.length--;
	}
	while (text.length && (is_blank(text.bytes[text.length - 1]) || text.bytes[text.length - 1] == '\n'))
		text.length--;
	return text;
}

int parse_key_value(struct cursor line, struct text *ret_key, struct text *ret_value)
{
	struct text key = TEXT_ABSENT; /* for gcc, which does not see that it is set */
	int r = parse_until(&line, ':', &key);

	if (r < 0)
		return r;
	*ret_key = text_trim(key);
	*ret_value = text_trim((struct text){line.p, (size_t)(line.end - line.p)});
	return 0;
}

int text_to_u64(struct text text, uint64_t *ret_value)
{
	struct cursor cursor = cursor_of_text(text_trim(text));
	uint64_t value;
	int r = parse_u64(&cursor, &value);

	if (r < 0)
		return r;
	if (!cursor_done(&cursor))
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

int text_to_i64(struct text text, int64_t *ret_value)
{
	struct cursor cursor = cursor_of_text(text_trim(text));
	int64_t value;
	int r = parse_i64(&cursor, &value);

	if (r < 0)
		return r;
	if (!cursor_done(&cursor))
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

static int parse_range(struct cursor *cursor, uint32_t limit, uint64_t *ret_first, uint64_t *ret_last)
{
	int r = parse_u64(cursor, ret_first);

	if (r < 0)
		return r;
	*ret_last = *ret_first;
	if (parse_literal(cursor, "-") == 0) {
		r = parse_u64(cursor, ret_last);
		if (r < 0)
			return r;
	}
	if (*ret_last > limit)
		return -ERANGE;
	return *ret_first <= *ret_last ? 0 : -EBADMSG;
}

int parse_cpu_list(struct text text, uint32_t limit, void (*visit)(uint32_t cpu, void *context), void *context)
{
	struct cursor cursor = cursor_of_text(text_trim(text));

	while (!cursor_done(&cursor)) {
		uint64_t first, last;
		int r = parse_range(&cursor, limit, &first, &last);

		if (r < 0)
			return r;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			visit((uint32_t)cpu, context);
		if (!cursor_done(&cursor) && parse_literal(&cursor, ",") < 0)
			return -EBADMSG;
	}
	return 0;
}
