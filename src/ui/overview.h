/* The machine in a few lines above every screen: its parts are chosen by the setting `parts`, or by a preset. */
#ifndef CMON_UI_OVERVIEW_H
#define CMON_UI_OVERVIEW_H

#include "model/request.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "ui/canvas.h"
#include "ui/history.h"

enum overview_part {
	PART_HOST,
	PART_CPU,
	PART_MEMORY,
	PART_TRAFFIC,    /* of all disks and all interfaces */
	PART_DISKS,      /* of each disk */
	PART_INTERFACES, /* of each interface */
	PART_SENSORS,    /* and the battery */
	PART_COUNT,
};

/* Parts from top to bottom. One without rows is wanted, but this machine has nothing of the kind. */
struct overview_layout {
	struct {
		enum overview_part part;
		int set; /* rows it was given; 0: as many as suit it */
		int rows;
	} parts[PART_COUNT];
	size_t count;
};

/* What is drawn. */
struct overview {
	const struct snapshot *snapshot; /* NULL: nothing was read yet */
	const struct history *history;
	const struct settings *settings;
	size_t preset;       /* 0: the parts that are set */
	double interval_s;   /* between snapshots */
	double graph_step_s; /* of the graphs */
	bool is_paused;
};

/* Sets of parts to change between; the last one is empty. */
size_t overview_preset_count(void);
const char *overview_preset_name(size_t preset);

/* What fits a terminal of that size: the least important parts are left out first. */
struct overview_layout overview_layout(const struct overview *overview, int rows, int columns);

int overview_rows(const struct overview_layout *layout);

/* Add what these parts show to the request. */
void overview_needs(const struct overview_layout *layout, struct request *request);

/* area.rows: overview_rows of the layout. */
void overview_draw(const struct overview *overview, const struct overview_layout *layout, struct canvas *canvas,
		   struct area area);

#endif
