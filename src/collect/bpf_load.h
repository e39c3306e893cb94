/* Loading the BPF programs, in a process of its own: libbpf reads the kernel's type information, which takes memory
 * that would not be given back, and time that nobody should wait for. What comes back are links, one a program; from a
 * link any number of iterators is made, until the last descriptor of it is closed. */
#ifndef CMON_COLLECT_BPF_LOAD_H
#define CMON_COLLECT_BPF_LOAD_H

enum bpf_program_id {
	BPF_PROGRAM_TASKS,      /* struct bpf_task_record; Linux 5.8 */
	BPF_PROGRAM_THREADS,    /* struct bpf_thread_record; 5.8 */
	BPF_PROGRAM_CMDLINES,   /* struct bpf_cmdline_record; 5.18 */
	BPF_PROGRAM_FILES,      /* struct bpf_file_record without paths; 5.8 */
	BPF_PROGRAM_FILE_PATHS, /* with them; 5.13 */
	BPF_PROGRAM_SOCKETS,    /* as BPF_PROGRAM_FILES, of sockets alone */
	BPF_PROGRAM_COUNT,
	BPF_TASKS_CONTROL = BPF_PROGRAM_COUNT, /* no program: the map with struct bpf_tasks_control, where the first has it */
	BPF_LINK_COUNT,
};

#define BPF_PROGRAM_BIT(program) (1u << (program))
#define BPF_PROGRAMS_ALL (BPF_PROGRAM_BIT(BPF_PROGRAM_COUNT) - 1)

struct bpf_links {
	int fds[BPF_LINK_COUNT]; /* -errno: could not be loaded; -ENODATA: was not asked for */
};

struct bpf_load;

/* Start to load some programs, given as BPF_PROGRAM_BITs. It needs root, or CAP_BPF and CAP_PERFMON, and a kernel with
 * type information (CONFIG_DEBUG_INFO_BTF).
 * btf_path: for tests, the file to take that from instead; NULL. Ignored by the helper where its file has capabilities
 * or is set-uid.
 * The helper is /proc/self/exe with --bpf-helper: the program that calls this must give that to bpf_helper_run. It
 * ends with the thread that calls this.
 * Returns 0; -EOPNOTSUPP where cmon was built without BPF; -ELOOP in a helper, which a program is that ignored the option;
 * -errno. */
int bpf_load_start(unsigned int programs, const char *btf_path, struct bpf_load **ret_load);

/* To poll for reading: then bpf_load_finish has something to do. */
int bpf_load_fd(const struct bpf_load *load);

/* Take what there is, waiting at most so many milliseconds for the rest (0: not at all).
 * Returns 0 once all is there, the helper has ended and ret_links is set, whose descriptors are the caller's from then
 * on; -EAGAIN before that. A program the helper did not get to has -EIO, and every one has -ELIBACC without libbpf. */
int bpf_load_finish(struct bpf_load *load, int timeout_ms, struct bpf_links *ret_links);

/* Free it, and end the helper if it has not. NULL is fine. */
void bpf_load_free(struct bpf_load *load);

/* Links of which no program was asked for. */
struct bpf_links bpf_links_none(void);

/* Take over what `more` has of programs that were not asked for in `links`, and close what is left of it. */
void bpf_links_merge(struct bpf_links *links, struct bpf_links *more);

/* The programs that were asked for, loaded or not. */
unsigned int bpf_links_known(const struct bpf_links *links);

void bpf_links_close(struct bpf_links *links);

/* Write the one element of a map that is an array. Returns 0 or -errno. */
int bpf_map_write(int map_fd, const void *value);

/* An iterator of the link's program, to be read from once: every read runs the program on some more tasks.
 * Returns a descriptor or -errno. */
int bpf_iterator_open(int link_fd);

#endif
