/*
 * pretooluse: an agent is about to call a tool. Its session is busy; and if peers have written
 * to it, their messages go along with the tool's result, in the middle of the turn.
 *
 *	usage: pretooluse [--agent NAME]	event on standard input
 *
 * A call from inside a subagent takes no mail: its context is thrown away in the end. Nor does
 * one of a client that passes nothing on before a tool (Gemini, Cursor: see lib/agent/profile.c).
 */
#include "agent/deliver.h"
#include "agent/hook.h"
#include "agent/sight.h"
#include "store/mark.h"

int main(int argc, char **argv)
{
	struct hook h;

	if (!hook_begin(&h, argc, argv))
		return 0;
	mark_write(&h.store, h.event.session, MARK_BUSY);
	sight_look(&h);
	deliver_in_turn(&h, EVENT_BEFORE_TOOL, NULL);
	return hook_end(&h, "pretooluse");
}
