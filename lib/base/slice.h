/*
 * A slice: a pointer and a length into bytes that somebody else owns. Never NUL-terminated,
 * may hold any byte. Everything above passes text as slices, so that nothing is copied.
 */
#ifndef PEERHOOKS_BASE_SLICE_H
#define PEERHOOKS_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_eq(a, slice_of(text));
}

/* Without the first n bytes; n must not exceed the length. */
static inline struct slice slice_from(struct slice a, size_t n)
{
	return (struct slice){ a.p + n, a.n - n };
}

/* Without blanks and line ends around. */
static inline struct slice slice_trimmed(struct slice a)
{
	while (a.n && strchr(" \t\r\n", a.p[0]) && a.p[0])
		a = slice_from(a, 1);
	while (a.n && strchr(" \t\r\n", a.p[a.n - 1]) && a.p[a.n - 1])
		a.n--;
	return a;
}

/* Does the part stand somewhere in it? For short texts. */
static inline bool slice_has(struct slice a, struct slice part)
{
	for (; a.n >= part.n; a = slice_from(a, 1)) {
		if (memcmp(a.p, part.p, part.n) == 0)
			return true;
		if (a.n == 0)
			break;
	}
	return false;
}

#endif
