/* Arena: memory that is released all at once. A snapshot owns one; nothing in it is freed singly. */
#ifndef CMON_BASE_ARENA_H
#define CMON_BASE_ARENA_H

#include <stddef.h>

#include "base/text.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	char *next, *end;
	size_t total_bytes; /* taken from the system */
};

/* An all-zero struct arena is empty and ready. */
void arena_free(struct arena *arena);

/* Release all that was taken from it, for as much again: one chunk stays, of the size that was needed or 256 KiB. */
void arena_reset(struct arena *arena);

/* Zeroed memory of `size` bytes, aligned for any type. Ends the program when memory is exhausted. */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed array of `count` elements of `size` bytes; an overflowing product is out of memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Copy of `length` bytes, with a NUL after them that `length` does not count. */
struct text arena_text(struct arena *arena, const char *bytes, size_t length);

/* Copy of a NUL-terminated string; absent for NULL. */
struct text arena_string(struct arena *arena, const char *string);

/* printf into the arena. */
struct text arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
