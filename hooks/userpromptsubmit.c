/*
 * userpromptsubmit: somebody or something has given the agent a prompt. Its session is busy.
 * Nothing goes to standard output, where it would become part of the prompt.
 *
 *	usage: userpromptsubmit [--agent NAME]	event on standard input
 */
#include "agent/hook.h"
#include "store/mark.h"

int main(int argc, char **argv)
{
	struct hook h;

	if (hook_begin(&h, argc, argv))
		mark_write(&h.store, h.event.session, MARK_BUSY);
	return 0;
}
