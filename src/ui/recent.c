#include "ui/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/real.h"

#define MEAN_S 5.0
#define CLEAR_SHARE 0.25   /* of what it was: the mean shown changes when it is off by more */
#define CLEAR_PERCENT 0.5
#define NOTHING_PERCENT 0.05
#define UNKNOWN 255

struct entry {
	struct identity identity;
	double mean, shown;
	uint64_t watched; /* number of the snapshot in which it was last on the screen */
	uint8_t samples[RECENT_SAMPLES]; /* in half percents up to 100, the last one last; UNKNOWN */
};

struct recent {
	struct entry *entries, *others; /* ascending by pid; the others are room for the next */
	size_t count, capacity;
	double *means;
	size_t means_capacity;
	uint64_t snapshots; /* taken so far */
};

struct recent *recent_new(void)
{
	return xcalloc(1, sizeof(struct recent));
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	free(recent->entries);
	free(recent->others);
	free(recent->means);
	free(recent);
}

static void reserve(struct recent *recent, size_t count)
{
	size_t capacity = recent->capacity ? recent->capacity : 64;

	if (recent->entries && count <= recent->capacity)
		return;
	while (capacity < count)
		capacity *= 2;
	recent->entries = xreallocarray(recent->entries, capacity, sizeof(*recent->entries));
	recent->others = xreallocarray(recent->others, capacity, sizeof(*recent->others));
	recent->capacity = capacity;
}

static bool is_same(struct identity a, struct identity b)
{
	return a.pid == b.pid && a.starttime == b.starttime;
}

static struct entry new_entry(struct identity identity)
{
	struct entry entry = {.identity = identity};

	memset(entry.samples, UNKNOWN, sizeof(entry.samples));
	return entry;
}

static void add_sample(struct entry *entry, double percent)
{
	memmove(entry->samples, entry->samples + 1, RECENT_SAMPLES - 1);
	entry->samples[RECENT_SAMPLES - 1] = UNKNOWN;
	/* What is shown as a number above 0.0 is not shown as nothing. */
	if (percent >= 0)
		entry->samples[RECENT_SAMPLES - 1] =
			percent < NOTHING_PERCENT ? 0 : (uint8_t)ceil(real_min(percent, 100) * 2);
}

static void change_mean(struct entry *entry, double percent, double weight)
{
	if (isnan(percent))
		return;
	entry->mean += (percent - entry->mean) * weight;
	if (fabs(entry->mean - entry->shown) > real_max(CLEAR_PERCENT, CLEAR_SHARE * entry->shown))
		entry->shown = entry->mean;
}

static bool is_nothing(const struct recent *recent, const struct entry *entry)
{
	if (entry->watched + 1 >= recent->snapshots || entry->mean > NOTHING_PERCENT)
		return false;
	for (size_t i = 0; i < RECENT_SAMPLES; i++) {
		if (entry->samples[i] != 0 && entry->samples[i] != UNKNOWN)
			return false;
	}
	return true;
}

static double percent_of(const struct process *process)
{
	return process_has(process, FACT_STAT) ? process->cpu_percent : NAN;
}

/* What is measured for the first time has no past that would weigh against it. */
static double weight_of(const struct recent *recent, const struct snapshot *snapshot, const struct process *process,
			bool is_new)
{
	double interval_s = snapshot->interval;

	if (is_new && (recent->snapshots <= 2 || snapshot->timestamp - process->create_time < MEAN_S))
		return 1;
	return interval_s > 0 ? interval_s / (interval_s + MEAN_S) : 1;
}

void recent_add(struct recent *recent, const struct snapshot *snapshot)
{
	const struct process_list *processes = &snapshot->processes;
	size_t old = 0, count = 0;
	struct entry *entries;

	recent->snapshots++;
	if (!processes->items)
		return;
	reserve(recent, processes->count);
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = processes->items[i];
		struct identity identity = {process->pid, process->starttime};
		double percent = percent_of(process);
		bool is_known;

		while (old < recent->count && recent->entries[old].identity.pid < process->pid)
			old++;
		is_known = old < recent->count && is_same(recent->entries[old].identity, identity);
		if (!is_known && !(percent >= NOTHING_PERCENT))
			continue;
		recent->others[count] = is_known ? recent->entries[old] : new_entry(identity);
		add_sample(&recent->others[count], percent);
		change_mean(&recent->others[count], percent, weight_of(recent, snapshot, process, !is_known));
		count += !is_nothing(recent, &recent->others[count]);
	}
	entries = recent->entries;
	recent->entries = recent->others;
	recent->others = entries;
	recent->count = count;
}

/* The first entry whose pid is not smaller. */
static size_t position_of(const struct recent *recent, int32_t pid)
{
	size_t low = 0, high = recent->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (recent->entries[middle].identity.pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *find(const struct recent *recent, struct identity identity)
{
	size_t at = position_of(recent, identity.pid);

	return at < recent->count && is_same(recent->entries[at].identity, identity) ? &recent->entries[at] : NULL;
}

void recent_watch(struct recent *recent, struct identity identity)
{
	struct entry *entry = find(recent, identity);
	size_t at = position_of(recent, identity.pid);

	if (!entry) {
		reserve(recent, recent->count + 1);
		entry = &recent->entries[at];
		memmove(entry + 1, entry, (recent->count - at) * sizeof(*entry));
		*entry = new_entry(identity);
		recent->count++;
	}
	entry->watched = recent->snapshots;
}

bool recent_window(const struct recent *recent, struct identity identity, int per_column, size_t count,
		   double *ret_values)
{
	const struct entry *entry = find(recent, identity);
	size_t in_last_column = (recent->snapshots + (uint64_t)per_column - 1) % (uint64_t)per_column + 1;
	size_t to_come = (size_t)per_column - in_last_column;

	for (size_t i = 0; entry && i < count; i++) {
		size_t ago = count - i > to_come ? count - i - to_come : 1; /* 1: at the last snapshot */
		uint8_t sample = ago <= RECENT_SAMPLES ? entry->samples[RECENT_SAMPLES - ago] : UNKNOWN;

		ret_values[i] = sample == UNKNOWN ? NAN : sample / 2.0;
	}
	return entry != NULL;
}

const double *recent_means(struct recent *recent, const struct snapshot *snapshot)
{
	const struct process_list *processes = &snapshot->processes;
	size_t at = 0;

	if (processes->count > recent->means_capacity) {
		recent->means_capacity = processes->count + processes->count / 2;
		recent->means = xreallocarray(recent->means, recent->means_capacity, sizeof(*recent->means));
	}
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = processes->items[i];

		while (at < recent->count && recent->entries[at].identity.pid < process->pid)
			at++;
		recent->means[i] = isnan(percent_of(process)) ? NAN : 0;
		if (at < recent->count && !isnan(recent->means[i]) &&
		    is_same(recent->entries[at].identity, (struct identity){process->pid, process->starttime}))
			recent->means[i] = recent->entries[at].shown;
	}
	return processes->items ? recent->means : NULL;
}
