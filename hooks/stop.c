/*
 * stop: an agent ends its turn. If peers have written to it, it is told now and the turn goes
 * on; otherwise its session is idle from here. The same when the turn was interrupted or failed,
 * but then nothing is delivered, since nobody would read it.
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

	if (!hook_begin(&h, argc, argv) || h.event.kind == EVENT_SUBAGENT_STOP)
		return 0;
	sight_look(&h);
	if (hook_serves(&h, EVENT_STOP) && deliver_at_stop(&h))
		return 0;
	mark_write(&h.store, h.event.session, MARK_IDLE);
	return 0;
}
