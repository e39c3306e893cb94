#include "base/fatal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic(void (*)(void)) registered_cleanup;

void fatal_set_cleanup(void (*cleanup)(void))
{
	atomic_store(&registered_cleanup, cleanup);
}

void fatal_run_cleanup(void)
{
	void (*cleanup)(void) = atomic_exchange(&registered_cleanup, NULL);

	if (cleanup)
		cleanup();
}

static void write_stderr(const char *string)
{
	size_t length = strlen(string);

	while (length > 0) {
		ssize_t n = write(STDERR_FILENO, string, length);

		if (n <= 0)
			return;
		string += n;
		length -= (size_t)n;
	}
}

_Noreturn void fatal(const char *message)
{
	fatal_run_cleanup();
	write_stderr("cmon: ");
	write_stderr(message);
	write_stderr("\n");
	/* Not exit(): other threads may hold locks that atexit handlers want. */
	_exit(EXIT_FAILURE);
}

void *xmalloc(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		fatal("out of memory");
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		fatal("out of memory");
	return memory;
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	void *memory = reallocarray(old, count ? count : 1, size ? size : 1);

	if (!memory)
		fatal("out of memory");
	return memory;
}

void *xgrow(void *old, size_t count, size_t *capacity, size_t size)
{
	if (count <= *capacity)
		return old;
	while (*capacity < count)
		*capacity = *capacity ? *capacity * 2 : 16;
	return xreallocarray(old, *capacity, size);
}

char *xstrdup(const char *string)
{
	size_t length = strlen(string) + 1;

	return memcpy(xmalloc(length), string, length);
}
