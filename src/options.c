#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "model/view.h"

#define DEFAULT_WINDOW_S 0.25  /* between the two samples of what is printed once */
#define DEFAULT_INTERVAL_S 1.0 /* of a stream, and of the screen */
#define MAX_INTERVAL_S 86400.0

/* Front ends an option goes with. */
#define SCREEN (1u << MODE_SCREEN)
#define JSON (1u << MODE_JSON)
#define TREE (1u << MODE_TREE)
#define PS (1u << MODE_PS)
#define ANY (~0u)

/* Values of options without a letter. */
enum long_option {
	OPTION_JSON = 256,
	OPTION_TREE,
	OPTION_PS,
	OPTION_SECTIONS,
	OPTION_FIELDS,
	OPTION_PID,
	OPTION_FILTER,
	OPTION_SORT,
	OPTION_WATCH,
	OPTION_SOURCE,
	OPTION_THREADS,
	OPTION_READONLY,
	OPTION_CONFIG,
	OPTION_NO_CONFIG,
	OPTION_SCHEMA,
	OPTION_MANUAL,
	OPTION_CONFIG_MANUAL,
	OPTION_BPF_HELPER,
};

/* One row an option: what getopt_long takes, what it goes with, and its line in --help. */
struct option_row {
	const char *name; /* NULL: it has a letter alone */
	int value;        /* the letter, or enum long_option */
	unsigned modes;
	const char *argument, *help; /* argument NULL: it takes none; help NULL: not listed */
};

static const struct option_row option_rows[] = {
	{"json", OPTION_JSON, ANY, NULL, "print everything as one JSON object and end"},
	{"tree", OPTION_TREE, ANY, NULL, "print the tree of processes and end; of all, PID's or USER's"},
	{"ps", OPTION_PS, ANY, NULL, "print a table of processes and end"},
	{"sections", OPTION_SECTIONS, JSON, "LIST", "only these sections or keys of the JSON"},
	{"fields", OPTION_FIELDS, JSON, "LIST", "these fields of processes; 'all' for every one"},
	{NULL, 'o', PS, "LIST", "these columns: fields of processes"},
	{"pid", OPTION_PID, JSON | PS, "PID[,PID...]", "only these processes"},
	{"filter", OPTION_FILTER, SCREEN | JSON | TREE | PS, "EXPR",
	 "only processes that match, as 'cpu > 5 and user = root'"},
	{"sort", OPTION_SORT, SCREEN | TREE | PS, "[-]FIELD", "in this order, - for descending; several with --ps"},
	{"delay", 'd', SCREEN | JSON | TREE | PS, "SECONDS", "between two samples; 0 takes one, without rates"},
	{"iterations", 'n', JSON, "N", "print N objects, one a line"},
	{"watch", OPTION_WATCH, JSON, NULL, "print objects, one a line, until stopped"},
	{"source", OPTION_SOURCE, SCREEN | JSON | TREE | PS, "SOURCE",
	 "where processes come from: bpf, procfs, or auto, which takes bpf where it may"},
	{"threads", OPTION_THREADS, SCREEN, NULL, "a row for each thread"},
	{"readonly", OPTION_READONLY, SCREEN, NULL, "change nothing: no signals, no priorities, no limits"},
	{"config", OPTION_CONFIG, SCREEN, "FILE", "read and write this configuration instead of the usual ones"},
	{"no-config", OPTION_NO_CONFIG, SCREEN, NULL, "neither read nor write a configuration"},
	{NULL, 'p', TREE, NULL, "with process ids"},
	{NULL, 'g', TREE, NULL, "with process groups"},
	{NULL, 'u', TREE, NULL, "with users where they change"},
	{NULL, 'a', TREE, NULL, "with arguments"},
	{NULL, 't', TREE, NULL, "with threads"},
	{NULL, 's', TREE, NULL, "with the parents of PID or of USER's processes"},
	{NULL, 'c', TREE, NULL, "do not merge what looks alike"},
	{NULL, 'H', TREE, "PID", "highlight this process and its parents"},
	{NULL, 'A', TREE | PS, NULL, "ASCII only"},
	{NULL, 'U', TREE | PS, NULL, "UTF-8, whatever the locale says"},
	{NULL, 'l', TREE | PS, NULL, "do not cut lines at the width of the terminal"},
	{"dump-schema", OPTION_SCHEMA, ANY, NULL, NULL}, /* these three: for make manual */
	{"dump-manual", OPTION_MANUAL, ANY, NULL, NULL},
	{"dump-config-manual", OPTION_CONFIG_MANUAL, ANY, NULL, NULL},
	{"bpf-helper", OPTION_BPF_HELPER, ANY, "FD", NULL}, /* cmon starts itself so: collect/bpf_load.h */
	{"help", 'h', ANY, NULL, "print this and end"},
	{"version", 'V', ANY, NULL, "print the version and end"},
	{"verbose", 'v', ANY, NULL, "with --version: also where processes come from here"},
};

#define OPTION_COUNT (sizeof(option_rows) / sizeof(option_rows[0]))

/* While the command line is read. */
struct parser {
	struct options *options;
	bool seen[OPTION_COUNT];
	bool has_sections, about_processes; /* --sections; --fields, --pid or --filter */
	bool no_cut;
	enum charset charset;
	struct sort_key *keys;
	size_t keys_count;
	enum field_id *columns;
	size_t columns_count;
};

/* Mistakes */

__attribute__((format(printf, 1, 2))) static _Noreturn void usage_error(const char *format, ...)
{
	va_list arguments;

	fputs("cmon: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("\nTry 'cmon --help'.\n", stderr);
	exit(EXIT_USAGE);
}

/* What a user typed, fit to be shown on a terminal. */
static char *shown(struct text text)
{
	size_t size = TEXT_DISPLAY_SIZE(text.length);
	char *buffer = xmalloc(size);

	text_to_display(text, true, buffer, size);
	return buffer;
}

static const char *shown_string(const char *string)
{
	return shown(text_of(string));
}

static _Noreturn void unknown_field(const char *option, struct text name)
{
	const char *nearest = process_field_nearest(name);

	if (nearest)
		usage_error("%s: there is no field '%s' of processes; did you mean '%s'?", option, shown(name),
			    nearest);
	usage_error("%s: there is no field '%s' of processes", option, shown(name));
}

/* Values */

static double parse_delay(const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	double seconds;

	if (parse_f64(&cursor, &seconds) < 0 || !cursor_done(&cursor) || !(seconds >= 0) || seconds > MAX_INTERVAL_S)
		usage_error("-d, --delay: '%s' is not a number of seconds from 0 to %.0f", shown_string(argument),
			    MAX_INTERVAL_S);
	return seconds;
}

static uint64_t parse_iterations(const char *argument)
{
	uint64_t count;

	if (text_to_u64(text_of(argument), &count) < 0 || !count)
		usage_error("-n, --iterations: '%s' is not a number from 1", shown_string(argument));
	return count;
}

static int32_t parse_highlight(const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	int32_t pid;

	if (parse_i32(&cursor, &pid) < 0 || pid <= 0 || !cursor_done(&cursor))
		usage_error("-H: '%s' is not a process id", shown_string(argument));
	return pid;
}

static void parse_pids(struct options *options, const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));

	do {
		int32_t pid;

		if (parse_i32(&cursor, &pid) < 0 || pid <= 0 || (!cursor_done(&cursor) && *cursor.p != ','))
			usage_error("--pid: '%s' is not a list of process ids", shown_string(argument));
		options->pids = xreallocarray(options->pids, options->pids_count + 1, sizeof(*options->pids));
		options->pids[options->pids_count++] = pid;
	} while (parse_literal(&cursor, ",") == 0);
}

static void parse_filter(struct options *options, const char *argument)
{
	struct filter_error error;

	filter_free(options->filter);
	options->filter = NULL;
	options->ui.filter = argument;
	if (filter_parse(argument, &options->filter, &error) < 0)
		usage_error("--filter: %s\n  %s\n  %*s^", shown_string(error.message), shown_string(argument),
			    (int)error.column, "");
}

static void parse_sections(struct options *options, const char *argument)
{
	struct text unknown;

	if (selection_parse_sections(&options->selection, argument, &unknown) < 0)
		usage_error("--sections: there is no section or key '%s'", shown(unknown));
}

static void parse_fields(struct options *options, const char *argument)
{
	struct text unknown;

	if (selection_parse_fields(&options->selection, argument, &unknown) < 0)
		unknown_field("--fields", unknown);
}

/* The next of the names between commas. Returns false behind the last one. An empty list is one empty name. */
static bool next_name(struct cursor *cursor, struct text *ret_name)
{
	if (cursor->p > cursor->end)
		return false;
	if (parse_until(cursor, ',', ret_name) < 0) {
		*ret_name = (struct text){cursor->p, (size_t)(cursor->end - cursor->p)};
		cursor->p = cursor->end + 1;
	}
	*ret_name = text_trim(*ret_name);
	return true;
}

static const struct field *parse_column(const char *option, struct text name)
{
	const struct field *field = process_field_find(name);

	if (field && text_table_can_show(field))
		return field;
	if (field)
		usage_error("%s: '%s' is a list, which is no column", option, shown(name));
	unknown_field(option, name);
}

static void parse_columns(struct parser *parser, const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	struct text name;

	while (next_name(&cursor, &name)) {
		const struct field *field = parse_column("-o", name);

		parser->columns =
			xreallocarray(parser->columns, parser->columns_count + 1, sizeof(*parser->columns));
		parser->columns[parser->columns_count++] = (enum field_id)(field - process_record.fields);
	}
}

static void parse_sort(struct parser *parser, const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	struct text name;

	while (next_name(&cursor, &name)) {
		bool descending = name.length > 0 && *name.bytes == '-';

		if (descending)
			name = (struct text){name.bytes + 1, name.length - 1};
		parser->keys = xreallocarray(parser->keys, parser->keys_count + 1, sizeof(*parser->keys));
		parser->keys[parser->keys_count++] = (struct sort_key){parse_column("--sort", name), descending};
	}
}

/* A number is a process, anything else a user; 0 is everything. */
static void parse_root(struct options *options, const char *argument)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	struct tree_options *tree = &options->tree;
	int r = parse_i32(&cursor, &tree->pid);

	if (!isdigit((unsigned char)*argument) || r == -EBADMSG || (r == 0 && !cursor_done(&cursor))) {
		tree->roots = TREE_USER;
		options->tree_user = argument;
		options->tree_user_shown = shown(text_of(argument));
		return;
	}
	tree->roots = tree->pid ? TREE_PID : TREE_ALL;
	/* No process has a number so large. */
	if (r < 0) {
		tree->roots = TREE_PID;
		tree->pid = INT32_MAX;
	}
}

/* Options */

static const char *mode_name(enum mode mode)
{
	static const char *const names[MODE_COUNT] = {
		[MODE_SCREEN] = "the screen",   [MODE_JSON] = "--json",         [MODE_TREE] = "--tree",
		[MODE_PS] = "--ps",             [MODE_SCHEMA] = "--dump-schema", [MODE_MANUAL] = "--dump-manual",
		[MODE_CONFIG_MANUAL] = "--dump-config-manual", [MODE_BPF_HELPER] = "--bpf-helper",
		[MODE_HELP] = "--help",         [MODE_VERSION] = "--version",
	};

	return names[mode];
}

static bool is_front_end(enum mode mode)
{
	return mode == MODE_JSON || mode == MODE_TREE || mode == MODE_PS;
}

static void set_mode(struct options *options, enum mode mode)
{
	if (is_front_end(options->mode) && is_front_end(mode) && options->mode != mode)
		usage_error("%s and %s: choose one", mode_name(options->mode), mode_name(mode));
	if (options->mode == MODE_SCREEN || !is_front_end(mode))
		options->mode = mode;
}

static void set_charset(struct parser *parser, enum charset charset)
{
	if (parser->charset != CHARSET_AUTO && parser->charset != charset)
		usage_error("-A and -U: choose one");
	parser->charset = charset;
}

static void apply_tree_option(struct tree_options *tree, int option, const char *argument)
{
	switch (option) {
	case 'p': tree->show_pids = true; break;
	case 'g': tree->show_groups = true; break;
	case 'u': tree->show_users = true; break;
	case 'a': tree->show_arguments = true; break;
	case 't': tree->show_threads = true; break;
	case 's': tree->show_parents = true; break;
	case 'c': tree->keep_copies = true; break;
	case 'H': tree->highlight_pid = parse_highlight(argument); break;
	default: exit(EXIT_USAGE);
	}
}

static enum source_choice parse_source(const char *argument)
{
	static const char *const names[] = {[SOURCE_AUTO] = "auto", [SOURCE_BPF] = "bpf", [SOURCE_PROCFS] = "procfs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argument, names[i]) == 0)
			return (enum source_choice)i;
	}
	usage_error("--source: '%s' is none of auto, bpf, procfs", shown(text_of(argument)));
}

static void apply_option(struct parser *parser, int option, const char *argument)
{
	struct options *options = parser->options;

	switch (option) {
	case OPTION_JSON: set_mode(options, MODE_JSON); break;
	case OPTION_TREE: set_mode(options, MODE_TREE); break;
	case OPTION_PS: set_mode(options, MODE_PS); break;
	case OPTION_THREADS: options->ui.threads = true; break;
	case 'v': options->verbose = true; break;
	case OPTION_SOURCE: options->source = parse_source(argument); break;
	case OPTION_SCHEMA: set_mode(options, MODE_SCHEMA); break;
	case OPTION_MANUAL: set_mode(options, MODE_MANUAL); break;
	case OPTION_CONFIG_MANUAL: set_mode(options, MODE_CONFIG_MANUAL); break;
	case OPTION_BPF_HELPER:
		set_mode(options, MODE_BPF_HELPER);
		options->bpf_helper = argument;
		break;
	case 'h': set_mode(options, MODE_HELP); break;
	case 'V': set_mode(options, MODE_VERSION); break;
	case OPTION_SECTIONS:
		parse_sections(options, argument);
		parser->has_sections = true;
		break;
	case OPTION_FIELDS:
		parse_fields(options, argument);
		parser->about_processes = true;
		break;
	case OPTION_PID:
		parse_pids(options, argument);
		parser->about_processes = true;
		break;
	case OPTION_FILTER:
		parse_filter(options, argument);
		parser->about_processes = true;
		break;
	case OPTION_SORT: parse_sort(parser, argument); break;
	case 'o': parse_columns(parser, argument); break;
	case 'd': options->delay_s = parse_delay(argument); break;
	case 'n':
		options->iterations = parse_iterations(argument);
		options->stream = true;
		break;
	case OPTION_WATCH: options->stream = true; break;
	case OPTION_READONLY: options->readonly = true; break;
	case OPTION_CONFIG: options->config_path = argument; break;
	case OPTION_NO_CONFIG: options->no_config = true; break;
	case 'A': set_charset(parser, CHARSET_ASCII); break;
	case 'U': set_charset(parser, CHARSET_UTF8); break;
	case 'l': parser->no_cut = true; break;
	default: apply_tree_option(&options->tree, option, argument);
	}
}

/* What getopt_long wants to know of the rows. letters: room for 3 bytes a row and 2 more. */
static void fill_getopt(struct option *long_options, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->name)
			*long_options++ = (struct option){row->name, row->argument ? required_argument : no_argument,
							  NULL, row->value};
		if (row->value > UCHAR_MAX)
			continue;
		*letters++ = (char)row->value;
		if (row->argument)
			*letters++ = ':';
	}
	*letters = '\0';
	*long_options = (struct option){NULL, 0, NULL, 0};
}

/* getopt_long would print the culprit raw: an escape sequence in it would reach the terminal.
 * option: getopt's optopt: a letter, a long option's value, or 0 for a long option it does not know. */
static _Noreturn void option_error(char **argv, int option, bool missing_argument)
{
	char letter = (char)option;
	const char *word = option && option < OPTION_JSON ? shown((struct text){&letter, 1}) :
							    shown_string(argv[optind - 1]);
	const char *dash = option && option < OPTION_JSON ? "-" : "";

	if (missing_argument)
		usage_error("%s%s: a value is missing", dash, word);
	if (option >= OPTION_JSON)
		usage_error("%s: this option takes no value", word);
	usage_error("there is no option '%s%s'", dash, word);
}

static void note_seen(struct parser *parser, int option)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		parser->seen[i] |= option_rows[i].value == option;
}

static void parse_operands(struct parser *parser, int argc, char **argv)
{
	int count = argc - optind;

	if (count > 0 && parser->options->mode == MODE_TREE) {
		parse_root(parser->options, argv[optind]);
		count--;
		optind++;
	}
	if (count > 0)
		usage_error("'%s' is not an option", shown_string(argv[optind]));
}

static void parse_command_line(struct parser *parser, int argc, char **argv)
{
	struct option long_options[OPTION_COUNT + 1];
	char letters[3 * OPTION_COUNT + 2];
	int option;

	fill_getopt(long_options, letters);
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			option_error(argv, optopt, option == ':');
		note_seen(parser, option);
		apply_option(parser, option, optarg);
	}
	parse_operands(parser, argc, argv);
}

/* What makes no sense together is said rather than ignored. */

static const char *option_name(const struct option_row *row, char buffer[32])
{
	if (row->name)
		snprintf(buffer, 32, "--%s", row->name);
	else
		snprintf(buffer, 32, "-%c", row->value);
	return buffer;
}

static _Noreturn void wrong_mode(const struct option_row *row)
{
	char modes[80] = "", name[32];
	size_t length = 0;

	for (enum mode mode = MODE_SCREEN; mode < MODE_COUNT; mode++) {
		if (row->modes >> mode & 1)
			length += (size_t)snprintf(modes + length, sizeof(modes) - length, "%s%s",
						   length ? " or " : "", mode_name(mode));
	}
	usage_error("%s goes with %s", option_name(row, name), modes);
}

static void check_combination(const struct parser *parser)
{
	const struct options *options = parser->options;

	if (options->mode != MODE_SCREEN && !is_front_end(options->mode))
		return;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (parser->seen[i] && !(option_rows[i].modes >> options->mode & 1))
			wrong_mode(&option_rows[i]);
	}
	if (options->tree.show_parents && options->tree.roots != TREE_PID && options->tree.roots != TREE_USER)
		usage_error("-s goes with a process or a user: --tree -s PID");
	if (options->config_path && options->no_config)
		usage_error("--config and --no-config: choose one");
	if (parser->keys_count > 1 && options->mode != MODE_PS)
		usage_error("--sort: several fields go with --ps");
	if (parser->keys_count > 0 && options->mode == MODE_SCREEN && !parser->keys[0].field->title)
		usage_error("--sort: '%s' is no column of the screen", parser->keys[0].field->key);
}

static void finish_delay(struct options *options)
{
	bool is_repeated = options->mode == MODE_SCREEN || options->stream;

	if (!isnan(options->delay_s))
		options->ui.interval_s = options->delay_s;
	else
		options->delay_s = is_repeated ? DEFAULT_INTERVAL_S : DEFAULT_WINDOW_S;
	if (options->delay_s <= 0 && is_repeated && !options->iterations)
		usage_error("-d, --delay: 0 would never rest");
}

static void finish_selection(const struct parser *parser)
{
	struct options *options = parser->options;
	struct text unknown;

	/* Who asks about processes is not told about the disks. */
	if (parser->about_processes && !parser->has_sections)
		selection_parse_sections(&options->selection, "processes", &unknown);
	/* Totals would be of the named ones only. */
	if (options->pids)
		selection_set_key(&options->selection, "tasks", false);
}

/* On the screen a field has its natural direction, unless it is said to descend. */
static void finish_sort(const struct parser *parser)
{
	struct options *options = parser->options;
	const struct sort_key *key = parser->keys;

	if (!parser->keys_count)
		return;
	options->ui.sort = options->tree.sort = key->field;
	options->ui.invert = key->descending && !view_is_descending(key->field);
	options->tree.descending = key->descending;
}

static void finish_text(const struct parser *parser)
{
	struct options *options = parser->options;
	struct text_look look = text_look_of_stream(stdout, parser->charset);

	if (parser->no_cut)
		look.width = 0;
	options->tree.look = options->table.look = look;
	options->tree.filter = options->table.filter = options->filter;
	options->table.columns = parser->columns_count ? parser->columns : text_table_standard_columns;
	options->table.columns_count = parser->columns_count ? parser->columns_count : TEXT_TABLE_STANDARD_COUNT;
	options->table.keys = parser->keys;
	options->table.keys_count = parser->keys_count;
	options->table.pids = options->pids;
	options->table.pids_count = options->pids_count;
}

void options_parse(struct options *ret_options, int argc, char **argv)
{
	struct parser parser = {.options = ret_options};

	*ret_options = (struct options){.mode = MODE_SCREEN, .delay_s = NAN, .source = SOURCE_AUTO};
	selection_default(&ret_options->selection);
	parse_command_line(&parser, argc, argv);
	check_combination(&parser);
	finish_delay(ret_options);
	finish_selection(&parser);
	finish_sort(&parser);
	finish_text(&parser);
}

void options_free(struct options *options)
{
	filter_free(options->filter);
	free(options->pids);
	free(options->tree_user_shown);
	if (options->table.columns != text_table_standard_columns)
		free((void *)(uintptr_t)options->table.columns);
	free((void *)(uintptr_t)options->table.keys);
}

static void print_option(const struct option_row *row)
{
	bool has_letter = row->value <= UCHAR_MAX;
	char left[48];

	snprintf(left, sizeof(left), "%s%c%s%s%s%s%s", has_letter ? "-" : " ", has_letter ? row->value : ' ',
		 has_letter && row->name ? "," : " ", row->name ? " --" : "", row->name ? row->name : "",
		 row->argument && row->name ? " " : "", row->argument ? row->argument : "");
	printf("  %-30s %s\n", left, row->help);
}

/* Options that go with one front end stand below its name. */
static void print_options(const char *title, bool (*is_listed)(unsigned modes))
{
	printf("\n%s:\n", title);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_rows[i].help && is_listed(option_rows[i].modes))
			print_option(&option_rows[i]);
	}
}

static bool is_general(unsigned modes)
{
	return modes == ANY;
}

static bool is_shared(unsigned modes)
{
	return modes != ANY && (modes & (modes - 1)) != 0;
}

static bool is_screen(unsigned modes)
{
	return modes == SCREEN;
}

static bool is_json(unsigned modes)
{
	return modes == JSON;
}

static bool is_tree(unsigned modes)
{
	return modes == TREE;
}

static bool is_ps(unsigned modes)
{
	return modes == PS;
}

void options_print_help(void)
{
	puts("Usage: cmon [-d SECONDS] [--sort FIELD] [--filter EXPR] [--readonly] [--config FILE | --no-config]\n"
	     "       cmon --tree [-pguatscAUl] [-H PID] [--sort FIELD] [--filter EXPR] [PID | USER]\n"
	     "       cmon --ps [-AUl] [-o LIST] [--sort LIST] [--pid PID,...] [--filter EXPR] [-d SECONDS]\n"
	     "       cmon --json [--sections LIST] [--fields LIST] [--pid PID,...] [--filter EXPR]\n"
	     "                   [-d SECONDS] [-n N | --watch]\n\n"
	     "Show what this machine and its processes are doing.");
	print_options("Options", is_general);
	print_options("Of several", is_shared);
	print_options("Of the screen", is_screen);
	print_options("With --tree", is_tree);
	print_options("With --ps", is_ps);
	print_options("With --json", is_json);
	puts("\nSections:");
#define SECTION(id, name, help) printf("  %-30s %s\n", name, help);
#include "model/sections.def"
#undef SECTION
	puts("\nManuals: cmon(1), cmon.conf(5), cmon-json(5).");
}
