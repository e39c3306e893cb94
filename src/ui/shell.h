/* What a screen or a dialog may ask of the whole: settings, actions, history, dialogs, a message. */
#ifndef CMON_UI_SHELL_H
#define CMON_UI_SHELL_H

#include "model/act.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "ui/dialog.h"
#include "ui/history.h"
#include "ui/keymap.h"
#include "ui/ui.h"

struct shell {
	struct settings *settings;
	const struct act_ops *act;       /* NULL: nothing may be changed */
	int (*save)(void *context, const struct settings *settings, char **ret_message); /* NULL: there is no file */
	void *save_context;
	const struct history *history;
	const struct keymap *keymap;
	const char *screen_name;         /* that is shown, or would be but for the help; NULL before the first drawing */
	double graph_step_s;             /* of one value of a graph; the user zooms */
	const struct snapshot *snapshot; /* shown now; NULL before the first */
	const struct ui_options *options;
	struct display *display;         /* for shell.c's functions */
};

/* Put a dialog above everything; it is freed when it closes. */
void shell_open(struct shell *shell, struct dialog *dialog);

/* A message in the bottom line until the next key. */
void shell_say(struct shell *shell, enum style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Settings changed: screens look at them again (struct screen's `configure`), and the file is written. */
void shell_changed(struct shell *shell);

/* Go to a process in the process table, whatever tab is shown. */
void shell_go_to(struct shell *shell, struct identity identity);

/* Show the details of a process. */
void shell_open_details(struct shell *shell, struct identity identity);

#endif
