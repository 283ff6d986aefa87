/*
 * The outbox: outbox/<message id>, written by the sender once a message lies in a mailbox
 * (oxtail.md section 13). The first one stands.
 */
#ifndef PEERHOOKS_STORE_OUTBOX_H
#define PEERHOOKS_STORE_OUTBOX_H

#include "store/store.h"

struct outbox_record {
	char id[MESSAGE_ID_TEXT];
	int64_t enqueued_at;	/* seconds since 1970 */
	char target[SESSION_ID_MAX + 1];	/* empty: null */
	int64_t target_pid;	/* of the server that it was posted to; 0: none */
	char from[SESSION_ID_MAX + 1];	/* empty: null */
};

/* Errors go to the trace, since the message is out already. */
void outbox_write(const struct store *s, const struct outbox_record *r);

/* False if there is none of that id (which must be message_id_ours), or it is broken. */
bool outbox_read(const struct store *s, const char *id, struct outbox_record *r);

#endif
