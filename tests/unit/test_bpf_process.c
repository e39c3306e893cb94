/* What /proc would say of a process, from the record a BPF program made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/bpf_process.h"
#include "model/snapshot.h"

#define S UINT64_C(1000000000)
#define TICK UINT64_C(10000000)

static const struct bpf_units units = {4096, TICK};

/* Recorded of a shell on a terminal, with the numbers /proc had at the same time beside them in the tests. */
static const struct bpf_task_record shell = {
	.head = {sizeof(struct bpf_task_record), BPF_RECORD_TASK, BPF_TASK_HAS_MEMORY | BPF_TASK_HAS_TTY | BPF_TASK_HAS_IO, 1402},
	.ppid = 1201, .pgid = 1402, .sid = 1300, .tpgid = 1402, .nested_pid = 7, .ns_level = 1,
	.num_threads = 1, .live_threads = 1, .exit_signal = 17, .processor = 3, .tty_device = 136u << 20 | 1,
	.state = 1, .flags = 0x400000, .priority = 115, .static_priority = 115, .seccomp = 2, .umask = 022,
	.uid_real = 1000, .uid_effective = 1001, .uid_saved = 1002, .uid_fs = 4294967294u,
	.gid_real = 100, .gid_effective = 101, .gid_saved = 102, .gid_fs = 103,
	.start_ns = 1234569999999, .run_ns = 3 * S, .utime_ns = 2 * S, .stime_ns = S, .cutime_ns = 700000000,
	.cstime_ns = 89999999, .minflt = 111, .majflt = 3,
	.voluntary_switches = 12, .involuntary_switches = 5, .io = {1, 2, 3, 4, 4096, 8192},
	.blkio_delay_ns = 39999999, .total_vm = 1000, .peak_vm = 900, .data_vm = 120, .stack_vm = 33, .locked_vm = 2,
	.text_start = 0x401010, .text_end = 0x403001, .rss_file = 150, .rss_anon = 90, .rss_shmem = 10, .swap = 6,
	.peak_rss = 260, .hugetlb = 512, .signals_pending = 1, .signals_blocked = 0x10000,
	.cap_effective = 0x1ffffffffff, .comm = "bash",
};

static struct process stat_of(const struct bpf_task_record *task)
{
	struct bpf_times shown = {0, 0};
	struct process process;

	process_init(&process);
	bpf_process_stat(task, &units, &shown, &process);
	return process;
}

static void every_field_of_stat(void **state)
{
	struct process p = stat_of(&shell);

	(void)state;
	assert_int_equal(p.pid, 1402);
	assert_int_equal(p.tgid, 1402);
	assert_int_equal(p.comm.length, 4);
	assert_memory_equal(p.comm.bytes, "bash", 4);
	assert_int_equal(p.state, 'S');
	assert_int_equal(p.ppid, 1201);
	assert_int_equal(p.pgid, 1402);
	assert_int_equal(p.sid, 1300);
	assert_int_equal(p.tty_nr, 34817);
	assert_int_equal(p.tpgid, 1402);
	assert_int_equal(p.flags_mask, 4194304);
	assert_int_equal(p.is_kernel, 0);
	assert_int_equal(p.minflt, 111);
	assert_int_equal(p.majflt, 3);
	assert_int_equal(p.utime, 200);
	assert_int_equal(p.stime, 100);
	assert_int_equal(p.run_ns, 3 * S);
	assert_int_equal(p.cutime, 70);
	assert_int_equal(p.cstime, 8);
	assert_int_equal(p.priority, 15);
	assert_int_equal(p.nice, -5);
	assert_int_equal(p.num_threads, 1);
	assert_int_equal(p.starttime, 123456);
	assert_int_equal(p.vms_bytes, 4096000);
	assert_int_equal(p.rss_bytes, 250 * 4096);
	assert_int_equal(p.exit_signal, 17);
	assert_int_equal(p.processor, 3);
	assert_int_equal(p.blkio_delay, 3);
	assert_int_equal(p.exit_code, 0);
	assert_int_equal(p.main_exited, ABSENT_BOOL);
}

static void status_statm_and_io(void **state)
{
	struct process_more more = process_more_blank;
	struct process p;

	(void)state;
	process_init(&p);
	bpf_process_state(&shell, &units, &p);
	bpf_process_status(&shell, &units, &more);
	assert_int_equal(p.uid_real, 1000);
	assert_int_equal(more.uid_fs, 4294967294);
	assert_int_equal(more.gid_saved, 102);
	assert_int_equal(more.umask, 022);
	assert_int_equal(p.ns_level, 1);
	assert_int_equal(p.nested_pid, 7);
	assert_int_equal(more.seccomp, 2);
	assert_int_equal(more.peak_vms_bytes, 4096000);
	assert_int_equal(more.peak_rss_bytes, 260 * 4096);
	assert_int_equal(p.locked_bytes, 8192);
	assert_int_equal(more.signals_blocked, 0x10000);
	assert_int_equal(more.voluntary_switches, 12);
	assert_true(bpf_process_statm(&shell, &units, &p));
	assert_int_equal(p.shared_bytes, 160 * 4096);
	assert_int_equal(p.text_bytes, 3 * 4096);
	assert_int_equal(p.data_bytes, 153 * 4096);
	assert_true(bpf_process_io(&shell, &p));
	assert_int_equal(p.io_read_chars, 1);
	assert_int_equal(p.io_write_bytes, 8192);
}

static void letters(void **state)
{
	(void)state;
	assert_int_equal(bpf_state_letter(0, 0), 'R');
	assert_int_equal(bpf_state_letter(1, 0), 'S');
	assert_int_equal(bpf_state_letter(2, 0), 'D');
	assert_int_equal(bpf_state_letter(0x102, 0), 'D');  /* killable */
	assert_int_equal(bpf_state_letter(0x104, 0), 'T');
	assert_int_equal(bpf_state_letter(0x108, 0), 't');
	assert_int_equal(bpf_state_letter(0x40, 0), 'P');
	assert_int_equal(bpf_state_letter(0x402, 0), 'I');
	assert_int_equal(bpf_state_letter(0x2001, 0), 'S'); /* freezable */
	assert_int_equal(bpf_state_letter(0x8000, 0), 'D'); /* frozen */
	assert_int_equal(bpf_state_letter(0x1000, 0), 'D');
	assert_int_equal(bpf_state_letter(0x80, 0x20), 'Z');
	assert_int_equal(bpf_state_letter(0x80, 0x10), 'X');
}

static void assert_times(struct bpf_times times, uint64_t utime_ns, uint64_t stime_ns)
{
	assert_int_equal(times.utime_ns, utime_ns);
	assert_int_equal(times.stime_ns, stime_ns);
}

static struct bpf_times adjusted(uint64_t run_ns, struct bpf_times seen, struct bpf_times kernel, struct bpf_times shown)
{
	bpf_times_adjust(run_ns, seen, kernel, &shown);
	return shown;
}

#define T(utime, stime) ((struct bpf_times){utime, stime})

static void times_are_split(void **state)
{
	(void)state;
	assert_times(adjusted(90, T(2, 1), T(0, 0), T(0, 0)), 60, 30);
	assert_times(adjusted(90, T(0, 0), T(0, 0), T(0, 0)), 90, 0);
	assert_times(adjusted(90, T(5, 0), T(0, 0), T(0, 0)), 90, 0);
	assert_times(adjusted(90, T(0, 5), T(0, 0), T(0, 0)), 0, 90);
	/* Years of many CPUs: the product needs more than 64 bits. */
	assert_times(adjusted(UINT64_C(1) << 62, T(UINT64_C(1) << 61, UINT64_C(1) << 61), T(0, 0), T(0, 0)),
		     UINT64_C(1) << 61, UINT64_C(1) << 61);
}

static void times_never_go_back(void **state)
{
	(void)state;
	/* Against what the kernel printed: neither part, and nothing while the total does not grow. */
	assert_times(adjusted(90, T(1, 2), T(50, 10), T(0, 0)), 50, 40);
	assert_times(adjusted(90, T(2, 1), T(10, 60), T(0, 0)), 30, 60);
	assert_times(adjusted(90, T(2, 1), T(50, 40), T(0, 0)), 50, 40);
	assert_times(adjusted(80, T(2, 1), T(50, 40), T(0, 0)), 50, 40);
	/* Against what we showed, of which the kernel knows nothing. */
	assert_times(adjusted(100, T(1, 1), T(0, 0), T(80, 10)), 80, 20);
	assert_times(adjusted(100, T(1, 1), T(0, 0), T(10, 80)), 20, 80);
	assert_times(adjusted(100, T(1, 1), T(0, 0), T(70, 40)), 70, 40);
}

static void torn_sums_leave_no_trace(void **state)
{
	struct bpf_task_record torn = shell;
	struct bpf_times shown = {S, S};
	struct process p;

	(void)state;
	torn.head.marks |= BPF_TASK_SUMS_TORN;
	process_init(&p);
	bpf_process_stat(&torn, &units, &shown, &p);
	assert_times(shown, S, S);
	assert_int_equal(p.run_ns, ABSENT_U64);
	assert_true(bpf_process_is_torn(&torn));
	assert_false(bpf_process_io(&torn, &p));
}

static void measured_times_are_not_adjusted(void **state)
{
	struct bpf_task_record exact = shell;
	struct process p;

	(void)state;
	exact.head.marks |= BPF_TASK_TIMES_EXACT;
	exact.utime_ns = 5 * TICK;
	exact.stime_ns = 7 * TICK;
	p = stat_of(&exact);
	assert_int_equal(p.utime, 5);
	assert_int_equal(p.stime, 7);
}

/* ptmx numbers go beyond 8 bits: new_encode_dev puts the rest above the major number. */
static void terminals(void **state)
{
	struct bpf_task_record task = shell;

	(void)state;
	task.tty_device = 136u << 20 | 0x1ff;
	assert_int_equal(stat_of(&task).tty_nr, 0x1088ff);
	task.head.marks &= (uint8_t)~BPF_TASK_HAS_TTY;
	assert_int_equal(stat_of(&task).tty_nr, 0);
}

static bool is_cut(uint32_t flags, const char *name)
{
	char comm[16] = "";

	memcpy(comm, name, strlen(name));
	return bpf_name_is_cut(flags, comm);
}

static void zombies_and_kernel_threads(void **state)
{
	struct bpf_task_record zombie = {.head.pid = 9, .state = 0x80, .exit_state = 0x20, .num_threads = 1};
	struct bpf_task_record main_exited = {.head.pid = 9, .state = 0x80, .exit_state = 0x20, .num_threads = 3,
					      .live_threads = 2};
	struct bpf_task_record kernel = {.head.pid = 2, .state = 0x402, .flags = 0x208040, .priority = 120,
					 .static_priority = 120, .comm = "pool_workqueue_"};
	struct process_more more = process_more_blank;
	struct process p = stat_of(&zombie);

	(void)state;
	assert_int_equal(p.state, 'Z');
	assert_int_equal(p.rss_bytes, 0);
	assert_int_equal(p.main_exited, ABSENT_BOOL);
	assert_true(bpf_process_statm(&zombie, &units, &p));
	p = stat_of(&main_exited);
	assert_int_equal(p.main_exited, 1);
	assert_false(bpf_process_statm(&main_exited, &units, &p));
	bpf_process_status(&main_exited, &units, &more);
	assert_int_equal(more.peak_rss_bytes, ABSENT_U64);
	p = stat_of(&kernel);
	assert_int_equal(p.state, 'I');
	assert_int_equal(p.is_kernel, 1);
	assert_true(is_cut(kernel.flags, kernel.comm));
	assert_true(is_cut(0x4208060, "kworker/0:1"));
	assert_false(is_cut(0x208040, "kthreadd"));
	assert_false(is_cut(0x400000, "gnome-session-b"));
	assert_true(bpf_process_statm(&kernel, &units, &p));
}

static void threads(void **state)
{
	const struct bpf_thread_record thread = {
		.head = {sizeof(thread), BPF_RECORD_THREAD, 0, 1402}, .tid = 1405, .processor = 1, .state = 0,
		.policy = 1, .rt_priority = 7, .priority = 92, .static_priority = 130, .start_ns = 55 * TICK + 1,
		.run_ns = 3 * S, .utime_ns = 1, .stime_ns = 2, .comm = "0123456789abcde",
	};
	struct bpf_times shown = {0, 0};
	struct process p;

	(void)state;
	process_init(&p);
	bpf_thread_stat(&thread, &units, &shown, &p);
	assert_int_equal(p.pid, 1405);
	assert_int_equal(p.tgid, 1402);
	assert_int_equal(p.state, 'R');
	assert_int_equal(p.priority, -8);
	assert_int_equal(p.nice, 10);
	assert_int_equal(p.rt_priority, 7);
	assert_int_equal(p.starttime, 55);
	assert_int_equal(p.utime, 100);
	assert_int_equal(p.stime, 200);
	assert_int_equal(p.comm.length, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_stat),
		cmocka_unit_test(status_statm_and_io),
		cmocka_unit_test(letters),
		cmocka_unit_test(times_are_split),
		cmocka_unit_test(times_never_go_back),
		cmocka_unit_test(torn_sums_leave_no_trace),
		cmocka_unit_test(measured_times_are_not_adjusted),
		cmocka_unit_test(terminals),
		cmocka_unit_test(zombies_and_kernel_threads),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
