/*
 * Posting: putting a message into the mailbox where its receiver will look (oxtail.md section 7).
 * The session box if the session's live server drains it, else that server's pid box; the
 * session box too, where the mail waits, if no server of the session is alive.
 */
#ifndef PEERHOOKS_STORE_POST_H
#define PEERHOOKS_STORE_POST_H

#include "store/store.h"

enum { POST_LOCK_MS = 2000 };	/* a sender's patience, as an oxtail server's */

struct posted {
	char box[BOX_NAME_MAX];	/* the box it lies in */
	bool live;	/* a live server of the session was found */
	pid_t pid;	/* of that server; 0: none */
};

/*
 * Appends the line (without a line feed), trying for locks until `end` of clock_monotonic_ms.
 * 0: it is on the disk and survives a power cut. -ETIMEDOUT when the box stayed locked.
 * After an error no copy lies where the receiver looks.
 */
int post_message(const struct store *s, const char *session, struct slice line, int64_t end,
		 struct posted *posted);

#endif
