/* Interface counters: the text of proc/net/dev, and the collector over a captured file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collect/collector.h"
#include "collect/net_io.h"

#define HEADING "Inter-|   Receive  |  Transmit\n face |bytes    packets|bytes\n"

static const struct text heading = TEXT_LITERAL(HEADING);

static int parse_one(const char *line, size_t length, struct net_io *io)
{
	struct cursor cursor = cursor_of(line, length);

	return net_dev_next(&cursor, io);
}

static int parse_string(const char *line, struct net_io *io)
{
	return parse_one(line, strlen(line), io);
}

static void columns_go_to_their_members(void **state)
{
	struct net_io io;

	(void)state;
	assert_int_equal(parse_string("  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", &io), 1);
	assert_true(text_equal_string(io.name, "eth0"));
	assert_int_equal(io.bytes_recv, 1);
	assert_int_equal(io.packets_recv, 2);
	assert_int_equal(io.errin, 3);
	assert_int_equal(io.dropin, 4);
	assert_int_equal(io.bytes_sent, 9);
	assert_int_equal(io.packets_sent, 10);
	assert_int_equal(io.errout, 11);
	assert_int_equal(io.dropout, 12);
	assert_true(isnan(io.bytes_sent_per_s) && isnan(io.bytes_recv_per_s));
	assert_true(isnan(io.packets_sent_per_s) && isnan(io.packets_recv_per_s));
}

static void name_ends_at_last_colon(void **state)
{
	struct net_io io;

	(void)state;
	assert_int_equal(parse_string("eth0:1: 7 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", &io), 1);
	assert_true(text_equal_string(io.name, "eth0:1"));
	assert_int_equal(io.bytes_recv, 7);
	assert_int_equal(parse_string("eth0:1:72 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", &io), 1);
	assert_true(text_equal_string(io.name, "eth0:1"));
	assert_int_equal(io.bytes_recv, 72);
	assert_int_equal(parse_string("abcdefghijklmno:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", &io), 1);
	assert_true(text_equal_string(io.name, "abcdefghijklmno"));
}

static void largest_counters(void **state)
{
	struct net_io io;

	(void)state;
	assert_int_equal(parse_string("e: 18446744073709551615 2 3 4 5 6 7 8 18446744073709551614 10 11 12 13 14 15 16",
				      &io), 1);
	assert_true(io.bytes_recv == UINT64_MAX);
	assert_true(io.bytes_sent == UINT64_MAX - 1);
	assert_int_equal(parse_string("e: 18446744073709551616 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", &io), -ERANGE);
}

static void malformed_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"\n", "eth0\n", ":\n", "   : 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", "eth0:\n",
		"eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "eth0: 1 2 3 x 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"eth0: 1 2 3 4x 5 6 7 8 9 10 11 12 13 14 15 16\n", "eth0: -1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"eth0: No statistics available.\n",
	};
	struct net_io io;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse_string(lines[i], &io), -EBADMSG);
	assert_int_equal(parse_string("", &io), 0);
}

static void failure_leaves_cursor_and_result(void **state)
{
	const char *line = "eth0: 1 2\n";
	struct cursor cursor = cursor_of(line, strlen(line));
	struct net_io io = {.bytes_recv = 4711};

	(void)state;
	assert_int_equal(net_dev_next(&cursor, &io), -EBADMSG);
	assert_ptr_equal(cursor.p, line);
	assert_int_equal(io.bytes_recv, 4711);
}

static void cut_at_every_byte(void **state)
{
	const char *line = "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
	struct net_io io;

	(void)state;
	for (size_t length = 1; length < strlen(line) - 1; length++) {
		char *copy = malloc(length); /* so that a sanitizer sees a read behind the end */
		int r;

		memcpy(copy, line, length);
		r = parse_one(copy, length, &io);
		free(copy);
		assert_int_equal(r, -EBADMSG);
	}
}

static void heading_is_required(void **state)
{
	struct cursor cursor = cursor_of_text(heading);

	(void)state;
	assert_int_equal(net_dev_skip_heading(&cursor), 0);
	assert_true(cursor_done(&cursor));
	cursor = cursor_of("", 0);
	assert_int_equal(net_dev_skip_heading(&cursor), -EBADMSG);
	cursor = cursor_of(heading.bytes, heading.length / 2);
	assert_int_equal(net_dev_skip_heading(&cursor), -EBADMSG);
	cursor = cursor_of("\n\n", 2);
	assert_int_equal(net_dev_skip_heading(&cursor), -EBADMSG);
	cursor = cursor_of("garbage\n\377\376 | more\n", 18);
	assert_int_equal(net_dev_skip_heading(&cursor), -EBADMSG);
}

static struct snapshot *read_fixture(const char *prefix, int *ret_r)
{
	struct snapshot *snapshot = snapshot_new();
	struct request request = {.sections = SECTION_BIT(SECTION_NET)};
	struct root root;
	struct tick tick = {.root = &root, .request = &request, .snapshot = snapshot};

	assert_int_equal(root_open(&root, prefix), 0);
	*ret_r = collector_net_io.read(NULL, &tick);
	root_close(&root);
	return snapshot;
}

static void collector_reads_a_captured_file(void **state)
{
	int r;
	struct snapshot *snapshot = read_fixture("tests/fixtures/net", &r);
	const struct net *net = &snapshot->net;
	const struct net_io *items = net->io.items;

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(net->io.count, 4);
	assert_true(text_equal_string(items[0].name, "lo"));
	assert_true(text_equal_string(items[2].name, "eth0:1"));
	assert_true(text_equal_string(items[3].name, "wlp0s20f0u1u3i2"));
	assert_true(items[3].packets_recv == 12345678901234567890u);
	assert_int_equal(items[1].dropout, 10);
	snapshot_unref(snapshot);
}

static void total_is_without_loopback_and_never_wraps(void **state)
{
	int r;
	struct snapshot *snapshot = read_fixture("tests/fixtures/net", &r);
	const struct net_io *total = &snapshot->net.io_total;

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(total->bytes_sent, 33931 + 200 + 1);
	assert_int_equal(total->packets_sent, 401 + 2 + 2);
	assert_int_equal(total->errin, 3);
	assert_int_equal(total->errout, 9);
	assert_int_equal(total->dropin, 4);
	assert_int_equal(total->dropout, 10);
	assert_true(total->bytes_recv == ABSENT_U64); /* the sum needs 65 bits */
	assert_true(total->packets_recv == 12345678901234567890u + 695 + 1);
	assert_true(isnan(total->bytes_sent_per_s));
	snapshot_unref(snapshot);
}

static void missing_file_is_absent(void **state)
{
	int r;
	struct snapshot *snapshot = read_fixture("tests/fixtures/net/proc", &r);

	(void)state;
	assert_int_equal(r, -ENOENT);
	assert_null(snapshot->net.io.items);
	assert_true(snapshot->net.io_total.bytes_sent == ABSENT_U64);
	snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_go_to_their_members),
		cmocka_unit_test(name_ends_at_last_colon),
		cmocka_unit_test(largest_counters),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(failure_leaves_cursor_and_result),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(heading_is_required),
		cmocka_unit_test(collector_reads_a_captured_file),
		cmocka_unit_test(total_is_without_loopback_and_never_wraps),
		cmocka_unit_test(missing_file_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
