#include "collect/battery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/root.h"
#include "collect/collector.h"
#include "collect/slow.h"
#include "collect/slow_path.h"
#include "model/field.h"

/* One supply, on the slow thread: an embedded controller may take its time. */

static void read_text(int dir_fd, const char *file, char text[POWER_SUPPLY_TEXT_SIZE])
{
	char bytes[POWER_SUPPLY_TEXT_SIZE];
	ssize_t n = file_read_small(dir_fd, file, bytes, sizeof(bytes));
	struct text found = text_trim((struct text){bytes, n > 0 ? (size_t)n : 0});

	memcpy(text, found.bytes, found.length);
	text[found.length] = '\0';
}

static void read_numbers(int dir_fd, struct power_supply *supply)
{
	const struct {
		const char *file;
		int64_t *value;
	} numbers[] = {
		{"present", &supply->present},         {"online", &supply->online},
		{"energy_now", &supply->energy_now},   {"energy_full", &supply->energy_full},
		{"charge_now", &supply->charge_now},   {"charge_full", &supply->charge_full},
		{"power_now", &supply->power_now},     {"current_now", &supply->current_now},
		{"voltage_now", &supply->voltage_now}, {"capacity", &supply->capacity},
		{"time_to_empty_now", &supply->time_to_empty_now},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (file_read_i64(dir_fd, numbers[i].file, numbers[i].value) < 0)
			*numbers[i].value = ABSENT_I64;
	}
}

int power_supply_read(const char *path, void *result)
{
	struct power_supply *supply = result;
	struct text name = text_basename(text_of(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (name.length >= sizeof(supply->name))
		name.length = sizeof(supply->name) - 1;
	memcpy(supply->name, name.bytes, name.length);
	supply->name[name.length] = '\0';
	read_text(fd, "type", supply->type);
	read_text(fd, "scope", supply->scope);
	read_text(fd, "status", supply->status);
	read_numbers(fd, supply);
	close(fd);
	return 0;
}

/* What follows from them. */

static bool begins_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool power_supply_is_battery(const struct power_supply *supply)
{
	bool battery = *supply->type ? strcmp(supply->type, "Battery") == 0 : begins_with(supply->name, "BAT");

	return battery && strcmp(supply->scope, "Device") != 0 && supply->present != 0;
}

static bool is_mains(const struct power_supply *supply)
{
	if (*supply->type)
		return strcmp(supply->type, "Mains") == 0;
	return begins_with(supply->name, "AC") || begins_with(supply->name, "ADP");
}

/* What a battery holds and what is drawn from it, in one unit. */
struct store {
	double now, full, rate; /* absent: NaN */
};

static double number(int64_t value)
{
	return value == ABSENT_I64 ? ABSENT_F64 : (double)value;
}

/* Some drivers show what flows out as negative. With a voltage the other quantity tells as well. */
static struct store store_of(const struct power_supply *supply, bool energy)
{
	double power = fabs(number(supply->power_now)), current = fabs(number(supply->current_now));
	double volts = number(supply->voltage_now) / 1e6;
	struct store store;

	if (energy) {
		store = (struct store){number(supply->energy_now), number(supply->energy_full), power};
		if (isnan(power))
			store.rate = current * volts;
	} else {
		store = (struct store){number(supply->charge_now), number(supply->charge_full), current};
		if (isnan(current) && volts > 0)
			store.rate = power / volts;
	}
	return store;
}

/* Sums over the batteries; NaN as soon as one does not tell. */
static struct store sum_stores(const struct power_supply *supplies, size_t count, bool energy)
{
	struct store sum = {0, 0, 0};

	for (size_t i = 0; i < count; i++) {
		struct store store;

		if (!power_supply_is_battery(&supplies[i]))
			continue;
		store = store_of(&supplies[i], energy);
		sum.now += store.now;
		sum.full += store.full;
		sum.rate += store.rate;
	}
	return sum;
}

static double percent_of(struct store energy, struct store charge, const struct power_supply *only)
{
	if (energy.now >= 0 && energy.full > 0)
		return 100 * energy.now / energy.full;
	if (charge.now >= 0 && charge.full > 0)
		return 100 * charge.now / charge.full;
	if (only && only->capacity >= 0)
		return (double)only->capacity;
	return ABSENT_F64;
}

/* Whole seconds, as far as a number of them is one. */
static int64_t seconds_left(struct store energy, struct store charge, const struct power_supply *only)
{
	double left = ABSENT_F64;

	if (energy.now >= 0 && energy.rate > 0)
		left = energy.now / energy.rate * 3600;
	else if (charge.now >= 0 && charge.rate > 0)
		left = charge.now / charge.rate * 3600;
	if (left < 1e18)
		return (int64_t)left;
	if (only && only->time_to_empty_now >= 0)
		return only->time_to_empty_now;
	return ABSENT_I64;
}

static const char *status_of(const struct power_supply *supplies, size_t count)
{
	const char *status = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *one = supplies[i].status;

		if (!power_supply_is_battery(&supplies[i]))
			continue;
		if (!*one)
			one = "Unknown";
		if (strcmp(one, "Discharging") == 0 || (status && strcmp(status, "Discharging") == 0))
			status = "Discharging";
		else if (strcmp(one, "Charging") == 0 || (status && strcmp(status, "Charging") == 0))
			status = "Charging";
		else
			status = !status || strcmp(status, one) == 0 ? one : "Unknown";
	}
	return status;
}

static uint8_t plugged(const struct power_supply *supplies, size_t count, const char *status)
{
	bool offline = false;

	if (strcmp(status, "Charging") == 0)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (!is_mains(&supplies[i]))
			continue;
		if (supplies[i].online == 1)
			return 1;
		offline |= supplies[i].online == 0;
	}
	if (offline || strcmp(status, "Discharging") == 0)
		return 0;
	return strcmp(status, "Full") == 0 ? 1 : ABSENT_BOOL;
}

int battery_of(const struct power_supply *supplies, size_t count, struct arena *arena, struct battery *ret_battery)
{
	struct store energy = sum_stores(supplies, count, true), charge = sum_stores(supplies, count, false);
	const struct power_supply *only = NULL;
	const char *status;
	size_t batteries = 0;

	for (size_t i = 0; i < count; i++) {
		if (power_supply_is_battery(&supplies[i]))
			only = batteries++ ? NULL : &supplies[i];
	}
	if (!batteries)
		return -ENOENT;
	status = status_of(supplies, count);
	record_clear(record_battery, ret_battery);
	ret_battery->status = arena_string(arena, status);
	ret_battery->percent = percent_of(energy, charge, only);
	ret_battery->power_plugged = plugged(supplies, count, status);
	if (strcmp(status, "Discharging") == 0 || ret_battery->power_plugged == 0)
		ret_battery->secsleft = seconds_left(energy, charge, only);
	return 0;
}

static const struct slow_job supply_job = {
	.name = "power_supply",
	.result_size = sizeof(struct power_supply),
	.run = power_supply_read,
	.refresh_s = 1,
	.timeout_s = 3,
};

/* The collector. Its state is the path of root->sys_fd. */

static int battery_open(const struct root *root, void **ret_state)
{
	char *path;
	int r = slow_path_of(root->sys_fd, &path);

	if (r == 0)
		*ret_state = path;
	return r;
}

static void note_failure(struct tick *tick, const char *name, int r)
{
	if (slow_result_is_late(tick->request->slow_wait_s, r))
		snapshot_error(tick->snapshot, "battery", ETIMEDOUT, "%s does not answer", name);
	else if (r < 0 && r != -EINPROGRESS && r != -ENOENT)
		snapshot_error(tick->snapshot, "battery", -r, "%s: %s", name, strerror(-r));
}

/* Returns 0, or -EAGAIN when one that is listed has not answered: half of the supplies would give a wrong sum. */
static int read_supplies(struct tick *tick, const char *sys_path, const char *const *names, size_t count,
			 struct power_supply *supplies)
{
	struct arena *arena = &tick->snapshot->arena;
	int outcome = 0;
	double age_s;

	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < count; i++) {
			struct text path = arena_format(arena, "%s/class/power_supply/%s", sys_path, names[i]);
			uint64_t wait_ns = pass ? tick->slow_deadline_ns : 0;
			int r = slow_get(tick->slow, &supply_job, path.bytes, wait_ns, &supplies[i], &age_s);

			if (pass && r != 0) {
				note_failure(tick, names[i], r);
				outcome = -EAGAIN;
			}
		}
	}
	return outcome;
}

static int battery_read(void *state, struct tick *tick)
{
	struct arena *arena = &tick->snapshot->arena;
	struct power_supply *supplies;
	const char **names;
	size_t count;
	int r = directory_list(tick->root->sys_fd, "class/power_supply", arena, &names, &count);

	if (r < 0)
		return r;
	supplies = arena_array(arena, count, sizeof(*supplies));
	if (read_supplies(tick, state, names, count, supplies) < 0)
		return 0;
	return battery_of(supplies, count, arena, &tick->snapshot->sensors.battery);
}

const struct collector collector_battery = {
	.name = "battery",
	.sections = SECTION_BIT(SECTION_SENSORS),
	.open = battery_open,
	.read = battery_read,
	.close = free,
};
