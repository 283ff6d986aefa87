/*
 * What each agent's client does with a hook's output: one row an agent. Everything here was
 * recorded from the real programs (contracts/<agent>/FACTS.md); a new agent is a new row.
 */
#ifndef PEERHOOKS_AGENT_PROFILE_H
#define PEERHOOKS_AGENT_PROFILE_H

#include <stdbool.h>

#include "agent/event.h"

/* What stands around the text that is meant for the model. */
enum envelope_form {
	ENVELOPE_TEXT,	/* nothing: for people */
	/* {"hookSpecificOutput":{"hookEventName":NAME,"additionalContext":TEXT}} */
	ENVELOPE_CONTEXT,
	ENVELOPE_BLOCK,	/* {"decision":"block","reason":TEXT} */
	ENVELOPE_FOLLOWUP,	/* {"followup_message":TEXT} */
	ENVELOPE_ADDITION,	/* {"additional_context":TEXT} */
};

/* See composer.h. */
enum composer_look {
	COMPOSER_UNKNOWN,
	COMPOSER_CLAUDE,
	COMPOSER_CODEX,
	COMPOSER_GEMINI,
	COMPOSER_OPENCODE,
	COMPOSER_PI,
};

/* How a hook that waits hands a text to the idle client. */
enum wake_by {
	WAKE_BY_NOTHING,	/* it has no such hooks */
	WAKE_BY_STDERR,	/* the text there, and exit status 2 */
	WAKE_BY_STDOUT,	/* stop_form there, and exit status 0 */
};

enum text_unit { UNIT_UTF16, UNIT_UTF8_BYTES };

struct profile {
	const char *name;	/* as in --agent NAME */
	const char *short_name;	/* as syntaur has it, and as labels begin */
	/* The event whose additionalContext the client gives to the model at once. */
	enum event_kind inject_at;
	/* What makes it go on with a turn that was about to end. */
	enum envelope_form stop_form;
	/* What puts a text into the context of its model, at inject_at and when a session
	 * starts. */
	enum envelope_form context_form;
	enum wake_by wake_by;
	/* The longest text that the client passes on whole; 0: no limit is known. */
	unsigned text_max;
	enum text_unit text_unit;
	/* How often in a row our Stop may keep a turn going. */
	unsigned stops_max;
	/* How its composer looks, and the least time between a text that is typed and Enter, which
	 * else it takes for part of a paste. */
	enum composer_look composer;
	unsigned short enter_after_ms;
	/* It has a command that hands a prompt to a session (codex_queue.h). */
	bool queues;
	/* A process of it runs one session at a time: a new one there takes the old one's place. */
	bool one_session;
	/* So does one of this, unless it is a server of many (agent_process.h). */
	bool serves;
	/* The terminal that its hooks' environment names may be another's (Codex's daemon). */
	bool foreign_terminal;
	/* The client itself frames a hook's text for the model: no tags of ours around it. */
	bool frames_text;
	/* Its transcript shows what it has passed on of a hook's text (see sight.h). */
	bool proves;
	/* Its events do not say that a subagent calls (see subagent.h). */
	bool hides_subagents;
};

/* The row of that name; of no agent in particular (oxtail's own forms) if there is none or NULL. */
const struct profile *profile_of(const char *name);

/* The row whose name or short name that is; NULL if there is none. */
const struct profile *profile_by_any_name(const char *name);

/* Claude Code, or an agent that did not say which it is. */
bool profile_may_be_claude(const struct profile *agent);

#endif
