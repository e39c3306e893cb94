/* Run a program and print, on descriptor 3, its wall time (ns), CPU time (us), peak memory (KiB) and wait status.
 * usage: measure PROGRAM [ARGUMENT...] 3>result
 * In C and static because ru_maxrss of a child begins with what its parent had when it forked. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;

	if (argc < 2)
		return EXIT_FAILURE;
	long long began = now_ns();
	pid_t pid = fork();

	if (pid == 0) {
		close(3);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return EXIT_FAILURE;
	long long wall = now_ns() - began;

	dprintf(3, "%lld %lld %ld %d\n", wall,
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec
			+ usage.ru_stime.tv_usec, usage.ru_maxrss, status);
	return EXIT_SUCCESS;
}
