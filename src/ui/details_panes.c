/* The panes that are lists: environment, threads, command, limits, files, mappings, locks. */
#include <inttypes.h>
#include <string.h>

#include "model/format.h"
#include "model/state.h"
#include "ui/details.h"

static void note(struct details_lines *lines, const char *text)
{
	lines_plain(lines, STYLE_DIM, text_of(text), 0);
}

/* Returns false after it said why there is nothing to show. */
static bool is_there(struct details_lines *lines, const struct details_source *source, enum fact fact)
{
	if (process_has(source->process, fact))
		return true;
	if (source->process->denied & FACT_BIT(fact))
		note(lines, "not permitted");
	else if (source->has_ended)
		note(lines, "- (not read before it ended)");
	else
		note(lines, "-");
	return false;
}

/* The next of several strings that end with NUL, the last perhaps without. Returns false behind it. */
static bool next_string(struct text *left, struct text *ret_string)
{
	const char *end;

	if (!left->length)
		return false;
	end = memchr(left->bytes, '\0', left->length);
	*ret_string = (struct text){left->bytes, end ? (size_t)(end - left->bytes) : left->length};
	left->bytes += ret_string->length + (end != NULL);
	left->length -= ret_string->length + (end != NULL);
	return true;
}

void details_environment(struct details_lines *lines, const struct details_source *source)
{
	struct text left = source->process->more->environ, string;

	lines->breaks_words = true;
	if (!is_there(lines, source, FACT_ENVIRON))
		return;
	while (next_string(&left, &string)) {
		const char *sign = string.length ? memchr(string.bytes, '=', string.length) : NULL;

		lines_plain(lines, STYLE_TEXT, string, sign ? (size_t)(sign - string.bytes) : 0);
	}
	if (!lines->count)
		note(lines, "empty");
}

void details_command(struct details_lines *lines, const struct details_source *source)
{
	struct text left = source->process->cmdline, string;
	size_t number = 0;

	lines->breaks_words = true;
	if (!is_there(lines, source, FACT_CMDLINE))
		return;
	while (next_string(&left, &string)) {
		lines_pair(lines, arena_format(&lines->arena, "%3zu", number),
			   number ? STYLE_TEXT : STYLE_PROGRAM, string);
		number++;
	}
	if (!number)
		note(lines, source->process->is_kernel == 1 ? "none: a kernel thread" : "none");
}

static struct text or_dash(struct text text)
{
	return text.bytes && text.length ? text : TEXT_LITERAL("-");
}

static struct text number_or_dash(struct arena *arena, int32_t number)
{
	return number == ABSENT_I32 ? TEXT_LITERAL("-") : arena_format(arena, "%d", number);
}

static void add_thread(struct details_lines *lines, const struct thread_times *thread)
{
	double total = thread->user_time + thread->system_time;
	struct text name = or_dash(thread->name), policy = or_dash(policy_word(thread->policy));
	char percent[FORMAT_SIZE], time[FORMAT_SIZE], state[2] = {thread->state ? thread->state : '-', '\0'};

	format_percent(percent, thread->cpu_percent, 5);
	format_cpu_time(time, total);
	lines_plain(lines, thread->state == 'R' ? STYLE_RUNNING : STYLE_TEXT,
		    arena_format(&lines->arena, "%7d %-5s %5s %9s %3s %3s %-8.*s %.*s", thread->id,
				 thread->stat[0] ? thread->stat : state, percent, time,
				 number_or_dash(&lines->arena, thread->processor).bytes,
				 number_or_dash(&lines->arena, thread->nice).bytes, (int)policy.length, policy.bytes,
				 (int)name.length, name.bytes), 0);
}

void details_threads(struct details_lines *lines, const struct details_source *source)
{
	const struct list *threads = &source->process->more->threads;

	lines->wraps = false;
	if (!is_there(lines, source, FACT_THREADS))
		return;
	for (size_t i = 0; i < threads->count; i++)
		add_thread(lines, &LIST_ITEMS(*threads, const struct thread_times)[i]);
	if (!threads->count)
		note(lines, "-");
}

static bool is_in_bytes(struct text name)
{
	static const char *const names[] = {"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_MEMLOCK",
					    "RLIMIT_MSGQUEUE", "RLIMIT_RSS", "RLIMIT_STACK"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (text_equal_string(name, names[i]))
			return true;
	}
	return false;
}

static struct text limit_text(struct arena *arena, struct text name, int64_t limit)
{
	char bytes[FORMAT_SIZE];

	if (limit == ABSENT_I64)
		return TEXT_LITERAL("-");
	if (limit < 0)
		return TEXT_LITERAL("unlimited");
	if (!is_in_bytes(name) || limit < 1024)
		return arena_format(arena, "%" PRId64, limit);
	format_bytes(bytes, (uint64_t)limit);
	return arena_format(arena, "%" PRId64 " (%s)", limit, bytes);
}

void details_limits(struct details_lines *lines, const struct details_source *source)
{
	const struct list *limits = &source->process->more->limits;

	lines->wraps = false;
	if (!is_there(lines, source, FACT_LIMITS))
		return;
	for (size_t i = 0; i < limits->count; i++) {
		const struct resource_limit *limit = &LIST_ITEMS(*limits, const struct resource_limit)[i];

		lines_plain(lines, STYLE_TEXT,
			    arena_format(&lines->arena, "%-18.*s %24s %24s", (int)limit->name.length, limit->name.bytes,
					 limit_text(&lines->arena, limit->name, limit->soft).bytes,
					 limit_text(&lines->arena, limit->name, limit->hard).bytes), 0);
	}
}

void details_files(struct details_lines *lines, const struct details_source *source)
{
	const struct list *files = &source->process->more->open_files;

	lines->wraps = false;
	if (!is_there(lines, source, FACT_OPEN_FILES))
		return;
	for (size_t i = 0; i < files->count; i++) {
		const struct open_file *file = &LIST_ITEMS(*files, const struct open_file)[i];
		struct text mode = or_dash(file->mode), path = or_dash(file->path);
		struct text position = file->position == ABSENT_U64
					       ? TEXT_LITERAL("-")
					       : arena_format(&lines->arena, "%" PRIu64, file->position);

		lines_plain(lines, STYLE_TEXT,
			    arena_format(&lines->arena, "%5d %-4.*s %12s %.*s", file->fd, (int)mode.length, mode.bytes,
					 position.bytes, (int)path.length, path.bytes), 0);
	}
	if (!files->count)
		note(lines, "no regular files");
}

static struct text bytes_text(struct arena *arena, uint64_t bytes)
{
	char buffer[FORMAT_SIZE];

	if (bytes == ABSENT_U64)
		return TEXT_LITERAL("-");
	format_bytes(buffer, bytes);
	return arena_string(arena, buffer);
}

void details_maps(struct details_lines *lines, const struct details_source *source)
{
	const struct list *maps = &source->process->more->memory_maps;

	lines->wraps = false;
	if (!is_there(lines, source, FACT_MAPS))
		return;
	for (size_t i = 0; i < maps->count; i++) {
		const struct memory_map *map = &LIST_ITEMS(*maps, const struct memory_map)[i];
		struct text path = or_dash(map->path);

		lines_plain(lines, STYLE_TEXT,
			    arena_format(&lines->arena, "%6s %6s %6s %6s %-4.*s %-25.*s %.*s",
					 bytes_text(&lines->arena, map->size_bytes).bytes,
					 bytes_text(&lines->arena, map->rss_bytes).bytes,
					 bytes_text(&lines->arena, map->pss_bytes).bytes,
					 bytes_text(&lines->arena, map->swap_bytes).bytes,
					 (int)map->permissions.length, map->permissions.bytes,
					 (int)map->address.length, map->address.bytes, (int)path.length, path.bytes), 0);
	}
	if (!maps->count)
		note(lines, "none");
}

static struct text offset_text(struct arena *arena, uint64_t offset, const char *absent)
{
	return offset == ABSENT_U64 ? text_of(absent) : arena_format(arena, "%" PRIu64, offset);
}

/* Without a path there are the numbers of device and inode. */
static struct text file_text(struct arena *arena, const struct file_lock *lock)
{
	if (lock->path.bytes && lock->path.length)
		return lock->path;
	if (!lock->device.bytes)
		return TEXT_LITERAL("-");
	return arena_format(arena, "device %.*s inode %" PRIu64, (int)lock->device.length, lock->device.bytes, lock->inode);
}

static void add_lock(struct details_lines *lines, const struct file_lock *lock)
{
	struct arena *arena = &lines->arena;
	struct text type = or_dash(lock->type), mode = or_dash(lock->mode), kind = or_dash(lock->kind);
	struct text file = file_text(arena, lock);

	lines_plain(lines, lock->waits == 1 ? STYLE_ALARM : STYLE_TEXT,
		    arena_format(arena, "%5s %-6.*s %-5.*s %-9.*s %-5s %12s %12s %.*s", number_or_dash(arena, lock->fd).bytes,
				 (int)type.length, type.bytes, (int)mode.length, mode.bytes, (int)kind.length, kind.bytes,
				 lock->waits == 1 ? "waits" : "holds", offset_text(arena, lock->start, "-").bytes,
				 offset_text(arena, lock->end, "EOF").bytes, (int)file.length, file.bytes), 0);
}

void details_locks(struct details_lines *lines, const struct details_source *source)
{
	const struct list *locks = &source->process->more->file_locks;

	lines->wraps = false;
	if (!is_there(lines, source, FACT_LOCKS))
		return;
	for (size_t i = 0; i < locks->count; i++)
		add_lock(lines, &LIST_ITEMS(*locks, const struct file_lock)[i]);
	if (!locks->count)
		note(lines, "no locks");
}
