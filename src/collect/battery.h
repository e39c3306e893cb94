/* Batteries: what is read of one power supply, and what follows from all of them. */
#ifndef CMON_COLLECT_BATTERY_H
#define CMON_COLLECT_BATTERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

#define POWER_SUPPLY_TEXT_SIZE 32

/* Source: files of these names below sys/class/power_supply/<name> (Documentation/power/power_supply_class.rst).
 * Units are the kernel's: µWh, µAh, µW, µA, µV, percent, seconds. ABSENT_I64 where there is no file or no number. */
struct power_supply {
	char name[POWER_SUPPLY_TEXT_SIZE];
	char type[POWER_SUPPLY_TEXT_SIZE];   /* Battery Mains USB UPS */
	char scope[POWER_SUPPLY_TEXT_SIZE];  /* System, Device: of a mouse and the like; "" */
	char status[POWER_SUPPLY_TEXT_SIZE]; /* Charging Discharging Full "Not charging" Unknown; "" */
	int64_t present, online;
	int64_t energy_now, energy_full, charge_now, charge_full;
	int64_t power_now, current_now, voltage_now;
	int64_t capacity, time_to_empty_now;
};

/* Read one. path: key of the slow job, its directory. result: struct power_supply. Returns 0 or -errno. */
int power_supply_read(const char *path, void *result);

/* A battery of this machine that is in its bay. */
bool power_supply_is_battery(const struct power_supply *supply);

/* What the supplies say together.
 * percent: 100 × now / full of energy, else of charge, else capacity. Several batteries are summed where all have
 * energy or all have charge; else it is absent.
 * status: Discharging or Charging when one is, else the one they share, else Unknown.
 * power_plugged: true when a mains supply is online or a battery charges, false when all mains supplies are offline,
 * else by status.
 * secsleft: only while they discharge: what is left over what is drawn, else the driver's time_to_empty_now of a
 * single battery (seconds by the kernel's rules; psutil takes it for minutes).
 * ret_battery: status is text in the arena. Returns 0, or -ENOENT without a battery. */
int battery_of(const struct power_supply *supplies, size_t count, struct arena *arena, struct battery *ret_battery);

#endif
