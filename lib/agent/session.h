/*
 * A session's life, as its agent's hooks tell it: it appears, it is named, it gets the mail that
 * waited for it, it leaves. What others see of it is made here: our presence (presence.h), an
 * entry in oxtail's registry, oxtail's session-start drop, syntaur's runtime marker.
 *
 * Where a process runs one session at a time (agent_runs_one_session), a new session
 * takes the place of the one before it, with its label and its mail (/clear, /resume). Where a
 * process runs many, only if exactly one there said at its end that another comes.
 */
#ifndef PEERHOOKS_AGENT_SESSION_H
#define PEERHOOKS_AGENT_SESSION_H

#include "agent/hook.h"
#include "agent/label.h"
#include "store/presence.h"

enum {
	/* After so many /clear who writes to the first id is not led on any more. */
	SESSION_GENERATIONS = 8,
	SESSION_LOCK_MS = 400,	/* patience for all locks together, in one hook */
	SESSION_STARTED_MAX = 40,
};

struct session {
	struct presence who;
	char label[LABEL_MAX + 1];	/* empty until session_name, or if none was to be had */
	char transcript[PRESENCE_CWD_MAX];	/* empty: none */
	char reason[PRESENCE_WORD_MAX];	/* what it started or ended by */
	char started[SESSION_STARTED_MAX];	/* its process, by process_started; or empty */
	bool one_session;	/* its process runs one at a time */
	bool shared;	/* other sessions run in the same process */
	int64_t lock_end;
};

/* Which session it is and in which process it runs (pid 0: that cannot be told). False if the event
 * names no working directory. Takes the agent from the payload if it was not named. */
bool session_of(struct hook *h, struct session *me);

/* Makes it visible, if its process is known, in the place of the session before it, whose label and
 * mail it gets. */
void session_appear(const struct hook *h, struct session *me);

/* Gives it a label, if it has not got one from the session before it. */
void session_name(const struct hook *h, struct session *me);

/*
 * Takes away what is provably this session's. If the process goes on with another session
 * (reasons clear and resume) that one will take over, so that presence and label wait for it.
 * Mail that is left stays where it is; then the presence stays too, as one that has ended.
 */
void session_leave(const struct hook *h, struct session *me);

/* Takes away what stands for the session in that process, but for its label and its mail; mail in
 * the process's own box goes into the session's. */
void session_withdraw(const struct store *s, const struct presence *p, int64_t end);

#endif
