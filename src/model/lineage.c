#include "model/lineage.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/parse.h"

/* Parents */

/* Walk up from one process until the root or a process that was seen before; one seen on this very walk closes a
 * circle. walks: for each process the number of the walk that met it, 0 for none. */
static void cut_circle(size_t *parents, size_t *walks, size_t start)
{
	size_t walk = start + 1;

	for (size_t i = start; i != PROCESS_NONE && !walks[i]; i = parents[i]) {
		walks[i] = walk;
		if (parents[i] != PROCESS_NONE && walks[parents[i]] == walk)
			parents[i] = PROCESS_NONE;
	}
}

void lineage_parents(const struct process_list *processes, size_t *ret_parents)
{
	size_t *walks = xcalloc(processes->count, sizeof(*walks));

	for (size_t i = 0; i < processes->count; i++)
		ret_parents[i] = process_parent_index(processes, processes->items[i], i ? ret_parents[i - 1] : PROCESS_NONE);
	for (size_t i = 0; i < processes->count; i++)
		cut_circle(ret_parents, walks, i);
	free(walks);
}

/* Memory from tick to tick */

static bool is_subreaper(const struct snapshot *snapshot, const struct process *process)
{
	const struct identity *known = snapshot->subreapers.items;

	for (size_t i = 0; i < snapshot->subreapers.count; i++) {
		if (known[i].pid == process->pid && known[i].starttime == process->starttime)
			return true;
	}
	return false;
}

static void add_subreaper(struct snapshot *snapshot, const struct process *process)
{
	struct list *list = &snapshot->subreapers;
	struct identity *items = arena_array(&snapshot->arena, list->count + 1, sizeof(*items));

	if (list->count)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count] = (struct identity){process->pid, process->starttime};
	*list = (struct list){items, list->count + 1};
}

void lineage_carry_subreapers(const struct snapshot *previous, struct snapshot *snapshot)
{
	const struct identity *known = previous ? previous->subreapers.items : NULL;
	size_t count = previous ? previous->subreapers.count : 0, kept = 0;
	struct identity *items;

	if (!count)
		return;
	items = arena_array(&snapshot->arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		if (snapshot_find(snapshot, known[i].pid, known[i].starttime))
			items[kept++] = known[i];
	}
	snapshot->subreapers = (struct list){items, kept};
}

/* Pid 1 of this pid namespace or of one below it. */
static bool is_namespace_init(const struct process *process)
{
	return process->pid == 1 ||
	       (process_has(process, FACT_STATE) && process->ns_level > 0 && process->nested_pid == 1);
}

static void remember_adoption(struct snapshot *snapshot, const struct process *process)
{
	const struct process *parent = process->ppid > 0 ? snapshot_find_pid(snapshot, process->ppid) : NULL;

	if (!parent || parent->starttime > process->starttime || is_namespace_init(parent) ||
	    is_subreaper(snapshot, parent))
		return;
	add_subreaper(snapshot, parent);
}

static struct text parent_title(struct arena *arena, const struct process *parent, int32_t pid)
{
	struct text name = parent ? process_name(parent) : TEXT_ABSENT;

	if (!name.bytes)
		return arena_format(arena, "(%d)", pid);
	return arena_format(arena, "%.*s (%d)", (int)name.length, name.bytes, pid);
}

static void carry_parent(const struct process *before, const struct snapshot *previous, struct snapshot *snapshot,
			 struct process *process)
{
	if (before->more->former_parent.bytes) {
		process_own_more(process, &snapshot->arena)->former_parent =
			arena_text(&snapshot->arena, before->more->former_parent.bytes, before->more->former_parent.length);
		process->more->former_parent_pid = before->more->former_parent_pid;
	}
	if (before->ppid == process->ppid || before->ppid < 0 || process->ppid < 0)
		return;
	remember_adoption(snapshot, process);
	/* Of several parents lost, the first is the one that started it. */
	if (process->more->former_parent.bytes)
		return;
	process_own_more(process, &snapshot->arena)->former_parent =
		parent_title(&snapshot->arena, snapshot_find_pid(previous, before->ppid), before->ppid);
	process->more->former_parent_pid = before->ppid;
}

/* A process may be listed without having been readable: then it was not seen alive. */
static void carry_death(const struct process *before, const struct snapshot *previous,
			struct snapshot *snapshot, struct process *process)
{
	struct process_more *more = process_own_more(process, &snapshot->arena);

	more->zombie_seen_ns = snapshot->processes.read_ns;
	if (before && before->more->zombie_seen_ns) {
		more->zombie_seen_ns = before->more->zombie_seen_ns;
		more->zombie_alive_ns = before->more->zombie_alive_ns;
		more->zombie_died_ns = before->more->zombie_died_ns;
	} else if (before && before->state) {
		more->zombie_alive_ns = previous->processes.read_ns;
	}
}

static uint64_t process_lineage(const struct process *process)
{
	return process->have & FACT_BIT(FACT_LINEAGE);
}

void lineage_carry(const struct process *before, const struct snapshot *previous, struct snapshot *snapshot,
		   struct process *process)
{
	if (process_is_zombie(process))
		carry_death(before, previous, snapshot, process);
	if (!before)
		return;
	carry_parent(before, previous, snapshot, process);
	if (!(snapshot->facts & process_lineage(before)))
		return;
	process->orphan = before->orphan;
	process->group_orphaned = before->group_orphaned;
	process->have |= FACT_BIT(FACT_LINEAGE);
}

bool lineage_is_same(const struct process *before, const struct process *process)
{
	return before->ppid == process->ppid && before->pgid == process->pgid && before->sid == process->sid &&
	       before->ns_level == process->ns_level && before->nested_pid == process->nested_pid &&
	       process_is_zombie(before) == process_is_zombie(process) && process_lineage(before) && before->state &&
	       process->state;
}

/* Orphans */

struct text orphan_class_name(enum orphan_class orphan_class)
{
	static const struct text names[] = {
		[ORPHAN_UNKNOWN] = TEXT_LITERAL("unknown"),   [ORPHAN_KERNEL] = TEXT_LITERAL("kernel"),
		[ORPHAN_INIT] = TEXT_LITERAL("init"),         [ORPHAN_INJECTED] = TEXT_LITERAL("injected"),
		[ORPHAN_OBSERVED] = TEXT_LITERAL("observed"), [ORPHAN_PROVEN] = TEXT_LITERAL("proven"),
		[ORPHAN_POSSIBLE] = TEXT_LITERAL("possible"), [ORPHAN_PROBABLE] = TEXT_LITERAL("probable"),
		[ORPHAN_DETACHED] = TEXT_LITERAL("detached"),
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == ORPHAN_CLASS_COUNT, "a name for every class");
	return names[orphan_class];
}

const char *orphan_class_badge(enum orphan_class orphan_class)
{
	static const char *const badges[] = {
		[ORPHAN_UNKNOWN] = "",        [ORPHAN_KERNEL] = "",         [ORPHAN_INIT] = "",
		[ORPHAN_INJECTED] = "injected", [ORPHAN_OBSERVED] = "ORPHAN", [ORPHAN_PROVEN] = "ORPHAN",
		[ORPHAN_POSSIBLE] = "ORPHAN?", [ORPHAN_PROBABLE] = "orphan?", [ORPHAN_DETACHED] = "detached",
	};

	_Static_assert(sizeof(badges) / sizeof(badges[0]) == ORPHAN_CLASS_COUNT, "a badge for every class");
	return badges[orphan_class];
}

/* One snapshot with its parents by index. */
struct family {
	const struct snapshot *snapshot;
	struct process *const *items;
	const size_t *parents;
	double since_boot_s; /* CLOCK_BOOTTIME at the reading; NaN: not known */
};

static bool is_injected(const struct process *process, const struct process *parent)
{
	if (process->ppid == 0)
		return true;
	return parent && process_has(process, FACT_STATE) && process_has(parent, FACT_STATE) &&
	       process->ns_level != ABSENT_I32 && parent->ns_level != ABSENT_I32 &&
	       parent->ns_level < process->ns_level;
}

/* What the living ancestors say of a session. */
enum session_origin { SESSION_HELD, SESSION_LOST, SESSION_UNCLEAR };

/* A session is inherited: where the true ancestors are all there, one of them has it. The walk must end at the top,
 * since an ancestor that was not seen may be the one. A pid 1 that was not seen can have no session but its own
 * or one outside this namespace. */
static enum session_origin session_origin(const struct family *family, size_t of)
{
	int32_t sid = family->items[of]->sid;

	for (size_t i = of;;) {
		const struct process *process = family->items[i];

		i = family->parents[i];
		if (i == PROCESS_NONE && process->ppid == 1)
			return sid == 1 ? SESSION_UNCLEAR : SESSION_LOST;
		if (i == PROCESS_NONE)
			return process->ppid == 0 ? SESSION_LOST : SESSION_UNCLEAR;
		if (family->items[i]->sid == sid)
			return SESSION_HELD;
	}
}

static bool leader_is_gone(const struct family *family, const struct process *process)
{
	return process->pgid > 0 && process->pgid != process->pid &&
	       !snapshot_find_pid(family->snapshot, process->pgid);
}

static enum orphan_class class_under_reaper(const struct family *family, size_t of, const struct process *parent)
{
	const struct process *process = family->items[of];

	if (process->sid == process->pid)
		return ORPHAN_DETACHED;
	if (process->sid > 0 && session_origin(family, of) == SESSION_LOST)
		return ORPHAN_PROVEN;
	if (parent && process->sid == parent->sid && leader_is_gone(family, process))
		return ORPHAN_PROBABLE;
	return ORPHAN_UNKNOWN;
}

static enum orphan_class class_under_other(const struct family *family, size_t of)
{
	const struct process *process = family->items[of];

	if (process->sid > 0 && process->sid != process->pid && session_origin(family, of) == SESSION_LOST)
		return ORPHAN_POSSIBLE;
	return ORPHAN_UNKNOWN;
}

/* First match wins; the order is that of the rules' certainty. */
static enum orphan_class classify(const struct family *family, size_t of)
{
	const struct process *process = family->items[of];
	const struct process *parent =
		family->parents[of] == PROCESS_NONE ? NULL : family->items[family->parents[of]];

	if (process->is_kernel == 1)
		return ORPHAN_KERNEL;
	if (is_namespace_init(process))
		return ORPHAN_INIT;
	if (is_injected(process, parent))
		return ORPHAN_INJECTED;
	if (process->more->former_parent.bytes)
		return ORPHAN_OBSERVED;
	if (process->ppid == 1 || (parent && (is_namespace_init(parent) || is_subreaper(family->snapshot, parent))))
		return class_under_reaper(family, of, parent);
	return parent ? class_under_other(family, of) : ORPHAN_UNKNOWN;
}

/* Zombies */

int32_t lineage_culprit_pid(const struct process *zombie)
{
	if (process_has(zombie, FACT_STATE) && zombie->tracer_pid > 0)
		return zombie->tracer_tgid > 0 ? zombie->tracer_tgid : zombie->tracer_pid;
	return zombie->ppid;
}

static struct text signal_name(struct arena *arena, int number)
{
	const char *name = sigabbrev_np(number);

	if (name)
		return arena_format(arena, "SIG%s", name);
	if (number >= SIGRTMIN && number <= SIGRTMAX)
		return arena_format(arena, "SIGRTMIN+%d", number - SIGRTMIN);
	return arena_format(arena, "signal %d", number);
}

static struct text exit_text(struct arena *arena, int32_t status)
{
	if (status == ABSENT_I32)
		return TEXT_ABSENT;
	if (WIFEXITED(status))
		return arena_format(arena, "exit %d", WEXITSTATUS(status));
	return arena_format(arena, "killed by %s%s", signal_name(arena, WTERMSIG(status)).bytes,
			    WCOREDUMP(status) ? ", core dumped" : "");
}

static double seconds_since(const struct snapshot *snapshot, uint64_t moment_ns)
{
	return (double)(snapshot->processes.read_ns - moment_ns) / (double)NS_PER_S;
}

/* Its last moment on a CPU is when it died, by the scheduler's clock of that CPU. The CPUs' clocks drift apart where
 * the kernel takes interrupts and stolen time out of them, so what another one shows is held within what is certain: a
 * zombie is not older than its process, died before it was seen dead and after it was seen alive. */
static double zombie_age(const struct family *family, const struct process *zombie)
{
	const struct snapshot *snapshot = family->snapshot;
	double least_s = zombie->more->zombie_seen_ns ? seconds_since(snapshot, zombie->more->zombie_seen_ns) : 0;
	double most_s = family->since_boot_s - (double)zombie->starttime / (double)sysconf(_SC_CLK_TCK);
	double now_ms = isnan(zombie->more->sched_now_ms) ? snapshot->self_exec_start_ms : zombie->more->sched_now_ms;
	double age_s = (now_ms - zombie->more->exec_start_ms) / 1000;

	if (zombie->more->zombie_died_ns)
		return seconds_since(snapshot, zombie->more->zombie_died_ns);
	if (!process_has(zombie, FACT_SCHED) || isnan(age_s))
		return least_s;
	if (zombie->more->zombie_alive_ns)
		most_s = seconds_since(snapshot, zombie->more->zombie_alive_ns);
	if (age_s > most_s)
		age_s = most_s;
	return age_s < least_s ? least_s : age_s;
}

/* What the clock of its own CPU says is right for good. */
static void remember_death(const struct snapshot *snapshot, struct process *zombie)
{
	double died_ns = (double)snapshot->processes.read_ns - zombie->more->zombie_age_s * (double)NS_PER_S;

	if (process_has(zombie, FACT_SCHED) && !isnan(zombie->more->sched_now_ms) && died_ns >= 1)
		zombie->more->zombie_died_ns = (uint64_t)died_ns;
}

/* A process' pid as another one sees it: 0 where that is in a pid namespace whose numbers are not known. */
static int32_t pid_seen_by(const struct process *process, const struct process *viewer)
{
	if (!process_has(viewer, FACT_STATE) || viewer->ns_level <= 0)
		return process->pid;
	return process_has(process, FACT_STATE) && process->ns_level == viewer->ns_level ? process->nested_pid : 0;
}

/* What wait4 or waitid of a process is limited to; pid 0: to nothing, or it is not in one. */
struct awaited {
	int32_t pid, pgid;
};

static struct awaited awaited_by(const struct process *culprit)
{
	struct cursor cursor = cursor_of_text(culprit->more->syscall);
	struct awaited awaited = {0, 0};
	uint64_t arguments[2];
	int64_t number;
	int32_t selector;

	if (parse_i64(&cursor, &number) < 0)
		return awaited;
	for (size_t i = 0; i < 2; i++) {
		parse_blanks(&cursor);
		if (parse_literal(&cursor, "0x") < 0 || parse_hex(&cursor, &arguments[i]) < 0)
			return awaited;
	}
	if (number == SYS_wait4) {
		selector = (int32_t)(uint32_t)arguments[0];
		awaited.pid = selector > 0 ? selector : 0;
		awaited.pgid = selector < -1 ? -selector : 0;
	} else if (number == SYS_waitid) {
		selector = (int32_t)(uint32_t)arguments[1];
		awaited.pid = arguments[0] == P_PID ? selector : 0;
		awaited.pgid = arguments[0] == P_PGID ? selector : 0;
	}
	return awaited;
}

static const struct process *find_seen_as(const struct family *family, int32_t pid, const struct process *viewer)
{
	if (!process_has(viewer, FACT_STATE) || viewer->ns_level <= 0)
		return snapshot_find_pid(family->snapshot, pid);
	for (size_t i = 0; i < family->snapshot->processes.count; i++) {
		if (family->items[i]->ppid == viewer->pid && pid_seen_by(family->items[i], viewer) == pid)
			return family->items[i];
	}
	return NULL;
}

static struct text waiting_reason(const struct family *family, struct arena *arena, const struct process *zombie,
				  const struct process *culprit)
{
	struct awaited awaited = awaited_by(culprit);
	int32_t own = pid_seen_by(zombie, culprit);
	const struct process *other;

	/* Groups are compared only where both count in the same numbers. */
	if (awaited.pgid > 0 && own == zombie->pid && awaited.pgid != zombie->pgid)
		return arena_format(arena, "waiting for another child (process group %d)", awaited.pgid);
	if (awaited.pid <= 0 || !own || awaited.pid == own)
		return TEXT_ABSENT;
	other = find_seen_as(family, awaited.pid, culprit);
	return arena_format(arena, "waiting for another child: %s",
			    parent_title(arena, other, other ? other->pid : awaited.pid).bytes);
}

enum reason {
	REASON_UNKNOWN,
	REASON_STOPPED,
	REASON_TRACED,
	REASON_INIT,
	REASON_NO_SIGNAL,
	REASON_BLOCKED,
	REASON_PENDING,
	REASON_IGNORED,
	REASON_HANDLER,
	REASON_OTHER_CHILD,
	REASON_NEVER,
	REASON_NOT_FOR_IT, /* never, or for another child: what it waits in is not known */
	REASON_COUNT,
};

/* What is said of each, and what would help when it is the parent's or the tracer's. A zombie whose tracer ends goes
 * back to its parent; one whose parent ends goes to the reaper, who buries it. */
static const struct {
	struct text reason, help, tracer_help;
} reason_texts[] = {
#define ENDS_WITH_PARENT TEXT_LITERAL("ends with its parent")
#define ENDS_WITH_TRACER TEXT_LITERAL("ends with its tracer")
	[REASON_UNKNOWN] = {TEXT_ABSENT, TEXT_ABSENT, TEXT_ABSENT},
	[REASON_STOPPED] = {TEXT_LITERAL("stopped"), TEXT_LITERAL("continue it: SIGCONT"),
			    TEXT_LITERAL("continue it: SIGCONT")},
	[REASON_TRACED] = {TEXT_LITERAL("stopped"), TEXT_LITERAL("its tracer must continue it"),
			   TEXT_LITERAL("its tracer must continue it")},
	[REASON_INIT] = {TEXT_LITERAL("init not reaping"), TEXT_LITERAL("ends with this init"),
			 TEXT_LITERAL("ends with its tracer")},
	[REASON_NO_SIGNAL] = {TEXT_LITERAL("parent gets no SIGCHLD"), ENDS_WITH_PARENT, ENDS_WITH_TRACER},
	[REASON_BLOCKED] = {TEXT_LITERAL("SIGCHLD blocked"), ENDS_WITH_PARENT, ENDS_WITH_TRACER},
	[REASON_PENDING] = {TEXT_LITERAL("not scheduled yet"), TEXT_LITERAL("wait"), TEXT_LITERAL("wait")},
	[REASON_IGNORED] = {TEXT_LITERAL("ignoring was set after the child died"), ENDS_WITH_PARENT, ENDS_WITH_TRACER},
	[REASON_HANDLER] = {TEXT_LITERAL("handler ran but did not wait"), TEXT_LITERAL("SIGCHLD to it"),
			    TEXT_LITERAL("SIGCHLD to it")},
	[REASON_OTHER_CHILD] = {TEXT_LITERAL("waiting for another child"), TEXT_LITERAL("end of the other child"),
				TEXT_LITERAL("end of the other child")},
	[REASON_NEVER] = {TEXT_LITERAL("never waits"), ENDS_WITH_PARENT, ENDS_WITH_TRACER},
	[REASON_NOT_FOR_IT] = {TEXT_LITERAL("does not wait for it"), ENDS_WITH_PARENT, ENDS_WITH_TRACER},
#undef ENDS_WITH_PARENT
#undef ENDS_WITH_TRACER
};

_Static_assert(sizeof(reason_texts) / sizeof(reason_texts[0]) == REASON_COUNT, "a text for every reason");

/* The first that applies. That the zombie's end is not told by SIGCHLD comes before what was made of SIGCHLD: the
 * rows after it leave no case. Its tracer is always told by SIGCHLD.
 * ret_waiting: the text of REASON_OTHER_CHILD, with the other's name. */
static enum reason reason_of(const struct family *family, struct arena *arena, const struct process *zombie,
			     const struct process *culprit, struct text *ret_waiting)
{
	const uint64_t sigchld = UINT64_C(1) << (SIGCHLD - 1);

	if (culprit->state == 'T')
		return REASON_STOPPED;
	if (culprit->state == 't')
		return REASON_TRACED;
	if (is_namespace_init(culprit) && zombie->more->zombie_age_s >= ZOMBIE_ALARM_S)
		return REASON_INIT;
	if (!process_has(culprit, FACT_STATUS))
		return REASON_UNKNOWN;
	if (culprit->pid == zombie->ppid && zombie->exit_signal != ABSENT_I32 && zombie->exit_signal != SIGCHLD)
		return REASON_NO_SIGNAL;
	if (culprit->more->signals_pending & sigchld)
		return culprit->more->signals_blocked & sigchld ? REASON_BLOCKED : REASON_PENDING;
	if (culprit->more->signals_ignored & sigchld)
		return REASON_IGNORED;
	if (culprit->more->signals_caught & sigchld)
		return REASON_HANDLER;
	if (!process_has(culprit, FACT_SYSCALL))
		return REASON_NOT_FOR_IT;
	*ret_waiting = waiting_reason(family, arena, zombie, culprit);
	return ret_waiting->bytes ? REASON_OTHER_CHILD : REASON_NEVER;
}

static void explain_zombie(const struct family *family, struct arena *arena, struct process *zombie)
{
	const struct process *culprit;
	struct text waiting = TEXT_ABSENT;
	enum reason reason;

	process_own_more(zombie, arena)->zombie_exit = exit_text(arena, zombie->exit_code);
	zombie->more->zombie_age_s = zombie_age(family, zombie);
	remember_death(family->snapshot, zombie);
	zombie->more->zombie_culprit_pid = lineage_culprit_pid(zombie);
	culprit = snapshot_find_pid(family->snapshot, zombie->more->zombie_culprit_pid);
	if (!culprit)
		return;
	reason = reason_of(family, arena, zombie, culprit, &waiting);
	zombie->more->zombie_culprit_name = process_name(culprit);
	zombie->more->zombie_reason = waiting.bytes ? waiting : reason_texts[reason].reason;
	zombie->more->zombie_help =
		culprit->pid == zombie->ppid ? reason_texts[reason].help : reason_texts[reason].tracer_help;
}

/* Process groups */

struct group {
	int32_t pgid;  /* 0: a free place */
	bool held;     /* a member's parent is in another group of the session */
	bool doubtful; /* the parent of a member was not seen */
};

/* By pgid, with open addressing. */
struct groups {
	struct group *places;
	size_t mask;
};

static struct groups groups_new(size_t count)
{
	size_t capacity = 16;

	while (capacity < 2 * count)
		capacity *= 2;
	return (struct groups){xcalloc(capacity, sizeof(struct group)), capacity - 1};
}

/* Its place, or the free one where it belongs. */
static struct group *groups_find(const struct groups *groups, int32_t pgid)
{
	size_t at = (uint32_t)pgid * UINT32_C(2654435769) & groups->mask;

	while (groups->places[at].pgid && groups->places[at].pgid != pgid)
		at = (at + 1) & groups->mask;
	return &groups->places[at];
}

/* The dead hold nothing together; the kernel sees it so, too. A pid 1 that was not seen leads session 1 or is in one
 * outside this namespace. */
static void join_group(const struct family *family, const struct groups *groups, size_t of)
{
	const struct process *process = family->items[of], *parent;
	struct group *group;

	if (process->pgid <= 0)
		return;
	group = groups_find(groups, process->pgid);
	group->pgid = process->pgid;
	if (process_is_zombie(process))
		return;
	if (family->parents[of] == PROCESS_NONE) {
		group->doubtful |= process->ppid != 1 || process->sid <= 1;
		return;
	}
	parent = family->items[family->parents[of]];
	group->held |= parent->sid == process->sid && parent->pgid != process->pgid;
}

static uint8_t group_is_orphaned(const struct groups *groups, int32_t pgid)
{
	const struct group *group = pgid > 0 ? groups_find(groups, pgid) : NULL;

	if (!group || (group->doubtful && !group->held))
		return ABSENT_BOOL;
	return !group->held;
}

/* POSIX: a process group is orphaned when no member has a parent in another group of the same session. */
static void derive_groups(const struct family *family, struct process **items, size_t count)
{
	struct groups groups = groups_new(count);

	for (size_t i = 0; i < count; i++)
		join_group(family, &groups, i);
	for (size_t i = 0; i < count; i++) {
		uint8_t orphaned = group_is_orphaned(&groups, items[i]->pgid);

		if (items[i]->group_orphaned != orphaned)
			process_own(&items[i])->group_orphaned = orphaned;
	}
	free(groups.places);
}

static void set_class(struct process **place, enum orphan_class class)
{
	struct process *process = *place;

	if (process_has(process, FACT_LINEAGE) && process->orphan == class)
		return;
	process = process_own(place);
	process->orphan = class;
	process->have |= FACT_BIT(FACT_LINEAGE);
}

void lineage_explain(struct snapshot *snapshot, double since_boot_s)
{
	struct process **items = snapshot->processes.items;
	struct family family = {snapshot, items, NULL, since_boot_s};

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		if (process_is_zombie(items[i]) && process_has(items[i], FACT_STAT))
			explain_zombie(&family, &snapshot->arena, process_own(&items[i]));
	}
}

void lineage_derive(struct snapshot *snapshot, double since_boot_s)
{
	struct process **items = snapshot->processes.items;
	size_t count = snapshot->processes.count;
	size_t *parents = xcalloc(count, sizeof(*parents));
	struct family family = {snapshot, items, parents, since_boot_s};

	lineage_parents(&snapshot->processes, parents);
	derive_groups(&family, items, count);
	for (size_t i = 0; i < count; i++) {
		if (process_has(items[i], FACT_STAT))
			set_class(&items[i], classify(&family, i));
	}
	free(parents);
	lineage_explain(snapshot, since_boot_s);
}
