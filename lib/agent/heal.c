/* See heal.h. */
#include <stdlib.h>
#include <string.h>

#include "agent/activity.h"
#include "agent/gate.h"
#include "agent/heal.h"
#include "base/clock.h"
#include "base/setting.h"
#include "store/autowake.h"
#include "store/ledger.h"
#include "store/pending_ask.h"
#include "store/pending_wake.h"
#include "store/receipt.h"
#include "store/throttle.h"

struct bounds {
	int64_t grace_ms;
	int64_t throttle_ms;
	int64_t cap;
};

static struct bounds wake_bounds(void)
{
	return (struct bounds){
		setting_number(getenv("OXTAIL_SELF_WAKE_GRACE_MS"), HEAL_WAKE_GRACE_MS),
		setting_number(getenv("OXTAIL_SELF_WAKE_THROTTLE_MS"), HEAL_WAKE_THROTTLE_MS),
		setting_number(getenv("OXTAIL_SELF_WAKE_CAP"), HEAL_WAKE_CAP),
	};
}

static struct bounds ask_bounds(void)
{
	return (struct bounds){
		setting_number(getenv("OXTAIL_WAITER_HEAL_GRACE_MS"), HEAL_ASK_GRACE_MS),
		setting_number(getenv("OXTAIL_WAITER_HEAL_THROTTLE_MS"), HEAL_ASK_THROTTLE_MS),
		setting_number(getenv("OXTAIL_WAITER_HEAL_CAP"), HEAL_ASK_CAP),
	};
}

static bool switched_off(void)
{
	return setting_off(getenv("OXTAIL_SELF_WAKE")) || autowake_off();
}

/* Old enough, and not tried too often. */
static bool ripe(const struct bounds *b, int64_t at, int64_t attempts, int64_t now)
{
	return now - at >= b->grace_ms && attempts < b->cap;
}

static bool idle(const struct store *s, const char *session, int64_t now)
{
	struct activity a;

	activity_of_session(s, session, &a);
	return a.kind == ACTIVITY_IDLE && now >= a.since;
}

/* A peer's wake never interrupts a turn: a busy one gets its mail from its hooks. */
static bool freshly_busy(const struct store *s, const char *session, int64_t now)
{
	struct gate_activity a;

	gate_activity(s, session, now, &a);
	return a.fresh_busy;
}

static bool wanted(const char *session, const char *only)
{
	return !only || strcmp(session, only) == 0;
}

/* The next pending wake of those wanted that is ripe; unlinks those whose message was handed
 * over. */
static bool next_wake(struct record_scan *scan, const struct store *s, const char *only,
		      struct pending_wake *w)
{
	const struct bounds b = wake_bounds();

	while (pending_wake_next(scan, w)) {
		if (!wanted(w->recipient, only))
			continue;
		if (receipt_exists(s, w->message_id))
			pending_wake_remove(s, w);
		else if (ripe(&b, w->at, w->attempts, scan->now))
			return true;
	}
	return false;
}

/* Does an answer to this request stand in the ledger of who asked? */
static bool answered(const struct store *s, const struct pending_ask *p)
{
	struct ledger_scan scan;
	struct ledger_entry e;
	bool found = false;

	if (ledger_open(&scan, s, p->session) != 0)
		return false;
	while (!found && ledger_next(&scan, &e))
		found = json_string_is(&e.message.reply_to, p->request_id);
	ledger_close(&scan);
	return found;
}

/* The next pending ask of those wanted that is ripe; unlinks those that were answered. */
static bool next_ask(struct record_scan *scan, const struct store *s, const char *only,
		     struct pending_ask *p)
{
	const struct bounds b = ask_bounds();

	while (pending_ask_next(scan, p)) {
		if (!*p->target || !message_id_ours(slice_of(p->message_id)) ||
		    !wanted(p->target, only))
			continue;
		if (answered(s, p))
			pending_ask_remove(s, p->session, slice_of(p->request_id));
		else if (!receipt_exists(s, p->message_id) &&
			 ripe(&b, p->at, p->attempts, scan->now))
			return true;
	}
	return false;
}

static void due_is(struct heal_due *due, const char *session, bool asked)
{
	memcpy(due->session, session, strlen(session) + 1);
	due->records = 1;
	due->asked = asked;
}

/* A session's own waiter has the time to look through all of them, for its own. */
static int wakes_opened(struct record_scan *scan, const struct store *s, const char *only,
			int64_t now)
{
	int err = pending_wake_open(scan, s, now);

	if (only)
		scan->end += HEAL_OWN_MS;
	return err;
}

static bool wake_due(const struct store *s, const char *only, int64_t now, struct heal_due *due)
{
	static struct record_scan scan;
	char refused[SESSION_ID_MAX + 1] = "";	/* not to ask again for each of its records */
	struct pending_wake w;

	due->records = 0;
	if (wakes_opened(&scan, s, only, now) != 0)
		return false;
	while (next_wake(&scan, s, due->records ? due->session : only, &w)) {
		if (due->records) {
			due->records++;
		} else if (strcmp(w.recipient, refused) != 0) {
			memcpy(refused, w.recipient, sizeof(refused));
			if (idle(s, w.recipient, now) &&
			    throttle_pass(s, LAYOUT_SELF_WAKE, w.recipient,
					  wake_bounds().throttle_ms, now))
				due_is(due, w.recipient, false);
		}
	}
	record_scan_close(&scan);
	return due->records > 0;
}

static bool ask_due(const struct store *s, const char *only, int64_t now, struct heal_due *due)
{
	static struct record_scan scan;
	static struct pending_ask p;

	due->records = 0;
	if (pending_ask_open(&scan, s, now) != 0)
		return false;
	while (next_ask(&scan, s, due->records ? due->session : only, &p)) {
		if (due->records)
			due->records++;
		else if (!freshly_busy(s, p.target, now) &&
			 throttle_pass(s, LAYOUT_WAITER_WAKE, p.target, ask_bounds().throttle_ms,
				       now))
			due_is(due, p.target, true);
	}
	record_scan_close(&scan);
	return due->records > 0;
}

bool heal_next(const struct store *s, const char *only, int64_t now, struct heal_due *due)
{
	return !switched_off() && (wake_due(s, only, now, due) || ask_due(s, only, now, due));
}

static void wakes_counted(const struct store *s, const char *session, int64_t now)
{
	static struct record_scan scan;
	struct pending_wake w;

	if (wakes_opened(&scan, s, session, now) != 0)
		return;
	/* The folder changes under the scan, which may show a new record as well as the old one. */
	while (next_wake(&scan, s, session, &w)) {
		if (w.last_at < now)
			pending_wake_attempted(s, &w, now);
	}
	record_scan_close(&scan);
}

static void asks_counted(const struct store *s, const char *session, int64_t now)
{
	static struct record_scan scan;
	static struct pending_ask p;

	if (pending_ask_open(&scan, s, now) != 0)
		return;
	while (next_ask(&scan, s, session, &p)) {
		if (p.last_at < now)
			pending_ask_attempted(s, &p, now);
	}
	record_scan_close(&scan);
}

void heal_done(const struct store *s, const struct heal_due *due, int64_t now)
{
	if (due->asked)
		asks_counted(s, due->session, now);
	else
		wakes_counted(s, due->session, now);
}

bool heal_any(const struct store *s)
{
	static struct record_scan scan;
	static struct pending_ask ask;
	const int64_t now = clock_now_ms();
	struct pending_wake wake;
	bool any = false;

	if (!switched_off() && pending_wake_open(&scan, s, now) == 0) {
		any = pending_wake_next(&scan, &wake);
		record_scan_close(&scan);
	}
	if (!switched_off() && !any && pending_ask_open(&scan, s, now) == 0) {
		any = pending_ask_next(&scan, &ask);
		record_scan_close(&scan);
	}
	return any;
}

int64_t heal_next_at(const struct store *s, const char *session, int64_t now)
{
	static struct record_scan scan;
	const struct bounds b = wake_bounds();
	const int64_t free_at = throttle_free_at(s, LAYOUT_SELF_WAKE, session, b.throttle_ms,
						 now);
	struct pending_wake w;
	int64_t first = -1;

	if (switched_off() || wakes_opened(&scan, s, session, now) != 0)
		return -1;
	while (pending_wake_next(&scan, &w)) {
		const int64_t at = w.at + b.grace_ms;

		if (wanted(w.recipient, session) && w.attempts < b.cap && (first < 0 || at < first))
			first = at;
	}
	record_scan_close(&scan);
	return first < 0 || first > free_at ? first : free_at;
}
