#include "collect/mount_usage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* On the stack of the slow thread, which has sixteen times as much. */
#define CHILD_STACK_SIZE (32 << 10)

/* ThreadSanitizer takes every clone for a fork: it would clear its own state in the memory they share, and holds its
 * locks until clone returns. */
#if defined(__SANITIZE_THREAD__)
#define CHILD_FLAGS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHILD_FLAGS 0
#endif
#endif
#ifndef CHILD_FLAGS
#define CHILD_FLAGS (CLONE_VM | CLONE_VFORK)
#endif

/* Both questions go to one descriptor, so that they are about the same mount. O_PATH opens nothing in the file system
 * and makes no automount. */
static int ask(const char *path, struct mount_answer *answer)
{
	struct statx stx;
	int fd = open(path, O_PATH | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	answer->mount_id = MOUNT_ID_UNKNOWN;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) == 0 && stx.stx_mask & STATX_MNT_ID)
		answer->mount_id = (int64_t)stx.stx_mnt_id;
	if (fstatvfs(fd, &answer->fs) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int ask_here(const char *key, void *result)
{
	return ask(key, result);
}

/* The child. It shares the memory of a thread that stands still meanwhile, so it calls nothing that takes a lock. */

struct question {
	const char *path;
	int answer_fd;
	int claim_fd; /* -1: none */
};

/* Comes through a pipe, not through the shared memory: checkers such as valgrind make a fork of a vfork. */
struct message {
	int error;
	struct mount_answer answer;
};

/* Whoever waits for the end of a pipe that cmon writes to must not wait for a child that hangs. b: -1: none. */
static void close_all_but(int a, int b)
{
	int low = b >= 0 && b < a ? b : a, high = b > a ? b : a;

	if (low > 0)
		(void)close_range(0, (unsigned)low - 1, 0);
	if (high > low + 1)
		(void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	(void)close_range((unsigned)high + 1, ~0U, 0);
}

static int child_main(void *context)
{
	const struct question *question = context;
	struct message message;

	memset(&message, 0, sizeof(message));
	close_all_but(question->answer_fd, question->claim_fd);
	/* Where it can be killed it goes with cmon; where not, ps tells what it is. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "cmon-statvfs");
	message.error = ask(question->path, &message.answer);
	(void)!write(question->answer_fd, &message, sizeof(message));
	return 0; /* clone(2) ends it with this, and without what exit does for the process it shares memory with */
}

/* Returns when the child has ended; no signal tells of it, so that nobody else's wait is disturbed. */
static int run_child(struct question *question)
{
	alignas(max_align_t) char stack[CHILD_STACK_SIZE];
	int pid = clone(child_main, stack + sizeof(stack), CHILD_FLAGS, question);

	if (pid < 0)
		return -errno;
	(void)waitpid(pid, NULL, __WALL);
	return 0;
}

/* A child that cannot be killed outlives its cmon, and each cmon after it would leave one more. So the child holds a
 * name of the mount while it lives: the address of an abstract socket, which nobody has to clean up. */

#define CLAIM_TRIES 10
#define CLAIM_PAUSE_NS 30000000

static socklen_t claim_name(const char *key, struct sockaddr_un *address)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	struct stat space = {0};
	int length;

	(void)stat("/proc/self/ns/mnt", &space);
	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "cmon-statvfs-%u-%llu-%016llx",
			  (unsigned)geteuid(), (unsigned long long)space.st_ino, (unsigned long long)hash);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

/* A name that another user took to deceive is no claim. */
static bool is_own_claim(int fd, const struct sockaddr_un *address, socklen_t size)
{
	struct ucred peer;
	socklen_t peer_size = sizeof(peer);

	if (connect(fd, (const struct sockaddr *)(const void *)address, size) < 0)
		return errno == EAGAIN || errno == ECONNREFUSED; /* its queue is full, or it listens in a moment */
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 && peer.uid == geteuid();
}

/* Returns a descriptor; -ETIMEDOUT when another child holds the name; -1 where there can be no claim.
 * ret_again: it may be that the other one is just about to end. */
static int try_claim(const char *key, bool *ret_again)
{
	struct sockaddr_un address;
	socklen_t size = claim_name(key, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r = -1;

	*ret_again = false;
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)(const void *)&address, size) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	if (errno == EADDRINUSE && is_own_claim(fd, &address, size)) {
		*ret_again = true;
		r = -ETIMEDOUT;
	}
	close(fd);
	return r;
}

static int claim(const char *key)
{
	const struct timespec pause = {.tv_nsec = CLAIM_PAUSE_NS};
	bool again = true;
	int r = -ETIMEDOUT;

	for (int i = 0; again && i < CLAIM_TRIES; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		r = try_claim(key, &again);
	}
	return r;
}

static int ask_in_child(const char *key, void *result)
{
	struct message message;
	struct question question = {.path = key};
	int ends[2], r;

	/* Not to be waited for: a child that ended has written, or never will. */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	question.answer_fd = ends[1];
	question.claim_fd = claim(key);
	r = question.claim_fd == -ETIMEDOUT ? -ETIMEDOUT : run_child(&question);
	if (r == 0 && read(ends[0], &message, sizeof(message)) != (ssize_t)sizeof(message))
		r = -EIO;
	close(ends[0]);
	close(ends[1]);
	if (question.claim_fd >= 0)
		close(question.claim_fd);
	if (r == 0 && message.error == 0)
		memcpy(result, &message.answer, sizeof(message.answer));
	return r < 0 ? r : message.error;
}

#define USAGE_JOB(name_, run_)                                                                                         \
	{                                                                                                              \
		.name = (name_), .result_size = sizeof(struct mount_answer), .run = (run_), .refresh_s = 2,            \
		.timeout_s = 1,                                                                                        \
	}

const struct slow_job mount_usage_local = USAGE_JOB("statvfs", ask_here);
const struct slow_job mount_usage_remote = USAGE_JOB("statvfs in a child", ask_in_child);

/* Which job. */

/* Types without a device whose statfs looks at nothing but the kernel's own memory; overlay asks the file system its
 * upper layer is on, which is a local one but for rare cases, and often is where all other mounts are on. */
static const char *const in_memory[] = {
	"binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl",
	"hugetlbfs", "mqueue", "nsfs", "overlay", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "selinuxfs",
	"sysfs", "tmpfs", "tracefs",
};

static bool is_local(struct text fstype, struct text filesystems)
{
	for (size_t i = 0; i < sizeof(in_memory) / sizeof(in_memory[0]); i++) {
		if (text_equal_string(fstype, in_memory[i]))
			return true;
	}
	/* A FUSE file system on a device; cluster file systems ask the other nodes. */
	if (text_equal_string(fstype, "fuseblk") || text_equal_string(fstype, "gfs2") ||
	    text_equal_string(fstype, "ocfs2"))
		return false;
	return filesystems.bytes && filesystems_physical(filesystems, fstype);
}

static bool leads_through(struct text path, struct text above)
{
	if (above.length > path.length || memcmp(above.bytes, path.bytes, above.length) != 0)
		return false;
	return above.length == path.length || path.bytes[above.length] == '/' ||
	       (above.length && above.bytes[above.length - 1] == '/');
}

static bool leads_through_any(struct text path, const struct mount *mounts, size_t count, const bool *remote)
{
	for (size_t i = 0; i < count; i++) {
		if (remote[i] && leads_through(path, mounts[i].mountpoint))
			return true;
	}
	return false;
}

void mounts_that_may_hang(const struct mount *mounts, size_t count, struct text filesystems, bool *may_hang)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		may_hang[i] = !is_local(mounts[i].fstype, filesystems);
		any |= may_hang[i];
	}
	/* One that is found here leads nowhere a mount found before does not lead. */
	for (size_t i = 0; any && i < count; i++) {
		if (!may_hang[i])
			may_hang[i] = leads_through_any(mounts[i].mountpoint, mounts, count, may_hang);
	}
}
