/*
 * The backlog: how many messages had to stay in the boxes when a Stop hook had delivered what
 * fits. Kept in peerhooks/backlog/<session id>, so that the next Stop of the same turn, which
 * otherwise delivers nothing (stop_hook_active), may bring out these and no newer ones.
 */
#ifndef PEERHOOKS_STORE_BACKLOG_H
#define PEERHOOKS_STORE_BACKLOG_H

#include "store/store.h"

struct backlog {
	unsigned waiting;	/* messages */
	unsigned stops;	/* deliveries by Stop in this turn so far */
};

/* All zero if there is none. */
struct backlog backlog_read(const struct store *s, const char *session);

/* Writes it, or removes it if nothing waits. An error is ignored: the mail then comes out at the
 * next tool call or prompt. */
void backlog_write(const struct store *s, const char *session, struct backlog backlog);

#endif
