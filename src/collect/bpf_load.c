#include "collect/bpf_load.h"

#include <errno.h>
#include <unistd.h>

#if CMON_BPF

#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "collect/bpf_helper.h"

#define HELPER_FD 3
#define NS_PER_MS UINT64_C(1000000)

struct bpf_load {
	pid_t helper; /* 0: it has been waited for */
	int socket_fd;
	struct bpf_links links;
};

/* The helper hears nothing, says nothing, and has but the socket. */
static void add_files(posix_spawn_file_actions_t *actions, int fd)
{
	posix_spawn_file_actions_adddup2(actions, fd, HELPER_FD);
	posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
}

static void reset_signals(posix_spawnattr_t *attributes)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
}

/* A program that does not know the option would do what it always does, and start another of its kind in turn. */
static char helper_mark[] = "CMON_BPF_HELPER=1";

static bool is_helper(void)
{
	return getenv("CMON_BPF_HELPER") != NULL;
}

static char **marked_environment(void)
{
	size_t count = 0;
	char **marked;

	while (environ[count])
		count++;
	marked = xreallocarray(NULL, count + 2, sizeof(*marked));
	memcpy(marked, environ, count * sizeof(*marked));
	marked[count] = helper_mark;
	marked[count + 1] = NULL;
	return marked;
}

/* In a program with threads: nothing runs in the child but what posix_spawn does. */
static int spawn_helper(int fd, unsigned int programs, const char *btf_path, pid_t *ret_pid)
{
	char name[] = "cmon", option[] = "--bpf-helper", argument[4096];
	char *argv[] = {name, option, argument, NULL};
	const char *path = btf_path ? btf_path : "", *separator = btf_path ? ":" : "";
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **environment;
	int error;

	if (snprintf(argument, sizeof(argument), "%d:%u%s%s", HELPER_FD, programs, separator, path) >= (int)sizeof(argument))
		return -ENAMETOOLONG;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	add_files(&actions, fd);
	reset_signals(&attributes);
	environment = marked_environment();
	error = posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes, argv, environment);
	free(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

int bpf_load_start(unsigned int programs, const char *btf_path, struct bpf_load **ret_load)
{
	struct bpf_load *load;
	int fds[2], r;

	if (is_helper())
		return -ELOOP;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	load = xcalloc(1, sizeof(*load));
	load->socket_fd = fds[0];
	load->links = bpf_links_none();
	for (int i = 0; i < BPF_PROGRAM_COUNT; i++)
		load->links.fds[i] = programs & BPF_PROGRAM_BIT(i) ? -EIO : -ENODATA;
	r = spawn_helper(fds[1], programs, btf_path, &load->helper);
	close(fds[1]);
	if (r < 0) {
		load->helper = 0;
		bpf_load_free(load);
		return r;
	}
	*ret_load = load;
	return 0;
}

int bpf_load_fd(const struct bpf_load *load)
{
	return load->socket_fd;
}

static void keep(struct bpf_load *load, const struct bpf_load_message *message, int fd)
{
	int *kept;

	if (message->program < 0 || message->program >= BPF_LINK_COUNT) {
		if (fd >= 0)
			close(fd);
		return;
	}
	kept = &load->links.fds[message->program];
	if (*kept >= 0)
		close(*kept);
	*kept = fd >= 0 ? fd : -(message->error > 0 ? message->error : EIO);
}

/* Returns 1, 0 at the end, -EAGAIN. */
static int receive(struct bpf_load *load)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = ""};
	struct bpf_load_message message;
	struct iovec iov = {&message, sizeof(message)};
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *rights;
	int fd = -1;
	ssize_t n;

	do
		n = recvmsg(load->socket_fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(message))
		return n < 0 && errno == EAGAIN ? -EAGAIN : 0;
	rights = CMSG_FIRSTHDR(&header);
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
	keep(load, &message, fd);
	return 1;
}

/* Its socket is closed, so that it is about to end, or it has been killed. */
static void reap(struct bpf_load *load)
{
	while (load->helper > 0 && waitpid(load->helper, NULL, 0) < 0 && errno == EINTR)
		;
	load->helper = 0;
}

/* Returns whether there may be more before the deadline. */
static bool wait_until(int fd, uint64_t deadline_ns)
{
	uint64_t now_ns = clock_monotonic_ns();
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	if (now_ns >= deadline_ns)
		return false;
	return poll(&poll_fd, 1, (int)((deadline_ns - now_ns) / NS_PER_MS) + 1) >= 0 || errno == EINTR;
}

int bpf_load_finish(struct bpf_load *load, int timeout_ms, struct bpf_links *ret_links)
{
	uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	int r;

	do {
		while ((r = receive(load)) > 0)
			;
	} while (r < 0 && wait_until(load->socket_fd, deadline_ns));
	if (r < 0)
		return r;
	reap(load);
	*ret_links = load->links;
	load->links = bpf_links_none();
	return 0;
}

void bpf_load_free(struct bpf_load *load)
{
	if (!load)
		return;
	if (load->helper > 0)
		kill(load->helper, SIGKILL);
	reap(load);
	close(load->socket_fd);
	bpf_links_close(&load->links);
	free(load);
}

int bpf_map_write(int map_fd, const void *value)
{
	const uint32_t first = 0;
	union bpf_attr attr;

	if (map_fd < 0)
		return map_fd;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map_fd;
	attr.key = (uint64_t)(uintptr_t)&first;
	attr.value = (uint64_t)(uintptr_t)value;
	return syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int bpf_iterator_open(int link_fd)
{
	union bpf_attr attr;
	long fd;

	if (link_fd < 0)
		return link_fd;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link_fd;
	fd = syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr.iter_create));
	return fd < 0 ? -errno : (int)fd;
}

#else

int bpf_load_start(unsigned int programs, const char *btf_path, struct bpf_load **ret_load)
{
	(void)programs;
	(void)btf_path;
	(void)ret_load;
	return -EOPNOTSUPP;
}

int bpf_load_fd(const struct bpf_load *load)
{
	(void)load;
	return -EOPNOTSUPP;
}

int bpf_load_finish(struct bpf_load *load, int timeout_ms, struct bpf_links *ret_links)
{
	(void)load;
	(void)timeout_ms;
	(void)ret_links;
	return -EOPNOTSUPP;
}

void bpf_load_free(struct bpf_load *load)
{
	(void)load;
}

int bpf_map_write(int map_fd, const void *value)
{
	(void)map_fd;
	(void)value;
	return -EOPNOTSUPP;
}

int bpf_iterator_open(int link_fd)
{
	(void)link_fd;
	return -EOPNOTSUPP;
}

#endif

struct bpf_links bpf_links_none(void)
{
	struct bpf_links links;

	for (int i = 0; i < BPF_LINK_COUNT; i++)
		links.fds[i] = -ENODATA;
	return links;
}

unsigned int bpf_links_known(const struct bpf_links *links)
{
	unsigned int programs = 0;

	for (int i = 0; i < BPF_PROGRAM_COUNT; i++) {
		if (links->fds[i] != -ENODATA)
			programs |= BPF_PROGRAM_BIT(i);
	}
	return programs;
}

void bpf_links_merge(struct bpf_links *links, struct bpf_links *more)
{
	for (int i = 0; i < BPF_LINK_COUNT; i++) {
		if (links->fds[i] != -ENODATA)
			continue;
		links->fds[i] = more->fds[i];
		more->fds[i] = -ENODATA;
	}
	bpf_links_close(more);
}

void bpf_links_close(struct bpf_links *links)
{
	for (int i = 0; i < BPF_LINK_COUNT; i++) {
		if (links->fds[i] >= 0)
			close(links->fds[i]);
	}
	*links = bpf_links_none();
}
