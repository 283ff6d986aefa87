/*
 * What a session does: its mark (mark.h), or what its client itself says where it does, if that is
 * newer (Claude Code's status file: right after Escape, when no hook fires).
 */
#ifndef PEERHOOKS_AGENT_ACTIVITY_H
#define PEERHOOKS_AGENT_ACTIVITY_H

#include "store/presence.h"

enum activity_kind {
	ACTIVITY_UNKNOWN,
	ACTIVITY_BUSY,
	ACTIVITY_IDLE,
	ACTIVITY_WAITING,	/* a dialog is open: the person has to answer */
};

struct activity {
	enum activity_kind kind;
	int64_t since;	/* ms since 1970; 0: not known. Of busy: its last sign */
	bool by_client;	/* the client says so itself, now */
};

void activity_of(const struct store *s, const struct presence *p, struct activity *a);

/* The same by the session's id: of its live presence, or by the mark alone if there is none. */
void activity_of_session(const struct store *s, const char *session, struct activity *a);

/* "busy", "idle", "waiting", "unknown". */
const char *activity_word(enum activity_kind kind);

#endif
