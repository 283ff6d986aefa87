/*
 * Presence: which sessions there are, and in which process each runs. One file for a session in a
 * process, peerhooks/sessions/<session key>.<pid>.json, written by that process's hooks only: one
 * process may run many sessions, and one session may be resumed in two processes.
 *
 * A session is alive while its process is: pid and birth together, never the pid alone. A file
 * whose process was killed stays until somebody sweeps it (sweep.h).
 */
#ifndef PEERHOOKS_STORE_PRESENCE_H
#define PEERHOOKS_STORE_PRESENCE_H

#include <sys/types.h>

#include "base/directory.h"
#include "host/process.h"
#include "store/store.h"

enum {
	PRESENCE_CWD_MAX = 4096,	/* with the final NUL */
	PRESENCE_WORD_MAX = 32,	/* of an agent and a reason, with the final NUL */
	PRESENCE_FILE_MAX = 32768,
};

struct presence {
	char session[SESSION_ID_MAX + 1];
	pid_t pid;	/* of the agent's process */
	char birth[PROCESS_BIRTH_MAX + 1];	/* of it, see process.h */
	char agent[PRESENCE_WORD_MAX];	/* as in --agent NAME; empty if it is not known */
	char cwd[PRESENCE_CWD_MAX];
	int64_t started_at;	/* seconds since 1970 */
	int64_t ended_at;	/* 0 while it goes on */
	char reason[PRESENCE_WORD_MAX];	/* why it ended, as its agent says; empty */
	/* It ended because its process went on with this one: who writes to the old id means
	 * that. */
	char successor[SESSION_ID_MAX + 1];
	int64_t generation;	/* how many sessions have come after it since */
};

struct presence_scan {
	struct directory folder;
	char text[PRESENCE_FILE_MAX];
};

/* 0 or a negative errno; -ENOENT while no session was ever there. */
int presence_open(struct presence_scan *scan, const struct store *s);

/* The next one, dead or alive; false at the end. What is broken is passed over. */
bool presence_next(struct presence_scan *scan, struct presence *p);

void presence_close(struct presence_scan *scan);

bool presence_read(const struct store *s, const char *session, pid_t pid, struct presence *p);
/* A live one of that session. */
bool presence_find(const struct store *s, const char *session, struct presence *p);
int presence_write(const struct store *s, const struct presence *p);
void presence_remove(const struct store *s, const char *session, pid_t pid);

/* It has not ended, and its process lives. */
bool presence_alive(const struct presence *p);

/* Both are in the same process, whatever session. */
bool presence_same_process(const struct presence *a, const struct presence *b);

#endif
