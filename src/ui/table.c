#include "ui/table.h"

#include <string.h>

#include "model/format.h"
#include "model/lineage.h"

#define COMMAND_WIDTH_MIN 12
#define NOTE_OFFSET 9 /* behind "Command" and the mark of the order */
#define ORPHAN_COLUMN_FROM 110 /* columns; below that the command needs the room more */

struct column_choice {
	enum field_id id;
	uint8_t importance; /* the lowest is left out first */
};

static const struct column_choice column_choices[] = {
	{FIELD_ID_PID, 10}, {FIELD_ID_USERNAME, 5}, {FIELD_ID_STAT, 6}, {FIELD_ID_ORPHAN, 0}, {FIELD_ID_NICE, 1},
	{FIELD_ID_NUM_THREADS, 2}, {FIELD_ID_DESCENDANTS, 3}, {FIELD_ID_VMS, 3}, {FIELD_ID_RSS, 8}, {FIELD_ID_CPU_PERCENT, 9},
	{FIELD_ID_MEMORY_PERCENT, 5}, {FIELD_ID_READ_RATE, 3}, {FIELD_ID_WRITE_RATE, 3}, {FIELD_ID_CPU_TIME, 4},
	{FIELD_ID_CMDLINE, 255},
};

#define CHOICE_COUNT (sizeof(column_choices) / sizeof(column_choices[0]))
_Static_assert(CHOICE_COUNT < TABLE_COLUMNS_MAX, "room for one more, that which is sorted by");

/* Layout */

/* One that is sorted by has a column in any case. I/O costs a file of every process: it is read for who asks for it. */
static bool is_wanted(const struct table *table, enum field_id id, int width)
{
	switch (id) {
	case FIELD_ID_ORPHAN: return width >= ORPHAN_COLUMN_FROM;
	case FIELD_ID_DESCENDANTS:
	case FIELD_ID_READ_RATE:
	case FIELD_ID_WRITE_RATE: return table->totals;
	default: return true;
	}
}

static bool is_standard(const struct field *field)
{
	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		if (process_field(column_choices[i].id) == field)
			return true;
	}
	return false;
}

static int taken_width(const struct field *const *fields, size_t count)
{
	int width = COMMAND_WIDTH_MIN;

	for (size_t i = 0; i < count; i++)
		width += fields[i] == process_field(FIELD_ID_CMDLINE) ? 0 : fields[i]->width + 1;
	return width;
}

static int importance_of(const struct field *field, const struct field *sort)
{
	if (field == sort)
		return 254;
	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		if (process_field(column_choices[i].id) == field)
			return column_choices[i].importance;
	}
	return 254;
}

static size_t leave_one_out(const struct field **fields, size_t count, const struct field *sort)
{
	size_t least = 0;

	for (size_t i = 1; i < count; i++) {
		if (importance_of(fields[i], sort) < importance_of(fields[least], sort))
			least = i;
	}
	for (size_t i = least + 1; i < count; i++)
		fields[i - 1] = fields[i];
	return count - 1;
}

void table_layout(struct table *table, const struct field *sort, int width)
{
	const struct field *fields[TABLE_COLUMNS_MAX];
	size_t count = 0;
	int column = 0;

	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		const struct field *field = process_field(column_choices[i].id);

		if (sort != field && !is_wanted(table, column_choices[i].id, width))
			continue;
		if (column_choices[i].id == FIELD_ID_CMDLINE && sort && sort->title && !is_standard(sort))
			fields[count++] = sort;
		fields[count++] = field;
	}
	while (count > 1 && taken_width(fields, count) > width)
		count = leave_one_out(fields, count, sort);
	table->count = count;
	for (size_t i = 0; i < count; i++) {
		int own = i + 1 < count ? fields[i]->width : width - column;

		table->columns[i] = (struct table_column){fields[i], column, own};
		column += own + 1;
	}
}

uint64_t table_facts(const struct table *table)
{
	/* The command may show the name, and what became of a zombie. */
	uint64_t facts = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_LINEAGE);

	for (size_t i = 0; i < table->count; i++)
		facts |= table->columns[i].field->needs;
	return facts;
}

/* Header */

/* The mark of the order stands before a title at the right of its column and behind one at the left; where the title
 * fills the column it takes the blank between the columns. */
static void draw_title(struct canvas *canvas, int row, int column, int width, const struct field *field,
		       const struct table_order *order)
{
	int length = (int)strlen(field->title), at = column, mark;
	enum style style = field == order->field ? STYLE_HEADER_SORT : STYLE_HEADER;
	struct pen pen;

	if (!field_is_text(field))
		at = column + width - length;
	canvas_left(canvas, row, at, length < width ? length : width, style, text_of(field->title));
	if (field != order->field)
		return;
	mark = field_is_text(field) ? column + length : at - 1;
	canvas_restyle(canvas, row, column, width, style);
	pen = pen_at(canvas, row, mark, 1, 0);
	pen_symbol(&pen, style, order->descending ? 0x25bc : 0x25b2, order->descending ? 'v' : '^');
}

void table_draw_header(const struct table *table, struct canvas *canvas, struct area area,
		       const struct table_order *order)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	pen_fill(&pen, STYLE_HEADER);
	for (size_t i = 0; i < table->count; i++) {
		const struct table_column *column = &table->columns[i];

		draw_title(canvas, area.row, area.column + column->column, column->width, column->field, order);
		if (table->note && column->field == process_field(FIELD_ID_CMDLINE))
			canvas_left(canvas, area.row, area.column + column->column + NOTE_OFFSET,
				    column->width - NOTE_OFFSET, STYLE_HEADER, text_of(table->note));
	}
}

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
	bool is_young = process_has(process, FACT_LINEAGE) && process->zombie_age_s < ZOMBIE_ALARM_S;

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
	if (process->zombie_exit.bytes) {
		pen_string(pen, style, "  ");
		pen_text(pen, style, process->zombie_exit);
	}
	if (isfinite(process->zombie_age_s)) {
		char age[FORMAT_SIZE];

		format_age(age, process->zombie_age_s);
		draw_separator(pen, style);
		pen_string(pen, style, age);
	}
	if (process->zombie_culprit_pid != ABSENT_I32 && process->zombie_reason.bytes) {
		draw_separator(pen, style);
		pen_text(pen, style, process->zombie_culprit_name);
		pen_format(pen, style, " %d ", process->zombie_culprit_pid);
		pen_text(pen, style, process->zombie_reason);
	}
}

/* The part of the arguments that names the program: behind the directories of the first one, up to a blank. */
static void draw_arguments(struct pen *pen, struct text arguments)
{
	const char *bytes = arguments.bytes;
	size_t end = 0, start = 0;

	while (end < arguments.length && bytes[end] && bytes[end] != ' ' && end < 4096) {
		if (bytes[end] == '/' && bytes[0] == '/')
			start = end + 1;
		end++;
	}
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

static void draw_program(struct pen *pen, const struct process *process)
{
	if (process_is_zombie(process)) {
		draw_bracketed(pen, zombie_style(process), process->name);
		pen_string(pen, zombie_style(process), " <defunct>");
		draw_zombie_facts(pen, process);
	} else if (process->cmdline.bytes && process->cmdline.length > 0) {
		draw_arguments(pen, process->cmdline);
	} else if (process->is_kernel == 1) {
		draw_bracketed(pen, STYLE_DIM, process->name);
	} else if (process->cmdline.bytes) {
		draw_bracketed(pen, STYLE_TEXT, process->name);
	} else if (process->name.bytes) {
		pen_text(pen, STYLE_PROGRAM, process->name);
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
static void draw_command(struct pen *pen, const struct process *process, bool with_badge)
{
	bool in_order = process->orphan == ORPHAN_DETACHED || process->orphan == ORPHAN_INJECTED;
	const char *badge = with_badge ? badge_of(process) : "";

	if (*badge && !in_order)
		pen_format(pen, badge_style(process), "%s ", badge);
	draw_program(pen, process);
	if (*badge && in_order)
		pen_format(pen, badge_style(process), "  %s", badge);
	if (process_has(process, FACT_LINEAGE) && process->former_parent.bytes) {
		pen_string(pen, STYLE_ORPHAN, "  lost ");
		pen_text(pen, STYLE_ORPHAN, process->former_parent);
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

static void draw_text_cell(struct canvas *canvas, int row, int column, int width, const struct field *field,
			   const struct process *process)
{
	struct value value = process_field_value(field, process);
	enum style style = field == process_field(FIELD_ID_STAT) || field == process_field(FIELD_ID_STATE) ?
				   state_style(process) :
				   STYLE_TEXT;

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

static void draw_number_cell(struct canvas *canvas, int row, int column, int width, const struct field *field,
			     const struct process *process)
{
	struct value value = process_field_value(field, process);
	char buffer[FORMAT_SIZE] = "-";
	enum style style = is_zero(value) ? STYLE_DIM : STYLE_TEXT;

	if (value.type == VALUE_REAL && field == process_field(FIELD_ID_CPU_PERCENT) && value.real >= 50)
		style = style_of_percent(value.real);
	if (!process_is_zombie(process) || !is_for_the_living(field))
		format_field(buffer, field, process);
	canvas_right(canvas, row, column, width, style, text_of(buffer));
}

static bool has_column(const struct table *table, enum field_id id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->columns[i].field == process_field(id))
			return true;
	}
	return false;
}

static void draw_thread(struct pen *pen, struct text name)
{
	pen_string(pen, STYLE_DIM, "{");
	pen_text(pen, STYLE_DIM, name);
	pen_string(pen, STYLE_DIM, "}");
}

void table_draw_row(const struct table *table, struct canvas *canvas, struct area area, const struct snapshot *snapshot,
		    const struct view *view, size_t at, int scroll)
{
	size_t count;
	const struct view_row *rows = view_rows(view, &count);
	const struct process *process = &snapshot->processes.items[rows[at].index];
	bool is_thread = rows[at].thread != VIEW_NONE;
	struct process changed;

	if (is_thread || rows[at].is_folded || table->totals) {
		view_total(view, (uint32_t)at, &changed);
		process = &changed;
	}

	for (size_t i = 0; i < table->count; i++) {
		const struct table_column *cell = &table->columns[i];
		int column = area.column + cell->column;

		if (cell->field == process_field(FIELD_ID_CMDLINE)) {
			struct pen pen = pen_at(canvas, area.row, column, cell->width, scroll);

			draw_branches(&pen, cell->width, rows, at, table->totals && !has_column(table, FIELD_ID_DESCENDANTS));
			if (is_thread)
				draw_thread(&pen, process->name);
			else
				draw_command(&pen, process, !has_column(table, FIELD_ID_ORPHAN));
		} else if (field_is_text(cell->field)) {
			draw_text_cell(canvas, area.row, column, cell->width, cell->field, process);
		} else {
			draw_number_cell(canvas, area.row, column, cell->width, cell->field, process);
		}
	}
}
