/* Temperatures and fans: what is read of one chip, off the collector's thread. */
#ifndef CMON_COLLECT_SENSORS_H
#define CMON_COLLECT_SENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define CHIP_READINGS_MAX 64
#define CHIP_LABEL_SIZE 64

enum reading_kind { READING_TEMPERATURE, READING_FAN };

struct chip_reading {
	enum reading_kind kind;
	char label[CHIP_LABEL_SIZE]; /* "" without one; cut where it is longer */
	int64_t current, high, critical; /* thousandths of °C, or RPM; ABSENT_I64 */
};

struct chip_readings {
	size_t count;    /* of readings[]; what is beyond CHIP_READINGS_MAX is not read */
	size_t temperature_inputs; /* that exist, readable or not */
	int error;       /* -errno of the first input that exists and cannot be read, where that is not normal; 0 */
	struct chip_reading readings[CHIP_READINGS_MAX];
};

/* Name of an input: "temp3_input" or "fan1_input".
 * ret_prefix_length: of "temp3". Returns 0, or -EBADMSG for any other name. */
int sensor_input_parse(struct text name, enum reading_kind *ret_kind, size_t *ret_prefix_length);

/* Read a hwmon chip.
 * Source: <path>/temp*_input, _max, _crit, _label, _fault and fan*_input, _label, _fault; <path>/device/… for drivers
 * from before Linux 2.6.31 or so. An input that fails (EIO, ENODATA, EINVAL: switched off, broken) or says _fault is
 * left out and the others stay.
 * path: key of the slow job. result: struct chip_readings. Returns 0 or -errno. */
int hwmon_read(const char *path, void *result);

/* Read a thermal zone: one temperature without label.
 * Source: <path>/temp, <path>/trip_point_*_type and _temp: "critical" is critical, "hot" (psutil: "high", which no
 * kernel has) is high. Arguments and errors as above. */
int thermal_zone_read(const char *path, void *result);

#endif
