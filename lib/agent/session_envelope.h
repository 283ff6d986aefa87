/*
 * Session envelopes: message bodies that say which of an agent's sessions sent them, to which, in
 * answer to what (labels-and-routing.md sections 2 and 3). A body has one of three forms:
 *
 *	envelope	one JSON object whose envelope_version is `tinyplace.harness.session.v1`
 *	legacy		SOH tp-auto SOH [SOH re:ID SOH] TEXT, where SOH is U+0001
 *	plain		everything else; it is its own text, unchanged
 *
 * All that an envelope says is the sender's claim: labels are hints for routing, never authority.
 */
#ifndef PEERHOOKS_AGENT_SESSION_ENVELOPE_H
#define PEERHOOKS_AGENT_SESSION_ENVELOPE_H

#include "base/json.h"

/* A body as read. Slices are escaped and point into the body or into the scratch memory. */
struct session_envelope {
	bool enveloped;	/* it was of the first form; only then role, message_id, from and to */
	bool automatic;	/* written by a machine: never to be answered automatically */
	bool from_user;	/* the role is `user`, not `agent` */
	struct slice text;
	/* JSON_STRING if it is there, and not checked further; any other type: absent. */
	struct json_value message_id;
	struct json_value in_reply_to;
	/* Safe labels (label_valid), as JSON_STRING; JSON_ABSENT if there is none or it is
	 * unsafe. */
	struct json_value from;
	struct json_value to;
};

/*
 * Reads an escaped body, as struct message has it. The scratch memory takes the decoded body; one
 * that does not fit, or is nested deeper than JSON_DEPTH_MAX, counts as plain. It is not written
 * to unless the body's first character, after blanks, is `{`.
 */
void session_envelope_read(struct slice body, struct buf scratch, struct session_envelope *e);

/* The text of a handshake ping, which a receiver drops without a word. */
bool session_envelope_ping(const struct session_envelope *e);

/* To be written. Texts are UTF-8, or WTF-8 as json_decode writes it; labels must be label_valid. */
struct session_draft {
	struct slice text;
	bool from_user;
	bool automatic;
	struct slice message_id;
	struct slice from;	/* label; empty: not set, and so for `to` and in_reply_to */
	struct slice to;	/* label */
	struct slice in_reply_to;
	struct slice agent;	/* the sender's address */
	struct slice harness_session;	/* the runtime's session id; may be empty */
	struct slice cwd;
	int64_t now_ms;	/* since 1970, before the year 10000 */
};

/* Appends the envelope, without a line feed: 1 KB and, for each byte of the draft's texts, at most
 * 6 (harness_session, from and agent: twice) are enough. */
void session_envelope_write(struct buf *out, const struct session_draft *d);

#endif
