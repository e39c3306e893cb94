/* The one way out for conditions nothing can recover from. */
#ifndef CMON_BASE_FATAL_H
#define CMON_BASE_FATAL_H

#include <stddef.h>

/* Called once before the message of fatal() is printed; the front end that has changed the
 * terminal registers its restore function here. It must be async-signal-safe. NULL removes it. */
void fatal_set_cleanup(void (*cleanup)(void));

/* Run the registered cleanup, if any, and forget it. Async-signal-safe. */
void fatal_run_cleanup(void);

/* Restore the terminal, print "cmon: <message>" on stderr and end the process with status 1. */
_Noreturn void fatal(const char *message);

/* Allocation that ends the program through fatal() rather than return NULL. Free with free(). */
__attribute__((returns_nonnull)) void *xmalloc(size_t size);
__attribute__((returns_nonnull)) void *xcalloc(size_t count, size_t size);
__attribute__((returns_nonnull)) void *xreallocarray(void *old, size_t count, size_t size);
/* Room for `count` items of this size where there was some for *capacity, which is doubled until it suffices.
 * Returns the items, which may have moved; NULL where there are none and none are wanted. */
void *xgrow(void *old, size_t count, size_t *capacity, size_t size);
__attribute__((returns_nonnull)) char *xstrdup(const char *string);

#endif
