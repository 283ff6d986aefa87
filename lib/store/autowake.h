/*
 * autowake/: which replies have woken a session, and when the last one did (oxtail.md section 14,
 * checks 4 to 8). Among our own processes exactly one gets a claim, also of a record that has just
 * expired: they take a kernel lock (peerhooks/autowake.lock) around looking and claiming.
 */
#ifndef PEERHOOKS_STORE_AUTOWAKE_H
#define PEERHOOKS_STORE_AUTOWAKE_H

#include "store/store.h"

enum {
	AUTOWAKE_DEDUPE_MS = 3600000,	/* default of OXTAIL_AUTOWAKE_DEDUPE_TTL_MS */
	AUTOWAKE_INTERVAL_MS = 4000,	/* default of OXTAIL_AUTOWAKE_MIN_INTERVAL_MS */
	AUTOWAKE_SWEEP_AGE_MS = 3600000,
	AUTOWAKE_SWEEP_MS = 50,	/* for others wait for the lock; the next one goes on */
	AUTOWAKE_LOCK_MS = 500,
};

enum autowake {
	AUTOWAKE_CLAIMED,
	AUTOWAKE_DEDUPED,
	AUTOWAKE_LIMITED,
	AUTOWAKE_FAILED,	/* the store is a file, no permission, ... */
};

/* Sweeps, checks and claims for the answer to `reply_to`; `now` in ms since 1970 is the deciding
 * moment, and becomes the records' mtime. */
enum autowake autowake_claim(const struct store *s, const char *session, struct slice reply_to,
			     int64_t now);

/* Claims whatever stands in the way, for a wake that was granted otherwise; errors are ignored. */
void autowake_note(const struct store *s, const char *session, struct slice reply_to, int64_t now);

/* OXTAIL_AUTOWAKE says `off`. */
bool autowake_off(void);

#endif
