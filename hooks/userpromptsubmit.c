/*
 * userpromptsubmit: somebody or something has given the agent a prompt. Its session is busy.
 * Nothing goes to standard output, where it would become part of the prompt.
 *
 *	usage: userpromptsubmit [--agent NAME]	event on standard input
 */
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
	return hook_end(&h, "userpromptsubmit");
}
