/* Processes that a pass over the kernel's tasks leaves out, on the /proc of this machine: what was not in the list. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/root.h"
#include "collect/process_unseen.h"
#include "made.h"
#include "model/lineage.h"

struct world {
	struct root root;
	struct procfs *procfs;
	struct process_unseen *unseen;
	struct request request;
	struct process_items list;
};

static void begin(struct world *world)
{
	*world = (struct world){.request.facts = FACT_BIT(FACT_STAT)};
	assert_int_equal(root_open(&world->root, ""), 0);
	assert_int_equal(procfs_open(&world->root, &world->procfs), 0);
	world->unseen = process_unseen_new(world->procfs);
}

static void let_go(struct world *world)
{
	for (size_t i = 0; i < world->list.count; i++)
		process_unref(world->list.items[i]);
	world->list.count = 0;
}

static void end(struct world *world)
{
	let_go(world);
	process_items_free(&world->list);
	process_unseen_free(world->unseen);
	procfs_close(world->procfs);
	root_close(&world->root);
}

/* Add to a pass that has seen this process alone, whose parent is missing then. */
static void add(struct world *world, uint64_t since_ns)
{
	struct snapshot *snapshot = made_snapshot(1, 0);
	struct tick tick = {.root = &world->root, .request = &world->request, .snapshot = snapshot};
	struct process *own;

	let_go(world);
	procfs_begin(world->procfs, &tick);
	own = procfs_read_process(world->procfs, &tick, getpid(), FACT_BIT(FACT_STAT));
	assert_non_null(own);
	process_items_add(&world->list, own);
	process_unseen_add(world->unseen, &tick, 0, since_ns, &world->list);
	for (size_t i = 1; i < world->list.count; i++)
		assert_true(world->list.items[i - 1]->pid < world->list.items[i]->pid);
	snapshot_unref(snapshot);
}

static bool has(const struct world *world, int32_t pid)
{
	return process_items_find(&world->list, pid) != PROCESS_NONE;
}

static pid_t start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void what_proc_lists_is_added_in_order_and_remembered(void **state)
{
	struct world world;
	pid_t child = start();

	(void)state;
	begin(&world);
	add(&world, UINT64_MAX);
	assert_true(has(&world, 1) && has(&world, getppid()) && has(&world, getpid()) && has(&world, child));
	add(&world, UINT64_MAX);
	assert_true(has(&world, 1) && has(&world, getpid()) && has(&world, child));
	stop(child);
	add(&world, UINT64_MAX);
	assert_true(has(&world, 1) && !has(&world, child));
	end(&world);
}

/* It may have come behind the pass, which did not leave it out then. */
static void who_is_younger_than_the_pass_is_not_added(void **state)
{
	uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK), since_ns;
	struct world world;
	pid_t child;

	(void)state;
	clock_sleep_until(clock_monotonic_ns() + 2 * tick_ns);
	since_ns = clock_boottime_ns() - tick_ns;
	child = start();
	begin(&world);
	add(&world, since_ns);
	assert_true(has(&world, 1) && !has(&world, child));
	stop(child);
	end(&world);
}

/* Only what the request names. */
static void who_is_not_asked_for_is_not_added(void **state)
{
	struct world world;
	pid_t child = start();
	int32_t pids[] = {child};

	(void)state;
	begin(&world);
	world.request.pids = pids;
	world.request.pids_count = 1;
	add(&world, UINT64_MAX);
	assert_true(has(&world, child) && !has(&world, 1));
	stop(child);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_proc_lists_is_added_in_order_and_remembered),
		cmocka_unit_test(who_is_younger_than_the_pass_is_not_added),
		cmocka_unit_test(who_is_not_asked_for_is_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
