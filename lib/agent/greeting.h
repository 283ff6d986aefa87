/*
 * The greeting: one short line for the model of a session that starts, if there is anybody it could
 * write to: who it is, which peers are there, and how to write to them.
 *
 *	[oxtail] You are claude:2. Live peers in this project: claude:1 (busy), codex:1 (idle).
 *	Write to one: peer send LABEL TEXT
 */
#ifndef PEERHOOKS_AGENT_GREETING_H
#define PEERHOOKS_AGENT_GREETING_H

#include "agent/session.h"

enum { GREETING_NAMES_MAX = 8 };	/* peers that are named; the rest are counted */

/* On standard output, in the form that the client understands; nothing if nobody is there. */
void greeting_write(const struct hook *h, const struct session *me);

/*
 * To a subagent that starts, whose shell has the session id of its parent:
 *
 *	[oxtail] You are a subagent of claude:2. peer send here speaks in its name. Mail comes to
 *	it, not to you: leave peer inbox alone.
 *
 * Nothing if the parent has no label, or nobody is there.
 */
void greeting_of_subagent(const struct hook *h);

#endif
