/* Temperatures and fans over trees of real chips, broken ones and old kernels. Expected values are by hand from the
 * files below tests/fixtures/sensors_*. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "collect/sensors.h"
#include "reading.h"
#include "tree.h"

static int parse(const char *name, enum reading_kind *kind, size_t *length)
{
	return sensor_input_parse(text_of(name), kind, length);
}

static void inputs_are_told_by_name(void **state)
{
	static const char *const others[] = {
		"", "temp", "temp1", "temp_input", "temp1_label", "temp1_input_x", "tempo_input", "temp1input", "name",
		"fan1_min", "in0_input", "power1_average", "temp99999999999999999999_input", "temp-1_input",
	};
	enum reading_kind kind;
	size_t length;

	(void)state;
	assert_int_equal(parse("temp1_input", &kind, &length), 0);
	assert_int_equal(kind, READING_TEMPERATURE);
	assert_int_equal(length, 5);
	assert_int_equal(parse("fan12_input", &kind, &length), 0);
	assert_int_equal(kind, READING_FAN);
	assert_int_equal(length, 5);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(parse(others[i], &kind, &length), -EBADMSG);
}

static const struct sensor_chip *chip_of(struct list list, size_t index, const char *name, size_t count)
{
	const struct sensor_chip *chip = &LIST_ITEMS(list, struct sensor_chip)[index];

	assert_true(index < list.count);
	assert_true(text_equal_string(chip->name, name));
	assert_int_equal(chip->readings.count, count);
	return chip;
}

static void assert_value(double found, double expected)
{
	if (isnan(expected))
		assert_true(isnan(found));
	else
		assert_near(found, expected);
}

static void assert_temperature(const struct sensor_chip *chip, size_t index, const char *label, double current,
			       double high, double critical)
{
	const struct temperature *temperature = &LIST_ITEMS(chip->readings, struct temperature)[index];

	assert_true(text_equal_string(temperature->label, label));
	assert_value(temperature->current, current);
	assert_value(temperature->high, high);
	assert_value(temperature->critical, critical);
}

static void assert_fan(const struct sensor_chip *chip, size_t index, const char *label, uint64_t current)
{
	const struct fan *fan = &LIST_ITEMS(chip->readings, struct fan)[index];

	assert_true(text_equal_string(fan->label, label));
	assert_int_equal(fan->current, current);
}

static void chips_of_a_machine(void **state)
{
	struct reading reading;
	struct list temperatures, fans;
	const struct sensor_chip *chip;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/sensors_full"), 0);
	temperatures = reading.snapshot->sensors.temperatures;
	fans = reading.snapshot->sensors.fans;
	assert_int_equal(temperatures.count, 5);
	chip = chip_of(temperatures, 0, "acpitz", 1);
	assert_temperature(chip, 0, "", 27.8, ABSENT_F64, 119);
	chip = chip_of(temperatures, 1, "nvme", 2);
	assert_temperature(chip, 0, "Composite", 36.85, 81.85, 84.85);
	assert_temperature(chip, 1, "Sensor 1", -1.85, 65261.85, ABSENT_F64);
	chip = chip_of(temperatures, 2, "coretemp", 3);
	assert_temperature(chip, 0, "Package id 0", 45, 84, 100);
	assert_temperature(chip, 1, "Core 0", 43, 84, 100);
	assert_temperature(chip, 2, "Core 8", 41, 84, 100);
	chip = chip_of(temperatures, 3, "coretemp #2", 3);
	assert_temperature(chip, 0, "Package id 1", 47.5, 84, 100);
	assert_temperature(chip, 1, "Core 0", 43.001, 84, 100);
	chip = chip_of(temperatures, 4, "amdgpu", 1);
	assert_temperature(chip, 0, "edge", 51, ABSENT_F64, 94);
	assert_int_equal(fans.count, 2);
	assert_fan(chip_of(fans, 0, "amdgpu", 1), 0, "", 1327);
	chip = chip_of(fans, 1, "thinkpad", 2);
	assert_fan(chip, 0, "", 3541);
	assert_fan(chip, 1, "Left fan", 0);
	assert_int_equal(reading.snapshot->errors.count, 0);
	reading_close(&reading);
}

static void zones_serve_without_hwmon_temperature(void **state)
{
	struct reading reading;
	struct list temperatures;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/sensors_thermal"), 0);
	temperatures = reading.snapshot->sensors.temperatures;
	assert_int_equal(temperatures.count, 3);
	assert_temperature(chip_of(temperatures, 0, "acpitz", 1), 0, "", 47.5, ABSENT_F64, 104);
	assert_temperature(chip_of(temperatures, 1, "acpitz #2", 1), 0, "", 31, ABSENT_F64, ABSENT_F64);
	assert_temperature(chip_of(temperatures, 2, "x86_pkg_temp", 1), 0, "", 52, ABSENT_F64, ABSENT_F64);
	assert_non_null(reading.snapshot->sensors.fans.items);
	assert_int_equal(reading.snapshot->sensors.fans.count, 0);
	reading_close(&reading);
}

static void trip_points_are_told_by_type(void **state)
{
	struct reading reading;
	struct list temperatures;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/sensors_trips"), 0);
	temperatures = reading.snapshot->sensors.temperatures;
	assert_int_equal(temperatures.count, 3);
	assert_temperature(chip_of(temperatures, 0, "soc", 1), 0, "", 61.234, 95, 105);
	assert_temperature(chip_of(temperatures, 1, "cold", 1), 0, "", -12, ABSENT_F64, ABSENT_F64);
	assert_temperature(chip_of(temperatures, 2, "last", 1), 0, "", 1, ABSENT_F64, ABSENT_F64);
	reading_close(&reading);
}

/* One broken input takes nothing from its neighbours. */
static void broken_inputs_are_left_out(void **state)
{
	char long_label[CHIP_LABEL_SIZE];
	struct reading reading;
	struct list temperatures;
	const struct sensor_chip *chip;

	(void)state;
	memset(long_label, 'x', sizeof(long_label) - 1);
	long_label[sizeof(long_label) - 1] = '\0';
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/sensors_broken"), 0);
	temperatures = reading.snapshot->sensors.temperatures;
	assert_int_equal(temperatures.count, 2);
	chip = chip_of(temperatures, 0, "k10temp", 3);
	assert_temperature(chip, 0, "", 55, ABSENT_F64, ABSENT_F64);
	assert_temperature(chip, 1, "ok", 60, ABSENT_F64, ABSENT_F64);
	assert_temperature(chip, 2, long_label, 0.001, ABSENT_F64, ABSENT_F64);
	assert_temperature(chip_of(temperatures, 1, "hwmon1", 1), 0, "", 20, ABSENT_F64, ABSENT_F64);
	assert_int_equal(reading.snapshot->sensors.fans.count, 1);
	assert_fan(chip_of(reading.snapshot->sensors.fans, 0, "k10temp", 1), 0, "", 900);
	assert_non_null(reading_error(&reading, "sensors", EBADMSG));
	reading_close(&reading);
}

static void old_drivers_have_their_files_in_device(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/sensors_old"), 0);
	assert_temperature(chip_of(reading.snapshot->sensors.temperatures, 0, "coretemp", 1), 0, "Core 0", 37, ABSENT_F64,
			   ABSENT_F64);
	assert_fan(chip_of(reading.snapshot->sensors.fans, 0, "coretemp", 1), 0, "", 1200);
	reading_close(&reading);
}

static void machine_without_sensors_is_absent(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_sensors, "tests/fixtures/cpu_arm"), -ENOENT);
	assert_null(reading.snapshot->sensors.temperatures.items);
	assert_null(reading.snapshot->sensors.fans.items);
	reading_close(&reading);
}

static void more_inputs_than_fit_are_cut(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct chip_readings readings = {0};
	char path[64];

	(void)state;
	tree_make(directory);
	for (int i = 1; i <= CHIP_READINGS_MAX + 3; i++) {
		snprintf(path, sizeof(path), "temp%d_input", i);
		tree_write(directory, path, "1000\n");
	}
	assert_int_equal(hwmon_read(directory, &readings), 0);
	assert_int_equal(readings.count, CHIP_READINGS_MAX);
	assert_int_equal(readings.temperature_inputs, CHIP_READINGS_MAX + 3);
	assert_int_equal(hwmon_read("/nonexistent", &readings), -ENOENT);
	assert_int_equal(thermal_zone_read("/nonexistent", &readings), -ENOENT);
	tree_remove(directory);
}

/* On a screen the first answer comes with a later snapshot, and zones do not stand in meanwhile. */
static void screen_gets_readings_later(void **state)
{
	uint64_t deadline_ns = clock_monotonic_ns() + READING_WAIT_S * NS_PER_S;
	struct reading reading;

	(void)state;
	reading_open(&reading, &collector_sensors, "tests/fixtures/sensors_full");
	reading.request.slow_wait_s = 0;
	do {
		assert_int_equal(reading_tick(&reading), 0);
		assert_int_equal(reading.snapshot->errors.count, 0);
		assert_true(reading.snapshot->sensors.temperatures.count <= 5);
	} while (reading.snapshot->sensors.temperatures.count < 5 && clock_monotonic_ns() < deadline_ns);
	assert_int_equal(reading.snapshot->sensors.temperatures.count, 5);
	reading_close(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inputs_are_told_by_name),
		cmocka_unit_test(chips_of_a_machine),
		cmocka_unit_test(zones_serve_without_hwmon_temperature),
		cmocka_unit_test(trip_points_are_told_by_type),
		cmocka_unit_test(broken_inputs_are_left_out),
		cmocka_unit_test(old_drivers_have_their_files_in_device),
		cmocka_unit_test(machine_without_sensors_is_absent),
		cmocka_unit_test(more_inputs_than_fit_are_cut),
		cmocka_unit_test(screen_gets_readings_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
