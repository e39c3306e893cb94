#include "ui/table.h"

#include <string.h>

#include "model/format.h"
#include "model/settings.h"

#define COMMAND_WIDTH_MIN 12
#define TEXT_WIDTH_MIN 4 /* of a text at the right edge */
#define NOTE_OFFSET 9 /* behind "Command" and the mark of the order */
#define ORPHAN_COLUMN_FROM 110 /* columns; below that the command needs the room more */
#define IO_COLUMNS_FROM 140
#define GRAPH_COLUMN_FROM 130

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
_Static_assert(CHOICE_COUNT + 2 <= TABLE_COLUMNS_MAX, "room for the graph and for that which is sorted by");

/* Layout */

/* One that is sorted by has a column in any case. */
static bool is_wanted(const struct table *table, enum field_id id, int width)
{
	switch (id) {
	case FIELD_ID_ORPHAN: return width >= ORPHAN_COLUMN_FROM;
	case FIELD_ID_DESCENDANTS: return table->totals;
	case FIELD_ID_READ_RATE:
	case FIELD_ID_WRITE_RATE: return table->totals || width >= IO_COLUMNS_FROM;
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
	if (field == &setting_cpu_graph)
		return 0;
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

static void layout_best(struct table *table, const struct field *sort, int width)
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
		if (column_choices[i].id == FIELD_ID_CPU_PERCENT && width >= GRAPH_COLUMN_FROM)
			fields[count++] = &setting_cpu_graph;
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

/* Columns of the user's choice */

void table_choose(struct table *table, const char *columns)
{
	struct text word;

	table->chosen_count = table->first = 0;
	if (strcmp(columns, tab_setting_rows[TAB_SETTING_COLUMNS].standard) == 0)
		return;
	while (table->chosen_count < TABLE_COLUMNS_MAX && setting_next_word(&columns, &word)) {
		struct table_column *chosen = &table->chosen[table->chosen_count];

		chosen->column = 0;
		if (setting_parse_column(word, &chosen->field, &chosen->width))
			table->chosen_count++;
	}
}

/* 0 for a command that takes what the others leave. */
static int chosen_width(const struct table_column *chosen)
{
	if (chosen->width > 0)
		return chosen->width;
	return chosen->field == process_field(FIELD_ID_CMDLINE) ? 0 : chosen->field->width;
}

static int command_width(const struct table *table, int width)
{
	for (size_t i = table->first; i < table->chosen_count; i++)
		width -= chosen_width(&table->chosen[i]) + (i + 1 < table->chosen_count);
	return width > COMMAND_WIDTH_MIN ? width : COMMAND_WIDTH_MIN;
}

/* A text may be cut; a number without its last digits would be another one. */
static int cut_width(const struct field *field, int own, int room)
{
	if (own <= room)
		return own;
	return field_is_text(field) && room >= TEXT_WIDTH_MIN ? room : 0;
}

static void layout_chosen(struct table *table, int width)
{
	int column = 0, command = command_width(table, width);
	size_t whole = 0;

	table->count = 0;
	for (size_t i = table->first; i < table->chosen_count; i++) {
		const struct table_column *chosen = &table->chosen[i];
		int own = chosen_width(chosen) ? chosen_width(chosen) : command;

		int shown = cut_width(chosen->field, own, width - column);

		if (shown <= 0)
			break;
		table->columns[table->count++] = (struct table_column){chosen->field, column, shown};
		whole += shown == own;
		column += own + 1;
	}
	table->hidden = table->chosen_count - table->first - whole;
}

void table_layout(struct table *table, const struct field *sort, int width)
{
	table->hidden = 0;
	if (table->chosen_count == 0) {
		layout_best(table, sort, width);
		return;
	}
	if (table->first >= table->chosen_count)
		table->first = table->chosen_count - 1;
	layout_chosen(table, width);
}

bool table_has(const struct table *table, const struct field *field)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->columns[i].field == field)
			return true;
	}
	return false;
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

const struct field *table_field_at(const struct table *table, int column)
{
	for (size_t i = 0; i < table->count; i++) {
		int end = table->columns[i].column + table->columns[i].width;

		/* The mark of the order may stand in the blank in front. */
		if (column >= table->columns[i].column - 1 && column < end)
			return table->columns[i].field;
	}
	return NULL;
}
