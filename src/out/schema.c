/* The JSON Schema, from the same tables the JSON is printed from. */
#include <cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "out/json.h"

static cJSON *schema_of_record(const struct record *record, size_t first, bool required);

static cJSON *type_or_null(const char *type)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON *types = cJSON_AddArrayToObject(schema, "type");

	cJSON_AddItemToArray(types, cJSON_CreateString(type));
	cJSON_AddItemToArray(types, cJSON_CreateString("null"));
	return schema;
}

static cJSON *plain_type(const char *type)
{
	cJSON *schema = cJSON_CreateObject();

	cJSON_AddStringToObject(schema, "type", type);
	return schema;
}

static cJSON *array_of(cJSON *items)
{
	cJSON *schema = type_or_null("array");

	cJSON_AddItemToObject(schema, "items", items);
	return schema;
}

static cJSON *map_of(cJSON *values)
{
	cJSON *schema = type_or_null("object");

	cJSON_AddItemToObject(schema, "additionalProperties", values);
	return schema;
}

static cJSON *mask_type(void)
{
	cJSON *schema = type_or_null("string");

	cJSON_AddStringToObject(schema, "pattern", "^[0-9a-f]{16}$");
	return schema;
}

static cJSON *tuple_type(const struct record *record)
{
	cJSON *schema = array_of(type_or_null("number"));

	cJSON_AddNumberToObject(schema, "minItems", (double)record->count);
	cJSON_AddNumberToObject(schema, "maxItems", (double)record->count);
	return schema;
}

static cJSON *unsigned_type(void)
{
	cJSON *schema = type_or_null("integer");

	cJSON_AddNumberToObject(schema, "minimum", 0);
	return schema;
}

static cJSON *schema_of_type(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL: return type_or_null("boolean");
	case FIELD_I32:
	case FIELD_I64: return type_or_null("integer");
	case FIELD_U64: return unsigned_type();
	case FIELD_F64:
	case FIELD_TICKS: return type_or_null("number");
	case FIELD_MASK: return mask_type();
	case FIELD_ARGV: return array_of(plain_type("string"));
	case FIELD_ENVIRON: return map_of(plain_type("string"));
	case FIELD_I32_LIST: return array_of(plain_type("integer"));
	case FIELD_TUPLE: return tuple_type(field->element);
	case FIELD_RECORD: return schema_of_record(field->element, 0, true);
	case FIELD_LIST: return array_of(schema_of_record(field->element, 0, true));
	case FIELD_MAP: return map_of(schema_of_record(field->element, 1, true));
	case FIELD_PROCESSES: return array_of(schema_of_record(&process_record, 0, false));
	case FIELD_CHAR:
	case FIELD_CHARS:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_STATUS:
	case FIELD_POLICY:
	case FIELD_ORPHAN:
	case FIELD_TYPE_COUNT: break;
	}
	return type_or_null("string");
}

static cJSON *schema_of_field(const struct field *field)
{
	cJSON *schema = schema_of_type(field);
	char description[512];
	const char *unit = unit_name(field->unit);

	snprintf(description, sizeof(description), "%s%s%s%s", field->help, *unit ? " (" : "", unit, *unit ? ")" : "");
	cJSON_AddStringToObject(schema, "description", description);
	return schema;
}

/* An object that allows its keys and the raw bytes of its texts, and nothing else. */
static cJSON *object_schema(void)
{
	cJSON *schema = type_or_null("object");
	cJSON *raw = plain_type("string");

	cJSON_AddStringToObject(raw, "contentEncoding", "base64");
	cJSON_AddItemToObject(cJSON_AddObjectToObject(schema, "patternProperties"), "_b64$", raw);
	cJSON_AddObjectToObject(schema, "properties");
	cJSON_AddFalseToObject(schema, "additionalProperties");
	return schema;
}

static void require(cJSON *schema, const char *key)
{
	cJSON *required = cJSON_GetObjectItem(schema, "required"), *item;

	if (!required)
		required = cJSON_AddArrayToObject(schema, "required");
	cJSON_ArrayForEach(item, required)
	{
		if (strcmp(item->valuestring, key) == 0)
			return;
	}
	cJSON_AddItemToArray(required, cJSON_CreateString(key));
}

/* Schema of the object a dotted key goes into. */
static cJSON *nested_schema(cJSON *schema, const char *name)
{
	cJSON *properties = cJSON_GetObjectItem(schema, "properties");
	cJSON *nested = cJSON_GetObjectItemCaseSensitive(properties, name);

	if (!nested) {
		nested = object_schema();
		cJSON_AddItemToObject(properties, name, nested);
	}
	return nested;
}

static void add_property(cJSON *schema, const struct field *field, bool required)
{
	const char *dot = strchr(field->key, '.'), *leaf = dot ? dot + 1 : field->key;

	if (dot) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - field->key), field->key);
		if (required)
			require(schema, name);
		schema = nested_schema(schema, name);
	}
	cJSON_AddItemToObject(cJSON_GetObjectItem(schema, "properties"), leaf, schema_of_field(field));
	if (required)
		require(schema, leaf);
}

static cJSON *schema_of_record(const struct record *record, size_t first, bool required)
{
	cJSON *schema;

	if (first < record->count && !*record->fields[first].key)
		return schema_of_type(&record->fields[first]);
	schema = object_schema();
	for (size_t i = first; i < record->count; i++)
		add_property(schema, &record->fields[i], required);
	return schema;
}

int json_write_schema(FILE *stream)
{
	cJSON *schema = schema_of_record(&snapshot_record, 0, false);
	char *text;
	int r;

	cJSON_AddStringToObject(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	cJSON_AddStringToObject(schema, "title", "cmon --json");
	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (!snapshot_record.fields[i].section)
			require(schema, snapshot_record.fields[i].key);
	}
	text = cJSON_Print(schema);
	if (!text)
		fatal("out of memory");
	errno = 0;
	r = fputs(text, stream) < 0 || fputc('\n', stream) == EOF || fflush(stream) != 0 ? -(errno ? errno : EIO) : 0;
	cJSON_free(text);
	cJSON_Delete(schema);
	return r;
}
