/*
 * The wakes of one message to many: at once, since each may take seconds.
 */
#ifndef PEERHOOKS_PEER_WAKES_H
#define PEERHOOKS_PEER_WAKES_H

#include "outgoing.h"

enum {
	WAKES_AT_ONCE = 16,
	WAKES_MS = 30000,	/* longer than any route takes, see wake.h */
};

/* Wakes the receivers of those copies that lie in a mailbox; of WAKES_AT_ONCE copies at most. Of a
 * wake that does not say what came of it, only that it was begun is known:
 * WAKE_FIRED_UNCONFIRMED. */
void wakes(const struct outgoing *o, struct sent *copies, unsigned count);

#endif
