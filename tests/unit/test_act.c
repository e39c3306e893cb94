/* Acting on processes: names and values as typed, and what happens to real processes, also where a pid is reused. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "act/act.h"

#define THREADS 3 /* of a child, beside its first */

/* Names and values */

static void test_signal_names(void **state)
{
	char name[ACT_SIGNAL_NAME_SIZE];
	int found = 0;

	(void)state;
	for (int i = 1; i <= act_signal_last(); i++) {
		if (!act_signal_name(i, name))
			continue;
		found++;
		assert_int_equal(act_signal_find(text_of(name)), i);
		assert_int_equal(act_signal_find(text_of(name + 3)), i);
	}
	assert_int_equal(found, 31 + SIGRTMAX - SIGRTMIN + 1);
	assert_true(act_signal_name(SIGTERM, name));
	assert_string_equal(name, "SIGTERM");
	assert_true(act_signal_name(SIGRTMIN + 3, name));
	assert_string_equal(name, "SIGRTMIN+3");
	assert_false(act_signal_name(0, name));
	assert_false(act_signal_name(-1, name));
	assert_false(act_signal_name(SIGRTMAX + 1, name));
}

static void test_signals_are_found(void **state)
{
	(void)state;
	assert_int_equal(act_signal_find(TEXT_LITERAL("kill")), SIGKILL);
	assert_int_equal(act_signal_find(TEXT_LITERAL("9")), SIGKILL);
	assert_int_equal(act_signal_find(TEXT_LITERAL("sigrtmax")), SIGRTMAX);
	assert_int_equal(act_signal_find(TEXT_LITERAL("")), 0);
	assert_int_equal(act_signal_find(TEXT_ABSENT), 0);
	assert_int_equal(act_signal_find(TEXT_LITERAL("0")), 0);
	assert_int_equal(act_signal_find(TEXT_LITERAL("-9")), 0);
	assert_int_equal(act_signal_find(TEXT_LITERAL("99999999999")), 0);
	assert_int_equal(act_signal_find(TEXT_LITERAL("TER")), 0);
	assert_int_equal(act_signal_find(TEXT_LITERAL("TERMS")), 0);
}

static void test_limits_are_parsed(void **state)
{
	static const struct {
		const char *text;
		bool is_bytes;
		int result;
		int64_t soft, hard;
	} cases[] = {
		{"1024", false, 0, 1024, ACT_LIMIT_KEEP},
		{"1024:4096", false, 0, 1024, 4096},
		{"1024:", false, 0, 1024, ACT_LIMIT_KEEP},
		{":4096", false, 0, ACT_LIMIT_KEEP, 4096},
		{" 10 : unlimited ", false, 0, 10, -1},
		{"unlimited:unlimited", false, 0, -1, -1},
		{"8M:1G", true, 0, 8 << 20, 1 << 30},
		{"8m", true, 0, 8 << 20, ACT_LIMIT_KEEP},
		{"8M", false, -EBADMSG, 0, 0},
		{"8Q", true, -EBADMSG, 0, 0},
		{"8MM", true, -EBADMSG, 0, 0},
		{"4096:1024", false, -EINVAL, 0, 0},
		{"unlimited:1024", false, -EINVAL, 0, 0},
		{"", false, -EBADMSG, 0, 0},
		{":", false, -EBADMSG, 0, 0},
		{"-1", false, -EBADMSG, 0, 0},
		{"9223372036854775807", false, 0, INT64_MAX, ACT_LIMIT_KEEP},
		{"9223372036854775808", false, -ERANGE, 0, 0},
		{"9999999999T", true, -ERANGE, 0, 0},
		{"1:2:3", false, -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t soft = 0, hard = 0;

		if (act_parse_limits(text_of(cases[i].text), cases[i].is_bytes, &soft, &hard) != cases[i].result ||
		    soft != cases[i].soft || hard != cases[i].hard)
			fail_msg("'%s': %lld %lld", cases[i].text, (long long)soft, (long long)hard);
	}
}

static void test_cpus_are_parsed_and_formatted(void **state)
{
	static const struct {
		const char *text, *formatted; /* formatted NULL: refused */
	} cases[] = {
		{"0", "0"}, {"0-3,8", "0-3,8"}, {" 8,0-3\n", "0-3,8"}, {"1,0", "0,1"}, {"3,3,3", "3"},
		{"0-511", "0-511"}, {"", NULL}, {"a", NULL}, {"3-1", NULL}, {"70000", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t *cpus;
		size_t count;
		char *text;

		if (act_parse_cpus(text_of(cases[i].text), &cpus, &count) < 0) {
			assert_null(cases[i].formatted);
			continue;
		}
		text = act_format_cpus(cpus, count);
		if (!cases[i].formatted)
			fail_msg("'%s' is taken", cases[i].text);
		assert_string_equal(text, cases[i].formatted);
		free(text);
		free(cpus);
	}
	free(act_format_cpus(NULL, 0));
}

/* Children */

static struct identity identity_of(int32_t pid)
{
	char path[32], stat[1024], *name_end, *rest;
	struct identity identity = {.pid = pid};
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	stat[fread(stat, 1, sizeof(stat) - 1, file)] = '\0';
	fclose(file);
	name_end = strrchr(stat, ')');
	assert_non_null(name_end);
	rest = name_end + 2;
	for (int field = 3; field < 22; field++)
		rest = strchr(rest, ' ') + 1;
	identity.starttime = strtoull(rest, NULL, 10);
	return identity;
}

static void *wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		pause();
	return NULL;
}

static _Noreturn void be_child(int ready_fd, int threads)
{
	pthread_t id;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A name that hides where it ends. */
	prctl(PR_SET_NAME, "a) R 1 2 (b");
	for (int i = 0; i < threads; i++)
		pthread_create(&id, NULL, wait_for_ever, NULL);
	if (write(ready_fd, "+", 1) != 1)
		_exit(1);
	wait_for_ever(NULL);
	_exit(0);
}

static struct identity make_child(int threads)
{
	int fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		be_child(fds[1], threads);
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return identity_of(pid);
}

/* Returns the wait status. */
static int end_child(int32_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool is_alive(int32_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static int apply(struct act act, struct identity process, int32_t thread)
{
	return act_system.apply(&act, process, thread);
}

/* For each thread of a process. Returns how many there are. */
static int for_each_thread(int32_t pid, void (*visit)(int32_t id, const void *context), const void *context)
{
	char path[32];
	const struct dirent *entry;
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		visit(atoi(entry->d_name), context);
		count++;
	}
	closedir(directory);
	return count;
}

/* Signals */

static void test_a_signal_arrives(void **state)
{
	struct identity child = make_child(THREADS);
	int status;

	(void)state;
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGUSR2}, child, 0), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGKILL}, child, 0), -ESRCH);
}

static void test_what_is_no_signal(void **state)
{
	struct identity child = make_child(0);

	(void)state;
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = 1000}, child, 0), -EINVAL);
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGKILL}, (struct identity){0, 0}, 0), -ESRCH);
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGKILL}, (struct identity){-1, 0}, 0), -ESRCH);
	assert_int_equal(apply((struct act){.kind = ACT_KIND_COUNT}, child, 0), -EINVAL);
	end_child(child.pid);
}

/* Nothing at all is done to a process that started at another time. */
static void test_another_process_of_that_number(void **state)
{
	static const int32_t cpus[] = {0};
	struct identity child = make_child(0), other = child;
	const struct act acts[] = {
		{.kind = ACT_SIGNAL, .number = SIGKILL},
		{.kind = ACT_NICE, .number = 7},
		{.kind = ACT_NICE_BY, .number = 7},
		{.kind = ACT_IONICE, .number = 3},
		{.kind = ACT_AFFINITY, .cpus = cpus, .cpus_count = 1},
		{.kind = ACT_SCHED, .number = SCHED_BATCH},
		{.kind = ACT_LIMIT, .number = RLIMIT_NOFILE, .soft = 10, .hard = 10},
	};
	struct rlimit limit;

	(void)state;
	other.starttime--;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		assert_int_equal(apply(acts[i], other, 0), -ESRCH);
		assert_int_equal(apply(acts[i], other, child.pid), -ESRCH);
	}
	assert_true(is_alive(child.pid));
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child.pid), 0);
	assert_int_equal(sched_getscheduler(child.pid), SCHED_OTHER);
	assert_int_equal(prlimit(child.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_int_not_equal(limit.rlim_cur, 10);
	end_child(child.pid);
}

/* A child with the pid of one that is gone, by moving the kernel's counter; it started in another hundredth of a
 * second. Returns false where that is not permitted. */
static bool make_newcomer(struct identity gone, struct identity *ret_identity)
{
	for (int attempt = 0; attempt < 2000; attempt++) {
		FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");
		struct identity child;
		bool is_written;

		if (!file)
			return false;
		fprintf(file, "%d", gone.pid - 1);
		is_written = fclose(file) == 0;
		if (!is_written)
			return false;
		child = make_child(0);
		if (child.pid == gone.pid && child.starttime != gone.starttime) {
			*ret_identity = child;
			return true;
		}
		end_child(child.pid);
	}
	return false;
}

static void test_a_reused_pid_is_not_hit(void **state)
{
	struct identity gone = make_child(0), newcomer;

	(void)state;
	end_child(gone.pid);
	if (!make_newcomer(gone, &newcomer))
		skip();
	assert_int_equal(newcomer.pid, gone.pid);
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGKILL}, gone, 0), -ESRCH);
	assert_int_equal(apply((struct act){.kind = ACT_NICE, .number = 9}, gone, 0), -ESRCH);
	assert_int_equal(apply((struct act){.kind = ACT_NICE, .number = 9}, gone, gone.pid), -ESRCH);
	assert_true(is_alive(newcomer.pid));
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)newcomer.pid), 0);
	assert_int_equal(apply((struct act){.kind = ACT_SIGNAL, .number = SIGTERM}, newcomer, 0), 0);
	assert_int_equal(WTERMSIG(end_child(newcomer.pid)), SIGTERM);
}

/* What each thread has of its own. Under ThreadSanitizer there are more threads than were made. */

static void assert_nice(int32_t id, const void *context)
{
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)id), *(const int *)context);
}

static void test_nice_of_all_threads(void **state)
{
	struct identity child = make_child(THREADS);
	int nice = 5;

	(void)state;
	assert_int_equal(apply((struct act){.kind = ACT_NICE, .number = 5}, child, 0), 0);
	assert_true(for_each_thread(child.pid, assert_nice, &nice) >= THREADS + 1);
	assert_int_equal(apply((struct act){.kind = ACT_NICE_BY, .number = 2}, child, 0), 0);
	nice = 7;
	for_each_thread(child.pid, assert_nice, &nice);
	assert_int_equal(apply((struct act){.kind = ACT_NICE_BY, .number = 100}, child, 0), 0);
	nice = 19;
	for_each_thread(child.pid, assert_nice, &nice);
	end_child(child.pid);
}

static void add_other_thread(int32_t id, const void *context)
{
	int32_t *const *other = context;

	**other = id;
}

static void test_nice_of_one_thread(void **state)
{
	struct identity child = make_child(1);
	int32_t last = 0, *at = &last;

	(void)state;
	assert_true(for_each_thread(child.pid, add_other_thread, &at) >= 2);
	assert_int_not_equal(last, child.pid);
	assert_int_equal(apply((struct act){.kind = ACT_NICE, .number = 4}, child, last), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)last), 4);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child.pid), 0);
	/* A thread of somebody else. */
	assert_int_equal(apply((struct act){.kind = ACT_NICE, .number = 4}, child, getpid()), -ESRCH);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), 0);
	end_child(child.pid);
}

static void assert_ionice(int32_t id, const void *context)
{
	assert_int_equal(syscall(SYS_ioprio_get, 1, id), *(const int *)context);
}

static void test_ionice(void **state)
{
	struct identity child = make_child(THREADS);
	int priority = 2 << 13 | 6;

	(void)state;
	assert_int_equal(apply((struct act){.kind = ACT_IONICE, .number = 2, .second = 6}, child, 0), 0);
	assert_true(for_each_thread(child.pid, assert_ionice, &priority) >= THREADS + 1);
	assert_int_equal(apply((struct act){.kind = ACT_IONICE, .number = 7}, child, 0), -EINVAL);
	end_child(child.pid);
}

static void assert_first_cpu(int32_t id, const void *context)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(id, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(CPU_ISSET((size_t)*(const int32_t *)context, &set));
}

static void test_affinity(void **state)
{
	struct identity child = make_child(THREADS);
	struct act act = {.kind = ACT_AFFINITY, .cpus_count = 1};
	int32_t cpu = 0, absent = 60000;
	cpu_set_t own;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(own), &own), 0);
	while (!CPU_ISSET((size_t)cpu, &own))
		cpu++;
	act.cpus = &cpu;
	assert_int_equal(apply(act, child, 0), 0);
	assert_true(for_each_thread(child.pid, assert_first_cpu, &cpu) >= THREADS + 1);
	act.cpus = &absent;
	assert_int_equal(apply(act, child, 0), -EINVAL);
	act.cpus_count = 0;
	assert_int_equal(apply(act, child, 0), -EINVAL);
	end_child(child.pid);
}

static void assert_policy(int32_t id, const void *context)
{
	assert_int_equal(sched_getscheduler(id), *(const int *)context);
}

static void test_policy(void **state)
{
	struct identity child = make_child(THREADS);
	int policy = SCHED_BATCH;

	(void)state;
	assert_int_equal(apply((struct act){.kind = ACT_SCHED, .number = SCHED_BATCH}, child, 0), 0);
	assert_true(for_each_thread(child.pid, assert_policy, &policy) >= THREADS + 1);
	assert_int_equal(apply((struct act){.kind = ACT_SCHED, .number = SCHED_FIFO, .second = 0}, child, 0), -EINVAL);
	end_child(child.pid);
}

/* Limits */

static void test_limits(void **state)
{
	struct identity child = make_child(0);
	struct act act = {.kind = ACT_LIMIT, .number = RLIMIT_NOFILE, .soft = 100, .hard = 200};
	struct rlimit limit;

	(void)state;
	assert_int_equal(apply(act, child, 0), 0);
	assert_int_equal(prlimit(child.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 100);
	assert_int_equal(limit.rlim_max, 200);
	act.soft = 50;
	act.hard = ACT_LIMIT_KEEP;
	assert_int_equal(apply(act, child, 0), 0);
	assert_int_equal(prlimit(child.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 50);
	assert_int_equal(limit.rlim_max, 200);
	act.soft = ACT_LIMIT_KEEP;
	act.hard = 20;
	assert_int_equal(apply(act, child, 0), 0);
	assert_int_equal(prlimit(child.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 20);
	assert_int_equal(limit.rlim_max, 20);
	act.soft = 30;
	act.hard = ACT_LIMIT_KEEP;
	assert_int_equal(apply(act, child, 0), -EINVAL);
	act = (struct act){.kind = ACT_LIMIT, .number = RLIMIT_CORE, .soft = ACT_LIMIT_KEEP, .hard = ACT_LIMIT_KEEP};
	assert_int_equal(apply(act, child, 0), 0);
	end_child(child.pid);
}

static void test_resources_are_named_as_in_a_snapshot(void **state)
{
	(void)state;
	assert_int_equal(act_resources_count, RLIM_NLIMITS);
	for (size_t i = 0; i < act_resources_count; i++) {
		assert_memory_equal(act_resources[i].name, "RLIMIT_", 7);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(act_resources[i].number, act_resources[j].number);
	}
}

/* Somebody else's */

static void test_denied(void **state)
{
	struct identity child = make_child(0);
	int results[2] = {0, 0}, fds[2];
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		end_child(child.pid);
		skip();
	}
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (setuid(65534) == 0) {
			results[0] = apply((struct act){.kind = ACT_SIGNAL, .number = SIGKILL}, child, 0);
			results[1] = apply((struct act){.kind = ACT_NICE, .number = 9}, child, 0);
		}
		_exit(write(fds[1], results, sizeof(results)) < 0);
	}
	assert_int_equal(read(fds[0], results, sizeof(results)), sizeof(results));
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(results[0], -EPERM);
	assert_int_equal(results[1], -EPERM);
	assert_true(is_alive(child.pid));
	end_child(child.pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal_names),
		cmocka_unit_test(test_signals_are_found),
		cmocka_unit_test(test_limits_are_parsed),
		cmocka_unit_test(test_cpus_are_parsed_and_formatted),
		cmocka_unit_test(test_a_signal_arrives),
		cmocka_unit_test(test_what_is_no_signal),
		cmocka_unit_test(test_another_process_of_that_number),
		cmocka_unit_test(test_a_reused_pid_is_not_hit),
		cmocka_unit_test(test_nice_of_all_threads),
		cmocka_unit_test(test_nice_of_one_thread),
		cmocka_unit_test(test_ionice),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_resources_are_named_as_in_a_snapshot),
		cmocka_unit_test(test_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
