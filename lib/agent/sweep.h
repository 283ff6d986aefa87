/*
 * Sweeping: what killed sessions and old messages have left behind is taken away, by whoever
 * comes first on a day. Mail is never touched. Files of a large folder are looked at from a random
 * one on, so that each has its turn in the end.
 */
#ifndef PEERHOOKS_AGENT_SWEEP_H
#define PEERHOOKS_AGENT_SWEEP_H

#include "store/store.h"

enum {
	SWEEP_EVERY_S = 24 * 60 * 60,
	SWEEP_DEAD_S = 7 * 24 * 60 * 60,	/* presence and labels of dead sessions */
	SWEEP_RECORDS_S = 7 * 24 * 60 * 60,	/* receipts, outbox (oxtail.md 13), proofs */
	SWEEP_WAKES_S = 60 * 60,	/* pending asks and wakes, autowake: none counts then */
	SWEEP_THROTTLES_S = 24 * 60 * 60,
	SWEEP_MEMORY_S = 30 * 24 * 60 * 60,	/* which label a session had */
	SWEEP_TEMPORARY_S = 60 * 60,	/* what killed writers have left */
	SWEEP_AT_ONCE = 5000,	/* files of a folder that are looked at */
	SWEEP_MS = 20,	/* an agent waits meanwhile; what is left then is for the next to come */
};

/* One stat, if it is not due. */
void sweep_if_due(const struct store *s);

#endif
