/* /proc/PID/stat, statm and status: the parsers everything about processes stands on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/process_stat.h"
#include "collect/process_status.h"
#include "made.h"
#include "model/snapshot.h"

#define TAIL                                                                                                           \
	" S 1201 1377 1300 34817 1400 4194304 111 222 3 4 500 600 70 80 20 -5 7 0 123456 4096000 250 "                \
	"18446744073709551615 1 2 3 0 0 0 0 0 0 1 0 0 17 3 0 0 9 0 0 10 11 12 13 14 15 16 256\n"

static int parse(const char *text, size_t length, struct process *process)
{
	made_init(process);
	return process_stat_parse(text, length, 4096, process);
}

static void assert_name(const char *line, const char *name)
{
	struct process process;

	assert_int_equal(parse(line, strlen(line), &process), 0);
	assert_int_equal(process.comm.length, strlen(name));
	assert_memory_equal(process.comm.bytes, name, strlen(name));
	assert_int_equal(process.ppid, 1201);
	assert_int_equal(process.starttime, 123456);
}

static void every_field(void **state)
{
	const char *line = "1402 (worker)" TAIL;
	struct process p;

	(void)state;
	assert_int_equal(parse(line, strlen(line), &p), 0);
	assert_int_equal(p.pid, 1402);
	assert_int_equal(p.state, 'S');
	assert_int_equal(p.pgid, 1377);
	assert_int_equal(p.sid, 1300);
	assert_int_equal(p.tty_nr, 34817);
	assert_int_equal(p.tpgid, 1400);
	assert_int_equal(p.flags_mask, 4194304);
	assert_int_equal(p.is_kernel, 0);
	assert_int_equal(p.minflt, 111);
	assert_int_equal(p.majflt, 3);
	assert_int_equal(p.utime, 500);
	assert_int_equal(p.stime, 600);
	assert_int_equal(p.cutime, 70);
	assert_int_equal(p.cstime, 80);
	assert_int_equal(p.priority, 20);
	assert_int_equal(p.nice, -5);
	assert_int_equal(p.num_threads, 7);
	assert_int_equal(p.vms_bytes, 4096000);
	assert_int_equal(p.rss_bytes, 250 * 4096);
	assert_int_equal(p.exit_signal, 17);
	assert_int_equal(p.processor, 3);
	assert_int_equal(p.rt_priority, 0);
	assert_int_equal(p.policy, 0);
	assert_int_equal(p.blkio_delay, 9);
	assert_int_equal(p.exit_code, 256);
}

static void hostile_names(void **state)
{
	(void)state;
	assert_name("1 (a) R 1 2 (b)" TAIL, "a) R 1 2 (b");
	assert_name("1 ()" TAIL, "");
	assert_name("1 ())))" TAIL, ")))");
	assert_name("1 (a\nb)" TAIL, "a\nb");
	assert_name("1 (\033]0;x\007)" TAIL, "\033]0;x\007");
	assert_name("1 (\xff\xfe)" TAIL, "\xff\xfe");
	assert_name("1 (kworker/u8:2-events_unbound)" TAIL, "kworker/u8:2-events_unbound");
}

static void kernel_thread(void **state)
{
	const char *line = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 5 0 0 20 0 1 0 4 0 0 18446744073709551615 0 0 0 0 0 "
			   "0 0 2147483647 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
	struct process p;

	(void)state;
	assert_int_equal(parse(line, strlen(line), &p), 0);
	assert_int_equal(p.is_kernel, 1);
	assert_int_equal(p.tpgid, -1);
}

/* Every proper prefix either fails or has all the 42 fields that every kernel has; none reads past its end. */
static void truncated_lines(void **state)
{
	const char *line = "1402 (wor ker)" TAIL;
	size_t shortest = 0;

	(void)state;
	for (size_t length = 0; length < strlen(line); length++) {
		char *copy = malloc(length ? length : 1);
		struct process p;
		int r;

		memcpy(copy, line, length);
		r = parse(copy, length, &p);
		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0 && !shortest)
			shortest = length;
		if (r < 0)
			assert_int_equal(shortest, 0);
		free(copy);
	}
	assert_true(shortest > strlen(line) - 40);
}

static void malformed_lines(void **state)
{
	static const char *const lines[] = {
		"", "\n", "x", "1", "1 ", "1 (a", "1 (a)", "1 (a) ", "1 (a) S", "0 (a)" TAIL, "-1 (a)" TAIL, "1 a)" TAIL,
		"1 (a) S x 2 3", "99999999999999999999 (a)" TAIL, "1 (a)S 1 2 3",
	};
	struct process p;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_true(parse(lines[i], strlen(lines[i]), &p) < 0);
}

static void numbers_too_large(void **state)
{
	const char *line = "1 (a) S 1 2 3 4 5 99999999999999999999999 7 8 9";
	struct process p;

	(void)state;
	assert_int_equal(parse(line, strlen(line), &p), -ERANGE);
}

static void more_fields_than_known(void **state)
{
	char line[1024];
	struct process p;

	(void)state;
	snprintf(line, sizeof(line), "%.*s 77 88 -99\n", (int)strlen("1 (a)" TAIL) - 1, "1 (a)" TAIL);
	assert_int_equal(parse(line, strlen(line), &p), 0);
	assert_int_equal(p.exit_code, 256);
}

static void statm(void **state)
{
	const char *line = "1000 250 200 10 0 300 0\n";
	struct process p;

	(void)state;
	made_init(&p);
	assert_int_equal(process_statm_parse(line, strlen(line), 4096, &p), 0);
	assert_int_equal(p.vms_bytes, 1000 * 4096);
	assert_int_equal(p.rss_bytes, 250 * 4096);
	assert_int_equal(p.shared_bytes, 200 * 4096);
	assert_int_equal(p.text_bytes, 10 * 4096);
	assert_int_equal(p.data_bytes, 300 * 4096);
	assert_int_equal(process_statm_parse("1 2 3", 5, 4096, &p), -EBADMSG);
}

static const char status_text[] =
	"Name:\twor\\nker\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t1402\nNgid:\t0\nPid:\t1402\nPPid:\t1201\n"
	"TracerPid:\t77\nUid:\t1000\t1001\t1002\t4294967294\nGid:\t100\t101\t102\t103\nFDSize:\t64\nGroups:\t4 20 \n"
	"NStgid:\t1402\t30\t1\nNSpid:\t1402\t30\t1\nNSpgid:\t1402\t30\t1\nNSsid:\t1402\t30\t1\nKthread:\t0\n"
	"VmPeak:\t    4000 kB\nVmSize:\t    3900 kB\nVmLck:\t       8 kB\nVmPin:\t       0 kB\nVmHWM:\t    1700 kB\n"
	"VmRSS:\t    1600 kB\nRssAnon:\t     100 kB\nRssFile:\t    1400 kB\nRssShmem:\t     100 kB\nVmData:\t     360 kB\n"
	"VmStk:\t     132 kB\nVmExe:\t      20 kB\nVmLib:\t    1528 kB\nVmPTE:\t      48 kB\nVmSwap:\t       4 kB\n"
	"HugetlbPages:\t       0 kB\nCoreDumping:\t0\nThreads:\t1\nSigQ:\t0/96365\nSigPnd:\t0000000000000001\n"
	"ShdPnd:\t0000000000010000\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001000\nSigCgt:\tffffffffffffffff\n"
	"CapInh:\t0000000000000000\nCapEff:\t000001fffeffffff\nSeccomp:\t2\nSeccomp_filters:\t1\n"
	"voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t18446744073709551614\n";

static void status(void **state)
{
	bool has_memory = false;
	struct process p;

	(void)state;
	made_init(&p);
	assert_int_equal(process_status_parse(status_text, strlen(status_text), &p, &has_memory), 0);
	assert_int_equal(p.more->umask, 022);
	assert_int_equal(p.tracer_pid, 77);
	assert_int_equal(p.uid_real, 1000);
	assert_int_equal(p.more->uid_effective, 1001);
	assert_int_equal(p.more->uid_saved, 1002);
	assert_int_equal(p.more->uid_fs, 4294967294);
	assert_int_equal(p.more->gid_real, 100);
	assert_int_equal(p.more->gid_saved, 102);
	assert_int_equal(p.ns_level, 2);
	assert_int_equal(p.nested_pid, 1);
	assert_int_equal(p.more->peak_vms_bytes, 4000 * 1024);
	assert_int_equal(p.more->peak_rss_bytes, 1700 * 1024);
	assert_int_equal(p.locked_bytes, 8 * 1024);
	assert_int_equal(p.more->swap_bytes, 4 * 1024);
	assert_int_equal(p.more->signals_pending, 0x10001);
	assert_int_equal(p.more->signals_blocked, 2);
	assert_int_equal(p.more->signals_ignored, 0x1000);
	assert_int_equal(p.more->signals_caught, UINT64_MAX);
	assert_int_equal(p.more->cap_effective, 0x1fffeffffff);
	assert_int_equal(p.more->seccomp, 2);
	assert_int_equal(p.more->voluntary_switches, 150);
	assert_int_equal(p.more->involuntary_switches, UINT64_MAX - 1);
	assert_true(has_memory);
	assert_int_equal(p.rss_bytes, 1600 * 1024);
	assert_int_equal(p.vms_bytes, 3900 * 1024);
	assert_int_equal(p.shared_bytes, 1500 * 1024);
	assert_int_equal(p.text_bytes, 20 * 1024);
	assert_int_equal(p.data_bytes, 492 * 1024);
}

/* VmExe is cut down to the executable mappings when it is larger than they are, and then VmLib is 0. */
static void status_memory_that_may_be_cut_is_left_to_statm(void **state)
{
	char text[sizeof(status_text)];
	bool has_memory = true;
	struct process p;

	(void)state;
	strcpy(text, status_text);
	memcpy(strstr(text, "    1528 kB"), "       0 kB", 11);
	made_init(&p);
	assert_int_equal(process_status_parse(text, strlen(text), &p, &has_memory), 0);
	assert_false(has_memory);
}

static void status_of_a_kernel_thread_has_no_memory(void **state)
{
	const char *text = "Name:\tkthreadd\nUmask:\t0000\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nThreads:\t1\n";
	bool has_memory = true;
	struct process p;

	(void)state;
	made_init(&p);
	assert_int_equal(process_status_parse(text, strlen(text), &p, &has_memory), 0);
	assert_false(has_memory);
	assert_true(p.locked_bytes == ABSENT_U64);
	assert_true(p.more->peak_rss_bytes == ABSENT_U64);
	assert_true(p.more->voluntary_switches == ABSENT_U64);
}

static void status_truncated(void **state)
{
	(void)state;
	for (size_t length = 0; length < strlen(status_text); length++) {
		char *copy = malloc(length ? length : 1);
		bool has_memory = false;
		struct process p;
		int r;

		memcpy(copy, status_text, length);
		made_init(&p);
		r = process_status_parse(copy, length, &p, &has_memory);
		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0)
			assert_true(p.uid_real == 1000 && p.more->gid_real == 100);
		free(copy);
	}
}

/* A line that cannot be read leaves its own value absent and no other. */
static void status_garbage_line(void **state)
{
	const char *text = "Umask:\tabc\nTracerPid:\t99999999999\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nVmHWM:\tx kB\nVmSwap:\t4 kB\n";
	bool has_memory;
	struct process p;

	(void)state;
	made_init(&p);
	assert_int_equal(process_status_parse(text, strlen(text), &p, &has_memory), 0);
	assert_true(p.more->umask == ABSENT_I32);
	assert_true(p.tracer_pid == ABSENT_I32);
	assert_true(p.more->peak_rss_bytes == ABSENT_U64);
	assert_int_equal(p.more->swap_bytes, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(kernel_thread),
		cmocka_unit_test(truncated_lines),
		cmocka_unit_test(malformed_lines),
		cmocka_unit_test(numbers_too_large),
		cmocka_unit_test(more_fields_than_known),
		cmocka_unit_test(statm),
		cmocka_unit_test(status),
		cmocka_unit_test(status_memory_that_may_be_cut_is_left_to_statm),
		cmocka_unit_test(status_of_a_kernel_thread_has_no_memory),
		cmocka_unit_test(status_truncated),
		cmocka_unit_test(status_garbage_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
