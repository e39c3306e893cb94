/* Temperatures and fans from hwmon; thermal zones only where no hwmon chip has a temperature, since they repeat it.
 *
 * Each chip is read by a slow job: behind an I2C bus, a BMC or a sleeping disk that can take seconds. A value whose
 * refresh hangs is not shown: an old temperature that looks current is worse than none. */
#include "collect/sensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "collect/collector.h"
#include "collect/slow.h"
#include "collect/slow_path.h"
#include "model/field.h"

/* Nothing is colder; the kernel's THERMAL_TEMP_INVALID is below it. */
#define ABSOLUTE_ZERO (-273150)

/* One chip, on the slow thread. */

int sensor_input_parse(struct text name, enum reading_kind *ret_kind, size_t *ret_prefix_length)
{
	struct cursor cursor = cursor_of_text(name);
	enum reading_kind kind;
	const char *prefix_end;
	uint64_t number;

	if (parse_literal(&cursor, "temp") == 0)
		kind = READING_TEMPERATURE;
	else if (parse_literal(&cursor, "fan") == 0)
		kind = READING_FAN;
	else
		return -EBADMSG;
	if (parse_u64(&cursor, &number) < 0)
		return -EBADMSG;
	prefix_end = cursor.p;
	if (parse_literal(&cursor, "_input") < 0 || !cursor_done(&cursor))
		return -EBADMSG;
	*ret_kind = kind;
	*ret_prefix_length = (size_t)(prefix_end - name.bytes);
	return 0;
}

/* Where the files of one input are: prefix is "temp3" in the directory, or "device/temp3". */
struct input {
	int dir_fd;
	enum reading_kind kind;
	char prefix[64];
};

static void input_path(const struct input *input, const char *suffix, char *path, size_t size)
{
	snprintf(path, size, "%s_%s", input->prefix, suffix);
}

static int64_t read_or_absent(int dir_fd, const char *path)
{
	int64_t value;

	return file_read_i64(dir_fd, path, &value) < 0 ? ABSENT_I64 : value;
}

static int64_t read_limit(const struct input *input, const char *suffix)
{
	char path[96];

	input_path(input, suffix, path, sizeof(path));
	return read_or_absent(input->dir_fd, path);
}

static void read_label(const struct input *input, char label[CHIP_LABEL_SIZE])
{
	char path[96], bytes[256];
	struct text text;
	ssize_t n;

	input_path(input, "label", path, sizeof(path));
	n = file_read_small(input->dir_fd, path, bytes, sizeof(bytes));
	text = text_trim((struct text){bytes, n > 0 ? (size_t)n : 0});
	if (text.length >= CHIP_LABEL_SIZE)
		text.length = CHIP_LABEL_SIZE - 1;
	memcpy(label, text.bytes, text.length);
	label[text.length] = '\0';
}

/* A sensor that is switched off, or not there after all, is no fault of the reading. */
static bool is_normal(int r)
{
	return r == -ENODATA || r == -EINVAL || r == -EAGAIN || r == -ENXIO || r == -ENODEV || r == -ENOENT;
}

static void read_input(const struct input *input, struct chip_readings *readings)
{
	struct chip_reading *reading = &readings->readings[readings->count];
	char path[96];
	int r;

	readings->temperature_inputs += input->kind == READING_TEMPERATURE;
	if (readings->count == CHIP_READINGS_MAX)
		return;
	input_path(input, "input", path, sizeof(path));
	r = file_read_i64(input->dir_fd, path, &reading->current);
	if (r < 0) {
		if (!readings->error && !is_normal(r))
			readings->error = r;
		return;
	}
	if (read_limit(input, "fault") == 1 || (input->kind == READING_FAN && reading->current < 0))
		return;
	reading->kind = input->kind;
	reading->high = reading->critical = ABSENT_I64;
	if (input->kind == READING_TEMPERATURE) {
		reading->high = read_limit(input, "max");
		reading->critical = read_limit(input, "crit");
	}
	read_label(input, reading->label);
	readings->count++;
}

/* subdirectory: "" or "device/". */
static int read_inputs(int dir_fd, const char *subdirectory, struct chip_readings *readings)
{
	struct arena arena = {0};
	const char **names;
	size_t count;
	int r = directory_list(dir_fd, *subdirectory ? subdirectory : ".", &arena, &names, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct input input = {.dir_fd = dir_fd};
		size_t length;

		if (sensor_input_parse(text_of(names[i]), &input.kind, &length) < 0)
			continue;
		snprintf(input.prefix, sizeof(input.prefix), "%s%.*s", subdirectory, (int)length, names[i]);
		read_input(&input, readings);
	}
	arena_free(&arena);
	return r;
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int hwmon_read(const char *path, void *result)
{
	struct chip_readings *readings = result;
	int fd = open_directory(path), r;

	if (fd < 0)
		return fd;
	r = read_inputs(fd, "", readings);
	if (r == 0)
		(void)read_inputs(fd, "device/", readings);
	close(fd);
	return r;
}

/* The temperature of the lowest-numbered trip point of one of these types. */
static int64_t read_trip_point(int dir_fd, const char *type, const char *other_type)
{
	for (int i = 0;; i++) {
		char path[64], bytes[32];
		struct text found;
		ssize_t n;

		snprintf(path, sizeof(path), "trip_point_%d_type", i);
		n = file_read_small(dir_fd, path, bytes, sizeof(bytes));
		if (n < 0)
			return ABSENT_I64;
		found = text_trim((struct text){bytes, (size_t)n});
		if (text_equal_string(found, type) || text_equal_string(found, other_type)) {
			int64_t value;

			snprintf(path, sizeof(path), "trip_point_%d_temp", i);
			value = read_or_absent(dir_fd, path);
			return value < ABSOLUTE_ZERO ? ABSENT_I64 : value;
		}
	}
}

int thermal_zone_read(const char *path, void *result)
{
	struct chip_readings *readings = result;
	struct chip_reading *reading = &readings->readings[0];
	int fd = open_directory(path), r;

	if (fd < 0)
		return fd;
	r = file_read_i64(fd, "temp", &reading->current);
	if (r == 0 && reading->current >= ABSOLUTE_ZERO) {
		reading->kind = READING_TEMPERATURE;
		reading->critical = read_trip_point(fd, "critical", "critical");
		reading->high = read_trip_point(fd, "hot", "high");
		readings->count = 1;
	} else if (r < 0 && !is_normal(r)) {
		readings->error = r;
	}
	close(fd);
	return 0;
}

static const struct slow_job hwmon_job = {
	.name = "hwmon",
	.result_size = sizeof(struct chip_readings),
	.run = hwmon_read,
	.refresh_s = 1,
	.timeout_s = 3,
};

static const struct slow_job thermal_job = {
	.name = "thermal",
	.result_size = sizeof(struct chip_readings),
	.run = thermal_zone_read,
	.refresh_s = 1,
	.timeout_s = 3,
};

/* The collector. Its state is the path of root->sys_fd. */

struct chip {
	struct text name; /* unique among its class */
	const char *path;
	const struct slow_job *job;
	bool pending; /* its first answer may still come */
	struct chip_readings readings;
};

struct chips {
	struct chip *items;
	size_t count;
};

static int sensors_open(const struct root *root, void **ret_state)
{
	char *path;
	int r = slow_path_of(root->sys_fd, &path);

	if (r == 0)
		*ret_state = path;
	return r;
}

/* "coretemp" of the second socket becomes "coretemp #2". Temperatures and fans count together, so that both show a
 * chip under one name. */
static struct text unique_name(struct arena *arena, const struct text *names, size_t index)
{
	size_t same = 1;

	for (size_t i = 0; i < index; i++)
		same += text_equal(names[i], names[index]);
	if (same == 1)
		return names[index];
	return arena_format(arena, "%.*s #%zu", (int)names[index].length, names[index].bytes, same);
}

/* The name is a constant of the driver: reading it asks no hardware. Without one the directory's serves. */
static struct text read_name(struct tick *tick, const char *directory, const char *file)
{
	struct arena *arena = &tick->snapshot->arena;
	struct text path = arena_format(arena, "%s/%s", directory, file), name = TEXT_ABSENT;

	if (file_read_line(tick->root->sys_fd, path.bytes, arena, &name) == 0 && name.length)
		return name;
	path = arena_format(arena, "%s/device/%s", directory, file);
	if (file_read_line(tick->root->sys_fd, path.bytes, arena, &name) == 0 && name.length)
		return name;
	return text_basename(text_of(directory));
}

/* Directories below sys/class/<class> whose names begin with `prefix`, in the order of their numbers. */
static int list_chips(struct tick *tick, const char *sys_path, const char *class_name, const char *prefix,
		      const char *name_file, const struct slow_job *job, struct chips *ret_chips)
{
	struct arena *arena = &tick->snapshot->arena;
	struct text directory = arena_format(arena, "class/%s", class_name), *names;
	struct chips chips = {0};
	const char **entries;
	size_t count;
	int r = directory_list(tick->root->sys_fd, directory.bytes, arena, &entries, &count);

	if (r < 0)
		return r;
	chips.items = arena_array(arena, count, sizeof(*chips.items));
	names = arena_array(arena, count, sizeof(*names));
	for (size_t i = 0; i < count; i++) {
		struct chip *chip = &chips.items[chips.count];
		struct text path = arena_format(arena, "%s/%s", directory.bytes, entries[i]);

		if (strncmp(entries[i], prefix, strlen(prefix)) != 0)
			continue;
		names[chips.count] = read_name(tick, path.bytes, name_file);
		chip->name = unique_name(arena, names, chips.count);
		chip->path = arena_format(arena, "%s/%s", sys_path, path.bytes).bytes;
		chip->job = job;
		chips.count++;
	}
	*ret_chips = chips;
	return 0;
}

static void note_failure(struct tick *tick, const struct chip *chip, int r)
{
	if (slow_result_is_late(tick->request->slow_wait_s, r))
		snapshot_error(tick->snapshot, "sensors", ETIMEDOUT, "%.*s does not answer", (int)chip->name.length,
			       chip->name.bytes);
	else if (r < 0 && r != -EINPROGRESS && r != -ENOENT)
		snapshot_error(tick->snapshot, "sensors", -r, "%.*s: %s", (int)chip->name.length, chip->name.bytes,
			       strerror(-r));
}

/* First all are asked, then answers are waited for, so that one that hangs takes none of the others' time. */
static void read_chips(struct tick *tick, struct chips *chips)
{
	double age_s;

	for (size_t i = 0; i < chips->count; i++) {
		struct chip *chip = &chips->items[i];

		(void)slow_get(tick->slow, chip->job, chip->path, 0, &chip->readings, &age_s);
	}
	for (size_t i = 0; i < chips->count; i++) {
		struct chip *chip = &chips->items[i];
		int r = slow_get(tick->slow, chip->job, chip->path, tick->slow_deadline_ns, &chip->readings, &age_s);

		if (r != 0)
			chip->readings = (struct chip_readings){0};
		chip->pending = r == -EINPROGRESS;
		note_failure(tick, chip, r != 0 ? r : chip->readings.error);
	}
}

static double degrees(int64_t thousandths)
{
	return thousandths == ABSENT_I64 ? ABSENT_F64 : (double)thousandths / 1000;
}

static struct list list_temperatures(struct arena *arena, const struct chip_readings *readings)
{
	struct temperature *items = arena_array(arena, readings->count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < readings->count; i++) {
		const struct chip_reading *reading = &readings->readings[i];

		if (reading->kind != READING_TEMPERATURE)
			continue;
		record_clear(record_temperature, &items[count]);
		items[count].label = arena_string(arena, reading->label);
		items[count].current = degrees(reading->current);
		items[count].high = degrees(reading->high);
		items[count].critical = degrees(reading->critical);
		count++;
	}
	return (struct list){items, count};
}

static struct list list_fans(struct arena *arena, const struct chip_readings *readings)
{
	struct fan *items = arena_array(arena, readings->count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < readings->count; i++) {
		const struct chip_reading *reading = &readings->readings[i];

		if (reading->kind != READING_FAN)
			continue;
		record_clear(record_fan, &items[count]);
		items[count].label = arena_string(arena, reading->label);
		items[count].current = (uint64_t)reading->current;
		count++;
	}
	return (struct list){items, count};
}

/* Chips that have something to show. */
static struct list publish(struct arena *arena, const struct chips *chips,
			   struct list (*list)(struct arena *arena, const struct chip_readings *readings))
{
	struct sensor_chip *items = arena_array(arena, chips->count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < chips->count; i++) {
		struct list readings = list(arena, &chips->items[i].readings);

		if (readings.count)
			items[count++] = (struct sensor_chip){chips->items[i].name, readings};
	}
	return (struct list){items, count};
}

static bool may_have_temperature(const struct chips *chips)
{
	for (size_t i = 0; i < chips->count; i++) {
		if (chips->items[i].pending || chips->items[i].readings.temperature_inputs)
			return true;
	}
	return false;
}

static int sensors_read(void *state, struct tick *tick)
{
	struct arena *arena = &tick->snapshot->arena;
	struct sensors *sensors = &tick->snapshot->sensors;
	struct chips chips = {0}, zones = {0};
	int r = list_chips(tick, state, "hwmon", "hwmon", "name", &hwmon_job, &chips);

	if (r < 0 && r != -ENOENT)
		return r;
	read_chips(tick, &chips);
	if (!may_have_temperature(&chips)) {
		r = list_chips(tick, state, "thermal", "thermal_zone", "type", &thermal_job, &zones);
		if (r < 0 && r != -ENOENT)
			return r;
		read_chips(tick, &zones);
	}
	if (!chips.count && !zones.count)
		return -ENOENT;
	sensors->temperatures = publish(arena, zones.count ? &zones : &chips, list_temperatures);
	sensors->fans = publish(arena, &chips, list_fans);
	return 0;
}

const struct collector collector_sensors = {
	.name = "sensors",
	.sections = SECTION_BIT(SECTION_SENSORS),
	.open = sensors_open,
	.read = sensors_read,
	.close = free,
};
