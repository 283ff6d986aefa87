/*
 * Throttles: files whose mtime alone counts, by which processes agree that something was done for a
 * session lately (oxtail.md section 15: self-wake/ and waiter-wake/).
 */
#ifndef PEERHOOKS_STORE_THROTTLE_H
#define PEERHOOKS_STORE_THROTTLE_H

#include "store/store.h"

/*
 * True, and the time is now, if it was not done within the last `ms`; of several who ask at once
 * exactly one is told so, also when the file there has just become old enough. A time in the
 * future counts as within, but not one that is more than `ms` ahead. `folder` is a LAYOUT_
 * constant. False after an error too.
 */
bool throttle_pass(const struct store *s, const char *folder, const char *session, int64_t ms,
		   int64_t now);

/* From which moment on it passes, ms since 1970; 0 if that is now. */
int64_t throttle_free_at(const struct store *s, const char *folder, const char *session, int64_t ms,
			 int64_t now);

#endif
