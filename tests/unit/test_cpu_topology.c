/* proc/cpuinfo, CPU lists, topology and frequencies over trees of several machines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "collect/cpuinfo.h"
#include "reading.h"
#include "tree.h"

static void cpuinfo_of_x86(void **state)
{
	static const char text[] = "processor\t: 0\nmodel name\t: A: B\ncpu MHz\t\t: 2596.134\nphysical id\t: 1\n"
				   "core id\t\t: 7\n\nprocessor\t: 65535\ncpu MHz\t\t: Unknown\n";
	struct cursor cursor = cursor_of(text, sizeof(text) - 1);
	struct cpuinfo_cpu cpu;

	(void)state;
	assert_int_equal(cpuinfo_next(&cursor, &cpu), 1);
	assert_int_equal(cpu.number, 0);
	assert_int_equal(cpu.package, 1);
	assert_int_equal(cpu.core, 7);
	assert_near(cpu.mhz, 2596.134);
	assert_int_equal(cpuinfo_next(&cursor, &cpu), 1);
	assert_int_equal(cpu.number, 65535);
	assert_int_equal(cpu.package, ABSENT_I32);
	assert_int_equal(cpu.core, ABSENT_I32);
	assert_true(isnan(cpu.mhz));
	assert_int_equal(cpuinfo_next(&cursor, &cpu), 0);
}

/* ARM ends with a block about the board; s390 begins with one about all processors. */
static void cpuinfo_of_others(void **state)
{
	static const char text[] = "vendor_id       : IBM/S390\nprocessor 0: version = FF\n\ncpu number      : 3\n"
				   "cpu MHz dynamic : 5208\ncpu MHz static  : 5000\n\nno colon here\n\n\nHardware\t: X\n";
	struct cursor cursor = cursor_of(text, sizeof(text) - 1);
	struct cpuinfo_cpu cpu;

	(void)state;
	assert_int_equal(cpuinfo_next(&cursor, &cpu), 1);
	assert_int_equal(cpu.number, 3);
	assert_near(cpu.mhz, 5208);
	assert_int_equal(cpuinfo_next(&cursor, &cpu), 0);
}

static void malformed_cpuinfo_is_refused(void **state)
{
	static const char *const texts[] = {
		"processor: x\n", "processor:\n", "processor: -1\n", "processor: 65536\n", "processor: 99999999999\n",
		"processor: 1\nphysical id: x\n", "processor: 1\ncore id:\n",
	};
	struct cpuinfo_cpu cpu = {7, 7, 7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cursor cursor = cursor_of_text(text_of(texts[i]));

		assert_true(cpuinfo_next(&cursor, &cpu) < 0);
	}
	assert_int_equal(cpu.number, 7);
}

static void cpu_list_is_sorted_and_distinct(void **state)
{
	struct arena arena = {0};
	int32_t *numbers;
	size_t count;

	(void)state;
	assert_int_equal(cpu_list_numbers(TEXT_LITERAL("65535,3,1-2,2\n"), &arena, &numbers, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 2);
	assert_int_equal(numbers[2], 3);
	assert_int_equal(numbers[3], 65535);
	assert_int_equal(cpu_list_numbers(TEXT_LITERAL(""), &arena, &numbers, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(cpu_list_numbers(TEXT_LITERAL("65536"), &arena, &numbers, &count), -ERANGE);
	assert_int_equal(cpu_list_numbers(TEXT_LITERAL("1-"), &arena, &numbers, &count), -EBADMSG);
	arena_free(&arena);
}

static void assert_place(const struct reading *reading, size_t index, const char *id, int package, int core, int node)
{
	const struct cpu_topology_row *row = &LIST_ITEMS(reading->snapshot->cpus.topology, struct cpu_topology_row)[index];

	assert_true(text_equal_string(row->id, id));
	assert_int_equal(row->package, package);
	assert_int_equal(row->core, core);
	assert_int_equal(row->node, node);
}

/* Two sockets of one core with two threads; the offline CPU is not counted. */
static void topology_of_two_sockets(void **state)
{
	struct reading reading;

	(void)state;
	reading_open(&reading, &collector_cpu_topology, "tests/fixtures/cpu_smt");
	for (int i = 0; i < 2; i++) { /* the second time from what was kept */
		assert_int_equal(reading_tick(&reading), 0);
		assert_int_equal(reading.snapshot->cpus.topology.count, 4);
		assert_place(&reading, 0, "0", 0, 0, 0);
		assert_place(&reading, 1, "1", 1, 4, 1);
		assert_place(&reading, 2, "2", 0, 0, 0);
		assert_place(&reading, 3, "3", 1, 4, 1);
		assert_int_equal(reading.snapshot->cpus.count.physical, 2);
		assert_int_equal(reading.snapshot->cpus.count.logical, ABSENT_I32);
	}
	reading_close(&reading);
}

static void topology_of_older_kernel(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_topology, "tests/fixtures/cpu_old"), 0);
	assert_int_equal(reading.snapshot->cpus.topology.count, 3);
	assert_place(&reading, 2, "3", 0, 1, ABSENT_I32);
	assert_int_equal(reading.snapshot->cpus.count.physical, 2);
	reading_close(&reading);
}

static void topology_without_sysfs(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_topology, "tests/fixtures/cpu_no_sysfs"), 0);
	assert_int_equal(reading.snapshot->cpus.topology.count, 4);
	assert_place(&reading, 3, "3", ABSENT_I32, ABSENT_I32, ABSENT_I32);
	assert_int_equal(reading.snapshot->cpus.count.physical, 2);
	reading_close(&reading);
}

static void cores_nobody_tells_are_absent(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_topology, "tests/fixtures/cpu_arm"), 0);
	assert_place(&reading, 1, "1", ABSENT_I32, 1, ABSENT_I32);
	assert_int_equal(reading.snapshot->cpus.count.physical, ABSENT_I32);
	reading_close(&reading);
}

/* Hot-plug: a CPU that comes is seen at the next tick. */
static void topology_follows_the_online_list(void **state)
{
	char directory[] = TREE_TEMPLATE;
	struct reading reading;

	(void)state;
	tree_make(directory);
	tree_write(directory, "proc/cpuinfo", "");
	tree_write(directory, "sys/devices/system/cpu/online", "0\n");
	tree_write(directory, "sys/devices/system/cpu/cpu0/topology/core_cpus_list", "0\n");
	tree_write(directory, "sys/devices/system/cpu/cpu1/topology/core_cpus_list", "1\n");
	reading_open(&reading, &collector_cpu_topology, directory);
	assert_int_equal(reading_tick(&reading), 0);
	assert_int_equal(reading.snapshot->cpus.count.physical, 1);
	tree_write(directory, "sys/devices/system/cpu/online", "0-1\n");
	assert_int_equal(reading_tick(&reading), 0);
	assert_int_equal(reading.snapshot->cpus.topology.count, 2);
	assert_int_equal(reading.snapshot->cpus.count.physical, 2);
	tree_write(directory, "sys/devices/system/cpu/online", "nonsense\n");
	assert_int_equal(reading_tick(&reading), -EBADMSG);
	assert_null(reading.snapshot->cpus.topology.items);
	tree_write(directory, "sys/devices/system/cpu/online", "1\n");
	assert_int_equal(reading_tick(&reading), 0);
	assert_place(&reading, 0, "1", ABSENT_I32, ABSENT_I32, ABSENT_I32);
	reading_close(&reading);
	tree_remove(directory);
}

static void assert_frequency(const struct cpu_frequency *frequency, double current, double min, double max)
{
	const double expected[] = {current, min, max};
	const double found[] = {frequency->current, frequency->min, frequency->max};

	for (size_t i = 0; i < 3; i++) {
		if (isnan(expected[i]))
			assert_true(isnan(found[i]));
		else
			assert_near(found[i], expected[i]);
	}
}

static const struct cpu_frequency *frequency_of(const struct reading *reading, size_t index, const char *id)
{
	const struct cpu_frequency_row *rows = LIST_ITEMS(reading->snapshot->cpus.frequencies, struct cpu_frequency_row);

	assert_true(index < reading->snapshot->cpus.frequencies.count);
	assert_true(text_equal_string(rows[index].id, id));
	return &rows[index].frequency;
}

static void frequencies_of_cpufreq(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/cpu_smt"), 0);
	assert_int_equal(reading.snapshot->cpus.frequencies.count, 4);
	assert_frequency(frequency_of(&reading, 0, "0"), 800.123, 800, 3800);
	assert_frequency(frequency_of(&reading, 3, "3"), 1600, 800, 4200);
	/* (800.123 + 3200 + 2400 + 1600) / 4, (3800 + 4200 + 3800 + 4200) / 4 */
	assert_frequency(&reading.snapshot->cpus.frequency, 2000.03075, 800, 4000);
	reading_close(&reading);
}

static void frequencies_of_cpuinfo_have_no_bounds(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/cpu_old"), 0);
	assert_int_equal(reading.snapshot->cpus.frequencies.count, 3);
	assert_frequency(frequency_of(&reading, 1, "1"), 3000, ABSENT_F64, ABSENT_F64);
	assert_frequency(frequency_of(&reading, 2, "3"), 1000, ABSENT_F64, ABSENT_F64);
	assert_frequency(&reading.snapshot->cpus.frequency, 2000, ABSENT_F64, ABSENT_F64);
	reading_close(&reading);
}

/* One CPU that does not tell leaves no mean, rather than that of the others. */
static void mean_needs_every_cpu(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/cpu_no_sysfs"), 0);
	assert_frequency(frequency_of(&reading, 2, "2"), 2500, ABSENT_F64, ABSENT_F64);
	assert_frequency(frequency_of(&reading, 3, "3"), ABSENT_F64, ABSENT_F64, ABSENT_F64);
	assert_frequency(&reading.snapshot->cpus.frequency, ABSENT_F64, ABSENT_F64, ABSENT_F64);
	reading_close(&reading);
}

static void second_file_serves_where_first_is_unknown(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/cpu_unknown_freq"), 0);
	assert_frequency(frequency_of(&reading, 0, "0"), ABSENT_F64, 1000, 2000);
	assert_frequency(frequency_of(&reading, 1, "1"), 1500, 1000, 2000);
	assert_frequency(&reading.snapshot->cpus.frequency, ABSENT_F64, 1000, 2000);
	reading_close(&reading);
}

static void frequencies_nobody_tells_are_absent(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/cpu_arm"), -ENOENT);
	assert_null(reading.snapshot->cpus.frequencies.items);
	assert_true(isnan(reading.snapshot->cpus.frequency.current));
	reading_close(&reading);
	assert_int_equal(reading_once(&reading, &collector_cpu_frequency, "tests/fixtures/battery_none"), -ENOENT);
	reading_close(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpuinfo_of_x86),
		cmocka_unit_test(cpuinfo_of_others),
		cmocka_unit_test(malformed_cpuinfo_is_refused),
		cmocka_unit_test(cpu_list_is_sorted_and_distinct),
		cmocka_unit_test(topology_of_two_sockets),
		cmocka_unit_test(topology_of_older_kernel),
		cmocka_unit_test(topology_without_sysfs),
		cmocka_unit_test(cores_nobody_tells_are_absent),
		cmocka_unit_test(topology_follows_the_online_list),
		cmocka_unit_test(frequencies_of_cpufreq),
		cmocka_unit_test(frequencies_of_cpuinfo_have_no_bounds),
		cmocka_unit_test(mean_needs_every_cpu),
		cmocka_unit_test(second_file_serves_where_first_is_unknown),
		cmocka_unit_test(frequencies_nobody_tells_are_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
