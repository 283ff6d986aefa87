/*
 * Waiting on behalf of an idle session: until a wake is granted (waiter.h), asleep in the kernel;
 * then the session's mail is handed over, in the order of deliver.h, and the process ends, which is
 * what wakes the client.
 *
 * It waits only where that is of use: for an agent whose client can be woken so (profile.wake_by)
 * and has a person before it (in a headless run Claude Code would wait for us), in whose own event,
 * not a subagent's; and while the client lives, the session is the one that it runs, and no other
 * waiter serves it. Else it ends, silently and with status 0.
 */
#ifndef PEERHOOKS_AGENT_AWAIT_H
#define PEERHOOKS_AGENT_AWAIT_H

#include "agent/hook.h"
#include "agent/waiter.h"
#include "store/presence.h"

enum {
	AWAIT_LOOK_MS = 5000,	/* where the client's end cannot be waited for */
	AWAIT_WAKES = 2,	/* exit status that makes Claude Code take what stands on stderr */
};

struct await {
	const struct hook *hook;
	struct presence who;	/* only session, process and birth */
	int client;	/* process_watch */
	struct waiter waiter;
};

/* Is it to wait? Then it is the session's waiter from here. */
bool await_begin(struct await *a, const struct hook *h);

/* Waits, and hands over. The exit status: AWAIT_WAKES or 0. */
int await_wake(struct await *a);

#endif
