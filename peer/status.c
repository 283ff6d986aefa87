/*
 * peer status: what became of a message. Each state has a proof of its own: it lies in a mailbox, a
 * receipt says who took it, the client's transcript shows it.
 */
#include "agent/held.h"
#include "agent/sight.h"
#include "base/clock.h"
#include "peer.h"
#include "shown.h"
#include "store/drain.h"
#include "store/outbox.h"
#include "store/receipt.h"

#define COMMAND "status"

struct status {
	const char *id;
	const char *word;
	bool sent;	/* the outbox knows of it */
	struct outbox_record outbox;
	bool taken;	/* there is a receipt */
	struct receipt receipt;
	bool waits;	/* it lies in a mailbox */
	bool held;
	char box[BOX_NAME_MAX];
	int64_t seen_at;	/* seconds since 1970; 0: not seen */
	bool proof_due;
};

static bool is_it(const struct message *m, void *context)
{
	const struct status *st = context;

	return json_is(m->id, st->id);
}

/* In the boxes of whom it was sent to, and of whoever got it first. */
static void boxes_searched(const struct store *s, struct status *st, const char *session)
{
	static struct boxes boxes;

	if (!*session || store_has(s, LAYOUT_MAILBOXES) != 0)
		return;
	boxes_find(s, session, &boxes);
	for (unsigned i = 0; !st->waits && i < boxes.count; i++) {
		st->waits = box_has(s, boxes.names[i], is_it, st);
		memcpy(st->box, boxes.names[i], sizeof(st->box));
	}
}

static void held_searched(const struct store *s, struct status *st)
{
	static struct held h;
	struct jsonl scan;

	if (!held_open(&scan, s))
		return;
	while (!st->held && held_next(&scan, &h))
		st->held = json_is(h.message.id, st->id);
	jsonl_close(&scan);
}

static void found_out(const struct store *s, struct status *st)
{
	char box[BOX_NAME_MAX];

	st->sent = outbox_read(s, st->id, &st->outbox);
	st->taken = receipt_read(s, st->id, &st->receipt);
	if (!sight_seen(s, st->id, &st->seen_at))
		st->seen_at = 0;
	if (st->sent)
		boxes_searched(s, st, st->outbox.target);
	if (st->taken && !st->waits)
		boxes_searched(s, st, st->receipt.recipient);
	if (st->sent && !st->waits && st->outbox.target_pid > 0) {
		layout_pid_box(box, (pid_t)st->outbox.target_pid);
		st->waits = box_has(s, box, is_it, st);
		memcpy(st->box, box, sizeof(box));
	}
	held_searched(s, st);
	st->proof_due = st->taken && *st->receipt.recipient &&
			sight_expected(s, st->receipt.recipient, st->id);
	st->word = st->seen_at ? "seen" : st->waits ? "pending" : st->taken ? "handed over" :
		   st->held ? "held" : "unknown";
}

static void when(struct buf *out, const char *before, int64_t at)
{
	buf_text(out, before);
	shown_time(out, at * 1000);
}

static void text_out(struct buf *out, const struct status *st)
{
	buf_text(out, st->word);
	if (st->seen_at)
		when(out, ", its client passed it on ", st->seen_at);
	if (st->waits) {
		buf_text(out, " in mailbox ");
		buf_text(out, st->box);
	}
	if (st->waits && st->taken)
		buf_text(out, ", put back");
	if (st->taken) {
		when(out, st->seen_at || st->waits ? ", handed over " : " ",
		     st->receipt.delivered_at);
		buf_text(out, " by ");
		peer_text(out, slice_of(st->receipt.via));
		buf_text(out, *st->receipt.recipient ? " to " : "");
		buf_text(out, st->receipt.recipient);
	}
	if (st->proof_due && !st->waits)
		buf_text(out, ", not seen yet");
	if (st->sent)
		when(out, ", sent ", st->outbox.enqueued_at);
	buf_char(out, '\n');
}

static void json_out(struct buf *out, const struct status *st)
{
	buf_char(out, '{');
	json_member_text(out, "message_id", st->id);
	json_member_text(out, "status", st->word);
	json_member_known(out, "sent_at", st->sent ? st->outbox.enqueued_at : 0);
	json_member_text(out, "target_session_id", st->sent ? st->outbox.target : NULL);
	json_member_text(out, "from_session_id", st->sent ? st->outbox.from : NULL);
	json_member_text(out, "box", st->waits ? st->box : NULL);
	json_member_known(out, "delivered_at", st->taken ? st->receipt.delivered_at : 0);
	json_member_text(out, "via", st->taken ? st->receipt.via : NULL);
	json_member_text(out, "recipient_session_id", st->taken ? st->receipt.recipient : NULL);
	json_member_known(out, "seen_at", st->seen_at);
	json_member_bool(out, "proof_due", st->proof_due);
	buf_text(out, "}\n");
}

int peer_status(int argc, char **argv)
{
	char text[4096];
	struct buf out = buf_over(text, sizeof(text));
	struct status st = { .word = "" };
	struct store store;
	bool json = false;
	const struct peer_option options[] = { { "json", &json, NULL }, { NULL, NULL, NULL } };
	int status;

	if ((status = peer_options(COMMAND, argc, argv, options, 1, "MESSAGE_ID")) ||
	    (status = peer_store(COMMAND, &store)))
		return status;
	st.id = argv[0];
	if (!message_id_ours(slice_of(st.id)))
		return peer_misused(COMMAND, "not a message id (16 of 0-9 a-f): ", st.id);
	found_out(&store, &st);
	if (json)
		json_out(&out, &st);
	else
		text_out(&out, &st);
	return peer_print(COMMAND, buf_slice(&out));
}
