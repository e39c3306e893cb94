/* What the user does to processes: the dialogs that ask what, the question before, and the report afterwards. Where
 * nothing may be changed, each of them only says so. */
#ifndef CMON_UI_ACT_DIALOGS_H
#define CMON_UI_ACT_DIALOGS_H

#include "ui/shell.h"

struct act_target {
	struct identity identity;
	int32_t thread; /* 0: the whole process */
	struct text name; /* as the process has it; shown escaped */
};

/* Whether an action is one on processes. */
bool act_opens(enum action action);

/* Open what such an action needs. Nice values go up and down by one, at once where there is one target.
 * targets: copied; at least one, else nothing happens. */
void act_open(struct shell *shell, enum action action, const struct act_target *targets, size_t count);

/* As act_open, with a file of its own. */
void act_open_affinity(struct shell *shell, const struct act_target *targets, size_t count);

#endif
