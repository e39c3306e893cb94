/* Use PERCENT of one CPU, in slices of one millisecond, until standard input ends; then print the share that was used.
 * usage: burner PERCENT
 * The clock of the process says when a slice is over, and absolute times when the next one begins, so that neither an
 * interruption nor a late wake-up changes the share. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS 1000000LL
#define SECOND_NS 1000000000LL

static long long clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND_NS + time.tv_nsec;
}

static void sleep_until(long long when_ns)
{
	struct timespec time = {.tv_sec = when_ns / SECOND_NS, .tv_nsec = when_ns % SECOND_NS};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
		;
}

int main(int argc, char **argv)
{
	long percent = argc == 2 ? atol(argv[1]) : 0;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	if (percent <= 0 || percent > 90) {
		fprintf(stderr, "usage: burner PERCENT\n");
		return EXIT_FAILURE;
	}
	long long period_ns = SLICE_NS * 100 / percent;
	long long began = clock_ns(CLOCK_MONOTONIC), used = clock_ns(CLOCK_PROCESS_CPUTIME_ID), slices = 0;

	while (poll(&input, 1, 0) == 0) {
		slices++;
		while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - used < slices * SLICE_NS)
			;
		sleep_until(began + slices * period_ns);
	}
	used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - used;
	printf("%.3f\n", 100.0 * (double)used / (double)(clock_ns(CLOCK_MONOTONIC) - began));
	return EXIT_SUCCESS;
}
