/*
 * A hook's event: the payload on standard input, in whatever dialect the agent speaks. Agents'
 * spellings of events and fields are known here only (contracts/<agent>/ holds recordings).
 */
#ifndef PEERHOOKS_AGENT_EVENT_H
#define PEERHOOKS_AGENT_EVENT_H

#include <stdbool.h>

#include "store/id.h"

enum {
	/* What is looked at first of a payload that is longer. Nearly all agents put what we need
	 * before any free text (Gemini's AfterAgent does not). */
	EVENT_HEAD = 65536,
	/* A payload that does have it later is taken up to this size, and ignored beyond. */
	EVENT_MAX = 16 << 20,
};

enum event_kind {
	EVENT_UNNAMED,	/* the payload does not say; then the hook is taken at its own name */
	EVENT_OTHER,
	EVENT_PROMPT,
	EVENT_BEFORE_TOOL,
	EVENT_AFTER_TOOL,
	EVENT_STOP,	/* the agent ends its turn */
	EVENT_ABORT,	/* the turn was ended for it: interrupted, or an error */
	EVENT_SUBAGENT_STOP,
};

struct event {
	char session[SESSION_ID_MAX + 1];
	enum event_kind kind;
	const char *name;	/* as the agent spells it; NULL if it does not say */
	const char *dialect;	/* the one agent that spells the event so; NULL: several do */
	bool in_subagent;	/* a call from inside a subagent, under its parent's session id */
	bool stop_active;	/* this turn was already kept going by a Stop hook */
};

/*
 * Reads the descriptor to its end, whatever it holds. False if it is a terminal, no JSON object,
 * or has no valid session id at its top level.
 */
bool event_read(int fd, struct event *event);

/* The event's name as its agent spells it; where it does not say, as most agents do. */
const char *event_name(const struct event *event, enum event_kind kind);

#endif
