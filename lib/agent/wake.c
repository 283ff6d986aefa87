/* See wake.h. */
#include "agent/codex_queue.h"
#include "agent/heal.h"
#include "agent/profile.h"
#include "agent/roster.h"
#include "agent/terminal.h"
#include "agent/waiter.h"
#include "agent/wake.h"
#include "base/clock.h"
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

static void record(const struct store *s, const struct wake_request *r)
{
	struct pending_wake p = { .at = clock_now_ms() };

	memcpy(p.recipient, r->session, strlen(r->session) + 1);
	memcpy(p.message_id, r->message_id, strlen(r->message_id) + 1);
	if (r->from)
		memcpy(p.sender, r->from, strlen(r->from) + 1);
	pending_wake_write(s, &p);
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
		routed(s, r->session, w);
	if (r->message_id && may_be_missed(w->status))
		record(s, r);
	if (w->status != WAKE_NONE)
		logged(s, r, w);
}

void wake_heal(const struct store *s, const char *only)
{
	struct heal_due due;

	for (int i = 0; i < WAKE_HEALED_MAX && heal_next(s, only, clock_now_ms(), &due); i++) {
		const struct wake_request r = { .session = due.session };
		struct wake w = { WAKE_NONE, "retry", "" };

		routed(s, due.session, &w);
		heal_done(s, &due, clock_now_ms());
		logged(s, &r, &w);
	}
}
