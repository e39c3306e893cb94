/* The details of one process: what screen_details.c and its panes share. */
#ifndef CMON_UI_DETAILS_H
#define CMON_UI_DETAILS_H

#include "base/arena.h"
#include "ui/history.h"
#include "ui/shell.h"

enum details_pane {
	PANE_OVERVIEW,
	PANE_ENVIRONMENT,
	PANE_THREADS,
	PANE_COMMAND,
	PANE_LIMITS,
	PANE_FILES,
	PANE_MAPS,
	PANE_LOCKS,
	PANE_TRACE,
	PANE_COUNT,
};

enum line_kind {
	LINE_TITLE, /* of a section */
	LINE_PAIR,  /* a label and what belongs to it */
	LINE_PLAIN, /* text alone */
};

/* One row of a pane. */
struct details_line {
	enum line_kind kind;
	enum style style;
	struct text label;
	struct text text;    /* what the row shows of it, not escaped yet */
	size_t left;         /* bytes from there to the end of the whole text, which goes on in the rows behind */
	size_t accent;       /* that many bytes at its start have the style of labels */
	bool is_continuation;
};

/* Rows of a pane at some width. */
struct details_lines {
	struct details_line *items;
	size_t count, capacity;
	struct arena arena;  /* of texts made for them; the others belong to the snapshot */
	const struct canvas *canvas; /* what they are to be drawn on: it decides how wide a text is */
	int width, label_width; /* columns; label_width 0: labels have rows of their own */
	bool wraps;          /* texts go on in the next row, else they end where the screen does */
	bool breaks_words;   /* anywhere, not at blanks only */
};

/* lines may be all-zero. canvas: used until the next lines_begin. */
void lines_begin(struct details_lines *lines, const struct canvas *canvas, int width, int label_width);
void lines_free(struct details_lines *lines);

/* Append. Texts are not copied: they live in lines->arena, in the snapshot or for ever. */
void lines_title(struct details_lines *lines, const char *title);
void lines_pair(struct details_lines *lines, struct text label, enum style style, struct text text);
void lines_plain(struct details_lines *lines, enum style style, struct text text, size_t accent);

/* One row on a canvas. scroll: columns left out. */
void lines_draw(const struct details_lines *lines, size_t at, struct canvas *canvas, int row, int column, int scroll);

/* Where to begin: at the row itself, or beside it. */
enum find_from { FIND_HERE, FIND_NEXT, FIND_PREVIOUS };

/* A row in which `wanted` begins, whatever the case of its letters, round and round. row: the one found before;
 * SIZE_MAX: none. Returns false when there is none. */
bool lines_find(const struct details_lines *lines, const char *wanted, size_t row, enum find_from from,
		size_t *ret_at);

/* What a pane is made from. */
struct details_source {
	/* As it was last seen alive, or dead where it never was. */
	const struct process *process;
	const struct snapshot *snapshot;
	/* As it was last seen; never NULL. */
	const struct process *now;
	const struct snapshot *now_snapshot;
	bool has_ended;
	const struct trace_log *trace; /* never NULL */
};

/* Facts of the overview, of all panes but SMAPS, which costs the kernel a walk through its memory. */
#define DETAILS_OVERVIEW_FACTS                                                                                         \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_USERNAME) |                \
	 FACT_BIT(FACT_CMDLINE) | FACT_BIT(FACT_TERMINAL) | FACT_BIT(FACT_EXE) | FACT_BIT(FACT_CWD) |                  \
	 FACT_BIT(FACT_ROOT) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_NUM_FDS) | FACT_BIT(FACT_SMAPS) |                     \
	 FACT_BIT(FACT_AFFINITY) | FACT_BIT(FACT_IONICE) | FACT_BIT(FACT_CGROUP) | FACT_BIT(FACT_WCHAN) |              \
	 FACT_BIT(FACT_NAMESPACES) | FACT_BIT(FACT_GROUPS) | FACT_BIT(FACT_AUTOGROUP) | FACT_BIT(FACT_OOM) |           \
	 FACT_BIT(FACT_UNIT))

/* The rows of each pane. */
void details_overview(struct details_lines *lines, const struct details_source *source);
void details_environment(struct details_lines *lines, const struct details_source *source);
void details_threads(struct details_lines *lines, const struct details_source *source);
void details_command(struct details_lines *lines, const struct details_source *source);
void details_limits(struct details_lines *lines, const struct details_source *source);
void details_files(struct details_lines *lines, const struct details_source *source);
void details_maps(struct details_lines *lines, const struct details_source *source);
void details_locks(struct details_lines *lines, const struct details_source *source);
void details_trace(struct details_lines *lines, const struct details_source *source);

/* Words. Results live in the arena or for ever. */

/* What the state letter means, with what it waits in: "S sleeping, waits in do_epoll_wait". */
struct text words_state(struct arena *arena, const struct process *process);

/* What the other signs of STAT mean: "s session leader, l 5 threads"; absent when there are none. */
struct text words_modifiers(struct arena *arena, const struct process *process);

/* What became of its parent: "ORPHAN: its parent bash (1400) ended"; absent where that is nothing special. */
struct text words_origin(struct arena *arena, const struct process *process);

/* Why a zombie is still there; absent for what is none. */
struct text words_zombie(struct arena *arena, const struct process *process);

/* "none", "all", or names: "chown setuid". */
struct text words_capabilities(struct arena *arena, uint64_t mask);

/* "none" or names: "HUP INT 34". */
struct text words_signals(struct arena *arena, uint64_t mask);

/* "0-3,8" of ascending numbers, "none"; absent when the list is. */
struct text words_ranges(struct arena *arena, const struct list *numbers);

/* The same one by one: "4 24 1000". They have no sign. */
struct text words_numbers(struct arena *arena, const struct list *numbers);

#endif
