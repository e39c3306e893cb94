/* Records of processes: their texts, which those made of them share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "model/process.h"
#include "model/snapshot.h"

static struct process *named(const char *comm, const char *cmdline)
{
	struct process process;

	process_init(&process);
	process.comm = text_of(comm);
	process.cmdline = text_of(cmdline);
	return process_new(&process);
}

static void texts_are_copied(void **state)
{
	char name[] = "name";
	struct process *process = named(name, "arguments");

	(void)state;
	process_keep_texts(process);
	memset(name, 'x', sizeof(name) - 1);
	assert_true(text_equal_string(process->comm, "name"));
	assert_true(text_equal_string(process->cmdline, "arguments"));
	assert_null(process->username.bytes);
	process_unref(process);
}

static void the_same_texts_are_shared_and_outlive_the_first(void **state)
{
	struct process *before = named("name", "arguments"), *now = named("name", "arguments");
	const char *bytes;

	(void)state;
	process_keep_texts(before);
	bytes = before->cmdline.bytes;
	process_keep_texts_of(now, before);
	assert_ptr_equal(now->cmdline.bytes, bytes);
	process_unref(before);
	assert_true(text_equal_string(now->comm, "name"));
	assert_true(text_equal_string(now->cmdline, "arguments"));
	process_unref(now);
}

static void texts_that_differ_are_copied(void **state)
{
	static const char *const others[][2] = {{"other", "arguments"}, {"name", "argument"}, {"name", ""}, {"name", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct process *before = named("name", "arguments"), *now = named(others[i][0], others[i][1]);

		process_keep_texts(before);
		process_keep_texts_of(now, before);
		process_unref(before);
		assert_true(text_equal_string(now->comm, others[i][0]));
		assert_true(text_equal(now->cmdline, text_of(others[i][1])));
		process_unref(now);
	}
}

/* Such as one that was never kept. */
static void one_without_texts_of_its_own_shares_none(void **state)
{
	struct process *before = named("name", "arguments"), *now = named("name", "arguments");

	(void)state;
	process_keep_texts_of(now, before);
	process_unref(before);
	assert_true(text_equal_string(now->comm, "name"));
	process_unref(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(the_same_texts_are_shared_and_outlive_the_first),
		cmocka_unit_test(texts_that_differ_are_copied),
		cmocka_unit_test(one_without_texts_of_its_own_shares_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
