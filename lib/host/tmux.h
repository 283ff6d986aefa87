/*
 * tmux, asked through its own command: which processes run in which panes, what a pane shows, and
 * typing into one. tmux is started directly, never through a shell, and given up after TMUX_MS.
 */
#ifndef PEERHOOKS_HOST_TMUX_H
#define PEERHOOKS_HOST_TMUX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/slice.h"

enum {
	TMUX_PANES_MAX = 256,	/* of one session; further ones are not seen */
	TMUX_MS = 2000,
	TMUX_SERVERS_MAX = 16,	/* that are asked for a pane */
	TMUX_FIND_MS = 4000,	/* for all of them */
	TMUX_SOCKET_MAX = 108,	/* its path, with the final NUL: the kernel's limit */
	TMUX_PANE_ID_MAX = 16,
	TMUX_TERMINAL_MAX = 64,
	TMUX_SCREEN_MAX = 262144,	/* bytes; a screen that has more is not seen */
};

struct tmux_session {
	unsigned count;
	pid_t panes[TMUX_PANES_MAX];	/* the first process of each */
};

struct tmux_pane {
	char socket[TMUX_SOCKET_MAX];	/* of the server */
	char id[TMUX_PANE_ID_MAX];	/* %N, the server's own number */
	char terminal[TMUX_TERMINAL_MAX];	/* "/dev/pts/3" */
	pid_t pid;	/* the first process in it */
	unsigned cursor;	/* the line of the screen that it is in, counted from 0 */
	bool direct;	/* keys go to its process, and to no other: it is in no mode (copy mode and
			 * its like), not synchronized with others, its input not off, and alive */
};

enum tmux_reach {
	TMUX_MISSING,	/* there is no such program, or it does not run */
	TMUX_OUTSIDE,	/* we were not started in one */
	TMUX_ANSWERS,	/* the one that we were started in */
	TMUX_SILENT,	/* that one is gone, hangs, or cannot be reached from here */
};

enum tmux_reach tmux_reach(void);

/* [A-Za-z0-9_-]{1,64}: names that we pass on to tmux. */
bool tmux_name_valid(const char *name);

/* The panes of the session of exactly this name; none if there is no such session, or no tmux. */
void tmux_session_read(struct tmux_session *s, const char *name);

/* Does the process run in one of the panes: is it, or one of its ancestors, the first there? */
bool tmux_session_holds(const struct tmux_session *s, pid_t pid);

/*
 * The pane that the process runs in, on any server of this user: its own socket folder is searched,
 * and the server of $TMUX asked. Of several the one whose first process is nearest.
 */
bool tmux_find(pid_t pid, struct tmux_pane *pane);

/* Of several who would type into it, one gets a descriptor, until it closes that or ends (a kernel
 * lock on its terminal); the others get -1. */
int tmux_pane_lock(const struct tmux_pane *pane);

/*
 * Looks at it once more: how it is now, and in the same moment its screen, as `capture-pane -p -e`
 * has it. False if the pane is gone, another process is the first in it, or the screen is too
 * large.
 */
bool tmux_look(struct tmux_pane *pane, char into[TMUX_SCREEN_MAX], struct slice *screen);

/* Types the text, and in another command Enter. False if tmux did not do it. */
bool tmux_type(const struct tmux_pane *pane, const char *text);
bool tmux_enter(const struct tmux_pane *pane);

#endif
