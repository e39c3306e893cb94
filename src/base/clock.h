/* Clocks, in the units the rest of cmon uses. */
#ifndef CMON_BASE_CLOCK_H
#define CMON_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_S 1000000000ull

/* CLOCK_MONOTONIC, nanoseconds. For intervals and deadlines. */
uint64_t clock_monotonic_ns(void);

/* CLOCK_BOOTTIME, nanoseconds since boot: what process start times count from. */
uint64_t clock_boottime_ns(void);

/* CLOCK_REALTIME, Unix seconds. */
double clock_real_s(void);

/* Sleep until a monotonic deadline. Returns 0, or -EINTR when a signal handler ran. */
int clock_sleep_until(uint64_t deadline_ns);

#endif
