/*
 * The received ledger, received/H(session).jsonl: all mail sent to a session, kept whole after
 * delivery (oxtail.md section 12). Senders write it; here only what a hook needs of it.
 */
#ifndef PEERHOOKS_STORE_LEDGER_H
#define PEERHOOKS_STORE_LEDGER_H

#include "store/message.h"
#include "store/store.h"

/*
 * Makes sure that the ledger holds the message whole, before its body is shown cut. Tries for
 * the ledger's lock until `end` of clock_monotonic_ms. 0 if it is there now.
 */
int ledger_keep(const struct store *s, const char *session, const struct message *m, int64_t end);

#endif
