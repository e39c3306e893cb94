/* Arena: aligned, zeroed, kept until the end. Arrays that grow. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/fatal.h"

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena arena = {0};
	char *blocks[400];

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		blocks[i] = arena_alloc(&arena, i);
		assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
		assert_true(is_zero(blocks[i], i));
		memset(blocks[i], (int)(i & 0xff), i);
		(void)arena_text(&arena, "odd", i % 4); /* text needs no alignment: what follows must have it */
	}
	for (size_t i = 0; i < 400; i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_equal((unsigned char)blocks[i][j], i & 0xff);
	}
	assert_true(arena.total_bytes >= 400 * 399 / 2);
	arena_free(&arena);
	assert_null(arena.chunks);
	assert_int_equal(arena.total_bytes, 0);
}

static void large_blocks_leave_the_current_chunk_in_use(void **state)
{
	struct arena arena = {0};
	char *large = arena_alloc(&arena, 10 << 20), *small = arena_alloc(&arena, 8);
	size_t total;

	(void)state;
	assert_true(is_zero(large, 10 << 20));
	memset(large, 1, 10 << 20);
	assert_true(is_zero(small, 8));
	total = arena.total_bytes;
	large = arena_alloc(&arena, 1 << 20);
	memset(large, 1, 1 << 20);
	assert_int_equal(arena.total_bytes, total + (1 << 20));
	assert_ptr_equal((char *)arena_alloc(&arena, 8) - small, 16);
	arena_free(&arena);
}

/* Whatever it held: small blocks, several chunks, a large block alone or behind others. */
static void it_is_used_again_zeroed(void **state)
{
	static const size_t sizes[] = {100, 3000, 100000, 3000, 1 << 20, 100};
	struct arena arena = {0};

	(void)state;
	arena_reset(&arena);
	assert_int_equal(arena.total_bytes, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < 3; j++) {
			char *block = arena_alloc(&arena, sizes[i]);

			assert_true(is_zero(block, sizes[i]));
			memset(block, 1, sizes[i]);
		}
		arena_reset(&arena);
		assert_true(arena.total_bytes > 0 && arena.total_bytes <= 256 << 10);
	}
	arena_free(&arena);
}

static void as_much_as_was_needed_stays(void **state)
{
	struct arena arena = {0};
	size_t total;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		(void)arena_alloc(&arena, 1000);
	total = arena.total_bytes;
	arena_reset(&arena);
	assert_int_equal(arena.total_bytes, total);
	for (size_t i = 0; i < 20; i++)
		(void)arena_alloc(&arena, 1000);
	assert_int_equal(arena.total_bytes, total);
	arena_free(&arena);
}

static void items_grow_when_they_have_to(void **state)
{
	size_t capacity = 0;
	uint64_t *items = xgrow(NULL, 0, &capacity, sizeof(*items)), *before;

	(void)state;
	assert_null(items);
	for (size_t i = 0; i < 1000; i++) {
		items = xgrow(items, i + 1, &capacity, sizeof(*items));
		assert_true(capacity > i);
		items[i] = i;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	before = items;
	items = xgrow(items, capacity, &capacity, sizeof(*items));
	assert_ptr_equal(items, before);
	items = xgrow(items, 5 * capacity, &capacity, sizeof(*items));
	memset(items, 1, capacity * sizeof(*items));
	free(items);
}

static void an_empty_block_is_still_an_address(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_non_null(arena_alloc(&arena, 0));
	assert_non_null(arena_array(&arena, 0, 8));
	arena_free(&arena);
	arena_free(&arena);
}

static void text_is_copied_with_a_nul(void **state)
{
	struct arena arena = {0};
	char source[] = "a\0b";
	struct text text = arena_text(&arena, source, 3), empty = arena_text(&arena, NULL, 0);

	(void)state;
	source[0] = 'x';
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.bytes, "a\0b", 4);
	assert_non_null(empty.bytes);
	assert_int_equal(empty.length, 0);
	assert_null(arena_string(&arena, NULL).bytes);
	assert_string_equal(arena_string(&arena, "string").bytes, "string");
	arena_free(&arena);
}

static void formats_of_any_length(void **state)
{
	struct arena arena = {0};
	struct text text = arena_format(&arena, "%d %s", 42, "x"), longer = arena_format(&arena, "%9000d", 7);

	(void)state;
	assert_string_equal(text.bytes, "42 x");
	assert_int_equal(text.length, 4);
	assert_int_equal(longer.length, 9000);
	assert_int_equal(longer.bytes[8999], '7');
	assert_int_equal(longer.bytes[9000], '\0');
	arena_free(&arena);
}

/* Runs in a child, since it ends the program. */
static int status_of_overflow(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct arena arena = {0};

		if (freopen("/dev/null", "w", stderr))
			(void)arena_array(&arena, SIZE_MAX / 4, 8);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void an_overflowing_size_is_out_of_memory(void **state)
{
	int status = status_of_overflow();

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(large_blocks_leave_the_current_chunk_in_use),
		cmocka_unit_test(it_is_used_again_zeroed),
		cmocka_unit_test(as_much_as_was_needed_stays),
		cmocka_unit_test(items_grow_when_they_have_to),
		cmocka_unit_test(an_empty_block_is_still_an_address),
		cmocka_unit_test(text_is_copied_with_a_nul),
		cmocka_unit_test(formats_of_any_length),
		cmocka_unit_test(an_overflowing_size_is_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
