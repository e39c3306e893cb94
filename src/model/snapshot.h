/* One tick: everything that was read, and what follows from it. Immutable once published, owned by its arena,
 * and without a pointer to anything live, so that it can be kept, replayed and compared. */
#ifndef CMON_MODEL_SNAPSHOT_H
#define CMON_MODEL_SNAPSHOT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "model/process.h"
#include "model/value.h"

/* Top-level parts of a snapshot that are collected; one row each in sections.def. */
enum section {
#define SECTION(id, name, help) SECTION_##id,
#include "model/sections.def"
#undef SECTION
	SECTION_COUNT,
};

#define SECTION_BIT(section) (UINT32_C(1) << (section))
#define SECTIONS_ALL (SECTION_BIT(SECTION_COUNT) - 1)

struct host {
	struct text hostname, sysname, release, version, machine;
};

struct cpu_count {
	int32_t logical;  /* online CPUs */
	int32_t physical; /* cores */
};

/* Seconds since boot (counters), or percent of the interval, by what holds it. */
struct cpu_times {
	double user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice;
};

struct cpu_frequency {
	double current, min, max; /* MHz */
};

/* One online CPU; identity is `id`, the N of cpuN. */
struct cpu {
	struct text id;
	int32_t number;
	int32_t package, core; /* topology; ABSENT_I32 */
	struct cpu_times times, times_percent;
	double percent; /* busy */
	struct cpu_frequency frequency;
};

struct cpu_stats {
	uint64_t ctx_switches, interrupts, soft_interrupts, syscalls; /* counters since boot */
	uint64_t processes_created;
	int32_t running, blocked; /* tasks now */
};

struct cpus {
	struct cpu_count count;
	struct cpu_times times, times_percent;
	double percent;
	struct cpu_stats stats;
	struct cpu_frequency frequency; /* mean over CPUs */
	struct list percpu;  /* struct cpu, from proc/stat */
	struct list frequencies; /* struct cpu_frequency_row, from sysfs or cpuinfo */
	struct list topology;    /* struct cpu_topology_row */
};

struct cpu_frequency_row {
	struct text id;
	struct cpu_frequency frequency;
};

struct cpu_topology_row {
	struct text id;
	int32_t package, core, node;
};

struct load_average {
	double min1, min5, min15;
	int32_t runnable, tasks; /* scheduling entities: running now, existing */
};

struct memory { /* bytes */
	uint64_t total, available, used, free, active, inactive, buffers, cached, shared, slab;
	double percent;
};

struct swap { /* bytes; sin and sout are counters since boot */
	uint64_t total, used, free, sin, sout;
	double percent;
};

/* A line of proc/meminfo, or of that of a NUMA node. */
struct memory_size {
	struct text name;
	uint64_t value; /* bytes, or a count */
	bool is_count;  /* the file has no unit for it */
};

struct numa_node {
	struct text id;   /* the N of nodeN */
	struct text cpus; /* "0-3,8" */
	struct list meminfo; /* struct memory_size */
};

/* A cache of kernel objects. */
struct slab {
	struct text name;
	uint64_t objects, active, object_bytes, slabs;
	uint64_t bytes; /* of all its slabs */
	double percent; /* of the objects in use */
};

struct pressure_line {
	double avg10, avg60, avg300; /* percent */
	uint64_t total; /* microseconds since boot */
};

struct pressure {
	struct pressure_line cpu_some, cpu_full, memory_some, memory_full, io_some, io_full, irq_full;
};

struct disk_usage { /* bytes */
	uint64_t total, used, free;
	double percent;
	uint64_t files, files_free; /* inodes */
	double age_s; /* since it was measured */
};

struct disk_partition {
	struct text device, mountpoint, fstype, opts;
	struct disk_usage usage;
	uint8_t physical; /* 1: psutil's all=False lists it: a device or zfs; 0: a pseudo file system */
	uint8_t stale;    /* 1: statvfs did not answer within its deadline */
};

struct disk_io {
	struct text name;
	uint64_t read_count, write_count, read_bytes, write_bytes; /* counters */
	uint64_t read_time, write_time, busy_time; /* milliseconds */
	uint64_t read_merged_count, write_merged_count;
	int32_t in_flight; /* I/Os issued and not completed */
	double read_bytes_per_s, write_bytes_per_s, busy_percent; /* rates */
	double read_count_per_s, write_count_per_s;
	double read_latency_ms, write_latency_ms, latency_ms; /* mean of those that ended in the interval */
	uint8_t whole; /* 1: a whole physical device, counted in the total */
	uint8_t partition; /* 1: a part of another device; neither: a virtual one, as dm, md and loop */
};

struct disks {
	struct list partitions; /* struct disk_partition */
	struct disk_io io_total;
	struct list io; /* struct disk_io */
};

struct net_io {
	struct text name;
	uint64_t bytes_sent, bytes_recv, packets_sent, packets_recv, errin, errout, dropin, dropout; /* counters */
	double bytes_sent_per_s, bytes_recv_per_s, packets_sent_per_s, packets_recv_per_s; /* rates */
	double errin_per_s, errout_per_s, dropin_per_s, dropout_per_s;
};

struct net_address {
	struct text family; /* AF_INET AF_INET6 AF_PACKET */
	struct text address, netmask, broadcast, ptp;
};

struct net_addresses { /* of one interface */
	struct text name;
	struct list addresses; /* struct net_address */
};

struct net_interface {
	struct text name;
	uint8_t isup;
	struct text duplex; /* full half unknown */
	int32_t speed;      /* Mbit/s; ABSENT_I32 where the driver does not say */
	int32_t mtu;        /* bytes */
	struct text flags;  /* "up,broadcast,running,multicast" */
};

struct socket_owner {
	int32_t pid, fd;
};

struct connection {
	int32_t fd, pid; /* of the first owner; ABSENT_I32 without a known one */
	struct text family, type; /* AF_INET AF_INET6 AF_UNIX; SOCK_STREAM SOCK_DGRAM SOCK_SEQPACKET */
	struct text laddr_ip, raddr_ip; /* numeric address; for AF_UNIX laddr_path */
	int32_t laddr_port, raddr_port;
	struct text laddr_path, raddr_path; /* AF_UNIX; abstract names begin with @ */
	struct text status; /* ESTABLISHED SYN_SENT … LISTEN NONE, as psutil */
	uint64_t inode, uid;
	struct text username;
	uint64_t recv_queue, send_queue; /* bytes */
	struct list owners; /* struct socket_owner, by pid and fd */
};

/* How the search of one process's descriptors for sockets went. */
struct descriptor_search {
	int32_t pid;
	int32_t error; /* errno, 0 */
	uint64_t starttime; /* with the pid, whose descriptors they were; ABSENT_U64 where it could not be read */
};

struct net {
	struct net_io io_total;
	struct list io;          /* struct net_io */
	struct list addresses;   /* struct net_addresses */
	struct list interfaces;  /* struct net_interface */
	struct list connections; /* struct connection */
	struct list descriptor_searches; /* struct descriptor_search, by pid; for FACT_CONNECTIONS */
};

struct temperature {
	struct text label;
	double current, high, critical; /* °C */
};

struct fan {
	struct text label;
	uint64_t current; /* RPM */
};

struct sensor_chip {
	struct text name; /* not necessarily unique in hwmon: made so by " #2" and so on */
	struct list readings; /* struct temperature or struct fan */
};

struct battery {
	double percent;
	int64_t secsleft;      /* seconds; ABSENT_I64 when it charges or the rate is not known */
	uint8_t power_plugged; /* 0, 1, ABSENT_BOOL */
	struct text status;    /* Charging Discharging Full "Not charging" Unknown */
};

struct sensors {
	struct list temperatures, fans; /* struct sensor_chip */
	struct battery battery;
};

struct user {
	struct text name, terminal, host;
	double started; /* Unix seconds */
	int32_t pid;
};

struct tasks {
	int32_t total, threads, running, sleeping, disk_sleep, stopped, tracing_stop, zombie, idle, dead, other;
	int32_t orphan, kernel;
};

enum source_state { SOURCE_OK, SOURCE_ABSENT, SOURCE_DENIED, SOURCE_BROKEN };

/* How one collector fared in this tick. */
struct source_status {
	struct text name;   /* of the collector */
	struct text status; /* ok absent denied broken: name of `state` */
	enum source_state state;
	int32_t error;      /* errno, 0 */
	double duration_ms;
	uint64_t read_ns;   /* monotonic time of the reading, what its rates are taken over */
};

struct source_error {
	struct text source, message;
	int32_t error; /* errno */
};

/* Processes, ascending by pid. One that did not change is in the lists of several snapshots: see process_own. */
struct process_list {
	struct process **items;
	size_t count;
	size_t renewed_count; /* records that are not those of the snapshot before */
	uint64_t read_ns; /* monotonic */
};

#define PROCESS_NONE SIZE_MAX

/* What names a process for as long as the machine runs. */
struct identity {
	int32_t pid;
	uint64_t starttime; /* clock ticks since boot */
};

struct snapshot {
	atomic_int references;
	struct arena arena;

	uint32_t sections; /* SECTION_BITs that were collected */
	uint64_t facts;    /* FACT_BITs that were asked for */

	int32_t schema; /* of the JSON: 1 */
	struct text version, source;
	double timestamp; /* Unix seconds */
	double monotonic; /* seconds */
	double interval;  /* seconds since the previous snapshot; NaN for the first */
	double collect_ms;

	struct host host;
	double boot_time;   /* Unix seconds */
	double uptime;      /* seconds */
	struct cpus cpus;
	struct load_average load;
	struct memory memory;
	struct swap swap;
	struct list meminfo;    /* struct memory_size, as the file has them */
	struct list numa_nodes; /* struct numa_node, ascending */
	struct list slabs;      /* struct slab, the largest first */
	struct pressure pressure;
	struct disks disks;
	struct net net;
	struct sensors sensors;
	struct list users; /* struct user */
	struct tasks tasks;
	struct process_list processes;
	struct list subreapers;    /* struct identity: processes that were seen to adopt others; carried forward */
	double self_exec_start_ms; /* the scheduler's clock of any CPU when the list was read; NaN: not read */

	struct list collectors; /* struct source_status */
	struct list errors;     /* struct source_error */
	size_t errors_capacity;
};

/* A new snapshot with every value absent and one reference. */
struct snapshot *snapshot_new(void);
struct snapshot *snapshot_ref(struct snapshot *snapshot);
/* Drop one reference; the last one frees it. NULL is fine. */
void snapshot_unref(struct snapshot *snapshot);

/* Note an error, once per (source, errno). Message: printf. */
void snapshot_error(struct snapshot *snapshot, const char *source, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Status of a collector by name, or NULL when it did not run. */
const struct source_status *snapshot_collector(const struct snapshot *snapshot, const char *name);

/* The process with this identity, or NULL. By pid alone: starttime 0 would be init's on some machines, so use
 * snapshot_find_pid for that. Binary search. */
const struct process *snapshot_find(const struct snapshot *snapshot, int32_t pid, uint64_t starttime);

/* The parent of a process of the snapshot, or NULL. A parent is never younger than its child: one that is only has the
 * parent's old pid. Two of the same tick may still name each other: a walk upwards needs a bound. */
const struct process *snapshot_parent(const struct snapshot *snapshot, const struct process *child);

/* The item of a list of records that begin with a `struct text name`, or NULL. size: of one; hint: where it is likely to
 * be, since lists mostly keep their order. */
const void *list_find_named(struct list list, size_t size, size_t hint, struct text name);
const struct process *snapshot_find_pid(const struct snapshot *snapshot, int32_t pid);

/* Where in the list a pid is, or PROCESS_NONE. Binary search. */
size_t process_index(const struct process_list *processes, int32_t pid);

/* Where the parent of one of the list is, or PROCESS_NONE: see snapshot_parent. hint: where that of its neighbour is,
 * which is mostly the same; PROCESS_NONE for none. */
size_t process_parent_index(const struct process_list *processes, const struct process *child, size_t hint);

/* All of a process absent. Copy one such for each process rather than call this for each. */
void process_init(struct process *process);

#endif
