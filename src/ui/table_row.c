/* One process in the columns of the table. */
#include <string.h>

#include "base/real.h"
#include "model/format.h"
#include "model/lineage.h"
#include "model/settings.h"
#include "ui/graph.h"
#include "ui/table.h"

#define COMMAND_MAX 65536 /* columns of a command that are looked at */

/* Command */

/* One step of the way to a row: a line goes on below those that are not the last of their siblings. */
static void draw_level(struct pen *pen, const struct view_row *row, bool is_own)
{
	if (is_own) {
		pen_symbol(pen, STYLE_TREE, row->is_last ? 0x2514 : 0x251c, row->is_last ? '`' : '|');
		pen_symbol(pen, STYLE_TREE, 0x2500, '-');
	} else {
		pen_symbol(pen, STYLE_TREE, row->is_last ? ' ' : 0x2502, row->is_last ? ' ' : '|');
		pen_string(pen, STYLE_TREE, " ");
	}
	pen_string(pen, STYLE_TREE, " ");
}

/* Half of the command's width at most, so that the command of a row at any depth is seen. Deeper levels are counted. */
static void draw_branches(struct pen *pen, int width, const struct view_row *rows, size_t at, bool totals)
{
	uint32_t way[64], levels = rows[at].depth, most = (uint32_t)(width / 6);

	if (most > 64)
		most = 64;
	if (most < 1)
		most = 1;
	if (levels > most) {
		pen_format(pen, STYLE_DIM, "%u+ ", levels - most);
		levels = most;
	}
	for (uint32_t i = 0, row = (uint32_t)at; i < levels; i++, row = rows[row].parent)
		way[i] = row;
	for (uint32_t i = levels; i-- > 0;)
		draw_level(pen, &rows[way[i]], i == 0);
	if (rows[at].is_folded && rows[at].descendants > 0)
		pen_format(pen, STYLE_TREE, "[+%u] ", rows[at].descendants);
	else if (rows[at].is_folded)
		pen_string(pen, STYLE_TREE, "[+] ");
	else if (totals && rows[at].descendants > 0)
		pen_format(pen, STYLE_DIM, "+%u ", rows[at].descendants);
}

/* One that has not been dead for long is nothing to look at: its parent may be about to reap it. */
static enum style zombie_style(const struct process *process)
{
	bool is_young = process_has(process, FACT_LINEAGE) && process->more->zombie_age_s < ZOMBIE_ALARM_S;

	return is_young ? STYLE_DIM : STYLE_ZOMBIE;
}

static void draw_separator(struct pen *pen, enum style style)
{
	pen_string(pen, style, " ");
	pen_symbol(pen, style, 0xb7, '-');
	pen_string(pen, style, " ");
}

/* How it ended, since when, and who does not reap it. */
static void draw_zombie_facts(struct pen *pen, const struct process *process)
{
	enum style style = zombie_style(process);

	if (!process_has(process, FACT_LINEAGE))
		return;
	if (process->more->zombie_exit.bytes) {
		pen_string(pen, style, "  ");
		pen_text(pen, style, process->more->zombie_exit);
	}
	if (isfinite(process->more->zombie_age_s)) {
		char age[FORMAT_SIZE];

		format_age(age, process->more->zombie_age_s);
		draw_separator(pen, style);
		pen_string(pen, style, age);
	}
	if (process->more->zombie_culprit_pid != ABSENT_I32 && process->more->zombie_reason.bytes) {
		draw_separator(pen, style);
		pen_text(pen, style, process->more->zombie_culprit_name);
		pen_format(pen, style, " %d ", process->more->zombie_culprit_pid);
		pen_text(pen, style, process->more->zombie_reason);
	}
}

/* The part of the arguments that names the program: behind the directories of the first one, up to a blank. */
static void draw_arguments(struct pen *pen, struct text arguments, bool with_path)
{
	const char *bytes = arguments.bytes;
	size_t end = 0, start = 0;

	while (end < arguments.length && bytes[end] && bytes[end] != ' ' && end < 4096) {
		if (bytes[end] == '/' && bytes[0] == '/')
			start = end + 1;
		end++;
	}
	if (with_path)
		pen_text(pen, STYLE_TEXT, (struct text){bytes, start});
	pen_text(pen, STYLE_PROGRAM, (struct text){bytes + start, end - start});
	pen_arguments(pen, STYLE_TEXT, (struct text){bytes + end, arguments.length - end});
}

static void draw_bracketed(struct pen *pen, enum style style, struct text name)
{
	pen_string(pen, style, "[");
	pen_text(pen, style, name);
	pen_string(pen, style, "]");
}

static void draw_program(const struct table *table, struct pen *pen, const struct process *process)
{
	bool with_arguments = table->command != TABLE_COMMAND_NAME;

	if (process_is_zombie(process)) {
		draw_bracketed(pen, zombie_style(process), process_name(process));
		pen_string(pen, zombie_style(process), " <defunct>");
		draw_zombie_facts(pen, process);
	} else if (with_arguments && process->cmdline.bytes && process->cmdline.length > 0) {
		draw_arguments(pen, process->cmdline, table->command != TABLE_COMMAND_PROGRAM);
	} else if (process->is_kernel == 1) {
		draw_bracketed(pen, STYLE_DIM, process_name(process));
	} else if (with_arguments && process->cmdline.bytes) {
		draw_bracketed(pen, STYLE_TEXT, process_name(process));
	} else if (process_name(process).bytes) {
		pen_text(pen, STYLE_PROGRAM, process_name(process));
	} else {
		pen_string(pen, STYLE_DIM, "-");
	}
}

static const char *badge_of(const struct process *process)
{
	return process_has(process, FACT_LINEAGE) ? orphan_class_badge(process->orphan) : "";
}

static enum style badge_style(const struct process *process)
{
	return orphan_class_is_certain(process->orphan) ? STYLE_ORPHAN : STYLE_DIM;
}

/* Without a column of its own the badge of an orphan stands before the command, where it is not cut off; behind it one
 * that is in order. */
static void draw_command(const struct table *table, struct pen *pen, const struct process *process)
{
	bool with_badge = !table_has(table, process_field(FIELD_ID_ORPHAN));
	bool in_order = process->orphan == ORPHAN_DETACHED || process->orphan == ORPHAN_INJECTED;
	const char *badge = with_badge ? badge_of(process) : "";

	if (*badge && !in_order)
		pen_format(pen, badge_style(process), "%s ", badge);
	draw_program(table, pen, process);
	if (*badge && in_order)
		pen_format(pen, badge_style(process), "  %s", badge);
	if (process_has(process, FACT_LINEAGE) && process->more->former_parent.bytes) {
		pen_string(pen, STYLE_ORPHAN, "  lost ");
		pen_text(pen, STYLE_ORPHAN, process->more->former_parent);
	}
}

/* Other columns */

static enum style state_style(const struct process *process)
{
	switch (process->state) {
	case 'R': return STYLE_RUNNING;
	case 'D': return STYLE_WAITING;
	case 'T':
	case 't': return STYLE_STOPPED;
	case 'Z': return process_is_zombie(process) ? zombie_style(process) : STYLE_TEXT;
	default: return STYLE_TEXT;
	}
}

static bool is_zero(struct value value)
{
	switch (value.type) {
	case VALUE_ABSENT: return true;
	case VALUE_INTEGER: return value.integer == 0;
	case VALUE_UNSIGNED: return value.uinteger == 0;
	case VALUE_REAL: return value.real < 0.05;
	default: return false;
	}
}

static bool is_own(const struct table *table, const struct process *process)
{
	return table->own_uid >= 0 && process_has(process, FACT_STATE) && process->uid_real == table->own_uid;
}

static enum style text_style(const struct table *table, const struct field *field, const struct process *process)
{
	if (field == process_field(FIELD_ID_STAT) || field == process_field(FIELD_ID_STATE))
		return state_style(process);
	return field == process_field(FIELD_ID_USERNAME) && is_own(table, process) ? STYLE_OWN : STYLE_TEXT;
}

static void draw_text_cell(const struct table *table, struct canvas *canvas, int row, int column, int width,
			   const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);
	enum style style = text_style(table, field, process);

	/* Where a thread came from is no question. */
	if (field == process_field(FIELD_ID_ORPHAN) &&
	    (value.type == VALUE_TEXT || (process->tgid > 0 && process->tgid != process->pid)))
		canvas_left(canvas, row, column, width, badge_style(process), text_of(badge_of(process)));
	else if (value.type != VALUE_TEXT)
		canvas_left(canvas, row, column, width, STYLE_DIM, TEXT_LITERAL("-"));
	else
		canvas_left(canvas, row, column, width, style, value.text);
}

/* The dead have no memory and use nothing: zeros would look like those of the living. */
static bool is_for_the_living(const struct field *field)
{
	return field->unit == UNIT_BYTES || field->unit == UNIT_BYTES_PER_S || field->unit == UNIT_PERCENT ||
	       field->unit == UNIT_PERCENT_CPU;
}

static enum style number_style(const struct table *table, const struct field *field, const struct process *process,
			       struct value value)
{
	if (field == process_field(FIELD_ID_PID) && is_own(table, process))
		return STYLE_OWN;
	if (value.type == VALUE_REAL && field == process_field(FIELD_ID_CPU_PERCENT) && value.real >= 50)
		return style_of_percent(value.real);
	return is_zero(value) ? STYLE_DIM : STYLE_TEXT;
}

static void draw_number_cell(const struct table *table, struct canvas *canvas, int row, int column, int width,
			     const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);
	char buffer[FORMAT_SIZE] = "-";

	if (!process_is_zombie(process) || !is_for_the_living(field))
		format_field(buffer, field, process);
	canvas_right(canvas, row, column, width, number_style(table, field, process, value), text_of(buffer));
}

static enum style graph_style(const double *values, int count)
{
	double most = 0;

	for (int i = 0; i < count; i++)
		most = real_max(most, values[i]);
	if (most >= 50)
		return style_of_percent(most);
	return most > 0 ? STYLE_TEXT : STYLE_DIM;
}

/* The last snapshot is at the right. Coloured as the number beside it. What is not known stays empty. */
static void draw_graph_cell(const struct table *table, struct canvas *canvas, int row, int column, int width,
			    const struct process *process)
{
	int per_column = graph_values_per_column(canvas), columns = RECENT_SAMPLES / per_column;
	double values[RECENT_SAMPLES];

	if (width < columns)
		columns = width;
	if (!table->recent || process_is_zombie(process) ||
	    !recent_window(table->recent, (struct identity){process->pid, process->starttime}, per_column,
			   (size_t)columns * (size_t)per_column, values))
		return;
	for (int i = 0; i < columns; i++) {
		const double *shown = &values[i * per_column];

		graph_draw(canvas, (struct area){row, column + width - columns + i, 1, 1}, shown, 100,
			   graph_style(shown, per_column));
	}
}

static void draw_thread(struct pen *pen, struct text name)
{
	pen_string(pen, STYLE_DIM, "{");
	pen_text(pen, STYLE_DIM, name);
	pen_string(pen, STYLE_DIM, "}");
}

/* Rows */

/* A row of the view, or a process that has none. */
struct row {
	const struct process *process;
	const struct view_row *rows; /* NULL: none */
	size_t at;
	struct process changed; /* where `process` is not one of the snapshot's */
};

/* What is folded away, or all that is below, is in the numbers of the row; a thread is one of its own. */
static void find_row(const struct table *table, const struct snapshot *snapshot, const struct view *view, size_t at,
		     struct row *ret_row)
{
	size_t count;

	ret_row->rows = view_rows(view, &count);
	ret_row->at = at;
	ret_row->process = snapshot->processes.items[ret_row->rows[at].index];
	if (ret_row->rows[at].thread == VIEW_NONE && !ret_row->rows[at].is_folded && !table->totals)
		return;
	view_total(view, (uint32_t)at, &ret_row->changed);
	ret_row->process = &ret_row->changed;
}

/* width: of the column, which the branches leave a part of. */
static void draw_command_of(const struct table *table, struct pen *pen, int width, const struct row *row)
{
	if (row->rows)
		draw_branches(pen, width, row->rows, row->at,
			      table->totals && !table_has(table, process_field(FIELD_ID_DESCENDANTS)));
	if (row->rows && row->rows[row->at].thread != VIEW_NONE)
		draw_thread(pen, process_name(row->process));
	else
		draw_command(table, pen, row->process);
}

static void draw_cell(const struct table *table, struct canvas *canvas, struct area area,
		      const struct table_column *cell, const struct row *row)
{
	int column = area.column + cell->column;

	if (cell->field == process_field(FIELD_ID_CMDLINE)) {
		struct pen pen = pen_at(canvas, area.row, column, cell->width, table->scroll);

		draw_command_of(table, &pen, cell->width, row);
	} else if (cell->field == &setting_cpu_graph) {
		draw_graph_cell(table, canvas, area.row, column, cell->width, row->process);
	} else if (field_is_text(cell->field)) {
		draw_text_cell(table, canvas, area.row, column, cell->width, cell->field, row->process);
	} else {
		draw_number_cell(table, canvas, area.row, column, cell->width, cell->field, row->process);
	}
}

void table_draw_row(const struct table *table, struct canvas *canvas, struct area area, const struct snapshot *snapshot,
		    const struct view *view, size_t at)
{
	struct row row;

	find_row(table, snapshot, view, at, &row);
	for (size_t i = 0; i < table->count; i++)
		draw_cell(table, canvas, area, &table->columns[i], &row);
}

void table_draw_process(const struct table *table, struct canvas *canvas, struct area area,
			const struct process *process)
{
	struct row row = {.process = process};

	for (size_t i = 0; i < table->count; i++)
		draw_cell(table, canvas, area, &table->columns[i], &row);
}

/* The rest of a command */

static const struct table_column *command_column(const struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->columns[i].field == process_field(FIELD_ID_CMDLINE))
			return &table->columns[i];
	}
	return NULL;
}

int table_command_rest(const struct table *table, struct canvas *canvas, const struct snapshot *snapshot,
		       const struct view *view, size_t at)
{
	const struct table_column *column = command_column(table);
	/* So far to the left that nothing is drawn. */
	struct pen pen = pen_at(canvas, 0, 0, 1, COMMAND_MAX);
	struct row row;
	int length;

	if (!column)
		return 0;
	find_row(table, snapshot, view, at, &row);
	draw_command_of(table, &pen, column->width, &row);
	length = pen.column + COMMAND_MAX - column->width - table->scroll;
	return length > 0 ? length : 0;
}

void table_draw_command_rest(const struct table *table, struct canvas *canvas, struct area area,
			     const struct snapshot *snapshot, const struct view *view, size_t at, int skip)
{
	const struct table_column *column = command_column(table);
	struct pen pen;
	struct row row;

	if (!column)
		return;
	find_row(table, snapshot, view, at, &row);
	pen = pen_at(canvas, area.row, area.column, area.columns, column->width + table->scroll + skip);
	draw_command_of(table, &pen, column->width, &row);
}
