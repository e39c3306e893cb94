/* Command lines read through files that stay open, of this process and its children. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "collect/process_cmdline_files.h"
#include "collect/process_stat.h"

#define MANY 200
#define FEW 300 /* descriptors: room for 44 files */

struct fixture {
	struct root root;
	struct cmdline_files *files;
	struct buffer buffer, expected;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.files = cmdline_files_new();
	*state = &fixture;
	return root_open(&fixture.root, NULL);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	cmdline_files_free(fixture->files);
	buffer_free(&fixture->buffer);
	buffer_free(&fixture->expected);
	root_close(&fixture->root);
	return 0;
}

static uint64_t starttime_of(struct fixture *fixture, pid_t pid)
{
	struct process process;
	char path[32];

	snprintf(path, sizeof(path), "%d/stat", pid);
	assert_int_equal(file_read_record(fixture->root.proc_fd, path, &fixture->buffer), 0);
	assert_int_equal(process_stat_parse(fixture->buffer.bytes, fixture->buffer.length, 1, &process), 0);
	return process.starttime;
}

static void is_as_the_file(struct fixture *fixture, pid_t pid, uint64_t starttime)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/cmdline", pid);
	assert_int_equal(file_read_record(fixture->root.proc_fd, path, &fixture->expected), 0);
	assert_int_equal(cmdline_files_read(fixture->files, &fixture->root, pid, starttime, &fixture->buffer), 0);
	assert_int_equal(fixture->buffer.length, fixture->expected.length);
	assert_memory_equal(fixture->buffer.bytes, fixture->expected.bytes, fixture->expected.length);
}

/* A child that sleeps, by fork alone. */
static pid_t start(void)
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

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void reads_the_same_again_and_again(void **state)
{
	uint64_t starttime = starttime_of(*state, getpid());

	for (int i = 0; i < 3; i++)
		is_as_the_file(*state, getpid(), starttime);
}

static void another_start_time_is_another_process(void **state)
{
	struct fixture *fixture = *state;
	uint64_t starttime = starttime_of(fixture, getpid());

	for (int i = 0; i < 2; i++) {
		assert_int_equal(cmdline_files_read(fixture->files, &fixture->root, getpid(), starttime + 1,
						    &fixture->buffer), -ESRCH);
		is_as_the_file(fixture, getpid(), starttime);
	}
}

static void one_that_ended_is_gone(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid = start();
	uint64_t starttime = starttime_of(fixture, pid);

	is_as_the_file(fixture, pid, starttime);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT);
	assert_int_equal(cmdline_files_read(fixture->files, &fixture->root, pid, starttime, &fixture->buffer), 0);
	assert_int_equal(fixture->buffer.length, 0);
	end(pid);
	for (int i = 0; i < 2; i++)
		assert_int_equal(cmdline_files_read(fixture->files, &fixture->root, pid, starttime, &fixture->buffer),
				 -ESRCH);
}

/* The last one: the limit stays. */
static void more_than_are_kept(void **state)
{
	struct fixture *fixture = *state;
	uint64_t starttimes[MANY];
	struct rlimit limit = {FEW, FEW};
	pid_t pids[MANY];

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < MANY; i++) {
		pids[i] = start();
		starttimes[i] = starttime_of(fixture, pids[i]);
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++)
			is_as_the_file(fixture, pids[i], starttimes[i]);
	}
	for (int i = 0; i < MANY; i++)
		end(pids[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_the_same_again_and_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_start_time_is_another_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_ended_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_than_are_kept, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
