/* Where each online CPU sits, and how many cores there are.
 *
 * Numbers are the kernel's: `core` is core_id, unique only within its package and with gaps where cores are fused
 * off. lscpu -p counts cores and sockets anew from 0 over the whole machine; lscpu -p -y shows the kernel's. Node
 * numbers are the kernel's in both. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "collect/collector.h"
#include "collect/cpuinfo.h"
#include "model/field.h"

struct place {
	int32_t number, package, core, node;
};

/* It changes only when CPUs come and go, and costs five files a CPU: kept while the list of those online stays. */
struct topology {
	struct arena arena;
	struct text online; /* TEXT_ABSENT: not read, or not wholly */
	struct place *places;
	size_t count;
	int32_t cores;
};

static int32_t read_id(const struct root *root, int32_t number, const char *file)
{
	int64_t value;

	/* The kernel says -1 where it does not know. */
	if (cpu_file_i64(root, number, file, &value) < 0 || value < 0 || value > INT32_MAX)
		return ABSENT_I32;
	return (int32_t)value;
}

/* The link nodeN in the CPU's directory; none without NUMA in the kernel. */
static int32_t read_node(const struct root *root, int32_t number, struct arena *arena)
{
	const char **names;
	char path[64];
	size_t count;

	snprintf(path, sizeof(path), "devices/system/cpu/cpu%d", number);
	if (directory_list(root->sys_fd, path, arena, &names, &count) < 0)
		return ABSENT_I32;
	for (size_t i = 0; i < count; i++) {
		struct cursor cursor = cursor_of_text(text_of(names[i]));
		int32_t node;

		if (parse_literal(&cursor, "node") == 0 && parse_i32(&cursor, &node) == 0 && cursor_done(&cursor) &&
		    node >= 0)
			return node;
	}
	return ABSENT_I32;
}

static int compare_texts(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* CPUs of one core name the same siblings. ABSENT_I32 unless every CPU tells. */
static int32_t count_sibling_lists(const struct root *root, struct topology *topology, const char *file)
{
	struct text *lists = arena_array(&topology->arena, topology->count, sizeof(*lists));
	int32_t distinct = 0;

	for (size_t i = 0; i < topology->count; i++) {
		char path[128];

		snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/topology/%s", topology->places[i].number, file);
		if (file_read_line(root->sys_fd, path, &topology->arena, &lists[i]) < 0 || !lists[i].length)
			return ABSENT_I32;
	}
	qsort(lists, topology->count, sizeof(*lists), compare_texts);
	for (size_t i = 0; i < topology->count; i++)
		distinct += i == 0 || !text_equal(lists[i], lists[i - 1]);
	return distinct;
}

/* (package, core) of proc/cpuinfo as one number, for every CPU online. Returns how many there are, or -errno. */
static ssize_t read_core_ids(const struct topology *topology, const struct buffer *cpuinfo, int64_t *ids)
{
	struct cursor cursor = cursor_of(cpuinfo->bytes, cpuinfo->length);
	struct cpuinfo_cpu cpu;
	size_t count = 0;
	int r;

	while ((r = cpuinfo_next(&cursor, &cpu)) == 1 && count < topology->count) {
		if (cpu.package == ABSENT_I32 || cpu.core == ABSENT_I32)
			return -ENOENT;
		ids[count++] = (int64_t)cpu.package << 32 | (uint32_t)cpu.core;
	}
	return r < 0 ? r : (ssize_t)count;
}

static int32_t count_cpuinfo_cores(const struct root *root, struct topology *topology)
{
	int64_t *ids = arena_array(&topology->arena, topology->count, sizeof(*ids));
	struct buffer cpuinfo = {0};
	ssize_t count = -ENOENT;
	int32_t distinct = 0;

	if (file_read(root->proc_fd, "cpuinfo", 0, &cpuinfo) == 0)
		count = read_core_ids(topology, &cpuinfo, ids);
	buffer_free(&cpuinfo);
	if (count < 0 || (size_t)count != topology->count)
		return ABSENT_I32;
	qsort(ids, topology->count, sizeof(*ids), compare_i64);
	for (size_t i = 0; i < topology->count; i++)
		distinct += i == 0 || ids[i] != ids[i - 1];
	return distinct;
}

static int32_t count_cores(const struct root *root, struct topology *topology)
{
	/* The second is the older name of the first, which came with Linux 5.3. */
	int32_t cores = count_sibling_lists(root, topology, "core_cpus_list");

	if (cores == ABSENT_I32)
		cores = count_sibling_lists(root, topology, "thread_siblings_list");
	if (cores == ABSENT_I32)
		cores = count_cpuinfo_cores(root, topology);
	return cores;
}

static int read_topology(const struct root *root, struct text online, struct topology *topology)
{
	int32_t *numbers;
	int r;

	arena_free(&topology->arena);
	*topology = (struct topology){.cores = ABSENT_I32};
	r = cpu_list_numbers(online, &topology->arena, &numbers, &topology->count);
	if (r < 0)
		return r;
	if (!topology->count)
		return -EBADMSG;
	topology->places = arena_array(&topology->arena, topology->count, sizeof(*topology->places));
	for (size_t i = 0; i < topology->count; i++) {
		topology->places[i] = (struct place){
			.number = numbers[i],
			.package = read_id(root, numbers[i], "topology/physical_package_id"),
			.core = read_id(root, numbers[i], "topology/core_id"),
			.node = read_node(root, numbers[i], &topology->arena),
		};
	}
	topology->cores = count_cores(root, topology);
	return 0;
}

/* A CPU that goes offline while its files are read leaves a gap: then nothing is kept, and the next tick reads anew. */
static int refresh_topology(const struct root *root, struct tick *tick, struct topology *topology)
{
	struct text online, after;
	int r = cpu_online_list(root, &tick->snapshot->arena, &online);

	if (r < 0)
		return r;
	if (topology->online.bytes && text_equal(topology->online, online))
		return 0;
	r = read_topology(root, online, topology);
	if (r < 0)
		return r;
	if (cpu_online_list(root, &tick->snapshot->arena, &after) == 0 && text_equal(online, after))
		topology->online = arena_text(&topology->arena, online.bytes, online.length);
	return 0;
}

static int cpu_topology_read(void *state, struct tick *tick)
{
	struct topology *topology = state;
	struct snapshot *snapshot = tick->snapshot;
	struct cpu_topology_row *rows;
	int r = refresh_topology(tick->root, tick, topology);

	if (r < 0)
		return r;
	rows = arena_array(&snapshot->arena, topology->count, sizeof(*rows));
	for (size_t i = 0; i < topology->count; i++) {
		const struct place *place = &topology->places[i];

		record_clear(record_cpu_topology, &rows[i]);
		rows[i].id = arena_format(&snapshot->arena, "%d", place->number);
		rows[i].package = place->package;
		rows[i].core = place->core;
		rows[i].node = place->node;
	}
	snapshot->cpus.topology = (struct list){rows, topology->count};
	snapshot->cpus.count.physical = topology->cores;
	return 0;
}

static int cpu_topology_open(const struct root *root, void **ret_state)
{
	(void)root;
	*ret_state = xcalloc(1, sizeof(struct topology));
	return 0;
}

static void cpu_topology_close(void *state)
{
	struct topology *topology = state;

	if (topology)
		arena_free(&topology->arena);
	free(topology);
}

const struct collector collector_cpu_topology = {
	.name = "cpu_topology",
	.sections = SECTION_BIT(SECTION_CPU),
	.open = cpu_topology_open,
	.read = cpu_topology_read,
	.close = cpu_topology_close,
};
