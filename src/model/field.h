/* Tables that describe every record of a snapshot: the one place a key, a column, a filter name, a line of help and a
 * line of the manual comes from. The rows are in fields.def (processes) and keys.def (everything else). */
#ifndef CMON_MODEL_FIELD_H
#define CMON_MODEL_FIELD_H

#include "model/snapshot.h"

/* How a member is stored, and so what its absent value is and how it is printed. */
enum field_type {
	FIELD_BOOL,     /* uint8_t: JSON true, false */
	FIELD_I32,      /* int32_t */
	FIELD_I64,      /* int64_t */
	FIELD_U64,      /* uint64_t */
	FIELD_F64,      /* double */
	FIELD_TICKS,    /* uint64_t, clock ticks: a number, in seconds */
	FIELD_CHAR,     /* char: a string of one character; absent 0 */
	FIELD_CHARS,    /* char[]: NUL-terminated string in place; absent "" */
	FIELD_TEXT,     /* struct text: a string; raw bytes follow as KEY_b64 where it is not UTF-8 */
	FIELD_NAME,     /* struct text, the comm of a process: process_name */
	FIELD_STATUS,   /* char, the letter of a state: psutil's word for it */
	FIELD_POLICY,   /* int32_t: the name of a scheduling policy */
	FIELD_ORPHAN,   /* enum orphan_class: its name */
	FIELD_ARGV,     /* struct text of NUL-ended strings: a list of strings */
	FIELD_ENVIRON,  /* struct text of NUL-ended NAME=value: an object */
	FIELD_MASK,     /* uint64_t: a string of 16 hexadecimal digits */
	FIELD_I32_LIST, /* struct list of int32_t: a list of integers */
	FIELD_TUPLE,    /* struct described by `element`, in place: a list of its values */
	FIELD_RECORD,   /* struct described by `element`, in place: an object */
	FIELD_LIST,     /* struct list of `element`: a list of objects */
	FIELD_MAP,      /* struct list of `element`: an object; each record's first field is its key there */
	FIELD_PROCESSES,/* struct process_list: a list of objects */
	FIELD_TYPE_COUNT,
};

enum unit {
	UNIT_NONE,
	UNIT_BYTES,
	UNIT_BYTES_PER_S,
	UNIT_PER_S,
	UNIT_SECONDS,
	UNIT_MILLISECONDS,
	UNIT_MICROSECONDS,
	UNIT_TICKS,      /* of the clock, 1/sysconf(_SC_CLK_TCK) s */
	UNIT_UNIX_TIME,  /* seconds since 1970, UTC */
	UNIT_PERCENT,    /* of the whole machine */
	UNIT_PERCENT_CPU,/* of one CPU */
	UNIT_MHZ,
	UNIT_MEGABITS,   /* Mbit/s */
	UNIT_CELSIUS,
	UNIT_RPM,
	UNIT_COUNT,
};

enum field_kind {
	KIND_ATTRIBUTE, /* says what it is: a name, an id */
	KIND_GAUGE,     /* a value now */
	KIND_COUNTER,   /* grows since some start */
};

struct record;

struct field {
	const char *key;   /* JSON key below its record; a dot makes a nested object: "memory_info.rss" */
	const char *title; /* column heading; NULL: not a column */
	const char *alias; /* short name in --fields, filters and sorting; NULL: none */
	enum field_type type;
	enum unit unit;
	enum field_kind kind;
	uint8_t width;     /* columns on the screen */
	uint32_t offset;   /* in its record, */
	bool in_more;      /* or in struct process_more */
	uint64_t needs;    /* FACT_BITs; the value is absent unless the process has them all */
	uint32_t section;  /* top-level keys: SECTION_BIT, 0: always present */
	const struct record *element; /* of FIELD_RECORD, FIELD_LIST, FIELD_MAP */
	const char *source; /* file and kernel fact it comes from */
	const char *help;   /* one line */
};

struct record {
	const char *name; /* for the manual: "process", "cpu_times" */
	size_t size;
	const struct field *fields;
	size_t count;
};

/* Ids of the process fields: indexes into process_record.fields. */
enum field_id {
#define FIELD(id, ...) FIELD_ID_##id,
#include "model/fields.def"
#undef FIELD
	FIELD_ID_COUNT,
};

extern const struct record process_record;  /* fields.def */
extern const struct record snapshot_record; /* keys.def: the top-level keys */

static inline const struct field *process_field(enum field_id id)
{
	return &process_record.fields[id];
}

/* The process field with this key or alias, or NULL. */
const struct field *process_field_find(struct text name);

/* The name of a process field that is most like one that is not known, for "did you mean"; NULL when none is. */
const char *process_field_nearest(struct text name);

/* True for a process field that is measured between two samples. */
bool process_field_is_rate(const struct field *field);

/* What a member holds, in one of three forms. */
enum value_type { VALUE_ABSENT, VALUE_INTEGER, VALUE_UNSIGNED, VALUE_REAL, VALUE_BOOL, VALUE_TEXT };

struct value {
	enum value_type type;
	union {
		int64_t integer;
		uint64_t uinteger;
		double real;
		bool boolean;
		struct text text;
	};
};

/* True where its member is a struct text. */
bool field_holds_text(const struct field *field);

/* The value of a scalar field of a record; lists and records give VALUE_ABSENT.
 * CHAR, CHARS, TEXT, NAME, STATUS, POLICY, ORPHAN, ARGV, ENVIRON give VALUE_TEXT. It looks at no facts: see
 * process_field_value. */
struct value field_value(const struct field *field, const void *record);

/* The same for a process; absent where the process lacks a fact the field needs. */
struct value process_field_value(const struct field *field, const struct process *process);

/* True when the field may be shown at all: the process has what it needs. */
static inline bool process_has_field(const struct process *process, const struct field *field)
{
	return (process->have & field->needs) == field->needs;
}

/* The value a process is sorted by: that of the field, but the name for a command line without arguments, and for what
 * became of its parent how much that asks for attention, ORPHAN first. */
struct value process_sort_value(const struct field *field, const struct process *process);

/* Order of two values: numbers by size, text by bytes; absent ones last. Returns <0, 0, >0. */
int value_compare(struct value a, struct value b);

/* Member at the field's offset. */
static inline const void *field_member(const struct field *field, const void *record)
{
	if (field->in_more)
		record = ((const struct process *)record)->more;
	return (const char *)record + field->offset;
}

/* Set a whole record to zero and each of its fields, nested ones too, to its absent value. Every reader starts a
 * record with this; tables of records in keys.def are found by name. */
void record_clear(const struct record *record, void *memory);

/* Records a collector makes, for record_clear. */
extern const struct record *const record_disk_partition, *const record_disk_io, *const record_net_io,
	*const record_net_address, *const record_net_interface, *const record_connection, *const record_temperature,
	*const record_fan, *const record_battery, *const record_user, *const record_open_file, *const record_file_lock,
	*const record_memory_map, *const record_thread_times, *const record_cpu_times, *const record_cpu_frequency,
	*const record_cpu_topology, *const record_slab;

/* Words for the manual and the schema. */
const char *unit_name(enum unit unit);             /* "bytes", "" for UNIT_NONE */
const char *field_type_name(const struct field *field); /* "integer", "number", "string", "list of strings", … */

#endif
