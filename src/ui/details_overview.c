/* The pane that says what is known of a process, section by section. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "model/format.h"
#include "model/lineage.h"
#include "ui/details.h"

#define WORDS_MAX 4 /* fields in one row */
#define ANCESTORS_MAX 4096

/* A row of values, each with a word in front where there are several. */
struct value_row {
	const char *label; /* NULL: the end */
	struct {
		const char *word; /* NULL: no more */
		enum field_id field;
	} values[WORDS_MAX];
};

static bool is_denied(const struct process *process, uint64_t facts)
{
	return process->denied & facts;
}

/* A number as it is: there is room. */
static struct text number_text(struct arena *arena, const struct field *field, const struct value *value)
{
	char buffer[FORMAT_SIZE];

	if (field->type == FIELD_MASK)
		return arena_format(arena, "%016" PRIx64, value->uinteger);
	if (field->unit == UNIT_BYTES && value->type == VALUE_UNSIGNED)
		format_bytes(buffer, value->uinteger);
	else if (field->unit == UNIT_BYTES_PER_S)
		format_rate(buffer, value->real);
	else if (field->unit == UNIT_SECONDS)
		format_cpu_time(buffer, value->real);
	else if (value->type == VALUE_REAL)
		return arena_format(arena, "%.1f%%", value->real);
	else if (value->type == VALUE_UNSIGNED)
		return arena_format(arena, "%" PRIu64, value->uinteger);
	else
		return arena_format(arena, "%" PRId64, value->integer);
	return arena_format(arena, field->unit == UNIT_BYTES_PER_S ? "%s/s" : "%s", buffer);
}

/* As it stands on the screen: "-" for what is not known. */
static struct text value_text(struct arena *arena, enum field_id id, const struct process *process)
{
	const struct field *field = process_field(id);
	struct value value = process_field_value(field, process);

	if (is_denied(process, field->needs))
		return TEXT_LITERAL("not permitted");
	switch (value.type) {
	case VALUE_ABSENT: return TEXT_LITERAL("-");
	case VALUE_TEXT: return value.text.length ? value.text : TEXT_LITERAL("-");
	case VALUE_BOOL: return value.boolean ? TEXT_LITERAL("yes") : TEXT_LITERAL("no");
	default: return number_text(arena, field, &value);
	}
}

static struct text row_text(struct arena *arena, const struct value_row *row, const struct process *process)
{
	struct text first = value_text(arena, row->values[0].field, process), text = TEXT_ABSENT;
	bool are_equal = true; /* all denied, or all not known */

	if (!*row->values[0].word)
		return first;
	for (size_t i = 0; i < WORDS_MAX && row->values[i].word; i++) {
		struct text value = value_text(arena, row->values[i].field, process);
		struct text next = arena_format(arena, "%s %.*s", row->values[i].word, (int)value.length, value.bytes);

		text = text.bytes ? arena_format(arena, "%s, %s", text.bytes, next.bytes) : next;
		are_equal = are_equal && value.bytes == first.bytes;
	}
	return are_equal ? first : text;
}

static void add_rows(struct details_lines *lines, const struct value_row *rows, const struct process *process)
{
	for (const struct value_row *row = rows; row->label; row++)
		lines_pair(lines, text_of(row->label), STYLE_TEXT, row_text(&lines->arena, row, process));
}

static void add(struct details_lines *lines, const char *label, struct text text)
{
	lines_pair(lines, text_of(label), STYLE_TEXT, text);
}

/* What has words of its own, when the fact it comes from is there. */
static void add_words(struct details_lines *lines, const char *label, const struct process *process, enum fact fact,
		      struct text words)
{
	if (is_denied(process, FACT_BIT(fact)))
		words = TEXT_LITERAL("not permitted");
	else if (!process_has(process, fact))
		words = TEXT_ABSENT;
	add(lines, label, words);
}

/* State */

static enum style state_style(const struct process *process)
{
	switch (process->state) {
	case 'R': return STYLE_RUNNING;
	case 'D': return STYLE_WAITING;
	case 'T':
	case 't': return STYLE_STOPPED;
	case 'Z': return process_is_zombie(process) ? STYLE_ZOMBIE : STYLE_WAITING;
	default: return STYLE_TEXT;
	}
}

static void add_zombie(struct details_lines *lines, const struct process *process)
{
	struct text reason = words_zombie(&lines->arena, process);

	if (!reason.bytes)
		return;
	lines_pair(lines, TEXT_LITERAL("Not reaped"), STYLE_ZOMBIE, reason);
	if (process->more->zombie_help.bytes && process->more->zombie_help.length)
		add(lines, "What may help", process->more->zombie_help);
}

static void add_state(struct details_lines *lines, const struct process *process)
{
	struct text modifiers = words_modifiers(&lines->arena, process);
	struct text origin = words_origin(&lines->arena, process);

	lines_title(lines, "State");
	lines_pair(lines, TEXT_LITERAL("State"), state_style(process), words_state(&lines->arena, process));
	if (modifiers.bytes)
		add(lines, "STAT", arena_format(&lines->arena, "%s: %s", process->stat, modifiers.bytes));
	else
		add(lines, "STAT", value_text(&lines->arena, FIELD_ID_STAT, process));
	add_zombie(lines, process);
	if (origin.bytes)
		lines_pair(lines, TEXT_LITERAL("Origin"),
			   orphan_class_is_certain(process->orphan) ? STYLE_ORPHAN : STYLE_TEXT, origin);
	if (process->group_orphaned == 1)
		add(lines, "Process group", TEXT_LITERAL("orphaned: no member has a parent elsewhere in the session"));
	if (process->tracer_pid > 0)
		add(lines, "Traced by", arena_format(&lines->arena, "%d", process->tracer_pid));
}

/* Use of the machine */

static const struct value_row cpu_rows[] = {
	{"CPU", {{"", FIELD_ID_CPU_PERCENT}}},
	{"CPU time", {{"user", FIELD_ID_CPU_USER}, {"system", FIELD_ID_CPU_SYSTEM}, {"iowait", FIELD_ID_CPU_IOWAIT}}},
	{"Of children", {{"user", FIELD_ID_CPU_CHILDREN_USER}, {"system", FIELD_ID_CPU_CHILDREN_SYSTEM}}},
	{"Switches", {{"voluntary", FIELD_ID_CTX_VOLUNTARY}, {"involuntary", FIELD_ID_CTX_INVOLUNTARY}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static const struct value_row memory_rows[] = {
	{"Resident", {{"", FIELD_ID_RSS}}},
	{"of it", {{"anonymous", FIELD_ID_RSS_ANON}, {"file", FIELD_ID_RSS_FILE}, {"shared", FIELD_ID_RSS_SHMEM}}},
	{"Share", {{"", FIELD_ID_MEMORY_PERCENT}}},
	{"Own, divided", {{"USS", FIELD_ID_USS}, {"PSS", FIELD_ID_PSS}}},
	{"Not in memory", {{"swapped", FIELD_ID_SWAP}}},
	{"Locked", {{"", FIELD_ID_LOCKED}}},
	{"Huge pages", {{"", FIELD_ID_HUGETLB}}},
	{"Address space", {{"now", FIELD_ID_VMS}, {"code", FIELD_ID_TEXT}, {"data", FIELD_ID_DATA}}},
	{"Peak", {{"resident", FIELD_ID_PEAK_RSS}, {"address space", FIELD_ID_PEAK_VMS}}},
	{"Page faults", {{"minor", FIELD_ID_MINFLT}, {"major", FIELD_ID_MAJFLT}}},
	{"OOM killer", {{"score", FIELD_ID_OOM_SCORE}, {"adjusted by", FIELD_ID_OOM_SCORE_ADJ}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static const struct value_row io_rows[] = {
	{"Storage", {{"read", FIELD_ID_IO_READ_BYTES}, {"written", FIELD_ID_IO_WRITE_BYTES}}},
	{"Rate", {{"read", FIELD_ID_READ_RATE}, {"written", FIELD_ID_WRITE_RATE}}},
	{"System calls", {{"read", FIELD_ID_IO_READ_COUNT}, {"write", FIELD_ID_IO_WRITE_COUNT}}},
	{"Passed by them", {{"read", FIELD_ID_IO_READ_CHARS}, {"written", FIELD_ID_IO_WRITE_CHARS}}},
	{"Descriptors", {{"", FIELD_ID_NUM_FDS}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

/* Identity */

static const struct value_row user_rows[] = {
	{"User", {{"", FIELD_ID_USERNAME}}},
	{"User ids", {{"real", FIELD_ID_UID_REAL}, {"effective", FIELD_ID_UID_EFFECTIVE}, {"saved", FIELD_ID_UID_SAVED}}},
	{"Group ids", {{"real", FIELD_ID_GID_REAL}, {"effective", FIELD_ID_GID_EFFECTIVE}, {"saved", FIELD_ID_GID_SAVED}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static const struct value_row place_rows[] = {
	{"Session", {{"", FIELD_ID_SID}}},
	{"Group", {{"", FIELD_ID_PGID}}},
	{"Terminal", {{"", FIELD_ID_TERMINAL}}},
	{"Executable", {{"", FIELD_ID_EXE}}},
	{"Directory", {{"", FIELD_ID_CWD}}},
	{"Root", {{"", FIELD_ID_ROOT}}},
	{"Control group", {{"", FIELD_ID_CGROUP}}},
	{"Unit", {{"", FIELD_ID_UNIT}}},
	{"Container", {{"", FIELD_ID_LXC}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static const struct value_row namespace_rows[] = {
	{"Namespaces", {{"pid", FIELD_ID_NS_PID}, {"user", FIELD_ID_NS_USER}, {"mnt", FIELD_ID_NS_MNT}, {"net", FIELD_ID_NS_NET}}},
	{"", {{"ipc", FIELD_ID_NS_IPC}, {"uts", FIELD_ID_NS_UTS}, {"cgroup", FIELD_ID_NS_CGROUP}, {"time", FIELD_ID_NS_TIME}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static struct text seccomp_text(int32_t seccomp)
{
	static const char *const words[] = {"off", "strict", "filter"};

	return seccomp >= 0 && seccomp < 3 ? text_of(words[seccomp]) : TEXT_ABSENT;
}

static void add_mask(struct details_lines *lines, const char *label, const struct process *process, uint64_t mask,
		     struct text (*words)(struct arena *arena, uint64_t mask))
{
	add_words(lines, label, process, FACT_STATUS,
		  mask == ABSENT_U64 ? TEXT_ABSENT : words(&lines->arena, mask));
}

static void add_identity(struct details_lines *lines, const struct process *process)
{
	struct arena *arena = &lines->arena;

	lines_title(lines, "Identity");
	add_rows(lines, user_rows, process);
	add_words(lines, "Groups", process, FACT_GROUPS, words_numbers(arena, &process->more->groups));
	add_rows(lines, place_rows, process);
	if (process->ns_level > 0)
		add(lines, "Pid inside", arena_format(arena, "%d, %d pid namespaces below this one",
						      process->nested_pid, process->ns_level));
	add_rows(lines, namespace_rows, process);
	add_words(lines, "Umask", process, FACT_STATUS,
		  process->more->umask >= 0 ? arena_format(arena, "%04o", (unsigned)process->more->umask) : TEXT_ABSENT);
	add_mask(lines, "Capabilities", process, process->more->cap_effective, words_capabilities);
	add_words(lines, "Seccomp", process, FACT_STATUS, seccomp_text(process->more->seccomp));
}

/* Lineage */

static void add_ancestors(struct details_lines *lines, const struct details_source *source)
{
	const struct process *process = source->now;
	const char *label = "Parent";

	if (process->ppid == ABSENT_I32 || !snapshot_parent(source->now_snapshot, process))
		add(lines, label, process->ppid > 0 ? arena_format(&lines->arena, "%d", process->ppid)
						    : TEXT_LITERAL("-"));
	for (int left = ANCESTORS_MAX; left > 0; left--) {
		process = snapshot_parent(source->now_snapshot, process);
		if (!process)
			return;
		add(lines, label, arena_format(&lines->arena, "%d %.*s", process->pid, (int)process_name(process).length,
					       process_name(process).bytes ? process_name(process).bytes : ""));
		label = "";
	}
}

static size_t count_children(const struct details_source *source)
{
	const struct process_list *list = &source->now_snapshot->processes;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i]->ppid == source->now->pid &&
			 list->items[i]->starttime >= source->now->starttime;
	return count;
}

static void add_lineage(struct details_lines *lines, const struct details_source *source)
{
	const struct process *process = source->now;

	lines_title(lines, "Lineage");
	add_ancestors(lines, source);
	add(lines, "Children", arena_format(&lines->arena, "%zu", count_children(source)));
	if (process->more->former_parent.bytes && process->more->former_parent.length)
		add(lines, "Former parent", process->more->former_parent);
}

/* Times and scheduling */

static struct text start_text(struct arena *arena, const struct process *process)
{
	time_t started = isfinite(process->create_time) ? (time_t)process->create_time : 0;
	char buffer[64];
	struct tm local;

	if (!isfinite(process->create_time) || !localtime_r(&started, &local) ||
	    !strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%S %z", &local))
		return TEXT_ABSENT;
	return arena_string(arena, buffer);
}

static struct text age_text(struct arena *arena, const struct details_source *source)
{
	double age = source->snapshot->timestamp - source->process->create_time;
	char buffer[FORMAT_SIZE];

	if (!(age >= 0))
		return TEXT_ABSENT;
	if (age >= 3600)
		format_uptime(buffer, age);
	else
		format_age(buffer, age);
	return arena_string(arena, buffer);
}

static struct text ionice_text(struct arena *arena, const struct process *process)
{
	static const char *const classes[] = {"none", "real-time", "best effort", "idle"};

	if (process->more->ionice_class < 0 || process->more->ionice_class > 3)
		return TEXT_ABSENT;
	if (process->more->ionice_class == 1 || process->more->ionice_class == 2)
		return arena_format(arena, "%s, level %d", classes[process->more->ionice_class], process->more->ionice_value);
	return text_of(classes[process->more->ionice_class]);
}

static const struct value_row scheduler_rows[] = {
	{"Policy", {{"", FIELD_ID_SCHED_POLICY}}},
	{"Nice", {{"", FIELD_ID_NICE}}},
	{"Priority", {{"kernel's", FIELD_ID_PRIORITY}, {"real-time", FIELD_ID_RT_PRIORITY}}},
	{"Last ran on", {{"CPU", FIELD_ID_CPU_NUM}}},
	{"Autogroup", {{"id", FIELD_ID_AUTOGROUP_ID}, {"nice", FIELD_ID_AUTOGROUP_NICE}}},
	{"Threads", {{"", FIELD_ID_NUM_THREADS}}},
	{NULL, {{NULL, FIELD_ID_PID}}},
};

static void add_scheduler(struct details_lines *lines, const struct process *process)
{
	lines_title(lines, "Scheduler");
	add_rows(lines, scheduler_rows, process);
	add_words(lines, "I/O priority", process, FACT_IONICE, ionice_text(&lines->arena, process));
	add_words(lines, "May run on", process, FACT_AFFINITY, words_ranges(&lines->arena, &process->more->cpu_affinity));
}

static void add_signals(struct details_lines *lines, const struct process *process)
{
	lines_title(lines, "Signals");
	add_mask(lines, "Pending", process, process->more->signals_pending, words_signals);
	add_mask(lines, "Blocked", process, process->more->signals_blocked, words_signals);
	add_mask(lines, "Ignored", process, process->more->signals_ignored, words_signals);
	add_mask(lines, "Caught", process, process->more->signals_caught, words_signals);
}

void details_overview(struct details_lines *lines, const struct details_source *source)
{
	const struct process *process = source->process;

	add_state(lines, source->now);
	if (source->has_ended)
		lines_plain(lines, STYLE_DIM, TEXT_LITERAL("What follows was known last, before it ended."), 0);
	lines_title(lines, "Times");
	add(lines, "Started", start_text(&lines->arena, process));
	add(lines, "Age", age_text(&lines->arena, source));
	add_rows(lines, cpu_rows, process);
	lines_title(lines, "Memory");
	add_rows(lines, memory_rows, process);
	lines_title(lines, "I/O");
	add_rows(lines, io_rows, process);
	add_identity(lines, process);
	add_lineage(lines, source);
	add_scheduler(lines, process);
	add_signals(lines, process);
}
