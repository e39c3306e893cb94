/* I/O counters of block devices, by libproc2 from /proc/diskstats. */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <libproc2/diskstats.h>

#include "collect/collector.h"
#include "model/field.h"

#define SECTOR_BYTES 512u /* of /proc/diskstats, whatever the device's own sector is */

enum {
	ITEM_NAME,
	ITEM_READS,
	ITEM_READS_MERGED,
	ITEM_READ_SECTORS,
	ITEM_READ_TIME,
	ITEM_WRITES,
	ITEM_WRITES_MERGED,
	ITEM_WRITE_SECTORS,
	ITEM_WRITE_TIME,
	ITEM_IO_TIME,
	ITEM_IN_FLIGHT,
	ITEM_COUNT,
};

static enum diskstats_item items[ITEM_COUNT] = {
	[ITEM_NAME] = DISKSTATS_NAME,
	[ITEM_READS] = DISKSTATS_READS,
	[ITEM_READS_MERGED] = DISKSTATS_READS_MERGED,
	[ITEM_READ_SECTORS] = DISKSTATS_READ_SECTORS,
	[ITEM_READ_TIME] = DISKSTATS_READ_TIME,
	[ITEM_WRITES] = DISKSTATS_WRITES,
	[ITEM_WRITES_MERGED] = DISKSTATS_WRITES_MERGED,
	[ITEM_WRITE_SECTORS] = DISKSTATS_WRITE_SECTORS,
	[ITEM_WRITE_TIME] = DISKSTATS_WRITE_TIME,
	[ITEM_IO_TIME] = DISKSTATS_IO_TIME,
	[ITEM_IN_FLIGHT] = DISKSTATS_IO_INPROGRESS,
};

static int disk_io_open(const struct root *root, void **ret_state)
{
	struct diskstats_info *info = NULL;
	int r = procps_diskstats_new(&info);

	(void)root;
	if (r < 0)
		return r;
	*ret_state = info;
	return 0;
}

static void disk_io_close(void *state)
{
	struct diskstats_info *info = state;

	procps_diskstats_unref(&info);
}

static bool exists(const struct root *root, const char *format, const char *name)
{
	char path[128];
	struct stat status;

	if (snprintf(path, sizeof(path), format, name) >= (int)sizeof(path))
		return false;
	return root->sys_fd >= 0 && fstatat(root->sys_fd, path, &status, 0) == 0;
}

/* Whole and physical: in sys/block (a partition is not), with a device behind it (dm, md, loop and zram have none).
 * The kernel writes a '/' of a device's name as '!' in sysfs. */
static void find_kind(const struct root *root, const char *device, struct disk_io *disk)
{
	char name[64];

	if (root->sys_fd < 0 || snprintf(name, sizeof(name), "%s", device) >= (int)sizeof(name))
		return;
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '!';
	disk->whole = exists(root, "block/%s/device", name);
	disk->partition = !disk->whole && exists(root, "class/block/%s/partition", name);
}

static void fill_disk(const struct diskstats_stack *stack, const struct root *root, struct arena *arena,
		      struct disk_io *disk)
{
	const struct diskstats_result *head = stack->head;
	const char *name = head[ITEM_NAME].result.str ? head[ITEM_NAME].result.str : "";

	record_clear(record_disk_io, disk);
	disk->name = arena_string(arena, name);
	disk->read_count = head[ITEM_READS].result.ul_int;
	disk->write_count = head[ITEM_WRITES].result.ul_int;
	disk->read_bytes = (uint64_t)head[ITEM_READ_SECTORS].result.ul_int * SECTOR_BYTES;
	disk->write_bytes = (uint64_t)head[ITEM_WRITE_SECTORS].result.ul_int * SECTOR_BYTES;
	disk->read_time = head[ITEM_READ_TIME].result.ul_int;
	disk->write_time = head[ITEM_WRITE_TIME].result.ul_int;
	disk->busy_time = head[ITEM_IO_TIME].result.ul_int;
	disk->read_merged_count = head[ITEM_READS_MERGED].result.ul_int;
	disk->write_merged_count = head[ITEM_WRITES_MERGED].result.ul_int;
	disk->in_flight = (int32_t)head[ITEM_IN_FLIGHT].result.s_int;
	find_kind(root, name, disk);
}

static void add(struct disk_io *total, const struct disk_io *disk)
{
	total->read_count += disk->read_count;
	total->write_count += disk->write_count;
	total->read_bytes += disk->read_bytes;
	total->write_bytes += disk->write_bytes;
	total->read_time += disk->read_time;
	total->write_time += disk->write_time;
	total->busy_time += disk->busy_time;
	total->read_merged_count += disk->read_merged_count;
	total->write_merged_count += disk->write_merged_count;
	total->in_flight += disk->in_flight;
}

/* Each I/O once: what passes a partition, dm or md above a device is counted by the device. */
static void sum_whole_devices(struct disks *disks)
{
	const struct disk_io *items_of = disks->io.items;
	struct disk_io total = {.read_bytes_per_s = ABSENT_F64, .write_bytes_per_s = ABSENT_F64,
				.read_count_per_s = ABSENT_F64, .write_count_per_s = ABSENT_F64,
				.read_latency_ms = ABSENT_F64, .write_latency_ms = ABSENT_F64,
				.latency_ms = ABSENT_F64, .busy_percent = ABSENT_F64, .whole = ABSENT_BOOL,
				.partition = ABSENT_BOOL};

	for (size_t i = 0; i < disks->io.count; i++) {
		if (items_of[i].whole == 1)
			add(&total, &items_of[i]);
	}
	disks->io_total = total;
}

static int disk_io_read(void *state, struct tick *tick)
{
	struct disks *disks = &tick->snapshot->disks;
	struct diskstats_reaped *reaped;
	struct disk_io *list;

	errno = 0;
	reaped = procps_diskstats_reap(state, items, ITEM_COUNT);
	if (!reaped)
		return errno ? -errno : -EBADMSG;
	list = arena_array(&tick->snapshot->arena, (size_t)reaped->total, sizeof(*list));
	for (int i = 0; i < reaped->total; i++)
		fill_disk(reaped->stacks[i], tick->root, &tick->snapshot->arena, &list[i]);
	disks->io = (struct list){list, (size_t)reaped->total};
	if (tick->root->sys_fd >= 0)
		sum_whole_devices(disks);
	return 0;
}

const struct collector collector_disk_io = {
	.name = "disk_io",
	.sections = SECTION_BIT(SECTION_DISK),
	.open = disk_io_open,
	.read = disk_io_read,
	.close = disk_io_close,
};
