#include "model/field.h"

#include <string.h>
#include <unistd.h>

#include "model/lineage.h"
#include "model/state.h"

/* The records of keys.def first, in order of use, then the process, then the snapshot that holds them all. */
#define RECORD_BEGIN(name_, type_)                                                                                     \
	typedef struct type_ name_##_type;                                                                             \
	static const struct field name_##_fields[] = {
#define RECORD_END(name_)                                                                                              \
	}                                                                                                              \
	;                                                                                                              \
	static const struct record name_##_record = {                                                                  \
		#name_, sizeof(name_##_type), name_##_fields, sizeof(name_##_fields) / sizeof(name_##_fields[0])};
#define KEY(name_, key_, type_, member_, unit_, kind_, element_, source_, help_)                                       \
	{.key = (key_), .type = FIELD_##type_, .unit = UNIT_##unit_, .kind = KIND_##kind_,                             \
	 .offset = offsetof(name_##_type, member_), .element = (element_), .source = (source_), .help = (help_)},
#include "model/keys.def"
#undef KEY
#undef RECORD_END
#undef RECORD_BEGIN

#define LIST_OF(name_) &name_##_record
#define NO_LIST NULL
static const struct field process_fields[] = {
#define FIELD(...) PROCESS_ROW(process, false, __VA_ARGS__)
#define MORE(...) PROCESS_ROW(process_more, true, __VA_ARGS__)
#define PROCESS_ROW(type_of_, in_more_, id_, key_, title_, alias_, width_, type_, member_, unit_, kind_, needs_,       \
		    element_, source_, help_)                                                                          \
	[FIELD_ID_##id_] = {.key = (key_), .title = (title_), .alias = (alias_), .type = FIELD_##type_,                \
			    .unit = UNIT_##unit_, .kind = KIND_##kind_, .width = (width_),                             \
			    .offset = offsetof(struct type_of_, member_), .in_more = (in_more_),                       \
			    .needs = FACT_##needs_ == FACT_ALWAYS ? 0 : FACT_BIT(FACT_##needs_),                       \
			    .element = (element_), .source = (source_), .help = (help_)},
#include "model/fields.def"
#undef PROCESS_ROW
#undef FIELD
};

_Static_assert(sizeof(process_fields) / sizeof(process_fields[0]) == FIELD_ID_COUNT, "a row for every field");

const struct record process_record = {"process", sizeof(struct process), process_fields, FIELD_ID_COUNT};

static const struct field snapshot_fields[] = {
#define TOP(key_, section_, type_, member_, unit_, kind_, element_, source_, help_)                                    \
	{.key = (key_), .type = FIELD_##type_, .unit = UNIT_##unit_, .kind = KIND_##kind_, .section = (section_),      \
	 .offset = offsetof(struct snapshot, member_), .element = (element_), .source = (source_), .help = (help_)},
#include "model/toplevel.def"
#undef TOP
};

const struct record snapshot_record = {"cmon", sizeof(struct snapshot), snapshot_fields,
				       sizeof(snapshot_fields) / sizeof(snapshot_fields[0])};

const struct record *const record_disk_partition = &disk_partition_record;
const struct record *const record_disk_io = &disk_io_device_record;
const struct record *const record_net_io = &net_io_nic_record;
const struct record *const record_net_address = &net_address_record;
const struct record *const record_net_interface = &net_interface_record;
const struct record *const record_connection = &connection_record;
const struct record *const record_temperature = &temperature_record;
const struct record *const record_fan = &fan_record;
const struct record *const record_battery = &battery_record;
const struct record *const record_user = &user_record;
const struct record *const record_open_file = &open_file_record;
const struct record *const record_file_lock = &file_lock_record;
const struct record *const record_memory_map = &memory_map_record;
const struct record *const record_thread_times = &thread_times_record;
const struct record *const record_cpu_times = &cpu_times_record;
const struct record *const record_cpu_frequency = &cpu_frequency_record;
const struct record *const record_cpu_topology = &cpu_topology_record;
const struct record *const record_slab = &slab_record;

const struct field *process_field_find(struct text name)
{
	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *field = &process_fields[i];

		if (text_equal_string(name, field->key) || (field->alias && text_equal_string(name, field->alias)))
			return field;
	}
	return NULL;
}

bool process_field_is_rate(const struct field *field)
{
	return field == process_field(FIELD_ID_CPU_PERCENT) || field == process_field(FIELD_ID_READ_RATE) ||
	       field == process_field(FIELD_ID_WRITE_RATE);
}

static struct value value_integer(int64_t integer, bool absent)
{
	return (struct value){absent ? VALUE_ABSENT : VALUE_INTEGER, {.integer = integer}};
}

static struct value value_text(struct text text)
{
	return (struct value){text.bytes ? VALUE_TEXT : VALUE_ABSENT, {.text = text}};
}

struct value field_value(const struct field *field, const void *record)
{
	const char *member = field_member(field, record);
	const struct value absent = {VALUE_ABSENT, {.integer = 0}};

	switch (field->type) {
	case FIELD_BOOL: {
		uint8_t b = *(const uint8_t *)member;

		return (struct value){b == ABSENT_BOOL ? VALUE_ABSENT : VALUE_BOOL, {.boolean = b != 0}};
	}
	case FIELD_I32: {
		int32_t i = *(const int32_t *)(const void *)member;

		return value_integer(i, i == ABSENT_I32);
	}
	case FIELD_I64: {
		int64_t i = *(const int64_t *)(const void *)member;

		return value_integer(i, i == ABSENT_I64);
	}
	case FIELD_U64: {
		uint64_t u = *(const uint64_t *)(const void *)member;

		return (struct value){u == ABSENT_U64 ? VALUE_ABSENT : VALUE_UNSIGNED, {.uinteger = u}};
	}
	case FIELD_MASK: /* every bit may be set: absence is told by the fact alone */
		return (struct value){VALUE_UNSIGNED, {.uinteger = *(const uint64_t *)(const void *)member}};
	case FIELD_F64: {
		double d = *(const double *)(const void *)member;

		return (struct value){isfinite(d) ? VALUE_REAL : VALUE_ABSENT, {.real = d}};
	}
	case FIELD_TICKS: {
		uint64_t ticks = *(const uint64_t *)(const void *)member;

		return (struct value){ticks == ABSENT_U64 ? VALUE_ABSENT : VALUE_REAL,
				      {.real = (double)ticks / (double)sysconf(_SC_CLK_TCK)}};
	}
	case FIELD_CHAR:
		return value_text(*member ? (struct text){member, 1} : TEXT_ABSENT);
	case FIELD_CHARS:
		return value_text(*member ? text_of(member) : TEXT_ABSENT);
	case FIELD_TEXT:
	case FIELD_ARGV:
	case FIELD_ENVIRON:
		return value_text(*(const struct text *)(const void *)member);
	case FIELD_NAME: return value_text(process_name(record));
	case FIELD_STATUS: return value_text(state_word(*member));
	case FIELD_POLICY: return value_text(policy_word(*(const int32_t *)(const void *)member));
	case FIELD_ORPHAN: return value_text(orphan_class_name(*(const enum orphan_class *)(const void *)member));
	case FIELD_I32_LIST:
	case FIELD_TUPLE:
	case FIELD_RECORD:
	case FIELD_LIST:
	case FIELD_MAP:
	case FIELD_PROCESSES:
	case FIELD_TYPE_COUNT:
		break;
	}
	return absent;
}

bool field_holds_text(const struct field *field)
{
	return field->type == FIELD_TEXT || field->type == FIELD_NAME || field->type == FIELD_ARGV ||
	       field->type == FIELD_ENVIRON;
}

struct value process_field_value(const struct field *field, const struct process *process)
{
	if (!process_has_field(process, field))
		return (struct value){VALUE_ABSENT, {.integer = 0}};
	return field_value(field, process);
}

static double value_number(struct value value)
{
	switch (value.type) {
	case VALUE_INTEGER: return (double)value.integer;
	case VALUE_UNSIGNED: return (double)value.uinteger;
	case VALUE_REAL: return value.real;
	case VALUE_BOOL: return value.boolean;
	case VALUE_ABSENT:
	case VALUE_TEXT: break;
	}
	return 0;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* What asks most for attention comes first; what has no badge comes last. */
static int64_t orphan_rank(enum orphan_class class)
{
	static const enum orphan_class order[] = {
		ORPHAN_OBSERVED, ORPHAN_PROVEN, ORPHAN_POSSIBLE, ORPHAN_PROBABLE, ORPHAN_DETACHED, ORPHAN_INJECTED,
	};
	int64_t rank = 0;

	while (rank < (int64_t)(sizeof(order) / sizeof(order[0])) && order[rank] != class)
		rank++;
	return rank;
}

struct value process_sort_value(const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);

	if (field == process_field(FIELD_ID_ORPHAN) && value.type != VALUE_ABSENT)
		return (struct value){.type = VALUE_INTEGER, .integer = orphan_rank(process->orphan)};
	if (field == process_field(FIELD_ID_CMDLINE) && (value.type != VALUE_TEXT || value.text.length == 0))
		return process_field_value(process_field(FIELD_ID_NAME), process);
	return value;
}

int value_compare(struct value a, struct value b)
{
	if (a.type == VALUE_ABSENT || b.type == VALUE_ABSENT)
		return (a.type == VALUE_ABSENT) - (b.type == VALUE_ABSENT);
	if (a.type == VALUE_TEXT && b.type == VALUE_TEXT)
		return text_compare(a.text, b.text);
	if (a.type == VALUE_TEXT || b.type == VALUE_TEXT)
		return (a.type == VALUE_TEXT) - (b.type == VALUE_TEXT);
	if (a.type == b.type && a.type == VALUE_INTEGER)
		return ORDER(a.integer, b.integer);
	if (a.type == b.type && a.type == VALUE_UNSIGNED)
		return ORDER(a.uinteger, b.uinteger);
	return ORDER(value_number(a), value_number(b));
}

const char *unit_name(enum unit unit)
{
	static const char *const names[] = {
		[UNIT_NONE] = "",
		[UNIT_BYTES] = "bytes",
		[UNIT_BYTES_PER_S] = "bytes/s",
		[UNIT_PER_S] = "1/s",
		[UNIT_SECONDS] = "seconds",
		[UNIT_MILLISECONDS] = "milliseconds",
		[UNIT_MICROSECONDS] = "microseconds",
		[UNIT_TICKS] = "clock ticks",
		[UNIT_UNIX_TIME] = "Unix seconds",
		[UNIT_PERCENT] = "percent",
		[UNIT_PERCENT_CPU] = "percent of one CPU",
		[UNIT_MHZ] = "MHz",
		[UNIT_MEGABITS] = "Mbit/s",
		[UNIT_CELSIUS] = "°C",
		[UNIT_RPM] = "RPM",
		[UNIT_COUNT] = "",
	};

	return names[unit];
}

const char *field_type_name(const struct field *field)
{
	static const char *const names[] = {
		[FIELD_BOOL] = "boolean",        [FIELD_I32] = "integer",
		[FIELD_I64] = "integer",         [FIELD_U64] = "integer",
		[FIELD_F64] = "number",          [FIELD_TICKS] = "number",
		[FIELD_NAME] = "string",
		[FIELD_STATUS] = "string",       [FIELD_POLICY] = "string",
		[FIELD_ORPHAN] = "string",       [FIELD_CHAR] = "string",
		[FIELD_CHARS] = "string",        [FIELD_TEXT] = "string",
		[FIELD_ARGV] = "list of strings", [FIELD_ENVIRON] = "object of strings",
		[FIELD_MASK] = "string",         [FIELD_I32_LIST] = "list of integers",
		[FIELD_TUPLE] = "list of numbers", [FIELD_RECORD] = "object",       [FIELD_LIST] = "list of objects",
		[FIELD_MAP] = "object of objects", [FIELD_PROCESSES] = "list of objects",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == FIELD_TYPE_COUNT, "a name for every type");
	return names[field->type];
}
