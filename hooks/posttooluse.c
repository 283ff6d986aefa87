/*
 * posttooluse: a tool has run. The agent's session is busy; and if peers have written to it, their
 * messages go along with the tool's result, in the middle of the turn.
 *
 *	usage: posttooluse [--agent NAME]	event on standard input
 *
 * For the clients that pass on here what a hook says (Gemini, Cursor, OpenCode, Pi). To the others
 * pretooluse delivers, and this only marks the session (see lib/agent/profile.c).
 */
#include "agent/deliver.h"
#include "agent/hook.h"
#include "agent/subagent.h"
#include "store/mark.h"

/* What is said now would reach no model, or one that is thrown away. */
static bool not_heard(const struct hook *h)
{
	return event_tool_failed(&h->event) || subagent_works(h);
}

int main(int argc, char **argv)
{
	struct hook h;

	if (!hook_begin(&h, argc, argv))
		return 0;
	mark_write(&h.store, h.event.session, MARK_BUSY);
	deliver_in_turn(&h, EVENT_AFTER_TOOL, not_heard);
	return hook_end(&h, "posttooluse");
}
