/*
 * Who am I: the session that a command of ours is run in. Never guessed: where sources disagree
 * the answer is nobody.
 */
#ifndef PEERHOOKS_AGENT_IDENTITY_H
#define PEERHOOKS_AGENT_IDENTITY_H

/* The session id that the agent put into our environment; NULL if there is none, or two. */
const char *identity_session(void);

#endif
