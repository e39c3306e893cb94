/* The CPUs: the past of all together, and one row each with its use by kind, past, frequency and temperature. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/format.h"
#include "ui/graph.h"
#include "ui/screen.h"
#include "ui/scroll.h"

#define GRAPH_FROM_ROWS 9   /* with fewer rows there is no graph, */
#define SUMMARY_FROM_ROWS 4 /* and no line of sums */
#define GRAPH_ROWS_MAX 12

struct cpu_screen {
	struct shell *shell;
	const struct snapshot *snapshot;
	struct scroll scroll;
	bool has_room_for_temperature; /* as last drawn */
};

static void *cpu_open(struct shell *shell, size_t tab)
{
	struct cpu_screen *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	state->scroll.page = 1;
	return state;
}

static void cpu_needs(const void *context, struct request *request)
{
	const struct cpu_screen *state = context;

	request->sections |= SECTION_BIT(SECTION_CPU);
	if (state->has_room_for_temperature)
		request->sections |= SECTION_BIT(SECTION_SENSORS);
}

static void cpu_update(void *context, const struct snapshot *snapshot)
{
	struct cpu_screen *state = context;

	state->snapshot = snapshot;
}

/* What other lists know of a CPU. Lists mostly have it in the same place. */

static const struct cpu_frequency *frequency_of(const struct snapshot *snapshot, struct text id, size_t hint)
{
	const struct cpu_frequency_row *rows = snapshot->cpus.frequencies.items;
	size_t count = snapshot->cpus.frequencies.count;

	if (hint < count && text_equal(rows[hint].id, id))
		return &rows[hint].frequency;
	for (size_t i = 0; i < count; i++) {
		if (text_equal(rows[i].id, id))
			return &rows[i].frequency;
	}
	return NULL;
}

static const struct cpu_topology_row *place_of(const struct snapshot *snapshot, struct text id, size_t hint)
{
	const struct cpu_topology_row *rows = snapshot->cpus.topology.items;
	size_t count = snapshot->cpus.topology.count;

	if (hint < count && text_equal(rows[hint].id, id))
		return &rows[hint];
	for (size_t i = 0; i < count; i++) {
		if (text_equal(rows[i].id, id))
			return &rows[i];
	}
	return NULL;
}

/* The N of a label "Core N". */
static bool label_number(struct text label, const char *before, int32_t *ret_number)
{
	struct cursor cursor = cursor_of_text(label);

	return parse_literal(&cursor, before) == 0 && parse_i32(&cursor, ret_number) == 0 && cursor_done(&cursor);
}

static bool is_coretemp(const struct sensor_chip *chip)
{
	return chip->name.length >= 8 && memcmp(chip->name.bytes, "coretemp", 8) == 0;
}

/* Which package the chip is in; ABSENT_I32: it does not say. */
static int32_t package_of(const struct sensor_chip *chip)
{
	const struct temperature *readings = chip->readings.items;
	int32_t package;

	for (size_t i = 0; i < chip->readings.count; i++) {
		if (label_number(readings[i].label, "Package id ", &package) ||
		    label_number(readings[i].label, "Physical id ", &package))
			return package;
	}
	return ABSENT_I32;
}

/* coretemp numbers cores as core_id does. A chip that does not say its package stands for all only when there is no
 * other. */
static const struct temperature *temperature_of(const struct snapshot *snapshot, const struct cpu_topology_row *place)
{
	const struct sensor_chip *chips = snapshot->sensors.temperatures.items;
	size_t count = snapshot->sensors.temperatures.count, coretemps = 0;
	int32_t core;

	if (!place || place->core == ABSENT_I32)
		return NULL;
	for (size_t i = 0; i < count; i++)
		coretemps += is_coretemp(&chips[i]);
	for (size_t i = 0; i < count; i++) {
		const struct temperature *readings = chips[i].readings.items;

		if (!is_coretemp(&chips[i]) || (package_of(&chips[i]) != place->package && coretemps > 1))
			continue;
		for (size_t j = 0; j < chips[i].readings.count; j++) {
			if (label_number(readings[j].label, "Core ", &core) && core == place->core)
				return &readings[j];
		}
	}
	return NULL;
}

/* Cells. They are drawn into `width` columns; numbers stand at the right. */

struct cpu_cell {
	const struct cpu_screen *state;
	const struct cpu *cpu;
	const struct cpu_frequency *frequency;    /* NULL: not known */
	const struct cpu_topology_row *place;     /* NULL: not known */
	const struct temperature *temperature;    /* NULL: not known */
};

struct cpu_column {
	const char *title;
	int width;
	int importance; /* the larger, the sooner it is there */
	int share;      /* of what is left over; 0: its width is fixed */
	bool (*is_known)(const struct snapshot *snapshot); /* NULL: always */
	void (*draw)(struct canvas *canvas, struct area area, const struct cpu_cell *cell);
	size_t offset;  /* of a kind of time in struct cpu_times */
};

static void draw_number(struct canvas *canvas, struct area area, enum style style, const char *text)
{
	canvas_right(canvas, area.row, area.column, area.columns, style, text_of(text));
}

static void draw_percent(struct canvas *canvas, struct area area, double percent, enum style style)
{
	char buffer[FORMAT_SIZE];

	format_percent(buffer, percent, area.columns);
	draw_number(canvas, area, percent > 0 ? style : STYLE_DIM, buffer);
}

static void draw_id(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	canvas_right(canvas, area.row, area.column, area.columns, STYLE_LABEL, cell->cpu->id);
}

static void draw_busy(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	draw_percent(canvas, area, cell->cpu->percent, STYLE_TEXT);
}

static void draw_bar(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	bar_draw(canvas, area.row, area.column, area.columns, cell->cpu->percent / 100,
		 style_of_percent(cell->cpu->percent), 0, STYLE_DIM);
}

static struct graph graph_of(const struct cpu_screen *state, struct text id)
{
	return (struct graph){
		.history = state->shell->history,
		.series = history_series(state->shell->history, SERIES_CPU, id),
		.end_s = state->snapshot->monotonic,
		.step_s = state->shell->graph_step_s,
		.max = 100,
		.style = STYLE_COUNT,
	};
}

static void draw_past(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	const struct graph graph = graph_of(cell->state, cell->cpu->id);

	graph_draw_series(canvas, area, &graph);
}

static void draw_frequency(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	char buffer[FORMAT_SIZE] = "-";

	if (cell->frequency && isfinite(cell->frequency->current))
		snprintf(buffer, sizeof(buffer), "%.0f", cell->frequency->current);
	draw_number(canvas, area, STYLE_TEXT, buffer);
}

static void draw_temperature(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	const struct temperature *reading = cell->temperature;
	char buffer[FORMAT_SIZE] = "-";
	enum style style = STYLE_TEXT;

	if (reading && isfinite(reading->current)) {
		snprintf(buffer, sizeof(buffer), "%.0f", reading->current);
		if (isfinite(reading->high) && reading->high > 0)
			style = style_of_percent(reading->current / reading->high * 80);
	}
	draw_number(canvas, area, style, buffer);
}

static void draw_place_number(struct canvas *canvas, struct area area, int32_t number)
{
	char buffer[FORMAT_SIZE] = "-";

	if (number != ABSENT_I32)
		snprintf(buffer, sizeof(buffer), "%d", number);
	draw_number(canvas, area, STYLE_DIM, buffer);
}

static void draw_core(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	draw_place_number(canvas, area, cell->place ? cell->place->core : ABSENT_I32);
}

static void draw_package(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	draw_place_number(canvas, area, cell->place ? cell->place->package : ABSENT_I32);
}

static void draw_node(struct canvas *canvas, struct area area, const struct cpu_cell *cell)
{
	draw_place_number(canvas, area, cell->place ? cell->place->node : ABSENT_I32);
}

static bool frequency_is_known(const struct snapshot *snapshot)
{
	return snapshot->cpus.frequencies.count > 0;
}

static bool topology_is_known(const struct snapshot *snapshot)
{
	return snapshot->cpus.topology.count > 0;
}

static bool temperature_is_known(const struct snapshot *snapshot)
{
	const struct cpu_topology_row *rows = snapshot->cpus.topology.items;

	for (size_t i = 0; i < snapshot->cpus.topology.count; i++) {
		if (temperature_of(snapshot, &rows[i]))
			return true;
	}
	return false;
}

#define KIND(title, importance, member) {title, 6, importance, 0, NULL, NULL, offsetof(struct cpu_times, member)}

static const struct cpu_column columns[] = {
	{"CPU", 4, 100, 0, NULL, draw_id, 0},
	{"BUSY%", 6, 99, 0, NULL, draw_busy, 0},
	{"", 8, 98, 2, NULL, draw_bar, 0},
	{"PAST", 10, 90, 3, NULL, draw_past, 0},
	{"MHz", 5, 94, 0, frequency_is_known, draw_frequency, 0},
	{"\u00b0C", 4, 93, 0, temperature_is_known, draw_temperature, 0},
	KIND("USER", 89, user),
	KIND("NICE", 82, nice),
	KIND("SYSTEM", 88, system),
	KIND("IOWAIT", 87, iowait),
	KIND("IRQ", 83, irq),
	KIND("SOFT", 84, softirq),
	KIND("STEAL", 86, steal),
	KIND("GUEST", 81, guest),
	{"CORE", 4, 72, 0, topology_is_known, draw_core, 0},
	{"SOCKET", 6, 70, 0, topology_is_known, draw_package, 0},
	{"NODE", 4, 71, 0, topology_is_known, draw_node, 0},
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define TEMPERATURE_COLUMN 5

struct layout {
	int widths[COLUMN_COUNT]; /* 0: left out */
	int left_over;
};

static size_t most_important(const bool seen[COLUMN_COUNT])
{
	size_t found = COLUMN_COUNT;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (!seen[i] && (found == COLUMN_COUNT || columns[i].importance > columns[found].importance))
			found = i;
	}
	return found;
}

/* Columns come by importance up to the first that does not fit, so that none jumps in before a more important one. */
static struct layout layout_of(struct cpu_screen *state, int width)
{
	struct layout layout = {.left_over = width};
	bool seen[COLUMN_COUNT] = {false};
	int shares = 0, spare;

	state->has_room_for_temperature = false;
	for (size_t n = 0; n < COLUMN_COUNT; n++) {
		size_t i = most_important(seen);
		int needed = columns[i].width + (n > 0);

		seen[i] = true;
		if (needed > layout.left_over)
			break;
		if (i == TEMPERATURE_COLUMN)
			state->has_room_for_temperature = true;
		if (columns[i].is_known && !columns[i].is_known(state->snapshot))
			continue;
		layout.widths[i] = columns[i].width;
		layout.left_over -= needed;
		shares += columns[i].share;
	}
	spare = layout.left_over;
	for (size_t i = 0; i < COLUMN_COUNT && shares > 0; i++) {
		int more = layout.widths[i] ? spare * columns[i].share / shares : 0;

		layout.widths[i] += more;
		layout.left_over -= more;
	}
	return layout;
}

static void draw_kind(struct canvas *canvas, struct area area, const struct cpu_times *times, size_t offset)
{
	double percent = *(const double *)(const void *)((const char *)times + offset);

	/* Of the guests there are two kinds, which are both of a guest. */
	if (offset == offsetof(struct cpu_times, guest) && isfinite(times->guest_nice))
		percent += times->guest_nice;
	draw_percent(canvas, area, percent, offset == offsetof(struct cpu_times, steal) ? STYLE_HIGH : STYLE_TEXT);
}

static void draw_header(struct canvas *canvas, struct area area, const struct layout *layout)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	int column = area.column;

	pen_fill(&pen, STYLE_HEADER);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		struct text title = text_of(columns[i].title);

		if (!layout->widths[i])
			continue;
		if (i == TEMPERATURE_COLUMN && !canvas->utf8)
			title = TEXT_LITERAL("C");
		if (columns[i].share)
			canvas_left(canvas, area.row, column, layout->widths[i], STYLE_HEADER, title);
		else
			canvas_right(canvas, area.row, column, layout->widths[i], STYLE_HEADER, title);
		column += layout->widths[i] + 1;
	}
}

static void draw_row(
	const struct cpu_screen *state, struct canvas *canvas, struct area area, const struct layout *layout, size_t at)
{
	const struct cpu *cpu = &LIST_ITEMS(state->snapshot->cpus.percpu, const struct cpu)[at];
	struct cpu_cell cell = {.state = state, .cpu = cpu};
	struct area part = area;

	cell.frequency = frequency_of(state->snapshot, cpu->id, at);
	cell.place = place_of(state->snapshot, cpu->id, at);
	cell.temperature = temperature_of(state->snapshot, cell.place);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		part.columns = layout->widths[i];
		if (!part.columns)
			continue;
		if (columns[i].draw)
			columns[i].draw(canvas, part, &cell);
		else
			draw_kind(canvas, part, &cpu->times_percent, columns[i].offset);
		part.column += part.columns + 1;
	}
}

/* The whole machine */

/* One that does not fit is the last: none of less importance takes its place. */
static void draw_share(struct pen *pen, const char *name, double percent)
{
	if (!isfinite(percent))
		return;
	if (pen->column + (int)strlen(name) + 7 > pen->right) {
		pen->right = pen->column;
		return;
	}
	pen_format(pen, STYLE_LABEL, "  %s", name);
	pen_format(pen, percent >= 0.05 ? STYLE_TEXT : STYLE_DIM, " %.1f", percent);
}

/* "All 12.3%  user 3.1 …", and at the right which CPUs are in sight. */
static void draw_summary(const struct cpu_screen *state, struct canvas *canvas, struct area area)
{
	const struct cpus *cpus = &state->snapshot->cpus;
	const struct cpu_times *times = &cpus->times_percent;
	int last = state->scroll.top + state->scroll.page, count = (int)cpus->percpu.count, width = 0;
	char buffer[2 * FORMAT_SIZE];
	struct pen pen;

	if (count > state->scroll.page) {
		width = snprintf(buffer, sizeof(buffer), "%d-%d of %d", state->scroll.top + 1,
			last < count ? last : count, count);
		if (width + 16 > area.columns)
			width = 0;
		canvas_right(canvas, area.row, area.column, width ? area.columns : 0, STYLE_DIM, text_of(buffer));
	}
	pen = pen_at(canvas, area.row, area.column + 1, area.columns - 1 - (width ? width + 2 : 0), 0);
	format_percent(buffer, cpus->percent, 6);
	pen_format(&pen, STYLE_LABEL, "All ");
	pen_format(&pen, STYLE_TEXT, "%s%s", buffer, isfinite(cpus->percent) ? "%" : "");
	draw_share(&pen, "user", times->user);
	draw_share(&pen, "system", times->system);
	draw_share(&pen, "iowait", times->iowait);
	draw_share(&pen, "steal", times->steal);
	draw_share(&pen, "softirq", times->softirq);
	draw_share(&pen, "irq", times->irq);
	draw_share(&pen, "nice", times->nice);
	draw_share(&pen, "guest", times->guest + (isfinite(times->guest_nice) ? times->guest_nice : 0));
}

static int graph_rows(int rows, size_t cpus)
{
	int graph = rows / 3;

	if (rows < GRAPH_FROM_ROWS)
		return 0;
	/* Few CPUs leave more to it. */
	if (rows - 2 - (int)cpus > graph && cpus < (size_t)rows)
		graph = rows - 2 - (int)cpus;
	return graph < GRAPH_ROWS_MAX ? graph : GRAPH_ROWS_MAX;
}

static void draw_rows(struct cpu_screen *state, struct canvas *canvas, struct area area)
{
	struct layout layout = layout_of(state, area.columns);
	size_t count = state->snapshot->cpus.percpu.count;

	if (area.rows > 0)
		draw_header(canvas, area, &layout);
	for (int i = 0; i < area.rows - 1; i++) {
		struct area line = {area.row + 1 + i, area.column, 1, area.columns};
		size_t at = (size_t)state->scroll.top + (size_t)i;

		if (at < count)
			draw_row(state, canvas, line, &layout, at);
	}
}

static void cpu_draw(void *context, struct canvas *canvas, struct area area)
{
	struct cpu_screen *state = context;
	size_t count = state->snapshot ? state->snapshot->cpus.percpu.count : 0;
	int graph = graph_rows(area.rows, count), summary = area.rows >= SUMMARY_FROM_ROWS;

	if (area.rows <= 0)
		return;
	if (count == 0) {
		state->has_room_for_temperature = true;
		canvas_left(canvas, area.row, area.column, area.columns, STYLE_DIM,
			    state->snapshot && state->snapshot->sections & SECTION_BIT(SECTION_CPU)
				    ? TEXT_LITERAL("the CPUs could not be read")
				    : TEXT_LITERAL("reading the CPUs"));
		return;
	}
	scroll_fit(&state->scroll, (int)count, area.rows - graph - summary - 1);
	if (summary)
		draw_summary(state, canvas, area);
	area.row += summary;
	if (graph) {
		const struct graph all = graph_of(state, TEXT_ABSENT);

		graph_draw_series(canvas, (struct area){area.row, area.column, graph, area.columns}, &all);
		area.row += graph;
	}
	area.rows -= graph + summary;
	draw_rows(state, canvas, area);
}

static bool cpu_act(void *context, enum action action)
{
	struct cpu_screen *state = context;

	return scroll_act(&state->scroll, action);
}

static void cpu_mouse(void *context, const struct mouse *mouse)
{
	struct cpu_screen *state = context;

	scroll_mouse(&state->scroll, mouse);
}

const struct screen screen_cpu = {
	.name = "CPU",
	.open = cpu_open,
	.close = free,
	.needs = cpu_needs,
	.update = cpu_update,
	.draw = cpu_draw,
	.act = cpu_act,
	.mouse = cpu_mouse,
};
