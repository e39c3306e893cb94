/* strace as a child. A thread empties its pipe all the time: a full one would stop strace, and so the process, on which
 * the terminal may depend that cmon waits for. */
#include "act/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/act_private.h"
#include "base/fatal.h"
#include "base/parse.h"
#include "base/root.h"
#include "base/thread.h"

#define KEPT_MAX ((size_t)1 << 18)
#define STRING_LENGTH "80"

struct trace {
	pid_t child;
	int pipe_fd, stop_fd, event_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	char bytes[KEPT_MAX];
	size_t length;
	bool has_lost, has_ended;
};

static void announce(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void keep(struct trace *trace, const char *bytes, ssize_t n)
{
	pthread_mutex_lock(&trace->lock);
	if (n <= 0) {
		trace->has_ended = true;
	} else if (trace->length + (size_t)n > KEPT_MAX) {
		trace->has_lost = true;
	} else {
		memcpy(trace->bytes + trace->length, bytes, (size_t)n);
		trace->length += (size_t)n;
	}
	pthread_mutex_unlock(&trace->lock);
	announce(trace->event_fd);
}

static void *read_pipe(void *opaque)
{
	struct trace *trace = opaque;
	struct pollfd fds[] = {{.fd = trace->pipe_fd, .events = POLLIN}, {.fd = trace->stop_fd, .events = POLLIN}};
	char bytes[65536];
	ssize_t n;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			return NULL;
		n = read(trace->pipe_fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		keep(trace, bytes, n);
		if (n <= 0)
			return NULL;
	}
}

/* In the child of a program with threads: nothing but what is safe in a signal handler. */
static _Noreturn void run_strace(pid_t parent, int fd, const char *pid)
{
	static const char missing[] = "strace is not installed\n", failed[] = "strace cannot be started\n";
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	/* It ends with cmon, however that ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execlp("strace", "strace", "-f", "-s", STRING_LENGTH, "-p", pid, (char *)NULL);
	if (errno == ENOENT)
		(void)!write(fd, missing, sizeof(missing) - 1);
	else
		(void)!write(fd, failed, sizeof(failed) - 1);
	_exit(127);
}

static int start_child(struct trace *trace, int32_t pid)
{
	pid_t parent = getpid();
	char number[16];
	int fds[2];

	snprintf(number, sizeof(number), "%d", pid);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	trace->pipe_fd = fds[0];
	trace->child = fork();
	if (trace->child == 0)
		run_strace(parent, fds[1], number);
	close(fds[1]);
	return trace->child < 0 ? -errno : 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void release(struct trace *trace)
{
	if (trace->child > 0) {
		/* The kernel lets go of what it traced when it dies. */
		kill(trace->child, SIGKILL);
		while (waitpid(trace->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_fd(trace->pipe_fd);
	close_fd(trace->stop_fd);
	close_fd(trace->event_fd);
	pthread_mutex_destroy(&trace->lock);
	free(trace);
}

static int32_t tracer_of(const struct pinned *pinned)
{
	struct cursor cursor, line;
	char bytes[4096];
	ssize_t n = file_read_small(pinned->dir_fd, "status", bytes, sizeof(bytes));
	int32_t tracer = 0;

	cursor = cursor_of(bytes, n > 0 ? (size_t)n : 0);
	while (parse_line(&cursor, &line)) {
		if (parse_literal(&line, "TracerPid:") == 0)
			return parse_i32(&line, &tracer) == 0 ? tracer : 0;
	}
	return 0;
}

static int check(struct identity process, int32_t *ret_tracer)
{
	struct pinned pinned;
	int r;

	if (process.pid == getpid())
		return -EDEADLK;
	r = pin(process, &pinned);
	if (r < 0)
		return r;
	*ret_tracer = tracer_of(&pinned);
	unpin(&pinned);
	return *ret_tracer > 0 ? -EBUSY : 0;
}

int trace_start(struct identity process, struct trace **ret_trace, int32_t *ret_tracer)
{
	struct trace *trace;
	int r = check(process, ret_tracer);

	if (r < 0)
		return r;
	trace = xcalloc(1, sizeof(*trace));
	pthread_mutex_init(&trace->lock, NULL);
	trace->pipe_fd = -1;
	trace->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	trace->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = trace->stop_fd < 0 || trace->event_fd < 0 ? -EMFILE : start_child(trace, process.pid);
	if (r == 0)
		r = thread_start(0, read_pipe, trace, &trace->thread);
	if (r < 0) {
		release(trace);
		return r;
	}
	*ret_trace = trace;
	return 0;
}

int trace_fd(const struct trace *trace)
{
	return trace->event_fd;
}

ssize_t trace_read(struct trace *trace, char *bytes, size_t size)
{
	static const char lost[] = "\n[lines are missing: they came too fast]\n";
	uint64_t count;
	ssize_t n;

	pthread_mutex_lock(&trace->lock);
	if (trace->has_lost && !trace->length) {
		memcpy(trace->bytes, lost, sizeof(lost) - 1);
		trace->length = sizeof(lost) - 1;
		trace->has_lost = false;
	}
	n = (ssize_t)(trace->length < size ? trace->length : size);
	memcpy(bytes, trace->bytes, (size_t)n);
	trace->length -= (size_t)n;
	memmove(trace->bytes, trace->bytes + n, trace->length);
	if (!n && trace->has_ended)
		n = -EPIPE;
	if (n <= 0)
		(void)!read(trace->event_fd, &count, sizeof(count));
	pthread_mutex_unlock(&trace->lock);
	return n;
}

void trace_stop(struct trace *trace)
{
	announce(trace->stop_fd);
	pthread_join(trace->thread, NULL);
	release(trace);
}
