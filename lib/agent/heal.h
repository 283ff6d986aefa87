/*
 * Missed wakes heal (oxtail.md section 15, self-heal and waiter-heal). There is no daemon: whoever
 * comes asks here for which session a wake is due again.
 */
#ifndef PEERHOOKS_AGENT_HEAL_H
#define PEERHOOKS_AGENT_HEAL_H

#include "store/store.h"

struct heal_due {
	char session[SESSION_ID_MAX + 1];
	unsigned records;
};

bool heal_next(const struct store *s, const char *only, int64_t now, struct heal_due *due);
void heal_done(const struct store *s, const struct heal_due *due, int64_t now);
int64_t heal_next_at(const struct store *s, const char *session, int64_t now);

#endif
