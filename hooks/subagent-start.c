/*
 * subagent-start: an agent starts a subagent, whose shell has the session id of its parent. So if
 * there are peers it is told in one line in whose name it would write, and whose mail it must not
 * take.
 *
 *	usage: subagent-start [--agent NAME]	event on standard input
 */
#include "agent/greeting.h"
#include "agent/hook.h"

int main(int argc, char **argv)
{
	struct hook h;

	if (!hook_begin(&h, argc, argv))
		return 0;
	if (hook_serves(&h, EVENT_SUBAGENT_START))
		greeting_of_subagent(&h);
	return hook_end(&h, "subagent-start");
}
