/* Processes as a plain table: a header, and one row a process. */
#ifndef CMON_OUT_TABLE_H
#define CMON_OUT_TABLE_H

#include "model/field.h"
#include "model/filter.h"
#include "out/line.h"

struct sort_key {
	const struct field *field;
	bool descending;
};

struct text_table_options {
	const enum field_id *columns; /* none that text_table_can_show refuses */
	size_t columns_count;
	const struct sort_key *keys; /* the first one counts most; equal processes ascend by pid */
	size_t keys_count;
	const int32_t *pids; /* only these processes; NULL: all */
	size_t pids_count;
	const struct filter *filter; /* only processes that match; NULL: all */
	struct text_look look;
};

/* Those of the screen, from left to right. */
#define TEXT_TABLE_STANDARD_COUNT 11
extern const enum field_id text_table_standard_columns[TEXT_TABLE_STANDARD_COUNT];

/* True for a field that is one value, not a list of them. */
bool text_table_can_show(const struct field *field);

/* FACT_BITs of what it shows, sorts on and filters by, and whether one of these is a rate, which takes two samples. */
uint64_t text_table_facts(const struct text_table_options *options);
bool text_table_needs_rates(const struct text_table_options *options);

/* Write the table. Columns are as wide as the widest of their title, their contents and the field's width; numbers
 * stand at the right, text at the left, and nothing stands behind the last column. What is not known is "-". The
 * command of a process without arguments is its name in brackets, with <defunct> behind that of a zombie.
 * Returns 0 or -errno of the write. */
int text_table_write(FILE *stream, const struct snapshot *snapshot, const struct text_table_options *options);

#endif
