/* Block devices and what they do, mounted file systems and how full they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/real.h"
#include "model/format.h"
#include "ui/grid.h"
#include "ui/screen.h"
#include "ui/traces.h"

#define TRACE_LEAST 1024 /* bytes per second that fill a graph of which nothing reaches more */

enum { GRID_DEVICES, GRID_MOUNTS, GRID_COUNT };

struct disks_screen {
	struct shell *shell;
	const struct snapshot *snapshot;
	struct grid devices, mounts;
	struct grid *grids[GRID_COUNT];
	size_t focus;
};

static struct value real(double number)
{
	return isfinite(number) ? (struct value){.type = VALUE_REAL, .real = number}
				: (struct value){.type = VALUE_ABSENT};
}

static struct value bytes(uint64_t count)
{
	return count != ABSENT_U64 ? (struct value){.type = VALUE_UNSIGNED, .uinteger = count}
				   : (struct value){.type = VALUE_ABSENT};
}

static struct value words(struct text text)
{
	return text.bytes ? (struct value){.type = VALUE_TEXT, .text = text} : (struct value){.type = VALUE_ABSENT};
}

/* Devices */

enum {
	DEVICE_NAME,
	DEVICE_TYPE,
	DEVICE_READ,
	DEVICE_WRITE,
	DEVICE_READS,
	DEVICE_WRITES,
	DEVICE_LATENCY,
	DEVICE_QUEUE,
	DEVICE_BUSY,
	DEVICE_BAR,
	DEVICE_COLUMNS,
};

static const struct grid_column device_columns[DEVICE_COLUMNS] = {
	[DEVICE_NAME] = {.title = "Device", .width = 12, .is_text = true},
	[DEVICE_TYPE] = {.title = "Type", .width = 7, .importance = 6, .is_text = true},
	[DEVICE_READ] = {.title = "READ/s", .width = 7, .importance = 1, .descending = true},
	[DEVICE_WRITE] = {.title = "WRITE/s", .width = 8, .importance = 1, .descending = true},
	[DEVICE_READS] = {.title = "Reads/s", .width = 8, .importance = 5, .descending = true},
	[DEVICE_WRITES] = {.title = "Writes/s", .width = 9, .importance = 5, .descending = true},
	[DEVICE_LATENCY] = {.title = "ms/IO", .width = 7, .importance = 3, .descending = true},
	[DEVICE_QUEUE] = {.title = "Queue", .width = 6, .importance = 7, .descending = true},
	[DEVICE_BUSY] = {.title = "Busy%", .width = 6, .importance = 2, .descending = true},
	[DEVICE_BAR] = {.title = "", .width = 8, .importance = 8, .grows = true},
};

static const char *device_type(const struct disk_io *disk)
{
	if (disk->whole == 1)
		return "disk";
	if (disk->partition == 1)
		return "part";
	return disk->partition == 0 ? "virtual" : "-";
}

static void rate_cell(struct grid_cell *cell, double bytes_per_s)
{
	format_rate(cell->buffer, bytes_per_s);
	cell->style = bytes_per_s > 0 ? STYLE_RATE : STYLE_DIM;
}

/* Operations per second: one that happens every few seconds is not none. */
static void operations_cell(struct grid_cell *cell, double per_s)
{
	if (!isfinite(per_s))
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	else if (per_s > 0 && per_s < 100)
		snprintf(cell->buffer, sizeof(cell->buffer), "%.1f", per_s);
	else
		format_count(cell->buffer, (int64_t)llround(real_min(per_s, 1e15)), 7);
	cell->style = per_s > 0 ? STYLE_TEXT : STYLE_DIM;
}

static void latency_cell(struct grid_cell *cell, double latency_ms)
{
	if (isfinite(latency_ms))
		snprintf(cell->buffer, sizeof(cell->buffer), latency_ms < 1000 ? "%.2f" : "%.0f", latency_ms);
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	cell->style = isfinite(latency_ms) ? STYLE_TEXT : STYLE_DIM;
}

static void percent_cell(struct grid_cell *cell, double percent)
{
	format_percent(cell->buffer, percent, 5);
	cell->style = isfinite(percent) ? style_of_percent(percent) : STYLE_DIM;
}

static void bar_cell(struct grid_cell *cell, double percent)
{
	cell->is_bar = true;
	cell->share = percent / 100;
	cell->style = isfinite(percent) ? style_of_percent(percent) : STYLE_DIM;
}

static void queue_cell(struct grid_cell *cell, int32_t in_flight)
{
	if (in_flight != ABSENT_I32)
		snprintf(cell->buffer, sizeof(cell->buffer), "%d", in_flight);
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	cell->style = in_flight > 0 ? STYLE_TEXT : STYLE_DIM;
}

static void device_cell(const void *context, const void *row, size_t column, struct grid_cell *cell)
{
	const struct disk_io *disk = row;

	(void)context;
	switch (column) {
	case DEVICE_NAME:
		cell->text = disk->name;
		cell->style = disk->whole == 1 ? STYLE_PROGRAM : STYLE_TEXT;
		break;
	case DEVICE_TYPE:
		cell->text = text_of(device_type(disk));
		cell->style = STYLE_LABEL;
		break;
	case DEVICE_READ: rate_cell(cell, disk->read_bytes_per_s); break;
	case DEVICE_WRITE: rate_cell(cell, disk->write_bytes_per_s); break;
	case DEVICE_READS: operations_cell(cell, disk->read_count_per_s); break;
	case DEVICE_WRITES: operations_cell(cell, disk->write_count_per_s); break;
	case DEVICE_LATENCY: latency_cell(cell, disk->latency_ms); break;
	case DEVICE_QUEUE: queue_cell(cell, disk->in_flight); break;
	case DEVICE_BUSY: percent_cell(cell, disk->busy_percent); break;
	default: bar_cell(cell, disk->busy_percent); break;
	}
}

static struct value device_value(const void *context, const void *row, size_t column)
{
	const struct disk_io *disk = row;

	(void)context;
	switch (column) {
	case DEVICE_NAME: return words(disk->name);
	case DEVICE_TYPE: return words(text_of(device_type(disk)));
	case DEVICE_READ: return real(disk->read_bytes_per_s);
	case DEVICE_WRITE: return real(disk->write_bytes_per_s);
	case DEVICE_READS: return real(disk->read_count_per_s);
	case DEVICE_WRITES: return real(disk->write_count_per_s);
	case DEVICE_LATENCY: return real(disk->latency_ms);
	case DEVICE_QUEUE: return real(disk->in_flight == ABSENT_I32 ? ABSENT_F64 : disk->in_flight);
	default: return real(disk->busy_percent);
	}
}

static void device_name(const void *row, char name[GRID_NAME_SIZE])
{
	const struct disk_io *disk = row;

	snprintf(name, GRID_NAME_SIZE, "%.*s", (int)disk->name.length, disk->name.bytes ? disk->name.bytes : "");
}

static const struct grid_class device_class = {
	.columns = device_columns,
	.count = DEVICE_COLUMNS,
	.cell = device_cell,
	.value = device_value,
	.name = device_name,
	.empty = "no block devices",
	.what = "the disks",
};

/* Empty loop devices and RAM disks come in dozens. */
static bool is_device_shown(const struct disk_io *disk)
{
	return disk->whole == 1 || disk->read_count > 0 || disk->write_count > 0;
}

/* Mounts */

enum {
	MOUNT_POINT,
	MOUNT_TYPE,
	MOUNT_SIZE,
	MOUNT_USED,
	MOUNT_FREE,
	MOUNT_PERCENT,
	MOUNT_BAR,
	MOUNT_INODES,
	MOUNT_DEVICE,
	MOUNT_COLUMNS,
};

static const struct grid_column mount_columns[MOUNT_COLUMNS] = {
	[MOUNT_POINT] = {.title = "Mounted on", .width = 12, .is_text = true, .grows = true},
	[MOUNT_TYPE] = {.title = "Type", .width = 7, .importance = 6, .is_text = true},
	[MOUNT_SIZE] = {.title = "Size", .width = 6, .importance = 4, .descending = true},
	[MOUNT_USED] = {.title = "Used", .width = 6, .importance = 3, .descending = true},
	[MOUNT_FREE] = {.title = "Free", .width = 6, .importance = 2},
	[MOUNT_PERCENT] = {.title = "Use%", .width = 6, .descending = true},
	[MOUNT_BAR] = {.title = "", .width = 9, .importance = 5, .is_text = true},
	[MOUNT_INODES] = {.title = "Inode%", .width = 7, .importance = 7, .descending = true},
	[MOUNT_DEVICE] = {.title = "Device", .width = 10, .importance = 8, .is_text = true, .grows = true},
};

static double inode_percent(const struct disk_usage *usage)
{
	if (usage->files == ABSENT_U64 || usage->files_free == ABSENT_U64 || usage->files == 0 ||
	    usage->files_free > usage->files)
		return ABSENT_F64;
	return (double)(usage->files - usage->files_free) / (double)usage->files * 100;
}

/* What did not answer has the figures of its last answer, if it ever gave one. */
static void size_cell(struct grid_cell *cell, const struct disk_partition *mount, uint64_t count)
{
	if (count != ABSENT_U64)
		format_bytes(cell->buffer, count);
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	cell->style = count == ABSENT_U64 || mount->stale == 1 ? STYLE_DIM : STYLE_TEXT;
}

static void mount_percent_cell(struct grid_cell *cell, const struct disk_partition *mount)
{
	if (mount->stale == 1) {
		cell->text = TEXT_LITERAL("stale");
		cell->style = STYLE_ALARM;
	} else {
		percent_cell(cell, mount->usage.percent);
	}
}

static void mount_bar_cell(struct grid_cell *cell, const struct disk_partition *mount)
{
	char age[FORMAT_SIZE];

	if (mount->stale != 1) {
		bar_cell(cell, mount->usage.percent);
		return;
	}
	cell->style = STYLE_ALARM;
	if (isfinite(mount->usage.age_s)) {
		format_age(age, mount->usage.age_s);
		snprintf(cell->buffer, sizeof(cell->buffer), "%s ago", age);
	} else {
		snprintf(cell->buffer, sizeof(cell->buffer), "no answer");
	}
}

static void mount_cell(const void *context, const void *row, size_t column, struct grid_cell *cell)
{
	const struct disk_partition *mount = row;

	(void)context;
	switch (column) {
	case MOUNT_POINT: cell->text = mount->mountpoint; break;
	case MOUNT_TYPE:
		cell->text = mount->fstype;
		cell->style = STYLE_LABEL;
		break;
	case MOUNT_SIZE: size_cell(cell, mount, mount->usage.total); break;
	case MOUNT_USED: size_cell(cell, mount, mount->usage.used); break;
	case MOUNT_FREE: size_cell(cell, mount, mount->usage.free); break;
	case MOUNT_PERCENT: mount_percent_cell(cell, mount); break;
	case MOUNT_BAR: mount_bar_cell(cell, mount); break;
	case MOUNT_INODES: percent_cell(cell, inode_percent(&mount->usage)); break;
	default: cell->text = mount->device; break;
	}
}

static struct value mount_value(const void *context, const void *row, size_t column)
{
	const struct disk_partition *mount = row;

	(void)context;
	switch (column) {
	case MOUNT_POINT: return words(mount->mountpoint);
	case MOUNT_TYPE: return words(mount->fstype);
	case MOUNT_SIZE: return bytes(mount->usage.total);
	case MOUNT_USED: return bytes(mount->usage.used);
	case MOUNT_FREE: return bytes(mount->usage.free);
	case MOUNT_INODES: return real(inode_percent(&mount->usage));
	case MOUNT_DEVICE: return words(mount->device);
	/* What needs a look stands with the fullest. */
	default: return mount->stale == 1 ? real(1000) : real(mount->usage.percent);
	}
}

static void mount_name(const void *row, char name[GRID_NAME_SIZE])
{
	const struct disk_partition *mount = row;

	snprintf(name, GRID_NAME_SIZE, "%.*s %.*s", (int)mount->mountpoint.length,
		 mount->mountpoint.bytes ? mount->mountpoint.bytes : "", (int)mount->device.length,
		 mount->device.bytes ? mount->device.bytes : "");
}

static const struct grid_class mount_class = {
	.columns = mount_columns,
	.count = MOUNT_COLUMNS,
	.cell = mount_cell,
	.value = mount_value,
	.name = mount_name,
	.empty = "no file systems",
	.what = "the file systems",
};

/* As df: not what has no blocks, as proc; but what has not answered is told. */
static bool is_mount_shown(const struct disk_partition *mount)
{
	return mount->stale == 1 || (mount->usage.total != ABSENT_U64 && mount->usage.total > 0);
}

/* The screen */

static void *disks_open(struct shell *shell, size_t tab)
{
	struct disks_screen *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	grid_init(&state->devices, &device_class, GRID_UNSORTED);
	grid_init(&state->mounts, &mount_class, GRID_UNSORTED);
	state->grids[GRID_DEVICES] = &state->devices;
	state->grids[GRID_MOUNTS] = &state->mounts;
	return state;
}

static void disks_close(void *context)
{
	struct disks_screen *state = context;

	grid_free(&state->devices);
	grid_free(&state->mounts);
	free(state);
}

static void disks_needs(const void *context, struct request *request)
{
	(void)context;
	request->sections |= SECTION_BIT(SECTION_DISK) | SECTION_BIT(SECTION_FILESYSTEM);
}

static void disks_update(void *context, const struct snapshot *snapshot)
{
	struct disks_screen *state = context;

	state->snapshot = snapshot;
	state->devices.is_stale = state->mounts.is_stale = true;
}

static void refresh_devices(struct disks_screen *state)
{
	const struct list *list = &state->snapshot->disks.io;

	if (!state->devices.is_stale)
		return;
	grid_begin(&state->devices, NULL);
	grid_from(&state->devices, state->snapshot, SECTION_DISK, list);
	for (size_t i = 0; i < list->count; i++) {
		if (is_device_shown(&LIST_ITEMS(*list, const struct disk_io)[i]))
			grid_add(&state->devices, &LIST_ITEMS(*list, const struct disk_io)[i]);
	}
	grid_end(&state->devices);
}

static void refresh_mounts(struct disks_screen *state)
{
	const struct list *list = &state->snapshot->disks.partitions;

	if (!state->mounts.is_stale)
		return;
	grid_begin(&state->mounts, NULL);
	grid_from(&state->mounts, state->snapshot, SECTION_FILESYSTEM, list);
	for (size_t i = 0; i < list->count; i++) {
		if (is_mount_shown(&LIST_ITEMS(*list, const struct disk_partition)[i]))
			grid_add(&state->mounts, &LIST_ITEMS(*list, const struct disk_partition)[i]);
	}
	grid_end(&state->mounts);
}

static void refresh(struct disks_screen *state)
{
	if (!state->snapshot)
		return;
	refresh_devices(state);
	refresh_mounts(state);
}

static void draw_traces(const struct disks_screen *state, struct canvas *canvas, struct area area)
{
	const struct disk_io *disk = grid_selected(&state->devices);
	const struct disk_io *shown = disk ? disk : &state->snapshot->disks.io_total;
	const struct trace traces[] = {
		{"read", SERIES_DISK_READ, shown->read_bytes_per_s, 0, TRACE_LEAST, STYLE_RATE, trace_format_rate},
		{"write", SERIES_DISK_WRITE, shown->write_bytes_per_s, 0, TRACE_LEAST, STYLE_RATE, trace_format_rate},
	};

	traces_draw(state->shell, canvas, area, disk ? disk->name : TEXT_LITERAL("all disks"),
		    disk ? disk->name : TEXT_ABSENT, traces, sizeof(traces) / sizeof(traces[0]));
}

static void disks_draw(void *context, struct canvas *canvas, struct area area)
{
	struct disks_screen *state = context;
	int rows[GRID_COUNT], graph_rows = traces_rows(area.rows);

	if (area.rows <= 0)
		return;
	if (!state->snapshot) {
		canvas_left(canvas, area.row, area.column, area.columns, STYLE_DIM, TEXT_LITERAL("reading the disks"));
		return;
	}
	refresh(state);
	if (graph_rows > 0)
		draw_traces(state, canvas, (struct area){area.row, area.column, graph_rows, area.columns});
	area.row += graph_rows;
	grids_share(state->grids, GRID_COUNT, state->focus, area.rows - graph_rows, rows);
	for (size_t i = 0; i < GRID_COUNT; i++) {
		area.rows = rows[i];
		grid_draw(state->grids[i], canvas, area, i == state->focus);
		area.row += rows[i];
	}
}

static bool disks_act(void *context, enum action action)
{
	struct disks_screen *state = context;

	refresh(state);
	if (grid_act_dialog(state->grids[state->focus], state->shell, action))
		return true;
	return grids_act(state->grids, GRID_COUNT, &state->focus, action);
}

static void disks_mouse(void *context, const struct mouse *mouse)
{
	struct disks_screen *state = context;

	refresh(state);
	grids_mouse(state->grids, GRID_COUNT, &state->focus, mouse);
}

const struct screen screen_disks = {
	.name = "Disks",
	.open = disks_open,
	.close = disks_close,
	.needs = disks_needs,
	.update = disks_update,
	.draw = disks_draw,
	.act = disks_act,
	.mouse = disks_mouse,
};
