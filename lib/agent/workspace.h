/*
 * syntaur's side of a session (syntaur.md section 8): the context file of the workspace it works
 * in, and the dashboard that is told of it. Only where <cwd>/.syntaur/context.json exists, which
 * says that an assignment is active there; it is never made.
 */
#ifndef PEERHOOKS_AGENT_WORKSPACE_H
#define PEERHOOKS_AGENT_WORKSPACE_H

#include "agent/session.h"

enum {
	WORKSPACE_CONTEXT_MAX = 1 << 20,	/* bytes; a larger context file is left alone */
	WORKSPACE_SUMMARIES_MAX = 4096,	/* sessions of an assignment that are looked at */
	WORKSPACE_REQUEST_MS = 3000,	/* for the dashboard, which nobody waits for */
};

/* Merges the session into the context file, all else in it staying as it is, and tells the
 * dashboard that it is there. */
void workspace_join(const struct hook *h, const struct session *me);

/*
 * Tells the dashboard that the session has stopped: the one the event names; else, if the event
 * names none at all, for Codex the one that runs in the process, for others the one that the
 * context file names.
 */
void workspace_leave(const struct hook *h, const struct session *me);

#endif
