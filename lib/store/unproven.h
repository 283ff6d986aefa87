/*
 * A message that was handed over and that nobody is known to have seen yet: a line of
 * peerhooks/unproven/<session key>.jsonl, with all that is needed to look for it and to put it
 * back (agent/sight.h).
 *
 *	{"transcript":"/...","inode":9,"looked":4096,"at":"2026-11-21T07:51:14.123Z",
 *	 "tool":"toolu_...","stage":0,"again":false,"message":{"schema_version":1,"id":...}}
 */
#ifndef PEERHOOKS_STORE_UNPROVEN_H
#define PEERHOOKS_STORE_UNPROVEN_H

#include "store/message.h"

/* What is known of it. On disk as its number: new ones go to the end. */
enum unproven_stage {
	UNPROVEN_AWAITED,
	UNPROVEN_ANSWERED,	/* the tool that it went along with has given its result */
	UNPROVEN_QUEUED,	/* the client has taken it, and shows it to its model later */
	UNPROVEN_DROPPED,	/* the client has dropped it */
	UNPROVEN_SEEN,
};

/* Slices point into the line, or to whatever the writer has. */
struct unproven {
	struct slice transcript;	/* its path, escaped */
	int64_t inode;	/* of the transcript; 0: it was not there */
	int64_t looked;	/* how far it was looked at, in bytes */
	struct slice at;	/* when the message was handed over, as clock_iso has it */
	struct slice tool;	/* the id of the tool call that it went along with; empty: of none */
	int64_t stage;
	bool again;	/* it was put back before */
	struct slice message;	/* the mailbox's line */
	char id[2 * MESSAGE_ID_BYTES + 1];	/* of the message */
};

/* Appends the line, without a line feed. */
void unproven_write(struct buf *out, const struct unproven *u);

/* False if the line is none, or its message's id is not message_id_ours. */
bool unproven_read(struct slice line, struct unproven *u);

#endif
