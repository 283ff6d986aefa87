/*
 * Receipts: receipts/<message id>, written by the receiver when a message was handed over
 * (oxtail.md section 13). The first one stands.
 */
#ifndef PEERHOOKS_STORE_RECEIPT_H
#define PEERHOOKS_STORE_RECEIPT_H

#include "store/store.h"

#define RECEIPT_VIA_HOOK "hook"
#define RECEIPT_VIA_INBOX "read_my_messages"
#define RECEIPT_VIA_ASK "ask_peer_reply"

/* `via` is one of the protocol's words. An id that is not of oxtail's form gets no receipt; errors
 * are ignored, since the message is out already. */
void receipt_write(const struct store *s, struct slice message_id, const char *session,
		   const char *via);

enum { RECEIPT_VIA_MAX = 32 };

struct receipt {
	int64_t delivered_at;	/* seconds since 1970 */
	char via[RECEIPT_VIA_MAX];
	char recipient[SESSION_ID_MAX + 1];	/* empty: it does not say */
};

/* False if there is none of that id (which must be message_id_ours), or it is broken. */
bool receipt_read(const struct store *s, const char *message_id, struct receipt *r);

/* There is one, broken or not: the message was handed over. */
bool receipt_exists(const struct store *s, const char *message_id);

#endif
