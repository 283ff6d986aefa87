/*
 * Waiters: the processes that sleep on behalf of a session (await-mail) until a wake is granted.
 *
 * A waiter reads from the pipe (FIFO) peerhooks/waiters/<session key>, one command a line:
 *
 *	wake TOKEN\n	the gate has granted a wake; answer in the pipe answer-TOKEN
 *	leave\n		the session has ended, or goes by another id
 *
 * Whether one is there the kernel says: a pipe that nobody reads cannot be opened for writing. That
 * there is one at most, a kernel lock on the pipe's name sees to (waiter.c). Both end with the
 * process. The answer is one word and a line feed: `handed` over, `busy` (the hooks will), `empty`
 * (somebody else was quicker), `gone` (it serves this session no longer).
 */
#ifndef PEERHOOKS_AGENT_WAITER_H
#define PEERHOOKS_AGENT_WAITER_H

#include "agent/wake_status.h"
#include "store/store.h"

enum { WAITER_ANSWER_MS = 1500 };	/* how long a sender waits for the answer */

/*
 * Asks the session's waiter to wake it. WAKE_FIRED when it answered `handed`, `busy` or `empty`,
 * WAKE_FIRED_UNCONFIRMED when it did not answer in time, WAKE_NO_TARGET if there is none, or it
 * answered `gone`.
 */
enum wake_status waiter_wake(const struct store *s, const char *session);

/* Is a waiter there for the session? */
bool waiter_there(const struct store *s, const char *session);

/* Sends it away; not waited for. */
void waiter_dismiss(const struct store *s, const char *session);

#endif
