/*
 * A message on its way out: what peer send, reply, ask, done and block have in common. Each says
 * what is special about it in a struct outgoing, and then:
 *
 *	outgoing_begin	checks ids, takes the text, finds out who sends
 *	outgoing_to	one copy into one session's mailbox
 *	outgoing_wake	its receiver is woken, if the gate lets it
 *	outgoing_told	prints what became of it
 *
 * What returns an int returns PEER_DONE or, with an error line, another exit status.
 */
#ifndef PEERHOOKS_PEER_OUTGOING_H
#define PEERHOOKS_PEER_OUTGOING_H

#include "agent/target.h"
#include "agent/wake.h"
#include "peer.h"
#include "store/message.h"
#include "store/post.h"

struct outgoing {
	const char *command;	/* the subcommand, for error lines */
	const char *verb;	/* what it does to its target, in them: "send to" */
	struct identity_request who;	/* the sender, as far as it was named */
	const char *text;	/* NULL or "-": standard input */
	const char *prefix;	/* what stands in front of the text; NULL: nothing */
	const char *id;	/* NULL: a new one for each copy */
	const char *request_id;
	const char *reply_to;
	const char *source_message_id;
	const char *wake;	/* as typed: auto, off; NULL: by what it is */
	bool action_required;
	bool any_project;
	bool envelope;
	bool json;
	bool can_hold;	/* with --hold it keeps a text for a label that nobody has */

	/* outgoing_begin fills these in. */
	struct store store;
	const char *from;	/* the sender's session; NULL: a person */
	const char *cwd;	/* where it works */
	struct slice body;	/* empty: peer wake, which has none */
	enum wake_mode mode;
};

/* What became of one copy. */
struct sent {
	struct target to;
	char id[MESSAGE_ID_MAX + 1];
	char box[BOX_NAME_MAX];	/* where it lies; empty: it is held */
	bool owed;	/* the receiver keeps it as work to be closed */
	struct wake wake;
};

int outgoing_begin(struct outgoing *o);

/* Whom the name stands for; an error line if nobody. */
int outgoing_target(const struct outgoing *o, const char *name, struct targets *t);

/* The error line for a name of which target_find said why it stands for nobody. */
int outgoing_no_target(const struct outgoing *o, const char *name, enum target_result why,
		       const struct targets *t);

/* The mailbox line of one copy, whose id stands in `sent` then; empty if the envelope around the
 * text made it too long. In memory that stays until the next call. */
struct slice outgoing_line(const struct outgoing *o, struct sent *sent);

/* The error line for that. */
int outgoing_too_long(const struct outgoing *o);

/* To sent->to. */
int outgoing_to(const struct outgoing *o, struct sent *sent);
void outgoing_wake(const struct outgoing *o, struct sent *sent);
int outgoing_told(const struct outgoing *o, const struct sent *sent);

/* The answer is awaited from here on, by nobody in particular: it will wake the sender, who must be
 * a session. 0, or the errno of pending_ask_write. */
int outgoing_awaited(const struct outgoing *o, const struct sent *sent);

/* All of that for each of them; one that fails keeps no other back. Then missed wakes are
 * healed. */
int outgoing_all(const struct outgoing *o, const struct targets *t);

#endif
