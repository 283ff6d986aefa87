/* See codex_queue.h. */
#include "agent/codex_queue.h"
#include "host/command.h"
#include "store/id.h"

/* An id that begins with a dash would be an option. */
static bool may_be_passed(const char *session)
{
	return *session != '-' && session_id_valid(slice_of(session));
}

enum wake_status codex_queue(const char *session, const char *sentence)
{
	char *const argv[] = {
		(char *)(uintptr_t)"codex", (char *)(uintptr_t)"queue",
		(char *)(uintptr_t)"--thread", (char *)(uintptr_t)session,
		(char *)(uintptr_t)"--message", (char *)(uintptr_t)sentence, NULL,
	};

	if (!may_be_passed(session))
		return WAKE_NO_TARGET;
	return command_run(argv, NULL, 0, NULL, CODEX_QUEUE_MS) == 0 ? WAKE_FIRED : WAKE_NO_TARGET;
}
