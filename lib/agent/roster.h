/*
 * The roster: who is there. Sessions that our hooks have announced (presence.h) with their labels,
 * and then those that only an oxtail server stands for (registry.h).
 */
#ifndef PEERHOOKS_AGENT_ROSTER_H
#define PEERHOOKS_AGENT_ROSTER_H

#include "agent/label.h"
#include "store/presence.h"
#include "store/registry.h"

enum {
	ROSTER_LABELS_MAX = 1024,	/* labels that are known; further sessions have none */
	ROSTER_SEEN_MAX = 4096,	/* sessions that are passed over when a server names them too */
	ROSTER_TMUX_MAX = 64,	/* of a tmux session's name, with the final NUL */
};

struct roster_entry {
	struct presence who;	/* of a server: its pid, and no birth */
	char label[LABEL_MAX + 1];	/* empty: none */
	char tmux_session[ROSTER_TMUX_MAX];	/* as a server says; empty: unknown */
	bool alive;
	bool server;	/* only an oxtail server stands for it; then the session may be empty */
};

struct roster {
	const struct store *store;
	bool servers;	/* they are wanted */
	enum { ROSTER_PRESENCE, ROSTER_REGISTRY, ROSTER_END } at;
	struct presence_scan presence;
	struct registry_scan registry;
	unsigned label_count;
	struct roster_label {
		char name[LABEL_MAX + 1];
		pid_t pid;
		uint64_t holder;	/* hash of session and birth */
	} labels[ROSTER_LABELS_MAX];
	unsigned seen_count;
	uint64_t seen[ROSTER_SEEN_MAX];
};

/* Some 300 KB: static. `servers`: those without a presence too, which costs reading the
 * registry. */
void roster_open(struct roster *r, const struct store *s, bool servers);

/* The next session in a process, in no particular order; false at the end. */
bool roster_next(struct roster *r, struct roster_entry *e);

/* Can also be called before the end was reached; nothing is open at the end. */
void roster_close(struct roster *r);

/* The session in its live process; one that hooks have announced before one of a server's, which
 * are looked at if `servers`. False if it is in none. */
bool roster_find(const struct store *s, const char *session, bool servers, struct roster_entry *e);

/* As strcmp, of two sessions: by their labels, where numbers count by their value; who has none (an
 * empty label) comes last, by its id. */
int roster_order(const char *label_a, const char *session_a, const char *label_b,
		 const char *session_b);

#endif
