#include "ui/display.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/overview.h"
#include "ui/screen.h"

enum { PROCESSES, ZOMBIES, HELP, SCREEN_COUNT };

static const struct screen *const screens[SCREEN_COUNT] = {
	[PROCESSES] = &screen_processes,
	[ZOMBIES] = &screen_zombies,
	[HELP] = &screen_help,
};

struct display {
	struct ui_options options;
	void *states[SCREEN_COUNT];
	int current, before_help;
	struct snapshot *snapshot;
	struct history history;
	struct overview_layout layout;
	bool is_paused;
};

struct display *display_new(const struct ui_options *options)
{
	struct display *display = xcalloc(1, sizeof(*display));

	display->options = *options;
	if (!(display->options.interval_s >= 0.01))
		display->options.interval_s = 0.01;
	display->layout = overview_layout(24, 80, 0);
	for (int i = 0; i < SCREEN_COUNT; i++)
		display->states[i] = screens[i]->open(&display->options);
	return display;
}

void display_free(struct display *display)
{
	if (!display)
		return;
	for (int i = 0; i < SCREEN_COUNT; i++)
		screens[i]->close(display->states[i]);
	snapshot_unref(display->snapshot);
	history_free(&display->history);
	free(display);
}

void display_set_snapshot(struct display *display, struct snapshot *snapshot)
{
	struct snapshot *old = display->snapshot;

	/* Time goes on during a pause; the graph shows it afterwards. */
	history_add_snapshot(&display->history, snapshot);
	if (display->is_paused)
		return;
	display->snapshot = snapshot_ref(snapshot);
	for (int i = 0; i < SCREEN_COUNT; i++) {
		if (screens[i]->update)
			screens[i]->update(display->states[i], snapshot);
	}
	snapshot_unref(old);
}

static void toggle_help(struct display *display)
{
	if (display->current == HELP) {
		display->current = display->before_help;
		return;
	}
	display->before_help = display->current;
	display->current = HELP;
}

static void go_back(struct display *display)
{
	if (display->current == HELP)
		toggle_help(display);
	else
		display->current = PROCESSES;
}

/* Returns false on a screen where nothing stands for a process. */
static bool go_to_target(struct display *display)
{
	const struct screen *screen = screens[display->current];
	struct identity identity;

	if (!screen->target || !screen->target(display->states[display->current], &identity))
		return false;
	display->current = PROCESSES;
	screen_processes.select(display->states[PROCESSES], identity);
	return true;
}

bool display_act(struct display *display, enum action action)
{
	switch (action) {
	case ACTION_HELP: toggle_help(display); return true;
	case ACTION_BACK: go_back(display); return true;
	case ACTION_ZOMBIES: display->current = display->current == ZOMBIES ? PROCESSES : ZOMBIES; return true;
	case ACTION_OPEN: return go_to_target(display);
	case ACTION_PAUSE: display->is_paused = !display->is_paused; return true;
	default: return screens[display->current]->act(display->states[display->current], action);
	}
}

/* The keys that have a label, as htop has them. */
static void draw_keys(struct canvas *canvas, int row)
{
	struct pen pen = pen_at(canvas, row, 0, canvas->columns, 0);

	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_row *action_info = action_row(action);
		const char *cursor = action_info->keys, *name;
		size_t length = keymap_next_name(&cursor, &name);

		if (!action_info->label)
			continue;
		if (pen.column + (int)(length + strlen(action_info->label)) + 1 > canvas->columns)
			break;
		pen_text(&pen, STYLE_KEY, (struct text){name, length});
		pen_string(&pen, STYLE_KEY_LABEL, action_info->label);
		pen_string(&pen, STYLE_TEXT, " ");
	}
}

void display_draw(struct display *display, struct canvas *canvas)
{
	struct overview overview = {
		.snapshot = display->snapshot,
		.history = &display->history,
		.interval_s = display->options.interval_s,
		.is_paused = display->is_paused,
	};
	struct area area = {0, 0, canvas->rows, canvas->columns};
	size_t cpus = display->snapshot ? display->snapshot->cpus.percpu.count : 0;

	canvas_clear(canvas);
	display->layout = overview_layout(canvas->rows, canvas->columns, cpus);
	area.rows = overview_rows(&display->layout);
	overview_draw(&overview, &display->layout, canvas, area);
	area.row = area.rows;
	area.rows = canvas->rows - area.row;
	if (canvas->rows >= 8) {
		area.rows--;
		draw_keys(canvas, canvas->rows - 1);
	}
	screens[display->current]->draw(display->states[display->current], canvas, area);
}

struct request display_request(const struct display *display)
{
	struct request request = {0};
	/* What help covers is there again at once when it goes, and so are the processes. */
	int behind = display->current == HELP ? display->before_help : display->current;

	overview_needs(&display->layout, &request);
	screen_processes.needs(display->states[PROCESSES], &request);
	if (behind != PROCESSES && screens[behind]->needs)
		screens[behind]->needs(display->states[behind], &request);
	return request;
}
