/* A number made of bytes, to tell that something is as it was without keeping it. Not for what an adversary chooses. */
#ifndef CMON_BASE_DIGEST_H
#define CMON_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Differs where the bytes do, but for one in 2^64. seed: what came before. Never 0. */
uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t length);

#endif
