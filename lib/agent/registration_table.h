/*
 * What registration.h's two halves share: how a row of the table is written in the agent's
 * settings, whose a hook is that stands there, and a walk over all of them.
 */
#ifndef PEERHOOKS_AGENT_REGISTRATION_TABLE_H
#define PEERHOOKS_AGENT_REGISTRATION_TABLE_H

#include "agent/registration.h"

/* The top-level member besides "hooks" that some settings must have (client_traits.version). */
#define REGISTRATION_VERSION "version"

/* What the name of a hook of ours begins with, where hooks have names (Gemini). */
#define REGISTRATION_NAME "peerhooks "

/* Appends the hook of a row as its agent's settings have it: one object, without blanks. */
void registration_handler(struct buf *out, const struct registration *row, const char *libexec);

/* How many rows from this one on belong into one element of the event's array; and that element. */
size_t registration_group_rows(const struct registration *row);
void registration_group(struct buf *out, const struct registration *row, const char *libexec);

/* A settings file, level by level down to a hook. */
enum {
	LEVEL_ROOT,	/* its members called "hooks" */
	LEVEL_HOOKS,	/* events */
	LEVEL_EVENT,	/* groups; of a flat one: hooks */
	LEVEL_GROUP,	/* a group's members called "hooks" */
	LEVEL_LIST,	/* hooks */
	LEVELS,
};

struct registration_walk {
	unsigned level, deepest;
	struct json_value in[LEVELS];	/* what it goes through on each level, */
	struct jsonc_item item[LEVELS];	/* and where it is */
	struct jsonc_item before[LEVELS];	/* what is before it; of the first: nothing */
	size_t at[LEVELS];
};

/* Then registration_walk_next comes to every hook, w->item[w->deepest], also to those that do not
 * count because a later member has the same name. */
struct registration_walk registration_walk_of(struct slice text, bool flat);
bool registration_walk_next(struct registration_walk *w);

enum registration_owner { OWNER_OTHER, OWNER_OURS, OWNER_OXTAIL };

/* Whose is a hook? Ours is an executable of a name of ours that lies in libexec, or in whatever
 * folder called peerhooks, or is called with the name of an agent as ours are, wherever it lies.
 * folder, if not NULL: that of an executable of ours. */
enum registration_owner registration_owner(struct json_value handler, const char *libexec,
					   char folder[FILE_PATH_MAX]);

/* oxtail's note of what it has registered, a top-level member. */
#define OXTAIL_MARKER "_oxtailHook"

#endif
