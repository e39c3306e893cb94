#include "out/json.h"

#include <cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fatal.h"

struct writer {
	FILE *stream;
	const struct json_options *options;
	struct arena arena; /* of the record under way */
	char *scratch; /* texts on their way into cJSON */
	size_t scratch_size;
	char *print; /* a record on its way out */
	size_t print_size;
	int error; /* errno of the first write that failed */
};

/* cJSON takes memory from where all of a record's is released at once. It is told so for the whole process. */
static struct arena *cjson_arena;

static void *take_memory(size_t size)
{
	return arena_alloc(cjson_arena, size);
}

static void keep_memory(void *memory)
{
	(void)memory;
}

static void begin_records(struct writer *writer)
{
	cJSON_Hooks hooks = {take_memory, keep_memory};

	cjson_arena = &writer->arena;
	cJSON_InitHooks(&hooks);
}

static void end_records(struct writer *writer)
{
	cJSON_InitHooks(NULL);
	cjson_arena = NULL;
	arena_free(&writer->arena);
}

static cJSON *not_null(cJSON *item)
{
	if (!item)
		fatal("out of memory");
	return item;
}

static char *scratch_of(struct writer *writer, size_t size)
{
	if (writer->scratch_size < size) {
		writer->scratch = xreallocarray(writer->scratch, size, 2);
		writer->scratch_size = size * 2;
	}
	return writer->scratch;
}

static cJSON *string_of(struct writer *writer, struct text text)
{
	char *buffer = scratch_of(writer, TEXT_UTF8_SIZE(text.length));

	text_to_utf8(text, buffer);
	return not_null(cJSON_CreateString(buffer));
}

/* Integers go out as they are: cJSON's own numbers are doubles. */
static cJSON *integer_of(uint64_t magnitude, bool negative)
{
	char digits[24];
	char *p = digits + sizeof(digits);

	*--p = '\0';
	do
		*--p = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (negative)
		*--p = '-';
	return not_null(cJSON_CreateRaw(p));
}

#define DECIMALS 6
#define DECIMALS_SCALE 1000000u

/* Six decimals say all that is known; what is too large for them is printed with every digit a double has. */
static cJSON *real_of(double real)
{
	char text[40];
	double scaled = real * DECIMALS_SCALE;
	uint64_t magnitude;
	int length;

	if (!(scaled < 9e17 && scaled > -9e17)) {
		snprintf(text, sizeof(text), "%.17g", real);
		return not_null(cJSON_CreateRaw(text));
	}
	magnitude = (uint64_t)llround(scaled < 0 ? -scaled : scaled);
	if (magnitude % DECIMALS_SCALE == 0)
		return integer_of(magnitude / DECIMALS_SCALE, scaled < 0 && magnitude);
	length = snprintf(text, sizeof(text), "%s%llu.%06llu", scaled < 0 ? "-" : "",
			  (unsigned long long)(magnitude / DECIMALS_SCALE),
			  (unsigned long long)(magnitude % DECIMALS_SCALE));
	while (text[length - 1] == '0')
		text[--length] = '\0';
	return not_null(cJSON_CreateRaw(text));
}

static cJSON *value_to_json(struct writer *writer, struct value value)
{
	switch (value.type) {
	case VALUE_INTEGER:
		return integer_of(value.integer < 0 ? 0 - (uint64_t)value.integer : (uint64_t)value.integer,
				  value.integer < 0);
	case VALUE_UNSIGNED: return integer_of(value.uinteger, false);
	case VALUE_REAL: return real_of(value.real);
	case VALUE_BOOL: return not_null(cJSON_CreateBool(value.boolean));
	case VALUE_TEXT: return string_of(writer, value.text);
	case VALUE_ABSENT: break;
	}
	return not_null(cJSON_CreateNull());
}

static cJSON *record_to_json(struct writer *writer, const struct record *record, const void *memory, size_t first);

static cJSON *strings_to_json(struct writer *writer, struct text text)
{
	cJSON *array = not_null(cJSON_CreateArray());
	const char *p = text.bytes, *end = p + text.length;

	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t length = nul ? (size_t)(nul - p) : (size_t)(end - p);

		cJSON_AddItemToArray(array, string_of(writer, (struct text){p, length}));
		p += length + 1;
	}
	return array;
}

struct variable {
	struct text name, value;
	size_t index;
};

static int compare_variables(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;
	int order = text_compare(x->name, y->name);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Split at NULs and at the first '=' of each; an empty string ends the block, as programs that overwrite it rely on. */
static size_t split_environment(struct text text, struct variable *variables)
{
	const char *p = text.bytes, *end = p + text.length;
	size_t count = 0;

	while (p < end && *p) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t length = nul ? (size_t)(nul - p) : (size_t)(end - p);
		const char *equals = memchr(p, '=', length);

		if (equals && equals > p) {
			variables[count].name = (struct text){p, (size_t)(equals - p)};
			variables[count].value = (struct text){equals + 1, length - (size_t)(equals + 1 - p)};
			variables[count].index = count;
			count++;
		}
		p += length + 1;
	}
	return count;
}

/* Sorted, so that of variables with the same name the last one can be found without a search for each. */
static cJSON *environment_to_json(struct writer *writer, struct text text)
{
	cJSON *object = not_null(cJSON_CreateObject());
	struct variable *variables = xmalloc((text.length / 2 + 1) * sizeof(*variables));
	size_t count = split_environment(text, variables);

	qsort(variables, count, sizeof(*variables), compare_variables);
	for (size_t i = 0; i < count; i++) {
		char *name;

		if (i + 1 < count && text_equal(variables[i].name, variables[i + 1].name))
			continue;
		name = xmalloc(TEXT_UTF8_SIZE(variables[i].name.length));
		text_to_utf8(variables[i].name, name);
		cJSON_AddItemToObject(object, name, string_of(writer, variables[i].value));
		free(name);
	}
	free(variables);
	return object;
}

static cJSON *mask_to_json(const void *member)
{
	char digits[17];

	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)*(const uint64_t *)member);
	return not_null(cJSON_CreateString(digits));
}

static cJSON *integers_to_json(const struct list *list)
{
	cJSON *array = not_null(cJSON_CreateArray());

	for (size_t i = 0; i < list->count; i++) {
		int32_t value = LIST_ITEMS(*list, const int32_t)[i];

		cJSON_AddItemToArray(array, integer_of(value < 0 ? (uint64_t)-(int64_t)value : (uint64_t)value,
						       value < 0));
	}
	return array;
}

static const void *list_item(const struct list *list, const struct record *record, size_t index)
{
	return (const char *)list->items + index * record->size;
}

static cJSON *list_to_json(struct writer *writer, const struct record *record, const struct list *list)
{
	cJSON *array = not_null(cJSON_CreateArray());

	for (size_t i = 0; i < list->count; i++)
		cJSON_AddItemToArray(array, record_to_json(writer, record, list_item(list, record, i), 0));
	return array;
}

static bool is_all_null(const cJSON *object)
{
	const cJSON *child;

	cJSON_ArrayForEach(child, object)
	{
		if (!cJSON_IsNull(child))
			return false;
	}
	return true;
}

/* An object of which nothing is known is itself not known. */
static cJSON *null_if_unknown(cJSON *object)
{
	if (!object->child || !is_all_null(object))
		return object;
	cJSON_Delete(object);
	return not_null(cJSON_CreateNull());
}

static cJSON *map_to_json(struct writer *writer, const struct record *record, const struct list *list)
{
	cJSON *object = not_null(cJSON_CreateObject());

	for (size_t i = 0; i < list->count; i++) {
		const void *item = list_item(list, record, i);
		struct value key = field_value(&record->fields[0], item);
		cJSON *value = record_to_json(writer, record, item, 1);
		char *name = scratch_of(writer, TEXT_UTF8_SIZE(key.text.length));

		text_to_utf8(key.text, name);
		cJSON_AddItemToObject(object, name, value);
	}
	return null_if_unknown(object);
}

static cJSON *tuple_to_json(struct writer *writer, const struct record *record, const void *memory)
{
	cJSON *array = not_null(cJSON_CreateArray());

	for (size_t i = 0; i < record->count; i++)
		cJSON_AddItemToArray(array, value_to_json(writer, field_value(&record->fields[i], memory)));
	return null_if_unknown(array);
}

static cJSON *field_to_json(struct writer *writer, const struct field *field, const void *memory)
{
	const void *member = field_member(field, memory);
	const struct list *list = member;
	const struct text *text = member;

	switch (field->type) {
	case FIELD_TUPLE: return tuple_to_json(writer, field->element, member);
	case FIELD_RECORD: return record_to_json(writer, field->element, member, 0);
	case FIELD_MASK: return mask_to_json(member);
	case FIELD_ARGV:
		if (text->bytes)
			return strings_to_json(writer, *text);
		break;
	case FIELD_ENVIRON:
		if (text->bytes)
			return environment_to_json(writer, *text);
		break;
	case FIELD_I32_LIST:
		if (list->items)
			return integers_to_json(list);
		break;
	case FIELD_LIST:
		if (list->items)
			return list_to_json(writer, field->element, list);
		break;
	case FIELD_MAP:
		if (list->items)
			return map_to_json(writer, field->element, list);
		break;
	default: return value_to_json(writer, field_value(field, memory));
	}
	return not_null(cJSON_CreateNull());
}

/* The object a record's rows go into: itself, or the one a run of keys with the same part before the dot makes. */
struct target {
	cJSON *object;
	cJSON *nested;
	const char *prefix;
	size_t prefix_length;
};

static void close_nested(struct target *target)
{
	char name[64];

	if (!target->nested)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)target->prefix_length, target->prefix);
	cJSON_AddItemToObject(target->object, name, null_if_unknown(target->nested));
	target->nested = NULL;
}

/* Where a key goes, and in ret_leaf the part of it behind the dot. */
static cJSON *target_of_key(struct target *target, const char *key, const char **ret_leaf)
{
	const char *dot = strchr(key, '.');
	size_t length = dot ? (size_t)(dot - key) : 0;

	if (target->nested && (length != target->prefix_length || memcmp(key, target->prefix, length) != 0))
		close_nested(target);
	if (!dot) {
		*ret_leaf = key;
		return target->object;
	}
	if (!target->nested) {
		target->nested = not_null(cJSON_CreateObject());
		target->prefix = key;
		target->prefix_length = length;
	}
	*ret_leaf = dot + 1;
	return target->nested;
}

/* The bytes themselves, where replacing what is not UTF-8 has lost some. */
static void add_raw_bytes(cJSON *object, const char *leaf, struct text text)
{
	char name[80], *encoded;

	if (!text.bytes || text_is_utf8(text))
		return;
	encoded = xmalloc(TEXT_BASE64_SIZE(text.length));
	text_to_base64(text, encoded);
	snprintf(name, sizeof(name), "%s_b64", leaf);
	cJSON_AddItemToObject(object, name, not_null(cJSON_CreateString(encoded)));
	free(encoded);
}

static void add_field(struct writer *writer, struct target *target, const struct field *field, const void *memory,
		      bool known)
{
	const char *leaf;
	cJSON *object = target_of_key(target, field->key, &leaf);

	cJSON_AddItemToObjectCS(object, leaf,
				known ? field_to_json(writer, field, memory) : not_null(cJSON_CreateNull()));
	if (known && field_holds_text(field))
		add_raw_bytes(object, leaf, *(const struct text *)field_member(field, memory));
}

/* first: index of the first row that counts (a map's key is not repeated in its value). A single row without a key is
 * the value itself. */
static cJSON *record_to_json(struct writer *writer, const struct record *record, const void *memory, size_t first)
{
	struct target target = {.object = NULL};

	if (first < record->count && !*record->fields[first].key)
		return field_to_json(writer, &record->fields[first], memory);
	target.object = not_null(cJSON_CreateObject());
	for (size_t i = first; i < record->count; i++)
		add_field(writer, &target, &record->fields[i], memory, true);
	close_nested(&target);
	return null_if_unknown(target.object);
}

static cJSON *process_to_json(struct writer *writer, const struct process *process)
{
	struct target target = {.object = not_null(cJSON_CreateObject())};

	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		const struct field *field = &process_record.fields[id];

		if (selection_has_field(writer->options->selection, id))
			add_field(writer, &target, field, process, process_has_field(process, field));
	}
	close_nested(&target);
	return target.object;
}

static void put(struct writer *writer, const char *bytes, size_t length)
{
	errno = 0;
	if (!writer->error && fwrite(bytes, 1, length, writer->stream) != length)
		writer->error = errno ? errno : EIO;
}

static void put_string(struct writer *writer, const char *string)
{
	put(writer, string, strlen(string));
}

/* DEL and the C1 controls are valid in JSON as they are, and a terminal would obey them: U+009B begins a sequence. cJSON
 * escapes only those below U+0020; in its output the others stand nowhere but in strings. */
static void put_without_controls(struct writer *writer, const char *string)
{
	const char *at;

	while ((at = strpbrk(string, "\x7f\xc2"))) {
		unsigned char byte = (unsigned char)at[0], next = (unsigned char)at[1];
		bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
		char escape[8];

		put(writer, string, (size_t)(at - string));
		if (byte == 0x7f || is_c1) {
			snprintf(escape, sizeof(escape), "\\u%04x", is_c1 ? next : byte);
			put_string(writer, escape);
		} else {
			put(writer, at, 1);
		}
		string = at + (is_c1 ? 2 : 1);
	}
	put_string(writer, string);
}

/* Encode one item into the print buffer, which grows to the largest there is, and let it go. */
static void put_item(struct writer *writer, cJSON *item)
{
	while (!cJSON_PrintPreallocated(item, writer->print, (int)writer->print_size, false)) {
		if (writer->print_size > (size_t)1 << 30)
			fatal("a record is too large to be encoded");
		writer->print_size *= 2;
		writer->print = xreallocarray(writer->print, writer->print_size, 1);
	}
	arena_reset(&writer->arena);
	put_without_controls(writer, writer->print);
}

static void put_separator(struct writer *writer, bool first)
{
	if (!first)
		put_string(writer, ",");
	if (!writer->options->one_line)
		put_string(writer, "\n");
}

static bool is_chosen(const struct json_options *options, const struct process *process)
{
	if (options->filter && !filter_match(options->filter, process))
		return false;
	if (!options->pids)
		return true;
	for (size_t i = 0; i < options->pids_count; i++) {
		if (options->pids[i] == process->pid)
			return true;
	}
	return false;
}

static void put_processes(struct writer *writer, const struct process_list *list)
{
	bool first = true;

	put_string(writer, "[");
	for (size_t i = 0; i < list->count && !writer->error; i++) {
		if (!is_chosen(writer->options, list->items[i]))
			continue;
		put_separator(writer, first);
		put_item(writer, process_to_json(writer, list->items[i]));
		first = false;
	}
	put_string(writer, "]");
}

static void put_list(struct writer *writer, const struct record *record, const struct list *list)
{
	put_string(writer, "[");
	for (size_t i = 0; i < list->count && !writer->error; i++) {
		put_separator(writer, i == 0);
		put_item(writer, record_to_json(writer, record, list_item(list, record, i), 0));
	}
	put_string(writer, "]");
}

/* Lists are the long ones: they leave record by record. */
static void put_top_level(struct writer *writer, const struct field *field, const struct snapshot *snapshot)
{
	const void *member = field_member(field, snapshot);

	put_string(writer, "\"");
	put_string(writer, field->key);
	put_string(writer, "\":");
	if (field->type == FIELD_PROCESSES && ((const struct process_list *)member)->items)
		put_processes(writer, member);
	else if (field->type == FIELD_LIST && ((const struct list *)member)->items)
		put_list(writer, field->element, member);
	else
		put_item(writer, field_to_json(writer, field, snapshot));
}

int json_write(FILE *stream, const struct snapshot *snapshot, const struct json_options *options)
{
	struct writer writer = {.stream = stream, .options = options, .print_size = (size_t)16 << 10};
	bool first = true;

	writer.print = xmalloc(writer.print_size);
	begin_records(&writer);
	put_string(&writer, "{");
	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (!selection_has_key(options->selection, i))
			continue;
		put_separator(&writer, first);
		put_top_level(&writer, &snapshot_record.fields[i], snapshot);
		first = false;
	}
	put_string(&writer, options->one_line ? "}\n" : "\n}\n");
	errno = 0;
	if (fflush(stream) != 0 && !writer.error)
		writer.error = errno ? errno : EIO;
	end_records(&writer);
	free(writer.scratch);
	free(writer.print);
	return -writer.error;
}
