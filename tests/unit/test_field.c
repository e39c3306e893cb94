/* The tables of records: every row is sane, and values are read and ordered by them. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "model/field.h"

static size_t member_size(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_STATUS:
	case FIELD_CHAR: return 1;
	case FIELD_CHARS: return 2; /* at least a character and a NUL */
	case FIELD_I32:
	case FIELD_POLICY: return 4;
	case FIELD_ORPHAN: return sizeof(enum orphan_class);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_F64:
	case FIELD_TICKS:
	case FIELD_MASK: return 8;
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_ARGV:
	case FIELD_ENVIRON: return sizeof(struct text);
	case FIELD_I32_LIST:
	case FIELD_LIST:
	case FIELD_MAP: return sizeof(struct list);
	case FIELD_TUPLE:
	case FIELD_RECORD: return field->element->size;
	case FIELD_PROCESSES: return sizeof(struct process_list);
	case FIELD_TYPE_COUNT: break;
	}
	fail_msg("%s: no such type", field->key);
	return 0;
}

static bool has_element(enum field_type type)
{
	return type == FIELD_TUPLE || type == FIELD_RECORD || type == FIELD_LIST || type == FIELD_MAP ||
	       type == FIELD_PROCESSES;
}

static void check_key(const char *key)
{
	for (const char *p = key; *p; p++)
		assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", *p));
	assert_null(strstr(key, ".."));
	assert_true(key[0] != '.');
}

static void check_row(const struct record *record, const struct field *field)
{
	size_t size = member_size(field);
	size_t alignment = size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : 1;

	check_key(field->key);
	assert_true(field->offset + size <= (field->in_more ? sizeof(struct process_more) : record->size));
	if (field->type != FIELD_CHARS)
		assert_int_equal(field->offset % alignment, 0);
	assert_int_equal(field->element != NULL, has_element(field->type));
	assert_non_null(field->source);
	assert_true(strlen(field->source) > 0);
	assert_true(strlen(field->help) > 0);
	assert_non_null(unit_name(field->unit));
	assert_true(strlen(field_type_name(field)) > 0);
	if ((field->unit == UNIT_PERCENT || field->unit == UNIT_PERCENT_CPU) && !field->element)
		assert_int_equal(field->type, FIELD_F64);
}

static void check_record(const struct record *record)
{
	assert_true(record->count > 0);
	for (size_t i = 0; i < record->count; i++) {
		check_row(record, &record->fields[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(record->fields[i].key, record->fields[j].key);
		if (record->fields[i].element)
			check_record(record->fields[i].element);
	}
}

static void every_row_fits_its_record(void **state)
{
	(void)state;
	check_record(&process_record);
	check_record(&snapshot_record);
}

/* "a.b" and "a.c" make one object: a row of another between them would make two with one key, and so would a plain
 * key "a". */
static void check_nesting(const struct record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		const char *key = record->fields[i].key, *dot = strchr(key, '.');
		size_t outer = dot ? (size_t)(dot - key) : strlen(key);
		bool left = false;

		for (size_t j = i + 1; j < record->count; j++) {
			const char *other = record->fields[j].key;
			size_t other_outer = strcspn(other, ".");
			bool same = other_outer == outer && memcmp(key, other, outer) == 0;

			assert_false(same && left);
			assert_false(same && (!dot || !other[other_outer]));
			left = left || !same;
		}
		if (record->fields[i].element)
			check_nesting(record->fields[i].element);
	}
}

static void nested_keys_stand_together(void **state)
{
	(void)state;
	check_nesting(&process_record);
	check_nesting(&snapshot_record);
}

static void names_of_process_fields_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *a = process_field((enum field_id)i);

		for (size_t j = 0; j < FIELD_ID_COUNT; j++) {
			const struct field *b = process_field((enum field_id)j);

			if (a->alias)
				assert_string_not_equal(a->alias, b->key);
			if (i == j)
				continue;
			assert_false(a->alias && b->alias && strcmp(a->alias, b->alias) == 0);
			assert_false(a->title && b->title && strcmp(a->title, b->title) == 0);
		}
	}
}

static void names_lead_to_their_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *field = process_field((enum field_id)i);

		assert_ptr_equal(process_field_find(text_of(field->key)), field);
		if (field->alias)
			assert_ptr_equal(process_field_find(text_of(field->alias)), field);
	}
	assert_null(process_field_find(text_of("nothing")));
	assert_null(process_field_find(text_of("")));
	assert_null(process_field_find(TEXT_ABSENT));
	assert_null(process_field_find(text_of("memory_info")));
	assert_ptr_equal(process_field_find((struct text){"pidx", 3}), process_field(FIELD_ID_PID));
}

static void every_fact_is_needed_by_a_field(void **state)
{
	/* Looked at by FACT_LINEAGE's rules only. */
	uint64_t used = FACT_BIT(FACT_SYSCALL) | FACT_BIT(FACT_SCHED);

	(void)state;
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		uint64_t needs = process_field((enum field_id)i)->needs;

		/* The pid alone is known of a process that may not be read. */
		assert_true((needs == 0) == (i == FIELD_ID_PID));
		assert_int_equal(needs >> FACT_COUNT, 0);
		used |= needs;
	}
	assert_true(used == FACT_BIT(FACT_COUNT) - 1);
}

static void columns_have_a_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *field = process_field((enum field_id)i);

		if (field->title && i != FIELD_ID_CMDLINE) /* which takes the rest of the line */
			assert_true(field->width > 0);
		if (field->title)
			assert_false(has_element(field->type) || field->type == FIELD_I32_LIST);
	}
}

static void every_section_has_keys(void **state)
{
	uint32_t used = 0;

	(void)state;
	for (size_t i = 0; i < snapshot_record.count; i++) {
		assert_int_equal(snapshot_record.fields[i].section & ~SECTIONS_ALL, 0);
		used |= snapshot_record.fields[i].section;
	}
	assert_int_equal(used, SECTIONS_ALL);
}

/* Values */

static void check_all_absent(const struct record *record, const void *memory)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field->type == FIELD_RECORD || field->type == FIELD_TUPLE)
			check_all_absent(field->element, field_member(field, memory));
		else if (field->type != FIELD_MASK && field->type != FIELD_ORPHAN) /* told by a fact */
			assert_int_equal(field_value(field, memory).type, VALUE_ABSENT);
	}
}

static void a_cleared_record_knows_nothing(void **state)
{
	static struct process process;

	(void)state;
	memset(&process, 0x5a, sizeof(process));
	process_init(&process);
	check_all_absent(&process_record, &process);
	assert_int_equal(process.have, 0);
}

static struct value value_of(const char *name, const struct process *process)
{
	const struct field *field = process_field_find(text_of(name));

	assert_non_null(field);
	return field_value(field, process);
}

static void values_have_the_type_of_their_field(void **state)
{
	struct process p;

	(void)state;
	made_init(&p);
	p.pid = -7;
	p.more->num_fds = 5;
	p.rss_bytes = UINT64_MAX - 1;
	p.cpu_percent = 1.5;
	p.is_kernel = 1;
	p.state = 'R';
	memcpy(p.stat, "R+", 3);
	p.comm = text_of("name");
	p.cmdline = TEXT_LITERAL("");
	p.flags_mask = UINT64_MAX;
	p.create_time = INFINITY;
	assert_int_equal(value_of("pid", &p).type, VALUE_INTEGER);
	assert_int_equal(value_of("pid", &p).integer, -7);
	assert_int_equal(value_of("fds", &p).type, VALUE_INTEGER);
	assert_int_equal(value_of("rss", &p).type, VALUE_UNSIGNED);
	assert_true(value_of("rss", &p).uinteger == UINT64_MAX - 1);
	assert_int_equal(value_of("cpu", &p).type, VALUE_REAL);
	assert_true(value_of("cpu", &p).real == 1.5);
	assert_int_equal(value_of("kernel", &p).type, VALUE_BOOL);
	assert_true(value_of("kernel", &p).boolean);
	assert_true(text_equal_string(value_of("state", &p).text, "R"));
	assert_true(text_equal_string(value_of("stat", &p).text, "R+"));
	assert_true(text_equal_string(value_of("name", &p).text, "name"));
	assert_int_equal(value_of("cmdline", &p).type, VALUE_TEXT); /* known to be empty */
	assert_true(value_of("flags", &p).uinteger == UINT64_MAX);
	assert_int_equal(value_of("create_time", &p).type, VALUE_ABSENT);
	assert_int_equal(value_of("children", &p).type, VALUE_ABSENT);
}

static void a_value_needs_its_facts(void **state)
{
	const struct field *rss = process_field(FIELD_ID_RSS);
	struct process p;

	(void)state;
	made_init(&p);
	p.rss_bytes = 7;
	p.have = ~FACT_BIT(FACT_STATM);
	assert_int_equal(process_field_value(rss, &p).type, VALUE_ABSENT);
	assert_false(process_has_field(&p, rss));
	p.have = FACT_BIT(FACT_STATM);
	assert_int_equal(process_field_value(rss, &p).type, VALUE_UNSIGNED);
}

static struct value integer(int64_t i)
{
	return (struct value){VALUE_INTEGER, {.integer = i}};
}

static struct value uinteger(uint64_t u)
{
	return (struct value){VALUE_UNSIGNED, {.uinteger = u}};
}

static struct value real(double d)
{
	return (struct value){VALUE_REAL, {.real = d}};
}

static struct value string(const char *s)
{
	return (struct value){VALUE_TEXT, {.text = text_of(s)}};
}

static void values_have_one_order(void **state)
{
	/* Ascending; those on one line are equal. */
	const struct value absent = {VALUE_ABSENT, {.integer = 0}};
	const struct {
		struct value value;
		int rank;
	} values[] = {
		{integer(INT64_MIN), 0},
		{integer(-1), 1},
		{real(-0.5), 2},
		{integer(0), 3},
		{uinteger(0), 3},
		{real(0), 3},
		{real(0.5), 4},
		{integer(1), 5},
		{uinteger(1), 5},
		{uinteger(2), 6},
		{uinteger(UINT64_C(1) << 60), 7},
		{string(""), 8},
		{string("A"), 9},
		{string("a"), 10},
		{string("ab"), 11},
		{string("b"), 12},
		{string("\xff"), 13},
		{absent, 14},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			int order = value_compare(values[i].value, values[j].value);
			int expected = values[i].rank - values[j].rank;

			assert_int_equal((order > 0) - (order < 0), (expected > 0) - (expected < 0));
		}
	}
}

/* As doubles these would be equal. */
static void large_integers_are_compared_exactly(void **state)
{
	(void)state;
	assert_true(value_compare(uinteger(UINT64_MAX), uinteger(UINT64_MAX - 1)) > 0);
	assert_true(value_compare(integer(INT64_MAX), integer(INT64_MAX - 1)) > 0);
}

static void booleans_are_ordered_false_first(void **state)
{
	struct value no = {VALUE_BOOL, {.boolean = false}}, yes = {VALUE_BOOL, {.boolean = true}};

	(void)state;
	assert_true(value_compare(no, yes) < 0);
	assert_true(value_compare(yes, no) > 0);
	assert_int_equal(value_compare(yes, yes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_fits_its_record),
		cmocka_unit_test(nested_keys_stand_together),
		cmocka_unit_test(names_of_process_fields_are_unique),
		cmocka_unit_test(names_lead_to_their_fields),
		cmocka_unit_test(every_fact_is_needed_by_a_field),
		cmocka_unit_test(columns_have_a_width),
		cmocka_unit_test(every_section_has_keys),
		cmocka_unit_test(a_cleared_record_knows_nothing),
		cmocka_unit_test(values_have_the_type_of_their_field),
		cmocka_unit_test(a_value_needs_its_facts),
		cmocka_unit_test(values_have_one_order),
		cmocka_unit_test(large_integers_are_compared_exactly),
		cmocka_unit_test(booleans_are_ordered_false_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
