/* All that is on the screen, and what keys do to it, with no terminal: ui.c gives it one, tests do not. */
#ifndef CMON_UI_DISPLAY_H
#define CMON_UI_DISPLAY_H

#include "model/request.h"
#include "model/snapshot.h"
#include "ui/canvas.h"
#include "ui/input.h"
#include "ui/keymap.h"
#include "ui/ui.h"

struct display;

struct display *display_new(const struct ui_options *options);
void display_free(struct display *display);

/* Show a snapshot from now on; unless paused. Takes a reference of its own. */
void display_set_snapshot(struct display *display, struct snapshot *snapshot);

/* Take a key or what the mouse did. Returns the action that remains to be done, for display_act or its caller;
 * ACTION_NONE when there is none. */
enum action display_input(struct display *display, const struct input *input);

/* Returns false for an action that is not the display's. */
bool display_act(struct display *display, enum action action);

/* A message in the bottom line until the next key, behind what stands there. */
void display_say(struct display *display, enum style style, const char *message);

/* What wakes it besides keys and snapshots: a descriptor to be polled for reading, which may be another each time, and
 * what is to be called then. Returns -1 when there is none. */
int display_fd(const struct display *display);
void display_ready(struct display *display);

/* Draw all of it on a canvas of any size. */
void display_draw(struct display *display, struct canvas *canvas);

/* Seconds between two snapshots. */
double display_interval(const struct display *display);

/* What is shown, at the size last drawn (before: 80 by 24), and so has to be collected. */
struct request display_request(const struct display *display);

#endif
