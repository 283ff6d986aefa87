/* Interim: the identity branch has it whole. */
#include <stdlib.h>

#include "agent/identity.h"

void identity_resolve(const struct identity_request *r, struct identity *id)
{
	const char *ids[] = { r->session_id, getenv("CLAUDE_CODE_SESSION_ID"), getenv("CODEX_SESSION_ID"), getenv("OPENCODE_SESSION_ID") };

	*id = (struct identity){ .layer = 0 };
	for (int i = 0; i < 4; i++) {
		if (!ids[i] || !session_id_valid(slice_of(ids[i])))
			continue;
		memcpy(id->session, ids[i], strlen(ids[i]) + 1);
		id->provenance = i ? PROVENANCE_STRONG : PROVENANCE_EXPLICIT;
		return;
	}
}
