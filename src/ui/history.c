#include "ui/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/real.h"

#define SUSPENSION_MIN_S 0.5 /* less is what two clocks read one after the other may differ by */

struct span {
	double start, end; /* monotonic seconds */
	double suspended;  /* seconds, since the first sample */
};

struct series {
	enum series_kind kind;
	char *name;
	size_t name_length;
	uint64_t first, newest; /* numbers of the samples it has its first and its last known value of */
	float values[HISTORY_SAMPLES]; /* by the sample's number; NaN: not known */
};

static void free_series(struct series *series)
{
	free(series->name);
	free(series);
}

void history_free(struct history *history)
{
	for (size_t i = 0; i < history->series_count; i++)
		free_series(history->series[i]);
	free(history->series);
	free(history->spans);
	*history = (struct history){0};
}

static struct span *span_at(const struct history *history, uint64_t number)
{
	return &history->spans[number % HISTORY_SAMPLES];
}

/* Number of the oldest sample the ring still holds. */
static uint64_t oldest(const struct history *history)
{
	return history->samples > HISTORY_SAMPLES ? history->samples - HISTORY_SAMPLES : 0;
}

/* Order is kept: what asks for one series after the other finds each at once. */
static void forget_old_series(struct history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->series_count; i++) {
		if (history->series[i]->newest < oldest(history))
			free_series(history->series[i]);
		else
			history->series[kept++] = history->series[i];
	}
	history->series_count = kept;
	history->hint = 0;
}

bool history_begin(struct history *history, double start_s, double end_s, double suspended_s)
{
	double suspended = suspended_s;

	if (!(end_s > start_s))
		return false;
	if (history->samples > 0) {
		const struct span *newest = span_at(history, history->samples - 1);

		if (!(end_s > newest->end))
			return false;
		suspended += newest->suspended;
	}
	if (!history->spans)
		history->spans = xcalloc(HISTORY_SAMPLES, sizeof(*history->spans));
	history->samples++;
	*span_at(history, history->samples - 1) = (struct span){start_s, end_s, suspended};
	forget_old_series(history);
	return true;
}

/* Series */

static bool is_series(const struct series *series, enum series_kind kind, struct text name)
{
	return series->kind == kind && series->name_length == name.length &&
	       (name.length == 0 || memcmp(series->name, name.bytes, name.length) == 0);
}

static size_t find_series(const struct history *history, enum series_kind kind, struct text name, size_t hint)
{
	if (hint < history->series_count && is_series(history->series[hint], kind, name))
		return hint;
	for (size_t i = 0; i < history->series_count; i++) {
		if (is_series(history->series[i], kind, name))
			return i;
	}
	return history->series_count;
}

static struct series *new_series(enum series_kind kind, struct text name, uint64_t number)
{
	/* Zeroed pages that are not written to take no memory. */
	struct series *series = xcalloc(1, sizeof(*series));

	series->kind = kind;
	series->name = xmalloc(name.length + 1);
	series->name_length = name.length;
	if (name.length)
		memcpy(series->name, name.bytes, name.length);
	series->first = number;
	series->newest = number;
	return series;
}

static struct series *add_series(struct history *history, enum series_kind kind, struct text name)
{
	struct series *series;

	if (history->series_count == HISTORY_SERIES_MAX)
		return NULL;
	history->series =
		xgrow(history->series, history->series_count + 1, &history->series_capacity, sizeof(struct series *));
	series = new_series(kind, name, history->samples - 1);
	history->series[history->series_count++] = series;
	return series;
}

void history_put(struct history *history, enum series_kind kind, struct text name, double value)
{
	uint64_t number = history->samples - 1;
	struct series *series;
	size_t at;

	if (!isfinite(value))
		return;
	at = find_series(history, kind, name, history->hint);
	series = at < history->series_count ? history->series[at] : add_series(history, kind, name);
	if (!series)
		return;
	history->hint = at + 1;
	for (uint64_t gap = series->newest + 1; gap < number; gap++)
		series->values[gap % HISTORY_SAMPLES] = NAN;
	series->newest = number;
	series->values[number % HISTORY_SAMPLES] = (float)value;
}

const struct series *history_series(const struct history *history, enum series_kind kind, struct text name)
{
	size_t at = find_series(history, kind, name, history->series_count);

	return at < history->series_count ? history->series[at] : NULL;
}

struct text history_sensor_name(char *buffer, size_t size, struct text chip, struct text label)
{
	int length = snprintf(buffer, size, "%.*s/%.*s", (int)chip.length, chip.bytes ? chip.bytes : "",
			      (int)label.length, label.bytes ? label.bytes : "");

	return (struct text){buffer, length < (int)size ? (size_t)length : size - 1};
}

/* Snapshots */

static double of_bytes(uint64_t bytes)
{
	return bytes == ABSENT_U64 ? ABSENT_F64 : (double)bytes;
}

static void put_cpus(struct history *history, const struct cpus *cpus)
{
	const struct cpu *items = cpus->percpu.items;

	history_put(history, SERIES_CPU, TEXT_ABSENT, cpus->percent);
	for (size_t i = 0; i < cpus->percpu.count; i++)
		history_put(history, SERIES_CPU, items[i].id, items[i].percent);
}

static void put_memory(struct history *history, const struct snapshot *snapshot)
{
	history_put(history, SERIES_MEMORY_USED, TEXT_ABSENT, of_bytes(snapshot->memory.used));
	history_put(history, SERIES_MEMORY_AVAILABLE, TEXT_ABSENT, of_bytes(snapshot->memory.available));
	history_put(history, SERIES_SWAP_USED, TEXT_ABSENT, of_bytes(snapshot->swap.used));
	history_put(history, SERIES_PRESSURE_CPU, TEXT_ABSENT, snapshot->pressure.cpu_some.avg10);
	history_put(history, SERIES_PRESSURE_MEMORY, TEXT_ABSENT, snapshot->pressure.memory_some.avg10);
	history_put(history, SERIES_PRESSURE_IO, TEXT_ABSENT, snapshot->pressure.io_some.avg10);
}

static void put_disk(struct history *history, struct text name, const struct disk_io *disk)
{
	history_put(history, SERIES_DISK_READ, name, disk->read_bytes_per_s);
	history_put(history, SERIES_DISK_WRITE, name, disk->write_bytes_per_s);
	history_put(history, SERIES_DISK_BUSY, name, disk->busy_percent);
}

static void put_interface(struct history *history, struct text name, const struct net_io *interface)
{
	history_put(history, SERIES_NET_RECV, name, interface->bytes_recv_per_s);
	history_put(history, SERIES_NET_SENT, name, interface->bytes_sent_per_s);
}

static void put_sensors(struct history *history, const struct sensors *sensors)
{
	const struct sensor_chip *chips = sensors->temperatures.items;
	char name[256];

	for (size_t i = 0; i < sensors->temperatures.count; i++) {
		const struct temperature *readings = chips[i].readings.items;

		for (size_t j = 0; j < chips[i].readings.count; j++)
			history_put(history, SERIES_TEMPERATURE,
				    history_sensor_name(name, sizeof(name), chips[i].name, readings[j].label),
				    readings[j].current);
	}
	history_put(history, SERIES_BATTERY, TEXT_ABSENT, sensors->battery.percent);
}

/* Uptime is read with the host's facts, which may be left out: then a suspension is not seen. */
static double suspension(struct history *history, const struct snapshot *snapshot)
{
	double before = history->samples > 0 ? history->uptime : ABSENT_F64, suspended;

	suspended = snapshot->uptime - before - snapshot->interval;
	history->uptime = snapshot->uptime;
	return suspended >= SUSPENSION_MIN_S ? suspended : 0;
}

void history_add_snapshot(struct history *history, const struct snapshot *snapshot)
{
	const struct disk_io *disks = snapshot->disks.io.items;
	const struct net_io *interfaces = snapshot->net.io.items;
	double suspended = suspension(history, snapshot);

	/* Rates of the first snapshot are not known, and neither is what they would be over. */
	if (!history_begin(history, snapshot->monotonic - snapshot->interval, snapshot->monotonic, suspended))
		return;
	put_cpus(history, &snapshot->cpus);
	put_memory(history, snapshot);
	put_disk(history, TEXT_ABSENT, &snapshot->disks.io_total);
	for (size_t i = 0; i < snapshot->disks.io.count; i++)
		put_disk(history, disks[i].name, &disks[i]);
	put_interface(history, TEXT_ABSENT, &snapshot->net.io_total);
	for (size_t i = 0; i < snapshot->net.io.count; i++)
		put_interface(history, interfaces[i].name, &interfaces[i]);
	put_sensors(history, &snapshot->sensors);
}

/* Windows */

static bool has_value(const struct series *series, uint64_t number)
{
	return number >= series->first && number <= series->newest &&
	       isfinite(series->values[number % HISTORY_SAMPLES]);
}

/* Mean over one span of the time that counts suspensions; next: behind the newest sample that can reach into it, moved
 * on to the one for the span before. */
static double span_mean(const struct history *history, const struct series *series, double start, double end,
			uint64_t *next)
{
	double sum = 0, covered = 0;

	for (uint64_t number = *next; number-- > oldest(history);) {
		const struct span *span = span_at(history, number);
		double span_start = span->start + span->suspended, span_end = span->end + span->suspended;
		double from = real_max(span_start, start), to = real_min(span_end, end);

		if (span_end <= start)
			break;
		if (span_start >= end)
			*next = number;
		if (to > from && has_value(series, number)) {
			sum += (double)series->values[number % HISTORY_SAMPLES] * (to - from);
			covered += to - from;
		}
	}
	return covered > 0 ? sum / covered : ABSENT_F64;
}

void history_window(const struct history *history, const struct series *series, double end_s, double step_s,
		    int per_column, size_t count, double *ret_values)
{
	uint64_t next = history->samples;
	double column_s = step_s * per_column, end;
	size_t to_come = 0;

	/* What came later is not to be seen: the screen may be frozen at end_s. */
	while (next > oldest(history) && span_at(history, next - 1)->end > end_s)
		next--;
	if (!series || next == oldest(history) || !isfinite(end_s)) {
		for (size_t i = 0; i < count; i++)
			ret_values[i] = ABSENT_F64;
		return;
	}
	end_s += span_at(history, next - 1)->suspended;
	end = (floor(end_s / column_s) + 1) * column_s;
	/* A snapshot at a multiple of its time ends a column, it does not begin one. */
	if (floor(end_s / column_s) * column_s >= end_s)
		end -= column_s;
	for (size_t i = count; i-- > 0;) {
		ret_values[i] = span_mean(history, series, end - step_s, end, &next);
		end -= step_s;
		if (end >= end_s)
			to_come++;
	}
	for (size_t i = count - to_come; i > 0 && i < count; i++)
		ret_values[i] = ret_values[i - 1];
}
