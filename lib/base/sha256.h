/* SHA-256 (FIPS 180-4) of one run of bytes: for names on disk, not for speed. */
#ifndef PEERHOOKS_BASE_SHA256_H
#define PEERHOOKS_BASE_SHA256_H

#include <stdint.h>

#include "base/slice.h"

enum { SHA256_BYTES = 32 };

void sha256(struct slice text, uint8_t digest[SHA256_BYTES]);

#endif
