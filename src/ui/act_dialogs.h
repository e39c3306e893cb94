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

/* targets: copied; at least one, else nothing happens. */
void act_open_signals(struct shell *shell, const struct act_target *targets, size_t count);
void act_open_nice(struct shell *shell, const struct act_target *targets, size_t count);
void act_open_ionice(struct shell *shell, const struct act_target *targets, size_t count);
void act_open_affinity(struct shell *shell, const struct act_target *targets, size_t count);
void act_open_sched(struct shell *shell, const struct act_target *targets, size_t count);
void act_open_limits(struct shell *shell, const struct act_target *targets, size_t count);

/* By one, at once where there is one target. */
void act_raise_nice(struct shell *shell, const struct act_target *targets, size_t count);
void act_lower_nice(struct shell *shell, const struct act_target *targets, size_t count);

#endif
