/* Which rows the process table has, and which one is selected. */
#include "ui/processes.h"

const struct process *processes_at(const struct processes *state, size_t row)
{
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	if (row >= count || !state->snapshot || !state->snapshot->processes.items)
		return NULL;
	return state->snapshot->processes.items[rows[row].index];
}

void processes_anchor(struct processes *state)
{
	const struct process *process = processes_at(state, state->cursor);
	const struct view_row *rows;
	size_t count;

	if (!process)
		return;
	rows = view_rows(state->view, &count);
	state->selected = process_identity(process);
	state->selected_thread = 0;
	if (rows[state->cursor].thread != VIEW_NONE)
		state->selected_thread =
			LIST_ITEMS(process->more->threads, const struct thread_times)[rows[state->cursor].thread].id;
	state->is_anchored = true;
}

/* The cursor follows its process. Where that is gone the cursor stays where it is, on whoever is there now, or below
 * what is left of it. */
static void find_selection(struct processes *state, size_t position)
{
	struct identity before = state->selected;
	uint32_t row = VIEW_NONE;
	size_t count;

	if (state->is_anchored)
		row = view_find_thread(state->view, state->selected, state->selected_thread);
	view_rows(state->view, &count);
	if (row != VIEW_NONE)
		state->cursor = row;
	else if (state->is_anchored)
		state->cursor = position - ended_above(&state->ended, position);
	state->follows &= row != VIEW_NONE;
	if (state->cursor >= count)
		state->cursor = count ? count - 1 : 0;
	if (!state->is_anchored)
		return;
	processes_anchor(state);
	if (!identity_equal(state->selected, before) &&
	    !snapshot_find(state->snapshot, before.pid, before.starttime))
		state->has_slipped = true;
}

static bool is_lazy(const struct processes *state)
{
	return setting_bool(state->shell->settings, SETTING_LAZY) &&
	       state->options.sort == process_field(FIELD_ID_CPU_PERCENT);
}

void processes_refresh(struct processes *state)
{
	size_t count, position = state->has_position ? state->position : ended_position(&state->ended, state->cursor);
	size_t offset = position - state->top;

	if (!state->is_stale || !state->snapshot)
		return;
	state->is_stale = state->has_position = state->has_sums = false;
	state->options.sort_values = is_lazy(state) ? recent_means(state->recent, state->snapshot) : NULL;
	state->options.match = processes_is_restricted(state) ? processes_match : NULL;
	view_build(state->view, state->snapshot, &state->options);
	view_rows(state->view, &count);
	ended_fit(&state->ended, count);
	/* With its process the restriction is gone for good. */
	if (state->snapshot->processes.items && state->options.has_root && !view_is_rooted(state->view)) {
		state->options.has_root = false;
		ended_clear(&state->ended);
	}
	find_selection(state, position);
	if (state->follows) {
		position = ended_position(&state->ended, state->cursor);
		state->top = position > offset ? position - offset : 0;
	}
}

void processes_keep_visible(struct processes *state, size_t extra)
{
	size_t count, last_top, position = ended_position(&state->ended, state->cursor);

	view_rows(state->view, &count);
	count += state->ended.count + extra;
	last_top = count > state->page ? count - state->page : 0;
	if (position < state->top)
		state->top = position;
	if (position + extra >= state->top + state->page)
		state->top = position + extra - state->page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

/* Moving */

void processes_move_to(struct processes *state, size_t row)
{
	size_t count;

	view_rows(state->view, &count);
	state->cursor = row < count ? row : count ? count - 1 : 0;
	state->follows = state->has_slipped = false;
	processes_anchor(state);
}

void processes_move_by(struct processes *state, ptrdiff_t rows)
{
	size_t distance = rows < 0 ? (size_t)-rows : (size_t)rows;

	if (rows < 0)
		processes_move_to(state, state->cursor > distance ? state->cursor - distance : 0);
	else
		processes_move_to(state, state->cursor + distance);
}

/* A page moves what is seen, too, so that the cursor keeps its place on the screen. */
void processes_page_by(struct processes *state, ptrdiff_t rows)
{
	size_t distance = rows < 0 ? (size_t)-rows : (size_t)rows;

	if (rows >= 0)
		state->top += distance;
	else
		state->top = state->top > distance ? state->top - distance : 0;
	processes_move_by(state, rows);
}

void processes_go_first(struct processes *state)
{
	state->cursor = state->top = 0;
	state->is_anchored = state->follows = state->has_slipped = false;
}

void processes_toggle_follow(struct processes *state)
{
	processes_anchor(state);
	if (!state->is_anchored)
		return;
	state->follows = !state->follows;
	if (state->follows)
		shell_say(state->shell, STYLE_TEXT, "following %d", state->selected.pid);
	else
		shell_say(state->shell, STYLE_TEXT, "following nobody");
}

/* Those that have just ended */

/* From below, since one that is added changes the numbers of the rows below it. */
static void keep_those_gone(struct processes *state, const struct snapshot *next)
{
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	for (size_t position = state->top + state->page; position-- > state->top;) {
		size_t row = position - ended_above(&state->ended, position);
		const struct process *process = processes_at(state, row);

		if (!process || ended_find(&state->ended, position) || rows[row].thread != VIEW_NONE)
			continue;
		if (!snapshot_find(next, process->pid, process->starttime))
			ended_add(&state->ended, process, position, next->monotonic);
	}
}

void processes_keep_ended(struct processes *state, const struct snapshot *next)
{
	double keep_s = setting_number(state->shell->settings, SETTING_NEW_S);

	if (!state->has_position)
		state->position = ended_position(&state->ended, state->cursor);
	state->has_position = true;
	if (!state->is_stale && state->snapshot && next->processes.items && keep_s > 0)
		keep_those_gone(state, next);
	state->position -= ended_old_above(&state->ended, state->position, next->monotonic, keep_s);
	state->top -= ended_old_above(&state->ended, state->top, next->monotonic, keep_s);
	ended_expire(&state->ended, next->monotonic, keep_s);
}
