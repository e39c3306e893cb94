/* What follows from two readings: shares, rates, times, names, families, totals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "made.h"
#include "model/derive.h"
#include "model/field.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)
#define assert_absent(a) assert_true(isnan(a))

static double hz(void)
{
	return (double)sysconf(_SC_CLK_TCK);
}

static double number(const struct process *process, enum field_id id)
{
	struct value value = process_field_value(process_field(id), process);

	return value.type == VALUE_REAL ? value.real : ABSENT_F64;
}

/* CPU */

static struct cpu_times times_of(double user, double nice, double system, double idle, double iowait, double steal,
				 double guest, double guest_nice)
{
	return (struct cpu_times){user, nice, system, idle, iowait, 0, 0, steal, guest, guest_nice};
}

static double sum_of(const struct cpu_times *t)
{
	return t->user + t->nice + t->system + t->idle + t->iowait + t->irq + t->softirq + t->steal + t->guest +
	       t->guest_nice;
}

static void derive_cpu(struct cpu_times before, struct cpu_times now, struct cpus *ret_cpus)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);

	a->cpus.times = before;
	b->cpus.times = now;
	snapshot_derive(a, b);
	*ret_cpus = b->cpus;
	snapshot_unref(a);
	snapshot_unref(b);
}

static void cpu_shares_add_up(void **state)
{
	struct cpus cpus;

	(void)state;
	derive_cpu(times_of(10, 1, 5, 100, 2, 0, 0, 0), times_of(12, 1.5, 6, 105, 3, 0.5, 0, 0), &cpus);
	assert_near(cpus.times_percent.user, 20);
	assert_near(cpus.times_percent.nice, 5);
	assert_near(cpus.times_percent.system, 10);
	assert_near(cpus.times_percent.idle, 50);
	assert_near(cpus.times_percent.iowait, 10);
	assert_near(cpus.times_percent.steal, 5);
	assert_near(cpus.times_percent.irq, 0);
	assert_near(sum_of(&cpus.times_percent), 100);
	assert_near(cpus.percent, 40); /* steal is busy, iowait is not */
}

static void guests_are_counted_once(void **state)
{
	struct cpus cpus;

	(void)state;
	derive_cpu(times_of(0, 0, 0, 0, 0, 0, 0, 0), times_of(6, 2, 0, 2, 0, 0, 4, 0.5), &cpus);
	assert_near(cpus.times_percent.user, 20);
	assert_near(cpus.times_percent.guest, 40);
	assert_near(cpus.times_percent.nice, 15);
	assert_near(cpus.times_percent.guest_nice, 5);
	assert_near(sum_of(&cpus.times_percent), 100);
	assert_near(cpus.percent, 80);
	/* A guest's time may be counted before the user time that includes it. */
	derive_cpu(times_of(0, 0, 0, 0, 0, 0, 0, 0), times_of(1, 0, 0, 9, 0, 0, 4, 0), &cpus);
	assert_near(cpus.times_percent.user, 0);
	assert_near(cpus.times_percent.guest, 10);
	assert_near(sum_of(&cpus.times_percent), 100);
}

static void times_that_went_back_count_as_none(void **state)
{
	struct cpus cpus;

	(void)state;
	derive_cpu(times_of(10, 0, 0, 50, 30, 9, 0, 0), times_of(15, 0, 0, 55, 20, 8, 0, 0), &cpus);
	assert_near(cpus.times_percent.user, 50);
	assert_near(cpus.times_percent.idle, 50);
	assert_near(cpus.times_percent.iowait, 0);
	assert_near(cpus.times_percent.steal, 0);
	assert_near(cpus.percent, 50);
}

static void cpu_fields_of_old_kernels_stay_absent(void **state)
{
	struct cpu_times before = times_of(0, 0, 0, 0, 0, ABSENT_F64, ABSENT_F64, ABSENT_F64);
	struct cpu_times now = times_of(5, 0, 0, 5, 0, ABSENT_F64, ABSENT_F64, ABSENT_F64);
	struct cpus cpus;

	(void)state;
	derive_cpu(before, now, &cpus);
	assert_near(cpus.times_percent.user, 50);
	assert_absent(cpus.times_percent.steal);
	assert_absent(cpus.times_percent.guest);
	assert_near(cpus.percent, 50);
}

static void without_time_there_is_no_share(void **state)
{
	struct cpu_times times = times_of(1, 2, 3, 4, 5, 6, 0, 0);
	struct snapshot *s = made_snapshot(1, 0);
	struct cpus cpus;

	(void)state;
	derive_cpu(times, times, &cpus);
	assert_absent(cpus.percent);
	assert_absent(cpus.times_percent.idle);
	s->cpus.times = times;
	snapshot_derive(NULL, s);
	assert_absent(s->cpus.percent);
	snapshot_unref(s);
}

static void add_cpu(struct snapshot *snapshot, size_t at, int32_t number, double user, double idle)
{
	struct cpu *cpu = &LIST_ITEMS(snapshot->cpus.percpu, struct cpu)[at];

	cpu->number = number;
	cpu->percent = ABSENT_F64;
	cpu->times_percent.user = ABSENT_F64;
	cpu->times = times_of(user, 0, 0, idle, 0, 0, 0, 0);
}

/* CPU 1 goes away, CPU 3 comes: the others must not be taken for their neighbours. */
static void cpus_are_matched_by_number(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);
	const struct cpu *cpus;

	(void)state;
	a->cpus.percpu = made_list(a, 3, sizeof(struct cpu));
	add_cpu(a, 0, 0, 0, 0);
	add_cpu(a, 1, 1, 1000, 0);
	add_cpu(a, 2, 2, 10, 10);
	b->cpus.percpu = made_list(b, 3, sizeof(struct cpu));
	add_cpu(b, 0, 0, 1, 3);
	add_cpu(b, 1, 2, 13, 11);
	add_cpu(b, 2, 3, 7, 7);
	snapshot_derive(a, b);
	cpus = b->cpus.percpu.items;
	assert_near(cpus[0].percent, 25);
	assert_near(cpus[1].percent, 75);
	assert_near(cpus[1].times_percent.user, 75);
	assert_absent(cpus[2].percent);
	assert_absent(cpus[2].times_percent.user);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* Disks */

static struct disk_io *add_disk(struct snapshot *snapshot, size_t at, const char *name, uint64_t read_bytes,
				uint64_t write_bytes, uint64_t busy_ms, uint8_t whole)
{
	struct disk_io *disk = &LIST_ITEMS(snapshot->disks.io, struct disk_io)[at];

	record_clear(record_disk_io, disk);
	disk->name = text_of(name);
	disk->read_bytes = read_bytes;
	disk->write_bytes = write_bytes;
	disk->busy_time = busy_ms;
	disk->whole = whole;
	return disk;
}

static void disk_rates_are_over_the_collectors_own_interval(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(100, 0);
	const struct disk_io *disks;

	(void)state;
	made_collector(a, "disk_io", 10);
	made_collector(b, "disk_io", 12);
	a->disks.io = made_list(a, 3, sizeof(struct disk_io));
	b->disks.io = made_list(b, 3, sizeof(struct disk_io));
	add_disk(a, 0, "sda", 1000, 5000, 100, 1);
	add_disk(a, 1, "sda1", 1000, 5000, 100, 0);
	add_disk(a, 2, "gone", 9000000, 9000000, 1, 1);
	add_disk(b, 0, "new", 7000000, 7000000, 7, 0); /* shifts the others */
	add_disk(b, 1, "sda", 3000, 5000, 600, 1);
	add_disk(b, 2, "sda1", 2000, 4000, 90000, 0);
	snapshot_derive(a, b);
	disks = b->disks.io.items;
	assert_absent(disks[0].read_bytes_per_s);
	assert_absent(disks[0].busy_percent);
	assert_near(disks[1].read_bytes_per_s, 1000);
	assert_near(disks[1].write_bytes_per_s, 0);
	assert_near(disks[1].busy_percent, 25);
	assert_near(disks[2].read_bytes_per_s, 500);
	assert_absent(disks[2].write_bytes_per_s); /* went back */
	assert_near(disks[2].busy_percent, 100);
	assert_near(b->disks.io_total.read_bytes_per_s, 1000);
	assert_near(b->disks.io_total.write_bytes_per_s, 0);
	assert_near(b->disks.io_total.busy_percent, 25); /* of the only device */
	snapshot_unref(a);
	snapshot_unref(b);
}

static void a_disk_that_appears_makes_no_spike(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);

	(void)state;
	made_collector(a, "disk_io", 1);
	made_collector(b, "disk_io", 2);
	a->disks.io = made_list(a, 1, sizeof(struct disk_io));
	b->disks.io = made_list(b, 2, sizeof(struct disk_io));
	add_disk(a, 0, "sda", 100, 100, 0, 1);
	add_disk(b, 0, "sda", 150, 100, 0, 1);
	add_disk(b, 1, "sdb", 1000000000, 1000000000, 0, 1);
	snapshot_derive(a, b);
	assert_near(b->disks.io_total.read_bytes_per_s, 50);
	assert_absent(b->disks.io_total.busy_percent); /* of two devices nobody knows */
	snapshot_unref(a);
	snapshot_unref(b);
}

/* How long one or the other was busy is not in the counters. */
static void several_disks_have_no_common_busy_share(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);

	(void)state;
	made_collector(a, "disk_io", 1);
	made_collector(b, "disk_io", 2);
	a->disks.io = made_list(a, 2, sizeof(struct disk_io));
	b->disks.io = made_list(b, 2, sizeof(struct disk_io));
	add_disk(a, 0, "sda", 100, 0, 0, 1);
	add_disk(a, 1, "sdb", 100, 0, 0, 1);
	add_disk(b, 0, "sda", 150, 0, 500, 1);
	add_disk(b, 1, "sdb", 170, 0, 250, 1);
	snapshot_derive(a, b);
	assert_near(b->disks.io_total.read_bytes_per_s, 120);
	assert_absent(b->disks.io_total.busy_percent);
	snapshot_unref(a);
	snapshot_unref(b);
}

static void without_both_readings_there_are_no_disk_rates(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);

	(void)state;
	made_collector(b, "disk_io", 2);
	a->disks.io = made_list(a, 1, sizeof(struct disk_io));
	b->disks.io = made_list(b, 1, sizeof(struct disk_io));
	add_disk(a, 0, "sda", 100, 100, 0, 1);
	add_disk(b, 0, "sda", 150, 100, 0, 1);
	snapshot_derive(a, b);
	assert_absent(LIST_ITEMS(b->disks.io, struct disk_io)->read_bytes_per_s);
	assert_absent(b->disks.io_total.read_bytes_per_s);
	snapshot_unref(a);
	snapshot_unref(b);
}

static void set_operations(struct snapshot *snapshot, size_t at, uint64_t reads, uint64_t read_ms, uint64_t writes,
			   uint64_t write_ms)
{
	struct disk_io *disk = &LIST_ITEMS(snapshot->disks.io, struct disk_io)[at];

	disk->read_count = reads;
	disk->read_time = read_ms;
	disk->write_count = writes;
	disk->write_time = write_ms;
}

static void latency_is_of_the_operations_that_ended(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);
	const struct disk_io *disks, *total = &b->disks.io_total;

	(void)state;
	made_collector(a, "disk_io", 1);
	made_collector(b, "disk_io", 3);
	a->disks.io = made_list(a, 3, sizeof(struct disk_io));
	b->disks.io = made_list(b, 3, sizeof(struct disk_io));
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {"sda", "sdb", "sdc"};

		add_disk(a, i, names[i], 0, 0, 0, i < 2);
		add_disk(b, i, names[i], 0, 0, 0, i < 2);
	}
	set_operations(a, 0, 100, 1000, 50, 500);
	set_operations(b, 0, 110, 1050, 50, 500); /* 10 reads of 5 ms */
	set_operations(a, 1, 0, 0, 10, 100);
	set_operations(b, 1, 30, 30, 20, 400); /* 30 reads of 1 ms, 10 writes of 30 ms */
	set_operations(a, 2, 10, 10, 10, 10);
	set_operations(b, 2, 5, 20, 10, 10); /* went back */
	snapshot_derive(a, b);
	disks = b->disks.io.items;
	assert_near(disks[0].read_count_per_s, 5);
	assert_near(disks[0].write_count_per_s, 0);
	assert_near(disks[0].read_latency_ms, 5);
	assert_absent(disks[0].write_latency_ms); /* nothing was written */
	assert_near(disks[0].latency_ms, 5);
	assert_near(disks[1].write_latency_ms, 30);
	assert_near(disks[1].latency_ms, 330.0 / 40);
	assert_absent(disks[2].read_count_per_s);
	assert_absent(disks[2].read_latency_ms);
	assert_absent(disks[2].latency_ms);
	assert_near(total->read_count_per_s, 20);
	assert_near(total->write_count_per_s, 5);
	assert_near(total->read_latency_ms, 80.0 / 40);
	assert_near(total->write_latency_ms, 30);
	assert_near(total->latency_ms, 380.0 / 50);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* Network */

static void errors_have_rates(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);
	struct net_io *before, *now;

	(void)state;
	made_collector(a, "net_io", 1);
	made_collector(b, "net_io", 3);
	a->net.io = made_list(a, 1, sizeof(struct net_io));
	b->net.io = made_list(b, 1, sizeof(struct net_io));
	before = a->net.io.items;
	now = b->net.io.items;
	record_clear(record_net_io, before);
	record_clear(record_net_io, now);
	before->name = now->name = text_of("eth0");
	before->errin = 1, now->errin = 5;
	before->errout = 2, now->errout = 8;
	before->dropin = 3, now->dropin = 3;
	before->dropout = 9, now->dropout = 1;
	snapshot_derive(a, b);
	assert_near(now->errin_per_s, 2);
	assert_near(now->errout_per_s, 3);
	assert_near(now->dropin_per_s, 0);
	assert_absent(now->dropout_per_s);
	assert_near(b->net.io_total.errin_per_s, 2);
	assert_absent(b->net.io_total.dropout_per_s);
	snapshot_unref(a);
	snapshot_unref(b);
}

static void add_interface(struct snapshot *snapshot, size_t at, const char *name, uint64_t received, uint64_t sent)
{
	struct net_io *interface = &LIST_ITEMS(snapshot->net.io, struct net_io)[at];

	record_clear(record_net_io, interface);
	interface->name = text_of(name);
	interface->bytes_recv = received;
	interface->bytes_sent = sent;
	interface->packets_recv = received / 10;
	interface->packets_sent = sent / 10;
}

static void net_totals_are_without_lo(void **state)
{
	struct snapshot *a = made_snapshot(1, 0), *b = made_snapshot(2, 0);
	const struct net_io *interfaces;

	(void)state;
	made_collector(a, "net_io", 10);
	made_collector(b, "net_io", 10.5);
	a->net.io = made_list(a, 3, sizeof(struct net_io));
	b->net.io = made_list(b, 4, sizeof(struct net_io));
	add_interface(a, 0, "lo", 0, 0);
	add_interface(a, 1, "eth0", 1000, 2000);
	add_interface(a, 2, "eth1", 1000, 9000);
	add_interface(b, 0, "lo", 5000, 5000);
	add_interface(b, 1, "eth0", 1500, 2000);
	add_interface(b, 2, "eth1", 2000, 10);
	add_interface(b, 3, "wg0", 1u << 30, 1u << 30);
	snapshot_derive(a, b);
	interfaces = b->net.io.items;
	assert_near(interfaces[0].bytes_recv_per_s, 10000);
	assert_near(interfaces[1].bytes_recv_per_s, 1000);
	assert_near(interfaces[1].packets_recv_per_s, 100);
	assert_near(interfaces[1].bytes_sent_per_s, 0);
	assert_absent(interfaces[2].bytes_sent_per_s);
	assert_absent(interfaces[2].packets_sent_per_s);
	assert_absent(interfaces[3].bytes_recv_per_s);
	assert_near(b->net.io_total.bytes_recv_per_s, 3000);
	assert_near(b->net.io_total.packets_recv_per_s, 300);
	assert_near(b->net.io_total.bytes_sent_per_s, 0);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* Processes */

static void times_and_memory_of_one_reading(void **state)
{
	struct snapshot *s = made_snapshot(10, 4);
	struct process *p = made_process(s, 300, 1, "p");

	(void)state;
	s->boot_time = 1700000000;
	s->memory.total = 4000;
	p->starttime = 12345;
	p->utime = 150;
	p->stime = 50;
	p->cutime = 7;
	p->cstime = 0;
	p->blkio_delay = 300;
	p->rss_bytes = 1000;
	snapshot_derive(NULL, s);
	assert_near(p->create_time, 1700000000 + 12345 / hz());
	assert_near(number(p, FIELD_ID_CPU_USER), 150 / hz());
	assert_near(number(p, FIELD_ID_CPU_SYSTEM), 50 / hz());
	assert_near(number(p, FIELD_ID_CPU_TIME), 200 / hz());
	assert_near(number(p, FIELD_ID_CPU_CHILDREN_USER), 7 / hz());
	assert_true(number(p, FIELD_ID_CPU_CHILDREN_SYSTEM) == 0);
	assert_near(number(p, FIELD_ID_CPU_IOWAIT), 300 / hz());
	assert_near(p->memory_percent, 25);
	assert_absent(p->cpu_percent);
	assert_absent(p->read_bytes_per_s);
	assert_string_equal(p->stat, "Ss");
	snapshot_unref(s);
}

static void what_is_not_known_stays_absent(void **state)
{
	struct snapshot *s = made_snapshot(10, 4);
	struct process *p = made_process(s, 300, 1, "p");

	(void)state;
	p->utime = ABSENT_U64;
	snapshot_derive(NULL, s);
	assert_absent(p->create_time); /* no boot time */
	assert_absent(number(p, FIELD_ID_CPU_USER));
	assert_true(number(p, FIELD_ID_CPU_SYSTEM) == 0);
	assert_absent(number(p, FIELD_ID_CPU_TIME));
	assert_absent(number(p, FIELD_ID_CPU_CHILDREN_USER));
	assert_absent(number(p, FIELD_ID_CPU_IOWAIT));
	assert_absent(p->memory_percent);
	snapshot_unref(s);
}

static struct process *busy(struct snapshot *s, int32_t pid, uint64_t starttime, uint64_t utime, uint64_t read_bytes)
{
	struct process *p = made_process(s, pid, 1, "busy");

	p->starttime = starttime;
	p->utime = utime;
	p->stime = 2;
	p->io_read_bytes = read_bytes;
	p->io_write_bytes = 0;
	return p;
}

static void rates_are_matched_by_pid_and_start(void **state)
{
	struct snapshot *a = made_snapshot(10, 8), *b = made_snapshot(12, 8);
	struct process *const *p = b->processes.items;

	(void)state;
	busy(a, 10, 10, 100, 1000);
	busy(a, 20, 20, 100, 1000);
	busy(a, 30, 30, 100, 1000);
	busy(a, 40, 40, 100, 1000);
	busy(b, 5, 5, 900, 900);
	busy(b, 20, 20, 150, 5000);
	busy(b, 30, 31, 150, 5000); /* the pid was reused */
	busy(b, 40, 40, 90, 10);    /* went back */
	busy(b, 50, 50, 100, 100);
	snapshot_derive(a, b);
	assert_absent(p[0]->cpu_percent);
	assert_near(p[1]->cpu_percent, 50 / hz() / 2 * 100);
	assert_near(p[1]->read_bytes_per_s, 2000);
	assert_true(p[1]->write_bytes_per_s == 0);
	assert_absent(p[2]->cpu_percent);
	assert_absent(p[2]->read_bytes_per_s);
	assert_absent(p[3]->cpu_percent);
	assert_absent(p[3]->read_bytes_per_s);
	assert_absent(p[4]->cpu_percent); /* since when it lives is not known: no uptime */
	snapshot_unref(a);
	snapshot_unref(b);
}

/* The kernel moves a tick from user to system time, never out of their sum. */
static void user_time_may_fall_when_the_sum_does_not(void **state)
{
	struct snapshot *a = made_snapshot(10, 8), *b = made_snapshot(11, 8);
	struct process *p;

	(void)state;
	busy(a, 10, 10, 100, 0);
	p = busy(b, 10, 10, 99, 0);
	p->stime = 4;
	snapshot_derive(a, b);
	assert_near(p->cpu_percent, 1 / hz() * 100);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* Ticks are looked at only where either reading lacks the exact time. */
static void exact_cpu_time_is_preferred(void **state)
{
	struct snapshot *a = made_snapshot(10, 8), *b = made_snapshot(12, 8);
	struct process *const *p = b->processes.items;

	(void)state;
	busy(a, 10, 10, 100, 0)->run_ns = 1000000000;
	busy(a, 20, 20, 100, 0)->run_ns = 1000000000;
	busy(a, 30, 30, 100, 0);
	busy(b, 10, 10, 100, 0)->run_ns = 1000500000;
	busy(b, 20, 20, 150, 0);
	busy(b, 30, 30, 150, 0)->run_ns = 1000500000;
	snapshot_derive(a, b);
	assert_near(p[0]->cpu_percent, 0.0005 / 2 * 100);
	assert_near(p[1]->cpu_percent, 50 / hz() / 2 * 100);
	assert_near(p[2]->cpu_percent, 50 / hz() / 2 * 100);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* 1000 s after boot at the host's reading, 1000.5 s at that of the processes, 2 s after the one before. */
static void the_newborn_have_rates_over_their_lives(void **state)
{
	struct snapshot *a = made_snapshot(98.5, 8), *b = made_snapshot(100.5, 8);
	uint64_t now = (uint64_t)(1000.5 * hz());
	struct process *const *p = b->processes.items;

	(void)state;
	b->uptime = 1000;
	made_collector(b, "host", 100);
	busy(b, 10, now - (uint64_t)hz(), 23, 500);          /* 1 s old */
	busy(b, 20, now - (uint64_t)(2 * hz()), 18, 500);    /* 2 s: just after the reading before */
	busy(b, 30, now - (uint64_t)(3 * hz()), 18, 500);    /* 3 s: it was not seen then, for whatever reason */
	busy(b, 40, now + 1, 18, 500);
	snapshot_derive(a, b);
	assert_near(p[0]->cpu_percent, 25 / hz() * 100);
	assert_near(p[0]->read_bytes_per_s, 500);
	assert_near(p[1]->cpu_percent, 10 / hz() * 100);
	assert_absent(p[2]->cpu_percent);
	assert_absent(p[2]->read_bytes_per_s);
	assert_absent(p[3]->cpu_percent);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* `starttime` in ticks, CPU time in seconds. */
static void give_threads(struct snapshot *snapshot, struct process *process, size_t count,
			 const struct thread_times *threads)
{
	process->more->threads = made_list(snapshot, count, sizeof(*threads));
	memcpy(process->more->threads.items, threads, count * sizeof(*threads));
	for (size_t i = 0; i < count; i++) {
		struct thread_times *thread = &LIST_ITEMS(process->more->threads, struct thread_times)[i];

		thread->cpu_percent = NAN;
		if (!thread->run_ns)
			thread->run_ns = ABSENT_U64;
	}
}

static void threads_have_shares(void **state)
{
	struct snapshot *a = made_snapshot(98.5, 8), *b = made_snapshot(100.5, 8);
	uint64_t born = (uint64_t)(999.5 * hz());
	const struct thread_times *threads;

	(void)state;
	b->uptime = 1000;
	made_collector(b, "host", 100);
	give_threads(a, busy(a, 10, 10, 0, 0), 3,
		     (struct thread_times[]){{.id = 10, .starttime = 10, .user_time = 0.1, .system_time = 0.2},
					     {.id = 12, .starttime = 11, .user_time = 5},
					     {.id = 13, .starttime = 12, .user_time = 7}});
	give_threads(b, busy(b, 10, 10, 0, 0), 5,
		     (struct thread_times[]){{.id = 10, .starttime = 10, .user_time = 0.2, .system_time = 0.1},
					     {.id = 11, .starttime = born, .user_time = 0.25, .system_time = 0.25},
					     {.id = 12, .starttime = born, .user_time = 6},  /* its number was used again */
					     {.id = 13, .starttime = 12, .user_time = 7.5, .system_time = 0.5},
					     {.id = 14, .starttime = 13, .user_time = 1}}); /* not seen before, but old */
	snapshot_derive(a, b);
	threads = b->processes.items[0]->more->threads.items;
	assert_true(threads[0].cpu_percent == 0);
	assert_near(threads[1].cpu_percent, 50);
	assert_near(threads[2].cpu_percent, 600);
	assert_near(threads[3].cpu_percent, 50);
	assert_absent(threads[4].cpu_percent);
	snapshot_unref(a);
	snapshot_unref(b);
}

/* Where both readings know it; ticks say the same 5 times as much, to be told from it. */
static void threads_have_shares_to_the_nanosecond(void **state)
{
	struct snapshot *a = made_snapshot(98.5, 8), *b = made_snapshot(100.5, 8);
	uint64_t born = (uint64_t)(999.5 * hz());
	const struct thread_times *threads;

	(void)state;
	b->uptime = 1000;
	made_collector(b, "host", 100);
	give_threads(a, busy(a, 10, 10, 0, 0), 3,
		     (struct thread_times[]){{.id = 10, .starttime = 10, .run_ns = 1000000000},
					     {.id = 12, .starttime = 11, .run_ns = 9},
					     {.id = 13, .starttime = 12, .user_time = 7}});
	give_threads(b, busy(b, 10, 10, 0, 0), 4,
		     (struct thread_times[]){{.id = 10, .starttime = 10, .run_ns = 1000500000, .user_time = 0.0025},
					     {.id = 11, .starttime = born, .run_ns = 5000000, .user_time = 0.025},
					     {.id = 12, .starttime = 11, .run_ns = 8, .user_time = 1}, /* went back */
					     {.id = 13, .starttime = 12, .run_ns = 1, .user_time = 7.5}});
	snapshot_derive(a, b);
	threads = b->processes.items[0]->more->threads.items;
	assert_near(threads[0].cpu_percent, 0.025);
	assert_near(threads[1].cpu_percent, 0.5);
	assert_absent(threads[2].cpu_percent);
	assert_near(threads[3].cpu_percent, 25);
	snapshot_unref(a);
	snapshot_unref(b);
}

static void in_the_first_snapshot_nobody_is_newborn(void **state)
{
	struct snapshot *empty = made_snapshot(98.5, 0), *b = made_snapshot(100.5, 8);

	(void)state;
	empty->processes = (struct process_list){.items = NULL}; /* was not asked for processes */
	b->uptime = 1000;
	made_collector(b, "host", 100);
	busy(b, 10, (uint64_t)(1000 * hz()), 25, 500);
	snapshot_derive(empty, b);
	assert_absent(b->processes.items[0]->cpu_percent);
	snapshot_unref(empty);
	snapshot_unref(b);
}

static void names_are_extended_from_the_arguments(void **state)
{
	static const struct {
		const char *comm;
		struct text cmdline;
		const char *name;
	} cases[] = {
		{"a-rather-long-n", TEXT_LITERAL("/opt/a-rather-long-name\0-x\0"), "a-rather-long-name"},
		{"a-rather-long-n", TEXT_LITERAL("a-rather-long-name"), "a-rather-long-name"},
		{"a-rather-long-n", TEXT_LITERAL("/opt/other\0a-rather-long-name\0"), "a-rather-long-n"},
		{"a-rather-long-n", TEXT_LITERAL("a-rather\0"), "a-rather-long-n"},
		{"a-rather-long-n", TEXT_LITERAL(""), "a-rather-long-n"},
		{"a-rather-long-n", TEXT_LITERAL("\0"), "a-rather-long-n"},
		{"a-rather-long-n", {NULL, 0}, "a-rather-long-n"},
		{"short", TEXT_LITERAL("shorter-than-it-looks\0"), "short"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *s = made_snapshot(10, 4);
		struct process *p = made_process(s, 300, 1, cases[i].comm);

		p->cmdline = cases[i].cmdline;
		snapshot_derive(NULL, s);
		assert_true(text_equal_string(process_name(p), cases[i].name));
		snapshot_unref(s);
	}
}

static void assert_pids(struct list list, size_t count, const int32_t *pids)
{
	assert_non_null(list.items);
	assert_int_equal(list.count, count);
	if (count)
		assert_memory_equal(list.items, pids, count * sizeof(*pids));
}

static void families_are_listed_when_asked_for(void **state)
{
	struct snapshot *s = made_snapshot(10, 8);
	struct process *const *p = s->processes.items;

	(void)state;
	made_process(s, 1, 0, "init");
	made_process(s, 10, 1, "a");
	made_process(s, 20, 10, "b");
	made_process(s, 30, 20, "c");
	made_process(s, 40, 20, "d");
	made_process(s, 50, 77, "alone");
	snapshot_derive(NULL, s);
	assert_null(p[0]->more->children.items);
	assert_false(process_has(p[0], FACT_FAMILY));

	s->facts = FACT_BIT(FACT_FAMILY);
	snapshot_derive(NULL, s);
	assert_true(process_has(p[0], FACT_FAMILY));
	assert_pids(p[0]->more->children, 1, (int32_t[]){10});
	assert_pids(p[2]->more->children, 2, (int32_t[]){30, 40});
	assert_pids(p[3]->more->children, 0, NULL);
	assert_pids(p[0]->more->parents, 0, NULL);
	assert_pids(p[1]->more->parents, 1, (int32_t[]){1});
	assert_pids(p[2]->more->parents, 2, (int32_t[]){10, 1});
	assert_pids(p[3]->more->parents, 3, (int32_t[]){20, 10, 1});
	assert_pids(p[4]->more->parents, 3, (int32_t[]){20, 10, 1});
	assert_pids(p[5]->more->parents, 0, NULL);
	assert_pids(p[5]->more->children, 0, NULL);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(p[i]->more->num_descendants, ((int32_t[]){4, 3, 2, 0, 0, 0})[i]);
	snapshot_unref(s);
}

/* Lists that share their tails: memory grows with the depth, not with its square. */
static void a_long_chain_is_cheap(void **state)
{
	enum { DEPTH = 3000 };
	struct snapshot *s = made_snapshot(10, DEPTH);
	size_t before;

	(void)state;
	for (int32_t pid = 1; pid <= DEPTH; pid++)
		made_process(s, pid, pid - 1, "link");
	s->facts = FACT_BIT(FACT_FAMILY);
	before = s->arena.total_bytes;
	snapshot_derive(NULL, s);
	assert_int_equal(s->processes.items[DEPTH - 1]->more->parents.count, DEPTH - 1);
	assert_int_equal(LIST_ITEMS(s->processes.items[DEPTH - 1]->more->parents, int32_t)[DEPTH - 2], 1);
	assert_int_equal(s->processes.items[0]->more->num_descendants, DEPTH - 1);
	assert_true(s->arena.total_bytes - before < 1000000);
	snapshot_unref(s);
}

static void tasks_are_counted_by_state(void **state)
{
	static const char letters[] = "RSSDTtZIXxPW";
	struct snapshot *s = made_snapshot(10, 16);
	struct process *p = NULL;

	(void)state;
	for (size_t i = 0; letters[i]; i++) {
		p = made_process(s, (int32_t)i + 10, 1, "p");
		p->state = letters[i];
	}
	p->flags_mask = PF_KTHREAD_FLAG;
	p = made_process(s, 100, 1, "main thread exited");
	p->state = 'Z';
	p->num_threads = 5;
	snapshot_derive(NULL, s);
	assert_int_equal(s->tasks.total, 13);
	assert_int_equal(s->tasks.threads, 17);
	assert_int_equal(s->tasks.running, 1);
	assert_int_equal(s->tasks.sleeping, 2);
	assert_int_equal(s->tasks.disk_sleep, 1);
	assert_int_equal(s->tasks.stopped, 1);
	assert_int_equal(s->tasks.tracing_stop, 1);
	assert_int_equal(s->tasks.zombie, 1);
	assert_int_equal(s->tasks.idle, 1);
	assert_int_equal(s->tasks.dead, 2);
	assert_int_equal(s->tasks.other, 3);
	assert_int_equal(s->tasks.kernel, 1);
	assert_int_equal(s->tasks.orphan, ABSENT_I32); /* was not asked for */
	snapshot_unref(s);
}

static void without_processes_there_are_no_totals(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	s->facts = FACT_BIT(FACT_LINEAGE) | FACT_BIT(FACT_FAMILY);
	snapshot_derive(NULL, s);
	assert_int_equal(s->tasks.total, ABSENT_I32);
	snapshot_derive(s, s);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_shares_add_up),
		cmocka_unit_test(guests_are_counted_once),
		cmocka_unit_test(times_that_went_back_count_as_none),
		cmocka_unit_test(cpu_fields_of_old_kernels_stay_absent),
		cmocka_unit_test(without_time_there_is_no_share),
		cmocka_unit_test(cpus_are_matched_by_number),
		cmocka_unit_test(disk_rates_are_over_the_collectors_own_interval),
		cmocka_unit_test(a_disk_that_appears_makes_no_spike),
		cmocka_unit_test(several_disks_have_no_common_busy_share),
		cmocka_unit_test(without_both_readings_there_are_no_disk_rates),
		cmocka_unit_test(latency_is_of_the_operations_that_ended),
		cmocka_unit_test(errors_have_rates),
		cmocka_unit_test(net_totals_are_without_lo),
		cmocka_unit_test(times_and_memory_of_one_reading),
		cmocka_unit_test(what_is_not_known_stays_absent),
		cmocka_unit_test(rates_are_matched_by_pid_and_start),
		cmocka_unit_test(user_time_may_fall_when_the_sum_does_not),
		cmocka_unit_test(exact_cpu_time_is_preferred),
		cmocka_unit_test(the_newborn_have_rates_over_their_lives),
		cmocka_unit_test(threads_have_shares),
		cmocka_unit_test(threads_have_shares_to_the_nanosecond),
		cmocka_unit_test(in_the_first_snapshot_nobody_is_newborn),
		cmocka_unit_test(names_are_extended_from_the_arguments),
		cmocka_unit_test(families_are_listed_when_asked_for),
		cmocka_unit_test(a_long_chain_is_cheap),
		cmocka_unit_test(tasks_are_counted_by_state),
		cmocka_unit_test(without_processes_there_are_no_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
