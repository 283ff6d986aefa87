/*
 * Targets: whom a name stands for. In this order, the first that fits any live session counts:
 *
 *	a session id			exactly
 *	a label				exactly
 *	the name of a tmux session	exactly, of the sessions in it
 *	the beginning of a session id	TARGET_PREFIX_MIN characters or more
 *	@all				every live session of the project
 *	@any				whoever is there, by the policy for mail without a target
 *
 * Then, as in oxtail.md section 7: oneself is no target; more than one session is ambiguous (but
 * for @all); and the session must be of the same project (project.h). A session id that no
 * live session has stands for the session that took its place (/clear), if one did; else it is good
 * if it was seen here or has the form of one: its mail waits.
 */
#ifndef PEERHOOKS_AGENT_TARGET_H
#define PEERHOOKS_AGENT_TARGET_H

#include "agent/held.h"
#include "agent/roster.h"

#define TARGET_ALL "@all"
#define TARGET_ANY "@any"

enum {
	TARGETS_MAX = ROSTER_LABELS_MAX,
	TARGET_PREFIX_MIN = 4,
};

struct target {
	char session[SESSION_ID_MAX + 1];
	char label[LABEL_MAX + 1];	/* empty: none */
	bool live;
};

struct target_request {
	const char *name;
	const char *me;	/* the sender's session; NULL: a person */
	const char *cwd;	/* the sender's */
	bool any_project;
	enum policy policy;	/* of @any */
};

enum target_result {
	TARGET_FOUND,
	TARGET_NOBODY,	/* @all, @any: nobody is there */
	TARGET_UNKNOWN,
	TARGET_UNHELD,	/* a good label that nobody holds now; not listed below */
	TARGET_AMBIGUOUS,	/* the list holds those that it may be */
	TARGET_SELF,
	TARGET_OTHER_PROJECT,	/* the list holds it */
};

/* Some 300 KB: static. */
struct targets {
	unsigned count;
	struct target list[TARGETS_MAX];	/* after TARGET_UNKNOWN and _UNHELD: who is there */
};

enum target_result target_find(const struct store *s, const struct target_request *r,
			       struct targets *t);

/* The session that has taken this one's place in its process, by /clear or /resume; false if none
 * has. Who has sent to a session asks this again afterwards: it may have happened meanwhile. */
bool target_successor(const struct store *s, const char *session, char out[SESSION_ID_MAX + 1]);

#endif
