/* The process table as a screen: its settings, what is drawn, and what keys and the mouse do. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "model/format.h"
#include "ui/act_dialogs.h"
#include "ui/processes.h"

#define SCROLL_STEP 8
#define SCROLL_MAX 4096
#define WHEEL_ROWS 3
#define REST_INDENT 4      /* columns in front of the lines a wrapped command goes on in */
#define SUMS_ROWS_MIN 4    /* of the table, for a line of sums below it */

/* Settings */

struct tab_settings *processes_settings(const struct processes *state)
{
	struct settings *settings = state->shell->settings;

	return &settings->tabs[state->tab < settings->tabs_count ? state->tab : 0];
}

static void keep_loaded(struct processes *state, enum tab_setting_id id)
{
	const char *value = tab_setting_text(processes_settings(state), id);
	size_t size = strlen(value) + 1;

	free(state->loaded[id]);
	state->loaded[id] = memcpy(xmalloc(size), value, size);
}

void processes_remember(struct processes *state, enum tab_setting_id id, const char *value)
{
	char *message = NULL;

	if (tab_setting_set(processes_settings(state), id, value, &message) < 0)
		shell_say(state->shell, STYLE_ALARM, "%s", message ? message : "not kept");
	else
		state->has_unsaved = true;
	free(message);
	keep_loaded(state, id);
}

static void load_sort(struct processes *state, const char *value)
{
	const struct field *field;
	bool descending;

	if (!setting_parse_sort(value, &field, &descending))
		return;
	state->options.sort = field;
	state->options.descending = descending;
}

static void load(struct processes *state, enum tab_setting_id id)
{
	const struct tab_settings *settings = processes_settings(state);
	const char *value = tab_setting_text(settings, id);
	bool is_set = tab_setting_rows[id].type == SETTING_TYPE_BOOL && tab_setting_bool(settings, id);

	switch (id) {
	case TAB_SETTING_COLUMNS: table_choose(&state->table, value); break;
	case TAB_SETTING_SORT: load_sort(state, value); break;
	case TAB_SETTING_FILTER: processes_set_filter(state, value); break;
	case TAB_SETTING_TREE: state->options.tree = is_set; break;
	case TAB_SETTING_HIDE_KERNEL: state->options.hide_kernel = is_set; break;
	case TAB_SETTING_THREADS: state->options.threads = is_set; break;
	case TAB_SETTING_HIDE_IDLE: state->hides_idle = is_set; break;
	case TAB_SETTING_WRAP: state->wraps = is_set; break;
	case TAB_SETTING_SUBTREES: state->options.totals = is_set; break;
	case TAB_SETTING_COUNT: break;
	}
}

/* Only what has changed: the command line may have asked for something else than the settings. */
static void processes_configure(void *context)
{
	struct processes *state = context;

	for (enum tab_setting_id id = 0; id < TAB_SETTING_COUNT; id++) {
		const char *value = tab_setting_text(processes_settings(state), id);

		if (state->loaded[id] && strcmp(state->loaded[id], value) == 0)
			continue;
		load(state, id);
		keep_loaded(state, id);
	}
	ended_clear(&state->ended);
	state->is_stale = true;
	state->has_unsaved = false;
}

/* Life */

static void *processes_open(struct shell *shell, size_t tab)
{
	struct processes *state = xcalloc(1, sizeof(*state));
	const struct ui_options *options = shell->options;

	state->shell = shell;
	state->tab = tab;
	state->view = view_new();
	state->recent = recent_new();
	state->page = 1;
	state->options.match_context = state;
	state->options.sort = process_field(FIELD_ID_CPU_PERCENT);
	state->options.descending = true;
	processes_set_filter(state, "");
	processes_configure(state);
	/* The command line is about the tab one starts in. */
	if (tab == 0 && options->sort)
		state->options.sort = options->sort;
	if (tab == 0 && (options->sort || options->invert))
		state->options.descending = view_is_descending(state->options.sort) != options->invert;
	if (tab == 0 && options->filter)
		processes_set_filter(state, options->filter);
	if (tab == 0 && options->tree)
		state->options.tree = true;
	if (tab == 0 && options->threads)
		state->options.threads = true;
	table_layout(&state->table, state->options.sort, 80);
	return state;
}

/* What a key changed is for the next time. */
static void save(struct processes *state)
{
	char *message = NULL;

	if (state->has_unsaved && state->shell->save)
		state->shell->save(state->shell->save_context, state->shell->settings, &message);
	free(message);
}

static void processes_close(void *context)
{
	struct processes *state = context;

	save(state);
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++)
		free(state->loaded[id]);
	view_free(state->view);
	recent_free(state->recent);
	ended_clear(&state->ended);
	filter_free(state->filter);
	filter_free(state->search);
	free(state->filter_text);
	free(state->filter_before);
	free(state->user);
	free(state->tags);
	free(state->lines);
	free(state);
}

static void processes_needs(const void *context, struct request *request)
{
	const struct processes *state = context;

	request->sections |= SECTION_BIT(SECTION_PROCESSES);
	request->facts |= table_facts(&state->table) | state->options.sort->needs | filter_facts(state->filter) |
			  filter_facts(state->search);
	if (state->options.threads)
		request->facts |= FACT_BIT(FACT_THREADS);
	if (state->user || state->asks_users)
		request->facts |= FACT_BIT(FACT_USERNAME);
}

/* A graph has a past only while it is looked at, and so does the slow order. */
static bool has_recent(const struct processes *state)
{
	return table_has(&state->table, &setting_cpu_graph) || setting_bool(state->shell->settings, SETTING_LAZY);
}

static void processes_update(void *context, const struct snapshot *snapshot)
{
	struct processes *state = context;

	processes_keep_ended(state, snapshot);
	state->snapshot = snapshot;
	state->is_stale = true;
	processes_forget_tags(state);
	if (has_recent(state))
		recent_add(state->recent, snapshot);
	if (state->asks_users)
		processes_open_users(state);
}

/* Drawing */

static void draw_empty(struct processes *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (!state->snapshot)
		pen_string(&pen, STYLE_DIM, "reading the processes");
	else if (!state->snapshot->processes.items)
		pen_string(&pen, STYLE_DIM, "the processes could not be read");
	else if (processes_is_restricted(state))
		pen_string(&pen, STYLE_DIM, "no process is like that");
}

static bool is_new(const struct processes *state, const struct process *process)
{
	return state->snapshot->timestamp - process->create_time < state->new_s;
}

/* In the blank behind the first column. */
static void draw_mark(const struct processes *state, struct canvas *canvas, struct area line)
{
	struct pen pen;

	if (state->table.count < 2)
		return;
	pen = pen_at(canvas, line.row, line.column + state->table.columns[0].width, 1, 0);
	pen_symbol(&pen, STYLE_TAGGED, '*', '*');
}

static void draw_row(struct processes *state, struct canvas *canvas, struct area line, size_t at)
{
	const struct process *process = processes_at(state, at);
	const struct view_row *rows;
	size_t count;
	bool is_tagged = processes_is_tagged(state, process_identity(process));

	rows = view_rows(state->view, &count);
	if (state->table.recent)
		recent_watch(state->recent, process_identity(process));
	table_draw_row(&state->table, canvas, line, state->snapshot, state->view, at);
	if (rows[at].is_context)
		canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_DIM);
	else if (is_tagged)
		canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_TAGGED);
	else if (is_new(state, process))
		canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_NEW);
	if (is_tagged)
		draw_mark(state, canvas, line);
	if (at == state->cursor)
		canvas_restyle(canvas, line.row, line.column, line.columns,
			       state->searches ? STYLE_MATCH : STYLE_SELECTED);
}

static void draw_ended(struct processes *state, struct canvas *canvas, struct area line, const struct ended_row *ended)
{
	table_draw_process(&state->table, canvas, line, &ended->process);
	canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_ENDED);
}

/* Lines of the selected row's command beyond the first. */
static size_t rest_lines(struct processes *state, struct canvas *canvas, int columns)
{
	int wide = columns - REST_INDENT, rest;

	if (!state->wraps || !processes_at(state, state->cursor) || wide < 1)
		return 0;
	rest = table_command_rest(&state->table, canvas, state->snapshot, state->view, state->cursor);
	rest = (rest + wide - 1) / wide;
	return (size_t)rest < state->page ? (size_t)rest : state->page - 1;
}

static void draw_rest(struct processes *state, struct canvas *canvas, struct area line, int number)
{
	struct area part = {line.row, line.column + REST_INDENT, 1, line.columns - REST_INDENT};

	table_draw_command_rest(&state->table, canvas, part, state->snapshot, state->view, state->cursor,
				number * part.columns);
	canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_SELECTED);
}

static void reserve_lines(struct processes *state, size_t count)
{
	if (count > state->lines_capacity) {
		state->lines = xreallocarray(state->lines, count, sizeof(*state->lines));
		state->lines_capacity = count;
	}
	for (size_t i = 0; i < count; i++)
		state->lines[i] = SIZE_MAX;
}

static void draw_rows(struct processes *state, struct canvas *canvas, struct area area, size_t rest)
{
	size_t count, line = 0, lines = area.rows > 0 ? (size_t)area.rows : 0;

	view_rows(state->view, &count);
	reserve_lines(state, lines);
	for (size_t position = state->top; line < lines; position++) {
		const struct ended_row *ended = ended_find(&state->ended, position);
		struct area row = {area.row + (int)line, area.column, 1, area.columns};
		size_t at = position - ended_above(&state->ended, position);

		if (ended) {
			draw_ended(state, canvas, row, ended);
			line++;
			continue;
		}
		if (at >= count || !processes_at(state, at))
			break;
		draw_row(state, canvas, row, at);
		state->lines[line++] = at;
		for (size_t i = 0; at == state->cursor && i < rest && line < lines; i++) {
			row.row++;
			draw_rest(state, canvas, row, (int)i);
			state->lines[line++] = at;
		}
	}
	if (count == 0 && state->ended.count == 0)
		draw_empty(state, canvas, area);
}

static void draw_sum(struct pen *pen, const char *label, const char *value)
{
	pen_format(pen, STYLE_LABEL, "  %s ", label);
	pen_string(pen, STYLE_TEXT, value);
}

static void draw_sums(struct processes *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	struct sums sums = processes_sum(state);
	char buffer[FORMAT_SIZE];

	pen_format(&pen, STYLE_TITLE, "%7zu %s", sums.count, sums.is_tagged ? "tagged" : "shown");
	format_percent(buffer, sums.cpu_percent, 7);
	draw_sum(&pen, "CPU%", buffer);
	format_percent(buffer, sums.memory_percent, 6);
	draw_sum(&pen, "MEM%", buffer);
	format_rate(buffer, sums.rss_bytes);
	draw_sum(&pen, "RES", buffer);
	snprintf(buffer, sizeof(buffer), isfinite(sums.threads) ? "%.0f" : "-", sums.threads);
	draw_sum(&pen, "THR", buffer);
}

/* Header */

static bool shows_totals(const struct processes *state)
{
	return state->options.tree && state->options.totals;
}

static void add_note(struct processes *state, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_note(struct processes *state, const char *format, ...)
{
	size_t used = strlen(state->note);
	va_list arguments;

	if (used > 0 && used + 2 < sizeof(state->note)) {
		memcpy(state->note + used, ", ", 3);
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(state->note + used, sizeof(state->note) - used, format, arguments);
	va_end(arguments);
}

static const char *write_note(struct processes *state)
{
	const struct field *sort = state->options.sort;
	const struct process *root = NULL;
	char name[48];

	state->note[0] = '\0';
	if (state->options.has_root && state->snapshot)
		root = snapshot_find(state->snapshot, state->options.root.pid, state->options.root.starttime);
	if (root) {
		text_to_display(process_name(root), true, name, sizeof(name));
		add_note(state, "only %s %d", name, root->pid);
	}
	if (shows_totals(state))
		add_note(state, "subtree totals");
	if (state->user)
		add_note(state, "of %.40s", state->user);
	if (*state->filter_text)
		add_note(state, "filter: %.100s", state->filter_text);
	if (state->hides_idle)
		add_note(state, "without idle ones");
	if (state->tags_count > 0)
		add_note(state, "%zu tagged", state->tags_count);
	if (!table_has(&state->table, sort) && sort->title)
		add_note(state, "by %s", sort->title);
	return state->note[0] ? state->note : NULL;
}

/* The whole */

static void lay_out(struct processes *state, int columns)
{
	const struct settings *settings = state->shell->settings;

	state->new_s = setting_number(settings, SETTING_NEW_S);
	state->table.totals = shows_totals(state);
	table_layout(&state->table, state->options.sort, columns);
	state->table.command = (enum table_command)setting_choice(settings, SETTING_COMMAND);
	state->table.own_uid = setting_bool(settings, SETTING_OWN) ? (int64_t)geteuid() : -1;
	state->table.recent = table_has(&state->table, &setting_cpu_graph) ? state->recent : NULL;
	state->table.note = write_note(state);
}

/* How long a command is, only a canvas knows. */
static void scroll_to_end(struct processes *state, struct canvas *canvas, int columns)
{
	struct table *table = &state->table;
	int rest;

	if (!state->wants_end)
		return;
	state->wants_end = false;
	table->scroll = 0;
	while (table->hidden > 0 && table->first + 1 < table->chosen_count) {
		table->first++;
		table_layout(table, state->options.sort, columns);
	}
	if (!processes_at(state, state->cursor))
		return;
	rest = table_command_rest(table, canvas, state->snapshot, state->view, state->cursor);
	table->scroll = rest < SCROLL_MAX ? rest : SCROLL_MAX;
}

static void processes_draw(void *context, struct canvas *canvas, struct area area)
{
	struct processes *state = context;
	struct table_order order = {state->options.sort, state->options.descending};
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};
	bool has_sums = setting_bool(state->shell->settings, SETTING_TOTALS_LINE) && area.rows >= SUMS_ROWS_MIN;
	size_t rest;

	state->area = area;
	if (area.rows <= 0)
		return;
	body.rows -= has_sums;
	state->page = body.rows > 0 ? (size_t)body.rows : 1;
	processes_refresh(state);
	lay_out(state, area.columns);
	scroll_to_end(state, canvas, area.columns);
	rest = rest_lines(state, canvas, area.columns);
	processes_keep_visible(state, rest);
	table_draw_header(&state->table, canvas, area, &order);
	draw_rows(state, canvas, body, rest);
	if (has_sums)
		draw_sums(state, canvas, (struct area){body.row + body.rows, area.column, 1, area.columns});
}

/* Actions */

static void fold(struct processes *state, bool folded)
{
	if (!state->options.tree)
		return;
	processes_anchor(state);
	if (state->is_anchored)
		view_set_folded(state->view, state->selected, folded);
	ended_clear(&state->ended);
	state->is_stale = true;
}

static void fold_all(struct processes *state)
{
	if (!state->options.tree)
		return;
	state->all_folded = !state->all_folded;
	view_fold_all(state->view, state->all_folded);
	ended_clear(&state->ended);
	state->is_stale = true;
}

static void toggle(struct processes *state, bool *option, enum tab_setting_id id)
{
	*option = !*option;
	processes_remember(state, id, *option ? "yes" : "no");
	ended_clear(&state->ended);
	state->is_stale = true;
}

static void toggle_root(struct processes *state)
{
	ended_clear(&state->ended);
	state->is_stale = true;
	if (state->options.has_root) {
		state->options.has_root = false;
		return;
	}
	processes_anchor(state);
	if (!state->is_anchored)
		return;
	state->options.root = state->selected;
	state->options.has_root = true;
	if (!state->options.tree)
		toggle(state, &state->options.tree, TAB_SETTING_TREE);
}

/* Columns that are hidden on the right come first, then the end of the command. */
static void scroll_by(struct processes *state, int step)
{
	struct table *table = &state->table;

	if (step > 0 && table->hidden > 0 && table->first + 1 < table->chosen_count) {
		table->first++;
	} else if (step < 0 && table->scroll == 0 && table->first > 0) {
		table->first--;
	} else {
		table->scroll += step * SCROLL_STEP;
		table->scroll = table->scroll < 0 ? 0 : table->scroll > SCROLL_MAX ? SCROLL_MAX : table->scroll;
	}
	table_layout(table, state->options.sort, state->area.columns);
}

static void scroll_to_begin(struct processes *state)
{
	state->table.first = 0;
	state->table.scroll = 0;
	table_layout(&state->table, state->options.sort, state->area.columns);
}

static void show_command(struct processes *state, enum table_command command)
{
	static const char *const names[] = {
		[TABLE_COMMAND_FULL] = "full",
		[TABLE_COMMAND_NAME] = "name",
		[TABLE_COMMAND_PROGRAM] = "program",
	};
	char *message = NULL;

	setting_set(state->shell->settings, SETTING_COMMAND, names[command], &message);
	free(message);
	state->has_unsaved = true;
}

static void toggle_path(struct processes *state)
{
	bool is_full = setting_choice(state->shell->settings, SETTING_COMMAND) == TABLE_COMMAND_FULL;

	show_command(state, is_full ? TABLE_COMMAND_PROGRAM : TABLE_COMMAND_FULL);
}

static void change_command(struct processes *state)
{
	switch ((enum table_command)setting_choice(state->shell->settings, SETTING_COMMAND)) {
	case TABLE_COMMAND_FULL: show_command(state, TABLE_COMMAND_NAME); break;
	case TABLE_COMMAND_NAME: show_command(state, TABLE_COMMAND_PROGRAM); break;
	case TABLE_COMMAND_PROGRAM: show_command(state, TABLE_COMMAND_FULL); break;
	}
}

static bool move(struct processes *state, enum action action)
{
	ptrdiff_t page = (ptrdiff_t)state->page, half = page > 1 ? page / 2 : 1;

	switch (action) {
	case ACTION_UP: processes_move_by(state, -1); break;
	case ACTION_DOWN: processes_move_by(state, 1); break;
	case ACTION_PAGE_UP: processes_page_by(state, -page); break;
	case ACTION_PAGE_DOWN: processes_page_by(state, page); break;
	case ACTION_HALF_UP: processes_page_by(state, -half); break;
	case ACTION_HALF_DOWN: processes_page_by(state, half); break;
	case ACTION_FIRST: processes_go_first(state); break;
	case ACTION_LAST: processes_move_to(state, SIZE_MAX); break;
	case ACTION_LEFT: scroll_by(state, -1); break;
	case ACTION_RIGHT: scroll_by(state, 1); break;
	case ACTION_LINE_BEGIN: scroll_to_begin(state); break;
	case ACTION_LINE_END: state->wants_end = true; break;
	default: return false;
	}
	return true;
}

static bool change_order(struct processes *state, enum action action)
{
	switch (action) {
	case ACTION_SORT_MENU: processes_open_sort_menu(state); break;
	case ACTION_SORT_NEXT: processes_sort_beside(state, 1); break;
	case ACTION_SORT_PREVIOUS: processes_sort_beside(state, -1); break;
	case ACTION_SORT_CPU: processes_sort_by(state, process_field(FIELD_ID_CPU_PERCENT)); break;
	case ACTION_SORT_MEMORY: processes_sort_by(state, process_field(FIELD_ID_MEMORY_PERCENT)); break;
	case ACTION_SORT_TIME: processes_sort_by(state, process_field(FIELD_ID_CPU_TIME)); break;
	case ACTION_SORT_PID: processes_sort_by(state, process_field(FIELD_ID_PID)); break;
	case ACTION_INVERT: processes_invert(state); break;
	default: return false;
	}
	return true;
}

static bool change_rows(struct processes *state, enum action action)
{
	switch (action) {
	case ACTION_TREE: toggle(state, &state->options.tree, TAB_SETTING_TREE); break;
	case ACTION_ROOT: toggle_root(state); break;
	case ACTION_TOTALS: toggle(state, &state->options.totals, TAB_SETTING_SUBTREES); break;
	case ACTION_THREADS: toggle(state, &state->options.threads, TAB_SETTING_THREADS); break;
	case ACTION_KERNEL: toggle(state, &state->options.hide_kernel, TAB_SETTING_HIDE_KERNEL); break;
	case ACTION_IDLE: toggle(state, &state->hides_idle, TAB_SETTING_HIDE_IDLE); break;
	case ACTION_WRAP: toggle(state, &state->wraps, TAB_SETTING_WRAP); break;
	case ACTION_PATH: toggle_path(state); break;
	case ACTION_COMMAND: change_command(state); break;
	case ACTION_FOLD: fold(state, true); break;
	case ACTION_UNFOLD: fold(state, false); break;
	case ACTION_FOLD_ALL: fold_all(state); break;
	default: return false;
	}
	return true;
}

static bool find(struct processes *state, enum action action)
{
	switch (action) {
	case ACTION_SEARCH: processes_open_search(state); break;
	case ACTION_SEARCH_NEXT: processes_search_on(state, false); break;
	case ACTION_SEARCH_PREVIOUS: processes_search_on(state, true); break;
	case ACTION_FILTER: processes_open_filter(state); break;
	case ACTION_USER: processes_open_users(state); break;
	case ACTION_FOLLOW: processes_toggle_follow(state); break;
	case ACTION_TAG: processes_toggle_tag(state); break;
	case ACTION_TAG_CHILDREN: processes_tag_children(state); break;
	case ACTION_UNTAG: processes_untag_all(state); break;
	default: return false;
	}
	return true;
}

/* What an action is about: what is tagged, else the selection. targets: room for all that is tagged, and one; names are
 * borrowed from the snapshot. */
static size_t collect_targets(struct processes *state, struct act_target *targets)
{
	size_t count = 0;

	for (size_t i = 0; i < state->tags_count; i++)
		targets[count++].identity = state->tags[i];
	if (count == 0) {
		processes_anchor(state);
		if (!state->is_anchored)
			return 0;
		targets[count].identity = state->selected;
		targets[count++].thread = state->selected_thread;
	}
	for (size_t i = 0; state->snapshot && i < count; i++) {
		const struct process *process =
			snapshot_find(state->snapshot, targets[i].identity.pid, targets[i].identity.starttime);

		if (process)
			targets[i].name = process_name(process);
	}
	return count;
}

/* Returns false for what is no action on processes. */
static bool act_on_targets(struct processes *state, enum action action)
{
	struct act_target *targets;

	if (!act_opens(action))
		return false;
	if (state->has_slipped && state->tags_count == 0) {
		state->has_slipped = false;
		shell_say(state->shell, STYLE_ALARM, "the selected process has ended; press again for %d",
			  state->selected.pid);
		return true;
	}
	targets = xcalloc(state->tags_count + 1, sizeof(*targets));
	act_open(state->shell, action, targets, collect_targets(state, targets));
	free(targets);
	return true;
}

static bool processes_act(void *context, enum action action)
{
	struct processes *state = context;

	state->typed_pid = 0;
	state->asks_users = false; /* who goes on wants no menu any more */
	processes_refresh(state);
	return move(state, action) || change_order(state, action) || change_rows(state, action) ||
	       find(state, action) || act_on_targets(state, action);
}

static bool processes_key(void *context, uint32_t key)
{
	struct processes *state = context;

	state->asks_users = false;
	if (processes_type_digit(state, key))
		return true;
	state->typed_pid = 0;
	return false;
}

/* Mouse */

static void press(struct processes *state, const struct mouse *mouse)
{
	int line = mouse->row - state->area.row - 1;
	const struct field *field;

	if (line < 0) {
		field = table_field_at(&state->table, mouse->column - state->area.column);
		if (field)
			processes_click_title(state, field);
		return;
	}
	if ((size_t)line >= state->page || (size_t)line >= state->lines_capacity || state->lines[line] == SIZE_MAX)
		return;
	processes_move_to(state, state->lines[line]);
	if (mouse->kind == MOUSE_DOUBLE && state->is_anchored)
		shell_open_details(state->shell, state->selected);
}

static void processes_mouse(void *context, const struct mouse *mouse)
{
	struct processes *state = context;

	state->typed_pid = 0;
	processes_refresh(state);
	switch (mouse->kind) {
	case MOUSE_WHEEL_UP: processes_page_by(state, -WHEEL_ROWS); break;
	case MOUSE_WHEEL_DOWN: processes_page_by(state, WHEEL_ROWS); break;
	case MOUSE_PRESS:
	case MOUSE_DOUBLE: press(state, mouse); break;
	}
}

/* For others */

static bool snapshot_holds(const struct processes *state, struct identity identity)
{
	return state->snapshot && snapshot_find(state->snapshot, identity.pid, identity.starttime);
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
		process = snapshot_parent(state->snapshot, process);
		if (process)
			view_set_folded(state->view, process_identity(process), false);
	}
	state->selected = identity;
	state->has_slipped = false;
	state->selected_thread = 0;
	state->is_anchored = true;
	state->is_stale = true;
	ended_clear(&state->ended);
	processes_refresh(state);
	/* It may be outside the one tree that is shown. */
	if (state->options.has_root && view_find(state->view, identity) == VIEW_NONE) {
		state->options.has_root = false;
		state->selected = identity;
		state->is_stale = true;
		processes_refresh(state);
	}
	if (snapshot_holds(state, identity) && view_find(state->view, identity) == VIEW_NONE)
		shell_say(state->shell, STYLE_TEXT, "pid %d is not among those shown", identity.pid);
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
	process = state->snapshot->processes.items[rows[state->cursor].index];
	*ret_identity = (struct identity){.pid = process->pid, .starttime = process->starttime};
	return true;
}

const struct screen screen_processes = {
	.name = "Processes",
	.open = processes_open,
	.close = processes_close,
	.needs = processes_needs,
	.update = processes_update,
	.configure = processes_configure,
	.draw = processes_draw,
	.act = processes_act,
	.key = processes_key,
	.mouse = processes_mouse,
	.target = processes_target,
	.select = processes_select,
};
