/* Zombies, grouped by who does not reap them: how many, since when, why, and what would help. */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/format.h"
#include "model/lineage.h"
#include "model/state.h"
#include "ui/screen.h"

#define DETAIL_ROWS 5
#define LIST_ROWS_MIN 3
#define DETAIL_LABEL_WIDTH 9
#define NAMED_MAX 64 /* zombies that are named in the details */

struct group {
	const struct process *culprit; /* NULL: not in the snapshot */
	const struct process *oldest;
	size_t first, count; /* in `zombies`, the oldest first */
	int32_t pid;         /* of the culprit; 0: outside this pid namespace; ABSENT_I32: not known */
	bool has_more_reasons;
};

struct zombies {
	const struct snapshot *snapshot;
	const struct process **zombies; /* by culprit */
	struct group *groups;
	size_t count, capacity; /* groups; processes the arrays have room for */
	int32_t selected;       /* pid of the culprit */
	size_t cursor, top, page;
};

static void *zombies_open(struct shell *shell, size_t tab)
{
	struct zombies *state = xcalloc(1, sizeof(*state));

	(void)shell;
	(void)tab;
	state->selected = ABSENT_I32;
	state->page = 1;
	return state;
}

static void zombies_close(void *context)
{
	struct zombies *state = context;

	free(state->zombies);
	free(state->groups);
	free(state);
}

/* A wait channel costs a file each: it is read only while there is somebody to ask about. */
static void zombies_needs(const void *context, struct request *request)
{
	const struct zombies *state = context;

	request->sections |= SECTION_BIT(SECTION_PROCESSES);
	request->facts |= FACT_BIT(FACT_LINEAGE) | process_field(FIELD_ID_STAT)->needs;
	if (state->count > 0)
		request->facts |= FACT_BIT(FACT_WCHAN);
}

/* Groups */

static int32_t culprit_pid(const struct process *zombie)
{
	return process_has(zombie, FACT_LINEAGE) ? zombie->more->zombie_culprit_pid : lineage_culprit_pid(zombie);
}

/* Of a zombie that lineage has not looked at the age is NaN, and taken for 0. */
static double age_of(const struct process *zombie)
{
	return zombie->more->zombie_age_s > 0 ? zombie->more->zombie_age_s : 0;
}

static int compare_ages(const struct process *a, const struct process *b)
{
	if (age_of(a) != age_of(b))
		return age_of(a) > age_of(b) ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int compare_zombies(const void *left, const void *right)
{
	const struct process *a = *(const struct process *const *)left, *b = *(const struct process *const *)right;

	if (culprit_pid(a) != culprit_pid(b))
		return culprit_pid(a) < culprit_pid(b) ? -1 : 1;
	return compare_ages(a, b);
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return compare_ages(a->oldest, b->oldest);
}

static size_t find_zombies(struct zombies *state)
{
	const struct process_list *processes = &state->snapshot->processes;
	size_t count = 0;

	if (processes->count > state->capacity) {
		state->capacity = processes->count;
		state->zombies = xreallocarray(state->zombies, state->capacity, sizeof(const struct process *));
		state->groups = xreallocarray(state->groups, state->capacity, sizeof(*state->groups));
	}
	for (size_t i = 0; i < processes->count; i++) {
		if (process_is_zombie(processes->items[i]))
			state->zombies[count++] = processes->items[i];
	}
	if (count > 0)
		qsort(state->zombies, count, sizeof(const struct process *), compare_zombies);
	return count;
}

static void add_to_group(struct zombies *state, size_t at)
{
	const struct process *zombie = state->zombies[at];
	int32_t pid = culprit_pid(zombie);
	struct group *group;

	if (!state->count || state->groups[state->count - 1].pid != pid) {
		group = &state->groups[state->count++];
		*group = (struct group){.pid = pid, .first = at, .oldest = zombie};
		group->culprit = pid > 0 ? snapshot_find_pid(state->snapshot, pid) : NULL;
	}
	group = &state->groups[state->count - 1];
	group->count++;
	group->has_more_reasons |= text_compare(zombie->more->zombie_reason, group->oldest->more->zombie_reason) != 0;
}

/* The cursor stays with its culprit, or where it is when that has none left. */
static void find_cursor(struct zombies *state)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->groups[i].pid == state->selected && state->selected != ABSENT_I32)
			state->cursor = i;
	}
	if (state->cursor >= state->count)
		state->cursor = state->count ? state->count - 1 : 0;
}

static void zombies_update(void *context, const struct snapshot *snapshot)
{
	struct zombies *state = context;
	size_t count;

	state->snapshot = snapshot;
	state->count = 0;
	count = find_zombies(state);
	for (size_t i = 0; i < count; i++)
		add_to_group(state, i);
	if (state->count > 0)
		qsort(state->groups, state->count, sizeof(*state->groups), compare_groups);
	find_cursor(state);
}

/* Cells */

static void draw_count(struct pen *pen, enum style style, const struct group *group)
{
	pen_format(pen, style, "%5zu", group->count);
}

static void draw_age(struct pen *pen, enum style style, const struct group *group)
{
	char age[FORMAT_SIZE] = "-";

	if (isfinite(group->oldest->more->zombie_age_s))
		format_age(age, group->oldest->more->zombie_age_s);
	pen_format(pen, style, "%6s", age);
}

static void draw_pid(struct pen *pen, enum style style, const struct group *group)
{
	if (group->pid > 0)
		pen_format(pen, style, "%7d", group->pid);
	else
		pen_format(pen, style, "%7s", "-");
}

static void draw_name(struct pen *pen, enum style style, const struct group *group)
{
	if (group->culprit && process_name(group->culprit).bytes)
		pen_text(pen, style, process_name(group->culprit));
	else
		pen_string(pen, style, group->pid == 0 ? "outside" : "-");
}

static void draw_stat(struct pen *pen, enum style style, const struct group *group)
{
	pen_string(pen, style, group->culprit && group->culprit->stat[0] ? group->culprit->stat : "-");
}

static void draw_wchan(struct pen *pen, enum style style, const struct group *group)
{
	bool is_known = group->culprit && process_has(group->culprit, FACT_WCHAN) && group->culprit->more->wchan.bytes;

	pen_text(pen, style, is_known ? group->culprit->more->wchan : TEXT_LITERAL("-"));
}

static void draw_reason(struct pen *pen, enum style style, const struct group *group)
{
	struct text reason = group->oldest->more->zombie_reason;

	if (!reason.bytes)
		reason = group->pid == 0 ? TEXT_LITERAL("outside this pid namespace") : TEXT_LITERAL("-");
	pen_text(pen, style, reason);
	if (group->has_more_reasons)
		pen_string(pen, style, ", others differ");
}

static void draw_help(struct pen *pen, enum style style, const struct group *group)
{
	struct text help = group->oldest->more->zombie_help;

	pen_text(pen, style, help.bytes ? help : TEXT_LITERAL("-"));
}

struct group_column {
	const char *title;
	int width;
	int from; /* width of the screen from which on it is there */
	void (*draw)(struct pen *pen, enum style style, const struct group *group);
};

static const struct group_column group_columns[] = {
	{"COUNT", 5, 0, draw_count},       {"OLDEST", 6, 36, draw_age},  {"    PID", 7, 0, draw_pid},
	{"CULPRIT", 15, 0, draw_name},     {"STAT", 5, 56, draw_stat},   {"WCHAN", 20, 120, draw_wchan},
	{"REASON", 30, 48, draw_reason},   {"WHAT WOULD HELP", 30, 95, draw_help},
};

#define COLUMN_COUNT (sizeof(group_columns) / sizeof(group_columns[0]))

/* One line: the titles where there is no group. */
static void draw_line(struct canvas *canvas, struct area area, const struct group *group, enum style style)
{
	int column = area.column, end = area.column + area.columns;

	for (size_t i = 0; i < COLUMN_COUNT && column < end; i++) {
		int width = group_columns[i].width;
		struct pen pen;

		if (area.columns < group_columns[i].from)
			continue;
		pen = pen_at(canvas, area.row, column, column + width < end ? width : end - column, 0);
		if (group)
			group_columns[i].draw(&pen, style, group);
		else
			pen_string(&pen, style, group_columns[i].title);
		column += width + 1;
	}
}

/* Details of the group that is selected */

static struct pen detail_pen(struct canvas *canvas, struct area *area, const char *label)
{
	struct area line = *area;

	area->row++;
	canvas_left(canvas, line.row, line.column + 1, DETAIL_LABEL_WIDTH, STYLE_LABEL, text_of(label));
	return pen_at(canvas, line.row, line.column + 1 + DETAIL_LABEL_WIDTH,
		      line.columns - 1 - DETAIL_LABEL_WIDTH, 0);
}

static void draw_dot(struct pen *pen)
{
	pen_string(pen, STYLE_DIM, " ");
	pen_symbol(pen, STYLE_DIM, 0xb7, '-');
	pen_string(pen, STYLE_DIM, " ");
}

static void draw_culprit(struct pen *pen, const struct group *group)
{
	struct text status;

	draw_name(pen, STYLE_PROGRAM, group);
	if (group->pid > 0)
		pen_format(pen, STYLE_TEXT, " %d", group->pid);
	if (!group->culprit)
		return;
	status = state_word(group->culprit->state);
	draw_dot(pen);
	draw_stat(pen, STYLE_TEXT, group);
	if (status.bytes) {
		pen_string(pen, STYLE_TEXT, " ");
		pen_text(pen, STYLE_TEXT, status);
	}
	if (process_has(group->culprit, FACT_WCHAN) && group->culprit->more->wchan.bytes) {
		pen_string(pen, STYLE_TEXT, " in ");
		draw_wchan(pen, STYLE_TEXT, group);
	}
}

static void draw_zombie(struct pen *pen, const struct process *zombie)
{
	char age[FORMAT_SIZE];

	pen_format(pen, STYLE_TEXT, "%d [", zombie->pid);
	pen_text(pen, STYLE_TEXT, process_name(zombie));
	pen_string(pen, STYLE_TEXT, "]");
	if (zombie->more->zombie_exit.bytes) {
		pen_string(pen, STYLE_TEXT, " ");
		pen_text(pen, STYLE_TEXT, zombie->more->zombie_exit);
	}
	if (isfinite(zombie->more->zombie_age_s)) {
		format_age(age, zombie->more->zombie_age_s);
		pen_format(pen, STYLE_DIM, " %s", age);
	}
}

static void draw_details(const struct zombies *state, struct canvas *canvas, struct area area)
{
	const struct group *group = &state->groups[state->cursor];
	struct pen pen;

	area.row++; /* one row of space */
	pen = detail_pen(canvas, &area, "Culprit");
	draw_culprit(&pen, group);
	pen = detail_pen(canvas, &area, "Reason");
	draw_reason(&pen, STYLE_TEXT, group);
	pen = detail_pen(canvas, &area, "Helps");
	draw_help(&pen, STYLE_TEXT, group);
	pen = detail_pen(canvas, &area, "Zombies");
	for (size_t i = 0; i < group->count && i < NAMED_MAX && !pen_is_full(&pen); i++) {
		if (i > 0)
			draw_dot(&pen);
		draw_zombie(&pen, state->zombies[group->first + i]);
	}
}

/* The screen */

static void keep_visible(struct zombies *state)
{
	size_t last_top = state->count > state->page ? state->count - state->page : 0;

	if (state->cursor < state->top)
		state->top = state->cursor;
	if (state->cursor >= state->top + state->page)
		state->top = state->cursor - state->page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

static void draw_groups(const struct zombies *state, struct canvas *canvas, struct area area)
{
	for (int i = 0; i < area.rows && state->top + (size_t)i < state->count; i++) {
		const struct group *group = &state->groups[state->top + (size_t)i];
		struct area line = {area.row + i, area.column, 1, area.columns};

		draw_line(canvas, line, group, age_of(group->oldest) < ZOMBIE_ALARM_S ? STYLE_DIM : STYLE_TEXT);
		if (state->top + (size_t)i == state->cursor)
			canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_SELECTED);
	}
}

static void draw_empty(const struct zombies *state, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	if (!state->snapshot)
		pen_string(&pen, STYLE_DIM, "reading the processes");
	else if (!state->snapshot->processes.items)
		pen_string(&pen, STYLE_DIM, "the processes could not be read");
	else
		pen_string(&pen, STYLE_DIM, "no zombies: all that ended was reaped");
}

static void zombies_draw(void *context, struct canvas *canvas, struct area area)
{
	struct zombies *state = context;
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};

	if (area.rows <= 0)
		return;
	pen_fill(&pen, STYLE_HEADER);
	draw_line(canvas, area, NULL, STYLE_HEADER);
	if (state->count == 0) {
		if (body.rows > 0)
			draw_empty(state, canvas, body);
		return;
	}
	if (body.rows >= LIST_ROWS_MIN + DETAIL_ROWS) {
		struct area details = {body.row + body.rows - DETAIL_ROWS, body.column, DETAIL_ROWS, body.columns};

		body.rows -= DETAIL_ROWS;
		draw_details(state, canvas, details);
	}
	state->page = body.rows > 0 ? (size_t)body.rows : 1;
	keep_visible(state);
	draw_groups(state, canvas, body);
}

static void move_to(struct zombies *state, size_t row)
{
	if (state->count == 0)
		return;
	state->cursor = row < state->count ? row : state->count - 1;
	state->selected = state->groups[state->cursor].pid;
}

static void move_by(struct zombies *state, size_t distance, bool up)
{
	if (up)
		move_to(state, state->cursor > distance ? state->cursor - distance : 0);
	else
		move_to(state, state->cursor + distance);
}

static bool zombies_act(void *context, enum action action)
{
	struct zombies *state = context;
	size_t half = (state->page + 1) / 2;

	switch (action) {
	case ACTION_UP: move_by(state, 1, true); break;
	case ACTION_DOWN: move_by(state, 1, false); break;
	case ACTION_PAGE_UP: move_by(state, state->page, true); break;
	case ACTION_PAGE_DOWN: move_by(state, state->page, false); break;
	case ACTION_HALF_UP: move_by(state, half, true); break;
	case ACTION_HALF_DOWN: move_by(state, half, false); break;
	case ACTION_FIRST: move_to(state, 0); break;
	case ACTION_LAST: move_to(state, state->count); break;
	default: return false;
	}
	return true;
}

static bool zombies_target(const void *context, struct identity *ret_identity)
{
	const struct zombies *state = context;
	const struct process *culprit = state->count ? state->groups[state->cursor].culprit : NULL;

	if (!culprit)
		return false;
	*ret_identity = (struct identity){.pid = culprit->pid, .starttime = culprit->starttime};
	return true;
}

const struct screen screen_zombies = {
	.name = "Zombies",
	.open = zombies_open,
	.close = zombies_close,
	.needs = zombies_needs,
	.update = zombies_update,
	.draw = zombies_draw,
	.act = zombies_act,
	.target = zombies_target,
};
