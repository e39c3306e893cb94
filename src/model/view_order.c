#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/view_private.h"

bool view_is_descending(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_I32:
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_F64:
	case FIELD_TICKS: return field->kind != KIND_ATTRIBUTE;
	default: return false;
	}
}

static uint64_t key_of_signed(int64_t integer)
{
	return (uint64_t)integer ^ UINT64_C(1) << 63;
}

/* The bits of IEEE doubles are in order of size when negative ones are inverted and the sign bit is turned. */
static uint64_t key_of_real(double real)
{
	uint64_t bits;

	real += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &real, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of_text(struct text text)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < text.length ? (unsigned char)text.bytes[i] : 0);
	return key;
}

static struct sort_item item_of(struct value value, uint32_t index)
{
	struct sort_item item = {.index = index};

	switch (value.type) {
	case VALUE_ABSENT: break;
	case VALUE_INTEGER: item.key = key_of_signed(value.integer); break;
	case VALUE_UNSIGNED: item.key = value.uinteger; break;
	case VALUE_REAL: item.key = key_of_real(value.real); break;
	case VALUE_BOOL: item.key = value.boolean; break;
	case VALUE_TEXT:
		item.key = key_of_text(value.text);
		item.is_more = value.text.length > 8 || memchr(value.text.bytes, 0, value.text.length);
		break;
	}
	return item;
}

struct order {
	const struct view *view;
	const struct field *field;
	bool descending;
};

static struct text text_of_item(const struct order *order, const struct sort_item *item)
{
	return process_sort_value(order->field, order->view->snapshot->processes.items[item->index]).text;
}

static int item_compare(const void *left, const void *right, void *context)
{
	const struct sort_item *a = left, *b = right;
	const struct order *order = context;
	int r = (a->key > b->key) - (a->key < b->key);

	if (!r && (a->is_more || b->is_more))
		r = text_compare(text_of_item(order, a), text_of_item(order, b));
	if (r)
		return order->descending ? -r : r;
	return (a->index > b->index) - (a->index < b->index);
}

static struct value own_value(const struct view_options *options, const struct field *field,
			      const struct process *process, uint32_t index)
{
	if (!options->sort_values)
		return process_sort_value(field, process);
	if (isnan(options->sort_values[index]))
		return (struct value){.type = VALUE_ABSENT};
	return (struct value){.type = VALUE_REAL, .real = options->sort_values[index]};
}

/* A folded process has the sums of its subtree in any case. */
static struct value exact_value(const struct view *view, const struct view_options *options, const struct field *field,
				bool has_total, uint32_t index)
{
	const struct process *process = view->snapshot->processes.items[index];

	if (has_total && (options->totals || view_is_folded(view, view_identity(process))))
		return view_sum_value(view, field, index);
	return own_value(options, field, process, index);
}

/* What is shown is what is sorted by: shares of less than can be seen would make rows change places for no reason. */
static struct value row_value(const struct view *view, const struct view_options *options, const struct field *field,
			      bool has_total, uint32_t index)
{
	struct value value = exact_value(view, options, field, has_total, index);

	if (field == process_field(FIELD_ID_CPU_PERCENT) && value.type == VALUE_REAL)
		value.real = round(value.real * 10) / 10;
	return value;
}

static bool is_in_order(struct order *order)
{
	const struct view *view = order->view;

	for (size_t i = 1; i < view->item_count; i++) {
		if (item_compare(&view->items[i - 1], &view->items[i], order) > 0)
			return false;
	}
	return true;
}

/* The key that more than half of the items have, if there is one: the vote of Boyer and Moore. */
static uint64_t most_common_key(const struct view *view)
{
	uint64_t key = 0;
	size_t votes = 0;

	for (size_t i = 0; i < view->item_count; i++) {
		if (!votes)
			key = view->items[i].key;
		votes += view->items[i].key == key ? 1 : SIZE_MAX;
	}
	return key;
}

/* Take the items with another key out. Returns how many; those with the key stay in their order. */
static size_t take_others(struct view *view, uint64_t key)
{
	size_t kept = 0, taken = 0;

	for (size_t i = 0; i < view->item_count; i++) {
		if (view->items[i].key == key) {
			view->items[kept++] = view->items[i];
			continue;
		}
		view->others = xgrow(view->others, taken + 1, &view->others_capacity, sizeof(*view->others));
		view->others[taken++] = view->items[i];
	}
	return taken;
}

/* Most processes sleep: with the same value, and so by pid, as they are. Only the others are sorted. Where no value is
 * that common, all are. */
static void sort_items(struct view *view, struct order *order)
{
	uint64_t key = most_common_key(view);
	size_t taken = take_others(view, key), same = view->item_count - taken, before = 0;

	qsort_r(view->others, taken, sizeof(*view->others), item_compare, order);
	while (before < taken && (view->others[before].key < key) != order->descending)
		before++;
	memmove(view->items + before, view->items, same * sizeof(*view->items));
	if (taken) {
		memcpy(view->items, view->others, before * sizeof(*view->items));
		memcpy(view->items + before + same, view->others + before, (taken - before) * sizeof(*view->items));
	}
}

/* Those without a value need no sorting: they come last, by pid. */
void view_sort(struct view *view, const struct view_options *options)
{
	const struct field *field = options->sort ? options->sort : process_field(FIELD_ID_PID);
	struct order order = {view, field, options->descending};
	bool has_total = view->has_totals && view_has_total(field), is_text = false;
	size_t absent = 0;

	view->item_count = 0;
	for (uint32_t i = 0; i < view->snapshot->processes.count; i++) {
		struct value value;

		if (!view->shown[i])
			continue;
		value = row_value(view, options, field, has_total, i);
		is_text |= value.type == VALUE_TEXT;
		if (value.type == VALUE_ABSENT)
			view->path[absent++] = i;
		else
			view->items[view->item_count++] = item_of(value, i);
	}
	if (!is_in_order(&order)) {
		/* Texts that begin alike have the same key. */
		if (is_text)
			qsort_r(view->items, view->item_count, sizeof(*view->items), item_compare, &order);
		else
			sort_items(view, &order);
	}
	for (size_t i = 0; i < absent; i++)
		view->items[view->item_count++].index = view->path[i];
}
