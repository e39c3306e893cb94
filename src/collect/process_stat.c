#include "collect/process_stat.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"

/* "pid (comm) S": ret_rest stands behind the state letter. */
static int parse_head(struct cursor *cursor, struct process *process)
{
	const char *open, *close;
	int r = parse_i32(cursor, &process->pid);

	if (r < 0)
		return r;
	if (process->pid <= 0 || parse_literal(cursor, " (") < 0)
		return -EBADMSG;
	open = cursor->p;
	close = memrchr(open, ')', (size_t)(cursor->end - open));
	if (!close || cursor->end - close < 4 || close[1] != ' ')
		return -EBADMSG;
	process->comm = (struct text){open, (size_t)(close - open)};
	process->state = close[2];
	cursor->p = close + 3;
	return process->state > ' ' && process->state < 0x7f ? 0 : -EBADMSG;
}

struct stat_numbers {
	int64_t value[50]; /* fields 4 to 52, at their number less 3; those above INT64_MAX keep their bits */
	size_t count;
};

/* Fields are signed or unsigned 64-bit numbers; both are read into the same bits. */
static int parse_numbers(struct cursor *cursor, struct stat_numbers *numbers)
{
	numbers->count = 0;
	while (numbers->count < 49) {
		uint64_t magnitude;
		bool negative;
		int r;

		parse_blanks(cursor);
		if (cursor_done(cursor) || *cursor->p == '\n')
			break;
		negative = *cursor->p == '-';
		cursor->p += negative;
		if (cursor_done(cursor) || *cursor->p < '0' || *cursor->p > '9')
			return -EBADMSG;
		r = parse_u64(cursor, &magnitude);
		if (r < 0)
			return r;
		numbers->count++;
		numbers->value[numbers->count] = (int64_t)(negative ? 0 - magnitude : magnitude);
	}
	return 0;
}

static int32_t field_i32(const struct stat_numbers *numbers, unsigned field)
{
	return (int32_t)numbers->value[field - 3];
}

static uint64_t field_u64(const struct stat_numbers *numbers, unsigned field)
{
	return (uint64_t)numbers->value[field - 3];
}

static void fill_identity(const struct stat_numbers *n, struct process *process)
{
	process->tgid = process->pid;
	process->ppid = field_i32(n, 4);
	process->pgid = field_i32(n, 5);
	process->sid = field_i32(n, 6);
	process->tty_nr = field_i32(n, 7);
	process->tpgid = field_i32(n, 8);
	process->flags_mask = field_u64(n, 9);
	process->is_kernel = (process->flags_mask & PF_KTHREAD_FLAG) != 0;
	process->starttime = field_u64(n, 22);
}

static void fill_counters(const struct stat_numbers *n, struct process *process)
{
	process->minflt = field_u64(n, 10);
	process->majflt = field_u64(n, 12);
	process->utime = field_u64(n, 14);
	process->stime = field_u64(n, 15);
	process->cutime = field_u64(n, 16);
	process->cstime = field_u64(n, 17);
}

static void fill_scheduling(const struct stat_numbers *n, struct process *process)
{
	process->priority = field_i32(n, 18);
	process->nice = field_i32(n, 19);
	process->num_threads = field_i32(n, 20);
	process->exit_signal = field_i32(n, 38);
	process->processor = field_i32(n, 39);
	process->rt_priority = field_i32(n, 40);
	process->policy = field_i32(n, 41);
	process->blkio_delay = field_u64(n, 42);
}

int process_stat_parse(const char *buffer, size_t length, uint64_t page_bytes, struct process *process)
{
	struct cursor cursor = cursor_of(buffer, length);
	struct stat_numbers numbers;
	int r = parse_head(&cursor, process);

	if (r < 0)
		return r;
	r = parse_numbers(&cursor, &numbers);
	if (r < 0)
		return r;
	/* 42 fields: since Linux 2.6.18. */
	if (numbers.count < 42 - 3)
		return -EBADMSG;
	fill_identity(&numbers, process);
	fill_counters(&numbers, process);
	fill_scheduling(&numbers, process);
	process->vms_bytes = field_u64(&numbers, 23);
	process->rss_bytes = field_u64(&numbers, 24) * page_bytes;
	if (numbers.count >= 52 - 3)
		process->exit_code = field_i32(&numbers, 52);
	return 0;
}

int process_statm_parse(const char *buffer, size_t length, uint64_t page_bytes, struct process *process)
{
	struct cursor cursor = cursor_of(buffer, length);
	uint64_t pages[6];

	for (size_t i = 0; i < 6; i++) {
		int r = parse_u64(&cursor, &pages[i]);

		if (r < 0)
			return r;
	}
	process->vms_bytes = pages[0] * page_bytes;
	process->rss_bytes = pages[1] * page_bytes;
	process->shared_bytes = pages[2] * page_bytes;
	process->text_bytes = pages[3] * page_bytes;
	process->data_bytes = pages[5] * page_bytes; /* pages[4], lib, is 0 since Linux 2.6 */
	return 0;
}
