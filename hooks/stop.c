/*
 * stop: an agent ends its turn. If peers have written to it, it is told now and the turn goes
 * on; otherwise its session is idle from here. The same when the turn was interrupted or failed,
 * but then nothing is delivered, since nobody would read it. The end of a subagent ends no turn.
 *
 *	usage: stop [--agent NAME]	event on standard input
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
	sight_look(&h);
	if (h.event.kind != EVENT_SUBAGENT_STOP &&
	    !(hook_serves(&h, EVENT_STOP) && deliver_at_stop(&h)))
		mark_write(&h.store, h.event.session, MARK_IDLE);
	return hook_end(&h, "stop");
}
