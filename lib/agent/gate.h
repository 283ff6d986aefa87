/*
 * The gate: whether a message wakes its receiver (oxtail.md sections 14 and 15). In this order:
 *
 *	a pending ask of the receiver's, consumed	lenient, `late_reply_to_pending`
 *	--wake off					none
 *	--wake auto, or action_required			lenient, `auto`
 *	an answer					strict, `reply`
 *	a receiver without any mark			lenient, `hookless_default`
 *	anything else					none
 *
 * Strict: not switched off, the receiver freshly idle, not woken for the same answer within the
 * hour nor for any within 4 s; and the claim. Lenient: only that the receiver is not freshly busy.
 *
 * What a session does is what its mark says, corrected by its client's own status file where that
 * is newer (Claude Code after Escape, when no hook fires).
 */
#ifndef PEERHOOKS_AGENT_GATE_H
#define PEERHOOKS_AGENT_GATE_H

#include "agent/wake_status.h"
#include "store/store.h"

enum {
	GATE_FRESH_IDLE_MS = 300000,	/* default of OXTAIL_AUTOWAKE_FRESH_IDLE_MS */
	GATE_FRESH_BUSY_MS = 600000,	/* default of OXTAIL_ACTIVITY_BUSY_TTL_MS */
};

enum wake_mode { WAKE_MODE_UNSET, WAKE_MODE_AUTO, WAKE_MODE_OFF };

struct gate_request {
	const char *session;	/* the receiver; NULL or empty: it has none */
	struct slice reply_to;	/* empty: it is no answer */
	enum wake_mode mode;
	bool action_required;
	int64_t now;	/* ms since 1970 */
};

struct gate {
	enum wake_status status;	/* WAKE_FIRE, or why not */
	const char *reason;	/* one of the words above, `late_reply_to_pending_suppressed`,
				 * or "" */
};

/* Claims and stamps what has to be. */
void gate_pass(const struct store *s, const struct gate_request *r, struct gate *g);

/* Is the session freshly idle, freshly busy, at that moment? Both false: neither is known. */
struct gate_activity {
	bool fresh_idle;
	bool fresh_busy;
	bool marked;	/* there is a mark at all */
};

void gate_activity(const struct store *s, const char *session, int64_t now,
		   struct gate_activity *a);

#endif
