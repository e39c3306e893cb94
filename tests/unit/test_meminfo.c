/* Sizes in /proc/meminfo and in the files of NUMA nodes; the collectors over trees with and without nodes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "collect/meminfo.h"
#include "reading.h"

#define KIB UINT64_C(1024)

static struct arena arena;
static struct list items;

static int parse(const char *string)
{
	items = LIST_ABSENT;
	return meminfo_parse(text_of(string), &arena, &items);
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void assert_item(struct list list, size_t at, const char *name, uint64_t value, bool is_count)
{
	const struct memory_size *item = &LIST_ITEMS(list, const struct memory_size)[at];

	assert_true(at < list.count);
	assert_true(text_equal_string(item->name, name));
	assert_true(item->value == value);
	assert_int_equal(item->is_count, is_count);
}

static void sizes_are_bytes_and_counts_are_counts(void **state)
{
	(void)state;
	assert_int_equal(parse("MemTotal:       16318480 kB\nActive(anon):   7 kB\nHugePages_Total:      16\n"), 0);
	assert_int_equal(items.count, 3);
	assert_item(items, 0, "MemTotal", 16318480 * KIB, false);
	assert_item(items, 1, "Active(anon)", 7 * KIB, false);
	assert_item(items, 2, "HugePages_Total", 16, true);
}

static void the_node_is_not_part_of_the_name(void **state)
{
	(void)state;
	assert_int_equal(parse("Node 12 MemFree:  5 kB\nNode 12 HugePages_Free:  2"), 0);
	assert_int_equal(items.count, 2);
	assert_item(items, 0, "MemFree", 5 * KIB, false);
	assert_item(items, 1, "HugePages_Free", 2, true);
}

static void lines_of_another_form_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(parse("A: 1 kB\nwords\nB: x kB\nC: 5 MB\nD: 5 kBx\nE:\n: 5 kB\nF: -1 kB\nG: 2 kB\n"), 0);
	assert_int_equal(items.count, 2);
	assert_item(items, 0, "A", KIB, false);
	assert_item(items, 1, "G", 2 * KIB, false);
}

static void what_overflows_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(parse("A: 18446744073709551616\nB: 18014398509481984 kB\nC: 18446744073709551615\nD: "
			       "18014398509481983 kB\n"),
		0);
	assert_int_equal(items.count, 1);
	assert_item(items, 0, "D", 18014398509481983 * KIB, false);
}

static void nothing_is_no_meminfo(void **state)
{
	(void)state;
	assert_int_equal(parse(""), -EBADMSG);
	assert_int_equal(parse("\n\nnothing here\n"), -EBADMSG);
	assert_null(items.items);
}

static void meminfo_is_read(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_meminfo, "tests/fixtures/numa_two"), 0);
	assert_int_equal(reading.snapshot->meminfo.count, 7);
	assert_item(reading.snapshot->meminfo, 0, "MemTotal", 32623356 * KIB, false);
	assert_item(reading.snapshot->meminfo, 4, "HugePages_Total", 16, true);
	assert_item(reading.snapshot->meminfo, 6, "DirectMap1G", 31457280 * KIB, false);
	reading_close(&reading);
}

static void nodes_are_read_in_order(void **state)
{
	struct reading reading;
	const struct numa_node *nodes;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_numa, "tests/fixtures/numa_two"), 0);
	assert_int_equal(reading.snapshot->numa_nodes.count, 3);
	nodes = LIST_ITEMS(reading.snapshot->numa_nodes, const struct numa_node);
	assert_true(text_equal_string(nodes[0].id, "0"));
	assert_true(text_equal_string(nodes[0].cpus, "0-3,8"));
	assert_int_equal(nodes[0].meminfo.count, 5);
	assert_item(nodes[0].meminfo, 0, "MemTotal", 16318480 * KIB, false);
	assert_item(nodes[0].meminfo, 3, "Active(anon)", 12340 * KIB, false);
	assert_item(nodes[0].meminfo, 4, "HugePages_Total", 8, true);
	/* A node of memory alone has no CPUs, which is not the same as not to know them. */
	assert_true(text_equal_string(nodes[1].id, "1"));
	assert_true(nodes[1].cpus.bytes && nodes[1].cpus.length == 0);
	assert_item(nodes[1].meminfo, 2, "MemUsed", 5778254 * KIB, false);
	assert_true(text_equal_string(nodes[2].id, "10"));
	assert_null(nodes[2].cpus.bytes);
	assert_int_equal(reading.snapshot->errors.count, 0);
	reading_close(&reading);
}

static void a_kernel_without_nodes(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(reading_once(&reading, &collector_numa, "tests/fixtures/cpu_old"), -ENOENT);
	assert_null(reading.snapshot->numa_nodes.items);
	reading_close(&reading);
	assert_int_equal(reading_once(&reading, &collector_meminfo, "tests/fixtures/sensors_old"), -ENOENT);
	assert_null(reading.snapshot->meminfo.items);
	reading_close(&reading);
}

static void slabs_without_permission(void **state)
{
	struct root root = {.proc_fd = -1, .sys_fd = -1, .base_fd = -1};
	void *slab = NULL;

	(void)state;
	assert_true(collector_slab.open(&root, &slab) < 0);
	assert_null(slab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(sizes_are_bytes_and_counts_are_counts, free_arena),
		cmocka_unit_test_teardown(the_node_is_not_part_of_the_name, free_arena),
		cmocka_unit_test_teardown(lines_of_another_form_are_left_out, free_arena),
		cmocka_unit_test_teardown(what_overflows_is_left_out, free_arena),
		cmocka_unit_test_teardown(nothing_is_no_meminfo, free_arena),
		cmocka_unit_test(meminfo_is_read),
		cmocka_unit_test(nodes_are_read_in_order),
		cmocka_unit_test(a_kernel_without_nodes),
		cmocka_unit_test(slabs_without_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
