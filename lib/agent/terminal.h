/*
 * Typing into an agent's terminal, the last of the routes: a fixed sentence, and Enter, into the
 * tmux pane whose process tree holds the agent. Nothing is typed unless all of this is seen to be
 * so: the agent's process is the one meant (pid and birth), it is no shell and has the terminal,
 * the pane takes keys and is in no mode, no dialog is open, and the composer is on the screen and
 * empty. After the client's gap the composer is looked at once more: Enter follows only if the
 * sentence and nothing else stands in it.
 */
#ifndef PEERHOOKS_AGENT_TERMINAL_H
#define PEERHOOKS_AGENT_TERMINAL_H

#include "agent/wake_status.h"
#include "store/presence.h"

enum { TERMINAL_CONFIRM_MS = 1500 };	/* within which the session must be seen busy */

/*
 * `who`: a live session in its process; of one that only a server stands for, the server's pid and
 * no birth (then an ancestor of the server is the agent). WAKE_FIRED, WAKE_FIRED_UNCONFIRMED,
 * WAKE_NO_TARGET (no pane, no tmux), or a refusal.
 */
enum wake_status terminal_wake(const struct store *s, const struct presence *who,
			       const char *sentence);

#endif
