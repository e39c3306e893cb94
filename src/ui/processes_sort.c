/* The order of the process table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/processes.h"

static void changed(struct processes *state)
{
	char value[96];

	snprintf(value, sizeof(value), "%s%s", state->options.descending ? "-" : "", state->options.sort->key);
	processes_remember(state, TAB_SETTING_SORT, value);
	ended_clear(&state->ended);
	state->is_stale = true;
}

void processes_sort_by(struct processes *state, const struct field *field)
{
	state->options.sort = field;
	state->options.descending = view_is_descending(field);
	changed(state);
}

void processes_invert(struct processes *state)
{
	state->options.descending = !state->options.descending;
	changed(state);
}

void processes_click_title(struct processes *state, const struct field *field)
{
	if (field == &setting_cpu_graph)
		field = process_field(FIELD_ID_CPU_PERCENT);
	if (field == state->options.sort)
		processes_invert(state);
	else
		processes_sort_by(state, field);
}

/* The graph has no order of its own. */
void processes_sort_beside(struct processes *state, ptrdiff_t step)
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
	if (table->columns[at].field == &setting_cpu_graph)
		at = (at + step + count) % count;
	processes_sort_by(state, table->columns[at].field);
}

/* The menu: what is a column first, then everything else that can be one. */

static void chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	(void)shell;
	processes_sort_by(owner, &process_record.fields[item->value]);
}

static char *copy_of(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(xmalloc(size), string, size);
}

static void add_item(struct menu_item *items, size_t *count, const struct field *field)
{
	char label[24];

	snprintf(label, sizeof(label), "%-8s", field->title);
	items[(*count)++] = (struct menu_item){copy_of(label), copy_of(field->help), field - process_record.fields};
}

void processes_open_sort_menu(struct processes *state)
{
	struct menu_item *items = xcalloc(process_record.count, sizeof(*items));
	struct menu_options options = {.title = "Sort by", .chosen = chosen, .owner = state};
	size_t count = 0;

	for (size_t i = 0; i < state->table.count; i++) {
		if (state->table.columns[i].field != &setting_cpu_graph)
			add_item(items, &count, state->table.columns[i].field);
	}
	for (size_t i = 0; i < process_record.count; i++) {
		const struct field *field = &process_record.fields[i];

		if (field->title && !table_has(&state->table, field))
			add_item(items, &count, field);
	}
	for (size_t i = 0; i < count; i++) {
		if (&process_record.fields[items[i].value] == state->options.sort)
			options.selected = i;
	}
	shell_open(state->shell, menu_new(&options, items, count));
}
