/* Threads other than the main one. */
#ifndef CMON_BASE_THREAD_H
#define CMON_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Start a thread in which, and in those it starts, every signal is blocked but those that a fault raises in the thread
 * itself: with these blocked the kernel would end the program without the handler that restores the terminal.
 * stack_size: bytes; 0: the system's default. Returns 0 or -errno. */
int thread_start(size_t stack_size, void *(*run)(void *context), void *context, pthread_t *ret_id);

#endif
