/* Memory: what it is used for, the past, every line of meminfo, NUMA nodes and the caches of the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/format.h"
#include "ui/graph.h"
#include "ui/screen.h"
#include "ui/scroll.h"

#define BARS_FROM_ROWS 5
#define GRAPHS_FROM_ROWS 14
#define GRAPH_ROWS_MAX 9
#define GRAPH_COLUMNS_MIN 24
#define TWO_PANES_COLUMNS 96
#define BLOCKS_MAX 3

struct memory_screen {
	struct shell *shell;
	const struct snapshot *snapshot;
	struct scroll scroll;
	bool shows_slabs, shows_pressure; /* as last drawn: what is costly or left out is asked for only then */
};

static void *memory_open(struct shell *shell, size_t tab)
{
	struct memory_screen *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	state->scroll.page = 1;
	state->shows_slabs = state->shows_pressure = true;
	return state;
}

static void memory_needs(const void *context, struct request *request)
{
	const struct memory_screen *state = context;

	/* Rows above those in sight are counted too, so that what is in sight stays where it is. */
	request->sections |= SECTION_BIT(SECTION_MEMORY) | SECTION_BIT(SECTION_MEMINFO) | SECTION_BIT(SECTION_NUMA);
	if (state->shows_pressure)
		request->sections |= SECTION_BIT(SECTION_PRESSURE);
	if (state->shows_slabs)
		request->sections |= SECTION_BIT(SECTION_SLAB);
}

static void memory_update(void *context, const struct snapshot *snapshot)
{
	struct memory_screen *state = context;

	state->snapshot = snapshot;
}

static double share_of(uint64_t part, uint64_t whole)
{
	if (part == ABSENT_U64 || whole == ABSENT_U64 || whole == 0)
		return ABSENT_F64;
	return (double)part / (double)whole;
}

static void format_size(char buffer[FORMAT_SIZE], uint64_t bytes)
{
	if (bytes == ABSENT_U64)
		snprintf(buffer, FORMAT_SIZE, "-");
	else
		format_bytes(buffer, bytes);
}

/* What memory is used for */

static void draw_figure(struct pen *pen, struct bar_part part, const char *name, uint64_t bytes)
{
	char buffer[FORMAT_SIZE];

	format_size(buffer, bytes);
	if (pen->column + 5 + (int)(strlen(name) + strlen(buffer)) > pen->right)
		return;
	pen_symbol(pen, part.style, part.symbol, part.substitute);
	pen_format(pen, STYLE_LABEL, " %s ", name);
	pen_format(pen, STYLE_TEXT, "%s  ", buffer);
}

/* Used is what is not available; buffers and cache are of what is, and what is left of that is free. */
static void draw_breakdown(const struct memory_screen *state, struct canvas *canvas, struct area area)
{
	const struct memory *memory = &state->snapshot->memory;
	double used = share_of(memory->used, memory->total), buffers = share_of(memory->buffers, memory->total);
	double cached = share_of(memory->cached, memory->total);
	struct bar_part parts[] = {
		{used, style_of_percent(used * 100), 0x2588, '#'},
		{buffers, STYLE_RATE, 0x2593, '+'},
		{cached, STYLE_CACHE, 0x2592, ':'},
	};
	struct pen pen = pen_at(canvas, area.row + 1, area.column + 1, area.columns - 2, 0);
	char total[FORMAT_SIZE];

	format_size(total, memory->total);
	canvas_left(canvas, area.row, area.column + 1, 5, STYLE_LABEL, TEXT_LITERAL("Mem"));
	canvas_right(canvas, area.row, area.column + area.columns - 8, 7, STYLE_TEXT, text_of(total));
	bar_draw_parts(canvas, area.row, area.column + 6, area.columns - 15, parts, 3);
	draw_figure(&pen, parts[0], "used", memory->used);
	draw_figure(&pen, (struct bar_part){0, STYLE_DIM, 0x2591, '.'}, "free", memory->free);
	draw_figure(&pen, parts[2], "cache", memory->cached);
	draw_figure(&pen, parts[1], "buffers", memory->buffers);
	draw_figure(&pen, (struct bar_part){0, STYLE_DIM, ' ', ' '}, "available", memory->available);
	draw_figure(&pen, (struct bar_part){0, STYLE_DIM, ' ', ' '}, "shared", memory->shared);
}

static void draw_pressure(struct pen *pen, const char *name, const struct pressure_line *line)
{
	if (!isfinite(line->avg10) || pen->column + 24 > pen->right)
		return;
	pen_format(pen, STYLE_LABEL, " %s", name);
	pen_format(pen, line->avg10 >= 10 ? style_of_percent(line->avg10 * 2) : STYLE_TEXT, " %.1f", line->avg10);
	pen_format(pen, STYLE_DIM, " %.1f %.1f", line->avg60, line->avg300);
}

/* Swap, and at the right what waiting for memory costs. */
static void draw_swap(const struct memory_screen *state, struct canvas *canvas, struct area area)
{
	const struct swap *swap = &state->snapshot->swap;
	double used = share_of(swap->used, swap->total);
	char used_text[FORMAT_SIZE], total_text[FORMAT_SIZE];
	int bar = (area.columns - 24) / 2;
	struct pen pen = pen_at(canvas, area.row, area.column + 1, area.columns - 2, 0);

	format_size(used_text, swap->used);
	format_size(total_text, swap->total);
	pen_string(&pen, STYLE_LABEL, "Swap ");
	if (isfinite(used) && bar >= 4) {
		bar_draw(canvas, area.row, pen.column, bar, used, style_of_percent(used * 100), 0, STYLE_DIM);
		pen.column += bar + 1;
	}
	pen_format(&pen, STYLE_TEXT, "%s/%s ", used_text, total_text);
	if (isfinite(state->snapshot->pressure.memory_some.avg10) && pen.column + 34 < pen.right)
		pen_string(&pen, STYLE_LABEL, " PSI 10/60/300s");
	draw_pressure(&pen, "some", &state->snapshot->pressure.memory_some);
	draw_pressure(&pen, "full", &state->snapshot->pressure.memory_full);
}

/* The past */

struct past {
	const char *name;
	enum series_kind kind;
	uint64_t now, total;
	enum style style;
};

static void draw_past(
	const struct memory_screen *state, struct canvas *canvas, struct area area, const struct past *past)
{
	const struct graph graph = {
		.history = state->shell->history,
		.series = history_series(state->shell->history, past->kind, TEXT_ABSENT),
		.end_s = state->snapshot->monotonic,
		.step_s = state->shell->graph_step_s,
		.max = past->total == ABSENT_U64 ? 0 : (double)past->total,
		.least = 1,
		.style = past->style,
	};
	struct pen pen = pen_at(canvas, area.row, area.column + 1, area.columns - 1, 0);
	double share = share_of(past->now, past->total);
	char buffer[FORMAT_SIZE];

	format_size(buffer, past->now);
	pen_string(&pen, STYLE_LABEL, past->name);
	pen_format(&pen, STYLE_TEXT, " %s", buffer);
	if (isfinite(share))
		pen_format(&pen, STYLE_DIM, " %.1f%%", share * 100);
	area.row++;
	area.rows--;
	graph_draw_series(canvas, area, &graph);
}

/* As many of them as there is room for, side by side; swap only where there is some. */
static void draw_pasts(const struct memory_screen *state, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = state->snapshot;
	const struct past pasts[] = {
		{"Used", SERIES_MEMORY_USED, snapshot->memory.used, snapshot->memory.total, STYLE_COUNT},
		{"Available", SERIES_MEMORY_AVAILABLE, snapshot->memory.available, snapshot->memory.total, STYLE_CACHE},
		{"Swap used", SERIES_SWAP_USED, snapshot->swap.used, snapshot->swap.total, STYLE_COUNT},
	};
	bool has_swap = snapshot->swap.total != ABSENT_U64 && snapshot->swap.total > 0;
	int most = area.columns / GRAPH_COLUMNS_MIN, count = has_swap ? 3 : 2, width;

	count = count < most ? count : most;
	if (count < 1)
		return;
	width = area.columns / count;
	for (int i = 0; i < count; i++) {
		/* With room for two, the second is swap. */
		const struct past *past = has_swap && count == 2 && i == 1 ? &pasts[2] : &pasts[i];

		draw_past(state, canvas,
			(struct area){area.row, area.column + i * width, area.rows, width - (i + 1 < count)}, past);
	}
}

/* Tables: blocks of rows, each with a header, one below the other in a pane */

struct block {
	void (*draw_header)(struct canvas *canvas, struct area line);
	void (*draw_row)(const struct memory_screen *state, struct canvas *canvas, struct area line, size_t at);
	size_t count;
	const char *note; /* instead of rows; NULL: none */
	bool *is_shown; /* set when a row of it is; NULL: nobody asks */
};

struct pane {
	struct block blocks[BLOCKS_MAX];
	size_t count;
};

static int pane_rows(const struct pane *pane)
{
	int rows = 0;

	for (size_t i = 0; i < pane->count; i++)
		rows += 1 + (pane->blocks[i].note ? 1 : (int)pane->blocks[i].count);
	return rows;
}

/* A column of a table that has its number at the right; those from `from` columns on. */
static int draw_right(struct canvas *canvas, struct area line, int at, int width, enum style style, const char *text)
{
	if (at + width <= line.columns)
		canvas_right(canvas, line.row, line.column + at, width, style, text_of(text));
	return at + width + 1;
}

static int name_width(struct area line, int others)
{
	int width = line.columns - others;

	return width > 26 ? 26 : width < 10 ? 10 : width;
}

#define MEMINFO_OTHERS 16 /* a size and a share, with the blanks before them */

static void draw_meminfo_header(struct canvas *canvas, struct area line)
{
	int at = name_width(line, MEMINFO_OTHERS) + 1;

	canvas_left(canvas, line.row, line.column + 1, at - 2, STYLE_HEADER, TEXT_LITERAL("MEMINFO"));
	at = draw_right(canvas, line, at, 7, STYLE_HEADER, "SIZE");
	draw_right(canvas, line, at, 6, STYLE_HEADER, "SHARE");
}

/* Some sizes are of address space, and can be larger than all memory: they are no share of it. */
static void draw_meminfo_row(const struct memory_screen *state, struct canvas *canvas, struct area line, size_t at)
{
	const struct memory_size *item = &LIST_ITEMS(state->snapshot->meminfo, const struct memory_size)[at];
	double share = item->is_count ? ABSENT_F64 : share_of(item->value, state->snapshot->memory.total);
	int column = name_width(line, MEMINFO_OTHERS) + 1;
	char buffer[FORMAT_SIZE];

	canvas_left(canvas, line.row, line.column + 1, column - 2, STYLE_TEXT, item->name);
	if (item->is_count)
		format_count(buffer, item->value < INT64_MAX ? (int64_t)item->value : INT64_MAX, 7);
	else
		format_bytes(buffer, item->value);
	column = draw_right(canvas, line, column, 7, item->value ? STYLE_TEXT : STYLE_DIM, buffer);
	if (!(share <= 1))
		return;
	snprintf(buffer, sizeof(buffer), "%.1f%%", share * 100);
	column = draw_right(canvas, line, column, 6, share >= 0.0005 ? STYLE_TEXT : STYLE_DIM, buffer);
	if (line.columns - column >= 6)
		bar_draw(canvas, line.row, line.column + column,
			line.columns - column - 1 < 20 ? line.columns - column - 1 : 20, share, STYLE_CACHE, 0,
			STYLE_DIM);
}

static void draw_node_header(struct canvas *canvas, struct area line)
{
	int at;

	canvas_left(canvas, line.row, line.column + 1, 5, STYLE_HEADER, TEXT_LITERAL("NODE"));
	at = draw_right(canvas, line, 6, 7, STYLE_HEADER, "TOTAL");
	at = draw_right(canvas, line, at, 7, STYLE_HEADER, "USED");
	at = draw_right(canvas, line, at, 7, STYLE_HEADER, "FREE");
	at = draw_right(canvas, line, at, 7, STYLE_HEADER, "FILES");
	if (line.columns - at >= 5)
		canvas_left(canvas, line.row, line.column + at, line.columns - at, STYLE_HEADER, TEXT_LITERAL("CPUS"));
}

static uint64_t size_named(const struct list *meminfo, const char *name)
{
	const struct memory_size *items = meminfo->items;

	for (size_t i = 0; i < meminfo->count; i++) {
		if (text_equal_string(items[i].name, name))
			return items[i].value;
	}
	return ABSENT_U64;
}

static void draw_node_row(const struct memory_screen *state, struct canvas *canvas, struct area line, size_t at)
{
	static const char *const names[] = {"MemTotal", "MemUsed", "MemFree", "FilePages"};
	const struct numa_node *node = &LIST_ITEMS(state->snapshot->numa_nodes, const struct numa_node)[at];
	int column = 6;

	canvas_left(canvas, line.row, line.column + 1, 4, STYLE_LABEL, node->id);
	for (size_t i = 0; i < 4; i++) {
		char buffer[FORMAT_SIZE];

		format_size(buffer, size_named(&node->meminfo, names[i]));
		column = draw_right(canvas, line, column, 7, STYLE_TEXT, buffer);
	}
	if (line.columns - column >= 5 && node->cpus.bytes)
		canvas_left(canvas, line.row, line.column + column, line.columns - column, STYLE_DIM, node->cpus);
}

#define SLAB_OTHERS 25 /* size, objects and share in use */

static void draw_slab_header(struct canvas *canvas, struct area line)
{
	int at = name_width(line, SLAB_OTHERS) + 1;

	canvas_left(canvas, line.row, line.column + 1, at - 2, STYLE_HEADER, TEXT_LITERAL("SLAB"));
	at = draw_right(canvas, line, at, 7, STYLE_HEADER, "SIZE");
	at = draw_right(canvas, line, at, 8, STYLE_HEADER, "OBJECTS");
	at = draw_right(canvas, line, at, 6, STYLE_HEADER, "ACTIVE");
	draw_right(canvas, line, at, 7, STYLE_HEADER, "EACH");
}

static void draw_slab_row(const struct memory_screen *state, struct canvas *canvas, struct area line, size_t at)
{
	const struct slab *slab = &LIST_ITEMS(state->snapshot->slabs, const struct slab)[at];
	int column = name_width(line, SLAB_OTHERS) + 1;
	enum style style = slab->bytes ? STYLE_TEXT : STYLE_DIM;
	char buffer[FORMAT_SIZE];

	canvas_left(canvas, line.row, line.column + 1, column - 2, style, slab->name);
	format_size(buffer, slab->bytes);
	column = draw_right(canvas, line, column, 7, style, buffer);
	format_count(buffer, (int64_t)slab->objects, 8);
	column = draw_right(canvas, line, column, 8, style, slab->objects == ABSENT_U64 ? "-" : buffer);
	snprintf(buffer, sizeof(buffer), "-");
	if (isfinite(slab->percent))
		snprintf(buffer, sizeof(buffer), "%.0f%%", slab->percent);
	column = draw_right(canvas, line, column, 6, style, buffer);
	format_size(buffer, slab->object_bytes);
	draw_right(canvas, line, column, 7, STYLE_DIM, buffer);
}

/* Why there is nothing to show; NULL: there is. *ret_absent: this machine has none, and nothing is to be said. */
static const char *note_of(const struct memory_screen *state, enum section section, const char *collector,
			   const struct list *list, bool *ret_absent)
{
	const struct source_status *status = snapshot_collector(state->snapshot, collector);

	*ret_absent = status && status->state == SOURCE_ABSENT;
	if (list->count > 0)
		return NULL;
	if (!(state->snapshot->sections & SECTION_BIT(section)))
		return "reading";
	if (status && status->state == SOURCE_DENIED)
		return "only root may read this";
	return "could not be read";
}

static void add_block(struct memory_screen *state, struct pane *pane, enum section section, const char *collector,
		      const struct list *list, struct block block)
{
	bool is_absent;

	block.count = list->count;
	block.note = note_of(state, section, collector, list, &is_absent);
	if (!is_absent)
		pane->blocks[pane->count++] = block;
	else if (block.is_shown)
		*block.is_shown = true; /* or nobody would know any more that there is none */
}

static void add_meminfo(struct memory_screen *state, struct pane *pane)
{
	add_block(state, pane, SECTION_MEMINFO, "meminfo", &state->snapshot->meminfo,
		  (struct block){.draw_header = draw_meminfo_header, .draw_row = draw_meminfo_row});
}

static void add_nodes_and_slabs(struct memory_screen *state, struct pane *pane)
{
	add_block(state, pane, SECTION_NUMA, "numa", &state->snapshot->numa_nodes,
		  (struct block){.draw_header = draw_node_header, .draw_row = draw_node_row});
	add_block(state, pane, SECTION_SLAB, "slab", &state->snapshot->slabs,
		  (struct block){.draw_header = draw_slab_header, .draw_row = draw_slab_row,
				 .is_shown = &state->shows_slabs});
}

static void draw_block_row(const struct memory_screen *state, struct canvas *canvas, struct area line,
			   const struct block *block, int row)
{
	struct pen pen = pen_at(canvas, line.row, line.column, line.columns, 0);

	if (row == 0) {
		pen_fill(&pen, STYLE_HEADER);
		block->draw_header(canvas, line);
	} else if (block->note) {
		canvas_left(canvas, line.row, line.column + 1, line.columns - 1, STYLE_DIM, text_of(block->note));
	} else {
		block->draw_row(state, canvas, line, (size_t)row - 1);
	}
}

/* The rows of a pane from `top` on; one that is shorter than another beside it stops at its end. */
static void draw_pane(
	const struct memory_screen *state, struct canvas *canvas, struct area area, const struct pane *pane, int top)
{
	int last = pane_rows(pane) - area.rows, row = 0;

	if (top > last)
		top = last > 0 ? last : 0;
	for (size_t i = 0; i < pane->count; i++) {
		const struct block *block = &pane->blocks[i];
		int rows = 1 + (block->note ? 1 : (int)block->count);

		for (int j = 0; j < rows; j++, row++) {
			struct area line = {area.row + row - top, area.column, 1, area.columns};

			if (row < top || row >= top + area.rows)
				continue;
			if (block->is_shown)
				*block->is_shown = true;
			draw_block_row(state, canvas, line, block, j);
		}
	}
}

static void draw_tables(struct memory_screen *state, struct canvas *canvas, struct area area)
{
	struct pane left = {.count = 0}, right = {.count = 0};
	bool two = area.columns >= TWO_PANES_COLUMNS;
	int half = two ? area.columns / 2 : area.columns, rows;

	state->shows_slabs = false;
	add_meminfo(state, &left);
	add_nodes_and_slabs(state, two ? &right : &left);
	rows = pane_rows(&left) > pane_rows(&right) ? pane_rows(&left) : pane_rows(&right);
	scroll_fit(&state->scroll, rows, area.rows);
	draw_pane(state, canvas, (struct area){area.row, area.column, area.rows, two ? half - 1 : half}, &left,
		  state->scroll.top);
	draw_pane(state, canvas, (struct area){area.row, area.column + half, area.rows, area.columns - half}, &right,
		  state->scroll.top);
}

static void memory_draw(void *context, struct canvas *canvas, struct area area)
{
	struct memory_screen *state = context;

	if (area.rows <= 0)
		return;
	if (!state->snapshot) {
		canvas_left(canvas, area.row, area.column, area.columns, STYLE_DIM, TEXT_LITERAL("reading the memory"));
		return;
	}
	state->shows_pressure = area.rows >= BARS_FROM_ROWS + 2;
	if (area.rows >= BARS_FROM_ROWS) {
		int rows = state->shows_pressure ? 3 : 2;

		draw_breakdown(state, canvas, area);
		if (state->shows_pressure)
			draw_swap(state, canvas, (struct area){area.row + 2, area.column, 1, area.columns});
		area.row += rows;
		area.rows -= rows;
	}
	if (area.rows >= GRAPHS_FROM_ROWS - 3) {
		int rows = area.rows / 3 < GRAPH_ROWS_MAX ? area.rows / 3 : GRAPH_ROWS_MAX;

		draw_pasts(state, canvas, (struct area){area.row, area.column, rows, area.columns});
		area.row += rows;
		area.rows -= rows;
	}
	draw_tables(state, canvas, area);
}

static bool memory_act(void *context, enum action action)
{
	struct memory_screen *state = context;

	return scroll_act(&state->scroll, action);
}

static void memory_mouse(void *context, const struct mouse *mouse)
{
	struct memory_screen *state = context;

	scroll_mouse(&state->scroll, mouse);
}

const struct screen screen_memory = {
	.name = "Memory",
	.open = memory_open,
	.close = free,
	.needs = memory_needs,
	.update = memory_update,
	.draw = memory_draw,
	.act = memory_act,
	.mouse = memory_mouse,
};
