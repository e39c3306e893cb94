/* Options, and which front end runs: the only place that wires the layers together. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/parse.h"
#include "base/signals.h"
#include "collect/collect.h"
#include "model/feed.h"
#include "model/filter.h"
#include "model/selection.h"
#include "out/json.h"
#include "out/manual.h"
#include "ui/ui.h"

#define EXIT_USAGE 2

#define DEFAULT_WINDOW_S 0.25  /* of a single JSON object */
#define DEFAULT_INTERVAL_S 1.0 /* of a stream, and of the screen */
#define MAX_INTERVAL_S 86400.0
#define SLOW_WAIT_S 1.0        /* what can hang is waited for no longer by scripts, */
#define SLOW_WAIT_SCREEN_S 0.01 /* nor by the screen */

enum mode { MODE_SCREEN, MODE_JSON, MODE_SCHEMA, MODE_MANUAL, MODE_HELP, MODE_VERSION };

struct options {
	enum mode mode;
	struct selection selection;
	bool has_sections, about_processes; /* --sections; --fields, --pid or --filter */
	int32_t *pids;
	size_t pids_count;
	double delay_s; /* NaN: not given */
	uint64_t iterations; /* 0: no end */
	bool stream;
	struct filter *filter;
	struct ui_options ui;
};

enum long_option {
	OPTION_JSON = 256,
	OPTION_SECTIONS,
	OPTION_FIELDS,
	OPTION_PID,
	OPTION_WATCH,
	OPTION_FILTER,
	OPTION_TREE,
	OPTION_SORT,
	OPTION_SCHEMA,
	OPTION_MANUAL,
};

/* One row an option: what getopt_long takes, and its line in --help. */
static const struct {
	struct option option;
	const char *argument, *help;
} option_rows[] = {
	{{"json", no_argument, NULL, OPTION_JSON}, NULL, "print everything as one JSON object and end"},
	{{"sections", required_argument, NULL, OPTION_SECTIONS}, "LIST", "only these sections or keys of the JSON"},
	{{"fields", required_argument, NULL, OPTION_FIELDS}, "LIST", "these fields of processes; 'all' for every one"},
	{{"pid", required_argument, NULL, OPTION_PID}, "PID[,PID...]", "only these processes"},
	{{"filter", required_argument, NULL, OPTION_FILTER}, "EXPR", "only processes that match, as 'cpu > 5 and user = root'"},
	{{"delay", required_argument, NULL, 'd'}, "SECONDS", "between two samples; 0 takes a single one, without rates"},
	{{"iterations", required_argument, NULL, 'n'}, "N", "print N objects, one a line"},
	{{"watch", no_argument, NULL, OPTION_WATCH}, NULL, "print objects, one a line, until stopped"},
	{{"tree", no_argument, NULL, OPTION_TREE}, NULL, "start the screen with the process tree"},
	{{"sort", required_argument, NULL, OPTION_SORT}, "FIELD", "start the screen sorted by this field"},
	{{"dump-schema", no_argument, NULL, OPTION_SCHEMA}, NULL, NULL}, /* these two: for make manual */
	{{"dump-manual", no_argument, NULL, OPTION_MANUAL}, NULL, NULL},
	{{"help", no_argument, NULL, 'h'}, NULL, "print this and end"},
	{{"version", no_argument, NULL, 'V'}, NULL, "print the version and end"},
};

#define OPTION_COUNT (sizeof(option_rows) / sizeof(option_rows[0]))

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

/* What a user typed, fit to be shown on a terminal. Returns memory that lives until the program ends. */
static const char *shown(struct text text)
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
	if (filter_parse(argument, &options->filter, &error) < 0)
		usage_error("--filter: %s\n  %s\n  %*s^", shown_string(error.message), shown_string(argument),
			    (int)error.column, "");
}

static void parse_sections(struct options *options, const char *argument)
{
	struct text unknown;

	if (selection_parse_sections(&options->selection, argument, &unknown) < 0)
		usage_error("--sections: there is no section or key '%s'", shown(unknown));
	options->has_sections = true;
}

static void parse_fields(struct options *options, const char *argument)
{
	struct text unknown;

	if (selection_parse_fields(&options->selection, argument, &unknown) < 0)
		usage_error("--fields: there is no field '%s' of processes", shown(unknown));
	options->about_processes = true;
}

static const struct field *parse_sort(const char *argument)
{
	const struct field *field = process_field_find(text_of(argument));

	if (!field || !field->title)
		usage_error("--sort: there is no column '%s'", shown_string(argument));
	return field;
}

static void apply_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case OPTION_JSON: options->mode = MODE_JSON; break;
	case OPTION_SCHEMA: options->mode = MODE_SCHEMA; break;
	case OPTION_MANUAL: options->mode = MODE_MANUAL; break;
	case 'h': options->mode = MODE_HELP; break;
	case 'V': options->mode = MODE_VERSION; break;
	case OPTION_SECTIONS: parse_sections(options, argument); break;
	case OPTION_FIELDS: parse_fields(options, argument); break;
	case OPTION_PID:
		parse_pids(options, argument);
		options->about_processes = true;
		break;
	case OPTION_FILTER:
		parse_filter(options, argument);
		options->about_processes = true;
		break;
	case 'd': options->delay_s = parse_delay(argument); break;
	case 'n':
		options->iterations = parse_iterations(argument);
		options->stream = true;
		break;
	case OPTION_WATCH: options->stream = true; break;
	case OPTION_TREE: options->ui.tree = true; break;
	case OPTION_SORT: options->ui.sort = parse_sort(argument); break;
	default: exit(EXIT_USAGE);
	}
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

static void parse_options(struct options *options, int argc, char **argv)
{
	struct option long_options[OPTION_COUNT + 1] = {{0}};
	int option;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		long_options[i] = option_rows[i].option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hVd:n:", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			option_error(argv, optopt, option == ':');
		apply_option(options, option, optarg);
	}
	if (optind < argc)
		usage_error("'%s' is not an option", shown_string(argv[optind]));
}

/* What makes no sense together is said rather than ignored. */
static void check_options(struct options *options)
{
	if (options->mode == MODE_SCREEN && (options->has_sections || options->about_processes || options->stream))
		usage_error("--sections, --fields, --pid, --filter, -n and --watch go with --json");
	if (options->mode == MODE_JSON && (options->ui.tree || options->ui.sort))
		usage_error("--tree and --sort go with the screen, not with --json");
	if (isnan(options->delay_s))
		options->delay_s = options->mode == MODE_JSON && !options->stream ? DEFAULT_WINDOW_S : DEFAULT_INTERVAL_S;
	if (options->delay_s <= 0 && (options->mode == MODE_SCREEN || (options->stream && !options->iterations)))
		usage_error("-d, --delay: 0 would never rest");
	/* Who asks about processes is not told about the disks. */
	if (options->about_processes && !options->has_sections) {
		struct text unknown;

		selection_parse_sections(&options->selection, "processes", &unknown);
	}
	/* Totals would be of the named ones only. */
	if (options->pids)
		selection_set_key(&options->selection, "tasks", false);
}

static int print_help(void)
{
	puts("Usage: cmon [-d SECONDS] [--tree] [--sort FIELD]\n"
	     "       cmon --json [--sections LIST] [--fields LIST] [--pid PID,...] [--filter EXPR]\n"
	     "                   [-d SECONDS] [-n N | --watch]\n\n"
	     "Show what this machine and its processes are doing.\n");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &option_rows[i].option;
		char left[48];

		if (!option_rows[i].help)
			continue;
		snprintf(left, sizeof(left), "%s%c%s --%s%s%s", option->val < 256 ? "-" : " ",
			 option->val < 256 ? option->val : ' ', option->val < 256 ? "," : " ", option->name,
			 option_rows[i].argument ? " " : "", option_rows[i].argument ? option_rows[i].argument : "");
		printf("  %-30s %s\n", left, option_rows[i].help);
	}
	puts("\nSections:");
#define SECTION(id, name, help) printf("  %-30s %s\n", name, help);
#include "model/sections.def"
#undef SECTION
	puts("\nManuals: cmon(1), cmon-json(5).");
	return 0;
}

static int finish_output(int r)
{
	if (r == 0 && fflush(stdout) != 0)
		r = errno ? -errno : -EIO;
	if (r == 0 || r == -EPIPE)
		return EXIT_SUCCESS;
	fprintf(stderr, "cmon: standard output: %s\n", strerror(-r));
	return EXIT_FAILURE;
}

static struct request request_of(const struct options *options)
{
	struct request request = {
		.sections = selection_sections(&options->selection),
		.facts = selection_facts(&options->selection),
		.pids = options->pids,
		.pids_count = options->pids_count,
		.slow_wait_s = SLOW_WAIT_S,
	};

	if (options->filter)
		request.facts |= filter_facts(options->filter);
	return request;
}

/* The sample before the first object: counters only, since rates are all it is for. */
static struct request baseline_of(const struct request *request)
{
	struct request baseline = *request;

	baseline.sections &= SECTION_BIT(SECTION_CPU) | SECTION_BIT(SECTION_DISK) | SECTION_BIT(SECTION_NET) |
			     SECTION_BIT(SECTION_PROCESSES);
	baseline.facts &= FACT_BIT(FACT_STAT) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_LINEAGE);
	baseline.slow_wait_s = 0;
	return baseline;
}

/* Pids that were asked for and are not there. Returns whether there is one. */
static bool note_missing(const struct options *options, struct snapshot *snapshot)
{
	bool missing = false;

	for (size_t i = 0; i < options->pids_count; i++) {
		char source[32];

		if (snapshot_find_pid(snapshot, options->pids[i]))
			continue;
		snprintf(source, sizeof(source), "processes/%d", options->pids[i]);
		snapshot_error(snapshot, source, ESRCH, "no process has the id %d", options->pids[i]);
		missing = true;
	}
	return missing;
}

static int run_json(const struct options *options, struct collect *collect)
{
	const struct json_options json = {
		.selection = &options->selection,
		.pids = options->pids,
		.pids_count = options->pids_count,
		.filter = options->filter,
		.one_line = options->stream,
	};
	const struct request request = request_of(options), baseline = baseline_of(&request);
	uint64_t interval_ns = (uint64_t)(options->delay_s * (double)NS_PER_S), deadline = clock_monotonic_ns();
	struct snapshot *previous = interval_ns ? collect_tick(collect, &baseline, NULL) : NULL;
	bool missing = false;
	int r = 0;

	for (uint64_t i = 0; r == 0 && (options->stream ? !options->iterations || i < options->iterations : i < 1); i++) {
		struct snapshot *snapshot;

		deadline += interval_ns;
		if (interval_ns)
			clock_sleep_until(deadline);
		if (deadline < clock_monotonic_ns())
			deadline = clock_monotonic_ns();
		snapshot = collect_tick(collect, &request, previous);
		missing = note_missing(options, snapshot);
		r = json_write(stdout, snapshot, &json);
		snapshot_unref(previous);
		previous = interval_ns ? snapshot : NULL;
		if (!interval_ns)
			snapshot_unref(snapshot);
	}
	snapshot_unref(previous);
	r = finish_output(r);
	return r == EXIT_SUCCESS && missing ? EXIT_FAILURE : r;
}

struct collector_thread {
	struct feed *feed;
	struct collect *collect;
};

static void *collector_main(void *opaque)
{
	struct collector_thread *thread = opaque;
	struct snapshot *previous = NULL;
	struct request request;

	while (feed_next(thread->feed, &request)) {
		struct snapshot *snapshot;

		request.slow_wait_s = SLOW_WAIT_SCREEN_S;
		snapshot = collect_tick(thread->collect, &request, previous);
		snapshot_unref(previous);
		previous = snapshot_ref(snapshot);
		feed_publish(thread->feed, snapshot);
	}
	snapshot_unref(previous);
	return NULL;
}

/* Signals are the screen's: the collector's threads start with all of them blocked but faults. */
static int start_collector(struct collector_thread *thread, pthread_t *ret_id)
{
	sigset_t before;
	int error;

	signals_block(&before);
	error = pthread_create(ret_id, NULL, collector_main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

#define LEAVE_WITHIN_NS 20000000 /* nobody notices */

/* Wait for the collector's thread, but not long: a reading under way, which may even hang in the kernel, must not keep
 * a user who quits. Then the thread ends with the process, and nothing it uses is freed before. */
static void end_collector(pthread_t id, int status)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_nsec += LEAVE_WITHIN_NS;
	deadline.tv_sec += deadline.tv_nsec / (long)NS_PER_S;
	deadline.tv_nsec %= (long)NS_PER_S;
	if (pthread_timedjoin_np(id, NULL, &deadline) == 0)
		return;
	fflush(NULL);
	_exit(status);
}

static int run_screen(const struct options *options, struct collect *collect)
{
	struct collector_thread thread = {.feed = feed_new(), .collect = collect};
	char *message = NULL;
	pthread_t id;
	int status;

	if (!thread.feed || start_collector(&thread, &id) < 0)
		fatal("cannot start a thread");
	status = ui_run(thread.feed, &options->ui, &message);
	feed_stop(thread.feed);
	if (message)
		fprintf(stderr, "cmon: %s\n", message);
	free(message);
	end_collector(id, status);
	feed_free(thread.feed);
	return status;
}

/* With a standard descriptor closed, the first file that is opened would take its place, and be written to. */
static void check_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDOUT_FILENO)
			fatal("standard output is closed");
		if (open("/dev/null", O_RDWR) != fd)
			fatal("a standard descriptor is closed");
	}
}

static int run(struct options *options)
{
	struct collect *collect;
	struct root root;
	int r = root_open(&root, NULL);

	if (r < 0) {
		fprintf(stderr, "cmon: /proc: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	collect = collect_open(&root);
	r = options->mode == MODE_JSON ? run_json(options, collect) : run_screen(options, collect);
	collect_close(collect);
	root_close(&root);
	return r;
}

int main(int argc, char **argv)
{
	struct options options = {.mode = MODE_SCREEN, .delay_s = NAN};
	int r;

	check_standard_descriptors();
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	selection_default(&options.selection);
	parse_options(&options, argc, argv);
	check_options(&options);
	options.ui.interval_s = options.delay_s;
	switch (options.mode) {
	case MODE_HELP: return finish_output(print_help());
	case MODE_VERSION: puts("cmon " CMON_VERSION); return finish_output(0);
	case MODE_SCHEMA: return finish_output(json_write_schema(stdout));
	case MODE_MANUAL: return finish_output(manual_write_json(stdout));
	case MODE_JSON:
	case MODE_SCREEN: break;
	}
	r = run(&options);
	filter_free(options.filter);
	free(options.pids);
	return r;
}
