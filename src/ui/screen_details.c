/* One process in detail: a header, graphs of its CPU and memory, and panes. It is found by pid and start time, so that
 * another with its pid is never shown; when it ends, what was known last stays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/format.h"
#include "ui/act_dialogs.h"
#include "ui/details.h"
#include "ui/details_trace.h"
#include "ui/graph.h"
#include "ui/screen.h"

#define LABEL_WIDTH 16
#define LABELS_BESIDE_FROM 44   /* columns from which on labels stand beside what they name */
#define TWO_COLUMNS_FROM 150
#define GRAPHS_ROWS_FROM 15     /* rows of the screen from which on there are graphs */
#define PANES_ROWS_FROM 6       /* and names of the panes */
#define SCROLL_STEP 8
#define SCROLL_MAX 4096
#define CPU_LEAST 1.0           /* percent that reaches the top of a graph at least */
#define MEMORY_LEAST (1 << 20)

struct pane {
	const char *name;
	const char *header; /* of a table; NULL: none */
	uint64_t facts;
	void (*make)(struct details_lines *lines, const struct details_source *source);
};

#define HEADER_FACTS (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_WCHAN))

static const struct pane panes[PANE_COUNT] = {
	[PANE_OVERVIEW] = {"Overview", NULL, DETAILS_OVERVIEW_FACTS, details_overview},
	[PANE_ENVIRONMENT] = {"Environment", NULL, FACT_BIT(FACT_ENVIRON), details_environment},
	[PANE_THREADS] = {"Threads", "    TID STAT   CPU%     TIME+ CPU  NI POLICY   NAME", FACT_BIT(FACT_THREADS),
			  details_threads},
	[PANE_COMMAND] = {"Command", NULL, FACT_BIT(FACT_CMDLINE), details_command},
	[PANE_LIMITS] = {"Limits", "LIMIT                                  SOFT                     HARD",
			 FACT_BIT(FACT_LIMITS), details_limits},
	[PANE_FILES] = {"Files", "   FD MODE     POSITION FILE", FACT_BIT(FACT_OPEN_FILES) | FACT_BIT(FACT_NUM_FDS),
			details_files},
	[PANE_MAPS] = {"Maps", "  SIZE    RSS    PSS   SWAP PERM ADDRESS                   FILE", FACT_BIT(FACT_MAPS),
		       details_maps},
	[PANE_LOCKS] = {"Locks", "   FD TYPE   MODE  KIND      HOLDS        START          END FILE", FACT_BIT(FACT_LOCKS),
			details_locks},
	[PANE_TRACE] = {"Trace", NULL, 0, details_trace},
};

struct details {
	struct shell *shell;
	struct identity identity;
	struct snapshot *last;   /* the newest that has the process; NULL: none yet */
	struct snapshot *living; /* the newest in which it is alive; NULL: none */
	struct snapshot *made_of[2]; /* what lines point into; NULL: nothing */
	bool has_ended;          /* it is in no newer one */
	struct history history;
	enum details_pane pane;
	struct details_lines lines;
	bool is_stale;           /* lines have to be made anew */
	size_t tops[PANE_COUNT]; /* first row seen */
	size_t page, rows;       /* rows seen at most, and rows there are, as last drawn */
	size_t half;             /* line the second column begins with */
	int scroll;              /* columns of a table left out */
	char wanted[128];        /* looked for last */
	size_t found;            /* row it was found in; SIZE_MAX: none */
	struct trace_log trace;
	bool sticks;             /* the trace is shown up to its last line, and stays so */
	int names_row, names_ends[PANE_COUNT]; /* where the names of the panes stand, for the mouse */
};

static void *details_open(struct shell *shell, size_t tab)
{
	struct details *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	state->found = SIZE_MAX;
	state->names_row = -1;
	return state;
}

static void forget(struct details *state)
{
	trace_log_clear(&state->trace);
	snapshot_unref(state->last);
	snapshot_unref(state->living);
	snapshot_unref(state->made_of[0]);
	snapshot_unref(state->made_of[1]);
	history_free(&state->history);
	state->last = state->living = state->made_of[0] = state->made_of[1] = NULL;
	state->lines.count = 0;
	state->is_stale = true;
	state->history = (struct history){0};
}

static void details_close(void *context)
{
	struct details *state = context;

	forget(state);
	lines_free(&state->lines);
	free(state);
}

static void details_needs(const void *context, struct request *request)
{
	const struct details *state = context;

	if (!state->identity.pid || state->has_ended)
		return;
	request->sections |= SECTION_BIT(SECTION_PROCESSES);
	request->facts |= FACT_BIT(FACT_LINEAGE);
	request->detail_pid = state->identity.pid;
	request->detail_facts |= HEADER_FACTS | panes[state->pane].facts;
}

/* What is shown */

static const struct process *find(const struct details *state, const struct snapshot *snapshot)
{
	return snapshot ? snapshot_find(snapshot, state->identity.pid, state->identity.starttime) : NULL;
}

static void keep(struct snapshot **place, const struct snapshot *snapshot)
{
	struct snapshot *old = *place;

	/* Its count of references is not part of what never changes. */
	*place = snapshot_ref((struct snapshot *)snapshot);
	snapshot_unref(old);
}

static void remember(struct details *state, const struct snapshot *snapshot, const struct process *process)
{
	if (!history_begin(&state->history, snapshot->monotonic - snapshot->interval, snapshot->monotonic, 0))
		return;
	history_put(&state->history, SERIES_CPU, TEXT_ABSENT, process->cpu_percent);
	if (process_has(process, FACT_STATM) && process->rss_bytes != ABSENT_U64)
		history_put(&state->history, SERIES_MEMORY_USED, TEXT_ABSENT, (double)process->rss_bytes);
}

static void details_update(void *context, const struct snapshot *snapshot)
{
	struct details *state = context;
	const struct process *process = find(state, snapshot);

	if (!state->identity.pid || state->has_ended)
		return;
	state->is_stale = true;
	/* A list that could not be read says nothing of it. */
	if (!process) {
		state->has_ended = snapshot->processes.items != NULL;
		return;
	}
	keep(&state->last, snapshot);
	if (!process_is_zombie(process))
		keep(&state->living, snapshot);
	remember(state, snapshot, process);
}

static void details_select(void *context, struct identity identity)
{
	struct details *state = context;

	forget(state);
	memset(state->tops, 0, sizeof(state->tops));
	state->identity = identity;
	state->has_ended = false;
	state->pane = PANE_OVERVIEW;
	state->scroll = 0;
	state->found = SIZE_MAX;
	if (state->shell->snapshot)
		details_update(state, state->shell->snapshot);
}

static bool details_target(const void *context, struct identity *ret_identity)
{
	const struct details *state = context;

	*ret_identity = state->identity;
	return state->identity.pid > 0 && !state->has_ended;
}

static struct details_source source_of(const struct details *state)
{
	const struct snapshot *snapshot = state->living ? state->living : state->last;
	struct details_source source = {
		.process = find(state, snapshot),
		.snapshot = snapshot,
		.now = find(state, state->last),
		.now_snapshot = state->last,
		.trace = &state->trace,
	};

	source.has_ended = state->has_ended || (source.now && process_is_zombie(source.now));
	return source;
}

/* Drawing */

static void draw_title(const struct details *state, struct canvas *canvas, struct area area)
{
	const struct process *process = find(state, state->last);
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	struct arena arena = {0};

	pen_fill(&pen, STYLE_HEADER);
	pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	if (state->has_ended || !process)
		pen_string(&pen, STYLE_ALARM, state->has_ended ? "ended" : "not there");
	else
		pen_text(&pen, STYLE_HEADER, process->stat[0] ? text_of(process->stat) : TEXT_LITERAL("-"));
	pen_format(&pen, STYLE_HEADER, " %d ", state->identity.pid);
	if (process) {
		struct text words = words_state(&arena, process);

		pen_text(&pen, STYLE_HEADER, process_name(process));
		pen_string(&pen, STYLE_HEADER, " ");
		if (!state->has_ended && words.length > 2) {
			pen_symbol(&pen, STYLE_HEADER, 0xb7, '-');
			pen_text(&pen, STYLE_HEADER, (struct text){words.bytes + 1, words.length - 1});
		} else if (process_is_zombie(process) && process->more->zombie_exit.bytes) {
			pen_symbol(&pen, STYLE_HEADER, 0xb7, '-');
			pen_string(&pen, STYLE_HEADER, " ");
			pen_text(&pen, STYLE_HEADER, process->more->zombie_exit);
		}
	}
	arena_free(&arena);
}

static void draw_pane_names(struct details *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	int width = 0;

	for (int i = 0; i < PANE_COUNT; i++)
		width += (int)strlen(panes[i].name) + 2;
	state->names_row = area.row;
	/* Where not all fit, the ones in front go. */
	for (int i = 0; i < PANE_COUNT; i++) {
		enum style style = i == (int)state->pane ? STYLE_TAB : STYLE_LABEL;

		state->names_ends[i] = pen.column;
		if (width > area.columns && i < (int)state->pane) {
			width -= (int)strlen(panes[i].name) + 2;
			continue;
		}
		pen_string(&pen, style, " ");
		pen_string(&pen, style, panes[i].name);
		pen_string(&pen, style, " ");
		state->names_ends[i] = pen.column;
	}
}

static void draw_graph(const struct details *state, struct canvas *canvas, struct area area, enum series_kind kind)
{
	const struct process *process = find(state, state->last);
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};
	struct graph graph = {
		.history = &state->history,
		.series = history_series(&state->history, kind, TEXT_ABSENT),
		.end_s = state->shell->snapshot ? state->shell->snapshot->monotonic : 0,
		.step_s = state->shell->graph_step_s,
		.least = kind == SERIES_CPU ? CPU_LEAST : MEMORY_LEAST,
		.style = kind == SERIES_CPU ? STYLE_RATE : STYLE_CACHE,
	};
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	double top = graph_draw_series(canvas, body, &graph);
	char value[FORMAT_SIZE] = "-", highest[FORMAT_SIZE];

	if (kind == SERIES_CPU) {
		format_percent(highest, top, 6);
		format_percent(value, process && !state->has_ended ? process->cpu_percent : ABSENT_F64, 6);
		strcat(highest, "%");
	} else {
		format_rate(highest, top);
		if (process && !state->has_ended && process_has(process, FACT_STATM) &&
		    process->rss_bytes != ABSENT_U64)
			format_bytes(value, process->rss_bytes);
	}
	pen_string(&pen, STYLE_LABEL, kind == SERIES_CPU ? "CPU " : "Memory ");
	pen_string(&pen, STYLE_TEXT, value);
	pen_string(&pen, STYLE_TEXT, kind == SERIES_CPU && *value != '-' ? "%" : "");
	if (graph.series)
		pen_format(&pen, STYLE_DIM, "  top %s", highest);
}

/* Returns the rows it took. */
static int draw_graphs(const struct details *state, struct canvas *canvas, struct area area)
{
	int half = area.columns / 2;
	struct area left = area, right = area;

	left.rows = right.rows = area.rows >= 2 * GRAPHS_ROWS_FROM ? 8 : 5;
	left.columns = half - 1;
	right.column += half;
	right.columns = area.columns - half;
	draw_graph(state, canvas, left, SERIES_CPU);
	draw_graph(state, canvas, right, SERIES_MEMORY_USED);
	return left.rows;
}

/* Lines */

static bool has_two_columns(const struct details *state, int columns)
{
	return state->pane == PANE_OVERVIEW && columns >= TWO_COLUMNS_FROM;
}

/* Where the second of two columns begins: at the section nearest to the middle. */
static size_t half_of(const struct details_lines *lines)
{
	size_t middle = lines->count / 2;

	for (size_t i = 0; i < middle; i++) {
		if (lines->items[middle + i].kind == LINE_TITLE)
			return middle + i;
		if (lines->items[middle - i].kind == LINE_TITLE)
			return middle - i;
	}
	return lines->count;
}

static void make_lines(struct details *state, const struct canvas *canvas, int columns)
{
	struct details_source source = source_of(state);
	int width = has_two_columns(state, columns) ? columns / 2 - 1 : columns, label = LABEL_WIDTH;

	if (state->pane == PANE_COMMAND)
		label = 4;
	else if (width < LABELS_BESIDE_FROM)
		label = 0;
	if (!state->is_stale && state->lines.canvas == canvas && state->lines.width == width)
		return;
	state->is_stale = false;
	lines_begin(&state->lines, canvas, width, label);
	if (!source.process)
		return;
	keep(&state->made_of[0], source.snapshot);
	keep(&state->made_of[1], source.now_snapshot);
	panes[state->pane].make(&state->lines, &source);
}

static void draw_line(const struct details *state, size_t at, struct canvas *canvas, int row, int column)
{
	if (at >= state->lines.count)
		return;
	lines_draw(&state->lines, at, canvas, row, column, state->scroll);
	if (at == state->found)
		canvas_restyle(canvas, row, column, state->lines.width, STYLE_SELECTED);
}

static void draw_lines(struct details *state, struct canvas *canvas, struct area area)
{
	size_t half = has_two_columns(state, area.columns) ? half_of(&state->lines) : state->lines.count;
	size_t rest = state->lines.count - half, top = state->tops[state->pane], last_top;

	state->half = half;
	state->page = area.rows > 0 ? (size_t)area.rows : 1;
	state->rows = half > rest ? half : rest;
	last_top = state->rows > state->page ? state->rows - state->page : 0;
	if (state->pane == PANE_TRACE && state->sticks)
		top = last_top;
	top = state->tops[state->pane] = top < last_top ? top : last_top;
	state->sticks = state->pane == PANE_TRACE && top == last_top;
	for (int i = 0; i < area.rows; i++) {
		size_t at = top + (size_t)i;

		if (at < half)
			draw_line(state, at, canvas, area.row + i, area.column);
		if (half < state->lines.count)
			draw_line(state, half + at, canvas, area.row + i, area.column + state->lines.width + 2);
	}
}

static int draw_header(const struct details *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	pen_fill(&pen, STYLE_HEADER);
	pen = pen_at(canvas, area.row, area.column, area.columns, state->scroll);
	pen_string(&pen, STYLE_HEADER, panes[state->pane].header);
	return 1;
}

static int draw_count_of_files(const struct details *state, struct canvas *canvas, struct area area)
{
	struct details_source source = source_of(state);
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (!source.process || !process_has(source.process, FACT_NUM_FDS))
		return 0;
	pen_format(&pen, STYLE_TEXT, "%lld descriptors; those of regular files:", (long long)source.process->more->num_fds);
	return 1;
}

static void shrink(struct area *area, int rows)
{
	area->row += rows;
	area->rows -= rows;
}

static void details_draw(void *context, struct canvas *canvas, struct area area)
{
	struct details *state = context;
	int rows = area.rows;

	if (rows <= 0 || area.columns <= 0)
		return;
	draw_title(state, canvas, area);
	shrink(&area, 1);
	state->names_row = -1;
	if (rows >= PANES_ROWS_FROM) {
		draw_pane_names(state, canvas, area);
		shrink(&area, 1);
	}
	if (rows >= GRAPHS_ROWS_FROM && state->pane == PANE_OVERVIEW)
		shrink(&area, draw_graphs(state, canvas, area));
	make_lines(state, canvas, area.columns);
	if (state->pane == PANE_FILES && area.rows > 2)
		shrink(&area, draw_count_of_files(state, canvas, area));
	if (panes[state->pane].header && area.rows > 1)
		shrink(&area, draw_header(state, canvas, area));
	draw_lines(state, canvas, area);
}

/* Search */

static void show_found(struct details *state)
{
	size_t row = state->found < state->half ? state->found : state->found - state->half;
	size_t *top = &state->tops[state->pane];

	if (row < *top || row >= *top + state->page)
		*top = row > state->page / 2 ? row - state->page / 2 : 0;
}

/* Find what is wanted, from where it was found last. Returns false when it is nowhere. */
static bool search(struct details *state, enum find_from from)
{
	if (!lines_find(&state->lines, state->wanted, state->found, from, &state->found)) {
		state->found = SIZE_MAX;
		return false;
	}
	show_found(state);
	return true;
}

static void go_on(struct details *state, bool forward)
{
	if (!state->wanted[0])
		shell_say(state->shell, STYLE_TEXT, "nothing was searched for yet");
	else if (!search(state, forward ? FIND_NEXT : FIND_PREVIOUS))
		shell_say(state->shell, STYLE_ALARM, "not found");
}

static const char *search_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	struct details *state = owner;

	(void)shell;
	*ret_column = 0;
	snprintf(state->wanted, sizeof(state->wanted), "%s", text);
	return search(state, FIND_HERE) || !*text ? NULL : "not found";
}

static bool search_done(struct shell *shell, void *owner, const char *text)
{
	(void)shell;
	(void)owner;
	(void)text;
	return true;
}

static bool search_key(struct shell *shell, void *owner, uint32_t key)
{
	struct details *state = owner;

	(void)shell;
	if (key != KEYCODE_F0 + 3)
		return false;
	search(state, FIND_NEXT);
	return true;
}

static void open_search(struct details *state)
{
	/* What was looked for before is what to go on with. */
	if (state->wanted[0])
		search(state, FIND_NEXT);
	shell_open(state->shell, prompt_new(&(struct prompt_options){
					 .label = "Search: ",
					 .text = state->wanted,
					 .changed = search_changed,
					 .done = search_done,
					 .key = search_key,
					 .owner = state,
				 }));
}

/* Actions */

/* Returns false for what is no action on processes. */
static bool act_on_process(struct details *state, enum action action)
{
	const struct process *process = find(state, state->last);
	struct act_target target = {.identity = state->identity, .name = process ? process_name(process) : TEXT_ABSENT};

	if (!act_opens(action))
		return false;
	if (state->has_ended)
		shell_say(state->shell, STYLE_ALARM, "process %d has ended", state->identity.pid);
	else
		act_open(state->shell, action, &target, 1);
	return true;
}

static void scroll_by(struct details *state, ptrdiff_t rows)
{
	size_t *top = &state->tops[state->pane], distance = rows < 0 ? (size_t)-rows : (size_t)rows;

	if (rows < 0)
		*top = *top > distance ? *top - distance : 0;
	else
		*top = *top + distance < state->rows ? *top + distance : state->rows;
}

static void scroll_columns(struct details *state, int columns)
{
	state->scroll += columns;
	if (state->scroll < 0)
		state->scroll = 0;
	if (state->scroll > SCROLL_MAX)
		state->scroll = SCROLL_MAX;
}

static void go_to_pane(struct details *state, int pane)
{
	/* What stops a process goes on no longer than it is looked at. */
	if (state->pane == PANE_TRACE)
		trace_log_clear(&state->trace);
	state->sticks = true;
	state->pane = (enum details_pane)((pane + PANE_COUNT) % PANE_COUNT);
	state->is_stale = true;
	state->scroll = 0;
	state->found = SIZE_MAX;
}

static void start_trace(struct details *state)
{
	go_to_pane(state, PANE_TRACE);
	trace_log_start(&state->trace, state->shell, state->identity);
}

static bool move(struct details *state, enum action action)
{
	ptrdiff_t page = (ptrdiff_t)state->page;
	bool sticks = state->sticks;

	state->sticks = false; /* the drawing finds out */

	switch (action) {
	case ACTION_UP: scroll_by(state, -1); break;
	case ACTION_DOWN: scroll_by(state, 1); break;
	case ACTION_PAGE_UP: scroll_by(state, -page); break;
	case ACTION_PAGE_DOWN: scroll_by(state, page); break;
	case ACTION_HALF_UP: scroll_by(state, -(page + 1) / 2); break;
	case ACTION_HALF_DOWN: scroll_by(state, (page + 1) / 2); break;
	case ACTION_FIRST: state->tops[state->pane] = 0; break;
	case ACTION_LAST: state->tops[state->pane] = state->rows; break;
	case ACTION_LEFT: scroll_columns(state, -SCROLL_STEP); break;
	case ACTION_RIGHT: scroll_columns(state, SCROLL_STEP); break;
	default: state->sticks = sticks; return false;
	}
	return true;
}

static bool details_act(void *context, enum action action)
{
	struct details *state = context;

	switch (action) {
	case ACTION_OPEN: break; /* it is open */
	case ACTION_TAB_NEXT: go_to_pane(state, (int)state->pane + 1); break;
	case ACTION_TAB_PREVIOUS: go_to_pane(state, (int)state->pane - 1); break;
	case ACTION_ENVIRONMENT: go_to_pane(state, PANE_ENVIRONMENT); break;
	case ACTION_FILES: go_to_pane(state, PANE_FILES); break;
	case ACTION_TRACE: start_trace(state); break;
	case ACTION_LOCKS: go_to_pane(state, PANE_LOCKS); break;
	case ACTION_SEARCH: open_search(state); break;
	case ACTION_SEARCH_NEXT: go_on(state, true); break;
	case ACTION_SEARCH_PREVIOUS: go_on(state, false); break;
	case ACTION_THREADS: go_to_pane(state, PANE_THREADS); break;
	default: return move(state, action) || act_on_process(state, action);
	}
	return true;
}

static bool details_key(void *context, uint32_t key)
{
	if (key < '1' || key >= '1' + PANE_COUNT)
		return false;
	go_to_pane(context, (int)(key - '1'));
	return true;
}

static void details_mouse(void *context, const struct mouse *mouse)
{
	struct details *state = context;

	state->sticks = false;
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
		scroll_by(state, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
		return;
	}
	if (mouse->kind != MOUSE_PRESS || mouse->row != state->names_row)
		return;
	for (int i = 0; i < PANE_COUNT; i++) {
		if (mouse->column < state->names_ends[i]) {
			go_to_pane(state, i);
			return;
		}
	}
}

static int details_fd(const void *context)
{
	const struct details *state = context;

	return state->trace.trace ? state->trace.ops->trace_fd(state->trace.trace) : -1;
}

static void details_ready(void *context)
{
	struct details *state = context;

	trace_log_take(&state->trace);
	state->is_stale = true;
}

const struct screen screen_details = {
	.name = "Details",
	.open = details_open,
	.close = details_close,
	.needs = details_needs,
	.update = details_update,
	.draw = details_draw,
	.act = details_act,
	.key = details_key,
	.mouse = details_mouse,
	.fd = details_fd,
	.ready = details_ready,
	.target = details_target,
	.select = details_select,
};
