/* Something to be done to some processes, from the dialog that asks for it to the report. */
#ifndef CMON_UI_ACT_JOB_H
#define CMON_UI_ACT_JOB_H

#include "model/request.h"
#include "ui/act_dialogs.h"

struct act_job {
	int references;
	struct shell *shell;
	bool is_current; /* the dialog has begun at what is set now, or the user was faster */
	struct act act;
	int32_t *cpus;   /* act.cpus, once they are chosen */
	char what[96];   /* "SIGTERM", "nice 5": for the question and the report */
	char title[160]; /* of the dialog that is open */
	struct act_target *targets;
	size_t count;
};

/* NULL, and a message, where nothing may be changed. One reference. */
struct act_job *act_job_new(struct shell *shell, enum act_kind kind, const struct act_target *targets, size_t count);

/* For owners of dialogs. */
void *act_job_ref(struct act_job *job);
void act_job_unref(void *job);

/* "1234 nginx", or "3 processes"; escaped. Returns text. */
const char *act_job_target(const struct act_job *job, char *text, size_t size);

/* "verb 1234 nginx" and what is to stand behind it; valid until the next is made. */
const char *act_job_title(struct act_job *job, const char *verb, const char *behind);

/* The process it is about as the snapshot has it; NULL when there are several, it is not there, or one of its threads
 * is meant, whose values are not those of the process. */
const struct process *act_job_process(const struct shell *shell, const struct act_job *job);

/* Ask for more facts of the process it is about, for a dialog's `needs`. */
void act_job_needs(const struct act_job *job, uint64_t facts, struct request *request);

/* Ask, unless the settings say not to, do it, and report. */
void act_job_confirm(struct shell *shell, struct act_job *job);

/* Do it and report. */
void act_job_run(struct shell *shell, struct act_job *job);

#endif
