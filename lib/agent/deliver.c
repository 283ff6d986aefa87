/* See deliver.h. */
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "agent/deliver.h"
#include "agent/envelope.h"
#include "base/clock.h"
#include "base/trace.h"
#include "host/output.h"
#include "store/backlog.h"
#include "store/receipt.h"

struct delivery {
	unsigned delivered;
	unsigned waiting;
};

/* Static: together too large for a stack, and pages that are not needed are never touched. */
static struct boxes boxes;
static struct drain drain;

static struct envelope envelope_for(const struct hook *h, unsigned at_most)
{
	return (struct envelope){
		.has_tools = boxes.registered,
		.terse = h->agent->frames_text,
		.messages_max = at_most,
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
	int err = output.n ? output_whole(STDOUT_FILENO, output, DELIVER_OUTPUT_MS) : 0;

	if (err) {
		trace("the envelope was not taken; mail stays of", h->event.session, err);
		return (struct delivery){ 0, 0 };
	}
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

	output_guarded(&before);
	if (drain_open(&drain, &h->store, h->event.session, &boxes, e->lock_end)) {
		done = hand_over(h, e);
		drain_close(&drain);
	}
	output_unguarded(&before);
	return done;
}

/* Leaves in `boxes` those that hold bytes; the quiet path ends here. */
static bool any_mail(const struct hook *h)
{
	boxes_find(&h->store, h->event.session, &boxes);
	if (!boxes_any_filled(&h->store, &boxes))
		return false;
	if (store_has(&h->store, LAYOUT_MAILBOXES) != 0) {
		trace(LAYOUT_MAILBOXES " is not ours alone; mail stays of", h->event.session, 0);
		return false;
	}
	boxes_keep_filled(&h->store, &boxes);
	return true;
}

void deliver_in_turn(const struct hook *h, const char *event_name)
{
	struct envelope e;
	struct delivery done;

	if (!any_mail(h))
		return;
	e = envelope_for(h, UINT_MAX);
	e.form = ENVELOPE_CONTEXT;
	e.event_name = event_name;
	e.tagged = !h->agent->frames_text;
	done = deliver(h, &e);
	if (done.delivered && done.waiting == 0)
		backlog_write(&h->store, h->event.session, (struct backlog){ 0, 0 });
}

static enum envelope_form form_at_stop(enum stop_form form)
{
	if (form == STOP_CONTEXT)
		return ENVELOPE_CONTEXT;
	return form == STOP_FOLLOWUP ? ENVELOPE_FOLLOWUP : ENVELOPE_BLOCK;
}

bool deliver_at_stop(const struct hook *h)
{
	struct backlog backlog = { UINT_MAX, 0 };
	struct envelope e;
	struct delivery done;

	if (h->event.stop_active)
		backlog = backlog_read(&h->store, h->event.session);
	if (!backlog.waiting || backlog.stops >= h->agent->stops_max || !any_mail(h))
		return false;
	e = envelope_for(h, backlog.waiting);
	e.form = form_at_stop(h->agent->stop_form);
	e.event_name = "Stop";
	e.at_stop = true;
	done = deliver(h, &e);
	if (!done.delivered)
		return false;
	backlog.stops++;
	backlog.waiting = h->event.stop_active ? backlog.waiting - done.delivered : done.waiting;
	backlog_write(&h->store, h->event.session, backlog);
	return true;
}
