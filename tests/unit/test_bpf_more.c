/* What passes of BPF programs add to processes: command lines, open files and threads, from made records. */
#include <fcntl.h>
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

#include "collect/process_bpf_cmdlines.h"
#include "collect/process_bpf_files.h"
#include "collect/process_bpf_threads.h"
#include "model/snapshot.h"

#define TICK UINT64_C(10000000)

static void assert_text(struct text text, const char *expected)
{
	assert_non_null(text.bytes);
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

static struct process made(int32_t pid)
{
	struct process process;

	process_init(&process);
	process.pid = pid;
	process.state = 'S';
	return process;
}

/* Open files */

static void visit_file(struct bpf_open_files *files, struct bpf_file_record record, const char *path)
{
	record.head.kind = BPF_RECORD_FILE;
	record.path_length = (uint32_t)strlen(path);
	if (!record.tid)
		record.tid = record.head.pid;
	assert_int_equal(bpf_open_files_visit(&record, path, files), 0);
}

static struct bpf_file_record regular(int32_t pid, int32_t fd, uint32_t flags)
{
	return (struct bpf_file_record){.head = {.pid = pid}, .fd = fd, .mode = S_IFREG | 0644, .flags = flags, .position = 5};
}

static void files_of_several(void **state)
{
	struct bpf_open_files *files = bpf_open_files_new();
	struct bpf_file_record closing = regular(20, 4, O_RDWR | O_APPEND), negative = regular(20, 5, O_RDONLY);
	struct bpf_file_record others = regular(20, 6, O_RDONLY), device = regular(20, 0, O_RDWR);
	struct process a = made(10), none = made(15), b = made(20), after = made(30);
	struct arena arena = {0};
	const struct open_file *items;

	(void)state;
	bpf_open_files_reset(files, true);
	visit_file(files, regular(10, 3, O_WRONLY), "/tmp/a b");
	closing.head.marks = BPF_FILE_CLOSES_ON_EXEC;
	negative.position = UINT64_MAX - 4095;
	others.tid = 21; /* a table of its own */
	device.mode = S_IFCHR;
	visit_file(files, device, "");
	visit_file(files, closing, "/x");
	visit_file(files, negative, "/proc/20/mem");
	visit_file(files, others, "/not/its");
	visit_file(files, regular(20, 7, 0), "/no such file anywhere (deleted)");
	visit_file(files, regular(20, 8, 0), "pipe:[1]");
	bpf_open_files_keep(files, &arena);
	process_own_more(&a, &arena), process_own_more(&b, &arena), process_own_more(&none, &arena);
	process_own_more(&after, &arena);
	assert_true(bpf_open_files_fill(files, &a));
	assert_true(bpf_open_files_fill(files, &none));
	assert_true(bpf_open_files_fill(files, &b));
	assert_true(bpf_open_files_fill(files, &after));
	assert_int_equal(a.more->num_fds, 1);
	assert_int_equal(a.more->open_files.count, 1);
	items = a.more->open_files.items;
	assert_text(items[0].path, "/tmp/a b");
	assert_text(items[0].mode, "w");
	assert_int_equal(items[0].fd, 3);
	assert_int_equal(items[0].position, 5);
	assert_int_equal(items[0].flags, O_WRONLY);
	assert_int_equal(none.more->num_fds, 0);
	assert_int_equal(none.more->open_files.count, 0);
	assert_non_null(none.more->open_files.items);
	assert_int_equal(b.more->num_fds, 5);
	assert_int_equal(b.more->open_files.count, 2);
	items = b.more->open_files.items;
	assert_text(items[0].mode, "a+");
	assert_int_equal(items[0].flags, O_RDWR | O_APPEND | O_CLOEXEC);
	assert_text(items[1].path, "/proc/20/mem");
	assert_null(items[1].mode.bytes);
	assert_true(items[1].position == ABSENT_U64 && items[1].flags == ABSENT_U64);
	assert_int_equal(after.more->num_fds, 0);
	arena_free(&arena);
	bpf_open_files_free(files);
}

static void unsure_files_are_left_to_proc(void **state)
{
	char directory[] = "/tmp/cmon-test-XXXXXX", path[64];
	struct bpf_open_files *files = bpf_open_files_new();
	struct bpf_file_record cut = regular(10, 3, 0);
	struct process a = made(10), b = made(11);
	struct arena arena = {0};
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x (deleted)", directory);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	cut.head.marks = BPF_FILE_PATH_CUT;
	bpf_open_files_reset(files, true);
	visit_file(files, cut, "");
	visit_file(files, regular(11, 3, 0), path);
	bpf_open_files_keep(files, &arena);
	process_own_more(&a, &arena), process_own_more(&b, &arena);
	assert_false(bpf_open_files_fill(files, &a));
	assert_false(bpf_open_files_fill(files, &b));
	close(fd);
	unlink(path);
	rmdir(directory);
	arena_free(&arena);
	bpf_open_files_free(files);
}

static void counts_alone(void **state)
{
	struct bpf_open_files *files = bpf_open_files_new();
	struct process a = made(10);
	struct arena arena = {0};

	(void)state;
	bpf_open_files_reset(files, false);
	visit_file(files, regular(10, 0, 0), "");
	visit_file(files, regular(10, 1, 0), "");
	bpf_open_files_keep(files, &arena);
	process_own_more(&a, &arena);
	assert_true(bpf_open_files_fill(files, &a));
	assert_int_equal(a.more->num_fds, 2);
	assert_null(a.more->open_files.items);
	arena_free(&arena);
	bpf_open_files_free(files);
}

/* Threads */

static struct bpf_thread_record thread_of(int32_t pid, int32_t tid, uint64_t start, const char *name)
{
	struct bpf_thread_record record = {.head = {.pid = pid}, .tid = tid, .state = 1, .start_ns = start * TICK + 7,
					   .static_priority = 130, .priority = 130, .run_ns = (uint64_t)tid * TICK,
					   .utime_ns = 1, .processor = 1};

	memcpy(record.comm, name, strlen(name));
	return record;
}

static void visit_thread(struct bpf_threads *threads, struct bpf_thread_record record)
{
	assert_int_equal(bpf_threads_visit(&record, threads), 0);
}

static void threads_that_are_mixed(void **state)
{
	struct process a = made(10), b = made(11), reused = made(12);
	struct process *items[] = {&a, &b, &reused};
	struct bpf_threads *threads = bpf_threads_new();
	const struct thread_times *list;
	struct arena arena = {0};

	(void)state;
	a.starttime = 100;
	a.sid = 10;
	a.pgid = a.tpgid = 10;
	a.num_threads = 3;
	a.locked_bytes = 4096;
	a.have = FACT_BIT(FACT_STATE);
	b.starttime = 200;
	b.num_threads = 2;
	reused.starttime = 300;
	bpf_threads_begin(threads, items, 3, &arena);
	visit_thread(threads, thread_of(10, 10, 100, "main"));
	visit_thread(threads, thread_of(11, 11, 200, "b"));
	visit_thread(threads, thread_of(12, 12, 301, "another"));
	visit_thread(threads, thread_of(13, 13, 400, "not listed"));
	visit_thread(threads, thread_of(10, 14, 150, "worker"));
	visit_thread(threads, thread_of(11, 15, 250, "b"));
	visit_thread(threads, thread_of(10, 16, 151, "worker"));
	bpf_threads_end(threads);
	process_own_more(&a, &arena), process_own_more(&b, &arena), process_own_more(&reused, &arena);
	assert_true(bpf_threads_fill(threads, 0, &a));
	assert_true(bpf_threads_fill(threads, 1, &b));
	assert_false(bpf_threads_fill(threads, 2, &reused));
	assert_int_equal(a.more->threads.count, 3);
	list = a.more->threads.items;
	assert_int_equal(list[0].id, 10);
	assert_int_equal(list[1].id, 14);
	assert_int_equal(list[2].id, 16);
	assert_text(list[0].name, "main");
	assert_text(list[2].name, "worker");
	assert_string_equal(list[2].stat, "SNLsl+");
	assert_int_equal(list[2].nice, 10);
	assert_int_equal(list[2].starttime, 151);
	assert_int_equal(list[2].run_ns, 16 * TICK);
	assert_int_equal(b.more->threads.count, 2);
	list = b.more->threads.items;
	assert_int_equal(list[1].id, 15);
	assert_text(list[1].name, "b");
	assert_string_equal(list[1].stat, ""); /* without its process' FACT_STATE */
	arena_free(&arena);
	bpf_threads_free(threads);
}

/* Command lines */

static void visit_cmdline(struct bpf_cmdlines *cmdlines, int32_t pid, uint64_t start, uint8_t marks, const char *bytes)
{
	struct bpf_cmdline_record record = {
		.head = {.kind = BPF_RECORD_CMDLINE, .marks = marks, .pid = pid},
		.start_ns = start * TICK + 3,
		.length = (uint32_t)strlen(bytes),
	};

	assert_int_equal(bpf_cmdlines_visit(&record, bytes, cmdlines), 0);
}

static void command_lines_by_pid_and_start(void **state)
{
	struct bpf_cmdlines *cmdlines = bpf_cmdlines_begin(-1); /* its own pass tells nothing */
	struct text text = TEXT_ABSENT;
	char made[] = "first";

	(void)state;
	assert_non_null(cmdlines);
	assert_false(bpf_cmdlines_find(cmdlines, 1, 50, &text));
	visit_cmdline(cmdlines, 10, 50, 0, made);
	visit_cmdline(cmdlines, 12, 50, BPF_CMDLINE_LONG, "cut");
	visit_cmdline(cmdlines, 14, 50, 0, "");
	visit_cmdline(cmdlines, 16, 50, 0, "of another's start");
	visit_cmdline(cmdlines, 18, 70, 0, "last");
	memset(made, 'x', sizeof(made)); /* they are copies */
	assert_false(bpf_cmdlines_find(cmdlines, 9, 50, &text));
	assert_true(bpf_cmdlines_find(cmdlines, 10, 50, &text));
	assert_text(text, "first");
	assert_false(bpf_cmdlines_find(cmdlines, 11, 50, &text));
	assert_false(bpf_cmdlines_find(cmdlines, 12, 50, &text));
	assert_false(bpf_cmdlines_find(cmdlines, 14, 50, &text));
	assert_false(bpf_cmdlines_find(cmdlines, 16, 49, &text));
	assert_true(bpf_cmdlines_find(cmdlines, 18, 70, &text));
	assert_text(text, "last");
	assert_false(bpf_cmdlines_find(cmdlines, 19, 70, &text));
	assert_false(bpf_cmdlines_find(NULL, 18, 70, &text));
	bpf_cmdlines_free(cmdlines);
	bpf_cmdlines_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_several),
		cmocka_unit_test(unsure_files_are_left_to_proc),
		cmocka_unit_test(counts_alone),
		cmocka_unit_test(threads_that_are_mixed),
		cmocka_unit_test(command_lines_by_pid_and_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
