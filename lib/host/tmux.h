/*
 * tmux, asked through its own command: which processes run in the panes of a session. tmux is
 * started directly, never through a shell, and given up after TMUX_MS.
 */
#ifndef PEERHOOKS_HOST_TMUX_H
#define PEERHOOKS_HOST_TMUX_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	TMUX_PANES_MAX = 256,	/* of one session; further ones are not seen */
	TMUX_MS = 2000,
};

struct tmux_session {
	unsigned count;
	pid_t panes[TMUX_PANES_MAX];	/* the first process of each */
};

/* [A-Za-z0-9_-]{1,64}: names that we pass on to tmux. */
bool tmux_name_valid(const char *name);

/* The panes of the session of exactly this name; none if there is no such session, or no tmux. */
void tmux_session_read(struct tmux_session *s, const char *name);

/* Does the process run in one of the panes: is it, or one of its ancestors, the first there? */
bool tmux_session_holds(const struct tmux_session *s, pid_t pid);

#endif
