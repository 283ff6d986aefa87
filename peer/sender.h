/*
 * Who sends a message: the session that peer runs in, or a person, who has none.
 */
#ifndef PEERHOOKS_PEER_SENDER_H
#define PEERHOOKS_PEER_SENDER_H

#include "outgoing.h"

/* Fills in from and cwd; a nonce is used up. PEER_DONE or, with an error line, PEER_CANNOT. */
int sender_found(struct outgoing *o);

/* The label of the session that sends; "" if it has none, as a person. Valid until the next
 * call. */
const char *sender_label(const struct outgoing *o);

#endif
