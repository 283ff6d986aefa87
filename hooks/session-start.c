/*
 * session-start: a session begins, or goes on under another id, or after a compaction. Its peers
 * see it from here, under a label; what waited for that label comes to it; and its model is told
 * in one line who is there, if anybody is.
 *
 *	usage: session-start [--agent NAME] [--quiet]	event on standard input
 *
 * --quiet: nothing for the model.
 */
#include "agent/environment.h"
#include "agent/greeting.h"
#include "agent/held.h"
#include "agent/session.h"
#include "agent/sweep.h"
#include "agent/workspace.h"
#include "host/signals.h"

int main(int argc, char **argv)
{
	static struct session me;
	sigset_t before;
	struct hook h;

	if (!hook_begin(&h, argc, argv) || h.event.in_subagent ||
	    !hook_serves(&h, EVENT_SESSION_START) || !session_of(&h, &me))
		return 0;
	/* A lock that is left behind keeps the mail of others back for 30 s. */
	signals_hold(&before);
	session_appear(&h, &me);
	session_name(&h, &me);
	held_deliver(&h.store, me.lock_end);
	environment_write(&h, &me);
	if (!hook_option(argc, argv, "--quiet"))
		greeting_write(&h, &me);
	workspace_join(&h, &me);
	sweep_if_due(&h.store);
	hook_prepare(&h);
	return hook_end(&h, "session-start");
}
