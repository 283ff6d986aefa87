/*
 * A message that was handed over and that nobody is known to have seen yet: a line of
 * peerhooks/unproven/<session id>.jsonl, with all that is needed to look for it in the transcript
 * and to put it back (agent/sight.h):
 *
 *	[INODE,LOOKED,AT,STAGE,"TOOL",{"schema_version":1,"id":...}]
 */
#ifndef PEERHOOKS_STORE_UNPROVEN_H
#define PEERHOOKS_STORE_UNPROVEN_H

#include "store/message.h"

/* What is known of it. On disk as its number. */
enum unproven_stage {
	UNPROVEN_AWAITED,
	UNPROVEN_ANSWERED,	/* the tool that it went along with has given its result */
	UNPROVEN_UNSURE,	/* it may be seen later, or not: nothing says that it was dropped */
	UNPROVEN_DROPPED,	/* the client has dropped it */
	UNPROVEN_SEEN,
	UNPROVEN_LOST,	/* it was unsure for too long; never on disk */
};

enum { UNPROVEN_INODE, UNPROVEN_LOOKED, UNPROVEN_AT, UNPROVEN_STAGE, UNPROVEN_NUMBERS };

struct unproven {
	/*
	 * Of the transcript: its inode (0: it was not there), and how many bytes of it were looked
	 * at. Of the message: when it was handed over (ms since 1970), and its stage.
	 */
	int64_t number[UNPROVEN_NUMBERS];
	/* The id of the tool call that it went along with, in its quotes, with nothing to escape;
	 * two quotes: of none. */
	struct slice tool;
	struct slice message;	/* the mailbox's line */
	char id[MESSAGE_ID_TEXT];	/* of the message */
};

/* Appends the line and a line feed. */
void unproven_write(struct buf *out, const struct unproven *u);

/* False if the line is none. Slices point into it. */
bool unproven_read(struct slice line, struct unproven *u);

/* False if the id is not message_id_ours: such a message is not kept account of. */
bool unproven_of(struct slice message, struct unproven *u);

#endif
