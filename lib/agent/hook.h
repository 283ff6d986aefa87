/*
 * What every hook begins with: who calls, about which session, and the state directory.
 */
#ifndef PEERHOOKS_AGENT_HOOK_H
#define PEERHOOKS_AGENT_HOOK_H

#include <time.h>

#include "agent/event.h"
#include "agent/profile.h"
#include "store/store.h"

struct hook {
	struct store store;
	struct event event;
	const struct profile *agent;
	struct timespec began;	/* the event was there */
};

/*
 * Takes `--agent NAME` from the arguments, reads the whole event from standard input, opens
 * ~/.oxtail. False if the hook has nothing to do: no valid session id, no state directory that may
 * be used, or another agent than --agent says runs it (Cursor also runs what was registered for
 * Claude Code, besides what was registered for itself). Then it ends, silently and with status 0,
 * as on every other path.
 */
bool hook_begin(struct hook *h, int argc, char **argv);

/* The same for a hook that has something to do without a session id too. */
bool hook_begin_anyhow(struct hook *h, int argc, char **argv);

/* What every hook that has begun ends with: notes the run under its name (runs.h). Returns the exit
 * status, 0. */
int hook_end(const struct hook *h, const char *name);

/* Makes the files in which the runs of this agent's hooks are noted from now on. */
void hook_prepare(const struct hook *h);

/* Is this option, such as "--quiet", among the arguments? */
bool hook_option(int argc, char **argv, const char *name);

/* Does the event that the payload names (if it names one) fit a hook that serves `kind`? */
bool hook_serves(const struct hook *h, enum event_kind kind);

#endif
