/*
 * Abandoned: the empty mailboxes and the ledgers of sessions that are no more, or were made up for
 * one question (peer ask). Nobody else takes them away: oxtail's servers unlink empty boxes
 * (oxtail.md section 3), but keep every ledger.
 *
 * A session is no more once neither a presence nor an entry in the registry names it, dead or
 * alive. Its mail and the work that it still owes stay.
 */
#ifndef PEERHOOKS_AGENT_ABANDONED_H
#define PEERHOOKS_AGENT_ABANDONED_H

#include "store/store.h"

enum {
	ABANDONED_BOX_S = 7 * 24 * 60 * 60,	/* since the last change */
	ABANDONED_LEDGER_S = 30 * 24 * 60 * 60,
	ABANDONED_AT_ONCE = 64,	/* files of a folder that are taken away */
	ABANDONED_LOOK = 5000,	/* that are looked at */
};

/* Until `end` of clock_monotonic_ms. */
void abandoned_remove(const struct store *s, int64_t end);

#endif
