#include "ui/act_dialogs.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/value.h"
#include "ui/act_job.h"

/* Items of a menu while it is made. */
struct items {
	struct menu_item *items;
	size_t count;
};

static void add_item(struct items *items, const char *label, const char *detail, intptr_t value)
{
	items->items = xreallocarray(items->items, items->count + 1, sizeof(*items->items));
	items->items[items->count++] = (struct menu_item){xstrdup(label), detail ? xstrdup(detail) : NULL, value};
}

static size_t find_item(const struct menu_item *items, size_t count, intptr_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].value == value)
			return i;
	}
	return 0;
}

/* options: its owner's reference goes to the menu. current: value of the item it begins at. */
static void open_menu(struct shell *shell, struct menu_options *options, const struct items *items, intptr_t current)
{
	options->free_owner = act_job_unref;
	options->selected = find_item(items->items, items->count, current);
	shell_open(shell, menu_new(options, items->items, items->count));
}

/* A whole number within bounds. */
static bool parse_number(const char *string, int low, int high, int *ret_number)
{
	int64_t number;

	if (text_to_i64(text_of(string), &number) < 0 || number < low || number > high)
		return false;
	*ret_number = (int)number;
	return true;
}

/* Signals */

static void signal_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct act_job *job = owner;
	char name[ACT_SIGNAL_NAME_SIZE];

	if (!act_signal_name((int)item->value, name))
		return;
	job->act.number = (int)item->value;
	snprintf(job->what, sizeof(job->what), "%s", name);
	act_job_confirm(shell, job);
}

static void open_signals(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_SIGNAL, targets, count);
	int last = act_signal_find(text_of(setting_text(shell->settings, SETTING_LAST_SIGNAL)));
	struct menu_options options = {.chosen = signal_chosen};
	char name[ACT_SIGNAL_NAME_SIZE], label[32];
	struct items items = {0};

	if (!job)
		return;
	for (int i = 1; i <= act_signal_last(); i++) {
		if (!act_signal_name(i, name))
			continue;
		snprintf(label, sizeof(label), "%2d %s", i, name);
		add_item(&items, label, sigdescr_np(i), i);
	}
	options.title = act_job_title(job, "Signal to", "");
	options.owner = job;
	open_menu(shell, &options, &items, last ? last : SIGTERM);
}

/* Nice */

static void add_nice(struct shell *shell, const struct act_target *targets, size_t count, int delta)
{
	struct act_job *job = act_job_new(shell, ACT_NICE_BY, targets, count);

	if (!job)
		return;
	job->act.number = delta;
	snprintf(job->what, sizeof(job->what), "nice %+d", delta);
	if (count > 1)
		act_job_confirm(shell, job);
	else
		act_job_run(shell, job);
	act_job_unref(job);
}

static void raise_nice(struct shell *shell, const struct act_target *targets, size_t count)
{
	add_nice(shell, targets, count, 1);
}

static void lower_nice(struct shell *shell, const struct act_target *targets, size_t count)
{
	add_nice(shell, targets, count, -1);
}

static const char *nice_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	int number;

	(void)shell;
	(void)owner;
	*ret_column = 0;
	return !*text || strcmp(text, "-") == 0 || parse_number(text, -20, 19, &number) ?
		       NULL : "a number from -20 to 19";
}

static bool nice_done(struct shell *shell, void *owner, const char *text)
{
	struct act_job *job = owner;

	if (!parse_number(text, -20, 19, &job->act.number))
		return false;
	snprintf(job->what, sizeof(job->what), "nice %d", job->act.number);
	act_job_confirm(shell, job);
	return true;
}

static void open_nice(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_NICE, targets, count);
	struct prompt_options options = {
		.changed = nice_changed, .done = nice_done, .free_owner = act_job_unref, .owner = job,
	};
	const struct process *process;
	char now[16] = "";

	if (!job)
		return;
	process = act_job_process(shell, job);
	if (process && process->nice != ABSENT_I32)
		snprintf(now, sizeof(now), "%d", process->nice);
	options.label = act_job_title(job, "Nice of", ": ");
	options.text = now;
	shell_open(shell, prompt_new(&options));
}

/* I/O priority: the value of an item is class * 8 + level. */

#define IONICE_LEVELS 8

enum ionice_class { IONICE_NONE, IONICE_REALTIME, IONICE_BEST_EFFORT, IONICE_IDLE };

static void ionice_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct act_job *job = owner;

	job->act.number = (int)item->value / IONICE_LEVELS;
	job->act.second = (int)item->value % IONICE_LEVELS;
	snprintf(job->what, sizeof(job->what), "I/O priority %s", item->label);
	act_job_confirm(shell, job);
}

static void add_ionice_levels(struct items *items, const char *name, enum ionice_class class)
{
	for (int level = 0; level < IONICE_LEVELS; level++) {
		char label[32];

		snprintf(label, sizeof(label), "%s %d", name, level);
		add_item(items, label, level == 0 ? "highest" : level == IONICE_LEVELS - 1 ? "lowest" : NULL,
			 (intptr_t)class * IONICE_LEVELS + level);
	}
}

static void ionice_needs(const void *owner, struct request *request)
{
	act_job_needs(owner, FACT_BIT(FACT_IONICE), request);
}

/* To what is set now, when that comes; not after the user has moved. */
static void ionice_update(void *owner, struct menu_item *items, size_t count, size_t *cursor)
{
	struct act_job *job = owner;
	const struct process *process = act_job_process(job->shell, job);
	intptr_t now;

	job->is_current |= *cursor != 0;
	if (job->is_current || !process || !process_has(process, FACT_IONICE) || process->more->ionice_class == ABSENT_I32)
		return;
	now = (intptr_t)process->more->ionice_class * IONICE_LEVELS;
	if (process->more->ionice_class == IONICE_REALTIME || process->more->ionice_class == IONICE_BEST_EFFORT)
		now += process->more->ionice_value;
	*cursor = find_item(items, count, now);
	job->is_current = true;
}

static void open_ionice(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_IONICE, targets, count);
	struct menu_options options = {
		.chosen = ionice_chosen, .needs = ionice_needs, .update = ionice_update, .owner = job,
	};
	struct items items = {0};

	if (!job)
		return;
	add_item(&items, "none", "as the nice value says", IONICE_NONE);
	add_ionice_levels(&items, "real-time", IONICE_REALTIME);
	add_ionice_levels(&items, "best effort", IONICE_BEST_EFFORT);
	add_item(&items, "idle", "only when nobody else reads or writes", (intptr_t)IONICE_IDLE * IONICE_LEVELS);
	options.title = act_job_title(job, "I/O priority of", "");
	open_menu(shell, &options, &items, IONICE_NONE);
}

/* Scheduling policy */

#define REALTIME_MAX 99

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static const char *priority_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	int number;

	(void)shell;
	(void)owner;
	*ret_column = 0;
	return !*text || parse_number(text, 1, REALTIME_MAX, &number) ? NULL : "a number from 1 to 99, the highest";
}

static bool priority_done(struct shell *shell, void *owner, const char *text)
{
	struct act_job *job = owner;

	if (!parse_number(text, 1, REALTIME_MAX, &job->act.second))
		return false;
	snprintf(job->what, sizeof(job->what), "policy %s %d", job->act.number == SCHED_FIFO ? "fifo" : "rr",
		 job->act.second);
	act_job_confirm(shell, job);
	return true;
}

static void ask_priority(struct shell *shell, struct act_job *job)
{
	const struct process *process = act_job_process(shell, job);
	struct prompt_options options = {
		.label = act_job_title(job, "Real-time priority of", ": "), .changed = priority_changed,
		.done = priority_done, .free_owner = act_job_unref, .owner = act_job_ref(job),
	};
	char now[16] = "1";

	if (process && is_realtime(process->policy) && process->rt_priority != ABSENT_I32)
		snprintf(now, sizeof(now), "%d", process->rt_priority);
	options.text = now;
	shell_open(shell, prompt_new(&options));
}

static void sched_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct act_job *job = owner;

	job->act.number = (int)item->value;
	job->act.second = 0;
	if (is_realtime(job->act.number)) {
		ask_priority(shell, job);
		return;
	}
	snprintf(job->what, sizeof(job->what), "policy %s", item->label);
	act_job_confirm(shell, job);
}

static void open_sched(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_SCHED, targets, count);
	struct menu_options options = {.chosen = sched_chosen, .owner = job};
	const struct process *process;
	struct items items = {0};

	if (!job)
		return;
	process = act_job_process(shell, job);
	add_item(&items, "other", "the standard: shares by nice value", SCHED_OTHER);
	add_item(&items, "batch", "as other, but woken later", SCHED_BATCH);
	add_item(&items, "idle", "below every nice value", SCHED_IDLE);
	add_item(&items, "fifo", "real time, until it waits", SCHED_FIFO);
	add_item(&items, "rr", "real time, in turns", SCHED_RR);
	options.title = act_job_title(job, "Scheduling policy of", "");
	open_menu(shell, &options, &items,
		  process && process->policy != ABSENT_I32 ? process->policy : SCHED_OTHER);
}

/* Limits */

static const struct act_resource *find_resource(int number)
{
	for (size_t i = 0; i < act_resources_count; i++) {
		if (act_resources[i].number == number)
			return &act_resources[i];
	}
	return NULL;
}

static const char *short_name(const struct act_resource *resource)
{
	return resource->name + strlen("RLIMIT_");
}

static const char *limit_text(int64_t limit, char text[24])
{
	if (limit == -1)
		snprintf(text, 24, "unlimited");
	else if (limit == ABSENT_I64)
		*text = '\0';
	else
		snprintf(text, 24, "%lld", (long long)limit);
	return text;
}

/* "soft:hard" as they are, or nothing where they are not known. */
static const char *limits_now(const struct process *process, const struct act_resource *resource, char now[64])
{
	char soft[24], hard[24];

	*now = '\0';
	if (!process || !process_has(process, FACT_LIMITS))
		return now;
	for (size_t i = 0; i < process->more->limits.count; i++) {
		const struct resource_limit *limit = &LIST_ITEMS(process->more->limits, const struct resource_limit)[i];

		if (text_equal_string(limit->name, resource->name))
			snprintf(now, 64, "%s:%s", limit_text(limit->soft, soft), limit_text(limit->hard, hard));
	}
	return now;
}

static const char *limit_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	const struct act_job *job = owner;
	int64_t soft, hard;

	(void)shell;
	*ret_column = 0;
	if (!*text)
		return NULL;
	switch (act_parse_limits(text_of(text), find_resource(job->act.number)->is_bytes, &soft, &hard)) {
	case 0: return NULL;
	case -EINVAL: return "the soft limit is above the hard one";
	case -ERANGE: return "too large";
	default:
		return find_resource(job->act.number)->is_bytes ?
			       "SOFT:HARD, each a number with K M G T, or 'unlimited'" :
			       "SOFT:HARD, each a number or 'unlimited'";
	}
}

static bool limit_done(struct shell *shell, void *owner, const char *text)
{
	struct act_job *job = owner;
	const struct act_resource *resource = find_resource(job->act.number);

	if (act_parse_limits(text_of(text), resource->is_bytes, &job->act.soft, &job->act.hard) < 0)
		return false;
	snprintf(job->what, sizeof(job->what), "limit %s %s", short_name(resource), text);
	act_job_confirm(shell, job);
	return true;
}

static void limit_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct act_job *job = owner;
	const struct act_resource *resource = find_resource((int)item->value);
	struct prompt_options options = {
		.changed = limit_changed, .done = limit_done, .free_owner = act_job_unref, .owner = act_job_ref(job),
	};
	char verb[48], now[64];

	job->act.number = (int)item->value;
	snprintf(verb, sizeof(verb), "%s of", short_name(resource));
	options.label = act_job_title(job, verb, ", soft:hard: ");
	options.text = limits_now(act_job_process(shell, job), resource, now);
	shell_open(shell, prompt_new(&options));
}

static void limits_needs(const void *owner, struct request *request)
{
	act_job_needs(owner, FACT_BIT(FACT_LIMITS), request);
}

/* Labels with the limits as they are. */
static void limits_update(void *owner, struct menu_item *items, size_t count, size_t *cursor)
{
	struct act_job *job = owner;
	const struct process *process = act_job_process(job->shell, job);

	(void)cursor;
	for (size_t i = 0; i < count; i++) {
		const struct act_resource *resource = find_resource((int)items[i].value);
		char label[96], now[64];

		snprintf(label, sizeof(label), "%-10s %-20s", short_name(resource),
			 limits_now(process, resource, now));
		free(items[i].label);
		items[i].label = xstrdup(label);
	}
}

static void open_limits(struct shell *shell, const struct act_target *targets, size_t count)
{
	struct act_job *job = act_job_new(shell, ACT_LIMIT, targets, count);
	struct menu_options options = {
		.chosen = limit_chosen, .needs = limits_needs, .update = limits_update, .owner = job,
	};
	struct items items = {0};

	if (!job)
		return;
	for (size_t i = 0; i < act_resources_count; i++)
		add_item(&items, short_name(&act_resources[i]), act_resources[i].help, act_resources[i].number);
	options.title = act_job_title(job, "Limits of", "");
	open_menu(shell, &options, &items, RLIMIT_NOFILE);
}

/* By action */

static void (*const dialogs[ACTION_COUNT])(struct shell *shell, const struct act_target *targets, size_t count) = {
	[ACTION_KILL] = open_signals,      [ACTION_NICE_DOWN] = lower_nice,
	[ACTION_NICE_UP] = raise_nice,     [ACTION_NICE] = open_nice,
	[ACTION_IONICE] = open_ionice,     [ACTION_AFFINITY] = act_open_affinity,
	[ACTION_SCHED] = open_sched,       [ACTION_LIMITS] = open_limits,
};

bool act_opens(enum action action)
{
	return dialogs[action] != NULL;
}

void act_open(struct shell *shell, enum action action, const struct act_target *targets, size_t count)
{
	dialogs[action](shell, targets, count);
}
