/* The language in which processes are chosen: in the filter line, in --filter and in the configuration.
 *
 *	filter     = text | expression
 *	expression = conjunction { "or" conjunction }
 *	conjunction = term { "and" term }
 *	term       = "not" term | "(" expression ")" | comparison | word
 *	comparison = field operator value
 *	operator   = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"
 *	value      = quoted | characters up to a blank or to a ")" that was not opened in them
 *	word       = quoted | a state or class: see below | any other word
 *	quoted     = "'" any characters but ' "'" | '"' any characters but " '"'
 *
 * It is an expression when an operator stands outside quotes, or one of and, or, not as a word, or when all of it is a
 * state or a class, in parentheses or not, or quoted. Else it is text: what stands between | characters is searched
 * for, any of it, in the command line, or in the name where there is no command line, without regard to the case of
 * ASCII letters. In an expression a quoted word, and a word that is neither state nor class nor field, is searched for
 * in the same way.
 *
 * States and classes: running, sleeping, disk-sleep, stopped, tracing-stop, idle, dead, parked, waking, wake-kill;
 * zombie (dead and not reaped; not with live threads), orphan (certain ones: observed, proven), detached, injected,
 * kernel.
 *
 * Fields are JSON keys or aliases of fields.def, in any case of letters. By what a field holds:
 *   numbers   compared by size. The value may have a unit: K M G T P (powers of 1024) for bytes, bytes/s and counts,
 *             also as KB or KiB, and with /s for rates; s m h d for seconds; % for shares.
 *   text      = and != are exact, < and > go by bytes, ~ and !~ search for a POSIX extended regular expression.
 *             Arguments stand with a blank between them. username also takes the number of a user.
 *   true or false   "= true", "= false", != likewise, or the field alone.
 *   masks     = and != a hexadecimal number.
 *   lists of integers   = holds the number, != holds it not: parents = 1234 is every descendant of 1234.
 * A value that is not known makes every comparison false, != and !~ too: "not x = 1" is true then. */
#ifndef CMON_MODEL_FILTER_H
#define CMON_MODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/process.h"

struct filter;

/* Longest filter, bytes, and how deep "not" and parentheses may nest. */
#define FILTER_LENGTH_MAX 4096
#define FILTER_DEPTH_MAX 100

/* What is wrong, and where: bytes `column` to `column + length` of the text, for a caret. length may be 0. */
struct filter_error {
	char message[200];
	size_t column, length;
};

/* Returns 0, or -EINVAL with *ret_error set; the message is valid UTF-8 where the text is, and may hold its control
 * characters. An empty text matches every process. */
int filter_parse(const char *expression, struct filter **ret_filter, struct filter_error *ret_error);

/* NULL is fine. */
void filter_free(struct filter *filter);

/* True for a process to show. A NULL filter matches all. Safe on several threads at once. */
bool filter_match(const struct filter *filter, const struct process *process);

/* FACT_BITs it looks at. */
uint64_t filter_facts(const struct filter *filter);

/* Whether it compares rates, which take two samples. */
bool filter_needs_rates(const struct filter *filter);

#endif
