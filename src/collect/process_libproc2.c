/* libproc2's part that reads processes is opened here alone, when it is asked for: it brings libsystemd and half a dozen
 * others with it, a megabyte that most never need. The other parts are linked. */
#include "collect/process_libproc2.h"

#include <dlfcn.h>
#include <errno.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

/* Union members, never the library's PIDS_VAL macro, whose arguments changed in 4.0.5. */
typedef bool take_fn(const struct pids_result *result, struct process_reading *reading);

#define KIB 1024u

/* Of the library what is used, by the same names. */
#define FUNCTIONS(X)                                                                                                   \
	X(procps_pids_new)                                                                                             \
	X(procps_pids_reset)                                                                                           \
	X(procps_pids_select)                                                                                          \
	X(procps_pids_unref)

struct library {
#define FUNCTION(name) __typeof__(&(name))(name);
	FUNCTIONS(FUNCTION)
#undef FUNCTION
};

/* Items of a fact stand together; the function of the first takes them all. It returns false for "not known". */
static bool take_smaps(const struct pids_result *result, struct process_reading *reading)
{
	struct process *process = reading->process;

	process->more->pss_bytes = result[0].result.ul_int * KIB;
	process->more->uss_bytes = (result[1].result.ul_int + result[2].result.ul_int + result[3].result.ul_int) * KIB;
	process->more->pss_swap_bytes = result[4].result.ul_int * KIB;
	/* A process that lives in memory has some. Zeros mean that the file could not be read after all. */
	return process->more->pss_bytes || process->more->uss_bytes || process->more->pss_swap_bytes;
}

static uint64_t inode_of(const struct pids_result *result)
{
	return result->result.ul_int ? result->result.ul_int : ABSENT_U64;
}

static bool take_namespaces(const struct pids_result *result, struct process_reading *reading)
{
	struct process *process = reading->process;

	process->more->ns_cgroup = inode_of(&result[0]);
	process->more->ns_ipc = inode_of(&result[1]);
	process->more->ns_mnt = inode_of(&result[2]);
	process->more->ns_net = inode_of(&result[3]);
	process->more->ns_pid = inode_of(&result[4]);
	process->more->ns_time = inode_of(&result[5]);
	process->more->ns_user = inode_of(&result[6]);
	process->more->ns_uts = inode_of(&result[7]);
	return process->more->ns_user != ABSENT_U64;
}

/* "0,4,24", or "-" for none. */
static bool take_groups(const struct pids_result *result, struct process_reading *reading)
{
	struct text text = text_of(result->result.str);
	struct cursor cursor = cursor_of_text(text);
	int32_t *groups;
	size_t count = 0;

	if (!text.bytes)
		return false;
	groups = arena_array(reading->arena, text.length / 2 + 1, sizeof(*groups));
	while (!text_equal_string(text, "-") && !cursor_done(&cursor)) {
		uint64_t id;

		if ((count && parse_literal(&cursor, ",") < 0) || parse_u64(&cursor, &id) < 0 || id > UINT32_MAX)
			return false;
		groups[count++] = (int32_t)id;
	}
	reading->process->more->groups = (struct list){groups, count};
	return true;
}

static bool take_autogroup(const struct pids_result *result, struct process_reading *reading)
{
	if (result[0].result.s_int < 0)
		return false;
	reading->process->more->autogroup_id = result[0].result.s_int;
	reading->process->more->autogroup_nice = result[1].result.s_int;
	return true;
}

static bool take_oom(const struct pids_result *result, struct process_reading *reading)
{
	reading->process->more->oom_score = result[0].result.s_int;
	reading->process->more->oom_score_adj = result[1].result.s_int;
	return true;
}

static struct text copy(struct arena *arena, const char *string)
{
	return string && strcmp(string, "-") != 0 && strcmp(string, "?") != 0 ? arena_string(arena, string) : TEXT_ABSENT;
}

static bool take_unit(const struct pids_result *result, struct process_reading *reading)
{
	reading->process->more->unit = copy(reading->arena, result[0].result.str);
	reading->process->more->lxc = copy(reading->arena, result[1].result.str);
	return true;
}

#define ITEMS_MAX 8

static const struct {
	enum fact fact;
	take_fn *take;
	size_t count;
	enum pids_item items[ITEMS_MAX];
} groups_of_items[] = {
	{FACT_SMAPS, take_smaps, 5,
	 {PIDS_SMAP_PSS, PIDS_SMAP_PRV_CLEAN, PIDS_SMAP_PRV_DIRTY, PIDS_SMAP_HUGE_TLBPRV, PIDS_SMAP_SWAP}},
	{FACT_NAMESPACES, take_namespaces, 8,
	 {PIDS_NS_CGROUP, PIDS_NS_IPC, PIDS_NS_MNT, PIDS_NS_NET, PIDS_NS_PID, PIDS_NS_TIME, PIDS_NS_USER, PIDS_NS_UTS}},
	{FACT_GROUPS, take_groups, 1, {PIDS_SUPGIDS}},
	{FACT_AUTOGROUP, take_autogroup, 2, {PIDS_AUTOGRP_ID, PIDS_AUTOGRP_NICE}},
	{FACT_OOM, take_oom, 2, {PIDS_OOM_SCORE, PIDS_OOM_ADJ}},
	{FACT_UNIT, take_unit, 2, {PIDS_SD_UNIT, PIDS_LXCNAME}},
};

#define GROUPS_COUNT (sizeof(groups_of_items) / sizeof(groups_of_items[0]))

/* Always first. The library wants STATE and CMD among its items to fill the others rightly. */
enum { ITEM_STATE, ITEM_CMD, ITEM_BEGAN, ITEM_FIRST };

struct process_libproc2 {
	struct library library;
	bool is_opened, is_usable; /* usable: all its functions were found */
	struct pids_info *info; /* NULL: none yet */
	uint64_t facts; /* what info's items are for */
};

/* It stays open: it keeps buffers for each thread that used it. */
static bool open_library(struct library *library)
{
	void *handle = dlopen(CMON_LIBPROC2, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return false;
#define FUNCTION(function)                                                                                             \
	*(void **)&library->function = dlsym(handle, #function);                                                       \
	if (!library->function)                                                                                        \
		return false;
	FUNCTIONS(FUNCTION)
#undef FUNCTION
	return true;
}

static int fill_items(uint64_t facts, enum pids_item *items)
{
	int count = 0;

	items[count++] = PIDS_STATE;
	items[count++] = PIDS_CMD;
	items[count++] = PIDS_TICS_BEGAN;
	for (size_t i = 0; i < GROUPS_COUNT; i++) {
		if (!(facts & FACT_BIT(groups_of_items[i].fact)))
			continue;
		for (size_t k = 0; k < groups_of_items[i].count; k++)
			items[count++] = groups_of_items[i].items[k];
	}
	return count;
}

struct process_libproc2 *process_libproc2_new(void)
{
	return xcalloc(1, sizeof(struct process_libproc2));
}

void process_libproc2_free(struct process_libproc2 *libproc2)
{
	if (!libproc2)
		return;
	if (libproc2->info)
		libproc2->library.procps_pids_unref(&libproc2->info);
	free(libproc2);
}

/* Returns 0, or a negative errno when the library does not answer. */
static int set_items(struct process_libproc2 *libproc2, uint64_t facts)
{
	enum pids_item items[ITEM_FIRST + GROUPS_COUNT * ITEMS_MAX];
	int count = fill_items(facts, items), r;

	if (!libproc2->is_opened) {
		libproc2->is_opened = true;
		libproc2->is_usable = open_library(&libproc2->library);
	}
	if (!libproc2->is_usable)
		return -ELIBACC;
	if (libproc2->info && libproc2->facts == facts)
		return 0;
	if (libproc2->info)
		r = libproc2->library.procps_pids_reset(libproc2->info, items, count);
	else
		r = libproc2->library.procps_pids_new(&libproc2->info, items, count);
	libproc2->facts = r < 0 ? 0 : facts;
	return r < 0 ? r : 0;
}

/* Judged by the total: errno after a select says nothing. */
static const struct pids_result *select_process(struct process_libproc2 *libproc2, int32_t pid)
{
	unsigned pids[] = {(unsigned)pid};
	const struct pids_fetch *fetch = libproc2->library.procps_pids_select(libproc2->info, pids, 1, PIDS_SELECT_PID);

	return fetch && fetch->counts->total == 1 ? fetch->stacks[0]->head : NULL;
}

int process_libproc2_read(struct process_libproc2 *libproc2, struct process_reading *reading, uint64_t facts,
			  uint64_t *ret_known)
{
	const struct process *process = reading->process;
	const struct pids_result *head, *at;
	uint64_t known = 0;

	facts &= PROCESS_LIBPROC2_FACTS;
	/* A pid of 0 or less would select something else than one process. */
	if (process->pid <= 0 || set_items(libproc2, facts) < 0) {
		*ret_known = 0;
		return 0;
	}
	head = select_process(libproc2, process->pid);
	if (!head || head[ITEM_BEGAN].result.ull_int != process->starttime)
		return -ESRCH;
	at = head + ITEM_FIRST;
	for (size_t i = 0; i < GROUPS_COUNT; i++) {
		if (!(facts & FACT_BIT(groups_of_items[i].fact)))
			continue;
		if (groups_of_items[i].take(at, reading))
			known |= FACT_BIT(groups_of_items[i].fact);
		at += groups_of_items[i].count;
	}
	*ret_known = known;
	return 0;
}
