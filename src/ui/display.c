#include "ui/display.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fatal.h"
#include "base/real.h"
#include "ui/graph.h"
#include "ui/overview.h"
#include "ui/screen.h"
#include "ui/setup.h"

#define KEYS_ROWS_MIN 8 /* with fewer rows there is no bottom line, */
#define TABS_ROWS_MIN 12 /* and with fewer than these no line of tabs */
#define BUTTONS_MAX 64
#define MESSAGE_SIZE 512
#define MESSAGE_ROWS_MAX 4
#define REDRAW_KEY ('L' - '@')
#define WARNINGS_SAID_MAX 2 /* more of them take a dialog, and with it the first key */

/* Tabs that the settings may ask for behind those of processes. */
static const struct screen *const screens[] = {&screen_cpu, &screen_memory, &screen_disks, &screen_network,
					      &screen_sensors, &screen_zombies};

#define SCREEN_COUNT (sizeof(screens) / sizeof(screens[0]))

struct tab {
	const struct screen *screen;
	void *state;
	char name[48];
};

/* What the mouse can press in a line of words. */
struct button {
	int start, end; /* columns */
	int value;      /* tab, or enum action */
};

struct buttons {
	struct button items[BUTTONS_MAX];
	size_t count;
	int row; /* -1: not drawn */
};

struct display {
	struct shell shell;
	struct ui_options options;
	struct settings *own_settings; /* where the caller gave none */
	struct keymap *keymap;
	struct tab *tabs;
	size_t tabs_count, current;
	struct tab help, details; /* they stand above the tabs */
	bool shows_help, shows_details;
	struct dialog *dialogs; /* the uppermost */
	char message[MESSAGE_SIZE];
	enum style message_style;
	struct snapshot *snapshot;
	struct history history;
	struct overview_layout layout;
	size_t preset; /* of the overview */
	double given_interval_s; /* by the command line; 0: the settings have it */
	double graph_step_set_s; /* what the setting was when it was looked at */
	struct area body; /* of the screen, as last drawn */
	struct buttons tab_buttons, key_buttons;
	bool is_paused;
};

/* Tabs */

static void open_tab(struct display *display, const struct screen *screen, size_t number, const char *name)
{
	struct tab *tab;

	display->tabs = xreallocarray(display->tabs, display->tabs_count + 1, sizeof(*display->tabs));
	tab = &display->tabs[display->tabs_count++];
	tab->screen = screen;
	snprintf(tab->name, sizeof(tab->name), "%s", name);
	tab->state = screen->open(&display->shell, number);
	if (display->snapshot && screen->update)
		screen->update(tab->state, display->snapshot);
}

static const struct screen *find_screen(struct text name)
{
	for (size_t i = 0; i < SCREEN_COUNT; i++) {
		if (strlen(screens[i]->name) == name.length &&
		    strncasecmp(screens[i]->name, name.bytes, name.length) == 0)
			return screens[i];
	}
	return NULL;
}

static void open_tabs(struct display *display)
{
	const struct settings *settings = display->shell.settings;
	const char *cursor = setting_text(settings, SETTING_SCREENS);
	struct text word;

	for (size_t i = 0; i < settings->tabs_count; i++)
		open_tab(display, &screen_processes, i, settings->tabs[i].name);
	while (setting_next_word(&cursor, &word)) {
		const struct screen *screen = find_screen(word);

		if (screen)
			open_tab(display, screen, 0, screen->name);
	}
}

static void close_tabs(struct display *display)
{
	for (size_t i = 0; i < display->tabs_count; i++)
		display->tabs[i].screen->close(display->tabs[i].state);
	display->tabs_count = display->current = 0;
}

static struct tab *current_tab(struct display *display)
{
	if (display->shows_help)
		return &display->help;
	return display->shows_details ? &display->details : &display->tabs[display->current];
}

/* What they kept is given back. */
static void close_details(struct display *display)
{
	screen_details.select(display->details.state, (struct identity){0});
	display->shows_details = false;
}

static void leave_overlays(struct display *display)
{
	display->shows_help = false;
	if (display->shows_details)
		close_details(display);
}

/* Returns false when there is no such tab. */
static bool go_to_screen(struct display *display, const struct screen *screen)
{
	for (size_t i = 0; i < display->tabs_count; i++) {
		if (display->tabs[i].screen != screen)
			continue;
		display->current = i;
		leave_overlays(display);
		return true;
	}
	return false;
}

static void go_to_tab(struct display *display, size_t at)
{
	display->current = at % display->tabs_count;
	leave_overlays(display);
}

/* Life */

static void set_keys(struct display *display)
{
	char *message = NULL;

	keymap_free(display->keymap);
	display->keymap = keymap_new(display->shell.settings, &message);
	display->shell.keymap = display->keymap;
	if (message)
		shell_say(&display->shell, STYLE_ALARM, "%s", message);
	free(message);
}

/* As set, or a snapshot a value; zooming changes it until the setting does. */
static void set_graph_step(struct display *display)
{
	double set_s = setting_number(display->shell.settings, SETTING_GRAPH_STEP);

	if (display->shell.graph_step_s > 0 && set_s == display->graph_step_set_s)
		return;
	display->graph_step_set_s = set_s;
	display->shell.graph_step_s = set_s > 0 ? set_s : display->options.interval_s;
}

static void set_interval(struct display *display)
{
	double old_s = display->options.interval_s, set_s = setting_number(display->shell.settings, SETTING_DELAY);

	display->options.interval_s = real_max(display->given_interval_s > 0 ? display->given_interval_s : set_s, 0.01);
	if (display->shell.graph_step_s == old_s)
		display->shell.graph_step_s = display->options.interval_s;
}

static void set_readonly(struct display *display)
{
	bool is_readonly = setting_bool(display->shell.settings, SETTING_READONLY);

	display->shell.act = is_readonly ? NULL : display->options.act;
}

static void show_warnings(struct display *display)
{
	size_t count = display->options.warnings_count;
	char **lines;

	if (count <= WARNINGS_SAID_MAX) {
		for (size_t i = 0; i < count; i++)
			display_say(display, STYLE_ALARM, display->options.warnings[i]);
		return;
	}
	lines = xcalloc(count, sizeof(*lines));
	for (size_t i = 0; i < count; i++)
		lines[i] = xstrdup(display->options.warnings[i]);
	shell_open(&display->shell, question_new(&(struct question_options){.title = "Configuration"}, lines, count));
}

static struct text first_key(const struct display *display, enum action action)
{
	const char *cursor = keymap_keys(display->keymap, action), *name;
	size_t length = keymap_next_name(&cursor, &name);

	return (struct text){name, length};
}

static void show_hint(struct display *display)
{
	struct text help = first_key(display, ACTION_HELP), setup = first_key(display, ACTION_SETUP);

	if (!display->message[0] && setting_bool(display->shell.settings, SETTING_HINT))
		shell_say(&display->shell, STYLE_TEXT, "%.*s help  %.*s setup", (int)help.length, help.bytes,
			  (int)setup.length, setup.bytes);
}

double display_interval(const struct display *display)
{
	return display->options.interval_s;
}

struct display *display_new(const struct ui_options *options)
{
	struct display *display = xcalloc(1, sizeof(*display));

	display->options = *options;
	display->given_interval_s = options->interval_s;
	if (!options->settings)
		display->own_settings = settings_new();
	display->shell = (struct shell){
		.settings = options->settings ? options->settings : display->own_settings,
		.save = options->save,
		.save_context = options->save_context,
		.history = &display->history,
		.options = &display->options,
		.display = display,
	};
	set_keys(display);
	set_interval(display);
	set_readonly(display);
	set_graph_step(display);
	display->layout = overview_layout(&(struct overview){.settings = display->shell.settings}, 24, 80);
	display->tab_buttons.row = display->key_buttons.row = -1;
	open_tabs(display);
	display->help.screen = &screen_help;
	display->help.state = screen_help.open(&display->shell, 0);
	display->details.screen = &screen_details;
	display->details.state = screen_details.open(&display->shell, 0);
	if (options->warnings_count > 0)
		show_warnings(display);
	else if (options->is_first_run)
		show_hint(display);
	return display;
}

static void close_dialogs(struct display *display)
{
	while (display->dialogs) {
		struct dialog *dialog = display->dialogs;

		display->dialogs = dialog->below;
		dialog->class->free(dialog);
	}
}

void display_free(struct display *display)
{
	if (!display)
		return;
	close_dialogs(display);
	close_tabs(display);
	free(display->tabs);
	screen_help.close(display->help.state);
	screen_details.close(display->details.state);
	snapshot_unref(display->snapshot);
	history_free(&display->history);
	keymap_free(display->keymap);
	settings_free(display->own_settings);
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
	display->shell.snapshot = snapshot;
	for (size_t i = 0; i < display->tabs_count; i++) {
		if (display->tabs[i].screen->update)
			display->tabs[i].screen->update(display->tabs[i].state, snapshot);
	}
	screen_details.update(display->details.state, snapshot);
	snapshot_unref(old);
}

/* For screens and dialogs */

void shell_open(struct shell *shell, struct dialog *dialog)
{
	dialog->below = shell->display->dialogs;
	shell->display->dialogs = dialog;
}

void shell_say(struct shell *shell, enum style style, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(shell->display->message, sizeof(shell->display->message), format, arguments);
	va_end(arguments);
	shell->display->message_style = style;
}

void display_say(struct display *display, enum style style, const char *message)
{
	char said[MESSAGE_SIZE];

	snprintf(said, sizeof(said), "%s", display->message);
	shell_say(&display->shell, style, "%s%s%s", said, *said ? " | " : "", message);
}

static bool tabs_are_as_set(const struct display *display)
{
	const struct settings *settings = display->shell.settings;
	const char *cursor = setting_text(settings, SETTING_SCREENS);
	size_t at = 0;
	struct text word;

	for (; at < settings->tabs_count; at++) {
		if (at >= display->tabs_count || display->tabs[at].screen != &screen_processes ||
		    strncmp(display->tabs[at].name, settings->tabs[at].name, sizeof(display->tabs[at].name) - 1) != 0)
			return false;
	}
	while (setting_next_word(&cursor, &word)) {
		const struct screen *screen = find_screen(word);

		if (screen && (at >= display->tabs_count || display->tabs[at++].screen != screen))
			return false;
	}
	return at == display->tabs_count;
}

void shell_changed(struct shell *shell)
{
	struct display *display = shell->display;
	char *message = NULL;

	set_keys(display);
	set_interval(display);
	set_readonly(display);
	set_graph_step(display);
	if (!tabs_are_as_set(display)) {
		close_tabs(display);
		open_tabs(display);
	}
	for (size_t i = 0; i < display->tabs_count; i++) {
		if (display->tabs[i].screen->configure)
			display->tabs[i].screen->configure(display->tabs[i].state);
	}
	if (shell->save && shell->save(shell->save_context, shell->settings, &message) < 0)
		shell_say(shell, STYLE_ALARM, "not saved: %s", message ? message : "");
	free(message);
}

void shell_go_to(struct shell *shell, struct identity identity)
{
	struct display *display = shell->display;

	if (display->tabs[display->current].screen != &screen_processes)
		display->current = 0;
	leave_overlays(display);
	screen_processes.select(display->tabs[display->current].state, identity);
}

void shell_open_details(struct shell *shell, struct identity identity)
{
	screen_details.select(shell->display->details.state, identity);
	shell->display->shows_help = false;
	shell->display->shows_details = true;
}

/* Actions */

static void go_back(struct display *display)
{
	if (display->shows_help)
		display->shows_help = false;
	else if (display->shows_details)
		close_details(display);
	else if (display->tabs[display->current].screen != &screen_processes)
		display->current = 0;
}

/* Returns false on a screen where nothing stands for a process. */
static bool go_to_target(struct display *display)
{
	const struct tab *tab = current_tab(display);
	struct identity identity;

	if (!tab->screen->target || !tab->screen->target(tab->state, &identity))
		return false;
	shell_go_to(&display->shell, identity);
	return true;
}

/* Returns false where nothing stands for a process. The action goes on to the details, which have a pane for it. */
static bool open_details(struct display *display, enum action action)
{
	const struct tab *tab = current_tab(display);
	struct identity identity;

	if (display->shows_help || !tab->screen->target || !tab->screen->target(tab->state, &identity))
		return false;
	shell_open_details(&display->shell, identity);
	return screen_details.act(display->details.state, action);
}

static bool toggle_zombies(struct display *display)
{
	if (current_tab(display)->screen == &screen_zombies) {
		display->current = 0;
		return true;
	}
	return go_to_screen(display, &screen_zombies);
}

/* Between two snapshots there is no more detail to see. */
static void zoom(struct display *display, bool out)
{
	double *step_s = &display->shell.graph_step_s, zoomed_s = graph_zoom(*step_s, out);

	if (!out && zoomed_s < display->options.interval_s)
		zoomed_s = real_min(*step_s, display->options.interval_s);
	*step_s = zoomed_s;
	shell_say(&display->shell, STYLE_TEXT, "graphs: %g s a point", zoomed_s);
}

static void change_preset(struct display *display)
{
	display->preset = (display->preset + 1) % overview_preset_count();
	shell_say(&display->shell, STYLE_TEXT, "overview: %s", overview_preset_name(display->preset));
}

bool display_act(struct display *display, enum action action)
{
	struct tab *tab = current_tab(display);

	if (tab->screen->act(tab->state, action))
		return true;
	switch (action) {
	case ACTION_SETUP: shell_open(&display->shell, setup_new(&display->shell)); return true;
	case ACTION_HELP: display->shows_help = !display->shows_help; return true;
	case ACTION_BACK: go_back(display); return true;
	case ACTION_ZOMBIES: return toggle_zombies(display);
	case ACTION_OPEN:
		return tab->screen == &screen_processes ? open_details(display, action) : go_to_target(display);
	case ACTION_ENVIRONMENT:
	case ACTION_LOCKS:
	case ACTION_TRACE:
	case ACTION_FILES: return open_details(display, action);
	case ACTION_TAB_NEXT: go_to_tab(display, display->current + 1); return true;
	case ACTION_TAB_PREVIOUS: go_to_tab(display, display->current + display->tabs_count - 1); return true;
	case ACTION_PRESET: change_preset(display); return true;
	case ACTION_ZOOM_IN: zoom(display, false); return true;
	case ACTION_ZOOM_OUT: zoom(display, true); return true;
	case ACTION_PAUSE: display->is_paused = !display->is_paused; return true;
	default: return false;
	}
}

/* Input */

static void dialog_input(struct display *display, struct dialog *dialog, const struct input *input)
{
	struct dialog **at = &display->dialogs;

	if (dialog->class->input(dialog, &display->shell, input))
		return;
	/* It may have opened others above itself. */
	while (*at != dialog)
		at = &(*at)->below;
	*at = dialog->below;
	dialog->class->free(dialog);
}

static bool find_button(const struct buttons *buttons, const struct mouse *mouse, int *ret_value)
{
	/* Two presses soon after each other are two presses here. */
	if (mouse->row != buttons->row || (mouse->kind != MOUSE_PRESS && mouse->kind != MOUSE_DOUBLE))
		return false;
	for (size_t i = 0; i < buttons->count; i++) {
		if (mouse->column < buttons->items[i].start || mouse->column >= buttons->items[i].end)
			continue;
		*ret_value = buttons->items[i].value;
		return true;
	}
	return false;
}

static enum action mouse_input(struct display *display, const struct mouse *mouse)
{
	struct tab *tab = current_tab(display);
	struct area body = display->body;
	int value;

	if (find_button(&display->key_buttons, mouse, &value))
		return (enum action)value;
	if (find_button(&display->tab_buttons, mouse, &value))
		go_to_tab(display, (size_t)value);
	else if (tab->screen->mouse && mouse->row >= body.row && mouse->row < body.row + body.rows)
		tab->screen->mouse(tab->state, mouse);
	return ACTION_NONE;
}

enum action display_input(struct display *display, const struct input *input)
{
	struct tab *tab = current_tab(display);
	enum action action;

	display->message[0] = '\0';
	/* Keys of dialogs are fixed, and what another program wrote over the screen goes from below them, too. */
	if (display->dialogs && input->key == REDRAW_KEY)
		return ACTION_REDRAW;
	if (display->dialogs) {
		dialog_input(display, display->dialogs, input);
		return ACTION_NONE;
	}
	if (input->key == KEYCODE_MOUSE)
		return mouse_input(display, &input->mouse);
	action = keymap_action(display->shell.keymap, input->key);
	if (action == ACTION_NONE && tab->screen->key)
		tab->screen->key(tab->state, input->key);
	return action;
}

/* Drawing */

static void add_button(struct buttons *buttons, int start, int end, int value)
{
	if (buttons->count < BUTTONS_MAX)
		buttons->items[buttons->count++] = (struct button){start, end, value};
}

static int tabs_width(const struct display *display, const struct canvas *canvas, size_t first, size_t last)
{
	int width = 0;

	for (size_t i = first; i <= last; i++)
		width += canvas_text_width(canvas, text_of(display->tabs[i].name), 1000) + 3;
	return width;
}

static void draw_tabs(struct display *display, struct canvas *canvas, int row)
{
	struct pen pen = pen_at(canvas, row, 0, canvas->columns, 0);
	size_t first = 0;

	display->tab_buttons.count = 0;
	display->tab_buttons.row = row;
	while (first < display->current && tabs_width(display, canvas, first, display->current) > canvas->columns - 2)
		first++;
	if (first > 0)
		pen_symbol(&pen, STYLE_DIM, 0x2026, '<');
	for (size_t i = first; i < display->tabs_count && !pen_is_full(&pen); i++) {
		bool is_current = i == display->current && !display->shows_help && !display->shows_details;
		int start;

		pen_symbol(&pen, STYLE_TREE, 0x2500, '-');
		start = pen.column;
		pen_string(&pen, is_current ? STYLE_TAB : STYLE_DIM, " ");
		pen_string(&pen, is_current ? STYLE_TAB : STYLE_LABEL, display->tabs[i].name);
		pen_string(&pen, is_current ? STYLE_TAB : STYLE_DIM, " ");
		add_button(&display->tab_buttons, start, pen.column, (int)i);
	}
	while (!pen_is_full(&pen))
		pen_symbol(&pen, STYLE_TREE, 0x2500, '-');
}

/* The keys that have a label, as htop has them. */
static void draw_keys(struct display *display, struct canvas *canvas, int row)
{
	struct pen pen = pen_at(canvas, row, 0, canvas->columns, 0);

	display->key_buttons.count = 0;
	display->key_buttons.row = row;
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_row *action_info = action_row(action);
		const char *cursor = keymap_keys(display->shell.keymap, action), *name;
		size_t length = keymap_next_name(&cursor, &name);
		int start = pen.column;

		if (!action_info->label || !length)
			continue;
		if (pen.column + (int)(length + strlen(action_info->label)) + 1 > canvas->columns)
			break;
		pen_text(&pen, STYLE_KEY, (struct text){name, length});
		pen_string(&pen, STYLE_KEY_LABEL, action_info->label);
		add_button(&display->key_buttons, start, pen.column, (int)action);
		pen_string(&pen, STYLE_TEXT, " ");
	}
}

static void draw_dialogs(struct dialog *dialog, struct canvas *canvas, struct area whole)
{
	struct area line = {whole.row + whole.rows - 1, whole.column, 1, whole.columns};
	struct area above = {whole.row, whole.column, whole.rows - 1, whole.columns};

	if (!dialog)
		return;
	draw_dialogs(dialog->below, canvas, whole);
	dialog->class->draw(dialog, canvas, dialog->class->in_bottom_line ? line : above);
}

/* In the bottom line, and above it what does not fit there. */
static void draw_message(const struct display *display, struct canvas *canvas)
{
	struct text message = text_of(display->message);
	int columns = canvas->columns, width = canvas_text_width(canvas, message, MESSAGE_ROWS_MAX * columns + 1);
	int most = canvas->rows / 4 < MESSAGE_ROWS_MAX ? canvas->rows / 4 : MESSAGE_ROWS_MAX;
	int rows = columns > 0 ? (width + columns - 1) / columns : 0, row;

	if (rows > most)
		rows = most > 0 ? most : 1;
	row = canvas->rows - rows;
	for (int i = 0; i < rows; i++) {
		struct pen pen = pen_at(canvas, row + i, 0, columns, i * columns);

		pen_text(&pen, display->message_style, message);
		pen_fill(&pen, STYLE_TEXT);
	}
	if (width > rows * columns) {
		struct pen pen = pen_at(canvas, canvas->rows - 1, columns - 1, 1, 0);

		pen_symbol(&pen, display->message_style, 0x2026, '>');
	}
}

static void draw_bottom(struct display *display, struct canvas *canvas)
{
	display->key_buttons.row = -1;
	if (display->message[0])
		draw_message(display, canvas);
	else if (canvas->rows >= KEYS_ROWS_MIN)
		draw_keys(display, canvas, canvas->rows - 1);
}

void display_draw(struct display *display, struct canvas *canvas)
{
	const struct overview overview = {
		.snapshot = display->snapshot,
		.history = &display->history,
		.settings = display->shell.settings,
		.preset = display->preset,
		.interval_s = display->options.interval_s,
		.graph_step_s = display->shell.graph_step_s,
		.is_paused = display->is_paused,
	};
	struct area whole = {0, 0, canvas->rows, canvas->columns}, area = whole;
	struct tab *tab = current_tab(display);

	canvas_clear(canvas);
	display->layout = overview_layout(&overview, canvas->rows, canvas->columns);
	area.rows = overview_rows(&display->layout);
	overview_draw(&overview, &display->layout, canvas, area);
	area.row = area.rows;
	display->tab_buttons.row = -1;
	if (canvas->rows >= TABS_ROWS_MIN)
		draw_tabs(display, canvas, area.row++);
	area.rows = canvas->rows - area.row - (canvas->rows >= KEYS_ROWS_MIN);
	display->body = area;
	display->shell.screen_name = display->shows_details ? screen_details.name
							    : display->tabs[display->current].screen->name;
	tab->screen->draw(tab->state, canvas, area);
	draw_bottom(display, canvas);
	if (canvas->rows > 0)
		draw_dialogs(display->dialogs, canvas, whole);
}

struct request display_request(const struct display *display)
{
	struct request request = {0};
	/* What help covers is there again at once when it goes. */
	const struct tab *tab = &display->tabs[display->current];

	overview_needs(&display->layout, &request);
	if (tab->screen->needs)
		tab->screen->needs(tab->state, &request);
	if (display->shows_details)
		screen_details.needs(display->details.state, &request);
	for (const struct dialog *dialog = display->dialogs; dialog; dialog = dialog->below) {
		if (dialog->class->needs)
			dialog->class->needs(dialog, &request);
	}
	return request;
}

int display_fd(const struct display *display)
{
	return screen_details.fd(display->details.state);
}

void display_ready(struct display *display)
{
	screen_details.ready(display->details.state);
}
