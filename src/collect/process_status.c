#include "collect/process_status.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"

struct scratch { /* lines that only sums are made of */
	uint64_t vm_size, vm_rss, vm_exe, vm_lib, vm_data, vm_stk;
	uint64_t thread_pending, group_pending;
	bool has_uid, has_gid;
};

enum line_type {
	LINE_KB,     /* "  123 kB" to bytes, uint64_t */
	LINE_U64,
	LINE_I32,
	LINE_OCTAL,  /* int32_t */
	LINE_HEX,    /* uint64_t */
	LINE_UIDS,   /* four numbers */
	LINE_GIDS,
	LINE_NSPID,
};

struct line {
	const char *key; /* with its ':' */
	uint8_t length;  /* of the key */
	enum line_type type;
	uint16_t offset; /* in: */
	enum { IN_PROCESS, IN_MORE, IN_SCRATCH } place;
};

#define PROCESS(key, type, member) {key ":", sizeof(key), LINE_##type, offsetof(struct process, member), IN_PROCESS}
#define MORE(key, type, member) {key ":", sizeof(key), LINE_##type, offsetof(struct process_more, member), IN_MORE}
#define SCRATCH(key, type, member) {key ":", sizeof(key), LINE_##type, offsetof(struct scratch, member), IN_SCRATCH}

/* In the order the kernel prints them (fs/proc/array.c, proc_pid_status), so that each is usually the next one tried. */
static const struct line lines[] = {
	MORE("Umask", OCTAL, umask),
	PROCESS("Tgid", I32, tgid),
	PROCESS("TracerPid", I32, tracer_pid),
	SCRATCH("Uid", UIDS, has_uid),
	SCRATCH("Gid", GIDS, has_gid),
	PROCESS("NSpid", NSPID, ns_level),
	MORE("VmPeak", KB, peak_vms_bytes),
	SCRATCH("VmSize", KB, vm_size),
	PROCESS("VmLck", KB, locked_bytes),
	MORE("VmHWM", KB, peak_rss_bytes),
	SCRATCH("VmRSS", KB, vm_rss),
	MORE("RssAnon", KB, rss_anon_bytes),
	MORE("RssFile", KB, rss_file_bytes),
	MORE("RssShmem", KB, rss_shmem_bytes),
	SCRATCH("VmData", KB, vm_data),
	SCRATCH("VmStk", KB, vm_stk),
	SCRATCH("VmExe", KB, vm_exe),
	SCRATCH("VmLib", KB, vm_lib),
	MORE("VmSwap", KB, swap_bytes),
	MORE("HugetlbPages", KB, hugetlb_bytes),
	SCRATCH("SigPnd", HEX, thread_pending),
	SCRATCH("ShdPnd", HEX, group_pending),
	MORE("SigBlk", HEX, signals_blocked),
	MORE("SigIgn", HEX, signals_ignored),
	MORE("SigCgt", HEX, signals_caught),
	MORE("CapEff", HEX, cap_effective),
	MORE("Seccomp", I32, seccomp),
	MORE("voluntary_ctxt_switches", U64, voluntary_switches),
	MORE("nonvoluntary_ctxt_switches", U64, involuntary_switches),
};

#define LINE_COUNT (sizeof(lines) / sizeof(lines[0]))

static int parse_four_ids(struct cursor *cursor, int64_t ids[4])
{
	for (size_t i = 0; i < 4; i++) {
		uint64_t id;
		int r;

		if (!cursor_done(cursor) && *cursor->p == '\t')
			cursor->p++;
		r = parse_u64(cursor, &id);
		if (r < 0)
			return r;
		if (id > UINT32_MAX)
			return -ERANGE;
		ids[i] = (int64_t)id;
	}
	return 0;
}

/* "NSpid: 10  4  1": outermost number first; one more for each pid namespace below this one. */
static int parse_ns_pids(struct cursor *cursor, struct process *process)
{
	int32_t count = 0, pid = ABSENT_I32;

	while (parse_i32(cursor, &pid) == 0)
		count++;
	if (!count)
		return -EBADMSG;
	process->ns_level = count - 1;
	process->nested_pid = pid;
	return 0;
}

static int parse_octal(struct cursor *cursor, int32_t *ret_value)
{
	int32_t value = 0;

	parse_blanks(cursor);
	if (cursor_done(cursor))
		return -EBADMSG;
	for (; !cursor_done(cursor); cursor->p++) {
		if (*cursor->p < '0' || *cursor->p > '7' || value > 07777)
			return -EBADMSG;
		value = value * 8 + (*cursor->p - '0');
	}
	*ret_value = value;
	return 0;
}

static int parse_kilobytes(struct cursor *cursor, uint64_t *ret_bytes)
{
	uint64_t kilobytes;
	int r = parse_u64(cursor, &kilobytes);

	if (r < 0)
		return r;
	return __builtin_mul_overflow(kilobytes, 1024u, ret_bytes) ? -ERANGE : 0;
}

static int parse_ids_line(const struct line *line, struct cursor *cursor, struct process *process,
			  struct scratch *scratch)
{
	int64_t ids[4];
	int r = parse_four_ids(cursor, ids);

	if (r < 0)
		return r;
	if (line->type == LINE_UIDS) {
		process->uid_real = ids[0];
		process->more->uid_effective = ids[1];
		process->more->uid_saved = ids[2];
		process->more->uid_fs = ids[3];
		scratch->has_uid = true;
	} else {
		process->more->gid_real = ids[0];
		process->more->gid_effective = ids[1];
		process->more->gid_saved = ids[2];
		process->more->gid_fs = ids[3];
		scratch->has_gid = true;
	}
	return 0;
}

static int parse_value(const struct line *line, struct cursor *cursor, struct process *process,
		       struct scratch *scratch)
{
	char *const bases[] = {
		[IN_PROCESS] = (char *)process, [IN_MORE] = (char *)process->more, [IN_SCRATCH] = (char *)scratch};
	void *member = bases[line->place] + line->offset;

	switch (line->type) {
	case LINE_KB: return parse_kilobytes(cursor, member);
	case LINE_U64: return parse_u64(cursor, member);
	case LINE_I32: return parse_i32(cursor, member);
	case LINE_OCTAL: return parse_octal(cursor, member);
	case LINE_HEX: return parse_hex(cursor, member);
	case LINE_NSPID: return parse_ns_pids(cursor, process);
	case LINE_UIDS:
	case LINE_GIDS: return parse_ids_line(line, cursor, process, scratch);
	}
	return -EBADMSG;
}

/* The table's row for this line, searched from the one after the last hit; NULL when there is none. The first
 * letter is compared by hand: most of the forty lines of a file are in no row, and this is done for every process. */
static const struct line *find_line(struct cursor *cursor, size_t *hint)
{
	size_t left = (size_t)(cursor->end - cursor->p);

	for (size_t i = *hint; i < LINE_COUNT; i++) {
		if (left > lines[i].length && *cursor->p == *lines[i].key &&
		    memcmp(cursor->p, lines[i].key, lines[i].length) == 0) {
			cursor->p += lines[i].length;
			*hint = i + 1;
			return &lines[i];
		}
	}
	return NULL;
}

/* text is what the kernel prints as VmExe only when it is not cut down to the executable mappings, which shows in
 * VmLib being 0: then statm must tell. */
static bool fill_memory(const struct scratch *scratch, struct process *process)
{
	if (scratch->vm_size == ABSENT_U64 || scratch->vm_rss == ABSENT_U64 || scratch->vm_exe == ABSENT_U64 ||
	    scratch->vm_data == ABSENT_U64 || scratch->vm_stk == ABSENT_U64 || !scratch->vm_lib ||
	    process->more->rss_file_bytes == ABSENT_U64 || process->more->rss_shmem_bytes == ABSENT_U64)
		return false;
	process->vms_bytes = scratch->vm_size;
	process->rss_bytes = scratch->vm_rss;
	process->shared_bytes = process->more->rss_file_bytes + process->more->rss_shmem_bytes;
	process->text_bytes = scratch->vm_exe;
	process->data_bytes = scratch->vm_data + scratch->vm_stk;
	return true;
}

int process_status_parse(const char *buffer, size_t length, struct process *process, bool *ret_has_memory)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct scratch scratch = {.vm_size = ABSENT_U64, .vm_rss = ABSENT_U64, .vm_exe = ABSENT_U64,
				  .vm_lib = ABSENT_U64, .vm_data = ABSENT_U64, .vm_stk = ABSENT_U64};
	size_t hint = 0;

	while (parse_line(&cursor, &line)) {
		const struct line *found = find_line(&line, &hint);

		if (!found)
			continue;
		if (!cursor_done(&line) && *line.p == '\t')
			line.p++;
		/* One line that cannot be read leaves its value absent, not the others'. */
		(void)parse_value(found, &line, process, &scratch);
	}
	if (!scratch.has_uid || !scratch.has_gid)
		return -EBADMSG;
	process->more->signals_pending = scratch.thread_pending | scratch.group_pending;
	*ret_has_memory = fill_memory(&scratch, process);
	return 0;
}

static int read_file(int dir_fd, struct buffer *buffer, struct process *process, bool *ret_has_memory)
{
	int r = file_read_record(dir_fd, "status", buffer);

	return r < 0 ? r : process_status_parse(buffer->bytes, buffer->length, process, ret_has_memory);
}

/* The main thread's file, which has no lines of memory, is read over the other. */
static int read_both(int dir_fd, int live_fd, struct buffer *buffer, struct process *process, bool *ret_has_memory)
{
	bool is_live = live_fd != dir_fd && read_file(live_fd, buffer, process, ret_has_memory) == 0, nothing;
	uint64_t pending = process->more->signals_pending, blocked = process->more->signals_blocked;
	int r = read_file(dir_fd, buffer, process, is_live ? &nothing : ret_has_memory);

	if (r == 0 && is_live) {
		process->more->signals_pending = pending;
		process->more->signals_blocked = blocked;
	}
	return r;
}

int process_status_read(int dir_fd, int live_fd, struct buffer *buffer, bool whole, struct process *process,
			bool *ret_has_memory)
{
	struct process_more *more = process->more, unwanted = process_more_blank;
	int r;

	*ret_has_memory = false;
	if (!whole)
		process->more = &unwanted;
	r = read_both(dir_fd, live_fd, buffer, process, ret_has_memory);
	process->more = more;
	return r;
}
