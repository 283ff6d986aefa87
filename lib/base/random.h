/* Randomness for ids and tokens, from the kernel. */
#ifndef PEERHOOKS_BASE_RANDOM_H
#define PEERHOOKS_BASE_RANDOM_H

#include "base/buf.h"

/* Appends n random bytes (at most 32) as 2n hex digits. Ends the program if the kernel gives
 * none, which it does not do after boot: an id that is not random would be a wrong id. */
void random_hex(struct buf *out, size_t n);

#endif
