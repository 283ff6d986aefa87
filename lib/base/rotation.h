/*
 * The names in a directory, from a random one on and around to it again, `most` of them at most:
 * for whoever cannot look at all of them at once, but at each in the end. Small folders are read
 * from their beginning. While files come and go, a name may be passed over.
 */
#ifndef PEERHOOKS_BASE_ROTATION_H
#define PEERHOOKS_BASE_ROTATION_H

#include <stdint.h>

#include "base/directory.h"

/* Some 32 KB: static. */
struct rotation {
	struct directory folder;
	unsigned first;	/* so many names were passed over; 0: none, or they have come */
	unsigned left;
};

/* 0 or a negative errno. The names are counted, until `end` of clock_monotonic_ms: in a folder that
 * takes longer only those that were counted come in sight. */
int rotation_open(struct rotation *r, int parent, const char *path, unsigned most, int64_t end);

/* As directory_next; r->folder.fd is for openat. */
const char *rotation_next(struct rotation *r);

void rotation_close(struct rotation *r);

#endif
