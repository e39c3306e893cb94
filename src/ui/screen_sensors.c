/* Temperatures, fans and the battery. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/format.h"
#include "ui/grid.h"
#include "ui/screen.h"
#include "ui/traces.h"

#define USUALLY_CRITICAL 100 /* degrees at which a bar is full where the chip does not say what is critical */
#define LIMIT_MAX 1000 /* degrees; beyond are limits that are not set, as an NVMe drive's 65261.8 */
#define SERIES_NAME_SIZE 256

enum { GRID_TEMPERATURES, GRID_FANS, GRID_COUNT };

struct sensor_row {
	const struct sensor_chip *chip;
	const struct temperature *temperature; /* one of the two */
	const struct fan *fan;
};

struct sensors_screen {
	struct shell *shell;
	const struct snapshot *snapshot;
	struct sensor_row *rows; /* of both */
	size_t rows_capacity;
	struct grid temperatures, fans;
	struct grid *grids[GRID_COUNT];
	size_t focus;
};

static struct value real(double number)
{
	return isfinite(number) ? (struct value){.type = VALUE_REAL, .real = number}
				: (struct value){.type = VALUE_ABSENT};
}

static struct value words(struct text text)
{
	return text.bytes ? (struct value){.type = VALUE_TEXT, .text = text} : (struct value){.type = VALUE_ABSENT};
}

static void text_cell(struct grid_cell *cell, struct text text, enum style style)
{
	cell->text = text.bytes ? text : TEXT_LITERAL("-");
	cell->style = text.bytes ? style : STYLE_DIM;
}

/* Temperatures */

enum {
	TEMPERATURE_CHIP,
	TEMPERATURE_LABEL,
	TEMPERATURE_NOW,
	TEMPERATURE_HIGH,
	TEMPERATURE_CRITICAL,
	TEMPERATURE_BAR,
	TEMPERATURE_COLUMNS,
};

static const struct grid_column temperature_columns[TEMPERATURE_COLUMNS] = {
	[TEMPERATURE_CHIP] = {.title = "Chip", .width = 11, .importance = 1, .is_text = true},
	[TEMPERATURE_LABEL] = {.title = "Temperature", .width = 12, .is_text = true, .grows = true},
	[TEMPERATURE_NOW] = {.title = "Now", .width = 6, .descending = true},
	[TEMPERATURE_HIGH] = {.title = "High", .width = 6, .importance = 3, .descending = true},
	[TEMPERATURE_CRITICAL] = {.title = "Critical", .width = 9, .importance = 2, .descending = true},
	[TEMPERATURE_BAR] = {.title = "", .width = 10, .importance = 4, .grows = true},
};

static double limit_of(double degrees)
{
	return degrees > 0 && degrees < LIMIT_MAX ? degrees : ABSENT_F64;
}

/* What is critical, or high where nothing is called critical. */
static double full_of(const struct temperature *temperature)
{
	double critical = limit_of(temperature->critical), high = limit_of(temperature->high);

	if (isfinite(critical))
		return critical;
	return isfinite(high) ? high : USUALLY_CRITICAL;
}

static double share_of(const struct temperature *temperature)
{
	return temperature->current / full_of(temperature);
}

static enum style temperature_style(const struct temperature *temperature)
{
	if (!isfinite(temperature->current))
		return STYLE_DIM;
	if (temperature->current >= limit_of(temperature->critical))
		return STYLE_ALARM;
	if (temperature->current >= limit_of(temperature->high))
		return STYLE_HIGH;
	return style_of_percent(share_of(temperature) * 100);
}

static void degrees_cell(struct grid_cell *cell, double degrees, enum style style)
{
	snprintf(cell->buffer, sizeof(cell->buffer), isfinite(degrees) ? "%.1f" : "-", degrees);
	cell->style = isfinite(degrees) ? style : STYLE_DIM;
}

static void temperature_cell(const void *context, const void *item, size_t column, struct grid_cell *cell)
{
	const struct sensor_row *row = item;
	const struct temperature *temperature = row->temperature;

	(void)context;
	switch (column) {
	case TEMPERATURE_CHIP: text_cell(cell, row->chip->name, STYLE_LABEL); break;
	case TEMPERATURE_LABEL: text_cell(cell, temperature->label, STYLE_TEXT); break;
	case TEMPERATURE_NOW: degrees_cell(cell, temperature->current, temperature_style(temperature)); break;
	case TEMPERATURE_HIGH: degrees_cell(cell, limit_of(temperature->high), STYLE_TEXT); break;
	case TEMPERATURE_CRITICAL: degrees_cell(cell, limit_of(temperature->critical), STYLE_TEXT); break;
	default:
		cell->is_bar = true;
		cell->share = share_of(temperature);
		cell->style = temperature_style(temperature);
		break;
	}
}

static struct value temperature_value(const void *context, const void *item, size_t column)
{
	const struct sensor_row *row = item;

	(void)context;
	switch (column) {
	case TEMPERATURE_CHIP: return words(row->chip->name);
	case TEMPERATURE_LABEL: return words(row->temperature->label);
	case TEMPERATURE_NOW: return real(row->temperature->current);
	case TEMPERATURE_HIGH: return real(limit_of(row->temperature->high));
	case TEMPERATURE_CRITICAL: return real(limit_of(row->temperature->critical));
	default: return real(share_of(row->temperature));
	}
}

/* Labels within a chip may be the same or absent: its place tells one from the other. */
static void temperature_name(const void *item, char name[GRID_NAME_SIZE])
{
	const struct sensor_row *row = item;
	size_t place = (size_t)(row->temperature - LIST_ITEMS(row->chip->readings, const struct temperature));

	snprintf(name, GRID_NAME_SIZE, "%.*s %zu", (int)row->chip->name.length,
		 row->chip->name.bytes ? row->chip->name.bytes : "", place);
}

static const struct grid_class temperature_class = {
	.columns = temperature_columns,
	.count = TEMPERATURE_COLUMNS,
	.cell = temperature_cell,
	.value = temperature_value,
	.name = temperature_name,
	.empty = "no temperatures",
	.what = "the sensors",
};

/* Fans */

enum { FAN_CHIP, FAN_LABEL, FAN_SPEED, FAN_COLUMNS };

static const struct grid_column fan_columns[FAN_COLUMNS] = {
	[FAN_CHIP] = {.title = "Chip", .width = 11, .importance = 1, .is_text = true},
	[FAN_LABEL] = {.title = "Fan", .width = 12, .is_text = true, .grows = true},
	[FAN_SPEED] = {.title = "RPM", .width = 6, .descending = true},
};

static void fan_cell(const void *context, const void *item, size_t column, struct grid_cell *cell)
{
	const struct sensor_row *row = item;

	(void)context;
	switch (column) {
	case FAN_CHIP: text_cell(cell, row->chip->name, STYLE_LABEL); break;
	case FAN_LABEL: text_cell(cell, row->fan->label, STYLE_TEXT); break;
	default:
		if (row->fan->current == ABSENT_U64)
			text_cell(cell, TEXT_ABSENT, STYLE_DIM);
		else
			snprintf(cell->buffer, sizeof(cell->buffer), "%llu", (unsigned long long)row->fan->current);
		break;
	}
}

static struct value fan_value(const void *context, const void *item, size_t column)
{
	const struct sensor_row *row = item;

	(void)context;
	switch (column) {
	case FAN_CHIP: return words(row->chip->name);
	case FAN_LABEL: return words(row->fan->label);
	default: return real(row->fan->current == ABSENT_U64 ? ABSENT_F64 : (double)row->fan->current);
	}
}

static void fan_name(const void *item, char name[GRID_NAME_SIZE])
{
	const struct sensor_row *row = item;
	size_t place = (size_t)(row->fan - LIST_ITEMS(row->chip->readings, const struct fan));

	snprintf(name, GRID_NAME_SIZE, "%.*s %zu", (int)row->chip->name.length,
		 row->chip->name.bytes ? row->chip->name.bytes : "", place);
}

static const struct grid_class fan_class = {
	.columns = fan_columns,
	.count = FAN_COLUMNS,
	.cell = fan_cell,
	.value = fan_value,
	.name = fan_name,
	.empty = "no fans",
	.what = "the sensors",
};

/* The screen */

static void *sensors_open(struct shell *shell, size_t tab)
{
	struct sensors_screen *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	grid_init(&state->temperatures, &temperature_class, GRID_UNSORTED);
	grid_init(&state->fans, &fan_class, GRID_UNSORTED);
	state->grids[GRID_TEMPERATURES] = &state->temperatures;
	state->grids[GRID_FANS] = &state->fans;
	return state;
}

static void sensors_close(void *context)
{
	struct sensors_screen *state = context;

	grid_free(&state->temperatures);
	grid_free(&state->fans);
	free(state->rows);
	free(state);
}

static void sensors_needs(const void *context, struct request *request)
{
	(void)context;
	request->sections |= SECTION_BIT(SECTION_SENSORS);
}

static void sensors_update(void *context, const struct snapshot *snapshot)
{
	struct sensors_screen *state = context;

	state->snapshot = snapshot;
	state->temperatures.is_stale = state->fans.is_stale = true;
}

static size_t count_readings(struct list chips)
{
	size_t count = 0;

	for (size_t i = 0; i < chips.count; i++)
		count += LIST_ITEMS(chips, const struct sensor_chip)[i].readings.count;
	return count;
}

static size_t add_temperatures(struct sensors_screen *state, struct list chips)
{
	size_t count = 0;

	for (size_t i = 0; i < chips.count; i++) {
		const struct sensor_chip *chip = &LIST_ITEMS(chips, const struct sensor_chip)[i];

		for (size_t j = 0; j < chip->readings.count; j++) {
			struct sensor_row *row = &state->rows[count++];

			*row = (struct sensor_row){.chip = chip};
			row->temperature = &LIST_ITEMS(chip->readings, const struct temperature)[j];
			grid_add(&state->temperatures, row);
		}
	}
	return count;
}

static void add_fans(struct sensors_screen *state, struct list chips, size_t at)
{
	for (size_t i = 0; i < chips.count; i++) {
		const struct sensor_chip *chip = &LIST_ITEMS(chips, const struct sensor_chip)[i];

		for (size_t j = 0; j < chip->readings.count; j++) {
			struct sensor_row *row = &state->rows[at++];

			*row = (struct sensor_row){.chip = chip};
			row->fan = &LIST_ITEMS(chip->readings, const struct fan)[j];
			grid_add(&state->fans, row);
		}
	}
}

/* Both at once, since they share the memory of the rows. */
static void refresh(struct sensors_screen *state)
{
	const struct sensors *sensors;
	size_t count;

	if (!state->snapshot || (!state->temperatures.is_stale && !state->fans.is_stale))
		return;
	sensors = &state->snapshot->sensors;
	count = count_readings(sensors->temperatures) + count_readings(sensors->fans);
	if (count > state->rows_capacity) {
		state->rows_capacity = count;
		state->rows = xreallocarray(state->rows, count, sizeof(*state->rows));
	}
	grid_begin(&state->temperatures, NULL);
	grid_begin(&state->fans, NULL);
	count = add_temperatures(state, sensors->temperatures);
	add_fans(state, sensors->fans, count);
	grid_end(&state->temperatures);
	grid_end(&state->fans);
}

static void format_degrees(char buffer[FORMAT_SIZE], double degrees)
{
	snprintf(buffer, FORMAT_SIZE, isfinite(degrees) ? "%.1f" : "-", degrees);
}

static void format_charge(char buffer[FORMAT_SIZE], double percent)
{
	char number[FORMAT_SIZE];

	format_percent(number, percent, 5);
	snprintf(buffer, FORMAT_SIZE, isfinite(percent) ? "%.20s%%" : "%.20s", number);
}

static bool has_battery(const struct sensors_screen *state)
{
	return isfinite(state->snapshot->sensors.battery.percent);
}

/* The history of the selected temperature, or of the battery where there is none. */
static void draw_traces(const struct sensors_screen *state, struct canvas *canvas, struct area area)
{
	const struct sensor_row *row = grid_selected(&state->temperatures);
	double battery = state->snapshot->sensors.battery.percent;
	struct trace trace = {"battery", SERIES_BATTERY, battery, 100, 100, STYLE_CACHE, format_charge};
	struct text series = TEXT_ABSENT, title = TEXT_ABSENT;
	char name[SERIES_NAME_SIZE];

	if (row) {
		series = history_sensor_name(name, sizeof(name), row->chip->name, row->temperature->label);
		title = series;
		trace = (struct trace){"degrees", SERIES_TEMPERATURE, row->temperature->current,
				       full_of(row->temperature), 1, STYLE_COUNT, format_degrees};
	}
	traces_draw(state->shell, canvas, area, title, series, &trace, 1);
}

/* Of what is charged there is no time left, and neither where the rate is not known. */
static void draw_battery(const struct battery *battery, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	/* Little is bad here: the colours of what is used up. */
	enum style style = style_of_percent(100 - battery->percent);
	int width = area.columns >= 60 ? 20 : area.columns >= 40 ? 10 : 0;
	char charge[FORMAT_SIZE], left[FORMAT_SIZE];

	format_charge(charge, battery->percent);
	pen_format(&pen, STYLE_LABEL, "Battery ");
	pen_format(&pen, style, "%s ", charge);
	if (width) {
		bar_draw(canvas, pen.row, pen.column, width, battery->percent / 100, style, 0, style);
		pen.column += width + 1;
	}
	if (battery->status.bytes)
		pen_text(&pen, STYLE_TEXT, battery->status);
	if (battery->secsleft != ABSENT_I64) {
		format_uptime(left, (double)battery->secsleft);
		pen_format(&pen, STYLE_TEXT, ", %s left", left);
	}
	if (battery->power_plugged != ABSENT_BOOL)
		pen_string(&pen, STYLE_DIM, battery->power_plugged ? ", on mains" : ", on battery");
}

static void draw_empty(const struct sensors_screen *state, struct canvas *canvas, struct area area)
{
	bool was_read = state->snapshot && state->snapshot->sections & SECTION_BIT(SECTION_SENSORS);

	canvas_left(canvas, area.row, area.column, area.columns, STYLE_DIM,
		    text_of(was_read ? "no sensors on this machine" : "reading the sensors"));
}

static void draw_grids(struct sensors_screen *state, struct canvas *canvas, struct area area)
{
	/* A machine without fans has no table of them. */
	size_t count = state->fans.count || state->fans.filter[0] ? GRID_COUNT : 1;
	int rows[GRID_COUNT], end = area.row + area.rows;

	if (state->focus >= count)
		state->focus = 0;
	grids_share(state->grids, count, state->focus, area.rows, rows);
	for (size_t i = 0; i < count && area.row < end; i++) {
		area.rows = rows[i];
		grid_draw(state->grids[i], canvas, area, i == state->focus);
		area.row += rows[i];
	}
}

static bool is_empty(const struct sensors_screen *state)
{
	const struct sensors *sensors = &state->snapshot->sensors;

	return !count_readings(sensors->temperatures) && !count_readings(sensors->fans) && !has_battery(state);
}

static void sensors_draw(void *context, struct canvas *canvas, struct area area)
{
	struct sensors_screen *state = context;
	int graph_rows = traces_rows(area.rows);

	if (area.rows <= 0)
		return;
	refresh(state);
	if (!state->snapshot || is_empty(state)) {
		draw_empty(state, canvas, area);
		return;
	}
	if (graph_rows > 0)
		draw_traces(state, canvas, (struct area){area.row, area.column, graph_rows, area.columns});
	area.row += graph_rows;
	area.rows -= graph_rows;
	if (has_battery(state)) {
		draw_battery(&state->snapshot->sensors.battery, canvas, area);
		area.row++;
		area.rows--;
	}
	draw_grids(state, canvas, area);
}

static bool sensors_act(void *context, enum action action)
{
	struct sensors_screen *state = context;
	size_t count = state->fans.count ? GRID_COUNT : 1;

	refresh(state);
	if (grid_act_dialog(state->grids[state->focus], state->shell, action))
		return true;
	return grids_act(state->grids, count, &state->focus, action);
}

static void sensors_mouse(void *context, const struct mouse *mouse)
{
	struct sensors_screen *state = context;

	refresh(state);
	grids_mouse(state->grids, state->fans.count ? GRID_COUNT : 1, &state->focus, mouse);
}

const struct screen screen_sensors = {
	.name = "Sensors",
	.open = sensors_open,
	.close = sensors_close,
	.needs = sensors_needs,
	.update = sensors_update,
	.draw = sensors_draw,
	.act = sensors_act,
	.mouse = sensors_mouse,
};
