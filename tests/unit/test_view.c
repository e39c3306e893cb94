/* Order, tree, folding and filter as rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "model/lineage.h"
#include "model/view.h"

/* Rows as text: the pid, ">" for each level above it, "*" folded, "~" only context, threads in braces, "." the last
 * of them below its parent: "1 >2 >>3* >{8} >{9}. >4". */
static const char *rows_text(const struct view *view, const struct snapshot *snapshot)
{
	static char text[1024];
	size_t count, length = 0;
	const struct view_row *rows = view_rows(view, &count);

	text[0] = '\0';
	for (size_t i = 0; i < count && length < sizeof(text) - 64; i++) {
		length += (size_t)sprintf(text + length, "%s", i ? " " : "");
		for (uint32_t depth = 0; depth < rows[i].depth; depth++)
			length += (size_t)sprintf(text + length, ">");
		if (rows[i].thread != VIEW_NONE) {
			const struct process *process = snapshot->processes.items[rows[i].index];

			length += (size_t)sprintf(text + length, "{%d}%s",
						  LIST_ITEMS(process->more->threads, struct thread_times)[rows[i].thread].id,
						  rows[i].is_last ? "." : "");
			continue;
		}
		length += (size_t)sprintf(text + length, "%d%s%s", snapshot->processes.items[rows[i].index]->pid,
					  rows[i].is_folded ? "*" : "", rows[i].is_context ? "~" : "");
	}
	return text;
}

static const char *build(struct view *view, const struct snapshot *snapshot, const struct view_options *options)
{
	view_build(view, snapshot, options);
	return rows_text(view, snapshot);
}

static struct identity identity_of_pid(const struct snapshot *snapshot, int32_t pid)
{
	const struct process *process = snapshot_find_pid(snapshot, pid);

	return (struct identity){.pid = pid, .starttime = process ? process->starttime : 0};
}

/* Order */

static struct snapshot *five_processes(void)
{
	static const double percents[] = {0, NAN, 50, 7.5, 50};
	static const char *const names[] = {"cat", "awk", "catalogue", "", "zsh"};
	struct snapshot *snapshot = made_snapshot(1, 5);

	for (int32_t i = 0; i < 5; i++) {
		struct process *process = made_process(snapshot, i + 1, 0, "x");

		process->cpu_percent = percents[i];
		process->comm = text_of(names[i]);
	}
	snapshot->processes.items[3]->comm = TEXT_ABSENT;
	return snapshot;
}

static void test_numbers_are_ordered_and_absent_ones_last(void **state)
{
	struct snapshot *snapshot = five_processes();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true};

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "3 5 4 1 2");
	options.descending = false;
	assert_string_equal(build(view, snapshot, &options), "1 4 3 5 2");
	options.sort = NULL;
	assert_string_equal(build(view, snapshot, &options), "1 2 3 4 5");
	options.descending = true;
	assert_string_equal(build(view, snapshot, &options), "5 4 3 2 1");
	/* Negative zero is zero. */
	options.sort = process_field(FIELD_ID_CPU_PERCENT);
	options.descending = false;
	snapshot->processes.items[3]->cpu_percent = -0.0;
	assert_string_equal(build(view, snapshot, &options), "1 4 3 5 2");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_those_without_a_value_keep_the_order_of_pids(void **state)
{
	static const double percents[] = {NAN, 3, NAN, 1, NAN, 2};
	struct snapshot *snapshot = made_snapshot(1, 6);
	struct view_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true};
	struct view *view = view_new();

	(void)state;
	for (int32_t i = 0; i < 6; i++)
		made_process(snapshot, i + 1, i ? 1 : 0, "x")->cpu_percent = percents[i];
	assert_string_equal(build(view, snapshot, &options), "2 6 4 1 3 5");
	options.descending = false;
	assert_string_equal(build(view, snapshot, &options), "4 6 2 1 3 5");
	options.tree = true;
	assert_string_equal(build(view, snapshot, &options), "1 >4 >6 >2 >3 >5");
	view_free(view);
	snapshot_unref(snapshot);
}

static bool count_match(const struct process *process, void *context)
{
	(void)process;
	++*(size_t *)context;
	return true;
}

/* At ten thousand processes a filter is most of what a row costs: it is asked once for each, whatever is shown. */
static void test_a_process_is_asked_once(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 10000);
	size_t asked = 0, rows;
	struct view_options options = {.match = count_match, .match_context = &asked, .totals = true};
	struct view *view = view_new();

	(void)state;
	for (int32_t i = 1; i <= 10000; i++)
		made_process(snapshot, i, i / 10, "x");
	view_build(view, snapshot, &options);
	assert_int_equal(asked, 10000);
	options.tree = true;
	view_build(view, snapshot, &options);
	assert_int_equal(asked, 20000);
	view_rows(view, &rows);
	assert_int_equal(rows, 10000);
	assert_int_equal(asked, 20000);
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_texts_are_ordered_by_bytes(void **state)
{
	struct snapshot *snapshot = five_processes();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_NAME)};

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "2 1 3 5 4");
	options.descending = true;
	assert_string_equal(build(view, snapshot, &options), "5 3 1 2 4");
	/* Longer than what is compared at once, and a NUL inside. */
	snapshot->processes.items[0]->comm = TEXT_LITERAL("abcdefgh2");
	snapshot->processes.items[1]->comm = TEXT_LITERAL("abcdefgh1");
	snapshot->processes.items[2]->comm = TEXT_LITERAL("abcdefgh");
	snapshot->processes.items[3]->comm = TEXT_LITERAL("abcdefgh\0");
	snapshot->processes.items[4]->comm = TEXT_LITERAL("abcdefg");
	options.descending = false;
	assert_string_equal(build(view, snapshot, &options), "5 3 4 2 1");
	snapshot->processes.items[0]->comm = TEXT_LITERAL("abcd\0");
	snapshot->processes.items[1]->comm = TEXT_LITERAL("abcd");
	assert_string_equal(build(view, snapshot, &options), "2 1 5 3 4");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_a_fact_that_is_missing_makes_a_value_absent(void **state)
{
	struct snapshot *snapshot = five_processes();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_RSS), .descending = true};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snapshot->processes.items[i]->rss_bytes = 1000 * (i + 1);
		if (i != 4)
			snapshot->processes.items[i]->have |= FACT_BIT(FACT_STATM);
	}
	assert_string_equal(build(view, snapshot, &options), "4 3 2 1 5");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_commands_without_arguments_are_ordered_by_name(void **state)
{
	struct snapshot *snapshot = five_processes();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_CMDLINE)};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		snapshot->processes.items[i]->have |= FACT_BIT(FACT_CMDLINE);
	snapshot->processes.items[0]->cmdline = TEXT_LITERAL("m\0");
	snapshot->processes.items[1]->cmdline = TEXT_LITERAL("");
	assert_string_equal(build(view, snapshot, &options), "2 3 1 5 4");
	view_free(view);
	snapshot_unref(snapshot);
}

static int32_t some_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return (int32_t)(*seed >> 8);
}

static void test_orphans_come_first(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 16);
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_ORPHAN)};

	(void)state;
	for (int32_t class = 0; class < ORPHAN_CLASS_COUNT; class++) {
		struct process *process = made_process(snapshot, class + 1, 0, "x");

		process->have |= FACT_BIT(FACT_LINEAGE);
		process->orphan = (enum orphan_class)class;
	}
	made_process(snapshot, 20, 0, "not known");
	assert_string_equal(build(view, snapshot, &options), "5 6 7 8 9 4 1 2 3 20");
	view_free(view);
	snapshot_unref(snapshot);
}

/* Whatever the field, the order is the one value_compare gives. */
static void test_every_column_is_ordered_as_values_compare(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 64);
	struct view *view = view_new();
	uint32_t seed = 1;

	(void)state;
	for (int32_t i = 0; i < 64; i++) {
		struct process *process = made_process(snapshot, i + 1, 0, "x");

		process->have = ~UINT64_C(0);
		process->nice = some_number(&seed) % 41 - 20;
		process->rss_bytes = (uint64_t)some_number(&seed) << (i % 40);
		process->cpu_percent = i % 5 ? (some_number(&seed) % 2000) / 7.0 : NAN;
		process->more->num_fds = i % 3 ? some_number(&seed) - 0x800000 : ABSENT_I64;
		process->username = i % 4 ? arena_format(&snapshot->arena, "%d", some_number(&seed)) : TEXT_ABSENT;
		process->state = "RSDZ"[i % 4];
		process->is_kernel = (uint8_t)(i % 2);
	}
	for (size_t id = 0; id < FIELD_ID_CMDLINE; id++) {
		const struct field *field = process_field((enum field_id)id);

		for (int descending = 0; descending < 2; descending++) {
			struct view_options options = {.sort = field, .descending = descending};
			const struct view_row *rows;
			size_t count;

			view_build(view, snapshot, &options);
			rows = view_rows(view, &count);
			assert_int_equal(count, 64);
			for (size_t i = 1; i < count; i++) {
				struct process *const *items = snapshot->processes.items;
				struct value above = process_field_value(field, items[rows[i - 1].index]);
				struct value below = process_field_value(field, items[rows[i].index]);
				int order = value_compare(above, below);

				if (descending && above.type != VALUE_ABSENT && below.type != VALUE_ABSENT)
					order = -order;
				if (order > 0 || (order == 0 && rows[i - 1].index > rows[i].index))
					fail_msg("%s: %u stands before %u", field->key, rows[i - 1].index, rows[i].index);
			}
		}
	}
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_natural_directions(void **state)
{
	(void)state;
	assert_true(view_is_descending(process_field(FIELD_ID_CPU_PERCENT)));
	assert_true(view_is_descending(process_field(FIELD_ID_RSS)));
	assert_true(view_is_descending(process_field(FIELD_ID_CPU_TIME)));
	assert_false(view_is_descending(process_field(FIELD_ID_PID)));
	assert_false(view_is_descending(process_field(FIELD_ID_NICE)));
	assert_false(view_is_descending(process_field(FIELD_ID_USERNAME)));
	assert_false(view_is_descending(process_field(FIELD_ID_STAT)));
}

/* Tree */

/* 1 ( 2 ( 4 5 ) 3 ( 6 ( 7 ) ) ), 9 without parent */
static struct snapshot *family(void)
{
	static const int32_t parents[] = {0, 1, 1, 2, 2, 3, 6, 0};
	struct snapshot *snapshot = made_snapshot(1, 8);

	for (int32_t i = 0; i < 8; i++)
		made_process(snapshot, i < 7 ? i + 1 : 9, parents[i], "x")->cpu_percent = i;
	return snapshot;
}

static void test_children_stand_below_their_parents(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	const struct view_row *rows;
	size_t count;

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	rows = view_rows(view, &count);
	assert_int_equal(rows[0].parent, VIEW_NONE);
	assert_int_equal(rows[0].descendants, 6);
	assert_int_equal(rows[6].parent, 5);
	assert_int_equal(rows[1].descendants, 2);
	assert_false(rows[1].is_last);
	assert_true(rows[3].is_last);
	assert_true(rows[4].is_last);
	assert_false(rows[0].is_last);
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_siblings_are_in_the_order_of_the_sort(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true, .tree = true};

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "9 1 >3 >>6 >>>7 >2 >>5 >>4");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_parents_that_cannot_be_make_roots(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 8);
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	const struct view_row *rows;
	size_t count;

	(void)state;
	made_process(snapshot, 2, 2, "own parent");
	made_process(snapshot, 3, 99, "parent not there");
	/* Born in one tick, each says the other is its parent; a child hangs below them. */
	made_process(snapshot, 4, 6, "cycle")->starttime = 7;
	made_process(snapshot, 5, 4, "cycle")->starttime = 7;
	made_process(snapshot, 6, 5, "cycle")->starttime = 7;
	made_process(snapshot, 7, 6, "below the cycle");
	/* The parent's pid was given to a younger process between two reads. */
	made_process(snapshot, 8, 9, "parent is younger");
	made_process(snapshot, 9, 2, "young");
	view_build(view, snapshot, &options);
	rows = view_rows(view, &count);
	assert_int_equal(count, 8);
	for (size_t i = 0; i < count; i++)
		assert_true(rows[i].parent == VIEW_NONE || rows[i].parent < i);
	assert_string_equal(rows_text(view, snapshot), "2 >9 3 5 >6 >>4 >>7 8");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_a_parent_with_a_higher_pid_is_found(void **state)
{
	struct snapshot *snapshot = made_snapshot(1, 2);
	struct view *view = view_new();
	struct view_options options = {.tree = true};

	(void)state;
	made_process(snapshot, 10, 4000, "child after the pids began anew")->starttime = 9000;
	made_process(snapshot, 4000, 0, "parent")->starttime = 8000;
	assert_string_equal(build(view, snapshot, &options), "4000 >10");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_any_depth(void **state)
{
	enum { DEPTH = 3000 };
	struct snapshot *snapshot = made_snapshot(1, DEPTH);
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	const struct view_row *rows;
	size_t count;

	(void)state;
	for (int32_t i = 1; i <= DEPTH; i++)
		made_process(snapshot, i, i - 1, "x");
	view_build(view, snapshot, &options);
	rows = view_rows(view, &count);
	assert_int_equal(count, DEPTH);
	assert_int_equal(rows[0].descendants, DEPTH - 1);
	assert_int_equal(rows[DEPTH - 1].depth, DEPTH - 1);
	view_set_folded(view, identity_of_pid(snapshot, 1500), true);
	view_build(view, snapshot, &options);
	view_rows(view, &count);
	assert_int_equal(count, 1500);
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 3000)), 1499);
	view_free(view);
	snapshot_unref(snapshot);
}

/* Folding */

static void test_folding_hides_what_is_below(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	const struct view_row *rows;
	size_t count;

	(void)state;
	view_set_folded(view, identity_of_pid(snapshot, 3), true);
	view_set_folded(view, identity_of_pid(snapshot, 4), true); /* has no children */
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3* 9");
	rows = view_rows(view, &count);
	assert_int_equal(rows[4].descendants, 2);
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 7)), 4);
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 9)), 5);
	view_set_folded(view, identity_of_pid(snapshot, 3), true);
	view_set_folded(view, identity_of_pid(snapshot, 3), false);
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	view_fold_all(view, true);
	assert_string_equal(build(view, snapshot, &options), "1* 9");
	view_set_folded(view, identity_of_pid(snapshot, 1), false);
	assert_string_equal(build(view, snapshot, &options), "1 >2* >3* 9");
	view_fold_all(view, false);
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	/* A list shows everything. */
	view_fold_all(view, true);
	options.tree = false;
	assert_string_equal(build(view, snapshot, &options), "1 2 3 4 5 6 7 9");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_a_reused_pid_is_not_folded(void **state)
{
	struct snapshot *snapshot = family(), *later = family(), *last = family();
	struct view *view = view_new();
	struct view_options options = {.tree = true};

	(void)state;
	view_set_folded(view, identity_of_pid(snapshot, 6), true);
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6* 9");
	later->processes.items[5]->starttime = 7;
	assert_string_equal(build(view, later, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	/* The folding went with the process. */
	assert_string_equal(build(view, last, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	view_free(view);
	snapshot_unref(snapshot);
	snapshot_unref(later);
	snapshot_unref(last);
}

/* Totals */

static bool is_odd(const struct process *process, void *context)
{
	(void)context;
	return process->pid % 2;
}

static struct process total_of(const struct view *view, const struct snapshot *snapshot, int32_t pid)
{
	struct process total;

	view_total(view, view_find(view, identity_of_pid(snapshot, pid)), &total);
	return total;
}

static struct snapshot *family_with_numbers(void)
{
	struct snapshot *snapshot = family();

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct process *process = snapshot->processes.items[i];

		process->have |= FACT_BIT(FACT_STATM) | FACT_BIT(FACT_IO);
		process->cpu_percent = (double)i;
		process->rss_bytes = 1000;
		process->vms_bytes = 7;
		process->memory_percent = 0.5;
		process->cpu_total_s = 10;
		process->read_bytes_per_s = 3;
		process->write_bytes_per_s = 4;
		process->num_threads = 2;
	}
	return snapshot;
}

static void test_subtrees_are_summed(void **state)
{
	struct snapshot *snapshot = family_with_numbers();
	struct view *view = view_new();
	struct view_options options = {.tree = true, .totals = true};
	struct process total;

	(void)state;
	view_build(view, snapshot, &options);
	total = total_of(view, snapshot, 3); /* with 6 and 7 */
	assert_int_equal(total.pid, 3);
	assert_float_equal(total.cpu_percent, 2 + 5 + 6, 1e-9);
	assert_int_equal(total.rss_bytes, 3000);
	assert_int_equal(total.vms_bytes, 7); /* an address space is not used up: no sum */
	assert_float_equal(total.memory_percent, 1.5, 1e-9);
	assert_float_equal(total.cpu_total_s, 30, 1e-9);
	assert_float_equal(total.read_bytes_per_s, 9, 1e-9);
	assert_float_equal(total.write_bytes_per_s, 12, 1e-9);
	assert_int_equal(total.num_threads, 6);
	total = total_of(view, snapshot, 1);
	assert_float_equal(total.cpu_percent, 21, 1e-9);
	assert_int_equal(total.rss_bytes, 7000);
	total = total_of(view, snapshot, 9);
	assert_float_equal(total.cpu_percent, 7, 1e-9);
	assert_true(view_has_total(process_field(FIELD_ID_RSS)));
	assert_false(view_has_total(process_field(FIELD_ID_VMS)));
	/* Without a tree, or when nobody asks, a process is as it is. */
	options.totals = false;
	view_build(view, snapshot, &options);
	assert_int_equal(total_of(view, snapshot, 3).rss_bytes, 1000);
	options = (struct view_options){.totals = true};
	view_build(view, snapshot, &options);
	assert_int_equal(total_of(view, snapshot, 3).rss_bytes, 1000);
	view_free(view);
	snapshot_unref(snapshot);
}

/* 6 is below 3, 4 and 5 are below 2. */
static void test_what_is_not_known_is_not_summed(void **state)
{
	struct snapshot *snapshot = family_with_numbers();
	struct process **items = snapshot->processes.items, total;
	struct view *view = view_new();
	struct view_options options = {.tree = true, .totals = true};

	(void)state;
	items[5]->have &= ~FACT_BIT(FACT_IO);
	items[5]->denied |= FACT_BIT(FACT_IO);
	items[5]->cpu_percent = NAN; /* new */
	items[5]->have &= ~FACT_BIT(FACT_STATM); /* gone */
	items[3]->have &= ~FACT_BIT(FACT_IO);
	items[3]->denied |= FACT_BIT(FACT_IO);
	items[3]->state = 'Z';
	items[3]->num_threads = 1;
	items[7]->cpu_percent = NAN;
	view_build(view, snapshot, &options);
	total = total_of(view, snapshot, 3);
	assert_true(isnan(total.read_bytes_per_s));
	assert_float_equal(total.cpu_percent, 2 + 6, 1e-9);
	assert_int_equal(total.rss_bytes, 2000);
	assert_true(isnan(total_of(view, snapshot, 1).read_bytes_per_s));
	assert_float_equal(total_of(view, snapshot, 7).read_bytes_per_s, 3, 1e-9);
	assert_true(total_of(view, snapshot, 2).read_bytes_per_s == 6); /* the dead do no I/O */
	assert_true(isnan(total_of(view, snapshot, 9).cpu_percent));
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_sums_are_sorted_by(void **state)
{
	struct snapshot *snapshot = family_with_numbers();
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true, .tree = true};

	(void)state;
	/* By its own 9 (7 %) leads 1 (0 %), which has 21 % with all below it. */
	assert_string_equal(build(view, snapshot, &options), "9 1 >3 >>6 >>>7 >2 >>5 >>4");
	options.totals = true;
	assert_string_equal(build(view, snapshot, &options), "1 >3 >>6 >>>7 >2 >>5 >>4 9");
	options.sort = process_field(FIELD_ID_RSS);
	options.descending = false;
	assert_string_equal(build(view, snapshot, &options), "9 1 >2 >>4 >>5 >3 >>6 >>>7");
	/* A folded row shows its sum, and stands where that belongs. */
	options = (struct view_options){.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true, .tree = true};
	view_set_folded(view, identity_of_pid(snapshot, 1), true);
	assert_string_equal(build(view, snapshot, &options), "1* 9");
	assert_float_equal(total_of(view, snapshot, 1).cpu_percent, 21, 1e-9);
	/* But no other row. */
	view_set_folded(view, identity_of_pid(snapshot, 1), false);
	view_set_folded(view, identity_of_pid(snapshot, 6), true);
	assert_string_equal(build(view, snapshot, &options), "9 1 >3 >>6* >2 >>5 >>4");
	view_free(view);
	snapshot_unref(snapshot);
}

/* Only one process and what is below it */

static void test_a_root_restricts(void **state)
{
	struct snapshot *snapshot = family(), *later = family();
	struct view *view = view_new();
	struct view_options options = {.tree = true, .has_root = true, .root = identity_of_pid(snapshot, 3)};
	const struct view_row *rows;
	size_t count;

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "3 >6 >>7");
	assert_true(view_is_rooted(view));
	rows = view_rows(view, &count);
	assert_int_equal(rows[0].parent, VIEW_NONE);
	assert_int_equal(rows[0].descendants, 2);
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 2)), VIEW_NONE);
	options.tree = false;
	assert_string_equal(build(view, snapshot, &options), "3 6 7");
	options.tree = true;
	/* It was given another parent. */
	later->processes.items[2]->ppid = 9;
	later->processes.items[2]->starttime = 10;
	later->processes.items[5]->starttime = later->processes.items[6]->starttime = 11;
	options.root = identity_of_pid(later, 3);
	assert_string_equal(build(view, later, &options), "3 >6 >>7");
	/* A match outside does not count, nor do ancestors of the root. */
	options.match = is_odd;
	assert_string_equal(build(view, later, &options), "3 >6~ >>7");
	options.match = NULL;
	/* Its pid is somebody else's now: everything is shown. */
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	assert_false(view_is_rooted(view));
	/* And when it is hidden. */
	options.root = identity_of_pid(snapshot, 3);
	options.hide_kernel = true;
	snapshot->processes.items[2]->is_kernel = 1;
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 6 >7 9");
	assert_false(view_is_rooted(view));
	view_free(view);
	snapshot_unref(snapshot);
	snapshot_unref(later);
}

/* Threads */

static void give_threads(struct snapshot *snapshot, int32_t pid, int32_t first, size_t count)
{
	struct process *process = (struct process *)(uintptr_t)snapshot_find_pid(snapshot, pid);

	process->more->threads = made_list(snapshot, count + 1, sizeof(struct thread_times));
	process->have |= FACT_BIT(FACT_THREADS);
	for (size_t i = 0; i <= count; i++)
		LIST_ITEMS(process->more->threads, struct thread_times)[i] = (struct thread_times){
			.id = i ? first + (int32_t)i - 1 : pid, .state = 'R', .stat = "Rl", .nice = 5,
			.user_time = 1.5, .system_time = 1, .cpu_percent = 12.5, .name = TEXT_LITERAL("worker")};
}

static void test_shares_that_look_alike_are_equal(void **state)
{
	static const double percents[] = {0.01, 0.04, 0.06, 0.14, 12.31, 12.34};
	struct snapshot *snapshot = made_snapshot(1, 6);
	struct view *view = view_new();
	struct view_options options = {.sort = process_field(FIELD_ID_CPU_PERCENT), .descending = true};

	(void)state;
	for (int32_t i = 0; i < 6; i++)
		made_process(snapshot, i + 1, 0, "x")->cpu_percent = percents[i];
	assert_string_equal(build(view, snapshot, &options), "5 6 3 4 1 2");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_threads_stand_below_their_process(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	struct process thread;
	uint32_t row;

	(void)state;
	give_threads(snapshot, 2, 20, 2);
	give_threads(snapshot, 7, 70, 300);
	give_threads(snapshot, 9, 90, 1);
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 >3 >>6 >>>7 9");
	give_threads(snapshot, 7, 70, 0);
	options.threads = true;
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>{20} >>{21} >>4 >>5 >3 >>6 >>>7 9 >{90}.");
	row = view_find_thread(view, identity_of_pid(snapshot, 2), 21);
	assert_int_equal(row, 3);
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 2), 0), 1);
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 2), 22), 1); /* gone */
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 9), 90), 10);
	view_total(view, row, &thread);
	assert_int_equal(thread.pid, 21);
	assert_string_equal(thread.stat, "Rl");
	assert_int_equal(thread.nice, 5);
	assert_float_equal(thread.cpu_total_s, 2.5, 1e-9);
	assert_true(thread.cpu_percent == 12.5);
	assert_int_equal(process_field_value(process_field(FIELD_ID_RSS), &thread).type, VALUE_ABSENT);
	/* They fold with what is below. */
	view_set_folded(view, identity_of_pid(snapshot, 2), true);
	assert_string_equal(build(view, snapshot, &options), "1 >2* >3 >>6 >>>7 9 >{90}.");
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 2), 21), 1);
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 4), 44), 1);
	view_fold_all(view, true);
	assert_string_equal(build(view, snapshot, &options), "1* 9*");
	options.tree = false;
	assert_string_equal(build(view, snapshot, &options), "1 2 >{20} >{21}. 3 4 5 6 7 9 >{90}.");
	/* More than there were processes. */
	give_threads(snapshot, 7, 70, 3000);
	view_build(view, snapshot, &options);
	assert_int_equal(view_find_thread(view, identity_of_pid(snapshot, 7), 3069), 9 + 3000 - 1);
	view_free(view);
	snapshot_unref(snapshot);
}

/* What is shown */

static bool is_pid(const struct process *process, void *context)
{
	return process->pid == *(const int32_t *)context;
}

static void test_matches_keep_their_ancestors(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	int32_t pid = 7;
	struct view_options options = {.match = is_odd};

	(void)state;
	assert_string_equal(build(view, snapshot, &options), "1 3 5 7 9");
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 4)), VIEW_NONE);
	options.tree = true;
	assert_string_equal(build(view, snapshot, &options), "1 >2~ >>5 >3 >>6~ >>>7 9");
	assert_int_equal(view_find(view, identity_of_pid(snapshot, 4)), VIEW_NONE);
	options.match = is_pid;
	options.match_context = &pid;
	assert_string_equal(build(view, snapshot, &options), "1~ >3~ >>6~ >>>7");
	pid = 1000;
	assert_string_equal(build(view, snapshot, &options), "");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_kernel_threads_can_be_left_out(void **state)
{
	struct snapshot *snapshot = family();
	struct view *view = view_new();
	struct view_options options = {.hide_kernel = true};

	(void)state;
	snapshot->processes.items[0]->is_kernel = 0;
	snapshot->processes.items[2]->is_kernel = 1;
	snapshot->processes.items[6]->is_kernel = 1;
	assert_string_equal(build(view, snapshot, &options), "1 2 4 5 6 9");
	options.tree = true;
	/* A helper that a kernel thread started stays. */
	assert_string_equal(build(view, snapshot, &options), "1 >2 >>4 >>5 6 9");
	view_free(view);
	snapshot_unref(snapshot);
}

static void test_nothing_to_show(void **state)
{
	struct snapshot *snapshot = snapshot_new();
	struct view *view = view_new();
	struct view_options options = {.tree = true};
	size_t count;

	(void)state;
	view_rows(view, &count);
	assert_int_equal(count, 0);
	assert_int_equal(view_find(view, (struct identity){.pid = 1}), VIEW_NONE);
	view_fold_all(view, true);
	assert_string_equal(build(view, snapshot, &options), "");
	options.tree = false;
	assert_string_equal(build(view, snapshot, &options), "");
	view_free(view);
	view_free(NULL);
	snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_ordered_and_absent_ones_last),
		cmocka_unit_test(test_those_without_a_value_keep_the_order_of_pids),
		cmocka_unit_test(test_a_process_is_asked_once),
		cmocka_unit_test(test_texts_are_ordered_by_bytes),
		cmocka_unit_test(test_a_fact_that_is_missing_makes_a_value_absent),
		cmocka_unit_test(test_commands_without_arguments_are_ordered_by_name),
		cmocka_unit_test(test_orphans_come_first),
		cmocka_unit_test(test_every_column_is_ordered_as_values_compare),
		cmocka_unit_test(test_natural_directions),
		cmocka_unit_test(test_children_stand_below_their_parents),
		cmocka_unit_test(test_siblings_are_in_the_order_of_the_sort),
		cmocka_unit_test(test_parents_that_cannot_be_make_roots),
		cmocka_unit_test(test_a_parent_with_a_higher_pid_is_found),
		cmocka_unit_test(test_any_depth),
		cmocka_unit_test(test_folding_hides_what_is_below),
		cmocka_unit_test(test_a_reused_pid_is_not_folded),
		cmocka_unit_test(test_subtrees_are_summed),
		cmocka_unit_test(test_what_is_not_known_is_not_summed),
		cmocka_unit_test(test_sums_are_sorted_by),
		cmocka_unit_test(test_a_root_restricts),
		cmocka_unit_test(test_shares_that_look_alike_are_equal),
		cmocka_unit_test(test_threads_stand_below_their_process),
		cmocka_unit_test(test_matches_keep_their_ancestors),
		cmocka_unit_test(test_kernel_threads_can_be_left_out),
		cmocka_unit_test(test_nothing_to_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
