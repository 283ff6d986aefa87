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
};

enum text_unit { UNIT_UTF16, UNIT_UTF8_BYTES };

struct profile {
	const char *name;	/* as in --agent NAME */
	/* The event whose additionalContext the client gives to the model at once. */
	enum event_kind inject_at;
	/* What makes it go on with a turn that was about to end. */
	enum envelope_form stop_form;
	/* The longest text that the client passes on whole; 0: no limit is known. */
	unsigned text_max;
	enum text_unit text_unit;
	/* How often in a row our Stop may keep a turn going. */
	unsigned stops_max;
	/* The client itself frames a hook's text for the model: no tags of ours around it. */
	bool frames_text;
};

/* The row of that name; of no agent in particular (oxtail's own forms) if there is none or NULL. */
const struct profile *profile_of(const char *name);

#endif
