/* See deliver.h. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "agent/deliver.h"
#include "agent/envelope.h"
#include "agent/sight.h"
#include "base/clock.h"
#include "base/trace.h"
#include "host/output.h"
#include "host/signals.h"
#include "store/backlog.h"
#include "store/receipt.h"

struct delivery {
	unsigned delivered;
	unsigned waiting;
};

/* Static: together too large for a stack, and pages that are not needed are never touched. */
static struct boxes boxes;
static struct drain drain;

static struct envelope envelope_for(const struct hook *h, enum event_kind kind)
{
	return (struct envelope){
		.event_name = event_name(&h->event, kind),
		.has_tools = boxes.registered,
		.messages_max = UINT_MAX,
		.body_units = envelope_body_units(),
		.text_max = h->agent->text_max,
		.text_unit = h->agent->text_unit,
		.lock_end = clock_monotonic_ms() + DELIVER_LOCK_MS,
	};
}

/* Hands over what the open drain holds. */
static struct delivery hand_over(const struct hook *h, const struct envelope *e)
{
	struct slice output = envelope_compose(e, &drain);
	int err = drain_ours(&drain) ? 0 : -ESTALE;

	if (err == 0 && output.n)
		err = output_whole(STDOUT_FILENO, output, DELIVER_OUTPUT_MS);
	if (err) {
		trace("the envelope was not taken; mail stays of", h->event.session, err);
		return (struct delivery){ 0, 0 };
	}
	sight_expect(h, &drain);
	drain_commit(&drain, RECEIPT_VIA_HOOK);
	if (output.n)
		trace("delivered mail to", h->event.session, 0);
	return (struct delivery){ drain.taken_count, drain.waiting };
}

/* Delivers from the boxes that hold bytes, with the locks held and signals kept off. */
static struct delivery deliver(const struct hook *h, const struct envelope *e)
{
	struct delivery done = { 0, 0 };
	sigset_t before;

	signals_hold(&before);
	if (drain_open(&drain, &h->store, h->event.session, &boxes, e->lock_end)) {
		done = hand_over(h, e);
		drain_close(&drain);
	}
	signals_release(&before);
	return done;
}

/* Leaves in `boxes` those that hold bytes; the quiet path ends here. */
static bool any_mail(const struct hook *h)
{
	boxes_find(&h->store, h->event.session, &boxes);
	boxes_keep_filled(&h->store, &boxes);
	if (boxes.count == 0)
		return false;
	if (store_has(&h->store, LAYOUT_MAILBOXES) == 0)
		return true;
	trace(LAYOUT_MAILBOXES " is not ours alone; mail stays of", h->event.session, 0);
	return false;
}

static void forget_backlog(const struct hook *h)
{
	backlog_write(&h->store, h->event.session, (struct backlog){ 0, 0 });
}

void deliver_in_turn(const struct hook *h, enum event_kind kind,
		     bool (*not_now)(const struct hook *h))
{
	struct envelope e;
	struct delivery done;

	if (h->event.in_subagent || h->agent->inject_at != kind || !hook_serves(h, kind) ||
	    !any_mail(h) || (not_now && not_now(h)))
		return;
	e = envelope_for(h, kind);
	e.form = h->agent->context_form;
	e.tagged = !h->agent->frames_text;
	done = deliver(h, &e);
	if (done.delivered && done.waiting == 0)
		forget_backlog(h);
}

/* A turn begins to end: everything goes out that fits. */
static bool first_stop(const struct hook *h, struct envelope *e)
{
	struct delivery done = deliver(h, e);

	if (!done.delivered)
		return false;
	backlog_write(&h->store, h->event.session, (struct backlog){ done.waiting, 1 });
	return true;
}

/* It was kept going already: only what had to wait then goes out. */
static bool further_stop(const struct hook *h, struct envelope *e)
{
	struct backlog backlog = backlog_read(&h->store, h->event.session);
	struct delivery done;

	if (!backlog.waiting || backlog.stops >= h->agent->stops_max)
		return false;
	e->messages_max = backlog.waiting;
	done = deliver(h, e);
	if (!done.delivered)
		return false;
	backlog.waiting -= done.delivered;
	backlog.stops++;
	backlog_write(&h->store, h->event.session, backlog);
	return true;
}

bool deliver_at_stop(const struct hook *h)
{
	struct envelope e;

	if (!any_mail(h)) {
		forget_backlog(h);
		return false;
	}
	e = envelope_for(h, EVENT_STOP);
	e.form = h->agent->stop_form;
	e.at_stop = true;
	e.terse_at_stop = h->agent->frames_text;
	return h->event.stop_active ? further_stop(h, &e) : first_stop(h, &e);
}
