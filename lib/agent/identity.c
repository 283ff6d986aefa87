/* See identity.h. The variables are those of each agent's FACTS.md. */
#include <stddef.h>
#include <stdlib.h>

#include "agent/identity.h"
#include "store/id.h"

static const char *valid(const char *id)
{
	return id && session_id_valid(slice_of(id)) ? id : NULL;
}

/* In a subagent CODEX_THREAD_ID is the subagent's own; its hooks go by the session's id. */
static const char *codex_session(void)
{
	const char *session = valid(getenv("CODEX_SESSION_ID"));

	return session ? session : valid(getenv("CODEX_THREAD_ID"));
}

const char *identity_session(bool *ambiguous)
{
	const char *const ids[] = {
		valid(getenv("CLAUDE_CODE_SESSION_ID")), codex_session(),
		valid(getenv("OPENCODE_SESSION_ID")), valid(getenv("PI_SESSION_ID")),
	};
	const char *found = NULL;

	*ambiguous = false;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (found && ids[i] && strcmp(found, ids[i]) != 0)
			*ambiguous = true;
		found = found ? found : ids[i];
	}
	return *ambiguous ? NULL : found;
}
