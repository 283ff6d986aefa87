/* See received.h. */
#include "received.h"
#include "store/presence.h"

void lineage_of(const struct store *s, const char *session, struct lineage *l)
{
	static struct presence_scan scan;
	static struct presence p;

	l->count = 1;
	memcpy(l->sessions[0], session, strlen(session) + 1);
	if (presence_open(&scan, s) != 0)
		return;
	while (l->count < LINEAGE_MAX && presence_next(&scan, &p)) {
		if (strcmp(p.successor, session) == 0)
			memcpy(l->sessions[l->count++], p.session, sizeof(p.session));
	}
	presence_close(&scan);
}

bool received_find(const struct store *s, const struct lineage *l, const char *id,
		   struct ledger_scan *scan, struct ledger_entry *e, const char **owner)
{
	for (unsigned i = 0; i < l->count; i++) {
		*owner = l->sessions[i];
		if (ledger_find(scan, s, *owner, slice_of(id), e))
			return true;
	}
	return false;
}

const char *received_from(const struct ledger_entry *e, char out[SESSION_ID_MAX + 1])
{
	id_take(e->message.from_session, session_id_valid, out, SESSION_ID_MAX + 1);
	return out;
}
