/* Tagged processes, and sums of them. */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/processes.h"

/* The first tag whose pid is not smaller. */
static size_t position_of(const struct processes *state, int32_t pid)
{
	size_t low = 0, high = state->tags_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (state->tags[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool processes_is_tagged(const struct processes *state, struct identity identity)
{
	size_t at = position_of(state, identity.pid);

	return at < state->tags_count && identity_equal(state->tags[at], identity);
}

/* One of the same pid is gone by now. */
static void tag(struct processes *state, struct identity identity)
{
	size_t at = position_of(state, identity.pid);

	state->has_sums = false;
	if (at < state->tags_count && state->tags[at].pid == identity.pid) {
		state->tags[at] = identity;
		return;
	}
	state->tags = xgrow(state->tags, state->tags_count + 1, &state->tags_capacity, sizeof(*state->tags));
	memmove(&state->tags[at + 1], &state->tags[at], (state->tags_count - at) * sizeof(*state->tags));
	state->tags[at] = identity;
	state->tags_count++;
}

static void untag(struct processes *state, struct identity identity)
{
	size_t at = position_of(state, identity.pid);

	state->has_sums = false;
	state->tags_count--;
	memmove(&state->tags[at], &state->tags[at + 1], (state->tags_count - at) * sizeof(*state->tags));
}

void processes_toggle_tag(struct processes *state)
{
	const struct process *process = processes_at(state, state->cursor);

	if (!process)
		return;
	if (processes_is_tagged(state, process_identity(process)))
		untag(state, process_identity(process));
	else
		tag(state, process_identity(process));
	processes_move_by(state, 1);
}

/* Children have greater pids than their parents until pids begin anew, so that one round is mostly enough. */
static void mark_below(const struct process_list *processes, bool *marks)
{
	size_t parent = PROCESS_NONE;
	bool has_more = true;

	while (has_more) {
		has_more = false;
		for (size_t i = 0; i < processes->count; i++) {
			if (marks[i])
				continue;
			parent = process_parent_index(processes, processes->items[i], parent);
			marks[i] = parent != PROCESS_NONE && marks[parent];
			has_more |= marks[i];
		}
	}
}

void processes_tag_children(struct processes *state)
{
	const struct process *process = processes_at(state, state->cursor);
	const struct process_list *processes;
	bool *marks;

	if (!process)
		return;
	processes = &state->snapshot->processes;
	marks = xcalloc(processes->count, sizeof(*marks));
	marks[process_index(processes, process->pid)] = true;
	mark_below(processes, marks);
	for (size_t i = 0; i < processes->count; i++) {
		if (marks[i])
			tag(state, process_identity(processes->items[i]));
	}
	free(marks);
}

void processes_untag_all(struct processes *state)
{
	state->has_sums = false;
	state->tags_count = 0;
}

void processes_forget_tags(struct processes *state)
{
	size_t count = 0;

	if (!state->snapshot->processes.items)
		return;
	for (size_t i = 0; i < state->tags_count; i++) {
		if (snapshot_find(state->snapshot, state->tags[i].pid, state->tags[i].starttime))
			state->tags[count++] = state->tags[i];
	}
	state->tags_count = count;
}

/* Sums */

/* NaN: nothing is known so far; infinite: something is there that is not known, and so is the sum for good. */
static void add(double *sum, struct value value, bool is_refused)
{
	double number = is_refused && value.type == VALUE_ABSENT ? INFINITY : NAN;

	if (value.type == VALUE_REAL)
		number = value.real;
	else if (value.type == VALUE_UNSIGNED)
		number = (double)value.uinteger;
	else if (value.type == VALUE_INTEGER)
		number = (double)value.integer;
	if (!isnan(number))
		*sum = isnan(*sum) ? number : *sum + number;
}

static void add_field(double *sum, enum field_id id, const struct process *process, bool is_total)
{
	const struct field *field = process_field(id);
	bool is_denied = process->denied & field->needs && !process_is_zombie(process);

	add(sum, process_field_value(field, process), is_denied || is_total);
}

/* is_total: with what is below it, which is absent where one value of it was denied. */
static void add_process(struct sums *sums, const struct process *process, bool is_total)
{
	add_field(&sums->cpu_percent, FIELD_ID_CPU_PERCENT, process, is_total);
	add_field(&sums->memory_percent, FIELD_ID_MEMORY_PERCENT, process, is_total);
	add_field(&sums->rss_bytes, FIELD_ID_RSS, process, is_total);
	add_field(&sums->threads, FIELD_ID_NUM_THREADS, process, is_total);
}

static void end_sum(double *sum)
{
	if (!isfinite(*sum))
		*sum = NAN;
}

/* A folded row stands for what is below it. Ancestors that did not match are not what is shown. */
static void add_row(const struct processes *state, struct sums *sums, const struct view_row *row, size_t at)
{
	struct process total;

	if (row->thread != VIEW_NONE || row->is_context)
		return;
	if (!row->is_folded) {
		add_process(sums, state->snapshot->processes.items[row->index], false);
		sums->count++;
		return;
	}
	view_total(state->view, (uint32_t)at, &total);
	add_process(sums, &total, true);
	sums->count += row->descendants + 1;
}

static struct sums sum(const struct processes *state)
{
	struct sums sums = {0, NAN, NAN, NAN, NAN, state->tags_count > 0};
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	if (!state->snapshot || !state->snapshot->processes.items)
		return sums;
	for (size_t i = 0; i < count && !sums.is_tagged; i++)
		add_row(state, &sums, &rows[i], i);
	for (size_t i = 0; i < state->tags_count; i++) {
		const struct process *process =
			snapshot_find(state->snapshot, state->tags[i].pid, state->tags[i].starttime);

		if (!process)
			continue;
		add_process(&sums, process, false);
		sums.count++;
	}
	end_sum(&sums.cpu_percent);
	end_sum(&sums.memory_percent);
	end_sum(&sums.rss_bytes);
	end_sum(&sums.threads);
	return sums;
}

struct sums processes_sum(struct processes *state)
{
	if (!state->has_sums)
		state->sums = sum(state);
	state->has_sums = true;
	return state->sums;
}
