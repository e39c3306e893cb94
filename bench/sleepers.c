/* Start N processes that sleep, say "ready", and end them all when standard input ends.
 * usage: sleepers N
 * Each is a fork and an exec, so that its memory map and command line are its own, as in life. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void sleep_for_ever(void)
{
	for (;;)
		pause();
}

/* In the child. The write end of `ready` is closed by the exec. */
static _Noreturn void become_sleeper(long number, pid_t parent)
{
	char text[24];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	snprintf(text, sizeof(text), "%ld", number);
	execl("/proc/self/exe", "cmon-sleeper", "--sleep", text, (char *)NULL);
	_exit(EXIT_FAILURE);
}

static void end_all(const pid_t *pids, long count)
{
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (long i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
}

static long start_all(pid_t *pids, long count, int read_end)
{
	pid_t parent = getpid();

	for (long i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0) {
			fprintf(stderr, "sleepers: fork %ld of %ld: %s\n", i + 1, count, strerror(errno));
			return i;
		}
		if (pids[i] == 0) {
			close(read_end);
			become_sleeper(i, parent);
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	char byte;
	int ready[2];

	if (argc == 3 && strcmp(argv[1], "--sleep") == 0)
		sleep_for_ever();
	long wanted = argc == 2 ? atol(argv[1]) : 0;

	if (wanted <= 0 || pipe2(ready, O_CLOEXEC) < 0) {
		fprintf(stderr, "usage: sleepers N\n");
		return EXIT_FAILURE;
	}
	pid_t *pids = calloc((size_t)wanted, sizeof(*pids));

	if (!pids)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	long count = start_all(pids, wanted, ready[0]);

	close(ready[1]);
	while (read(ready[0], &byte, 1) > 0)
		;
	if (count == wanted && write(STDOUT_FILENO, "ready\n", 6) == 6) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	}
	end_all(pids, count);
	free(pids);
	return count == wanted ? EXIT_SUCCESS : EXIT_FAILURE;
}
