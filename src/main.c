/* Which front end runs: the only place that wires the layers together. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/act.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/thread.h"
#include "collect/bpf_helper.h"
#include "collect/collect.h"
#include "config/config.h"
#include "config/saver.h"
#include "model/feed.h"
#include "options.h"
#include "out/json.h"
#include "out/manual.h"

#define SLOW_WAIT_S 1.0        /* what can hang is waited for no longer by scripts, */
#define SLOW_WAIT_SCREEN_S 0.01 /* nor by the screen */
#define SOURCE_WAIT_S 2.0       /* for the BPF programs, by scripts */
#define SOURCE_WAIT_SCREEN_S 0.1 /* by the screen, where /proc would take longer */
#define FIRST_ALONE_MS 15.0     /* milliseconds; a full reading takes some times as long as one of stat alone */

static int finish_output(int r)
{
	if (r == 0 && fflush(stdout) != 0)
		r = errno ? -errno : -EIO;
	if (r == 0 || r == -EPIPE)
		return EXIT_SUCCESS;
	fprintf(stderr, "cmon: standard output: %s\n", strerror(-r));
	return EXIT_FAILURE;
}

/* JSON */

static struct request request_of(const struct options *options)
{
	struct request request = {
		.sections = selection_sections(&options->selection),
		.facts = selection_facts(&options->selection),
		.pids = options->pids,
		.pids_count = options->pids_count,
		.source = options->source,
		.source_wait_s = SOURCE_WAIT_S,
		.wants_rates = options->delay_s > 0,
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
	baseline.facts &= FACT_BIT(FACT_STAT) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_THREADS) |
			  FACT_BIT(FACT_LINEAGE);
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
	static char output[64 << 10];
	bool missing = false;
	int r = 0;

	(void)setvbuf(stdout, output, _IOFBF, sizeof(output));
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

/* Text */

static uint64_t interval_ns_of(const struct options *options)
{
	return (uint64_t)(options->delay_s * (double)NS_PER_S);
}

/* One snapshot of the processes, with rates where something asks for them. */
static struct snapshot *take_snapshot(const struct options *options, struct collect *collect, uint64_t facts,
				      bool needs_rates)
{
	const struct request request = {
		.sections = SECTION_BIT(SECTION_PROCESSES),
		.facts = facts,
		.pids = options->pids,
		.pids_count = options->pids_count,
		.source = options->source,
		.source_wait_s = SOURCE_WAIT_S,
		.wants_rates = needs_rates && options->delay_s > 0,
		.slow_wait_s = SLOW_WAIT_S,
	};
	const struct request baseline = baseline_of(&request);
	uint64_t deadline = clock_monotonic_ns() + interval_ns_of(options);
	struct snapshot *previous = NULL, *snapshot;

	if (needs_rates && interval_ns_of(options)) {
		previous = collect_tick(collect, &baseline, NULL);
		clock_sleep_until(deadline);
	}
	snapshot = collect_tick(collect, &request, previous);
	snapshot_unref(previous);
	return snapshot;
}

/* Returns whether the process is there; says so when it is not. */
static bool check_process(const struct snapshot *snapshot, int32_t pid)
{
	if (snapshot_find_pid(snapshot, pid))
		return true;
	fprintf(stderr, "cmon: no process has the id %d\n", pid);
	return false;
}

static bool find_user(struct options *options)
{
	const struct passwd *user = getpwnam(options->tree_user);

	if (user)
		options->tree.uid = user->pw_uid;
	else
		fprintf(stderr, "cmon: there is no user '%s'\n", options->tree_user_shown);
	return user != NULL;
}

static int run_tree(struct options *options, struct collect *collect)
{
	const struct tree_options *tree = &options->tree;
	struct snapshot *snapshot;
	bool found = true;
	int r;

	if (options->tree_user && !find_user(options))
		return EXIT_FAILURE;
	snapshot = take_snapshot(options, collect, tree_facts(tree),
				 filter_needs_rates(tree->filter) || (tree->sort && process_field_is_rate(tree->sort)));
	r = tree_write(stdout, snapshot, tree);
	if (r == -ESRCH && tree->roots == TREE_USER)
		fprintf(stderr, "cmon: no process belongs to '%s'\n", options->tree_user_shown);
	else if (r == -ESRCH)
		check_process(snapshot, tree->pid);
	else if (tree->highlight_pid)
		found = check_process(snapshot, tree->highlight_pid);
	snapshot_unref(snapshot);
	if (r == -ESRCH)
		return EXIT_FAILURE;
	r = finish_output(r);
	return r == EXIT_SUCCESS && !found ? EXIT_FAILURE : r;
}

static int run_ps(const struct options *options, struct collect *collect)
{
	const struct text_table_options *table = &options->table;
	struct snapshot *snapshot =
		take_snapshot(options, collect, text_table_facts(table), text_table_needs_rates(table));
	bool found = true;
	int r = text_table_write(stdout, snapshot, table);

	for (size_t i = 0; i < options->pids_count; i++)
		found &= check_process(snapshot, options->pids[i]);
	snapshot_unref(snapshot);
	r = finish_output(r);
	return r == EXIT_SUCCESS && !found ? EXIT_FAILURE : r;
}

/* The screen */

struct collector_thread {
	struct feed *feed;
	struct collect *collect;
	enum source_choice source;
};

/* The next tick's request, with what the screen does not know. */
static bool next_request(struct collector_thread *thread, struct request *ret_request)
{
	bool goes_on = feed_next(thread->feed, ret_request);

	ret_request->source = thread->source;
	ret_request->wants_rates = true;
	return goes_on;
}

/* Where there are so many processes that reading all of each would be waited for, the first snapshot has of them what
 * is had soonest: by the BPF programs all but the command lines, where they are there sooner than even one file of each
 * could be read, and else what one file tells. The next follows at once. The first is no base for rates: too little time
 * passes until then. */
static void publish_first(struct collector_thread *thread)
{
	struct snapshot *snapshot;
	struct request request;

	if (!next_request(thread, &request))
		return;
	request.source_wait_s = SOURCE_WAIT_SCREEN_S;
	if (collect_await_programs(thread->collect, &request))
		request.facts &= ~FACT_BIT(FACT_CMDLINE);
	else
		request.facts = FACT_BIT(FACT_STAT);
	request.source_wait_s = 0;
	request.detail_pid = 0;
	snapshot = collect_tick(thread->collect, &request, NULL);
	if (snapshot->collect_ms < FIRST_ALONE_MS)
		snapshot_unref(snapshot);
	else
		feed_publish(thread->feed, snapshot);
	feed_refresh(thread->feed);
}

/* The first ticks make all records anew, some of them twice; later ones few. What lies fallow then goes back, as soon as
 * nobody has the old snapshots any more. */
#define TRIM_FROM 1000 /* records */
#define TRIM_AFTER 4   /* ticks */

struct trimming {
	size_t renewed_before;
	int ticks_left;
};

static void trim_memory(struct trimming *trimming, size_t renewed_count)
{
	if (trimming->renewed_before >= TRIM_FROM && renewed_count < trimming->renewed_before / 4)
		trimming->ticks_left = TRIM_AFTER;
	trimming->renewed_before = renewed_count;
	if (trimming->ticks_left > 0 && --trimming->ticks_left == 0)
		malloc_trim(0);
}

static void *collector_main(void *opaque)
{
	struct collector_thread *thread = opaque;
	struct snapshot *previous = NULL;
	struct request request;
	struct trimming trimming = {0, 0};

	publish_first(thread);
	while (next_request(thread, &request)) {
		struct snapshot *snapshot;

		request.slow_wait_s = SLOW_WAIT_SCREEN_S;
		snapshot = collect_tick(thread->collect, &request, previous);
		snapshot_unref(previous);
		previous = snapshot_ref(snapshot);
		feed_publish(thread->feed, snapshot);
		trim_memory(&trimming, previous->processes.renewed_count);
	}
	snapshot_unref(previous);
	return NULL;
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

/* Returns NULL when there is no configuration. */
static struct config *load_settings(const struct options *options, struct ui_options *ui)
{
	struct config *config;

	ui->settings = settings_new();
	if (options->no_config)
		return NULL;
	config = config_load(options->config_path, ui->settings);
	ui->warnings = config_warnings(config, &ui->warnings_count);
	ui->is_first_run = !config_has_file(config);
	return config;
}

/* Returns NULL when there is nothing to be written. */
static struct saver *start_saver(struct config *config, struct ui_options *ui)
{
	struct saver *saver = config ? saver_new(config) : NULL;

	if (saver) {
		ui->save = saver_save;
		ui->save_context = saver;
	}
	return saver;
}

/* What cannot be written within a moment is left: the thread ends with the process. */
static void end_saver(struct saver *saver, int status)
{
	char *message = NULL;

	if (saver && !saver_end(saver, &message)) {
		fputs("cmon: the configuration is not written: the disk does not answer\n", stderr);
		fflush(NULL);
		_exit(status);
	}
	if (message)
		fprintf(stderr, "cmon: the configuration is not written: %s\n", message);
	free(message);
}

static int run_screen(const struct options *options, struct collect *collect)
{
	struct collector_thread thread = {.feed = feed_new(), .collect = collect, .source = options->source};
	struct ui_options ui = options->ui;
	struct config *config = load_settings(options, &ui);
	struct saver *saver = start_saver(config, &ui);
	char *message = NULL;
	pthread_t id;
	int status;

	if (!thread.feed || thread_start(0, collector_main, &thread, &id) < 0)
		fatal("cannot start a thread");
	ui.act = options->readonly ? NULL : &act_system;
	status = ui_run(thread.feed, &ui, &message);
	feed_stop(thread.feed);
	if (message)
		fprintf(stderr, "cmon: %s\n", message);
	free(message);
	end_saver(saver, status);
	end_collector(id, status);
	feed_free(thread.feed);
	settings_free(ui.settings);
	config_free(config);
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

static int run_front_end(struct options *options, struct collect *collect)
{
	switch (options->mode) {
	case MODE_JSON: return run_json(options, collect);
	case MODE_TREE: return run_tree(options, collect);
	case MODE_PS: return run_ps(options, collect);
	default: return run_screen(options, collect);
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
	r = run_front_end(options, collect);
	collect_close(collect);
	root_close(&root);
	return r;
}

/* What reads the processes is told by reading some. */
static void print_source(const struct options *options)
{
	static const int32_t own[] = {1};
	struct root root;
	const struct request request = {
		.sections = SECTION_BIT(SECTION_PROCESSES),
		.facts = FACT_BIT(FACT_STAT),
		.pids = own,
		.pids_count = 1,
		.source = options->source == SOURCE_AUTO ? SOURCE_BPF : options->source,
		.source_wait_s = SOURCE_WAIT_S,
	};
	struct snapshot *snapshot;
	struct collect *collect;

	if (root_open(&root, NULL) < 0)
		return;
	collect = collect_open(&root);
	snapshot = collect_tick(collect, &request, NULL);
	printf("processes: %s\n", snapshot->source.bytes ? snapshot->source.bytes : "none");
	for (size_t i = 0; i < snapshot->errors.count; i++) {
		const struct source_error *error = &LIST_ITEMS(snapshot->errors, const struct source_error)[i];

		if (text_equal_string(error->source, "processes/bpf"))
			printf("bpf: %.*s\n", (int)error->message.length, error->message.bytes);
	}
	snapshot_unref(snapshot);
	collect_close(collect);
	root_close(&root);
}

static int print_version(const struct options *options)
{
	puts("cmon " CMON_VERSION);
	if (options->verbose)
		print_source(options);
	return finish_output(0);
}

int main(int argc, char **argv)
{
	struct options options;
	int r;

	check_standard_descriptors();
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	options_parse(&options, argc, argv);
	switch (options.mode) {
	case MODE_HELP: options_print_help(); return finish_output(0);
	case MODE_VERSION: return print_version(&options);
	case MODE_SCHEMA: return finish_output(json_write_schema(stdout));
	case MODE_MANUAL: return finish_output(manual_write_json(stdout));
	case MODE_CONFIG_MANUAL: return finish_output(manual_write_config(stdout));
	case MODE_BPF_HELPER: return bpf_helper_run(options.bpf_helper);
	default: r = run(&options);
	}
	options_free(&options);
	return r;
}
