#include "base/digest.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

/* Four chains side by side, since a multiplication takes as long as four others beside it. */
uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t length)
{
	uint64_t lanes[4] = {seed ^ length, 1, 2, 3}, words[4];
	const char *p = bytes;

	for (; length >= sizeof(words); length -= sizeof(words), p += sizeof(words)) {
		memcpy(words, p, sizeof(words));
		for (size_t i = 0; i < 4; i++)
			lanes[i] = mix(lanes[i], words[i]);
	}
	memset(words, 0, sizeof(words));
	memcpy(words, p, length);
	for (size_t i = 0; i < 4; i++)
		lanes[0] = mix(lanes[0], mix(lanes[i], words[i]));
	return lanes[0] ? lanes[0] : 1;
}
