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

	if (!hook_begin(&h, argc, argv) || !await_begin(&a, &h))
		return 0;
	return await_wake(&a);
}
