/* See identity.h. The variables are those of each agent's FACTS.md. */
#include <stddef.h>
#include <stdlib.h>

#include "agent/identity.h"
#include "store/id.h"

const char *identity_session(void)
{
	static const char *const variables[] = { "CLAUDE_CODE_SESSION_ID", "OPENCODE_SESSION_ID",
						 "PI_SESSION_ID", "CODEX_THREAD_ID" };
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *id = getenv(variables[i]);

		if (!id || !session_id_valid(slice_of(id)))
			continue;
		/* An agent started from another one's shell has both ids: which is ours is not
		 * known here. */
		if (found && strcmp(found, id) != 0)
			return NULL;
		found = id;
	}
	return found;
}
