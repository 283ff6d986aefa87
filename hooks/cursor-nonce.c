/*
 * cursor-nonce: Cursor asks whether it may run a shell command (beforeShellExecution). It always
 * may. But if the command names a nonce (--session-nonce N), the session's id is left under that
 * name first, so that the command can find out which session has started it.
 *
 *	usage: cursor-nonce	event on standard input
 *
 * The answer is given whatever happens: Cursor would not run the command without it.
 */
#include <unistd.h>

#include "agent/event.h"
#include "base/trace.h"
#include "host/output.h"
#include "host/signals.h"
#include "store/nonce.h"

enum { OUTPUT_MS = 1000 };

int main(void)
{
	static const char answer[] = "{\"permission\":\"allow\"}\n";
	char nonce[NONCE_MAX + 1];
	struct shell_event event;
	sigset_t before;
	int err = 0;
	bool named = event_shell_read(STDIN_FILENO, &event) && nonce_find(event.command, nonce);

	signals_hold(&before);
	if (named)
		err = nonce_leave(nonce, event.session);
	output_whole(STDOUT_FILENO, slice_of(answer), OUTPUT_MS);
	signals_release(&before);
	if (err)
		trace("cannot leave the session for nonce", nonce, err);
	if (named)
		nonce_sweep();
	return 0;
}
