/*
 * Missed wakes heal (oxtail.md section 15). There is no daemon: whoever comes (whatever has sent, a
 * waiter at its start and while it waits) asks whether a wake is due, tries it, and says so:
 *
 *	while (heal_next(s, only, now, &due)) { wake due.session; heal_done(s, &due, now); }
 *
 * Due is, of a session that is idle, mail whose wake may not have landed (pending_wake.h): it was
 * not handed over, is OXTAIL_SELF_WAKE_GRACE_MS old, and was tried less than .._CAP times. Likewise
 * the target of a question that nobody waits for any longer (pending_ask.h), unless it is freshly
 * busy. A throttle for each session keeps the tries apart, also from those of oxtail's servers.
 * OXTAIL_SELF_WAKE=off and OXTAIL_AUTOWAKE=off switch all of it off.
 */
#ifndef PEERHOOKS_AGENT_HEAL_H
#define PEERHOOKS_AGENT_HEAL_H

#include "store/store.h"

enum {
	/* Defaults of OXTAIL_SELF_WAKE_GRACE_MS, _THROTTLE_MS, _CAP; of OXTAIL_WAITER_HEAL_*. */
	HEAL_WAKE_GRACE_MS = 15000,
	HEAL_WAKE_THROTTLE_MS = 60000,
	HEAL_WAKE_CAP = 3,
	HEAL_ASK_GRACE_MS = 240000,
	HEAL_ASK_THROTTLE_MS = 90000,
	HEAL_ASK_CAP = 3,

	HEAL_OWN_MS = 1000,	/* for the records of one session, beyond RECORD_SCAN_MS */
};

struct heal_due {
	char session[SESSION_ID_MAX + 1];	/* whom to wake, leniently */
	unsigned records;	/* that say so */
	bool asked;	/* they are pending asks, not pending wakes */
};

/*
 * Finds one session (`only` that one, if not NULL) for which a wake is due, and stamps its
 * throttle; records that are settled are unlinked on the way. False if there is none. Times are ms
 * since 1970.
 */
bool heal_next(const struct store *s, const char *only, int64_t now, struct heal_due *due);

/* The wake was tried: counts one attempt on each of the records that said so. */
void heal_done(const struct store *s, const struct heal_due *due, int64_t now);

/* Is there any record at all, due or not? */
bool heal_any(const struct store *s);

/* From when on a pending wake of that session may be due, for a waiter's timeout; -1: none will. */
int64_t heal_next_at(const struct store *s, const char *session, int64_t now);

#endif
