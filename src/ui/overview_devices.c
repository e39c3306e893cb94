/* What goes through disks and interfaces, together or one row each, and what sensors and the battery say. */
#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "ui/graph.h"
#include "ui/overview_parts.h"

#define RATE_WIDTH 7 /* "1023M/s" */
#define NAME_WIDTH 10
#define DEVICE_ROWS_USUAL 4
#define STACKED_COLUMNS 76 /* with fewer there is next to no graph beside two pairs of rates */
#define GRAPH_LEAST 1024 /* bytes per second that a graph's height stands for at least */

/* A direction: its symbol, its rate now and its graph. */
static void draw_rate(const struct overview *overview, struct canvas *canvas, struct area area, uint32_t symbol,
		      char substitute, double rate, const struct series *series)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	char buffer[FORMAT_SIZE + 2];

	pen_symbol(&pen, STYLE_LABEL, symbol, substitute);
	format_rate(buffer, rate);
	if (isfinite(rate))
		strcat(buffer, "/s");
	canvas_left(canvas, area.row, area.column + 2, area.columns - 2 < RATE_WIDTH ? area.columns - 2 : RATE_WIDTH,
		    STYLE_TEXT, text_of(buffer));
	area.column += RATE_WIDTH + 3;
	area.columns -= RATE_WIDTH + 3;
	overview_draw_graph(overview, canvas, area, series, 0, GRAPH_LEAST, STYLE_RATE);
}

static void draw_disk_rates(const struct overview *overview, struct canvas *canvas, struct area area,
			    const struct disk_io *disk, struct text name)
{
	struct area part = {area.row, area.column, area.rows, area.columns / 2 - 1};

	draw_rate(overview, canvas, part, 'r', 'r', disk->read_bytes_per_s,
		  history_series(overview->history, SERIES_DISK_READ, name));
	part.column += area.columns / 2;
	draw_rate(overview, canvas, part, 'w', 'w', disk->write_bytes_per_s,
		  history_series(overview->history, SERIES_DISK_WRITE, name));
}

static void draw_interface_rates(const struct overview *overview, struct canvas *canvas, struct area area,
				 const struct net_io *interface, struct text name)
{
	struct area part = {area.row, area.column, area.rows, area.columns / 2 - 1};

	draw_rate(overview, canvas, part, 0x2193, 'i', interface->bytes_recv_per_s,
		  history_series(overview->history, SERIES_NET_RECV, name));
	part.column += area.columns / 2;
	draw_rate(overview, canvas, part, 0x2191, 'o', interface->bytes_sent_per_s,
		  history_series(overview->history, SERIES_NET_SENT, name));
}

/* Beside each other, or below where there are rows for that and no columns for graphs. */
void overview_draw_traffic(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = overview->snapshot;
	bool is_stacked = area.rows > 1 && area.columns < STACKED_COLUMNS;
	int half = is_stacked ? area.columns - 2 : (area.columns - 2) / 2, label = OVERVIEW_LABEL_WIDTH;
	int upper = is_stacked ? area.rows / 2 : 0;
	struct area part = {area.row, area.column + 1 + label, upper ? upper : area.rows, half - label};

	overview_draw_label(canvas, part.row, part.column - label, "Disk");
	draw_disk_rates(overview, canvas, part, &snapshot->disks.io_total, TEXT_ABSENT);
	part.row += upper;
	part.rows = area.rows - upper;
	part.column += is_stacked ? 0 : half;
	overview_draw_label(canvas, part.row, part.column - label, "Net");
	draw_interface_rates(overview, canvas, part, &snapshot->net.io_total, TEXT_ABSENT);
}

/* One row each */

static bool shows_disk(const struct disk_io *disk)
{
	return disk->whole == 1;
}

static bool shows_interface(const struct net_io *interface)
{
	return !text_equal_string(interface->name, "lo");
}

static int rows_of(size_t count, bool is_known, int most)
{
	if (!is_known)
		return 1;
	most = most ? most : DEVICE_ROWS_USUAL;
	return count < (size_t)most ? (int)count : most;
}

static size_t count_disks(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->disks.io.count; i++)
		count += shows_disk(&LIST_ITEMS(snapshot->disks.io, const struct disk_io)[i]);
	return count;
}

static size_t count_interfaces(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->net.io.count; i++)
		count += shows_interface(&LIST_ITEMS(snapshot->net.io, const struct net_io)[i]);
	return count;
}

int overview_disk_rows(const struct overview *overview, int most)
{
	const struct snapshot *snapshot = overview->snapshot;

	return snapshot ? rows_of(count_disks(snapshot), snapshot->disks.io.items, most) : 1;
}

int overview_interface_rows(const struct overview *overview, int most)
{
	const struct snapshot *snapshot = overview->snapshot;

	return snapshot ? rows_of(count_interfaces(snapshot), snapshot->net.io.items, most) : 1;
}

/* Its label and name. Returns what is left of the row for its rates. */
static struct area draw_device(struct canvas *canvas, struct area area, int row, const char *label, struct text name)
{
	int taken = 1 + OVERVIEW_LABEL_WIDTH + NAME_WIDTH + 1;

	if (row == 0)
		overview_draw_label(canvas, area.row, area.column + 1, label);
	canvas_left(canvas, area.row + row, area.column + 1 + OVERVIEW_LABEL_WIDTH, NAME_WIDTH, STYLE_TEXT, name);
	return (struct area){area.row + row, area.column + taken, 1, area.columns - taken - 1};
}

/* At the end of the last row, when there are more than there are rows for. Returns the columns taken. */
static int draw_more(struct canvas *canvas, struct area line, size_t shown, size_t count, bool is_last)
{
	char buffer[FORMAT_SIZE];

	if (!is_last || shown >= count || line.columns < 30)
		return 0;
	snprintf(buffer, sizeof(buffer), " +%zu", count - shown);
	canvas_right(canvas, line.row, line.column + line.columns - 6, 6, STYLE_DIM, text_of(buffer));
	return 6;
}

void overview_draw_disks(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = overview->snapshot;
	const struct disk_io *disks = snapshot->disks.io.items;
	size_t count = count_disks(snapshot);
	int row = 0;

	overview_draw_label(canvas, area.row, area.column + 1, "Disk");
	for (size_t i = 0; i < snapshot->disks.io.count && row < area.rows; i++) {
		char busy[FORMAT_SIZE + 2];
		struct area line;

		if (!shows_disk(&disks[i]))
			continue;
		line = draw_device(canvas, area, row, "Disk", disks[i].name);
		row++;
		line.columns -= draw_more(canvas, line, (size_t)row, count, row == area.rows);
		if (line.columns >= 30) {
			format_percent(busy, disks[i].busy_percent, 3);
			if (isfinite(disks[i].busy_percent))
				strcat(busy, "%");
			line.columns -= 6;
			canvas_right(canvas, line.row, line.column + line.columns, 6,
				     isfinite(disks[i].busy_percent) ? style_of_percent(disks[i].busy_percent)
								     : STYLE_DIM,
				     text_of(busy));
		}
		draw_disk_rates(overview, canvas, line, &disks[i], disks[i].name);
	}
}

void overview_draw_interfaces(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = overview->snapshot;
	const struct net_io *interfaces = snapshot->net.io.items;
	size_t count = count_interfaces(snapshot);
	int row = 0;

	overview_draw_label(canvas, area.row, area.column + 1, "Net");
	for (size_t i = 0; i < snapshot->net.io.count && row < area.rows; i++) {
		struct area line;

		if (!shows_interface(&interfaces[i]))
			continue;
		line = draw_device(canvas, area, row, "Net", interfaces[i].name);
		row++;
		line.columns -= draw_more(canvas, line, (size_t)row, count, row == area.rows);
		draw_interface_rates(overview, canvas, line, &interfaces[i], interfaces[i].name);
	}
}

/* Sensors */

static bool has_battery(const struct sensors *sensors)
{
	return isfinite(sensors->battery.percent);
}

int overview_sensor_rows(const struct overview *overview)
{
	const struct snapshot *snapshot = overview->snapshot;

	if (!snapshot || !(snapshot->sections & SECTION_BIT(SECTION_SENSORS)))
		return 1;
	return has_battery(&snapshot->sensors) || snapshot->sensors.temperatures.count || snapshot->sensors.fans.count;
}

static enum style style_of_temperature(const struct temperature *reading)
{
	double limit = isfinite(reading->high) && reading->high > 0 ? reading->high : reading->critical;

	if (!isfinite(limit) || limit <= 0)
		return STYLE_TEXT;
	if (isfinite(reading->critical) && reading->critical > 0 && reading->current >= reading->critical)
		return STYLE_ALARM;
	return style_of_percent(reading->current >= limit ? 100 : reading->current >= limit - 15 ? 60 : 0);
}

/* The hottest of a chip's readings, or NULL. */
static const struct temperature *hottest(const struct sensor_chip *chip)
{
	const struct temperature *readings = chip->readings.items, *found = NULL;

	for (size_t i = 0; i < chip->readings.count; i++) {
		if (isfinite(readings[i].current) && (!found || readings[i].current > found->current))
			found = &readings[i];
	}
	return found;
}

/* Where pieces are put, row by row. */
struct pieces {
	struct pen pen;
	struct area area; /* rows that are left */
};

static struct pen pen_of_row(struct canvas *canvas, struct area area)
{
	return pen_at(canvas, area.row, area.column + 1 + OVERVIEW_LABEL_WIDTH,
		      area.columns - 2 - OVERVIEW_LABEL_WIDTH, 0);
}

/* In the next row, or not at all, where it does not fit whole. */
static void draw_piece(struct pieces *pieces, enum style style, struct text name, const char *value)
{
	struct pen *pen = &pieces->pen;
	int width = canvas_text_width(pen->canvas, name, 100) + 1 + (int)strlen(value);

	if (pen->column + width > pen->right && pieces->area.rows > 1) {
		pieces->area.rows--;
		pieces->area.row++;
		*pen = pen_of_row(pen->canvas, pieces->area);
	}
	if (pen->column + width > pen->right)
		return;
	pen_text(pen, STYLE_TEXT, name);
	pen_string(pen, style, " ");
	pen_string(pen, style, value);
	pen_string(pen, STYLE_TEXT, "  ");
}

static void draw_battery(struct pieces *pieces, const struct battery *battery)
{
	char value[2 * FORMAT_SIZE + 32], left[FORMAT_SIZE + 2] = "";
	int length = battery->status.bytes && battery->status.length < 20 ? (int)battery->status.length : 0;

	if (battery->secsleft != ABSENT_I64 && battery->secsleft >= 0) {
		left[0] = ' ';
		format_age(left + 1, (double)battery->secsleft);
	}
	snprintf(value, sizeof(value), "%.0f%%%s%.*s%s", battery->percent, length ? " " : "", length,
		 length ? battery->status.bytes : "", left);
	draw_piece(pieces, battery->percent < 10 ? STYLE_HIGH : STYLE_TEXT, TEXT_LITERAL("battery"), value);
}

void overview_draw_sensors(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct sensors *sensors = &overview->snapshot->sensors;
	const struct sensor_chip *chips = sensors->temperatures.items, *fans = sensors->fans.items;
	struct pieces pieces = {pen_of_row(canvas, area), area};
	char value[FORMAT_SIZE];

	overview_draw_label(canvas, area.row, area.column + 1, "Temp");
	if (has_battery(sensors))
		draw_battery(&pieces, &sensors->battery);
	for (size_t i = 0; i < sensors->temperatures.count; i++) {
		const struct temperature *reading = hottest(&chips[i]);

		if (!reading)
			continue;
		snprintf(value, sizeof(value), canvas->utf8 ? "%.0f\u00b0C" : "%.0fC", reading->current);
		draw_piece(&pieces, style_of_temperature(reading), chips[i].name, value);
	}
	for (size_t i = 0; i < sensors->fans.count; i++) {
		const struct fan *readings = fans[i].readings.items;

		for (size_t j = 0; j < fans[i].readings.count; j++) {
			if (readings[j].current == ABSENT_U64)
				continue;
			snprintf(value, sizeof(value), "%llu rpm", (unsigned long long)readings[j].current);
			draw_piece(&pieces, STYLE_TEXT, readings[j].label, value);
		}
	}
}
