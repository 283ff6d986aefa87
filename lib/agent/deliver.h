/*
 * Delivery by a hook: mail goes out in the order lock, read, render, write whole, receipts,
 * truncate, unlock. Cut off between any two of these it is delivered again, never lost.
 */
#ifndef PEERHOOKS_AGENT_DELIVER_H
#define PEERHOOKS_AGENT_DELIVER_H

#include "agent/hook.h"

enum {
	DELIVER_LOCK_MS = 500,	/* all locks of one hook together */
	DELIVER_OUTPUT_MS = 1000,	/* until a client must have taken the envelope */
};

/*
 * In the middle of a turn: the session's mail as additional context of this kind of event. Silent
 * when there is none, which takes a few stat calls; in a subagent, whose context is thrown away in
 * the end; and if the client passes nothing on at such an event (profile.inject_at). `not_now`, if
 * not NULL, is asked only if there is mail, and keeps it where it is.
 */
void deliver_in_turn(const struct hook *h, enum event_kind kind,
		     bool (*not_now)(const struct hook *h));

/*
 * At the end of a turn: true if mail was handed over, so that the turn goes on.
 *
 * Not for mail that is all marked auto, which stays where it is (envelope.h).
 *
 * Never twice in a row (stop_hook_active), or two agents could keep each other awake for ever.
 * One exception: what had to wait for the budget at a Stop comes out at the next Stop of the
 * same turn; those messages only, none that came later, and at most profile.stops_max times.
 */
bool deliver_at_stop(const struct hook *h);

#endif
