#include "collect/socket_owners_bpf.h"

#include <unistd.h>

#include "base/clock.h"

struct pass {
	struct socket_owners *owners;
	uint64_t ns_per_tick;
	bool identify;
};

/* Before the sockets: who is there when the processes are listed, which comes after, has had its pid all the time. */
static int visit_task(const struct bpf_task_record *task, void *context)
{
	struct pass *pass = context;
	struct descriptor_search search = {.pid = task->head.pid, .starttime = task->start_ns / pass->ns_per_tick};

	socket_owners_add_search(pass->owners, search);
	return 0;
}

static void note_holder(struct socket_owners *owners, int32_t pid)
{
	if (!owners->search_count || owners->searches[owners->search_count - 1].pid != pid)
		socket_owners_add_search(owners, (struct descriptor_search){.pid = pid, .starttime = ABSENT_U64});
}

/* Of the main thread, as in /proc. */
static int visit_file(const struct bpf_file_record *file, const char *path, void *context)
{
	struct pass *pass = context;

	(void)path;
	if (file->head.pid <= 0 || file->tid != file->head.pid)
		return 0;
	if (!pass->identify)
		note_holder(pass->owners, file->head.pid);
	socket_owners_add(pass->owners, file->inode, file->head.pid, file->fd);
	return 0;
}

/* The searches ascend. */
static bool is_hidden(const struct socket_owners *owners, int32_t pid)
{
	size_t i = 0;

	while (i < owners->search_count && owners->searches[i].pid < pid)
		i++;
	return i == owners->search_count || owners->searches[i].pid != pid;
}

int socket_owners_read_bpf(const struct root *root, struct bpf_reader *reader, int sockets_fd, int tasks_fd,
			   struct socket_owners *owners)
{
	struct pass pass = {owners, NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK), tasks_fd != ABSENT_I32};
	int r = pass.identify ? bpf_tasks_read(reader, tasks_fd, visit_task, &pass) : 0;

	if (r == 0)
		r = bpf_files_read(reader, sockets_fd, visit_file, &pass);
	if (r < 0) {
		socket_owners_free(owners);
		return r;
	}
	if (is_hidden(owners, 1))
		socket_owners_search(owners, root, 1, pass.identify);
	socket_owners_sort(owners);
	return 0;
}
