#include "collect/process_bpf_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fatal.h"
#include "collect/process_files.h"
#include "collect/process_reading.h"
#include "model/field.h"

/* Descriptors of a process' main thread. */
struct holder {
	int32_t pid;
	uint32_t num_fds;
	size_t first; /* of its files */
	uint32_t count;
	bool is_unsure;
};

/* An open regular file. */
struct noted {
	int32_t fd;
	uint32_t flags;
	uint64_t position;
	size_t path, path_length; /* in `paths` */
};

struct bpf_open_files {
	bool with_paths;
	struct holder *holders; /* ascending by pid */
	size_t holder_count, holder_capacity;
	struct noted *noted;
	size_t noted_count, noted_capacity;
	char *paths;
	size_t paths_length, paths_capacity;

	/* While processes are filled in */
	size_t at;
	struct open_file *room;
	char *kept_paths;
};

struct bpf_open_files *bpf_open_files_new(void)
{
	return xcalloc(1, sizeof(struct bpf_open_files));
}

void bpf_open_files_free(struct bpf_open_files *files)
{
	if (!files)
		return;
	free(files->holders);
	free(files->noted);
	free(files->paths);
	free(files);
}

static struct holder *holder_of(struct bpf_open_files *files, int32_t pid)
{
	if (files->holder_count && files->holders[files->holder_count - 1].pid == pid)
		return &files->holders[files->holder_count - 1];
	files->holders = xgrow(files->holders, files->holder_count + 1, &files->holder_capacity, sizeof(*files->holders));
	files->holders[files->holder_count] = (struct holder){.pid = pid, .first = files->noted_count};
	return &files->holders[files->holder_count++];
}

/* What psutil lists: an open regular file that still has its name. */
static void note(struct bpf_open_files *files, struct holder *holder, const struct bpf_file_record *file,
		 struct text path)
{
	uint32_t flags = file->flags | (file->head.marks & BPF_FILE_CLOSES_ON_EXEC ? (uint32_t)O_CLOEXEC : 0);
	size_t at = files->paths_length;

	files->noted = xgrow(files->noted, files->noted_count + 1, &files->noted_capacity, sizeof(*files->noted));
	files->noted[files->noted_count++] = (struct noted){file->fd, flags, file->position, at, path.length};
	files->paths = xgrow(files->paths, at + path.length + 1, &files->paths_capacity, 1);
	memcpy(files->paths + at, path.bytes, path.length);
	files->paths[at + path.length] = '\0';
	files->paths_length += path.length + 1;
	holder->count++;
}

static bool ends_as_deleted(struct text path)
{
	static const char suffix[] = " (deleted)";
	size_t length = sizeof(suffix) - 1;

	return path.length > length && memcmp(path.bytes + path.length - length, suffix, length) == 0;
}

/* A name that ends so is looked up: where there is no such file it is the kernel's addition, else /proc decides. */
static bool is_deleted(struct text path)
{
	const struct process_reading reading = {.live = true};
	char name[BPF_FILE_PATH_MAX + 1];
	struct text named = {name, path.length};

	memcpy(name, path.bytes, path.length);
	name[path.length] = '\0';
	return process_drop_deleted(&reading, NULL, &named);
}

int bpf_open_files_visit(const struct bpf_file_record *file, const char *bytes, void *context)
{
	struct bpf_open_files *files = context;
	struct text path = {bytes, file->path_length};
	struct holder *holder;
	bool is_cut, is_path;

	/* /proc/PID/fd is that of the main thread. */
	if (file->head.pid <= 0 || file->tid != file->head.pid)
		return 0;
	holder = holder_of(files, file->head.pid);
	holder->num_fds++;
	if (!files->with_paths || !S_ISREG(file->mode))
		return 0;
	is_cut = file->head.marks & BPF_FILE_PATH_CUT || path.length > BPF_FILE_PATH_MAX;
	is_path = path.length && path.bytes[0] == '/';
	if (is_path && !is_cut && !ends_as_deleted(path))
		note(files, holder, file, path);
	else
		holder->is_unsure |= is_cut || (is_path && !is_deleted(path));
	return 0;
}

void bpf_open_files_reset(struct bpf_open_files *files, bool with_paths)
{
	files->with_paths = with_paths;
	files->holder_count = files->noted_count = files->paths_length = 0;
}

int bpf_open_files_read(struct bpf_open_files *files, struct bpf_reader *reader, int link_fd, bool with_paths)
{
	bpf_open_files_reset(files, with_paths);
	return bpf_files_read(reader, link_fd, bpf_open_files_visit, files);
}

void bpf_open_files_keep(struct bpf_open_files *files, struct arena *arena)
{
	files->at = 0;
	files->room = arena_array(arena, files->noted_count, sizeof(*files->room));
	files->kept_paths = arena_alloc(arena, files->paths_length);
	if (files->paths_length)
		memcpy(files->kept_paths, files->paths, files->paths_length);
}

static void fill_file(const struct bpf_open_files *files, const struct noted *noted, struct open_file *file)
{
	record_clear(record_open_file, file);
	file->path = (struct text){files->kept_paths + noted->path, noted->path_length};
	file->fd = noted->fd;
	/* A negative one, as of a process' memory beyond the half of its addresses, is no number to fdinfo_parse. */
	if (noted->position > INT64_MAX)
		return;
	file->position = noted->position;
	file->flags = noted->flags;
	file->mode = open_mode_name(noted->flags);
}

static const struct holder *find_holder(struct bpf_open_files *files, int32_t pid)
{
	static const struct holder nothing = {.count = 0};

	while (files->at < files->holder_count && files->holders[files->at].pid < pid)
		files->at++;
	if (files->at < files->holder_count && files->holders[files->at].pid == pid)
		return &files->holders[files->at];
	return &nothing;
}

bool bpf_open_files_fill(struct bpf_open_files *files, struct process *process)
{
	const struct holder *holder = find_holder(files, process->pid);

	if (holder->is_unsure)
		return false;
	process->more->num_fds = holder->num_fds;
	if (!files->with_paths)
		return true;
	for (size_t i = holder->first; i < holder->first + holder->count; i++)
		fill_file(files, &files->noted[i], &files->room[i]);
	process->more->open_files = (struct list){files->room + holder->first, holder->count};
	return true;
}
