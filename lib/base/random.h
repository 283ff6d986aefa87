/* Randomness for ids and tokens, from the kernel. */
#ifndef PEERHOOKS_BASE_RANDOM_H
#define PEERHOOKS_BASE_RANDOM_H

#include "base/buf.h"

/*
 * Appends n random bytes (at most 32) as 2n hex digits. Should the kernel refuse (a sandbox may),
 * they come from clocks and pid: still unlike any other, which is all that ids and tokens need.
 */
void random_hex(struct buf *out, size_t n);

/* A number from 0 to n - 1, for n > 0, which need not be fair. */
unsigned random_below(unsigned n);

#endif
