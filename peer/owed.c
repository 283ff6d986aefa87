/* See owed.h. */
#include "owed.h"
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

bool owed_find(const struct store *s, const struct lineage *l, const char *id,
	       struct ledger_scan *scan, struct ledger_entry *e, const char **owner)
{
	for (unsigned i = 0; i < l->count; i++) {
		*owner = l->sessions[i];
		if (ledger_find(scan, s, *owner, slice_of(id), e))
			return true;
	}
	return false;
}

const char *owed_session(struct json_value v, char out[SESSION_ID_MAX + 1])
{
	if (!json_take(v, out, SESSION_ID_MAX + 1) || !session_id_valid(slice_of(out)))
		out[0] = '\0';
	return out;
}
