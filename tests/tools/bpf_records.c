/* Print what the BPF programs tell, as JSON: usage: bpf_records [--btf FILE] [--repeat N] KIND..., where a KIND is
 * tasks, threads, cmdlines, files, file_paths or sockets; these programs are loaded. One object: `links` with 0 or the errno of
 * every program, `load_ms`, and for each KIND a list, as struct process would have it, and the least CPU time that one of N passes took, in
 * milliseconds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/bpf_helper.h"
#include "collect/bpf_load.h"
#include "collect/bpf_process.h"
#include "collect/bpf_read.h"
#include "model/snapshot.h"

#define WAIT_MS 60000

static const char *const names[BPF_PROGRAM_COUNT] = {"tasks", "threads", "cmdlines", "files", "file_paths", "sockets"};

struct printer {
	struct bpf_units units;
	bool is_quiet; /* a pass that is only timed */
	bool has_item;
};

static void begin_item(struct printer *printer)
{
	printf("%s\n{", printer->has_item ? "," : "");
	printer->has_item = true;
}

static void print_hex(const char *key, const char *bytes, size_t length)
{
	printf("\"%s\":\"", key);
	for (size_t i = 0; i < length; i++)
		printf("%02x", (unsigned char)bytes[i]);
	printf("\",");
}

#define SIGNED(member) printf("\"" #member "\":%lld,", (long long)process.member)
#define UNSIGNED(member) printf("\"" #member "\":%llu,", (unsigned long long)process.member)

#define SIGNED_MORE(member) printf("\"" #member "\":%lld,", (long long)process.more->member)
#define UNSIGNED_MORE(member) printf("\"" #member "\":%llu,", (unsigned long long)process.more->member)

/* Absent ones have their extreme values. */
static void print_stat(struct process process)
{
	print_hex("comm", process.comm.bytes, process.comm.length);
	printf("\"state\":\"%c\",", process.state);
	SIGNED(pid), SIGNED(tgid), SIGNED(ppid), SIGNED(pgid), SIGNED(sid), SIGNED(tty_nr), SIGNED(tpgid);
	UNSIGNED(flags_mask), UNSIGNED(minflt), UNSIGNED(majflt);
	UNSIGNED(utime), UNSIGNED(stime), UNSIGNED(run_ns), UNSIGNED(cutime), UNSIGNED(cstime);
	SIGNED(priority), SIGNED(nice), SIGNED(num_threads), UNSIGNED(starttime), UNSIGNED(vms_bytes);
	UNSIGNED(rss_bytes), SIGNED(exit_signal), SIGNED(processor), SIGNED(rt_priority), SIGNED(policy);
	UNSIGNED(blkio_delay), SIGNED(exit_code), UNSIGNED(main_exited), UNSIGNED(is_kernel);
}

static void print_status(struct process process)
{
	SIGNED(uid_real), SIGNED_MORE(uid_effective), SIGNED_MORE(uid_saved), SIGNED_MORE(uid_fs);
	SIGNED_MORE(gid_real), SIGNED_MORE(gid_effective), SIGNED_MORE(gid_saved), SIGNED_MORE(gid_fs);
	SIGNED_MORE(umask), SIGNED(tracer_pid), SIGNED(tracer_tgid), SIGNED(ns_level), SIGNED(nested_pid);
	SIGNED_MORE(seccomp), UNSIGNED_MORE(voluntary_switches), UNSIGNED_MORE(involuntary_switches);
	UNSIGNED_MORE(signals_pending), UNSIGNED_MORE(signals_blocked), UNSIGNED_MORE(cap_effective);
	UNSIGNED_MORE(peak_vms_bytes), UNSIGNED_MORE(peak_rss_bytes), UNSIGNED(locked_bytes), UNSIGNED_MORE(swap_bytes);
	UNSIGNED_MORE(hugetlb_bytes);
}

static void print_rest(struct process process)
{
	UNSIGNED(shared_bytes), UNSIGNED(text_bytes), UNSIGNED(data_bytes);
	UNSIGNED(io_read_chars), UNSIGNED(io_write_chars), UNSIGNED(io_read_count), UNSIGNED(io_write_count);
	UNSIGNED(io_read_bytes), UNSIGNED(io_write_bytes);
}

static int print_task(const struct bpf_task_record *task, void *context)
{
	struct printer *printer = context;
	struct bpf_times shown = {0, 0};
	struct process_more more = process_more_blank;
	struct process process;
	bool has_statm;

	if (printer->is_quiet)
		return 0;
	process_init(&process);
	process.more = &more;
	bpf_process_stat(task, &printer->units, &shown, &process);
	bpf_process_state(task, &printer->units, &process);
	bpf_process_status(task, &printer->units, &more);
	has_statm = bpf_process_statm(task, &printer->units, &process);
	(void)bpf_process_io(task, &process);
	begin_item(printer);
	print_stat(process);
	print_status(process);
	print_rest(process);
	printf("\"start_ns\":%llu,\"has_statm\":%d,\"is_torn\":%d,\"is_exact\":%d,\"name_is_cut\":%d}",
	       (unsigned long long)task->start_ns, has_statm,
	       bpf_process_is_torn(task), (task->head.marks & BPF_TASK_MEMORY_EXACT) != 0, bpf_name_is_cut(task->flags, task->comm));
	return 0;
}

static int print_thread(const struct bpf_thread_record *thread, void *context)
{
	struct printer *printer = context;
	struct bpf_times shown = {0, 0};
	struct process process;

	if (printer->is_quiet)
		return 0;
	process_init(&process);
	bpf_thread_stat(thread, &printer->units, &shown, &process);
	begin_item(printer);
	print_stat(process);
	printf("\"voluntary_switches\":%llu,\"involuntary_switches\":%llu,\"read_chars\":%llu}",
	       (unsigned long long)thread->voluntary_switches, (unsigned long long)thread->involuntary_switches,
	       (unsigned long long)thread->io.rchar);
	return 0;
}

static int print_cmdline(const struct bpf_cmdline_record *cmdline, const char *bytes, void *context)
{
	struct printer *printer = context;

	if (printer->is_quiet)
		return 0;
	begin_item(printer);
	print_hex("cmdline", bytes, cmdline->length);
	printf("\"pid\":%d,\"start_ns\":%llu,\"marks\":%d}", cmdline->head.pid, (unsigned long long)cmdline->start_ns,
	       cmdline->head.marks);
	return 0;
}

static int print_file(const struct bpf_file_record *file, const char *path, void *context)
{
	struct printer *printer = context;

	if (printer->is_quiet)
		return 0;
	begin_item(printer);
	print_hex("path", path, file->path_length);
	printf("\"pid\":%d,\"tid\":%d,\"fd\":%d,\"inode\":%llu,\"mode\":%u,\"flags\":%u,\"position\":%llu,"
	       "\"marks\":%d}",
	       file->head.pid, file->tid, file->fd, (unsigned long long)file->inode, file->mode,
	       file->flags, (unsigned long long)file->position, file->head.marks);
	return 0;
}

static int run_pass(struct bpf_reader *reader, int kind, int link_fd, struct printer *printer)
{
	switch (kind) {
	case BPF_PROGRAM_TASKS: return bpf_tasks_read(reader, link_fd, print_task, printer);
	case BPF_PROGRAM_THREADS: return bpf_threads_read(reader, link_fd, print_thread, printer);
	case BPF_PROGRAM_CMDLINES: return bpf_cmdlines_read(reader, link_fd, print_cmdline, printer);
	default: return bpf_files_read(reader, link_fd, print_file, printer);
	}
}

static double milliseconds_since(uint64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) / 1e6;
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void print_kind(int kind, int link_fd, int repeat, struct printer *printer)
{
	struct bpf_reader *reader = bpf_reader_new();
	double best_ms = -1;
	int r = 0;

	for (int i = 0; i < repeat; i++) {
		double start_ms = cpu_ms(), ms;

		printer->is_quiet = true;
		r = run_pass(reader, kind, link_fd, printer);
		ms = cpu_ms() - start_ms;
		best_ms = best_ms < 0 || ms < best_ms ? ms : best_ms;
	}
	printer->is_quiet = printer->has_item = false;
	printf(",\n\"%s\":[", names[kind]);
	r = r == 0 ? run_pass(reader, kind, link_fd, printer) : r;
	printf("],\n\"%s_errno\":%d,\"%s_ms\":%.3f", names[kind], r < 0 ? -r : 0, names[kind], best_ms);
	bpf_reader_free(reader);
}

static void print_links(const struct bpf_links *links, uint64_t start_ns)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	printf("{\"load_ms\":%.1f,\"helper_rss_kb\":%ld,\"helper_cpu_ms\":%.1f,\"links\":{", milliseconds_since(start_ns),
	       usage.ru_maxrss, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3);
	for (int i = 0; i < BPF_PROGRAM_COUNT; i++)
		printf("%s\"%s\":%d", i ? "," : "", names[i], links->fds[i] < 0 ? -links->fds[i] : 0);
	printf("}");
}

static bool is_among(const char *name, char **names_given)
{
	while (*names_given && strcmp(*names_given, name) != 0)
		names_given++;
	return *names_given != NULL;
}

int main(int argc, char **argv)
{
	struct printer printer = {.units = {(uint64_t)sysconf(_SC_PAGESIZE), NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)}};
	uint64_t start_ns = clock_monotonic_ns();
	const char *btf_path = NULL;
	struct bpf_links links;
	struct bpf_load *load;
	unsigned int programs = 0;
	int first = 1, repeat = 0, r;

	if (argc == 3 && strcmp(argv[1], "--bpf-helper") == 0)
		return bpf_helper_run(argv[2]);
	for (; first + 1 < argc && strncmp(argv[first], "--", 2) == 0; first += 2) {
		if (strcmp(argv[first], "--btf") == 0)
			btf_path = argv[first + 1];
		else
			repeat = (int)strtol(argv[first + 1], NULL, 10);
	}
	for (int kind = 0; kind < BPF_PROGRAM_COUNT; kind++)
		programs |= is_among(names[kind], argv + first) ? BPF_PROGRAM_BIT(kind) : 0;
	r = bpf_load_start(programs, btf_path, &load);
	if (r == 0)
		r = bpf_load_finish(load, WAIT_MS, &links);
	if (r < 0) {
		fprintf(stderr, "bpf_records: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	bpf_load_free(load);
	print_links(&links, start_ns);
	for (int kind = 0; kind < BPF_PROGRAM_COUNT; kind++) {
		if (programs & BPF_PROGRAM_BIT(kind))
			print_kind(kind, links.fds[kind], repeat, &printer);
	}
	printf("}\n");
	bpf_links_close(&links);
	return EXIT_SUCCESS;
}
