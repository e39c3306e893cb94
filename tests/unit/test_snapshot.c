/* Snapshots: absent from the start, counted references, look-up by identity, errors once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "model/field.h"

static void a_new_snapshot_knows_nothing(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	assert_int_equal(s->schema, 1);
	assert_true(isnan(s->timestamp));
	assert_true(isnan(s->interval));
	assert_true(isnan(s->boot_time));
	assert_true(isnan(s->self_exec_start_ms));
	assert_true(isnan(s->cpus.times.user));
	assert_true(isnan(s->cpus.times_percent.steal));
	assert_true(s->memory.total == ABSENT_U64);
	assert_true(s->disks.io_total.read_bytes == ABSENT_U64);
	assert_true(isnan(s->disks.io_total.read_bytes_per_s));
	assert_int_equal(s->tasks.total, ABSENT_I32);
	assert_int_equal(s->cpus.count.logical, ABSENT_I32);
	assert_int_equal(s->sensors.battery.power_plugged, ABSENT_BOOL);
	assert_null(s->processes.items);
	assert_null(s->users.items);
	assert_int_equal(s->errors.count, 0);
	snapshot_unref(s);
	snapshot_unref(NULL);
	assert_null(snapshot_ref(NULL));
}

/* Members that no table names must be absent too. */
static void a_new_process_knows_nothing(void **state)
{
	struct process p;

	(void)state;
	memset(&p, 0x5a, sizeof(p));
	process_init(&p);
	assert_int_equal(p.pid, ABSENT_I32);
	assert_true(p.starttime == ABSENT_U64);
	assert_int_equal(p.ppid, ABSENT_I32);
	assert_int_equal(p.tgid, ABSENT_I32);
	assert_int_equal(p.tty_nr, ABSENT_I32);
	assert_int_equal(p.policy, ABSENT_I32);
	assert_int_equal(p.exit_code, ABSENT_I32);
	assert_int_equal(p.exit_signal, ABSENT_I32);
	assert_int_equal(p.ns_level, ABSENT_I32);
	assert_int_equal(p.nested_pid, ABSENT_I32);
	assert_int_equal(p.more->former_parent_pid, ABSENT_I32);
	assert_int_equal(p.more->zombie_culprit_pid, ABSENT_I32);
	assert_true(p.more->uid_fs == ABSENT_I64 && p.more->gid_fs == ABSENT_I64);
	assert_true(p.utime == ABSENT_U64 && p.stime == ABSENT_U64 && p.blkio_delay == ABSENT_U64);
	assert_true(p.cutime == ABSENT_U64 && p.cstime == ABSENT_U64);
	assert_true(isnan(p.more->exec_start_ms));
	assert_int_equal(p.is_kernel, ABSENT_BOOL);
	assert_int_equal(p.state, 0);
	assert_string_equal(p.stat, "");
	assert_null(p.comm.bytes);
	assert_null(p.more->syscall.bytes);
	assert_null(p.more->threads.items);
	assert_int_equal(p.have | p.denied, 0);
	assert_int_equal(p.orphan, ORPHAN_UNKNOWN);
	assert_int_equal(p.more->zombie_seen_ns, 0);
}

static void the_last_reference_frees(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	assert_ptr_equal(snapshot_ref(s), s);
	assert_int_equal(s->references, 2);
	snapshot_unref(s);
	assert_int_equal(s->references, 1);
	assert_string_equal(arena_string(&s->arena, "still there").bytes, "still there");
	snapshot_unref(s); /* leak checkers see whether it is gone */
}

static void processes_are_found_by_identity(void **state)
{
	struct snapshot *s = made_snapshot(1, 100);

	(void)state;
	assert_null(snapshot_find_pid(s, 1));
	for (int32_t pid = 2; pid <= 200; pid += 2)
		made_process(s, pid, 1, "p")->starttime = (uint64_t)pid * 10;
	for (int32_t pid = 1; pid <= 201; pid++) {
		const struct process *found = snapshot_find_pid(s, pid);

		assert_int_equal(found != NULL, pid % 2 == 0);
		if (!found)
			continue;
		assert_int_equal(found->pid, pid);
		assert_ptr_equal(snapshot_find(s, pid, (uint64_t)pid * 10), found);
		assert_null(snapshot_find(s, pid, (uint64_t)pid * 10 + 1));
	}
	assert_null(snapshot_find_pid(s, -1));
	assert_null(snapshot_find_pid(s, INT32_MAX));
	snapshot_unref(s);
}

static void an_error_is_noted_once_per_source(void **state)
{
	struct snapshot *s = snapshot_new();
	const struct source_error *errors;

	(void)state;
	snapshot_error(s, "disk_io", EACCES, "line %d", 1);
	snapshot_error(s, "disk_io", EACCES, "line %d", 2);
	snapshot_error(s, "disk_io", ENOENT, "other");
	snapshot_error(s, "net_io", EACCES, "other");
	errors = s->errors.items;
	assert_int_equal(s->errors.count, 3);
	assert_true(text_equal_string(errors[0].source, "disk_io"));
	assert_true(text_equal_string(errors[0].message, "line 1"));
	assert_int_equal(errors[0].error, EACCES);
	assert_int_equal(errors[1].error, ENOENT);
	assert_true(text_equal_string(errors[2].source, "net_io"));
	snapshot_unref(s);
}

static void many_errors_fit(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	for (int i = 0; i < 100; i++)
		snapshot_error(s, "source", i, "%s", "x");
	assert_int_equal(s->errors.count, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(LIST_ITEMS(s->errors, struct source_error)[i].error, i);
	snapshot_unref(s);
}

static void a_long_message_is_cut(void **state)
{
	struct snapshot *s = snapshot_new();

	(void)state;
	snapshot_error(s, "source", 1, "%0900d", 1);
	assert_true(LIST_ITEMS(s->errors, struct source_error)->message.length < 900);
	snapshot_unref(s);
}

static void collectors_are_found_by_name(void **state)
{
	struct snapshot *s = made_snapshot(1, 0);

	(void)state;
	assert_null(snapshot_collector(s, "cpu"));
	made_collector(s, "cpu", 1);
	made_collector(s, "cpu_frequency", 2);
	assert_int_equal(snapshot_collector(s, "cpu")->read_ns, 1000000000);
	assert_int_equal(snapshot_collector(s, "cpu_frequency")->read_ns, 2000000000);
	assert_null(snapshot_collector(s, "cpu_"));
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_snapshot_knows_nothing),
		cmocka_unit_test(a_new_process_knows_nothing),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(processes_are_found_by_identity),
		cmocka_unit_test(an_error_is_noted_once_per_source),
		cmocka_unit_test(many_errors_fit),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(collectors_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
