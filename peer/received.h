/*
 * Messages that a session has got, found by their ids: in its own ledger, and in those of the
 * sessions whose place it has taken in its process (/clear, /resume), since their mail and their
 * work have come to it.
 */
#ifndef PEERHOOKS_PEER_RECEIVED_H
#define PEERHOOKS_PEER_RECEIVED_H

#include "store/ledger.h"

enum { LINEAGE_MAX = 16 };	/* sessions; of more the rest is not looked at */

/* Some 4 KB. */
struct lineage {
	unsigned count;
	char sessions[LINEAGE_MAX][SESSION_ID_MAX + 1];	/* the session itself comes first */
};

void lineage_of(const struct store *s, const char *session, struct lineage *l);

/*
 * Finds the message; `owner` is the session in whose ledger it stands. The scan is to be closed
 * then. False if it stands in none.
 */
bool received_find(const struct store *s, const struct lineage *l, const char *id,
		   struct ledger_scan *scan, struct ledger_entry *e, const char **owner);

/* The session that has sent it; "" for a person, or what is no session id. Returns `out`. */
const char *received_from(const struct ledger_entry *e, char out[SESSION_ID_MAX + 1]);

#endif
