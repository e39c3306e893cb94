#include "base/fatal.h"
#include "base/real.h"
#include "model/view_private.h"

/* Fields that are summed; a process has bits of these, and sums of its subtree in this order. */
static const enum field_id total_fields[] = {
	FIELD_ID_CPU_PERCENT, FIELD_ID_MEMORY_PERCENT, FIELD_ID_RSS, FIELD_ID_CPU_TIME,
	FIELD_ID_READ_RATE, FIELD_ID_WRITE_RATE, FIELD_ID_NUM_THREADS,
};

_Static_assert(sizeof(total_fields) / sizeof(total_fields[0]) == VIEW_TOTALS, "a sum for each");

static size_t total_index(const struct field *field)
{
	size_t at = 0;

	while (at < VIEW_TOTALS && process_field(total_fields[at]) != field)
		at++;
	return at;
}

bool view_has_total(const struct field *field)
{
	return total_index(field) < VIEW_TOTALS;
}

static double sum_of_value(struct value value)
{
	switch (value.type) {
	case VALUE_INTEGER: return (double)value.integer;
	case VALUE_UNSIGNED: return (double)value.uinteger;
	case VALUE_REAL: return value.real;
	default: return NAN;
	}
}

static struct value value_of_sum(const struct field *field, double sum)
{
	switch (field->type) {
	case FIELD_U64: return (struct value){.type = VALUE_UNSIGNED, .uinteger = (uint64_t)sum};
	case FIELD_I32: return (struct value){.type = VALUE_INTEGER, .integer = (int64_t)sum};
	default: return (struct value){.type = VALUE_REAL, .real = sum};
	}
}

/* NaN: not known. */
static double total_of(const struct view *view, uint32_t index, size_t at)
{
	const struct totals *totals = &view->totals[index];

	return totals->denied & 1 << at ? NAN : totals->sums[at];
}

struct value view_sum_value(const struct view *view, const struct field *field, uint32_t index)
{
	double sum = total_of(view, index, total_index(field));

	if (isnan(sum))
		return (struct value){.type = VALUE_ABSENT};
	return value_of_sum(field, sum);
}

static void set_total(struct process *process, const struct field *field, double sum)
{
	void *member = (char *)process + field->offset;

	if (!isnan(sum))
		process->have |= field->needs;
	switch (field->type) {
	case FIELD_F64: *(double *)member = sum; break;
	case FIELD_U64: *(uint64_t *)member = isnan(sum) ? ABSENT_U64 : (uint64_t)sum; break;
	case FIELD_I32: *(int32_t *)member = isnan(sum) ? ABSENT_I32 : (int32_t)real_min(sum, INT32_MAX); break;
	default: break;
	}
}

void view_total(const struct view *view, uint32_t row, struct process *ret_process)
{
	uint32_t index = view->rows[row].index, thread = view->rows[row].thread;
	const struct process *process = view->snapshot->processes.items[index];

	if (thread != VIEW_NONE) {
		view_thread_process(process, &LIST_ITEMS(process->more->threads, const struct thread_times)[thread],
				    ret_process);
		return;
	}
	*ret_process = *process;
	for (size_t i = 0; view->has_totals && i < VIEW_TOTALS; i++)
		set_total(ret_process, process_field(total_fields[i]), total_of(view, index, i));
}

static void start_totals(struct totals *totals, const struct process *process)
{
	totals->denied = 0;
	for (size_t i = 0; i < VIEW_TOTALS; i++) {
		const struct field *field = process_field(total_fields[i]);

		totals->sums[i] = sum_of_value(process_field_value(field, process));
		if (isnan(totals->sums[i]) && process->denied & field->needs && !process_is_zombie(process))
			totals->denied |= (uint8_t)(1 << i);
	}
}

static void add_totals(struct totals *to, const struct totals *from)
{
	to->denied |= from->denied;
	for (size_t i = 0; i < VIEW_TOTALS; i++) {
		if (isnan(to->sums[i]))
			to->sums[i] = from->sums[i];
		else if (!isnan(from->sums[i]))
			to->sums[i] += from->sums[i];
	}
}

/* Sums are needed for the order, so the tree is walked once without one. */
void view_sum(struct view *view)
{
	const struct process_list *processes = &view->snapshot->processes;
	size_t count;

	if (processes->count > view->totals_capacity) {
		view->totals_capacity = view->capacity;
		view->totals = xreallocarray(view->totals, view->totals_capacity, sizeof(*view->totals));
	}
	view->item_count = 0;
	for (size_t i = 0; i < processes->count; i++) {
		if (view->shown[i])
			view->items[view->item_count++].index = (uint32_t)i;
	}
	view_link_children(view);
	count = view_walk(view);
	for (size_t i = 0; i < count; i++)
		start_totals(&view->totals[view->path[i]], processes->items[view->path[i]]);
	for (size_t i = count; i-- > 0;) {
		uint32_t parent = view->links[view->path[i]].parent;

		if (parent != VIEW_NONE)
			add_totals(&view->totals[parent], &view->totals[view->path[i]]);
	}
	view->has_totals = true;
}
