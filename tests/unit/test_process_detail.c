/* Costly details of a process: from a captured tree, of live processes, and where they are denied. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/root.h"
#include "collect/process_cgroup.h"
#include "collect/process_detail.h"
#include "collect/process_environ.h"
#include "collect/process_files.h"
#include "collect/process_io.h"
#include "collect/process_libproc2.h"
#include "collect/process_limits.h"
#include "collect/process_locks.h"
#include "collect/process_maps.h"
#include "collect/process_sched.h"
#include "collect/process_threads.h"
#include "made.h"
#include "model/snapshot.h"

#define FIXTURE "tests/fixtures/process_detail"

static void assert_text(struct text text, const char *expected)
{
	assert_non_null(text.bytes);
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

#define parse_string(parser, string, ...) parser(string, strlen(string), __VA_ARGS__)

struct world {
	struct root root;
	struct process_detail *detail;
	struct arena arena;
	struct process process;
};

static void world_open(struct world *world, const char *prefix)
{
	*world = (struct world){0};
	assert_int_equal(root_open(&world->root, prefix), 0);
	assert_int_equal(process_detail_open(&world->root, &world->detail), 0);
}

static void world_close(struct world *world)
{
	process_detail_close(world->detail);
	root_close(&world->root);
	arena_free(&world->arena);
}

static int open_process(const struct world *world, int pid)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%d", pid);
	fd = openat(world->root.proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* What the reader of stat has set before details are asked for. */
static void know_stat(struct world *world, int dir_fd, int pid)
{
	struct process *process = &world->process;
	char bytes[2048], *at;
	unsigned long long flags = 0;

	made_init(process);
	assert_true(file_read_small(dir_fd, "stat", bytes, sizeof(bytes)) > 0);
	at = strrchr(bytes, ')');
	assert_non_null(at);
	process->pid = pid;
	assert_int_equal(sscanf(at + 1, " %c %*d %*d %*d %*d %*d %llu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %lu",
				&process->state, &flags, &process->num_threads, &process->starttime), 4);
	process->is_kernel = (flags & PF_KTHREAD_FLAG) != 0;
}

static int read_facts(struct world *world, int pid, uint64_t facts)
{
	int dir_fd = open_process(world, pid);
	int r;

	know_stat(world, dir_fd, pid);
	r = process_detail_read(world->detail, dir_fd, facts, &world->process, &world->arena);
	close(dir_fd);
	return r;
}

/* --- Parsers --- */

static void test_fdinfo(void **state)
{
	uint64_t position = 7, flags = 7;

	(void)state;
	assert_int_equal(parse_string(fdinfo_parse, "pos:\t1024\nflags:\t0102001\nmnt_id:\t1\n", &position, &flags), 0);
	assert_int_equal(position, 1024);
	assert_int_equal(flags, 0102001);
	assert_int_equal(parse_string(fdinfo_parse, "flags:\t02\npos:\t18446744073709551615", &position, &flags), 0);
	assert_true(position == UINT64_MAX);
	assert_int_equal(parse_string(fdinfo_parse, "pos:\t1024\n", &position, &flags), -EBADMSG);
	assert_int_equal(parse_string(fdinfo_parse, "pos:\t1024\nflags:\t08\n", &position, &flags), -EBADMSG);
	assert_int_equal(parse_string(fdinfo_parse, "pos:\t-1\nflags:\t02\n", &position, &flags), -EBADMSG);
	assert_int_equal(parse_string(fdinfo_parse, "pos:\t1\nflags:\t7777777777777777777777777\n", &position, &flags),
			 -ERANGE);
	assert_int_equal(fdinfo_parse("", 0, &position, &flags), -EBADMSG);
}

static int parse_lock(const char *line, struct arena *arena, struct file_lock *ret_lock, int32_t *ret_pid)
{
	return lock_parse(cursor_of(line, strlen(line)), arena, ret_lock, ret_pid);
}

static void test_lock(void **state)
{
	struct arena arena = {0};
	struct file_lock lock;
	int32_t pid;

	(void)state;
	assert_int_equal(parse_lock("12: POSIX  ADVISORY  WRITE 1234 fe:10:567 5 14", &arena, &lock, &pid), 0);
	assert_text(lock.type, "POSIX");
	assert_text(lock.kind, "ADVISORY");
	assert_text(lock.mode, "WRITE");
	assert_text(lock.device, "254:16");
	assert_int_equal(lock.inode, 567);
	assert_int_equal(lock.start, 5);
	assert_int_equal(lock.end, 14);
	assert_int_equal(lock.waits, 0);
	assert_int_equal(lock.fd, ABSENT_I32);
	assert_null(lock.path.bytes);
	assert_int_equal(pid, 1234);
	assert_int_equal(parse_lock("\t1:   -> OFDLCK ADVISORY  READ  -1 00:1f:3 9223372036854775806 EOF\n", &arena, &lock,
				    &pid), 0);
	assert_int_equal(lock.waits, 1);
	assert_int_equal(pid, -1);
	assert_text(lock.device, "0:31");
	assert_true(lock.start == INT64_MAX - 1);
	assert_true(lock.end == ABSENT_U64);
	assert_int_equal(parse_lock("7: LEASE  BREAKING  UNLCK 20 <none>:0 0 EOF", &arena, &lock, &pid), 0);
	assert_text(lock.kind, "BREAKING");
	assert_null(lock.device.bytes);
	assert_true(lock.inode == ABSENT_U64);
	pid = 7;
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE 1 08:01:1 0 18446744073709551615", &arena, &lock, &pid),
			 -ERANGE);
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE 1 08:100000000:1 0 EOF", &arena, &lock, &pid), -ERANGE);
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE 1 08:01:1 0", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE x 08:01:1 0 EOF", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE 1 08:01:1x 0 EOF", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(parse_lock("1: POSIX ADVISORY WRITE 1 <none>:01 0 EOF", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(parse_lock("POSIX ADVISORY WRITE 1 08:01:1 0 EOF", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(parse_lock("", &arena, &lock, &pid), -EBADMSG);
	assert_int_equal(pid, 7);
	arena_free(&arena);
}

/* Held ones by descriptor, with what others hold left out; those that wait behind them. */
static void test_captured_locks(void **state)
{
	static const struct {
		int32_t fd;
		const char *type, *path, *device;
		uint64_t inode, start, end;
		uint8_t waits;
	} expected[] = {
		{1, "FLOCK", "/srv/log.txt", "8:1", 55, 0, ABSENT_U64, 0},
		{4, "OFDLCK", "/srv/data base", "8:1", 56, 100, ABSENT_U64, 0},
		{4, "POSIX", "/srv/data base", "8:1", 56, 0, 99, 0},
		{ABSENT_I32, "FLOCK", NULL, "254:0", 99, 0, ABSENT_U64, 1},
	};
	struct world world;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, FACT_BIT(FACT_LOCKS)), 0);
	assert_true(process_has(&world.process, FACT_LOCKS));
	assert_int_equal(world.process.more->file_locks.count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct file_lock *lock = &LIST_ITEMS(world.process.more->file_locks, const struct file_lock)[i];

		assert_int_equal(lock->fd, expected[i].fd);
		assert_text(lock->type, expected[i].type);
		if (expected[i].path)
			assert_text(lock->path, expected[i].path);
		else
			assert_null(lock->path.bytes);
		assert_text(lock->device, expected[i].device);
		assert_true(lock->inode == expected[i].inode);
		assert_true(lock->start == expected[i].start);
		assert_true(lock->end == expected[i].end);
		assert_int_equal(lock->waits, expected[i].waits);
	}
	world_close(&world);
}

static void test_modes(void **state)
{
	(void)state;
	assert_text(open_mode_name(O_RDONLY), "r");
	assert_text(open_mode_name(O_RDONLY | O_APPEND), "r");
	assert_text(open_mode_name(O_WRONLY | O_CREAT), "w");
	assert_text(open_mode_name(O_WRONLY | O_APPEND), "a");
	assert_text(open_mode_name(O_RDWR | O_CLOEXEC), "r+");
	assert_text(open_mode_name(O_RDWR | O_APPEND), "a+");
	assert_null(open_mode_name(3).bytes);
}

static void test_io(void **state)
{
	static const char whole[] = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\nnew: 7\n";
	struct process process;

	(void)state;
	made_init(&process);
	assert_int_equal(io_parse(whole, sizeof(whole) - 1, &process), 0);
	assert_int_equal(process.io_read_chars, 1);
	assert_int_equal(process.io_write_chars, 2);
	assert_int_equal(process.io_read_count, 3);
	assert_int_equal(process.io_write_count, 4);
	assert_int_equal(process.io_read_bytes, 5);
	assert_int_equal(process.io_write_bytes, 6);
	made_init(&process);
	assert_int_equal(parse_string(io_parse, "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n", &process),
			 -EBADMSG);
	assert_true(process.io_read_chars == ABSENT_U64);
}

static void test_limits_parser(void **state)
{
	struct arena arena = {0};
	struct list limits = LIST_ABSENT;
	const struct resource_limit *limit;

	(void)state;
	assert_int_equal(parse_string(limits_parse,
				      "Limit   Soft Limit  Hard Limit  Units\n"
				      "Max novel thing    1   2   bytes\n"
				      "Max open files     18446744073709551614  unlimited   files\n"
				      "Max cpu time       10   20   seconds\n", &arena, &limits), 0);
	assert_int_equal(limits.count, 2);
	limit = LIST_ITEMS(limits, struct resource_limit);
	assert_text(limit[0].name, "RLIMIT_NOFILE");
	assert_true(limit[0].soft == ABSENT_I64);
	assert_int_equal(limit[0].hard, -1);
	assert_text(limit[1].name, "RLIMIT_CPU");
	assert_int_equal(limit[1].soft, 10);
	assert_int_equal(limit[1].hard, 20);
	assert_int_equal(parse_string(limits_parse, "Max cpu time  unlimited\n", &arena, &limits), -EBADMSG);
	assert_int_equal(parse_string(limits_parse, "Max cpu time  many  many\n", &arena, &limits), -EBADMSG);
	assert_int_equal(parse_string(limits_parse, "nothing\n", &arena, &limits), -EBADMSG);
	arena_free(&arena);
}

static void test_cgroup_parser(void **state)
{
	struct text path = TEXT_ABSENT;

	(void)state;
	assert_int_equal(parse_string(cgroup_parse, "9:name=systemd:/s\n0::/a:b\n1:cpu:/c\n", &path), 0);
	assert_text(path, "/a:b");
	assert_int_equal(parse_string(cgroup_parse, "3:cpu:/c\n1:name=systemd:/s", &path), 0);
	assert_text(path, "/s");
	assert_int_equal(parse_string(cgroup_parse, "3:cpu,cpuacct:/c\n1:memory:/m\n", &path), 0);
	assert_text(path, "/c");
	assert_int_equal(parse_string(cgroup_parse, "", &path), -EBADMSG);
	assert_int_equal(parse_string(cgroup_parse, "0:\n:", &path), -EBADMSG);
}

static void test_units(void **state)
{
	(void)state;
	assert_text(cgroup_unit(TEXT_LITERAL("/system.slice/ssh.service")), "ssh.service");
	assert_text(cgroup_unit(TEXT_LITERAL("/user.slice/user-0.slice/session-2.scope/x")), "session-2.scope");
	assert_text(cgroup_unit(TEXT_LITERAL("/a.slice/_cpu.service")), "cpu.service");
	assert_text(cgroup_unit(TEXT_LITERAL("/user.slice/user-1.slice/user@1.service/app.slice/y.service")),
		    "user@1.service");
	assert_null(cgroup_unit(TEXT_LITERAL("/")).bytes);
	assert_null(cgroup_unit(TEXT_LITERAL("/docker/0123")).bytes);
	assert_null(cgroup_unit(TEXT_LITERAL("/system.slice")).bytes);
	assert_null(cgroup_unit(TEXT_LITERAL("/system.slice/.service")).bytes);
	assert_null(cgroup_unit(TEXT_ABSENT).bytes);
	assert_text(cgroup_lxc(TEXT_LITERAL("/lxc.payload.web/init.scope")), "web");
	assert_text(cgroup_lxc(TEXT_LITERAL("/lxc/old/x")), "old");
	assert_null(cgroup_lxc(TEXT_LITERAL("/lxc.payload./x")).bytes);
	assert_null(cgroup_lxc(TEXT_LITERAL("/lxc")).bytes);
	assert_null(cgroup_lxc(TEXT_LITERAL("/system.slice/lxcfs.service")).bytes);
}

static void test_environ_length(void **state)
{
	(void)state;
	assert_int_equal(environ_length("A=1\0B=2\0", 8), 8);
	assert_int_equal(environ_length("A=1\0B=2", 7), 7);
	assert_int_equal(environ_length("A=1\0\0\0EST=x\0", 12), 4);
	assert_int_equal(environ_length("\0\0A=1\0", 6), 0);
	assert_int_equal(environ_length("", 0), 0);
}

static void test_groups_parser(void **state)
{
	struct arena arena = {0};
	struct list groups = LIST_ABSENT;

	(void)state;
	assert_int_equal(parse_string(groups_parse, "Name:\tx\nGroups:\t4 24 4294967294 \nUid:\t1\n", &arena, &groups), 0);
	assert_int_equal(groups.count, 3);
	assert_int_equal(LIST_ITEMS(groups, int32_t)[1], 24);
	assert_int_equal(LIST_ITEMS(groups, int32_t)[2], -2);
	assert_int_equal(parse_string(groups_parse, "Groups:\t \n", &arena, &groups), 0);
	assert_int_equal(groups.count, 0);
	assert_non_null(groups.items);
	assert_int_equal(parse_string(groups_parse, "Groups:\t4 x\n", &arena, &groups), -EBADMSG);
	assert_int_equal(parse_string(groups_parse, "Groups:\t4-5\n", &arena, &groups), -EBADMSG);
	assert_int_equal(parse_string(groups_parse, "Groups:\t4294967296\n", &arena, &groups), -EBADMSG);
	assert_int_equal(parse_string(groups_parse, "Name:\tx\n", &arena, &groups), -EBADMSG);
	arena_free(&arena);
}

static void test_sched_parsers(void **state)
{
	double ms = 0;
	int32_t id = 0, nice = 0;

	(void)state;
	/* A name of 15 bytes can look like the line, but has no room for a number. */
	assert_int_equal(parse_string(sched_exec_start_parse,
				      "\nse.exec_start: (4242, #threads: 1)\n---\nse.exec_start   :    12.5\n", &ms), 0);
	assert_true(ms > 12.4999 && ms < 12.5001);
	assert_int_equal(parse_string(sched_exec_start_parse, "se.exec_start : 1x\n", &ms), -EBADMSG);
	assert_int_equal(parse_string(sched_exec_start_parse, "", &ms), -EBADMSG);
	assert_int_equal(parse_string(autogroup_parse, "/autogroup-77 nice -20\n", &id, &nice), 0);
	assert_int_equal(id, 77);
	assert_int_equal(nice, -20);
	assert_int_equal(parse_string(autogroup_parse, "/autogroup-x nice 0\n", &id, &nice), -EBADMSG);
	assert_int_equal(autogroup_parse("", 0, &id, &nice), -ENODATA);
}

#define TASK_TAIL " 20 0 3 0 9000 1000 300 99 0 0 0 0 0 0 0 0 0 0 0 0 17 1 50 1 0"

static int parse_task(const char *line, const struct process *process, struct arena *arena,
		      struct thread_times *ret_thread)
{
	char *exact = malloc(strlen(line) ? strlen(line) : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, line, strlen(line));
	r = task_stat_parse(exact, strlen(line), 100.0, process, arena, ret_thread);
	free(exact);
	return r;
}

static void test_task_stat(void **state)
{
	struct arena arena = {0};
	struct thread_times thread;
	struct process process;

	(void)state;
	made_init(&process);
	process.pid = 17;
	assert_int_equal(parse_task("18 (a) R 1 2 (b) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0" TASK_TAIL, &process, &arena,
				    &thread), 0);
	assert_int_equal(thread.id, 18);
	assert_int_equal(thread.state, 'S');
	assert_text(thread.name, "a) R 1 2 (b");
	assert_true(thread.user_time > 1.499 && thread.user_time < 1.501);
	assert_true(thread.system_time > 0.249 && thread.system_time < 0.251);
	assert_int_equal(thread.nice, 0);
	assert_int_equal(thread.processor, 1);
	assert_int_equal(thread.policy, 1);
	assert_string_equal(thread.stat, ""); /* without status it is not known whether memory is locked */
	assert_int_equal(parse_task("17 () S 1 2 3 4 5 6 7 8 9 10 150 25 0 0" TASK_TAIL, &process, &arena, &thread), 0);
	assert_int_equal(thread.name.length, 0);
	assert_int_equal(parse_task("17 (a) S 1 2 3 4 5 6 7 8 9 10 150", &process, &arena, &thread), -EBADMSG);
	assert_int_equal(parse_task("17 (a S 1", &process, &arena, &thread), -EBADMSG);
	assert_int_equal(parse_task("17 (", &process, &arena, &thread), -EBADMSG);
	assert_int_equal(parse_task("17 )(", &process, &arena, &thread), -EBADMSG);
	assert_int_equal(task_stat_parse("", 0, 100.0, &process, &arena, &thread), -EBADMSG);
	arena_free(&arena);
}

/* A thread has state and nice of its own; session and locked memory are its process's. */
static void test_task_state(void **state)
{
	static const char body[] = "18 (t) %c 1 2 17 4 2 6 7 8 9 10 150 25 0 0 20 %d 3 0 9 1 3 9 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0";
	static const struct {
		const char *expected;
		char state;
		int nice;
		uint64_t locked;
	} cases[] = {
		{"Ssl+", 'S', 0, 0}, {"R<Lsl+", 'R', -3, 4096}, {"DNsl+", 'D', 7, 0}, {"Zsl+", 'Z', 0, 4096},
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct thread_times thread;
		struct process process;
		char line[256];

		made_init(&process);
		process.pid = 17;
		process.have = FACT_BIT(FACT_STATE);
		process.locked_bytes = cases[i].locked;
		snprintf(line, sizeof(line), body, cases[i].state, cases[i].nice);
		assert_int_equal(parse_task(line, &process, &arena, &thread), 0);
		assert_string_equal(thread.stat, cases[i].expected);
		assert_int_equal(thread.nice, cases[i].nice);
	}
	arena_free(&arena);
}

static void test_footprint(void **state)
{
	struct memory_footprint sum = {1, 1, 1};

	(void)state;
	assert_int_equal(parse_string(footprint_parse, "Pss: 3 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\nSwap: 4 kB\n"
				      "SwapPss: 9 kB\nPss: 5 kB\nPrivate_Hugetlb: 8 kB\nVmFlags: rd\n", &sum), 0);
	assert_int_equal(sum.pss_bytes, 8 * 1024);
	assert_int_equal(sum.uss_bytes, 11 * 1024);
	assert_int_equal(sum.swap_bytes, 4 * 1024);
	assert_int_equal(parse_string(footprint_parse, "Swap: 4 kB\n", &sum), -EBADMSG);
	assert_int_equal(parse_string(footprint_parse, "Pss: 18446744073709551615 kB\n", &sum), -EBADMSG);
	assert_int_equal(footprint_parse("", 0, &sum), -EBADMSG);
}

static void test_smaps_parser(void **state)
{
	struct arena arena = {0};
	struct list maps = LIST_ABSENT;

	(void)state;
	assert_int_equal(smaps_parse("", 0, &arena, &maps), 0);
	assert_int_equal(maps.count, 0);
	assert_non_null(maps.items);
	assert_int_equal(parse_string(smaps_parse, "Rss: 3 kB\n", &arena, &maps), -EBADMSG);
	assert_int_equal(parse_string(smaps_parse, "1000-2000 r--p 0 08:01\n", &arena, &maps), -EBADMSG);
	assert_int_equal(parse_string(smaps_parse, "1000-2000 r--p 0 08:01 5   /a b \nRss:  3 kB\nRss: x\nFuture\n",
				      &arena, &maps), 0);
	assert_int_equal(maps.count, 1);
	assert_text(LIST_ITEMS(maps, struct memory_map)->path, "/a b ");
	assert_int_equal(LIST_ITEMS(maps, struct memory_map)->rss_bytes, 3072);
	assert_true(LIST_ITEMS(maps, struct memory_map)->size_bytes == ABSENT_U64);
	arena_free(&arena);
}

/* --- A captured tree --- */

static void test_fixture_files(void **state)
{
	struct world world;
	struct process *process = &world.process;
	const struct open_file *files;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, PROCESS_DETAIL_FACTS), 0);
	assert_text(process->more->exe, "/usr/bin/worker");
	assert_text(process->more->cwd, "/srv/work");
	assert_text(process->more->root, "/");
	assert_int_equal(process->more->num_fds, 6);
	files = LIST_ITEMS(process->more->open_files, struct open_file);
	assert_int_equal(process->more->open_files.count, 3);
	assert_text(files[0].path, "/dev/null");
	assert_text(files[1].path, "/srv/log.txt");
	assert_int_equal(files[1].fd, 1);
	assert_int_equal(files[1].position, 1024);
	assert_text(files[1].mode, "a");
	assert_int_equal(files[1].flags, 0102001);
	assert_text(files[2].path, "/srv/data base");
	assert_int_equal(files[2].fd, 4);
	assert_true(files[2].position == 5000000000);
	assert_text(files[2].mode, "r+");
	assert_true(process->io_read_bytes == UINT64_MAX - 1);
	assert_int_equal(process->io_write_count, 632675);
	world_close(&world);
}

static void test_fixture_memory(void **state)
{
	struct world world;
	struct process *process = &world.process;
	const struct memory_map *maps;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_MAPS)), 0);
	assert_int_equal(process->have, FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_MAPS));
	assert_int_equal(process->more->uss_bytes, (36 + 96 + 2048) * 1024);
	assert_int_equal(process->more->pss_bytes, 279 * 1024);
	assert_int_equal(process->more->pss_swap_bytes, 12 * 1024);
	maps = LIST_ITEMS(process->more->memory_maps, struct memory_map);
	assert_int_equal(process->more->memory_maps.count, 4);
	assert_text(maps[0].address, "55919d660000-55919d662000");
	assert_text(maps[0].permissions, "r--p");
	assert_text(maps[0].path, "/usr/bin/worker");
	assert_int_equal(maps[0].shared_clean_bytes, 8 * 1024);
	assert_text(maps[1].path, "[heap]");
	assert_int_equal(maps[1].size_bytes, 132 * 1024);
	assert_int_equal(maps[1].private_clean_bytes, 4 * 1024);
	assert_int_equal(maps[1].private_dirty_bytes, 96 * 1024);
	assert_int_equal(maps[1].anonymous_bytes, 96 * 1024);
	assert_int_equal(maps[1].referenced_bytes, 100 * 1024);
	assert_int_equal(maps[1].swap_bytes, 12 * 1024);
	assert_int_equal(maps[1].pss_bytes, 100 * 1024);
	assert_int_equal(maps[1].shared_dirty_bytes, 0);
	assert_text(maps[2].path, "[anon]");
	assert_text(maps[3].path, "/memfd:two words\\012x");
	world_close(&world);
}

static void test_fixture_texts(void **state)
{
	static const char environment[] = "HOME=/root\0TEXT=two\nlines\0EMPTY=\0RAW=\xff\xfe";
	struct world world;
	struct process *process = &world.process;
	const int32_t *ids;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, PROCESS_DETAIL_FACTS), 0);
	assert_int_equal(process->more->environ.length, sizeof(environment));
	assert_memory_equal(process->more->environ.bytes, environment, sizeof(environment));
	assert_text(process->more->cgroup, "/system.slice/worker.service/inner");
	assert_text(process->more->unit, "worker.service");
	assert_null(process->more->lxc.bytes);
	assert_text(process->more->wchan, "do_epoll_wait");
	assert_text(process->more->syscall, "232 0x4 0x7ffd0 0x400 0xffffffff 0x0 0x0 0x7ffe1d896a48 0x7fe770a042ad");
	assert_true(process->more->exec_start_ms > 1676770.2689 && process->more->exec_start_ms < 1676770.2690);
	assert_int_equal(process->more->autogroup_id, 5);
	assert_int_equal(process->more->autogroup_nice, -3);
	assert_int_equal(process->more->oom_score, 666);
	assert_int_equal(process->more->oom_score_adj, -500);
	assert_int_equal(process->more->ns_mnt, 4026532000);
	assert_int_equal(process->more->ns_uts, 4026531838);
	assert_true(process->more->ns_time == ABSENT_U64);
	assert_int_equal(process->more->groups.count, 4);
	ids = LIST_ITEMS(process->more->groups, int32_t);
	assert_int_equal(ids[2], 65534);
	/* Nothing of a captured process may come from a live one: there is no file for the I/O priority. */
	assert_false(process_has(process, FACT_IONICE));
	assert_int_equal(process->have | FACT_BIT(FACT_IONICE), PROCESS_DETAIL_FACTS);
	assert_int_equal(process->denied, 0);
	world_close(&world);
}

static void test_fixture_lists(void **state)
{
	static const int32_t cpus[] = {0, 1, 3, 32, 33, 34};
	struct world world;
	const struct process *process = &world.process;
	const struct thread_times *threads;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, PROCESS_DETAIL_FACTS), 0);
	assert_int_equal(process->more->cpu_affinity.count, 6);
	assert_memory_equal(process->more->cpu_affinity.items, cpus, sizeof(cpus));
	assert_int_equal(process->more->limits.count, 16);
	assert_text(LIST_ITEMS(process->more->limits, struct resource_limit)[15].name, "RLIMIT_RTTIME");
	assert_int_equal(LIST_ITEMS(process->more->limits, struct resource_limit)[7].soft, 1024);
	assert_int_equal(LIST_ITEMS(process->more->limits, struct resource_limit)[7].hard, 524288);
	assert_int_equal(LIST_ITEMS(process->more->limits, struct resource_limit)[0].hard, -1);
	assert_int_equal(process->more->threads.count, 3);
	threads = LIST_ITEMS(process->more->threads, struct thread_times);
	assert_int_equal(threads[0].id, 4242);
	assert_int_equal(threads[1].id, 4250);
	assert_int_equal(threads[2].id, 10001);
	assert_text(threads[2].name, "x) R 1 2 (y");
	assert_int_equal(threads[2].state, 'D');
	assert_int_equal(threads[1].nice, 5);
	assert_int_equal(threads[1].processor, 3);
	assert_int_equal(threads[1].policy, 3);
	world_close(&world);
}

/* Only what is asked for is read. */
static void test_fixture_selection(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4242, FACT_BIT(FACT_EXE) | FACT_BIT(FACT_CMDLINE)), 0);
	assert_int_equal(world.process.have, FACT_BIT(FACT_EXE));
	assert_null(world.process.more->cwd.bytes);
	world_close(&world);
}

static void test_fixture_zombie(void **state)
{
	const uint64_t known = FACT_BIT(FACT_THREADS) | FACT_BIT(FACT_CGROUP) | FACT_BIT(FACT_UNIT);
	struct world world;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4300, PROCESS_DETAIL_FACTS & ~FACT_BIT(FACT_NUM_FDS) &
				    ~FACT_BIT(FACT_OPEN_FILES)), 0);
	assert_int_equal(world.process.have, known);
	assert_int_equal(world.process.denied, 0);
	assert_null(world.process.more->exe.bytes);
	assert_null(world.process.more->environ.bytes);
	assert_null(world.process.more->memory_maps.items);
	assert_null(world.process.more->wchan.bytes);
	assert_text(world.process.more->cgroup, "/user.slice/user-1000.slice/session-2.scope");
	assert_text(world.process.more->unit, "session-2.scope");
	world_close(&world);
}

/* The main thread has exited: files and memory are found through one that has not. */
static void test_fixture_main_thread_exited(void **state)
{
	struct world world;
	const struct process *process = &world.process;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4400, PROCESS_DETAIL_FACTS), 0);
	assert_text(process->more->exe, "/usr/bin/half");
	assert_int_equal(process->more->num_fds, 1);
	assert_int_equal(process->more->open_files.count, 1);
	assert_int_equal(LIST_ITEMS(process->more->open_files, struct open_file)->position, 3);
	/* Its last string lacks the NUL in the file. */
	assert_int_equal(process->more->environ.length, 4);
	assert_memory_equal(process->more->environ.bytes, "A=1", 4);
	assert_int_equal(process->more->memory_maps.count, 1);
	/* Without smaps_rollup the mappings are summed. */
	assert_int_equal(process->more->pss_bytes, 4 * 1024);
	assert_int_equal(process->more->threads.count, 2);
	world_close(&world);
}

static void test_fixture_kernel_thread(void **state)
{
	struct world world;
	const struct process *process = &world.process;

	(void)state;
	world_open(&world, FIXTURE);
	assert_int_equal(read_facts(&world, 4500, PROCESS_DETAIL_FACTS), 0);
	assert_int_equal(process->is_kernel, 1);
	assert_true(process_has(process, FACT_EXE));
	assert_text(process->more->exe, "");
	assert_true(process_has(process, FACT_ENVIRON));
	assert_text(process->more->environ, "");
	assert_true(process_has(process, FACT_MAPS));
	assert_int_equal(process->more->memory_maps.count, 0);
	assert_false(process_has(process, FACT_SMAPS));
	assert_int_equal(process->denied, 0);
	world_close(&world);
}

/* A tree of files is no live /proc, though it has this very process. */
static void test_tree_with_own_pid(void **state)
{
	char prefix[] = "/tmp/cmon-test-XXXXXX", path[128], self[16];
	struct world world;
	int dir_fd;

	(void)state;
	assert_non_null(mkdtemp(prefix));
	snprintf(self, sizeof(self), "%d", getpid());
	snprintf(path, sizeof(path), "%s/proc", prefix);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/proc/self", prefix);
	assert_int_equal(symlink(self, path), 0);
	world_open(&world, prefix);
	world.process.pid = getpid();
	dir_fd = open(FIXTURE "/proc/4500", O_PATH | O_DIRECTORY);
	assert_int_equal(process_detail_read(world.detail, dir_fd, FACT_BIT(FACT_IONICE), &world.process, &world.arena), 0);
	close(dir_fd);
	assert_false(process_has(&world.process, FACT_IONICE));
	world_close(&world);
	unlink(path);
	snprintf(path, sizeof(path), "%s/proc", prefix);
	rmdir(path);
	rmdir(prefix);
}

/* In a pid namespace of one's own, with the /proc of the outer one: its numbers mean others to system calls. */
static int check_foreign_numbers(void)
{
	char self[16] = "";
	struct world world;

	if (readlink("/proc/self", self, sizeof(self) - 1) <= 0 || atoi(self) == getpid())
		return 1;
	world_open(&world, NULL);
	if (read_facts(&world, atoi(self), FACT_BIT(FACT_IONICE) | FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_AFFINITY)) != 0)
		return 2;
	if (process_has(&world.process, FACT_IONICE))
		return 3;
	return process_has(&world.process, FACT_SMAPS) && process_has(&world.process, FACT_AFFINITY) ? 0 : 4;
}

static int run_in_pid_namespace(int (*check)(void))
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		_exit(check());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void test_foreign_proc(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(run_in_pid_namespace(check_foreign_numbers));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 255)
		skip();
	assert_int_equal(status, 0);
}

static void test_missing_process(void **state)
{
	struct world world;
	int dir_fd = open("tests/fixtures/process_detail", O_PATH | O_DIRECTORY);

	(void)state;
	world_open(&world, FIXTURE);
	made_init(&world.process);
	world.process.pid = 4242;
	assert_int_equal(process_detail_read(world.detail, dir_fd, PROCESS_DETAIL_FACTS, &world.process, &world.arena),
			 -ESRCH);
	close(dir_fd);
	world_close(&world);
}

/* --- Live processes --- */

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_live_self(void **state)
{
	struct world world;
	const struct process *process = &world.process;
	struct stat status;

	(void)state;
	world_open(&world, NULL);
	assert_int_equal(read_facts(&world, getpid(), PROCESS_DETAIL_FACTS), 0);
	assert_int_equal(process->denied, 0);
	assert_true(process->more->num_fds > 0);
	assert_true(process->more->pss_bytes > 0 && process->more->pss_bytes < UINT64_C(1) << 40);
	assert_true(process->more->memory_maps.count > 3);
	assert_true(process->more->cpu_affinity.count >= 1);
	assert_int_equal(stat("/proc/self/ns/mnt", &status), 0);
	assert_int_equal(process->more->ns_mnt, status.st_ino);
	assert_int_equal(process->more->threads.count, 1);
	assert_int_equal(process->more->ionice_value & ~7, 0);
	world_close(&world);
}

/* The directory pins the process: what it was is gone, whoever has its pid now. */
static void test_live_ended(void **state)
{
	struct world world;
	pid_t pid = start_child();
	int dir_fd;

	(void)state;
	world_open(&world, NULL);
	dir_fd = open_process(&world, pid);
	know_stat(&world, dir_fd, pid);
	assert_int_equal(process_detail_read(world.detail, dir_fd, PROCESS_DETAIL_FACTS, &world.process, &world.arena), 0);
	end_child(pid);
	for (int fact = 0; fact < FACT_COUNT; fact++) {
		if (!(PROCESS_DETAIL_FACTS & FACT_BIT(fact)))
			continue;
		assert_int_equal(process_detail_read(world.detail, dir_fd, FACT_BIT(fact), &world.process, &world.arena),
				 -ESRCH);
	}
	/* Values taken by pid are of somebody else when the number belongs to another: here, to us. */
	world.process.pid = getpid();
	assert_int_equal(process_detail_read(world.detail, dir_fd, PROCESS_DETAIL_FACTS, &world.process, &world.arena),
			 -ESRCH);
	close(dir_fd);
	world_close(&world);
}

static void test_live_zombie(void **state)
{
	struct world world;
	const struct process *process = &world.process;
	pid_t pid = start_child();
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	world_open(&world, NULL);
	assert_int_equal(read_facts(&world, pid, PROCESS_DETAIL_FACTS), 0);
	assert_int_equal(process->state, 'Z');
	assert_false(process_has(process, FACT_EXE));
	assert_false(process_has(process, FACT_CWD));
	assert_false(process_has(process, FACT_ENVIRON));
	assert_false(process_has(process, FACT_SMAPS));
	assert_false(process_has(process, FACT_MAPS));
	assert_true(process_has(process, FACT_CGROUP));
	assert_true(process_has(process, FACT_OOM));
	if (geteuid() == 0)
		assert_int_equal(process->denied, 0);
	world_close(&world);
	end_child(pid);
}

static struct process_reading reading_of(struct world *world, int dir_fd, struct buffer *buffer)
{
	return (struct process_reading){
		.dir_fd = dir_fd,
		.task_fd = dir_fd,
		.live = true,
		.process = &world->process,
		.arena = &world->arena,
		.buffer = buffer,
	};
}

static void read_own(struct process_reading *reading)
{
	assert_int_equal(process_read_smaps(reading), 0);
	assert_int_equal(process_read_namespaces(reading), 0);
	assert_int_equal(process_read_groups(reading), 0);
	assert_int_equal(process_read_oom(reading), 0);
	assert_int_equal(process_read_unit(reading), 0);
}

static bool same_memory(const struct process *a, const struct process *b)
{
	return a->more->uss_bytes == b->more->uss_bytes && a->more->pss_bytes == b->more->pss_bytes && a->more->pss_swap_bytes == b->more->pss_swap_bytes;
}

/* libproc2 and the files must tell the same of a process that stands still. */
static void test_libproc2_agrees(void **state)
{
	const uint64_t facts = PROCESS_LIBPROC2_FACTS & ~FACT_BIT(FACT_AUTOGROUP);
	struct process_libproc2 *libproc2 = process_libproc2_new();
	struct process own, library;
	struct process_reading reading;
	struct buffer buffer = {0};
	struct world world;
	pid_t pid = start_child();
	int dir_fd, attempts = 0;

	(void)state;
	assert_non_null(libproc2);
	world_open(&world, NULL);
	dir_fd = open_process(&world, pid);
	know_stat(&world, dir_fd, pid);
	own = library = world.process;
	reading = reading_of(&world, dir_fd, &buffer);
	/* What is shared with processes that come and go changes between two readings. */
	do {
		uint64_t known = 0;

		reading.process = &library;
		assert_int_equal(process_libproc2_read(libproc2, &reading, PROCESS_LIBPROC2_FACTS, &known), 0);
		assert_int_equal(known & ~FACT_BIT(FACT_AUTOGROUP), facts);
		reading.process = &own;
		read_own(&reading);
	} while (!same_memory(&own, &library) && ++attempts < 1000);
	assert_true(same_memory(&own, &library));
	assert_true(own.more->uss_bytes > 0);
	assert_memory_equal(&own.more->ns_cgroup, &library.more->ns_cgroup, 8 * sizeof(own.more->ns_cgroup));
	assert_int_equal(own.more->groups.count, library.more->groups.count);
	assert_memory_equal(own.more->groups.items, library.more->groups.items, own.more->groups.count * sizeof(int32_t));
	assert_int_equal(own.more->oom_score_adj, library.more->oom_score_adj);
	assert_true(text_equal(own.more->lxc, library.more->lxc));
	end_child(pid);
	close(dir_fd);
	buffer_free(&buffer);
	process_libproc2_free(libproc2);
	world_close(&world);
}

/* The library is given a pid: another start time is another process. */
static void test_libproc2_identity(void **state)
{
	struct process_libproc2 *libproc2 = process_libproc2_new();
	struct process_reading reading;
	struct world world;
	pid_t pid = start_child();
	uint64_t known = 0;
	int dir_fd;

	(void)state;
	assert_non_null(libproc2);
	world_open(&world, NULL);
	dir_fd = open_process(&world, pid);
	know_stat(&world, dir_fd, pid);
	reading = reading_of(&world, dir_fd, NULL);
	world.process.starttime++;
	assert_int_equal(process_libproc2_read(libproc2, &reading, PROCESS_LIBPROC2_FACTS, &known), -ESRCH);
	world.process.starttime--;
	assert_int_equal(process_libproc2_read(libproc2, &reading, PROCESS_LIBPROC2_FACTS, &known), 0);
	assert_true(known != 0);
	end_child(pid);
	assert_int_equal(process_libproc2_read(libproc2, &reading, PROCESS_LIBPROC2_FACTS, &known), -ESRCH);
	world.process.pid = -1;
	assert_int_equal(process_libproc2_read(libproc2, &reading, PROCESS_LIBPROC2_FACTS, &known), 0);
	assert_int_equal(known, 0);
	close(dir_fd);
	process_libproc2_free(libproc2);
	world_close(&world);
}

/* Facts of init as seen by nobody: exit status of the child says which check failed. */
static int check_denied(void)
{
	const uint64_t hidden = FACT_BIT(FACT_EXE) | FACT_BIT(FACT_CWD) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_OPEN_FILES) |
				FACT_BIT(FACT_ENVIRON) | FACT_BIT(FACT_SMAPS) | FACT_BIT(FACT_MAPS) |
				FACT_BIT(FACT_NAMESPACES) | FACT_BIT(FACT_SYSCALL);
	struct world world;

	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 1;
	world_open(&world, NULL);
	if (read_facts(&world, 1, PROCESS_DETAIL_FACTS) != 0)
		return 2;
	if ((world.process.denied & hidden) != hidden || world.process.have & hidden)
		return 3;
	if (world.process.have & world.process.denied)
		return 4;
	if (!process_has(&world.process, FACT_CGROUP) || !process_has(&world.process, FACT_GROUPS) ||
	    !process_has(&world.process, FACT_THREADS))
		return 5;
	return world.process.more->uss_bytes == ABSENT_U64 && !world.process.more->environ.bytes ? 0 : 6;
}

static void test_live_denied(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(check_denied());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
}

/* A file that has lost the name it was opened by, but not its other one, while a new file has the first. */
static void check_two_names(struct process_reading *reading, const char *directory, const char *path)
{
	struct text got = text_of(path);
	char other[256], link[64];
	int fd;

	snprintf(other, sizeof(other), "%s/other", directory);
	make_file(path);
	assert_int_equal(linkat(AT_FDCWD, path, AT_FDCWD, other, 0), 0);
	fd = open(path, O_RDONLY);
	snprintf(link, sizeof(link), "fd/%d", fd);
	assert_false(process_drop_deleted(reading, link, &got));
	/* Of a captured tree the files here tell nothing. */
	reading->live = false;
	assert_true(process_drop_deleted(reading, link, &got));
	reading->live = true;
	got = text_of(path);
	unlink(path);
	make_file(path);
	assert_true(process_drop_deleted(reading, link, &got));
	unlink(path);
	unlink(other);
	close(fd);
}

/* A name that ends like the kernel's mark for a file without a name is no such mark. */
static void test_deleted_suffix(void **state)
{
	struct process_reading reading = {.dir_fd = -1, .live = true};
	char directory[] = "/tmp/cmon-test-XXXXXX", path[256], link[64];
	struct text got;
	int fd;

	(void)state;
	reading.task_fd = open("/proc/self", O_PATH | O_DIRECTORY);
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x (deleted)", directory);
	make_file(path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "fd/%d", fd);
	got = text_of(path);
	assert_false(process_drop_deleted(&reading, link, &got));
	assert_false(process_drop_deleted(&reading, NULL, &got));
	/* The same name, but another file: ours has lost it. */
	unlink(path);
	make_file(path);
	assert_true(process_drop_deleted(&reading, link, &got));
	assert_int_equal(got.length, strlen(path) - strlen(" (deleted)"));
	unlink(path);
	got = text_of(path);
	assert_true(process_drop_deleted(&reading, NULL, &got));
	close(fd);
	check_two_names(&reading, directory, path);
	got = TEXT_LITERAL(" (deleted)");
	assert_false(process_drop_deleted(&reading, NULL, &got));
	got = TEXT_LITERAL("/x");
	assert_false(process_drop_deleted(&reading, NULL, &got));
	close(reading.task_fd);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdinfo),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_captured_locks),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_io),
		cmocka_unit_test(test_limits_parser),
		cmocka_unit_test(test_cgroup_parser),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_environ_length),
		cmocka_unit_test(test_groups_parser),
		cmocka_unit_test(test_sched_parsers),
		cmocka_unit_test(test_task_stat),
		cmocka_unit_test(test_task_state),
		cmocka_unit_test(test_footprint),
		cmocka_unit_test(test_smaps_parser),
		cmocka_unit_test(test_fixture_files),
		cmocka_unit_test(test_fixture_memory),
		cmocka_unit_test(test_fixture_texts),
		cmocka_unit_test(test_fixture_lists),
		cmocka_unit_test(test_fixture_selection),
		cmocka_unit_test(test_fixture_zombie),
		cmocka_unit_test(test_fixture_main_thread_exited),
		cmocka_unit_test(test_fixture_kernel_thread),
		cmocka_unit_test(test_tree_with_own_pid),
		cmocka_unit_test(test_foreign_proc),
		cmocka_unit_test(test_missing_process),
		cmocka_unit_test(test_live_self),
		cmocka_unit_test(test_live_ended),
		cmocka_unit_test(test_live_zombie),
		cmocka_unit_test(test_libproc2_agrees),
		cmocka_unit_test(test_libproc2_identity),
		cmocka_unit_test(test_live_denied),
		cmocka_unit_test(test_deleted_suffix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
