/* Frequencies of the CPUs online: cpufreq's where there is a driver, else what proc/cpuinfo says, which has no bounds.
 * The mean is over CPUs, not over cpufreq policies, which may govern different numbers of them. */
#include <errno.h>

#include "collect/collector.h"
#include "collect/cpuinfo.h"
#include "model/field.h"

static double read_mhz(const struct root *root, int32_t number, const char *file)
{
	int64_t khz;

	/* Drivers that cannot tell now say <unknown> or 0. */
	if (cpu_file_i64(root, number, file, &khz) < 0 || khz <= 0)
		return ABSENT_F64;
	return (double)khz / 1000;
}

static void read_cpufreq(const struct root *root, struct cpu_frequency_row *row, int32_t number)
{
	row->frequency.current = read_mhz(root, number, "cpufreq/scaling_cur_freq");
	if (isnan(row->frequency.current))
		row->frequency.current = read_mhz(root, number, "cpufreq/cpuinfo_cur_freq");
	row->frequency.min = read_mhz(root, number, "cpufreq/scaling_min_freq");
	row->frequency.max = read_mhz(root, number, "cpufreq/scaling_max_freq");
}

/* Fill the gaps cpufreq left. Numbers ascend, and so do the blocks of proc/cpuinfo; else a gap stays. */
static int read_cpuinfo(const struct root *root, struct cpu_frequency_row *rows, const int32_t *numbers, size_t count)
{
	struct buffer buffer = {0};
	struct cpuinfo_cpu cpu;
	struct cursor cursor;
	size_t i = 0;
	int r = file_read(root->proc_fd, "cpuinfo", 0, &buffer);

	cursor = cursor_of(buffer.bytes ? buffer.bytes : "", buffer.length);
	while (r >= 0 && (r = cpuinfo_next(&cursor, &cpu)) == 1) {
		while (i < count && numbers[i] < cpu.number)
			i++;
		if (i < count && numbers[i] == cpu.number && isnan(rows[i].frequency.current) && cpu.mhz > 0)
			rows[i].frequency.current = cpu.mhz;
	}
	buffer_free(&buffer);
	return r;
}

/* The mean of what every CPU tells. */
static double mean_of(const struct cpu_frequency_row *rows, size_t count, size_t offset)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += *(const double *)(const void *)((const char *)&rows[i].frequency + offset);
	return sum / (double)count;
}

static bool is_known(const struct cpu_frequency *frequency)
{
	return !isnan(frequency->current) || !isnan(frequency->min) || !isnan(frequency->max);
}

static void publish(struct cpus *cpus, struct cpu_frequency_row *rows, size_t count)
{
	cpus->frequencies = (struct list){rows, count};
	cpus->frequency = (struct cpu_frequency){
		.current = mean_of(rows, count, offsetof(struct cpu_frequency, current)),
		.min = mean_of(rows, count, offsetof(struct cpu_frequency, min)),
		.max = mean_of(rows, count, offsetof(struct cpu_frequency, max)),
	};
}

/* The CPUs online, ascending. */
static int list_cpus(struct tick *tick, int32_t **ret_numbers, size_t *ret_count)
{
	struct text online;
	int r = cpu_online_list(tick->root, &tick->snapshot->arena, &online);

	if (r < 0)
		return r;
	return cpu_list_numbers(online, &tick->snapshot->arena, ret_numbers, ret_count);
}

static int cpu_frequency_read(void *state, struct tick *tick)
{
	struct cpu_frequency_row *rows;
	bool gaps = false, known = false;
	int32_t *numbers;
	size_t count;
	int r = list_cpus(tick, &numbers, &count);

	(void)state;
	if (r < 0)
		return r;
	rows = arena_array(&tick->snapshot->arena, count, sizeof(*rows));
	for (size_t i = 0; i < count; i++) {
		record_clear(record_cpu_frequency, &rows[i].frequency);
		rows[i].id = arena_format(&tick->snapshot->arena, "%d", numbers[i]);
		read_cpufreq(tick->root, &rows[i], numbers[i]);
		gaps |= isnan(rows[i].frequency.current);
	}
	if (gaps)
		r = read_cpuinfo(tick->root, rows, numbers, count);
	for (size_t i = 0; i < count; i++)
		known |= is_known(&rows[i].frequency);
	if (!known)
		return r < 0 ? r : -ENOENT;
	publish(&tick->snapshot->cpus, rows, count);
	return 0;
}

const struct collector collector_cpu_frequency = {
	.name = "cpu_frequency",
	.sections = SECTION_BIT(SECTION_CPU),
	.read = cpu_frequency_read,
};
