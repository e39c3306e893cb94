/* The machine in a few lines above every screen: host, CPU, memory, disks and network. */
#ifndef CMON_UI_OVERVIEW_H
#define CMON_UI_OVERVIEW_H

#include "model/request.h"
#include "model/snapshot.h"
#include "ui/canvas.h"
#include "ui/history.h"

/* Rows of each part; 0: left out, for lack of room. */
struct overview_layout {
	int host, cpu, memory, traffic;
};

/* What is drawn. */
struct overview {
	const struct snapshot *snapshot; /* NULL: nothing was read yet */
	const struct history *history;
	double interval_s; /* between snapshots */
	double graph_step_s; /* of the graphs */
	bool is_paused;
};

/* What fits a terminal of that size. cpus: how many there are, 0 when not known. */
struct overview_layout overview_layout(int rows, int columns, size_t cpus);

int overview_rows(const struct overview_layout *layout);

/* Add what these parts show to the request. */
void overview_needs(const struct overview_layout *layout, struct request *request);

/* area.rows: overview_rows of the layout. */
void overview_draw(const struct overview *overview, const struct overview_layout *layout, struct canvas *canvas,
		   struct area area);

#endif
