/* Mounts: the text of proc/self/mounts and mountinfo, usage, and the collector over trees and with a slow thread
 * that has no worker left. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "collect/mount_usage.h"
#include "collect/partitions.h"
#include "reading.h"
#include "tree.h"

/* As many as the slow thread has workers. */
#define WORKERS 8

static int parse_mount(const char *line, struct arena *arena, struct mount *mount)
{
	struct cursor cursor = cursor_of_text(text_of(line));

	return mounts_next(&cursor, arena, mount);
}

static void assert_mount(const struct mount *mount, const char *device, const char *mountpoint, const char *fstype,
			 const char *opts)
{
	assert_true(text_equal_string(mount->device, device));
	assert_true(text_equal_string(mount->mountpoint, mountpoint));
	assert_true(text_equal_string(mount->fstype, fstype));
	assert_true(text_equal_string(mount->opts, opts));
}

static void lines_follow_each_other(void **state)
{
	static const char text[] = "/dev/vda / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0";
	struct cursor cursor = cursor_of(text, sizeof(text) - 1);
	struct arena arena = {0};
	struct mount mount;

	(void)state;
	assert_int_equal(mounts_next(&cursor, &arena, &mount), 1);
	assert_mount(&mount, "/dev/vda", "/", "ext4", "rw,relatime");
	assert_int_equal(mounts_next(&cursor, &arena, &mount), 1);
	assert_mount(&mount, "proc", "/proc", "proc", "rw");
	assert_int_equal(mounts_next(&cursor, &arena, &mount), 0);
	arena_free(&arena);
}

static void escapes_are_decoded(void **state)
{
	struct arena arena = {0};
	struct mount mount;

	(void)state;
	assert_int_equal(parse_mount("a\\040b\\043 /m\\011\\012\\134\\377\\0400 x\\040 rw,d=/\\040\\134\\054\\043 0 0\n",
				     &arena, &mount), 1);
	assert_mount(&mount, "a b#", "/m\t\n\\\377 0", "x ", "rw,d=/ \\\\054\\043");
	/* What is no escape stays: \400 is above a byte, \08 not octal, the last one cut. */
	assert_int_equal(parse_mount("\\400 \\08x \\04 \\", &arena, &mount), 1);
	assert_mount(&mount, "\\400", "\\08x", "\\04", "\\");
	assert_true(text_equal_string(octal_decode(TEXT_LITERAL("\\040\\04"), &arena), " \\04"));
	arena_free(&arena);
}

static void device_may_be_empty(void **state)
{
	struct arena arena = {0};
	struct mount mount;

	(void)state;
	assert_int_equal(parse_mount(" /mnt tmpfs rw 0 0\n", &arena, &mount), 1);
	assert_mount(&mount, "", "/mnt", "tmpfs", "rw");
	arena_free(&arena);
}

static void missing_fields_are_refused(void **state)
{
	static const char *const lines[] = {"\n", "x", "x \n", "x /y\n", "x /y z\n", "x /y z \n", "   \n"};
	struct arena arena = {0};
	struct mount mount = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse_mount(lines[i], &arena, &mount), -EBADMSG);
	assert_null(mount.device.bytes);
	arena_free(&arena);
}

static int parse_id(const char *line, struct arena *arena, struct mount_id *id)
{
	struct cursor cursor = cursor_of_text(text_of(line));

	return mountinfo_next(&cursor, arena, id);
}

static void mountinfo_is_parsed(void **state)
{
	static const char *const bad[] = {
		"\n", "x 1 2:3 / /m", "1", "1 2", "1 2 3", "1 2 3:", "1 2 3:4", "1 2 3:4 /", "1 2 3:4 / \n",
		"1 2 3-4 / /m", "1 2 4294967296:4 / /m", "99999999999 2 3:4 / /m",
	};
	struct arena arena = {0};
	struct mount_id id;

	(void)state;
	assert_int_equal(parse_id("36 35 98:4 /mnt1 /m\\040n rw,noatime master:1 - ext3 /dev/root rw\n", &arena, &id), 1);
	assert_int_equal(id.id, 36);
	assert_int_equal(id.major, 98);
	assert_int_equal(id.minor, 4);
	assert_true(text_equal_string(id.mountpoint, "/m n"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(parse_id(bad[i], &arena, &id) < 0);
	assert_int_equal(parse_id("", &arena, &id), 0);
	arena_free(&arena);
}

static void physical_types_are_those_with_a_device(void **state)
{
	const struct text types = TEXT_LITERAL("nodev\tsysfs\nnodev\ttmpfs\n\text4\nnodev\tzfs\n\tfuseblk\n"
					       "nodev\tfuse\n\txfs");

	(void)state;
	assert_true(filesystems_physical(types, TEXT_LITERAL("ext4")));
	assert_true(filesystems_physical(types, TEXT_LITERAL("fuseblk")));
	assert_true(filesystems_physical(types, TEXT_LITERAL("xfs")));
	assert_true(filesystems_physical(types, TEXT_LITERAL("zfs")));
	assert_false(filesystems_physical(types, TEXT_LITERAL("tmpfs")));
	assert_false(filesystems_physical(types, TEXT_LITERAL("fuse")));
	assert_false(filesystems_physical(types, TEXT_LITERAL("ext")));
	assert_false(filesystems_physical(types, TEXT_LITERAL("ext44")));
	assert_false(filesystems_physical(types, TEXT_LITERAL("")));
	assert_false(filesystems_physical(TEXT_LITERAL(""), TEXT_LITERAL("ext4")));
}

#define USAGE_ABSENT                                                                                                   \
	{                                                                                                              \
		ABSENT_U64, ABSENT_U64, ABSENT_U64, ABSENT_F64, ABSENT_U64, ABSENT_U64, ABSENT_F64                     \
	}

static void usage_is_what_df_shows(void **state)
{
	const struct statvfs fs = {.f_bsize = 1, .f_frsize = 4096, .f_blocks = 1000, .f_bfree = 400, .f_bavail = 300,
				   .f_files = 77, .f_ffree = 33, .f_favail = 22};
	struct disk_usage usage = USAGE_ABSENT;

	(void)state;
	usage_of(&fs, &usage);
	assert_int_equal(usage.total, 4096000);
	assert_int_equal(usage.used, 2457600);
	assert_int_equal(usage.free, 1228800);
	assert_near(usage.percent, 600.0 / 900 * 100);
	assert_int_equal(usage.files, 77);
	assert_int_equal(usage.files_free, 33);
}

/* Inodes are counted by no btrfs: 0 of 0 is not a number of them. */
static void files_without_a_count_are_absent(void **state)
{
	const struct statvfs fs = {.f_frsize = 4096, .f_blocks = 10, .f_bfree = 5, .f_bavail = 5};
	struct disk_usage usage = USAGE_ABSENT;

	(void)state;
	usage_of(&fs, &usage);
	assert_near(usage.percent, 50);
	assert_true(usage.files == ABSENT_U64 && usage.files_free == ABSENT_U64);
}

static void usage_without_blocks_has_no_percent(void **state)
{
	const struct statvfs fs = {.f_frsize = 4096};
	struct disk_usage usage = USAGE_ABSENT;

	(void)state;
	usage_of(&fs, &usage);
	assert_true(usage.total == 0 && usage.used == 0 && usage.free == 0);
	assert_true(isnan(usage.percent));
}

static void impossible_usage_is_absent(void **state)
{
	const struct statvfs more_free = {.f_frsize = 4096, .f_blocks = 10, .f_bfree = 11, .f_bavail = 5};
	const struct statvfs huge = {.f_frsize = 4096, .f_blocks = UINT64_MAX / 4, .f_bfree = 0, .f_bavail = UINT64_MAX};
	struct disk_usage usage = USAGE_ABSENT, none = USAGE_ABSENT;

	(void)state;
	usage_of(&more_free, &usage);
	assert_int_equal(usage.total, 40960);
	assert_true(usage.used == ABSENT_U64);
	assert_int_equal(usage.free, 5 * 4096);
	assert_true(isnan(usage.percent));
	usage_of(&huge, &none);
	assert_true(none.total == ABSENT_U64 && none.used == ABSENT_U64 && none.free == ABSENT_U64);
	assert_true(isnan(none.percent));
}

static void later_mount_hides_earlier(void **state)
{
	const struct mount mounts[] = {
		{.mountpoint = TEXT_LITERAL("/a")},
		{.mountpoint = TEXT_LITERAL("/a/b")},
		{.mountpoint = TEXT_LITERAL("/a")},
		{.mountpoint = TEXT_LITERAL("/")},
	};

	(void)state;
	assert_true(mount_is_hidden(mounts, 4, 0));
	assert_false(mount_is_hidden(mounts, 4, 1));
	assert_false(mount_is_hidden(mounts, 4, 2));
	assert_false(mount_is_hidden(mounts, 4, 3));
}

static void what_may_hang_is_told_by_type_and_path(void **state)
{
	const struct {
		struct mount mount;
		bool may_hang;
	} rows[] = {
		{{.mountpoint = TEXT_LITERAL("/"), .fstype = TEXT_LITERAL("ext4")}, false},
		{{.mountpoint = TEXT_LITERAL("/proc"), .fstype = TEXT_LITERAL("proc")}, false},
		{{.mountpoint = TEXT_LITERAL("/remote/disk"), .fstype = TEXT_LITERAL("ext4")}, true},
		{{.mountpoint = TEXT_LITERAL("/remote"), .fstype = TEXT_LITERAL("nfs4")}, true},
		{{.mountpoint = TEXT_LITERAL("/remote2"), .fstype = TEXT_LITERAL("tmpfs")}, false},
		{{.mountpoint = TEXT_LITERAL("/ssh"), .fstype = TEXT_LITERAL("fuse.sshfs")}, true},
		{{.mountpoint = TEXT_LITERAL("/win"), .fstype = TEXT_LITERAL("fuseblk")}, true},
		{{.mountpoint = TEXT_LITERAL("/new"), .fstype = TEXT_LITERAL("newfs")}, true},
	};
	const struct text filesystems = TEXT_LITERAL("nodev\tproc\nnodev\tnfs4\n\text4\n\tfuseblk\nnodev\tnewfs\n");
	enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
	struct mount mounts[COUNT];
	bool may_hang[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		mounts[i] = rows[i].mount;
	mounts_that_may_hang(mounts, COUNT, filesystems, may_hang);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(may_hang[i], rows[i].may_hang);
	/* Without the kernel's list only what lives in memory is known to answer. */
	mounts_that_may_hang(mounts, COUNT, TEXT_ABSENT, may_hang);
	assert_true(may_hang[0]);
	mounts[0].mountpoint = TEXT_LITERAL("/elsewhere");
	mounts_that_may_hang(mounts, COUNT, TEXT_ABSENT, may_hang);
	assert_false(may_hang[1]);
}

static void child_answers_as_the_thread_does(void **state)
{
	struct mount_answer here, child;

	(void)state;
	memset(&here, 0xff, sizeof(here));
	memset(&child, 0xff, sizeof(child));
	assert_int_equal(mount_usage_local.run("/proc", &here), 0);
	assert_int_equal(mount_usage_remote.run("/proc", &child), 0);
	assert_true(child.mount_id > 0 && child.mount_id == here.mount_id);
	assert_int_equal(child.fs.f_bsize, here.fs.f_bsize);
	assert_int_equal(child.fs.f_namemax, here.fs.f_namemax);
	assert_int_equal(mount_usage_local.run("/nonexistent", &here), -ENOENT);
	assert_int_equal(mount_usage_remote.run("/nonexistent", &child), -ENOENT);
	/* No child is left to be waited for. */
	assert_int_equal(waitpid(-1, NULL, __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

/* The collector. */

static const struct disk_partition *row_of(const struct reading *reading, size_t index)
{
	assert_true(index < reading->snapshot->disks.partitions.count);
	return &LIST_ITEMS(reading->snapshot->disks.partitions, struct disk_partition)[index];
}

static void assert_no_usage(const struct disk_partition *row)
{
	assert_true(row->usage.total == ABSENT_U64 && row->usage.used == ABSENT_U64 && row->usage.free == ABSENT_U64);
	assert_true(row->usage.files == ABSENT_U64 && row->usage.files_free == ABSENT_U64);
	assert_true(isnan(row->usage.percent) && isnan(row->usage.age_s));
}

static void make_mounts(const char *directory)
{
	tree_write(directory, "proc/filesystems", "nodev\ttmpfs\nnodev\tautofs\n\text4\n");
	tree_write(directory, "proc/self/mounts",
		   "/dev/sda1 /data\\040disk ext4 rw 0 0\n"
		   "none /data\\040disk ext4 ro 0 0\n"
		   "tmpfs /new\\012line tmpfs rw 0 0\n"
		   "systemd-1 /auto autofs rw,fd=30 0 0\n"
		   "/dev/sdb1 /gone ext4 rw 0 0\n");
	tree_mkdir(directory, "data disk");
	tree_mkdir(directory, "new\nline");
	tree_mkdir(directory, "auto");
}

static void collector_lists_every_mount(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;
	struct statvfs fs;

	(void)state;
	tree_make(directory);
	make_mounts(directory);
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	assert_int_equal(reading.snapshot->disks.partitions.count, 5);
	assert_int_equal(statvfs(directory, &fs), 0);
	assert_true(text_equal_string(row_of(&reading, 0)->mountpoint, "/data disk"));
	assert_int_equal(row_of(&reading, 0)->physical, 1);
	assert_no_usage(row_of(&reading, 0)); /* hidden by the next */
	assert_int_equal(row_of(&reading, 0)->stale, ABSENT_BOOL);
	assert_true(text_equal_string(row_of(&reading, 1)->device, "none"));
	assert_int_equal(row_of(&reading, 1)->physical, 0);
	assert_true(row_of(&reading, 1)->usage.total == fs.f_blocks * fs.f_frsize);
	assert_int_equal(row_of(&reading, 1)->stale, 0);
	assert_true(row_of(&reading, 1)->usage.age_s >= 0);
	assert_true(text_equal_string(row_of(&reading, 2)->mountpoint, "/new\nline"));
	assert_int_equal(row_of(&reading, 2)->physical, 0);
	assert_true(row_of(&reading, 2)->usage.total == fs.f_blocks * fs.f_frsize);
	assert_true(text_equal_string(row_of(&reading, 3)->fstype, "autofs"));
	assert_no_usage(row_of(&reading, 3));
	assert_no_usage(row_of(&reading, 4));
	assert_int_equal(row_of(&reading, 4)->stale, ABSENT_BOOL);
	assert_int_equal(reading.snapshot->errors.count, 0);
	reading_close(&reading);
	tree_remove(directory);
}

/* The ids of this tree are nobody's: none of its mounts is the one that answers. */
static void answer_of_another_mount_is_not_taken(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	tree_write(directory, "proc/filesystems", "\text4\n");
	tree_write(directory, "proc/self/mounts", "/dev/sda1 /data ext4 rw 0 0\n");
	tree_write(directory, "proc/self/mountinfo", "2147483647 1 8:1 / /data rw - ext4 /dev/sda1 rw\n");
	tree_mkdir(directory, "data");
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	assert_no_usage(row_of(&reading, 0));
	/* Where mountinfo is of another moment it does not count. */
	tree_write(directory, "proc/self/mountinfo", "2147483647 1 8:1 / /other rw - ext4 /dev/sda1 rw\n");
	assert_int_equal(reading_tick(&reading), 0);
	assert_true(row_of(&reading, 0)->usage.total != ABSENT_U64);
	reading_close(&reading);
	tree_remove(directory);
}

static void root_device_is_resolved(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	tree_write(directory, "proc/filesystems", "\text4\n");
	tree_write(directory, "proc/self/mounts", "/dev/root / ext4 rw 0 0\nrootfs /x ext4 rw 0 0\n");
	tree_write(directory, "proc/self/mountinfo", "1 1 259:2 / / rw - ext4 /dev/root rw\n"
						     "2 1 259:2 / /x rw - ext4 rootfs rw\n");
	tree_write(directory, "sys/dev/block/259:2/uevent", "MAJOR=259\nMINOR=2\nDEVNAME=nvme0n1p2\nDEVTYPE=partition\n");
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	assert_true(text_equal_string(row_of(&reading, 0)->device, "/dev/root")); /* no such device node */
	tree_write(directory, "dev/nvme0n1p2", "");
	assert_int_equal(reading_tick(&reading), 0);
	assert_true(text_equal_string(row_of(&reading, 0)->device, "/dev/nvme0n1p2"));
	assert_true(text_equal_string(row_of(&reading, 1)->device, "/dev/nvme0n1p2"));
	reading_close(&reading);
	tree_remove(directory);
}

static void missing_files_are_told(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	tree_mkdir(directory, "proc");
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), -ENOENT);
	assert_null(reading.snapshot->disks.partitions.items);
	tree_write(directory, "proc/self/mounts", "/dev/sda1 /data ext4 rw 0 0\n");
	assert_int_equal(reading_tick(&reading), 0);
	assert_int_equal(row_of(&reading, 0)->physical, ABSENT_BOOL);
	assert_non_null(reading_error(&reading, "partitions/filesystems", ENOENT));
	tree_write(directory, "proc/self/mounts", "/dev/sda1 /data\n");
	assert_int_equal(reading_tick(&reading), -EBADMSG);
	reading_close(&reading);
	tree_remove(directory);
}

/* A directory nobody may pass is a path with a file in it, for root as well. */
static void failing_usage_is_noted_once(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	tree_write(directory, "proc/filesystems", "\text4\n");
	tree_write(directory, "proc/self/mounts", "/dev/sda1 /file/a ext4 rw 0 0\n/dev/sda2 /file/b ext4 rw 0 0\n");
	tree_write(directory, "file", "");
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	assert_no_usage(row_of(&reading, 0));
	assert_int_equal(reading.snapshot->errors.count, 1);
	assert_non_null(reading_error(&reading, "partitions/usage", ENOTDIR));
	reading_close(&reading);
	tree_remove(directory);
}

static atomic_int hanging;

/* Waits for a byte from the descriptor its key begins with. */
static int run_hanging(const char *key, void *result)
{
	struct cursor cursor = cursor_of_text(text_of(key));
	uint64_t fd;

	if (parse_u64(&cursor, &fd) < 0)
		return -EINVAL;
	atomic_fetch_add(&hanging, 1);
	return read((int)fd, result, 1) == 1 ? 0 : -EPIPE;
}

/* One job may not take them all. */
static const struct slow_job hanging_jobs[] = {
	{"hanging", 1, run_hanging, 1000, 1000},
	{"hanging too", 1, run_hanging, 1000, 1000},
};

/* Take every worker the slow thread may have. Returns the descriptor whose closing lets them go. */
static int take_all_workers(struct slow *slow)
{
	uint64_t deadline_ns = clock_monotonic_ns() + READING_WAIT_S * NS_PER_S;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	atomic_store(&hanging, 0);
	for (int i = 0; atomic_load(&hanging) < WORKERS && clock_monotonic_ns() < deadline_ns; i = (i + 1) % WORKERS) {
		char key[32], byte;
		double age_s;

		snprintf(key, sizeof(key), "%d#%d", ends[0], i);
		(void)slow_get(slow, &hanging_jobs[i % 2], key, clock_monotonic_ns() + NS_PER_S / 100, &byte, &age_s);
	}
	assert_int_equal(atomic_load(&hanging), WORKERS);
	return ends[1];
}

static void make_many_mounts(const char *directory, int count)
{
	char path[512];
	FILE *file;

	tree_write(directory, "proc/filesystems", "\text4\n");
	tree_write(directory, "proc/self/mounts", "");
	assert_true(snprintf(path, sizeof(path), "%s/proc/self/mounts", directory) < (int)sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < count; i++)
		assert_true(fprintf(file, "/dev/sd%d /m%d ext4 rw 0 0\n", i, i) > 0);
	assert_int_equal(fclose(file), 0);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "m%d", i);
		tree_mkdir(directory, path);
	}
}

static void thousand_mounts_are_all_measured(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	make_many_mounts(directory, 1000);
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	assert_int_equal(reading.snapshot->disks.partitions.count, 1000);
	for (size_t i = 0; i < 1000; i++) {
		char mountpoint[16];

		snprintf(mountpoint, sizeof(mountpoint), "/m%zu", i);
		assert_true(text_equal_string(row_of(&reading, i)->mountpoint, mountpoint));
		assert_true(row_of(&reading, i)->usage.total != ABSENT_U64);
		assert_int_equal(row_of(&reading, i)->stale, 0);
	}
	reading_close(&reading);
	tree_remove(directory);
}

static void hanging_mounts_share_one_deadline(void **state)
{
	const struct source_error *error;
	char directory[] = TREE_TEMPLATE;
	struct reading reading;
	uint64_t start_ns;
	int release;

	(void)state;
	tree_make(directory);
	make_many_mounts(directory, 200);
	reading_open(&reading, &collector_partitions, directory);
	release = take_all_workers(reading.slow);
	reading.request.slow_wait_s = 0.2;
	start_ns = clock_monotonic_ns();
	assert_int_equal(reading_tick(&reading), 0);
	assert_true(clock_monotonic_ns() - start_ns >= NS_PER_S / 5);
	assert_true(clock_monotonic_ns() - start_ns < READING_WAIT_S * NS_PER_S);
	for (size_t i = 0; i < 200; i++) {
		assert_no_usage(row_of(&reading, i));
		assert_int_equal(row_of(&reading, i)->stale, 1);
	}
	error = reading_error(&reading, "partitions/usage", ETIMEDOUT);
	assert_non_null(error);
	assert_true(text_equal_string(error->message, "/m0 and 199 more do not answer"));
	close(release);
	reading_close(&reading);
	tree_remove(directory);
}

/* On a screen nothing is waited for; that an answer has not come yet is no fault until its time is over. */
static void screen_does_not_wait(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;
	uint64_t deadline_ns;
	int release;

	(void)state;
	tree_make(directory);
	make_many_mounts(directory, 1);
	reading_open(&reading, &collector_partitions, directory);
	release = take_all_workers(reading.slow);
	reading.request.slow_wait_s = 0;
	assert_int_equal(reading_tick(&reading), 0);
	assert_no_usage(row_of(&reading, 0));
	assert_int_equal(row_of(&reading, 0)->stale, ABSENT_BOOL);
	assert_int_equal(reading.snapshot->errors.count, 0);
	deadline_ns = clock_monotonic_ns() + READING_WAIT_S * NS_PER_S;
	while (row_of(&reading, 0)->stale != 1 && clock_monotonic_ns() < deadline_ns)
		assert_int_equal(reading_tick(&reading), 0);
	assert_no_usage(row_of(&reading, 0));
	assert_non_null(reading_error(&reading, "partitions/usage", ETIMEDOUT));
	close(release);
	while (row_of(&reading, 0)->stale != 0 && clock_monotonic_ns() < deadline_ns)
		assert_int_equal(reading_tick(&reading), 0);
	assert_true(row_of(&reading, 0)->usage.total != ABSENT_U64);
	reading_close(&reading);
	tree_remove(directory);
}

static void mount_that_stops_answering_keeps_old_usage(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;
	uint64_t total, deadline_ns;
	int release;

	(void)state;
	tree_make(directory);
	make_many_mounts(directory, 1);
	assert_int_equal(reading_once(&reading, &collector_partitions, directory), 0);
	total = row_of(&reading, 0)->usage.total;
	assert_true(total != ABSENT_U64);
	release = take_all_workers(reading.slow);
	reading.request.slow_wait_s = 0.05;
	deadline_ns = clock_monotonic_ns() + READING_WAIT_S * NS_PER_S;
	do {
		assert_int_equal(reading_tick(&reading), 0);
		assert_true(row_of(&reading, 0)->usage.total == total);
	} while (row_of(&reading, 0)->stale != 1 && clock_monotonic_ns() < deadline_ns);
	assert_int_equal(row_of(&reading, 0)->stale, 1);
	assert_true(row_of(&reading, 0)->usage.age_s >= 2);
	assert_non_null(reading_error(&reading, "partitions/usage", ETIMEDOUT));
	close(release);
	reading_close(&reading);
	tree_remove(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_follow_each_other),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(device_may_be_empty),
		cmocka_unit_test(missing_fields_are_refused),
		cmocka_unit_test(mountinfo_is_parsed),
		cmocka_unit_test(physical_types_are_those_with_a_device),
		cmocka_unit_test(usage_is_what_df_shows),
		cmocka_unit_test(files_without_a_count_are_absent),
		cmocka_unit_test(usage_without_blocks_has_no_percent),
		cmocka_unit_test(impossible_usage_is_absent),
		cmocka_unit_test(later_mount_hides_earlier),
		cmocka_unit_test(what_may_hang_is_told_by_type_and_path),
		cmocka_unit_test(child_answers_as_the_thread_does),
		cmocka_unit_test(collector_lists_every_mount),
		cmocka_unit_test(answer_of_another_mount_is_not_taken),
		cmocka_unit_test(root_device_is_resolved),
		cmocka_unit_test(missing_files_are_told),
		cmocka_unit_test(failing_usage_is_noted_once),
		cmocka_unit_test(thousand_mounts_are_all_measured),
		cmocka_unit_test(hanging_mounts_share_one_deadline),
		cmocka_unit_test(screen_does_not_wait),
		cmocka_unit_test(mount_that_stops_answering_keeps_old_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
