/*
 * Who am I: the session that a command of ours is run in, worked out when it is needed from what
 * belongs to this very process, by syntaur's six layers (syntaur.md section 3):
 *
 *	1 an id that the caller gives		EXPLICIT
 *	2 the environment			STRONG
 *	3 a nonce (nonce.h)			EXPLICIT
 *	4 a marker of a process above us	STRONG
 *	5 the transcripts of a directory	WEAK, only if the caller names the directory
 *	6 a hint that the caller gives		WEAK
 *
 * The first that has an id wins, and what is no valid id counts as absent. Agents nest, and pass on
 * the environment that they have inherited. So layer 2 does not take just any id in it:
 *
 *	- Of the ids of several agents, that of the innermost, going by the processes above us. An
 *	  agent's process is known by its marker, by CLAUDE_PID or OPENCODE_PID, or by its program's
 *	  name. If none can be made out: in the documented order.
 *	- If the nearest marker above us is of an agent that put no id into the environment (Gemini
 *	  and Cursor do not), is proven to be of that very process (its start time), and stands
 *	  nearer than any process of the agents that did: then those ids are inherited, and layer
 *	  4 wins.
 *
 * Never guessed: what may be one agent or another is nobody, with the reason.
 */
#ifndef PEERHOOKS_AGENT_IDENTITY_H
#define PEERHOOKS_AGENT_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/id.h"

/* A WEAK id may be shown, but nothing may be changed in its name. */
enum provenance { PROVENANCE_NONE, PROVENANCE_EXPLICIT, PROVENANCE_STRONG, PROVENANCE_WEAK };

/* What the caller gives, none of it checked; NULL: not given. */
struct identity_request {
	const char *session_id;
	const char *nonce;
	const char *cwd;
	const char *hint;
};

enum { IDENTITY_LAYERS = 6 };

struct identity {
	char session[SESSION_ID_MAX + 1];	/* empty: nobody */
	enum provenance provenance;
	int layer;	/* 1 to 6; 0: none */
	const char *agent;	/* as in --agent NAME; NULL: unknown */
	pid_t pid;	/* of the agent's process, as far as it can be made out; 0: unknown */
	bool ambiguous;	/* the environment and the processes above speak of several agents */
	/* Why a layer gave nothing, or was overruled; NULL if it was not asked, or hit. */
	const char *missed[IDENTITY_LAYERS];
};

/* Takes what a nonce stands for, so that this can be found once only. */
void identity_resolve(const struct identity_request *r, struct identity *id);

#endif
