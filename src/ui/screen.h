/* A screen: what stands between the overview and the bottom line. One file and one row in display.c each. */
#ifndef CMON_UI_SCREEN_H
#define CMON_UI_SCREEN_H

#include "model/request.h"
#include "model/snapshot.h"
#include "ui/canvas.h"
#include "ui/keymap.h"
#include "ui/ui.h"

struct screen {
	const char *name;
	void *(*open)(const struct ui_options *options);
	void (*close)(void *state);
	/* Add what it shows to the request. NULL: nothing. */
	void (*needs)(const void *state, struct request *request);
	/* A new snapshot is shown from now on; it stays valid until the next. NULL: it does not care. */
	void (*update)(void *state, const struct snapshot *snapshot);
	void (*draw)(void *state, struct canvas *canvas, struct area area);
	/* Returns false for an action that is not its own. */
	bool (*act)(void *state, enum action action);
	/* The process its selection stands for, which Enter goes to in the process table. Returns false when there is
	 * none. NULL: there never is. */
	bool (*target)(const void *state, struct identity *ret_identity);
	/* Move the selection to a process, whatever is folded. NULL: it shows none. */
	void (*select)(void *state, struct identity identity);
};

extern const struct screen screen_processes, screen_zombies, screen_help;

#endif
