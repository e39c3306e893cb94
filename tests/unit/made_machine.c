#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "made_machine.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

static void add_cpus(struct snapshot *snapshot, size_t count, int second)
{
	struct arena *arena = &snapshot->arena;
	struct cpu *cpus;
	struct cpu_frequency_row *frequencies;
	struct cpu_topology_row *topology;

	snapshot->cpus.percent = second % 20 * 5;
	snapshot->cpus.times_percent = (struct cpu_times){.user = 20,
		.nice = 0.5,
		.system = 7.5,
		.idle = 60,
		.iowait = 5,
		.irq = 0,
		.softirq = 1,
		.steal = 4,
		.guest = 1.5,
		.guest_nice = 0.5};
	snapshot->cpus.count = (struct cpu_count){(int32_t)count, (int32_t)(count + 1) / 2};
	snapshot->cpus.percpu = made_list(snapshot, count, sizeof(*cpus));
	snapshot->cpus.frequencies = made_list(snapshot, count, sizeof(*frequencies));
	snapshot->cpus.topology = made_list(snapshot, count, sizeof(*topology));
	cpus = LIST_ITEMS(snapshot->cpus.percpu, struct cpu);
	frequencies = LIST_ITEMS(snapshot->cpus.frequencies, struct cpu_frequency_row);
	topology = LIST_ITEMS(snapshot->cpus.topology, struct cpu_topology_row);
	for (size_t i = 0; i < count; i++) {
		cpus[i] = (struct cpu){.id = arena_format(arena, "%zu", i), .number = (int32_t)i};
		cpus[i].percent = i == 2 ? NAN
					 : (double)((size_t)second * 7 + i * 13) / 3 -
						   floor((double)((size_t)second * 7 + i * 13) / 300) * 100;
		cpus[i].times_percent = snapshot->cpus.times_percent;
		if (i == 2)
			cpus[i].times_percent = (struct cpu_times){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
		cpus[i].times_percent.user = cpus[i].percent;
		frequencies[i] = (struct cpu_frequency_row){cpus[i].id, {i == 1 ? NAN : 1200.4 + (double)i, 800, 4200}};
		/* Threads of a core are half of all apart, packages are the halves of the cores. */
		topology[i] = (struct cpu_topology_row){cpus[i].id, (int32_t)(i * 4 / count % 2),
			(int32_t)(i % ((count + 3) / 4)), (int32_t)(i * 4 / count % 2)};
	}
}

static void add_sensors(struct snapshot *snapshot)
{
	struct arena *arena = &snapshot->arena;
	struct sensor_chip *chips, *fans;
	struct fan *fan;

	snapshot->sensors.temperatures = made_list(snapshot, 3, sizeof(*chips));
	chips = LIST_ITEMS(snapshot->sensors.temperatures, struct sensor_chip);
	for (int package = 0; package < 2; package++) {
		struct temperature *readings;

		chips[package].name = arena_format(arena, package ? "coretemp #%d" : "coretemp", package + 1);
		chips[package].readings = made_list(snapshot, 4, sizeof(*readings));
		readings = LIST_ITEMS(chips[package].readings, struct temperature);
		readings[0] = (struct temperature){arena_format(arena, "Package id %d", package), 60, 80, 100};
		for (int core = 0; core < 3; core++)
			readings[core + 1] = (struct temperature){arena_format(arena, "Core %d", core),
				core == 2 ? (double)NAN : 40 + 30 * package + core, 80, 100};
	}
	chips[2] = (struct sensor_chip){TEXT_LITERAL("nvme"), made_list(snapshot, 1, sizeof(struct temperature))};
	*LIST_ITEMS(chips[2].readings, struct temperature) =
		(struct temperature){TEXT_LITERAL("Composite"), 38.9, NAN, NAN};
	snapshot->sensors.fans = made_list(snapshot, 1, sizeof(*fans));
	fans = LIST_ITEMS(snapshot->sensors.fans, struct sensor_chip);
	*fans = (struct sensor_chip){TEXT_LITERAL("it8688"), made_list(snapshot, 1, sizeof(*fan))};
	fan = LIST_ITEMS(fans->readings, struct fan);
	*fan = (struct fan){TEXT_LITERAL("fan1"), 1180};
	snapshot->sensors.battery = (struct battery){77.4, 7300, 0, TEXT_LITERAL("Discharging")};
}

static struct list add_meminfo(struct snapshot *snapshot, uint64_t total)
{
	const struct memory_size items[] = {
		{TEXT_LITERAL("MemTotal"), total, false},
		{TEXT_LITERAL("MemFree"), total / 2, false},
		{TEXT_LITERAL("MemAvailable"), total / 4 * 3, false},
		{TEXT_LITERAL("MemUsed"), total / 2, false},
		{TEXT_LITERAL("FilePages"), total / 8, false},
		{TEXT_LITERAL("Active(anon)"), 1234 * MIB, false},
		{TEXT_LITERAL("Dirty"), 4096, false},
		{TEXT_LITERAL("VmallocTotal"), UINT64_C(1) << 45, false},
		{TEXT_LITERAL("HardwareCorrupted"), 0, false},
		{TEXT_LITERAL("HugePages_Total"), 12345678, true},
		{TEXT_LITERAL("DirectMap1G"), total, false},
	};
	const size_t count = sizeof(items) / sizeof(items[0]);
	struct list list = made_list(snapshot, count, sizeof(items[0]));

	memcpy(list.items, items, sizeof(items));
	return list;
}

static void add_nodes(struct snapshot *snapshot)
{
	struct numa_node *nodes;

	snapshot->numa_nodes = made_list(snapshot, 2, sizeof(*nodes));
	nodes = LIST_ITEMS(snapshot->numa_nodes, struct numa_node);
	nodes[0] = (struct numa_node){TEXT_LITERAL("0"), TEXT_LITERAL("0-3,8-11"), add_meminfo(snapshot, 16 * GIB)};
	nodes[1] = (struct numa_node){TEXT_LITERAL("1"), TEXT_ABSENT, {NULL, 0}};
}

static void add_slabs(struct snapshot *snapshot, int error)
{
	struct source_status *items = snapshot->collectors.items;
	struct slab *slabs;

	items[snapshot->collectors.count++] = (struct source_status){
		.name = TEXT_LITERAL("slab"), .state = error ? SOURCE_DENIED : SOURCE_OK, .error = error};
	if (error)
		return;
	snapshot->slabs = made_list(snapshot, 60, sizeof(*slabs));
	slabs = LIST_ITEMS(snapshot->slabs, struct slab);
	for (size_t i = 0; i < 60; i++)
		slabs[i] = (struct slab){arena_format(&snapshot->arena, "cache-%zu", i), 123456789 / (i + 1), 100,
			192 + i, 50, (60 - i) * MIB, i == 3 ? NAN : 99.6};
	slabs[0].name = TEXT_LITERAL("a_cache_with_a_very_long_name_indeed");
}

static void add_devices(struct snapshot *snapshot, int second)
{
	struct disk_io *disks;
	struct net_io *interfaces;

	snapshot->disks.io = made_list(snapshot, 3, sizeof(*disks));
	disks = LIST_ITEMS(snapshot->disks.io, struct disk_io);
	disks[0] = (struct disk_io){.name = TEXT_LITERAL("nvme0n1"), .read_bytes_per_s = 0,
				    .write_bytes_per_s = second % 7 * 180000.0, .busy_percent = 8.4, .whole = 1};
	disks[1] = (struct disk_io){.name = TEXT_LITERAL("nvme0n1p1"), .whole = 0};
	disks[2] = (struct disk_io){.name = TEXT_LITERAL("sda"), .read_bytes_per_s = NAN, .write_bytes_per_s = NAN,
				    .busy_percent = NAN, .whole = 1};
	snapshot->net.io = made_list(snapshot, 7, sizeof(*interfaces));
	interfaces = LIST_ITEMS(snapshot->net.io, struct net_io);
	interfaces[0] = (struct net_io){.name = TEXT_LITERAL("lo")};
	for (size_t i = 1; i < 7; i++)
		interfaces[i] = (struct net_io){.name = arena_format(&snapshot->arena, "eth%zu", i),
						.bytes_recv_per_s = second % 5 * 300000.0, .bytes_sent_per_s = 33000};
}

struct snapshot *made_machine(const struct machine *machine, int second)
{
	struct snapshot *snapshot = made_snapshot(second, 1);

	snapshot->sections = SECTIONS_ALL;
	snapshot->monotonic = 1000 + second;
	snapshot->interval = second ? 1 : NAN;
	if (machine->nothing)
		return snapshot;
	snapshot->host.hostname = text_of("web-17");
	snapshot->memory = (struct memory){.total = 24 * GIB,
		.used = 6 * GIB + (uint64_t)second * 100 * MIB,
		.available = 18 * GIB - (uint64_t)second * 100 * MIB,
		.free = 12 * GIB,
		.cached = 5 * GIB,
		.buffers = GIB,
		.shared = 77 * MIB,
		.percent = 25};
	snapshot->swap = (struct swap){.total = 2 * GIB, .used = (uint64_t)second * 10 * MIB};
	snapshot->pressure.cpu_some.avg10 = 0.3;
	snapshot->pressure.io_some.avg10 = 12.5;
	snapshot->pressure.memory_some = (struct pressure_line){45, 3.2, 1.5, 1};
	snapshot->pressure.memory_full = (struct pressure_line){5, 1.25, 0.5, 1};
	snapshot->disks.io_total.read_bytes_per_s = 0;
	snapshot->disks.io_total.write_bytes_per_s = second % 7 * 180000.0;
	snapshot->net.io_total.bytes_recv_per_s = second % 5 * 300000.0;
	snapshot->net.io_total.bytes_sent_per_s = 33000;
	add_cpus(snapshot, machine->cpus, second);
	if (machine->sensors)
		add_sensors(snapshot);
	snapshot->meminfo = add_meminfo(snapshot, 24 * GIB);
	if (machine->numa)
		add_nodes(snapshot);
	else
		LIST_ITEMS(snapshot->collectors, struct source_status)[snapshot->collectors.count++] =
			(struct source_status){.name = TEXT_LITERAL("numa"), .state = SOURCE_ABSENT};
	add_slabs(snapshot, machine->slab_errno);
	add_devices(snapshot, second);
	return snapshot;
}
