#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/filter_private.h"
#include "model/format.h"

#define REGEX_LENGTH_MAX 256
/* The C library's regcomp unrolls bounded repetitions; their product must stay small. */
#define REGEX_REPEAT_MAX 4096

/* Multiplier of a unit in a field; 0 when it does not belong there. */
static double unit_factor(struct text unit, const struct field *field)
{
	static const char letters[] = "kmgtp", time_letters[] = "smhd";
	static const double seconds[] = {1, 60, 3600, 86400};
	const char *letter;
	double factor = 1;

	if (!unit.length)
		return 1;
	if (field->unit == UNIT_PERCENT || field->unit == UNIT_PERCENT_CPU)
		return filter_text_is(unit, "%");
	if (field->unit == UNIT_SECONDS) {
		letter = unit.length == 1 ? strchr(time_letters, unit.bytes[0]) : NULL;
		return letter && *letter ? seconds[letter - time_letters] : 0;
	}
	if (field->unit != UNIT_BYTES && field->unit != UNIT_BYTES_PER_S && field->unit != UNIT_COUNT)
		return 0;
	if (field->unit == UNIT_BYTES_PER_S && unit.length > 2 &&
	    memcmp(unit.bytes + unit.length - 2, "/s", 2) == 0)
		unit.length -= 2;
	letter = strchr(letters, unit.bytes[0] | 0x20);
	if (letter && *letter) {
		for (const char *l = letters; l <= letter; l++)
			factor *= 1024;
		unit = (struct text){unit.bytes + 1, unit.length - 1};
		if (filter_text_is(unit, "ib"))
			return factor;
	}
	return !unit.length || filter_text_is(unit, "b") ? factor : 0;
}

static int parse_number(struct parser *parser, const struct field *field, struct value *ret_value)
{
	struct token token = parser->token;
	struct cursor whole = cursor_of_text(token.text), cursor = whole;
	struct text unit;
	double number, factor;
	uint64_t magnitude;

	if (parse_f64(&cursor, &number) < 0)
		return filter_fail(parser, token.column, token.length, "%s is compared with a number", field->key);
	unit = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
	factor = unit_factor(unit, field);
	if (factor == 0)
		return filter_fail(parser, token.column + token.length - unit.length, unit.length,
				   NAME_FORMAT " is no unit of %s", NAME_ARGUMENTS(unit), field->key);
	*ret_value = (struct value){VALUE_REAL, {.real = number * factor}};
	/* Doubles hold 64-bit counters inexactly. */
	if (field->type == FIELD_U64 && factor == 1 && parse_u64(&whole, &magnitude) == 0 && whole.p == cursor.p)
		*ret_value = (struct value){VALUE_UNSIGNED, {.uinteger = magnitude}};
	return 0;
}

static int parse_mask(struct parser *parser, const struct field *field, struct value *ret_value)
{
	struct token token = parser->token;
	struct cursor cursor = cursor_of_text(token.text);
	uint64_t mask;

	(void)parse_literal(&cursor, "0x");
	if (parse_hex(&cursor, &mask) < 0 || !cursor_done(&cursor))
		return filter_fail(parser, token.column, token.length, "%s is compared with a hexadecimal number",
				   field->key);
	*ret_value = (struct value){VALUE_UNSIGNED, {.uinteger = mask}};
	return 0;
}

static int parse_bool(struct parser *parser, const struct field *field, struct value *ret_value)
{
	struct token token = parser->token;
	bool is_true = filter_text_is(token.text, "true") || filter_text_is(token.text, "yes") ||
		       filter_text_is(token.text, "1");

	if (!is_true && !filter_text_is(token.text, "false") && !filter_text_is(token.text, "no") &&
	    !filter_text_is(token.text, "0"))
		return filter_fail(parser, token.column, token.length, "%s is compared with true or false", field->key);
	*ret_value = (struct value){VALUE_BOOL, {.boolean = is_true}};
	return 0;
}

static bool interval_bound(const char *digits, uint64_t *product)
{
	uint64_t bound = 1;

	for (; *digits && *digits != '}'; digits++) {
		struct cursor cursor = cursor_of(digits, strlen(digits));
		uint64_t value;

		if (*digits < '0' || *digits > '9')
			continue;
		if (parse_u64(&cursor, &value) < 0 || value > REGEX_REPEAT_MAX)
			return false;
		if (value > bound)
			bound = value;
		digits = cursor.p - 1;
	}
	*product *= bound;
	return *product <= REGEX_REPEAT_MAX;
}

/* Expressions that would make the C library's matcher take all memory or time. */
static const char *regex_refusal(const char *regex)
{
	uint64_t product = 1;

	if (strlen(regex) > REGEX_LENGTH_MAX)
		return "the regular expression is too long";
	for (const char *p = regex; *p; p++) {
		if (*p == '\\' && p[1] >= '1' && p[1] <= '9')
			return "back-references are not supported";
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '{' && !interval_bound(p + 1, &product))
			return "the regular expression repeats too much";
	}
	return NULL;
}

static int compile_regex(struct parser *parser, struct node *node)
{
	struct token token = parser->token;
	char *regex = xmalloc(token.text.length + 1), reason[120];
	const char *refusal;
	int r;

	memcpy(regex, token.text.bytes, token.text.length);
	regex[token.text.length] = '\0';
	refusal = regex_refusal(regex);
	r = refusal ? 0 : regcomp(&node->regex, regex, REG_EXTENDED | REG_NOSUB);
	free(regex);
	if (refusal)
		return filter_fail(parser, token.column, token.length, "%s", refusal);
	if (r) {
		regerror(r, &node->regex, reason, sizeof(reason));
		return filter_fail(parser, token.column, token.length, "regular expression: %s", reason);
	}
	node->kind = NODE_REGEX;
	return 0;
}

/* Comparisons */

static const char *const operator_signs[] = {
	[OP_NONE] = "",  [OP_EQUAL] = "=",      [OP_UNEQUAL] = "!=",      [OP_LESS] = "<",  [OP_LESS_EQUAL] = "<=",
	[OP_GREATER] = ">", [OP_GREATER_EQUAL] = ">=", [OP_MATCH] = "~", [OP_NO_MATCH] = "!~",
};

static bool is_regex_operator(enum operator op)
{
	return op == OP_MATCH || op == OP_NO_MATCH;
}

static bool is_equality(enum operator op)
{
	return op == OP_EQUAL || op == OP_UNEQUAL;
}

static int set_text_value(struct parser *parser, struct node *node)
{
	const struct field *username = process_field(FIELD_ID_USERNAME);
	uint64_t uid;

	if (is_regex_operator(node->op))
		return compile_regex(parser, node);
	node->kind = NODE_TEXT;
	node->text = parser->token.text;
	if (node->field == username && is_equality(node->op) && text_to_u64(node->text, &uid) == 0 &&
	    uid <= UINT32_MAX) {
		node->kind = NODE_USER;
		node->value = (struct value){VALUE_INTEGER, {.integer = (int64_t)uid}};
	}
	return 0;
}

static int set_number_value(struct parser *parser, struct node *node)
{
	node->kind = node->field->type == FIELD_I32_LIST ? NODE_LIST : NODE_NUMBER;
	if (node->field->type == FIELD_MASK)
		return parse_mask(parser, node->field, &node->value);
	if (node->field->type == FIELD_BOOL)
		return parse_bool(parser, node->field, &node->value);
	return parse_number(parser, node->field, &node->value);
}

/* Whether this kind of field can stand before the operator. */
static bool field_takes(const struct field *field, enum operator op)
{
	switch (field->type) {
	case FIELD_CHAR:
	case FIELD_CHARS:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_STATUS:
	case FIELD_POLICY:
	case FIELD_ORPHAN:
	case FIELD_ARGV:
	case FIELD_ENVIRON:
		return true;
	case FIELD_I32:
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_F64:
	case FIELD_TICKS:
		return !is_regex_operator(op);
	case FIELD_BOOL:
	case FIELD_MASK:
	case FIELD_I32_LIST:
		return is_equality(op);
	case FIELD_TUPLE:
	case FIELD_RECORD:
	case FIELD_LIST:
	case FIELD_MAP:
	case FIELD_PROCESSES:
	case FIELD_TYPE_COUNT:
		break;
	}
	return false;
}

static bool is_text_field(const struct field *field)
{
	return field_is_text(field);
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits that make one name the other; SIZE_MAX for names too long to compare. */
static size_t edit_distance(struct text a, const char *b)
{
	size_t row[64], length = strlen(b);

	if (length >= sizeof(row) / sizeof(row[0]) || a.length >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; i < a.length; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t above = row[j + 1];
			bool same = (a.bytes[i] | 0x20) == (b[j] | 0x20);

			row[j + 1] = smallest(above + 1, row[j] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[length];
}

/* "memory_info" of "memory_info.rss". */
static bool is_outer_name(struct text name, const char *key)
{
	return strncmp(key, name.bytes, name.length) == 0 && key[name.length] == '.';
}

/* The field that was probably meant, at most two edits away, or NULL. */
static const char *nearest_name(struct text name)
{
	size_t nearest = name.length > 3 ? 3 : 2; /* more edits than these make anything of a short name */
	const char *found = NULL;

	for (size_t i = 0; i < FIELD_ID_COUNT; i++) {
		const struct field *field = process_field((enum field_id)i);
		const char *const names[] = {field->key, field->alias};

		for (size_t j = 0; j < 2; j++) {
			size_t distance = SIZE_MAX;

			if (j == 0 && name.length && is_outer_name(name, field->key))
				distance = 0;
			else if (names[j])
				distance = edit_distance(name, names[j]);
			if (distance < nearest) {
				nearest = distance;
				found = names[j];
			}
		}
	}
	return found;
}

/* Keys and aliases are in small letters. */
const struct field *filter_find_field(struct text name)
{
	char lower[64];

	if (name.length >= sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.length; i++)
		lower[i] = name.bytes[i] >= 'A' && name.bytes[i] <= 'Z' ? (char)(name.bytes[i] | 0x20) : name.bytes[i];
	return process_field_find((struct text){lower, name.length});
}

static int fail_unknown_field(struct parser *parser, const struct token *name)
{
	const char *meant = nearest_name(name->text);

	if (name->kind == TOKEN_QUOTED || !name->text.length)
		return filter_fail(parser, name->column, name->length, "the name of a field is expected here");
	if (meant)
		return filter_fail(parser, name->column, name->length, "unknown field " NAME_FORMAT "; is it %s?",
				   NAME_ARGUMENTS(name->text), meant);
	return filter_fail(parser, name->column, name->length, "unknown field " NAME_FORMAT "; in quotes it is text",
			   NAME_ARGUMENTS(name->text));
}

/* The operator is ahead. */
int filter_parse_comparison(struct parser *parser, const struct token *name, struct node *node)
{
	struct token sign = parser->token;
	int r;

	node->field = name->kind == TOKEN_WORD ? filter_find_field(name->text) : NULL;
	node->op = sign.op;
	if (!node->field)
		return fail_unknown_field(parser, name);
	if (!field_takes(node->field, OP_EQUAL))
		return filter_fail(parser, name->column, name->length, "%s cannot be compared", node->field->key);
	if (!field_takes(node->field, sign.op))
		return filter_fail(parser, sign.column, sign.length, "%s cannot be compared by %s", node->field->key,
				   operator_signs[sign.op]);
	r = filter_advance_value(parser);
	if (r < 0)
		return r;
	if (parser->token.kind == TOKEN_END)
		return filter_fail(parser, parser->token.column, 0, "a value is expected after %s",
				   operator_signs[sign.op]);
	r = is_text_field(node->field) ? set_text_value(parser, node) : set_number_value(parser, node);
	if (r < 0)
		return r;
	parser->filter->facts |= node->field->needs;
	parser->filter->needs_rates |= process_field_is_rate(node->field);
	if (node->kind == NODE_USER)
		parser->filter->facts |= FACT_BIT(FACT_STATE);
	return filter_advance(parser);
}
