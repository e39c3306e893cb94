/* The process table: which rows are seen, which one is selected, and what the keys do to that. */
#include <stdio.h>
#include <stdlib.h>

#include "base/fatal.h"
#include "ui/act_dialogs.h"
#include "ui/screen.h"
#include "ui/table.h"

#define SCROLL_STEP 8
#define SCROLL_MAX 4096

struct processes {
	struct shell *shell;
	size_t tab; /* in the settings */
	struct view *view;
	struct view_options options;
	struct table table;
	const struct snapshot *snapshot;
	bool is_stale;       /* rows have to be made anew */
	bool is_anchored;    /* the selection follows a process; not before the user moved it from the first row */
	bool all_folded;
	struct identity selected;
	int32_t selected_thread; /* its id; 0: the process itself */
	size_t cursor;       /* row of the selection */
	size_t top;          /* first row seen */
	size_t page;         /* rows seen at most */
	int scroll;          /* columns of the command left out */
	char note[96];       /* what the table is restricted to, and what its numbers are */
};

static void *processes_open(struct shell *shell, size_t tab)
{
	struct processes *state = xcalloc(1, sizeof(*state));
	const struct ui_options *options = shell->options;

	state->shell = shell;
	state->tab = tab;
	state->view = view_new();
	state->options.sort = options->sort ? options->sort : process_field(FIELD_ID_CPU_PERCENT);
	state->options.descending = view_is_descending(state->options.sort) != options->invert;
	state->options.tree = options->tree;
	state->page = 1;
	table_layout(&state->table, state->options.sort, 80);
	return state;
}

static void processes_close(void *context)
{
	struct processes *state = context;

	view_free(state->view);
	free(state);
}

static void processes_needs(const void *context, struct request *request)
{
	const struct processes *state = context;

	request->sections |= SECTION_BIT(SECTION_PROCESSES);
	request->facts |= table_facts(&state->table) | state->options.sort->needs;
	if (state->options.threads)
		request->facts |= FACT_BIT(FACT_THREADS);
}

static void processes_update(void *context, const struct snapshot *snapshot)
{
	struct processes *state = context;

	state->snapshot = snapshot;
	state->is_stale = true;
}

/* Rows and selection */

static void anchor(struct processes *state)
{
	const struct process *process;
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	if (state->cursor >= count || !state->snapshot->processes.items)
		return;
	process = &state->snapshot->processes.items[rows[state->cursor].index];
	state->selected = (struct identity){.pid = process->pid, .starttime = process->starttime};
	state->selected_thread = 0;
	if (rows[state->cursor].thread != VIEW_NONE)
		state->selected_thread =
			LIST_ITEMS(process->threads, const struct thread_times)[rows[state->cursor].thread].id;
	state->is_anchored = true;
}

/* The cursor follows its process. Where that is gone the cursor stays where it is, on whoever is there now. */
static void find_selection(struct processes *state)
{
	uint32_t row = VIEW_NONE;
	size_t count;

	if (state->is_anchored)
		row = view_find_thread(state->view, state->selected, state->selected_thread);
	view_rows(state->view, &count);
	if (row != VIEW_NONE)
		state->cursor = row;
	if (state->cursor >= count)
		state->cursor = count ? count - 1 : 0;
	if (state->is_anchored)
		anchor(state);
}

static void refresh_rows(struct processes *state)
{
	if (!state->is_stale || !state->snapshot)
		return;
	state->is_stale = false;
	view_build(state->view, state->snapshot, &state->options);
	/* With its process the restriction is gone for good. */
	if (state->snapshot->processes.items)
		state->options.has_root = view_is_rooted(state->view);
	find_selection(state);
}

static void keep_visible(struct processes *state)
{
	size_t count, last_top;

	view_rows(state->view, &count);
	last_top = count > state->page ? count - state->page : 0;
	if (state->cursor < state->top)
		state->top = state->cursor;
	if (state->cursor >= state->top + state->page)
		state->top = state->cursor - state->page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

static void move_to(struct processes *state, size_t row)
{
	size_t count;

	view_rows(state->view, &count);
	state->cursor = row < count ? row : count ? count - 1 : 0;
	anchor(state);
}

static void move_by(struct processes *state, ptrdiff_t rows)
{
	size_t distance = rows < 0 ? (size_t)-rows : (size_t)rows;

	if (rows < 0)
		move_to(state, state->cursor > distance ? state->cursor - distance : 0);
	else
		move_to(state, state->cursor + distance);
}

/* A page moves what is seen, too, so that the cursor keeps its place on the screen. */
static void page_by(struct processes *state, ptrdiff_t rows)
{
	size_t distance = rows < 0 ? (size_t)-rows : (size_t)rows;

	if (rows >= 0)
		state->top += distance;
	else
		state->top = state->top > distance ? state->top - distance : 0;
	move_by(state, rows);
}

/* Drawing */

static void draw_empty(struct processes *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (!state->snapshot)
		pen_string(&pen, STYLE_DIM, "reading the processes");
	else if (!state->snapshot->processes.items)
		pen_string(&pen, STYLE_DIM, "the processes could not be read");
}

static void draw_rows(struct processes *state, struct canvas *canvas, struct area area)
{
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	for (int i = 0; i < area.rows && state->top + (size_t)i < count; i++) {
		struct area line = {area.row + i, area.column, 1, area.columns};
		size_t at = state->top + (size_t)i;

		table_draw_row(&state->table, canvas, line, state->snapshot, state->view, at, state->scroll);
		if (rows[at].is_context)
			canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_DIM);
		if (at == state->cursor)
			canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_SELECTED);
	}
	if (count == 0)
		draw_empty(state, canvas, area);
}

static bool shows_totals(const struct processes *state)
{
	return state->options.tree && state->options.totals;
}

static const char *write_note(struct processes *state)
{
	const struct process *root = NULL;
	const char *totals = shows_totals(state) ? "subtree totals" : "";
	char name[48];

	if (state->options.has_root && state->snapshot)
		root = snapshot_find(state->snapshot, state->options.root.pid, state->options.root.starttime);
	if (!root)
		return *totals ? totals : NULL;
	text_to_display(root->name, true, name, sizeof(name));
	snprintf(state->note, sizeof(state->note), "only %s %d%s%s", name, root->pid, *totals ? ", " : "", totals);
	return state->note;
}

static void processes_draw(void *context, struct canvas *canvas, struct area area)
{
	struct processes *state = context;
	struct table_order order = {state->options.sort, state->options.descending};
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};

	if (area.rows <= 0)
		return;
	state->page = body.rows > 0 ? (size_t)body.rows : 1;
	refresh_rows(state);
	state->table.totals = shows_totals(state);
	state->table.note = write_note(state);
	table_layout(&state->table, state->options.sort, area.columns);
	keep_visible(state);
	table_draw_header(&state->table, canvas, area, &order);
	draw_rows(state, canvas, body);
}

/* Actions */

static void sort_by(struct processes *state, const struct field *field)
{
	state->options.sort = field;
	state->options.descending = view_is_descending(field);
	state->is_stale = true;
}

static void sort_beside(struct processes *state, ptrdiff_t step)
{
	const struct table *table = &state->table;
	ptrdiff_t count = (ptrdiff_t)table->count, at = 0;

	while (at < count && table->columns[at].field != state->options.sort)
		at++;
	if (!count)
		return; /* nothing was drawn yet */
	if (at == count)
		at = 0;
	at = (at + step + count) % count;
	sort_by(state, table->columns[at].field);
}

static void fold(struct processes *state, bool folded)
{
	if (!state->options.tree)
		return;
	anchor(state);
	if (state->is_anchored)
		view_set_folded(state->view, state->selected, folded);
	state->is_stale = true;
}

static void fold_all(struct processes *state)
{
	if (!state->options.tree)
		return;
	state->all_folded = !state->all_folded;
	view_fold_all(state->view, state->all_folded);
	state->is_stale = true;
}

static void toggle_root(struct processes *state)
{
	state->is_stale = true;
	if (state->options.has_root) {
		state->options.has_root = false;
		return;
	}
	anchor(state);
	if (!state->is_anchored)
		return;
	state->options.root = state->selected;
	state->options.has_root = state->options.tree = true;
}

static void toggle(struct processes *state, bool *option)
{
	*option = !*option;
	state->is_stale = true;
}

static void scroll_by(struct processes *state, int columns)
{
	state->scroll += columns;
	if (state->scroll < 0)
		state->scroll = 0;
	if (state->scroll > SCROLL_MAX)
		state->scroll = SCROLL_MAX;
}

static void go_first(struct processes *state)
{
	state->cursor = state->top = 0;
	state->is_anchored = false;
}

/* What an action is about. targets: room for what is shown; names are borrowed from the snapshot. */
static size_t collect_targets(struct processes *state, struct act_target *targets)
{
	const struct process *process;

	anchor(state);
	if (!state->is_anchored || !state->snapshot)
		return 0;
	process = snapshot_find(state->snapshot, state->selected.pid, state->selected.starttime);
	targets[0] = (struct act_target){
		.identity = state->selected,
		.thread = state->selected_thread,
		.name = process ? process->name : TEXT_ABSENT,
	};
	return 1;
}

/* Returns false for what is no action on processes. */
static bool act_on_targets(struct processes *state, enum action action)
{
	static void (*const dialogs[ACTION_COUNT])(struct shell *shell, const struct act_target *targets,
						   size_t count) = {
		[ACTION_KILL] = act_open_signals,      [ACTION_NICE_DOWN] = act_lower_nice,
		[ACTION_NICE_UP] = act_raise_nice,     [ACTION_NICE] = act_open_nice,
		[ACTION_IONICE] = act_open_ionice,     [ACTION_AFFINITY] = act_open_affinity,
		[ACTION_SCHED] = act_open_sched,       [ACTION_LIMITS] = act_open_limits,
	};
	struct act_target targets[1];

	if (!dialogs[action])
		return false;
	dialogs[action](state->shell, targets, collect_targets(state, targets));
	return true;
}

static bool processes_act(void *context, enum action action)
{
	struct processes *state = context;
	ptrdiff_t page = (ptrdiff_t)state->page, half = page > 1 ? page / 2 : 1;

	refresh_rows(state);
	switch (action) {
	case ACTION_UP: move_by(state, -1); break;
	case ACTION_DOWN: move_by(state, 1); break;
	case ACTION_PAGE_UP: page_by(state, -page); break;
	case ACTION_PAGE_DOWN: page_by(state, page); break;
	case ACTION_HALF_UP: page_by(state, -half); break;
	case ACTION_HALF_DOWN: page_by(state, half); break;
	case ACTION_FIRST: go_first(state); break;
	case ACTION_LAST: move_to(state, SIZE_MAX); break;
	case ACTION_LEFT: scroll_by(state, -SCROLL_STEP); break;
	case ACTION_RIGHT: scroll_by(state, SCROLL_STEP); break;
	case ACTION_TREE:
		toggle(state, &state->options.tree);
		break;
	case ACTION_ROOT: toggle_root(state); break;
	case ACTION_TOTALS: toggle(state, &state->options.totals); break;
	case ACTION_THREADS: toggle(state, &state->options.threads); break;
	case ACTION_FOLD: fold(state, true); break;
	case ACTION_UNFOLD: fold(state, false); break;
	case ACTION_FOLD_ALL: fold_all(state); break;
	case ACTION_SORT_NEXT: sort_beside(state, 1); break;
	case ACTION_SORT_PREVIOUS: sort_beside(state, -1); break;
	case ACTION_SORT_CPU: sort_by(state, process_field(FIELD_ID_CPU_PERCENT)); break;
	case ACTION_SORT_MEMORY: sort_by(state, process_field(FIELD_ID_MEMORY_PERCENT)); break;
	case ACTION_SORT_TIME: sort_by(state, process_field(FIELD_ID_CPU_TIME)); break;
	case ACTION_SORT_PID: sort_by(state, process_field(FIELD_ID_PID)); break;
	case ACTION_INVERT:
		toggle(state, &state->options.descending);
		break;
	case ACTION_KERNEL:
		toggle(state, &state->options.hide_kernel);
		break;
	default: return act_on_targets(state, action);
	}
	return true;
}

/* What it is folded away under is unfolded. */
static void processes_select(void *context, struct identity identity)
{
	struct processes *state = context;
	const struct process *process = NULL;
	size_t left = 0;

	if (state->snapshot) {
		process = snapshot_find(state->snapshot, identity.pid, identity.starttime);
		left = state->snapshot->processes.count;
	}
	for (; process && left > 0; left--) {
		process = snapshot_find_pid(state->snapshot, process->ppid);
		if (process)
			view_set_folded(state->view, (struct identity){process->pid, process->starttime}, false);
	}
	state->selected = identity;
	state->selected_thread = 0;
	state->is_anchored = true;
	state->is_stale = true;
	refresh_rows(state);
	/* It may be outside the one tree that is shown. */
	if (state->options.has_root && view_find(state->view, identity) == VIEW_NONE) {
		state->options.has_root = false;
		state->selected = identity;
		state->is_stale = true;
	}
}

static bool processes_target(const void *context, struct identity *ret_identity)
{
	const struct processes *state = context;
	const struct process *process;
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	if (state->is_stale || !state->snapshot || state->cursor >= count)
		return false;
	process = &state->snapshot->processes.items[rows[state->cursor].index];
	*ret_identity = (struct identity){.pid = process->pid, .starttime = process->starttime};
	return true;
}

const struct screen screen_processes = {
	.name = "Processes",
	.open = processes_open,
	.close = processes_close,
	.needs = processes_needs,
	.update = processes_update,
	.draw = processes_draw,
	.act = processes_act,
	.target = processes_target,
	.select = processes_select,
};
