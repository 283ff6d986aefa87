/*
 * Whether a subagent works in a session, for a client that does not say so in its events: a Gemini
 * subagent's tool calls come with the session and the transcript of its parent, and what is handed
 * over then goes into a context that is thrown away.
 */
#ifndef PEERHOOKS_AGENT_SUBAGENT_H
#define PEERHOOKS_AGENT_SUBAGENT_H

#include "agent/hook.h"

enum { SUBAGENT_FILES_MAX = 1000 };	/* that are looked at; of more, one is taken to work */

/*
 * While it works, Gemini writes to a file of it in the folder <session> beside the session's
 * transcript, and not to that. False for all other clients, and if nothing is known. Until the
 * parent has written again it is also true after the subagent's end: then its next tool call, or
 * its turn's end, is soon to come.
 */
bool subagent_works(const struct hook *h);

#endif
