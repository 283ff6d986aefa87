/*
 * await-mail: waits on behalf of an idle session, in the background, until a peer is granted to
 * wake it; then hands the session's mail over and ends, by which the client is woken.
 *
 *	usage: await-mail [--agent NAME]	event on standard input
 *
 * Registered for Claude Code with "asyncRewake"; run by the plugins of OpenCode and Pi. One waits
 * for a session at a time: any other leaves at once.
 */
#include "agent/await.h"

int main(int argc, char **argv)
{
	static struct await a;
	static struct hook h;
	bool waits;

	if (!hook_begin(&h, argc, argv))
		return 0;
	waits = await_begin(&a, &h);
	hook_end(&h, "await-mail");	/* the waiting is no part of its run */
	return waits ? await_wake(&a) : 0;
}
