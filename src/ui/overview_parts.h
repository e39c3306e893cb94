/* The parts of the overview, for overview.c alone. Each draws into an area with at least one row; but for the host's
 * line there is a snapshot. */
#ifndef CMON_UI_OVERVIEW_PARTS_H
#define CMON_UI_OVERVIEW_PARTS_H

#include "ui/overview.h"

#define OVERVIEW_LABEL_WIDTH 6 /* "Swap  " */

void overview_draw_host(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_cpu(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_memory(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_traffic(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_disks(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_interfaces(const struct overview *overview, struct canvas *canvas, struct area area);
void overview_draw_sensors(const struct overview *overview, struct canvas *canvas, struct area area);

/* Rows they could fill; what is not known yet takes one. most: no more than these, 0: the usual. */
int overview_cpu_rows(const struct overview *overview, int rows, int columns);
int overview_disk_rows(const struct overview *overview, int most);
int overview_interface_rows(const struct overview *overview, int most);
int overview_sensor_rows(const struct overview *overview);

/* A graph of a series. max 0: what is in sight fills it, but no less than `least`. */
void overview_draw_graph(const struct overview *overview, struct canvas *canvas, struct area area,
			 const struct series *series, double max, double least, enum style style);

void overview_draw_label(struct canvas *canvas, int row, int column, const char *label);

#endif
