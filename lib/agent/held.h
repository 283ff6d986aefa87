/*
 * Held mail: for a label that nobody holds now, and mail for whoever is there when nobody is
 * (labels-and-routing.md section 7). It waits in peerhooks/held.jsonl, one JSON object a line:
 *
 *	{"held_at":S,"label":"reviewer","policy":null,"cwd":"/of/the/sender","any_project":false,
 *	 "message":{...the mailbox line...}}
 *
 * With "awaited":true it asks for work whose end wakes the sender: when it goes out, the answer is
 * put on record (pending_ask.h). The receiver itself is never woken: it has just come, or just
 * taken its label, and will find it.
 *
 * A session whose mailbox was locked when a broadcast went out is owed its copy: a record that
 * names it (`session_id`) takes the broadcast's place.
 *
 * There is no daemon: whoever comes (a session that starts, who lists, sends or takes a label)
 * judges all of it anew by who is there now. What has waited for a day goes back to its sender,
 * who learns so that nobody got it; without a sender's session it stays and is listed.
 */
#ifndef PEERHOOKS_AGENT_HELD_H
#define PEERHOOKS_AGENT_HELD_H

#include "store/jsonl.h"
#include "store/message.h"
#include "store/presence.h"

enum {
	HELD_RETURN_S = 24 * 60 * 60,	/* the age at which it goes back */
	HELD_SESSIONS_MAX = 1024,	/* live sessions looked at: all that can have labels */
	HELD_BYTES_MAX = 4 << 20,	/* of the file: no more is held then */
	HELD_SPARSE_MIN = 64 << 10,	/* a larger file that is mostly blank is written anew */
};

/* To whom mail without a target goes. */
enum policy {
	POLICY_NONE,	/* it has a target */
	POLICY_PRIMARY,	/* the live session with the lowest label */
	POLICY_BROADCAST,	/* a copy to every live session */
	POLICY_DROP,	/* nobody; never held */
};

struct held_draft {
	const char *label;	/* NULL: no target, then by the policy */
	const char *session;	/* NULL, or who is owed its copy of a broadcast */
	enum policy policy;
	const char *cwd;	/* the sender's: only sessions of the same project get it */
	bool any_project;	/* all do */
	bool awaited;	/* it asks for work, and the answer is to wake the sender */
	struct slice line;	/* a mailbox line, without a line feed */
};

/* Keeps it, durably. -ETIMEDOUT, -EFBIG when too much is held already, or another errno. */
int held_add(const struct store *s, const struct held_draft *d, int64_t end);

/* Hands out all that can be handed out now, as far as locks can be had until `end`. One stat
 * when nothing is held. */
void held_deliver(const struct store *s, int64_t end);

/* To look only. The slices of a record point into the scan. */
struct held {
	struct message message;
	int64_t held_at;	/* seconds since 1970 */
	char label[LABEL_MAX + 1];	/* empty: no target */
	char session[SESSION_ID_MAX + 1];	/* not empty: only this one is to get it */
	enum policy policy;
	char cwd[PRESENCE_CWD_MAX];
	bool any_project;
	bool awaited;
};

bool held_open(struct jsonl *scan, const struct store *s);
bool held_next(struct jsonl *scan, struct held *held);

/* "primary", "broadcast", "drop"; "" for none. And back: POLICY_PRIMARY for what is no policy. */
const char *policy_word(enum policy policy);
enum policy policy_of(const char *word);

/* What TINYPLACE_UNROUTED_POLICY says; "" without it. */
const char *policy_wanted(void);

#endif
