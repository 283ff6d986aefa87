/*
 * History: what happened to messages on this machine lately, gathered by time from wherever it is
 * noted: the journal, the receipts, the marks of what was seen, and the trace if there is one.
 */
#ifndef PEERHOOKS_AGENT_HISTORY_H
#define PEERHOOKS_AGENT_HISTORY_H

#include <sys/types.h>

#include "store/receipt.h"
#include "store/store.h"

enum {
	HISTORY_MAX = 1000,	/* the newest; what is older is not kept */
	HISTORY_WORD_MAX = 40,	/* with the final NUL, as all of these; longer texts are cut */
	HISTORY_DETAIL_MAX = 512,
};

#define HISTORY_TRACE "trace"

/* All of it is text of anybody's. Empty: not known. */
struct happening {
	int64_t at;	/* ms since 1970 */
	uint64_t key;	/* tells it from all others, also when the history is read again */
	bool unread;	/* no more is known yet than that a file is there */
	char what[HISTORY_WORD_MAX];	/* as in journal.h; HISTORY_TRACE */
	char message_id[MESSAGE_ID_MAX + 1];
	char session[SESSION_ID_MAX + 1];	/* whom it is about */
	char from[SESSION_ID_MAX + 1];	/* who did it */
	char via[RECEIPT_VIA_MAX];	/* by what it was handed over */
	char status[HISTORY_WORD_MAX];	/* of a wake */
	int64_t pid;	/* who has written this into the trace; 0: none */
	char detail[HISTORY_DETAIL_MAX];
};

/* Some 1.5 MB: static. */
struct history {
	unsigned count;
	uint16_t order[HISTORY_MAX];	/* places in the list, the oldest first */
	struct happening list[HISTORY_MAX];
};

void history_read(const struct store *s, struct history *h);

/* The one at that place of the order. */
const struct happening *history_at(const struct history *h, unsigned n);

#endif
