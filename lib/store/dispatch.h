/*
 * Dispatching a message: recorded in the receiver's ledger (ledger.h), so that it can be answered
 * by its id; put into its mailbox (post.h); and noted in the outbox (outbox.h), so that its sender
 * can ask what became of it. In this order (oxtail.md section 7): killed in between, at worst there
 * is a ledger line of a message that never came.
 */
#ifndef PEERHOOKS_STORE_DISPATCH_H
#define PEERHOOKS_STORE_DISPATCH_H

#include "store/post.h"

struct dispatch {
	const char *session;	/* the receiver */
	struct slice line;	/* the mailbox line, without a line feed */
	bool owed;	/* work is asked for: without the ledger it must not go out */
};

/* Errors as of post_message, and for work those of the ledger too; nothing was sent then. */
int dispatch_message(const struct store *s, const struct dispatch *d, int64_t end,
		     struct posted *posted);

#endif
