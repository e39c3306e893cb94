/* Mounted file systems and their usage.
 *
 * Every line of proc/self/mounts becomes a row. Usage is asked for by path, on the slow thread, and a path leads only
 * to the mount on top: of mounts that hide one another only that one has usage, the others' is absent. Which one
 * answered is told by its mount id (statx STATX_MNT_ID, Linux 5.8) against proc/self/mountinfo; where that file is not
 * there or does not match, the last line of a mountpoint takes the answer. */
#include "collect/partitions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "collect/collector.h"
#include "collect/mount_usage.h"
#include "collect/slow.h"
#include "collect/slow_path.h"
#include "model/field.h"

/* Parsing. */

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

static bool is_escape(const char *p, const char *end)
{
	return end - p >= 4 && p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && is_octal(p[2]) && is_octal(p[3]);
}

static char escaped_char(const char *p)
{
	return (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
}

/* only: the characters to decode; NULL: all. */
static struct text decode(struct text text, const char *only, struct arena *arena)
{
	const char *p = text.bytes, *end = p + text.length;
	char *bytes, *out;

	if (!text.length || !memchr(p, '\\', text.length))
		return arena_text(arena, p, text.length);
	out = bytes = arena_alloc(arena, text.length + 1);
	while (p < end) {
		bool wanted = is_escape(p, end);

		if (wanted && only)
			wanted = escaped_char(p) && strchr(only, escaped_char(p));
		*out++ = wanted ? escaped_char(p) : *p;
		p += wanted ? 4 : 1;
	}
	return (struct text){bytes, (size_t)(out - bytes)};
}

struct text octal_decode(struct text text, struct arena *arena)
{
	return decode(text, NULL, arena);
}

int mounts_next(struct cursor *cursor, struct arena *arena, struct mount *ret_mount)
{
	struct text device, mountpoint, fstype, opts;
	struct cursor line;

	if (!parse_line(cursor, &line))
		return 0;
	if (parse_until(&line, ' ', &device) < 0 || parse_until(&line, ' ', &mountpoint) < 0 ||
	    parse_until(&line, ' ', &fstype) < 0 || parse_word(&line, &opts) < 0)
		return -EBADMSG;
	*ret_mount = (struct mount){
		.device = octal_decode(device, arena),
		.mountpoint = octal_decode(mountpoint, arena),
		.fstype = octal_decode(fstype, arena),
		.opts = decode(opts, " \t\n\\", arena),
	};
	return 1;
}

static int parse_device_number(struct cursor *line, struct mount_id *id)
{
	uint64_t major_number, minor_number;
	int r = parse_u64(line, &major_number);

	if (r < 0 || parse_literal(line, ":") < 0)
		return r < 0 ? r : -EBADMSG;
	r = parse_u64(line, &minor_number);
	if (r < 0)
		return r;
	if (major_number > UINT32_MAX || minor_number > UINT32_MAX)
		return -ERANGE;
	id->major = (uint32_t)major_number;
	id->minor = (uint32_t)minor_number;
	return 0;
}

int mountinfo_next(struct cursor *cursor, struct arena *arena, struct mount_id *ret_id)
{
	struct text root, mountpoint;
	struct mount_id id;
	struct cursor line;
	int32_t parent;
	int r;

	if (!parse_line(cursor, &line))
		return 0;
	r = parse_i32(&line, &id.id);
	if (r < 0)
		return r;
	r = parse_i32(&line, &parent);
	if (r < 0)
		return r;
	r = parse_device_number(&line, &id);
	if (r < 0)
		return r;
	if (parse_word(&line, &root) < 0 || parse_word(&line, &mountpoint) < 0)
		return -EBADMSG;
	id.mountpoint = octal_decode(mountpoint, arena);
	*ret_id = id;
	return 1;
}

bool filesystems_physical(struct text filesystems, struct text fstype)
{
	struct cursor cursor = cursor_of_text(filesystems), line;

	while (parse_line(&cursor, &line)) {
		struct text flag, name;

		if (parse_until(&line, '\t', &flag) < 0)
			continue;
		name = text_trim((struct text){line.p, (size_t)(line.end - line.p)});
		if (text_equal(name, fstype))
			return !text_equal_string(flag, "nodev") || text_equal_string(name, "zfs");
	}
	return false;
}

void usage_of(const struct statvfs *fs, struct disk_usage *usage)
{
	uint64_t unit = fs->f_frsize, used = 0, free_bytes;
	bool fits = !__builtin_mul_overflow((uint64_t)fs->f_blocks, unit, &usage->total);

	if (!fits)
		usage->total = ABSENT_U64;
	if (!__builtin_mul_overflow((uint64_t)fs->f_bavail, unit, &free_bytes))
		usage->free = free_bytes;
	if (fits && fs->f_bfree <= fs->f_blocks) {
		used = (fs->f_blocks - fs->f_bfree) * unit;
		usage->used = used;
	}
	if (usage->used != ABSENT_U64 && usage->free != ABSENT_U64 && (usage->used || usage->free))
		usage->percent = 100.0 * (double)usage->used / ((double)usage->used + (double)usage->free);
	/* No inodes at all: a file system that does not count them, such as btrfs. */
	if (fs->f_files) {
		usage->files = fs->f_files;
		usage->files_free = fs->f_ffree;
	}
}

bool mount_is_hidden(const struct mount *mounts, size_t count, size_t index)
{
	for (size_t i = index + 1; i < count; i++) {
		if (text_equal(mounts[i].mountpoint, mounts[index].mountpoint))
			return true;
	}
	return false;
}

/* The collector. */

/* What one reading works on. */
struct reading {
	struct tick *tick;
	const char *base; /* path of root->base_fd; "" on a live system */
	struct mount *mounts;
	struct mount_id *ids; /* of the mounts, NULL when not known */
	size_t count;
	struct text filesystems; /* of proc/filesystems */
	struct disk_partition *rows;
	const char *hanging; /* the first mountpoint that did not answer, and how many */
	size_t hanging_count;
};

static int partitions_open(const struct root *root, void **ret_state)
{
	char *base;
	int r = slow_path_of(root->base_fd, &base);

	if (r == 0)
		*ret_state = base;
	return r;
}

static size_t count_lines(struct text text)
{
	struct cursor cursor = cursor_of_text(text), line;
	size_t count = 0;

	while (parse_line(&cursor, &line))
		count++;
	return count;
}

static int read_text(const struct root *root, const char *path, struct arena *arena, struct text *ret_text)
{
	struct buffer buffer = {0};
	int r = file_read(root->proc_fd, path, 0, &buffer);

	if (r == 0)
		*ret_text = arena_text(arena, buffer.bytes, buffer.length);
	buffer_free(&buffer);
	return r;
}

static int read_mounts(struct reading *reading)
{
	struct arena *arena = &reading->tick->snapshot->arena;
	struct cursor cursor;
	struct text text = TEXT_ABSENT;
	int r = read_text(reading->tick->root, "self/mounts", arena, &text);

	if (r < 0)
		return r;
	reading->mounts = arena_array(arena, count_lines(text), sizeof(*reading->mounts));
	cursor = cursor_of_text(text);
	while ((r = mounts_next(&cursor, arena, &reading->mounts[reading->count])) == 1)
		reading->count++;
	return r;
}

/* Both files list the same mounts in the same order, but are not read at one moment: every mountpoint must match. */
static void read_ids(struct reading *reading)
{
	struct arena *arena = &reading->tick->snapshot->arena;
	struct mount_id *ids;
	struct cursor cursor;
	struct text text = TEXT_ABSENT;

	if (read_text(reading->tick->root, "self/mountinfo", arena, &text) < 0 || count_lines(text) != reading->count)
		return;
	ids = arena_array(arena, reading->count, sizeof(*ids));
	cursor = cursor_of_text(text);
	for (size_t i = 0; i < reading->count; i++) {
		if (mountinfo_next(&cursor, arena, &ids[i]) != 1 ||
		    !text_equal(ids[i].mountpoint, reading->mounts[i].mountpoint))
			return;
	}
	reading->ids = ids;
}

/* "/dev/root" and "rootfs" stand for a device the kernel mounted by number. */
static struct text resolve_root(const struct reading *reading, struct text device)
{
	const struct root *root = reading->tick->root;
	struct arena *arena = &reading->tick->snapshot->arena;
	struct cursor cursor, line;
	char path[64], bytes[4096];
	struct stat status;
	ssize_t n;

	if (root->base_fd < 0 || fstat(root->base_fd, &status) < 0)
		return device;
	for (size_t i = 0; reading->ids && i < reading->count; i++) {
		if (text_equal_string(reading->ids[i].mountpoint, "/"))
			status.st_dev = makedev(reading->ids[i].major, reading->ids[i].minor);
	}
	snprintf(path, sizeof(path), "dev/block/%u:%u/uevent", major(status.st_dev), minor(status.st_dev));
	n = file_read_small(root->sys_fd, path, bytes, sizeof(bytes));
	cursor = cursor_of(bytes, n > 0 ? (size_t)n : 0);
	while (parse_line(&cursor, &line)) {
		if (parse_literal(&line, "DEVNAME=") == 0 && line.p < line.end) {
			struct text found = arena_format(arena, "/dev/%.*s", (int)(line.end - line.p), line.p);

			return faccessat(root->base_fd, found.bytes + 1, F_OK, 0) == 0 ? found : device;
		}
	}
	return device;
}

static void fill_row(struct reading *reading, size_t i)
{
	const struct mount *mount = &reading->mounts[i];
	struct disk_partition *row = &reading->rows[i];
	bool named = mount->device.length && !text_equal_string(mount->device, "none");

	record_clear(record_disk_partition, row);
	row->device = mount->device;
	if (text_equal_string(mount->device, "/dev/root") || text_equal_string(mount->device, "rootfs"))
		row->device = resolve_root(reading, mount->device);
	row->mountpoint = mount->mountpoint;
	row->fstype = mount->fstype;
	row->opts = mount->opts;
	if (reading->filesystems.bytes)
		row->physical = named && filesystems_physical(reading->filesystems, mount->fstype);
}

/* The path as the slow thread takes it; NULL for one with a NUL, which no mountpoint has. */
static const char *usage_key(const struct reading *reading, size_t i)
{
	struct text path = reading->mounts[i].mountpoint;

	if (memchr(path.bytes, '\0', path.length))
		return NULL;
	return arena_format(&reading->tick->snapshot->arena, "%s%.*s", reading->base, (int)path.length,
			    path.bytes).bytes;
}

/* Asking about an automount point would mount it, and autofs itself has nothing to tell. */
static bool wants_usage(const struct reading *reading, size_t i)
{
	return !text_equal_string(reading->mounts[i].fstype, "autofs");
}

static bool is_answer_of(const struct reading *reading, size_t i, const struct mount_answer *answer)
{
	if (reading->ids && answer->mount_id != MOUNT_ID_UNKNOWN)
		return reading->ids[i].id == answer->mount_id;
	return !mount_is_hidden(reading->mounts, reading->count, i);
}

static void mark_hanging(struct reading *reading, size_t i)
{
	reading->rows[i].stale = 1;
	if (!reading->hanging_count++)
		reading->hanging = arena_format(&reading->tick->snapshot->arena, "%.*s",
						(int)reading->mounts[i].mountpoint.length,
						reading->mounts[i].mountpoint.bytes).bytes;
}

static void note_hanging(struct reading *reading)
{
	struct snapshot *snapshot = reading->tick->snapshot;

	if (reading->hanging_count == 1)
		snapshot_error(snapshot, "partitions/usage", ETIMEDOUT, "%s does not answer", reading->hanging);
	else if (reading->hanging_count)
		snapshot_error(snapshot, "partitions/usage", ETIMEDOUT, "%s and %zu more do not answer",
			       reading->hanging, reading->hanging_count - 1);
}

static void take_answer(struct reading *reading, size_t i, int r, const struct mount_answer *answer, double age_s)
{
	struct disk_partition *row = &reading->rows[i];

	if (slow_result_is_late(reading->tick->request->slow_wait_s, r))
		mark_hanging(reading, i);
	if (r >= 0 && is_answer_of(reading, i, answer)) {
		usage_of(&answer->fs, &row->usage);
		row->usage.age_s = age_s;
		row->stale = r == 1;
	}
	/* A mountpoint below a directory that another mount hides is not to be found. */
	if (r < 0 && r != -ETIMEDOUT && r != -EINPROGRESS && r != -ENOENT)
		snapshot_error(reading->tick->snapshot, "partitions/usage", -r, "%.*s: %s", (int)row->mountpoint.length,
			       row->mountpoint.bytes, strerror(-r));
}

struct usage_request {
	const struct slow_job *job;
	const char *key; /* NULL: nothing to ask */
};

/* First all are asked, then answers are waited for: one that hangs takes none of the others' time. */
static void read_usage(struct reading *reading)
{
	struct tick *tick = reading->tick;
	struct usage_request *requests = arena_array(&tick->snapshot->arena, reading->count, sizeof(*requests));
	bool *may_hang = arena_array(&tick->snapshot->arena, reading->count, sizeof(*may_hang));
	struct mount_answer answer = {0};
	double age_s = 0;

	mounts_that_may_hang(reading->mounts, reading->count, reading->filesystems, may_hang);
	for (size_t i = 0; i < reading->count; i++) {
		struct usage_request *request = &requests[i];

		request->job = may_hang[i] ? &mount_usage_remote : &mount_usage_local;
		request->key = wants_usage(reading, i) ? usage_key(reading, i) : NULL;
		if (request->key)
			(void)slow_get(tick->slow, request->job, request->key, 0, &answer, &age_s);
	}
	for (size_t i = 0; i < reading->count; i++) {
		int r;

		if (!requests[i].key)
			continue;
		r = slow_get(tick->slow, requests[i].job, requests[i].key, tick->slow_deadline_ns, &answer, &age_s);
		take_answer(reading, i, r, &answer, age_s);
	}
	note_hanging(reading);
}

static int partitions_read(void *state, struct tick *tick)
{
	struct reading reading = {.tick = tick, .base = state};
	int r = read_mounts(&reading);

	if (r < 0)
		return r;
	read_ids(&reading);
	r = read_text(tick->root, "filesystems", &tick->snapshot->arena, &reading.filesystems);
	if (r < 0)
		snapshot_error(tick->snapshot, "partitions/filesystems", -r, "proc/filesystems: %s", strerror(-r));
	reading.rows = arena_array(&tick->snapshot->arena, reading.count, sizeof(*reading.rows));
	for (size_t i = 0; i < reading.count; i++)
		fill_row(&reading, i);
	read_usage(&reading);
	tick->snapshot->disks.partitions = (struct list){reading.rows, reading.count};
	return 0;
}

const struct collector collector_partitions = {
	.name = "partitions",
	.sections = SECTION_BIT(SECTION_FILESYSTEM),
	.open = partitions_open,
	.read = partitions_read,
	.close = free,
};
