/* Which processes are shown, and finding one: filter, user, search and the digits of a pid. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/processes.h"

#define PID_LIMIT INT64_C(10000000) /* above every pid: typing begins anew */

static bool is_idle(const struct process *process)
{
	return process_has(process, FACT_STAT) && process->cpu_percent <= 0 && process->state != 'R';
}

bool processes_is_restricted(const struct processes *state)
{
	return state->user || state->hides_idle || *state->filter_text;
}

bool processes_match(const struct process *process, void *context)
{
	const struct processes *state = context;

	if (state->user && !text_equal_string(process->username, state->user))
		return false;
	/* What is not known is no reason to hide it. */
	if (state->hides_idle && is_idle(process))
		return false;
	return filter_match(state->filter, process);
}

static char *copy_text(struct text text)
{
	char *copy = xmalloc(text.length + 1);

	memcpy(copy, text.bytes, text.length);
	copy[text.length] = '\0';
	return copy;
}

/* Who is selected then was chosen by the user. */
static void changed(struct processes *state)
{
	state->has_slipped = false;
	ended_clear(&state->ended);
	state->is_stale = true;
}

/* Filter */

static const char *try_filter(struct processes *state, const char *text, size_t *ret_column)
{
	struct filter *filter;

	if (filter_parse(text, &filter, &state->error) < 0) {
		if (ret_column)
			*ret_column = state->error.column;
		return state->error.message;
	}
	filter_free(state->filter);
	state->filter = filter;
	free(state->filter_text);
	state->filter_text = copy_text(text_of(text));
	changed(state);
	return NULL;
}

void processes_set_filter(struct processes *state, const char *text)
{
	try_filter(state, text, NULL);
}

static const char *filter_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	(void)shell;
	return try_filter(owner, text, ret_column);
}

static bool filter_done(struct shell *shell, void *owner, const char *text)
{
	(void)shell;
	if (try_filter(owner, text, NULL))
		return false;
	processes_remember(owner, TAB_SETTING_FILTER, text);
	return true;
}

static void filter_cancelled(struct shell *shell, void *owner)
{
	struct processes *state = owner;

	(void)shell;
	processes_set_filter(state, state->filter_before);
}

void processes_open_filter(struct processes *state)
{
	const struct prompt_options options = {
		.label = "Filter: ",
		.text = state->filter_text,
		.changed = filter_changed,
		.done = filter_done,
		.cancelled = filter_cancelled,
		.owner = state,
	};

	free(state->filter_before);
	state->filter_before = copy_text(text_of(state->filter_text));
	shell_open(state->shell, prompt_new(&options));
}

/* Search */

static bool is_found(const struct processes *state, size_t row)
{
	const struct view_row *rows;
	size_t count;

	rows = view_rows(state->view, &count);
	return rows[row].thread == VIEW_NONE && filter_match(state->search, processes_at(state, row));
}

/* Go to the nearest match from a row on, that row first, round the end. Returns false when there is none. */
static bool find_from(struct processes *state, size_t row, bool backwards)
{
	size_t count;

	view_rows(state->view, &count);
	if (!processes_at(state, 0))
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t at = backwards ? (row + count - i) % count : (row + i) % count;

		if (!is_found(state, at))
			continue;
		processes_move_to(state, at);
		return true;
	}
	return false;
}

void processes_search_on(struct processes *state, bool backwards)
{
	size_t count;

	processes_refresh(state);
	view_rows(state->view, &count);
	if (!state->search)
		shell_say(state->shell, STYLE_TEXT, "nothing was searched for");
	else if (count > 0 && !find_from(state, (state->cursor + (backwards ? count - 1 : 1)) % count, backwards))
		shell_say(state->shell, STYLE_TEXT, "no process matches");
}

static const char *search_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	struct processes *state = owner;
	struct filter *search;
	uint32_t row;

	(void)shell;
	*ret_column = 0;
	if (filter_parse(text, &search, &state->error) < 0) {
		*ret_column = state->error.column;
		return state->error.message;
	}
	filter_free(state->search);
	state->search = search;
	if (!*text)
		return NULL;
	processes_refresh(state);
	row = view_find(state->view, state->search_from);
	return find_from(state, row == VIEW_NONE ? 0 : row, false) ? NULL : "no process matches";
}

static bool search_done(struct shell *shell, void *owner, const char *text)
{
	struct processes *state = owner;

	(void)shell;
	(void)text;
	state->searches = false;
	return true;
}

static void search_cancelled(struct shell *shell, void *owner)
{
	search_done(shell, owner, NULL);
}

static bool search_key(struct shell *shell, void *owner, uint32_t key)
{
	(void)shell;
	if (key != KEYCODE_DOWN && key != KEYCODE_UP && key != KEYCODE_F0 + 3)
		return false;
	processes_search_on(owner, key == KEYCODE_UP);
	return true;
}

void processes_open_search(struct processes *state)
{
	const struct prompt_options options = {
		.label = "Search: ",
		.changed = search_changed,
		.done = search_done,
		.cancelled = search_cancelled,
		.key = search_key,
		.owner = state,
	};

	processes_anchor(state);
	state->search_from = state->selected;
	state->searches = true;
	shell_open(state->shell, prompt_new(&options));
}

/* User */

struct owner {
	struct text name;
	size_t count;
};

static int user_compare(const void *left, const void *right)
{
	const struct owner *a = left, *b = right;

	return text_compare(a->name, b->name);
}

/* As many as there are; free() them. Few differ, so that the last one found is often the one. */
static struct owner *find_users(const struct snapshot *snapshot, size_t *ret_count)
{
	struct owner *users = NULL;
	size_t count = 0;

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct text name = snapshot->processes.items[i]->username;
		size_t at = 0;

		if (!name.bytes)
			continue;
		while (at < count && !text_equal(users[at].name, name))
			at++;
		if (at == count) {
			users = xreallocarray(users, count + 1, sizeof(*users));
			users[count++] = (struct owner){name, 0};
		}
		users[at].count++;
	}
	if (count > 0)
		qsort(users, count, sizeof(*users), user_compare);
	*ret_count = count;
	return users;
}

static void user_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct processes *state = owner;

	(void)shell;
	free(state->user);
	state->user = item->value ? copy_text(text_of(item->label)) : NULL;
	changed(state);
}

/* They are not where no column shows them. */
static bool has_usernames(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->processes.count; i++) {
		if (process_has(snapshot->processes.items[i], FACT_USERNAME))
			return true;
	}
	return false;
}

void processes_open_users(struct processes *state)
{
	struct menu_options options = {.title = "Processes of", .chosen = user_chosen, .owner = state};
	struct menu_item *items;
	struct owner *users;
	size_t count;

	state->asks_users = !state->snapshot || !has_usernames(state->snapshot);
	if (state->asks_users)
		return;
	users = find_users(state->snapshot, &count);
	items = xcalloc(count + 1, sizeof(*items));
	items[0] = (struct menu_item){copy_text(TEXT_LITERAL("All users")), NULL, 0};
	for (size_t i = 0; i < count; i++) {
		char detail[32];

		snprintf(detail, sizeof(detail), "%zu", users[i].count);
		items[i + 1] = (struct menu_item){copy_text(users[i].name), copy_text(text_of(detail)), 1};
		if (state->user && text_equal_string(users[i].name, state->user))
			options.selected = i + 1;
	}
	free(users);
	shell_open(state->shell, menu_new(&options, items, count + 1));
}

/* Digits */

bool processes_type_digit(struct processes *state, uint32_t key)
{
	const struct process *process;
	uint32_t row;

	if (key < '0' || key > '9')
		return false;
	state->typed_pid = state->typed_pid * 10 + (key - '0');
	if (state->typed_pid >= PID_LIMIT)
		state->typed_pid = key - '0';
	processes_refresh(state);
	shell_say(state->shell, STYLE_TEXT, "pid %d", (int)state->typed_pid);
	process = state->snapshot ? snapshot_find_pid(state->snapshot, (int32_t)state->typed_pid) : NULL;
	if (!process)
		return true;
	row = view_find(state->view, process_identity(process));
	if (row != VIEW_NONE)
		processes_move_to(state, row);
	else
		shell_say(state->shell, STYLE_TEXT, "pid %d is not shown here", (int)state->typed_pid);
	return true;
}
