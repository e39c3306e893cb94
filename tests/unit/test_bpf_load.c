/* Links of BPF programs, as several helpers tell of them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "collect/bpf_load.h"

static int new_fd(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void at_first_no_program_is_known(void **state)
{
	struct bpf_links links = bpf_links_none();

	(void)state;
	assert_int_equal(bpf_links_known(&links), 0);
	bpf_links_close(&links);
}

static void what_was_not_asked_for_comes_later(void **state)
{
	struct bpf_links links = bpf_links_none(), more = bpf_links_none();
	int tasks = new_fd(), threads = new_fd(), unwanted = new_fd();

	(void)state;
	links.fds[BPF_PROGRAM_TASKS] = tasks;
	links.fds[BPF_PROGRAM_FILES] = -EINVAL;
	more.fds[BPF_PROGRAM_TASKS] = unwanted;
	more.fds[BPF_PROGRAM_THREADS] = threads;
	more.fds[BPF_PROGRAM_CMDLINES] = -EPERM;
	more.fds[BPF_PROGRAM_FILES] = -EPERM;
	bpf_links_merge(&links, &more);
	assert_int_equal(links.fds[BPF_PROGRAM_TASKS], tasks);
	assert_int_equal(links.fds[BPF_PROGRAM_THREADS], threads);
	assert_int_equal(links.fds[BPF_PROGRAM_CMDLINES], -EPERM);
	assert_int_equal(links.fds[BPF_PROGRAM_FILES], -EINVAL);
	assert_int_equal(bpf_links_known(&links), BPF_PROGRAM_BIT(BPF_PROGRAM_TASKS) | BPF_PROGRAM_BIT(BPF_PROGRAM_THREADS) |
							  BPF_PROGRAM_BIT(BPF_PROGRAM_CMDLINES) |
							  BPF_PROGRAM_BIT(BPF_PROGRAM_FILES));
	assert_int_equal(bpf_links_known(&more), 0);
	assert_false(is_open(unwanted));
	bpf_links_close(&links);
	assert_false(is_open(tasks));
	assert_false(is_open(threads));
	assert_int_equal(bpf_links_known(&links), 0);
}

/* Or a program that does not know the helper's option would start another of its kind, and that the next. */
static void a_helper_starts_no_helper(void **state)
{
	struct bpf_load *load = NULL;

	(void)state;
	setenv("CMON_BPF_HELPER", "1", 1);
	assert_int_equal(bpf_load_start(BPF_PROGRAMS_ALL, NULL, &load), CMON_BPF ? -ELOOP : -EOPNOTSUPP);
	unsetenv("CMON_BPF_HELPER");
	assert_null(load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_first_no_program_is_known),
		cmocka_unit_test(what_was_not_asked_for_comes_later),
		cmocka_unit_test(a_helper_starts_no_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
