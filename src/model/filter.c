#include "model/filter.h"

#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/field.h"
#include "model/lineage.h"

#define REGEX_LENGTH_MAX 256
/* The C library's regcomp unrolls bounded repetitions; their product must stay small. */
#define REGEX_REPEAT_MAX 4096

enum node_kind {
	NODE_ALL,     /* matches everything */
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_SEARCH,  /* text in the command line or name */
	NODE_WORD,    /* a state or class */
	NODE_NUMBER,  /* comparison by what the field holds */
	NODE_TEXT,
	NODE_REGEX,
	NODE_LIST,
	NODE_USER,
};

enum operator { OP_NONE, OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_MATCH, OP_NO_MATCH };

struct word {
	const char *name;
	uint64_t needs;
	bool (*match)(const struct process *process);
	char state; /* when match is NULL */
};

struct node {
	enum node_kind kind;
	enum operator op;
	struct node *first, *next; /* operands of AND, OR, NOT; next of its own operand list */
	const struct field *field;
	const struct word *word;
	struct value value;
	struct text text;
	regex_t regex;
};

struct filter {
	struct node *root;
	uint64_t facts;
	char *source; /* what the nodes' texts point into */
};

/* States and classes */

static bool match_orphan(const struct process *process)
{
	return process_has(process, FACT_LINEAGE) && orphan_class_is_certain(process->orphan);
}

static bool match_detached(const struct process *process)
{
	return process_has(process, FACT_LINEAGE) && process->orphan == ORPHAN_DETACHED;
}

static bool match_injected(const struct process *process)
{
	return process_has(process, FACT_LINEAGE) && process->orphan == ORPHAN_INJECTED;
}

static bool match_kernel(const struct process *process)
{
	return process->is_kernel == 1;
}

static const struct word words[] = {
	{"orphan", FACT_BIT(FACT_LINEAGE), match_orphan, 0},
	{"detached", FACT_BIT(FACT_LINEAGE), match_detached, 0},
	{"injected", FACT_BIT(FACT_LINEAGE), match_injected, 0},
	{"zombie", FACT_BIT(FACT_STAT), process_is_zombie, 0},
	{"kernel", FACT_BIT(FACT_STAT), match_kernel, 0},
	{"running", FACT_BIT(FACT_STAT), NULL, 'R'},
	{"sleeping", FACT_BIT(FACT_STAT), NULL, 'S'},
	{"disk-sleep", FACT_BIT(FACT_STAT), NULL, 'D'},
	{"stopped", FACT_BIT(FACT_STAT), NULL, 'T'},
	{"tracing-stop", FACT_BIT(FACT_STAT), NULL, 't'},
	{"idle", FACT_BIT(FACT_STAT), NULL, 'I'},
	{"dead", FACT_BIT(FACT_STAT), NULL, 'X'},
	{"parked", FACT_BIT(FACT_STAT), NULL, 'P'},
	{"waking", FACT_BIT(FACT_STAT), NULL, 'W'},
	{"wake-kill", FACT_BIT(FACT_STAT), NULL, 'K'},
};

static bool text_is_word(struct text text, const char *word)
{
	return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

static const struct word *find_word(struct text text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_is_word(text, words[i].name))
			return &words[i];
	}
	return NULL;
}

/* Tokens */

enum token_kind { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_OPERATOR, TOKEN_WORD, TOKEN_QUOTED };

struct token {
	enum token_kind kind;
	enum operator op;
	struct text text; /* without quotes */
	size_t column, length;
};

struct parser {
	const char *start, *p, *end;
	struct token token; /* the one ahead */
	struct filter *filter;
	struct filter_error *error;
	unsigned depth;
};

static int fail(struct parser *parser, size_t column, size_t length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(struct parser *parser, size_t column, size_t length, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(parser->error->message, sizeof(parser->error->message), format, arguments);
	va_end(arguments);
	parser->error->column = column;
	parser->error->length = length;
	return -EINVAL;
}

/* Names in messages are cut, between characters, so that the message is never cut behind them. */
static int shown_length(struct text name)
{
	size_t length = name.length < 60 ? name.length : 60;

	while (length > 0 && length < name.length && (name.bytes[length] & 0xc0) == 0x80)
		length--;
	return (int)length;
}

#define NAME_FORMAT "\"%.*s\""
#define NAME_ARGUMENTS(text) shown_length(text), (text).bytes

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Returns the length of the operator at p, 0 for none. */
static size_t operator_at(const char *p, const char *end, enum operator *ret_op)
{
	static const struct {
		const char *sign;
		enum operator op;
	} operators[] = { /* the longer ones first */
		{"==", OP_EQUAL}, {"!=", OP_UNEQUAL}, {"<=", OP_LESS_EQUAL}, {">=", OP_GREATER_EQUAL},
		{"!~", OP_NO_MATCH}, {"=", OP_EQUAL}, {"<", OP_LESS}, {">", OP_GREATER}, {"~", OP_MATCH},
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].sign);

		if ((size_t)(end - p) >= length && memcmp(p, operators[i].sign, length) == 0) {
			*ret_op = operators[i].op;
			return length;
		}
	}
	return 0;
}

static bool ends_word(const char *p, const char *end)
{
	enum operator op;

	return p >= end || is_blank(*p) || *p == '(' || *p == ')' || is_quote(*p) || operator_at(p, end, &op);
}

static struct token word_token(const char *p, const char *end)
{
	struct token token = {.kind = TOKEN_WORD, .text = {p, 0}};

	while (!ends_word(p + token.text.length, end))
		token.text.length++;
	token.length = token.text.length;
	if (text_is_word(token.text, "and"))
		token.kind = TOKEN_AND;
	else if (text_is_word(token.text, "or"))
		token.kind = TOKEN_OR;
	else if (text_is_word(token.text, "not"))
		token.kind = TOKEN_NOT;
	return token;
}

/* The token at p, which is not a blank. A quote that is not closed is a token to the end, its kind TOKEN_END. */
static struct token token_at(const char *p, const char *end)
{
	struct token token = {.kind = TOKEN_END};

	if (p >= end)
		return token;
	token.length = operator_at(p, end, &token.op);
	if (token.length) {
		token.kind = TOKEN_OPERATOR;
		token.text = (struct text){p, token.length};
	} else if (*p == '(' || *p == ')') {
		token = (struct token){.kind = *p == '(' ? TOKEN_OPEN : TOKEN_CLOSE, .text = {p, 1}, .length = 1};
	} else if (is_quote(*p)) {
		const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));

		token.kind = close ? TOKEN_QUOTED : TOKEN_END;
		token.length = close ? (size_t)(close + 1 - p) : (size_t)(end - p);
		token.text = (struct text){p + 1, token.length - (close ? 2 : 1)};
	} else {
		token = word_token(p, end);
	}
	return token;
}

static int advance(struct parser *parser)
{
	while (parser->p < parser->end && is_blank(*parser->p))
		parser->p++;
	parser->token = token_at(parser->p, parser->end);
	parser->token.column = (size_t)(parser->p - parser->start);
	parser->p += parser->token.length;
	if (parser->token.kind == TOKEN_END && parser->token.length)
		return fail(parser, parser->token.column, 1, "this quote is not closed");
	return 0;
}

/* A value reaches to the next blank, so that most regular expressions need no quotes. */
static int advance_value(struct parser *parser)
{
	size_t depth = 0;
	const char *p;

	while (parser->p < parser->end && is_blank(*parser->p))
		parser->p++;
	if (parser->p < parser->end && is_quote(*parser->p))
		return advance(parser);
	for (p = parser->p; p < parser->end && !is_blank(*p); p++) {
		if (*p == ')' && depth-- == 0)
			break;
		if (*p == '(')
			depth++;
	}
	parser->token = (struct token){
		.kind = p > parser->p ? TOKEN_WORD : TOKEN_END,
		.text = {parser->p, (size_t)(p - parser->p)},
		.column = (size_t)(parser->p - parser->start),
		.length = (size_t)(p - parser->p),
	};
	parser->p = p;
	return 0;
}

/* Nodes */

static struct node *node_new(enum node_kind kind)
{
	struct node *node = xcalloc(1, sizeof(*node));

	node->kind = kind;
	return node;
}

static void node_free(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		node_free(node->first);
		if (node->kind == NODE_REGEX)
			regfree(&node->regex);
		free(node);
		node = next;
	}
}

/* Values */

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
		return text_is_word(unit, "%");
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
		if (text_is_word(unit, "ib"))
			return factor;
	}
	return !unit.length || text_is_word(unit, "b") ? factor : 0;
}

static int parse_number(struct parser *parser, const struct field *field, struct value *ret_value)
{
	struct token token = parser->token;
	struct cursor whole = cursor_of_text(token.text), cursor = whole;
	struct text unit;
	double number, factor;
	uint64_t magnitude;

	if (parse_f64(&cursor, &number) < 0)
		return fail(parser, token.column, token.length, "%s is compared with a number", field->key);
	unit = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
	factor = unit_factor(unit, field);
	if (factor == 0)
		return fail(parser, token.column + token.length - unit.length, unit.length,
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
		return fail(parser, token.column, token.length, "%s is compared with a hexadecimal number",
			    field->key);
	*ret_value = (struct value){VALUE_UNSIGNED, {.uinteger = mask}};
	return 0;
}

static int parse_bool(struct parser *parser, const struct field *field, struct value *ret_value)
{
	struct token token = parser->token;
	bool is_true = text_is_word(token.text, "true") || text_is_word(token.text, "yes") ||
		       text_is_word(token.text, "1");

	if (!is_true && !text_is_word(token.text, "false") && !text_is_word(token.text, "no") &&
	    !text_is_word(token.text, "0"))
		return fail(parser, token.column, token.length, "%s is compared with true or false", field->key);
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
		return fail(parser, token.column, token.length, "%s", refusal);
	if (r) {
		regerror(r, &node->regex, reason, sizeof(reason));
		return fail(parser, token.column, token.length, "regular expression: %s", reason);
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
	case FIELD_ARGV:
	case FIELD_ENVIRON:
		return true;
	case FIELD_I32:
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_F64:
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
	return field->type == FIELD_CHAR || field->type == FIELD_CHARS || field->type == FIELD_TEXT ||
	       field->type == FIELD_ARGV || field->type == FIELD_ENVIRON;
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
static const struct field *find_field(struct text name)
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
		return fail(parser, name->column, name->length, "the name of a field is expected here");
	if (meant)
		return fail(parser, name->column, name->length, "unknown field " NAME_FORMAT "; is it %s?",
			    NAME_ARGUMENTS(name->text), meant);
	return fail(parser, name->column, name->length, "unknown field " NAME_FORMAT "; in quotes it is text",
		    NAME_ARGUMENTS(name->text));
}

/* The operator is ahead. */
static int parse_comparison(struct parser *parser, const struct token *name, struct node *node)
{
	struct token sign = parser->token;
	int r;

	node->field = name->kind == TOKEN_WORD ? find_field(name->text) : NULL;
	node->op = sign.op;
	if (!node->field)
		return fail_unknown_field(parser, name);
	if (!field_takes(node->field, OP_EQUAL))
		return fail(parser, name->column, name->length, "%s cannot be compared", node->field->key);
	if (!field_takes(node->field, sign.op))
		return fail(parser, sign.column, sign.length, "%s cannot be compared by %s", node->field->key,
			    operator_signs[sign.op]);
	r = advance_value(parser);
	if (r < 0)
		return r;
	if (parser->token.kind == TOKEN_END)
		return fail(parser, parser->token.column, 0, "a value is expected after %s",
			    operator_signs[sign.op]);
	r = is_text_field(node->field) ? set_text_value(parser, node) : set_number_value(parser, node);
	if (r < 0)
		return r;
	parser->filter->facts |= node->field->needs;
	if (node->kind == NODE_USER)
		parser->filter->facts |= FACT_BIT(FACT_STATUS);
	return advance(parser);
}

/* Expressions */

static int parse_or(struct parser *parser, struct node **ret_node);

/* A word that no operator follows, already taken. */
static int parse_word_term(struct parser *parser, const struct token *name, struct node *node)
{
	const struct word *word = name->kind == TOKEN_WORD ? find_word(name->text) : NULL;
	const struct field *field = name->kind == TOKEN_WORD && !word ? find_field(name->text) : NULL;

	if (field)
		return fail(parser, name->column, name->length,
			    "%s is a field: an operator is expected after it, or quotes around it to search for it",
			    field->key);
	node->kind = word ? NODE_WORD : NODE_SEARCH;
	node->word = word;
	node->text = name->text;
	parser->filter->facts |= word ? word->needs : FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_STAT);
	return 0;
}

static int parse_named_term(struct parser *parser, struct node **ret_node)
{
	struct token name = parser->token;
	struct node *node = node_new(NODE_ALL);
	int r = advance(parser);

	if (r >= 0)
		r = parser->token.kind == TOKEN_OPERATOR ? parse_comparison(parser, &name, node)
							 : parse_word_term(parser, &name, node);
	if (r < 0) {
		node_free(node);
		return r;
	}
	*ret_node = node;
	return 0;
}

static int parse_term(struct parser *parser, struct node **ret_node);

static int parse_not(struct parser *parser, struct node **ret_node)
{
	struct node *operand;
	int r = advance(parser);

	if (r >= 0)
		r = parse_term(parser, &operand);
	if (r < 0)
		return r;
	*ret_node = node_new(NODE_NOT);
	(*ret_node)->first = operand;
	return 0;
}

static int parse_parentheses(struct parser *parser, struct node **ret_node)
{
	size_t opened = parser->token.column;
	struct node *node;
	int r = advance(parser);

	if (r >= 0)
		r = parse_or(parser, &node);
	if (r < 0)
		return r;
	r = parser->token.kind == TOKEN_CLOSE ? advance(parser)
					      : fail(parser, opened, 1, "this parenthesis is not closed");
	if (r < 0) {
		node_free(node);
		return r;
	}
	*ret_node = node;
	return 0;
}

static int parse_term(struct parser *parser, struct node **ret_node)
{
	struct token token = parser->token;
	int r;

	switch (token.kind) {
	case TOKEN_NOT:
	case TOKEN_OPEN:
		if (parser->depth == FILTER_DEPTH_MAX)
			return fail(parser, token.column, token.length, "nested too deeply");
		parser->depth++;
		r = token.kind == TOKEN_NOT ? parse_not(parser, ret_node) : parse_parentheses(parser, ret_node);
		parser->depth--;
		return r;
	case TOKEN_WORD:
	case TOKEN_QUOTED:
		return parse_named_term(parser, ret_node);
	case TOKEN_END:
		return fail(parser, token.column, 0, "something is missing here");
	case TOKEN_CLOSE:
	case TOKEN_AND:
	case TOKEN_OR:
	case TOKEN_OPERATOR:
		break;
	}
	return fail(parser, token.column, token.length, "a field or a word is expected before " NAME_FORMAT,
		    NAME_ARGUMENTS(token.text));
}

/* Operands of one kind of operator side by side, so that a long chain does not nest. */
static int parse_chain(struct parser *parser, enum node_kind kind, enum token_kind separator,
		       int (*parse_operand)(struct parser *, struct node **), struct node **ret_node)
{
	struct node *chain = node_new(kind), **next = &chain->first;

	for (;;) {
		int r = parse_operand(parser, next);

		if (r >= 0 && parser->token.kind != separator)
			break;
		if (r >= 0)
			r = advance(parser);
		if (r < 0) {
			node_free(chain);
			return r;
		}
		next = &(*next)->next;
	}
	*ret_node = chain;
	return 0;
}

static int parse_and(struct parser *parser, struct node **ret_node)
{
	return parse_chain(parser, NODE_AND, TOKEN_AND, parse_term, ret_node);
}

static int parse_or(struct parser *parser, struct node **ret_node)
{
	return parse_chain(parser, NODE_OR, TOKEN_OR, parse_and, ret_node);
}

static int parse_expression(struct parser *parser, struct node **ret_node)
{
	struct node *node;
	int r = advance(parser);

	if (r >= 0)
		r = parse_or(parser, &node);
	if (r < 0)
		return r;
	if (parser->token.kind != TOKEN_END) {
		node_free(node);
		return fail(parser, parser->token.column, parser->token.length,
			    "and, or, or the end is expected before " NAME_FORMAT,
			    NAME_ARGUMENTS(parser->token.text));
	}
	*ret_node = node;
	return 0;
}

/* Text, or an expression? */

struct token_counts {
	size_t operators, words, quoted, others, parentheses;
	const struct word *word;
};

static struct token_counts count_tokens(const char *p, const char *end)
{
	struct token_counts counts = {0};

	while (p < end) {
		struct token token = token_at(p, end);

		if (is_blank(*p)) {
			p++;
			continue;
		}
		switch (token.kind) {
		case TOKEN_OPERATOR:
		case TOKEN_AND:
		case TOKEN_OR:
		case TOKEN_NOT: counts.operators++; break;
		case TOKEN_OPEN:
		case TOKEN_CLOSE: counts.parentheses++; break;
		case TOKEN_QUOTED: counts.quoted++; break;
		case TOKEN_WORD:
			counts.word = find_word(token.text);
			counts.words++;
			break;
		case TOKEN_END: counts.others++; token.length = 1; break; /* what follows a lone quote counts */
		}
		p += token.length;
	}
	return counts;
}

static bool is_expression(const char *p, const char *end)
{
	struct token_counts counts = count_tokens(p, end);

	if (counts.operators)
		return true;
	if (counts.others)
		return false;
	if (counts.words == 1 && !counts.quoted)
		return counts.word != NULL;
	return counts.quoted == 1 && !counts.words && !counts.parentheses;
}

static void add_search(struct node ***next, struct text text)
{
	text = text_trim(text);
	if (!text.length)
		return;
	**next = node_new(NODE_SEARCH);
	(**next)->text = text;
	*next = &(**next)->next;
}

static void parse_text(struct parser *parser, struct node **ret_node)
{
	struct node *alternatives = node_new(NODE_OR), **next = &alternatives->first;
	struct cursor cursor = cursor_of(parser->start, (size_t)(parser->end - parser->start));
	struct text piece;

	while (parse_until(&cursor, '|', &piece) == 0)
		add_search(&next, piece);
	add_search(&next, (struct text){cursor.p, (size_t)(cursor.end - cursor.p)});
	if (alternatives->first)
		parser->filter->facts |= FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_STAT);
	else
		alternatives->kind = NODE_ALL;
	*ret_node = alternatives;
}

int filter_parse(const char *expression, struct filter **ret_filter, struct filter_error *ret_error)
{
	struct filter *filter = xcalloc(1, sizeof(*filter));
	struct parser parser = {.filter = filter, .error = ret_error};
	size_t length = strlen(expression);
	int r = 0;

	filter->source = xstrdup(expression);
	parser.start = parser.p = filter->source;
	parser.end = filter->source + length;
	if (length > FILTER_LENGTH_MAX)
		r = fail(&parser, FILTER_LENGTH_MAX, 0, "longer than %d bytes", FILTER_LENGTH_MAX);
	else if (is_expression(parser.start, parser.end))
		r = parse_expression(&parser, &filter->root);
	else
		parse_text(&parser, &filter->root);
	if (r < 0) {
		filter_free(filter);
		return r;
	}
	*ret_filter = filter;
	return 0;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	node_free(filter->root);
	free(filter->source);
	free(filter);
}

uint64_t filter_facts(const struct filter *filter)
{
	return filter ? filter->facts : 0;
}

/* Matching */

/* A copy that ends with a NUL, with blanks for those between arguments; short ones in `small`, longer ones in
 * *ret_large, to be freed. */
static struct text joined_copy(struct text text, char *small, size_t small_size, char **ret_large)
{
	char *copy = small;

	*ret_large = NULL;
	while (text.length && !text.bytes[text.length - 1])
		text.length--;
	if (text.length >= small_size)
		copy = *ret_large = xmalloc(text.length + 1);
	for (size_t i = 0; i < text.length; i++)
		copy[i] = text.bytes[i] ? text.bytes[i] : ' ';
	copy[text.length] = '\0';
	return (struct text){copy, text.length};
}

/* NUL, which ends an argument, counts as a blank. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return c ? c : ' ';
}

static bool contains_folded(struct text text, struct text wanted)
{
	if (!wanted.length)
		return true;
	for (size_t i = 0; i + wanted.length <= text.length; i++) {
		size_t j = 0;

		while (j < wanted.length && folded(text.bytes[i + j]) == folded(wanted.bytes[j]))
			j++;
		if (j == wanted.length)
			return true;
	}
	return false;
}

static bool match_search(const struct node *node, const struct process *process)
{
	struct text text = process->cmdline;

	if (!process_has(process, FACT_CMDLINE) || !text.bytes || !text.length)
		text = process->name;
	return text.bytes && contains_folded(text, node->text);
}

static bool order_matches(enum operator op, int order)
{
	switch (op) {
	case OP_EQUAL: return order == 0;
	case OP_UNEQUAL: return order != 0;
	case OP_LESS: return order < 0;
	case OP_LESS_EQUAL: return order <= 0;
	case OP_GREATER: return order > 0;
	case OP_GREATER_EQUAL: return order >= 0;
	case OP_NONE:
	case OP_MATCH:
	case OP_NO_MATCH: break;
	}
	return false;
}

/* text: ends with a NUL. */
static bool match_text(const struct node *node, struct text text)
{
	if (node->kind == NODE_REGEX)
		return (regexec(&node->regex, text.bytes, 0, NULL, 0) == 0) == (node->op == OP_MATCH);
	return order_matches(node->op, text_compare(text, node->text));
}

static bool match_field(const struct node *node, const struct process *process)
{
	struct value value = process_field_value(node->field, process);
	char small[4096], *large;
	bool matches;

	if (value.type == VALUE_ABSENT)
		return false;
	if (value.type != VALUE_TEXT)
		return order_matches(node->op, value_compare(value, node->value));
	matches = match_text(node, joined_copy(value.text, small, sizeof(small), &large));
	free(large);
	return matches;
}

static bool match_user(const struct node *node, const struct process *process)
{
	bool is_number, is_name;

	if (!process_has_field(process, node->field) || !process->username.bytes)
		return false;
	is_name = text_equal(process->username, node->text);
	is_number = process_has(process, FACT_STATUS) && process->uid_real == node->value.integer;
	return (is_name || is_number) == (node->op == OP_EQUAL);
}

static bool match_list(const struct node *node, const struct process *process)
{
	const struct list *list = field_member(node->field, process);
	const int32_t *items = list->items;
	bool found = false;

	if (!process_has_field(process, node->field) || !items)
		return false;
	for (size_t i = 0; i < list->count && !found; i++)
		found = items[i] == node->value.real;
	return found == (node->op == OP_EQUAL);
}

static bool node_matches(const struct node *node, const struct process *process)
{
	const struct node *operand = node->first;

	switch (node->kind) {
	case NODE_ALL: return true;
	case NODE_NOT: return !node_matches(operand, process);
	case NODE_AND:
		while (operand && node_matches(operand, process))
			operand = operand->next;
		return !operand;
	case NODE_OR:
		while (operand && !node_matches(operand, process))
			operand = operand->next;
		return operand;
	case NODE_SEARCH: return match_search(node, process);
	case NODE_WORD:
		return node->word->match ? node->word->match(process) : process->state == node->word->state;
	case NODE_NUMBER:
	case NODE_TEXT:
	case NODE_REGEX: return match_field(node, process);
	case NODE_LIST: return match_list(node, process);
	case NODE_USER: return match_user(node, process);
	}
	return false;
}

bool filter_match(const struct filter *filter, const struct process *process)
{
	return !filter || node_matches(filter->root, process);
}
