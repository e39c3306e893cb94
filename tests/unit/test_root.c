/* Files below a captured tree, made at run time: odd sizes, links, names and refusals. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/root.h"

struct tree {
	char path[64];
	struct root root;
};

static void write_file(int dir_fd, const char *name, const char *bytes, size_t length)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		assert_true(n > 0);
		bytes += n;
		length -= (size_t)n;
	}
	close(fd);
}

static void write_text(int dir_fd, const char *name, const char *text)
{
	write_file(dir_fd, name, text, strlen(text));
}

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	char path[128];

	if (!tree)
		return -1;
	strcpy(tree->path, "/tmp/cmon-test-root-XXXXXX");
	if (!mkdtemp(tree->path))
		return -1;
	snprintf(path, sizeof(path), "%s/proc", tree->path);
	if (mkdir(path, 0700) < 0)
		return -1;
	*state = tree;
	return root_open(&tree->root, tree->path);
}

static void remove_contents(int dir_fd)
{
	struct arena arena = {0};
	const char **names;
	size_t count;

	if (directory_list(dir_fd, ".", &arena, &names, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (unlinkat(dir_fd, names[i], 0) < 0)
			unlinkat(dir_fd, names[i], AT_REMOVEDIR);
	}
	arena_free(&arena);
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;

	remove_contents(tree->root.proc_fd);
	remove_contents(tree->root.base_fd);
	root_close(&tree->root);
	rmdir(tree->path);
	free(tree);
	return 0;
}

static void a_missing_directory_has_no_files(void **state)
{
	struct tree *tree = *state;
	struct buffer buffer = {0};
	struct arena arena = {0};
	struct text target;
	const char **names;
	char bytes[8];
	size_t count;

	assert_true(tree->root.proc_fd >= 0);
	assert_int_equal(tree->root.sys_fd, -1);
	assert_int_equal(file_read(tree->root.sys_fd, "x", 0, &buffer), -ENOENT);
	assert_int_equal(file_read_record(tree->root.sys_fd, "x", &buffer), -ENOENT);
	assert_int_equal(file_read_small(tree->root.sys_fd, "x", bytes, sizeof(bytes)), -ENOENT);
	assert_int_equal(file_read_link(tree->root.sys_fd, "x", &arena, &target), -ENOENT);
	assert_int_equal(directory_list(tree->root.sys_fd, ".", &arena, &names, &count), -ENOENT);
	buffer_free(&buffer);
	arena_free(&arena);
}

static void the_live_system_opens(void **state)
{
	struct root root;
	uint64_t pid_max;

	(void)state;
	assert_int_equal(root_open(&root, NULL), 0);
	assert_true(root.proc_fd >= 0 && root.base_fd >= 0);
	assert_int_equal(file_read_u64(root.proc_fd, "sys/kernel/pid_max", &pid_max), 0);
	assert_true(pid_max > 0);
	root_close(&root);
	assert_int_equal(root.proc_fd, -1);
	root_close(&root); /* twice is fine */
}

/* Sizes around the buffer's first capacity and its doublings. */
static void files_are_read_whole_at_any_size(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 16383, 16384, 16385, 32767, 32768, 100000, 3 << 20};
	struct tree *tree = *state;
	struct buffer buffer = {0};
	char *bytes = malloc(3 << 20);

	assert_non_null(bytes);
	for (size_t i = 0; i < 3 << 20; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(tree->root.proc_fd, "file", bytes, sizes[i]);
		assert_int_equal(file_read(tree->root.proc_fd, "file", 0, &buffer), 0);
		assert_int_equal(buffer.length, sizes[i]);
		assert_memory_equal(buffer.bytes, bytes, sizes[i]);
		assert_int_equal(buffer.bytes[buffer.length], '\0');
		assert_int_equal(file_read_record(tree->root.proc_fd, "file", &buffer), 0);
		assert_int_equal(buffer.length, sizes[i]);
	}
	free(bytes);
	buffer_free(&buffer);
	assert_null(buffer.bytes);
}

static void what_is_too_large_is_refused(void **state)
{
	struct tree *tree = *state;
	struct buffer buffer = {0};

	write_text(tree->root.proc_fd, "file", "0123456789");
	assert_int_equal(file_read(tree->root.proc_fd, "file", 10, &buffer), 0);
	assert_int_equal(file_read(tree->root.proc_fd, "file", 9, &buffer), -EFBIG);
	assert_int_equal(buffer.length, 0);
	buffer_free(&buffer);
}

static void errors_are_told(void **state)
{
	struct tree *tree = *state;
	struct buffer buffer = {0};
	uint64_t value = 7;

	assert_int_equal(file_read(tree->root.proc_fd, "missing", 0, &buffer), -ENOENT);
	assert_int_equal(file_read(tree->root.base_fd, "proc", 0, &buffer), -EISDIR);
	assert_int_equal(file_read_u64(tree->root.proc_fd, "missing", &value), -ENOENT);
	assert_int_equal(value, 7);
	buffer_free(&buffer);
}

/* A named pipe without a writer must not hang the reader. */
static void a_pipe_does_not_block(void **state)
{
	struct tree *tree = *state;
	struct buffer buffer = {0};

	assert_int_equal(mkfifoat(tree->root.proc_fd, "pipe", 0600), 0);
	alarm(5);
	assert_int_equal(file_read(tree->root.proc_fd, "pipe", 0, &buffer), 0);
	alarm(0);
	assert_int_equal(buffer.length, 0);
	buffer_free(&buffer);
}

static void small_files_are_cut_to_their_room(void **state)
{
	struct tree *tree = *state;
	char bytes[5];

	write_text(tree->root.proc_fd, "file", "0123456789");
	assert_int_equal(file_read_small(tree->root.proc_fd, "file", bytes, sizeof(bytes)), 4);
	assert_string_equal(bytes, "0123");
	write_text(tree->root.proc_fd, "file", "");
	assert_int_equal(file_read_small(tree->root.proc_fd, "file", bytes, sizeof(bytes)), 0);
	assert_string_equal(bytes, "");
}

static void numbers_and_lines(void **state)
{
	struct tree *tree = *state;
	int fd = tree->root.proc_fd;
	struct arena arena = {0};
	struct text line;
	uint64_t u = 7;
	int64_t i = 7;

	write_text(fd, "n", "42\n");
	assert_int_equal(file_read_u64(fd, "n", &u), 0);
	assert_int_equal(u, 42);
	write_text(fd, "n", "-42\n");
	assert_int_equal(file_read_u64(fd, "n", &u), -EBADMSG);
	assert_int_equal(u, 42);
	assert_int_equal(file_read_i64(fd, "n", &i), 0);
	assert_int_equal(i, -42);
	write_text(fd, "n", "");
	assert_int_equal(file_read_i64(fd, "n", &i), -EBADMSG);
	write_text(fd, "n", "18446744073709551616\n");
	assert_int_equal(file_read_u64(fd, "n", &u), -ERANGE);
	write_text(fd, "n", "  first line \nsecond\n");
	assert_int_equal(file_read_line(fd, "n", &arena, &line), 0);
	assert_true(text_equal_string(line, "first line"));
	write_text(fd, "n", "");
	assert_int_equal(file_read_line(fd, "n", &arena, &line), 0);
	assert_non_null(line.bytes);
	assert_int_equal(line.length, 0);
	arena_free(&arena);
}

static void links_of_any_length(void **state)
{
	struct tree *tree = *state;
	struct arena arena = {0};
	struct text target;
	char longest[PATH_MAX];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(symlinkat("/a b\n(deleted)", tree->root.proc_fd, "link"), 0);
	assert_int_equal(symlinkat(longest, tree->root.proc_fd, "long"), 0);
	assert_int_equal(file_read_link(tree->root.proc_fd, "link", &arena, &target), 0);
	assert_true(text_equal_string(target, "/a b\n(deleted)"));
	assert_int_equal(file_read_link(tree->root.proc_fd, "long", &arena, &target), 0);
	assert_true(text_equal_string(target, longest));
	write_text(tree->root.proc_fd, "file", "");
	assert_int_equal(file_read_link(tree->root.proc_fd, "file", &arena, &target), -EINVAL);
	arena_free(&arena);
}

static void names_are_listed_in_natural_order(void **state)
{
	struct tree *tree = *state;
	struct arena arena = {0};
	const char **names;
	size_t count;

	assert_int_equal(directory_list(tree->root.proc_fd, ".", &arena, &names, &count), 0);
	assert_int_equal(count, 0);
	for (int i = 40; i > 0; i--) {
		char name[16];

		snprintf(name, sizeof(name), "cpu%d", i);
		write_text(tree->root.proc_fd, name, "");
	}
	write_text(tree->root.proc_fd, "odd\nname \xff", "");
	assert_int_equal(directory_list(tree->root.proc_fd, ".", &arena, &names, &count), 0);
	assert_int_equal(count, 41);
	assert_string_equal(names[0], "cpu1");
	assert_string_equal(names[1], "cpu2");
	assert_string_equal(names[9], "cpu10");
	assert_string_equal(names[39], "cpu40");
	assert_string_equal(names[40], "odd\nname \xff");
	assert_int_equal(directory_list(tree->root.proc_fd, "missing", &arena, &names, &count), -ENOENT);
	assert_int_equal(directory_list(tree->root.proc_fd, "cpu1", &arena, &names, &count), -ENOTDIR);
	arena_free(&arena);
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_live_system_opens),
		TREE_TEST(a_missing_directory_has_no_files),
		TREE_TEST(files_are_read_whole_at_any_size),
		TREE_TEST(what_is_too_large_is_refused),
		TREE_TEST(errors_are_told),
		TREE_TEST(a_pipe_does_not_block),
		TREE_TEST(small_files_are_cut_to_their_room),
		TREE_TEST(numbers_and_lines),
		TREE_TEST(links_of_any_length),
		TREE_TEST(names_are_listed_in_natural_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
