/* Symbolic links of a process: its program, directories and namespaces. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "collect/process_reading.h"

static int read_path(struct process_reading *reading, const char *link, struct text *ret_path)
{
	struct text path;
	int r = file_read_link(reading->task_fd, link, reading->arena, &path);

	if (r < 0)
		return r;
	process_drop_deleted(reading, link, &path);
	*ret_path = path;
	return 0;
}

int process_read_exe(struct process_reading *reading)
{
	/* A kernel thread has no program. That is known without asking, also where asking is denied. */
	if (reading->process->is_kernel == 1) {
		reading->process->more->exe = TEXT_LITERAL("");
		return 0;
	}
	return read_path(reading, "exe", &reading->process->more->exe);
}

int process_read_cwd(struct process_reading *reading)
{
	return read_path(reading, "cwd", &reading->process->more->cwd);
}

int process_read_root(struct process_reading *reading)
{
	return read_path(reading, "root", &reading->process->more->root);
}

static const struct {
	const char *name;
	size_t offset;
} namespaces[] = {
	{"cgroup", offsetof(struct process_more, ns_cgroup)}, {"ipc", offsetof(struct process_more, ns_ipc)},
	{"mnt", offsetof(struct process_more, ns_mnt)},       {"net", offsetof(struct process_more, ns_net)},
	{"pid", offsetof(struct process_more, ns_pid)},       {"time", offsetof(struct process_more, ns_time)},
	{"user", offsetof(struct process_more, ns_user)},     {"uts", offsetof(struct process_more, ns_uts)},
};

/* The link reads "mnt:[4026531832]". */
static int read_namespace(struct process_reading *reading, const char *name, uint64_t *ret_inode)
{
	struct cursor cursor;
	struct text target;
	char path[32];
	int r;

	snprintf(path, sizeof(path), "ns/%s", name);
	r = file_read_link(reading->task_fd, path, reading->arena, &target);
	if (r < 0)
		return r;
	cursor = cursor_of_text(target);
	r = parse_until(&cursor, '[', &target);
	return r < 0 ? r : parse_u64(&cursor, ret_inode);
}

int process_read_namespaces(struct process_reading *reading)
{
	int result = -ENOENT;

	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		char *member = (char *)reading->process->more + namespaces[i].offset;
		int r = read_namespace(reading, namespaces[i].name, (uint64_t *)(void *)member);

		/* A kernel may lack one kind, and a zombie keeps only some. */
		if (r == 0)
			result = 0;
		else if (result < 0 && r != -ENOENT)
			result = r;
	}
	return result;
}
