/*
 * One message: the line of a mailbox (oxtail.md section 4), read and written. Everything a
 * message holds comes from elsewhere and is data; ids are checked by who uses them (id.h).
 */
#ifndef PEERHOOKS_STORE_MESSAGE_H
#define PEERHOOKS_STORE_MESSAGE_H

#include "base/json.h"
#include "store/id.h"

enum {
	MESSAGE_BODY_MAX = 8192,	/* bytes of UTF-8 that a sender may send */
	/* A line of ours: each byte of the body may become six, the rest is ids and keys. */
	MESSAGE_LINE_MAX = 6 * MESSAGE_BODY_MAX + 2 * SESSION_ID_MAX + 4 * MESSAGE_ID_MAX + 512,
};

/* As read. All slices point into the line; strings are still escaped. */
struct message {
	struct slice line;
	struct slice id;
	struct slice body;
	int64_t enqueued_at;	/* seconds since 1970; 0 if there is none */
	struct json_value from_session;	/* of any type */
	struct json_value request_id;
	struct json_value reply_to;
	struct json_value source_message_id;	/* the message that this one derives from */
	bool from_operator;	/* origin is "operator": a person at oxpit */
	bool action_required;
};

/* False if the line is no message: then readers drop it without a word. */
bool message_read(struct slice line, struct message *m);

/* To be written. Empty slices are left out, and so is action_required unless it is true. The body
 * must be valid UTF-8. */
struct draft {
	struct slice id;
	struct slice body;
	int64_t enqueued_at;
	struct slice from_session;
	struct slice request_id;
	struct slice reply_to;
	struct slice source_message_id;
	bool action_required;
};

/* Appends the line, without a line feed; MESSAGE_LINE_MAX bytes are always enough. */
void message_write(struct buf *out, const struct draft *d);

#endif
