/* Batteries over trees of laptops. Expected values are by hand from the files below tests/fixtures/battery_*. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "collect/battery.h"
#include "reading.h"

static void assert_fixture(const char *name, double percent, int64_t secsleft, uint8_t plugged, const char *status)
{
	struct reading reading;
	const struct battery *battery;
	char path[128];

	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	assert_int_equal(reading_once(&reading, &collector_battery, path), 0);
	battery = &reading.snapshot->sensors.battery;
	if (isnan(percent))
		assert_true(isnan(battery->percent));
	else
		assert_near(battery->percent, percent);
	assert_true(battery->secsleft == secsleft);
	assert_int_equal(battery->power_plugged, plugged);
	assert_true(text_equal_string(battery->status, status));
	reading_close(&reading);
}

/* 30 Wh of 48 Wh at 7.2 W: 62.5 %, 4 h 10 min. */
static void discharging(void **state)
{
	(void)state;
	assert_fixture("battery_discharging", 62.5, 15000, 0, "Discharging");
}

static void charging_has_no_time_left(void **state)
{
	(void)state;
	assert_fixture("battery_charging", 25, ABSENT_I64, 1, "Charging");
}

static void full_has_no_time_left(void **state)
{
	(void)state;
	assert_fixture("battery_full", 100, ABSENT_I64, 1, "Full");
}

/* 2.1 Ah of 4.2 Ah at 1.5 A, which the driver shows as negative: 1 h 24 min. */
static void charge_and_negative_current(void **state)
{
	(void)state;
	assert_fixture("battery_charge", 50, 5040, 0, "Discharging");
}

/* (20 + 10) Wh of (24 + 36) Wh at (0 + 12) W: 2 h 30 min. The mouse's battery is not this machine's. */
static void two_batteries_are_summed(void **state)
{
	(void)state;
	assert_fixture("battery_two", 50, 9000, 0, "Discharging");
}

/* Energy and charge have no sum. */
static void units_that_differ_are_not_summed(void **state)
{
	(void)state;
	assert_fixture("battery_mixed", ABSENT_F64, ABSENT_I64, 0, "Discharging");
}

static void capacity_and_the_drivers_time(void **state)
{
	(void)state;
	assert_fixture("battery_capacity", 41, 5400, 0, "Discharging");
}

static void broken_files_are_absent(void **state)
{
	(void)state;
	assert_fixture("battery_broken", ABSENT_F64, ABSENT_I64, ABSENT_BOOL, "Unknown");
}

static void no_battery_is_absent(void **state)
{
	static const char *const fixtures[] = {"tests/fixtures/battery_none", "tests/fixtures/cpu_arm"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reading reading;

		assert_int_equal(reading_once(&reading, &collector_battery, fixtures[i]), -ENOENT);
		assert_true(isnan(reading.snapshot->sensors.battery.percent));
		assert_null(reading.snapshot->sensors.battery.status.bytes);
		reading_close(&reading);
	}
}

/* Supplies made by hand. */

#define NOTHING                                                                                                        \
	.present = ABSENT_I64, .online = ABSENT_I64, .energy_now = ABSENT_I64, .energy_full = ABSENT_I64,              \
	.charge_now = ABSENT_I64, .charge_full = ABSENT_I64, .power_now = ABSENT_I64, .current_now = ABSENT_I64,       \
	.voltage_now = ABSENT_I64, .capacity = ABSENT_I64, .time_to_empty_now = ABSENT_I64

static const struct power_supply bare = {NOTHING};

static struct power_supply supply(const char *name, const char *type, const char *status)
{
	struct power_supply made = bare;

	snprintf(made.name, sizeof(made.name), "%s", name);
	snprintf(made.type, sizeof(made.type), "%s", type);
	snprintf(made.status, sizeof(made.status), "%s", status);
	return made;
}

static struct battery combine(const struct power_supply *supplies, size_t count)
{
	static struct arena arena;
	struct battery battery;

	arena_free(&arena);
	assert_int_equal(battery_of(supplies, count, &arena, &battery), 0);
	return battery;
}

static uint8_t plugged_of(const char *status, int64_t mains_online)
{
	struct power_supply supplies[] = {supply("BAT0", "Battery", status), supply("AC", "Mains", "")};

	supplies[1].online = mains_online;
	return combine(supplies, 2).power_plugged;
}

static void plugged_is_told_by_mains_then_status(void **state)
{
	(void)state;
	assert_int_equal(plugged_of("Discharging", 1), 1);
	assert_int_equal(plugged_of("Not charging", 1), 1);
	assert_int_equal(plugged_of("Full", 0), 0);
	assert_int_equal(plugged_of("Charging", 0), 1); /* over USB, which is no mains supply */
	assert_int_equal(plugged_of("Discharging", ABSENT_I64), 0);
	assert_int_equal(plugged_of("Full", ABSENT_I64), 1);
	assert_int_equal(plugged_of("Not charging", ABSENT_I64), ABSENT_BOOL);
	assert_int_equal(plugged_of("", ABSENT_I64), ABSENT_BOOL);
}

/* The rate comes from the other quantity and the voltage: 20 Wh at 2 A × 10 V are an hour. */
static void rate_of_the_other_quantity(void **state)
{
	struct power_supply battery = supply("BAT0", "Battery", "Discharging");

	(void)state;
	battery.energy_now = 20000000;
	battery.energy_full = 40000000;
	battery.current_now = 2000000;
	assert_true(combine(&battery, 1).secsleft == ABSENT_I64);
	battery.voltage_now = 10000000;
	assert_int_equal(combine(&battery, 1).secsleft, 3600);
	battery = supply("BAT0", "Battery", "Discharging");
	battery.charge_now = 3000000;
	battery.charge_full = 4000000;
	battery.power_now = 15000000;
	battery.voltage_now = 10000000;
	assert_int_equal(combine(&battery, 1).secsleft, 7200);
	assert_near(combine(&battery, 1).percent, 75);
}

static void zero_rate_and_zero_full_tell_nothing(void **state)
{
	struct power_supply battery = supply("BAT0", "Battery", "Discharging");

	(void)state;
	battery.energy_now = 20000000;
	battery.energy_full = 0;
	battery.power_now = 0;
	assert_true(isnan(combine(&battery, 1).percent));
	assert_true(combine(&battery, 1).secsleft == ABSENT_I64);
	battery.capacity = 0;
	assert_near(combine(&battery, 1).percent, 0);
	battery.time_to_empty_now = -1;
	assert_true(combine(&battery, 1).secsleft == ABSENT_I64);
	battery.energy_now = INT64_MAX;
	battery.power_now = 1;
	assert_true(combine(&battery, 1).secsleft == ABSENT_I64);
}

static void one_that_does_not_tell_leaves_no_sum(void **state)
{
	struct power_supply batteries[] = {supply("BAT0", "Battery", "Discharging"), supply("BAT1", "Battery", "Full")};

	(void)state;
	batteries[0].energy_now = 10;
	batteries[0].energy_full = 20;
	batteries[0].power_now = 10;
	batteries[1].capacity = 100;
	batteries[1].time_to_empty_now = 5;
	assert_true(isnan(combine(batteries, 2).percent));
	assert_true(combine(batteries, 2).secsleft == ABSENT_I64);
	batteries[1].present = 0; /* an empty bay does not count */
	assert_near(combine(batteries, 2).percent, 50);
	assert_int_equal(combine(batteries, 2).secsleft, 3600);
}

static void assert_status(const char *a, const char *b, const char *expected)
{
	struct power_supply batteries[] = {supply("BAT0", "Battery", a), supply("BAT1", "Battery", b)};
	struct power_supply swapped[] = {batteries[1], batteries[0]};

	assert_true(text_equal_string(combine(batteries, 2).status, expected));
	assert_true(text_equal_string(combine(swapped, 2).status, expected));
}

static void status_of_two(void **state)
{
	(void)state;
	assert_status("Full", "Full", "Full");
	assert_status("Full", "Discharging", "Discharging");
	assert_status("Charging", "Discharging", "Discharging");
	assert_status("Charging", "Not charging", "Charging");
	assert_status("Full", "Not charging", "Unknown");
	assert_status("", "", "Unknown");
}

static void batteries_are_told_by_type(void **state)
{
	struct power_supply device = supply("hidpp_battery_0", "Battery", ""), unnamed = supply("BAT0", "", "");
	const struct power_supply battery = supply("macsmc-battery", "Battery", ""), ups = supply("BATTERY", "UPS", "");

	(void)state;
	assert_true(power_supply_is_battery(&battery));
	assert_true(power_supply_is_battery(&unnamed));
	assert_false(power_supply_is_battery(&ups));
	assert_true(power_supply_is_battery(&device));
	strcpy(device.scope, "Device");
	assert_false(power_supply_is_battery(&device));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discharging),
		cmocka_unit_test(charging_has_no_time_left),
		cmocka_unit_test(full_has_no_time_left),
		cmocka_unit_test(charge_and_negative_current),
		cmocka_unit_test(two_batteries_are_summed),
		cmocka_unit_test(units_that_differ_are_not_summed),
		cmocka_unit_test(capacity_and_the_drivers_time),
		cmocka_unit_test(broken_files_are_absent),
		cmocka_unit_test(no_battery_is_absent),
		cmocka_unit_test(plugged_is_told_by_mains_then_status),
		cmocka_unit_test(rate_of_the_other_quantity),
		cmocka_unit_test(zero_rate_and_zero_full_tell_nothing),
		cmocka_unit_test(one_that_does_not_tell_leaves_no_sum),
		cmocka_unit_test(status_of_two),
		cmocka_unit_test(batteries_are_told_by_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
