#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"

#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)256 << 10)

struct arena_chunk {
	struct arena_chunk *older;
	max_align_t data[];
};

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
	*arena = (struct arena){0};
}

/* Chunks grow with the arena, so that a small snapshot stays small and a large one needs few. */
static size_t chunk_size(const struct arena *arena, size_t wanted)
{
	size_t size = arena->total_bytes / 4;

	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	return size > wanted ? size : wanted;
}

static void add_chunk(struct arena *arena, size_t wanted)
{
	size_t size = chunk_size(arena, wanted);
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->older = arena->chunks;
	arena->chunks = chunk;
	arena->next = (char *)chunk->data;
	arena->end = arena->next + size;
	arena->total_bytes += size;
}

/* A block larger than any ordinary chunk gets one of its own, behind the current one, which stays in use. */
static void *alloc_large(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	if (arena->chunks) {
		chunk->older = arena->chunks->older;
		arena->chunks->older = chunk;
	} else {
		arena->chunks = chunk;
	}
	arena->total_bytes += size;
	return chunk->data;
}

void arena_reset(struct arena *arena)
{
	size_t bytes = arena->total_bytes < CHUNK_MAX ? arena->total_bytes : CHUNK_MAX;

	if (arena->next && !arena->chunks->older) {
		char *data = (char *)arena->chunks->data;

		memset(data, 0, (size_t)(arena->next - data));
		arena->next = data;
		return;
	}
	arena_free(arena);
	if (bytes)
		add_chunk(arena, bytes);
}

static size_t round_up(size_t size, size_t alignment)
{
	return (size + alignment - 1) / alignment * alignment;
}

/* alignment: a power of two not above max_align_t's. */
static void *alloc_aligned(struct arena *arena, size_t size, size_t alignment)
{
	size_t padding = (size_t)(-(uintptr_t)arena->next & (alignment - 1));
	char *memory;

	if (size > PTRDIFF_MAX / 2)
		fatal("out of memory");
	if (size > CHUNK_MAX / 2)
		return alloc_large(arena, size);
	if (!arena->next || (size_t)(arena->end - arena->next) < size + padding) {
		add_chunk(arena, round_up(size, alignof(max_align_t)));
		padding = 0;
	}
	memory = arena->next + padding;
	arena->next = memory + size;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return alloc_aligned(arena, size ? size : 1, alignof(max_align_t));
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		fatal("out of memory");
	return arena_alloc(arena, bytes);
}

struct text arena_text(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = alloc_aligned(arena, length + 1, 1);

	if (length)
		memcpy(copy, bytes, length);
	return (struct text){copy, length};
}

struct text arena_string(struct arena *arena, const char *string)
{
	return string ? arena_text(arena, string, strlen(string)) : TEXT_ABSENT;
}

struct text arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	int length;
	char *copy;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return TEXT_ABSENT;
	copy = alloc_aligned(arena, (size_t)length + 1, 1);
	va_start(arguments, format);
	vsnprintf(copy, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return (struct text){copy, (size_t)length};
}
