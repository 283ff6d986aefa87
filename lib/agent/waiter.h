/*
 * Waiters: the processes that sleep on behalf of a session (await-mail) until a wake is granted.
 *
 * A waiter reads from the pipe (FIFO) peerhooks/waiters/<session key>, one command a line:
 *
 *	wake TOKEN\n	the gate has granted a wake; answer in the pipe answer-TOKEN
 *	leave\n		the session has ended, or goes by another id
 *	look\n		a wake was missed, which the waiter is to try again when it is due
 *
 * Whether one is there the kernel says: a pipe that nobody reads cannot be opened for writing. That
 * there is one at most, a kernel lock sees to (waiter.c). Both end with the process. The answer is
 * one word and a line feed.
 */
#ifndef PEERHOOKS_AGENT_WAITER_H
#define PEERHOOKS_AGENT_WAITER_H

#include "agent/wake_status.h"
#include "store/store.h"

/* The answers, and their words. */
enum waiter_answer {
	WAITER_HANDED,	/* `handed`: the mail was handed over */
	WAITER_BUSY,	/* `busy`: the session is; its hooks will hand it over */
	WAITER_EMPTY,	/* `empty`: somebody else was quicker */
	WAITER_GONE,	/* `gone`: the waiter serves this session no longer */
	WAITER_SILENT,	/* none, since mail stays that should have gone out */
};

enum {
	WAITER_ANSWER_MS = 1500,	/* how long a sender waits for the answer */
	WAITER_TOKEN_BYTES = 8,
	WAITER_COMMAND_MAX = 64,	/* bytes; a longer line is none */
};

/* ---- The sender's side ---- */

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

/* Tells it that a wake was missed (pending_wake.h), since it sleeps until the next one that it
 * knows of; not waited for. */
void waiter_missed(const struct store *s, const char *session);

/* ---- The waiter's side ---- */

struct waiter {
	const struct store *store;
	const char *session;
	int pipe;	/* to be polled for reading */
	size_t n;	/* bytes of a command that has not come whole yet */
	char text[WAITER_COMMAND_MAX];
};

enum waiter_command { WAITER_NOTHING, WAITER_WAKE, WAITER_LEAVE, WAITER_LOOK };

typedef char waiter_token[2 * WAITER_TOKEN_BYTES + 1];

/* Becomes the waiter of the session, until waiter_close or the end of the process. False if there
 * is one, or it cannot. */
bool waiter_open(struct waiter *w, const struct store *s, const char *session);

/* The next command, without waiting for it; of a wake its token. What is no command is passed
 * over. */
enum waiter_command waiter_next(struct waiter *w, waiter_token token);

/* Not waited for: who asked may have gone. */
void waiter_answer(const struct waiter *w, const waiter_token token, enum waiter_answer answer);

/* Takes the pipe away; whoever has asked meanwhile gets that answer. */
void waiter_close(struct waiter *w, enum waiter_answer answer);

#endif
