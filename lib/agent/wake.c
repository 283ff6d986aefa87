/* See wake.h. */
#include "agent/codex_queue.h"
#include "agent/heal.h"
#include "agent/profile.h"
#include "agent/roster.h"
#include "agent/terminal.h"
#include "agent/waiter.h"
#include "agent/wake.h"
#include "base/clock.h"
#include "store/boxes.h"
#include "store/journal.h"
#include "store/pending_wake.h"

/* oxtail's phrase goes first: its users know it. Short, so that it stays on one line. */
#define SENTENCE "oxtail msg: a peer has written to you. Run: peer inbox"
#define SENTENCE_TOOLS "oxtail msg: a peer has written to you. Call read_my_messages"

static void routed(const struct store *s, const char *session, struct wake *w)
{
	static struct roster_entry e;
	const char *sentence;

	w->route = "await-mail";
	w->status = waiter_wake(s, session);
	if (w->status != WAKE_NO_TARGET)
		return;
	w->route = "";
	if (!roster_find(s, session, true, &e))
		return;
	sentence = e.server ? SENTENCE_TOOLS : SENTENCE;
	if (profile_of(e.who.agent)->queues) {
		w->route = "codex-queue";
		w->status = codex_queue(session, sentence);
	}
	if (w->status == WAKE_NO_TARGET) {
		w->route = "tmux";
		w->status = terminal_wake(s, &e.who, sentence);
	}
	if (w->status == WAKE_NO_TARGET)
		w->route = "";
}

/* A wake was meant, and the message may lie unread. */
static bool may_be_missed(enum wake_status status)
{
	switch (status) {
	case WAKE_FIRED_UNCONFIRMED:
	case WAKE_NO_FRESH_IDLE:
	case WAKE_NO_TARGET:
	case WAKE_RATE_LIMITED:
	case WAKE_STORE_ERROR:
	/* Beyond oxtail: its last Stop of the turn may have looked already, or may not deliver. */
	case WAKE_BUSY:
	case WAKE_REFUSED_DIALOG:
	case WAKE_REFUSED_MODE:
	case WAKE_REFUSED_FOREGROUND:
	case WAKE_REFUSED_DRAFT:
	case WAKE_REFUSED_UNSEEN:
		return true;
	default:
		return false;
	}
}

static struct pending_wake record_of(const struct wake_request *r)
{
	struct pending_wake p = { .at = clock_now_ms() };

	memcpy(p.recipient, r->session, strlen(r->session) + 1);
	memcpy(p.message_id, r->message_id, strlen(r->message_id) + 1);
	if (r->from)
		memcpy(p.sender, r->from, strlen(r->from) + 1);
	return p;
}

/* Goes on where the gate has let it through. The record comes first, should we be killed on the
 * way: the gate's claims keep everybody else from waking for this message. */
static void routed_on_record(const struct store *s, const struct wake_request *r, struct wake *w)
{
	struct pending_wake p;

	if (r->message_id) {
		p = record_of(r);
		pending_wake_write(s, &p);
	}
	routed(s, r->session, w);
	if (r->message_id && !may_be_missed(w->status))
		pending_wake_remove(s, &p);
}

static void missed(const struct store *s, const struct wake_request *r)
{
	const struct pending_wake p = record_of(r);

	pending_wake_write(s, &p);	/* it may be there */
	waiter_missed(s, r->session);
}

static void logged(const struct store *s, const struct wake_request *r, const struct wake *w)
{
	journal_write(s, &(struct journal_entry){
		.what = JOURNAL_WAKE,
		.message_id = r->message_id,
		.session = r->session,
		.from = r->from,
		.status = wake_word(w->status),
		.detail = *w->route ? w->route : w->reason,
	});
}

void wake(const struct store *s, const struct wake_request *r, struct wake *w)
{
	const struct gate_request request = {
		.session = r->session,
		.reply_to = r->reply_to,
		.mode = r->mode,
		.action_required = r->action_required,
		.now = clock_now_ms(),
	};
	struct gate gate;

	gate_pass(s, &request, &gate);
	*w = (struct wake){ gate.status, gate.reason, "" };
	if (w->status == WAKE_FIRE && !r->no_route)
		routed_on_record(s, r, w);
	if (r->message_id && may_be_missed(w->status))
		missed(s, r);
	if (w->status != WAKE_NONE)
		logged(s, r, w);
}

/* Somebody may have taken it without a receipt, as old servers do. */
static bool mail_waits(const struct store *s, const char *session)
{
	static struct boxes boxes;

	boxes_find(s, session, &boxes);
	boxes_keep_filled(s, &boxes);
	return boxes.count > 0;
}

void wake_heal(const struct store *s, const char *only)
{
	struct heal_due due;

	for (int i = 0; i < WAKE_HEALED_MAX && heal_next(s, only, clock_now_ms(), &due); i++) {
		const struct wake_request r = { .session = due.session };
		struct wake w = { WAKE_NONE, "retry", "" };

		if (mail_waits(s, due.session))
			routed(s, due.session, &w);
		heal_done(s, &due, clock_now_ms());
		if (w.status != WAKE_NONE)
			logged(s, &r, &w);
	}
}
