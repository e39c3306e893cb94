/* Start N processes that sleep, say "ready", and end them all when standard input ends.
 * usage: sleepers [-t THREADS] [-f FILES] N
 * Each is a fork and an exec, so that its memory map and command line are its own, as in life. It has THREADS threads
 * (1), and FILES (0) open files besides what it inherits: regular ones, devices and pipes in turn. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES (64 * 1024)

/* In a sleeper: the write end of the pipe that all close when they are what was asked for; a byte says what failed. */
#define READY_FD 3

static void *sleep_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static int open_files(long count)
{
	static const char *const paths[] = {"/proc/self/exe", "/dev/null", NULL};
	int ends[2];

	for (long i = 0; i < count; i++) {
		const char *path = paths[i % 3];
		int result = path ? open(path, O_RDONLY) : pipe(ends);

		if (result < 0)
			return -errno;
		if (!path)
			close(ends[0]);
	}
	return 0;
}

static int start_threads(long count)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error = pthread_attr_init(&attributes);

	if (!error)
		error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (long i = 0; i < count && !error; i++)
		error = pthread_create(&thread, &attributes, sleep_for_ever, NULL);
	return -error;
}

/* After the exec. */
static int be_sleeper(long threads, long files)
{
	int error = open_files(files);

	if (!error)
		error = start_threads(threads - 1);
	if (error) {
		char byte = (char)-error;

		if (write(READY_FD, &byte, 1) < 0)
			return EXIT_FAILURE;
		return EXIT_FAILURE;
	}
	close(READY_FD);
	sleep_for_ever(NULL);
	return EXIT_SUCCESS;
}

/* In the child. */
static _Noreturn void become_sleeper(long number, const char *threads, const char *files, int write_end, pid_t parent)
{
	char text[24];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (dup2(write_end, READY_FD) != READY_FD)
		_exit(EXIT_FAILURE);
	snprintf(text, sizeof(text), "%ld", number);
	execl("/proc/self/exe", "cmon-sleeper", "--sleep", threads, files, text, (char *)NULL);
	_exit(EXIT_FAILURE);
}

static void end_all(const pid_t *pids, long count)
{
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (long i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
}

static long start_all(pid_t *pids, long count, const char *threads, const char *files, int write_end)
{
	pid_t parent = getpid();

	for (long i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0) {
			fprintf(stderr, "sleepers: fork %ld of %ld: %s\n", i + 1, count, strerror(errno));
			return i;
		}
		if (pids[i] == 0)
			become_sleeper(i, threads, files, write_end, parent);
	}
	return count;
}

/* Until all have closed the write end. Returns 0, or -errno of one that failed. */
static int wait_ready(int read_end)
{
	char byte;
	int error = 0;

	while (read(read_end, &byte, 1) > 0)
		error = -byte;
	return error;
}

static int run(long wanted, const char *threads, const char *files)
{
	char byte;
	int ready[2];
	pid_t *pids = calloc((size_t)wanted, sizeof(*pids));

	if (!pids || pipe2(ready, O_CLOEXEC) < 0)
		return EXIT_FAILURE;
	/* So that dup2 in the child makes a copy, which is not closed on exec, and overwrites nothing that is needed. */
	int write_end = fcntl(ready[1], F_DUPFD_CLOEXEC, READY_FD + 2);

	close(ready[1]);
	long count = start_all(pids, wanted, threads, files, write_end);

	close(write_end);
	int error = wait_ready(ready[0]);

	if (error)
		fprintf(stderr, "sleepers: %s\n", strerror(-error));
	if (count == wanted && !error && write(STDOUT_FILENO, "ready\n", 6) == 6) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	}
	end_all(pids, count);
	free(pids);
	return count == wanted && !error ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *threads = "1", *files = "0";
	int option;

	if (argc == 5 && strcmp(argv[1], "--sleep") == 0)
		return be_sleeper(atol(argv[2]), atol(argv[3]));
	while ((option = getopt(argc, argv, "t:f:")) == 't' || option == 'f')
		*(option == 't' ? &threads : &files) = optarg;
	long wanted = optind == argc - 1 ? atol(argv[optind]) : 0;

	if (option != -1 || wanted <= 0 || atol(threads) <= 0) {
		fprintf(stderr, "usage: sleepers [-t THREADS] [-f FILES] N\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	return run(wanted, threads, files);
}
