/*
 * pre-compact: an agent's conversation is about to be summed up. It is looked up before that
 * whether the model has seen what it was handed; what its client has dropped then comes at the next
 * opportunity, before the summary or after it. The mark stays as it is.
 *
 *	usage: pre-compact [--agent NAME]	event on standard input
 *
 * It waits for no proof, as session-end does: the client goes on with the same transcript, and the
 * hooks that come look on in it.
 */
#include "agent/hook.h"
#include "agent/sight.h"

int main(int argc, char **argv)
{
	struct hook h;

	if (!hook_begin(&h, argc, argv))
		return 0;
	if (hook_serves(&h, EVENT_BEFORE_COMPACT))
		sight_look(&h);
	return hook_end(&h, "pre-compact");
}
