/*
 * peer inbox: a session's mail on standard output, framed as the hooks frame it; taken out of the
 * mailboxes once it is written, or left there with --peek.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "agent/envelope.h"
#include "agent/held.h"
#include "agent/identity.h"
#include "base/clock.h"
#include "base/readable.h"
#include "host/output.h"
#include "host/signals.h"
#include "peer.h"
#include "store/drain.h"
#include "store/receipt.h"

#define COMMAND "inbox"

enum {
	LOCK_MS = 2000,	/* patience for the mailboxes' locks */
	READER_MS = 2000,	/* for whoever reads our output, while the mailboxes are locked */
	ROUND_UNITS = 30000,	/* of bodies in one round */
	PRINTED_MAX = READABLE_MAX * ENVELOPE_MAX,
};

struct request {
	const char *session;
	bool peek;
};

static struct drain drain;
static struct boxes boxes;
static char printed[PRINTED_MAX];

static int arguments(int argc, char **argv, struct request *r)
{
	static struct identity me;
	struct identity_request who = { NULL, NULL, NULL, NULL };
	const struct peer_option options[] = {
		{ "peek", &r->peek, NULL },
		{ "session", NULL, &r->session },
		{ "session-id", NULL, &r->session },
		{ "session-nonce", NULL, &who.nonce },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 0, NULL);

	if (status)
		return status;
	if (r->session && !session_id_valid(slice_of(r->session)))
		return peer_misused(COMMAND, "not a session id after --session: ", r->session);
	if (!r->session && (status = peer_me(COMMAND, &who, &me)))
		return status;
	if (!r->session)
		r->session = me.session;
	return PEER_DONE;
}

static void text(struct buf *out, bool peek)
{
	const struct envelope e = {
		.form = ENVELOPE_TEXT,
		.peek = peek,
		.messages_max = UINT_MAX,
		/* Not so much at once that it would fill a pipe whose reader takes its time. */
		.body_units = ROUND_UNITS,
		.lock_end = clock_monotonic_ms() + LOCK_MS,
	};
	struct slice composed = envelope_compose(&e, &drain);

	if (composed.n) {
		readable_escaped(out, composed);
		buf_char(out, '\n');
	}
}

/* Prints what the open drain holds, as far as there is room for it at once. */
static int printed_whole(const struct request *r)
{
	struct buf out = buf_over(printed, sizeof(printed));
	int err;

	text(&out, r->peek);
	err = output_whole(STDOUT_FILENO, buf_slice(&out), READER_MS);
	if (err)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot write to standard output: ",
				 peer_reason(err), "; the mail stays where it was", NULL);
	if (!r->peek && drain_commit(&drain, RECEIPT_VIA_INBOX) != 0)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot take the mail out of a mailbox of ",
				 r->session, "; it will be shown again", NULL);
	return PEER_DONE;
}

static bool opened(const struct store *store, const struct request *r)
{
	boxes_find(store, r->session, &boxes);
	boxes_keep_filled(store, &boxes);
	if (r->peek)
		return drain_peek(&drain, store, r->session, &boxes);
	return drain_open(&drain, store, r->session, &boxes, clock_monotonic_ms() + LOCK_MS);
}

/* One round: true in *more if the round took something and something is left. */
static int round_done(const struct store *store, const struct request *r, bool *more)
{
	int status = PEER_DONE;
	sigset_t before;

	*more = false;
	signals_hold(&before);
	if (opened(store, r)) {
		status = printed_whole(r);
		*more = status == PEER_DONE && !r->peek && drain.taken_count && drain.waiting;
		drain_close(&drain);
	}
	signals_release(&before);
	if (status == PEER_DONE && drain.missed)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot open a mailbox of ", r->session,
				 ": another program holds its lock, or it cannot be read; what is "
				 "in it stays; try again", NULL);
	return status;
}

int peer_inbox(int argc, char **argv)
{
	struct request r = { 0 };
	struct store store;
	bool more = true;
	int status, trusted;

	if ((status = arguments(argc, argv, &r)) || (status = peer_store(COMMAND, &store)))
		return status;
	held_deliver(&store, clock_monotonic_ms() + LOCK_MS);
	trusted = store_has(&store, LAYOUT_MAILBOXES);
	if (trusted == -ENOENT)
		return PEER_DONE;
	if (trusted)
		return peer_fail(PEER_CANNOT, COMMAND, "will not use " LAYOUT_SHOWN "/"
				 LAYOUT_MAILBOXES ": ", peer_reason(trusted), "; it must be a "
				 "directory of yours, writable by nobody else", NULL);
	while (status == PEER_DONE && more)
		status = round_done(&store, &r, &more);
	return status;
}
