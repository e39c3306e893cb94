/* Parents, orphans and zombies, each rule on a made snapshot. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "made.h"
#include "model/derive.h"
#include "model/lineage.h"

#define CHLD (UINT64_C(1) << (SIGCHLD - 1))

/* Pid 1 and a login: shell 100 leads session 100, child of 50. */
static struct snapshot *machine(double read_s)
{
	struct snapshot *snapshot = made_snapshot(read_s, 64);

	snapshot->facts = FACT_BIT(FACT_LINEAGE);
	made_process(snapshot, 1, 0, "init");
	made_process(snapshot, 2, 0, "kthreadd")->flags_mask = PF_KTHREAD_FLAG;
	made_process(snapshot, 50, 1, "sshd");
	made_process(snapshot, 100, 50, "bash");
	return snapshot;
}

static struct process *member_of(struct process *process, int32_t sid, int32_t pgid)
{
	process->sid = sid;
	process->pgid = pgid;
	return process;
}

static void derive(const struct snapshot *previous, struct snapshot *snapshot)
{
	snapshot_derive(previous, snapshot);
}

static enum orphan_class class_of(const struct snapshot *snapshot, int32_t pid)
{
	const struct process *process = snapshot_find_pid(snapshot, pid);

	assert_non_null(process);
	return process->orphan;
}

static void an_ordinary_machine_has_no_orphan(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	made_process(s, 60, 2, "kworker/0:1")->flags_mask = PF_KTHREAD_FLAG;
	/* sorted by pid: 60 must stand before 100 */
	struct process *last = s->processes.items[4];
	s->processes.items[4] = s->processes.items[3];
	s->processes.items[3] = last;
	member_of(made_process(s, 200, 100, "make"), 100, 200);
	member_of(made_process(s, 201, 200, "cc"), 100, 200);
	derive(NULL, s);
	assert_int_equal(class_of(s, 1), ORPHAN_INIT);
	assert_int_equal(class_of(s, 2), ORPHAN_KERNEL);
	assert_int_equal(class_of(s, 60), ORPHAN_KERNEL);
	assert_int_equal(class_of(s, 50), ORPHAN_DETACHED);
	assert_int_equal(class_of(s, 100), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 200), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 201), ORPHAN_UNKNOWN);
	assert_int_equal(s->tasks.orphan, 0);
	snapshot_unref(s);
}

/* "A kernel thread" is a flag, not a parent: a user process may be the child of kthreadd's helpers. */
static void a_child_of_pid_2_is_no_kernel_thread(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	made_process(s, 300, 2, "helper");
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_UNKNOWN);
	assert_int_equal(s->processes.items[4]->is_kernel, 0);
	snapshot_unref(s);
}

static void a_lost_session_under_init_is_proof(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 1, "sleep"), 90, 91); /* shell 90 and its parents are gone */
	member_of(made_process(s, 301, 1, "own"), 301, 301);
	member_of(made_process(s, 302, 1, "inherited"), 1, 1);
	member_of(made_process(s, 303, 1, "outside"), 0, 0);
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_PROVEN);
	assert_int_equal(class_of(s, 301), ORPHAN_DETACHED);
	assert_int_equal(class_of(s, 302), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 303), ORPHAN_UNKNOWN);
	assert_int_equal(s->tasks.orphan, 1);
	snapshot_unref(s);
}

/* Shell 100 lives, but is no ancestor: the double fork below it. */
static void the_session_must_be_held_by_an_ancestor(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 1, "doublefork"), 100, 299);
	member_of(made_process(s, 301, 300, "itschild"), 100, 299);
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_PROVEN);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	snapshot_unref(s);
}

static void a_lost_session_under_another_parent_is_possible(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 50, "adopted"), 90, 91);
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_POSSIBLE);
	assert_string_equal(orphan_class_badge(ORPHAN_POSSIBLE), "ORPHAN?");
	assert_int_equal(s->tasks.orphan, 0);
	snapshot_unref(s);
}

/* The parent called setsid after the fork; its own parent still has the session. */
static void a_parent_that_left_the_session_is_no_loss(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 100, "left"), 300, 300);
	member_of(made_process(s, 301, 300, "stayed"), 100, 299);
	derive(NULL, s);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	snapshot_unref(s);
}

static void a_child_of_a_process_whose_main_thread_exited_is_none(void **state)
{
	struct snapshot *s = machine(10);
	struct process *parent;

	(void)state;
	parent = member_of(made_process(s, 300, 100, "threads"), 100, 300);
	parent->state = 'Z';
	parent->num_threads = 3;
	member_of(made_process(s, 301, 300, "child"), 100, 300);
	derive(NULL, s);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	assert_null(snapshot_find_pid(s, 300)->more->zombie_reason.bytes);
	assert_int_equal(s->tasks.zombie, 0);
	snapshot_unref(s);
}

/* An ancestor that was not seen may hold the session: nothing is claimed. */
static void a_hole_in_the_ancestry_proves_nothing(void **state)
{
	struct snapshot *s = made_snapshot(10, 8);

	(void)state;
	s->facts = FACT_BIT(FACT_LINEAGE);
	member_of(made_process(s, 300, 77, "child"), 90, 91);
	member_of(made_process(s, 301, 300, "grandchild"), 91, 91);
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	snapshot_unref(s);
}

/* hidepid hides pid 1 from others; that it is the parent is known all the same. */
static void an_unseen_init_is_still_the_reaper(void **state)
{
	struct snapshot *s = made_snapshot(10, 8);

	(void)state;
	s->facts = FACT_BIT(FACT_LINEAGE);
	member_of(made_process(s, 300, 1, "lost"), 90, 91);
	member_of(made_process(s, 301, 1, "inits"), 1, 1);
	made_process(s, 302, 1, "daemon");
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_PROVEN);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 302), ORPHAN_DETACHED);
	snapshot_unref(s);
}

static void a_foreign_group_without_leader_is_probable(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 1, "leaderless"), 1, 299);
	member_of(made_process(s, 301, 1, "led"), 1, 50);
	member_of(made_process(s, 302, 1, "of no known session"), 0, 299);
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_PROBABLE);
	assert_int_equal(class_of(s, 301), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(s, 302), ORPHAN_UNKNOWN);
	snapshot_unref(s);
}

static void parents_outside_the_namespace_injected_it(void **state)
{
	struct snapshot *s = machine(10);
	struct process *process;

	(void)state;
	made_process(s, 300, 0, "nsenter");
	process = made_process(s, 400, 50, "init-below"); /* of a pid namespace below ours */
	process->ns_level = 1;
	process->nested_pid = 1;
	process = made_process(s, 401, 50, "exec-into");
	process->ns_level = 1;
	process->nested_pid = 7;
	process = made_process(s, 402, 400, "orphan-below");
	process->ns_level = 1;
	process->nested_pid = 8;
	process->sid = 399;
	process = made_process(s, 403, 400, "daemon-below");
	process->ns_level = 1;
	process->nested_pid = 9;
	derive(NULL, s);
	assert_int_equal(class_of(s, 300), ORPHAN_INJECTED);
	assert_int_equal(class_of(s, 400), ORPHAN_INIT);
	assert_int_equal(class_of(s, 401), ORPHAN_INJECTED);
	assert_int_equal(class_of(s, 402), ORPHAN_PROVEN);
	assert_int_equal(class_of(s, 403), ORPHAN_DETACHED);
	snapshot_unref(s);
}

/* Tick by tick: 300 (child of 299) is adopted by 50, which is thereby known for a subreaper. */
static struct snapshot *tick(const struct snapshot *previous, double read_s, int32_t ppid)
{
	struct snapshot *s = machine(read_s);

	if (ppid == 299)
		member_of(made_process(s, 299, 100, "parent"), 100, 299);
	member_of(made_process(s, 300, ppid, "child"), 100, 299);
	member_of(made_process(s, 310, 50, "other"), 90, 90);
	derive(previous, s);
	return s;
}

static void adoption_is_observed_and_remembered(void **state)
{
	struct snapshot *first = tick(NULL, 10, 299), *second = tick(first, 11, 50), *third;
	const struct process *child = snapshot_find_pid(second, 300);

	(void)state;
	assert_int_equal(class_of(first, 300), ORPHAN_UNKNOWN);
	assert_int_equal(class_of(first, 310), ORPHAN_POSSIBLE);
	snapshot_unref(first); /* nothing of it may be needed any more */
	assert_int_equal(class_of(second, 300), ORPHAN_OBSERVED);
	assert_true(text_equal_string(child->more->former_parent, "parent (299)"));
	assert_int_equal(child->more->former_parent_pid, 299);
	assert_int_equal(class_of(second, 310), ORPHAN_PROVEN);
	assert_int_equal(second->tasks.orphan, 2);

	third = tick(second, 12, 50);
	snapshot_unref(second);
	child = snapshot_find_pid(third, 300);
	assert_int_equal(class_of(third, 300), ORPHAN_OBSERVED);
	assert_true(text_equal_string(child->more->former_parent, "parent (299)"));
	assert_int_equal(child->more->former_parent_pid, 299);
	assert_int_equal(class_of(third, 310), ORPHAN_PROVEN);
	assert_int_equal(third->subreapers.count, 1);
	snapshot_unref(third);
}

static void the_first_parent_lost_is_the_one_named(void **state)
{
	struct snapshot *first = tick(NULL, 10, 299), *second = tick(first, 11, 50), *third = tick(second, 12, 1);

	(void)state;
	assert_true(text_equal_string(snapshot_find_pid(third, 300)->more->former_parent, "parent (299)"));
	assert_int_equal(third->subreapers.count, 1); /* init is a reaper anyway */
	snapshot_unref(first);
	snapshot_unref(second);
	snapshot_unref(third);
}

static void a_reused_pid_inherits_nothing(void **state)
{
	struct snapshot *first = tick(NULL, 10, 299), *second = machine(11), *third;

	(void)state;
	member_of(made_process(second, 300, 50, "new"), 50, 50)->starttime = 1000;
	derive(first, second);
	assert_int_equal(class_of(second, 300), ORPHAN_UNKNOWN);
	assert_int_equal(second->subreapers.count, 0);

	/* A subreaper's pid in another process' hands is no subreaper. */
	snapshot_unref(second);
	second = tick(first, 11, 50);
	third = machine(12);
	third->processes.items[2]->starttime = 51;
	member_of(made_process(third, 310, 50, "other"), 90, 90);
	derive(second, third);
	assert_int_equal(third->subreapers.count, 0);
	assert_int_equal(class_of(third, 310), ORPHAN_POSSIBLE);
	snapshot_unref(first);
	snapshot_unref(second);
	snapshot_unref(third);
}

static void what_cannot_be_read_has_no_class(void **state)
{
	struct snapshot *s = machine(10);
	struct process *denied = made_process(s, 300, 1, NULL);

	(void)state;
	made_init(denied);
	denied->pid = 300;
	denied->denied = FACT_BIT(FACT_STAT);
	derive(NULL, s);
	assert_false(process_has(denied, FACT_LINEAGE));
	assert_int_equal(denied->is_kernel, ABSENT_BOOL);
	assert_int_equal(s->tasks.total, 5);
	snapshot_unref(s);
}

static void names_and_badges(void **state)
{
	static const struct {
		enum orphan_class class;
		const char *name, *badge;
	} rows[] = {
		{ORPHAN_UNKNOWN, "unknown", ""},         {ORPHAN_KERNEL, "kernel", ""},
		{ORPHAN_INIT, "init", ""},               {ORPHAN_INJECTED, "injected", "injected"},
		{ORPHAN_OBSERVED, "observed", "ORPHAN"}, {ORPHAN_PROVEN, "proven", "ORPHAN"},
		{ORPHAN_POSSIBLE, "possible", "ORPHAN?"}, {ORPHAN_PROBABLE, "probable", "orphan?"},
		{ORPHAN_DETACHED, "detached", "detached"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(text_equal_string(orphan_class_name(rows[i].class), rows[i].name));
		assert_string_equal(orphan_class_badge(rows[i].class), rows[i].badge);
	}
}

/* Zombies */

static struct process *zombie(struct snapshot *snapshot, int32_t pid, int32_t ppid, int32_t status)
{
	struct process *process = made_process(snapshot, pid, ppid, "dead");

	process->state = 'Z';
	process->exit_code = status;
	return process;
}

static void the_exit_is_told_as_a_shell_would(void **state)
{
	static const struct {
		int32_t status;
		const char *text;
	} exits[] = {
		{0, "exit 0"}, {3 << 8, "exit 3"}, {255 << 8, "exit 255"}, {SIGKILL, "killed by SIGKILL"},
		{SIGSEGV | 0x80, "killed by SIGSEGV, core dumped"}, {32, "killed by signal 32"}, {ABSENT_I32, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		struct snapshot *s = machine(10);
		struct process *dead = zombie(s, 300, 100, exits[i].status);

		derive(NULL, s);
		assert_true(text_equal_string(dead->more->zombie_exit, exits[i].text));
		snapshot_unref(s);
	}
}

static void only_the_dead_have_an_exit(void **state)
{
	struct snapshot *s = machine(10);
	struct process *alive = made_process(s, 300, 100, "alive");

	(void)state;
	alive->exit_code = 3 << 8;
	derive(NULL, s);
	assert_null(alive->more->zombie_exit.bytes);
	assert_int_equal(alive->more->zombie_culprit_pid, ABSENT_I32);
	assert_true(isnan(alive->more->zombie_age_s));
	snapshot_unref(s);
}

static void a_real_time_signal_has_its_name(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead = zombie(s, 300, 100, SIGRTMIN + 2);

	(void)state;
	derive(NULL, s);
	assert_true(text_equal_string(dead->more->zombie_exit, "killed by SIGRTMIN+2"));
	snapshot_unref(s);
}

static void age_is_by_the_schedulers_clock(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead = zombie(s, 300, 100, 0);

	(void)state;
	dead->have |= FACT_BIT(FACT_SCHED);
	dead->more->exec_start_ms = 1000;
	s->self_exec_start_ms = 3500;
	derive(NULL, s);
	assert_true(fabs(dead->more->zombie_age_s - 2.5) < 1e-9);
	snapshot_unref(s);
}

/* The clock of its CPU is ten seconds off. */
static struct process *off_by_ten(struct snapshot *snapshot, int32_t pid)
{
	struct process *dead = zombie(snapshot, pid, 100, 0);

	dead->have |= FACT_BIT(FACT_SCHED);
	dead->more->exec_start_ms = 0;
	snapshot->self_exec_start_ms = 10000;
	return dead;
}

static void age_is_held_within_what_was_seen(void **state)
{
	struct snapshot *first = machine(10), *second = machine(12), *third = machine(14);
	struct process *dead;

	(void)state;
	made_process(first, 300, 100, "alive");
	off_by_ten(second, 300);
	dead = off_by_ten(third, 300);
	derive(NULL, first);
	derive(first, second);
	derive(second, third);
	assert_true(fabs(snapshot_find_pid(second, 300)->more->zombie_age_s - 2) < 1e-9);
	assert_true(fabs(dead->more->zombie_age_s - 4) < 1e-9);
	dead->more->exec_start_ms = 9000; /* 1 s, but it was seen dead 2 s ago */
	derive(second, third);
	assert_true(fabs(dead->more->zombie_age_s - 2) < 1e-9);
	snapshot_unref(first);
	snapshot_unref(second);
	snapshot_unref(third);
}

/* Once its own CPU's clock was asked, the moment of its death is known for good. */
static void age_by_the_clock_of_its_own_cpu_is_kept(void **state)
{
	struct snapshot *first = machine(100), *second = machine(101.5), *third = machine(102);
	struct process *dead = off_by_ten(first, 300), *later = off_by_ten(second, 300);

	(void)state;
	dead->starttime = later->starttime = off_by_ten(third, 300)->starttime = 1;
	dead->more->exec_start_ms = 5000;
	dead->more->sched_now_ms = 9000;
	derive(NULL, first);
	derive(first, second);
	derive(second, third);
	assert_true(fabs(dead->more->zombie_age_s - 4) < 1e-9);
	assert_true(fabs(later->more->zombie_age_s - 5.5) < 1e-6);
	assert_true(fabs(snapshot_find_pid(third, 300)->more->zombie_age_s - 6) < 1e-6);
	snapshot_unref(first);
	snapshot_unref(second);
	snapshot_unref(third);
}

static void a_zombie_is_not_older_than_its_process(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead = off_by_ten(s, 300);
	double lifetime_s = 3;

	(void)state;
	s->uptime = (double)dead->starttime / (double)sysconf(_SC_CLK_TCK) + lifetime_s;
	derive(NULL, s);
	assert_true(fabs(dead->more->zombie_age_s - lifetime_s) < 1e-9);
	snapshot_unref(s);
}

static void without_that_clock_age_counts_from_the_first_sight(void **state)
{
	struct snapshot *first = machine(10), *second = machine(12.5), *third = machine(14);

	(void)state;
	made_process(first, 300, 100, "alive");
	zombie(second, 300, 100, 0);
	zombie(third, 300, 100, 0);
	zombie(third, 301, 100, 0);
	derive(NULL, first);
	derive(first, second);
	derive(second, third);
	assert_true(snapshot_find_pid(second, 300)->more->zombie_age_s == 0);
	assert_true(fabs(snapshot_find_pid(third, 300)->more->zombie_age_s - 1.5) < 1e-9);
	assert_true(snapshot_find_pid(third, 301)->more->zombie_age_s == 0);
	snapshot_unref(first);
	snapshot_unref(second);
	snapshot_unref(third);
}

struct reason_case {
	const char *reason, *help;
	char state;              /* of the culprit, pid 100 */
	uint64_t pending, blocked, ignored, caught;
	int32_t exit_signal;
	const char *syscall;     /* printf of the numbers below */
	int number;
};

static const struct reason_case reasons[] = {
	{"stopped", "continue it: SIGCONT", 'T', CHLD, CHLD, 0, 0, SIGCHLD, NULL, 0},
	{"stopped", "its tracer must continue it", 't', 0, 0, 0, 0, SIGCHLD, NULL, 0},
	{"parent gets no SIGCHLD", "ends with its parent", 'S', 0, 0, 0, 0, 0, NULL, 0},
	{"parent gets no SIGCHLD", "ends with its parent", 'S', 0, 0, 0, CHLD, SIGUSR1, NULL, 0},
	{"SIGCHLD blocked", "ends with its parent", 'S', CHLD, CHLD, 0, CHLD, SIGCHLD, NULL, 0},
	{"not scheduled yet", "wait", 'R', CHLD, 0, 0, CHLD, SIGCHLD, NULL, 0},
	{"ignoring was set after the child died", "ends with its parent", 'S', 0, 0, CHLD, 0, SIGCHLD, NULL, 0},
	{"handler ran but did not wait", "SIGCHLD to it", 'S', 0, 0, 0, CHLD, SIGCHLD, NULL, 0},
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, NULL, 0},
	{"never waits", "ends with its parent", 'S', 0, CHLD, 0, 0, SIGCHLD, NULL, 0},
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, "running", 0},
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x12d 0x0 0x0", 12},
	{"waiting for another child: other (301)", "end of the other child",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x12d 0x7ffd 0x0 0x0", SYS_wait4},
	{"waiting for another child: (999)", "end of the other child",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x3e7 0x7ffd 0x0 0x0", SYS_wait4},
	{"never waits", "ends with its parent",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x12c 0x7ffd 0x0 0x0", SYS_wait4}, /* for this very one */
	{"never waits", "ends with its parent",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0xffffffff 0x7ffd 0x0 0x0", SYS_wait4}, /* for any */
	{"waiting for another child (process group 77)", "end of the other child",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0xffffffffffffffb3 0x0",
	 SYS_wait4},
	{"waiting for another child: other (301)", "end of the other child",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x1 0x12d 0x7ffd 0x4", SYS_waitid},
	{"waiting for another child (process group 77)", "end of the other child",
	 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x2 0x4d 0x7ffd 0x4",
	 SYS_waitid},
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x0 0x12d 0x7ffd 0x4", SYS_waitid},
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x12d", SYS_wait4}, /* cut short */
	{"never waits", "ends with its parent", 'S', 0, 0, 0, 0, SIGCHLD, "%d 0x 0x", SYS_wait4},
};

static void every_row_of_the_table_of_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const struct reason_case *c = &reasons[i];
		struct snapshot *s = machine(10);
		struct process *culprit = s->processes.items[3], *dead;

		culprit->state = c->state;
		culprit->more->signals_pending = c->pending;
		culprit->more->signals_blocked = c->blocked;
		culprit->more->signals_ignored = c->ignored;
		culprit->more->signals_caught = c->caught;
		culprit->have |= FACT_BIT(FACT_SYSCALL);
		if (c->syscall) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			culprit->more->syscall = arena_format(&s->arena, c->syscall, c->number);
#pragma GCC diagnostic pop
		}
		dead = zombie(s, 300, 100, 0);
		dead->exit_signal = c->exit_signal;
		made_process(s, 301, 100, "other");
		derive(NULL, s);
		assert_int_equal(dead->more->zombie_culprit_pid, 100);
		assert_true(text_equal_string(dead->more->zombie_culprit_name, "bash"));
		assert_non_null(dead->more->zombie_reason.bytes);
		assert_string_equal(dead->more->zombie_reason.bytes, c->reason);
		assert_true(text_equal_string(dead->more->zombie_help, c->help));
		snapshot_unref(s);
	}
}

/* Another user's system call may not be looked at. */
static void without_its_system_call_a_culprit_just_does_not_wait(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead = zombie(s, 300, 100, 0);

	(void)state;
	s->processes.items[3]->denied = FACT_BIT(FACT_SYSCALL);
	derive(NULL, s);
	assert_true(text_equal_string(dead->more->zombie_reason, "does not wait for it"));
	assert_true(text_equal_string(dead->more->zombie_help, "ends with its parent"));
	snapshot_unref(s);
}

static void a_tracer_is_the_one_to_reap(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead;

	(void)state;
	made_process(s, 200, 100, "gdb")->have |= FACT_BIT(FACT_SYSCALL);
	dead = zombie(s, 300, 100, 0);
	dead->tracer_pid = 200;
	dead->exit_signal = 0; /* a tracer gets SIGCHLD all the same */
	derive(NULL, s);
	assert_int_equal(dead->more->zombie_culprit_pid, 200);
	assert_true(text_equal_string(dead->more->zombie_culprit_name, "gdb"));
	assert_true(text_equal_string(dead->more->zombie_reason, "never waits"));
	assert_true(text_equal_string(dead->more->zombie_help, "ends with its tracer"));
	snapshot_unref(s);
}

static void an_unseen_culprit_has_no_reason(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead = zombie(s, 300, 77, 0), *blind = zombie(s, 301, 100, 0);

	(void)state;
	s->processes.items[3]->have = FACT_BIT(FACT_STAT); /* the culprit's status could not be read */
	derive(NULL, s);
	assert_int_equal(dead->more->zombie_culprit_pid, 77);
	assert_null(dead->more->zombie_reason.bytes);
	assert_null(dead->more->zombie_help.bytes);
	assert_int_equal(blind->more->zombie_culprit_pid, 100);
	assert_null(blind->more->zombie_reason.bytes);
	snapshot_unref(s);
}

static void an_init_that_does_not_reap_is_named_after_the_alarm(void **state)
{
	struct snapshot *s = machine(10);
	struct process *early, *late, *below;

	(void)state;
	s->self_exec_start_ms = 10000;
	s->processes.items[0]->have |= FACT_BIT(FACT_SYSCALL);
	early = zombie(s, 300, 1, 0);
	late = zombie(s, 301, 1, 0);
	early->have = late->have |= FACT_BIT(FACT_SCHED);
	early->more->exec_start_ms = 5001;
	late->more->exec_start_ms = 5000;
	below = made_process(s, 400, 50, "sleep");
	below->ns_level = 1;
	below->nested_pid = 1;
	below = zombie(s, 401, 400, 0);
	below->ns_level = 1;
	below->nested_pid = 2;
	below->have |= FACT_BIT(FACT_SCHED);
	below->more->exec_start_ms = 100;
	derive(NULL, s);
	assert_true(text_equal_string(early->more->zombie_reason, "never waits"));
	assert_true(text_equal_string(late->more->zombie_reason, "init not reaping"));
	assert_true(text_equal_string(late->more->zombie_help, "ends with this init"));
	assert_true(text_equal_string(below->more->zombie_reason, "init not reaping"));
	snapshot_unref(s);
}

/* The pid in a system call is in the caller's numbers. */
static void a_wait_inside_a_namespace_is_in_its_numbers(void **state)
{
	struct snapshot *s = machine(10);
	struct process *culprit, *dead, *other;

	(void)state;
	culprit = made_process(s, 400, 50, "sh");
	culprit->ns_level = 1;
	culprit->nested_pid = 5;
	culprit->have |= FACT_BIT(FACT_SYSCALL);
	culprit->more->syscall = arena_format(&s->arena, "%d 0x7 0x0 0x0", SYS_wait4);
	dead = zombie(s, 401, 400, 0);
	dead->ns_level = 1;
	dead->nested_pid = 6;
	other = made_process(s, 402, 400, "deeper"); /* the same number in a namespace of its own */
	other->ns_level = 2;
	other->nested_pid = 7;
	other = made_process(s, 403, 400, "worker");
	other->ns_level = 1;
	other->nested_pid = 7;
	derive(NULL, s);
	assert_string_equal(dead->more->zombie_reason.bytes, "waiting for another child: worker (403)");
	snapshot_unref(s);
}

/* Parents */

static void parents_are_found_and_circles_cut(void **state)
{
	struct snapshot *s = made_snapshot(10, 16);
	size_t parents[8];

	(void)state;
	made_process(s, 1, 0, "init");
	made_process(s, 10, 1, "a");
	made_process(s, 20, 10, "b");
	made_process(s, 30, 77, "unseen parent");
	made_process(s, 40, 60, "parent's pid is in younger hands");
	made_process(s, 50, 50, "own parent");
	made_process(s, 60, 70, "circle")->starttime = 100;
	made_process(s, 70, 60, "circle")->starttime = 100;
	lineage_parents(&s->processes, parents);
	assert_int_equal(parents[0], PROCESS_NONE);
	assert_int_equal(parents[1], 0);
	assert_int_equal(parents[2], 1);
	assert_int_equal(parents[3], PROCESS_NONE);
	assert_int_equal(parents[4], PROCESS_NONE);
	assert_int_equal(parents[5], PROCESS_NONE);
	assert_true((parents[6] == PROCESS_NONE) != (parents[7] == PROCESS_NONE));
	snapshot_unref(s);
}

/* Whatever ppids say, every walk upwards ends. */
static void no_walk_goes_round(void **state)
{
	enum { COUNT = 200 };
	struct snapshot *s = made_snapshot(10, COUNT);
	size_t parents[COUNT];
	unsigned seed = 1;

	(void)state;
	for (int32_t pid = 1; pid <= COUNT; pid++) {
		seed = seed * 1103515245 + 12345;
		made_process(s, pid, (int32_t)(seed >> 16) % COUNT + 1, "p")->starttime = 5;
	}
	lineage_parents(&s->processes, parents);
	for (size_t i = 0; i < COUNT; i++) {
		size_t steps = 0;

		for (size_t at = i; at != PROCESS_NONE; at = parents[at])
			assert_true(steps++ < COUNT);
	}
	snapshot_unref(s);
}

static int orphaned(const struct snapshot *snapshot, int32_t pid)
{
	return snapshot_find_pid(snapshot, pid)->group_orphaned;
}

static void a_group_without_outside_parent_is_orphaned(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(made_process(s, 300, 100, "job"), 100, 300);
	member_of(made_process(s, 301, 300, "its child"), 100, 300);
	member_of(made_process(s, 400, 1, "left"), 90, 400);
	member_of(made_process(s, 401, 400, "its child"), 90, 400);
	member_of(made_process(s, 500, 1, "half left"), 100, 500);
	member_of(made_process(s, 501, 100, "held by this one"), 100, 500);
	derive(NULL, s);
	assert_int_equal(orphaned(s, 300), 0);
	assert_int_equal(orphaned(s, 301), 0);
	assert_int_equal(orphaned(s, 400), 1);
	assert_int_equal(orphaned(s, 401), 1);
	assert_int_equal(orphaned(s, 500), 0);
	assert_int_equal(orphaned(s, 501), 0);
	assert_int_equal(orphaned(s, 50), 1); /* leads its session: init's child, held by nobody */
	assert_int_equal(orphaned(s, 100), 1);
	assert_int_equal(orphaned(s, 1), ABSENT_BOOL); /* its parent cannot be seen */
	snapshot_unref(s);
}

static void the_dead_hold_no_group_together(void **state)
{
	struct snapshot *s = machine(10);

	(void)state;
	member_of(zombie(s, 300, 100, 0), 100, 300);
	member_of(made_process(s, 301, 1, "left alone"), 100, 300);
	derive(NULL, s);
	assert_int_equal(orphaned(s, 301), 1);
	snapshot_unref(s);
}

static void a_group_with_an_unseen_parent_is_doubtful(void **state)
{
	struct snapshot *s = made_snapshot(10, 8);

	(void)state;
	s->facts = FACT_BIT(FACT_LINEAGE);
	member_of(made_process(s, 300, 77, "unseen parent"), 100, 300);
	member_of(made_process(s, 301, 1, "unseen init"), 100, 301);
	member_of(made_process(s, 302, 1, "unseen init's session"), 1, 302);
	member_of(made_process(s, 303, 1, "a session outside"), 0, 303);
	member_of(made_process(s, 304, 301, "a group outside"), 0, 0);
	member_of(made_process(s, 305, 301, "held"), 100, 300);
	derive(NULL, s);
	assert_int_equal(orphaned(s, 300), 0);
	assert_int_equal(orphaned(s, 301), 1);
	assert_int_equal(orphaned(s, 302), ABSENT_BOOL);
	assert_int_equal(orphaned(s, 303), ABSENT_BOOL);
	assert_int_equal(orphaned(s, 304), ABSENT_BOOL);
	snapshot_unref(s);
}

/* What is computed once a group is what the definition says of each. */
static void groups_are_those_of_the_definition(void **state)
{
	enum { COUNT = 500 };
	struct snapshot *s = made_snapshot(10, COUNT);
	unsigned seed = 7;

	(void)state;
	s->facts = FACT_BIT(FACT_LINEAGE);
	made_process(s, 1, 0, "init");
	for (int32_t pid = 2; pid <= COUNT; pid++) {
		seed = seed * 1103515245 + 12345;
		member_of(made_process(s, pid, (int32_t)(seed >> 16) % (pid - 1) + 1, "p"),
			  2 + (int32_t)(seed >> 8) % 3, 100 + (int32_t)(seed >> 20) % 200);
	}
	derive(NULL, s);
	for (size_t i = 1; i < COUNT; i++) {
		const struct process *process = s->processes.items[i];
		bool held = false;

		for (size_t j = 1; j < COUNT; j++) {
			const struct process *member = s->processes.items[j];
			const struct process *parent = s->processes.items[member->ppid - 1];

			held |= member->pgid == process->pgid && parent->sid == member->sid &&
				parent->pgid != member->pgid;
		}
		assert_int_equal(process->group_orphaned, !held);
	}
	snapshot_unref(s);
}

/* Dead threads of a traced process are left until its tracer has waited for each. */
static void a_process_of_dead_threads_is_a_zombie(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead, *exited;

	(void)state;
	s->processes.items[3]->have |= FACT_BIT(FACT_SYSCALL);
	dead = zombie(s, 300, 100, 0);
	dead->num_threads = 3;
	dead->main_exited = 0;
	exited = zombie(s, 301, 100, 0);
	exited->num_threads = 3;
	derive(NULL, s);
	assert_true(process_is_zombie(dead));
	assert_false(process_is_zombie(exited));
	assert_int_equal(exited->main_exited, 1);
	assert_string_equal(dead->stat, "Zsl");
	assert_string_equal(exited->stat, "Zsl");
	assert_true(text_equal_string(dead->more->zombie_reason, "never waits"));
	assert_null(exited->more->zombie_reason.bytes);
	assert_int_equal(s->tasks.zombie, 1);
	assert_int_equal(snapshot_find_pid(s, 100)->main_exited, 0);
	snapshot_unref(s);
}

/* TracerPid is the number of the thread that traces. */
static void a_tracing_thread_is_its_process(void **state)
{
	struct snapshot *s = machine(10);
	struct process *dead;

	(void)state;
	made_process(s, 200, 100, "debugger")->num_threads = 2;
	dead = zombie(s, 300, 100, 0);
	dead->tracer_pid = 201;
	derive(NULL, s);
	assert_int_equal(dead->more->zombie_culprit_pid, 201);
	assert_null(dead->more->zombie_reason.bytes);
	dead->tracer_tgid = 200;
	derive(NULL, s);
	assert_int_equal(dead->more->zombie_culprit_pid, 200);
	assert_true(text_equal_string(dead->more->zombie_culprit_name, "debugger"));
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_machine_has_no_orphan),
		cmocka_unit_test(a_child_of_pid_2_is_no_kernel_thread),
		cmocka_unit_test(a_lost_session_under_init_is_proof),
		cmocka_unit_test(the_session_must_be_held_by_an_ancestor),
		cmocka_unit_test(a_lost_session_under_another_parent_is_possible),
		cmocka_unit_test(a_parent_that_left_the_session_is_no_loss),
		cmocka_unit_test(a_child_of_a_process_whose_main_thread_exited_is_none),
		cmocka_unit_test(a_hole_in_the_ancestry_proves_nothing),
		cmocka_unit_test(an_unseen_init_is_still_the_reaper),
		cmocka_unit_test(a_foreign_group_without_leader_is_probable),
		cmocka_unit_test(parents_outside_the_namespace_injected_it),
		cmocka_unit_test(adoption_is_observed_and_remembered),
		cmocka_unit_test(the_first_parent_lost_is_the_one_named),
		cmocka_unit_test(a_reused_pid_inherits_nothing),
		cmocka_unit_test(what_cannot_be_read_has_no_class),
		cmocka_unit_test(names_and_badges),
		cmocka_unit_test(the_exit_is_told_as_a_shell_would),
		cmocka_unit_test(only_the_dead_have_an_exit),
		cmocka_unit_test(a_real_time_signal_has_its_name),
		cmocka_unit_test(age_is_by_the_schedulers_clock),
		cmocka_unit_test(age_is_held_within_what_was_seen),
		cmocka_unit_test(age_by_the_clock_of_its_own_cpu_is_kept),
		cmocka_unit_test(a_zombie_is_not_older_than_its_process),
		cmocka_unit_test(without_that_clock_age_counts_from_the_first_sight),
		cmocka_unit_test(every_row_of_the_table_of_reasons),
		cmocka_unit_test(without_its_system_call_a_culprit_just_does_not_wait),
		cmocka_unit_test(a_tracer_is_the_one_to_reap),
		cmocka_unit_test(an_unseen_culprit_has_no_reason),
		cmocka_unit_test(an_init_that_does_not_reap_is_named_after_the_alarm),
		cmocka_unit_test(a_wait_inside_a_namespace_is_in_its_numbers),
		cmocka_unit_test(parents_are_found_and_circles_cut),
		cmocka_unit_test(no_walk_goes_round),
		cmocka_unit_test(a_group_without_outside_parent_is_orphaned),
		cmocka_unit_test(the_dead_hold_no_group_together),
		cmocka_unit_test(a_group_with_an_unseen_parent_is_doubtful),
		cmocka_unit_test(groups_are_those_of_the_definition),
		cmocka_unit_test(a_process_of_dead_threads_is_a_zombie),
		cmocka_unit_test(a_tracing_thread_is_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
