/*
 * peer doctor: sessions: what killed ones have left, and those that are idle and cannot be woken.
 */
#include "agent/activity.h"
#include "agent/label.h"
#include "agent/roster.h"
#include "agent/waiter.h"
#include "base/clock.h"
#include "doctor.h"
#include "shown.h"

enum { SCAN_MS = 500 };

struct counts {
	unsigned live, dead, labels;
};

static void sessions_counted(const struct store *s, struct counts *n)
{
	static struct presence_scan scan;
	static struct presence p;
	const int64_t end = clock_monotonic_ms() + SCAN_MS;

	if (presence_open(&scan, s) != 0)
		return;
	while (clock_monotonic_ms() < end && presence_next(&scan, &p)) {
		if (presence_alive(&p))
			n->live++;
		else if (!p.ended_at)
			n->dead++;
	}
	presence_close(&scan);
}

static void labels_counted(const struct store *s, struct counts *n)
{
	static struct label_scan scan;
	const int64_t end = clock_monotonic_ms() + SCAN_MS;
	struct label l;

	if (label_open(&scan, s) != 0)
		return;
	while (clock_monotonic_ms() < end && label_next(&scan, &l))
		n->labels += !label_held(&l);
	label_close(&scan);
}

void doctor_sessions(struct doctor *d)
{
	struct counts n = { 0, 0, 0 };

	sessions_counted(&d->store, &n);
	labels_counted(&d->store, &n);
	doctor_begin(d);
	doctor_counted(&d->what, n.live, "live session");
	if (n.dead + n.labels) {
		buf_text(&d->what, "; ");
		doctor_counted(&d->what, n.dead, "killed session");
		buf_text(&d->what, " and ");
		doctor_counted(&d->what, n.labels, "label");
		buf_text(&d->what, " of those: swept after a week, and in nobody's way");
	}
	doctor_found(d, n.dead + n.labels ? DOCTOR_NOTE : DOCTOR_OK);
}

/* Is it one that should be waited for, and is not? */
static bool unattended(const struct store *s, const struct roster_entry *e)
{
	struct activity a;

	if (!e->alive || e->server || profile_of(e->who.agent)->wake_by == WAKE_BY_NOTHING)
		return false;
	activity_of(s, &e->who, &a);
	return a.kind == ACTIVITY_IDLE && !waiter_there(s, e->who.session);
}

void doctor_waiters(struct doctor *d)
{
	static struct roster roster;
	static struct roster_entry e;
	const int64_t end = clock_monotonic_ms() + SCAN_MS;
	unsigned count = 0;

	shown_labels_read(&d->store);
	doctor_begin(d);
	buf_text(&d->what, "idle, without an await-mail that would wake it (its next prompt starts "
		 "one):");
	roster_open(&roster, &d->store, false);
	while (clock_monotonic_ms() < end && roster_next(&roster, &e)) {
		if (!unattended(&d->store, &e))
			continue;
		buf_text(&d->what, count++ ? ", " : " ");
		shown_session(&d->what, e.who.session);
	}
	roster_close(&roster);
	if (count)
		doctor_found(d, DOCTOR_NOTE);
	else
		doctor_says(d, DOCTOR_OK, "no idle session lacks its await-mail", NULL);
}
