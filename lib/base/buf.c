/* See buf.h. Invariant: n <= cap, and once `full` nothing more is written. */
#include "base/buf.h"

void buf_bytes(struct buf *b, const char *p, size_t n)
{
	if (b->full || n > b->cap - b->n) {
		b->full = true;
		return;
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_text(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

void buf_put(struct buf *b, struct slice s)
{
	buf_bytes(b, s.p, s.n);
}

void buf_char(struct buf *b, char c)
{
	buf_bytes(b, &c, 1);
}

void buf_int(struct buf *b, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		buf_char(b, '-');
	buf_bytes(b, digits + at, sizeof(digits) - at);
}

void buf_hex(struct buf *b, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		buf_char(b, digits[bytes[i] >> 4]);
		buf_char(b, digits[bytes[i] & 15]);
	}
}

const char *buf_cstr(struct buf *b)
{
	if (b->full || b->n == b->cap)
		return NULL;
	b->p[b->n] = '\0';
	return b->p;
}
