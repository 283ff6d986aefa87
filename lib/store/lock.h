/*
 * The lock of a file: the folder FILE.lock, made with mkdir, and beside it FILE.lock.owner with
 * a token of whoever holds it (oxtail.md section 6, the form since 0.14). A lock over 30 s old
 * (LOCK_STALE_MS) is stale and is cleared, by one process at a time, which first makes
 * FILE.lock.steal.
 */
#ifndef PEERHOOKS_STORE_LOCK_H
#define PEERHOOKS_STORE_LOCK_H

#include <time.h>

#include "store/store.h"

enum { LOCK_TOKEN_MAX = 40, LOCK_STALE_MS = 30000 };

struct lock {
	char file[LAYOUT_MAX];
	char token[LOCK_TOKEN_MAX];	/* empty if it could not be written: a full disk */
	struct timespec made;	/* then the folder's mtime tells that it is still ours */
};

/*
 * Takes the lock of the file (a path of layout.h, which need not exist). At least one try is
 * made; after that it is tried until the moment `end` of clock_monotonic_ms.
 * 0, -ETIMEDOUT when somebody else holds it, or what mkdir said.
 */
int lock_take(const struct store *s, const char *file, int64_t end, struct lock *lock);

/* Is it still ours? Not after a stall of 30 s, if somebody has cleared it. */
bool lock_held(const struct store *s, const struct lock *lock);

/* Gives it back, if it is still ours. */
void lock_release(const struct store *s, const struct lock *lock);

#endif
