#include "ui/ui.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/latency.h"
#include "ui/display.h"
#include "ui/term.h"

#define READY_EVERY_MS 100
#define NS_PER_MS (NS_PER_S / 1000)

struct ui {
	struct feed *feed;
	const struct ui_options *options;
	struct theme theme; /* that the terminal has, */
	int colors;         /* with at most so many */
	bool has_looks;
	struct display *display;
	struct terminal *term;
	struct canvas canvas;
	struct request request; /* last sent, */
	double interval_s;      /* with this interval */
	bool needs_draw, has_ended;
	int status;
};

static bool wants_utf8(enum ui_charset charset)
{
	return charset != UI_CHARSET_ASCII && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* How many colours, as term_start takes them: what the command line says, else the settings, else NO_COLOR. */
static int wanted_colors(const struct ui_options *options)
{
	static const int of_choices[] = {TERM_COLORS_AUTO, 0, 8, 16, 256, COLORS_DIRECT};
	const char *no_color = getenv("NO_COLOR");
	int choice = options->settings ? setting_choice(options->settings, SETTING_COLORS) : 0;

	if (options->no_color)
		return 0;
	if (choice > 0 && (size_t)choice < sizeof(of_choices) / sizeof(of_choices[0]))
		return of_choices[choice];
	return no_color && *no_color ? 0 : TERM_COLORS_AUTO;
}

static bool wants_graphics(const struct ui *ui)
{
	const struct settings *settings = ui->options->settings;

	return ui->canvas.utf8 && term_has_graphics(ui->term) &&
	       (!settings || setting_choice(settings, SETTING_GRAPHICS) == 0);
}

/* What the settings say of the terminal; cheap enough to be asked after every input. */
static void follow_settings(struct ui *ui)
{
	const struct settings *settings = ui->options->settings;
	int colors = wanted_colors(ui->options);
	struct theme theme;
	char *message;

	theme_of_settings(settings, &theme, &message);
	if (!ui->has_looks || colors != ui->colors || !theme_equal(&theme, &ui->theme)) {
		ui->has_looks = true;
		ui->colors = colors;
		ui->theme = theme;
		term_set_looks(ui->term, &theme, colors);
		if (message)
			display_say(ui->display, STYLE_ALARM, message);
	}
	free(message);
	term_set_mouse(ui->term, !settings || setting_bool(settings, SETTING_MOUSE));
	/* As canvas_init has it: lines and blocks are no ASCII. */
	ui->canvas.graphics = wants_graphics(ui);
}

static void send_request(struct ui *ui)
{
	struct request request = display_request(ui->display);
	double interval_s = display_interval(ui->display);

	if (request.sections == ui->request.sections && request.facts == ui->request.facts &&
	    request.detail_pid == ui->request.detail_pid && request.detail_facts == ui->request.detail_facts &&
	    interval_s == ui->interval_s)
		return;
	ui->request = request;
	ui->interval_s = interval_s;
	feed_set_request(ui->feed, &request, ui->interval_s);
}

static void draw(struct ui *ui)
{
	int rows, columns;

	ui->needs_draw = false;
	term_size(ui->term, &rows, &columns);
	if (rows != ui->canvas.rows || columns != ui->canvas.columns)
		canvas_resize(&ui->canvas, rows, columns);
	display_draw(ui->display, &ui->canvas);
	term_show(ui->term, &ui->canvas);
	/* What is shown depends on what fits. */
	send_request(ui);
}

static void end(struct ui *ui, int status)
{
	ui->has_ended = true;
	ui->status = status;
}

static void take_snapshot(struct ui *ui)
{
	struct snapshot *snapshot = feed_take(ui->feed);

	if (!snapshot)
		return;
	display_set_snapshot(ui->display, snapshot);
	snapshot_unref(snapshot);
	ui->needs_draw = true;
}

static void handle_signals(struct ui *ui)
{
	int number = term_handle_signals(ui->term);

	if (number)
		end(ui, number == SIGINT ? 0 : 128 + number);
	ui->needs_draw = true;
}

static void act(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_NONE: break;
	case ACTION_QUIT: end(ui, 0); break;
	case ACTION_REFRESH: feed_refresh(ui->feed); break;
	case ACTION_REDRAW: term_redraw(ui->term); break;
	default: display_act(ui->display, action); break;
	}
	ui->needs_draw = true;
}

/* All keys that wait, then one drawing: a key that is held down never gets ahead of the screen. */
static void take_keys(struct ui *ui)
{
	struct input input;

	term_read_input(ui->term, &input);
	if (input.key == KEYCODE_NONE && !term_is_alive(ui->term))
		end(ui, 128 + SIGHUP);
	for (; input.key != KEYCODE_NONE && !ui->has_ended; term_read_input(ui->term, &input))
		act(ui, display_input(ui->display, &input));
	follow_settings(ui);
}

/* What comes without end is drawn some times a second. Returns how long to wait, in milliseconds. */
static int wait_for_display(const struct ui *ui, uint64_t due_ns, struct pollfd *ret_fd)
{
	uint64_t now_ns = clock_monotonic_ns();
	int fd = display_fd(ui->display);

	ret_fd->revents = 0;
	ret_fd->fd = now_ns < due_ns ? -1 : fd;
	return fd >= 0 && now_ns < due_ns ? (int)((due_ns - now_ns) / NS_PER_MS) + 1 : -1;
}

static void run(struct ui *ui)
{
	struct pollfd fds[] = {
		{.fd = term_input_fd(ui->term), .events = POLLIN},
		{.fd = term_signal_fd(ui->term), .events = POLLIN},
		{.fd = feed_fd(ui->feed), .events = POLLIN},
		{.events = POLLIN},
	};
	uint64_t due_ns = 0;

	while (!ui->has_ended) {
		if (ui->needs_draw)
			draw(ui);
		if (poll(fds, 4, wait_for_display(ui, due_ns, &fds[3])) < 0)
			continue; /* EINTR: the signal is in its pipe */
		if (fds[1].revents)
			handle_signals(ui);
		if (fds[0].revents)
			take_keys(ui);
		if (fds[2].revents)
			take_snapshot(ui);
		if (fds[3].revents && !ui->has_ended) {
			due_ns = clock_monotonic_ns() + READY_EVERY_MS * NS_PER_MS;
			display_ready(ui->display);
			ui->needs_draw = true;
		}
	}
}

int ui_run(struct feed *feed, const struct ui_options *options, char **ret_message)
{
	struct ui ui = {.feed = feed, .options = options, .needs_draw = true};
	bool utf8 = wants_utf8(options->charset);

	*ret_message = NULL;
	ui.display = display_new(options);
	/* The first snapshot is made while the terminal is set up. */
	send_request(&ui);
	if (term_start(wanted_colors(options), &ui.term, ret_message) < 0) {
		display_free(ui.display);
		return EXIT_FAILURE;
	}
	canvas_init(&ui.canvas, utf8, term_has_graphics(ui.term));
	follow_settings(&ui);
	latency_ask();
	run(&ui);
	term_stop(ui.term);
	display_free(ui.display);
	canvas_free(&ui.canvas);
	return ui.status;
}
