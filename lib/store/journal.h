/*
 * The journal: what was sent, woken, refused and put back on this machine, lately; for `peer log`.
 * One JSON object a line in peerhooks/journal.jsonl, appended in one write, never read by a hook:
 *
 *	{"at":1790000000123,"what":"wake","message_id":"...","session_id":"...","from":"...",
 *	 "status":"fired","detail":"await-mail"}
 *
 * Members that are empty are left out. A journal of JOURNAL_MAX bytes is renamed to
 * journal.1.jsonl, in the place of the one before.
 */
#ifndef PEERHOOKS_STORE_JOURNAL_H
#define PEERHOOKS_STORE_JOURNAL_H

#include "store/store.h"

enum {
	JOURNAL_MAX = 1 << 20,	/* bytes */
	JOURNAL_LINE_MAX = 4096,	/* a longer line is not written */
};

/* Strings, or NULL. Ids must be valid; the detail may be any text. */
struct journal_entry {
	const char *what;	/* one of JOURNAL_... */
	const char *message_id;
	const char *session;	/* whom it is about */
	const char *from;	/* who did it; NULL: a person, or nobody in particular */
	const char *status;	/* of a wake: wake_status.h */
	const char *detail;
};

#define JOURNAL_SENT "sent"	/* a message was put into a mailbox */
#define JOURNAL_HELD "held"	/* nobody is called so yet; detail: for whom it is kept */
/* What came of a wake that was wanted; detail: the route, or the gate's reason. */
#define JOURNAL_WAKE "wake"
#define JOURNAL_REFUSED "refused"	/* a message was not sent; detail: why */
#define JOURNAL_HANDED_OVER "handed over"	/* by await-mail; hooks leave receipts instead */
#define JOURNAL_SEEN "seen"	/* the client's transcript holds it */
#define JOURNAL_PUT_BACK "put back"	/* it was handed over and the client dropped it */
#define JOURNAL_UNSEEN "not seen"	/* the same a second time: left alone */

/* Errors go to the trace: what is written about is done. */
void journal_write(const struct store *s, const struct journal_entry *e);

#endif
