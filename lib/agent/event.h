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
	EVENT_SUBAGENT_START,
	EVENT_SUBAGENT_STOP,
	EVENT_BEFORE_COMPACT,	/* the conversation is about to be summed up */
	EVENT_SESSION_START,
	EVENT_SESSION_END,
};

struct event {
	char session[SESSION_ID_MAX + 1];	/* empty: it names none, or none that we accept */
	bool session_given;	/* it does name one, valid or not */
	enum event_kind kind;
	const char *name;	/* as the agent spells it; NULL if it does not say */
	const char *dialect;	/* the one agent that writes such a payload; NULL: several do */
	bool in_subagent;	/* a call from inside a subagent, under its parent's session id */
	bool stop_active;	/* this turn was already kept going by a Stop hook */
	struct slice payload;	/* all of it, trimmed, if it is not longer than EVENT_HEAD */
	/* The transcript's path, the tool call's id and the tool's result; absent if they stand
	 * beyond EVENT_HEAD, and what was needed stood before that. */
	struct json_value transcript;
	struct json_value tool;
	struct json_value result;
};

/*
 * Reads the descriptor to its end, whatever it holds. False if it is no JSON object, or one longer
 * than EVENT_HEAD without a valid session id at its top level.
 */
bool event_read(int fd, struct event *event);

/* What the events of sessions also say, decoded and appended to `out`; false if it does not say
 * so, by an empty string too, or says what does not fit. Only of a payload that is kept. */
bool event_cwd(const struct event *event, struct buf *out);
bool event_reason(const struct event *event, struct buf *out);	/* or what it started by */
/* This one of any payload that names it in its head. */
bool event_transcript(const struct event *event, struct buf *out);

/* Of an event after a tool: has it failed? Gemini then answers its model with the error's message,
 * and drops what hooks say. */
bool event_tool_failed(const struct event *event);

/* The event's name as its agent spells it; where it does not say, as most agents do. */
const char *event_name(const struct event *event, enum event_kind kind);

/*
 * The agent, as in --agent NAME, whose way of keeping transcripts the event shows; NULL if that
 * cannot be told. For a hook that was registered without --agent.
 */
const char *event_agent(const struct event *event);

/* Cursor is about to run a shell command. */
struct shell_event {
	char session[SESSION_ID_MAX + 1];
	struct slice command;	/* decoded; in memory that stays until the process ends */
};

/*
 * Reads the descriptor to its end, whatever it holds. False if it is a terminal, no JSON object of
 * less than EVENT_MAX bytes, or lacks a valid session id or a command.
 */
bool event_shell_read(int fd, struct shell_event *event);

#endif
