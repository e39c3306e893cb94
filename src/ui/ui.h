/* The terminal front end. It draws the newest snapshot of a feed and says in the feed's request what it shows; it never
 * reads the system itself. */
#ifndef CMON_UI_UI_H
#define CMON_UI_UI_H

#include <stdbool.h>

#include "model/act.h"
#include "model/feed.h"
#include "model/field.h"
#include "model/settings.h"

enum ui_charset {
	UI_CHARSET_AUTO, /* as nl_langinfo(CODESET) says: call setlocale before */
	UI_CHARSET_ASCII,
	UI_CHARSET_UTF8, /* for tests; without a UTF-8 locale the widths of characters are not known */
};

struct ui_options {
	double interval_s;        /* between two snapshots; 0: as the settings say */
	const struct field *sort; /* a process field; NULL: cpu_percent */
	const char *filter;       /* an expression; NULL: as the settings say */
	bool invert;              /* against the field's natural direction */
	bool tree;
	bool threads;
	bool no_color;            /* beside NO_COLOR of the environment */
	enum ui_charset charset;
	struct settings *settings;   /* NULL: default values; they are changed in place */
	const struct act_ops *act;   /* NULL: nothing may be changed */
	/* Keep the settings. NULL: there is no file. Returns 0, or -errno and *ret_message, to be freed. */
	int (*save)(void *context, const struct settings *settings, char **ret_message);
	void *save_context;
	const char *const *warnings; /* about the settings, shown at the start */
	size_t warnings_count;
	bool is_first_run;           /* there never were settings: a line says which keys help */
};

/* Run the screen on stdin and stdout until the user quits. To be called on the main thread; the collector that serves
 * the feed runs on another. The terminal is as before when it returns, and also after SIGINT, SIGTERM, SIGHUP, a crash
 * and fatal().
 * ret_message: what to print on stderr, without the program's name and a newline, or NULL for nothing; free() it.
 * Returns 0 after quit and SIGINT, 128 + n after SIGTERM or SIGHUP, 1 with a message when there is no terminal, TERM is
 * missing, unknown or too simple, or the kernel has no descriptor left. The value is the exit status. */
int ui_run(struct feed *feed, const struct ui_options *options, char **ret_message);

#endif
