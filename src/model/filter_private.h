/* What the files of the filter language share: src/model/filter*.c and nothing else. */
#ifndef CMON_MODEL_FILTER_PRIVATE_H
#define CMON_MODEL_FILTER_PRIVATE_H

#include <regex.h>

#include "model/field.h"
#include "model/filter.h"

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

enum operator {
	OP_NONE,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_LESS,
	OP_LESS_EQUAL,
	OP_GREATER,
	OP_GREATER_EQUAL,
	OP_MATCH,
	OP_NO_MATCH,
};

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
	bool needs_rates;
	char *source; /* what the nodes' texts point into */
};

/* Tokens: filter_token.c */

enum token_kind {
	TOKEN_END,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPERATOR,
	TOKEN_WORD,
	TOKEN_QUOTED,
};

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

/* Note a mistake in parser->error. Returns -EINVAL. */
int filter_fail(struct parser *parser, size_t column, size_t length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Bytes of a name that a message shows: names are cut, between characters, so that the message is never cut behind
 * them. */
int filter_shown_length(struct text name);

#define NAME_FORMAT "\"%.*s\""
#define NAME_ARGUMENTS(text) filter_shown_length(text), (text).bytes

bool filter_is_blank(char c);

/* True for this word in any case of letters. */
bool filter_text_is(struct text text, const char *word);

/* The token at p, which is not a blank. A quote that is not closed is a token to the end, its kind TOKEN_END. */
struct token filter_token_at(const char *p, const char *end);

/* Put the next token into parser->token. Return 0 or -EINVAL. After an operator a value is taken, which reaches to
 * the next blank, so that most regular expressions need no quotes; TOKEN_END when there is none. */
int filter_advance(struct parser *parser);
int filter_advance_value(struct parser *parser);

/* Comparisons: filter_compare.c */

/* The field with this key or alias in any case of letters, or NULL. */
const struct field *filter_find_field(struct text name);

/* Fill the node from a name that was taken, the operator ahead, and the value behind it. Returns 0 or -EINVAL. */
int filter_parse_comparison(struct parser *parser, const struct token *name, struct node *node);

/* Matching: filter_match.c */

/* A state or class by name, or NULL. */
const struct word *filter_find_word(struct text text);

#endif
