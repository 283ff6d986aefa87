/*
 * UTF-8 as RFC 3629 and the WHATWG decoder have it: no overlong forms, no surrogates, nothing
 * above U+10FFFF; a bad sequence reads as one U+FFFD for each maximal part, as in Node.
 */
#ifndef PEERHOOKS_BASE_UTF8_H
#define PEERHOOKS_BASE_UTF8_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

struct utf8_char {
	uint32_t code;	/* the code point; U+FFFD if the bytes are bad */
	uint32_t bytes;	/* how many bytes it takes, 1 to 4 */
	bool valid;
};

/* The first character of a text that is not empty. */
struct utf8_char utf8_first(struct slice text);

bool utf8_valid(struct slice text);

/*
 * Appends the character. A surrogate (U+D800 to U+DFFF) is written as three bytes too, which is
 * not UTF-8 (it is WTF-8): who must not have those replaces them before.
 */
void utf8_put(struct buf *out, uint32_t code);

/* Length in UTF-16 units, which is what clients and oxtail count: 2 above U+FFFF, else 1. */
static inline unsigned utf16_units(uint32_t code)
{
	return code > 0xFFFF ? 2 : 1;
}

#endif
