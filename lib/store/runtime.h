/*
 * Runtime markers: which session a process of an agent runs, in a file named by its pid, so that
 * whoever descends from it can find out (syntaur.md section 4). Two folders hold them: Claude
 * Code's own, which also says what its session does (claude-code/FACTS.md section 7), and the
 * agent-neutral one that hooks write. They lie outside of ~/.oxtail, and other programs write
 * there too.
 */
#ifndef PEERHOOKS_STORE_RUNTIME_H
#define PEERHOOKS_STORE_RUNTIME_H

#include <sys/types.h>

#include "store/store.h"

enum runtime_folder {
	RUNTIME_CLAUDE,	/* ~/.claude/sessions: looked at first */
	RUNTIME_GENERIC,	/* ~/.syntaur/runtime/sessions, or $SYNTAUR_RUNTIME_SESSIONS_DIR */
	RUNTIME_FOLDERS,
};

enum {
	RUNTIME_WORD_MAX = 32,	/* of an agent's name and a status, with the final NUL */
	RUNTIME_FILE_MAX = 65536,	/* bytes; a larger marker is none */
};

enum runtime_result {
	RUNTIME_FOUND,
	RUNTIME_NONE,	/* no marker, or one that is broken */
	RUNTIME_PENDING,	/* it names no session (yet), or its process runs several */
	RUNTIME_STALE,	/* of another process, which had this pid before; or that cannot be told */
	RUNTIME_UNSAFE,	/* its session id is none that we accept */
};

struct runtime_marker {
	char session[SESSION_ID_MAX + 1];	/* also of one that is stale */
	char agent[RUNTIME_WORD_MAX];	/* in syntaur's spelling (`claude`); empty: not said */
	bool guarded;	/* it told when its process started, and that was right */
	char status[RUNTIME_WORD_MAX];	/* Claude Code: idle, busy, waiting, shell; else empty */
	int64_t status_at;	/* since when, ms since 1970; 0 if it does not say */
};

/*
 * The marker of that process. Its start time, if it names one, must be that of the live process,
 * as ps prints it or in clock ticks (Claude Code's); fails closed.
 */
enum runtime_result runtime_read(enum runtime_folder folder, pid_t pid,
				 struct runtime_marker *marker);

struct runtime_draft {
	const char *session;	/* NULL: the process runs several, so that the marker names none */
	const char *agent;
	struct slice cwd;
	struct slice started;	/* as process_started says it; empty: not known, so no guard */
};

/* Writes the generic marker of the process, whole or not at all, and makes the folder. */
int runtime_write(pid_t pid, const struct runtime_draft *draft);

/* Removes the generic marker if it names this session. */
void runtime_remove(pid_t pid, const char *session);

/* Removes the generic marker if it names no session and was written for this very process. */
void runtime_remove_pending(pid_t pid);

#endif
