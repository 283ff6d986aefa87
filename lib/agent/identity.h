/*
 * Who am I: the session that a command of ours is run in. Never guessed: where sources disagree
 * the answer is nobody, with the reason.
 */
#ifndef PEERHOOKS_AGENT_IDENTITY_H
#define PEERHOOKS_AGENT_IDENTITY_H

#include <stdbool.h>

/*
 * The session id that the agent put into our environment; NULL if there is none. NULL too, and
 * *ambiguous is set, if two agents' ids are there, as when one was started from the other's shell.
 */
const char *identity_session(bool *ambiguous);

#endif
