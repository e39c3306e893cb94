/* A screen: what stands between the overview and the bottom line. One file and one row in display.c each. */
#ifndef CMON_UI_SCREEN_H
#define CMON_UI_SCREEN_H

#include "model/request.h"
#include "model/snapshot.h"
#include "ui/canvas.h"
#include "ui/input.h"
#include "ui/keymap.h"
#include "ui/shell.h"

struct screen {
	const char *name; /* of its tab, and in lower case in the settings */
	/* tab: of a process tab, its index in shell->settings->tabs; else 0. The shell outlives the screen. */
	void *(*open)(struct shell *shell, size_t tab);
	void (*close)(void *state);
	/* Add what it shows to the request. NULL: nothing. */
	void (*needs)(const void *state, struct request *request);
	/* A new snapshot is shown from now on; it stays valid until the next. NULL: it does not care. */
	void (*update)(void *state, const struct snapshot *snapshot);
	/* Settings changed. NULL: it does not care. */
	void (*configure)(void *state);
	void (*draw)(void *state, struct canvas *canvas, struct area area);
	/* Returns false for an action that is not its own. */
	bool (*act)(void *state, enum action action);
	/* A key without an action, as a digit. Returns false when it is not for it. NULL: none is. */
	bool (*key)(void *state, uint32_t key);
	/* The mouse, inside the area last drawn. NULL: it does not care. */
	void (*mouse)(void *state, const struct mouse *mouse);
	/* A descriptor that wakes it when there is something to be read, or -1, and what is called then. NULL: none does. */
	int (*fd)(const void *state);
	void (*ready)(void *state);
	/* The process its selection stands for. Returns false when there is none. NULL: there never is. */
	bool (*target)(const void *state, struct identity *ret_identity);
	/* Move the selection to a process, whatever is folded. NULL: it shows none. */
	void (*select)(void *state, struct identity identity);
};

/* One file each; those of the tabs have a row in display.c. */
extern const struct screen screen_processes, screen_cpu, screen_memory, screen_zombies, screen_help, screen_details;
extern const struct screen screen_disks, screen_network, screen_sensors;

#endif
