/*
 * session-end: a session has ended, or its process goes on with another one (/clear, /resume).
 * What made it visible is taken away or left to the next one; mail that is left stays. Before that,
 * it is looked up for the last time whether the model has seen what it was handed.
 *
 *	usage: session-end [--agent NAME]	event on standard input
 */
#include "agent/session.h"
#include "agent/sight.h"
#include "agent/workspace.h"
#include "host/signals.h"

int main(int argc, char **argv)
{
	static struct session me;
	sigset_t before;
	struct hook h;

	if (!hook_begin_anyhow(&h, argc, argv) || h.event.in_subagent ||
	    !hook_serves(&h, EVENT_SESSION_END) || !session_of(&h, &me))
		return 0;
	if (*me.who.session)
		sight_look_last(&h);
	signals_hold(&before);
	/* First, since it may have to look for what is taken away then. */
	workspace_leave(&h, &me);
	if (*me.who.session)
		session_leave(&h, &me);
	return hook_end(&h, "session-end");
}
