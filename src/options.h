/* The command line: which front end runs, and what it is told. */
#ifndef CMON_OPTIONS_H
#define CMON_OPTIONS_H

#include "model/filter.h"
#include "model/request.h"
#include "model/selection.h"
#include "out/table.h"
#include "out/tree.h"
#include "ui/ui.h"

#define EXIT_USAGE 2

enum mode {
	MODE_SCREEN,
	MODE_JSON,
	MODE_TREE,
	MODE_PS,
	MODE_SCHEMA,
	MODE_MANUAL,
	MODE_CONFIG_MANUAL,
	MODE_BPF_HELPER,
	MODE_HELP,
	MODE_VERSION,
	MODE_COUNT,
};

struct options {
	enum mode mode;
	struct selection selection;
	int32_t *pids; /* NULL: all */
	size_t pids_count;
	double delay_s;
	uint64_t iterations; /* 0: no end */
	bool stream;
	struct filter *filter; /* NULL: none */
	struct ui_options ui;
	bool readonly; /* the screen changes nothing */
	const char *config_path; /* NULL: the usual files */
	bool no_config;
	struct tree_options tree; /* uid is not set yet where tree_user is */
	const char *tree_user;
	char *tree_user_shown; /* the same, fit for a terminal */
	struct text_table_options table;
	enum source_choice source;
	bool verbose;
	const char *bpf_helper; /* for bpf_helper_run */
};

/* Fill *ret_options from the command line. What is wrong with it is said on stderr, and the program ends with
 * EXIT_USAGE. Call setlocale before. */
void options_parse(struct options *ret_options, int argc, char **argv);
void options_free(struct options *options);

/* --help, to stdout. */
void options_print_help(void);

#endif
