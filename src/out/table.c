#include "out/table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/format.h"

/* One cell: a part of table->texts. */
struct cell {
	size_t text, length, width;
};

struct table {
	const struct text_table_options *options;
	struct process *const *processes;
	uint32_t *rows;       /* indexes of the processes that are shown, in order */
	size_t rows_count;
	struct value *values; /* what they are sorted by: keys_count for each process of the snapshot */
	struct cell *cells;   /* columns_count for the header, then for each row */
	size_t *widths;
	struct line texts;
};

const enum field_id text_table_standard_columns[TEXT_TABLE_STANDARD_COUNT] = {
	FIELD_ID_PID, FIELD_ID_USERNAME, FIELD_ID_STAT, FIELD_ID_NICE, FIELD_ID_NUM_THREADS, FIELD_ID_VMS,
	FIELD_ID_RSS, FIELD_ID_CPU_PERCENT, FIELD_ID_MEMORY_PERCENT, FIELD_ID_CPU_TIME, FIELD_ID_CMDLINE,
};

bool text_table_can_show(const struct field *field)
{
	switch (field->type) {
	case FIELD_I32_LIST:
	case FIELD_TUPLE:
	case FIELD_RECORD:
	case FIELD_LIST:
	case FIELD_MAP:
	case FIELD_PROCESSES: return false;
	default: return true;
	}
}

uint64_t text_table_facts(const struct text_table_options *options)
{
	uint64_t facts = FACT_BIT(FACT_STAT) | filter_facts(options->filter);

	for (size_t i = 0; i < options->columns_count; i++)
		facts |= process_field(options->columns[i])->needs;
	for (size_t i = 0; i < options->keys_count; i++)
		facts |= options->keys[i].field->needs;
	return facts;
}

bool text_table_needs_rates(const struct text_table_options *options)
{
	bool rates = filter_needs_rates(options->filter);

	for (size_t i = 0; i < options->columns_count; i++)
		rates |= process_field_is_rate(process_field(options->columns[i]));
	for (size_t i = 0; i < options->keys_count; i++)
		rates |= process_field_is_rate(options->keys[i].field);
	return rates;
}

/* Rows */

static bool is_chosen(const struct text_table_options *options, const struct process *process)
{
	if (options->filter && !filter_match(options->filter, process))
		return false;
	if (!options->pids)
		return true;
	for (size_t i = 0; i < options->pids_count; i++) {
		if (options->pids[i] == process->pid)
			return true;
	}
	return false;
}

static void choose_rows(struct table *table, const struct process_list *processes)
{
	const struct text_table_options *options = table->options;

	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = processes->items[i];

		if (!is_chosen(options, process))
			continue;
		table->rows[table->rows_count++] = (uint32_t)i;
		for (size_t key = 0; key < options->keys_count; key++)
			table->values[i * options->keys_count + key] = process_sort_value(options->keys[key].field, process);
	}
}

/* Absent values come last in either direction. */
static int compare_values(struct value a, struct value b, bool descending)
{
	int order = value_compare(a, b);

	if (a.type == VALUE_ABSENT || b.type == VALUE_ABSENT)
		return order;
	return descending ? -order : order;
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct table *table = context;
	const struct text_table_options *options = table->options;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	for (size_t key = 0; key < options->keys_count; key++) {
		int order = compare_values(table->values[a * options->keys_count + key],
					   table->values[b * options->keys_count + key], options->keys[key].descending);

		if (order)
			return order;
	}
	return (a > b) - (a < b);
}

/* Cells */

static void put_bracketed(struct line *line, struct text name, const char *behind)
{
	line_string(line, "[");
	line_text(line, name);
	line_string(line, "]");
	line_string(line, behind);
}

static void put_command(struct line *line, const struct process *process)
{
	struct text arguments = process_has(process, FACT_CMDLINE) ? process->cmdline : TEXT_ABSENT;

	if (process_name(process).bytes && process_is_zombie(process))
		put_bracketed(line, process_name(process), " <defunct>");
	else if (arguments.length > 0)
		line_arguments(line, arguments);
	else if (process_name(process).bytes && (arguments.bytes || process->is_kernel == 1))
		put_bracketed(line, process_name(process), "");
	else
		line_text(line, process_name(process));
}

/* An identifier is worth nothing unless it is whole. */
static bool is_identifier(const struct field *field)
{
	return field->unit == UNIT_NONE || field->unit == UNIT_TICKS;
}

static void put_value(struct line *line, const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);
	char buffer[FORMAT_SIZE];

	if (field->type == FIELD_ARGV || field->type == FIELD_ENVIRON) {
		line_arguments(line, value.type == VALUE_TEXT ? value.text : TEXT_ABSENT);
	} else if (value.type == VALUE_TEXT) {
		line_text(line, value.text);
	} else if (value.type == VALUE_UNSIGNED && field->type == FIELD_MASK) {
		line_format(line, "%016" PRIx64, value.uinteger);
	} else if (value.type == VALUE_UNSIGNED && is_identifier(field)) {
		line_format(line, "%" PRIu64, value.uinteger);
	} else if (value.type == VALUE_INTEGER && is_identifier(field)) {
		line_format(line, "%" PRId64, value.integer);
	} else {
		format_field(buffer, field, process);
		line_string(line, buffer);
	}
}

static void end_cell(struct table *table, struct cell *cell)
{
	struct line *line = &table->texts;

	/* What is known to be empty has nothing to show either. */
	if (line->length == cell->text)
		line_string(line, "-");
	cell->length = line->length - cell->text;
	cell->width = line_width(line, cell->text);
}

static void fill_header(struct table *table)
{
	for (size_t i = 0; i < table->options->columns_count; i++) {
		const struct field *field = process_field(table->options->columns[i]);
		struct cell *cell = &table->cells[i];

		cell->text = table->texts.length;
		for (const char *p = field->title ? field->title : field->key; *p; p++) {
			char letter = field->title ? *p : (char)toupper((unsigned char)*p);

			line_bytes(&table->texts, &letter, 1);
		}
		end_cell(table, cell);
	}
}

static void fill_row(struct table *table, size_t row)
{
	size_t count = table->options->columns_count;
	const struct process *process = table->processes[table->rows[row]];

	for (size_t i = 0; i < count; i++) {
		const struct field *field = process_field(table->options->columns[i]);
		struct cell *cell = &table->cells[(row + 1) * count + i];

		cell->text = table->texts.length;
		if (field == process_field(FIELD_ID_CMDLINE))
			put_command(&table->texts, process);
		else
			put_value(&table->texts, field, process);
		end_cell(table, cell);
	}
}

static void measure_columns(struct table *table)
{
	size_t count = table->options->columns_count;

	for (size_t i = 0; i < count; i++) {
		table->widths[i] = process_field(table->options->columns[i])->width;
		for (size_t row = 0; row <= table->rows_count; row++) {
			size_t width = table->cells[row * count + i].width;

			if (width > table->widths[i])
				table->widths[i] = width;
		}
	}
}

/* Writing */

static int write_row(const struct table *table, size_t row, struct line *line, FILE *stream)
{
	size_t count = table->options->columns_count;

	line->length = 0;
	if (row == 0)
		line_style(line, LINE_HEADER);
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell = &table->cells[row * count + i];
		bool at_left = field_is_text(process_field(table->options->columns[i]));
		size_t padding = table->widths[i] - cell->width;

		line_blanks(line, (i > 0) + (at_left ? 0 : padding));
		line_bytes(line, table->texts.bytes + cell->text, cell->length);
		if (at_left && i + 1 < count)
			line_blanks(line, padding);
	}
	return line_write(line, stream);
}

static int write_rows(struct table *table, FILE *stream)
{
	struct line line;
	int r = 0;

	fill_header(table);
	for (size_t i = 0; i < table->rows_count; i++)
		fill_row(table, i);
	measure_columns(table);
	line_init(&line, &table->options->look);
	for (size_t row = 0; row <= table->rows_count && r == 0; row++)
		r = write_row(table, row, &line, stream);
	line_free(&line);
	return r;
}

int text_table_write(FILE *stream, const struct snapshot *snapshot, const struct text_table_options *options)
{
	const struct process_list *processes = &snapshot->processes;
	struct table table = {.options = options, .processes = processes->items};
	int r;

	table.rows = xcalloc(processes->count + 1, sizeof(*table.rows));
	table.values = xcalloc(processes->count * options->keys_count + 1, sizeof(*table.values));
	choose_rows(&table, processes);
	if (table.rows_count > 1)
		qsort_r(table.rows, table.rows_count, sizeof(*table.rows), compare_rows, &table);
	table.cells = xcalloc((table.rows_count + 1) * options->columns_count, sizeof(*table.cells));
	table.widths = xcalloc(options->columns_count, sizeof(*table.widths));
	line_init(&table.texts, &options->look);
	r = write_rows(&table, stream);
	line_free(&table.texts);
	free(table.rows);
	free(table.values);
	free(table.cells);
	free(table.widths);
	return r;
}
