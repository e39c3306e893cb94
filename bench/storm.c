/* Start RATE processes a second, each of which ends at once, until standard input ends; then print how many there were
 * and for how many milliseconds.
 * usage: storm RATE
 * vfork, since anything dearer would leave nothing of two CPUs for the one who watches. They stay zombies for up to
 * REAP_EVERY milliseconds, so that some are there whenever anybody looks. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REAP_EVERY 10
#define SECOND_NS 1000000000LL
#define MILLISECOND_NS 1000000LL

static long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND_NS + time.tv_nsec;
}

static void sleep_until(long long when_ns)
{
	struct timespec time = {.tv_sec = when_ns / SECOND_NS, .tv_nsec = when_ns % SECOND_NS};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
		;
}

static int start_one(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(EXIT_SUCCESS);
	return pid < 0 ? -1 : 0;
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(int argc, char **argv)
{
	long rate = argc == 2 ? atol(argv[1]) : 0;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	long long began = now_ns(), started = 0, milliseconds = 0;

	if (rate <= 0) {
		fprintf(stderr, "usage: storm RATE\n");
		return EXIT_FAILURE;
	}
	for (; poll(&input, 1, 0) == 0; milliseconds++) {
		for (; started < milliseconds * rate / 1000; started++) {
			if (start_one() < 0) {
				perror("storm");
				return EXIT_FAILURE;
			}
		}
		if (milliseconds % REAP_EVERY == 0)
			reap();
		sleep_until(began + (milliseconds + 1) * MILLISECOND_NS);
	}
	reap();
	printf("%lld %lld\n", started, (now_ns() - began) / MILLISECOND_NS);
	return EXIT_SUCCESS;
}
