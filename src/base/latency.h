/* Being woken soon. */
#ifndef CMON_BASE_LATENCY_H
#define CMON_BASE_LATENCY_H

/* Ask the scheduler to run the calling thread soon whenever it wakes, in exchange for short turns. Its share of the CPU
 * and its priority stay what they were. Linux 6.12 and later (commit 857b158dc5e8); older kernels take no notice, and
 * where it is refused nothing changes. */
void latency_ask(void);

#endif
