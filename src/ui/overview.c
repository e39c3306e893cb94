#include "ui/overview.h"

#include "ui/graph.h"
#include "ui/overview_parts.h"

#define PARTS_USUAL 4 /* more of them, or a number of rows that was set, may take more of the screen */

struct part_row {
	const char *name; /* in the setting */
	uint32_t sections;
	void (*draw)(const struct overview *overview, struct canvas *canvas, struct area area);
};

/* From the most important on: that is the order in which they get their first row. */
static const struct part_row part_rows[PART_COUNT] = {
	[PART_HOST] = {"host", SECTION_BIT(SECTION_HOST) | SECTION_BIT(SECTION_LOAD) | SECTION_BIT(SECTION_PROCESSES),
		       overview_draw_host},
	[PART_CPU] = {"cpu", SECTION_BIT(SECTION_CPU), overview_draw_cpu},
	[PART_MEMORY] = {"memory", SECTION_BIT(SECTION_MEMORY) | SECTION_BIT(SECTION_PRESSURE), overview_draw_memory},
	[PART_TRAFFIC] = {"traffic", SECTION_BIT(SECTION_DISK) | SECTION_BIT(SECTION_NET), overview_draw_traffic},
	[PART_DISKS] = {"disks", SECTION_BIT(SECTION_DISK), overview_draw_disks},
	[PART_INTERFACES] = {"interfaces", SECTION_BIT(SECTION_NET), overview_draw_interfaces},
	[PART_SENSORS] = {"sensors", SECTION_BIT(SECTION_SENSORS), overview_draw_sensors},
};

/* parts NULL: those that are set. */
static const struct {
	const char *name, *parts;
} presets[] = {
	{"the parts that are set", NULL},
	{"host, CPU and memory", "host cpu memory"},
	{"each disk and interface", "host cpu memory disks interfaces sensors"},
	{"everything", "host cpu memory traffic disks interfaces sensors"},
	{"nothing", ""},
};

#define PRESET_COUNT (sizeof(presets) / sizeof(presets[0]))

size_t overview_preset_count(void)
{
	return PRESET_COUNT;
}

const char *overview_preset_name(size_t preset)
{
	return presets[preset % PRESET_COUNT].name;
}

/* Layout */

static const char *parts_of(const struct overview *overview)
{
	const char *parts = presets[overview->preset % PRESET_COUNT].parts;

	return parts ? parts : setting_text(overview->settings, SETTING_PARTS);
}

static bool has_part(const struct overview_layout *layout, enum overview_part part)
{
	for (size_t i = 0; i < layout->count; i++) {
		if (layout->parts[i].part == part)
			return true;
	}
	return false;
}

static void choose_parts(const struct overview *overview, struct overview_layout *layout)
{
	const char *cursor = parts_of(overview);
	struct text word, name;
	int set;

	while (setting_next_word(&cursor, &word)) {
		if (!setting_parse_word(word, setting_rows[SETTING_PARTS].high, &name, &set))
			continue;
		for (enum overview_part part = 0; part < PART_COUNT; part++) {
			if (!text_equal_string(name, part_rows[part].name) || has_part(layout, part))
				continue;
			layout->parts[layout->count].set = set;
			layout->parts[layout->count++].part = part;
		}
	}
}

static int set_rows(const struct overview_layout *layout, enum overview_part part)
{
	for (size_t i = 0; i < layout->count; i++) {
		if (layout->parts[i].part == part)
			return layout->parts[i].set;
	}
	return 0;
}

/* set: rows it was given, or 0. Devices take no more than there are of them, the host has one line. */
static int rows_wanted(const struct overview *overview, enum overview_part part, int set, int rows, int columns)
{
	switch (part) {
	case PART_CPU: return set ? set : overview_cpu_rows(overview, rows, columns);
	case PART_DISKS: return overview_disk_rows(overview, set);
	case PART_INTERFACES: return overview_interface_rows(overview, set);
	case PART_SENSORS: return overview_sensor_rows(overview) && set ? set : overview_sensor_rows(overview);
	case PART_MEMORY:
	case PART_TRAFFIC: return set ? set : 1;
	case PART_HOST:
	case PART_COUNT: break;
	}
	return 1;
}

static bool has_set_rows(const struct overview *overview, const struct overview_layout *layout)
{
	bool has = setting_number(overview->settings, SETTING_CPU_ROWS) > 0;

	for (size_t i = 0; i < layout->count; i++)
		has |= layout->parts[i].set > 0;
	return has;
}

/* Rows that may be spared above the screen. */
static int rows_to_spare(const struct overview *overview, const struct overview_layout *layout, int rows)
{
	if (rows < 9)
		return rows < 4 ? 0 : 1;
	if (rows >= 20 && (layout->count > PARTS_USUAL || has_set_rows(overview, layout)))
		return rows / 2;
	return rows / 3;
}

static void drop_part(struct overview_layout *layout, size_t at)
{
	for (size_t i = at + 1; i < layout->count; i++)
		layout->parts[i - 1] = layout->parts[i];
	layout->count--;
}

/* A row for each, and what is left for those that could use more. */
static void share_rows(struct overview_layout *layout, const int wanted[PART_COUNT], int left)
{
	for (enum overview_part part = 0; part < PART_COUNT; part++) {
		for (size_t i = layout->count; i-- > 0;) {
			if (layout->parts[i].part != part)
				continue;
			layout->parts[i].rows = wanted[part] > 0;
			if (wanted[part] > left)
				layout->parts[i].rows = left > 0;
			left -= layout->parts[i].rows;
			if (wanted[part] > 0 && layout->parts[i].rows == 0)
				drop_part(layout, i);
		}
	}
	for (enum overview_part part = 0; part < PART_COUNT; part++) {
		for (size_t i = 0; i < layout->count; i++) {
			int more = wanted[part] - layout->parts[i].rows;

			if (layout->parts[i].part != part || more <= 0)
				continue;
			more = more < left ? more : left;
			layout->parts[i].rows += more;
			left -= more;
		}
	}
}

struct overview_layout overview_layout(const struct overview *overview, int rows, int columns)
{
	struct overview_layout layout = {0};
	int wanted[PART_COUNT];

	choose_parts(overview, &layout);
	for (enum overview_part part = 0; part < PART_COUNT; part++)
		wanted[part] = rows_wanted(overview, part, set_rows(&layout, part), rows, columns);
	share_rows(&layout, wanted, rows_to_spare(overview, &layout, rows));
	return layout;
}

int overview_rows(const struct overview_layout *layout)
{
	int rows = 0;

	for (size_t i = 0; i < layout->count; i++)
		rows += layout->parts[i].rows;
	return rows;
}

void overview_needs(const struct overview_layout *layout, struct request *request)
{
	for (size_t i = 0; i < layout->count; i++) {
		request->sections |= part_rows[layout->parts[i].part].sections;
		if (layout->parts[i].part == PART_HOST)
			request->facts |= FACT_BIT(FACT_LINEAGE);
	}
}

/* Drawing */

void overview_draw_graph(const struct overview *overview, struct canvas *canvas, struct area area,
			 const struct series *series, double max, double least, enum style style)
{
	const struct graph graph = {
		.history = overview->history,
		.series = series,
		.end_s = overview->snapshot->monotonic,
		.step_s = overview->graph_step_s,
		.max = max,
		.least = least,
		.style = style,
	};

	graph_draw_series(canvas, area, &graph);
}

void overview_draw_label(struct canvas *canvas, int row, int column, const char *label)
{
	canvas_left(canvas, row, column, OVERVIEW_LABEL_WIDTH - 1, STYLE_LABEL, text_of(label));
}

void overview_draw(const struct overview *overview, const struct overview_layout *layout, struct canvas *canvas,
		   struct area area)
{
	for (size_t i = 0; i < layout->count; i++) {
		enum overview_part part = layout->parts[i].part;

		area.rows = layout->parts[i].rows;
		if (area.rows > 0 && (overview->snapshot || part == PART_HOST))
			part_rows[part].draw(overview, canvas, area);
		area.row += area.rows;
	}
}
