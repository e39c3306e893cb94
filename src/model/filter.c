#include "model/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/filter_private.h"

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

/* Expressions */

static int parse_or(struct parser *parser, struct node **ret_node);

/* A word that no operator follows, already taken. */
static int parse_word_term(struct parser *parser, const struct token *name, struct node *node)
{
	const struct word *word = name->kind == TOKEN_WORD ? filter_find_word(name->text) : NULL;
	const struct field *field = name->kind == TOKEN_WORD && !word ? filter_find_field(name->text) : NULL;

	if (field)
		return filter_fail(parser, name->column, name->length,
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
	int r = filter_advance(parser);

	if (r >= 0)
		r = parser->token.kind == TOKEN_OPERATOR ? filter_parse_comparison(parser, &name, node)
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
	int r = filter_advance(parser);

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
	int r = filter_advance(parser);

	if (r >= 0)
		r = parse_or(parser, &node);
	if (r < 0)
		return r;
	r = parser->token.kind == TOKEN_CLOSE ? filter_advance(parser)
					      : filter_fail(parser, opened, 1, "this parenthesis is not closed");
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
			return filter_fail(parser, token.column, token.length, "nested too deeply");
		parser->depth++;
		r = token.kind == TOKEN_NOT ? parse_not(parser, ret_node) : parse_parentheses(parser, ret_node);
		parser->depth--;
		return r;
	case TOKEN_WORD:
	case TOKEN_QUOTED:
		return parse_named_term(parser, ret_node);
	case TOKEN_END:
		return filter_fail(parser, token.column, 0, "something is missing here");
	case TOKEN_CLOSE:
	case TOKEN_AND:
	case TOKEN_OR:
	case TOKEN_OPERATOR:
		break;
	}
	return filter_fail(parser, token.column, token.length, "a field or a word is expected before " NAME_FORMAT,
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
			r = filter_advance(parser);
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
	int r = filter_advance(parser);

	if (r >= 0)
		r = parse_or(parser, &node);
	if (r < 0)
		return r;
	if (parser->token.kind != TOKEN_END) {
		node_free(node);
		return filter_fail(parser, parser->token.column, parser->token.length,
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
		struct token token = filter_token_at(p, end);

		if (filter_is_blank(*p)) {
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
			counts.word = filter_find_word(token.text);
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
		r = filter_fail(&parser, FILTER_LENGTH_MAX, 0, "longer than %d bytes", FILTER_LENGTH_MAX);
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

bool filter_needs_rates(const struct filter *filter)
{
	return filter && filter->needs_rates;
}
