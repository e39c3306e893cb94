#include "collect/process_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fatal.h"
#include "collect/process_reading.h"
#include "model/field.h"

struct locks {
	struct file_lock *items;
	size_t count, capacity;
};

/* "fe:00:567", or "<none>:0" of a lock whose file the kernel does not name. */
static int parse_file(struct text word, struct arena *arena, struct file_lock *lock)
{
	struct cursor cursor = cursor_of_text(word);
	uint64_t major, minor, inode;
	char device[32];

	if (parse_literal(&cursor, "<none>:0") == 0)
		return cursor_done(&cursor) ? 0 : -EBADMSG;
	if (parse_hex(&cursor, &major) < 0 || parse_literal(&cursor, ":") < 0 || parse_hex(&cursor, &minor) < 0 ||
	    parse_literal(&cursor, ":") < 0 || parse_u64(&cursor, &inode) < 0 || !cursor_done(&cursor))
		return -EBADMSG;
	if (major > UINT32_MAX || minor > UINT32_MAX)
		return -ERANGE;
	snprintf(device, sizeof(device), "%u:%u", (unsigned)major, (unsigned)minor);
	lock->device = arena_text(arena, device, strlen(device));
	lock->inode = inode;
	return 0;
}

/* 63 bits: what is absent is above. */
static int parse_offset(struct text word, uint64_t *ret_offset)
{
	uint64_t offset;
	int r = text_to_u64(word, &offset);

	if (r < 0)
		return r;
	if (offset > INT64_MAX)
		return -ERANGE;
	*ret_offset = offset;
	return 0;
}

int lock_parse(struct cursor line, struct arena *arena, struct file_lock *ret_lock, int32_t *ret_pid)
{
	struct text type, kind, mode, file, start, end;
	struct file_lock lock;
	uint64_t number;
	int32_t pid;
	int r;

	record_clear(record_file_lock, &lock);
	if (parse_u64(&line, &number) < 0 || parse_literal(&line, ":") < 0)
		return -EBADMSG;
	parse_blanks(&line);
	lock.waits = parse_literal(&line, "->") == 0;
	if (parse_word(&line, &type) < 0 || parse_word(&line, &kind) < 0 || parse_word(&line, &mode) < 0 ||
	    parse_i32(&line, &pid) < 0 || parse_word(&line, &file) < 0 || parse_word(&line, &start) < 0 ||
	    parse_word(&line, &end) < 0)
		return -EBADMSG;
	r = parse_file(file, arena, &lock);
	if (r == 0)
		r = parse_offset(start, &lock.start);
	if (r == 0 && !text_equal_string(end, "EOF"))
		r = parse_offset(end, &lock.end);
	if (r < 0)
		return r;
	lock.type = arena_text(arena, type.bytes, type.length);
	lock.kind = arena_text(arena, kind.bytes, kind.length);
	lock.mode = arena_text(arena, mode.bytes, mode.length);
	*ret_lock = lock;
	*ret_pid = pid;
	return 0;
}

static void add(struct locks *locks, const struct file_lock *lock)
{
	locks->items = xgrow(locks->items, locks->count + 1, &locks->capacity, sizeof(*locks->items));
	locks->items[locks->count++] = *lock;
}

static struct text path_of(struct process_reading *reading, const char *fd)
{
	struct text path;
	char link[64];

	snprintf(link, sizeof(link), "fd/%s", fd);
	return file_read_link(reading->task_fd, link, reading->arena, &path) == 0 ? path : TEXT_ABSENT;
}

/* Who made a lock does not matter here: a descriptor that was inherited holds it too. */
static int read_held(struct process_reading *reading, const char *fd, struct locks *locks)
{
	struct cursor cursor, line;
	struct text text, path = TEXT_ABSENT;
	char file[64];
	uint64_t number;
	int r = text_to_u64(text_of(fd), &number);

	if (r < 0 || number > INT32_MAX)
		return -EBADMSG;
	snprintf(file, sizeof(file), "fdinfo/%s", fd);
	r = process_read_text(reading, reading->task_fd, file, &text);
	if (r < 0)
		return r;
	cursor = cursor_of_text(text);
	while (parse_line(&cursor, &line)) {
		struct file_lock lock;
		int32_t pid;

		if (parse_literal(&line, "lock:") < 0 || lock_parse(line, reading->arena, &lock, &pid) < 0)
			continue;
		if (!path.bytes)
			path = path_of(reading, fd);
		lock.fd = (int32_t)number;
		lock.path = path;
		add(locks, &lock);
	}
	return 0;
}

static bool is_file(struct process_reading *reading, const char *fd, const struct file_lock *lock)
{
	struct statx status;
	char link[64], device[32];

	snprintf(link, sizeof(link), "fd/%s", fd);
	if (statx(reading->task_fd, link, AT_STATX_DONT_SYNC, STATX_INO, &status) < 0)
		return false;
	snprintf(device, sizeof(device), "%u:%u", status.stx_dev_major, status.stx_dev_minor);
	return status.stx_ino == lock->inode && text_equal_string(lock->device, device);
}

/* Some file systems have other device numbers in stat(2) than in proc/locks; then the path stays absent. */
static void find_path(struct process_reading *reading, const char *const *fds, size_t count, struct file_lock *lock)
{
	for (size_t i = 0; reading->live && i < count; i++) {
		if (!is_file(reading, fds[i], lock))
			continue;
		lock->path = path_of(reading, fds[i]);
		return;
	}
}

static int read_all(struct process_reading *reading, struct text *ret_text)
{
	struct all_locks *all = reading->locks;

	if (!all->is_read) {
		all->is_read = true;
		all->error = file_read(reading->dir_fd, "../locks", 0, &all->buffer);
	}
	*ret_text = (struct text){all->buffer.bytes, all->buffer.length};
	return all->error;
}

/* What waits has no descriptor in proc/locks, and fdinfo does not have it. */
static int read_awaited(struct process_reading *reading, const char *const *fds, size_t count, struct locks *locks)
{
	struct cursor cursor, line;
	struct text text;
	int r = read_all(reading, &text);

	if (r < 0)
		return r;
	cursor = cursor_of_text(text);
	while (parse_line(&cursor, &line)) {
		struct file_lock lock;
		int32_t pid;

		if (!memmem(line.p, (size_t)(line.end - line.p), "->", 2) ||
		    lock_parse(line, reading->arena, &lock, &pid) < 0 || !lock.waits || pid != reading->process->pid)
			continue;
		find_path(reading, fds, count, &lock);
		add(locks, &lock);
	}
	return 0;
}

int process_read_locks(struct process_reading *reading)
{
	struct locks locks = {0};
	struct file_lock *kept;
	const char **fds;
	size_t count;
	int r = directory_list(reading->task_fd, "fdinfo", reading->arena, &fds, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = read_held(reading, fds[i], &locks);
		if (r != -EACCES && r != -EPERM)
			r = 0;
	}
	if (r == 0)
		r = read_awaited(reading, fds, count, &locks);
	if (r == 0) {
		kept = arena_array(reading->arena, locks.count ? locks.count : 1, sizeof(*kept));
		if (locks.count)
			memcpy(kept, locks.items, locks.count * sizeof(*kept));
		reading->process->more->file_locks = (struct list){kept, locks.count};
	}
	free(locks.items);
	return r;
}
