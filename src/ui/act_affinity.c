/* CPUs a process may run on: a field of switches, or a list typed as "0-3,8". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/act_job.h"

#define HINTS_ROWS 2

struct affinity {
	struct dialog dialog;
	struct shell *shell;
	struct act_job *job;
	int32_t *cpus; /* those that are online, ascending */
	bool *is_on;
	size_t count, cursor, top; /* top: in rows */
	bool is_known; /* what is on now is what is set, or what the user chose */
	struct area field; /* of the switches, as last drawn */
	int width; /* columns of one */
};

/* Typed lists */

static void confirm_list(struct shell *shell, struct act_job *job)
{
	char *list = act_format_cpus(job->act.cpus, job->act.cpus_count);

	snprintf(job->what, sizeof(job->what), "CPUs %s", list);
	if (strlen(list) > 60)
		snprintf(job->what, sizeof(job->what), "%zu CPUs", job->act.cpus_count);
	free(list);
	act_job_confirm(shell, job);
}

static void take_cpus(struct act_job *job, int32_t *cpus, size_t count)
{
	free(job->cpus);
	job->act.cpus = job->cpus = cpus;
	job->act.cpus_count = count;
}

static const char *list_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	int32_t *cpus = NULL;
	size_t count;
	int r = *text ? act_parse_cpus(text_of(text), &cpus, &count) : 0;

	(void)shell;
	(void)owner;
	*ret_column = 0;
	free(cpus);
	return r < 0 ? "numbers and ranges of CPUs, as 0-3,8" : NULL;
}

static bool list_done(struct shell *shell, void *owner, const char *text)
{
	int32_t *cpus;
	size_t count;

	if (act_parse_cpus(text_of(text), &cpus, &count) < 0)
		return false;
	take_cpus(owner, cpus, count);
	confirm_list(shell, owner);
	return true;
}

static void ask_list(struct shell *shell, struct act_job *job, const char *text)
{
	const struct prompt_options options = {
		.label = act_job_title(job, "CPUs of", ": "), .text = text, .changed = list_changed, .done = list_done,
		.free_owner = act_job_unref, .owner = act_job_ref(job),
	};

	shell_open(shell, prompt_new(&options));
}

/* Switches */

static void switch_all(struct affinity *affinity, bool on)
{
	for (size_t i = 0; i < affinity->count; i++)
		affinity->is_on[i] = on;
	affinity->is_known = true;
}

static void switch_one(struct affinity *affinity)
{
	affinity->is_on[affinity->cursor] = !affinity->is_on[affinity->cursor];
	affinity->is_known = true;
}

static void invert(struct affinity *affinity)
{
	for (size_t i = 0; i < affinity->count; i++)
		affinity->is_on[i] = !affinity->is_on[i];
	affinity->is_known = true;
}

/* As it is set, until the user chooses: it comes with the snapshot after the dialog was opened. */
static void look_up(struct affinity *affinity)
{
	const struct process *process = act_job_process(affinity->shell, affinity->job);
	struct list list;

	if (affinity->is_known || !process || !process_has(process, FACT_AFFINITY))
		return;
	list = process->more->cpu_affinity;
	for (size_t i = 0; i < affinity->count; i++) {
		for (size_t j = 0; j < list.count; j++)
			affinity->is_on[i] |= LIST_ITEMS(list, const int32_t)[j] == affinity->cpus[i];
	}
	affinity->is_known = true;
}

/* ret_cpus: free() it. */
static size_t chosen_cpus(const struct affinity *affinity, int32_t **ret_cpus)
{
	size_t count = 0;

	*ret_cpus = xreallocarray(NULL, affinity->count, sizeof(**ret_cpus));
	for (size_t i = 0; i < affinity->count; i++) {
		if (affinity->is_on[i])
			(*ret_cpus)[count++] = affinity->cpus[i];
	}
	return count;
}

/* Returns false when it is done. */
static bool choose(struct affinity *affinity)
{
	int32_t *cpus;
	size_t count = chosen_cpus(affinity, &cpus);

	if (!count) {
		free(cpus);
		shell_say(affinity->shell, STYLE_ALARM, "switch on at least one CPU");
		return true;
	}
	take_cpus(affinity->job, cpus, count);
	confirm_list(affinity->shell, affinity->job);
	return false;
}

static bool type_list(struct affinity *affinity, uint32_t key)
{
	int32_t *cpus;
	size_t count = chosen_cpus(affinity, &cpus);
	char *list = act_format_cpus(cpus, count), digit[2] = {(char)key, '\0'};

	ask_list(affinity->shell, affinity->job, key == 'r' ? list : digit);
	free(list);
	free(cpus);
	return false;
}

/* Drawing */

static size_t per_row(const struct affinity *affinity)
{
	int columns = affinity->width > 0 ? affinity->field.columns / affinity->width : 1;

	return columns > 0 ? (size_t)columns : 1;
}

static void keep_visible(struct affinity *affinity, int rows)
{
	size_t row = affinity->cursor / per_row(affinity);

	if (row < affinity->top)
		affinity->top = row;
	if (rows > 0 && row >= affinity->top + (size_t)rows)
		affinity->top = row - (size_t)rows + 1;
}

static void draw_switch(const struct affinity *affinity, struct canvas *canvas, size_t at)
{
	size_t columns = per_row(affinity);
	int row = affinity->field.row + (int)(at / columns - affinity->top);
	int column = affinity->field.column + (int)(at % columns) * affinity->width;
	struct pen pen = pen_at(canvas, row, column, affinity->width - 1, 0);

	pen_format(&pen, affinity->is_on[at] ? STYLE_TITLE : STYLE_TEXT, "[%c] %d",
		   affinity->is_on[at] ? 'x' : affinity->is_known ? ' ' : '?', affinity->cpus[at]);
	if (at == affinity->cursor)
		canvas_restyle(canvas, row, column, affinity->width - 1, STYLE_SELECTED);
}

/* About as high as wide, as cells are. */
static int good_columns(size_t count, int width)
{
	size_t columns = 4;

	while (columns * columns < count && columns < 16)
		columns++;
	return (int)columns * width;
}

static void affinity_draw(struct dialog *dialog, struct canvas *canvas, struct area area)
{
	struct affinity *affinity = (struct affinity *)dialog;
	const char *title = act_job_title(affinity->job, "CPUs of", "");
	int wanted = good_columns(affinity->count, affinity->width), rows;
	size_t columns;

	look_up(affinity);
	if (wanted < 56)
		wanted = 56;
	if (wanted > area.columns - 4)
		wanted = area.columns - 4;
	columns = wanted > affinity->width ? (size_t)(wanted / affinity->width) : 1;
	rows = (int)((affinity->count + columns - 1) / columns) + HINTS_ROWS;
	affinity->field = dialog_frame(canvas, area, title, rows, wanted);
	if (affinity->field.rows > HINTS_ROWS) {
		affinity->field.rows -= HINTS_ROWS;
		canvas_left(canvas, affinity->field.row + affinity->field.rows + 1, affinity->field.column,
			    affinity->field.columns, STYLE_DIM,
			    TEXT_LITERAL("Space switch  a all  n none  i invert  r type  Enter set"));
	}
	keep_visible(affinity, affinity->field.rows);
	for (size_t i = affinity->top * per_row(affinity); i < affinity->count; i++) {
		if (i / per_row(affinity) - affinity->top >= (size_t)affinity->field.rows)
			break;
		draw_switch(affinity, canvas, i);
	}
}

/* Input */

static void move_by(struct affinity *affinity, ptrdiff_t steps)
{
	ptrdiff_t to = (ptrdiff_t)affinity->cursor + steps;

	if (to >= 0 && to < (ptrdiff_t)affinity->count)
		affinity->cursor = (size_t)to;
}

static void affinity_mouse(struct affinity *affinity, const struct mouse *mouse)
{
	struct area field = affinity->field;
	size_t at, column;

	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
		move_by(affinity, (ptrdiff_t)per_row(affinity) * (mouse->kind == MOUSE_WHEEL_UP ? -1 : 1));
		return;
	}
	if (mouse->kind != MOUSE_PRESS || mouse->row < field.row || mouse->row >= field.row + field.rows ||
	    mouse->column < field.column)
		return;
	column = (size_t)((mouse->column - field.column) / affinity->width);
	at = (affinity->top + (size_t)(mouse->row - field.row)) * per_row(affinity) + column;
	if (column >= per_row(affinity) || at >= affinity->count)
		return;
	affinity->cursor = at;
	switch_one(affinity);
}

static bool affinity_input(struct dialog *dialog, struct shell *shell, const struct input *input)
{
	struct affinity *affinity = (struct affinity *)dialog;
	ptrdiff_t row = (ptrdiff_t)per_row(affinity);

	(void)shell;
	if ((input->key >= '0' && input->key <= '9') || input->key == 'r')
		return type_list(affinity, input->key);
	switch (input->key) {
	case KEYCODE_ESCAPE:
	case 'q': return false;
	case '\r': return choose(affinity);
	case ' ': switch_one(affinity); break;
	case 'a': switch_all(affinity, true); break;
	case 'n': switch_all(affinity, false); break;
	case 'i': invert(affinity); break;
	case KEYCODE_LEFT: move_by(affinity, -1); break;
	case KEYCODE_RIGHT: move_by(affinity, 1); break;
	case KEYCODE_UP: move_by(affinity, -row); break;
	case KEYCODE_DOWN: move_by(affinity, row); break;
	case KEYCODE_HOME: affinity->cursor = 0; break;
	case KEYCODE_END: affinity->cursor = affinity->count - 1; break;
	case KEYCODE_MOUSE: affinity_mouse(affinity, &input->mouse); break;
	default: break;
	}
	return true;
}

static void affinity_free(struct dialog *dialog)
{
	struct affinity *affinity = (struct affinity *)dialog;

	act_job_unref(affinity->job);
	free(affinity->cpus);
	free(affinity->is_on);
	free(affinity);
}

static void affinity_needs(const struct dialog *dialog, struct request *request)
{
	const struct affinity *affinity = (const struct affinity *)dialog;

	act_job_needs(affinity->job, FACT_BIT(FACT_AFFINITY), request);
}

static const struct dialog_class affinity_class = {
	.draw = affinity_draw, .input = affinity_input, .free = affinity_free, .needs = affinity_needs,
};

static int compare_cpus(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

/* The CPUs of the snapshot. Returns false when it has none. */
static bool list_cpus(struct affinity *affinity, const struct snapshot *snapshot)
{
	struct list list;

	if (!snapshot || !snapshot->cpus.percpu.count)
		return false;
	list = snapshot->cpus.percpu;
	affinity->count = list.count;
	affinity->cpus = xreallocarray(NULL, list.count, sizeof(*affinity->cpus));
	affinity->is_on = xcalloc(list.count, sizeof(*affinity->is_on));
	for (size_t i = 0; i < list.count; i++)
		affinity->cpus[i] = LIST_ITEMS(list, const struct cpu)[i].number;
	qsort(affinity->cpus, list.count, sizeof(*affinity->cpus), compare_cpus);
	return true;
}

void act_open_affinity(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_AFFINITY, targets, count);
	struct affinity *affinity;

	if (!job)
		return;
	affinity = xcalloc(1, sizeof(*affinity));
	if (!list_cpus(affinity, shell->snapshot)) {
		free(affinity);
		ask_list(shell, job, "");
		act_job_unref(job);
		return;
	}
	affinity->dialog.class = &affinity_class;
	affinity->shell = shell;
	affinity->job = job;
	affinity->width = snprintf(NULL, 0, "[x] %d  ", affinity->cpus[affinity->count - 1]);
	shell_open(shell, &affinity->dialog);
}
