/*
 * A byte builder over memory of fixed size that the caller owns. What does not fit is not
 * written at all, and `full` stays set: build first, look at `full` once at the end.
 */
#ifndef PEERHOOKS_BASE_BUF_H
#define PEERHOOKS_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	bool full;
};

static inline struct buf buf_over(char *memory, size_t cap)
{
	return (struct buf){ memory, 0, cap, false };
}

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

void buf_bytes(struct buf *b, const char *p, size_t n);
void buf_text(struct buf *b, const char *text);
void buf_put(struct buf *b, struct slice s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t value);

/* Lower-case hex of n bytes, two digits each. */
void buf_hex(struct buf *b, const uint8_t *bytes, size_t n);

/* The text as a C string: NULL if it was full or there is no room for the final NUL. */
const char *buf_cstr(struct buf *b);

#endif
