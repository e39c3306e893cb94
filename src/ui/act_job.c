#include "ui/act_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

#define NAMED_MAX 10 /* targets a question names; the others are counted */
#define LINE_SIZE 320

/* Life */

static bool may_change(const struct shell *shell)
{
	return shell->act && !setting_bool(shell->settings, SETTING_READONLY);
}

static bool refuse(struct shell *shell)
{
	if (may_change(shell))
		return false;
	shell_say(shell, STYLE_ALARM, "read-only: nothing is changed");
	return true;
}

static struct text copy_text(struct text text)
{
	char *bytes;

	if (!text.length)
		return TEXT_ABSENT;
	bytes = xmalloc(text.length);
	memcpy(bytes, text.bytes, text.length);
	return (struct text){bytes, text.length};
}

struct act_job *act_job_new(struct shell *shell, enum act_kind kind, const struct act_target *targets, size_t count)
{
	struct act_job *job;

	if (refuse(shell) || !count)
		return NULL;
	job = xcalloc(1, sizeof(*job));
	job->references = 1;
	job->shell = shell;
	job->act.kind = kind;
	job->targets = xreallocarray(NULL, count, sizeof(*job->targets));
	job->count = count;
	for (size_t i = 0; i < count; i++) {
		job->targets[i] = targets[i];
		job->targets[i].name = copy_text(targets[i].name);
	}
	return job;
}

void *act_job_ref(struct act_job *job)
{
	job->references++;
	return job;
}

void act_job_unref(void *opaque)
{
	struct act_job *job = opaque;

	if (--job->references > 0)
		return;
	for (size_t i = 0; i < job->count; i++)
		free((void *)(uintptr_t)job->targets[i].name.bytes);
	free(job->targets);
	free(job->cpus);
	free(job);
}

/* Words */

static const char *describe(const struct act_target *target, char *text, size_t size)
{
	char thread[16] = "", name[128];

	if (target->thread)
		snprintf(thread, sizeof(thread), "/%d", target->thread);
	text_to_display(target->name, true, name, sizeof(name));
	snprintf(text, size, "%d%s %s", target->identity.pid, thread, name);
	return text;
}

const char *act_job_target(const struct act_job *job, char *text, size_t size)
{
	if (job->count == 1)
		return describe(&job->targets[0], text, size);
	snprintf(text, size, "%zu processes", job->count);
	return text;
}

const char *act_job_title(struct act_job *job, const char *verb, const char *behind)
{
	char target[120];

	snprintf(job->title, sizeof(job->title), "%s %s%s", verb, act_job_target(job, target, sizeof(target)), behind);
	return job->title;
}

const struct process *act_job_process(const struct shell *shell, const struct act_job *job)
{
	struct identity identity = job->targets[0].identity;

	bool is_thread = job->targets[0].thread && job->act.kind != ACT_LIMIT;

	if (job->count != 1 || is_thread || !shell->snapshot)
		return NULL;
	return snapshot_find(shell->snapshot, identity.pid, identity.starttime);
}

/* What a screen asks for of another process goes first. */
void act_job_needs(const struct act_job *job, uint64_t facts, struct request *request)
{
	int32_t pid = job->targets[0].identity.pid;

	if (job->count != 1 || (request->detail_pid && request->detail_pid != pid))
		return;
	request->sections |= SECTION_BIT(SECTION_PROCESSES);
	request->detail_pid = pid;
	request->detail_facts |= facts;
}

static char *make_line(const struct act_target *target, const char *behind)
{
	char line[LINE_SIZE], named[200];

	snprintf(line, sizeof(line), "%s%s", describe(target, named, sizeof(named)), behind);
	return xstrdup(line);
}

/* Doing it */

/* The menu of signals begins there the next time. */
static void remember_signal(struct shell *shell, int number)
{
	char name[ACT_SIGNAL_NAME_SIZE], *message = NULL;

	if (!act_signal_name(number, name) || strcmp(setting_text(shell->settings, SETTING_LAST_SIGNAL), name) == 0)
		return;
	if (setting_set(shell->settings, SETTING_LAST_SIGNAL, name, &message) == 0)
		shell_changed(shell);
	free(message);
}

static const char *reason(int error)
{
	return error == -ESRCH ? "is gone" : strerror(-error);
}

static char *failure_line(const struct act_target *target, int error)
{
	char behind[100];

	snprintf(behind, sizeof(behind), ": %s", reason(error));
	return make_line(target, behind);
}

static void say_success(struct shell *shell, const struct act_job *job)
{
	char target[160];

	shell_say(shell, STYLE_TEXT, "%s%s %s", job->what, job->act.kind == ACT_SIGNAL ? " sent to" : ":",
		  act_job_target(job, target, sizeof(target)));
}

/* lines: taken over. */
static void show_failures(struct shell *shell, struct act_job *job, char **lines, size_t count)
{
	char summary[160];

	snprintf(summary, sizeof(summary), "%s: %zu of %zu failed", job->what, count, job->count);
	if (count > 1) {
		snprintf(job->title, sizeof(job->title), "%s", summary);
		shell_say(shell, STYLE_ALARM, "%s", summary);
		shell_open(shell, question_new(&(struct question_options){.title = job->title,
									  .free_owner = act_job_unref,
									  .owner = act_job_ref(job)}, lines, count));
		return;
	}
	shell_say(shell, STYLE_ALARM, "%s: %s", job->count == 1 ? job->what : summary, lines[0]);
	free(lines[0]);
	free(lines);
}

void act_job_run(struct shell *shell, struct act_job *job)
{
	char **lines;
	size_t failed = 0;

	/* It may have been switched on while the question was open. */
	if (refuse(shell))
		return;
	lines = xreallocarray(NULL, job->count, sizeof(*lines));
	for (size_t i = 0; i < job->count; i++) {
		const struct act_target *target = &job->targets[i];
		int r = shell->act->apply(&job->act, target->identity, target->thread);

		if (r < 0)
			lines[failed++] = failure_line(target, r);
	}
	if (job->act.kind == ACT_SIGNAL)
		remember_signal(shell, job->act.number);
	if (failed) {
		show_failures(shell, job, lines, failed);
		return;
	}
	free(lines);
	say_success(shell, job);
}

/* The question before */

static void confirmed(struct shell *shell, void *owner)
{
	act_job_run(shell, owner);
}

void act_job_confirm(struct shell *shell, struct act_job *job)
{
	struct question_options options = {.confirmed = confirmed, .free_owner = act_job_unref};
	size_t named = job->count <= NAMED_MAX ? job->count : NAMED_MAX, rest = job->count - named;
	char **lines, others[48];

	if (!setting_bool(shell->settings, SETTING_CONFIRM)) {
		act_job_run(shell, job);
		return;
	}
	lines = xreallocarray(NULL, named + 1, sizeof(*lines));
	for (size_t i = 0; i < named; i++)
		lines[i] = make_line(&job->targets[i], "");
	if (rest) {
		snprintf(others, sizeof(others), "and %zu %s", rest, rest == 1 ? "other" : "others");
		lines[named] = xstrdup(others);
	}
	snprintf(job->title, sizeof(job->title), "%s %s", job->what, job->act.kind == ACT_SIGNAL ? "to" : "for");
	options.title = job->title;
	options.owner = act_job_ref(job);
	shell_open(shell, question_new(&options, lines, named + (rest > 0)));
}
