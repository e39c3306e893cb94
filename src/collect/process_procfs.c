/* The process list from /proc: the pids, then one directory descriptor a process. The descriptor pins
 * the process: files opened through it answer ESRCH once it is gone, even when its pid was given to another, so that
 * what several files say is never mixed from two processes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fatal.h"
#include "base/parse.h"
#include "collect/names.h"
#include "collect/process_detail.h"
#include "collect/process_io.h"
#include "collect/process_owner.h"
#include "collect/process_pids.h"
#include "collect/process_procfs.h"
#include "collect/process_stat.h"
#include "collect/process_stat_files.h"
#include "collect/process_status.h"
#include "collect/process_zombies.h"
#include "model/lineage.h"

#define COMM_CUT 15 /* TASK_COMM_LEN - 1: a name of this length may be cut */

/* Facts this file reads; all others are process_detail's. */
#define OWN_FACTS                                                                                                      \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_STATM) |                   \
	 FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_TERMINAL) | FACT_BIT(FACT_CONNECTIONS) | FACT_BIT(FACT_FAMILY) |      \
	 FACT_BIT(FACT_LINEAGE))

#define STATUS_FACTS (FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS))

struct procfs {
	uint64_t page_bytes;
	struct buffer stat, arguments; /* of the process that is being read: its texts stand in them */
	struct buffer buffer;          /* for any file, for a moment */
	struct stat_files *stat_files;
	struct process_reuse reuse;
	struct names *names;
	struct process_detail *detail;
	struct process blank;
	struct pid_list pids;
	bool owner_is_costly; /* this kernel tells the owner only in status */
	uint32_t denied[FACT_COUNT]; /* processes that denied a fact in this tick */
};

void procfs_close(struct procfs *procfs)
{
	if (!procfs)
		return;
	process_detail_close(procfs->detail);
	names_free(procfs->names);
	stat_files_free(procfs->stat_files);
	buffer_free(&procfs->stat);
	buffer_free(&procfs->arguments);
	buffer_free(&procfs->buffer);
	pid_list_free(&procfs->pids);
	free(procfs);
}

int procfs_open(const struct root *root, struct procfs **ret_procfs)
{
	struct procfs *procfs = xcalloc(1, sizeof(*procfs));
	int r = process_detail_open(root, &procfs->detail);

	if (r < 0) {
		free(procfs);
		return r;
	}
	procfs->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	procfs->names = names_new();
	procfs->stat_files = stat_files_new();
	process_init(&procfs->blank);
	*ret_procfs = procfs;
	return 0;
}

/* Where the files of one process are found. */
struct place {
	int dir_fd;
	int live_fd; /* of what a dead main thread has no more: a thread that lives, else dir_fd */
};

static bool is_gone(int r)
{
	return r == -ESRCH || r == -ENOENT;
}

/* Note the outcome of reading a fact. Returns false when the process is gone. */
static bool note(struct process *process, enum fact fact, int r)
{
	if (r >= 0)
		process->have |= FACT_BIT(fact);
	else if (r == -EACCES || r == -EPERM)
		process->denied |= FACT_BIT(fact);
	return !is_gone(r);
}

static int read_stat(struct procfs *procfs, int dir_fd, const char *path, struct process *process)
{
	int r = file_read_record(dir_fd, path, &procfs->stat);

	if (r < 0)
		return r;
	return process_stat_parse(procfs->stat.bytes, procfs->stat.length, procfs->page_bytes, process);
}

/* Read a file of what a live thread has. That this thread has ended does not mean that its process has. */
static int read_live(const struct place *place, const char *path, struct buffer *buffer)
{
	int r = file_read_record(place->live_fd, path, buffer);

	return is_gone(r) && place->live_fd != place->dir_fd ? -ENODATA : r;
}

/* A kernel thread has no memory, and nor has a zombie; but one whose main thread alone exited has, and only its
 * other threads know how much. */
static int fill_no_memory(struct process *process)
{
	if (!process->is_kernel && !process_is_zombie(process))
		return -ENODATA;
	process->rss_bytes = process->vms_bytes = process->shared_bytes = 0;
	process->text_bytes = process->data_bytes = 0;
	return 0;
}

static int read_statm(struct procfs *procfs, const struct place *place, struct process *process)
{
	int r;

	if (process->is_kernel || (process->state == 'Z' && process->main_exited != 1))
		return fill_no_memory(process);
	r = read_live(place, "statm", &procfs->buffer);
	if (r < 0)
		return r;
	return process_statm_parse(procfs->buffer.bytes, procfs->buffer.length, procfs->page_bytes, process);
}

/* Returns false when the process is gone. */
static bool read_status(struct procfs *procfs, const struct place *place, uint64_t facts, struct process *process)
{
	bool whole = facts & FACT_BIT(FACT_STATUS), has_memory;
	int r = process_status_read(place->dir_fd, place->live_fd, &procfs->buffer, whole, process, &has_memory);

	if (has_memory && facts & FACT_BIT(FACT_STATM))
		process->have |= FACT_BIT(FACT_STATM);
	if (whole)
		note(process, FACT_STATUS, r);
	return note(process, FACT_STATE, r);
}

/* What is empty because the process has ended is not known rather than empty. */
static bool read_cmdline(struct procfs *procfs, const struct place *place, struct process *process)
{
	int r = 0;

	buffer_reserve(&procfs->arguments, 1); /* no arguments are known too */
	procfs->arguments.length = 0;
	if (process->state == 'Z' && process->main_exited != 1)
		return true;
	if (!process->is_kernel)
		r = read_live(place, "cmdline", &procfs->arguments);
	if (r == 0)
		process->cmdline = (struct text){procfs->arguments.bytes, procfs->arguments.length};
	return note(process, FACT_CMDLINE, r);
}

/* The real uid where nothing else of status is wanted; status tells it on older kernels. Must be followed by a read
 * through dir_fd. */
static void read_owner(struct procfs *procfs, int dir_fd, struct process *process)
{
	bool has_memory;

	if (!procfs->owner_is_costly) {
		int r = process_owner_read(process->pid, &process->uid_real);

		if (r == 0 || r == -ESRCH)
			return;
		procfs->owner_is_costly = true;
	}
	(void)process_status_read(dir_fd, dir_fd, &procfs->buffer, false, process, &has_memory);
}

void procfs_look_up_names(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process)
{
	if (facts & FACT_BIT(FACT_USERNAME) && process->uid_real != ABSENT_I64) {
		if (names_user(procfs->names, tick, process->uid_real, &process->username) == 0)
			process->have |= FACT_BIT(FACT_USERNAME);
	}
	if (facts & FACT_BIT(FACT_TERMINAL)) {
		/* No terminal is known too: then the text is absent. */
		names_terminal(procfs->names, tick, process->tty_nr, &process->terminal);
		process->have |= FACT_BIT(FACT_TERMINAL);
	}
}

/* The main thread is dead, but there are others; whether one of them lives is to be seen. */
static bool may_have_exited_main(const struct process *process)
{
	return process->state == 'Z' && process->num_threads > 1;
}

/* Read the files of one process through its directory. Returns false when it is gone. */
static bool read_facts(struct procfs *procfs, struct tick *tick, const struct place *place, uint64_t facts,
		       struct process *process)
{
	struct arena *arena = &tick->snapshot->arena;
	bool name_cut = process->comm.length == COMM_CUT;

	if (facts & PROCESS_OWN_MORE_FACTS)
		process_own_more(process, arena);
	if (facts & STATUS_FACTS && !read_status(procfs, place, facts, process))
		return false;
	if (facts & FACT_BIT(FACT_USERNAME) && !(facts & STATUS_FACTS))
		read_owner(procfs, place->dir_fd, process);
	if (facts & FACT_BIT(FACT_STATM) && !process_has(process, FACT_STATM) &&
	    !note(process, FACT_STATM, read_statm(procfs, place, process)))
		return false;
	if ((facts & FACT_BIT(FACT_CMDLINE) || name_cut) && !read_cmdline(procfs, place, process))
		return false;
	procfs_look_up_names(procfs, tick, facts, process);
	facts &= ~(OWN_FACTS | PROCESS_RARE_FACTS);
	if (process_is_zombie(process) && process_zombies_want_sched(tick, process))
		facts |= tick->request->facts & FACT_BIT(FACT_SCHED);
	if (facts & PROCESS_MORE_FACTS)
		process_own_more(process, arena);
	if (facts && process_detail_read(procfs->detail, place->dir_fd, facts, process, arena) == -ESRCH)
		return false;
	return true;
}

/* Read all that is wanted of a process whose stat was read. Returns false when it is gone. */
static bool read_rest(struct procfs *procfs, struct tick *tick, int dir_fd, uint64_t facts, struct process *process)
{
	struct place place = {dir_fd, dir_fd};
	int live_fd = -1;
	bool alive;

	if (may_have_exited_main(process)) {
		live_fd = process_live_thread_open(dir_fd, &tick->snapshot->arena);
		if (live_fd >= 0 || live_fd == -ENOENT)
			process->main_exited = live_fd >= 0;
	}
	if (live_fd >= 0)
		place.live_fd = live_fd;
	alive = read_facts(procfs, tick, &place, facts, process);
	if (live_fd >= 0)
		close(live_fd);
	return alive;
}

static void count_denied(struct procfs *procfs, const struct process *process)
{
	for (uint64_t left = process->denied; left; left &= left - 1)
		procfs->denied[__builtin_ctzll(left)]++;
}

/* What becomes of a process whose stat cannot be read. With hidepid=1 it is listed, and nothing of it may be read. */
static bool keep_unread(struct tick *tick, int32_t pid, int r, struct process *process)
{
	process->pid = pid;
	if (r == -EACCES || r == -EPERM)
		process->denied = FACT_BIT(FACT_STAT);
	else if (!is_gone(r))
		snapshot_error(tick->snapshot, "processes/stat", -r, "stat of process %d: %s", pid, strerror(-r));
	return !is_gone(r);
}

static int begin_process(struct procfs *procfs, int dir_fd, const char *path, struct process *process)
{
	int r = read_stat(procfs, dir_fd, path, process);

	if (r < 0) {
		*process = procfs->blank;
		return r;
	}
	process->have = FACT_BIT(FACT_STAT);
	return 0;
}

/* Facts for which stat is enough. */
#define STAT_FACTS                                                                                                     \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_TERMINAL) | FACT_BIT(FACT_CONNECTIONS) | FACT_BIT(FACT_FAMILY))

/* With stat alone. Returns false where more must be read after all. */
static bool read_stat_alone(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process, int *ret_r)
{
	char path[24];

	snprintf(path, sizeof(path), "%d/stat", process->pid);
	*ret_r = begin_process(procfs, tick->root->proc_fd, path, process);
	if (*ret_r < 0)
		return true;
	procfs_look_up_names(procfs, tick, facts, process);
	if (facts & PROCESS_MORE_FACTS)
		process_own_more(process, &tick->snapshot->arena);
	return process->comm.length != COMM_CUT && !may_have_exited_main(process);
}

/* Returns false when it is gone. */
static bool read_whole(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process)
{
	int32_t pid = process->pid;
	char path[16];
	bool alive;
	int fd, r;

	snprintf(path, sizeof(path), "%d", pid);
	fd = openat(tick->root->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return keep_unread(tick, pid, -errno, process);
	r = begin_process(procfs, fd, "stat", process);
	alive = r == 0 ? read_rest(procfs, tick, fd, facts, process) : keep_unread(tick, pid, r, process);
	close(fd);
	return alive;
}

/* What shows that a process did something. Its CPU time grows by ticks, so that what it read and wrote may be more
 * than that shows. */
static uint64_t digest_of(const struct buffer *stat, const struct process *process)
{
	uint64_t digest = digest_bytes(0, stat->bytes, stat->length);

	return process_has(process, FACT_IO)
		       ? digest_bytes(digest, &process->io_read_chars, 6 * sizeof(process->io_read_chars))
		       : digest;
}

_Static_assert(offsetof(struct process, io_write_bytes) - offsetof(struct process, io_read_chars) == 5 * sizeof(uint64_t),
	       "the six numbers of io stand together");

static bool has_not_changed(struct procfs *procfs, struct tick *tick, const struct process *before)
{
	struct process now = {.have = before->have};
	char path[24], bytes[1024];
	ssize_t n;

	if (stat_files_read(procfs->stat_files, tick->root, before->pid, &procfs->stat) < 0)
		return false;
	if (process_has(before, FACT_IO)) {
		snprintf(path, sizeof(path), "%d/io", before->pid);
		n = file_read_small(tick->root->proc_fd, path, bytes, sizeof(bytes));
		if (n < 0 || io_parse(bytes, (size_t)n, &now) < 0)
			return false;
	}
	return digest_of(&procfs->stat, &now) == before->digest;
}

static struct process *record_of(struct procfs *procfs, uint64_t facts, struct process *process)
{
	process->asked = facts;
	process->read_ns = procfs->reuse.now_ns;
	return process_copy(process);
}

struct process *procfs_read_process(struct procfs *procfs, struct tick *tick, int32_t pid, uint64_t facts)
{
	struct process process = procfs->blank;

	process.pid = pid;
	return read_whole(procfs, tick, facts, &process) ? record_of(procfs, facts, &process) : NULL;
}

void procfs_read_more(struct procfs *procfs, struct tick *tick, uint64_t facts, struct process *process)
{
	struct process now = procfs->blank;
	char path[16];
	int fd;

	snprintf(path, sizeof(path), "%d", process->pid);
	fd = openat(tick->root->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read_stat(procfs, fd, "stat", &now) == 0 && now.starttime == process->starttime) {
		process_own_more(process, &tick->snapshot->arena);
		(void)process_detail_read(procfs->detail, fd, facts, process, &tick->snapshot->arena);
	}
	close(fd);
}

/* Read one process. Returns a record, or NULL when it is gone. */
static struct process *read_process(struct procfs *procfs, struct tick *tick, int32_t pid, uint64_t facts)
{
	struct process *before = process_reuse_find(&procfs->reuse, pid), process = procfs->blank, *record;
	int r = 0;

	if (process_reuse_is_possible(before, facts, 0) && !process_reuse_is_old(&procfs->reuse, before) &&
	    has_not_changed(procfs, tick, before))
		return process_reuse_take(before);
	process.pid = pid;
	if (facts & ~STAT_FACTS || !read_stat_alone(procfs, tick, facts, &process, &r))
		record = procfs_read_process(procfs, tick, pid, facts);
	else if (r < 0 && !keep_unread(tick, pid, r, &process))
		record = NULL;
	else
		record = record_of(procfs, facts, &process);
	if (record && process_has(record, FACT_STAT))
		record->digest = digest_of(&procfs->stat, record);
	return record;
}

static bool is_wanted(const struct request *request, int32_t pid)
{
	if (!request->pids)
		return true;
	for (size_t i = 0; i < request->pids_count; i++) {
		if (request->pids[i] == pid)
			return true;
	}
	return false;
}

bool procfs_needs_all(const struct request *request)
{
	return !request->pids || request->facts & (FACT_BIT(FACT_LINEAGE) | FACT_BIT(FACT_FAMILY));
}

bool procfs_is_live(const struct procfs *procfs)
{
	return process_detail_is_live(procfs->detail);
}

bool procfs_lists(const struct tick *tick, int32_t pid)
{
	return procfs_needs_all(tick->request) || is_wanted(tick->request, pid);
}

int procfs_list_pids(struct procfs *procfs, const struct root *root, const int32_t **ret_pids, size_t *ret_count)
{
	int r = pid_list_read(&procfs->pids, root);

	*ret_pids = procfs->pids.pids;
	*ret_count = procfs->pids.count;
	return r;
}

uint64_t procfs_facts_of(const struct tick *tick, int32_t pid)
{
	const struct request *request = tick->request;
	uint64_t facts = is_wanted(request, pid) ? request->facts : request->facts & LINEAGE_FACTS;

	return pid == request->detail_pid ? facts | request->detail_facts : facts;
}

/* Those of another root come and go as they like. */
static uint64_t forks_of(const struct procfs *procfs, const struct tick *tick)
{
	uint64_t forks = tick->snapshot->cpus.stats.processes_created;

	return forks != ABSENT_U64 && procfs_is_live(procfs) ? forks : 0;
}

static void read_list(struct procfs *procfs, struct tick *tick)
{
	struct process_list *list = &tick->snapshot->processes;

	list->items = arena_array(&tick->snapshot->arena, procfs->pids.count, sizeof(*list->items));
	for (size_t i = 0; i < procfs->pids.count; i++) {
		int32_t pid = procfs->pids.pids[i];
		struct process *process = read_process(procfs, tick, pid, procfs_facts_of(tick, pid));

		if (process)
			list->items[list->count++] = process;
		else
			pid_list_expire(&procfs->pids);
	}
}

static const char *const fact_names[FACT_COUNT] = {
	[FACT_STAT] = "stat",
	[FACT_STATE] = "status",
	[FACT_STATUS] = "status",
	[FACT_STATM] = "statm",
	[FACT_CMDLINE] = "cmdline",
	[FACT_EXE] = "exe",
	[FACT_CWD] = "cwd",
	[FACT_ROOT] = "root",
	[FACT_IO] = "io",
	[FACT_NUM_FDS] = "num_fds",
	[FACT_OPEN_FILES] = "open_files",
	[FACT_LOCKS] = "locks",
	[FACT_CONNECTIONS] = "net_connections",
	[FACT_ENVIRON] = "environ",
	[FACT_SMAPS] = "memory_footprint",
	[FACT_MAPS] = "memory_maps",
	[FACT_THREADS] = "threads",
	[FACT_AFFINITY] = "cpu_affinity",
	[FACT_IONICE] = "ionice",
	[FACT_LIMITS] = "rlimit",
	[FACT_CGROUP] = "cgroup",
	[FACT_WCHAN] = "wchan",
	[FACT_SYSCALL] = "syscall",
	[FACT_SCHED] = "sched",
	[FACT_NAMESPACES] = "namespaces",
	[FACT_GROUPS] = "groups",
	[FACT_AUTOGROUP] = "autogroup",
	[FACT_OOM] = "oom",
	[FACT_UNIT] = "unit",
};

static void report_denied(struct procfs *procfs, struct snapshot *snapshot)
{
	for (int fact = 0; fact < FACT_COUNT; fact++) {
		char source[64];

		if (!procfs->denied[fact] || !fact_names[fact])
			continue;
		snprintf(source, sizeof(source), "processes/%s", fact_names[fact]);
		snapshot_error(snapshot, source, EACCES, "%s of %u processes: %s", fact_names[fact],
			       procfs->denied[fact], strerror(EACCES));
	}
	memset(procfs->denied, 0, sizeof(procfs->denied));
}

void procfs_begin(struct procfs *procfs, struct tick *tick)
{
	names_begin(procfs->names);
	process_detail_begin(procfs->detail);
	procfs->reuse = process_reuse_begin(tick);
	tick->snapshot->processes.read_ns = procfs->reuse.now_ns;
}

void procfs_end(struct procfs *procfs, struct tick *tick)
{
	const struct process_list *list = &tick->snapshot->processes;

	if (tick->request->facts & FACT_BIT(FACT_LINEAGE))
		process_zombies_read(procfs->detail, tick);
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i]->denied)
			count_denied(procfs, list->items[i]);
	}
	report_denied(procfs, tick->snapshot);
}

void procfs_close_files(struct procfs *procfs)
{
	stat_files_begin(procfs->stat_files);
	stat_files_end(procfs->stat_files);
}

int procfs_read_list(struct procfs *procfs, struct tick *tick)
{
	int r = 0;

	if (procfs_needs_all(tick->request))
		r = pid_list_renew(&procfs->pids, tick->root, forks_of(procfs, tick));
	else
		pid_list_take(&procfs->pids, tick->request->pids, tick->request->pids_count);
	if (r < 0)
		return r;
	procfs_begin(procfs, tick);
	stat_files_begin(procfs->stat_files);
	read_list(procfs, tick);
	stat_files_end(procfs->stat_files);
	procfs_end(procfs, tick);
	return 0;
}
