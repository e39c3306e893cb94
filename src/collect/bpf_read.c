#include "collect/bpf_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "collect/bpf_load.h"

/* The kernel gives eight pages at most in one read. */
#define BUFFER_SIZE ((size_t)64 << 10)

struct bpf_reader {
	size_t length; /* of what is there and has not been visited */
	_Alignas(8) char bytes[BUFFER_SIZE];
};

/* One pass: `visit` is of the kind's own type, `call` knows which. */
struct pass {
	uint8_t kind;
	uint16_t size_min;
	int32_t last_pid; /* of kinds that ascend */
	int (*call)(struct pass *pass, const struct bpf_record *record);
	union {
		bpf_visit_task *task;
		bpf_visit_thread *thread;
		bpf_visit_cmdline *cmdline;
		bpf_visit_file *file;
	} visit;
	bpf_visit_unchanged *unchanged; /* NULL: there are none */
	void *context;
};

struct bpf_reader *bpf_reader_new(void)
{
	return xcalloc(1, sizeof(struct bpf_reader));
}

void bpf_reader_free(struct bpf_reader *reader)
{
	free(reader);
}

static bool is_sound(const struct pass *pass, const struct bpf_record *record)
{
	bool is_unchanged = record->kind == BPF_RECORD_UNCHANGED && pass->unchanged;

	return record->size % 8 == 0 && record->size >= (is_unchanged ? sizeof(struct bpf_unchanged_record) : pass->size_min) &&
	       (is_unchanged || record->kind == pass->kind);
}

/* Visit the whole records of the buffer; the beginning of another moves to its front. */
static int visit_buffer(struct bpf_reader *reader, struct pass *pass)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && reader->length - at >= sizeof(struct bpf_record)) {
		const struct bpf_record *record = (const void *)(reader->bytes + at);

		if (!is_sound(pass, record))
			return -EBADMSG;
		if (record->size > reader->length - at)
			break;
		r = pass->call(pass, record);
		at += record->size;
	}
	reader->length -= at;
	memmove(reader->bytes, reader->bytes + at, reader->length);
	return r;
}

/* Returns how much was read, 0 at the end, -errno. */
static ssize_t fill(struct bpf_reader *reader, int fd)
{
	ssize_t n;

	do
		n = read(fd, reader->bytes + reader->length, sizeof(reader->bytes) - reader->length);
	/* EAGAIN: it has looked at a million tasks without a record. */
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? -errno : n;
}

static int read_all(struct bpf_reader *reader, int link_fd, struct pass *pass)
{
	int fd = bpf_iterator_open(link_fd);
	ssize_t n;
	int r = 0;

	if (fd < 0)
		return fd;
	reader->length = 0;
	while (r == 0 && (n = fill(reader, fd)) != 0) {
		if (n > 0)
			reader->length += (size_t)n;
		r = n < 0 ? (int)n : visit_buffer(reader, pass);
	}
	close(fd);
	return r == 0 && reader->length ? -EBADMSG : r;
}

/* The kernel walks by number, so that one comes again only when its number was given to another meanwhile. */
static bool comes_again(struct pass *pass, int32_t pid)
{
	if (pid <= pass->last_pid)
		return true;
	pass->last_pid = pid;
	return false;
}

static int call_task(struct pass *pass, const struct bpf_record *record)
{
	if (comes_again(pass, record->pid))
		return 0;
	if (record->kind == BPF_RECORD_UNCHANGED)
		return pass->unchanged((const void *)record, pass->context);
	return pass->visit.task((const void *)record, pass->context);
}

static int call_thread(struct pass *pass, const struct bpf_record *record)
{
	const struct bpf_thread_record *thread = (const void *)record;

	if (comes_again(pass, thread->tid))
		return 0;
	return pass->visit.thread(thread, pass->context);
}

static int call_cmdline(struct pass *pass, const struct bpf_record *record)
{
	const struct bpf_cmdline_record *cmdline = (const void *)record;

	if (cmdline->length > record->size - sizeof(*cmdline))
		return -EBADMSG;
	if (comes_again(pass, record->pid))
		return 0;
	return pass->visit.cmdline(cmdline, (const char *)(cmdline + 1), pass->context);
}

static int call_file(struct pass *pass, const struct bpf_record *record)
{
	const struct bpf_file_record *file = (const void *)record;

	if (file->path_length > record->size - sizeof(*file))
		return -EBADMSG;
	return pass->visit.file(file, (const char *)(file + 1), pass->context);
}

int bpf_tasks_read(struct bpf_reader *reader, int link_fd, bpf_visit_task *visit, void *context)
{
	struct pass pass = {BPF_RECORD_TASK, sizeof(struct bpf_task_record), 0, call_task, {.task = visit}, NULL, context};

	return read_all(reader, link_fd, &pass);
}

int bpf_tasks_read_changed(struct bpf_reader *reader, int link_fd, int control_fd, const struct bpf_tasks_control *control,
			   bpf_visit_task *visit, bpf_visit_unchanged *unchanged, void *context)
{
	struct pass pass = {
		BPF_RECORD_TASK, sizeof(struct bpf_task_record), 0, call_task, {.task = visit}, unchanged, context};

	(void)bpf_map_write(control_fd, control);
	return read_all(reader, link_fd, &pass);
}

int bpf_threads_read(struct bpf_reader *reader, int link_fd, bpf_visit_thread *visit, void *context)
{
	struct pass pass = {
		BPF_RECORD_THREAD, sizeof(struct bpf_thread_record), 0, call_thread, {.thread = visit}, NULL, context};

	return read_all(reader, link_fd, &pass);
}

int bpf_cmdlines_read(struct bpf_reader *reader, int link_fd, bpf_visit_cmdline *visit, void *context)
{
	struct pass pass = {
		BPF_RECORD_CMDLINE, sizeof(struct bpf_cmdline_record), 0, call_cmdline, {.cmdline = visit}, NULL, context};

	return read_all(reader, link_fd, &pass);
}

int bpf_files_read(struct bpf_reader *reader, int link_fd, bpf_visit_file *visit, void *context)
{
	struct pass pass = {BPF_RECORD_FILE, sizeof(struct bpf_file_record), 0, call_file, {.file = visit}, NULL, context};

	return read_all(reader, link_fd, &pass);
}
