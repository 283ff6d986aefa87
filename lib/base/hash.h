/* FNV-1a, for tables in memory and keys that are compared: not against anybody who means harm. */
#ifndef PEERHOOKS_BASE_HASH_H
#define PEERHOOKS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_EMPTY UINT64_C(14695981039346656037)	/* of nothing */

/* Goes on from the hash of what stands before. */
static inline uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

#endif
