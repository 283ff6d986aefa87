/* See gate.h. */
#include <stdlib.h>

#include "agent/activity.h"
#include "agent/gate.h"
#include "base/setting.h"
#include "store/autowake.h"
#include "store/mark.h"
#include "store/pending_ask.h"
#include "store/presence.h"

#define REASON_AUTO "auto"
#define REASON_REPLY "reply"
#define REASON_LATE "late_reply_to_pending"
#define REASON_LATE_SUPPRESSED "late_reply_to_pending_suppressed"
#define REASON_HOOKLESS "hookless_default"

void gate_activity(const struct store *s, const char *session, int64_t now,
		   struct gate_activity *a)
{
	const int64_t idle_ms = setting_number(getenv("OXTAIL_AUTOWAKE_FRESH_IDLE_MS"),
					       GATE_FRESH_IDLE_MS);
	const int64_t busy_ms = setting_number(getenv("OXTAIL_ACTIVITY_BUSY_TTL_MS"),
					       GATE_FRESH_BUSY_MS);
	struct activity does;
	int64_t age;

	activity_of_session(s, session, &does);
	age = now - does.since;
	*a = (struct gate_activity){ .marked = mark_exists(s, session) };
	if (does.kind == ACTIVITY_WAITING)
		a->fresh_busy = true;
	else if (does.kind == ACTIVITY_BUSY)
		/* What the client itself says holds until it says something else. */
		a->fresh_busy = does.by_client || (age >= 0 && age < busy_ms);
	else if (does.kind == ACTIVITY_IDLE)
		a->fresh_idle = age >= 0 && age < idle_ms;
}

static const char *session_of(const struct gate_request *r)
{
	return r->session && session_id_valid(slice_of(r->session)) ? r->session : NULL;
}

static struct gate lenient(const struct store *s, const struct gate_request *r, const char *reason)
{
	const char *session = session_of(r);
	struct gate_activity a = { .fresh_busy = false };

	if (session)
		gate_activity(s, session, r->now, &a);
	return (struct gate){ a.fresh_busy ? WAKE_BUSY : WAKE_FIRE, reason };
}

static enum wake_status strict(const struct store *s, const struct gate_request *r)
{
	static const enum wake_status statuses[] = {
		[AUTOWAKE_CLAIMED] = WAKE_FIRE,
		[AUTOWAKE_DEDUPED] = WAKE_DEDUPED,
		[AUTOWAKE_LIMITED] = WAKE_RATE_LIMITED,
		[AUTOWAKE_FAILED] = WAKE_STORE_ERROR,
	};
	const char *session = session_of(r);
	struct gate_activity a;

	if (autowake_off())
		return WAKE_DISABLED;
	if (!session)
		return WAKE_NO_FRESH_IDLE;
	gate_activity(s, session, r->now, &a);
	if (!a.fresh_idle)
		return WAKE_NO_FRESH_IDLE;
	return statuses[autowake_claim(s, session, r->reply_to, r->now)];
}

/* The receiver had given up waiting for this answer. */
static struct gate late(const struct store *s, const struct gate_request *r)
{
	if (r->mode == WAKE_MODE_OFF)
		return (struct gate){ WAKE_NONE, REASON_LATE_SUPPRESSED };
	if (r->mode == WAKE_MODE_UNSET && autowake_off())
		return (struct gate){ WAKE_DISABLED, REASON_LATE };
	autowake_note(s, r->session, r->reply_to, r->now);
	return lenient(s, r, REASON_LATE);
}

/* By a session whose place this one has taken in its process (/clear)? */
static bool asked_for_before(const struct store *s, const struct gate_request *r)
{
	static struct presence_scan scan;
	static struct presence p;
	bool found = false;

	if (presence_open(&scan, s) != 0)
		return false;
	while (!found && presence_next(&scan, &p))
		found = strcmp(p.successor, r->session) == 0 &&
			pending_ask_consume(s, p.session, r->reply_to, r->now) == PENDING_ASK_WON;
	presence_close(&scan);
	return found;
}

static bool asked_for(const struct store *s, const struct gate_request *r)
{
	return r->reply_to.n && session_of(r) &&
	       (pending_ask_consume(s, r->session, r->reply_to, r->now) == PENDING_ASK_WON ||
		asked_for_before(s, r));
}

static bool hookless(const struct store *s, const struct gate_request *r)
{
	return session_of(r) && !mark_exists(s, r->session);
}

void gate_pass(const struct store *s, const struct gate_request *r, struct gate *g)
{
	*g = (struct gate){ WAKE_NONE, "" };
	if (asked_for(s, r))
		*g = late(s, r);
	else if (r->mode == WAKE_MODE_OFF)
		return;
	else if (r->mode == WAKE_MODE_AUTO || r->action_required)
		*g = lenient(s, r, REASON_AUTO);
	else if (r->reply_to.n)
		*g = (struct gate){ strict(s, r), REASON_REPLY };
	else if (hookless(s, r))
		*g = lenient(s, r, REASON_HOOKLESS);
}
