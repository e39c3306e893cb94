#include "collect/process_cgroup.h"

#include <errno.h>
#include <string.h>

#include "collect/process_reading.h"

enum rank { RANK_NONE, RANK_FIRST, RANK_SYSTEMD, RANK_UNIFIED };

static enum rank parse_hierarchy(struct cursor line, struct text *ret_path)
{
	struct text hierarchy, controllers;

	if (parse_until(&line, ':', &hierarchy) < 0 || parse_until(&line, ':', &controllers) < 0)
		return RANK_NONE;
	*ret_path = (struct text){line.p, (size_t)(line.end - line.p)};
	if (text_equal_string(hierarchy, "0") && !controllers.length)
		return RANK_UNIFIED;
	return text_equal_string(controllers, "name=systemd") ? RANK_SYSTEMD : RANK_FIRST;
}

int cgroup_parse(const char *buffer, size_t length, struct text *ret_path)
{
	struct cursor cursor = cursor_of(buffer, length), line;
	struct text best = TEXT_ABSENT;
	enum rank best_rank = RANK_NONE;

	while (parse_line(&cursor, &line)) {
		struct text path = TEXT_ABSENT;
		enum rank rank = parse_hierarchy(line, &path);

		if (rank > best_rank) {
			best_rank = rank;
			best = path;
		}
	}
	if (best_rank == RANK_NONE)
		return -EBADMSG;
	*ret_path = best;
	return 0;
}

static bool ends_with(struct text text, const char *suffix)
{
	size_t length = strlen(suffix);

	return text.length > length && memcmp(text.bytes + text.length - length, suffix, length) == 0;
}

static bool is_unit(struct text name)
{
	static const char *const suffixes[] = {".service", ".scope", ".socket", ".mount", ".swap"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (ends_with(name, suffixes[i]))
			return true;
	}
	return false;
}

/* Next part between slashes; absent at the end. */
static struct text next_part(struct cursor *path)
{
	const char *start;

	while (path->p < path->end && *path->p == '/')
		path->p++;
	for (start = path->p; path->p < path->end && *path->p != '/'; path->p++)
		;
	return path->p > start ? (struct text){start, (size_t)(path->p - start)} : TEXT_ABSENT;
}

struct text cgroup_unit(struct text path)
{
	struct cursor cursor = cursor_of_text(path);
	struct text part = next_part(&cursor);

	while (part.bytes && ends_with(part, ".slice"))
		part = next_part(&cursor);
	/* systemd puts a '_' before names the kernel would take for its own files. */
	if (part.bytes && part.length > 1 && part.bytes[0] == '_') {
		part.bytes++;
		part.length--;
	}
	return part.bytes && is_unit(part) ? part : TEXT_ABSENT;
}

struct text cgroup_lxc(struct text path)
{
	struct cursor cursor = cursor_of_text(path);

	for (;;) {
		struct text part = next_part(&cursor);
		struct cursor name = cursor_of_text(part);

		if (!part.bytes)
			return TEXT_ABSENT;
		if (parse_literal(&name, "lxc.payload.") == 0 && !cursor_done(&name))
			return (struct text){name.p, (size_t)(name.end - name.p)};
		if (text_equal_string(part, "lxc"))
			return next_part(&cursor);
	}
}

static int read_path(struct process_reading *reading, struct text *ret_path)
{
	struct text text;
	int r = process_read_text(reading, reading->task_fd, "cgroup", &text);

	return r < 0 ? r : cgroup_parse(text.bytes, text.length, ret_path);
}

/* Not by libproc2: 4.0.2 gives as PIDS_CGROUP only the longest line of several, with bytes outside ASCII replaced. */
int process_read_cgroup(struct process_reading *reading)
{
	struct text path;
	int r = read_path(reading, &path);

	if (r < 0)
		return r;
	reading->process->more->cgroup = arena_text(reading->arena, path.bytes, path.length);
	return 0;
}

static struct text copy(struct arena *arena, struct text text)
{
	return text.bytes ? arena_text(arena, text.bytes, text.length) : TEXT_ABSENT;
}

int process_read_unit(struct process_reading *reading)
{
	struct text path;
	int r = read_path(reading, &path);

	if (r < 0)
		return r;
	reading->process->more->unit = copy(reading->arena, cgroup_unit(path));
	reading->process->more->lxc = copy(reading->arena, cgroup_lxc(path));
	return 0;
}
