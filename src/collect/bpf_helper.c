/* libbpf is opened here alone, when it is needed: cmon starts without it, and works where it is not installed. */
#include "collect/bpf_helper.h"

#include <stdlib.h>

#if CMON_BPF

#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"
#include "collect/bpf_load.h"
#include "collect/bpf_object.h"

#define LIBRARY_NAME "libbpf.so.1"
#define ENOUGH_S 30

/* Of libbpf what is used, by the same names. */
#define FUNCTIONS(X)                                                                                                   \
	X(libbpf_set_print)                                                                                            \
	X(bpf_object__open_mem)                                                                                        \
	X(bpf_object__next_program)                                                                                    \
	X(bpf_object__find_program_by_name)                                                                            \
	X(bpf_object__load)                                                                                            \
	X(bpf_object__close)                                                                                           \
	X(bpf_object__find_map_by_name)                                                                                \
	X(bpf_map__fd)                                                                                                 \
	X(bpf_program__name)                                                                                           \
	X(bpf_program__set_autoload)                                                                                   \
	X(bpf_program__attach_iter)                                                                                    \
	X(bpf_link__fd)

struct libbpf {
#define FUNCTION(name) __typeof__(&(name))(name);
	FUNCTIONS(FUNCTION)
#undef FUNCTION
};

struct helper {
	struct libbpf library;
	int socket_fd;
	unsigned int programs; /* BPF_PROGRAM_BITs */
	const char *btf_path;
	bool has_gaps; /* among the numbers of CPUs */
};

/* A program's names by preference: each next one is for kernels that refuse the one before. */
static const char *const program_names[BPF_PROGRAM_COUNT][2] = {
	[BPF_PROGRAM_TASKS] = {"cmon_tasks", "cmon_tasks_plain"},
	[BPF_PROGRAM_THREADS] = {"cmon_threads"},
	[BPF_PROGRAM_CMDLINES] = {"cmon_cmdlines"},
	[BPF_PROGRAM_FILES] = {"cmon_files"},
	[BPF_PROGRAM_FILE_PATHS] = {"cmon_file_paths"},
	[BPF_PROGRAM_SOCKETS] = {"cmon_sockets"},
};

/* NULL: no more. What CPUs count by themselves is found only where their numbers have no gaps. */
static const char *name_of(const struct helper *helper, int program, int choice)
{
	if (program == BPF_PROGRAM_TASKS && helper->has_gaps)
		choice++;
	return choice < 2 ? program_names[program][choice] : NULL;
}

/* Unknown counts as yes. */
static bool cpu_numbers_have_gaps(void)
{
	char text[1024] = "";
	int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return n <= 0 || strncmp(text, "0", 1) != 0 || strchr(text, ',');
}

static int open_library(struct libbpf *library)
{
	void *handle = dlopen(LIBRARY_NAME, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return -ELIBACC;
#define FUNCTION(function)                                                                                             \
	*(void **)&library->function = dlsym(handle, #function);                                                       \
	if (!library->function)                                                                                        \
		return -ELIBACC;
	FUNCTIONS(FUNCTION)
#undef FUNCTION
	library->libbpf_set_print(NULL);
	return 0;
}

/* Tell how a program fared: with its link, or why there is none. */
static void send_outcome(const struct helper *helper, int program, int link_fd)
{
	struct bpf_load_message message = {.program = program, .error = link_fd < 0 ? -link_fd : 0};
	struct iovec iov = {&message, sizeof(message)};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = ""};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

	if (link_fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &link_fd, sizeof(int));
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
	}
	if (sendmsg(helper->socket_fd, &header, MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE);
}

static bool is_wanted(const struct helper *helper, int program)
{
	return helper->programs & BPF_PROGRAM_BIT(program);
}

static bool is_first_choice(const struct helper *helper, const char *name)
{
	for (int i = 0; i < BPF_PROGRAM_COUNT; i++) {
		if (is_wanted(helper, i) && strcmp(name_of(helper, i, 0), name) == 0)
			return true;
	}
	return false;
}

/* Load the one program, or with NULL the first choice of each that is wanted. */
static int load_object(const struct helper *helper, const char *only, struct bpf_object **ret_object)
{
	const struct libbpf *library = &helper->library;
	struct bpf_object_open_opts options = {
		.sz = sizeof(options), .object_name = "cmon", .btf_custom_path = helper->btf_path};
	struct bpf_program *program = NULL;
	struct bpf_object *object;
	const void *bytes;
	size_t size;
	int r;

	bytes = bpf_object_bytes(&size);
	object = library->bpf_object__open_mem(bytes, size, &options);
	if (!object)
		return -errno;
	while ((program = library->bpf_object__next_program(object, program))) {
		const char *name = library->bpf_program__name(program);

		library->bpf_program__set_autoload(program, only ? strcmp(only, name) == 0 : is_first_choice(helper, name));
	}
	r = library->bpf_object__load(object);
	if (r < 0) {
		library->bpf_object__close(object);
		return r;
	}
	*ret_object = object;
	return 0;
}

/* Returns the link's descriptor or -errno. The object stays open: it and the link end with this process. */
static int attach(const struct helper *helper, const struct bpf_object *object, const char *name)
{
	const struct libbpf *library = &helper->library;
	struct bpf_program *program = library->bpf_object__find_program_by_name(object, name);
	struct bpf_link *link = program ? library->bpf_program__attach_iter(program, NULL) : NULL;

	if (!program)
		return -ENOENT;
	return link ? library->bpf_link__fd(link) : -errno;
}

static int load_alone(const struct helper *helper, int program)
{
	int r = -ENOENT;

	for (int choice = 0; name_of(helper, program, choice); choice++) {
		struct bpf_object *object;

		r = load_object(helper, name_of(helper, program, choice), &object);
		if (r == 0)
			return attach(helper, object, name_of(helper, program, choice));
	}
	return r;
}

/* All at once reads the type information once. Where the kernel refuses any of them, each is tried alone. */
static void load_all(const struct helper *helper)
{
	const struct libbpf *library = &helper->library;
	struct bpf_object *object = NULL;
	int r = load_object(helper, NULL, &object);
	struct bpf_map *control = r == 0 ? library->bpf_object__find_map_by_name(object, "CONTROL") : NULL;

	for (int i = 0; i < BPF_PROGRAM_COUNT; i++) {
		if (!is_wanted(helper, i))
			continue;
		if (r == -EPERM || r == -ENOMEM)
			send_outcome(helper, i, r);
		else if (r < 0)
			send_outcome(helper, i, load_alone(helper, i));
		else
			send_outcome(helper, i, attach(helper, object, name_of(helper, i, 0)));
	}
	if (control && is_wanted(helper, BPF_PROGRAM_TASKS))
		send_outcome(helper, BPF_TASKS_CONTROL, library->bpf_map__fd(control));
}

static int parse_argument(const char *argument, struct helper *helper)
{
	struct cursor cursor = cursor_of(argument, strlen(argument));
	int32_t programs;

	if (parse_i32(&cursor, &helper->socket_fd) < 0 || helper->socket_fd <= STDERR_FILENO ||
	    parse_literal(&cursor, ":") < 0 || parse_i32(&cursor, &programs) < 0 || programs < 0)
		return -EINVAL;
	helper->programs = (unsigned int)programs & BPF_PROGRAMS_ALL;
	/* With a file of another's making a program would read the kernel's memory where that says. */
	if (parse_literal(&cursor, ":") == 0 && !getauxval(AT_SECURE))
		helper->btf_path = cursor.p;
	return 0;
}

static bool is_alone(int socket_fd)
{
	struct pollfd poll_fd = {.fd = socket_fd};

	return poll(&poll_fd, 1, 0) != 0;
}

int bpf_helper_run(const char *argument)
{
	struct helper helper = {.socket_fd = -1};
	int r = parse_argument(argument, &helper);

	if (r < 0)
		return EXIT_FAILURE;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(ENOUGH_S);
	if (is_alone(helper.socket_fd))
		return EXIT_FAILURE;
	r = open_library(&helper.library);
	for (int i = 0; r < 0 && i < BPF_PROGRAM_COUNT; i++) {
		if (is_wanted(&helper, i))
			send_outcome(&helper, i, r);
	}
	helper.has_gaps = cpu_numbers_have_gaps();
	if (r == 0)
		load_all(&helper);
	/* The kernel frees faster than libraries do. */
	_exit(EXIT_SUCCESS);
}

#else

int bpf_helper_run(const char *argument)
{
	(void)argument;
	return EXIT_FAILURE;
}

#endif
