/* Signals of threads other than the main one. */
#ifndef CMON_BASE_SIGNALS_H
#define CMON_BASE_SIGNALS_H

#include <signal.h>

/* Block in the calling thread, and so in those it starts, every signal but those that a fault raises in the thread
 * itself: with these blocked the kernel would end the program without the handler that restores the terminal.
 * ret_before: for pthread_sigmask(SIG_SETMASK). */
void signals_block(sigset_t *ret_before);

#endif
