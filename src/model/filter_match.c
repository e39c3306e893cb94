#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/filter_private.h"
#include "model/lineage.h"

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

const struct word *filter_find_word(struct text text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (filter_text_is(text, words[i].name))
			return &words[i];
	}
	return NULL;
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
		text = process_name(process);
	/* Blanks stand between arguments, none behind the last. */
	while (text.length && text.bytes[text.length - 1] == '\0')
		text.length--;
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
	is_number = process_has(process, FACT_STATE) && process->uid_real == node->value.integer;
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
