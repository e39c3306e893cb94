#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/filter_private.h"

bool filter_text_is(struct text text, const char *word)
{
	return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

int filter_fail(struct parser *parser, size_t column, size_t length, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(parser->error->message, sizeof(parser->error->message), format, arguments);
	va_end(arguments);
	parser->error->column = column;
	parser->error->length = length;
	return -EINVAL;
}

int filter_shown_length(struct text name)
{
	size_t length = name.length < 60 ? name.length : 60;

	while (length > 0 && length < name.length && (name.bytes[length] & 0xc0) == 0x80)
		length--;
	return (int)length;
}

bool filter_is_blank(char c)
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

	return p >= end || filter_is_blank(*p) || *p == '(' || *p == ')' || is_quote(*p) || operator_at(p, end, &op);
}

static struct token word_token(const char *p, const char *end)
{
	struct token token = {.kind = TOKEN_WORD, .text = {p, 0}};

	while (!ends_word(p + token.text.length, end))
		token.text.length++;
	token.length = token.text.length;
	if (filter_text_is(token.text, "and"))
		token.kind = TOKEN_AND;
	else if (filter_text_is(token.text, "or"))
		token.kind = TOKEN_OR;
	else if (filter_text_is(token.text, "not"))
		token.kind = TOKEN_NOT;
	return token;
}

struct token filter_token_at(const char *p, const char *end)
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

int filter_advance(struct parser *parser)
{
	while (parser->p < parser->end && filter_is_blank(*parser->p))
		parser->p++;
	parser->token = filter_token_at(parser->p, parser->end);
	parser->token.column = (size_t)(parser->p - parser->start);
	parser->p += parser->token.length;
	if (parser->token.kind == TOKEN_END && parser->token.length)
		return filter_fail(parser, parser->token.column, 1, "this quote is not closed");
	return 0;
}

int filter_advance_value(struct parser *parser)
{
	size_t depth = 0;
	const char *p;

	while (parser->p < parser->end && filter_is_blank(*parser->p))
		parser->p++;
	if (parser->p < parser->end && is_quote(*parser->p))
		return filter_advance(parser);
	for (p = parser->p; p < parser->end && !filter_is_blank(*p); p++) {
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
