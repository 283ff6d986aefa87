/*
 * The process of the agent that runs our hook: whose life is the session's, and under whose pid
 * others find it.
 */
#ifndef PEERHOOKS_AGENT_AGENT_PROCESS_H
#define PEERHOOKS_AGENT_AGENT_PROCESS_H

#include <sys/types.h>

#include "agent/profile.h"

enum { AGENT_ANCESTORS_MAX = 12 };	/* processes that are looked at */

/* What CLAUDE_PID says, if such a process lives; else 0. Claude Code sets it for whatever it
 * starts, and what that starts inherits it. */
pid_t agent_claude_pid(void);

/* Cursor runs us: it says so in the environment of its hooks, where Claude Code would say
 * CLAUDE_PID, also if it was started in Cursor's own terminal. */
bool agent_is_cursor(void);

/*
 * Claude Code's process is the one that CLAUDE_PID names. Otherwise it is our parent, and if that
 * is a shell (which ran the hook's command line), the nearest ancestor that is none. 0 if it
 * cannot be told.
 */
pid_t agent_process(const struct profile *agent);

/*
 * Does that process of the agent run one session at a time? A Codex does whose command line has
 * neither app-server (its daemon, and what editors start) nor mcp-server. Unknown: no.
 */
bool agent_runs_one_session(const struct profile *agent, pid_t pid);

#endif
