/*
 * Waking a session: first the gate (gate.h), then the most respectful route that is really there:
 *
 *	await-mail	a waiter of the session, or its plugin's: nothing is typed (waiter.h)
 *	codex-queue	Codex's own command (codex_queue.h)
 *	tmux		a fixed sentence into the agent's pane (terminal.h)
 *
 * Nothing here ever fails a send: the message is on disk already. A wake that was meant and may not
 * have landed is recorded (pending_wake.h), and tried again by whoever comes later.
 */
#ifndef PEERHOOKS_AGENT_WAKE_H
#define PEERHOOKS_AGENT_WAKE_H

#include "agent/gate.h"

struct wake_request {
	const char *session;	/* the receiver */
	struct slice reply_to;	/* empty: it is no answer */
	enum wake_mode mode;
	bool action_required;
	bool no_route;	/* the gate only: it says WAKE_FIRE where it would go on */
	const char *message_id;	/* ours, or NULL: there is none to be healed or logged */
	const char *from;	/* the sender's session; NULL: a person */
};

struct wake {
	enum wake_status status;
	const char *reason;	/* the gate's; "" */
	const char *route;	/* as above; "" if none was tried */
};

/*
 * Runs the gate and then a route; what came of it goes to the journal. It takes as long as the
 * route: a waiter 1.5 s at most, `codex queue` 5 s, typing usually 2 s, some 20 s in a tmux that
 * hangs.
 */
void wake(const struct store *s, const struct wake_request *r, struct wake *w);

/*
 * Tries again what may not have landed, as far as it is due: of all sessions, or of one (`only`),
 * at most WAKE_HEALED_MAX of them.
 */
enum { WAKE_HEALED_MAX = 2 };

void wake_heal(const struct store *s, const char *only);

#endif
