/* What the files of the process table share: src/ui/screen_processes.c, processes_*.c and nothing else. */
#ifndef CMON_UI_PROCESSES_H
#define CMON_UI_PROCESSES_H

#include "model/filter.h"
#include "ui/ended.h"
#include "ui/screen.h"
#include "ui/table.h"

/* Sums of what is shown, or of what is tagged. NaN: of none it is known. */
struct sums {
	size_t count;
	double cpu_percent, memory_percent, rss_bytes, threads;
	bool is_tagged;
};

struct processes {
	struct shell *shell;
	size_t tab;                     /* in the settings */
	char *loaded[TAB_SETTING_COUNT];/* what of them is in force */
	bool has_unsaved;               /* keys changed some since the file was written */
	const struct snapshot *snapshot;

	/* Rows */
	struct view *view;
	struct view_options options;
	struct table table;
	struct recent *recent;
	struct ended ended;
	struct sums sums;
	bool has_sums;       /* neither rows nor tags have changed since they were made */
	bool is_stale;       /* rows have to be made anew */
	bool all_folded;
	bool hides_idle, wraps;
	struct filter *filter;
	char *filter_text;   /* as it was typed */
	char *filter_before; /* the same when its prompt was opened */
	char *user;          /* whose processes are shown; NULL: everybody's */

	/* Selection */
	bool is_anchored;    /* the selection follows a process; not before the user moved it from the first row */
	bool follows;        /* and the table scrolls with it: it stays where it is on the screen */
	bool has_slipped;    /* its process is gone, and it stands for another one that the user did not choose */
	struct identity selected;
	int32_t selected_thread; /* its id; 0: the process itself */
	size_t cursor;       /* row of the selection, among those of the view */
	size_t position;     /* of the cursor when a snapshot came for which the rows are not made yet */
	bool has_position;
	size_t top;          /* position of the first row seen, among those of the view and of the ended */
	struct identity *tags; /* ascending by pid */
	size_t tags_count, tags_capacity;
	int64_t typed_pid;   /* digits so far; 0: none */

	/* Search */
	struct filter *search; /* the last one; NULL: none */
	struct identity search_from; /* where the selection was when it began */
	bool searches;       /* its prompt is open */
	struct filter_error error; /* of what is typed */

	/* As last drawn */
	struct area area;
	bool asks_users;     /* the menu of them opens when a snapshot has their names */
	double new_s;        /* how long a new process is marked */
	size_t page;         /* rows seen at most */
	size_t *lines;       /* row of the view in each line of the body; SIZE_MAX: none */
	size_t lines_capacity;
	bool wants_end;      /* the next drawing scrolls to the end of the selected command */
	char note[256];      /* what the table is restricted to, and what its numbers are */
};

static inline struct identity process_identity(const struct process *process)
{
	return (struct identity){process->pid, process->starttime};
}

static inline bool identity_equal(struct identity a, struct identity b)
{
	return a.pid == b.pid && a.starttime == b.starttime;
}

/* Settings: screen_processes.c */

struct tab_settings *processes_settings(const struct processes *state);

/* A key changed one: it is written with the others when the screen closes. */
void processes_remember(struct processes *state, enum tab_setting_id id, const char *value);

/* Rows and selection: processes_rows.c */

/* Make the rows if they are stale; the selection stays on its process. */
void processes_refresh(struct processes *state);

/* The process of a row; NULL when there is none. */
const struct process *processes_at(const struct processes *state, size_t row);

void processes_anchor(struct processes *state);
void processes_move_to(struct processes *state, size_t row);
void processes_move_by(struct processes *state, ptrdiff_t rows);
void processes_page_by(struct processes *state, ptrdiff_t rows);
void processes_go_first(struct processes *state);
void processes_toggle_follow(struct processes *state);

/* extra: lines that the selected row takes beyond its own. */
void processes_keep_visible(struct processes *state, size_t extra);

/* Rows that are on the screen and not in the next snapshot stay for a while. To be called before it is taken. */
void processes_keep_ended(struct processes *state, const struct snapshot *next);

/* Tags: processes_tags.c */

bool processes_is_tagged(const struct processes *state, struct identity identity);
void processes_toggle_tag(struct processes *state); /* of the selection, which moves down */
void processes_tag_children(struct processes *state);
void processes_untag_all(struct processes *state);
void processes_forget_tags(struct processes *state); /* of those that are gone */

/* Sums of the tagged, or of all rows. */
struct sums processes_sum(struct processes *state);

/* Search, filter, user, pid: processes_find.c */

/* True unless all processes are shown, but for kernel threads; processes_match is for those that are then. */
bool processes_is_restricted(const struct processes *state);
bool processes_match(const struct process *process, void *context);
void processes_set_filter(struct processes *state, const char *text);
void processes_open_filter(struct processes *state);
void processes_open_search(struct processes *state);
void processes_search_on(struct processes *state, bool backwards);
void processes_open_users(struct processes *state);

/* Returns false for what is no digit. */
bool processes_type_digit(struct processes *state, uint32_t key);

/* Order: processes_sort.c */

void processes_sort_by(struct processes *state, const struct field *field);
void processes_sort_beside(struct processes *state, ptrdiff_t step);
void processes_invert(struct processes *state);
void processes_open_sort_menu(struct processes *state);

/* The title was clicked: sort by it, or turn the order round. */
void processes_click_title(struct processes *state, const struct field *field);

#endif
