/*
 * Receipts: receipts/<message id>, written by the receiver when a message was handed over
 * (oxtail.md section 13). The first one stands.
 */
#ifndef PEERHOOKS_STORE_RECEIPT_H
#define PEERHOOKS_STORE_RECEIPT_H

#include "store/store.h"

#define RECEIPT_VIA_HOOK "hook"
#define RECEIPT_VIA_INBOX "read_my_messages"

/* `via` is one of the protocol's words. An id that is not of oxtail's form gets no receipt; errors
 * are ignored, since the message is out already. */
void receipt_write(const struct store *s, struct slice message_id, const char *session,
		   const char *via);

#endif
