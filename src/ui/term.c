#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fatal.h"

/* term.h of curses has macros for every capability; these are names of ours. */
#undef lines
#undef columns

#define ESCAPE_DELAY_MS 25
#define COMBINING_MAX 4 /* CCHARW_MAX less the character itself */
#define DOUBLE_PRESS_NS (NS_PER_S / 2)
#define EVENTS_MAX 8 /* as many as curses keeps */
#define MOUSE_EVENTS (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED)

struct signal_row {
	int number;
	const char *name;
	bool is_fatal; /* ends the program at once, after the terminal was restored */
};

static const struct signal_row signal_rows[] = {
	{SIGWINCH, "SIGWINCH", false}, {SIGTSTP, "SIGTSTP", false}, {SIGCONT, "SIGCONT", false},
	{SIGINT, "SIGINT", false},     {SIGTERM, "SIGTERM", false}, {SIGHUP, "SIGHUP", false},
	{SIGSEGV, "SIGSEGV", true},    {SIGBUS, "SIGBUS", true},    {SIGABRT, "SIGABRT", true},
	{SIGFPE, "SIGFPE", true},      {SIGILL, "SIGILL", true},    {SIGSYS, "SIGSYS", true},
	{SIGTRAP, "SIGTRAP", true},    {SIGQUIT, "SIGQUIT", true},  {SIGXCPU, "SIGXCPU", true},
	{SIGUSR1, "SIGUSR1", true},    {SIGUSR2, "SIGUSR2", true},  {SIGALRM, "SIGALRM", true},
};

#define SIGNAL_COUNT (sizeof(signal_rows) / sizeof(signal_rows[0]))

/* The last press of the left button that no double one was made of. */
struct press {
	uint64_t time_ns; /* 0: none */
	int row, column;
};

struct terminal {
	SCREEN *screen;
	struct press press;
	MEVENT events[EVENTS_MAX]; /* to be told, the next one last */
	int events_count;
	uint64_t *shown; /* digests of the rows that the terminal shows */
	int shown_rows, shown_columns;
	bool is_shown_known; /* the terminal shows that */
	bool has_graphics;
	int colors_max; /* that the terminal has, as theme_look takes them */
	bool has_default_colors;
	int pipe_fds[2];
	bool uses_pairs, uses_mouse;
	attr_t attributes[STYLE_COUNT];
	struct sigaction old_actions[SIGNAL_COUNT];
	stack_t signal_stack;
};

/* What a signal handler may look at: the way back to the terminal as it was, ready to be written. */
static struct {
	struct termios modes;
	char leave[512];
	size_t leave_length;
	struct sigaction old_actions[SIGNAL_COUNT];
	_Atomic int signal_fd;
} emergency = {.signal_fd = -1};

/* Signals */

static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n <= 0 && errno != EINTR)
			return;
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
}

static void restore_at_once(void)
{
	write_all(STDOUT_FILENO, emergency.leave, emergency.leave_length);
	tcsetattr(STDIN_FILENO, TCSANOW, &emergency.modes);
}

static void on_signal(int number)
{
	char byte = (char)number;
	int error = errno;

	/* A full pipe has more than enough to tell. */
	(void)!write(atomic_load(&emergency.signal_fd), &byte, 1);
	errno = error;
}

static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
	size_t i = 0;

	(void)context;
	while (signal_rows[i].number != number)
		i++;
	fatal_run_cleanup();
	write_all(STDERR_FILENO, "cmon: ended by ", 15);
	write_all(STDERR_FILENO, signal_rows[i].name, strlen(signal_rows[i].name));
	write_all(STDERR_FILENO, "\n", 1);
	sigaction(number, &emergency.old_actions[i], NULL);
	/* A fault comes again when its instruction does, and so the core shows it; a signal that was sent does not. */
	if (info->si_code <= 0 || number == SIGABRT || number == SIGALRM || number == SIGQUIT || number == SIGXCPU)
		raise(number);
}

static void catch_signals(struct terminal *term)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		struct sigaction action = {.sa_flags = SA_RESTART};

		sigfillset(&action.sa_mask);
		sigaction(signal_rows[i].number, NULL, &term->old_actions[i]);
		emergency.old_actions[i] = term->old_actions[i];
		if (signal_rows[i].is_fatal) {
			/* Faults may not be blocked while one is handled: the program would hang, or die unrestored. */
			sigemptyset(&action.sa_mask);
			action.sa_flags |= SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
			action.sa_sigaction = on_fatal_signal;
		} else {
			action.sa_handler = on_signal;
		}
		if (!(term->old_actions[i].sa_flags & SA_SIGINFO) && term->old_actions[i].sa_handler == SIG_IGN)
			continue;
		sigaction(signal_rows[i].number, &action, NULL);
	}
}

static void release_signals(struct terminal *term)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaction(signal_rows[i].number, &term->old_actions[i], NULL);
}

/* Faults by a stack that is full need another one. */
static void make_signal_stack(struct terminal *term)
{
	term->signal_stack.ss_size = 64 * 1024;
	term->signal_stack.ss_sp = xmalloc(term->signal_stack.ss_size);
	sigaltstack(&term->signal_stack, NULL);
}

static void drop_signal_stack(struct terminal *term)
{
	const stack_t none = {.ss_flags = SS_DISABLE};

	sigaltstack(&none, NULL);
	free(term->signal_stack.ss_sp);
}

/* Append a capability to what leaves the screen, without its padding "$<…>", which nobody would wait for. */
static void add_capability(const char *name)
{
	const char *string = tigetstr(name);

	if (!string || string == (const char *)-1)
		return;
	while (*string && emergency.leave_length < sizeof(emergency.leave)) {
		const char *padding_end = string[0] == '$' && string[1] == '<' ? strchr(string, '>') : NULL;

		if (padding_end)
			string = padding_end + 1;
		else
			emergency.leave[emergency.leave_length++] = *string++;
	}
}

/* Terminals that report a mouse have a string it begins with; how it is switched is an extension of few entries, and
 * curses takes what xterm does for the others. */
static void add_mouse_off(void)
{
	static const char off[] = "\033[?1006l\033[?1000l";
	const char *begin = tigetstr("kmous");

	if (!begin || begin == (const char *)-1 || emergency.leave_length + sizeof(off) > sizeof(emergency.leave))
		return;
	memcpy(emergency.leave + emergency.leave_length, off, sizeof(off) - 1);
	emergency.leave_length += sizeof(off) - 1;
}

static void prepare_emergency(void)
{
	emergency.leave_length = 0;
	add_capability("sgr0");
	add_capability("op");
	add_mouse_off();
	add_capability("rmkx");
	add_capability("cnorm");
	add_capability("rmcup");
	if (emergency.leave_length + 2 <= sizeof(emergency.leave)) {
		emergency.leave[emergency.leave_length++] = '\r';
		emergency.leave[emergency.leave_length++] = '\n';
	}
}

/* Start */

static int refuse(int error, char **ret_message, const char *format, const char *argument)
{
	if (asprintf(ret_message, format, argument) < 0)
		fatal("out of memory");
	return error;
}

/* Whether terminfo knows a type, and what it has of a number and a string; colors: -1: none. */
struct type_info {
	bool is_known, can_move;
	int colors;
};

static struct type_info ask_type(const char *type)
{
	struct type_info info = {.colors = -1};
	int error = 0;
	const char *move;

	if (setupterm(type, STDOUT_FILENO, &error) != OK)
		return info;
	move = tigetstr("cup");
	info = (struct type_info){true, move && move != (const char *)-1, tigetnum("colors")};
	del_curterm(cur_term);
	return info;
}

static int check_terminal(char **ret_message)
{
	const char *type = getenv("TERM");
	struct type_info info;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return refuse(-ENOTTY, ret_message, "%s", "standard input and output are not a terminal; "
							  "for use without one see --json");
	if (!type || !*type)
		return refuse(-ENODEV, ret_message, "%s", "TERM is not set: the type of this terminal is not known");
	info = ask_type(type);
	if (!info.is_known)
		return refuse(-ENODEV, ret_message, "nothing is known of terminals of type '%s' (TERM)", type);
	if (!info.can_move)
		return refuse(-ENODEV, ret_message, "a terminal of type '%s' (TERM) cannot move its cursor", type);
	return 0;
}

/* The type to use for TERM: where the user says that the terminal has more colours than its type, the one of its family
 * that has them, as "xterm-256color" for "xterm". */
static void choose_type(const char *type, int colors, char *ret_type, size_t size)
{
	const char *suffix = colors >= COLORS_DIRECT ? "direct" : colors == 256 ? "256color" : "16color";
	char other[128];

	snprintf(ret_type, size, "%s", type);
	if (colors <= 8 || ask_type(type).colors >= colors)
		return;
	/* "screen.xterm-256color" is of no family but screen's. */
	snprintf(other, sizeof(other), "%.*s-%s", (int)strcspn(type, "-."), type, suffix);
	if (ask_type(other).colors >= colors)
		snprintf(ret_type, size, "%s", other);
}

static attr_t attributes_of(uint8_t look)
{
	attr_t attributes = 0;

	attributes |= look & LOOK_BOLD ? A_BOLD : 0;
	attributes |= look & LOOK_DIM ? A_DIM : 0;
	attributes |= look & LOOK_REVERSE ? A_REVERSE : 0;
	attributes |= look & LOOK_UNDERLINE ? A_UNDERLINE : 0;
	return attributes;
}

/* What theme_look takes: direct colour is told by how many there are, since the pairs of few types count. */
static int count_colors(void)
{
	if (!has_colors() || start_color() != OK || COLOR_PAIRS <= STYLE_COUNT || COLORS < 8)
		return 0;
	if (COLORS >= COLORS_DIRECT)
		return COLORS_DIRECT;
	return COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : 8;
}

/* The pair of a style is its number + 1. */
void term_set_looks(struct terminal *term, const struct theme *theme, int colors)
{
	int used = colors == TERM_COLORS_AUTO || colors > term->colors_max ? term->colors_max : colors;

	/* Where every colour is a number of its own, one of the palette has another meaning. */
	if (term->colors_max == COLORS_DIRECT && used > 8)
		used = COLORS_DIRECT;
	term->uses_pairs = used > 0;
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct look look = theme_look(theme, (enum style)style, used);

		term->attributes[style] = attributes_of(look.attributes);
		if (used == 0)
			continue;
		if (!term->has_default_colors && look.foreground < 0)
			look.foreground = COLOR_WHITE;
		if (!term->has_default_colors && look.background < 0)
			look.background = COLOR_BLACK;
		init_extended_pair(style + 1, look.foreground, look.background);
	}
	term_redraw(term);
}

static void follow_size(struct terminal *term)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		return;
	/* It fails only for lack of memory, and then leaves windows behind that use what it freed. */
	if ((size.ws_row != LINES || size.ws_col != COLS) && resize_term(size.ws_row, size.ws_col) == ERR)
		fatal("out of memory");
	term_redraw(term);
}

static void set_modes(struct terminal *term)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_DELAY_MS);
	/* Presses are told at once, since double ones are found here: curses would hold each back. */
	mouseinterval(0);
	curs_set(0);
	term->colors_max = count_colors();
	if (term->colors_max > 0)
		term->has_default_colors = use_default_colors() == OK;
	follow_size(term);
}

int term_start(int colors, struct terminal **ret_term, char **ret_message)
{
	const char *term_type = getenv("TERM");
	struct terminal *term;
	char type[128];
	int r = check_terminal(ret_message);

	if (r < 0)
		return r;
	choose_type(term_type ? term_type : "", colors, type, sizeof(type));
	term = xcalloc(1, sizeof(*term));
	if (pipe2(term->pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0 || tcgetattr(STDIN_FILENO, &emergency.modes) < 0) {
		r = -errno;
		free(term);
		return refuse(r, ret_message, "%s", strerror(-r));
	}
	atomic_store(&emergency.signal_fd, term->pipe_fds[1]);
	make_signal_stack(term);
	/* Before curses, which leaves signals alone that are caught. */
	catch_signals(term);
	fatal_set_cleanup(restore_at_once);
	term->screen = newterm(type, stdout, stdin);
	if (!term->screen) {
		term_stop(term);
		return refuse(-ENODEV, ret_message, "the terminal of type '%s' (TERM) cannot be used", type);
	}
	prepare_emergency();
	term->has_graphics = strncmp(type, "linux", 5) != 0;
	set_modes(term);
	*ret_term = term;
	return 0;
}

/* Where there is no other screen to go back to, what the shell writes next would stand among keys. */
static void leave_screen(void)
{
	const char *leave = tigetstr("rmcup");

	if (!leave || leave == (const char *)-1) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
}

void term_stop(struct terminal *term)
{
	if (!term)
		return;
	if (term->screen) {
		leave_screen();
		tcsetattr(STDIN_FILENO, TCSADRAIN, &emergency.modes);
		delscreen(term->screen);
	}
	fatal_set_cleanup(NULL);
	release_signals(term);
	atomic_store(&emergency.signal_fd, -1);
	drop_signal_stack(term);
	close(term->pipe_fds[0]);
	close(term->pipe_fds[1]);
	free(term->shown);
	free(term);
}

void term_size(const struct terminal *term, int *ret_rows, int *ret_columns)
{
	(void)term;
	*ret_rows = LINES;
	*ret_columns = COLS;
}

bool term_has_graphics(const struct terminal *term)
{
	return term->has_graphics;
}

/* Events */

int term_signal_fd(const struct terminal *term)
{
	return term->pipe_fds[0];
}

int term_input_fd(const struct terminal *term)
{
	(void)term;
	return STDIN_FILENO;
}

static size_t signal_index(int number)
{
	size_t i = 0;

	while (signal_rows[i].number != number)
		i++;
	return i;
}

/* Leave the screen, stop as if the signal had not been caught, and come back with SIGCONT. */
static void suspend(struct terminal *term)
{
	struct sigaction caught;

	leave_screen();
	sigaction(SIGTSTP, &term->old_actions[signal_index(SIGTSTP)], &caught);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &caught, NULL);
}

/* The shell set the modes it likes while this process was stopped. */
static void resume(struct terminal *term)
{
	if (!isendwin())
		endwin();
	follow_size(term);
	term_redraw(term);
}

int term_handle_signals(struct terminal *term)
{
	char numbers[64];
	ssize_t count;
	int end = 0;

	while ((count = read(term->pipe_fds[0], numbers, sizeof(numbers))) > 0) {
		for (ssize_t i = 0; i < count; i++) {
			switch (numbers[i]) {
			case SIGWINCH: follow_size(term); break;
			case SIGTSTP: suspend(term); break;
			case SIGCONT: resume(term); break;
			default: end = numbers[i]; break;
			}
		}
	}
	return end;
}

static uint32_t key_of_curses(wint_t code)
{
	if (code >= (wint_t)KEY_F(1) && code <= (wint_t)KEY_F(24))
		return KEYCODE_F0 + (uint32_t)(code - (wint_t)KEY_F(0));
	switch (code) {
	case KEY_UP: return KEYCODE_UP;
	case KEY_DOWN: return KEYCODE_DOWN;
	case KEY_LEFT: return KEYCODE_LEFT;
	case KEY_RIGHT: return KEYCODE_RIGHT;
	case KEY_PPAGE: return KEYCODE_PAGE_UP;
	case KEY_NPAGE: return KEYCODE_PAGE_DOWN;
	case KEY_HOME: return KEYCODE_HOME;
	case KEY_END: return KEYCODE_END;
	case KEY_ENTER: return '\r';
	case KEY_IC: return KEYCODE_INSERT;
	case KEY_DC: return KEYCODE_DELETE;
	case KEY_BACKSPACE: return KEYCODE_BACKSPACE;
	case KEY_BTAB: return KEYCODE_BACKTAB;
	default: return KEYCODE_LIMIT;
	}
}

/* What the key above Enter sends differs from what terminfo says in many terminals. */
static uint32_t key_of_character(wint_t code)
{
	return code == 0x7f || code == 0x08 ? KEYCODE_BACKSPACE : (uint32_t)code;
}

/* Alt with a letter comes as Escape and the letter. htop's hands move with these four; without this a k would kill.
 * Others stay two keys. */
static uint32_t key_after_escape(void)
{
	wint_t next = 0;
	int r = get_wch(&next);

	if (r == OK) {
		switch (next) {
		case L'h': return KEYCODE_LEFT;
		case L'j': return KEYCODE_DOWN;
		case L'k': return KEYCODE_UP;
		case L'l': return KEYCODE_RIGHT;
		default: unget_wch((wchar_t)next); break;
		}
	} else if (r == KEY_CODE_YES) {
		ungetch((int)next);
	}
	return KEYCODE_ESCAPE;
}

static enum mouse_kind press_kind(struct press *press, int row, int column)
{
	uint64_t now = clock_monotonic_ns();
	bool is_double = press->time_ns && press->row == row && press->column == column &&
			 now - press->time_ns <= DOUBLE_PRESS_NS;

	*press = (struct press){is_double ? 0 : now, row, column};
	return is_double ? MOUSE_DOUBLE : MOUSE_PRESS;
}

/* Returns false for what is of no interest, as a button that was let go. */
static bool read_event(struct terminal *term, const MEVENT *event, struct mouse *ret_mouse)
{
	if (event->y < 0 || event->x < 0)
		return false;
	*ret_mouse = (struct mouse){.row = event->y, .column = event->x};
	if (event->bstate & BUTTON4_PRESSED)
		ret_mouse->kind = MOUSE_WHEEL_UP;
	else if (event->bstate & BUTTON5_PRESSED)
		ret_mouse->kind = MOUSE_WHEEL_DOWN;
	else if (event->bstate & BUTTON1_PRESSED)
		ret_mouse->kind = press_kind(&term->press, event->y, event->x);
	else
		return false;
	return true;
}

/* Curses tells only once of events that came together, and gives the newest first. */
static void take_events(struct terminal *term)
{
	term->events_count = 0;
	while (term->events_count < EVENTS_MAX && getmouse(&term->events[term->events_count]) == OK)
		term->events_count++;
}

static bool next_event(struct terminal *term, struct input *ret_input)
{
	while (term->events_count > 0) {
		if (!read_event(term, &term->events[--term->events_count], &ret_input->mouse))
			continue;
		ret_input->key = KEYCODE_MOUSE;
		return true;
	}
	return false;
}

void term_set_mouse(struct terminal *term, bool is_used)
{
	/* Curses would send the terminal its string each time. */
	if (is_used != term->uses_mouse)
		mousemask(is_used ? MOUSE_EVENTS : 0, NULL);
	term->uses_mouse = is_used;
}

void term_read_input(struct terminal *term, struct input *ret_input)
{
	wint_t code = 0;
	int r;

	*ret_input = (struct input){.key = KEYCODE_NONE};
	if (next_event(term, ret_input))
		return;
	r = get_wch(&code);
	if (r == KEY_CODE_YES && code == KEY_MOUSE) {
		take_events(term);
		if (!next_event(term, ret_input))
			ret_input->key = KEYCODE_LIMIT;
	} else if (r == KEY_CODE_YES) {
		ret_input->key = key_of_curses(code);
	} else if (r != ERR) {
		ret_input->key = code == KEYCODE_ESCAPE ? key_after_escape() : key_of_character(code);
	}
}

bool term_is_alive(const struct terminal *term)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int waiting = 0;

	(void)term;
	if (poll(&input, 1, 0) <= 0)
		return true;
	if (input.revents & (POLLHUP | POLLERR | POLLNVAL))
		return false;
	return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

/* Output */

void term_redraw(struct terminal *term)
{
	term->is_shown_known = false;
}

static void put_cell(const struct terminal *term, int row, int column, const struct cell *cell)
{
	wchar_t characters[COMBINING_MAX + 2];
	const char *p = cell->bytes, *end = p + cell->length;
	size_t count = 0;
	cchar_t character;

	while (p < end && count < COMBINING_MAX + 1) {
		uint32_t codepoint;
		size_t used = utf8_decode(p, end, &codepoint);

		if (!used)
			break;
		characters[count++] = (wchar_t)codepoint;
		p += used;
	}
	characters[count] = L'\0';
	setcchar(&character, characters, term->attributes[cell->style], term->uses_pairs ? (short)(cell->style + 1) : 0,
		 NULL);
	mvadd_wch(row, column, &character);
}

/* In rows that are not as they were curses finds what to send. */
static void put_row(struct terminal *term, const struct canvas *canvas, int row)
{
	const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->columns];
	uint64_t digest = digest_bytes(0, cells, (size_t)canvas->columns * sizeof(*cells));

	if (term->is_shown_known && term->shown[row] == digest)
		return;
	for (int column = 0; column < canvas->columns; column++) {
		if (cells[column].width > 0)
			put_cell(term, row, column, &cells[column]);
	}
	term->shown[row] = digest;
}

void term_show(struct terminal *term, const struct canvas *canvas)
{
	if (term->shown_rows != canvas->rows || term->shown_columns != canvas->columns) {
		term->shown = xreallocarray(term->shown, (size_t)canvas->rows, sizeof(*term->shown));
		term->shown_rows = canvas->rows;
		term->shown_columns = canvas->columns;
		term->is_shown_known = false;
	}
	if (!term->is_shown_known)
		clearok(stdscr, TRUE);
	for (int row = 0; row < canvas->rows; row++)
		put_row(term, canvas, row);
	term->is_shown_known = true;
	refresh();
}
