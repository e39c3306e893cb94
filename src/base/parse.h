/* Bounded parsing of kernel text: a cursor over (buffer, length) that never reads past its end, needs no NUL, knows
 * no locale and checks every integer for overflow. Each function advances the cursor only when it succeeds. */
#ifndef CMON_BASE_PARSE_H
#define CMON_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct cursor {
	const char *p, *end;
};

static inline struct cursor cursor_of(const char *buffer, size_t length)
{
	return (struct cursor){buffer, buffer + length};
}

static inline struct cursor cursor_of_text(struct text text)
{
	return cursor_of(text.bytes ? text.bytes : "", text.length);
}

static inline bool cursor_done(const struct cursor *cursor)
{
	return cursor->p >= cursor->end;
}

/* Skip spaces and tabs, not newlines. */
void parse_blanks(struct cursor *cursor);

/* Leading blanks are skipped, then the number is read; it ends at the first character that is not a digit.
 * Return 0, -EBADMSG where no number stands, -ERANGE on overflow. */
int parse_u64(struct cursor *cursor, uint64_t *ret_value);
int parse_i64(struct cursor *cursor, int64_t *ret_value);
int parse_i32(struct cursor *cursor, int32_t *ret_value);
int parse_hex(struct cursor *cursor, uint64_t *ret_value);

/* A decimal fraction like "0.42" without exponent. Errors as above. */
int parse_f64(struct cursor *cursor, double *ret_value);

/* Exactly this literal. Returns 0 or -EBADMSG. */
int parse_literal(struct cursor *cursor, const char *literal);

/* Skip leading blanks, then take what stands before the next blank, newline or the end (at least one byte).
 * Returns 0 or -EBADMSG. */
int parse_word(struct cursor *cursor, struct text *ret_word);

/* Take what stands before the delimiter, and the delimiter. Returns 0, or -EBADMSG when it does not occur. */
int parse_until(struct cursor *cursor, char delimiter, struct text *ret_text);

/* Take one line without its newline; the last one may lack it. Returns 1, or 0 at the end. */
int parse_line(struct cursor *cursor, struct cursor *ret_line);

/* "key: value" lines as in /proc/meminfo and /proc/PID/status: the key before the first ':', the value with blanks
 * trimmed at both ends. Returns 0, or -EBADMSG without a ':'. */
int parse_key_value(struct cursor line, struct text *ret_key, struct text *ret_value);

/* Text without blanks and newlines at either end. */
struct text text_trim(struct text text);

/* A whole text that is one number, blanks around it allowed. Return as parse_u64; trailing bytes are -EBADMSG. */
int text_to_u64(struct text text, uint64_t *ret_value);
int text_to_i64(struct text text, int64_t *ret_value);

/* A CPU list like "0-3,8,10-11" (lists of the kernel's cpumask format).
 * visit is called for every number in order of appearance; numbers above `limit` are refused.
 * Returns 0, -EBADMSG when malformed, -ERANGE above limit. An empty list is 0. */
int parse_cpu_list(struct text text, uint32_t limit, void (*visit)(uint32_t cpu, void *context), void *context);

#endif
