/* Records of processes: who owns them and their texts, and when one may stand for the next tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/digest.h"
#include "collect/process_reuse.h"
#include "made.h"

static struct process *kept(const char *comm, struct text cmdline)
{
	struct process process;

	process_init(&process);
	process.comm = text_of(comm);
	process.cmdline = cmdline;
	return process_copy(&process);
}

static void texts_are_the_record_s_own(void **state)
{
	char comm[] = "fifteen-letters", arguments[] = "/usr/bin/fifteen-letters-and-more\0-x\0";
	struct process *record = kept(comm, (struct text){arguments, sizeof(arguments) - 1}), *copy;

	(void)state;
	memset(comm, 'x', sizeof(comm));
	memset(arguments, 'x', sizeof(arguments));
	copy = process_copy(record);
	process_unref(record);
	assert_true(text_equal_string(copy->comm, "fifteen-letters"));
	assert_int_equal(copy->cmdline.length, sizeof(arguments) - 1);
	assert_true(text_equal_string(process_name(copy), "fifteen-letters-and-more"));
	assert_ptr_equal(process_name(copy).bytes, copy->cmdline.bytes + 9);
	assert_null(copy->username.bytes);
	process_unref(copy);
	process_unref(NULL);
}

static void a_name_that_is_comm_stays_so(void **state)
{
	struct process *record = kept("sh", TEXT_LITERAL("")), *copy = process_copy(record);

	(void)state;
	assert_ptr_equal(process_name(copy).bytes, copy->comm.bytes);
	assert_true(copy->comm.bytes != record->comm.bytes);
	assert_non_null(copy->cmdline.bytes);
	process_unref(record);
	process_unref(copy);
}

static void what_others_have_is_copied_before_it_is_written(void **state)
{
	struct process *record = kept("sh", TEXT_ABSENT), *place = process_ref(record);

	(void)state;
	process_own(&place)->nice = 7;
	assert_true(place != record);
	assert_int_equal(record->nice, ABSENT_I32);
	assert_int_equal(place->nice, 7);
	process_unref(record);
	record = place;
	assert_ptr_equal(process_own(&place), record); /* alone by now */
	process_unref(place);
}

static void the_blank_part_is_shared_until_it_is_owned(void **state)
{
	struct arena arena = {0};
	struct process a, b;

	(void)state;
	process_init(&a);
	process_init(&b);
	assert_ptr_equal(a.more, b.more);
	process_own_more(&a, &arena)->num_fds = 3;
	assert_int_equal(process_own_more(&a, &arena)->num_fds, 3);
	assert_true(b.more->num_fds == ABSENT_I64);
	arena_free(&arena);
}

/* Reuse */

#define FACTS (FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_LINEAGE))

static struct process ordinary(void)
{
	struct process process;

	process_init(&process);
	process.pid = 7;
	process.state = 'S';
	process.digest = 1;
	process.asked = FACTS;
	process.have = FACTS & ~FACT_BIT(FACT_LINEAGE);
	process.cpu_percent = process.read_bytes_per_s = process.write_bytes_per_s = 0;
	return process;
}

static void only_what_is_whole_can_be_taken_over(void **state)
{
	struct process_more more = process_more_blank;
	struct process p = ordinary();

	(void)state;
	assert_false(process_reuse_is_possible(NULL, FACTS, 0));
	assert_true(process_reuse_is_possible(&p, FACTS, 0));
	assert_false(process_reuse_is_possible(&p, FACTS | FACT_BIT(FACT_CMDLINE), 0));
	p.have &= ~FACT_BIT(FACT_IO);
	assert_false(process_reuse_is_possible(&p, FACTS, 0));
	p.denied = FACT_BIT(FACT_IO);
	assert_true(process_reuse_is_possible(&p, FACTS, 0));
	p.state = 'Z';
	assert_false(process_reuse_is_possible(&p, FACTS, 0));
	p = ordinary();
	p.digest = 0;
	assert_false(process_reuse_is_possible(&p, FACTS, 0));
	p = ordinary();
	p.more = &more; /* of its snapshot */
	p.have |= FACT_BIT(FACT_SYSCALL);
	assert_false(process_reuse_is_possible(&p, FACTS, 0));
}

static void what_is_added_apart_is_left_behind(void **state)
{
	struct process_more more = process_more_blank;
	struct process initial = ordinary(), *p, *copy;

	(void)state;
	initial.more = &more;
	initial.have |= FACT_BIT(FACT_THREADS);
	p = process_new(&initial);
	assert_true(process_reuse_is_possible(p, FACTS, FACT_BIT(FACT_THREADS)));
	assert_true(process_reuse_is_possible(p, FACTS, 0)); /* nobody asks for them any more */
	copy = process_reuse_take(p);
	assert_ptr_not_equal(copy, p);
	assert_ptr_equal(copy->more, &process_more_blank);
	assert_int_equal(copy->have, p->have & ~FACT_BIT(FACT_THREADS));
	assert_false(process_reuse_is_possible(p, FACTS | FACT_BIT(FACT_THREADS), 0)); /* with the record then */
	p->asked |= FACT_BIT(FACT_THREADS); /* it was read so */
	assert_true(process_reuse_is_possible(p, FACTS, FACT_BIT(FACT_THREADS)));
	assert_false(process_reuse_is_possible(p, FACTS, 0));
	assert_false(process_reuse_is_possible(p, FACTS | FACT_BIT(FACT_THREADS), 0));
	process_unref(copy);
	process_unref(p);
}

static void rates_have_to_be_zero_twice(void **state)
{
	static const double values[] = {0, 0.1, ABSENT_F64};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t member = 0; member < 3; member++) {
			struct process p = ordinary(), *record, *taken;
			double *const rates[] = {&p.cpu_percent, &p.read_bytes_per_s, &p.write_bytes_per_s};

			*rates[member] = values[i];
			/* A write rate is known where the read rate is. */
			if (member == 2 && i == 2)
				continue;
			record = process_new(&p);
			taken = process_reuse_take(record);
			assert_int_equal(taken == record, i == 0);
			process_unref(taken);
			process_unref(record);
		}
	}
}

static void every_record_is_old_after_thirty_seconds(void **state)
{
	struct process_reuse reuse = {.now_ns = 1000 * NS_PER_S};
	struct process p = ordinary();
	size_t old = 0;

	(void)state;
	for (p.pid = 1; p.pid < 1000; p.pid++) {
		p.read_ns = reuse.now_ns - 20 * NS_PER_S;
		assert_false(process_reuse_is_old(&reuse, &p));
		p.read_ns = reuse.now_ns - 25 * NS_PER_S;
		old += process_reuse_is_old(&reuse, &p);
		p.read_ns = reuse.now_ns - 30 * NS_PER_S - 1;
		assert_true(process_reuse_is_old(&reuse, &p));
	}
	assert_in_range(old, 400, 600); /* not all at once */
}

static void the_walk_finds_by_pid(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 3);
	struct tick tick = {.previous = snapshot};
	struct process_reuse reuse = process_reuse_begin(&tick);

	(void)state;
	made_process(snapshot, 3, 0, "a");
	made_process(snapshot, 5, 0, "b");
	made_process(snapshot, 9, 0, "c");
	assert_null(process_reuse_find(&reuse, 1));
	assert_int_equal(process_reuse_find(&reuse, 5)->pid, 5);
	assert_int_equal(process_reuse_find(&reuse, 5)->pid, 5);
	assert_null(process_reuse_find(&reuse, 8));
	assert_int_equal(process_reuse_find(&reuse, 9)->pid, 9);
	assert_null(process_reuse_find(&reuse, 10));
	snapshot_unref(snapshot);
	tick.previous = NULL;
	reuse = process_reuse_begin(&tick);
	assert_null(process_reuse_find(&reuse, 5));
}

static void digests_tell_every_byte(void **state)
{
	unsigned char bytes[100] = {0};
	uint64_t seen[101];

	(void)state;
	for (size_t i = 0; i <= 100; i++) {
		if (i < 100)
			bytes[i] ^= 1;
		seen[i] = digest_bytes(0, bytes, sizeof(bytes));
		if (i < 100)
			bytes[i] ^= 1;
		assert_true(seen[i] != 0);
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	assert_true(digest_bytes(0, bytes, 99) != digest_bytes(0, bytes, 100));
	assert_true(digest_bytes(1, bytes, 100) != digest_bytes(2, bytes, 100));
	assert_true(digest_bytes(5, bytes, 0) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_the_record_s_own),
		cmocka_unit_test(a_name_that_is_comm_stays_so),
		cmocka_unit_test(what_others_have_is_copied_before_it_is_written),
		cmocka_unit_test(the_blank_part_is_shared_until_it_is_owned),
		cmocka_unit_test(only_what_is_whole_can_be_taken_over),
		cmocka_unit_test(what_is_added_apart_is_left_behind),
		cmocka_unit_test(rates_have_to_be_zero_twice),
		cmocka_unit_test(every_record_is_old_after_thirty_seconds),
		cmocka_unit_test(the_walk_finds_by_pid),
		cmocka_unit_test(digests_tell_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
